"""Does the instrument measure the same in all waves and groups? The ladder of equality constraints."""

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.tables.rival_models import compared, heads
from analysis.publish.words import Rich, markup
from analysis.study import Study

HIGHER = "second-order "
LADDER = ("configural", "thresholds", "metric", f"{HIGHER}metric", "scalar", f"{HIGHER}scalar", "strict")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a rung for each grouping; of the ladders of single constructs, the construct that holds worst.

    Of the second-order ladders only the rungs of dimensions; the continuous ladder has the rungs of items.
    """
    ladders = tidy["invariance"]
    rows, remarks = [], []
    for (grouping, treatment), ladder in ladders.groupby(["grouping", "treatment"], sort=False):
        words = labels.attribute(study, grouping, style)
        remarks += [(_ladder(words, treatment, style), n) for n in ladder["note"]]
        head = {"grouping": words, "groups": ladder["groups"].max(), "n": style.counts(ladder["n"])}
        rows.append(row([style.rich(f"table.invariance.head_{treatment}", **head)], "group"))
        for r in (ladder if treatment == "continuous" else _worst(ladder)).to_dict("records"):
            cells = [*compared(r, style), style.bounded(r["delta_srmr"])]
            cells.append(style.say(f"table.invariance.holds.{r['holds']}") if r["holds"] else "–")
            rows.append(row([_rung(r, study, style), *cells], indent=1))
    header = [style.say("table.invariance.rung"), *heads(), markup("ΔSRMR"), style.say("table.invariance.verdict")]
    notes = [style.join(style.rich("table.invariance.note"), *_freed(tidy["invariance_freed"], study, style))]
    return Content(
        ["text", *["number"] * (len(header) - 1)], [row(header)], rows, [*notes, *labels.remarks(remarks, style)]
    )


def _worst(ladder: pd.DataFrame) -> pd.DataFrame:
    """Of each rung but the first, the lines of the construct for which it holds least."""
    above = ladder[ladder["compared_with"] != ""]
    if (ladder["treatment"] == "second-order").all():
        above = above[above["rung"].str.contains(HIGHER)]
    steps = above["rung"].str.removeprefix("partial ").map(LADDER.index)
    worst = [min((lines for _, lines in rung.groupby("construct")), key=_how_well) for _, rung in above.groupby(steps)]
    return pd.concat(worst) if worst else above


def _how_well(lines: pd.DataFrame) -> tuple[int, int, float]:
    """How a rung holds in the end, how it held at first, and by how much CFI then rose."""
    at_first, in_the_end = (("no", "", "yes").index(lines["holds"].iloc[k]) for k in (0, -1))
    return in_the_end, at_first, lines["delta_cfi"].fillna(0.0).iloc[0]


def _rung(r: dict, study: Study, style: Style) -> str:
    partial, name = r["rung"].startswith("partial "), r["rung"].removeprefix("partial ")
    words = style.say(f"table.invariance.rungs.{name}")
    words = style.say("table.invariance.partial", rung=words) if partial else words[0].upper() + words[1:]
    return f"{words}{style.say('unit.colon')}{study.constructs[r['construct']].symbol}" if r["construct"] else words


def _ladder(grouping: str, treatment: str, style: Style) -> str:
    return style.say("unit.comma").join((grouping, style.say(f"table.invariance.{treatment}")))


def _freed(freed: pd.DataFrame, study: Study, style: Style) -> list[Rich]:
    """Parameters left free between the groups: from the beginning, or by the largest score test and what it entails."""
    sentences, asked_otherwise = [], freed["reason"].str.contains("reworded|rescaled")
    for key, why in (("freed_first", asked_otherwise), ("freed_later", ~asked_otherwise)):
        parts = []
        for (grouping, treatment, construct), same in freed[why].groupby(
            ["grouping", "treatment", "construct"], sort=False
        ):
            ladder = [_ladder(labels.attribute(study, grouping, style), treatment, style)]
            ladder += [study.constructs[construct].symbol] if construct else []
            names = {"parameters": same["parameter"].drop_duplicates(), "ladder": ladder}
            joined = {name: style.say("unit.comma").join(some) for name, some in names.items()}
            parts.append(style.say("table.invariance.freed", **joined))
        if parts:
            sentences.append(style.rich(f"table.invariance.{key}", freed=style.say("unit.semicolon").join(parts)))
    return sentences
