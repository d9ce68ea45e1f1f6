"""Adapter: the words on all samples -> how often each falls, as a table and as a page."""

from pathlib import Path

import pandas as pd

from analysis import study
from analysis.errors import plain_errors
from analysis.synthetic import false_positives, load_truth

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
words = pd.concat([pd.read_csv(file) for file in snakemake.input.words], ignore_index=True)
shares = false_positives.count(words)
shares.to_csv(snakemake.output.shares, index=False, lineterminator="\n")
settings = false_positives.Settings(**snakemake.params.settings)
page = false_positives.page(shares, load_truth(snakemake.input.truth, described), described, settings)
Path(snakemake.output.page).write_text(page, encoding="utf-8", newline="\n")
