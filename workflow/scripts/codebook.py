"""Adapter: the answers -> their codebook, and both together for colleagues who use SPSS or Stata."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import codebook

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
results.write("codebook", codebook.codebook(described), snakemake.output.codebook)
codebook.write_sav(respondents, described, snakemake.output.sav)
codebook.write_dta(respondents, described, snakemake.output.dta)
