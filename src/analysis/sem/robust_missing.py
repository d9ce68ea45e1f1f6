"""CFI, TLI and RMSEA as they would be with complete data, from full-information estimates (Zhang & Savalei, 2023)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from .estimate import Point, Problem, evaluate
from .moments import Moments
from .references import complete_information, independence, information, moment_jacobian, score_products


@dataclass(frozen=True)
class Corrected:
    """The chi-square of the EM moments at the estimates and the mean c of its distribution, per df; both for the
    model and for the independence model."""

    chisq: float
    c: float
    null_chisq: float
    null_c: float


def corrected(problem: Problem, point: Point, df: int, null_df: int, normal: bool) -> Corrected:
    """The small-sample variants of lavaan 0.6: FIML-C V6 for normal data (ML), V3 otherwise (MLR).

    With W_m, W_c the information of the unrestricted model in incomplete and complete data, J its score products,
    R = W_m Δ (ΔᵀW_mΔ)⁻¹ Δᵀ:  c df = tr(W_c W_m⁻¹ (I - R))  or  tr((I - R) W_c (I - R)ᵀ W_m⁻¹ J W_m⁻¹).
    """
    share = [sample.n / problem.n for sample in problem.samples]
    x = problem.exogenous

    def stacked(function) -> np.ndarray:
        return block_diag(*(w * function(sample, x) for w, sample in zip(share, problem.samples, strict=True)))

    seen = stacked(lambda sample, x: information(sample, sample.cov, sample.mean, x, observed=True))
    whole = stacked(lambda sample, x: complete_information(sample.cov, x))
    inverse = np.linalg.inv(seen)
    products = None if normal else inverse @ stacked(score_products) @ inverse

    def scaling(posed: Problem, at: Point, degrees: int) -> float:
        jacobian = np.vstack([moment_jacobian(posed, at, g) for g in range(len(share))]) @ posed.basis
        weighted = seen @ jacobian
        rest = np.eye(len(seen)) - weighted @ np.linalg.solve(jacobian.T @ weighted, jacobian.T)
        trace = (whole @ inverse * rest.T).sum() if normal else (rest @ whole @ rest.T * products).sum()
        return float(trace) / degrees if degrees else np.nan

    null_problem, null_point = independence(problem)
    return Corrected(
        _complete_chisq(problem, point),
        scaling(problem, point, df),
        _complete_chisq(null_problem, null_point),
        scaling(null_problem, null_point, null_df),
    )


def _complete_chisq(problem: Problem, point: Point) -> float:
    """N F of the EM moments, taken as those of complete data, at the full-information estimates."""
    samples = tuple(
        Moments(sample.data, sample.mean, sample.cov, float(np.linalg.slogdet(sample.cov)[1]))
        for sample in problem.samples
    )
    at = Problem(problem.structures, samples, problem.basis, problem.shift, problem.exogenous, True)
    return problem.n * evaluate(at, point.theta).discrepancy
