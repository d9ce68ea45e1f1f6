"""From a least-squares minimum to fit measures, by lavaan's names (``fitMeasures``) with "_" for "."."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .estimate import Point
from .measures import (
    close_fit,
    comparative_indices,
    residual_sizes,
    rmsea_indices,
    rmsea_interval,
    robust_indices,
    upper_tail,
)
from .ram import conditional
from .robust_missing import Corrected
from .weighted import LeastSquares, implied_statistics, normal_statistics_weight
from .weighted_inference import SquaresInference, Traces, null_discrepancy, pieces


class Shifted(NamedTuple):
    """A scaled-and-shifted statistic with its factor and shift (Asparouhov & Muthén, 2010)."""

    chisq: float
    factor: float
    shift: float


def squares_measures(
    problem: LeastSquares, point: Point, inference: SquaresInference, estimator: str
) -> dict[str, float]:
    """Fit measures of a least-squares minimum (R: ``fitMeasures(fit)``), with ``*_scaled``, ``*_robust`` for WLSMV.

    There is no likelihood. The χ² of ULS has no known distribution: no p-value, but the residual-based test
    of Browne beside it, ``*_browne``, for continuous data.
    """
    npar = problem.basis.shape[1]
    df = squares_df(problem)
    chisq = problem.n * point.discrepancy
    null_chisq = sum((s.n - 1) * null_discrepancy(s) for s in problem.statistics)
    null_df = sum(int((~s.free_in_baseline).sum()) for s in problem.statistics)
    known = estimator != "ULS"
    m = {"npar": npar, "chisq": chisq, "df": df, "pvalue": upper_tail(chisq, df) if known else math.nan}
    m |= {"baseline_chisq": null_chisq, "baseline_df": null_df}
    m |= {"baseline_pvalue": upper_tail(null_chisq, null_df) if known else math.nan}
    m |= comparative_indices(chisq, df, null_chisq, null_df, "")
    m |= rmsea_indices(chisq, df, problem, "")
    if estimator == "WLSMV":
        m |= _scaled(problem, inference, chisq, df, null_chisq, null_df)
    if not known and not problem.ordinal:
        residual = browne_test(problem, point)
        m |= {"chisq_browne": residual, "pvalue_browne": upper_tail(residual, df)}
    m |= (_residual_sizes if problem.ordinal else residual_sizes)(problem, point) | {"ntotal": problem.n}
    if problem.ordinal:
        m["wrmr"] = math.sqrt(chisq / len(problem.statistics[0].observed))
    return {name: value if isinstance(value, int) else float(value) for name, value in m.items()}


def squares_df(problem: LeastSquares) -> int:
    """The number of statistics less the distinct free parameters."""
    return problem.n_statistics - problem.basis.shape[1]


def browne_test(problem: LeastSquares, point: Point) -> float:
    """Browne's (1984) residual-based test under normality, (n - 1) eᵀ(V - VJ(JᵀVJ)⁻¹JᵀV)e over the groups.

    R: ``lavTest(fit, test = "browne.residual.nt")``. V is the weight matrix of GLS, e are the residuals.
    """
    p = pieces(problem, point)
    own = information = slope = 0.0
    for s, model, sample, at, J in zip(
        problem.statistics, problem.structures, problem.samples, point.groups, p.slopes, strict=True
    ):
        gap = s.observed - implied_statistics(model, s.layout, at, point.theta)
        weighted = normal_statistics_weight(sample, s.layout) * (s.n - 1)
        own += gap @ weighted @ gap
        information, slope = information + J.T @ weighted @ J, slope + J.T @ weighted @ gap
    return float(own - slope @ np.linalg.lstsq(information, slope, rcond=None)[0])


def scaled_and_shifted(chisq: float, df: int, traces: Traces | None) -> Shifted:
    """T = χ² a + df - a tr(UΓ) with a = √(df / tr(UΓUΓ)), of the same mean and variance as χ²(df)."""
    if traces is None:
        return Shifted(math.nan, math.nan, math.nan)
    if df == 0:
        return Shifted(chisq, math.nan, math.nan)
    a = math.sqrt(df / traces.second)
    shift = df - a * traces.first
    return Shifted(chisq * a + shift, 1.0 / a, shift)


def _scaled(problem, inference, chisq: float, df: int, null_chisq: float, null_df: int) -> dict[str, float]:
    test = scaled_and_shifted(chisq, df, inference.traces)
    null = scaled_and_shifted(null_chisq, null_df, inference.null_traces)
    m = {
        "chisq_scaled": test.chisq,
        "df_scaled": df,
        "pvalue_scaled": upper_tail(test.chisq, df),
        "chisq_scaling_factor": test.factor,
        "chisq_shift_parameter": test.shift,
        "baseline_chisq_scaled": null.chisq,
        "baseline_df_scaled": null_df,
        "baseline_pvalue_scaled": upper_tail(null.chisq, null_df),
        "baseline_chisq_scaling_factor": null.factor,
    }
    m |= comparative_indices(test.chisq, df, null.chisq, null_df, "_scaled")
    m |= rmsea_indices(test.chisq, df, problem, "_scaled")
    m |= _robust(problem, inference, test, null, chisq, df, null_chisq, null_df)
    if inference.traces is None:
        return dict.fromkeys(m, math.nan) | {"df_scaled": df, "baseline_df_scaled": null_df}
    return m


def _robust(problem, inference, test, null, chisq: float, df: int, null_chisq: float, null_df: int) -> dict[str, float]:
    """``*_robust``, of ordinal variables those of the population (NaN where lavaan gives none).

    With continuous variables the scaling of the baseline model, a (df - b) / df = tr(UΓ) / df, is 1 by definition: its
    U holds the inverses of the diagonal of Γ. Only rounding keeps it from 1, and where it is 1 exactly, lavaan 0.6
    (``lav_fit_cfi``: c.hat.null != 1) leaves out the c of the model as well: its cfi.robust is then the plain CFI.
    """
    if problem.ordinal:
        p = inference.population
        at = Corrected(p.chisq, p.factor, p.null_chisq, p.null_factor) if p else Corrected(*[math.nan] * 4)
        found = robust_indices(problem, at, df, null_df)
        return found if p else dict.fromkeys(found, math.nan)
    c = test.factor * (df - test.shift) / df if df else 1.0
    null_c = null.factor * (null_df - null.shift) / null_df
    m = robust_indices(problem, Corrected(chisq, c, null_chisq, null_c), df, null_df)
    lower, upper = rmsea_interval(test.chisq, df, problem, test.factor if df else 1.0)
    m |= {"rmsea_ci_lower_robust": lower, "rmsea_ci_upper_robust": upper}
    return m | {"rmsea_pvalue_robust": close_fit(test.chisq, df, problem, test.factor)}


def _residual_sizes(problem: LeastSquares, point: Point) -> dict[str, float]:
    """srmr and crmr of the correlations among y*; rmr (raw) and crmr with the thresholds among them, as in lavaan."""
    totals = dict.fromkeys(("rmr", "srmr", "crmr"), 0.0)
    for model, s, at in zip(problem.structures, problem.statistics, point.groups, strict=True):
        gap = s.observed - implied_statistics(model, s.layout, at, point.theta)
        thresholds, raw = gap[s.layout.part("thresholds")], gap[s.layout.part("covariances")]
        i, j = s.layout.pairs.T
        variances = np.ones(model.p)
        variances[s.layout.variances] = s.observed[s.layout.part("variances")]
        fitted = np.ones(model.p)
        fitted[s.layout.variances] = np.diag(conditional(model, at)[0])[s.layout.variances]
        observed = s.observed[s.layout.part("covariances")]
        standardised = raw / np.sqrt(variances[i] * variances[j])
        correlations = observed / np.sqrt(variances[i] * variances[j])
        correlations = correlations - (observed - raw) / np.sqrt(fitted[i] * fitted[j])
        sizes = {
            "rmr": (np.append(raw, thresholds), model.p),
            "srmr": (standardised, model.p),
            "crmr": (np.append(correlations, thresholds), 0),
        }
        for name, (values, more) in sizes.items():
            totals[name] += s.n / problem.n * math.sqrt((values**2).sum() / (len(values) + more))
    return totals
