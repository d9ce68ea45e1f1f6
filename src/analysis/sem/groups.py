"""Several groups: which rows belong to which, and what may be held equal over them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd

from .errors import DataError, OptionError, nearest
from .options import names_of

# What may be held equal over groups, lavaan's group.equal
EQUALITIES = (
    *("loadings", "intercepts", "residuals", "means", "regressions"),
    *("lv_variances", "lv_covariances"),
)


def check_equalities(group_equal: Collection[str], group: str | None, meanstructure: bool | None) -> tuple[str, ...]:
    """``group_equal`` as a tuple. Raises OptionError for a kind that is not offered, or without its condition."""
    kinds = names_of("group_equal", group_equal)
    for kind in kinds:
        if kind not in EQUALITIES:
            raise OptionError(
                f"group_equal={kind!r} is not offered: expected any of {', '.join(map(repr, EQUALITIES))}."
                + nearest(str(kind), EQUALITIES)
            )
    if kinds and group is None:
        raise OptionError(f"group_equal={list(kinds)} needs group, the name of the column of groups")
    if meanstructure is False and {"intercepts", "means"} & set(kinds):
        raise OptionError("group_equal with intercepts or means needs the mean structure: leave meanstructure out")
    return kinds


def group_rows(data: pd.DataFrame, group: str | None) -> dict[str, np.ndarray]:
    """The positions of the rows of each group, in order of appearance (as in lavaan); one group "" without a column.

    Rows without a group, or with a blank one, are in none. Raises DataError for an unknown column, for different values
    that are written alike (1 and "1"), or when no row has a group.
    """
    if group is None:
        return {"": np.arange(len(data))}
    columns = [str(name) for name in data.columns]
    if columns.count(str(group)) != 1:
        raise DataError(
            f"group={group!r} names {columns.count(str(group))} columns of the data, expected 1."
            + nearest(str(group), columns)
        )
    codes, labels = pd.factorize(data.iloc[:, columns.index(str(group))])
    names = [_label(label) for label in labels]
    if not any(name.strip() for name in names):
        raise DataError(f"the group column {group!r} holds no values at all")
    for name in names:
        if names.count(name) > 1:
            alike = " and ".join(repr(label) for label, called in zip(labels, names, strict=True) if called == name)
            raise DataError(
                f"the group column {group!r} holds {alike}, both called {name!r}: make them one value first"
            )
    return {name: np.flatnonzero(codes == k) for k, name in enumerate(names) if name.strip()}


@contextmanager
def naming(group: str) -> Iterator[None]:
    """Within, a DataError says of which group it is; nothing is added where there is one group without a name."""
    try:
        yield
    except DataError as error:
        raise DataError(f"group {group!r}: {error}" if group else str(error)) from None


def _label(value) -> str:
    """A group's name: whole numbers that are stored as floats are written without their ".0"."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
