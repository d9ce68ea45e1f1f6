"""From sample moments to maximum-likelihood estimates: discrepancy, its derivatives, Fisher scoring.

For a group with n rows, mean m̄ and covariance W = S + d dᵀ, d = m̄ - μ, the discrepancy is (Jöreskog,
1969; Bollen, 1989, eq. 4.67, with means)

    F = ln|Σ| + tr(W Σ⁻¹) - ln|S| - p,     χ² = N F   (normal likelihood: N, not N - 1)

Derivatives are those of ½F, the average negative log-likelihood of a row, so that they are an information
per row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from . import fiml
from .errors import StartError
from .fiml import Incomplete
from .moments import Moments
from .partable import Parameter, Table
from .products import mean_cross, mean_information, rank_two, second_derivatives
from .ram import Implied, Structure, implied, mean_weight


@dataclass(frozen=True)
class Point:
    """The likelihood at one place: the discrepancy F and its parts, each group's implied moments and Σ⁻¹."""

    theta: np.ndarray
    discrepancy: float
    parts: tuple[float, ...]
    groups: tuple[Implied, ...]
    inverses: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Problem:
    """What is fitted to what: the structures and sample moments of the groups.

    The free parameters are θ = shift + basis z; ``exogenous`` are the positions of the fixed exogenous
    variables.
    """

    structures: tuple[Structure, ...]
    samples: tuple[Moments, ...]
    basis: np.ndarray
    shift: np.ndarray
    exogenous: np.ndarray
    meanstructure: bool

    @property
    def n(self) -> int:
        """All rows of all groups."""
        return sum(sample.n for sample in self.samples)

    @property
    def incomplete(self) -> bool:
        """Whether rows with missing values are used (full-information maximum likelihood)."""
        return isinstance(self.samples[0], Incomplete)

    @property
    def n_counted(self) -> int:
        """The rows as the RMSEA and the standard errors count them."""
        return self.n

    @cached_property
    def rounding(self) -> float:
        """What rounding leaves of the means, in standard deviations: much where they are far from 0."""
        if not self.meanstructure:
            return 0.0
        far = max(float((np.abs(s.mean) / np.sqrt(np.diag(s.cov))).max()) for s in self.samples)
        return float(np.finfo(float).eps) * far

    @property
    def n_variables(self) -> int:
        """The observed variables of all groups together."""
        return sum(structure.p for structure in self.structures)

    def theta(self, z: np.ndarray) -> np.ndarray:
        """All free parameters from their distinct values."""
        return self.shift + self.basis @ z


def evaluate(problem: Problem, theta: np.ndarray) -> Point | None:
    """The likelihood at ``theta``; None where Σ is not positive definite or the paths are singular."""
    parts, groups, inverses = [], [], []
    for model, sample in zip(problem.structures, problem.samples, strict=True):
        try:
            at = implied(model, theta)
            if isinstance(sample, Incomplete):
                value, inverse = fiml.discrepancy(sample, at)
            else:
                value, inverse = _discrepancy(sample, at, problem.meanstructure)
        except np.linalg.LinAlgError:
            return None
        parts.append(float(value))
        groups.append(at)
        inverses.append(inverse)
    total = sum(s.n / problem.n * part for s, part in zip(problem.samples, parts, strict=True))
    return Point(theta, total, tuple(parts), tuple(groups), tuple(inverses)) if np.isfinite(total) else None


def _discrepancy(sample: Moments, at: Implied, meanstructure: bool) -> tuple[float, np.ndarray]:
    """F of one group and Σ⁻¹."""
    root = np.linalg.inv(np.linalg.cholesky(at.sigma))
    inverse = root.T @ root
    logdet = -2.0 * np.log(np.diag(root)).sum()
    value = logdet - sample.logdet + (sample.cov * inverse).sum() - len(at.mu)
    if meanstructure:
        gap = root @ (sample.mean - at.mu)
        value += gap @ gap
    return value, inverse


def gradient(problem: Problem, point: Point) -> np.ndarray:
    """½ ∂F/∂θ for every free parameter (before equalities)."""
    result = np.zeros(len(point.theta))
    for model, sample, at, inverse in _groups(problem, point):
        V = at.V
        if isinstance(sample, Incomplete):
            M, pull = fiml.first_order(sample, inverse, at.mu)
        else:
            gap = _gap(problem, sample, at)
            M, pull = _residual(sample, at, inverse, gap), inverse @ gap
        curve = V.T @ M @ V
        slope = model.weight * curve[model.x, model.y] - (pull @ V)[model.x] * mean_weight(model, at)
        result[model.rows] += sample.n / problem.n * slope
    return result


def expected_information(problem: Problem, point: Point) -> np.ndarray:
    """The expected information per row, K × K (Bollen, 1989, appendix 4B), in rank-two form."""
    result = np.zeros((len(point.theta),) * 2)
    for model, sample, at, inverse in _groups(problem, point):
        if isinstance(sample, Incomplete):
            info = fiml.expected_information(model, sample, at, inverse)
        else:
            B = at.V.T @ inverse @ at.V
            info = rank_two(model, B, B) + mean_information(model, at, B)
        result[np.ix_(model.rows, model.rows)] += sample.n / problem.n * info
    return result


def observed_information(problem: Problem, point: Point) -> np.ndarray:
    """The observed information per row, K × K: the Hessian of ½F, in rank-two form.

    ½∂²F/∂a∂b = ½tr(Σ⁻¹ Σ_a Q Σ_b) + ½tr(M Σ_ab) + terms in the means, with Q = Σ⁻¹(2W - Σ)Σ⁻¹ and M =
    Σ⁻¹(Σ - W)Σ⁻¹.
    """
    result = np.zeros((len(point.theta),) * 2)
    for model, sample, at, inverse in _groups(problem, point):
        if isinstance(sample, Incomplete):
            info = fiml.observed_information(model, sample, at, inverse)
        else:
            info = _observed(problem, model, sample, at, inverse)
        result[np.ix_(model.rows, model.rows)] += sample.n / problem.n * info
    return result


def _observed(problem: Problem, model: Structure, sample: Moments, at: Implied, inverse: np.ndarray) -> np.ndarray:
    gap, V = _gap(problem, sample, at), at.V
    P, curve = V.T @ inverse @ V, V.T @ _residual(sample, at, inverse, gap) @ V
    pull = inverse @ gap @ V
    info = (
        rank_two(model, P, P - 2.0 * curve)
        + mean_information(model, at, P)
        + second_derivatives(model, at, curve, pull)
    )
    return info + mean_cross(model, at, P, pull) if problem.meanstructure else info


def _groups(problem: Problem, point: Point):
    return zip(problem.structures, problem.samples, point.groups, point.inverses, strict=True)


def _gap(problem: Problem, sample: Moments, at: Implied) -> np.ndarray:
    return sample.mean - at.mu if problem.meanstructure else np.zeros_like(sample.mean)


def _residual(sample: Moments, at: Implied, inverse: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """M = Σ⁻¹(Σ - W)Σ⁻¹."""
    return inverse @ (at.sigma - sample.cov - np.outer(gap, gap)) @ inverse


@dataclass(frozen=True)
class Solution:
    """Where the search ended: the distinct values ``z``, the point, whether it is a minimum, the steps."""

    z: np.ndarray
    point: Point
    converged: bool
    iterations: int


def minimise(problem: Problem, z: np.ndarray, max_iterations: int = 150, bfgs_iterations: int = 2000) -> Solution:
    """Fisher scoring with step-halving, Newton steps near the minimum (Lee & Jennrich, 1979).

    The search ends when the Newton decrement gᵀH⁻¹g, the squared distance to the minimum in units of standard errors
    divided by N, is below 1e-18 (more where rounding leaves more). When it fails, BFGS on the same gradient (scipy)
    tries from the start, and the better of the two ends is returned. Σ has to be positive definite at the starting
    values ``z`` (see ``feasible_start``).
    """
    point = evaluate(problem, problem.theta(z))
    solution = _scoring(problem, z, point, max_iterations)
    if solution.converged:
        return solution
    z = _bfgs(problem, z, point, bfgs_iterations)
    again = _scoring(problem, z, evaluate(problem, problem.theta(z)), max_iterations)
    best = min(solution, again, key=lambda s: (not s.converged, s.point.discrepancy))
    return replace(best, iterations=solution.iterations + again.iterations)


@np.errstate(all="ignore")
def _scoring(problem: Problem, z: np.ndarray, point: Point, max_iterations: int) -> Solution:
    basis, near = problem.basis, False
    slack = (1e-14 + problem.rounding) * problem.n_variables
    enough = max(1e-18, problem.rounding**2 * problem.n_variables)
    for iteration in range(max_iterations):
        slope = basis.T @ gradient(problem, point)
        step = _solve(basis.T @ observed_information(problem, point) @ basis, slope) if near else None
        at_minimum = step is not None
        if step is None:
            step = _solve(basis.T @ expected_information(problem, point) @ basis, slope)
        if step is None:
            return Solution(z, point, False, iteration)
        decrement = float(slope @ step)
        if at_minimum and decrement < enough:
            return Solution(z, point, True, iteration)
        near = decrement < 1e-2
        size = 1.0
        while size > 1e-8:
            trial = evaluate(problem, problem.theta(z - size * step))
            if trial is not None and trial.discrepancy <= point.discrepancy - 1e-4 * size * decrement + slack:
                break
            size /= 2.0
        else:
            return Solution(z, point, at_minimum and decrement < 1e-14, iteration)
        z, point = z - size * step, trial
    return Solution(z, point, False, max_iterations)


def _solve(information: np.ndarray, slope: np.ndarray) -> np.ndarray | None:
    """I⁻¹g, computed on the scale on which the diagonal of I is 1.

    Directions without information are left alone; None when the matrix is not positive semidefinite.
    """
    scale = np.sqrt(np.abs(np.diag(information)))
    scale[scale == 0] = 1.0
    scaled, target = information / np.outer(scale, scale), slope / scale
    try:
        root = np.linalg.cholesky(scaled)
        if root.diagonal().min(initial=1.0) > 1e-4:
            return np.linalg.solve(root.T, np.linalg.solve(root, target)) / scale
    except np.linalg.LinAlgError:
        pass
    if not np.isfinite(scaled).all():
        return None
    values, vectors = np.linalg.eigh(scaled)
    if values[0] < -1e-8 * values[-1]:
        return None
    keep = values > 1e-10 * values[-1]
    along = vectors[:, keep]
    return along @ ((along.T @ target) / values[keep]) / scale


@np.errstate(all="ignore")
def _bfgs(problem: Problem, z: np.ndarray, start: Point, iterations: int) -> np.ndarray:
    from scipy.optimize import minimize

    information = problem.basis.T @ expected_information(problem, start) @ problem.basis
    scale = np.sqrt(np.maximum(np.diag(information), 1e-12))

    def objective(scaled: np.ndarray) -> tuple[float, np.ndarray]:
        point = evaluate(problem, problem.theta(scaled / scale))
        if point is None:
            return 1e10, np.zeros_like(scaled)
        return 0.5 * point.discrepancy, problem.basis.T @ gradient(problem, point) / scale

    result = minimize(objective, z * scale, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": iterations})
    return result.x / scale if result.fun <= 0.5 * start.discrepancy else z


def starting_values(table: Table, samples: tuple[Moments, ...]) -> np.ndarray:
    """Starting values for every row of the table.

    Loadings from the first principal axis of each factor's indicators, on the scale that the model gives
    the factor; residual variances half the sample variance; intercepts the sample means; paths and
    covariances 0.
    """
    values = np.array([_default_start(p) for p in table.parameters])
    for group, sample in enumerate(samples, start=1):
        rows = {(p.lhs, p.op, p.rhs): k for k, p in enumerate(table.parameters) if p.group == group}
        sd = dict(zip(table.observed, np.sqrt(np.diag(sample.cov)), strict=True))
        mean = dict(zip(table.observed, sample.mean, strict=True))
        where = {name: k for k, name in enumerate(table.observed)}
        for (lhs, op, rhs), k in rows.items():
            if op == "~~" and lhs == rhs and lhs in sd:
                values[k] = 0.5 * sd[lhs] ** 2
            elif op == "~1" and lhs in mean:
                values[k] = mean[lhs]
        for factor in _lower_order_first(table, rows):
            indicators = [rhs for lhs, op, rhs in rows if op == "=~" and lhs == factor]
            axis = _principal_axis(indicators, where, sample.cov, sd)
            loadings, variance = _scale_factor(table, rows, factor, indicators, axis, sd)
            for rhs, loading in zip(indicators, loadings, strict=True):
                values[rows[factor, "=~", rhs]] = loading
            values[rows[factor, "~~", factor]] = variance
            sd[factor] = np.sqrt(variance)
    given = np.array([p.value if not p.free else p.start for p in table.parameters])
    return np.where(np.isnan(given), values, given)


def _default_start(parameter: Parameter) -> float:
    return 1.0 if parameter.op == "=~" else 0.0


def _lower_order_first(table: Table, rows: dict) -> list[str]:
    """Factors in an order in which each comes after the factors that measure it, as far as there is one."""
    inner = {f: {rhs for lhs, op, rhs in rows if op == "=~" and lhs == f and rhs in table.latent} for f in table.latent}
    order: list[str] = []
    while len(order) < len(inner):
        ready = [f for f in inner if f not in order and inner[f] <= set(order)]
        order += ready or [f for f in inner if f not in order]
    return order


def _principal_axis(indicators: list[str], where: dict, cov: np.ndarray, sd: dict) -> np.ndarray:
    """Shrunken loadings of the first principal axis in the units of the indicators (all alike if latent)."""
    scale = np.array([sd.get(v, 1.0) for v in indicators])
    if len(indicators) == 1 or any(v not in where for v in indicators):
        return 0.7 * scale
    index = [where[v] for v in indicators]
    values, vectors = np.linalg.eigh(cov[np.ix_(index, index)] / np.outer(scale, scale))
    axis = 0.8 * vectors[:, -1] * np.sqrt(values[-1])
    return np.where(np.abs(axis) < 0.1, 0.1, axis) * scale


def _scale_factor(table, rows, factor, indicators, axis, sd) -> tuple[np.ndarray, float]:
    """Loadings and variance of a factor on the scale of its first fixed loading, or of its fixed variance."""
    variance = table.parameters[rows[factor, "~~", factor]]
    fixed = [table.parameters[rows[factor, "=~", v]] for v in indicators]
    anchors = [k for k, p in enumerate(fixed) if not p.free and p.value != 0]
    if anchors:
        ratio = axis[anchors[0]] / fixed[anchors[0]].value
    elif not variance.free and variance.value > 0:
        ratio = np.sign(axis[0]) * np.sqrt(variance.value) ** -1
    else:
        ratio = np.sign(axis[0])
    return axis / ratio, ratio**2


def feasible_start(table: Table, problem: Problem) -> np.ndarray:
    """Distinct starting values at which Σ is positive definite: free variances grow until it is.

    Raises StartError when that does not help.
    """
    values = starting_values(table, problem.samples)
    free = np.array(table.free, dtype=int)
    growing = np.array([p.free and p.op == "~~" and p.lhs == p.rhs for p in table.parameters])
    for _ in range(12):
        z = np.linalg.lstsq(problem.basis, values[free] - problem.shift, rcond=None)[0]
        if evaluate(problem, problem.theta(z)) is not None:
            return z
        values[growing] = 2.0 * np.abs(values[growing]) + 1e-3
    raise no_start(table, "the implied covariance matrix is not positive definite")


def no_start(table: Table, why: str) -> StartError:
    """The error of a search that cannot begin, with the values that the model text fixes or starts from."""
    given = {p.name: p.value if not p.free else p.start for p in table.parameters if p.user}
    shown = ", ".join(f"{name} = {value:g}" for name, value in given.items() if not np.isnan(value))
    return StartError(f"no starting values, {why}: check the fixed values and start() ({shown or 'none given'})")
