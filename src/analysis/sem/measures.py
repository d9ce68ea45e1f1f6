"""From the test statistics to fit measures, by lavaan's names (``fitMeasures``) with "_" for "."."""

from __future__ import annotations

import math

import numpy as np

from .estimate import Point, Problem
from .inference import Inference, independence_trace


def fit_measures(problem: Problem, point: Point, inference: Inference, robust: bool) -> dict[str, float]:
    """Fit measures of a minimum (R: ``fitMeasures(fit)``), with ``*_scaled`` and ``*_robust`` for MLR."""
    npar = problem.basis.shape[1]
    df = degrees_of_freedom(problem)
    chisq = problem.n * max(point.discrepancy, 0.0)
    null_chisq, null_df = _baseline(problem)
    m = {"npar": npar, "chisq": chisq, "df": df, "pvalue": _upper_tail(chisq, df)}
    m |= {
        "baseline_chisq": null_chisq,
        "baseline_df": null_df,
        "baseline_pvalue": _upper_tail(null_chisq, null_df),
    }
    m |= _comparative(chisq, df, null_chisq, null_df, "")
    m |= _rmsea(chisq, df, problem, "")
    if robust:
        m |= _scaled(problem, inference, chisq, df, null_chisq, null_df)
    m |= _likelihood(problem, point, npar)
    m |= _residual_sizes(problem, point)
    return {name: value if isinstance(value, int) else float(value) for name, value in m.items()}


def degrees_of_freedom(problem: Problem) -> int:
    """Sample moments that are not those of fixed exogenous variables, less the distinct free parameters."""
    return _count_moments(problem) - problem.basis.shape[1]


def _count_moments(problem: Problem) -> int:
    p, x = problem.structures[0].p, len(problem.exogenous)
    moments = p * (p + 1) // 2 - x * (x + 1) // 2 + problem.meanstructure * (p - x)
    return moments * len(problem.samples)


def _baseline(problem: Problem) -> tuple[float, int]:
    """The independence model: variances (and means) free, exogenous variables keep their moments."""
    x = problem.exogenous
    total, free = 0.0, 0
    for sample in problem.samples:
        y = np.setdiff1d(np.arange(len(sample.mean)), x)
        logdet = np.log(np.diag(sample.cov)[y]).sum() + np.linalg.slogdet(sample.cov[np.ix_(x, x)])[1]
        total += sample.n * (logdet - sample.logdet)
        free += len(y) * (1 + problem.meanstructure)
    return float(total), _count_moments(problem) - free


def _upper_tail(chisq: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, chisq)) if df > 0 else math.nan


def _comparative(chisq: float, df: int, null: float, null_df: int, suffix: str) -> dict[str, float]:
    """CFI and RNI (Bentler, 1990; McDonald & Marsh, 1990), TLI/NNFI (Tucker & Lewis, 1973), NFI (Bentler
    & Bonett,
    1980), RFI (Bollen, 1986), IFI (Bollen, 1989)."""
    tli = _tli(chisq, df, null, null_df)
    nested = df <= null_df
    values = {
        "cfi": _cfi(chisq, df, null, null_df),
        "tli": tli,
        "nnfi": tli,
        "rfi": _rfi(chisq, df, null, null_df) if nested else math.nan,
        "nfi": _ratio(null - chisq, null) if nested else math.nan,
        "ifi": _ratio(null - chisq, null - df) if null >= df else 1.0,
        "rni": _rni(chisq, df, null, null_df),
    }
    return {name + suffix: value for name, value in values.items()}


def _cfi(chisq: float, df: int, null: float, null_df: int, c: float = 1.0, null_c: float = 1.0) -> float:
    if math.isnan(c):
        return math.nan
    excess = max(chisq - c * df, 0.0)
    worst = max(excess, null - null_c * null_df, 0.0)
    return 1.0 - excess / worst if worst > 0 else 1.0


def _rfi(chisq: float, df: int, null: float, null_df: int) -> float:
    worse = df > 0 and chisq / df > null / null_df  # lavaan then gives 1
    return 1.0 if df == 0 or worse else 1.0 - chisq / df * null_df / null


def _rni(chisq: float, df: int, null: float, null_df: int, c: float = 1.0, null_c: float = 1.0) -> float:
    return 1.0 - _ratio(chisq - c * df, null - null_c * null_df)


def _tli(chisq: float, df: int, null: float, null_df: int, c: float = 1.0, null_c: float = 1.0) -> float:
    if math.isnan(c):
        return math.nan
    if df == 0:
        return 1.0
    return 1.0 - _ratio((chisq - c * df) * null_df, (null - null_c * null_df) * df)


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else math.nan


def _rmsea(chisq: float, df: float, problem: Problem, suffix: str) -> dict[str, float]:
    """RMSEA (Steiger & Lind, 1980), its 90 % interval and the test of close fit (Browne & Cudeck, 1993)."""
    lower, upper = _rmsea_interval(chisq, df, problem)
    return {
        "rmsea" + suffix: _root_per_df(chisq - df, df, problem),
        "rmsea_ci_lower" + suffix: lower,
        "rmsea_ci_upper" + suffix: upper,
        "rmsea_pvalue" + suffix: _close_fit(chisq, df, problem),
    }


def _root_per_df(noncentrality: float, df: float, problem: Problem) -> float:
    if math.isnan(df):
        return math.nan
    if df <= 0:
        return 0.0
    return math.sqrt(max(noncentrality, 0.0) / (problem.n * df) * len(problem.samples))


def _rmsea_interval(chisq: float, df: float, problem: Problem, c: float = 1.0) -> tuple[float, float]:
    from scipy.optimize import brentq
    from scipy.special import chndtr

    if not (math.isfinite(chisq) and math.isfinite(df)):
        return math.nan, math.nan
    if df < 1:
        return 0.0, 0.0

    def bound(probability: float, top: float) -> float:
        if chndtr(chisq, df, 0.0) < probability:
            return 0.0
        root = brentq(lambda ncp: chndtr(chisq, df, ncp) - probability, 0.0, top, xtol=1e-10)
        return _root_per_df(c * root, df, problem)

    return bound(0.95, chisq), bound(0.05, max(problem.n, 4 * chisq))


def _close_fit(chisq: float, df: float, problem: Problem, c: float = 1.0, rmsea: float = 0.05) -> float:
    from scipy.special import chndtr

    if not df > 0:
        return math.nan
    return float(1.0 - chndtr(chisq, df, problem.n * df * rmsea**2 / c / len(problem.samples)))


def _scaled(problem, inference, chisq, df, null_chisq, null_df) -> dict[str, float]:
    """Yuan-Bentler-Mplus test and the indices built on it.

    ``*_scaled`` puts the scaled statistics into the usual formulas; ``*_robust`` estimates the population
    index (CFI, TLI: Brosseau-Liard & Savalei, 2014; RMSEA: Brosseau-Liard, Savalei & Li, 2012).
    """
    c = (inference.trace_h1 - inference.trace_h0) / df if df else math.nan
    c = c if c > 0 else math.nan
    h1 = inference.trace_h1
    h0 = sum(independence_trace(s, problem.exogenous, problem.meanstructure) for s in problem.samples)
    null_c = (h1 - h0) / null_df if null_df else math.nan
    scaled, null_scaled = (chisq / c if df else chisq), null_chisq / null_c
    m = {
        "chisq_scaled": scaled,
        "df_scaled": df,
        "pvalue_scaled": _upper_tail(scaled, df),
        "chisq_scaling_factor": c,
        "baseline_chisq_scaled": null_scaled,
        "baseline_df_scaled": null_df,
        "baseline_pvalue_scaled": _upper_tail(null_scaled, null_df),
        "baseline_chisq_scaling_factor": null_c,
        "scaling_factor_h1": h1 / _count_moments(problem),
        "scaling_factor_h0": inference.trace_h0 / len(problem.shift),
    }
    m |= _comparative(scaled, df, null_scaled, null_df, "_scaled")
    m["cfi_robust"] = _cfi(chisq, df, null_chisq, null_df, c, null_c)
    m["tli_robust"] = m["nnfi_robust"] = _tli(chisq, df, null_chisq, null_df, c, null_c)
    m["rni_robust"] = _rni(chisq, df, null_chisq, null_df, c, null_c)
    m |= _rmsea(chisq, c * df, problem, "_scaled")
    lower, upper = _rmsea_interval(scaled, df, problem, c)
    m["rmsea_robust"] = _root_per_df(chisq - c * df, df, problem)
    m |= {"rmsea_ci_lower_robust": lower, "rmsea_ci_upper_robust": upper}
    m["rmsea_pvalue_robust"] = _close_fit(scaled, df, problem, c)
    return m


def _likelihood(problem: Problem, point: Point, npar: int) -> dict[str, float]:
    """Log-likelihoods of the variables given the exogenous ones, AIC (Akaike, 1974), BIC (Schwarz, 1978) and
    the BIC adjusted for the sample size, bic2 (Sclove, 1987)."""
    x = problem.exogenous
    unrestricted = 0.0
    for sample in problem.samples:
        free = len(sample.mean) - len(x)
        logdet = sample.logdet - np.linalg.slogdet(sample.cov[np.ix_(x, x)])[1]
        unrestricted -= sample.n / 2 * (free * math.log(2 * math.pi) + logdet + free)
    logl = unrestricted - problem.n / 2 * point.discrepancy
    return {
        "logl": float(logl),
        "unrestricted_logl": float(unrestricted),
        "aic": float(-2 * logl + 2 * npar),
        "bic": float(-2 * logl + npar * math.log(problem.n)),
        "ntotal": problem.n,
        "bic2": float(-2 * logl + npar * math.log((problem.n + 2) / 24)),
    }


def _residual_sizes(problem: Problem, point: Point) -> dict[str, float]:
    """Root mean square residuals: raw (rmr), divided by sample standard deviations (srmr; Bentler, 1995),
    and of
    correlations (crmr; Bollen, 1989); with a mean structure those of the means among them."""
    totals = dict.fromkeys(("rmr", "srmr", "crmr"), 0.0)
    for sample, at in zip(problem.samples, point.groups, strict=True):
        sd, implied_sd = np.sqrt(np.diag(sample.cov)), np.sqrt(np.diag(at.sigma))
        lower = np.tril_indices(len(sd))
        strict = np.tril_indices(len(sd), -1)
        raw = (sample.cov - at.sigma)[lower]
        standardised = raw / np.outer(sd, sd)[lower]
        correlations = (sample.cov / np.outer(sd, sd) - at.sigma / np.outer(implied_sd, implied_sd))[strict]
        parts = {"rmr": [raw], "srmr": [standardised], "crmr": [correlations]}
        if problem.meanstructure:
            gap = sample.mean - at.mu
            parts["rmr"].append(gap)
            parts["srmr"].append(gap / sd)
            parts["crmr"].append(gap / sd)
        for name, pieces in parts.items():
            values = np.concatenate(pieces)
            size = math.sqrt((values**2).mean()) if len(values) else 0.0
            totals[name] += sample.n / problem.n * size
    return totals
