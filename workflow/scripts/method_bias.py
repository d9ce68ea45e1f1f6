"""Adapter: respondents and scores -> how far the method of asking could explain what the answers share."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import method_bias

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
models, correlations = method_bias.method_bias(respondents, scores, described)
results.write("harman", method_bias.harman(respondents, described), snakemake.output.harman)
results.write("method_models", models, snakemake.output.method_models)
results.write("method_correlations", correlations, snakemake.output.method_correlations)
