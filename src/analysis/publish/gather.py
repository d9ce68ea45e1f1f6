"""Reads the tidy tables that the stages before have left, by the names of their files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from analysis import results

Tidy = Mapping[str, pd.DataFrame]  # tables of `results` by name


def tables(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The tidy tables in ``paths`` by name."""
    return {Path(path).stem: results.read(Path(path).stem, path) for path in paths}
