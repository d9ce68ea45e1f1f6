"""How consistently do the items of a scale measure it, and how much of their variance is the scale's?"""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.tables.measurement import LEAST
from analysis.publish.words import Rich, markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct and, under it, a dimension."""
    scales = tidy["reliability"].set_index("scale")
    rows, remarks = [], []
    for name in _in_order(study):
        if name not in scales.index:
            continue
        scale, words = scales.loc[name], labels.scale(study, name, style)
        mark = "†" if scale["ave"] < LEAST else ""
        numbers = [style.count(scale["items"]), style.count(scale["n"])]
        numbers += [_with_interval(scale, k, style) or "–" for k in ("alpha", "omega")]
        numbers += [style.bounded(scale[k]) or "–" for k in ("cr", "ave", "max_h")]
        numbers[-2] += mark
        rows.append(row([words, *numbers], indent=int(name not in study.constructs)))
        remarks.append((words, scale["note"]))
    header = [style.say("table.correlations.construct"), style.say("table.normality.items"), markup("_n_")]
    header += [style.say(f"table.reliability.{k}") for k in ("alpha", "omega")] + ["CR", "AVE", markup("_H_")]
    notes = [style.rich("table.reliability.note")]
    if (scales["ave"] < LEAST).any():
        notes.append(style.rich("table.reliability.low", least=style.bounded(LEAST, 2)))
    notes += _hierarchical(scales["omega_h"].dropna(), study, style)
    return Content(
        ["text", *["number"] * 7], [row(header)], rows, [style.join(*notes), *labels.remarks(remarks, style, study)]
    )


def _in_order(study: Study) -> list[str]:
    """Every construct, followed by its dimensions."""
    return [scale for name, c in study.constructs.items() for scale in (name, *c.dimensions)]


def _with_interval(scale, measure: str, style: Style) -> str:
    interval = style.interval(scale[f"{measure}_ci_lower"], scale[f"{measure}_ci_upper"])
    return f"{style.bounded(scale[measure])} {interval}".strip()


def _hierarchical(omegas, study: Study, style: Style) -> list[Rich]:
    """ω hierarchical of the second-order constructs."""
    shown = [f"{study.constructs[name].symbol} {style.bounded(value)}" for name, value in omegas.items()]
    return [style.rich("table.reliability.omega_h", values=style.say("unit.comma").join(shown))] if shown else []
