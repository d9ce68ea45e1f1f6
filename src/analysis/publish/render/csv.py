"""A table as the spreadsheet sees it: the cells as shown, one heading row, and the notes below in the first column."""

import csv
import io

from analysis.publish.table import Row, Table, placed


def render(table: Table) -> bytes:
    """UTF-8 with the mark that makes Excel read it as such; minus signs as spreadsheets type them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    headings = zip(*(_spread(line, len(table.columns), repeat=True) for line in table.header), strict=True)
    if table.header:
        writer.writerow([" ".join(filter(None, parts)) for parts in headings])
    for line in table.rows:
        writer.writerow(_spread(line, len(table.columns)))
    for note in table.notes:
        writer.writerow(["".join(run.text for run in note), *[""] * (len(table.columns) - 1)])
    return text.getvalue().replace("−", "-").encode("utf-8-sig")


def _spread(line: Row, width: int, repeat: bool = False) -> list[str]:
    """The texts of a row, a column each; what spans several columns stands in the first, or in each of them."""
    texts = [""] * width
    for at, c in placed(line):
        for column in range(at, at + (c.span if repeat else 1)):
            texts[column] = c.text
    return texts
