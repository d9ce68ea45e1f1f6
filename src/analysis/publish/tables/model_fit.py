"""How well the measurement model and the structural model fit, by estimator, and what the engine warned of."""

import math

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import Rich, markup
from analysis.study import Study
from analysis.study.model import control_terms

MODELS = ("measurement", "structural")
VERSIONS = ("_robust", "_scaled", "")
INDICES = {  # the measures that go with an index, which are of one version
    "chisq": ("chisq", "df", "pvalue"),
    "cfi": ("cfi",),
    "tli": ("tli",),
    "rmsea": ("rmsea", "rmsea_ci_lower", "rmsea_ci_upper", "rmsea_pvalue"),
}
IMPROPER = {"NotConverged", "SingularInformation", "ImproperSolution", "NotEstimated"}


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a model and estimator."""
    rows = []
    for model in MODELS:
        fit = tidy[f"{model}_fit"]
        for estimator in dict.fromkeys(fit["estimator"]):
            of_estimator = fit[fit["estimator"] == estimator]
            measures = published(dict(zip(of_estimator["measure"], of_estimator["value"], strict=True)))
            rows.append(row([f"{style.say(f'table.model_fit.{model}')}, {estimator}", *_cells(measures, style)]))
    header = [style.say("table.model_fit.model"), markup("_N_"), markup("χ²"), markup("_df_"), markup("_p_")]
    header += ["CFI", "TLI", style.say("table.model_fit.rmsea"), style.rich("table.model_fit.close"), "SRMR"]
    header += ["AIC", "BIC"]
    notes = [style.rich("table.model_fit.note"), *_warnings(tidy, study, style), *labels.panel(tidy["panel"], style)]
    return Content(["text", *["number"] * (len(header) - 1)], [row(header)], rows, notes)


def published(measures: dict[str, float]) -> dict[str, float]:
    """The measures by their plain names: each index in the robust version if it has one, else scaled, else plain.

    What belongs to an index (the interval to its RMSEA, df and p to their χ²) is of the same version, and stays empty
    where that version lacks it.
    """
    chosen = dict(measures)
    for index, parts in INDICES.items():
        version = next((v for v in VERSIONS if math.isfinite(measures.get(index + v, math.nan))), "")
        chosen |= {part: measures.get(part + version, math.nan) for part in parts}
    return chosen


def _cells(m: dict[str, float], style: Style) -> list[str]:
    n = m.get("ntotal", math.nan)
    return [
        style.count(n) if math.isfinite(n) else "",
        style.number(m["chisq"]),
        style.number(m["df"], 0),
        style.p(m["pvalue"]),
        style.bounded(m["cfi"]),
        style.bounded(m["tli"]),
        f"{style.bounded(m['rmsea'])} {style.interval(m['rmsea_ci_lower'], m['rmsea_ci_upper'])}".strip(),
        style.p(m["rmsea_pvalue"]),
        style.bounded(m.get("srmr", math.nan)),
        style.number(m.get("aic", math.nan), 1),
        style.number(m.get("bic", math.nan), 1),
    ]


def _warnings(tidy: Tidy, study: Study, style: Style) -> list[Rich]:
    """A note a model and kind of warning, and that all went well if nothing speaks against it."""
    found, kinds = [], set()
    for model in MODELS:
        for kind, same in tidy[f"{model}_notes"].groupby("kind", sort=False):
            kinds.add(kind)
            found.append(
                style.rich(
                    "table.model_fit.warning",
                    model=style.say(f"table.model_fit.{model}"),
                    estimators=style.say("unit.comma").join(dict.fromkeys(same["estimator"])),
                    warning=style.say(f"table.model_fit.warnings.{kind}"),
                    detail=_detail(kind, same["note"], tidy, study, style),
                )
            )
    return found if kinds & IMPROPER else [*found, style.rich("table.model_fit.fine")]


def _detail(kind: str, notes, tidy: Tidy, study: Study, style: Style) -> str:
    """What a warning is about: the controls by their labels, else what the engine says."""
    if kind == "MissingValues":
        return ""  # _N_ says it
    if kind == "ControlLeftOut":
        present = set(tidy["structural_parameters"]["rhs"])
        absent = [labels.predictor(study, t, style) for t in control_terms(study) if t not in present]
        return style.say("unit.colon") + style.say("unit.comma").join(absent)
    words = {note: labels.told(note, style, study) for note in notes}
    if all(words.values()):
        return style.say("unit.colon") + style.say("unit.semicolon").join(dict.fromkeys(words.values()))
    return style.say("table.model_fit.quoted", note="; ".join(words))
