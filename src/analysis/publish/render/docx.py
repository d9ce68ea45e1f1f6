"""Tables as Word documents: three rules (三线表), East Asian fonts, the same bytes for the same table."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import _Cell

from analysis.publish.table import Row, Table, placed, width
from analysis.publish.words import Rich, say

LATIN, EAST_ASIAN = "Times New Roman", "SimSun"
THICK, THIN, SPANNER = 12, 6, 4  # eighths of a point: 1.5, 0.75 and 0.5 pt
SHORT, LONG = Cm(21), Cm(29.7)
MARGIN = Cm(2.2)
PADDING = Cm(0.12)  # left and right in a cell
_CHARACTER = 0.16  # cm that a digit of 9 pt takes; a Chinese character takes two
_TEXT = Cm(7)  # what a long text column should have at least
FIGURE_SPACE = "\u2007"
_EPOCH = datetime(2000, 1, 1)


def render(tables: Table | Sequence[Table]) -> bytes:
    """One document with one table or several, each on a page of its own, upright or across as its width asks."""
    tables = [tables] if isinstance(tables, Table) else list(tables)
    document = Document()
    _styles(document, tables[0].language)
    for i, table in enumerate(tables):
        section = document.add_section(WD_SECTION.NEW_PAGE) if i else document.sections[0]
        _page(section, _across(table))
        _title(document, table)
        if table.rows:
            _table(document, table)
        for note in table.notes:
            _write(document.add_paragraph(style="Table note"), note)
    properties = document.core_properties
    properties.title = " / ".join(t.title for t in tables) if len(tables) == 1 else ""
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = _EPOCH
    properties.language = _locale(tables[0].language)
    return _stable(document)


def _stable(document) -> bytes:
    """The document zipped anew with fixed times, so that equal tables give equal bytes."""
    raw, packed = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()


def _locale(language: str) -> str:
    return {"en": "en-GB", "zh": "zh-CN"}[language]


def _styles(document, language: str) -> None:
    normal = document.styles["Normal"]
    _font(normal, 10)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    marked = OxmlElement("w:lang")
    marked.set(qn("w:val"), "en-GB" if language == "en" else "en-US")  # of Latin letters and digits: where lines break
    marked.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(marked)
    for name, size, after in (("Table title", 10.5, 3), ("Table text", 9, 0), ("Table note", 9, 2)):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _font(style, size)
        style.paragraph_format.space_after = Pt(after)
    document.styles["Table note"].paragraph_format.space_before = Pt(3)
    document.styles["Table title"].paragraph_format.keep_with_next = True


def _font(style, size: float) -> None:
    style.font.name, style.font.size = LATIN, Pt(size)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), EAST_ASIAN)


def _page(section, across: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if across else (SHORT, LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN


def _title(document, table: Table) -> None:
    """APA: the bold number above the italic title. Chinese journals: both on one centred line."""
    number = say("unit.table", table.language, number=table.number)
    line = document.add_paragraph(style="Table title")
    line.add_run(number).bold = True
    if table.language == "zh":
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(f"\u3000{table.title}").bold = True
    else:
        document.add_paragraph(style="Table title").add_run(table.title).italic = True


def _table(document, table: Table) -> None:
    lines = [*table.header, *table.rows]
    grid = document.add_table(rows=len(lines), cols=len(table.columns))
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _describe(grid, table)
    widths = _widths(table)
    starred = table.starred()
    trs = grid._tbl.tr_lst
    for i, line in enumerate(lines):
        is_header = i < len(table.header)
        _line(trs[i], grid, line, table, widths, is_header, starred)
        _never_split(trs[i], repeat=is_header)
    for column, wide in zip(grid.columns, widths, strict=True):
        column.width = wide
    _rule(trs[0], "top", THICK)
    _rule(trs[len(table.header) - 1], "bottom", THIN)
    _rule(trs[-1], "bottom", THICK)


def _line(tr, grid, line: Row, table: Table, widths: list[int], is_header: bool, starred: set[int]) -> None:
    tcs = tr.tc_lst
    for at, content in placed(line):
        span = len(table.columns) if line.kind == "group" else content.span
        tc = tcs[at]
        for spare in tcs[at + 1 : at + span]:
            tr.remove(spare)
        tc.width, tc.grid_span = sum(widths[at : at + span]), span
        paragraph = _Cell(tc, grid).paragraphs[0]
        paragraph._p.style = "Tabletext"  # by its id: looking the name up for each cell takes seconds
        if at == 0 or (table.columns[at] == "text" and not is_header):
            paragraph.paragraph_format.left_indent = Cm(0.35 * line.indent)
        else:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if line.kind == "group":
            paragraph.paragraph_format.keep_with_next = True
        _write(paragraph, content.runs)
        if at in starred and content.span == 1 and content.runs and not is_header:
            paragraph.add_run(content.stars.ljust(3, FIGURE_SPACE))
        elif content.stars:
            paragraph.add_run(content.stars)
        if is_header and content.span > 1:
            _border(tc, "bottom", SPANNER)


def _write(paragraph, runs: Rich) -> None:
    for run in runs:
        written = paragraph.add_run(run.text)
        written.italic, written.bold = run.italic or None, run.bold or None


def _across(table: Table) -> bool:
    """Whether the page must lie across: upright, the columns that cannot wrap would leave too little for texts."""
    needed = _needed(table)
    texts = sum(min(n, _TEXT) for n, kind in zip(needed, table.columns, strict=True) if kind == "text")
    numbers = sum(n for n, kind in zip(needed, table.columns, strict=True) if kind == "number")
    return texts + numbers > SHORT - 2 * MARGIN


def _widths(table: Table) -> list[int]:
    """Numbers get what they need; the texts share the rest, headings and the long ones giving way first."""
    room = (LONG if _across(table) else SHORT) - 2 * MARGIN
    widths = _needed(table)
    if sum(widths) > room:
        widths = _needed(table, broken_heads=True)
    texts = [i for i, kind in enumerate(table.columns) if kind == "text"]
    excess = sum(widths) - room
    if excess > 0:
        long = [i for i in texts if widths[i] > Cm(3)] or texts
        total = sum(widths[i] for i in long)
        for i in long:
            widths[i] = max(widths[i] - excess * widths[i] // total, Cm(1.5))
    return [int(w) for w in widths]


def _needed(table: Table, broken_heads: bool = False) -> list[int]:
    """The width of the longest text in each column; headings may have a line a word, Chinese ones two lines."""
    longest, starred = [1] * len(table.columns), table.starred()
    for i, line in enumerate((*table.header, *table.rows)):
        for at, c in placed(line):
            if line.kind != "group" and c.span == 1:
                text = _longest_piece(c.text) if broken_heads and i < len(table.header) else c.text
                room = 3 - len(c.stars) if at in starred else 0
                room += sum(map(str.isupper, text)) / 2  # a capital is half as wide again as a digit
                room += 2 * line.indent if at == 0 else 0
                longest[at] = max(longest[at], width(text) + room)
    return [2 * PADDING + Cm(0.15 + _CHARACTER * n) for n in longest]


def _longest_piece(heading: str) -> str:
    word = max(heading.split(), key=width, default="")
    return word[: len(word) // 2 + 1] if width(word) == 2 * len(word) else word


def _rule(tr, side: str, weight: int) -> None:
    for tc in tr.tc_lst:
        _border(tc, side, weight)


def _border(tc, side: str, weight: int) -> None:
    properties = tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        following = [
            qn(f"w:{t}") for t in ("shd", "noWrap", "tcMar", "textDirection", "tcFitText", "vAlign", "hideMark")
        ]
        place = next((i for i, child in enumerate(properties) if child.tag in following), len(properties))
        properties.insert(place, borders)
    rule = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", weight), ("space", 0), ("color", "000000")):
        rule.set(qn(f"w:{key}"), str(value))
    if side == "top":
        borders.insert(0, rule)
    else:
        borders.append(rule)


def _never_split(tr, repeat: bool) -> None:
    properties = tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))


def _describe(grid, table: Table) -> None:
    """The padding of the cells, and the title as the table's alternative text."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(PADDING.twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = grid._tbl.tblPr.find(qn("w:tblLook"))
    if look is not None:
        grid._tbl.tblPr.remove(look)
    grid._tbl.tblPr.append(margins)
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), table.title)
    grid._tbl.tblPr.append(caption)
