"""Every table of the paper, defined once: from tidy tables and a study to formatted cells in one language."""

import importlib
from dataclasses import replace

from analysis import publish
from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, Table
from analysis.publish.words import Rich, known
from analysis.study import Study


def make(name: str, tidy: Tidy, study: Study, language: str) -> Table:
    """The table ``name`` of `publish.TABLES`; ``tidy`` holds the tables of `analysis.results` by name.

    One without rows is its title, and a note that says why.
    """
    style = Style(language)
    content: Content = importlib.import_module(f"{__name__}.{name}").build(tidy, study, style)
    first, *further = content.notes if content.rows else [nothing(name, style)]
    table = Table(
        name=name,
        number=publish.TABLES.index(name) + 1,
        language=language,
        title=style.say(f"table.{name}.title"),
        columns=tuple(content.columns) if content.rows else ("text",),
        header=tuple(content.header) if content.rows else (),
        rows=tuple(content.rows),
        notes=(labels.note(study, style, first), *further),
    )
    return replace(table, notes=(*table.notes, style.probability())) if table.starred() else table


def nothing(name: str, style: Style) -> Rich:
    """Why a table is empty."""
    key = f"table.{name}.nothing"
    return style.rich(key if known(key) else "unit.nothing")
