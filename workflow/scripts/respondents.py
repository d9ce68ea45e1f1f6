"""Adapter: the waves -> the analysis-ready table, the scores, the ledger, the case flow and the sample."""

import pandas as pd

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import waves

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = pd.concat([results.read("respondents", f) for f in snakemake.input.waves], ignore_index=True)
ledger = pd.concat([results.read("ledger", f) for f in snakemake.input.ledgers], ignore_index=True)
results.write("respondents", respondents, snakemake.output.respondents)
results.write("scores", waves.scores(respondents, described), snakemake.output.scores)
results.write("controls", waves.controls(respondents, described), snakemake.output.controls)
results.write("ledger", ledger, snakemake.output.ledger)
results.write("case_flow", waves.case_flow(ledger), snakemake.output.case_flow)
results.write("sample", waves.sample(respondents, described), snakemake.output.sample)
