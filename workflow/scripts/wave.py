"""Adapter: one raw wave -> its answers, and what became of each of its rows."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import waves

plain_errors(snakemake.log[0])
cleaned = waves.clean(study.load(snakemake.params.study), snakemake.wildcards.wave)
for name, table in cleaned._asdict().items():
    results.write(name, table, snakemake.output[name])
