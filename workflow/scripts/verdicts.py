"""Adapter: the estimates of all methods -> what each says of every hypothesis, and the verdicts."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.evidence.verdicts import SOURCES, verdict_methods, verdicts

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
tables = {name: results.read(name, snakemake.input[name]) for name in SOURCES}
methods = verdict_methods(tables, described)
results.write("verdict_methods", methods, snakemake.output.verdict_methods)
results.write("verdicts", verdicts(methods, described), snakemake.output.verdicts)
