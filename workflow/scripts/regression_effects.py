"""Adapter: scores and controls -> direct, indirect and total effects."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.regression.mediation import mediation

plain_errors(snakemake.log[0])
table = mediation(
    results.read("scores", snakemake.input.scores),
    results.read("controls", snakemake.input.controls),
    study.load(snakemake.params.study),
)
results.write("regression_effects", table, snakemake.output[0])
