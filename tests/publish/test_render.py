"""The same table as CSV, Word, LaTeX and HTML."""

import csv as csv_reader
import io
import re

import pytest
from docx import Document
from docx.oxml.ns import qn

from analysis import publish
from analysis.publish import tables
from analysis.publish.render import csv, docx, html, latex
from analysis.publish.table import Table, cell, row


@pytest.fixture
def awkward() -> Table:
    """A table whose texts are full of what LaTeX and HTML take for commands."""
    return Table(
        name="awkward", number=1, language="en", title="50% of R&D_costs <#1>", columns=("text", "number"),
        header=(row(["A", "B"]),),
        rows=(row([r"[x] $5 {a} ~ ^ \ *", cell("−.12", "***")]),),
        notes=(cell("Note β").runs,),
    )  # fmt: skip


def rules(document) -> list[list[str]]:
    """The horizontal rules of each row of the first table, as side:eighths of a point."""
    found = []
    for tr in document.tables[0]._tbl.tr_lst:
        drawn = [b for b in tr.iter() if b.get(qn("w:sz")) and b.get(qn("w:val")) == "single"]
        found.append(sorted({f"{b.tag.split('}')[1]}:{b.get(qn('w:sz'))}" for b in drawn}))
    return found


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_word_has_three_rules_and_no_others(all_tables, language):
    document = Document(io.BytesIO(docx.render(all_tables["sample", language])))
    lines = rules(document)
    assert lines[0] == ["bottom:6", "top:12"]
    assert lines[-1] == ["bottom:12"]
    assert not any(lines[1:-1])
    assert not document.tables[0]._tbl.xpath(".//w:tblBorders")


def test_word_names_an_east_asian_font(all_tables):
    document = Document(io.BytesIO(docx.render(all_tables["sample", "zh"])))
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "SimSun"
    assert document.paragraphs[0].text == "表3\u3000样本特征"


def test_word_breaks_chinese_lines_at_chinese_signs_only(all_tables):
    """Letters and digits marked as Chinese would be broken anywhere."""
    language = (
        Document(io.BytesIO(docx.render(all_tables["sample", "zh"]))).styles["Normal"].element.rPr.find(qn("w:lang"))
    )
    assert (language.get(qn("w:val")), language.get(qn("w:eastAsia"))) == ("en-US", "zh-CN")


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_a_table_without_rows_is_its_title_and_a_sentence(study, tidy, language):
    table = tables.make("invariance", tidy | {"invariance": tidy["invariance"].iloc[:0]}, study, language)
    document = Document(io.BytesIO(docx.render(table)))
    assert not document.tables and table.title in "".join(p.text for p in document.paragraphs)
    assert len(csv.render(table).decode("utf-8-sig").splitlines()) == 1
    assert "<table" not in html.fragment(table) and table.title in html.fragment(table)
    assert r"\begin{tabular}" not in latex.render(table).decode()


def test_word_is_the_same_each_time(all_tables):
    chosen = [all_tables[name, "zh"] for name in publish.TABLES]
    assert docx.render(chosen) == docx.render(chosen)
    assert len(Document(io.BytesIO(docx.render(chosen))).tables) == len([t for t in chosen if t.rows])


def test_headings_break_before_the_words_at_the_left_do():
    """Numbers under long headings leave room: a table too wide for a page across gives its headings two lines."""
    heads = ["", *(f"clustered by category{i}" for i in range(9))]
    lines = [row(["Organisational resilience (OR)", *["0.026"] * 9], indent=1)]
    table = Table("wide", 1, "en", "Wide", ("text", *["number"] * 9), (row(heads),), tuple(lines), ())
    grid = Document(io.BytesIO(docx.render(table))).tables[0]
    widths = [column.width.cm for column in grid.columns]
    assert widths[0] > 4 and min(widths[1:]) > 1.5 and sum(widths) < 25.4


def test_latex_is_escaped(awkward):
    text = latex.render(awkward).decode()
    assert r"50\% of R\&D\_costs \ensuremath{<}\#1\ensuremath{>}" in text
    assert r"{[}x{]} \$5 \{a\} \textasciitilde{} \textasciicircum{} \textbackslash{} {*} & " in text
    assert r"\ensuremath{-}.12\rlap{{*}{*}{*}}" in text
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") == 1
    assert r"\ensuremath{\beta}" in text


def test_latex_leaves_no_sign_that_pdflatex_lacks(all_tables):
    for (_, language), table in all_tables.items():
        if language == "en":
            body = latex.render(table).decode()
            assert not {c for c in body if ord(c) > 0x17F}


def test_html_is_escaped_and_has_scopes(awkward):
    text = html.fragment(awkward)
    assert "50% of R&amp;D_costs &lt;#1&gt;" in text
    assert '<th scope="row"' in text and '<th scope="col"' in text and "<caption>" in text


def test_html_rows_fill_their_columns(all_tables):
    for table in all_tables.values():
        for line in re.findall(r"<tr.*?</tr>", html.fragment(table)):
            spans = [int(s) for s in re.findall(r'colspan="(\d+)"', line)]
            cells = len(re.findall(r"<t[hd]", line))
            assert cells - len(spans) + sum(spans) == len(table.columns), (table.name, line)


def test_csv_reads_back(all_tables):
    for table in all_tables.values():
        lines = list(csv_reader.reader(io.StringIO(csv.render(table).decode("utf-8-sig"))))
        assert {len(line) for line in lines} == {len(table.columns)}
        assert len(lines) == 1 + len(table.rows) + len(table.notes)
        assert lines[-1][0] and not any(lines[-1][1:])
        assert "−" not in str(lines)


def test_word_gives_capitals_the_room_they_need():
    wide, narrow = (
        Table("t", 1, "en", "t", ("text", "number"), (row(["", head]),), (row(["a", "1"]),), ())
        for head in ("SRMR", "1234")
    )
    assert docx._needed(wide)[1] > docx._needed(narrow)[1]
