"""Exports of each platform, made here as the platforms make them, come out as answers without metadata."""

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey import readers

QUALTRICS = ["StartDate", "Status", "IPAddress", "Duration (in seconds)", "Finished", "RecipientEmail", "Q1", "Q2_1"]


def excel(rows: list[list], file="导出 一.xlsx") -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def table(rows: list[list], file="export.csv", encoding="utf-8") -> str:
    with open(file, "w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows(rows)
    return file


def qualtrics(rows: list[list], headings=QUALTRICS) -> str:
    texts = [f"text of {h}" for h in headings]
    ids = [json.dumps({"ImportId": h}) for h in headings]
    return table([headings, texts, ids, *rows])


def read(file: str, reader: str, **more) -> readers.Export:
    return readers.read(Wave(file=file, reader=reader, **more))


def refusal(file: str, reader: str) -> str:
    with pytest.raises(UserError) as caught:
        read(file, reader)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_wjx_matrix_headings_give_the_wording_of_each_item():
    headings = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
    headings += [
        "1、您的年龄",
        "9、您同意吗—1.我有压力 ",
        "9、2.时间不够",
        "１０．您住在哪里？",
        "11.心情——（好）",
        "12、去年—2024年—的收入",
    ]
    meta = [1, "2024/12/4 15:13:47", "245秒", "微信", "N/A", "1.2.3.4(北京-北京)", 60]
    export = read(excel([headings, [*meta, 34, "同意", "不同意", "东部", "一般", "高"]]), "wjx")
    assert list(export.wordings.values()) == [
        "您的年龄",
        "我有压力",
        "时间不够",
        "您住在哪里?",
        "心情——(好)",
        "去年—2024年—的收入",
    ]
    assert list(export.answers) == [h.strip() for h in headings[7:]]
    assert export.answers.loc[2].to_list() == [34, "同意", "不同意", "东部", "一般", "高"]
    assert export.duration[2] == 245


def test_wjx_does_without_any_of_its_metadata_columns_but_one():
    export = read(excel([["序号", "1、您的年龄"], [7, 34], [9, 41]]), "wjx")
    assert export.duration is None
    assert export.answers.index.to_list() == [2, 3]
    assert "序号 nor 提交答卷时间" in refusal(excel([["1、您的年龄"], [34]]), "wjx")


def test_qualtrics_marks_previews_and_unfinished_answers():
    rows = [
        ["2025-01-01", "IP Address", "1.2.3.4", "312", "True", "a@b.org", "Agree", "3"],
        ["2025-01-01", "Survey Preview", "1.2.3.5", "12", "True", "", "Agree", "3"],
        ["2025-01-01", "0", "1.2.3.6", "99", "False", "", "", "3"],
        ["2025-01-01", "1", "1.2.3.7", "", "1", "", "Agree", "3"],
        ["2025-01-01", "0", "1.2.3.8", "88", "0", "", "Agree", "3"],
    ]
    export = read(qualtrics(rows), "qualtrics")
    assert list(export.answers) == ["Q1", "Q2_1"]
    assert export.wordings == {"Q1": "text of Q1", "Q2_1": "text of Q2_1"}
    assert export.answers.index.to_list() == [4, 5, 6, 7, 8]
    assert export.dropped.to_list() == ["", "preview", "unfinished", "preview", "unfinished"]
    assert export.duration.to_list()[:3] == [312, 12, 99]
    assert pd.isna(export.duration[7])


def test_qualtrics_headings_may_have_spaces_around_them():
    export = read(qualtrics([["1", "2"]], headings=[" Q1 ", "Q2"]), "qualtrics")
    assert export.wordings["Q1"] == "text of  Q1 "


@pytest.mark.parametrize("rows", [[["Q1"], ["text"], ["3"]], [["Q1"], ["text"], []], [["Q1"]], []])
def test_a_qualtrics_export_without_import_ids_is_refused(rows):
    assert "no third heading row with ImportId" in refusal(table(rows), "qualtrics")


def spss(frame: pd.DataFrame, **about) -> str:
    pyreadstat.write_sav(frame, "wave 二.sav", **about)
    return "wave 二.sav"


def test_spss_labels_are_read_whatever_their_codes():
    frame = pd.DataFrame({"duration": [99.0, 120.0], "submitted": ["x", "y"], "st1": [1.0, 5.0], "age": [34.0, None]})
    labels = {"st1": {1.0: "非常同意", 5.0: "非常不同意"}}  # the codebook has them the other way round
    export = read(spss(frame, variable_value_labels=labels, column_labels=["", "", "我感到有压力。", ""]), "spss")
    assert list(export.answers) == ["st1", "age"]
    assert export.answers["st1"].to_list() == ["非常同意", "非常不同意"]
    assert export.wordings == {"st1": "我感到有压力。"}
    assert export.duration.to_list() == [99, 120]
    assert export.answers.index.to_list() == [1, 2]


def test_spss_codes_that_the_wave_states_as_missing_stay_codes():
    frame = pd.DataFrame({"st1": [1.0, -99.0]})
    file = spss(frame, variable_value_labels={"st1": {1.0: "同意", -99.0: "没有回答"}})
    assert read(file, "spss", missing=(-99,)).answers["st1"].to_list() == ["同意", -99]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_spreadsheets(encoding):
    export = read(table([["年龄", "心情"], ["34", "好"], ["41", "很好"]], "数据 一.csv", encoding), "csv")
    assert export.answers.to_dict("list") == {"年龄": ["34", "41"], "心情": ["好", "很好"]}


def test_csv_rows_keep_the_number_that_a_spreadsheet_shows():
    Path("export.csv").write_text('a,b\n1,"two\nlines"\n\n3,4\n', encoding="utf-8")
    export = read("export.csv", "csv")
    assert export.answers.index.to_list() == [2, 3, 4]
    assert export.answers.loc[3].to_list() == ["", ""]


def test_empty_last_columns_are_dropped():
    Path("export.csv").write_text("a,b,,\n1,,,\n2,3\n", encoding="utf-8")
    assert read("export.csv", "csv").answers.to_dict("list") == {"a": ["1", "2"], "b": ["", "3"]}


def test_a_row_that_is_too_short_is_not_taken_for_missing_answers():
    Path("export.csv").write_text("a,b,c\n1,2,3\n4,5", encoding="utf-8")
    assert "export.csv, row 3: 2 cells for 3 headings" in refusal("export.csv", "csv")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_seen_in_the_headings(mark):
    rows = [["a", '"b, c; d"'], ["1", '"2, 3"']]
    Path("export.csv").write_text("\n".join(mark.join(row) for row in rows), encoding="utf-8")
    assert read("export.csv", "csv").answers.to_dict("list") == {"a": ["1"], "b, c; d": ["2, 3"]}


def test_excel_keeps_answers_that_look_like_missing_ones():
    export = read(excel([["a", "b"], ["None", "NA"], [None, 3], [2.5, "null"]]), "excel")
    assert export.answers.to_dict("list") == {"a": ["None", "", 2.5], "b": ["NA", 3, "null"]}


def test_excel_keeps_blank_rows_so_that_each_is_counted():
    assert read(excel([["a"], [1], [None], [3]]), "excel").answers.index.to_list() == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", 'export.csv: the heading "a" is there 2 times.'),
        ("a,b\n1,2,3\n", "export.csv, row 2: more cells than the 2 headings."),
        ("a,b\n", "export.csv holds no answers."),
        ("", "export.csv is empty."),
    ],
)
def test_a_csv_file_that_is_no_table_is_refused(text, message):
    Path("export.csv").write_text(text, encoding="utf-8")
    assert refusal("export.csv", "csv") == message


def test_a_file_of_another_kind_is_refused_in_one_line():
    Path("export.xlsx").write_text("no workbook", encoding="utf-8")
    for reader in ("wjx", "excel", "spss"):
        assert refusal("export.xlsx", reader).startswith(f"export.xlsx cannot be read by the reader {reader}:")
    Path("export.csv").write_bytes(b"a,b\n\xff\xff,1\n")
    assert "neither UTF-8 nor GB18030" in refusal("export.csv", "csv")


def recognised(file: str) -> str:
    return readers.recognise(file).reader


def test_the_reader_is_recognised_by_the_content():
    assert recognised(excel([["序号", "1、您的年龄"], [7, 34]])) == "wjx"
    assert recognised(excel([["age"], [34]])) == "excel"
    assert recognised(qualtrics([["1"] * 8])) == "qualtrics"
    assert recognised(table([["age"], ["34"]])) == "csv"
    assert recognised(spss(pd.DataFrame({"age": [34.0]}))) == "spss"


def test_what_no_reader_can_read_is_said():
    Path("export.dta").write_text("", encoding="utf-8")
    with pytest.raises(
        UserError, match=r"export.dta: no reader for this kind of file\. Valid names are: .sav, .csv, .xlsx, .xls"
    ):
        recognised("export.dta")
    with pytest.raises(UserError, match=r"export.csv holds no answers\."):
        recognised(table([["age"]]))


def test_headings_are_compared_without_width_case_and_white_space():
    assert readers.plain("Ａge　 （years）\n") == readers.plain("AGE(YEARS)")
    assert readers.plain("⽬标") == readers.plain("目标")  # a look-alike radical
