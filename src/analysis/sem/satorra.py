"""The Satorra-Bentler correction of maximum likelihood (estimator MLM) from sums over cases.

Γ is the covariance matrix of the moments z_i of a case: its values and the products of their deviations from
the mean, those of the values predicted from fixed exogenous variables taken off. With the normal weights V at
the estimates and E the expected information, the errors are E⁻¹JᵀVΓVJE⁻¹ and c·df = tr(VΓ) - tr(E⁻¹JᵀVΓVJ)
(Satorra & Bentler, 1994; lavaan's se "robust.sem", test "satorra.bentler"). JᵀVz_i are scores and z_iᵀVz_i a
squared distance: Γ itself, p² × p², is never needed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .estimate import Point, Problem, expected_information
from .inference import Inference, invert, undetermined
from .moments import Moments, chunks
from .ram import Implied, Structure, mean_weight


def infer_satorra(problem: Problem, point: Point) -> Inference:
    """Covariance matrix of the estimates, and the traces of the model and of the independence model."""
    basis = problem.basis
    inverse, loose = invert(basis.T @ expected_information(problem, point) @ basis)
    unidentified = undetermined(basis, loose)
    meat, trace, null_trace = np.zeros((len(point.theta),) * 2), 0.0, 0.0
    for model, sample, at, weight in zip(
        problem.structures, problem.samples, point.groups, point.inverses, strict=True
    ):
        own = _score_covariance(problem, model, sample, at, weight)
        meat[np.ix_(model.rows, model.rows)] += sample.n / problem.n * own
        trace += _trace(problem, sample, weight)
        null_trace += _null_trace(problem, sample)
    meat = basis.T @ meat @ basis
    vcov = basis @ (inverse @ meat @ inverse) @ basis.T / problem.n
    return Inference(vcov, unidentified, trace, float((meat * inverse).sum()), null_trace)


def _cases(problem: Problem, sample: Moments) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """By slices of rows: deviations from the means, and those predicted from the fixed exogenous variables (else 0)."""
    x = problem.exogenous
    slopes = np.linalg.solve(sample.cov[np.ix_(x, x)], sample.cov[x])
    for rows in chunks(sample.n):
        centred = sample.data[rows] - sample.mean
        yield centred, centred[:, x] @ slopes


def _score_covariance(
    problem: Problem, model: Structure, sample: Moments, at: Implied, weight: np.ndarray
) -> np.ndarray:
    """JᵀVΓVJ of one group."""
    pull = weight @ at.V
    products, total = np.zeros((len(model.x),) * 2), np.zeros(len(model.x))
    for pair in _cases(problem, sample):
        parts = []
        for values in pair:
            cases = values @ pull
            left, right = cases[:, model.x], cases[:, model.y]
            parts.append(left * (model.weight * right + mean_weight(model, at)))
        scores = parts[0] - parts[1]
        products += scores.T @ scores
        total += scores.sum(axis=0)
    mean = total / sample.n
    return products / sample.n - np.outer(mean, mean)


def _trace(problem: Problem, sample: Moments, weight: np.ndarray) -> float:
    """tr(VΓ) of one group, Σ⁻¹ in ``weight``: ½tr(Σ⁻¹Z_iΣ⁻¹Z_i) averaged, Z_i = aaᵀ - bbᵀ, less that of the average."""
    total, mean = 0.0, np.zeros_like(sample.cov)
    for a, b in _cases(problem, sample):
        distances = [((u @ weight) * v).sum(axis=1) for u, v in ((a, a), (a, b), (b, b))]
        total += 0.5 * float((distances[0] ** 2 - 2.0 * distances[1] ** 2 + distances[2] ** 2).sum())
        total += problem.meanstructure * float((((a - b) @ weight) * (a - b)).sum())
        mean += (a.T @ a - b.T @ b) / sample.n
    product = weight @ mean
    return total / sample.n - 0.5 * float((product * product.T).sum())


def _null_trace(problem: Problem, sample: Moments) -> float:
    """tr(UΓ) of the independence model, whose free parameters are the variances (and means) of all but the x."""
    x = problem.exogenous
    y = np.setdiff1d(np.arange(len(sample.mean)), x)
    weight = np.zeros_like(sample.cov)
    weight[y, y] = 1.0 / np.diag(sample.cov)[y]
    weight[np.ix_(x, x)] = np.linalg.inv(sample.cov[np.ix_(x, x)])
    squares = means = fourths = 0.0
    for a, b in _cases(problem, sample):
        z = (a**2 - b**2)[:, y]
        squares, fourths = squares + z.sum(axis=0) / sample.n, fourths + (z**2).sum(axis=0) / sample.n
        means = means + ((a - b) ** 2)[:, y].sum(axis=0) / sample.n
    precision = weight[y, y]
    used = (0.5 * precision**2 * (fourths - squares**2)).sum() + problem.meanstructure * (precision * means).sum()
    return _trace(problem, sample, weight) - float(used)
