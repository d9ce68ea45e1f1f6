"""What two methods find of one effect, in columns that tables have in common."""

import math
from collections.abc import Mapping

from analysis.publish.format import Style
from analysis.publish.table import Cell, Row, cell, row
from analysis.publish.words import markup

METHODS = ("structural model", "regression")
COLUMNS = ("text", *["number"] * 10)


def header(first: str, style: Style) -> list[Row]:
    heads = [markup("_B_"), markup("_SE_"), style.say("table.hypotheses.ci"), markup("_p_"), "β"]
    return [
        row(["", *(cell(style.say(f"method.{method}"), span=5) for method in METHODS)]),
        row([first, *heads, *heads]),
    ]


def line(words: str, found: Mapping[str, Mapping | None], style: Style) -> Row:
    """An effect, by method a row of a tidy table, or nothing where the method does not speak of it."""
    return row([words, *(c for method in METHODS for c in _numbers(found.get(method), style))], indent=1)


def _numbers(found: Mapping | None, style: Style) -> list[Cell | str]:
    if found is None:
        return [""] * 5
    if not math.isfinite(found["est"]):
        return ["–", *[""] * 4]
    return [
        style.number(found["est"], 3),
        style.number(found["se"], 3),
        style.interval(found["ci_lower"], found["ci_upper"], bounded=False),
        style.p(found["pvalue"]),
        style.bounded(found.get("std", math.nan)),
    ]
