"""Adapter: respondents -> the ladder of invariance over waves and groups, what was freed, and latent means."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement.invariance import invariance

plain_errors(snakemake.log[0])
respondents = results.read("respondents", snakemake.input.respondents)
for name, table in invariance(respondents, study.load(snakemake.params.study)).items():
    results.write(name, table, snakemake.output[name])
