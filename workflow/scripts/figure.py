"""Adapter: tidy tables -> one figure in each language and format, and in words."""

from pathlib import Path

from analysis import publish, study
from analysis.errors import plain_errors
from analysis.publish import figures, gather

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
tidy = gather.tables(snakemake.input.tidy)
name, folder = snakemake.wildcards.figure, Path(snakemake.output[0]).parent
for language in publish.LANGUAGES:
    figures.draw(name, tidy, described, language, snakemake.input.font, folder / f"{name}_{language}")
