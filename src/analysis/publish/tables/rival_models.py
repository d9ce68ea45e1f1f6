"""Would another measurement model do as well? Rivals of the study's model, and models of method variance."""

import math

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import Rich, known, markup
from analysis.results import PUBLISHED
from analysis.study import Study

EFFECTS = {"r_common": "r", "r_marker": "r", "r_partial": "r_scores"}  # with the correlation that each moves


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a model, in two groups."""
    rivals = tidy["rival_models"]
    rivals = rivals[rivals["estimator"] == PUBLISHED]
    rows, remarks = [], []
    for name, models in (("rivals", rivals), ("method", tidy["method_models"])):
        if len(models):
            rows.append(row([style.say(f"table.rival_models.{name}")], "group"))
        for m in models.to_dict("records"):
            words = _model(m["model"], study, style)
            against = _model(m["compared_with"], study, style) if m["compared_with"] else ""
            share = style.percent(m.get("method_share"))
            rows.append(row([words[0].upper() + words[1:], *compared(m, style), against, share], indent=1))
            remarks.append((words, m["note"]))
    header = [style.say("table.model_fit.model"), *heads(), style.say("table.rival_models.against")]
    header.append(style.say("table.rival_models.share"))
    notes = [
        style.rich("table.rival_models.note", estimator=PUBLISHED),
        *_harman(tidy["harman"], style),
        *_effects(tidy, study, style),
    ]
    columns = ["text", *["number"] * (len(header) - 3), "text", "number"]
    return Content(columns, [row(header)], rows, [style.join(*notes), *labels.remarks(remarks, style, study)])


def heads() -> list[Rich]:
    """The headings of `compared`."""
    plain = [markup("χ²"), markup("_df_"), markup("CFI"), markup("TLI"), markup("RMSEA"), markup("SRMR")]
    return [*plain, markup("Δχ²"), markup("Δ_df_"), markup("_p_"), markup("ΔCFI"), markup("ΔRMSEA")]


def compared(m: dict, style: Style) -> list:
    """The fit of a model, and how it differs from that of another."""
    return [
        style.number(m["chisq"]) or "–",
        style.number(m["df"], 0),
        *(style.bounded(m[k]) for k in ("cfi", "tli", "rmsea", "srmr")),
        style.number(m["chisq_diff"]),
        style.number(m["df_diff"], 0),
        style.p(m["pvalue_diff"]),
        *(style.bounded(m[k]) for k in ("delta_cfi", "delta_rmsea")),
    ]


def _model(name: str, study: Study, style: Style) -> str:
    kind, _, merged = name.partition(": ")
    if merged:
        symbols = " + ".join(study.constructs[c].symbol for c in merged.split(" + "))
        return style.say("table.rival_models.models.merged", constructs=symbols)
    key = f"table.rival_models.models.{kind}"
    return style.say(key) if known(key) else kind


def _harman(harman, style: Style) -> list[Rich]:
    shares = harman.set_index("method")["share"].dropna()
    found = {
        k: shares.get(f"first {v}", math.nan) for k, v in {"pc": "principal component", "cf": "common factor"}.items()
    }
    if not all(map(math.isfinite, found.values())):
        return []
    return [style.rich("table.rival_models.harman", **{k: style.percent(v) for k, v in found.items()})]


def _effects(tidy: Tidy, study: Study, style: Style) -> list[Rich]:
    """By how much a method factor, or taking the marker's share out, moves the correlations at most."""
    scores = tidy["correlations"][["a", "b", "r"]].rename(columns={"r": "r_scores"})
    correlations = tidy["method_correlations"].merge(scores, on=["a", "b"], how="left")
    sentences = []
    for effect, moved in EFFECTS.items():
        change = (correlations[effect] - correlations[moved]).abs().dropna()
        if len(change):
            at = correlations.loc[change.idxmax()]
            key, pair = f"table.rival_models.{effect}", labels.pair(study, at["a"], at["b"])
            sentences.append(
                style.rich(key, pair=pair, before=style.bounded(at[moved]), after=style.bounded(at[effect]))
            )
            if effect == "r_common":
                sentences += _caution(tidy["method_models"], study, style)
    return sentences


def _caution(models, study: Study, style: Style) -> list[Rich]:
    """Whether the model with an unmeasured method factor fits better, and that it may be no method at all."""
    m = models.set_index("model").loc["common factor"]
    caution = style.rich("table.rival_models.caution")
    if not math.isfinite(m["pvalue_diff"]):
        return [caution]
    better = "better" if m["pvalue_diff"] < study.significance else "no_better"
    test = {"df": style.number(m["df_diff"], 0), "chisq": style.number(m["chisq_diff"])}
    return [style.rich(f"table.rival_models.{better}", **test, p=style.p_equation(m["pvalue_diff"])), caution]
