"""What the tidy tables of a report hold, as a page beside them: every table, column, type and meaning."""

from analysis.publish import words
from analysis.results import TABLES
from analysis.study import Study

TYPES = {str: "text", int: "integer", float: "number", bool: "true or false"}


def dictionary(study: Study) -> str:
    """Markdown: the tables of `analysis.results` and their columns; a synthetic study says first what it is."""
    lines = [f"# Tidy tables of {study.name}", ""]
    if study.synthetic:
        lines += [f"> **{words.say('page.synthetic', language)}**\n>" for language in ("en", "zh")] + [""]
    lines += [
        "Numbers at full precision; an empty cell means that the number does not exist. Shares are between 0 and 1.",
        "Tables under `data/processed/` hold a row a respondent or raw row, all others stand in this folder.",
        "",
    ]
    for name, table in TABLES.items():
        place = f"data/processed/{study.name}/" if table.place == "processed" else ""
        lines += [f"## {place}{name}", "", f"A row is {table.row}.", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{column}` | {TYPES[kind]} | {about} |" for column, (kind, about) in table.columns.items()]
        lines += [f"| … | number | {table.further} |"] if table.further else []
        lines += [""]
    return "\n".join(lines)
