"""Adapter: respondents -> the description of every item."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement.items import describe

plain_errors(snakemake.log[0])
respondents = results.read("respondents", snakemake.input.respondents)
results.write("items", describe(respondents, study.load(snakemake.params.study)), snakemake.output[0])
