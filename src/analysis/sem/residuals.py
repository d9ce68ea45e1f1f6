"""How large is a residual against its own error? Standardised residuals of covariances and means."""

from __future__ import annotations

import numpy as np

from .estimate import Point, Problem
from .references import information, moment_jacobian, score_products, unrestricted
from .weighted import LeastSquares, implied_statistics
from .weighted_inference import pieces


def standardized_residuals(problem: Problem, point: Point, group: int, robust: bool) -> tuple[np.ndarray, np.ndarray]:
    """Residuals of covariances (p × p) and means (p) of one group, divided by their standard errors.

    R: ``residuals(fit, type = "standardized")``. With A the information of the unrestricted model at the implied
    moments, Q = I - w Δ (Σ_g w Δᵀ A Δ)⁻¹ Δᵀ A, w the share of the group's rows, and Γ/n the covariance of its sample
    moments, normal or (``robust``) distribution-free, they have the covariance Q Γ Qᵀ/n (Jöreskog, 1981; Maydeu-
    Olivares, 2017). Residuals below 1e-5 are given as they are, as in lavaan.
    """
    x, basis, observed = problem.exogenous, problem.basis, robust or problem.incomplete
    pieces, total = [], 0.0
    for k, sample in enumerate(problem.samples):
        jacobian, weight = moment_jacobian(problem, point, k) @ basis, _weight(problem, point, k, observed)
        pieces.append((jacobian, weight))
        total = total + sample.n / problem.n * jacobian.T @ weight @ jacobian
    sample, at = problem.samples[group], point.groups[group]
    jacobian, weight = pieces[group]
    Q = np.eye(len(weight)) - sample.n / problem.n * jacobian @ np.linalg.solve(total, jacobian.T @ weight)
    gamma = np.linalg.inv(information(sample, sample.cov, sample.mean, x, observed))
    if robust:
        gamma = gamma @ score_products(sample, x) @ gamma
    variances = ((Q @ gamma) * Q).sum(axis=1) / sample.n
    errors = np.sqrt(np.where(variances > 0, variances, np.nan))
    covariances, means = sample.cov - at.sigma, sample.mean - at.mu
    model = unrestricted(sample.cov, sample.mean, x)[0]
    i, j = model.i[model.kind == 1], model.j[model.kind == 1]
    covariances[i, j] = covariances[j, i] = _divided(covariances[i, j], errors[model.kind == 1])
    y = model.i[model.kind == 2]
    means[y] = _divided(means[y], errors[model.kind == 2])
    return covariances, means if problem.meanstructure else np.zeros_like(means)


def standardized_statistics(problem: LeastSquares, point: Point, group: int) -> np.ndarray:
    """Residuals of the statistics of one group (see ``Layout``), divided by their standard errors.

    R: ``residuals(fit, type = "standardized")`` with ordinal variables. As above, with the weights W of the estimator
    in place of A and the Γ of the polychorics: Q = I - w J E⁻¹ JᵀW, the errors from Q Γ Qᵀ/n. n are the rows of the
    group; lavaan 0.6 takes those of all groups, so that its values are √(N/n) times as large. It gives none beside
    exogenous or continuous variables, to which the formula applies as well.
    """
    s, parts = problem.statistics[group], pieces(problem, point)
    implied = implied_statistics(problem.structures[group], s.layout, point.groups[group], point.theta)
    taken = parts.shares[group] * (s.root @ parts.weighted[group]) @ parts.inverse
    variances = ((s.root - taken @ parts.slopes[group].T) ** 2).sum(axis=0) / s.n
    return _divided(s.observed - implied, np.sqrt(np.where(variances > 0, variances, np.nan)))


def _divided(residuals: np.ndarray, errors: np.ndarray) -> np.ndarray:
    return residuals / np.where(np.abs(residuals) < 1e-5, 1.0, errors)


def _weight(problem: Problem, point: Point, group: int, observed: bool) -> np.ndarray:
    """A: the expected or observed information of the unrestricted model at the implied moments."""
    at, sample = point.groups[group], problem.samples[group]
    mean = at.mu if problem.meanstructure else sample.mean
    return information(sample, at.sigma, mean, problem.exogenous, observed)
