"""Do the answers go together because they were given in one sitting? Harman's test, a method factor, a marker.

Every item answered by one person at one time may share variance of the method. Three looks at it, of growing weight:
Harman's single factor, which cannot rule it out (Podsakoff et al. 2003: it finds bias only where there is hardly
anything else); an unmeasured latent method factor (Williams, Cote & Buckley 1989), which cannot tell method from what
else the items share; and a marker, items unrelated to the theory (Williams, Hartman & Cavazotte 2010).
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.measurement.cfa import latent_correlations, model_items
from analysis.measurement.rivals import fresh
from analysis.sem import Fit
from analysis.sem.side_by_side import (
    BETWEEN,
    COMPARED,
    DIFFERENCE,
    described,
    difference,
    joined,
    proper,
    trouble,
    try_fit,
    usable,
    version,
)
from analysis.study import Study
from analysis.study.model import measurement_model
from analysis.study.scores import score

STARTS = (0.1, 0.4)  # of the loadings on an unmeasured method factor, besides the engine's own
FEWEST = 3  # constructs beside which an unmeasured method factor says something
TOO_FEW = "with fewer than three constructs it cannot be told from what these share"
COLUMNS = ["model", *COMPARED, *DIFFERENCE, "method_share", "note"]


class Tried(NamedTuple):
    """A model that was tried: its fit or why there is none, the model it is compared with, its method factor."""

    fit: Fit | None
    note: str
    compared_with: str = ""
    method: str = ""


def harman(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The share of variance of one factor, on the complete answers; the columns of results.TABLES["harman"].

    First principal component: the largest eigenvalue of the correlations / their number (R: ``eigen(cor(x))``). First
    common factor: the mean squared loading of one factor by maximum likelihood (R: ``factanal(x, 1)``).
    """
    answers = respondents[list(study.items)].dropna()
    component = common = np.nan
    if answers.shape[1] > 1 and len(answers) > 2 and (answers.nunique() > 1).all():
        component = np.linalg.eigvalsh(answers.corr().to_numpy())[-1] / answers.shape[1]
    if answers.shape[1] > 2:
        factor = fresh("general", study)
        fitted, _ = try_fit(f"{factor} =~ {' + '.join(study.items)}", answers, std_lv=True)
        common = float(fitted.r2.mean()) if proper(fitted) else np.nan
    rows = [("first principal component", component, len(answers)), ("first common factor", common, len(answers))]
    return pd.DataFrame(rows, columns=["method", "share", "n"])


def method_bias(respondents: pd.DataFrame, scores: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The models of method variance (MLR), and what they make of the correlations of the constructs.

    The columns of results.TABLES["method_models"] and ["method_correlations"]. Estimates of a model that is not proper
    are not shown.
    """
    tried = {}
    if model_items(study):
        tried = _unmeasured(respondents, study) | _marked(respondents, study)
    rows = []
    without_marker = [m for m in ("cfa", "common factor") if m in tried]
    for group in (without_marker, [m for m in tried if m not in without_marker]):
        kind = version(tried[m].fit for m in group)
        for model in group:
            rows.append({"model": model} | _row(model, tried, kind, study))
    return pd.DataFrame(rows, columns=COLUMNS), _correlations(respondents, scores, tried, study)


def _row(model: str, tried: dict[str, Tried], kind: str, study: Study) -> dict[str, object]:
    fitted, why_not, compared_with, method = tried[model]
    test, no_test = dict.fromkeys(DIFFERENCE[1:], np.nan) | {"compared_with": compared_with}, ""
    if compared_with and fitted is not None:
        test, no_test = difference(fitted, tried[compared_with].fit, (model, compared_with), kind)
    share = _explained(fitted, method, model_items(study)) if method and proper(fitted) else np.nan
    note = joined(why_not, _other_n(model, fitted, tried["cfa"].fit), trouble(fitted) if fitted else "", no_test)
    return {**described(fitted, kind), **test, "method_share": share, "note": note}


def _other_n(model: str, fitted: Fit | None, cfa: Fit | None) -> str:
    """Those who left the marker open, or whose wave did not ask it, are not in the models that contain it."""
    if fitted is None or cfa is None or fitted.nobs == cfa.nobs:
        return ""
    return f"n = {fitted.nobs:,}, for the marker was not asked or left open; the cfa has {cfa.nobs:,}"


def _explained(fitted: Fit, method: str, items: list[str]) -> float:
    """The mean squared standardised loading of the items on the method factor, which nothing else correlates with."""
    loadings = fitted.parameters.query("op == '=~' and lhs == @method and rhs in @items")
    return float((loadings["std_all"] ** 2).mean())


def _unmeasured(respondents: pd.DataFrame, study: Study) -> dict[str, Tried]:
    """The CFA, and with a common factor that all items load on, uncorrelated with the constructs.

    Its loadings are free (Williams, Cote & Buckley 1989; Podsakoff et al. 2003, table 4, 3A). Such a model often
    has several minima; the lowest found from `STARTS` counts. Where that is not proper the loadings are held equal,
    unstandardised, and the note says so. With one or two constructs there is none: equal loadings beside two
    constructs nearly reproduce the covariance of the two, so that what the factor takes away means nothing.
    """
    text, items = measurement_model(study), model_items(study)
    cfa = Tried(*try_fit(text, respondents, estimator="MLR", std_lv=True))
    if sum(not c.single for c in study.constructs.values()) < FEWEST:
        return {"cfa": cfa, "common factor": Tried(None, TOO_FEW, "cfa")}
    method, equal = fresh("method", study), fresh("equal_method", study)
    orthogonal = _orthogonal(method, study)

    def fitted(label: str) -> tuple[Fit | None, str]:
        line = f"{method} =~ {' + '.join(label + i for i in items)}"
        return try_fit("\n".join([text, line, orthogonal]), respondents, estimator="MLR", std_lv=True)

    free = [fitted(start) for start in ("", *(f"start({share})*" for share in STARTS))]
    common, why_not = min(free, key=lambda f: f[0].measures["chisq"] if usable(f[0]) else np.inf)
    if not proper(common):
        reason = trouble(common) if common else why_not
        common, why_not = fitted(f"{equal}*")
        if why_not != reason:
            reason = reason.replace(BETWEEN, ", ")
            why_not = joined(f"loadings held equal, for free ones have no proper solution ({reason})", why_not)
    return {"cfa": cfa, "common factor": Tried(common, why_not, "cfa", method)}


def _marked(respondents: pd.DataFrame, study: Study) -> dict[str, Tried]:
    """The series of Williams, Hartman & Cavazotte (2010, pp. 494-499); factors have a variance of 1.

    ``cfa with marker``: the marker correlates with all constructs. ``baseline``: it does not, its loadings and error
    variances fixed at those of the model before. ``C``: the constructs' items load on it too, equally
    (unstandardised); ``U``: freely. ``R``: the better of C and U (U if it fits better at the study's level of
    significance) with the correlations of the constructs at those of the baseline.
    """
    if not study.marker:
        return {}
    text, items, orthogonal = measurement_model(study), model_items(study), ""
    marker, equal = fresh("marker", study), fresh("equal_marker", study)
    if len(study.marker) < 2:
        why_not = "a marker of one item has no measurement model"
        return {"cfa with marker": Tried(None, why_not)}

    def fitted(*lines: str) -> tuple[Fit | None, str]:
        return try_fit("\n".join([text, *lines]), respondents, estimator="MLR", std_lv=True)

    tried = {"cfa with marker": Tried(*fitted(f"{marker} =~ {' + '.join(study.marker)}"))}
    cfa = tried["cfa with marker"].fit
    if not proper(cfa):
        why_not = "cfa with marker has no proper solution, from which the marker's loadings would be taken"
        return tried | {m: Tried(None, why_not) for m in ("baseline", "C", "U", "R")}
    estimates = {(p.lhs, p.op, p.rhs): e for p, e in zip(cfa.table.parameters, cfa.estimates, strict=True)}
    fixed = [f"{float(estimates[marker, '=~', i])!r}*{i}" for i in study.marker]
    errors = [f"{i} ~~ {float(estimates[i, '~~', i])!r}*{i}" for i in study.marker]
    orthogonal = _orthogonal(marker, study)

    def with_method(label: str | None, *lines: str) -> tuple[Fit | None, str]:
        loaded = [] if label is None else [label + i for i in items]
        return fitted(f"{marker} =~ {' + '.join([*fixed, *loaded])}", *errors, orthogonal, *lines)

    tried["baseline"] = Tried(*with_method(None), "cfa with marker")
    tried["C"] = Tried(*with_method(f"{equal}*"), "baseline", marker)
    tried["U"] = Tried(*with_method(""), "C", marker)
    better = _better(tried, study)
    factors = [name for name, c in study.constructs.items() if not c.single]
    if len(factors) < 2:
        tried["R"] = Tried(None, "one construct alone has no correlations to restrict")
    elif not usable(tried["baseline"].fit) or better is None:
        tried["R"] = Tried(None, "no usable solution of the models before")
    else:
        held = tried["baseline"].fit.parameters.query("op == '~~' and lhs in @factors and rhs in @factors")
        held = held[held["lhs"] != held["rhs"]]
        lines = [f"{a} ~~ {float(r)!r}*{b}" for a, b, r in zip(held["lhs"], held["rhs"], held["est"], strict=True)]
        tried["R"] = Tried(*with_method(f"{equal}*" if better == "C" else "", *lines), better, marker)
    return tried


def _better(tried: dict[str, Tried], study: Study) -> str | None:
    """C or U: U if it is proper and fits better than C at the study's level of significance, else C if that is."""
    c, u = tried["C"].fit, tried["U"].fit
    if proper(c) and proper(u):
        test, _ = difference(u, c, ("U", "C"), "plain")
        return "U" if test["pvalue_diff"] < study.significance else "C"
    return "C" if proper(c) else "U" if proper(u) else None


def _orthogonal(factor: str, study: Study) -> str:
    """A line that lets a factor correlate with no construct."""
    constructs = [name for name, c in study.constructs.items() if not c.single]
    return f"{factor} ~~ {' + '.join(f'0*{name}' for name in constructs)}"


def _correlations(
    respondents: pd.DataFrame, scores: pd.DataFrame, tried: dict[str, Tried], study: Study
) -> pd.DataFrame:
    """r_partial: (r − m) / (1 − m), m the smallest positive correlation of the marker's score with a construct's, 0 if
    none is positive (Lindell & Whitney 2001, eq. 4)."""
    better = tried["R"].compared_with if "R" in tried else ""
    models = {"r": "cfa", "r_common": "common factor", "r_marker": better}
    fits = {column: tried[model].fit for column, model in models.items() if model in tried}
    latent = {column: latent_correlations(fitted) for column, fitted in fits.items() if proper(fitted)}
    shared = _smallest_marker_correlation(respondents, scores, study)
    rows = []
    for a, b in combinations(study.constructs, 2):
        row = {"a": a, "b": b} | {c: latent.get(c, {}).get(frozenset((a, b)), np.nan) for c in models}
        rows.append(row | {"r_partial": (scores[a].corr(scores[b]) - shared) / (1 - shared)})
    return pd.DataFrame(rows, columns=["a", "b", *models, "r_partial"])


def _smallest_marker_correlation(respondents: pd.DataFrame, scores: pd.DataFrame, study: Study) -> float:
    """NaN without a marker that varies; the marker is scored as constructs are."""
    marker = score(respondents[list(study.marker)], study).to_numpy()
    found = [_r(marker, scores[c].to_numpy()) for c in study.constructs]
    if not len(study.marker) or not np.isfinite(found).any():
        return np.nan
    return min((r for r in found if r > 0), default=0.0)


def _r(x: np.ndarray, y: np.ndarray) -> float:
    pairs = pd.DataFrame({"x": x, "y": y}).dropna()
    return pairs["x"].corr(pairs["y"]) if len(pairs) > 2 and (pairs.nunique() > 1).all() else np.nan
