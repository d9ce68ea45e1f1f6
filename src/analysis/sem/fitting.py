"""The one verb of the room, ``fit(model, data)``, and the ``Fit`` that answers for the result."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

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
from .estimate import Problem, Solution, feasible_start, minimise
from .inference import Inference, infer, withheld
from .measures import degrees_of_freedom, fit_measures
from .moments import complete_rows, sample_moments
from .partable import Table, build_table
from .ram import structure
from .standardize import standardize, standardized_jacobian
from .syntax import parse

_ESTIMATORS = ("ML", "MLR")
_MISSING = ("listwise",)


class MomentTables(NamedTuple):
    """A covariance (or correlation) matrix and a mean vector, labelled by the observed variables."""

    cov: pd.DataFrame
    mean: pd.Series


def fit(
    model: str,
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
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
        Yuan-Bentler test in the variant of Mplus.
    missing
        ``"listwise"``: rows with a missing value in a variable of the model are left out (and counted).
    std_lv
        Fix the variances of the latent variables to 1 instead of their first loadings.
    meanstructure
        Model the means; by default only when the model has intercepts (``y ~ 1``).
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
    table = build_table(parse(model), std_lv=std_lv, orthogonal=orthogonal, meanstructure=meanstructure)
    values, index = complete_rows(data, table.observed, table.latent)
    problem = _pose(table, values)
    df = degrees_of_freedom(problem)
    if df < 0:
        npar = problem.basis.shape[1]
        raise NotIdentifiedError(
            f"the model has {npar} free parameters but the data only {npar + df} moments (df = {df}):"
            " fix or equate parameters, or leave some out"
        )
    solution = minimise(problem, feasible_start(table, problem))
    inference = infer(problem, solution.point, estimator) if solution.converged else withheld(problem)
    result = Fit(table, problem, solution, inference, estimator, len(data), index)
    for warning in result.warnings:
        warnings.warn(warning, stacklevel=2)
    return result


def _check_option(name: str, value, offered: tuple[str, ...]) -> None:
    if value not in offered:
        raise OptionError(f"{name}={value!r} is not offered: expected one of {', '.join(map(repr, offered))}")


def _pose(table: Table, values: np.ndarray) -> Problem:
    """Sample moments and structure side by side; the moments of exogenous variables become fixed values."""
    sample = sample_moments(values, table.observed)
    position = {name: k for k, name in enumerate(table.observed)}
    for p in table.parameters:
        if p.exo:
            i = position[p.lhs]
            p.value = sample.mean[i] if p.op == "~1" else sample.cov[i, position[p.rhs]]
    exogenous = np.array([position[name] for name in table.exogenous], dtype=int)
    placed = structure(table.parameters, 1, table.observed, table.latent)
    return Problem((placed,), (sample,), table.basis, table.shift, exogenous, table.meanstructure)


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model. Tables are made when asked for; names and conventions are lavaan's."""

    table: Table
    problem: Problem
    solution: Solution
    inference: Inference
    estimator: str
    n_given: int
    index: pd.Index

    @property
    def converged(self) -> bool:
        """Whether a minimum was found; if not, only the last values of the search are shown."""
        return self.solution.converged

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return self.problem.n

    @cached_property
    def estimates(self) -> np.ndarray:
        """The value of every row of the table, defined parameters left out."""
        values = np.array([p.value for p in self.table.parameters])
        values[self.table.free] = self.solution.point.theta
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
        found = fit_measures(self.problem, self.solution.point, self.inference, self.estimator == "MLR")
        known = ("npar", "df", "ntotal")
        return found if self.converged else {name: found[name] if name in known else np.nan for name in found}

    @cached_property
    def r2(self) -> pd.Series:
        """Explained variance of every indicator and outcome (R: ``lavInspect(fit, "rsquare")``)."""
        explained = {p.rhs for p in self.table.parameters if p.op == "=~"}
        explained |= {p.lhs for p in self.table.parameters if p.op == "~"}
        frame = self.parameters
        rows = frame[(frame["op"] == "~~") & (frame["lhs"] == frame["rhs"]) & frame["lhs"].isin(explained)]
        values = 1.0 - rows["std_all"].to_numpy()
        return pd.Series(np.where(values > 1, np.nan, values), index=rows["lhs"].to_list(), name="r2")

    def vcov(self) -> pd.DataFrame:
        """The covariance matrix of the free parameters (R: ``vcov(fit)``)."""
        names = [p.label or f"{p.lhs}{p.op}{p.rhs}" for p in self.table.parameters if p.free]
        return pd.DataFrame(self.inference.vcov, index=names, columns=names)

    def implied(self) -> MomentTables:
        """The moments that the model implies (R: ``fitted(fit)``); sample means if means are not modelled."""
        at, sample = self.solution.point.groups[0], self.problem.samples[0]
        return self._tables(at.sigma, at.mu if self.problem.meanstructure else sample.mean)

    def residuals(self, kind: str = "raw") -> MomentTables:
        """Sample minus implied moments (R: ``residuals(fit, type = kind)``).

        ``"raw"``: covariances and means; ``"cor"``: correlations (Bollen, 1989), and means in sample
        standard deviations.
        """
        _check_option("kind", kind, ("raw", "cor"))
        sample, implied = self.problem.samples[0], self.implied()
        sigma, mu = implied.cov.to_numpy(), implied.mean.to_numpy()
        if kind == "raw":
            return self._tables(sample.cov - sigma, sample.mean - mu)
        sd, implied_sd = np.sqrt(np.diag(sample.cov)), np.sqrt(np.diag(sigma))
        correlations = sample.cov / np.outer(sd, sd) - sigma / np.outer(implied_sd, implied_sd)
        return self._tables(correlations, (sample.mean - mu) / sd)

    def scores(self) -> pd.DataFrame:
        """Factor scores by regression (Thurstone, 1935; R: ``lavPredict(fit)``), one row for each used."""
        at, sample, p = self.solution.point.groups[0], self.problem.samples[0], len(self.table.observed)
        centre = at.mu if self.problem.meanstructure else sample.mean
        weights = self.solution.point.inverses[0] @ at.phi[:p, p:]
        scores = at.t[p:] + (sample.data - centre) @ weights
        return pd.DataFrame(scores, index=self.index, columns=self.table.latent)

    @cached_property
    def warnings(self) -> tuple[SemWarning, ...]:
        """What the reader of the estimates must know, as typed records."""
        found: list[SemWarning] = []
        if self.nobs < self.n_given:
            found.append(
                MissingValuesWarning(f"{self.n_given - self.nobs} of {self.n_given} rows have missing values: left out")
            )
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
        suffix = "_scaled" if self.estimator == "MLR" and m["df"] else ""
        return (
            f"Fit({self.estimator}, n={self.nobs}, chisq{suffix}={m['chisq' + suffix]:.3f}, df={m['df']}, "
            f"cfi={m['cfi']:.3f}, rmsea={m['rmsea']:.3f}, srmr={m['srmr']:.3f})"
        )

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


def _identification(fitted: Fit) -> list[SemWarning]:
    if not fitted.inference.unidentified:
        return []
    free = [p for p in fitted.table.parameters if p.free]
    names = tuple(free[k].name for k in fitted.inference.unidentified)
    message = "the information matrix is singular, standard errors are withheld: not identified are "
    return [SingularInformationWarning(message + ", ".join(names), names)]


def _collinearity(fitted: Fit) -> list[SemWarning]:
    """Variance inflation above 5 (Hair et al., 2022) of a latent predictor, by the implied correlations."""
    at, names = fitted.solution.point.groups[0], fitted.problem.structures[0].names
    predictors: dict[str, list[str]] = {}
    for p in fitted.table.parameters:
        if p.op == "~":
            predictors.setdefault(p.lhs, []).append(p.rhs)
    found = []
    for outcome, sources in predictors.items():
        index = [names.index(v) for v in sources]
        cov = at.phi[np.ix_(index, index)]
        if np.linalg.eigvalsh(cov)[0] <= 0:
            continue
        inflation = np.diag(cov) * np.diag(np.linalg.inv(cov))
        high = {v: f for v, f in zip(sources, inflation, strict=True) if f > 5 and v in fitted.table.latent}
        if high:
            shown = ", ".join(f"{name} (variance inflation {factor:.1f})" for name, factor in high.items())
            message = f"predictors of {outcome} can hardly be told apart: {shown}; their paths are unstable"
            found.append(CollinearityWarning(message, tuple(high)))
    return found


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
    found = []
    at, p = fitted.solution.point.groups[0], len(fitted.table.observed)
    for matrix, names, what in (
        (at.phi[p:, p:], fitted.table.latent, "the covariance matrix of the latent variables"),
        (at.S[:p, :p], fitted.table.observed, "the residual covariance matrix of the observed variables"),
    ):
        if len(names):
            values, vectors = np.linalg.eigh(matrix)
            if values[0] < -1.8e-12:
                culprits = tuple(names[k] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.1))
                message = f"improper solution: {what} is not positive definite; it involves {', '.join(culprits)}"
                found.append(ImproperSolutionWarning(message, culprits))
    return found


def _summary(fitted: Fit) -> str:
    m, robust = fitted.measures, fitted.estimator == "MLR"
    errors = "Huber-White sandwich, observed information" if robust else "expected information"
    test = "standard, and scaled after Yuan-Bentler (Mplus variant)" if robust else "standard"
    lines = [
        f"Structural equation model, {'' if fitted.converged else 'NOT '}converged after"
        f" {fitted.solution.iterations} steps",
        f"  Estimator        {fitted.estimator}, normal likelihood (N in the denominator, chi-square = N F)",
        f"  Test             {test}",
        f"  Standard errors  {errors}",
        f"  Rows             {fitted.nobs} used of {fitted.n_given} given (listwise)",
        f"  Free parameters  {m['npar']}",
        "",
    ]
    if fitted.converged:
        lines.append(f"  Chi-square {m['chisq']:.3f}, df {m['df']}, p {m['pvalue']:.4f}")
        if robust:
            lines.append(
                f"  scaled {m['chisq_scaled']:.3f}, p {m['pvalue_scaled']:.4f}, factor {m['chisq_scaling_factor']:.4f}"
            )
        kind = "_robust" if robust else ""
        lines.append(
            f"  {'Robust ' if robust else ''}CFI {m['cfi' + kind]:.4f}, TLI {m['tli' + kind]:.4f}, RMSEA"
            f" {m['rmsea' + kind]:.4f} [{m['rmsea_ci_lower' + kind]:.4f}, {m['rmsea_ci_upper' + kind]:.4f}],"
            f" SRMR {m['srmr']:.4f}"
        )
        lines.append(f"  Log-likelihood {m['logl']:.3f}, AIC {m['aic']:.3f}, BIC {m['bic']:.3f}")
    lines += [f"  Warning: {warning}" for warning in fitted.warnings]
    return "\n".join([*lines, "", fitted.parameters.round(4).to_string(index=False)])
