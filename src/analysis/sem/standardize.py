"""From estimates to standardised estimates (std.lv, std.all) and their derivatives."""

from __future__ import annotations

import numpy as np

from .estimate import Point, Problem
from .partable import Table
from .ram import dependent_gradient, total_variance_gradient


def row_values(table: Table, point: Point) -> np.ndarray:
    """The value of every row of the table, defined parameters left out."""
    values = np.array([p.value for p in table.parameters])
    values[table.free] = point.theta
    x = [table.observed.index(name) for name in table.exogenous]
    for k, p in enumerate(table.parameters):
        if p.dependent:
            v, at = table.observed.index(p.lhs), point.groups[p.group - 1]
            given = at.B[v, x] @ at.S[np.ix_(x, x)] @ at.B[v, x]
            values[k] = at.S[v, v] if p.op == "~~" else (at.phi[v, v] - given) ** -0.5
    return values


def standardize(table: Table, problem: Problem, point: Point, estimates: np.ndarray, all_variables: bool) -> np.ndarray:
    """Standardised values of every row but the defined ones, std.all or std.lv (R: ``standardizedSolution``).

    A path is multiplied by the standard deviation of its source and divided by that of its target, a
    variance divided by the variable's total variance, a residual covariance by the two residual standard
    deviations, an intercept by the standard deviation. ``std.lv`` takes latent variables only. NaN where
    a total variance is negative, or zero and divided by: a source that does not vary has the path 0.
    """
    return scaled(table, estimates, _total_variances(problem, point), all_variables)


def scaled(table: Table, estimates: np.ndarray, variances: dict, all_variables: bool) -> np.ndarray:
    """The same from the total ``variances`` by (group, variable); estimates (and these) may be those of many samples.

    ``estimates``: one for each row of the table, or rows × samples.
    """
    residual = _residual_variances(table, estimates)
    result = estimates.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, (p, powers) in enumerate(zip(table.parameters, _powers(table, all_variables), strict=True)):
            for kind, name, power in powers:
                scale = residual[p.group, name] if kind == "residual" else variances[p.group, name]
                result[k] *= (abs(scale) if kind == "residual" else scale) ** power
    result[np.isinf(result)] = np.nan
    if all_variables:
        result[[p.op == "~*~" for p in table.parameters]] = 1.0
    return result


def standardized_jacobian(table: Table, problem: Problem, point: Point, estimates: np.ndarray) -> np.ndarray:
    """∂(std.all)/∂θ, one row for each row of the table, one column for each free parameter (delta method)."""
    free = table.free
    variances = _total_variances(problem, point)
    residual = _residual_variances(table, estimates)
    place = {(p.group, p.lhs): k for k, p in enumerate(table.parameters) if p.op == "~~" and p.lhs == p.rhs}
    direct = np.zeros((len(table.parameters), len(free)))
    direct[free, np.arange(len(free))] = 1.0
    gradients = {}
    for group, (model, at) in enumerate(zip(problem.structures, point.groups, strict=True), start=1):
        dense = np.zeros((len(model.names), len(free)))
        dense[:, model.rows] = total_variance_gradient(model, at)
        gradients.update({(group, name): row for name, row in zip(model.names, dense, strict=True)})
        rows = [place[group, model.names[v]] for v in model.dependent]
        if rows:
            direct[np.ix_(rows, model.rows)] = dependent_gradient(model, at)
    jacobian = np.zeros((len(table.parameters), len(free)))
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, (p, powers) in enumerate(zip(table.parameters, _powers(table, True), strict=True)):
            factor, slope = 1.0, np.zeros(len(free))
            for kind, name, power in powers:
                if kind == "residual":
                    scale, row = residual[p.group, name], place[p.group, name]
                    factor *= abs(scale) ** power
                    slope += power * direct[row] / scale
                else:
                    scale, row = variances[p.group, name], gradients[p.group, name]
                    factor *= scale**power
                    slope += power * row / scale if row.any() else 0.0
            jacobian[k] = estimates[k] * factor * slope if estimates[k] else 0.0
            jacobian[k] += factor * direct[k] * (p.op != "~*~")
    return jacobian


def _powers(table: Table, all_variables: bool):
    """For each row, the (kind, variable, power) of the variances that its estimate is multiplied by."""
    scaled = set(table.latent) | (set(table.observed) if all_variables else set())
    for p in table.parameters:
        if p.op == "=~":
            powers = [("total", p.lhs, 0.5), ("total", p.rhs, -0.5)]
        elif p.op == "~":
            powers = [("total", p.lhs, -0.5), ("total", p.rhs, 0.5)]
        elif p.op in ("~1", "|"):
            powers = [("total", p.lhs, -0.5)]
        elif p.op == "~*~":
            powers = []
        elif p.lhs == p.rhs:
            powers = [("total", p.lhs, -1.0)]
        else:
            powers = [("residual", p.lhs, -0.5), ("residual", p.rhs, -0.5)]
        yield [power for power in powers if power[1] in scaled]


def _total_variances(problem: Problem, point: Point) -> dict:
    return {
        (group, name): variance if variance >= 0 else np.nan
        for group, (model, at) in enumerate(zip(problem.structures, point.groups, strict=True), start=1)
        for name, variance in zip(model.names, np.diag(at.phi), strict=True)
    }


def _residual_variances(table: Table, estimates: np.ndarray) -> dict:
    return {
        (p.group, p.lhs): value
        for p, value in zip(table.parameters, estimates, strict=True)
        if p.op == "~~" and p.lhs == p.rhs
    }
