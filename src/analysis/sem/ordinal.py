"""From ordinal columns to a least-squares problem: which variables are ordinal, their categories, the statistics."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from .errors import DataError, OptionError, nearest
from .estimate import Point
from .groups import naming
from .moments import Moments, check_spread, complete, log_determinant, numeric_columns
from .options import names_of
from .partable import Roles, Table
from .polychoric import associations, polychorics
from .ram import structure
from .residuals import standardized_statistics
from .weighted import LeastSquares, Statistics, implied_statistics, ordinal_statistics

ORDINAL_ESTIMATORS = ("WLSMV", "DWLS", "ULS")


def ordinal_columns(ordered: bool | Collection[str], roles: Roles, estimator: str) -> list[str]:
    """The ordinal variables in the order of the model; with ``True`` all observed ones but the exogenous.

    Raises OptionError for an unknown or exogenous variable, or an estimator that does not treat categories.
    """
    given = isinstance(ordered, (bool, np.bool_))
    names = () if given else names_of("ordered", ordered, "True, False or a list of names")
    if not (names or (given and ordered)):
        return []
    if estimator not in ORDINAL_ESTIMATORS:
        offered = ", ".join(map(repr, ORDINAL_ESTIMATORS))
        raise OptionError(f"estimator={estimator!r} does not treat ordinal variables: expected one of {offered}")
    outcomes = [v for v in roles.observed if v not in roles.exogenous]
    if given:
        return outcomes
    for name in names:
        if name in roles.exogenous:
            raise OptionError(
                f"ordered names {name!r}, which only predicts: the model is conditional on it, give it as numbers"
                " or indicators"
            )
        if name not in outcomes:
            raise OptionError(f"ordered names {name!r}, which is not observed in the model.{nearest(name, outcomes)}")
    return [v for v in outcomes if v in names]


def polychoric_correlations(data: pd.DataFrame) -> pd.DataFrame:
    """The polychoric correlations of the rows without a missing value, in two steps (Olsson, 1979), p × p.

    R: ``lavaan::lavCor(data, ordered = names(data))``; ``psych::polychoric(data, correct = 0)$rho`` where nothing is
    missing. Raises DataError for a column with one category or more than 30, or a correlation of 1.
    """
    names = [str(name) for name in data.columns]
    values = numeric_columns(numbered(data, names), names, [])
    values = values[complete(values)]
    levels = category_values({"": values}, names, names)
    codes = np.column_stack([np.searchsorted(levels[name], values[:, v]) for v, name in enumerate(names)])
    return pd.DataFrame(polychorics(codes, names), index=names, columns=names)


def numbered(data: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The data with ordered categorical columns among ``names`` turned into category numbers."""
    dtypes = {str(name): dtype for name, dtype in data.dtypes.items()}
    found = [v for v in names if isinstance(dtypes.get(v), pd.CategoricalDtype) and dtypes[v].ordered]
    found = [v for v in found if list(data.columns).count(v) == 1]
    return data.assign(**{v: data[v].cat.codes.astype(float).where(data[v].notna()) for v in found})


def category_values(groups: dict[str, np.ndarray], names: list[str], ordinal: list[str]) -> dict[str, np.ndarray]:
    """The values of each ordinal variable in increasing order (rows with missing values left out before).

    Raises DataError for a variable with one category, or so many that it can hardly be ordinal.
    """
    found = {}
    for name in ordinal:
        levels = np.unique(np.concatenate([values[:, names.index(name)] for values in groups.values()]))
        if len(levels) < 2:
            raise DataError(f"ordinal variable {name!r} has one observed category: it cannot be modelled")
        if len(levels) > 30:
            raise DataError(
                f"{name!r} has {len(levels)} different values, too many for an ordinal variable: give the list of the"
                " ordinal ones as ordered"
            )
        found[name] = levels
    return found


def pose_ordinal(
    table: Table, groups: dict[str, np.ndarray], levels: dict[str, np.ndarray], estimator: str
) -> LeastSquares:
    """Statistics and structure of each group, given the exogenous variables; their moments become fixed values."""
    position = {name: k for k, name in enumerate(table.observed)}
    given = np.array([position[name] for name in table.exogenous], dtype=int)
    outcomes = np.setdiff1d(np.arange(len(position)), given)
    ordinal = np.array([position[name] for name in levels], dtype=int)
    theta = any(p.dependent and p.op == "~*~" for p in table.parameters)
    follows = {"rescaled" if theta else "dependent": ordinal}
    samples, statistics, structures = [], [], []
    for group, (label, values) in enumerate(groups.items(), start=1):
        categories = [len(levels.get(table.observed[v], ())) for v in outcomes]
        names = [table.observed[v] for v in outcomes]
        with naming(label):
            coded = _coded(values, table.observed, levels)
            _check_rows(coded, table.observed, ordinal)
            found = associations(coded[:, outcomes], categories, coded[:, given], names)
        sample = _moments(coded, found, outcomes, given)
        for p in table.parameters:
            if p.group != group:
                continue
            i = position.get(p.lhs, -1)
            if p.exo:
                p.value = sample.mean[i] if p.op == "~1" else sample.cov[i, position[p.rhs]]
            elif p.op == "~*~" and np.isnan(p.start):
                p.start = 1.0
            elif p.op == "|" and np.isnan(p.start):
                p.start = found.margins[int(np.searchsorted(outcomes, i))].thresholds[int(p.rhs[1:]) - 1]
        placed = structure(table.parameters, group, table.observed, table.latent)
        structures.append(replace(placed, given=given, **follows))
        samples.append(sample)
        statistics.append(ordinal_statistics(found, len(coded), estimator, outcomes, given))
    parts = (tuple(structures), tuple(samples), table.basis, table.shift, given, True)
    return LeastSquares(*parts, statistics=tuple(statistics))


def _coded(values: np.ndarray, names: list[str], levels: dict[str, np.ndarray]) -> np.ndarray:
    """Ordinal values as 0, 1, …; raises DataError for a category that these rows do not use."""
    coded = values.copy()
    for name, known in levels.items():
        column = names.index(name)
        coded[:, column] = np.searchsorted(known, values[:, column])
        counts = np.bincount(coded[:, column].astype(int), minlength=len(known))
        if (counts == 0).any():
            empty = known[int(np.argmin(counts))]
            raise DataError(f"nobody chose category {empty:g} of {name!r}: merge categories in all groups")
    return coded


def _check_rows(coded: np.ndarray, names: list[str], ordinal: np.ndarray) -> None:
    """Raises DataError for too few rows, a constant or linearly dependent column among those that are not ordinal."""
    n, p = coded.shape
    if n <= p:
        rows = f"{n} complete row{'s' if n != 1 else ''} for {p} variable{'s' if p != 1 else ''}"
        raise DataError(f"{rows}: polychoric correlations need more rows than variables")
    numbers = np.setdiff1d(np.arange(p), ordinal)
    if len(numbers):
        values, called = coded[:, numbers], [names[v] for v in numbers]
        cov = np.atleast_2d(np.cov(values, rowvar=False))
        check_spread(values.mean(axis=0), np.diag(cov), n, called)
        log_determinant(cov, called)


def _moments(coded: np.ndarray, found, outcomes: np.ndarray, given: np.ndarray) -> Moments:
    """The means and covariances of y* and the rest that the statistics add up to, 0 and 1 for y* given x = 0."""
    mean, cov = np.zeros(coded.shape[1]), np.zeros((coded.shape[1],) * 2)
    x = coded[:, given] - coded[:, given].mean(axis=0)
    mean[given], cov[np.ix_(given, given)] = coded[:, given].mean(axis=0), x.T @ x / (len(coded) - 1)
    slopes = np.array([m.slopes for m in found.margins]).reshape(len(outcomes), len(given))
    base = np.array([0.0 if m.categories else m.estimates[0] for m in found.margins])
    mean[outcomes] = base + slopes @ mean[given]
    cov[np.ix_(outcomes, given)] = slopes @ cov[np.ix_(given, given)]
    cov[np.ix_(given, outcomes)] = cov[np.ix_(outcomes, given)].T
    cov[np.ix_(outcomes, outcomes)] = found.cov + cov[np.ix_(outcomes, given)] @ slopes.T
    return Moments(coded, mean, cov, float(np.linalg.slogdet(cov)[1]))


def ordinal_tables(problem: LeastSquares, point: Point, k: int, kind: str):
    """Covariances, means, thresholds and slopes of one group: ``implied``, or residuals of a kind."""
    s, model = problem.statistics[k], problem.structures[k]
    implied = implied_statistics(model, s.layout, point.groups[k], point.theta)
    if kind == "implied":
        return _tables(s, model.names, implied, 1.0)
    if kind == "raw":
        return _tables(s, model.names, s.observed - implied, 0.0)
    if kind == "standardized":
        return _tables(s, model.names, standardized_statistics(problem, point, k), 0.0)
    observed, fitted = (_tables(s, model.names, values, 1.0) for values in (s.observed, implied))
    sd = [np.sqrt(np.diag(tables[0])) for tables in (observed, fitted)]
    correlations = observed[0] / np.outer(sd[0], sd[0]) - fitted[0] / np.outer(sd[1], sd[1])
    return correlations, (observed[1] - fitted[1]) / sd[0], observed[2] - fitted[2], observed[3] - fitted[3]


def _tables(s: Statistics, names: tuple[str, ...], values: np.ndarray, variance: float):
    """The statistics ``values`` as labelled tables; the y* of ordinal variables have ``variance``."""
    layout, p = s.layout, len(names)
    cov, mean, (i, j) = variance * np.eye(p), np.zeros(p), layout.pairs.T
    cov[i, j] = cov[j, i] = values[layout.part("covariances")]
    cov[layout.variances, layout.variances] = values[layout.part("variances")]
    mean[layout.means] = values[layout.part("means")]
    outcomes, given = ([names[v] for v in part] for part in (layout.outcomes, layout.given))
    slopes = values[layout.part("slopes")].reshape(len(outcomes), len(given))
    return (
        pd.DataFrame(cov[np.ix_(layout.outcomes, layout.outcomes)], index=outcomes, columns=outcomes),
        pd.Series(mean[layout.outcomes], index=outcomes),
        pd.Series(values[layout.part("thresholds")], index=[f"{names[v]}|t{c + 1}" for v, c in layout.cuts]),
        pd.DataFrame(slopes, index=outcomes, columns=given),
    )
