"""Adapter: respondents and scores -> the description of every item, of all items together, and of every wave."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import items, normality
from analysis.measurement.covariances import covariances

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
tables = {
    "items": items.describe(respondents, described),
    "wave_means": items.wave_means(scores, described),
    "normality": normality.normality(respondents, described),
    "outliers": normality.outliers(respondents, described),
    "covariances": covariances(respondents, described),
}
for (name, table), path in zip(tables.items(), snakemake.output, strict=True):  # Snakemake keeps the name "items"
    results.write(name, table, path)
