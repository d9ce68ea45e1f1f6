"""Adapter: one raw wave -> its kept respondents and its ledger."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import waves

plain_errors(snakemake.log[0])
respondents, ledger = waves.clean(study.load(snakemake.params.study), snakemake.wildcards.wave)
results.write("respondents", respondents, snakemake.output.respondents)
results.write("ledger", ledger, snakemake.output.ledger)
