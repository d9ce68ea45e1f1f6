"""Adapter: completed data sets -> the regressions pooled over them."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.regression.pooled import pooled

plain_errors(snakemake.log[0])
completed = results.read("imputations", snakemake.input.imputations)
respondents = results.read("respondents", snakemake.input.respondents)
table = pooled(completed, respondents, study.load(snakemake.params.study))
results.write("regressions_imputed", table, snakemake.output[0])
