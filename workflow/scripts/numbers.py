"""Adapter: tidy tables -> the numbers that prose quotes, as JSON and LaTeX macros; and what each table holds."""

from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import gather, numbers
from analysis.publish.dictionary import dictionary

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
collected = numbers.collect(gather.tables(snakemake.input.tidy), described)
Path(snakemake.output.json).write_bytes(numbers.as_json(collected))
Path(snakemake.output.tex).write_bytes(numbers.as_latex(collected))
Path(snakemake.output.dictionary).write_bytes(dictionary(described).encode())
