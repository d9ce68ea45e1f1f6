"""Do the items belong where they are put? Where each loads in the exploratory solution, with which scores it goes."""

import math

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study

SHOWN = 0.3  # the least loading that counts, by custom


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line an item under its scale; the whole matrix of loadings, a column a factor, stands in the tidy table."""
    explored, home = explore(tidy["efa"], study)
    compared = compare(tidy["cross_loadings"])
    rows, any_number = [], len(explored) + len(compared)
    for name, construct in study.constructs.items() if any_number else ():
        parts = {name: construct.items} | {d: part.items for d, part in construct.dimensions.items()}
        for scale, items in parts.items():
            words = labels.scale(study, scale, style)
            if scale in home:
                words = style.say("table.item_placement.home", scale=words, factor=home[scale])
            rows.append(row([words], "group", indent=int(scale != name)))
            for item in items:
                words = labels.item(study, item, style)
                line = _line(words, explored.get(item, {}), compared.get(item, {}), study, style)
                rows.append(row(line, indent=1 + int(scale != name)))
    word = {k: style.say(f"table.item_placement.{k}") for k in ("item", "factor", "loading", "second", "own", "other")}
    spans = {"exploratory": 5, "scores": 3}
    over = [cell(style.say(f"table.item_placement.{k}"), span=n) for k, n in spans.items()]
    under = [word["item"], word["loading"], word["factor"], word["second"], word["factor"], markup("_h_²")]
    under += [word["own"], word["other"], style.say("table.item_placement.of")]
    notes = [style.join(*_notes(tidy["efa"], explored, compared, home, study, style))]
    remarks = [(r.item, r.note) for r in tidy["efa"].drop_duplicates("item").itertuples()]
    columns = ["text", *["number"] * 8]
    return Content(columns, [row(["", *over]), row(under)], rows, [*notes, *labels.remarks(remarks, style, study)])


def explore(efa: pd.DataFrame, study: Study) -> tuple[dict[str, dict], dict[str, int]]:
    """Of each item its two largest loadings and whether it is misplaced; and the factor of each scale.

    A scale's factor is that on which most of its items have their largest loading, of several the one that explains
    most of them. Misplaced: the largest loading is on another factor, below `SHOWN`, or of another sign than the sum of
    the scale's loadings on its factor.
    """
    loadings = efa.pivot(index="item", columns="factor", values="loading").dropna()
    shared, found, home = efa.drop_duplicates("item").set_index("item")["communality"], {}, {}
    for scale, items in study.first_order().items():
        own = loadings.reindex(items).dropna()
        if own.empty:
            continue
        most = own.abs().idxmax(axis=1)
        ways = pd.DataFrame({"items": most.value_counts(), "explained": (own**2).sum()}).dropna()
        home[scale] = int(ways.sort_values(["items", "explained"]).index[-1])
        sign = math.copysign(1.0, own[home[scale]].sum())
        for item, factor in most.items():
            first, (second, at) = own.loc[item, factor], (math.nan, "")
            others = own.loc[item].drop(factor)
            if len(others) and others.abs().max() >= SHOWN:
                at = others.abs().idxmax()
                second = others[at]
            misplaced = bool(factor != home[scale] or abs(first) < SHOWN or first * sign < 0)
            found[item] = {"loading": first, "factor": factor, "second": second, "at": at, "misplaced": misplaced}
            found[item]["communality"] = shared[item]
    return found, home


def compare(cross: pd.DataFrame) -> dict[str, dict]:
    """Of each item the correlation with its own construct's score, the largest other one, whether that is larger."""
    found = {}
    for item, some in cross.dropna(subset="r").groupby("item", sort=False):
        own, others = some.loc[some["own"], "r"], some[~some["own"]].set_index("construct")["r"]
        of = others.abs().idxmax() if len(others) else ""
        numbers = {"own": own.iloc[0] if len(own) else math.nan, "other": others[of] if of else math.nan}
        found[item] = numbers | {"of": of, "crossed": bool(abs(numbers["other"]) > numbers["own"])}
    return found


def _line(words: str, explored: dict, compared: dict, study: Study, style: Style) -> list[str]:
    of = compared.get("of", "")
    return [
        words,
        style.bounded(explored.get("loading")) + "†" * explored.get("misplaced", False) or "–",
        str(explored.get("factor", "")),
        style.bounded(explored.get("second")),
        str(explored.get("at", "")),
        style.bounded(explored.get("communality")),
        style.bounded(compared.get("own")) or "–",
        style.bounded(compared.get("other")) + "‡" * compared.get("crossed", False) or "–",
        study.constructs[of].symbol if of else "",
    ]


def _notes(efa: pd.DataFrame, explored: dict, compared: dict, home: dict, study: Study, style: Style) -> list[Rich]:
    """What the numbers are, what the marks mean, and which scales the factors do not tell apart."""
    shown, symbols = style.bounded(SHOWN, 2), labels.symbols(study, style)
    values = {"factors": style.counts(efa["factors"]), "shown": shown, "symbols": symbols}
    notes = [style.rich(f"table.item_placement.{'unexplored' if efa.empty else 'note'}", **values)]
    misplaced, crossed = (sum(x[k] for x in of.values()) for of, k in ((explored, "misplaced"), (compared, "crossed")))
    if explored:
        key = "misplaced" if misplaced else "placed"
        notes.append(style.rich(f"table.item_placement.{key}", n=misplaced, shown=shown))
    if crossed:
        notes.append(style.rich("table.item_placement.crossed", n=crossed))
    sharing = []
    for factor in sorted(set(home.values())):
        scales = [labels.scale(study, scale, style) for scale, at in home.items() if at == factor]
        if len(scales) > 1:
            words = style.say("unit.comma").join(scales)
            sharing.append(style.say("table.item_placement.sharing", scales=words, factor=factor))
    if sharing:
        notes.append(style.rich("table.item_placement.together", scales=style.say("unit.semicolon").join(sharing)))
    return notes
