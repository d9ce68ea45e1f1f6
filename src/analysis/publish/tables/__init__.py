"""Every table of the paper, defined once: from tidy tables and a study to formatted cells in one language."""

import importlib
from collections.abc import Mapping

import pandas as pd

from analysis import publish
from analysis.publish.format import LEVELS, Style
from analysis.publish.table import Table
from analysis.publish.words import Rich
from analysis.study import Study

Tidy = Mapping[str, pd.DataFrame]


def make(name: str, tidy: Tidy, study: Study, language: str) -> Table:
    """The table ``name`` of `publish.TABLES`; ``tidy`` holds the tables of `analysis.results` by name."""
    style = Style(language)
    columns, header, rows, notes = importlib.import_module(f"{__name__}.{name}").build(tidy, study, style)
    table = Table(
        name=name,
        number=publish.TABLES.index(name) + 1,
        language=language,
        title=style.say(f"table.{name}.title"),
        columns=tuple(columns),
        header=tuple(header),
        rows=tuple(rows),
        notes=(),
    )
    general = style.rich("unit.note")
    if study.synthetic:
        general += style.rich("unit.synthetic")
    notes = [general + notes[0], *notes[1:]]
    if table.starred():
        notes.append(_probability(style))
    return Table(**{**vars(table), "notes": tuple(notes)})


def _probability(style: Style) -> Rich:
    three, two, one = (style.bounded(level, 3 if level < 0.01 else 2) for level, _ in LEVELS)
    return style.rich("unit.probability", one=one, two=two, three=three)
