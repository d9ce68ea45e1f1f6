"""Adapter: sizes, replications and a seed -> the calibration of the engine, as a table and as a page."""

from pathlib import Path

from analysis.errors import plain_errors
from analysis.synthetic import calibration

plain_errors(snakemake.log[0])
settings = calibration.Settings(tuple(snakemake.params.sizes), snakemake.params.replications, snakemake.params.seed)
table = calibration.calibrate(settings)
table.to_csv(snakemake.output.table, index=False, lineterminator="\n")
page = calibration.page(table, settings.seed)
Path(snakemake.output.page).write_text(page, encoding="utf-8", newline="\n")
