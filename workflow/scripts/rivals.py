"""Adapter: respondents -> the study's measurement model beside its rivals."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement.rivals import rival_models

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
results.write("rival_models", rival_models(respondents, described), snakemake.output[0])
