"""The paths of the structural model, and beside them what other estimators and programs find."""

import math

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.results import PUBLISHED
from analysis.study import Study
from analysis.study.model import control_terms

TOLD = ("NotEstimated", "ControlLeftOut", "Collinearity", "ImproperSolution", "ImplausibleEstimates")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a path and an indirect effect; further columns for the β of other methods."""
    parameters = tidy["structural_parameters"]
    parameters = parameters[parameters["estimator"] == PUBLISHED]
    others = _others(tidy["second_opinions"])
    r2 = tidy["structural_r2"]
    r2 = r2[r2["estimator"] == PUBLISHED].set_index("construct")["r2"]

    rows = []
    for lhs in dict.fromkeys(parameters.loc[parameters["op"] == "~", "lhs"]):
        outcome = labels.construct_of(study, lhs)
        if outcome not in r2.index:
            continue  # a construct that the theory does not explain: only the controls stand before it
        shown = style.bounded(r2[outcome])
        key = "table.structural.outcome" if shown else "table.structural.outcome_only"
        rows.append(row([cell(style.rich(key, label=labels.construct(study, outcome, style), r2=shown))], "group"))
        for p in parameters[(parameters["op"] == "~") & (parameters["lhs"] == lhs)].to_dict("records"):
            predictor = labels.construct_of(study, p["rhs"])
            beside = [style.bounded(others[s].get((outcome, predictor), math.nan)) for s in others]
            rows.append(row([labels.predictor(study, predictor, style), *_numbers(p, style), *beside], indent=1))
    indirect = parameters[parameters["op"] == ":="].to_dict("records")
    if indirect:
        rows.append(row([style.say("table.structural.indirect")], "group"))
    for p in indirect:
        words = p["lhs"]
        if words in study.hypotheses:
            words = f"{words}: {labels.claim(study, words, style, short=True)}"
        rows.append(row([words, *_numbers(p, style), *[""] * len(others)], indent=1))

    header = [row([style.say("table.structural.path"), *_heads(style), *others])]
    if others:
        header.insert(
            0,
            row(
                [
                    "",
                    cell(style.say("table.structural.main"), span=5),
                    cell(style.say("table.structural.others"), span=len(others)),
                ]
            ),
        )
    first = style.join(style.rich("table.structural.note"), *labels.sample(tidy["structural_fit"], style))
    remarks = labels.remarks(_remarks(tidy["structural_notes"], study, style), style, study)
    notes = [first, *remarks, *labels.panel(tidy["panel"], style)]
    return Content(["text", *["number"] * (5 + len(others))], header, rows, notes)


def _remarks(warnings: pd.DataFrame, study: Study, style: Style) -> list[tuple[str, str]]:
    """What bears on the published paths: the estimator, or the control that a warning is about, with the warning."""
    told = warnings[(warnings["estimator"] == PUBLISHED) & warnings["kind"].isin(TOLD)]
    controls = {t: labels.predictor(study, t, style) for t in control_terms(study)}
    return [
        (next((controls[t] for t in controls if t in w.note.split()), PUBLISHED), w.note) for w in told.itertuples()
    ]


def _others(opinions) -> dict[str, dict[tuple[str, str], float]]:
    """The β of each other source that has an answer, by outcome and predictor."""
    opinions = opinions[(opinions["source"] != PUBLISHED) & opinions["std"].notna()]
    return {
        source: {(o.outcome, o.predictor): o.std for o in own.itertuples()}
        for source, own in opinions.groupby("source", sort=False)
    }


def _heads(style: Style) -> list:
    return [markup("_B_"), markup("_SE_"), markup("_p_"), "β", style.say("table.measurement.ci")]


def _numbers(p: dict, style: Style) -> list:
    return [
        style.number(p["est"], 3),
        style.number(p["se"], 3),
        style.p(p["pvalue"]),
        cell(style.bounded(p["std_all"]), stars(p["pvalue"])),
        style.interval(p["std_ci_lower"], p["std_ci_upper"]),
    ]
