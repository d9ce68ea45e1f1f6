"""Adapter: respondents and controls -> the structural model with latent products, and slopes."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.structure.latent_moderation import latent_moderation

plain_errors(snakemake.log[0])
tables = latent_moderation(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
    study.load(snakemake.params.study),
)
for name, table in tables.items():
    results.write(name, table, snakemake.output[name])
