"""Does the instrument measure the same in all waves and groups? The ladder of equality constraints."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, Row, row
from analysis.publish.tables.rival_models import compared, heads
from analysis.publish.words import Rich, markup
from analysis.study import Study

HIGHER = "second-order "
LADDER = ("configural", "thresholds", "metric", f"{HIGHER}metric", "scalar", f"{HIGHER}scalar", "strict")

KINDS = {"=~": "loading", "|t": "threshold", "~~": "residual", "~1": "intercept"}


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a rung for each grouping; of the ladders of single constructs, those that a reader must know of.

    A ladder is shown up to the rung that does not hold or cannot be judged. Of the second-order ladders only the rungs
    of dimensions, unless one ends before; the continuous ladder has the rungs of items.
    """
    ladders, rows = tidy["invariance"], []
    for grouping, of_all in ladders.groupby("grouping", sort=False):
        if of_all["groups"].max() < 2:
            rows.append(_not_compared([labels.attribute(study, grouping, style)], style))
            continue
        for treatment, of_some in of_all.groupby("treatment", sort=False):
            words, several = labels.attribute(study, grouping, style), of_some[of_some["groups"] > 1]
            if several.empty:
                rows.append(_not_compared([words, style.say(f"table.invariance.{treatment}")], style))
                continue
            head = {"groups": style.counts(several["groups"]), "n": style.counts(several["n"])}
            rows.append(row([style.rich(f"table.invariance.head_{treatment}", grouping=words, **head)], "group"))
            rows += [_line(r, study, style) for r in _to_show(of_some)]
    header = [style.say("table.invariance.rung"), *heads(), markup("ΔSRMR"), style.say("table.invariance.verdict")]
    notes = [style.rich("table.invariance.note", symbols=labels.symbols(study, style))]
    if (ladders["treatment"] == "second-order").any():
        notes.append(style.rich("table.invariance.second_order_note"))
    notes = [style.join(*notes, *_freed(tidy["invariance_freed"], study, style))]
    remarks = labels.remarks(_remarks(ladders, study, style), style, study)
    return Content(["text", *["number"] * (len(header) - 1)], [row(header)], rows, [*notes, *remarks])


def _not_compared(ladder: list[str], style: Style) -> Row:
    return row([style.rich("table.invariance.not_compared", ladder=style.say("unit.comma").join(ladder))], "group")


def _line(r: dict, study: Study, style: Style) -> Row:
    verdict = "–" if not _ends(r) and not r["holds"] else style.say(f"table.invariance.holds.{r['holds'] or 'unknown'}")
    return row([_rung(r, study, style), *compared(r, style), style.bounded(r["delta_srmr"]), verdict], indent=1)


def _rung(r: dict, study: Study, style: Style) -> str:
    partial, name = r["rung"].startswith("partial "), _plain(r)
    words = style.say(f"table.invariance.rungs.{name}")
    words = style.say("table.invariance.partial", rung=words) if partial else words[0].upper() + words[1:]
    return f"{words}{style.say('unit.colon')}{study.constructs[r['construct']].symbol}" if r["construct"] else words


def _plain(r: dict) -> str:
    return r["rung"].removeprefix("partial ")


def _ends(r: dict) -> bool:
    """Whether no rung follows, if this is the last line of its rung: the configural model says so by having no df."""
    return r["df"] != r["df"] if _plain(r) == LADDER[0] else r["holds"] != "yes"


def _climbed(ladder: pd.DataFrame) -> Iterator[list[dict]]:
    """The lines of each rung of one ladder, two or more where parameters were let go, to the rung where it ends."""
    for _, lines in ladder.groupby(ladder["rung"].str.removeprefix("partial "), sort=False):
        yield lines.to_dict("records")
        if _ends(lines.iloc[-1].to_dict()):
            return


def _to_show(ladders: pd.DataFrame) -> list[dict]:
    """Of each rung the lines of all constructs whose ladder ends there, or, if none does, of the one that holds worst.

    The configural models of single constructs, and the rungs of items in second-order ladders, only if one ends there.
    """
    by_rung, treatment = defaultdict(list), ladders["treatment"].iloc[0]
    for _, ladder in ladders.groupby("construct", sort=False):
        for lines in _climbed(ladder):
            by_rung[_plain(lines[0])].append(lines)
    shown = []
    for rung in sorted(by_rung, key=LADDER.index):
        every = treatment == "continuous" or (HIGHER in rung if treatment == "second-order" else rung != LADDER[0])
        ended = [lines for lines in by_rung[rung] if _ends(lines[-1])]
        for lines in ended or ([min(by_rung[rung], key=_how_well)] if every else []):
            shown += lines
    return shown


def _how_well(lines: list[dict]) -> tuple[bool, float]:
    """Whether a rung held at first, and by how much CFI then rose."""
    rise = lines[0]["delta_cfi"]
    return lines[0]["holds"] == "yes", rise if rise == rise else 0.0


def _remarks(ladders: pd.DataFrame, study: Study, style: Style) -> list[tuple[str, str]]:
    """The remarks on rungs that were reached, by ladder; by treatment or grouping where all its ladders share one."""
    said = defaultdict(set)
    keys = ["grouping", "treatment", "construct"]
    for key, ladder in ladders.groupby(keys, sort=False):
        for r in (r for lines in _climbed(ladder) for r in lines):
            for remark in filter(None, r["note"].split(" | ")):
                said[_of_groups(remark, key[0], study, style)].add(key)
    every, found = list(dict.fromkeys(ladders[keys].itertuples(index=False, name=None))), []
    for remark, those in said.items():
        for key in (k for k in every if k in those):
            shared = next(i for i in (1, 2, 3) if those >= {k for k in every if k[:i] == key[:i]})
            found.append((_ladder(key[:shared], study, style), remark))
    return found


def _of_groups(remark: str, grouping: str, study: Study, style: Style) -> str:
    """A remark with the answers of an attribute in place of their codes."""
    named = {} if grouping == "wave" else {str(c): text[style.language] for c, text in study.options(grouping).items()}
    return re.sub(r"\bgroup '([^']*)'", lambda found: f"group '{named.get(found[1], found[1])}'", remark)


def _ladder(key: tuple[str, ...], study: Study, style: Style) -> str:
    """Grouping, treatment and construct in words, the last two as far as they are given."""
    grouping, treatment, construct = (*key, "", "")[:3]
    words = [labels.attribute(study, grouping, style)]
    words += [style.say(f"table.invariance.{treatment}")] if treatment else []
    words += [study.constructs[construct].symbol] if construct else []
    return style.say("unit.comma").join(words)


def _freed(freed: pd.DataFrame, study: Study, style: Style) -> list[Rich]:
    """Parameters left free between the groups: from the beginning, or by the largest score test and what it entails."""
    sentences, asked_otherwise = [], freed["reason"].str.contains("reworded|rescaled")
    for why, those in (("freed_first", freed[asked_otherwise]), ("freed_later", freed[~asked_otherwise])):
        parts = []
        for key, same in those.groupby(["grouping", "treatment", "construct"], sort=False):
            values = {"ladder": _ladder(key, study, style), "parameters": _parameters(same["parameter"], study, style)}
            parts.append(style.say("table.invariance.freed", **values))
        if parts:
            sentences.append(style.rich(f"table.invariance.{why}", freed=style.say("unit.semicolon").join(parts)))
    return sentences


def _parameters(names: pd.Series, study: Study, style: Style) -> str:
    """Parameters that lavaan writes x|t1, f=~x, x~1 and x~~x in words, those of an item or a dimension together."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in names.drop_duplicates():
        op, kind = next((op, kind) for op, kind in KINDS.items() if op in name)
        left, _, right = name.partition(op)
        found[right if op == "=~" else left][kind].append(right)
    shown = []
    for indicator, kinds in found.items():
        words = [style.say(f"table.invariance.{kind}", which="/".join(which)) for kind, which in kinds.items()]
        name = indicator if indicator in study.codebook else study.label(indicator)[style.language]
        parameters = style.say("unit.comma").join(words)
        shown.append(style.say("table.invariance.free", indicator=name, parameters=parameters))
    return style.say("unit.comma").join(shown)
