"""Do the regressions depend on the kind of standard errors, and do they keep what they assume?"""

import math

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, Row, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study

TESTS = {"Breusch-Pagan": "χ²", "RESET": "F", "Jarque-Bera": "χ²"}
FEW = 20  # clusters below which errors are too small for stars
EXTREMES = ("Cook's distance", "leverage", "outliers")
EXPLAINED = (
    "clusters are few",
    "are left out",
    "are a cluster each",
    "no error: ",
    "cannot be estimated",
)  # in the note


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A panel an outcome: its terms with a column a kind of errors, below them what the checks found."""
    errors, checks = tidy["regression_errors"], tidy["regression_diagnostics"]
    kinds = dict(zip(errors["errors"], errors["chosen"], strict=True))
    rows, remarks = [], []
    for outcome in dict.fromkeys(errors["outcome"]):
        own, found = errors[errors["outcome"] == outcome], checks[checks["outcome"] == outcome]
        words = labels.construct(study, outcome, style)
        rows.append(row([style.say("table.regressions.outcome", label=words)], "group"))
        rows += [_term(term, own[own["term"] == term], kinds, study, style) for term in _order(own)]
        if own["clusters"].notna().any():
            clusters = own.groupby("errors")["clusters"].max()
            counts = [style.number(clusters[kind], 0) for kind in kinds]
            rows.append(row([style.say("table.regression_checks.clusters"), "", *counts], "foot", indent=1))
        rows += [_check(c, len(kinds) + 1, style) for c in found.to_dict("records")]
        symbol = study.constructs[outcome].symbol
        remarked = [(labels.errors(study, e.errors, style), e.note) for e in own.itertuples()]
        remarked += [(style.say(f"table.regression_checks.{c.check}"), c.note) for c in found.itertuples()]
        remarks += [(style.say("unit.of", label=symbol, symbol=about), note) for about, note in remarked]
    notes = [style.rich("table.regression_checks.note", level=style.level(study.significance), few=FEW)]
    columns = ["text", *["number"] * (len(kinds) + 1)]
    return Content(
        columns,
        _header(kinds, study, style),
        rows,
        [style.join(*notes), *labels.remarks(remarks, style, study, EXPLAINED)],
    )


def _order(errors: pd.DataFrame) -> list[str]:
    """The terms, the constant last."""
    return sorted(dict.fromkeys(errors["term"]), key="const".__eq__)


def _header(kinds: dict[str, bool], study: Study, style: Style) -> list[Row]:
    """The kinds of errors; those by clusters under one heading, the kind that the study uses in bold."""
    by = {kind: kind.partition(": ")[2] for kind in kinds}
    names = [labels.clusters(study, by[k], style) if by[k] else labels.errors(study, k, style) for k in kinds]
    below = row(["", markup("_B_"), *(cell(n, bold=kinds[k]) for n, k in zip(names, kinds, strict=True))])
    clustered = sum(map(bool, by.values()))
    plain = len(kinds) - clustered
    over = [cell(style.rich("table.regression_checks.se"), span=plain)] if plain else []
    over += [cell(style.rich("table.regression_checks.clustered"), span=clustered)] if clustered else []
    return [row(["", "", *over]), below]


def _term(term: str, lines: pd.DataFrame, kinds: dict[str, bool], study: Study, style: Style) -> Row:
    by_kind = lines.set_index("errors")
    chosen = lines[lines["chosen"]]
    b = style.number(chosen["b"].iloc[0], 3) if len(chosen) else ""
    cells = []
    for kind, bold in kinds.items():
        se = style.number(by_kind["se"].get(kind, math.nan), 3)
        starred = se and not by_kind["clusters"].get(kind, math.nan) < FEW
        cells.append(cell(se or "–", stars(by_kind["pvalue"].get(kind, math.nan)) if starred else "", bold=bold))
    return row([labels.predictor(study, term, style), b or "–", *cells], indent=1)


def _check(c: dict, width: int, style: Style) -> Row:
    """A check in one line of words across the columns."""
    name = style.say(f"table.regression_checks.{c['check']}")
    found: Rich = markup("–")
    if c["check"] in TESTS and math.isfinite(c["statistic"]):
        df = ", ".join(style.number(d, 0) for d in (c["df"], c["df2"]) if math.isfinite(d))
        values = {"df": df, "statistic": style.number(c["statistic"]), "p": style.p_equation(c["pvalue"])}
        found = style.rich(f"table.regression_checks.test_{TESTS[c['check']]}", **values)
    elif c["check"] in EXTREMES and math.isfinite(c["statistic"]):
        values = {"flagged": style.count(c["flagged"]), "threshold": style.number(c["threshold"], 3)}
        values |= {"largest": style.number(c["statistic"], 3), "p": style.p_equation(c["pvalue"])}
        key = "outlying" if c["check"] == "outliers" else "beyond"
        found = style.rich(f"table.regression_checks.{key}", **values)
    return row([name, cell(found, span=width)], "foot", indent=1)
