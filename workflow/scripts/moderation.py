"""Adapter: scores and controls -> simple slopes, Johnson-Neyman regions, conditional indirect effects."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.regression.moderation import conditional_effects, slopes

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
scores = results.read("scores", snakemake.input.scores)
controls = results.read("controls", snakemake.input.controls)
respondents = results.read("respondents", snakemake.input.respondents)
simple_slopes, johnson_neyman = slopes(scores, controls, respondents, described)
results.write("simple_slopes", simple_slopes, snakemake.output.simple_slopes)
results.write("johnson_neyman", johnson_neyman, snakemake.output.johnson_neyman)
results.write(
    "conditional_effects", conditional_effects(scores, controls, described), snakemake.output.conditional_effects
)
