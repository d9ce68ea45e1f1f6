"""Adapter: scores and controls -> completed data sets."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey.imputation import imputations

plain_errors(snakemake.log[0])
scores, controls = (results.read(name, snakemake.input[name]) for name in ("scores", "controls"))
completed = imputations(scores, controls, study.load(snakemake.params.study))
results.write("imputations", completed, snakemake.output[0])
