"""From the test statistics to fit measures, by lavaan's names (``fitMeasures``) with "_" for "."."""

from __future__ import annotations

import math

import numpy as np

from .estimate import Point, Problem
from .inference import Inference, independence_trace
from .references import independence
from .robust_missing import Corrected, corrected


def fit_measures(problem: Problem, point: Point, inference: Inference, robust: bool) -> dict[str, float]:
    """Fit measures of a minimum (R: ``fitMeasures(fit)``), with ``*_scaled`` and ``*_robust`` for MLR.

    With missing values ``*_robust`` is there for ML too, as in lavaan 0.6.
    """
    npar = problem.basis.shape[1]
    df = degrees_of_freedom(problem)
    chisq = problem.n * max(point.discrepancy, 0.0)
    null_chisq, null_df = _baseline(problem)
    m = {"npar": npar, "chisq": chisq, "df": df, "pvalue": upper_tail(chisq, df)}
    m |= {
        "baseline_chisq": null_chisq,
        "baseline_df": null_df,
        "baseline_pvalue": upper_tail(null_chisq, null_df),
    }
    m |= comparative_indices(chisq, df, null_chisq, null_df, "")
    m |= rmsea_indices(chisq, df, problem, "")
    if robust:
        m |= _scaled(problem, inference, chisq, df, null_chisq, null_df)
    if problem.incomplete:
        m |= robust_indices(problem, corrected(problem, point, df, null_df, not robust), df, null_df)
    elif robust:
        c, null_c = m["chisq_scaling_factor"], m["baseline_chisq_scaling_factor"]
        m |= robust_indices(problem, Corrected(chisq, c, null_chisq, null_c), df, null_df)
    m |= _likelihood(problem, point, npar)
    m |= residual_sizes(problem, point)
    return {name: value if isinstance(value, int) else float(value) for name, value in m.items()}


def degrees_of_freedom(problem: Problem) -> int:
    """Sample moments that are not those of fixed exogenous variables, less the distinct free parameters."""
    return count_moments(problem) - problem.basis.shape[1]


def count_moments(problem: Problem) -> int:
    p, x = problem.structures[0].p, len(problem.exogenous)
    moments = p * (p + 1) // 2 - x * (x + 1) // 2 + problem.meanstructure * (p - x)
    return moments * len(problem.samples)


def _baseline(problem: Problem) -> tuple[float, int]:
    """The independence model: variances (and means) free, exogenous variables keep their moments."""
    if problem.incomplete:
        null, at = independence(problem)
        return problem.n * at.discrepancy, count_moments(problem) - len(null.shift)
    x = problem.exogenous
    total, free = 0.0, 0
    for sample in problem.samples:
        y = np.setdiff1d(np.arange(len(sample.mean)), x)
        logdet = np.log(np.diag(sample.cov)[y]).sum() + np.linalg.slogdet(sample.cov[np.ix_(x, x)])[1]
        total += sample.n * (logdet - sample.logdet)
        free += len(y) * (1 + problem.meanstructure)
    return float(total), count_moments(problem) - free


def upper_tail(chisq: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, chisq)) if df > 0 else math.nan


def comparative_indices(chisq: float, df: int, null: float, null_df: int, suffix: str) -> dict[str, float]:
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
        "ifi": _ifi(chisq, df, null),
        "rni": _rni(chisq, df, null, null_df),
    }
    return {name + suffix: value for name, value in values.items()}


def _cfi(chisq: float, df: int, null: float, null_df: int, c: float = 1.0, null_c: float = 1.0) -> float:
    if not math.isfinite(chisq + c):
        return math.nan
    excess = max(chisq - c * df, 0.0)
    worst = max(excess, null - null_c * null_df, 0.0)
    return 1.0 - excess / worst if worst > 0 else 1.0


def _ifi(chisq: float, df: int, null: float) -> float:
    if not math.isfinite(chisq):
        return math.nan
    return _ratio(null - chisq, null - df) if null >= df else 1.0


def _rfi(chisq: float, df: int, null: float, null_df: int) -> float:
    if not math.isfinite(chisq):
        return math.nan
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


def rmsea_indices(chisq: float, df: float, problem: Problem, suffix: str) -> dict[str, float]:
    """RMSEA (Steiger & Lind, 1980), its 90 % interval and the test of close fit (Browne & Cudeck, 1993)."""
    lower, upper = rmsea_interval(chisq, df, problem)
    return {
        "rmsea" + suffix: _root_per_df(chisq - df, df, problem),
        "rmsea_ci_lower" + suffix: lower,
        "rmsea_ci_upper" + suffix: upper,
        "rmsea_pvalue" + suffix: close_fit(chisq, df, problem),
    }


def _root_per_df(noncentrality: float, df: float, problem: Problem) -> float:
    if math.isnan(df):
        return math.nan
    if df <= 0:
        return 0.0
    return math.sqrt(max(noncentrality, 0.0) / (problem.n_counted * df) * len(problem.samples))


def rmsea_interval(chisq: float, df: float, problem: Problem, c: float = 1.0) -> tuple[float, float]:
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

    return bound(0.95, chisq), bound(0.05, max(problem.n_counted, 4 * chisq))


def close_fit(chisq: float, df: float, problem: Problem, c: float = 1.0, rmsea: float = 0.05) -> float:
    from scipy.special import chndtr

    if not df > 0:
        return math.nan
    return float(1.0 - chndtr(chisq, df, problem.n_counted * df * rmsea**2 / c / len(problem.samples)))


def _scaled(problem, inference, chisq, df, null_chisq, null_df) -> dict[str, float]:
    """Yuan-Bentler-Mplus (MLR) or Satorra-Bentler (MLM) test and the indices built on it.

    ``*_scaled`` puts the scaled statistics into the usual formulas.
    """
    c = (inference.trace_h1 - inference.trace_h0) / df if df else math.nan
    c = c if c > 0 else math.nan
    h1 = inference.trace_h1
    null_trace = inference.null_trace
    if math.isnan(null_trace):
        null_trace = h1 - sum(independence_trace(s, problem.exogenous, problem.meanstructure) for s in problem.samples)
    null_c = null_trace / null_df if null_df else math.nan
    scaled, null_scaled = (chisq / c if df else chisq), null_chisq / null_c
    m = {
        "chisq_scaled": scaled,
        "df_scaled": df,
        "pvalue_scaled": upper_tail(scaled, df),
        "chisq_scaling_factor": c,
        "baseline_chisq_scaled": null_scaled,
        "baseline_df_scaled": null_df,
        "baseline_pvalue_scaled": upper_tail(null_scaled, null_df),
        "baseline_chisq_scaling_factor": null_c,
    }
    if math.isnan(inference.null_trace):
        m["scaling_factor_h1"] = h1 / count_moments(problem)
        m["scaling_factor_h0"] = inference.trace_h0 / len(problem.shift)
    m |= comparative_indices(scaled, df, null_scaled, null_df, "_scaled")
    return m | rmsea_indices(chisq, c * df, problem, "_scaled")


def robust_indices(problem: Problem, at: Corrected, df: int, null_df: int) -> dict[str, float]:
    """``*_robust``: estimates of the population index (CFI, TLI: Brosseau-Liard & Savalei, 2014; RMSEA:
    Brosseau-Liard, Savalei & Li, 2012), with missing values of the index of complete data (Zhang & Savalei, 2023)."""
    comparison = (at.chisq, df, at.null_chisq, null_df, at.c, at.null_c)
    tli, scaled = _tli(*comparison), (at.chisq / at.c if df else at.chisq)
    lower, upper = rmsea_interval(scaled, df, problem, at.c)
    return {
        "cfi_robust": _cfi(*comparison),
        "tli_robust": tli,
        "nnfi_robust": tli,
        "rni_robust": _rni(*comparison),
        "rmsea_robust": _root_per_df(at.chisq - at.c * df, df, problem),
        "rmsea_ci_lower_robust": lower,
        "rmsea_ci_upper_robust": upper,
        "rmsea_pvalue_robust": close_fit(scaled, df, problem, at.c),
    }


def _likelihood(problem: Problem, point: Point, npar: int) -> dict[str, float]:
    """Log-likelihoods of the variables given the exogenous ones, AIC (Akaike, 1974), BIC (Schwarz, 1978) and
    the BIC adjusted for the sample size, bic2 (Sclove, 1987)."""
    x = problem.exogenous
    unrestricted = 0.0
    for sample in problem.samples:
        free = sample.width - len(x)
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


def residual_sizes(problem: Problem, point: Point) -> dict[str, float]:
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
