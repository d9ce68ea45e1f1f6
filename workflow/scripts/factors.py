"""Adapter: respondents and scores -> the factors that the answers show, and how far constructs can be told apart."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import factors, validity

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
tables = {
    "factorability": factors.factorability(respondents, described),
    "factor_numbers": factors.factor_numbers(respondents, described),
    "efa": factors.efa(respondents, described),
    "htmt": validity.htmt(respondents, described),
    "cross_loadings": validity.cross_loadings(respondents, scores, described),
}
for name, table in tables.items():
    results.write(name, table, snakemake.output[name])
