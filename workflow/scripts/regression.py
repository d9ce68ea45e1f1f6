"""Adapter: scores and controls -> the hierarchical regressions."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.regression.hierarchical import hierarchical

plain_errors(snakemake.log[0])
regressions, fit = hierarchical(
    results.read("scores", snakemake.input.scores),
    results.read("controls", snakemake.input.controls),
    results.read("respondents", snakemake.input.respondents),
    study.load(snakemake.params.study),
)
results.write("regressions", regressions, snakemake.output.regressions)
results.write("regression_fit", fit, snakemake.output.fit)
