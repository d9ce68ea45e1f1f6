"""From the likelihood at its maximum to standard errors and tests: information, sandwich, scaling factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .estimate import Point, Problem, expected_information, observed_information
from .moments import Moments, chunks
from .references import scaling_trace
from .scores import score_products

# The smallest eigenvalue that an information matrix with diagonal 1 may have and still be inverted
SINGULAR = 1e-9
# The part in a direction without information from which a parameter counts as not identified
INVOLVED = 0.05


@dataclass(frozen=True)
class Inference:
    """What follows from a maximum.

    ``vcov``: covariance matrix of all free parameters (K × K, NaN where the information is singular).
    ``unidentified``: the free parameters that are then not identified.
    ``trace_h1``, ``trace_h0``: the two parts of the Yuan-Bentler scaling c·df = h1 - h0 (NaN for ML).
    ``null_trace``: c·df of the independence model (Satorra-Bentler only).
    """

    vcov: np.ndarray
    unidentified: tuple[int, ...]
    trace_h1: float = np.nan
    trace_h0: float = np.nan
    null_trace: float = np.nan


def infer(problem: Problem, point: Point, estimator: str) -> Inference:
    """Covariance matrix of the estimates and the parts of the scaled test.

    ML: the inverse expected information, with missing values the observed (Kenward & Molenberghs, 1998). MLR: the
    Huber-White sandwich H⁻¹JH⁻¹ of the observed information H and the products J of casewise scores (White, 1982;
    lavaan's se "robust.huber.white"), and the traces of the Yuan-Bentler test in the variant of Mplus (Yuan &
    Bentler, 2000; Asparouhov & Muthén, 2005; lavaan's test "yuan.bentler.mplus"): c·df = tr(A₁⁻¹B₁) - tr(H⁻¹J),
    with A₁ and B₁ the information and the score products of the unrestricted model.
    """
    basis = problem.basis
    observed = estimator == "MLR" or problem.incomplete
    information = (observed_information if observed else expected_information)(problem, point)
    inverse, loose = invert(basis.T @ information @ basis)
    unidentified = undetermined(basis, loose)
    if estimator == "ML":
        return Inference(basis @ inverse @ basis.T / problem.n, unidentified)
    meat = basis.T @ score_products(problem, point) @ basis
    h1 = _saturated(problem)
    h0 = float((meat * inverse).sum())
    return Inference(basis @ (inverse @ meat @ inverse) @ basis.T / problem.n, unidentified, h1, h0)


def _saturated(problem: Problem) -> float:
    if not problem.incomplete:
        return sum(saturated_trace(sample, problem.exogenous, problem.meanstructure) for sample in problem.samples)
    return sum(scaling_trace(sample, problem.exogenous) for sample in problem.samples)


def withheld(problem: Problem) -> Inference:
    """What can be said without convergence: nothing."""
    k = len(problem.shift)
    return Inference(np.full((k, k), np.nan), ())


def invert(information: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse (NaN if singular), and how far each parameter is part of directions without information."""
    scale = np.sqrt(np.abs(np.diag(information)))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    empty = vectors[:, values < SINGULAR]
    if empty.size:
        return np.full_like(information, np.nan), np.abs(empty).max(axis=1)
    half = vectors / np.sqrt(values) / scale[:, None]
    return half @ half.T, np.zeros(len(scale))


def undetermined(basis: np.ndarray, loose: np.ndarray) -> tuple[int, ...]:
    """The free parameters that are not identified, from what ``invert`` says of the distinct values."""
    return tuple(int(k) for k in np.flatnonzero(np.abs(basis) @ loose > INVOLVED))


def saturated_trace(sample: Moments, exogenous: np.ndarray, meanstructure: bool) -> float:
    """tr(A₁⁻¹B₁) of the unrestricted model, with variables ``exogenous`` fixed.

    With e the residuals of the other variables y on x, Ω their covariance, m = eᵀΩ⁻¹e and h = (x -
    x̄)ᵀS_xx⁻¹(x - x̄): ½(mean m² - q) + mean(m h), q the number of y, and q more for their means.
    """
    y, x, cov = np.setdiff1d(np.arange(len(sample.mean)), exogenous), exogenous, sample.cov
    slopes = np.linalg.solve(cov[np.ix_(x, x)], cov[np.ix_(x, y)])
    within, between = np.linalg.inv(cov[np.ix_(y, y)] - cov[np.ix_(y, x)] @ slopes), np.linalg.inv(cov[np.ix_(x, x)])
    total = 0.0
    for rows in chunks(sample.n):
        centred = sample.data[rows] - sample.mean
        m = _distances(centred[:, y] - centred[:, x] @ slopes, within)
        total += float(m @ (0.5 * m + _distances(centred[:, x], between)))
    return total / sample.n - 0.5 * len(y) + meanstructure * len(y)


def independence_trace(sample: Moments, exogenous: np.ndarray, meanstructure: bool) -> float:
    """tr(H⁻¹J) of the independence model: ½(kurtosis - 1), summed over all but the exogenous variables."""
    y = np.setdiff1d(np.arange(len(sample.mean)), exogenous)
    (mean, variance), counts, fourths = sample.margins(y), np.zeros(len(y)), np.zeros(len(y))
    for rows in chunks(sample.n):
        fourth = (sample.data[rows][:, y] - mean) ** 4
        counts += np.isfinite(fourth).sum(axis=0)
        fourths += np.nansum(fourth, axis=0)
    kurtosis = fourths / counts / variance**2
    return float(0.5 * (kurtosis - 1.0).sum() + meanstructure * len(y))


def _distances(centred: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Squared Mahalanobis distances of the rows, from the inverse of their covariance matrix."""
    return ((centred @ inverse) * centred).sum(axis=1)
