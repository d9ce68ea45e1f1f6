"""Adapter: tidy tables -> every table in each language and format, and all tables of a language in one Word file."""

from pathlib import Path

from analysis import publish, study
from analysis.errors import plain_errors
from analysis.publish import gather, tables
from analysis.publish.render import csv, docx, html, latex

plain_errors(snakemake.log[0])
render = {".csv": csv.render, ".docx": docx.render, ".html": html.render, ".tex": latex.render}
described = study.load(snakemake.params.study)
tidy = gather.tables(snakemake.input.tidy)
made = {
    f"{name}_{language}": tables.make(name, tidy, described, language)
    for name in publish.TABLES
    for language in publish.LANGUAGES
}
for path in map(Path, snakemake.output.tables):
    path.write_bytes(render[path.suffix](made[path.stem]))
for language, path in zip(publish.LANGUAGES, snakemake.output.together, strict=True):
    Path(path).write_bytes(docx.render([made[f"{name}_{language}"] for name in publish.TABLES]))
