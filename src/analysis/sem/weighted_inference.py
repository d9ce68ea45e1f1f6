"""From a least-squares minimum to standard errors and the traces that scale its test.

With J = ∂σ/∂θ, W the weights, E = Σ f_g JᵀWJ (f_g = n_g/N) and Γ the asymptotic covariance matrix of the
statistics, U = W - WJE⁻¹JᵀW; scaled tests need tr(UΓ) and tr(UΓUΓ) (Satorra & Bentler, 1994; Asparouhov &
Muthén, 2010). Γ = RᵀR enters by R only, with no more rows than cases or statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .estimate import Point
from .inference import Inference, invert, undetermined, withheld
from .weighted import LeastSquares, Statistics, jacobian


class Traces(NamedTuple):
    """tr(UΓ) and tr(UΓUΓ)."""

    first: float
    second: float


class Population(NamedTuple):
    """The normal-theory discrepancy of correlations and its scaling (Savalei, 2021), baseline model last."""

    chisq: float
    df: int
    factor: float
    null_chisq: float
    null_df: int
    null_factor: float


@dataclass(frozen=True)
class SquaresInference(Inference):
    """What follows from a least-squares minimum; traces and population indices where the estimator is robust."""

    traces: Traces | None = None
    null_traces: Traces | None = None
    population: Population | None = None


class Pieces(NamedTuple):
    """By group: n_g/N, J and WJ for the distinct values, √f RWJ; then E⁻¹, what it leaves out, and Σ f JᵀWΓWJ."""

    shares: list[float]
    slopes: list[np.ndarray]
    weighted: list[np.ndarray]
    pulls: list[np.ndarray]
    inverse: np.ndarray
    loose: np.ndarray
    meat: np.ndarray


def pieces(problem: LeastSquares, point: Point) -> Pieces:
    """What the errors and tests are made of; ``pulls`` and ``meat`` are empty where Γ is not known."""
    shares = [s.n / problem.n for s in problem.statistics]
    slopes = [_distinct(problem, g, point) for g in range(len(shares))]
    weighted = [s.weigh(J) for s, J in zip(problem.statistics, slopes, strict=True)]
    information = sum(f * J.T @ WJ for f, J, WJ in zip(shares, slopes, weighted, strict=True))
    known = all(s.root is not None for s in problem.statistics)
    pulls = [np.sqrt(f) * s.root @ WJ for f, s, WJ in zip(shares, problem.statistics, weighted, strict=True) if known]
    meat = sum((pull.T @ pull for pull in pulls), np.zeros_like(information))
    return Pieces(shares, slopes, weighted, pulls, *invert(information), meat)


def infer_squares(problem: LeastSquares, point: Point, estimator: str) -> SquaresInference:
    """Covariance matrix of the estimates: E⁻¹ (lavaan's se "standard"), for WLSMV E⁻¹JᵀWΓWJE⁻¹ ("robust.sem")."""
    basis, p = problem.basis, pieces(problem, point)
    unidentified = undetermined(basis, p.loose)
    spread = p.inverse @ p.meat @ p.inverse if estimator == "WLSMV" else p.inverse
    vcov = basis @ spread @ basis.T / problem.n_counted
    if estimator != "WLSMV" or unidentified:
        return SquaresInference(vcov, unidentified)
    return SquaresInference(
        vcov,
        unidentified,
        traces=_traces(problem.statistics, p),
        null_traces=_null_traces(problem.statistics),
        population=_population(problem, point, p),
    )


def withheld_squares(problem: LeastSquares) -> SquaresInference:
    """What can be said without convergence: nothing."""
    return SquaresInference(**vars(withheld(problem)))


def _distinct(problem: LeastSquares, g: int, point: Point) -> np.ndarray:
    """∂σ/∂z for the distinct values z of the free parameters."""
    model = problem.structures[g]
    J = jacobian(model, problem.statistics[g].layout, point.groups[g], point.theta)
    return J @ problem.basis[model.rows]


def _traces(statistics: tuple[Statistics, ...], p: Pieces) -> Traces:
    """With A = R√W and T = √f R W J: UΓ has the eigenvalues of AAᵀ - TE⁻¹Tᵀ, groups side by side."""
    taken = p.inverse @ p.meat
    first, second, cross = -float(np.trace(taken)), float((taken * taken.T).sum()), 0.0
    for s, pull in zip(statistics, p.pulls, strict=True):
        half = s.root * np.sqrt(s.weight)
        first += float((half**2).sum())
        own = half @ half.T
        second += float((own**2).sum())
        cross += float(((own @ pull) * (pull @ p.inverse)).sum())
    return Traces(first, second - 2.0 * cross)


def _null_traces(statistics: tuple[Statistics, ...]) -> Traces:
    """Those of the baseline model, in which U is W on the statistics that are fixed, and 0 elsewhere."""
    first = second = 0.0
    for s in statistics:
        half = (s.root * np.sqrt(s.weight))[:, ~s.free_in_baseline]
        first += float((half**2).sum())
        own = half @ half.T if len(half) < half.shape[1] else half.T @ half
        second += float((own**2).sum())
    return Traces(first, second)


def null_discrepancy(s: Statistics) -> float:
    """(s - σ)ᵀW(s - σ) of the baseline model: all covariances fixed to 0, the rest free."""
    fixed, free = np.flatnonzero(~s.free_in_baseline), np.flatnonzero(s.free_in_baseline)
    gap = s.observed[fixed]
    if s.weight.ndim == 1:
        return float(gap @ (s.weight[fixed] * gap))
    pull = s.weight[np.ix_(free, fixed)] @ gap
    own = s.weight[np.ix_(fixed, fixed)] @ gap
    return float(gap @ own - pull @ np.linalg.solve(s.weight[np.ix_(free, free)], pull))


def _population(problem: LeastSquares, point: Point, p: Pieces) -> Population | None:
    """What the robust CFI, TLI and RMSEA of ordinal data are made of (Savalei, 2021; lavaan's ``catml``).

    The normal-theory χ² of the polychoric correlations at the estimates, the trace that scales it, and both
    for the baseline model. None where lavaan gives none: continuous or exogenous variables among them,
    restricted thresholds, or a correlation matrix that is not positive definite.
    """
    mixed = any(s.layout.sizes[1] or len(s.layout.given) for s in problem.statistics)
    if not problem.ordinal or mixed or _restricted_thresholds(problem):
        return None
    matrices = [_correlations(s, at) for s, at in zip(problem.statistics, point.groups, strict=True)]
    if any(np.linalg.eigvalsh(m)[0] < 1.5e-8 for pair in matrices for m in pair):
        return None
    chisq = null_chisq = trace = null_trace = 0.0
    tails = [s.layout.part("covariances") for s in problem.statistics]
    for g, (s, (sample, _)) in enumerate(zip(problem.statistics, matrices, strict=True)):
        root = s.root[:, tails[g]] / np.sqrt(p.shares[g])
        null_trace += float((root**2).sum())
        moved = p.shares[g] * (root @ p.weighted[g][tails[g]]) @ p.inverse
        for h, (_, model) in enumerate(matrices):
            rows = (root if g == h else 0.0) - moved @ p.slopes[h][tails[h]].T
            trace += p.shares[h] * _normal_squares(rows, problem.statistics[h], np.linalg.inv(model))
        logdet = np.linalg.slogdet(sample)[1]
        implied_part = np.linalg.slogdet(matrices[g][1])[1] + np.trace(np.linalg.solve(matrices[g][1], sample))
        chisq += s.n * (implied_part - logdet - len(sample))
        null_chisq -= s.n * logdet
    null_df = sum(s.layout.sizes[4] for s in problem.statistics)
    used = np.any([np.any(J[tail] != 0, axis=0) for J, tail in zip(p.slopes, tails, strict=True)], axis=0)
    df = null_df - int(used.sum())
    factor = trace / df if df else np.nan
    return Population(float(chisq), df, factor, float(null_chisq), null_df, null_trace / null_df)


def _restricted_thresholds(problem: LeastSquares) -> bool:
    """Whether thresholds are tied to other parameters, or scales are free."""
    rows = np.concatenate([model.rows[model.kind == 3] for model in problem.structures])
    members = (problem.basis != 0).sum(axis=0)
    tied = (members[(problem.basis[rows] != 0).any(axis=0)] > 1).any()
    return bool(tied) or any((model.kind == 4).any() for model in problem.structures)


def _correlations(s: Statistics, at) -> tuple[np.ndarray, np.ndarray]:
    """Sample and implied correlations of one group."""
    sample, (i, j) = np.eye(len(s.layout.outcomes)), s.layout.pairs.T
    sample[i, j] = sample[j, i] = s.observed[s.layout.part("covariances")]
    sd = np.sqrt(np.diag(at.sigma))
    return sample, at.sigma / np.outer(sd, sd)


def _normal_squares(rows: np.ndarray, s: Statistics, inverse: np.ndarray) -> float:
    """Σ vᵀVv over the rows v of correlations, V = ½D'(P⁻¹ ⊗ P⁻¹)D: ½tr(P⁻¹MP⁻¹M) with M the symmetric matrix of v."""
    i, j = s.layout.pairs.T
    matrices = np.zeros((len(rows), *inverse.shape))
    matrices[:, i, j] = matrices[:, j, i] = rows
    products = inverse @ matrices
    return 0.5 * float((products * products.swapaxes(1, 2)).sum())
