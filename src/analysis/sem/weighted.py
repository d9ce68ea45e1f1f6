"""From sample statistics to least-squares estimates (ULS, GLS, DWLS): discrepancy, derivatives, Gauss-Newton.

A group is summarised by a vector s of statistics: thresholds, means (or intercepts), slopes on the exogenous
variables, variances and covariances, as far as the model has them. With the model's σ(θ) and a weight
matrix W the discrepancy is (Browne, 1984)

    F = Σ_g (n_g - 1)/N (s - σ)ᵀ W (s - σ),     χ² = N F   (lavaan's N - 1)

W is 1 (ULS), the inverse of the normal-theory covariance matrix of s (GLS), or the inverse of the diagonal
of Γ, its asymptotic covariance matrix without assumption of normality (DWLS).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields, replace

import numpy as np

from .errors import SemError
from .estimate import Point, Problem, Solution, feasible_start, minimise, no_start, starting_values
from .moments import Moments
from .partable import Table
from .polychoric import Associations, root_of_products
from .ram import Implied, Structure, conditional, cuts, dependent_gradient, implied, scale_rates, scales


@dataclass(frozen=True)
class Layout:
    """Which statistics a group has: their variables, by position among the observed ones.

    ``cuts``: variable and number of each threshold; ``means``; ``outcomes`` × ``given``: slopes;
    ``variances``; ``pairs``: covariances below the diagonal. In this order.
    """

    cuts: np.ndarray
    means: np.ndarray
    outcomes: np.ndarray
    given: np.ndarray
    variances: np.ndarray
    pairs: np.ndarray

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many thresholds, means, slopes, variances and covariances."""
        slopes = len(self.outcomes) * len(self.given)
        return len(self.cuts), len(self.means), slopes, len(self.variances), len(self.pairs)

    def labels(self, names: tuple[str, ...]) -> list[tuple]:
        """What each statistic is called, whatever the order of the variables."""
        found: list[tuple] = [("|", names[v], int(k)) for v, k in self.cuts]
        found += [("~1", names[v]) for v in self.means]
        found += [("~", names[y], names[x]) for y in self.outcomes for x in self.given]
        found += [("~~", names[v], names[v]) for v in self.variances]
        return found + [("~~", *sorted((names[i], names[j]))) for i, j in self.pairs]

    def part(self, name: str) -> slice:
        """Where the statistics of one kind stand."""
        kinds = ("thresholds", "means", "slopes", "variances", "covariances")
        ends = np.cumsum([0, *self.sizes])
        k = kinds.index(name)
        return slice(int(ends[k]), int(ends[k + 1]))


@dataclass(frozen=True)
class Statistics:
    """What the model of one group is fitted to: s, W (its diagonal, or a matrix), and R with RᵀR = Γ.

    ``free_in_baseline`` marks the statistics that the baseline model leaves free; ``ordinal`` whether there are ordinal
    variables.
    """

    n: int
    layout: Layout
    observed: np.ndarray
    weight: np.ndarray
    root: np.ndarray | None
    free_in_baseline: np.ndarray
    ordinal: bool = False

    def weigh(self, columns: np.ndarray) -> np.ndarray:
        """W times columns (or a vector)."""
        if self.weight.ndim == 2:
            return self.weight @ columns
        return (self.weight * columns.T).T


@dataclass(frozen=True)
class LeastSquares(Problem):
    """A problem solved by least squares: ``statistics`` holds what each group is fitted to."""

    statistics: tuple[Statistics, ...] = ()

    @property
    def n_counted(self) -> int:
        """lavaan's N - number of groups."""
        return self.n - len(self.statistics)

    @property
    def ordinal(self) -> bool:
        """Whether there are ordinal variables."""
        return any(s.ordinal for s in self.statistics)

    @property
    def n_statistics(self) -> int:
        """The statistics of all groups."""
        return sum(len(s.observed) for s in self.statistics)


def least_squares(problem: Problem, table: Table, estimator: str) -> LeastSquares:
    """A problem in continuous variables, to be solved by least squares; covariances are divided by n - 1."""
    predictors = np.array([table.observed.index(name) for name in table.predictors], dtype=int)
    samples = tuple(replace(s, cov=s.cov * s.n / (s.n - 1)) for s in problem.samples)
    statistics = tuple(continuous_statistics(s, estimator, problem.meanstructure, predictors) for s in samples)
    parts = {f.name: getattr(problem, f.name) for f in fields(problem)}
    return LeastSquares(**parts | {"samples": samples}, statistics=statistics)


def continuous_statistics(sample: Moments, estimator: str, meanstructure: bool, predictors: np.ndarray) -> Statistics:
    """Means (where modelled) and covariances, with the weights of the estimator.

    ``predictors``: the exogenous variables, whose covariances the baseline model leaves free.
    """
    p = len(sample.mean)
    everything, nothing = np.arange(p), np.zeros(0, dtype=int)
    pairs = np.column_stack(np.tril_indices(p, -1))
    means = everything if meanstructure else nothing
    layout = Layout(np.zeros((0, 2), dtype=int), means, everything, nothing, everything, pairs)
    i, j = np.concatenate([np.column_stack([everything, everything]), pairs]).T
    observed = np.concatenate([sample.mean[means], sample.cov[i, j]])
    root = None
    if estimator == "GLS":
        weight = normal_statistics_weight(sample, layout)
    elif estimator == "ULS":
        weight = np.ones(len(observed))
    else:
        average = sample.cov[i, j] * (sample.n - 1) / sample.n

        def products(rows: slice) -> np.ndarray:
            centred = sample.data[rows] - sample.mean
            return np.hstack([centred[:, means], centred[:, i] * centred[:, j] - average])

        root = root_of_products(products, sample.n) / np.sqrt(sample.n)
        weight = 1.0 / (root**2).sum(axis=0)
    free = np.ones(len(observed), dtype=bool)
    free[layout.part("covariances")] = np.isin(pairs, predictors).all(axis=1)
    return Statistics(sample.n, layout, observed, weight, root, free)


def normal_statistics_weight(sample: Moments, layout: Layout) -> np.ndarray:
    """The inverse of the covariance matrix of normal moments: S⁻¹ for the means, ½D'(S⁻¹ ⊗ S⁻¹)D (Browne, 1974)."""
    inverse, n_means = np.linalg.inv(sample.cov), len(layout.means)
    i, j = np.concatenate([np.column_stack([layout.variances] * 2), layout.pairs]).T
    twice = np.where(i == j, 0.5, 1.0)
    pairs = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    weight = np.zeros((n_means + len(i),) * 2)
    weight[:n_means, :n_means] = inverse[:n_means, :n_means]
    weight[n_means:, n_means:] = np.outer(twice, twice) * pairs
    return weight


def ordinal_statistics(
    found: Associations, n: int, estimator: str, outcomes: np.ndarray, given: np.ndarray
) -> Statistics:
    """Thresholds, intercepts, slopes, variances of continuous variables, and covariances of y*."""
    cuts, means, variances, order, start = [], [], [], [], 0
    for margin, v in zip(found.margins, outcomes, strict=True):
        size, slopes = len(margin.estimates), len(given)
        if margin.categories:
            cuts += [(v, k) for k in range(margin.categories - 1)]
            order += [(0, start + k) for k in range(margin.categories - 1)]
        else:
            means.append(v)
            variances.append(v)
            order += [(1, start), (3, start + size - 1)]
        first = start + (margin.categories - 1 if margin.categories else 1)
        order += [(2, first + k) for k in range(slopes)]
        start += size
    i, j = np.tril_indices(len(outcomes), -1)
    order += [(4, start + k) for k in range(len(i))]
    order = np.array([place for _, place in sorted(order, key=lambda kind_place: kind_place[0])])
    layout = Layout(
        np.array(cuts, dtype=int).reshape(-1, 2),
        np.array(means, dtype=int),
        outcomes,
        given,
        np.array(variances, dtype=int),
        np.column_stack([outcomes[i], outcomes[j]]),
    )
    observed = np.concatenate([*(m.estimates for m in found.margins), found.cov[i, j]])[order]
    root = found.root[:, order]
    weight = np.ones(len(observed)) if estimator == "ULS" else 1.0 / (root**2).sum(axis=0)
    free = np.ones(len(observed), dtype=bool)
    free[layout.part("covariances")] = False
    return Statistics(n, layout, observed, weight, root, free, ordinal=True)


def implied_statistics(model: Structure, layout: Layout, at: Implied, theta: np.ndarray) -> np.ndarray:
    """σ(θ): the model's thresholds, means, slopes, variances and covariances, given the variables ``given``."""
    phi, t = conditional(model, at)
    scale, (v, k), (i, j) = scales(model, theta, phi), layout.cuts.T, layout.pairs.T
    tau = cuts(model, theta)
    slopes = scale[layout.outcomes, None] * at.B[np.ix_(layout.outcomes, layout.given)]
    variances = layout.variances
    parts = (scale[v] * (tau[v, k] - t[v]), t[layout.means], slopes.ravel(), phi[variances, variances])
    return np.concatenate([*parts, scale[i] * scale[j] * phi[i, j]])


def jacobian(model: Structure, layout: Layout, at: Implied, theta: np.ndarray) -> np.ndarray:
    """∂σ/∂θ for the free parameters of the group, through the residual variances of ordinal variables too."""
    scale = scales(model, theta, conditional(model, at)[0])
    result = _through_residuals(model, layout, at, scale)
    if (model.kind == 4).any() or len(model.rescaled):
        sigma = implied_statistics(model, layout, at, theta)
        result += _through_scales(layout, sigma, scale_rates(model, at, scale))
    return result


def _through_residuals(model: Structure, layout: Layout, at: Implied, scale: np.ndarray) -> np.ndarray:
    """The derivatives at fixed scales, the residual variances of dependent variables following the parameters."""
    if not len(model.dependent):
        return _derivatives(model, layout, at, scale)
    d, k = model.dependent, len(model.kind)
    one = np.ones_like(d)
    added = {"kind": one, "i": d, "j": d, "x": d, "y": d, "weight": 0.5 * one, "cut": 0 * one}
    longer = {name: np.concatenate([getattr(model, name), values]) for name, values in added.items()}
    both = _derivatives(replace(model, **longer), layout, at, scale)
    return both[:, :k] + both[:, k:] @ dependent_gradient(model, at)


def _derivatives(model: Structure, layout: Layout, at: Implied, scale: np.ndarray) -> np.ndarray:
    phi, t = conditional(model, at)
    kind, i, j, (v, cut) = model.kind, model.i, model.j, layout.cuts.T
    shift = np.where(kind == 0, t[j], np.where(kind == 2, 1.0, 0.0))
    own = (kind == 3) & (i == v[:, None]) & (model.cut == cut[:, None])
    thresholds = scale[v, None] * (own - at.B[np.ix_(v, i)] * shift)
    means = at.B[np.ix_(layout.means, i)] * shift
    onward = np.where(kind == 0, at.B[np.ix_(j, layout.given)].T, 0.0)
    slopes = (scale[layout.outcomes, None] * at.B[np.ix_(layout.outcomes, i)])[:, None] * onward
    V = np.hstack([at.B, phi])
    left, right = V[:, model.x], V[:, model.y]
    variances = 2.0 * model.weight * left[layout.variances] * right[layout.variances]
    a, b = layout.pairs.T
    covariances = (scale[a] * scale[b])[:, None] * model.weight * (left[a] * right[b] + left[b] * right[a])
    return np.vstack([thresholds, means, slopes.reshape(-1, len(kind)), variances, covariances])


def _through_scales(layout: Layout, sigma: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Each statistic is proportional to the scales of the ordinal variables in it."""
    result, (a, b) = np.zeros((len(sigma), rates.shape[1])), layout.pairs.T
    for part, owners in (
        ("thresholds", layout.cuts[:, 0]),
        ("slopes", np.repeat(layout.outcomes, len(layout.given))),
        ("covariances", a),
        ("covariances", b),
    ):
        rows = layout.part(part)
        result[rows] += sigma[rows, None] * rates[owners]
    return result


def evaluate_squares(problem: LeastSquares, theta: np.ndarray) -> Point | None:
    """The discrepancy at ``theta``; None where the paths are singular."""
    parts, groups = [], []
    for model, statistics in zip(problem.structures, problem.statistics, strict=True):
        try:
            at = implied(model, theta)
        except np.linalg.LinAlgError:
            return None
        gap = statistics.observed - implied_statistics(model, statistics.layout, at, theta)
        parts.append(float((statistics.n - 1) / statistics.n * (gap @ statistics.weigh(gap))))
        groups.append(at)
    total = sum(s.n / problem.n * part for s, part in zip(problem.statistics, parts, strict=True))
    return Point(theta, total, tuple(parts), tuple(groups), ()) if np.isfinite(total) else None


def information_and_slope(problem: LeastSquares, point: Point) -> tuple[np.ndarray, np.ndarray]:
    """Σ (n_g - 1)/N JᵀWJ and Σ (n_g - 1)/N JᵀW(s - σ) for all free parameters."""
    k = len(point.theta)
    information, slope = np.zeros((k, k)), np.zeros(k)
    for model, statistics, at in zip(problem.structures, problem.statistics, point.groups, strict=True):
        J = jacobian(model, statistics.layout, at, point.theta)
        gap = statistics.observed - implied_statistics(model, statistics.layout, at, point.theta)
        share = (statistics.n - 1) / problem.n
        weighted = statistics.weigh(J)
        information[np.ix_(model.rows, model.rows)] += share * J.T @ weighted
        slope[model.rows] += share * weighted.T @ gap
    return information, slope


def squares_with_candidates(
    problem: LeastSquares, point: Point, wide: tuple[Structure, ...], estimates: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """½∂F/∂θ and the information Σ n_g/N JᵀWJ of ``size`` parameters, those of the table and candidates after them."""
    theta = np.append(estimates, np.zeros(size - len(estimates)))
    slope, information = np.zeros(size), np.zeros((size, size))
    for narrow, s, at, placed in zip(problem.structures, problem.statistics, point.groups, wide, strict=True):
        model = replace(placed, given=narrow.given, dependent=narrow.dependent, rescaled=narrow.rescaled)
        gap = s.observed - implied_statistics(narrow, s.layout, at, point.theta)
        J = jacobian(model, s.layout, at, theta)
        weighted = s.weigh(J)
        slope[model.rows] -= (s.n - 1) / problem.n * weighted.T @ gap
        information[np.ix_(model.rows, model.rows)] += s.n / problem.n * J.T @ weighted
    return slope, information


def start_squares(table: Table, problem: LeastSquares) -> np.ndarray:
    """Distinct starting values: where maximum likelihood ends, for ordinal variables where it starts.

    Least squares has minima far from the data's story; the estimates of maximum likelihood are near the right one.
    Raises StartError where the paths are singular.
    """
    if not problem.ordinal:
        with suppress(SemError):
            return minimise(problem, feasible_start(table, problem)).z
    values = starting_values(table, problem.samples)[table.free]
    z = np.linalg.lstsq(problem.basis, values - problem.shift, rcond=None)[0]
    if evaluate_squares(problem, problem.theta(z)) is None:
        raise no_start(table, "the paths form a singular system")
    return z


def minimise_squares(problem: LeastSquares, z: np.ndarray, max_iterations: int = 500) -> Solution:
    """Gauss-Newton steps with Levenberg-Marquardt damping (Lee & Jennrich, 1979; Marquardt, 1963).

    The search ends when the predicted fall of the discrepancy is below 1e-22 of its scale, the distance to
    the minimum then being negligible in units of standard errors.
    """
    point, damping = evaluate_squares(problem, problem.theta(z)), 0.0
    for iteration in range(max_iterations):
        information, slope = information_and_slope(problem, point)
        information, slope = problem.basis.T @ information @ problem.basis, problem.basis.T @ slope
        trial = None
        while damping < 1e8:
            step = damped_step(information, slope, damping)
            trial = evaluate_squares(problem, problem.theta(z + step))
            if trial is not None and trial.discrepancy <= point.discrepancy * (1 + 1e-14) + 1e-16:
                break
            damping, trial = max(4.0 * damping, 1e-4), None
        fall = float(slope @ step)
        if trial is None:
            return Solution(z, point, fall < 1e-12, iteration)
        z, point, damping = z + step, trial, damping / 8.0 if damping > 1e-6 else 0.0
        if fall < 1e-22 * problem.n_variables:
            return Solution(z, point, True, iteration)
    return Solution(z, point, False, max_iterations)


def damped_step(information: np.ndarray, slope: np.ndarray, damping: float) -> np.ndarray:
    """(I + λ diag I)⁻¹g; directions without information are left alone."""
    scale = np.sqrt(np.diag(information))
    scale[scale == 0] = 1.0
    scaled = information / np.outer(scale, scale) + damping * np.eye(len(scale))
    try:
        root = np.linalg.cholesky(scaled)
        if root.diagonal().min(initial=1.0) > 1e-5:
            return np.linalg.solve(scaled, slope / scale) / scale
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    keep = values > 1e-10 * values[-1]
    return vectors[:, keep] @ (vectors[:, keep].T @ (slope / scale) / values[keep]) / scale
