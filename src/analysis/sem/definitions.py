"""Defined parameters (``ab := a*b``): functions of the labelled ones, in one sample or in many."""

from __future__ import annotations

import numpy as np

from .partable import Table


def with_definitions(table: Table, values: np.ndarray) -> np.ndarray:
    """``values`` (one for each row of the table, or rows × samples) and those of the defined parameters.

    NaN where an expression has no finite value: a logarithm or root of a negative number, a division by 0.
    """
    known = _by_label(table, values)
    for d in table.definitions:
        value = np.broadcast_to(d.expression.value(known), values.shape[1:])
        known[d.name] = np.where(np.isfinite(value), value, np.nan)
    return np.concatenate([values, *(known[d.name][None] for d in table.definitions)])


def with_definition_slopes(table: Table, values: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """The Jacobian of the rows of the table and of the defined parameters (chain rule); NaN where that is not finite.

    ``values``: one for each row, with those of the defined parameters.
    """
    known, slopes = _by_label(table, values), _by_label(table, jacobian)
    for d, value in zip(table.definitions, values[len(table.parameters) :], strict=True):
        known[d.name] = value
        with np.errstate(all="ignore"):
            slope = sum((g * slopes[label] for label, g in d.expression.gradient(known).items()), 0.0 * jacobian[0])
        slopes[d.name] = slope if np.isfinite([value, *slope]).all() else np.full_like(slope, np.nan)
    return np.vstack([jacobian, *(slopes[d.name] for d in table.definitions)])


def _by_label(table: Table, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The row of each label, the first of those that share it."""
    return {p.label: row for p, row in reversed(list(zip(table.parameters, rows, strict=False))) if p.label}
