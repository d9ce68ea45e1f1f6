"""A verdict on every hypothesis by one rule, the unsupported treated like the supported.

The rule: by each method, an effect whose two-sided p is below the study's significance level is *supported* if it has
the expected sign (or none was expected) and *opposite* if it has the other; any other effect is *not supported*. An
effect that a method cannot estimate is *not testable* by it, with the reason. The methods named in the study file
decide: what all say that have an answer is the verdict; where they differ it is *mixed*.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.results import PUBLISHED
from analysis.sem.corrections import adjusted
from analysis.sem.side_by_side import BETWEEN
from analysis.study import Hypothesis, Study
from analysis.study.model import product_term, term
from analysis.study.types import METHODS

SOURCES = (
    *("structural_parameters", "structural_notes", "structural_effects", "latent_moderation", "group_differences"),
    *("regressions", "regression_fit", "regression_effects", "conditional_effects", "regression_groups"),
)
NUMBERS = ("est", "statistic", "se", "pvalue", "ci_lower", "ci_upper", "std", "std_ci_lower", "std_ci_upper")
CAVEATS = ("NotConverged", "SingularInformation", "ImproperSolution", "ImplausibleEstimates", "Collinearity")
CORRECTIONS = {"holm": "Holm", "bh": "Benjamini & Hochberg"}
UNTESTABLE = "not testable"
UNUSABLE = ("NotEstimated", "NotConverged", "SingularInformation")  # notes that say why a path has no p
UNREMARKABLE = ("", "metric", "partial metric")  # what a comparison of groups may rest on without a word
UNEQUAL = "does not hold"  # of metric invariance, in what a comparison of groups rests on


@dataclass(frozen=True)
class Answer:
    """What a method has found on a hypothesis, before it is judged.

    ``parts``: of a difference between groups the p of every attribute, corrected by Holm for their number; NaN where
    there is no test. ``note``: why there is no number, or what its reader must know; in ``notes`` of each attribute.
    """

    estimate: str
    numbers: dict[str, float]
    note: str = ""
    parts: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def verdict_methods(tables: Mapping[str, pd.DataFrame], study: Study) -> pd.DataFrame:
    """What each method says of each hypothesis: results.TABLES["verdict_methods"]. ``tables``: those of `SOURCES`.

    ==================== ========================================== ==============================================
    hypothesis           structural model                           regression on scores
    ==================== ========================================== ==============================================
    direct               path (robust z)                            b in the step before the interactions
    mediation            indirect effect, percentile bootstrap      likewise, from regressions
    moderation           product of latent variables                product in the last step
    moderated mediation  index, delta method                        likewise, percentile bootstrap; where both
                                                                    steps are moderated, the contrast
    group difference     Wald test of equal paths, all at once      F test of equal slopes, all at once; of several
                                                                    outcomes the smallest p, corrected by Holm
    ==================== ========================================== ==============================================

    A difference by several attributes has a test an attribute. Their p are corrected by Holm (1979) for the number of
    attributes, and the smallest is the p of the hypothesis: that groups differ at all. It is supported if they differ
    by every attribute, mixed if by some. Corrections for the number of hypotheses multiply the attributes' p as they
    multiply that p. Where the ladder of invariance found loadings unequal, a difference of paths would mean nothing:
    the structural model has no word on it. Where that could not be judged, it has one, and the reason says so.

    A bootstrap's p is the level at which its percentile interval reaches 0, so that p < .05 exactly when the interval
    excludes 0. Intervals are of 95 %, whatever the study's significance level. An estimate without p for want of
    convergence is not shown. What the model used warns of stands in brackets in the reason.
    """
    asked = {"structural model": _by_structural_model, "regression": _by_regression}
    warned = _noted(tables["structural_notes"], CAVEATS, "kind")
    by_method = []
    for method in METHODS:
        answers = {name: asked[method](tables, name, h, study) for name, h in study.hypotheses.items()}
        p = np.array([a.numbers["pvalue"] for a in answers.values()])
        corrected = {"none": p} | {correction: adjusted(p, correction) for correction in CORRECTIONS}
        decisive = corrected[study.verdicts.correction]
        rows = []
        for k, (name, answer) in enumerate(answers.items()):
            hypothesis = study.hypotheses[name]
            says, reason = judge(answer, decisive[k], hypothesis, study)
            in_model = method == "structural model" and hypothesis.kind in ("direct", "mediation")
            rows.append(
                {
                    "hypothesis": name,
                    "method": method,
                    "estimate": answer.estimate,
                    **answer.numbers,
                    "pvalue_holm": corrected["holm"][k],
                    "pvalue_bh": corrected["bh"][k],
                    "sign": _sign(answer.numbers["est"]),
                    "says": says,
                    "reason": reason,
                    "caveat": warned if in_model else "",
                }
            )
        by_method.append(rows)
    order = ["hypothesis", "method", "estimate", "est", "statistic", *("se", "pvalue", "ci_lower", "ci_upper")]
    order += [*("std", "std_ci_lower", "std_ci_upper"), "pvalue_holm", "pvalue_bh", "sign", "says", "reason", "caveat"]
    return pd.DataFrame([row for rows in zip(*by_method, strict=True) for row in rows], columns=order)


def verdicts(methods: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a hypothesis, from `verdict_methods`: results.TABLES["verdicts"].

    The numbers are those of the first deciding method that has an answer. Every method's word is in ``says``, those
    that do not decide included.
    """
    rows = []
    for name, hypothesis in study.hypotheses.items():
        told = methods[methods["hypothesis"] == name].set_index("method")
        deciding = told.loc[list(study.verdicts.decided_by)]
        answered = deciding[deciding["says"] != UNTESTABLE]
        none = dict.fromkeys((*NUMBERS, "pvalue_holm", "pvalue_bh"), np.nan) | {"sign": ""}
        verdict, reason = decide(deciding)
        rows.append(
            {
                "hypothesis": name,
                "kind": hypothesis.kind,
                "path": " -> ".join(hypothesis.path) or ", ".join(hypothesis.differ_by),
                "moderator": hypothesis.moderated_by or "",
                "expect": hypothesis.expect,
                "method": answered.index[0] if len(answered) else "",
                **(answered.iloc[0][list(none)].to_dict() if len(answered) else none),
                "says": "; ".join(f"{method}: {word}" for method, word in told["says"].items()),
                "verdict": verdict,
                "reason": reason,
                "caveat": "; ".join(dict.fromkeys(filter(None, deciding["caveat"]))),
            }
        )
    order = ["hypothesis", "kind", "path", "moderator", "expect", "method", "est", "std", "statistic", "se", "pvalue"]
    order += ["ci_lower", "ci_upper", "std_ci_lower", "std_ci_upper", "pvalue_holm", "pvalue_bh", "sign", "says"]
    return pd.DataFrame(rows, columns=[*order, "verdict", "reason", "caveat"])


def judge(answer: Answer, p: float, hypothesis: Hypothesis, study: Study) -> tuple[str, str]:
    """What one method says of one hypothesis, and why. ``p``: as the study corrects it; NaN without an estimate."""
    by = CORRECTIONS.get(study.verdicts.correction)
    subject, level = f"p corrected by {by}" if by else "p", f"{study.significance:g}"
    if np.isnan(p):
        missing = ", ".join(_untested(a, note) for a, note in answer.notes.items())
        return UNTESTABLE, answer.note or missing or "the effect cannot be estimated from these data"
    if answer.parts:
        raw = answer.numbers["pvalue"]
        factor = p / raw if raw > 0 else 1.0
        return _judge_parts(answer, factor, subject, study.significance)
    further = _aside(answer.note)
    if p >= study.significance:
        return "not supported", f"{subject} is not below {level}{further}"
    sign = _sign(answer.numbers["est"])
    if hypothesis.expect in ("either", sign):
        return "supported", f"{subject} is below {level} and the sign is {sign}{further}"
    return "opposite", f"{subject} is below {level}, but the sign is {sign}{further}"


def decide(deciding: pd.DataFrame) -> tuple[str, str]:
    """The verdict of the deciding methods (rows: sign, says, reason by method), and why.

    Two methods that find effects of opposite signs do not agree, even where either sign was expected.
    """
    answered = deciding[deciding["says"] != UNTESTABLE]
    found = answered["says"].isin(["supported", "opposite"])
    views = set(zip(answered["says"], answered["sign"].where(found, ""), strict=True))
    verdict = UNTESTABLE if not views else "mixed" if len(views) > 1 else next(iter(views))[0]
    reasons = dict.fromkeys(deciding["reason"])
    if len(reasons) == 1:
        return verdict, next(iter(reasons))
    return verdict, "; ".join(f"{method}: {reason}" for method, reason in deciding["reason"].items())


def _judge_parts(answer: Answer, factor: float, subject: str, significance: float) -> tuple[str, str]:
    """A difference by one or several attributes: supported by all that can be tested, by some, or by none."""
    below = {a: factor * p < significance for a, p in answer.parts.items() if np.isfinite(p)}
    word = "supported" if all(below.values()) else "mixed" if any(below.values()) else "not supported"
    reasons = [
        f"{a}: {subject} is {'' if below[a] else 'not '}below {significance:g}{_aside(note)}"
        if a in below
        else _untested(a, note)
        for a, note in answer.notes.items()
    ]
    return word, ", ".join(reasons)


def _untested(attribute: str, note: str) -> str:
    return f"{attribute}: {note or 'no test of this difference was possible'}"


def _aside(note: str) -> str:
    return f" ({note.replace(BETWEEN, '; ')})" if note else ""


def _sign(estimate: float) -> str:
    return {1: "positive", -1: "negative"}.get(np.sign(estimate), "")


def _noted(notes: pd.DataFrame, kinds: tuple[str, ...], column: str) -> str:
    """What stands in a column of the notes of some kinds on the published structural model."""
    these = notes.loc[(notes["estimator"] == PUBLISHED) & notes["kind"].isin(kinds), column]
    return "; ".join(dict.fromkeys(these))


# --- Where each method's answer stands ---


def _by_structural_model(tables: Mapping[str, pd.DataFrame], name: str, hypothesis: Hypothesis, study: Study) -> Answer:
    if hypothesis.kind == "direct":
        source, target = (term(study, c) for c in hypothesis.path)
        table = tables["structural_parameters"]
        rows = table[(table["estimator"] == PUBLISHED) & (table["lhs"] == target) & (table["op"] == "~")]
        rows = rows[rows["pvalue"].notna()]
        why_not = _noted(tables["structural_notes"], UNUSABLE, "note")
        return _answer(f"path, {PUBLISHED}", rows[rows["rhs"] == source], why_not, statistic="z", std="std_all")
    if hypothesis.kind == "mediation":
        return _bootstrapped("indirect effect", _indirect(tables["structural_effects"], hypothesis))
    if hypothesis.kind == "group difference":
        table = tables["group_differences"]
        together = table[(table["outcome"] == "") & (table["predictor"] == "")]
        return _groups("equal paths, Wald test", together, hypothesis, "chisq")
    effect = "interaction" if hypothesis.kind == "moderation" else "index"
    table = tables["latent_moderation"]
    rows = table[(table["hypothesis"] == name) & (table["effect"] == effect)]
    estimate = f"product of latent variables, {PUBLISHED}" if effect == "interaction" else "index, delta method"
    return _answer(estimate, rows, statistic="z")


def _by_regression(tables: Mapping[str, pd.DataFrame], name: str, hypothesis: Hypothesis, study: Study) -> Answer:
    if hypothesis.kind == "mediation":
        return _bootstrapped("indirect effect", _indirect(tables["regression_effects"], hypothesis))
    if hypothesis.kind == "moderated mediation":
        # With several steps moderated the indirect effect is no straight line in the moderator, so it has no index
        rows = tables["conditional_effects"].query("hypothesis == @name")
        effect = "index" if (rows["effect"] == "index").any() else "contrast"
        rows = rows[rows["effect"] == effect]
        return _bootstrapped(effect, rows)
    if hypothesis.kind == "group difference":
        table = tables["regression_groups"]
        return _groups("equal slopes, F test", table[table["term"] == ""], hypothesis, "f")
    outcome = hypothesis.path[-1]
    table, fit = (some[some["outcome"] == outcome] for some in (tables["regressions"], tables["regression_fit"]))
    if hypothesis.kind == "direct":
        what = "coefficient"
        rows = table[(table["term"] == hypothesis.path[0]) & (table["block"] != "interactions")]
    else:
        what = "product term"
        rows = table[table["term"] == product_term(study, hypothesis.path[0], hypothesis.moderated_by)]
    scale = rows["beta"] / rows["b"]  # of standardised to unstandardised
    own = dict(zip(fit["model"], fit["note"], strict=True))
    why_not = "; ".join(dict.fromkeys(filter(None, fit["note"])))
    rows = rows.assign(
        std_ci_lower=rows["ci_lower"] * scale,
        std_ci_upper=rows["ci_upper"] * scale,
        note=[own.get(r.model, "") or (why_not if np.isnan(r.pvalue) else "") for r in rows.itertuples()],
    )
    estimate = ", ".join([what, *(f"{errors} errors" for errors in fit["errors"].unique() if errors)])
    return _answer(estimate, rows.sort_values("model", kind="stable"), why_not, est="b", statistic="t", std="beta")


def _indirect(table: pd.DataFrame, hypothesis: Hypothesis) -> pd.DataFrame:
    return table[(table["effect"] == "indirect") & (table["path"] == " -> ".join(hypothesis.path))]


def _bootstrapped(effect: str, rows: pd.DataFrame) -> Answer:
    answer = _answer(f"{effect}, percentile bootstrap", rows)
    if np.isnan(answer.numbers["pvalue"]) and not answer.note:
        return replace(answer, note="too few draws of the bootstrap gave a value")
    return answer


def _answer(estimate: str, rows: pd.DataFrame, why_not: str = "", **names: str) -> Answer:
    """The numbers in the last of some rows; ``names``: what the table calls them where that differs."""
    if rows.empty:
        none = dict.fromkeys(NUMBERS, np.nan)
        return Answer(estimate, none, why_not or "no estimate of this effect was possible")
    last = rows.iloc[-1]
    numbers = {name: float(last.get(names.get(name, name), np.nan)) for name in NUMBERS}
    if np.isnan(numbers["est"]):
        numbers["pvalue"] = np.nan
    return Answer(estimate, numbers, last.get("note", ""))


def _groups(estimate: str, tests: pd.DataFrame, hypothesis: Hypothesis, statistic: str) -> Answer:
    """The tests of a difference, one or several an attribute; the statistic is shown where there is one test alone.

    A test of paths whose loadings are known to be unequal counts for nothing.
    """
    p, notes, statistics = [], {}, []
    for attribute in hypothesis.differ_by:
        rows = tests[tests["grouping"] == attribute]
        known = rows[rows["pvalue"].notna()]
        if "basis" in known:
            known = known[~known["basis"].str.contains(UNEQUAL, regex=False).astype(bool)]
        p.append(adjusted(known["pvalue"], "holm").min() if len(known) else np.nan)
        statistics += known[statistic].to_list()
        said = [text for column in ("basis", "note") if column in rows for text in rows[column]]
        notes[attribute] = "; ".join(dict.fromkeys(text for text in said if text not in UNREMARKABLE))
    parts = dict(zip(hypothesis.differ_by, adjusted(p, "holm"), strict=True))
    numbers = dict.fromkeys(NUMBERS, np.nan) | {"pvalue": float(np.fmin.reduce(list(parts.values())))}
    if len(statistics) == 1:
        numbers["statistic"] = statistics[0]
    return Answer(estimate, numbers, parts=parts, notes=notes)
