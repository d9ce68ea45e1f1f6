"""Is a restriction tenable? Difference tests of nested models, and how much worse the restricted ones fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from .cautions import SCALED
from .errors import OptionError
from .estimate import Problem, Solution, evaluate, minimise
from .fitting import Fit
from .inference import infer
from .moments import Moments
from .weighted import LeastSquares
from .weighted_compare import difference_traces, nearest_squares
from .weighted_measures import scaled_and_shifted

METHODS = ("standard", "satorra.bentler.2001", "satorra.bentler.2010", "satorra.2000", "browne.residual.nt")


def compare(*fits: Fit, names: Sequence[str] | None = None, method: str | None = None) -> pd.DataFrame:
    """Chi-square difference tests of nested models (R: ``lavTestLRT(a, b, ..., method = method)``).

    Parameters
    ----------
    fits
        Two or more fits of the same data by the same estimator, in any order.
    names
        What to call them, in their order; by default model 1, model 2 ...
    method
        ``"standard"``: the difference of the chi-squares (ML, GLS, DWLS). ``"satorra.bentler.2001"``: scaled by
        (d₀c₀ - d₁c₁) / (d₀ - d₁), for MLR and MLM (default); NaN where that is not positive.
        ``"satorra.bentler.2010"`` (MLR): with c₁ taken from the less restricted model at the moments that the
        restricted one implies, so that it is positive (Satorra & Bentler, 2001, 2010). lavaan 0.6 copies the values
        of parameters of the same name instead; that differs where the moments are then not the same, as when equal
        intercepts come with free latent means. ``"satorra.2000"``: scaled and shifted, for WLSMV.
        ``"browne.residual.nt"``: the difference of Browne's (1984) residual-based statistics, which then are the
        column chisq, for ULS, whose own chi-square is no test (R: ``lavTestLRT(..., type = "browne.residual.nt")``;
        lavaan's default there, a p-value from the difference of the ULS statistics, has no justification).

    Returns
    -------
    DataFrame, a row a model, the least restricted first: model df aic bic chisq, then against the row before
    chisq_diff df_diff pvalue_diff rmsea_of_diff (Savalei et al., 2023; not of scaled tests), and cfi rmsea srmr with
    delta_cfi delta_rmsea delta_srmr. The column indices says which CFI and RMSEA these are: where the estimator has a
    scaled test "robust", "scaled" if a fit has no robust ones, "plain" if one has not these either.

    Raises OptionError for fits that cannot be compared: different data, variables, estimators or mean structures, the
    same degrees of freedom, or models that are not nested; NotConvergedError for one that did not converge,
    NotIdentifiedError for one that is not identified.
    """
    for fitted in fits:
        if not isinstance(fitted, Fit):
            hint = "; write compare(*fits)" if isinstance(fitted, (list, tuple, dict)) else ""
            raise OptionError(f"compare takes the results of fit(), not {type(fitted).__name__}: {fitted!r}{hint}")
    if len(fits) < 2:
        raise OptionError("compare needs two or more fits")
    if isinstance(names, str):
        raise OptionError(f"names={names!r} is not offered: expected a list with one name for each fit")
    titles = [f"model {k}" for k in range(1, len(fits) + 1)] if names is None else [str(name) for name in names]
    if len(titles) != len(fits):
        raise OptionError(f"compare got {len(fits)} fits but {len(titles)} names")
    order = sorted(range(len(fits)), key=lambda k: fits[k].measures["df"])
    ordered = [(titles[k], fits[k]) for k in order]
    method = _method(method, fits[0])
    for (first, less), (second, more) in pairwise(ordered):
        _check_comparable(first, less, second, more)
    indices = _indices(fits)
    rows = [_row(title, fitted, method, indices) for title, fitted in ordered]
    for k, ((first, less), (second, more)) in enumerate(pairwise(ordered), start=1):
        rows[k] |= _difference(first, less, second, more, method)
    frame = pd.DataFrame(rows)
    for name in ("cfi", "rmsea", "srmr"):
        frame[f"delta_{name}"] = frame[name].diff()
    columns = ["model", "df", "aic", "bic", "chisq", "chisq_diff", "df_diff", "pvalue_diff", "rmsea_of_diff"]
    columns += [start + name for start in ("", "delta_") for name in ("cfi", "rmsea", "srmr")]
    return frame[columns].assign(indices=indices or "plain")


def _method(method: str | None, fitted: Fit) -> str:
    estimator = fitted.estimator
    if estimator == "ULS" and "chisq_browne" not in fitted.measures:
        raise OptionError(
            "difference tests are not offered for estimator='ULS' with ordinal variables: its chi-square is no test;"
            " use WLSMV"
        )
    offered = {
        **dict.fromkeys(("ML", "GLS", "DWLS"), METHODS[:1]),
        **{"MLR": METHODS[1:3], "MLM": METHODS[1:2], "WLSMV": METHODS[3:4], "ULS": METHODS[4:]},
    }[estimator]
    if method is None:
        return offered[0]
    if method not in offered:
        raise OptionError(
            f"method={method!r} is not offered for estimator={estimator!r}: expected {', '.join(map(repr, offered))}"
        )
    return method


def _check_comparable(first: str, less: Fit, second: str, more: Fit) -> None:
    pair = f"{first} and {second} cannot be compared"
    for name, fitted in ((first, less), (second, more)):
        fitted.require_identified(f"comparison with {name}")
    if less.estimator != more.estimator or less.missing != more.missing:
        raise OptionError(
            f"{pair}: estimator {less.estimator} with missing {less.missing!r},"
            f" and {more.estimator} with {more.missing!r}"
        )
    if set(less.table.observed) != set(more.table.observed):
        only = sorted(set(less.table.observed) ^ set(more.table.observed))
        raise OptionError(f"{pair}: only one has the variables {', '.join(only)}")
    if less.table.meanstructure != more.table.meanstructure:
        raise OptionError(f"{pair}: only one models the means; set meanstructure=True for both")
    if less.groups != more.groups or not all(map(_same_moments, _tables(less), _tables(more))):
        raise OptionError(f"{pair}: they were fitted to different data (n = {less.nobs} and {more.nobs})")
    if less.measures["df"] == more.measures["df"]:
        raise OptionError(f"{pair}: both have {less.measures['df']} degrees of freedom, so neither restricts the other")


def _tables(fitted: Fit) -> list[tuple[int, pd.DataFrame]]:
    names = fitted.table.observed
    return [(s.n, pd.DataFrame(s.cov, names, names).assign(mean=s.mean)) for s in fitted.problem.samples]


def _same_moments(one: tuple[int, pd.DataFrame], other: tuple[int, pd.DataFrame]) -> bool:
    (n, first), (m, second) = one, other
    return n == m and np.allclose(first, second.loc[first.index, first.columns], rtol=1e-6, atol=1e-9)


def _chisq(fitted: Fit, method: str) -> float:
    return fitted.measures["chisq_browne" if method == "browne.residual.nt" else "chisq"]


def _indices(fits: Sequence[Fit]) -> str:
    """The kind of CFI and RMSEA that all fits have; "" for those of the plain test."""
    offered = ("robust", "scaled") if fits[0].estimator in SCALED else ()
    return next((kind for kind in offered if all(np.isfinite(f.measures[f"cfi_{kind}"]) for f in fits)), "")


def _row(title: str, fitted: Fit, method: str, indices: str) -> dict[str, object]:
    m, suffix = fitted.measures, f"_{indices}" if indices else ""
    return {
        "model": title,
        **{name: m.get(name, np.nan) for name in ("df", "aic", "bic", "srmr")},
        "chisq": _chisq(fitted, method),
        **{name: m[name + suffix] for name in ("cfi", "rmsea")},
        **dict.fromkeys(("chisq_diff", "df_diff", "pvalue_diff", "rmsea_of_diff"), np.nan),
    }


def _difference(first: str, less: Fit, second: str, more: Fit, method: str) -> dict[str, float]:
    """The test of what ``more`` restricts."""
    squares = isinstance(less.problem, LeastSquares)
    nearest = _nearest_squares(less, more) if squares else _nearest(less, more)
    if less.nobs * nearest.point.discrepancy > 1e-3:
        if not nearest.converged:
            raise OptionError(
                f"whether {second} is nested in {first} is not known: the search for the moments of {second} under"
                f" {first} did not converge; start {first} from the estimates of {second}"
            )
        hint = ""
        if squares and less.problem.ordinal and len(less.groups) > 1:
            hint = (
                "; equal thresholds of ordinal variables free the scales: compare each with the configural model, or"
                " hold thresholds equal before loadings (Wu & Estabrook, 2016)"
            )
        raise OptionError(
            f"{second} is not nested in {first}: {first} cannot imply the same moments, so that the difference of their"
            f" chi-squares is no test{hint}"
        )
    c, d = ([f.measures.get("chisq_scaling_factor", 1.0), f.measures["df"]] for f in (less, more))
    (c1, df1), (c0, df0) = c, d
    df = df0 - df1
    if more.measures["chisq"] - less.measures["chisq"] < -1e-4:
        raise OptionError(
            f"{second} restricts {first} but fits better: {first} ended in a local optimum, start it anew"
        )
    difference = _chisq(more, method) - _chisq(less, method)
    if method == "satorra.bentler.2010":
        inference = infer(less.problem, evaluate(less.problem, nearest.point.theta), less.estimator)
        c1 = (inference.trace_h1 - inference.trace_h0) / df1 if df1 else 1.0
    if method == "satorra.2000":
        at = (less.problem, less.solution.point, more.problem, more.solution.point)
        statistic = scaled_and_shifted(difference, df, difference_traces(*at)).chisq
    else:
        scale = (df0 * c0 - (df1 * c1 if df1 else 0.0)) / df if method.startswith("satorra") else 1.0
        statistic = difference / scale if scale > 0 else np.nan
    rmsea = np.sqrt(max(difference / df - 1.0, 0.0) / less.nobs * len(less.groups))
    return {
        "chisq_diff": statistic,
        "df_diff": df,
        "pvalue_diff": float(chdtrc(df, statistic)),
        "rmsea_of_diff": np.nan if method.startswith("satorra") else rmsea,
    }


def _nearest_squares(less: Fit, more: Fit) -> Solution:
    at = (less.problem, less.solution.point, more.problem, more.solution.point)
    return nearest_squares(*at, less.solution.z)


def _nearest(less: Fit, more: Fit) -> Solution:
    """``less`` as near as it comes to the moments that ``more`` implies.

    N F = 0 if, and in practice only if, ``more`` is nested in ``less`` (Bentler & Satorra, 2010).
    """
    order = [more.table.observed.index(name) for name in less.table.observed]
    samples = []
    for sample, at in zip(less.problem.samples, more.solution.point.groups, strict=True):
        sigma = at.sigma[np.ix_(order, order)]
        mean = at.mu[order] if more.table.meanstructure else sample.mean
        samples.append(Moments(sample.data, mean, sigma, float(np.linalg.slogdet(sigma)[1])))
    posed: Problem = replace(less.problem, samples=tuple(samples))
    return minimise(posed, less.solution.z)
