"""Adapter: the files of a report -> their checksums, beside the stamp."""

import json
from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import manifest

plain_errors(snakemake.log[0])
content = manifest.manifest(
    study.load(snakemake.input.study),
    snakemake.input.study,
    json.loads(Path(snakemake.input.stamp).read_text(encoding="utf-8")),
    snakemake.input.program,
    [*snakemake.input.made, snakemake.input.stamp, snakemake.input.page],
)
Path(snakemake.output[0]).write_bytes(manifest.as_json(content))
