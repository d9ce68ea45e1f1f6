"""Adapter: respondents and scores -> the measurement model with its fit, reliability, validity and local fit."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.measurement import cfa, local_fit, validity
from analysis.measurement.correlations import correlations
from analysis.measurement.reliability import reliability
from analysis.sem import several

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
respondents = results.read("respondents", snakemake.input.respondents)
scores = results.read("scores", snakemake.input.scores)
fits, why_not = cfa.estimate(respondents, described)
published = fits.get(results.PUBLISHED)
latent = cfa.latent_correlations(published)
scales = reliability(respondents, scores, published, described)
tables = {
    "measurement_notes": cfa.notes(fits, why_not, respondents, described),
    "measurement_fit": several.measures(fits),
    "loadings": cfa.loadings(published),
    "reliability": scales,
    "correlations": correlations(scores, latent, described),
    "fornell_larcker": validity.fornell_larcker(scales, latent, described),
    "constrained_correlations": validity.constrained_correlations(published, respondents, described),
    "local_fit": local_fit.local_fit(published),
    "modification": local_fit.modification(published),
    "respecifications": local_fit.respecifications(respondents, published, described),
}
for name, table in tables.items():
    results.write(name, table, snakemake.output[name])
