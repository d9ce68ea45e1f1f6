"""Models of the same answers side by side: one fitted if it can be, its fit as a row, two compared."""

import math
import warnings
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from .compare import compare
from .errors import (
    ImproperSolutionWarning,
    MissingValuesWarning,
    SemError,
    SemWarning,
    SmallSampleWarning,
)
from .fitting import Fit, fit
from .satorra import infer_satorra

_PLAIN = ("cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper")
COMPARED = ("chisq", "df", "pvalue", *_PLAIN, "srmr", "aic", "bic", "indices")
DIFFERENCE = (
    *("compared_with", "chisq_diff", "df_diff", "pvalue_diff"),
    *("delta_cfi", "delta_rmsea", "delta_srmr"),
)
BETWEEN = " | "  # two remarks of one note
INFLATED = 10  # a scaled difference of chi-squares beyond so many times the plain one is not believed


def try_fit(text: str, data: pd.DataFrame, **options) -> tuple[Fit | None, str]:
    """A fitted model without its warnings being raised, or nothing and why."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SemWarning)
            return fit(text, data, **options), ""
    except (SemError, np.linalg.LinAlgError) as error:
        return None, str(error)


def unusable(fitted: Fit | None) -> str:
    """Why nothing can be read from a fit, as is said of its model; empty where it has a minimum, and one only."""
    if fitted is None:
        return "cannot be estimated"
    if not fitted.converged:
        return "did not converge"
    return "is not identified" if fitted.inference.unidentified else ""


def usable(fitted: Fit | None) -> bool:
    """Whether a fit has a minimum, and one only."""
    return not unusable(fitted)


def proper(fitted: Fit | None) -> bool:
    """Whether its estimates can be shown: no negative variance, no correlation beyond 1."""
    return usable(fitted) and not any(isinstance(w, ImproperSolutionWarning) for w in fitted.warnings)


def trouble(fitted: Fit) -> str:
    """What the engine warns of; rows with missing answers and small samples are told of the study's model alone."""
    told = (MissingValuesWarning, SmallSampleWarning)
    return joined(*(str(w) for w in fitted.warnings if not isinstance(w, told)))


def version(fits: Iterable[Fit | None]) -> str:
    """The kind of CFI, TLI and RMSEA that all usable fits have: robust, else scaled, else plain."""
    known = [f.measures for f in fits if usable(f)]
    kinds = [k for k in ("robust", "scaled") if all(math.isfinite(m.get(f"cfi_{k}", math.nan)) for m in known)]
    return next(iter(kinds), "plain")


def described(fitted: Fit | None, kind: str) -> dict[str, object]:
    """Chi-square (scaled where the estimator scales it) and indices of one version; NaN where nothing is usable."""
    if not usable(fitted):
        return dict.fromkeys(COMPARED, math.nan) | {"indices": kind}
    m = fitted.measures
    scaled = "_scaled" if "chisq_scaled" in m else ""
    row = {name: m[name + scaled] for name in ("chisq", "pvalue")} | {"df": m["df"]}
    row |= {name: m.get(name if kind == "plain" else f"{name}_{kind}", math.nan) for name in _PLAIN}
    return row | {name: m.get(name, math.nan) for name in ("srmr", "aic", "bic")} | {"indices": kind}


def difference(this: Fit | None, other: Fit | None, names: tuple[str, str], kind: str) -> tuple[dict, str]:
    """How this model differs from another of the same answers, and why there is no test of a usable fit.

    R: ``lavTestLRT(this, other)``: Satorra & Bentler (2001) for MLR, Satorra (2000) for WLSMV. The scaled difference is
    the plain one over a factor that the first of these does not keep from 0: a grossly false restriction may make it
    negative, or so small that the difference is more than `INFLATED` times the plain one. There Satorra & Bentler
    (2010), or the scaling of MLM, takes its place, and the note says so. Models that are not nested have differences of
    indices alone.
    """
    row = dict.fromkeys(DIFFERENCE, math.nan) | {"compared_with": names[1]}
    if not usable(this) or not usable(other):
        return row, f"no comparison: there is no usable solution of {names[1]}" if usable(this) else ""
    mine, theirs = described(this, kind), described(other, kind)
    row |= {f"delta_{name}": mine[name] - theirs[name] for name in ("cfi", "rmsea", "srmr")}
    if mine["df"] == theirs["df"]:
        return row, f"no difference test: as many degrees of freedom as {names[1]}"
    try:
        test, note = _tested(this, other, names)
    except SemError as error:
        return row, f"no difference test: {error}"
    return row | {name: test[name] for name in ("chisq_diff", "df_diff", "pvalue_diff")}, note


def _tested(this: Fit, other: Fit, names: tuple[str, str]) -> tuple[pd.Series, str]:
    plain = abs(this.measures["chisq"] - other.measures["chisq"])

    def sound(test: pd.Series) -> bool:
        return math.isfinite(test["chisq_diff"]) and not test["chisq_diff"] > INFLATED * plain > 0

    test = compare(this, other, names=names).iloc[1]
    if sound(test):
        return test, ""
    known = math.isfinite(test["chisq_diff"])
    if this.estimator == "MLR":
        why = f"near 0, the difference more than {INFLATED} times the plain one" if known else "not positive"
        ways = [("Satorra & Bentler (2010)", (this, other), "satorra.bentler.2010")]
        ways.append(("MLM", tuple(map(_by_mlm, (this, other))), "satorra.bentler.2001"))
        for words, fits, method in ways:
            other_way = compare(*fits, names=names, method=method).iloc[1]
            if sound(other_way):
                return other_way, f"difference test scaled by {words}: the scaling factor of MLR is {why}"
    if known:
        return test, f"the scaled difference is more than {INFLATED} times the plain one: its scaling factor is near 0"
    return test, "no difference test: its scaling factor is not positive"


def _by_mlm(fitted: Fit) -> Fit:
    """The same estimates with the scaling of MLM, which rests on the expected information."""
    return replace(fitted, estimator="MLM", inference=infer_satorra(fitted.problem, fitted.solution.point))


def unvarying(answers: pd.DataFrame) -> str:
    """Which columns say nothing, for nobody answered or all gave the same answer; empty if there are none."""
    different = answers.nunique()
    nobody, same = (", ".join(different.index[different == k]) for k in (0, 1))
    return joined(f"nobody answered {nobody}" if nobody else "", f"all gave the same answer to {same}" if same else "")


def joined(*notes: str) -> str:
    """Notes as one text, `BETWEEN` them, none empty and none twice."""
    return BETWEEN.join(dict.fromkeys(n for n in notes if n))
