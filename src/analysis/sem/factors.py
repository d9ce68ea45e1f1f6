"""Where each row stands on the latent variables: factor scores by regression, of ordinal variables by the mode."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from .errors import OptionError
from .estimate import Point, Problem
from .fiml import Incomplete, casewise
from .moments import chunks
from .ram import Structure, cuts
from .weighted import LeastSquares

_STEPS = 100  # Newton steps before a row is given up; five or six are the rule


def regression_scores(problem: Problem, point: Point, group: int) -> np.ndarray:
    """E(η | y) = t + Φ_ηy Σ⁻¹ (y - μ) for the n rows of a group, n × latent variables (Thurstone, 1935).

    R: ``lavPredict(fit)``. Missing values are left out of y.
    """
    at, sample, p = point.groups[group], problem.samples[group], problem.structures[group].p
    centre = at.mu if problem.meanstructure else sample.mean
    inverse = point.inverses[group] if point.inverses else np.linalg.inv(at.sigma)
    if isinstance(sample, Incomplete):
        pulled = casewise(sample, inverse, centre, slice(None))
    else:
        pulled = (sample.data - centre) @ inverse
    return at.t[p:] + pulled @ at.phi[:p, p:]


def modal_scores(problem: LeastSquares, point: Point, group: int) -> np.ndarray:
    """The η that maximise f(η | x) Π_v f(y_v | η, x) for the n rows of a group, n × latent variables.

    Empirical Bayes modal scores, lavaan's default for ordinal variables (R: ``lavPredict(fit, method = "EBM")``). An
    outcome has the probability of its category, or the density of its value, given those of the variables that have
    an effect on it; covariances among residuals are left out, as in lavaan. NaN where a variance is negative.

    Raises OptionError for an outcome without residual variance, and where an ordinal variable has an effect: its y* is
    not observed.
    """
    model, sample, at = problem.structures[group], problem.samples[group], point.groups[group]
    layout, p, ordinal = problem.statistics[group].layout, model.p, model.dependent
    y, known = layout.outcomes, np.setdiff1d(np.arange(p), ordinal)
    rest = np.linalg.inv(at.B)
    A, m, inner = np.eye(len(rest)) - rest, rest @ at.t, np.linalg.inv(rest[p:, p:])
    variances, (values, vectors) = at.S[y, y], np.linalg.eigh(inner @ at.S[p:, p:] @ inner.T)
    _check_outcomes(model, variances, y)
    scores = np.full((sample.n, len(inner)), np.nan)
    if (variances < 0).any() or (values < -1e-10).any():
        return scores
    root, sd = vectors * np.sqrt(np.maximum(values, 0.0)), np.sqrt(variances)
    tau = cuts(model, point.theta)
    edges = np.hstack([np.full((len(tau), 1), -np.inf), np.full_like(tau, np.inf), np.full((len(tau), 1), np.inf)])
    edges[layout.cuts[:, 0], layout.cuts[:, 1] + 1] = tau[layout.cuts[:, 0], layout.cuts[:, 1]]
    place = np.searchsorted(y, ordinal)
    for rows in chunks(sample.n):
        data = sample.data[rows]
        centre = (m[p:] + data[:, known] @ A[p:, known].T) @ inner.T
        mean = m[y] + data[:, known] @ A[np.ix_(y, known)].T + centre @ A[y, p:].T
        lower, upper, codes = data[:, y], data[:, y], data[:, ordinal].astype(int)
        lower[:, place], upper[:, place] = edges[ordinal, codes], edges[ordinal, codes + 1]
        scores[rows] = centre + _modes((lower - mean) / sd, (upper - mean) / sd, A[y, p:] @ root / sd[:, None]) @ root.T
    return scores


def _check_outcomes(model: Structure, variances: np.ndarray, y: np.ndarray) -> None:
    sources = [*model.j[model.kind == 0], *np.flatnonzero(model.A.any(axis=0))]
    for v in np.intersect1d(sources, model.dependent):
        raise OptionError(
            f"factor scores are not offered where an ordinal variable has an effect, as {model.names[v]!r} has: leave"
            " these effects out, or give it as numbers"
        )
    for v in y[np.abs(variances) < 1e-12]:
        raise OptionError(
            f"factor scores need residual variance in every outcome of an ordinal model, {model.names[v]!r} has none:"
            " leave it out"
        )


@np.errstate(divide="ignore", invalid="ignore")
def _modes(lower: np.ndarray, upper: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """The u (n × q) that minimise ½uᵀu - Σ_v ln f(v) in every row, by Newton steps for all rows at once.

    f is Φ(upper - μ) - Φ(lower - μ), or the normal density where both limits are the same value, μ = ``pull`` u. The
    Hessian I + pullᵀ diag(w) pull is positive definite, as Φ is log-concave; a step that leads uphill is halved.
    """
    count, (m, q) = len(lower), pull.shape
    products = (pull[:, :, None] * pull[:, None, :]).reshape(m, q * q)
    exact = lower == upper

    def terms(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The value, and by outcome the slope of ln f for μ and minus its curvature w."""
        a, b = lower - u @ pull.T, upper - u @ pull.T
        low, high = np.where(a > 0, -b, a), np.where(a > 0, -a, b)
        log = log_ndtr(high) + np.log1p(-np.exp(log_ndtr(low) - log_ndtr(high)))
        first, last = (np.exp(-0.5 * z**2 - 0.5 * np.log(2.0 * np.pi) - log) for z in (a, b))
        slope = np.where(exact, a, first - last)
        bend = np.where(np.isfinite(b), b * last, 0.0) - np.where(np.isfinite(a), a * first, 0.0)
        log, weight = np.where(exact, -0.5 * a**2, log), np.where(exact, 1.0, np.maximum(slope**2 + bend, 0.0))
        return 0.5 * (u**2).sum(axis=1) - log.sum(axis=1), slope, weight

    u, size = np.zeros((count, q)), np.ones(count)
    value, slope, weight = terms(u)
    for _ in range(_STEPS):
        gradient = u - slope @ pull
        hessian = np.eye(q) + (weight @ products).reshape(count, q, q)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        decrement = (gradient * step).sum(axis=1)
        if decrement.max(initial=0.0) < 1e-20:
            break
        trial = u - size[:, None] * step
        at = terms(trial)
        better = at[0] <= value + 1e-13 * (1.0 + np.abs(value))
        u[better], value[better], slope[better], weight[better] = (part[better] for part in (trial, *at))
        size = np.where(better, 1.0, size / 2.0)
    u[decrement > 1e-12] = np.nan
    return u
