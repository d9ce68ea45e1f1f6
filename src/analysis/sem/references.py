"""The models that a fit is compared with: unrestricted, its parameters the moments themselves, and independence."""

from __future__ import annotations

import numpy as np

from . import fiml
from .estimate import Point, Problem, evaluate
from .fiml import Incomplete
from .moments import Moments
from .ram import Implied, Structure, mean_weight
from .scores import group_score_products


def unrestricted(cov: np.ndarray, mean: np.ndarray, exogenous: np.ndarray) -> tuple[Structure, Implied]:
    """The model whose parameters are all means and covariances but those among ``exogenous``, at these values."""
    p = len(mean)
    lower = np.column_stack(np.tril_indices(p))
    lower = lower[~np.isin(lower, exogenous).all(axis=1)]
    means = np.setdiff1d(np.arange(p), exogenous)
    i, j = np.concatenate([means, lower[:, 0]]), np.concatenate([means, lower[:, 1]])
    kind = np.repeat([2, 1], [len(means), len(lower)])
    weight = np.where(kind == 2, 0.0, np.where(i == j, 0.5, 1.0))
    none = np.zeros((p, p))
    names = tuple(map(str, range(p)))
    model = Structure(names, p, kind, i, j, np.arange(len(i)), i, j, weight, none, none, np.zeros(p))
    return model, Implied(cov, mean, np.eye(p), cov, mean, cov)


def information(
    sample: Moments, cov: np.ndarray, mean: np.ndarray, exogenous: np.ndarray, observed: bool
) -> np.ndarray:
    """The observed or expected information of the unrestricted model at these moments."""
    if isinstance(sample, Incomplete):
        w, covs = sample.weight, sample.covs
        J = fiml.likelihood(sample, cov, mean)[1]
        pulls = fiml.pull(sample, J, mean)
    else:
        w, covs = np.ones(1), sample.cov[None]
        J = np.linalg.inv(cov)[None]
        pulls = J @ (sample.mean - mean)
    if not observed:
        return _sums(exogenous, w, J, J, np.zeros_like(pulls))
    return _sums(exogenous, w, J, 2.0 * (J @ covs @ J + pulls[:, :, None] * pulls[:, None, :]) - J, pulls)


def complete_information(cov: np.ndarray, exogenous: np.ndarray) -> np.ndarray:
    """The expected information of the unrestricted model in complete data with this covariance matrix."""
    J = np.linalg.inv(cov)[None]
    return _sums(exogenous, np.ones(1), J, J, np.zeros((1, len(cov))))


def _sums(exogenous: np.ndarray, w: np.ndarray, J: np.ndarray, Q: np.ndarray, pulls: np.ndarray) -> np.ndarray:
    """Σ_k w_k of the second derivatives for means and covariances (see ``fiml.observed_information``).

    The products of all J_k and Q_k are one matrix product, a symmetric matrix written as its lower triangle.
    """
    p = J.shape[1]
    model = unrestricted(np.eye(p), np.zeros(p), exogenous)[0]
    lower = np.tril_indices(p)
    place = np.zeros((p, p), dtype=int)
    place[lower] = place.T[lower] = np.arange(len(lower[0]))
    JQ = (J[:, *lower] * w[:, None]).T @ Q[:, *lower]
    means, x, y = model.i[model.kind == 2], model.i[model.kind == 1], model.j[model.kind == 1]

    def pairs(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
        return JQ[place[a[:, None], b], place[c[:, None], d]]

    covariances = 0.5 * (pairs(x, y, y, x) + pairs(x, x, y, y) + pairs(y, y, x, x) + pairs(y, x, x, y))
    weight = model.weight[model.kind == 1]
    both = ((pulls * w[:, None]).T @ J.reshape(len(w), -1)).reshape(p, p, p)
    cross = weight[:, None] * (both[x[:, None], y[:, None], means] + both[y[:, None], x[:, None], means])
    inner = np.tensordot(w, J, axes=1)[np.ix_(means, means)]
    return np.block([[inner, cross.T], [cross, np.outer(weight, weight) * covariances]])


def score_products(sample: Moments, exogenous: np.ndarray) -> np.ndarray:
    """The average products of the casewise scores of the unrestricted model at its estimates."""
    model, at = unrestricted(sample.cov, sample.mean, exogenous)
    inverse = fiml.likelihood(sample, at.sigma, at.mu)[1] if isinstance(sample, Incomplete) else np.linalg.inv(at.sigma)
    return group_score_products(model, sample, at, inverse, at.mu)


def scaling_trace(sample: Incomplete, exogenous: np.ndarray) -> float:
    """tr(A₁⁻¹B₁), as ``inference.saturated_trace`` for complete data."""
    A = information(sample, sample.cov, sample.mean, exogenous, observed=True)
    return float((np.linalg.inv(A) * score_products(sample, exogenous)).sum())


def independence(problem: Problem) -> tuple[Problem, Point]:
    """The independence model at its estimates: means and variances of what is observed, exogenous moments fixed."""
    structures, theta = [], []
    for sample in problem.samples:
        p, x = len(sample.mean), problem.exogenous
        y = np.setdiff1d(np.arange(p), x)
        i = np.concatenate([y, y])
        kind = np.repeat([2, 1], len(y))
        S, m = np.zeros((p, p)), np.zeros(p)
        S[np.ix_(x, x)], m[x] = sample.cov[np.ix_(x, x)], sample.mean[x]
        rows, weight = np.arange(len(i)) + len(theta), np.where(kind == 2, 0.0, 0.5)
        names = tuple(map(str, range(p)))
        structures.append(Structure(names, p, kind, i, i, rows, i, i, weight, np.zeros((p, p)), S, m))
        theta += [value for values in sample.margins(y) for value in values]
    k = len(theta)
    posed = Problem(tuple(structures), problem.samples, np.eye(k), np.zeros(k), problem.exogenous, True)
    return posed, evaluate(posed, np.array(theta))


def moment_jacobian(problem: Problem, point: Point, group: int) -> np.ndarray:
    """Δ: the derivatives of the moments, in the order of ``unrestricted``, for all free parameters."""
    model, at = problem.structures[group], point.groups[group]
    to = unrestricted(at.sigma, at.mu, problem.exogenous)[0]
    V, s = at.V, mean_weight(model, at)
    X, Y = V[:, model.x], V[:, model.y]
    means, first, second = to.i[to.kind == 2], to.i[to.kind == 1], to.j[to.kind == 1]
    covariances = model.weight * (X[first] * Y[second] + Y[first] * X[second])
    result = np.zeros((len(to.i), len(point.theta)))
    result[:, model.rows] = np.vstack([X[means] * s, covariances])
    return result
