"""Adapter: respondents and scores -> the description of every item, and the means of the constructs by wave."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import items

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
results.write("items", items.describe(respondents, described), snakemake.output[0])
results.write("wave_means", items.wave_means(scores, described), snakemake.output.wave_means)
