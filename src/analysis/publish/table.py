"""What a published table is, whatever it will be written in: title, header, rows and notes of formatted cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analysis.publish.words import Rich, plain

Kind = Literal["text", "number"]  # of a column
WRAP_AT = 30  # characters


@dataclass(frozen=True)
class Cell:
    """Formatted text; stars are kept apart so that they can hang outside the number."""

    runs: Rich = ()
    stars: str = ""
    span: int = 1

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs) + self.stars


@dataclass(frozen=True)
class Row:
    """A line of the table. A group row heads those below it; a foot row describes a whole model."""

    cells: tuple[Cell, ...]
    kind: Literal["data", "group", "foot"] = "data"
    indent: int = 0


@dataclass(frozen=True)
class Content:
    """What one module of `tables` makes: a table without the number, title and general notes that every table has."""

    columns: Sequence[Kind]
    header: Sequence[Row]
    rows: Sequence[Row]
    notes: Sequence[Rich]


@dataclass(frozen=True)
class Table:
    """A table in one language. ``columns`` says of each column whether it holds text, which may wrap, or numbers."""

    name: str
    number: int
    language: str
    title: str
    columns: tuple[Kind, ...]
    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    notes: tuple[Rich, ...]

    @property
    def long(self) -> bool:
        """Too long for one page."""
        return len(self.rows) > 36

    def wrapping(self) -> set[int]:
        """The text columns with texts so long that lines must be broken."""
        return {
            i
            for line in self.rows
            for i, c in placed(line)
            if self.columns[i] == "text" and line.kind != "group" and width(c.text) > WRAP_AT
        }

    def starred(self) -> set[int]:
        """The columns in which some number bears stars."""
        return {i for row in self.rows for i, cell in placed(row) if cell.stars and cell.span == 1}


def width(text: str) -> int:
    """The length of a text in characters, a Chinese one counting for two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def cell(content: str | Rich, stars: str = "", bold: bool = False, span: int = 1) -> Cell:
    runs = plain(content) if isinstance(content, str) else content
    if bold:
        runs = tuple(replace(run, bold=True) for run in runs)
    return Cell(runs, stars, span)


def row(contents: Sequence[Cell | str | Rich], kind: str = "data", indent: int = 0) -> Row:
    return Row(tuple(c if isinstance(c, Cell) else cell(c) for c in contents), kind, indent)


def placed(line: Row) -> list[tuple[int, Cell]]:
    """The cells of a row with the number of the column where each begins."""
    starts, at = [], 0
    for c in line.cells:
        starts.append((at, c))
        at += c.span
    return starts
