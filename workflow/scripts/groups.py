"""Adapter: respondents, controls and what the ladder of invariance found -> structural paths by wave and group."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.structure.groups import groups

plain_errors(snakemake.log[0])
names = ("respondents", "controls", "invariance", "invariance_freed")
found = [results.read(name, snakemake.input[name]) for name in names]
for name, table in groups(*found, study.load(snakemake.params.study)).items():
    results.write(name, table, snakemake.output[name])
