"""Adapter: the waves -> all answers, the scores and controls of the models, and the account of all rows."""

import pandas as pd

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import waves

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
tables = {
    name: pd.concat([results.read(name, file) for file in snakemake.input[name]], ignore_index=True)
    for name in waves.Cleaned._fields
}
respondents = tables["respondents"]
tables |= {
    "scores": waves.scores(respondents, described),
    "controls": waves.controls(respondents, described),
    "case_flow": waves.case_flow(tables["ledger"]),
    "sample": waves.sample(respondents, described),
    "panel": waves.panel(respondents),
}
for name, table in tables.items():
    results.write(name, table, snakemake.output[name])
