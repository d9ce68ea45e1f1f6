"""Adapter: the font that every figure is set in."""

from analysis.errors import plain_errors
from analysis.publish import fonts

plain_errors(snakemake.log[0])
fonts.convert(snakemake.output[0], snakemake.params.further)
