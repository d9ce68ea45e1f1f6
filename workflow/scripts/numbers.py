"""Adapter: tidy tables -> the numbers that prose quotes, as JSON and as LaTeX macros."""

from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import gather, numbers

plain_errors(snakemake.log[0])
collected = numbers.collect(gather.tables(snakemake.input.tidy), study.load(snakemake.params.study))
Path(snakemake.output.json).write_bytes(numbers.as_json(collected))
Path(snakemake.output.tex).write_bytes(numbers.as_latex(collected))
