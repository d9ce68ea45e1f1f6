"""Do the paths differ between waves and groups? Paths by group, with the tests of their equality."""

import math

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Cell, Content, Row, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study

NARROW = 4  # groups side by side with their standard errors; with more the errors stay in the tidy table
COMPARABLE = ("metric", "partial metric")
TABLES = ("group_paths", "group_differences", "group_contrasts", "regression_groups")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A panel a grouping: its groups side by side, then the tests on the model and on scores."""
    paths, differences = tidy["group_paths"], tidy["group_differences"]
    most = max((own["group"].nunique() for _, own in paths.groupby("grouping")), default=2)
    pairs = bool((tidy["group_contrasts"]["pvalue_holm"] < study.significance).any())
    rows, remarks = [], []
    for grouping in dict.fromkeys(paths["grouping"]):
        of = {n: tidy[n][tidy[n]["grouping"] == grouping] for n in TABLES}
        rows += _panel(grouping, of, most, pairs, study, style)
        words = labels.attribute(study, grouping, style)
        basis = [b for b in dict.fromkeys(of["group_differences"]["basis"]) if b not in COMPARABLE]
        remarks += [(words, b) for b in basis]
        remarks += [(words, note) for note in of["group_differences"]["note"]]
        scores = style.say("unit.of", label=words, symbol=style.say("method.regression"))
        remarks += [(scores, note) for note in of["regression_groups"]["note"]]
    note = style.rich("table.groups.note")
    errors = [] if most <= NARROW else [style.rich("table.groups.errors")]
    told = style.rich(f"table.groups.{'pairs_told' if pairs else 'no_pairs'}", level=style.level(study.significance))
    panel = labels.panel(tidy["panel"], style)
    notes = [style.join(note, told, *errors), *labels.remarks(remarks, style, study), *panel]
    columns = ["text", *["number"] * (most + 4 + pairs + 3)]  # paths, the Wald test, the F test
    return Content(columns, _header(most, pairs, style), rows if len(differences) else [], notes)


def _header(most: int, pairs: bool, style: Style) -> list[Row]:
    say = style.say
    over = [cell(style.rich("table.groups.paths"), span=most), cell(say("table.groups.wald"), span=4 + pairs)]
    over.append(cell(say("table.groups.scores"), span=3))
    corrected = [say("table.groups.holm"), say("table.groups.bh")]
    groups = [style.say("table.groups.group", number=k) for k in range(1, most + 1)]
    wald = [markup("χ² (_df_)"), markup("_p_"), *corrected, *([say("table.groups.pairs")] if pairs else [])]
    scores = [markup("_F_ (_df_)"), markup("_p_"), corrected[0]]
    return [row(["", *over]), row([say("table.structural.path"), *groups, *wald, *scores])]


def _panel(grouping: str, of: dict[str, pd.DataFrame], most: int, pairs: bool, study: Study, style: Style) -> list[Row]:
    paths, differences, tests = (of[n] for n in ("group_paths", "group_differences", "regression_groups"))
    groups = list(dict.fromkeys(paths["group"]))
    wald = {(d["outcome"], d["predictor"]): d for d in differences.to_dict("records")}
    f = {(t["outcome"], t["term"]): t for t in tests.to_dict("records")}
    rows = [row([_head(grouping, paths, differences, study, style)], "group")]
    for outcome in dict.fromkeys(paths["outcome"]):
        own = paths[paths["outcome"] == outcome]
        symbol = study.constructs[outcome].symbol
        for predictor in dict.fromkeys(own["predictor"]):
            by_group = own[own["predictor"] == predictor].set_index("group")
            cells = [_path(by_group.loc[g], most, style) for g in groups] + [""] * (most - len(groups))
            cells += _wald(wald.get((outcome, predictor)), style)
            cells += [_pairs(of["group_contrasts"], outcome, predictor, groups, study.significance)] if pairs else []
            cells += _f(f.get((outcome, predictor)), style)
            rows.append(row([labels.route(study, f"{predictor} -> {outcome}"), *cells], indent=1))
        for term, words in (("", "slopes"), ("group", "level")):
            if (outcome, term) in f:
                cells = [*[""] * (most + 4 + pairs), *_f(f[outcome, term], style)]
                rows.append(row([style.say(f"table.groups.{words}", outcome=symbol), *cells], indent=1))
    if ("", "") in wald:
        cells = [*[""] * most, *_wald(wald["", ""], style), *[""] * (pairs + 3)]
        rows.append(row([style.say("table.groups.all"), *cells], indent=1))
    return rows


def _head(grouping: str, paths: pd.DataFrame, differences: pd.DataFrame, study: Study, style: Style) -> str:
    """The groups by their words and sizes, and what the comparison rests on."""
    sizes = paths.drop_duplicates("group").set_index("group")["n"]
    named = [
        style.say(
            "table.groups.named", number=k, group=labels.group(study, grouping, g, style), n=style.count(sizes[g])
        )
        for k, g in enumerate(sizes.index, start=1)
    ]
    found = set(differences["basis"])
    basis = next((b for b in COMPARABLE if b in found), "doubtful")
    return style.say(
        "table.groups.head",
        grouping=labels.attribute(study, grouping, style),
        groups=style.say("unit.semicolon").join(named),
        basis=style.say(f"table.groups.basis.{basis}"),
    )


def _path(p: pd.Series, most: int, style: Style) -> Cell | str:
    if not math.isfinite(p["est"]):
        return "–"
    error = f" ({style.number(p['se'])})" if most <= NARROW else ""
    return cell(f"{style.number(p['est'])}{error}", stars(p["pvalue"]))


def _wald(d: dict | None, style: Style) -> list[str]:
    if d is None or not math.isfinite(d["chisq"]):
        return ["–", "", "", ""]
    corrected = [style.p(d["pvalue_holm"]), style.p(d["pvalue_bh"])]
    return [f"{style.number(d['chisq'])} ({style.number(d['df'], 0)})", style.p(d["pvalue"]), *corrected]


def _f(t: dict | None, style: Style) -> list[str]:
    if t is None or not math.isfinite(t["f"]):
        return ["–", "", ""]
    df = ", ".join(style.number(t[k], 0) for k in ("df", "df2"))
    return [f"{style.number(t['f'])} ({df})", style.p(t["pvalue"]), style.p(t["pvalue_holm"])]


def _pairs(contrasts: pd.DataFrame, outcome: str, predictor: str, groups: list[str], level: float) -> Rich:
    """The pairs of groups that differ, by Holm's p, the one with the larger path first."""
    same = (contrasts["outcome"] == outcome) & (contrasts["predictor"] == predictor)
    apart = contrasts[same & (contrasts["pvalue_holm"] < level)]
    number = {g: k for k, g in enumerate(groups, start=1)}
    pairs = [(c.a, c.b) if c.est > 0 else (c.b, c.a) for c in apart.itertuples()]
    return cell(", ".join(f"{number[a]} > {number[b]}" for a, b in pairs)).runs
