"""What the reader of a fit must know: rows left out, no minimum, and estimates that are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .definitions import with_definition_slopes, with_definitions
from .errors import (
    CollinearityWarning,
    IgnoredOptionWarning,
    ImplausibleEstimatesWarning,
    ImproperSolutionWarning,
    MissingValuesWarning,
    NotConvergedWarning,
    SemWarning,
    SingularInformationWarning,
    SmallSampleWarning,
    UndefinedWarning,
)
from .estimate import Point, Problem, starting_values
from .partable import Table
from .standardize import row_values, standardize
from .weighted import LeastSquares

if TYPE_CHECKING:
    from .fitting import Fit

INDEFINITE = -1.8e-12  # a matrix with a smaller eigenvalue is not positive definite (lavaan's eps^(3/4))
SCALED = ("MLR", "MLM", "WLSMV")  # estimators with robust errors and scaled tests
_SHOWN = 5  # culprits that a message names
_REMEDY = "look for outliers or too few rows, try fewer factors, equal loadings or another indicator"


class LeftOut(NamedTuple):
    """How many rows were left out for what reason, and how many values each variable lacks in them."""

    count: int
    reason: str
    holes: dict[str, int]


def cautions(fitted: Fit) -> tuple[SemWarning, ...]:
    """All warnings of a fit, in the order of their weight."""
    found = _left_out(fitted)
    if not fitted.converged:
        return (*found, _not_converged(fitted))
    found += [*_identification(fitted), *(_improper(fitted) or _implausible(fitted))]
    return (*found, *_collinearity(fitted), *_small_sample(fitted), *_undefined(fitted), *_ignored(fitted))


def _left_out(fitted: Fit) -> list[SemWarning]:
    found, likelihood = [], fitted.estimator in ("ML", "MLR") and fitted.missing == "listwise"
    for count, reason, holes in fitted.left_out:
        names = sorted(holes, key=holes.get, reverse=True)
        shown = f" ({_some([f'{name}: {holes[name]}' for name in names])})" if holes else ""
        hint = "; missing='fiml' would use their other values" if likelihood and holes else ""
        message = f"{count} of {fitted.n_given} rows {reason}{shown}: left out{hint}"
        found.append(MissingValuesWarning(message, tuple(names)))
    return found


def _some(culprits: list[str]) -> str:
    """The first few in words, and how many more."""
    more = f" and {len(culprits) - _SHOWN} more" if len(culprits) > _SHOWN else ""
    return ", ".join(culprits[:_SHOWN]) + more


def _not_converged(fitted: Fit) -> NotConvergedWarning:
    astray = _astray(fitted)
    message = f"no minimum after {fitted.solution.iterations} steps: errors and fit measures are withheld"
    if astray:
        message += f"; at the last step {_some([f'{name} = {value:.3g}' for name, value in astray.items()])}"
    return NotConvergedWarning(message + "; try other starting values or a simpler model", tuple(astray))


def _astray(fitted: Fit) -> dict[str, float]:
    """Negative variances, runaway loadings, and loadings, paths and covariances beyond 10 when standardised."""
    table, problem, point = fitted.table, fitted.problem, fitted.solution.point
    standardised = standardize(table, problem, point, fitted.estimates, True)
    away, found = runaway(table, problem, point), {}
    for k, p in enumerate(table.parameters):
        variance = p.op == "~~" and p.lhs == p.rhs
        beyond = p.op in ("=~", "~", "~~") and abs(standardised[k]) > 10
        if (fitted.estimates[k] < 0) if variance else (away[k] or beyond):
            found[p.name] = fitted.estimates[k]
    return found


def runaway(table: Table, problem: Problem, point: Point) -> np.ndarray:
    """Which rows are loadings a thousand times what they start from by default: their factor's variance went to 0."""
    loadings = np.array([p.op == "=~" and p.free for p in table.parameters])
    plain = replace(table, parameters=[replace(p, start=np.nan) for p in table.parameters])
    return loadings & (np.abs(row_values(table, point)) > 1e3 * np.abs(starting_values(plain, problem.samples)))


def _identification(fitted: Fit) -> list[SemWarning]:
    if not fitted.inference.unidentified:
        return []
    free = [p for p in fitted.table.parameters if p.free]
    names = tuple(free[k].name for k in fitted.inference.unidentified)
    message = (
        f"the information matrix is singular, standard errors are withheld: not identified are {', '.join(names)};"
        " df, p and fit indices count parameters that the data do not determine; "
    )
    collapsed = _collapsed(fitted)
    if collapsed:
        message += f"a factor has collapsed, with standardised loadings beyond 10: {', '.join(collapsed)}; {_REMEDY}"
    else:
        message += "fix or equate some of these"
    return [SingularInformationWarning(message, names)]


def _collapsed(fitted: Fit) -> list[str]:
    """The factors with a standardised loading beyond 10: as good as nothing is left of what they had in common."""
    values = standardize(fitted.table, fitted.problem, fitted.solution.point, fitted.estimates, True)
    rows = zip(fitted.table.parameters, values, strict=True)
    return list(dict.fromkeys(p.lhs for p, value in rows if p.op == "=~" and abs(value) > 10))


def _improper(fitted: Fit) -> list[SemWarning]:
    """Negative variances; if none, covariance matrices that are not positive definite (as in lavaan)."""
    parameters = fitted.table.parameters
    negative = [
        (p.name, value)
        for p, value in zip(parameters, fitted.estimates, strict=True)
        if p.op == "~~" and p.lhs == p.rhs and value < 0
    ]
    if negative:
        shown = ", ".join(f"{name} = {value:.4g}" for name, value in negative)
        names = tuple(name for name, _ in negative)
        return [ImproperSolutionWarning(f"improper solution, negative variance: {shown}; {_REMEDY}", names)]
    found, p = [], len(fitted.table.observed)
    for where, at in _groups(fitted):
        for matrix, names, what in (
            (at.phi[p:, p:], fitted.table.latent, "the covariance matrix of the latent variables"),
            (at.S[:p, :p], fitted.table.observed, "the residual covariance matrix of the observed variables"),
        ):
            values, vectors = np.linalg.eigh(matrix)
            if len(names) and values[0] < INDEFINITE:
                culprits = tuple(names[k] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.1))
                message = f"improper solution{where}: {what} is not positive definite; it involves "
                message += f"{', '.join(culprits)}{_beyond(matrix, names)}; {_REMEDY}"
                found.append(ImproperSolutionWarning(message, culprits))
    return found


def _beyond(matrix: np.ndarray, names: Sequence[str]) -> str:
    """The correlations beyond 1 in a covariance matrix, in words."""
    sd = np.sqrt(np.diag(matrix))
    pairs = np.argwhere(np.tril(np.abs(matrix) > np.outer(sd, sd) * (1 + 1e-8), -1))
    shown = [f"{names[j]} and {names[i]} {matrix[i, j] / sd[i] / sd[j]:.3f}" for i, j in pairs if sd[i] * sd[j] > 0]
    return f"; correlations beyond 1: {', '.join(shown)}" if shown else ""


def _implausible(fitted: Fit) -> list[SemWarning]:
    """Standardised loadings beyond 1, and errors of loadings, paths and latent covariances beyond 1 in standard units.

    With such an error an interval spans more than all that a correlation can be. Loadings beyond 1 without a negative
    variance belong to indicators of several correlated factors (Jöreskog, 1999).
    """
    table, latent = fitted.table, fitted.table.latent
    loading = np.array([p.op == "=~" for p in table.parameters])
    other = np.array([p.op == "~" or (p.op == "~~" and p.lhs != p.rhs and p.lhs in latent) for p in table.parameters])
    standardised = standardize(table, fitted.problem, fitted.solution.point, fitted.estimates, True)
    errors = np.zeros(len(standardised))
    with np.errstate(invalid="ignore", divide="ignore"):
        errors[table.free] = np.sqrt(np.diag(fitted.inference.vcov))
        errors *= np.abs(standardised / fitted.estimates)
    found = []
    for message, values, rows in (
        ("standardised loadings beyond 1", standardised, loading & (np.abs(standardised) > 1 + 1e-6)),
        (
            "standard errors so large that nothing is known, the model is nearly not identified (in standard units)",
            errors,
            (loading | other) & (errors > 1),
        ),
    ):
        culprits = {table.parameters[k].name: values[k] for k in np.flatnonzero(rows)}
        if culprits:
            shown = ", ".join(f"{name} {value:.3g}" for name, value in culprits.items())
            found.append(ImplausibleEstimatesWarning(f"{message}: {shown}", tuple(culprits)))
    return found


def _small_sample(fitted: Fit) -> list[SemWarning]:
    """Fewer rows than moments, where the errors and the test use Γ, the covariance matrix of the moments.

    lavaan says so for least squares in continuous variables only ("too small to compute Gamma").
    """
    if fitted.estimator not in SCALED:
        return []
    found, problem = [], fitted.problem
    for k, (where, _) in enumerate(_groups(fitted)):
        n, moments = problem.samples[k].n, _moments(problem, k)
        if n < moments:
            message = f"{n} rows{where} are fewer than the {moments} sample moments: robust errors and scaled tests are"
            found.append(SmallSampleWarning(f"{message} unreliable; simplify the model or take more rows"))
    return found


def _moments(problem: Problem, k: int) -> int:
    """How many statistics the model of one group is fitted to, those among fixed exogenous variables left out."""
    if isinstance(problem, LeastSquares):
        return len(problem.statistics[k].observed)
    p, x, each = problem.structures[k].p, len(problem.exogenous), 2 * problem.meanstructure + 1
    return (p * (p + each) - x * (x + each)) // 2


def _undefined(fitted: Fit) -> list[SemWarning]:
    """Definitions without a finite value or slope, and scaled tests without a positive scaling factor."""
    table, inference, found = fitted.table, fitted.inference, []
    if table.definitions:
        values = with_definitions(table, fitted.estimates)
        slopes = with_definition_slopes(table, values, np.zeros((len(fitted.estimates), 1)))[:, 0]
        rows = zip(table.definitions, slopes[len(fitted.estimates) :], strict=True)
        names = {d.name: d.expression.text for d, slope in rows if np.isnan(slope)}
        if names:
            shown = ", ".join(f"{name} := {text}" for name, text in names.items())
            message = "no finite value or standard error at the estimates (a root or logarithm of a negative number, a"
            found.append(UndefinedWarning(f"{message} division by 0) has: {shown}", tuple(names)))
    if inference.trace_h1 - inference.trace_h0 <= 0 and fitted.measures["df"] > 0:
        message = "the scaling factor of the test is not positive: scaled chi-square and scaled and robust indices are"
        found.append(UndefinedWarning(f"{message} withheld; take more rows, or a simpler model"))
    return found


def _ignored(fitted: Fit) -> list[SemWarning]:
    return [*_restricting_nothing(fitted), *_ignored_residuals(fitted)]


def _restricting_nothing(fitted: Fit) -> list[SemWarning]:
    """Equal regressions without paths, equal latent means where these are fixed in all groups anyway."""
    table, found = fitted.table, []
    equal = set(table.group_equal)
    if "regressions" in equal and not any(p.op == "~" for p in table.parameters):
        found.append(("regressions", "the model has no paths (~)"))
    free_means = any(p.op == "~1" and p.free and p.lhs in table.latent for p in table.parameters)
    if "means" in equal and not free_means and not (table.latent and {"intercepts", "thresholds"} & equal):
        found.append(("means", "no latent mean is free without equal intercepts: name these too"))
    return [IgnoredOptionWarning(f"group_equal: equal {kind} restrict nothing, {why}", (kind,)) for kind, why in found]


def _ignored_residuals(fitted: Fit) -> list[SemWarning]:
    ordinal = tuple(dict.fromkeys(p.lhs for p in fitted.table.parameters if p.dependent and p.op == "~~"))
    if not ordinal or "residuals" not in fitted.table.group_equal:
        return []
    message = "group_equal: equal residuals say nothing of ordinal variables, whose residual variances follow from the"
    return [IgnoredOptionWarning(f"{message} loadings and scales: {', '.join(ordinal)}", ordinal)]


def _collinearity(fitted: Fit) -> list[SemWarning]:
    """Variance inflation above 5 (Hair et al., 2022) of a latent predictor, by the implied correlations."""
    predictors: dict[str, list[str]] = {}
    for p in fitted.table.parameters:
        if p.op == "~" and p.group == 1:
            predictors.setdefault(p.lhs, []).append(p.rhs)
    found, names = [], fitted.problem.structures[0].names
    for where, at in _groups(fitted):
        for outcome, sources in predictors.items():
            index = [names.index(v) for v in sources]
            cov = at.phi[np.ix_(index, index)]
            if np.linalg.eigvalsh(cov)[0] <= 0:
                continue
            inflation = np.diag(cov) * np.diag(np.linalg.inv(cov))
            high = {v: f for v, f in zip(sources, inflation, strict=True) if f > 5 and v in fitted.table.latent}
            if high:
                shown = ", ".join(f"{name} (variance inflation {factor:.1f})" for name, factor in high.items())
                message = f"predictors of {outcome}{where} can hardly be told apart: {shown}; their paths are unstable"
                found.append(CollinearityWarning(message, tuple(high)))
    return found


def _groups(fitted: Fit):
    """Words for each group (none for the only one) and its implied moments."""
    several = len(fitted.groups) > 1
    names = (f" in group {name!r}" if several else "" for name in fitted.groups)
    return zip(names, fitted.solution.point.groups, strict=True)
