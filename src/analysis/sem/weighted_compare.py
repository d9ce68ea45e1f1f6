"""Difference tests of nested models fitted by least squares with robust tests (WLSMV)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .estimate import Point, Solution
from .weighted import LeastSquares, Statistics, implied_statistics, minimise_squares
from .weighted_inference import Traces, pieces


def difference_traces(less: LeastSquares, at: Point, more: LeastSquares, restricted: Point) -> Traces:
    """tr(MG) and tr(MGMG) of the difference test (Satorra, 2000; lavaan's method "satorra.2000", A by "delta").

    With J₁, J₀ the derivatives of the statistics for the parameters of the less and the more restricted
    model, A is the orthogonal complement of J₁⁺J₀: what the restriction says about the parameters of the
    first. Then M = E⁻¹Aᵀ(AE⁻¹Aᵀ)⁻¹AE⁻¹ and G = JᵀWΓWJ, at the estimates of the less restricted model.
    """
    own = pieces(less, at)
    other = pieces(more, restricted)
    groups = zip(less.statistics, less.structures, more.statistics, more.structures, strict=True)
    rows = [_same_rows(*group) for group in groups]
    J1 = np.vstack(own.slopes)
    J0 = np.vstack([J[order] for J, order in zip(other.slopes, rows, strict=True)])
    H = np.linalg.lstsq(J1, J0, rcond=None)[0]
    left, values, _ = np.linalg.svd(H)
    rank = int((values > 1e-8 * values.max(initial=0.0)).sum())
    A = left[:, rank:].T
    half = own.inverse @ A.T
    product = half @ np.linalg.pinv(A @ half) @ half.T @ own.meat
    return Traces(float(np.trace(product)), float((product * product.T).sum()))


def nearest_squares(less: LeastSquares, at: Point, more: LeastSquares, restricted: Point, z: np.ndarray) -> Solution:
    """``less`` as near as it comes to what ``more`` implies: N F = 0 if nested (Bentler & Satorra, 2010)."""
    posed = []
    for k, (s, t) in enumerate(zip(less.statistics, more.statistics, strict=True)):
        implied = implied_statistics(more.structures[k], t.layout, restricted.groups[k], restricted.theta)
        posed.append(replace(s, observed=implied[_same_rows(s, less.structures[k], t, more.structures[k])]))
    return minimise_squares(replace(less, statistics=tuple(posed)), z)


def _same_rows(s: Statistics, model, t: Statistics, other) -> np.ndarray:
    """Where the statistics of one group stand in those of another model of the same data."""
    place = {key: k for k, key in enumerate(t.layout.labels(other.names))}
    return np.array([place[key] for key in s.layout.labels(model.names)], dtype=int)
