"""Exports of the survey platforms, each read into one shape; what is metadata is known here, and left behind here."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.errors import UserError, nearest
from analysis.files import read_text, separator
from analysis.study import Wave

WJX_METADATA = ("序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分")
QUALTRICS_METADATA = (
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"),
    *("ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference"),
    *("ExternalDataReference", "LocationLatitude", "LocationLongitude", "DistributionChannel", "UserLanguage"),
)
SPSS_METADATA = ("duration", "submitted")


@dataclass(frozen=True)
class Export:
    """The answers of one raw file, a row a respondent; the index is the row in the file, as a spreadsheet counts it."""

    answers: pd.DataFrame  # cells as in the file, text or numbers; the columns are the headings
    wordings: dict[str, str] = field(default_factory=dict)  # heading -> question text, where the file holds both
    duration: pd.Series | None = None  # seconds, by row
    dropped: pd.Series | None = None  # why the platform itself marks a row as no answer ("" where it does not)


def read(wave: Wave) -> Export:
    """Read the raw file of a wave. Raises `UserError` for a file that the stated reader cannot read."""
    try:
        export = READERS[wave.reader](wave)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{wave.shown} cannot be read by the reader {wave.reader}: {error}") from error
    if export.answers.empty:
        raise UserError(f"{wave.shown} holds no answers.")
    return export


def plain(text: object) -> str:
    """Text in the form in which headings and answers are compared: NFKC, one case, no white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).casefold()


def _wjx(wave: Wave) -> Export:
    """问卷星: one heading row; a matrix heading is "9、stem—1.item" and from its second item on "9、2.item"."""
    table = _one_heading_row(_excel_grid(wave), wave)
    if "序号" not in table and "提交答卷时间" not in table:
        raise UserError(f"{wave.shown} has neither the column 序号 nor 提交答卷时间, so it is no export of 问卷星.")
    answers = table.drop(columns=[c for c in table if c in WJX_METADATA])
    number = re.compile(r"^\s*\d+\s*[、.]\s*")
    wordings = {}
    for heading in answers:
        question = number.sub("", unicodedata.normalize("NFKC", heading))
        item = re.split(r"[—–]+(?=\s*\d+\s*[、.])", question)[-1]
        wordings[heading] = number.sub("", item)
    duration = table["所用时间"].astype(str).str.extract(r"(\d+)")[0].astype(float) if "所用时间" in table else None
    return Export(answers, wordings, duration)


def _qualtrics(wave: Wave) -> Export:
    """Qualtrics: names, texts and import ids in three heading rows; previews and unfinished answers are marked."""
    grid = _csv_grid(wave)
    if len(grid) < 3 or "ImportId" not in "".join(grid[2][:1]):
        raise UserError(
            f"{wave.shown} has no third heading row with ImportId, so it is no current export of Qualtrics."
        )
    table = _table(grid[0], grid[3:], first_row=4, wave=wave)
    wordings = {heading.strip(): text for heading, text in zip(grid[0], grid[1], strict=False)}
    dropped = pd.Series("", index=table.index)
    if "Finished" in table:
        dropped[table["Finished"].str.lower().isin(["false", "0"])] = "unfinished"
    if "Status" in table:
        dropped[table["Status"].isin(["Survey Preview", "1", "Survey Test", "2"])] = "preview"
    seconds = table.get("Duration (in seconds)")
    duration = None if seconds is None else pd.to_numeric(seconds, errors="coerce")
    answers = table.drop(columns=[c for c in table if c in QUALTRICS_METADATA])
    return Export(answers, {c: wordings.get(c, "") for c in answers}, duration, dropped)


def _spss(wave: Wave) -> Export:
    """SPSS: a labelled value is read as its label, so that labels, not codes, are held against the codebook.

    A code that the wave states as missing stays a code, labelled or not.
    """
    import pyreadstat

    table, about = pyreadstat.read_sav(str(wave.path), apply_value_formats=False)
    table.index = pd.RangeIndex(1, len(table) + 1)
    for column, labels in about.variable_value_labels.items():
        answers = {code: label for code, label in labels.items() if code not in wave.missing}
        table[column] = table[column].map(lambda value, answers=answers: answers.get(value, value))
    answers = table.drop(columns=[c for c in table if c in SPSS_METADATA])
    wordings = {c: label for c, label in about.column_names_to_labels.items() if label and c in answers}
    return Export(answers, wordings, table.get("duration"))


def _csv(wave: Wave) -> Export:
    return Export(_one_heading_row(_csv_grid(wave), wave))


def _excel(wave: Wave) -> Export:
    return Export(_one_heading_row(_excel_grid(wave), wave))


READERS: dict[str, Callable[[Wave], Export]] = {
    "wjx": _wjx,
    "qualtrics": _qualtrics,
    "spss": _spss,
    "csv": _csv,
    "excel": _excel,
}


def recognise(export: str | Path) -> Wave:
    """A file as a wave, with the reader that can read it, judged by its content. Raises `UserError` if none can."""
    suffix = Path(export).suffix.lower()
    order = {
        ".sav": ["spss"],
        ".csv": ["qualtrics", "csv"],
        ".xlsx": ["wjx", "excel"],
        ".xls": ["wjx", "excel"],
    }
    problem = UserError(f"{export}: no reader for this kind of file.{nearest(suffix, order)}")
    for reader in order.get(suffix, ()):
        wave = Wave(file=str(export), reader=reader)
        try:
            read(wave)
        except UserError as error:
            problem = error
        else:
            return wave
    raise problem


def _csv_grid(wave: Wave) -> list[list[str]]:
    text = read_text(wave.path)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)))


def _excel_grid(wave: Wave) -> list[list]:
    # na_filter: an answer such as "None" or "NA" is text, not an empty cell
    grid = pd.read_excel(wave.path, engine="calamine", header=None, dtype=object, na_filter=False).astype(object)
    return grid.where(grid.notna(), "").values.tolist()


def _one_heading_row(grid: list[list], wave: Wave) -> pd.DataFrame:
    if not grid:
        raise UserError(f"{wave.shown} is empty.")
    return _table(grid[0], grid[1:], first_row=2, wave=wave)


def _table(headings: list, rows: list[list], first_row: int, wave: Wave) -> pd.DataFrame:
    headings = [str(h).strip() for h in headings]
    while headings and not headings[-1]:
        headings.pop()
    twice = sorted({h for h in headings if headings.count(h) > 1})
    if twice:
        raise UserError(f'{wave.shown}: the heading "{twice[0]}" is there {headings.count(twice[0])} times.')
    width = len(headings)
    kept = {}
    for number, row in enumerate(rows, start=first_row):
        if any(str(cell).strip() for cell in row[width:]):
            raise UserError(f"{wave.shown}, row {number}: more cells than the {width} headings.")
        if 0 < len(row) < width:
            raise UserError(
                f"{wave.shown}, row {number}: {len(row)} cells for {width} headings; the file may have been cut off."
            )
        kept[number] = list(row[:width]) + [""] * (width - len(row))
    return pd.DataFrame.from_dict(kept, orient="index", columns=headings, dtype=object)
