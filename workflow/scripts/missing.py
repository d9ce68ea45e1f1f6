"""Adapter: the answers -> what is missing, whether at random, and whether late answers differ from early ones."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.survey import missing, nonresponse

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
read = {name: results.read(name, snakemake.input[name]) for name in ("respondents", "scores", "flags")}
respondents = read["respondents"]
tables = {
    "missing_variables": missing.variables(respondents, described),
    "missing_cases": missing.cases(respondents, described),
    "missing_patterns": missing.patterns(respondents, described),
    "missing_test": missing.little(respondents, described),
    "nonresponse": nonresponse.nonresponse(respondents, read["scores"], read["flags"], described),
}
for name, table in tables.items():
    results.write(name, table, snakemake.output[name])
