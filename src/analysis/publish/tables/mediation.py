"""Direct, indirect and total effects by the structural model and by regressions, with bootstrap intervals."""

import math

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.tables.side_by_side import COLUMNS, METHODS, header, line
from analysis.publish.words import Rich
from analysis.study import Study

SOURCES = dict(zip(METHODS, ("structural_effects", "regression_effects"), strict=True))
EXPLAINED = ("no share: ",)  # in the note
KINDS = ("ci", "bc", "bca")  # of intervals
MOST = 12  # contrasts that a table has room for; of more it shows those between hypothesised effects


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line an effect, under the two constructs that it joins; the contrasts of indirect effects last."""
    found: dict[tuple[str, str, str], dict[str, dict]] = {}
    for method, name in SOURCES.items():
        for r in tidy[name].to_dict("records"):
            ways = r["path"].split(" -> ")
            ends = "contrast" if r["effect"] == "contrast" else f"{ways[0]} -> {ways[-1]}"
            found.setdefault((ends, r["effect"], r["path"]), {})[method] = r
    contrasts = [key for key in found if key[1] == "contrast"]
    silent = [k for k in contrasts if not next(iter(found[k].values()))["hypothesis"]] if len(contrasts) > MOST else []
    found = {key: by_method for key, by_method in found.items() if key not in silent}
    rows, remarks, unsteady, pair = [], [], [], ""
    for (ends, effect, _), by_method in sorted(found.items(), key=lambda item: item[0][0] == "contrast"):
        head = style.say("table.mediation.contrasts") if ends == "contrast" else labels.route(study, ends)
        if ends != pair:
            rows.append(row([head], "group"))
            pair = ends
        any_row = next(iter(by_method.values()))
        words = _words(any_row, study, style)
        rows.append(line(words, {m: _without_std(r) for m, r in by_method.items()}, style))
        place = words if effect == "contrast" else f"{head}{style.say('unit.colon')}{words}"
        remarks += [(place, r["note"]) for r in by_method.values()]
        unsteady += [f"{place} ({style.say(f'method.{m}')})" for m, r in by_method.items() if not _agree(r)]
    notes = [style.rich("table.mediation.note"), *_draws(tidy, style), *labels.drawn(study, style)]
    if unsteady:
        rows_named = style.say("unit.semicolon").join(unsteady)
        notes.append(style.rich("table.mediation.unsteady", rows=rows_named))
    else:
        notes.append(style.rich("table.mediation.steady"))
    if any(not math.isfinite(r["est"]) for k, v in found.items() if k[1] == "share" for r in v.values()):
        notes.append(style.rich("table.mediation.no_share"))
    if silent:
        notes.append(style.rich("table.mediation.further", n=len(silent)))
    first = style.say("table.mediation.effect")
    told = labels.remarks(remarks, style, study, EXPLAINED)
    notes = [style.join(*notes), *told, *labels.panel(tidy["panel"], style)]
    return Content(COLUMNS, header(first, style), rows, notes)


def _words(r: dict, study: Study, style: Style) -> str:
    claimed = r["hypothesis"].replace(" - ", " − ")
    if r["effect"] == "contrast":
        return claimed or labels.route(study, r["path"])
    words = style.say(f"table.mediation.effects.{r['effect']}")
    if r["effect"] == "indirect":
        over = " → ".join(study.constructs[c].symbol for c in r["path"].split(" -> ")[1:-1])
        words = style.say("table.mediation.over", effect=words, over=over)
    return style.say("unit.of", label=words, symbol=claimed) if claimed else words


def _without_std(r: dict) -> dict:
    """A share has no standardised form of its own."""
    return r | {"std": math.nan} if r["effect"] == "share" else r


def _agree(r: dict) -> bool:
    """Whether all kinds of intervals that exist hold 0, or none does."""
    bounds = [(r[f"{kind}_lower"], r[f"{kind}_upper"]) for kind in KINDS]
    return len({low <= 0 <= high for low, high in bounds if math.isfinite(low) and math.isfinite(high)}) < 2


def _draws(tidy: Tidy, style: Style) -> list[Rich]:
    """How each method drew, and what came of it."""
    sentences = []
    for method, name in SOURCES.items():
        table: pd.DataFrame = tidy[name]
        if not len(table) or not table["draws"].max():
            continue
        counts = {k: style.counts(table[k]) for k in ("n", "draws", "failed")}
        sentences.append(style.rich("table.mediation.draws", method=style.say(f"method.{method}"), **counts))
        if "improper" in table:
            sentences.append(style.rich("table.mediation.improper", improper=style.counts(table["improper"])))
    seeds = tidy["structural_effects"]["seed"]
    return [*sentences, style.rich("table.mediation.seed", seed=int(seeds.iloc[0]))] if len(seeds) else sentences
