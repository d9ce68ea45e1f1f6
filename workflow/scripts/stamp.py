"""Adapter: the versions and the commit that make a report, noted once for its page and its manifest."""

from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import manifest

plain_errors(snakemake.log[0])
Path(snakemake.output[0]).write_bytes(manifest.as_json(manifest.stamp(study.load(snakemake.input.study))))
