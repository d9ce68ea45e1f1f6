"""From the likelihood of each row to its scores, and their products."""

from __future__ import annotations

import numpy as np

from .estimate import Point, Problem
from .fiml import Incomplete, casewise, needed
from .moments import Moments, chunks
from .ram import Implied, Structure, mean_weight


def score_products(problem: Problem, point: Point) -> np.ndarray:
    """Σ_i s_i s_iᵀ / N over the casewise scores s_i of all free parameters (K × K).

    With residual r_i: s_ik = w_k (xᵀΣ⁻¹r_i r_iᵀΣ⁻¹y - xᵀΣ⁻¹y) + r_iᵀΣ⁻¹g s_k, a sum of O(n p²) without p²
    × p² matrices.
    """
    result = np.zeros((len(point.theta),) * 2)
    groups = zip(problem.structures, problem.samples, point.groups, point.inverses, strict=True)
    for model, sample, at, inverse in groups:
        centre = at.mu if problem.meanstructure else sample.mean
        products = group_score_products(model, sample, at, inverse, centre)
        result[np.ix_(model.rows, model.rows)] += sample.n / problem.n * products
    return result


def group_score_products(
    model: Structure, sample: Moments, at: Implied, inverse: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """The average of s_i s_iᵀ over the rows of one group."""
    local, V = needed(model, at.V)
    x, y = local.x, local.y
    constant = np.array([(V.T @ matrix @ V)[x, y] for matrix in np.atleast_3d(inverse.T).T])
    result = np.zeros((len(model.x),) * 2)
    for rows in chunks(sample.n):
        if isinstance(sample, Incomplete):
            pulled, subtracted = casewise(sample, inverse, centre, rows), constant[sample.pattern[rows]]
        else:
            pulled, subtracted = (sample.data[rows] - centre) @ inverse, constant[0]
        cases = pulled @ V
        scores = model.weight * (cases[:, x] * cases[:, y] - subtracted) + cases[:, x] * mean_weight(model, at)
        result += scores.T @ scores
    return result / sample.n
