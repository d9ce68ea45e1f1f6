"""The one verb of the room, ``fit(model, data)``, and the ``Fit`` that answers for the result."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from .bootstrap import Bootstrap, bootstrap
from .errors import (
    CollinearityWarning,
    DataError,
    ImproperSolutionWarning,
    MissingValuesWarning,
    NotConvergedWarning,
    NotIdentifiedError,
    OptionError,
    SemWarning,
    SingularInformationWarning,
)
from .estimate import Point, Problem, Solution, feasible_start, minimise
from .fiml import Incomplete, casewise, incomplete_moments
from .groups import check_equalities, group_rows
from .inference import Inference, infer, withheld
from .measures import degrees_of_freedom, fit_measures
from .modification import modification_indices
from .moments import Moments, complete, numeric_columns, sample_moments
from .ordinal import category_values, numbered, ordinal_columns, ordinal_tables, pose_ordinal
from .partable import Roles, Table, build_table
from .ram import structure
from .residuals import standardized_residuals
from .satorra import infer_satorra
from .standardize import standardize, standardized_jacobian
from .syntax import Model, parse
from .weighted import LeastSquares, least_squares, minimise_squares, start_squares
from .weighted_inference import infer_squares, withheld_squares
from .weighted_measures import squares_df, squares_measures

_LIKELIHOOD = ("ML", "MLR", "MLM")
_ESTIMATORS = (*_LIKELIHOOD, "ULS", "GLS", "DWLS", "WLSMV")
_SCALED = ("MLR", "MLM", "WLSMV")
_MISSING = ("listwise", "fiml")
_NORMAL = "normal likelihood (N in the denominator, chi-square = N F)"
_SQUARES = "{} weights (chi-square = (N - 1) F)"
# By estimator: what is minimised, the test, the standard errors
_CONVENTIONS = {
    "ML": (_NORMAL, "standard", "expected information"),
    "MLR": (
        _NORMAL,
        "standard, and scaled after Yuan-Bentler (Mplus variant)",
        "Huber-White sandwich, observed information",
    ),
    "MLM": (_NORMAL, "standard, and scaled after Satorra-Bentler", "robust sandwich, expected information"),
    "GLS": (_SQUARES.format("least squares, normal-theory"), "standard", "expected information"),
    "ULS": (_SQUARES.format("least squares, unit"), "of unknown distribution", "as if the weights were right"),
    "DWLS": (_SQUARES.format("least squares, diagonal"), "standard", "as if the weights were right"),
    "WLSMV": (_SQUARES.format("least squares, diagonal"), "scaled and shifted", "robust sandwich"),
}


class MomentTables(NamedTuple):
    """A covariance (or correlation) matrix and a mean vector, labelled by the observed variables.

    With ordinal variables those of y*, given the exogenous variables, with thresholds and slopes on these.
    """

    cov: pd.DataFrame
    mean: pd.Series
    thresholds: pd.Series | None = None
    slopes: pd.DataFrame | None = None


def fit(
    model: str,
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
    group: str | None = None,
    group_equal: Collection[str] = (),
    ordered: bool | Collection[str] = False,
    std_lv: bool = False,
    meanstructure: bool | None = None,
    orthogonal: bool = False,
) -> Fit:
    """Estimate a structural equation model (R: ``lavaan::sem(model, data, ...)``, lavaan 0.6).

    Parameters
    ----------
    model
        lavaan syntax: ``=~ ~ ~~ ~1 := ==``, labels (a shared label is an equality), fixed values,
        ``NA*``, ``start()``. Exogenous observed variables are fixed to their sample moments, as by
        ``fixed.x = TRUE``.
    data
        One row for each case, numeric columns named as in the model.
    estimator
        ``"ML"``: normal-theory maximum likelihood, errors from the expected information.
        ``"MLR"``: the same estimates with Huber-White errors from the observed information and the
        Yuan-Bentler test in the variant of Mplus. ``"MLM"``: the same estimates with the errors and the
        test of Satorra and Bentler. ``"GLS"``, ``"ULS"``, ``"DWLS"``: least squares with normal, unit or
        diagonal weights; exogenous variables are then not fixed. ``"WLSMV"``: DWLS with robust errors and
        a scaled-and-shifted test.
    missing
        ``"listwise"``: rows with a missing value in a variable of the model are left out (and counted).
        ``"fiml"``: every value is used, by full-information maximum likelihood (R: ``missing = "ml"``); the means are
        modelled, errors come from the observed information, and rows are left out (and counted) that hold no
        value of the model or lack one of a fixed exogenous variable.
    group
        The column that says which group a row belongs to; groups are numbered from 1 in order of appearance, rows
        without a group are left out (and counted). The means are then modelled unless ``meanstructure`` is False.
    group_equal
        What is equal over groups, any of ``loadings intercepts residuals means regressions lv_variances
        lv_covariances`` (R: ``group.equal``); a label for each group, ``c(a, b)*x2``, sets a parameter free.
    ordered
        The ordinal variables, or True for all observed variables but exogenous ones; with estimator
        ``"WLSMV"``, ``"DWLS"`` or ``"ULS"``. Each gets thresholds; the model is then conditional on the
        exogenous variables, as by ``conditional.x = TRUE``.
    std_lv
        Fix the variances of the latent variables to 1 instead of their first loadings.
    meanstructure
        Model the means; by default only when the model has intercepts (``y ~ 1``) or there is ``group``.
    orthogonal
        Fix the covariances among exogenous latent variables to 0.

    Raises
    ------
    OptionError, ModelSyntaxError, DataError, NotIdentifiedError
        All are SemError (a ValueError); each message names the culprit.

    Warns
    -----
    MissingValuesWarning, NotConvergedWarning, SingularInformationWarning, ImproperSolutionWarning,
    CollinearityWarning
        Also kept in ``Fit.warnings``.
    """
    _check_option("estimator", estimator, _ESTIMATORS)
    _check_option("missing", missing, _MISSING)
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame with one column for each variable, not {type(data).__name__}")
    equal = check_equalities(group_equal, group, meanstructure)
    if missing == "fiml" and estimator not in ("ML", "MLR"):
        raise OptionError(f"missing='fiml' goes with estimator 'ML' or 'MLR', not {estimator!r}")
    if missing == "fiml" and meanstructure is False:
        raise OptionError("missing='fiml' needs the mean structure: leave meanstructure out")
    members = group_rows(data, group)
    means = True if meanstructure is None and (group is not None or missing == "fiml") else meanstructure
    parsed = parse(model)
    roles = Roles(parsed.terms)
    ordinal = ordinal_columns(ordered, roles, estimator)
    _check_threshold_terms(parsed, ordinal)
    values = numeric_columns(numbered(data, ordinal), roles.observed, roles.latent)
    members, left_out = _usable_members(values, members, roles, missing)
    groups = {label: _take(values, rows) for label, rows in members.items()}
    build = partial(build_table, parsed, n_groups=len(members), std_lv=std_lv, orthogonal=orthogonal, group_equal=equal)
    if ordinal:
        levels = category_values(groups, roles.observed, ordinal)
        table = build(meanstructure=True, thresholds={name: len(found) - 1 for name, found in levels.items()})
        problem = pose_ordinal(table, groups, levels, estimator)
    else:
        table = build(meanstructure=means, fixed_x=estimator in _LIKELIHOOD)
        problem = _pose(table, groups, missing)
        problem = problem if estimator in _LIKELIHOOD else least_squares(problem, table, estimator)
    solution, inference = _solve(table, problem, estimator)
    index = tuple(data.index[rows] for rows in members.values())
    result = Fit(table, problem, solution, inference, estimator, missing, left_out, tuple(members), index)
    for warning in result.warnings:
        warnings.warn(warning, stacklevel=2)
    return result


def _solve(table: Table, problem: Problem, estimator: str) -> tuple[Solution, Inference]:
    """The minimum and what follows from it. Raises NotIdentifiedError for more parameters than moments."""
    squares = isinstance(problem, LeastSquares)
    df = squares_df(problem) if squares else degrees_of_freedom(problem)
    if df < 0:
        npar = problem.basis.shape[1]
        raise NotIdentifiedError(
            f"the model has {npar} free parameters but the data only {npar + df} moments (df = {df}):"
            " fix or equate parameters, or leave some out"
        )
    if squares:
        solution = minimise_squares(problem, start_squares(table, problem))
    else:
        solution = minimise(problem, feasible_start(table, problem))
    if solution.converged:
        return solution, _infer(problem, solution.point, estimator)
    return solution, (withheld_squares if squares else withheld)(problem)


def _usable_members(
    values: np.ndarray, members: dict[str, np.ndarray], roles: Roles, missing: str
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """The rows of each group that can be used, and how many cannot, by the first reason that holds."""
    grouped = np.zeros(len(values), dtype=bool)
    for rows in members.values():
        grouped[rows] = True
    usable, left_out = grouped.copy(), {"have no group": int((~grouped).sum())}
    for reason, rows in _unusable(values, roles, missing).items():
        left_out[reason] = int(usable[rows].sum())
        usable[rows] = False
    kept = {label: rows[usable[rows]] for label, rows in members.items()}
    return kept, {reason: count for reason, count in left_out.items() if count}


def _check_option(name: str, value, offered: tuple[str, ...]) -> None:
    if value not in offered:
        raise OptionError(f"{name}={value!r} is not offered: expected one of {', '.join(map(repr, offered))}")


def _check_threshold_terms(model: Model, ordinal: list[str]) -> None:
    for term in model.terms:
        if term.op == "|" and term.lhs not in ordinal:
            raise OptionError(f"line {term.line}: {term.lhs!r} has a threshold but is not ordinal: name it in ordered")


def _infer(problem: Problem, point: Point, estimator: str) -> Inference:
    if isinstance(problem, LeastSquares):
        return infer_squares(problem, point, estimator)
    return infer_satorra(problem, point) if estimator == "MLM" else infer(problem, point, estimator)


def _unusable(values: np.ndarray, roles: Roles, missing: str) -> dict[str, np.ndarray]:
    """The rows that cannot be used, by reason."""
    if missing == "listwise":
        return {"have missing values": np.flatnonzero(~complete(values))}
    exogenous = [roles.observed.index(name) for name in roles.exogenous]
    return {
        "have no value in the variables of the model": np.flatnonzero(np.isnan(values).all(axis=1)),
        f"have missing values in {', '.join(roles.exogenous)}": np.flatnonzero(~complete(values[:, exogenous])),
    }


def _take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows in their order, without a copy when they are all."""
    return values if len(rows) == len(values) else values[rows]


def _pose(table: Table, values: dict[str, np.ndarray], missing: str) -> Problem:
    """Sample moments and structure of each group; the moments of exogenous variables become fixed values."""
    moments = incomplete_moments if missing == "fiml" else sample_moments
    samples = tuple(_group_moments(moments, label, rows, table.observed) for label, rows in values.items())
    position = {name: k for k, name in enumerate(table.observed)}
    for p in table.parameters:
        if p.exo:
            i, sample = position[p.lhs], samples[p.group - 1]
            p.value = sample.mean[i] if p.op == "~1" else sample.cov[i, position[p.rhs]]
    exogenous = np.array([position[name] for name in table.exogenous], dtype=int)
    placed = tuple(
        structure(table.parameters, group, table.observed, table.latent) for group in range(1, len(samples) + 1)
    )
    return Problem(placed, samples, table.basis, table.shift, exogenous, table.meanstructure)


def _group_moments(moments: Callable, label: str, values: np.ndarray, names: list[str]) -> Moments:
    try:
        return moments(values, names)
    except DataError as error:
        raise DataError(f"group {label!r}: {error}" if label else str(error)) from None


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model. Tables are made when asked for; names and conventions are lavaan's."""

    table: Table
    problem: Problem
    solution: Solution
    inference: Inference
    estimator: str
    missing: str
    left_out: dict[str, int]
    groups: tuple[str, ...]
    index: tuple[pd.Index, ...]

    @property
    def converged(self) -> bool:
        """Whether a minimum was found; if not, only the last values of the search are shown."""
        return self.solution.converged

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return self.problem.n

    @property
    def n_given(self) -> int:
        """The number of rows of the data."""
        return self.nobs + sum(self.left_out.values())

    @cached_property
    def estimates(self) -> np.ndarray:
        """The value of every row of the table, defined parameters left out."""
        values = np.array([p.value for p in self.table.parameters])
        values[self.table.free] = self.solution.point.theta
        for k, p in enumerate(self.table.parameters):
            if p.dependent:
                at, v = self.solution.point.groups[p.group - 1], self.table.observed.index(p.lhs)
                values[k] = at.S[v, v]
        return values

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row for each parameter (R: ``parameterEstimates(fit, standardized = TRUE)``).

        Columns: lhs op rhs group label est se z pvalue ci_lower ci_upper std_lv std_all. Free and fixed
        parameters in lavaan's order, moments of exogenous variables included, ``:=`` rows last in group
        0. Fixed parameters have se 0 and no z and p; standard errors of defined parameters follow from
        the delta method (Sobel, 1982).
        """
        jacobian = np.zeros((len(self.estimates), len(self.table.free)))
        jacobian[self.table.free, np.arange(len(self.table.free))] = 1.0
        estimates, jacobian = self._with_definitions(self.estimates, jacobian)
        frame = self._labels().assign(est=estimates)
        frame = frame.assign(**self._tests(estimates, jacobian))
        for column, all_variables in (("std_lv", False), ("std_all", True)):
            standardised = standardize(self.table, self.problem, self.solution.point, self.estimates, all_variables)
            frame[column] = self._with_definitions(standardised)[0]
        return frame

    def standardized(self) -> pd.DataFrame:
        """Completely standardised estimates with delta-method errors (R: ``standardizedSolution(fit)``).

        Columns: lhs op rhs group label est_std se z pvalue ci_lower ci_upper.
        """
        point = self.solution.point
        values = standardize(self.table, self.problem, point, self.estimates, True)
        jacobian = standardized_jacobian(self.table, self.problem, point, self.estimates)
        values, jacobian = self._with_definitions(values, jacobian)
        return self._labels().assign(est_std=values, **self._tests(values, jacobian, rounding=1e-8))

    @cached_property
    def measures(self) -> dict[str, float]:
        """Fit measures by lavaan's names, "_" for "." (R: ``fitMeasures(fit)``); NaN without convergence."""
        at = (self.problem, self.solution.point, self.inference)
        if isinstance(self.problem, LeastSquares):
            found = squares_measures(*at, self.estimator)
        else:
            found = fit_measures(*at, self.estimator in ("MLR", "MLM"))
        known = ("npar", "df", "ntotal")
        return found if self.converged else {name: found[name] if name in known else np.nan for name in found}

    @cached_property
    def chisq_by_group(self) -> pd.Series:
        """What each group adds to the chi-square (R: ``fit@test[[1]]$stat.group``)."""
        samples, parts = self.problem.samples, self.solution.point.parts
        values = [sample.n * part for sample, part in zip(samples, parts, strict=True)]
        return pd.Series(values if self.converged else np.nan, index=list(self.groups), name="chisq")

    @cached_property
    def r2(self) -> pd.Series | dict[str, pd.Series]:
        """Explained variance of every indicator and outcome (R: ``lavInspect(fit, "rsquare")``).

        With several groups a dictionary by the group's name, as of all tables by group.
        """
        explained = {p.rhs for p in self.table.parameters if p.op == "=~"}
        explained |= {p.lhs for p in self.table.parameters if p.op == "~"}
        frame = self.parameters
        rows = frame[(frame["op"] == "~~") & (frame["lhs"] == frame["rhs"]) & frame["lhs"].isin(explained)]

        def of_group(k: int) -> pd.Series:
            found = rows[rows["group"] == k + 1]
            values = 1.0 - found["std_all"].to_numpy()
            return pd.Series(np.where(values > 1, np.nan, values), index=found["lhs"].to_list(), name="r2")

        return self._by_group(of_group)

    def vcov(self) -> pd.DataFrame:
        """The covariance matrix of the free parameters (R: ``vcov(fit)``)."""
        names = [p.label or f"{p.lhs}{p.op}{p.rhs}" for p in self.table.parameters if p.free]
        return pd.DataFrame(self.inference.vcov, index=names, columns=names)

    def implied(self) -> MomentTables | dict[str, MomentTables]:
        """The moments that the model implies (R: ``fitted(fit)``); sample means if means are not modelled."""
        if self._ordinal:
            at = (self.problem, self.solution.point)
            return self._by_group(lambda k: MomentTables(*ordinal_tables(*at, k, "implied")))
        return self._by_group(lambda k: self._tables(*self._implied(k)))

    def residuals(self, kind: str = "raw") -> MomentTables | dict[str, MomentTables]:
        """Sample minus implied moments (R: ``residuals(fit, type = kind)``).

        ``"raw"``: covariances and means; ``"cor"``: correlations (Bollen, 1989), and means in sample
        standard deviations; ``"standardized"``: covariances and means divided by their standard errors (ML and MLR).
        """
        _check_option("kind", kind, ("raw", "cor", "standardized"))
        if kind == "standardized" and self.estimator not in ("ML", "MLR"):
            given = f"kind='standardized' is not offered for estimator={self.estimator!r}"
            raise OptionError(f"{given}: expected ML or MLR")

        def of_group(k: int) -> MomentTables:
            if kind == "standardized":
                robust = self.estimator == "MLR"
                return self._tables(*standardized_residuals(self.problem, self.solution.point, k, robust))
            if self._ordinal:
                return MomentTables(*ordinal_tables(self.problem, self.solution.point, k, kind))
            sample, (sigma, mu) = self.problem.samples[k], self._implied(k)
            if kind == "raw":
                return self._tables(sample.cov - sigma, sample.mean - mu)
            sd, implied_sd = np.sqrt(np.diag(sample.cov)), np.sqrt(np.diag(sigma))
            correlations = sample.cov / np.outer(sd, sd) - sigma / np.outer(implied_sd, implied_sd)
            return self._tables(correlations, (sample.mean - mu) / sd)

        return self._by_group(of_group)

    def modification_indices(self) -> pd.DataFrame:
        """What would fit better: gain in chi-square and expected change (R: ``modindices(fit)``), in lavaan's order.

        Columns lhs op rhs group mi epc sepc_lv sepc_all.
        """
        if not self.converged or self.inference.unidentified:
            raise NotIdentifiedError("no modification indices: the model did not converge, or is not identified")
        return modification_indices(self.table, self.problem, self.solution.point, self.estimates)

    def scores(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Factor scores by regression (Thurstone, 1935; R: ``lavPredict(fit)``), one row for each used."""

        if self._ordinal:
            raise OptionError("factor scores of ordinal variables are not offered")

        def of_group(k: int) -> pd.DataFrame:
            at, p = self.solution.point.groups[k], len(self.table.observed)
            sample, centre = self.problem.samples[k], self._implied(k)[1]
            inverses = self.solution.point.inverses
            inverse = inverses[k] if inverses else np.linalg.inv(at.sigma)
            if isinstance(sample, Incomplete):
                pulled = casewise(sample, inverse, centre, slice(None))
            else:
                pulled = (sample.data - centre) @ inverse
            return pd.DataFrame(at.t[p:] + pulled @ at.phi[:p, p:], index=self.index[k], columns=self.table.latent)

        return self._by_group(of_group)

    def bootstrap(
        self,
        draws: int = 5000,
        *,
        seed: int | None = None,
        cores: int = 1,
        kind: str = "nonparametric",
        improper: str = "keep",
        progress: Callable[[int, int], object] | None = None,
    ) -> Bootstrap:
        """Refit the model to resamples of the rows (R: ``bootstrapLavaan(fit, R = draws, type = kind)``).

        Parameters
        ----------
        draws
            How many resamples; with several groups each group is resampled by itself.
        seed
            The same seed gives the same draws on any number of cores; None takes one at random
            (``Bootstrap.seed``).
        cores
            Processes that share the work.
        kind
            ``"nonparametric"``, or ``"bollen-stine"``: from data moved so that the model holds, for a test of the
            model (Bollen & Stine, 1992; complete continuous data).
        improper
            What to do with improper draws, such as those with a negative variance: ``"keep"`` (as lavaan does) or
            ``"drop"``; they are marked or counted either way.
        progress
            Called with the draws done and to do, after every batch.

        Raises NotIdentifiedError when the fit did not converge or is not identified. Failed draws are left out and
        named in ``Bootstrap.failed``.
        """
        return bootstrap(self, draws, seed=seed, cores=cores, kind=kind, improper=improper, progress=progress)

    @cached_property
    def warnings(self) -> tuple[SemWarning, ...]:
        """What the reader of the estimates must know, as typed records."""
        found: list[SemWarning] = [*_left_out(self)]
        if not self.converged:
            message = f"no minimum after {self.solution.iterations} steps: errors and fit measures are withheld"
            return (*found, NotConvergedWarning(message + "; try other starting values or a simpler model"))
        return (*found, *_identification(self), *_improper(self), *_collinearity(self))

    def summary(self) -> str:
        """A text with the conventions, the test, the main fit measures and the estimates."""
        return _summary(self)

    def __repr__(self) -> str:
        if not self.converged:
            return f"Fit({self.estimator}, n={self.nobs}, not converged)"
        m = self.measures
        suffix = "_scaled" if self.estimator in _SCALED and m["df"] else ""
        return (
            f"Fit({self.estimator}, n={self.nobs}, chisq{suffix}={m['chisq' + suffix]:.3f}, df={m['df']}, "
            f"cfi={m['cfi']:.3f}, rmsea={m['rmsea']:.3f}, srmr={m['srmr']:.3f})"
        )

    @property
    def _ordinal(self) -> bool:
        return isinstance(self.problem, LeastSquares) and self.problem.ordinal

    def _by_group(self, function: Callable):
        """What ``function`` says of the one group, or of each by its name."""
        found = {name: function(k) for k, name in enumerate(self.groups)}
        return found if len(found) > 1 else next(iter(found.values()))

    def _implied(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        at = self.solution.point.groups[k]
        return at.sigma, at.mu if self.problem.meanstructure else self.problem.samples[k].mean

    def _labels(self) -> pd.DataFrame:
        rows = [(p.lhs, p.op, p.rhs, p.group, p.label) for p in self.table.parameters]
        rows += [(d.name, ":=", d.expression.text, 0, d.name) for d in self.table.definitions]
        return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "group", "label"])

    def _with_definitions(self, values: np.ndarray, jacobian: np.ndarray | None = None):
        """Append the defined parameters, functions of the labelled values, and their rows of the Jacobian."""
        first = {p.label: k for k, p in reversed(list(enumerate(self.table.parameters))) if p.label}
        known = {label: values[k] for label, k in first.items()}
        slopes = {} if jacobian is None else {label: jacobian[k] for label, k in first.items()}
        for d in self.table.definitions:
            if jacobian is not None:
                partial = d.expression.gradient(known)
                slopes[d.name] = sum((g * slopes[n] for n, g in partial.items()), np.zeros(jacobian.shape[1]))
            known[d.name] = float(d.expression.value(known))
        values = np.append(values, [known[d.name] for d in self.table.definitions])
        if jacobian is not None:
            jacobian = np.vstack([jacobian, *(slopes[d.name] for d in self.table.definitions)])
        return values, jacobian

    def _tests(self, values: np.ndarray, jacobian: np.ndarray, rounding: float = 0.0) -> dict:
        from scipy.special import ndtr, ndtri

        variance = ((jacobian @ self.inference.vcov) * jacobian).sum(axis=1)
        variance[~jacobian.any(axis=1)] = 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            se = np.sqrt(variance)
            se[se < rounding] = 0.0
            z = np.where(se > 0, values / se, np.nan)
        half = ndtri(0.975) * se
        p = 2.0 * ndtr(-np.abs(z))
        return {"se": se, "z": z, "pvalue": p, "ci_lower": values - half, "ci_upper": values + half}

    def _tables(self, cov: np.ndarray, mean: np.ndarray) -> MomentTables:
        names = self.table.observed
        return MomentTables(pd.DataFrame(cov, index=names, columns=names), pd.Series(mean, index=names))


def _left_out(fitted: Fit) -> list[SemWarning]:
    given = fitted.n_given
    return [
        MissingValuesWarning(f"{count} of {given} rows {reason}: left out") for reason, count in fitted.left_out.items()
    ]


def _identification(fitted: Fit) -> list[SemWarning]:
    if not fitted.inference.unidentified:
        return []
    free = [p for p in fitted.table.parameters if p.free]
    names = tuple(free[k].name for k in fitted.inference.unidentified)
    message = "the information matrix is singular, standard errors are withheld: not identified are "
    return [SingularInformationWarning(message + ", ".join(names), names)]


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
        return [ImproperSolutionWarning(f"improper solution, negative variance: {shown}", names)]
    found, p = [], len(fitted.table.observed)
    for where, at in _groups(fitted):
        for matrix, names, what in (
            (at.phi[p:, p:], fitted.table.latent, "the covariance matrix of the latent variables"),
            (at.S[:p, :p], fitted.table.observed, "the residual covariance matrix of the observed variables"),
        ):
            values, vectors = np.linalg.eigh(matrix)
            if len(names) and values[0] < -1.8e-12:
                culprits = tuple(names[k] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.1))
                message = f"improper solution{where}: {what} is not positive definite; it involves "
                found.append(ImproperSolutionWarning(message + ", ".join(culprits), culprits))
    return found


def _summary(fitted: Fit) -> str:
    m, robust = fitted.measures, fitted.estimator in _SCALED
    discrepancy, test, errors = _CONVENTIONS[fitted.estimator]
    if fitted.problem.incomplete:
        errors = errors.replace("expected", "observed")
    lines = [
        f"Structural equation model, {'' if fitted.converged else 'NOT '}converged after"
        f" {fitted.solution.iterations} steps",
        f"  Estimator        {fitted.estimator}, {discrepancy}",
        f"  Test             {test}",
        f"  Standard errors  {errors}",
        f"  Rows             {fitted.nobs} used of {fitted.n_given} given ({fitted.missing})",
        f"  Free parameters  {m['npar']}",
        "",
    ]
    if len(fitted.groups) > 1:
        named = enumerate(zip(fitted.groups, fitted.index, strict=True), start=1)
        lines.insert(-1, "  Groups           " + ", ".join(f"{k} {name} ({len(rows)})" for k, (name, rows) in named))
    if fitted.converged:
        lines.append(f"  Chi-square {m['chisq']:.3f}, df {m['df']}, p {m['pvalue']:.4f}")
        if robust:
            lines.append(
                f"  scaled {m['chisq_scaled']:.3f}, p {m['pvalue_scaled']:.4f}, factor {m['chisq_scaling_factor']:.4f}"
            )
        kind = "_robust" if robust and not np.isnan(m["cfi_robust"]) else "_scaled" if robust else ""
        lines.append(
            f"  {kind[1:].capitalize() + ' ' if kind else ''}CFI {m['cfi' + kind]:.4f},"
            f" TLI {m['tli' + kind]:.4f}, RMSEA"
            f" {m['rmsea' + kind]:.4f} [{m['rmsea_ci_lower' + kind]:.4f}, {m['rmsea_ci_upper' + kind]:.4f}],"
            f" SRMR {m['srmr']:.4f}"
        )
        if "logl" in m:
            lines.append(f"  Log-likelihood {m['logl']:.3f}, AIC {m['aic']:.3f}, BIC {m['bic']:.3f}")
    lines += [f"  Warning: {warning}" for warning in fitted.warnings]
    return "\n".join([*lines, "", fitted.parameters.round(4).to_string(index=False)])
