"""Adapter: the files of a report -> their checksums, with the versions that made them."""

from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import manifest

plain_errors(snakemake.log[0])
Path(snakemake.output[0]).write_bytes(
    manifest.manifest(
        study.load(snakemake.params.study),
        snakemake.params.study,
        [*snakemake.input.code, *snakemake.params.lock],
        snakemake.input.report,
    )
)
