"""Adapter: tidy tables, numbers, stamp and figures -> the page of the study."""

import json
from pathlib import Path

from analysis import study
from analysis.errors import plain_errors
from analysis.publish import gather, page

plain_errors(snakemake.log[0])
Path(snakemake.output[0]).write_bytes(
    page.render(
        gather.tables(snakemake.input.tidy),
        study.load(snakemake.params.study),
        snakemake.params.study,
        json.loads(Path(snakemake.input.numbers).read_text(encoding="utf-8")),
        json.loads(Path(snakemake.input.stamp).read_text(encoding="utf-8")),
        {Path(f).name: Path(f) for f in snakemake.input.figures},
    )
)
