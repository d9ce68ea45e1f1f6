"""Several estimators of one model, side by side as tidy tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import pandas as pd

from .errors import SemWarning
from .fitting import Fit, fit


def fits(model: str, data: pd.DataFrame, estimators: Iterable[str]) -> dict[str, Fit]:
    """The same model by several estimators. Warnings are not raised; `notes` tabulates them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)
        return {estimator: fit(model, data, estimator=estimator) for estimator in estimators}


def measures(fits: dict[str, Fit]) -> pd.DataFrame:
    """Fit measures, a row an estimator and measure; columns estimator, measure, value."""
    rows = [(estimator, *pair) for estimator, fitted in fits.items() for pair in fitted.measures.items()]
    return pd.DataFrame(rows, columns=["estimator", "measure", "value"])


def notes(fits: dict[str, Fit]) -> pd.DataFrame:
    """What the reader of the estimates must know, a row an estimator and warning; columns estimator, kind, note."""
    rows = [
        (e, type(w).__name__.removesuffix("Warning"), str(w)) for e, fitted in fits.items() for w in fitted.warnings
    ]
    return pd.DataFrame(rows, columns=["estimator", "kind", "note"])
