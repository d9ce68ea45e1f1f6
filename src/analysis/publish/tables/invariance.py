"""Does the instrument measure the same in all waves and groups? The ladder of equality constraints."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.tables.rival_models import compared, heads
from analysis.publish.words import Rich, markup
from analysis.study import Study

LADDER = ("configural", "thresholds", "metric", "scalar", "strict")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a rung for each grouping; of the ordinal ladders, one a construct, the construct that holds worst."""
    ladders = tidy["invariance"]
    rows, remarks = [], []
    for (grouping, treatment), ladder in ladders.groupby(["grouping", "treatment"], sort=False):
        words = labels.attribute(study, grouping, style)
        remarks += [(_ladder(words, treatment, style), n) for n in ladder["note"]]
        head = {"grouping": words, "groups": ladder["groups"].max(), "n": style.counts(ladder["n"])}
        rows.append(row([style.say(f"table.invariance.head_{treatment}", **head)], "group"))
        for r in (ladder if treatment == "continuous" else _worst(ladder)).to_dict("records"):
            cells = [*compared(r, style), style.bounded(r["delta_srmr"])]
            cells.append(style.say(f"table.invariance.holds.{r['holds']}") if r["holds"] else "–")
            rows.append(row([_rung(r, study, style), *cells], indent=1))
    header = [style.say("table.invariance.rung"), *heads(), markup("ΔSRMR"), style.say("table.invariance.verdict")]
    notes = [style.join(style.rich("table.invariance.note"), *_freed(tidy["invariance_freed"], study, style))]
    return Content(
        ["text", *["number"] * (len(header) - 1)], [row(header)], rows, [*notes, *labels.remarks(remarks, style)]
    )


def _worst(ladder):
    """Of each rung but the first, the construct for which it holds least: not at all, else by the fall of CFI."""
    above = ladder[ladder["compared_with"] != ""]
    order = above.assign(
        fails=above["holds"] != "no",
        step=[LADDER.index(r.removeprefix("partial ")) for r in above["rung"]],
        partial=above["rung"].str.startswith("partial "),
    ).sort_values(["step", "partial", "fails", "delta_cfi"], kind="stable")
    return order.drop_duplicates("rung")


def _rung(r: dict, study: Study, style: Style) -> str:
    partial, name = r["rung"].startswith("partial "), r["rung"].removeprefix("partial ")
    words = style.say(f"table.invariance.rungs.{name}")
    words = style.say("table.invariance.partial", rung=words) if partial else words[0].upper() + words[1:]
    return f"{words}{style.say('unit.colon')}{study.constructs[r['construct']].symbol}" if r["construct"] else words


def _ladder(grouping: str, treatment: str, style: Style) -> str:
    return style.say("unit.comma").join((grouping, style.say(f"table.invariance.{treatment}")))


def _freed(freed, study: Study, style: Style) -> list[Rich]:
    """Parameters left free between the groups: from the beginning, or by the largest score test."""
    sentences = []
    for (grouping, treatment, later), same in freed.groupby(["grouping", "treatment", freed["step"] > 0], sort=False):
        key = "table.invariance.freed_later" if later else "table.invariance.freed_first"
        ladder = _ladder(labels.attribute(study, grouping, style), treatment, style)
        parameters = style.say("unit.comma").join(dict.fromkeys(same["parameter"]))
        sentences.append(style.rich(key, ladder=ladder, parameters=parameters))
    return sentences
