"""Bytes of an export -> its cells: text with separators or a workbook, judged by the content and not by the ending."""

import csv
import io
import posixpath
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from analysis.errors import UserError, listed, nearest
from analysis.files import read_bytes, separator, text_of
from analysis.study import Wave
from analysis.survey import privacy

UNPACKED = 2 << 30  # bytes that a workbook may unpack to
CELLS = 60_000_000  # cells that a sheet may span, empty ones included
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"GIF8")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Grid:
    """All cells of a table: an array of equal length a column, headings included; trailing empty rows are gone.

    Cells are text in a text file; text, numbers, truth values, dates and times in a workbook; "" where empty.
    """

    shown: str
    columns: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def row(self, number: int) -> list[str]:
        """The cells of a row, counted from 1, as text without white space around it; none beyond the last row."""
        return [str(column[number - 1]).strip() for column in self.columns] if number <= len(self) else []

    def table(self, headings: list[str] | None = None, first_row: int = 2, number_repeated: bool = False):
        """The rows from ``first_row`` on under their headings, as a DataFrame whose index is the row in the file.

        A column without heading and content is left out. A heading that is there again is refused, or, with
        ``number_repeated``, gets " (2)" behind it. Raises `UserError` for that and for content without a heading.
        """
        headings = self.row(1) if headings is None else [h.strip() for h in headings]
        width = max((i for i, h in enumerate(headings, start=1) if h), default=0)
        if not width:
            what = "is empty" if not len(self) else "has no headings in its first row"
            raise UserError(f"{self.shown} {what}.")
        faults, kept = [], {}
        for place, column in enumerate(self.columns):
            heading, cells = headings[place] if place < len(headings) else "", column[first_row - 1 :]
            if heading:
                name, time = heading, 1
                while name in kept and number_repeated:
                    time += 1
                    name = f"{heading} ({time})"
                kept[name] = cells
            elif filled_cells(cells).any():
                row = filled_cells(cells).argmax() + first_row
                faults.append(
                    f"{self.shown}, row {row}: more cells than the {width} headings."
                    if place >= width
                    else f"{self.shown}, row {row}: column {column_letters(place)} has content but no heading."
                )
        if not number_repeated:
            times = Counter(h for h in headings if h)
            faults += [
                f'{self.shown}: the heading "{privacy.shown(h)}" is there {n} times.' for h, n in times.items() if n > 1
            ]
        if faults:
            raise UserError(listed(faults))
        index = pd.RangeIndex(first_row, first_row + max(len(self) - first_row + 1, 0))
        return pd.DataFrame(kept, index=index, dtype=object)


def filled_cells(cells: np.ndarray | pd.Series) -> np.ndarray:
    """Which cells hold anything but white space."""
    codes, values = pd.factorize(np.asarray(cells, dtype=object), use_na_sentinel=True)
    full = np.array([bool(str(value).strip()) for value in values] + [False])
    return full[codes]


def column_letters(place: int) -> str:
    """A column as a spreadsheet names it: 0 is A, 26 is AA."""
    letters = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        letters, place = chr(65 + letter) + letters, place - 1
    return letters


def read_grid(wave: Wave) -> Grid:
    """The cells of the file of a wave. Raises `UserError` for what is no table, with the place and what to do."""
    raw = read_bytes(wave.path)
    if raw.startswith((ZIP, OLE)):
        return Grid(wave.shown, _columns(_trimmed(_sheet(raw, wave))))
    if wave.sheet is not None:
        raise UserError(f"{wave.shown} is a text file and has no sheets; name none.")
    if re.match(rb"[\s\xef\xbb\xbf]*<(!doctype|html|table|\?xml)", raw[:200], re.IGNORECASE):
        raise UserError(
            f"{wave.shown} is a web page, whatever its ending. Open it in a spreadsheet and save it as .xlsx."
        )
    if raw.startswith(NO_TABLES):
        raise UserError(
            f"{wave.shown} is a document or a picture, no table. Export the answers as text (.csv), as a workbook "
            "(.xlsx, .xls), for SPSS (.sav) or for Stata (.dta)."
        )
    text = text_of(raw, wave.shown)
    del raw
    columns = regular_text(text)
    return Grid(wave.shown, ragged_text(text, wave.shown) if columns is None else columns)


def regular_text(text: str) -> list[np.ndarray] | None:
    """The columns of CSV text, fast, or None where it is not regular enough to be sure: then see `ragged_text`."""
    import pyarrow as pa
    import pyarrow.csv

    mark = separator(text)
    raw = text.rstrip("\r\n").encode()
    first = raw.partition(b"\n")[0]
    if not raw or raw.count(b"\r") != raw.count(b"\r\n") or not _quotes_are_regular(raw, mark.encode()):
        return None
    width = first.count(mark.encode()) + 1
    if b'"' in first:
        width = len(next(csv.reader(io.StringIO(text, newline=""), delimiter=mark)))
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True, block_size=16 << 20),
            parse_options=pyarrow.csv.ParseOptions(delimiter=mark, newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={f"f{i}": pa.dictionary(pa.int32(), pa.string()) for i in range(width)},
                strings_can_be_null=False,
                null_values=[],
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = []
    for place in range(table.num_columns):
        column = table.column(place).unify_dictionaries().combine_chunks()
        chunk = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        words = np.empty(len(chunk.dictionary), dtype=object)
        words[:] = chunk.dictionary.to_pylist()
        columns.append(words[chunk.indices.to_numpy(zero_copy_only=False)])
    last = len(columns[0])
    while last and not any(column[last - 1].strip() for column in columns):
        last -= 1
    return [column[:last] for column in columns] if last else []


def _quotes_are_regular(raw: bytes, mark: bytes) -> bool:
    """Does every quotation mark open a cell, close one, or stand doubled in one, so that all readers agree?"""
    text = np.frombuffer(raw, dtype=np.uint8)
    places = np.flatnonzero(text == ord('"'))
    if len(places) % 2:
        return False
    ends = [ord(mark), ord("\n"), ord("\r"), ord('"')]
    before = text[np.maximum(places[::2] - 1, 0)]
    after = text[np.minimum(places[1::2] + 1, len(text) - 1)]
    opens = np.isin(before, ends) | (places[::2] == 0)
    closes = np.isin(after, ends) | (places[1::2] == len(text) - 1)
    return bool(opens.all() and closes.all())


def ragged_text(text: str, shown: str) -> list[np.ndarray]:
    """The columns of CSV text, row by row and with care; a blank line is an empty row.

    Raises `UserError`, naming the rows, where a row has fewer cells than headings or a quotation mark is not closed.
    """
    csv.field_size_limit(sys.maxsize)
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True)
    try:
        rows.extend([sys.intern(cell) for cell in row] for row in reader)
    except csv.Error:
        raise UserError(
            f"{shown}, row {len(rows) + 1} (line {reader.line_num}): a quotation mark that is not closed, or text "
            "behind one that is. The file may have been cut off; export it again."
        ) from None
    rows = _trimmed(rows)
    if rows:
        width = max((i for i, cell in enumerate(rows[0], start=1) if cell.strip()), default=0)
        faults = [
            f"{shown}, row {number}: {len(row)} cells for {width} headings; the file may have been cut off."
            for number, row in enumerate(rows, start=1)
            if len(row) < width and any(cell.strip() for cell in row)
        ]
        if faults:
            raise UserError(listed(faults))
    return _columns(rows)


def _trimmed(rows: list[list]) -> list[list]:
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _columns(rows: list[list]) -> list[np.ndarray]:
    columns = []
    for cells in zip_longest(*rows, fillvalue=""):
        column = np.empty(len(rows), dtype=object)
        column[:] = cells
        columns.append(column)
    return columns


def _sheet(raw: bytes, wave: Wave) -> list[list]:
    """The rows of the sheet that the wave names, or of the only one with answers."""
    import python_calamine

    locked = UserError(f"{wave.shown} is protected by a password. Open it, save it without one and use that.")
    if raw.startswith(ZIP):
        _look_into(raw, wave)
    elif "EncryptedPackage".encode("utf-16-le") in raw:
        raise locked
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = [s.name for s in book.sheets_metadata if s.typ == python_calamine.SheetTypeEnum.WorkSheet]
        chosen = [name for name in names if wave.sheet in (None, name)]
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in chosen}
    except python_calamine.PasswordError:
        raise locked from None
    except BaseException as error:  # a fault in the library's own language is no Exception and has no name here
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise UserError(
            f"{wave.shown} is a damaged workbook or none at all. Open it in a spreadsheet and save it as .xlsx."
        ) from None
    if wave.sheet is not None and wave.sheet not in names:
        raise UserError(f'{wave.shown} has no sheet "{wave.sheet}".{nearest(wave.sheet, names)}')
    full = {name: sum(any(str(c).strip() for c in row) for row in rows) for name, rows in sheets.items()}
    answers = [name for name, rows in full.items() if rows > 1] or [name for name, rows in full.items() if rows]
    if len(answers) > 1:
        several = ", ".join(f'"{name}" ({full[name]} rows)' for name in answers)
        raise UserError(
            f"{wave.shown} has several sheets with content: {several}. "
            'Say which one holds the answers: with start and add-wave by --sheet "…", in a study file under this wave '
            'by sheet: "…".'
        )
    return [[_cell(cell) for cell in row] for row in sheets[answers[0]]] if answers else []


def _cell(cell):
    """A number as a person sees it: 3.0 is 3."""
    return int(cell) if type(cell) is float and cell.is_integer() else cell


_REFERENCE = re.compile(rb'<c [^>]*?r="([A-Z]+)(\d+)"')
_FORMULA = re.compile(rb'<c [^>]*?r="([A-Z]+\d+)"[^>]*><f[^>]*?(?:/>|>[^<]*</f>)(?:<v></v>|<v ?/>)?</c>')
_ERROR = re.compile(rb'<c (?=[^>]*?t="e")[^>]*?r="([A-Z]+\d+)"')


def _look_into(raw: bytes, wave: Wave) -> None:
    """Refuse a packed workbook that would not fit into memory, or holds what the library reads as empty cells.

    These are formulas whose value was never calculated, and errors such as #DIV/0!.
    """
    faults = (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, ElementTree.ParseError, EOFError, OSError),
        *(ValueError, RuntimeError, KeyError, struct.error),
    )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if "xl/workbook.xml" not in packed.namelist():
                raise UserError(
                    f"{wave.shown} is packed, but no workbook in the form .xlsx. Unpack or convert it first."
                )
            size = sum(part.file_size for part in packed.infolist())
            if size > UNPACKED:
                raise UserError(
                    f"{wave.shown} would unpack to {size / 2**30:.1f} GiB, more than the {UNPACKED >> 30} GiB that are "
                    "read. Export it as CSV, or delete the empty rows and columns around the answers."
                )
            for name, part in _parts(packed).items():
                if wave.sheet in (None, name):
                    _look_into_sheet(packed, part, wave)
    except faults:
        raise UserError(f"{wave.shown} is a damaged workbook: it cannot be unpacked. Export it again.") from None


def _parts(packed: zipfile.ZipFile) -> dict[str, str]:
    """The packed file of every sheet."""
    links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", ""))[1:] for link in links}
    sheets = ElementTree.fromstring(packed.read("xl/workbook.xml")).findall(".//{*}sheet")
    identifier = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    parts = {sheet.get("name"): targets.get(sheet.get(identifier), "") for sheet in sheets}
    return {name: part for name, part in parts.items() if part.startswith("xl/worksheets/")}


def _look_into_sheet(packed: zipfile.ZipFile, part: str, wave: Wave) -> None:
    columns, highest, rest = set(), 0, b""
    with packed.open(part) as sheet:
        while block := sheet.read(8 << 20):
            text = rest + block
            cut = text.rfind(b"</c>") + 4
            text, rest = (text[:cut], text[cut:]) if cut > 3 else (text, b"")
            for what, found in (
                ("a formula without a value", _FORMULA.search(text) if b"<f" in text else None),
                ("an error instead of a value", _ERROR.search(text) if b't="e"' in text else None),
            ):
                if found:
                    raise UserError(
                        f"{wave.shown}, cell {found.group(1).decode()}: {what}. Open the file in a spreadsheet, "
                        "put a value there and save it."
                    )
            places = _REFERENCE.findall(text)
            columns |= {letters for letters, _ in places}
            highest = max([highest, *(int(row) for row in {row[:9] for _, row in places})])
    widest = max((_column_number(letters[:4]) for letters in columns), default=0)
    if highest > 1_048_576 or widest > 16_384 or highest * widest > CELLS:
        raise UserError(
            f"{wave.shown} spans {highest} rows and {widest} columns, far more than answers fill. "
            "Delete what stands far below or beside the answers and save it again."
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
