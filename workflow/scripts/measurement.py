"""Adapter: respondents and scores -> the measurement model, reliability and correlations."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import cfa, correlations, reliability
from analysis.sem import several

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
fits = cfa.estimate(respondents, described)
published = fits[results.PUBLISHED]
loadings = cfa.loadings(published)
results.write("measurement_notes", several.notes(fits), snakemake.output.notes)
results.write("measurement_fit", several.measures(fits), snakemake.output.fit)
results.write("loadings", loadings, snakemake.output.loadings)
results.write(
    "reliability",
    reliability.reliability(respondents, scores, loadings, described),
    snakemake.output.reliability,
)
results.write(
    "correlations",
    correlations.correlations(scores, cfa.latent_correlations(published), described),
    snakemake.output.correlations,
)
