"""Every table in both languages, and from thin studies."""

import numpy as np
import pytest
from tests.publish import made_up

from analysis import publish
from analysis.publish import tables
from analysis.publish.render import csv, docx, html, latex
from analysis.publish.table import placed


def test_every_row_fills_its_columns(all_tables):
    for table in all_tables.values():
        for line in (*table.header, *table.rows):
            last, cell = placed(line)[-1]
            filled = last + cell.span
            assert filled == len(table.columns) or (line.kind == "group" and filled <= len(table.columns)), table.name


def test_both_languages_have_the_same_shape(all_tables):
    for name in publish.TABLES:
        english, chinese = all_tables[name, "en"], all_tables[name, "zh"]
        assert english.columns == chinese.columns
        assert len(english.rows) == len(chinese.rows)
        assert english.title != chinese.title


def test_an_unsupported_hypothesis_looks_like_a_supported_one(all_tables):
    rows = all_tables["hypotheses", "en"].rows
    assert [row.cells[-1].text for row in rows] == [
        "Supported", "Opposite sign", "Not supported", "Not supported", "Not testable",
    ]  # fmt: skip
    assert {(row.kind, row.indent) for row in rows} == {("data", 0)}
    assert {run.bold for row in rows for cell in row.cells for run in cell.runs} == {False}


def test_correlations(all_tables, tidy):
    first, second, _ = all_tables["correlations", "en"].rows
    pair = tidy["correlations"].iloc[0]
    assert first.cells[3].text == ".781"  # the square root of .61
    assert first.cells[3].runs[0].bold
    assert second.cells[3].text == f"{pair.r:.3f}".replace("0.", ".").replace("-", "−") + second.cells[3].stars
    assert first.cells[4].stars == ""


def test_the_difference_to_semopy_is_in_the_note(all_tables):
    note = "".join(run.text for run in all_tables["structural", "en"].notes[0])
    assert ".0002" in note


def test_stars_are_explained_where_they_stand(all_tables):
    for table in all_tables.values():
        explained = any(run.text.startswith("*") for run in table.notes[-1])
        assert explained == bool(table.starred()), table.name


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_synthetic_data_say_so(all_tables, language):
    for name in publish.TABLES:
        assert "SYNTHETIC" in "".join(run.text for run in all_tables[name, language].notes[0])


@pytest.mark.parametrize(
    "thin",
    [
        {"waves": 1, "synthetic": False, "controls": ""},
        {"skill_items": "b1", "skill": "An unusually long label of a construct, " * 5},
    ],
)
def test_thin_studies(tmp_path, thin):
    study = made_up.study(tmp_path, **thin)
    tidy = made_up.tidy(study)
    tidy["second_opinions"] = tidy["second_opinions"].iloc[:0]
    tidy["sample"] = tidy["sample"].iloc[:0]
    tidy["verdicts"] = tidy["verdicts"].assign(verdict="not testable", est=np.nan, std=np.nan)
    for language in publish.LANGUAGES:
        for name in publish.TABLES:
            table = tables.make(name, tidy, study, language)
            for render in (csv.render, docx.render, html.render, latex.render):
                text = render(table)
                assert b"nan" not in text.lower().replace(b"finance", b"") or render is docx.render
            assert ("SYNTHETIC" in str(table.notes)) == study.synthetic
