"""How each item was answered: centre, spread, shape, missing and extreme answers."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line an item, over all waves, under its construct."""
    statistics = tidy["items"]
    overall = statistics[statistics["wave"] == "all"].set_index("item")
    head = [style.say("table.items.item"), markup("_n_"), *(style.say(f"table.items.{k}") for k in ("missing",))]
    head += [markup("_M_"), markup("_SD_")]
    head += [style.say(f"table.items.{k}") for k in ("skew", "kurtosis", "floor", "ceiling", "item_total", "alpha")]
    rows = []
    for name, construct in study.constructs.items():
        rows.append(row([labels.construct(study, name, style)], "group"))
        for item in construct.all_items:
            if item not in overall.index:
                continue
            s = overall.loc[item]
            numbers = [
                style.count(s["n"]),
                style.percent(s["missing_share"]),
                *(style.number(s[k]) for k in ("mean", "sd", "skew", "kurtosis")),
                *(style.percent(s[k]) for k in ("floor", "ceiling")),
                style.bounded(s["item_total"]) + ("†" if s["item_total"] < 0 else ""),
                style.bounded(s["alpha_if_deleted"]),
            ]
            reverse = style.say("unit.reverse") if study.codebook[item].reverse else ""
            rows.append(row([item + reverse, *numbers], indent=1))
    against = [style.rich("table.items.against")] if (overall["item_total"] < 0).any() else []
    notes = [style.join(style.rich("table.items.note"), *against)]
    return Content(["text", *["number"] * (len(head) - 1)], [row(head)], rows, notes)
