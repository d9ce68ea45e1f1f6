"""The one verb of the room, ``fit(model, data)``, and the ``Fit`` that answers for the result."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from .bootstrap import bootstrap
from .cautions import SCALED, LeftOut, cautions, runaway
from .definitions import with_definition_slopes, with_definitions
from .errors import (
    DataError,
    ImproperSolutionWarning,
    NotConvergedError,
    NotIdentifiedError,
    OptionError,
    SemWarning,
)
from .estimate import Point, Problem, Solution, feasible_start, minimise
from .factors import modal_scores, regression_scores
from .fiml import incomplete_moments
from .groups import check_equalities, group_rows, naming
from .inference import Inference, infer, withheld
from .measures import degrees_of_freedom, fit_measures
from .modification import modification_indices, score_tests
from .moments import complete, numeric_columns, sample_moments
from .options import names_of, one_of
from .ordinal import category_values, numbered, ordinal_columns, ordinal_tables, pose_ordinal
from .partable import Roles, Table, build_table
from .ram import structure
from .report import summary
from .residuals import standardized_residuals
from .satorra import infer_satorra
from .standardize import row_values, standardize, standardized_jacobian
from .syntax import Model, parse
from .weighted import LeastSquares, least_squares, minimise_squares, start_squares
from .weighted_inference import infer_squares, withheld_squares
from .weighted_measures import squares_df, squares_measures

_LIKELIHOOD = ("ML", "MLR", "MLM")
_ESTIMATORS = (*_LIKELIHOOD, "ULS", "GLS", "DWLS", "WLSMV")
_MISSING = ("listwise", "fiml")


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
    group_partial: Collection[str] = (),
    ordered: bool | Collection[str] = False,
    std_lv: bool = False,
    meanstructure: bool | None = None,
    orthogonal: bool = False,
    parameterization: str = "delta",
) -> Fit:
    """Estimate a structural equation model (R: ``lavaan::sem(model, data, ...)``, lavaan 0.6).

    >>> fitted = fit("f =~ x1 + x2 + x3\\ny ~ f", data, estimator="MLR")  # doctest: +SKIP
    >>> print(fitted.summary())  # doctest: +SKIP
    >>> fitted.bootstrap(5000, seed=1).intervals("bca", column="std_all")  # doctest: +SKIP

    Parameters
    ----------
    model
        lavaan syntax: ``=~ ~ ~~ ~1 := ==``, ``|`` for thresholds (``x1 | t1 + t2``), ``~*~`` for scales, labels (a
        shared label is an equality), fixed values, ``NA*``, ``start()``, and ``c(a, b)*`` with one of these for each
        group. Exogenous observed variables are fixed to their sample moments, as by ``fixed.x = TRUE``.
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
        lv_covariances`` (R: ``group.equal``); a label for each group, ``c(a, b)*x2``, sets a parameter free. Of ordinal
        variables ``intercepts`` are the thresholds: lavaan, which has the word ``thresholds`` too, makes each of the
        two entail the other. The scales are then free in the groups after the first (``theta``: the residual
        variances), and so are the latent means.
    group_partial
        Parameters that stay free although ``group_equal`` names their kind, in lavaan's syntax: ``"visual=~x2"``,
        ``"x3~1"``, ``"x1|t2"`` (R: ``group.partial``). A name that the model does not have is an OptionError.
    ordered
        The ordinal variables, or True for all observed variables but exogenous ones; with estimator
        ``"WLSMV"``, ``"DWLS"`` or ``"ULS"``. Each gets thresholds; the model is then conditional on the
        exogenous variables, as by ``conditional.x = TRUE``.
    std_lv
        Fix the variances of the latent variables to 1 instead of their first loadings.
    meanstructure
        Model the means; by default only when the model has intercepts (``y ~ 1``), or there is ``group``,
        ``missing="fiml"`` or an ordinal variable.
    orthogonal
        Fix the covariances among exogenous latent variables to 0.
    parameterization
        Of ordinal variables: ``"delta"``, scales are parameters and residual variances follow, or ``"theta"``, the
        other way round. With ``"theta"`` there are no ``modification_indices``, ``scores`` and ``bootstrap``.

    Returns
    -------
    Fit
        ``parameters``: a table, columns lhs op rhs group label est se z pvalue ci_lower ci_upper std_lv std_all.
        ``measures``: a dictionary of npar chisq df pvalue, baseline_chisq and its df and pvalue, cfi tli nnfi rfi nfi
        ifi rni, rmsea with ci_lower ci_upper pvalue, rmr srmr crmr, ntotal, with a likelihood logl unrestricted_logl
        aic bic bic2, with a scaled test ``*_scaled``, ``*_robust`` and chisq_scaling_factor, for ULS chisq_browne, with
        ordinal variables wrmr. Further ``standardized``, ``r2``, ``residuals``, ``implied``, ``scores``, ``vcov``,
        ``modification_indices``, ``bootstrap``, ``summary``, ``warnings``. Without convergence all tests, errors and
        fit measures are NaN.

    Raises
    ------
    OptionError, ModelSyntaxError, DataError, NotIdentifiedError, StartError
        All are SemError (a ValueError); each message names the culprit.

    Warns
    -----
    MissingValuesWarning, NotConvergedWarning, SingularInformationWarning, ImproperSolutionWarning,
    ImplausibleEstimatesWarning, CollinearityWarning, SmallSampleWarning, UndefinedWarning, IgnoredOptionWarning
        Also kept in ``Fit.warnings``.
    """
    estimator = one_of("estimator", estimator, _ESTIMATORS)
    missing = one_of("missing", missing, _MISSING)
    std_lv = one_of("std_lv", std_lv, (True, False))
    orthogonal = one_of("orthogonal", orthogonal, (True, False))
    parameterization = one_of("parameterization", parameterization, ("delta", "theta"))
    meanstructure = one_of("meanstructure", meanstructure, (True, False, None))
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
    if ordinal and meanstructure is False:
        raise OptionError("ordinal variables have thresholds, which need the mean structure: leave meanstructure out")
    values = numeric_columns(numbered(data, ordinal), roles.observed, roles.latent)
    members, left_out = _usable_members(values, members, roles, missing)
    groups = {label: _take(values, rows) for label, rows in members.items()}
    build = partial(build_table, parsed, n_groups=len(members), std_lv=std_lv, orthogonal=orthogonal, group_equal=equal)
    build = partial(build, group_partial=names_of("group_partial", group_partial))
    build = partial(build, parameterization=parameterization)
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
            " fix or equate parameters, or leave some out" + _weak_factors(table)
        )
    if squares:
        solution = minimise_squares(problem, start_squares(table, problem))
    else:
        solution = minimise(problem, feasible_start(table, problem))
    if solution.converged:
        inference = _infer(problem, solution.point, estimator)
        if not (inference.unidentified and runaway(table, problem, solution.point).any()):
            return solution, inference
    return replace(solution, converged=False), (withheld_squares if squares else withheld)(problem)


def _weak_factors(table: Table) -> str:
    """The factors that are measured by fewer than three variables, in words."""
    counts = Counter(p.lhs for p in table.parameters if p.op == "=~" and p.group == 1)
    weak = [f"{name} ({count})" for name, count in counts.items() if count < 3]
    return f"; fewer than three indicators have {', '.join(weak)}" if weak else ""


def _usable_members(
    values: np.ndarray, members: dict[str, np.ndarray], roles: Roles, missing: str
) -> tuple[dict[str, np.ndarray], tuple[LeftOut, ...]]:
    """The rows of each group that can be used, and how many cannot, by the first reason that holds."""
    usable = np.zeros(len(values), dtype=bool)
    usable[np.concatenate(list(members.values()))] = True
    left_out = [LeftOut(int((~usable).sum()), "have no group", {})]
    for reason, gone, columns in _unusable(values, roles, missing):
        gone &= usable
        usable &= ~gone
        holes = np.isnan(values[np.ix_(gone, columns)]).sum(axis=0)
        holes = {roles.observed[v]: int(count) for v, count in zip(columns, holes, strict=True) if count}
        left_out.append(LeftOut(int(gone.sum()), reason, holes))
    kept = {label: rows[usable[rows]] for label, rows in members.items()}
    return kept, tuple(some for some in left_out if some.count)


def _check_threshold_terms(model: Model, ordinal: list[str]) -> None:
    for term in model.terms:
        if term.op in ("|", "~*~") and term.lhs not in ordinal:
            what = "threshold" if term.op == "|" else "scale"
            raise OptionError(f"line {term.line}: {term.lhs!r} has a {what} but is not ordinal: name it in ordered")


def _infer(problem: Problem, point: Point, estimator: str) -> Inference:
    if isinstance(problem, LeastSquares):
        return infer_squares(problem, point, estimator)
    return infer_satorra(problem, point) if estimator == "MLM" else infer(problem, point, estimator)


def _unusable(values: np.ndarray, roles: Roles, missing: str) -> list[tuple[str, np.ndarray, list[int]]]:
    """Why rows cannot be used, which (a mask), and the columns whose missing values are the reason."""
    if missing == "listwise":
        return [("have missing values", ~complete(values), list(range(len(roles.observed))))]
    exogenous = [roles.observed.index(name) for name in roles.exogenous]
    return [
        ("have no value in the variables of the model", np.isnan(values).all(axis=1), []),
        ("have missing values", ~complete(values[:, exogenous]), exogenous),
    ]


def _take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows in their order, without a copy when they are all."""
    return values if len(rows) == len(values) else values[rows]


def _pose(table: Table, values: dict[str, np.ndarray], missing: str) -> Problem:
    """Sample moments and structure of each group; the moments of exogenous variables become fixed values."""
    moments = incomplete_moments if missing == "fiml" else sample_moments
    samples = []
    for label, rows in values.items():
        with naming(label):
            samples.append(moments(rows, table.observed))
    position = {name: k for k, name in enumerate(table.observed)}
    for p in table.parameters:
        if p.exo:
            i, sample = position[p.lhs], samples[p.group - 1]
            p.value = sample.mean[i] if p.op == "~1" else sample.cov[i, position[p.rhs]]
    exogenous = np.array([position[name] for name in table.exogenous], dtype=int)
    placed = tuple(
        structure(table.parameters, group, table.observed, table.latent) for group in range(1, len(samples) + 1)
    )
    return Problem(placed, tuple(samples), table.basis, table.shift, exogenous, table.meanstructure)


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model. Tables are made when asked for; names and conventions are lavaan's."""

    table: Table
    problem: Problem
    solution: Solution
    inference: Inference
    estimator: str
    missing: str
    left_out: tuple[LeftOut, ...]
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
        return self.nobs + sum(some.count for some in self.left_out)

    @cached_property
    def estimates(self) -> np.ndarray:
        """The value of every row of the table, defined parameters left out."""
        return row_values(self.table, self.solution.point)

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
        estimates = with_definitions(self.table, self.estimates)
        jacobian = with_definition_slopes(self.table, estimates, jacobian)
        frame = self._labels().assign(est=estimates)
        frame = frame.assign(**self._tests(estimates, jacobian))
        for column, all_variables in (("std_lv", False), ("std_all", True)):
            standardised = standardize(self.table, self.problem, self.solution.point, self.estimates, all_variables)
            frame[column] = with_definitions(self.table, standardised)
        return frame

    def standardized(self) -> pd.DataFrame:
        """Completely standardised estimates with delta-method errors (R: ``standardizedSolution(fit)``).

        Columns: lhs op rhs group label est_std se z pvalue ci_lower ci_upper; the rows are those of ``parameters``. NaN
        where a total variance is negative, or 0 and divided by; errors NaN without convergence or identification.
        """
        point = self.solution.point
        values = standardize(self.table, self.problem, point, self.estimates, True)
        jacobian = standardized_jacobian(self.table, self.problem, point, self.estimates)
        values = with_definitions(self.table, values)
        jacobian = with_definition_slopes(self.table, values, jacobian)
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
        """The covariance matrix of the K free parameters, K × K (R: ``vcov(fit)``).

        Rows and columns have the user's labels, or names such as ``f=~x2``, in later groups ``f=~x2.g2``. NaN without
        convergence or identification.
        """
        names = [p.name_in_vcov for p in self.table.parameters if p.free]
        return pd.DataFrame(self.inference.vcov, index=names, columns=names)

    def implied(self) -> MomentTables | dict[str, MomentTables]:
        """The moments that the model implies (R: ``fitted(fit)``); sample means if means are not modelled.

        Of p observed variables cov p × p and mean p; with ordinal variables those of the outcomes alone, thresholds,
        and slopes (outcomes × exogenous variables). With several groups a dictionary by the group's name.
        """
        if self._ordinal:
            at = (self.problem, self.solution.point)
            return self._by_group(lambda k: MomentTables(*ordinal_tables(*at, k, "implied")))
        return self._by_group(lambda k: self._tables(*self._implied(k)))

    def residuals(self, kind: str = "raw") -> MomentTables | dict[str, MomentTables]:
        """Sample minus implied moments (R: ``residuals(fit, type = kind)``).

        ``"raw"``: covariances and means; ``"cor"``: correlations (Bollen, 1989), and means in sample
        standard deviations; ``"standardized"``: covariances and means (thresholds, slopes) divided by their standard
        errors, for ML, MLR and ordinal variables. Shapes are those of ``implied``.

        Standardised ones of ordinal variables in several groups take the rows of the group, lavaan 0.6 those of all.

        Raises OptionError for another kind, or standardised ones by another estimator; NotConvergedError without
        convergence, NotIdentifiedError for standardised ones without identification.
        """
        one_of("kind", kind, ("raw", "cor", "standardized"))
        self.require_converged("residuals")
        if kind == "standardized" and not (self._ordinal or self.estimator in ("ML", "MLR")):
            given = f"kind='standardized' is not offered for estimator={self.estimator!r}"
            raise OptionError(f"{given} with continuous variables: expected ML or MLR")
        if kind == "standardized":
            self.require_identified("standardised residuals")

        def of_group(k: int) -> MomentTables:
            if self._ordinal:
                return MomentTables(*ordinal_tables(self.problem, self.solution.point, k, kind))
            if kind == "standardized":
                robust = self.estimator == "MLR"
                return self._tables(*standardized_residuals(self.problem, self.solution.point, k, robust))
            sample, (sigma, mu) = self.problem.samples[k], self._implied(k)
            if kind == "raw":
                return self._tables(sample.cov - sigma, sample.mean - mu)
            sd, implied_sd = np.sqrt(np.diag(sample.cov)), np.sqrt(np.diag(sigma))
            correlations = sample.cov / np.outer(sd, sd) - sigma / np.outer(implied_sd, implied_sd)
            return self._tables(correlations, (sample.mean - mu) / sd)

        return self._by_group(of_group)

    def modification_indices(self) -> pd.DataFrame:
        """What would fit better: gain in chi-square and expected change (R: ``modindices(fit)``), in lavaan's order.

        Columns lhs op rhs group mi epc sepc_lv sepc_all. Raises NotConvergedError without convergence,
        NotIdentifiedError without identification.
        """
        self.require_delta("modification indices")
        self.require_identified("modification indices")
        return modification_indices(self.table, self.problem, self.solution.point, self.estimates)

    def score_tests(self, add: Collection[str] = ()) -> pd.DataFrame:
        """What letting go of each equality would gain (R: ``lavTestScore(fit, release = ...)$test``).

        One row for each parameter held equal over groups or by a shared label, all of its equalities let go at once:
        columns lhs op rhs label mi df pvalue, the score test against the parameters apart, df one less than there are.
        ``add`` names parameters that are fixed in the groups after the first (``"x1~1"``): one row more for each, all
        those groups let go at once. By the expected information, also where the errors are robust, as in lavaan. Raises
        OptionError for a name without a fixed parameter, NotIdentifiedError without convergence or identification.
        """
        self.require_identified("score tests")
        return score_tests(self.table, self.problem, self.solution.point, self.estimates, names_of("add", add))

    def scores(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Factor scores (R: ``lavPredict(fit)``): the rows used, with their index, by the latent variables.

        By regression (Thurstone, 1935); with ordinal variables the mode of the posterior (lavaan's "EBM"). Raises
        OptionError where an ordinal variable has an effect on others, or an outcome beside it no residual variance;
        NotConvergedError without convergence.
        In ordinal groups after the first they count the group's own latent means and scales, where lavaan 0.6 differs.
        """
        self.require_delta("factor scores")
        self.require_converged("factor scores")
        scores = modal_scores if self._ordinal else regression_scores

        def of_group(k: int) -> pd.DataFrame:
            found = scores(self.problem, self.solution.point, k)
            return pd.DataFrame(found, index=self.index[k], columns=self.table.latent)

        return self._by_group(of_group)

    bootstrap = bootstrap

    def require_delta(self, what: str) -> None:
        """Raises OptionError, that there is no ``what``, for ordinal variables in the theta parameterisation."""
        if any(len(model.rescaled) for model in self.problem.structures):
            raise OptionError(f"{what} are not offered with parameterization='theta'")

    def require_converged(self, what: str) -> None:
        """Raises NotConvergedError, that there is no ``what``, unless a minimum was found."""
        if not self.converged:
            hint = "try other starting values or a simpler model"
            raise NotConvergedError(f"no {what}: the search for the estimates did not converge; {hint}")

    def require_identified(self, what: str) -> None:
        """Raises NotConvergedError or NotIdentifiedError, that there is no ``what``, unless there is one minimum."""
        self.require_converged(what)
        free = [p.name for p in self.table.parameters if p.free]
        if self.inference.unidentified:
            names = ", ".join(free[k] for k in self.inference.unidentified)
            raise NotIdentifiedError(f"no {what}: the model is not identified ({names}); fix or equate some of these")

    @cached_property
    def warnings(self) -> tuple[SemWarning, ...]:
        """What the reader of the estimates must know, as typed records."""
        return cautions(self)

    def summary(self) -> str:
        """A text with the conventions, the test, the main fit measures and the estimates."""
        return summary(self)

    def __repr__(self) -> str:
        if not self.converged:
            return f"Fit({self.estimator}, n={self.nobs}, not converged)"
        m = self.measures
        suffix = "_scaled" if self.estimator in SCALED and m["df"] else ""
        marks = ", not identified" if self.inference.unidentified else ""
        marks += ", improper" if any(isinstance(w, ImproperSolutionWarning) for w in self.warnings) else ""
        return (
            f"Fit({self.estimator}, n={self.nobs}, chisq{suffix}={m['chisq' + suffix]:.3f}, df={m['df']}, "
            f"cfi={m['cfi']:.3f}, rmsea={m['rmsea']:.3f}, srmr={m['srmr']:.3f}{marks})"
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
