"""From data to sample moments: checked columns, means, covariances divided by N."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .errors import DataError, nearest

CHUNK = 2**13  # rows taken at a time: only the data themselves grow with n, and the rest stays in the cache


@dataclass(frozen=True)
class Moments:
    """The sample moments of one group: ``data`` n × p, ``mean`` p, ``cov`` p × p (divided by n), ln|cov|."""

    data: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    logdet: float

    @property
    def n(self) -> int:
        """The number of rows used."""
        return len(self.data)

    @property
    def width(self) -> float:
        """The number of values in a row."""
        return len(self.mean)

    def margins(self, variables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of some variables, each by itself."""
        return self.mean[variables], np.diag(self.cov)[variables]


def chunks(n: int) -> Iterator[slice]:
    """Slices of at most CHUNK rows that cover n rows in their order."""
    return (slice(first, min(first + CHUNK, n)) for first in range(0, n, CHUNK))


def numeric_columns(data: pd.DataFrame, variables: list[str], latent: list[str]) -> np.ndarray:
    """The model's columns as an n × p array of floats, missing values as NaN.

    Raises DataError for unknown, repeated, non-numeric, infinite or empty columns.
    """
    columns = [str(name) for name in data.columns]
    position = {name: k for k, name in enumerate(columns)}
    for name in variables:
        if name not in position:
            near = nearest(name, [*columns, *latent])
            raise DataError(f"the model has {name!r}, which is no column of the data and not measured by any.{near}")
        if columns.count(name) > 1:
            raise DataError(f"the data have {columns.count(name)} columns named {name!r}: names must be unique")
    frame = data.iloc[:, [position[name] for name in variables]]
    for name, dtype in zip(variables, frame.dtypes, strict=True):
        if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
            raise DataError(f"column {name!r} {_no_number(frame[name])}: turn it into numbers first")
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    total = values.sum(axis=1)
    if np.isinf(total).any() or np.isnan(total).any():
        infinite = np.isinf(values).any(axis=0)
        if infinite.any():
            raise DataError(f"column {variables[int(infinite.argmax())]!r} holds infinite values")
        missing = np.isnan(values)
        if missing.all(axis=0).any():
            raise DataError(f"column {variables[int(missing.all(axis=0).argmax())]!r} holds no values at all")
    return values


def _no_number(column: pd.Series) -> str:
    """What a column holds that is no number, and in which row (its label): the first value, if need be one as text."""
    given = column.astype(object).dropna()
    bad = given[pd.to_numeric(given.astype(str), errors="coerce").isna()]
    bad = bad if len(bad) else given[[not isinstance(value, (int, float, np.number)) for value in given]]
    if not len(bad):
        return f"is not numeric (type {column.dtype})"
    return f"is not numeric (type {column.dtype}): it holds {bad.iloc[0]!r} (row {bad.index[0]})"


def complete(values: np.ndarray) -> np.ndarray:
    """Which rows have no missing value (lavaan's ``missing = "listwise"``)."""
    return ~np.isnan(values).any(axis=1)


def sample_moments(values: np.ndarray, names: list[str]) -> Moments:
    """Mean and covariance of a complete n × p array (R: ``cov(x) * (n - 1) / n``).

    Raises DataError for fewer rows than variables, a constant, repeated or linearly dependent column.
    """
    n, p = values.shape
    if n <= p:
        rows = f"{n} complete row{'s' if n != 1 else ''} for {p} variable{'s' if p != 1 else ''}"
        raise DataError(f"{rows}: their covariance matrix needs more rows than variables")
    mean = values.mean(axis=0)
    cov = sum((part := values[rows] - mean).T @ part for rows in chunks(n)) / n
    check_spread(mean, np.diag(cov), n, names)
    return Moments(values, mean, cov, log_determinant(cov, names))


def check_spread(mean: np.ndarray, variances: np.ndarray, n: int, names: list[str]) -> None:
    """Raises DataError that names a constant column."""
    constant = np.sqrt(variances) <= 1e-12 * np.maximum(1.0, np.abs(mean))
    if constant.any():
        name = names[int(constant.argmax())]
        raise DataError(f"column {name!r} is constant over the {n} rows used: it cannot be modelled")


def log_determinant(cov: np.ndarray, names: list[str]) -> float:
    """ln|cov|. Raises DataError that names repeated or linearly dependent columns."""
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    eigenvalues, vectors = np.linalg.eigh(correlation)
    if eigenvalues[0] < 1e-10:
        raise DataError(_dependence(correlation, vectors[:, 0], names))
    return float(np.log(eigenvalues).sum() + 2 * np.log(sd).sum())


def _dependence(correlation: np.ndarray, vector: np.ndarray, names: list[str]) -> str:
    off = np.abs(correlation - np.eye(len(names)))
    i, j = np.unravel_index(int(off.argmax()), off.shape)
    if off[i, j] > 1 - 1e-9:
        first, second = names[min(i, j)], names[max(i, j)]
        return f"columns {first!r} and {second!r} are perfectly correlated: keep one of them"
    involved = [names[k] for k in np.argsort(-np.abs(vector)) if abs(vector[k]) > 1e-4]
    return f"columns {', '.join(map(repr, involved))} are linearly dependent: leave one of them out"
