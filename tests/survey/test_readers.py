"""Exports of each platform, made here as the platforms make them, come out as answers without metadata."""

import csv
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey import readers
from analysis.survey.readers import export as shape
from analysis.survey.readers import qualtrics as qualtrics_module
from analysis.survey.wording import last_parenthesis, without_number

QUALTRICS = ["StartDate", "Status", "IPAddress", "Duration (in seconds)", "Finished", "RecipientEmail", "Q1", "Q2_1"]
NAT = pd.NaT


def excel(rows: list[list], file="导出 一.xlsx", **more: list[list]) -> str:
    book = openpyxl.Workbook()
    for name, cells in {book.active.title: rows, **more}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(file)
    return file


def table(rows: list[list], file="export.csv", encoding="utf-8", **how) -> str:
    with open(file, "w", newline="", encoding=encoding) as stream:
        csv.writer(stream, **how).writerows(rows)
    return file


def qualtrics(rows: list[list], headings=QUALTRICS, texts=None) -> str:
    texts = texts or [f"text of {h}" for h in headings]
    ids = [json.dumps({"ImportId": h}) for h in headings]
    return table([headings, texts, ids, *rows])


def read(file: str, reader: str, **more) -> readers.Export:
    return readers.read(Wave(file=file, reader=reader, **more))


def refusal(file: str, reader: str, **more) -> str:
    with pytest.raises(UserError) as caught:
        read(file, reader, **more)
    return str(caught.value)


def recognised(file: str) -> str:
    return readers.recognise(file).reader


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# 问卷星

WJX = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]


def wjx(headings: list, *rows: list) -> str:
    """Rows of answers under their headings, each with all metadata."""
    meta = [1, "2024/12/4 15:13:47", "245秒", "微信", "N/A", "1.2.3.4(北京-北京)", 60]
    return excel([WJX + headings, *(meta + list(row) for row in rows)])


def test_wjx_matrix_headings_give_the_wording_of_each_item():
    headings = [
        "1、您的年龄",
        "9、您同意吗—1.我有压力 ",
        "9、2.时间不够",
        "１０．您住在哪里？",
        "11.心情——（好）",
        "12、去年—2024年—的收入",
        "13、3.5折以下的商品多吗【单选题】",
        "1.1 我很放松",
    ]
    export = read(wjx(headings, [34, "同意", "不同意", "东部", "一般", "高", "多", "是"]), "wjx")
    assert list(export.wordings.values()) == [
        "您的年龄",
        "我有压力",
        "时间不够",
        "您住在哪里?",
        "心情——(好)",
        "去年—2024年—的收入",
        "3.5折以下的商品多吗",
        "我很放松",
    ]
    assert list(export.answers) == [h.strip() for h in headings]
    assert export.answers.loc[2].to_list() == [34, "同意", "不同意", "东部", "一般", "高", "多", "是"]


def test_wjx_metadata_become_visits_and_counts():
    export = read(wjx(["1、您的年龄"], [34], [41]), "wjx")
    assert export.visits.loc[2].to_dict() == {
        "submitted": pd.Timestamp("2024-12-04 15:13:47"),
        "seconds": 245,
        "address": "1.2.3.4",
    }
    assert export.private == {"network address": (1, 2)}


def test_wjx_does_without_any_of_its_metadata_columns_but_one():
    export = read(excel([["序号", "1、您的年龄"], [7, 34], [9, 41]]), "wjx")
    assert export.visits.shape == (2, 0)
    assert export.answers.index.to_list() == [2, 3]
    assert "has not the headings of an export of 问卷星" in refusal(excel([["1、您的年龄"], [34]]), "wjx")


def test_wjx_texts_of_several_options_and_of_ranks():
    export = read(wjx(["6、爱好", "7、排序"], ["运动┋影视", "A→B"], ["运动", "B→A"]), "wjx")
    assert export.multiple == {"6、爱好"}
    assert export.answers.loc[2].to_list() == ["运动┋影视", "A→B"]


def test_wjx_text_filled_in_behind_an_option_is_left_behind():
    export = read(wjx(["6、爱好", "7、平台"], ["运动┋其他〖钓鱼〗", "其他〖某宝"], ["其他〖唱 歌〗", "甲"]), "wjx")
    assert export.answers.to_numpy().tolist() == [["运动┋其他", "其他"], ["其他", "甲"]]
    assert export.private["free text"] == (2, 3)


def test_wjx_option_columns_of_the_old_and_the_new_code_export():
    headings = [
        "第6题(运动)",
        "第6题(ACG文化(动漫、游戏等))",
        "8、常用平台（可多选）【多选题】(甲)",
        "8、(乙)",
        "8、(丙)",
    ]
    rows = [[1, 1, 0, 1, 1], [0, 0, -3, -3, -3], ["", "", "1", "0", 0]]
    export = read(wjx(headings, *rows), "wjx")
    assert list(export.answers) == ["第6题", "8、常用平台（可多选）"]
    assert export.multiple == set(export.answers)
    assert export.answers.to_numpy().tolist() == [["运动┋ACG文化(动漫、游戏等)", "乙┋丙"], ["┋", ""], ["", "甲"]]
    assert export.wordings["8、常用平台（可多选）"] == "常用平台(可多选)"


def test_wjx_codes_of_a_matrix_and_of_ranks_stay_columns():
    headings = ["第9题(我有压力)", "第9题(时间不够)", "9、收入(元)"]
    export = read(wjx(headings, [1, 5, 100], [2, 1, 0]), "wjx")
    assert list(export.answers) == headings
    assert export.wordings == {"第9题(我有压力)": "我有压力", "第9题(时间不够)": "时间不够", "9、收入(元)": "收入(元)"}


def test_an_option_column_the_study_renames_is_left_as_it_is():
    headings = ["第6题(运动)", "第6题(阅读)", "第6题(影视)"]
    file = wjx(headings, [1, 0, 1])
    export = read(file, "wjx", rename={"第6题(运动)": "sport"})
    assert list(export.answers) == ["第6题(运动)", "第6题"]


def test_an_option_neither_ticked_nor_not_is_named_by_its_place_and_not_shown():
    message = refusal(wjx(["8、爱好【多选题】(A)", "8、(B)"], [1, 0], [1, "13800000000"]), "wjx")
    assert message == '导出 一.xlsx, row 3, column "8、(B)": neither ticked (1) nor not ticked (0).'


# 腾讯问卷, 问卷网

TENCENT = ["编号", "开始答题时间", "结束答题时间", "答题时长", "地理位置省", "用户标识", "昵称"]


def test_tencent():
    meta = [["1", "2024/5/1 10:00:00", "2024/5/1 10:03:20", "3分20秒", "浙江", "u1", "小王"], ["2", *[""] * 6]]
    headings = ["1.您的年龄", "2.您同意吗:我有压力", "2.您同意吗:时间不够", "3.爱好:运动", "3.爱好:阅读"]
    rows = [[*meta[0], "34", "同意", "不同意", "1", "1"], [*meta[1], "41", "同意", "", "0", "0"]]
    file = table([TENCENT + headings, *rows])
    export = read(file, recognised(file))
    assert recognised(file) == "tencent"
    assert list(export.answers) == [*headings[:3], "3.爱好"]
    assert export.answers["3.爱好"].to_list() == ["运动┋阅读", "┋"]
    assert export.wordings == dict(zip(export.answers, ["您的年龄", "我有压力", "时间不够", "爱好"], strict=True))
    assert export.visits["seconds"][2] == 200
    assert export.visits["started"].to_list() == [pd.Timestamp("2024-05-01 10:00"), NAT]
    assert export.private == {"place": (1, 1), "identifier": (1, 1), "name": (1, 1)}


def test_wenjuan_texts_and_codes():
    readable = [["序号", "开始时间", "答题时长", "IP", "省份", "Q1.您的年龄"], ["1", "", "65", "1.2.3.4", "浙江", "34"]]
    file = table(readable, "All_Data_Readable.csv", "gb18030")
    export = read(file, recognised(file))
    assert (recognised(file), list(export.answers), export.visits["seconds"][2]) == ("wenjuan", ["Q1.您的年龄"], 65)
    assert export.wordings == {"Q1.您的年龄": "您的年龄"}
    assert export.private == {"network address": (1, 1), "place": (1, 1)}
    heads = ["start", "finish", "Q1", "Q2_A1", "Q2_A2", "Q3_R1", "Q3_R2"]
    times = ["2024-05-01 10:00:00.0", "2024-05-01 10:04:05.0"]
    file = table([heads, [*times, "3", "0", "1", "1", "5"], [*times, "2", "1", "1", "2", "0"]], "All_Data_Original.csv")
    export = read(file, recognised(file))
    assert export.answers.to_numpy().tolist() == [["3", "2", "1", "5"], ["2", "1┋2", "2", "0"]]
    assert (list(export.answers), export.multiple) == (["Q1", "Q2", "Q3_R1", "Q3_R2"], {"Q2"})
    assert export.visits["seconds"].to_list() == [245, 245]


def test_the_codebook_of_wenjuan_is_no_export():
    file = table([["Q1", "您的性别", "单选题"], ["", "1", "男"], ["", "2", "女"]], "code.csv", "gb18030")
    assert recognised_refusal(file) == refusal(file, "wenjuan")
    assert "list of answer codes of 问卷网" in refusal(file, "wenjuan")


def recognised_refusal(file: str) -> str:
    with pytest.raises(UserError) as caught:
        readers.recognise(file)
    return str(caught.value)


# Qualtrics


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
    assert export.visits["status"].to_list() == ["", "preview", "unfinished", "preview", "unfinished"]
    assert export.visits["seconds"].to_list()[:3] == [312, 12, 99]
    assert pd.isna(export.visits["seconds"][7])
    assert export.private == {"network address": (1, 5), "e-mail": (1, 1)}


@pytest.mark.parametrize(
    ("written", "status"),
    [("0", ""), (1, "preview"), ("2", "test"), ("4", ""), ("8", "spam"), ("9", "preview"), ("12", "spam"), ("16", "")]
    + [("17", "preview"), ("Imported", ""), ("Survey Test", "test"), ("Spam", "spam"), ("IP Address", ""), ("", "")],
)
def test_qualtrics_status_by_number_and_by_word(written, status):
    assert qualtrics_module.status_of(written) == status


def test_qualtrics_of_old_has_two_heading_rows():
    names = ["V1", "V2", "V3", "V6", "V7", "V8", "V10", "Q1", "Q2", "LocationLatitude", ""]
    texts = [
        "ResponseID",
        "ResponseSet",
        "Name",
        "IPAddress",
        "Status",
        "StartDate",
        "Finished",
        "Age?",
        "Mood?",
        "",
        "",
    ]
    row = ["R_1", "Default", "Wang", "1.2.3.4", "0", "2017-07-18 08:28:09", "0", "34", "good", "47.1", ""]
    file = table([names, texts, row], encoding="utf-8-sig")
    export = read(file, recognised(file))
    assert export.answers.to_dict("index") == {3: {"Q1": "34", "Q2": "good"}}
    assert export.wordings == {"Q1": "Age?", "Q2": "Mood?"}
    assert export.visits["status"].to_list() == ["unfinished"]
    assert export.private == {"identifier": (1, 1), "name": (1, 1), "network address": (1, 1), "place": (1, 1)}


def test_qualtrics_options_in_columns_or_in_one_and_free_text():
    heads = ["Q5_1", "Q5_2", "Q5_2_TEXT", "Q6", "Q7", "Q8_1", "Q8_2", "Q9", "Q9 - Topics"]
    texts = ["Use? - Selected Choice - Mail", "Use? - Selected Choice - Other", "Use? - Other - Text", "Say", "Which?"]
    texts += ["How far? - I rest", "How far? - I work", "Why?", "Why - Topics"]
    rows = [
        ["Mail", "Other", "my secret", "Yes, sir", "1,3", "1", "2", "Because, well", "x"],
        ["", "", "", "No", "3", "1", "1", "None, really", ""],
        ["Mail", "", "", "Yes, sir", "1", "5", "", "", ""],
    ]
    export = read(qualtrics(rows, heads, texts), "qualtrics")
    assert list(export.answers) == ["Q5", "Q6", "Q7", "Q8_1", "Q8_2", "Q9"]
    assert export.multiple == {"Q5"}
    assert export.answers["Q5"].to_list() == ["Mail┋Other", "", "Mail"]
    assert export.answers["Q7"].to_list() == ["1,3", "3", "1"]  # one label or two options: the codebook tells
    assert (export.wordings["Q5"], export.wordings["Q8_2"]) == ("Use?", "I work")
    assert export.private["free text"] == (2, 2)
    kept = read(qualtrics(rows, heads, texts), "qualtrics", rename={"Q5_2_TEXT": "other"})
    assert kept.answers["Q5_2_TEXT"].to_list() == ["my secret", "", ""]


def test_qualtrics_headings_may_have_spaces_around_them():
    export = read(qualtrics([["1", "2"]], headings=[" Q1 ", "Q2"]), "qualtrics")
    assert export.wordings["Q1"] == "text of  Q1 "


@pytest.mark.parametrize("rows", [[["Q1"], ["text"], ["3"]], [["Q1"], ["text"], []], [["Q1"]]])
def test_a_qualtrics_export_without_import_ids_is_refused(rows):
    assert "has not the headings of an export of Qualtrics. It may be one for excel or csv." in refusal(
        table(rows), "qualtrics"
    )


# LimeSurvey


def test_limesurvey_with_full_texts():
    heads = ["Response ID", "Date submitted", "Last page", "Seed", "IP address", "Total time", "Group time: One"]
    heads += ["How far do\nyou agree? [I rest]", "How far do\nyou agree? [I work]", "Sex", "Sex", "Sex [Other]"]
    heads += ["Tools [Mail]", "Tools [Chat]"]
    rows = [
        ["1", "2021-09-24 11:39:34", "4", "1", "1.2.3.4", "339.28", "3", "5", "N/A", "-oth-", "a", "x y", "Yes", "No"],
        ["2", "", "1", "1", "", "", "", "4", "1", "M", "", "", "", ""],
    ]
    file = table([heads, *rows], encoding="utf-8-sig")
    export = read(file, recognised(file))
    assert recognised(file) == "limesurvey"
    assert list(export.answers) == [heads[7], heads[8], "Sex", "Sex (2)", "Tools"]
    assert export.answers.loc[2].to_list() == ["5", "", "-oth-", "a", "Mail"]
    assert (export.multiple, export.wordings[heads[8]]) == ({"Tools"}, "I work")
    assert export.visits["status"].to_list() == ["", "unfinished"]
    assert export.visits["seconds"][2] == 339.28
    assert export.private == {"network address": (1, 1), "free text": (1, 1)}


@pytest.mark.parametrize(
    "heads",
    [
        ["st1. I rest", "G2[SQ001]. How far? [I work]", "G2[SQ002]. How far? [I wait]"],
        ["st1 [I rest]", "G2_SQ001 [I work]", "G2_SQ002 [I wait]"],
    ],
)
def test_limesurvey_with_code_and_text(heads):
    file = table([["id", "submitdate", "lastpage", *heads], ["1", "1980-01-01 00:00:00", "2", "1", "2", "3"]])
    export = read(file, recognised(file))
    assert list(export.answers)[0] == "st1"
    assert list(export.wordings.values()) == ["I rest", "I work", "I wait"]


def test_limesurvey_with_codes():
    heads = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp", "ipaddr", "token"]
    meta = ["3", "2024-05-01 10:04:05", "2", "en", "1", "2024-05-01 10:00:00", "2024-05-01 10:04:05", "1.2.3.4", "abc"]
    file = table([[*heads, "Q1", "Q2[SQ001]", "Q2[SQ002]", "Q3[SQ001]"], [*meta, "A1", "Y", "Y", "4"]])
    export = read(file, recognised(file))
    assert export.answers.to_dict("list") == {"Q1": ["A1"], "Q2": ["SQ001┋SQ002"], "Q3[SQ001]": ["4"]}
    assert export.visits["seconds"][2] == 245
    assert export.private["identifier"] == (1, 1)


# SPSS and Stata


def spss(frame: pd.DataFrame, file="wave 二.sav", **about) -> str:
    pyreadstat.write_sav(frame, file, **about)
    return file


def test_spss_labels_are_read_whatever_their_codes():
    frame = pd.DataFrame({"duration": [99.0, 120.0], "submitted": ["x", "y"], "st1": [1.0, 5.0], "age": [34.0, None]})
    labels = {"st1": {1.0: "非常同意", 5.0: "非常不同意"}}  # the codebook has them the other way round
    file = spss(frame, variable_value_labels=labels, column_labels=["", "", "我感到有压力。", ""])
    export = read(file, recognised(file))
    assert recognised(file) == "spss"
    assert list(export.answers) == ["st1", "age"]
    assert export.answers["st1"].to_list() == ["非常同意", "非常不同意"]
    assert (export.labels, export.wordings) == (labels, {"st1": "我感到有压力。"})
    assert export.visits["seconds"].to_list() == [99, 120]
    assert export.answers.index.to_list() == [1, 2]


def test_spss_codes_that_the_wave_states_as_missing_stay_codes():
    frame = pd.DataFrame({"st1": [1.0, -99.0]})
    file = spss(frame, variable_value_labels={"st1": {1.0: "同意", -99.0: "没有回答"}})
    assert read(file, "spss", missing=(-99,)).answers["st1"].to_list() == ["同意", -99]


def test_spss_declared_missing_codes_and_ranges_are_empty():
    frame = pd.DataFrame({"a": [1.0, 9.0, 97.0, 5.0], "b": ["x", "NA", "y", "z"]})
    file = spss(frame, "wave.zsav", compress=True, missing_ranges={"a": [9, {"lo": 90, "hi": 99}], "b": ["NA"]})
    export = read(file, recognised(file))
    assert export.answers["a"].isna().to_list() == [False, True, True, False]
    assert [b for b in export.answers["b"].fillna("") if b] == ["x", "y", "z"]


def test_spss_codes_that_share_a_label_stay_codes():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    file = spss(frame, variable_value_labels={"a": {1.0: "Yes", 2.0: "yes ", 3.0: "No"}})
    assert read(file, "spss").answers["a"].to_list() == [1, 2, "No"]


def test_stata_labels_and_missing_values():
    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": ["x", "", "z"]})
    pyreadstat.write_dta(frame, "w.dta", variable_value_labels={"a": {1: "Yes", 2: "No"}}, column_labels=["Q a", "Q b"])
    export = read("w.dta", recognised("w.dta"))
    assert recognised("w.dta") == "stata"
    assert export.answers["a"].to_list()[:2] == ["Yes", "No"]
    assert pd.isna(export.answers["a"][3])
    assert export.wordings == {"a": "Q a", "b": "Q b"}
    pyreadstat.write_dta(pd.DataFrame({"a": [1.0, "a"]}, dtype=object), "m.dta", missing_user_values={"a": ["a"]})
    assert read("m.dta", "stata").answers["a"].isna().to_list() == [False, True]


# Kobo, REDCap, Google Forms


def test_kobo():
    heads = ["start", "end", "g/age", "g/tools", "g/tools/mail", "g/tools/chat", "_where_latitude", "where"]
    heads += ["_id", "_uuid", "_submission_time", "_index", "username"]
    start, end = "2024-05-01T10:00:00.000+03:00", "2024-05-01T10:04:05.500+03:00"
    tail = ["1", "u-1", "2024-05-01T07:05:00", "1", "kim"]
    rows = [
        [start, end, "34", "mail chat", "1", "1", "47.1", "47.1 8 0 0", *tail],
        ["", "", "", "", "0", "0", *[""] * 7],
    ]
    file = table([heads, *rows], delimiter=";")
    export = read(file, recognised(file))
    assert recognised(file) == "kobo"
    assert export.answers.to_numpy().tolist() == [["34", "mail┋chat"], ["", "┋"]]
    assert (export.multiple, export.wordings) == ({"g/tools"}, {"g/age": "age", "g/tools": "tools"})
    assert export.visits["started"][2] == pd.Timestamp("2024-05-01 10:00")
    assert export.visits["seconds"][2] == 245.5
    assert export.private == {"identifier": (2, 2), "place": (2, 2), "name": (1, 1)}
    rows[0][4:6] = ["0", "0"]
    assert "none of its options is ticked" in refusal(table([heads, *rows]), "kobo")


def test_the_repeats_of_kobo_are_said():
    main, repeat = [["age", "_id", "_index"], [34, 1, 1]], [["child", "_id", "_index", "_parent_index"], [3, 5, 1, 1]]
    file = excel(main, kids=repeat)
    assert 'several sheets with content: "Sheet" (2 rows), "kids" (2 rows)' in refusal(file, "kobo")
    assert read(file, "kobo", sheet="Sheet").answers.to_dict("list") == {"age": [34]}
    assert "rows of a repeated group" in refusal(file, "kobo", sheet="kids")


def test_redcap():
    heads = ["record_id", "redcap_event_name", "redcap_survey_identifier", "s_timestamp", "age"]
    heads += ["tools___1", "tools___2", "s_complete"]
    rows = [
        ["1", "w1", "a@b.org", "2024-05-01 10:00:00", "34", "1", "1", "2"],
        ["2", "w1", "", "[not completed]", "", "0", "0", "0"],
    ]
    file = table([heads, *rows])
    export = read(file, recognised(file))
    assert recognised(file) == "redcap"
    assert export.answers.to_dict("list") == {"age": ["34", ""], "tools": ["1┋2", "┋"]}
    assert export.visits["status"].to_list() == ["", "unfinished"]
    assert export.visits["submitted"].to_list() == [pd.Timestamp("2024-05-01 10:00"), NAT]
    assert export.private == {"identifier": (2, 3)}
    rows[1][1] = "w2"
    assert "2 events (w1, w2)" in refusal(table([heads, *rows]), "redcap")


def test_redcap_with_labels():
    heads = ["Record ID", "Tools? (choice=Mail, and so)", "Tools? (choice=Chat)", "Complete?"]
    file = table([heads, ["1", "Checked", "Unchecked", "Complete"], ["2", "Checked", "Checked", "Incomplete"]])
    export = read(file, recognised(file))
    assert export.answers.to_dict("list") == {"Tools?": ["Mail, and so", "Mail, and so┋Chat"]}
    assert export.visits["status"].to_list() == ["", "unfinished"]


def test_google_forms():
    heads = ["时间戳记", "电子邮件地址", "How far? [I rest]", "How far? [I work]", "Tools", "Say"]
    rows = [
        ["2024/5/1 下午 3:12:05 [GMT+8]", "a@b.org", "5", "4", "Mail, Chat", "Well, no"],
        ["2024/5/1 上午 9:02:05 [GMT+8]", "", "4", "4", "Mail", "Not, yet"],
        ["2024/5/2 上午 9:02:05 [GMT+8]", "", "1", "4", "Chat", ""],
    ]
    file = table([heads, *rows])
    export = read(file, recognised(file))
    assert recognised(file) == "google"
    assert export.wordings == {"How far? [I rest]": "I rest", "How far? [I work]": "I work"}
    assert export.answers["Tools"].to_list() == ["Mail, Chat", "Mail", "Chat"]  # left to the codebook
    assert export.visits["submitted"].to_list()[:2] == [
        pd.Timestamp("2024-05-01 15:12:05"),
        pd.Timestamp("2024-05-01 9:02:05"),
    ]
    assert export.private == {"e-mail": (1, 1)}


# What all share


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("245秒", 245), ("4分5秒", 245), ("1时2分3秒", 3723), ("1小时2分", 3720), ("３分２０秒", 200), ("00:04:05", 245)]
    + [(245, 245), ("245.5", 245.5), ("1天", 86400), ("2 min 3 s", 123), (pd.Timedelta(seconds=9).to_pytimedelta(), 9)],
)
def test_durations_as_they_are_written(written, seconds):
    assert shape.seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "soon", "-5", "1e400", "9" * 400, "nan", None, "秒"])
def test_what_is_no_duration_is_unknown(written):
    assert np.isnan(shape.seconds_of(written))


def test_times_are_read_in_the_one_way_that_fits_the_column():
    cells = pd.Series(["13/02/2024 10:00:00", "03/04/2024 11:00:00", "soon", ""], dtype=object)
    times, unsure = shape.moments({"when": cells})
    assert unsure == ""
    assert times["when"].to_list() == [
        pd.Timestamp("2024-02-13 10:00"),
        pd.Timestamp("2024-04-03 11:00"),
        NAT,
        NAT,
    ]


@pytest.mark.parametrize(
    ("cell", "address"),
    [("1.2.3.4(北京-北京)", "1.2.3.4"), ("2001:DB8::1", "2001:db8::1"), ("*******", ""), ("", ""), ("1.2.3", "")],
)
def test_only_a_whole_network_address_is_one(cell, address):
    assert shape.address_of(cell) == address


def test_days_and_months_that_cannot_be_told_apart_are_read_as_the_shorter_survey_and_said():
    meta = ["序号", "提交答卷时间", "开始答卷时间"]
    times = [["05/02/2024 10:00:00", "05/02/2024 9:00:00"], ["06/02/2024 10:00:00", "06/02/2024 9:00:00"]]
    file = excel([[*meta, "1、年龄"], *([n, *when, 34] for n, when in enumerate(times)), [3, "soon", "[none]", 40]])
    export = read(file, "wjx")
    assert export.visits["submitted"].to_list() == [
        pd.Timestamp("2024-02-05 10:00"),
        pd.Timestamp("2024-02-06 10"),
        NAT,
    ]
    assert export.visits["seconds"].to_list()[:2] == [3600, 3600]
    ambiguous, unread = export.notes
    assert ambiguous.startswith(
        '导出 一.xlsx: the times in "提交答卷时间" and "开始答卷时间" do not tell day from month.'
    )
    assert "read as day before month" in ambiguous
    assert unread == (
        '导出 一.xlsx, column "提交答卷时间": 1 cells hold no time that can be read, the first of them in row 4; '
        "they count as unknown."
    )
    cells = pd.Series(["10/01/2024 10:00", "10/02/2024 10:00"], dtype=object)
    assert shape.moments({"when": cells})[0]["when"].to_list() == [
        pd.Timestamp("2024-10-01 10:00"),
        pd.Timestamp("2024-10-02 10:00"),
    ]


def test_a_column_of_a_statistics_program_is_the_platforms_only_beside_its_other_columns():
    frame = pd.DataFrame({"status": [1.0, 2.0], "duration": [3.0, 4.0], "name": ["x", "y"], "st1": [1.0, 2.0]})
    assert list(read(spss(frame), "spss").answers) == list(frame)
    more = frame.assign(StartDate="2024-05-01", EndDate="2024-05-02", Finished=1.0)
    export = read(spss(more), "spss")
    assert list(export.answers) == ["duration", "st1"]
    assert export.apart["status"] == ""
    assert list(read(spss(more), "spss", rename={"status": "status"}).answers) == ["status", "duration", "st1"]


def test_a_label_with_a_comma_is_one_answer():
    rows = [["Agree, slightly"], ["Agree"], ["slightly"], ["Agree, slightly"]]
    export = read(qualtrics(rows, ["Q1"], ["How far?"]), "qualtrics")
    assert (export.multiple, export.answers["Q1"].to_list()) == (frozenset(), [row[0] for row in rows])


def test_nothing_ticked_is_told_from_no_answer():
    table = pd.DataFrame({"a": ["0", "-3", "", "1"], "b": ["0", "-3", "(跳过)", "0"]}, index=[2, 3, 4, 5], dtype=object)
    joined = shape.join_options(table, {"a": "A", "b": "B"}, "Q", Wave(file="w.csv", reader="csv"))
    assert joined["Q"].to_list() == ["┋", "", "", "A"]
    table = pd.DataFrame({"a": ["None", ""]}, dtype=object)  # an option may be called None
    assert shape.join_options(table, {"a": "None"}, "Q", Wave(file="w", reader="csv"))["Q"].to_list() == ["None", ""]


def test_personal_columns_that_nobody_filled_in_are_not_counted():
    export = read(excel([["序号", "微信昵称", "来自IP", "1、年龄"], [1, "(跳过)", "1.2.3.4", 34]]), "wjx")
    assert export.private == {"network address": (1, 1)}


def test_no_message_shows_a_heading_that_is_somebodys_answer():
    Path("export.csv").write_text("13800138000,13800138000\n1,2\n", encoding="utf-8")
    assert refusal("export.csv", "csv") == 'export.csv: the heading "(hidden)" is there 2 times.'
    table = pd.DataFrame({"13800138000": ["maybe"]}, dtype=object)
    with pytest.raises(UserError) as caught:
        shape.join_options(table, {"13800138000": "A"}, "Q", Wave(file="w.csv", reader="csv"))
    assert str(caught.value) == 'w.csv, row 0, column "(hidden)": neither ticked (1) nor not ticked (0).'


def test_a_fault_of_the_program_is_no_fault_of_the_file(monkeypatch):
    def broken(*_):
        raise ValueError("王小明")

    monkeypatch.setitem(readers.READERS, "csv", broken)
    with pytest.raises(ValueError):
        read(table([["a"], ["1"]]), "csv")


def test_headings_are_compared_without_width_case_and_white_space():
    assert readers.plain("Ａge　 （years）\n\u200b") == readers.plain("AGE(YEARS)")
    assert readers.plain("⽬标，⻅⻓，⻢上，⻔⻚") == readers.plain("目标,见长,马上,门页")  # look-alike radicals


def test_the_parts_of_a_heading():
    assert last_parenthesis("8、平台（可多选）(ACG(动漫))") == ("8、平台（可多选）", "ACG(动漫)")
    assert last_parenthesis("8、（乙）") == ("8、", "乙")
    assert last_parenthesis("no)") is None
    assert [without_number(h) for h in ("9、a", "9. a", "9：a", "1.1 a", "2024年")] == [
        "a",
        "a",
        "a",
        "1.1 a",
        "2024年",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_of_spreadsheets(encoding):
    export = read(table([["年龄", "心情"], ["34", "好"], ["41", "很好"]], "数据 一.csv", encoding), "csv")
    assert export.answers.to_dict("list") == {"年龄": ["34", "41"], "心情": ["好", "很好"]}


def test_csv_rows_keep_the_number_that_a_spreadsheet_shows():
    Path("export.csv").write_text('a,b\n1,"two\nlines"\n\n3,4\n\n\n', encoding="utf-8")
    export = read("export.csv", "csv")
    assert export.answers.index.to_list() == [2, 3, 4]
    assert export.answers.loc[3].to_list() == ["", ""]


def test_empty_columns_without_heading_are_dropped():
    Path("export.csv").write_text("a,,b,,\n1,,,,\n2,,3\n", encoding="utf-8")
    assert read("export.csv", "csv").answers.to_dict("list") == {"a": ["1", "2"], "b": ["", "3"]}
    Path("export.csv").write_text("a,,b\n1,,\n2,x,3\n", encoding="utf-8")
    assert refusal("export.csv", "csv") == "export.csv, row 3: column B has content but no heading."


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
    assert read(excel([["a"], [1], [None], [3], [None]]), "excel").answers.index.to_list() == [2, 3, 4]


def test_the_sheet_with_the_answers():
    file = excel([["a"], [1]], notes=[["a"], [2]], empty=[])
    assert "notes" in refusal(file, "excel")
    assert "notes" in recognised_refusal(file)
    assert read(file, "excel", sheet="notes").answers["a"].to_list() == [2]
    assert 'has no sheet "note". Did you mean "notes"?' in refusal(file, "excel", sheet="note")
    assert read(excel([], answers=[["a"], [3]]), "excel").answers["a"].to_list() == [3]
    assert "is a text file and has no sheets" in refusal(table([["a"], ["1"]]), "csv", sheet="a")


def test_cells_that_hold_no_value_of_their_own_are_named():
    assert "cell B2: a formula without a value" in refusal(excel([["a", "b"], [1, "=1+1"]]), "excel")
    assert "cell A3: an error instead of a value" in refusal(excel([["a"], [1], ["#DIV/0!"]]), "excel")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", 'export.csv: the heading "a" is there 2 times.'),
        ("a,b\n1,2,3\n", "export.csv, row 2: more cells than the 2 headings."),
        ("a,b\n", "export.csv holds no answers."),
        ("", "export.csv is empty."),
        (",\n1,2\n", "export.csv has no headings in its first row."),
    ],
)
def test_a_csv_file_that_is_no_table_is_refused(text, message):
    Path("export.csv").write_text(text, encoding="utf-8")
    assert refusal("export.csv", "csv") == message


def test_the_content_decides_and_not_the_ending():
    table([["a", "b"], ["1", "2"]], "export.xls")
    assert (recognised("export.xls"), read("export.xls", "excel").answers.shape) == ("csv", (1, 2))
    Path("page.xls").write_text("<html><table><tr><td>a</td></tr></table></html>", encoding="utf-8")
    assert "is a web page" in refusal("page.xls", "excel")
    Path("export.sav").write_text("no SPSS", encoding="utf-8")
    assert "is not an SPSS file (.sav)" in refusal("export.sav", "spss")
    Path("export.csv").write_bytes(b"a,b\n\xff\xff,1\n")
    assert "neither UTF-8 nor GB18030" in refusal("export.csv", "csv")


def test_a_folder_and_a_file_that_is_not_there():
    Path("folder.csv").mkdir()
    assert refusal("folder.csv", "csv") == recognised_refusal("folder.csv") == "folder.csv is a folder, not a file."
    assert refusal("gone.sav", "spss") == "gone.sav does not exist. Paths are relative to the working directory."


def test_what_is_of_no_platform_is_a_plain_table():
    assert recognised(excel([["序号", "1、您的年龄"], [7, 34]])) == "wjx"
    assert recognised(excel([["age"], [34]])) == "excel"
    assert recognised(qualtrics([["1"] * 8])) == "qualtrics"
    assert recognised(table([["age"], ["34"]])) == "csv"


def test_an_export_for_another_reader_is_told_by_name():
    file = table([TENCENT, ["1", *[""] * 6]])
    assert refusal(file, "wjx").endswith(
        "has not the headings of an export of 问卷星. It may be one for reader: tencent."
    )


def test_a_file_without_answers_has_none_to_add():
    assert recognised_refusal(table([["age"]])) == "export.csv holds no answers."


def test_unreadable_times_are_counted_and_shown_where_harmless():
    heads = ["序号", "提交答卷时间", "所用时间", "1、您好吗"]
    file = table([heads, ["1", "2024/1/2 10:00:00", "7?5", "1"], ["2", "王小明", "90秒", "2"]])
    notes = "\n".join(read(file, "wjx").notes)
    assert '1 cells hold no duration that can be read, the first of them in row 2 ("7?5")' in notes
    assert "王小明" not in notes
    file = table([heads, ["1", "2024/1/2 10:00:00", "x", "1"], ["2", "2024/1/2 11:00:00", "y", "2"]])
    assert "none of the 2 filled cells holds a duration that can be read" in "\n".join(read(file, "wjx").notes)


def test_a_document_is_no_table(tmp_path):
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF-1.7\n")
    with pytest.raises(UserError, match=r"is a document or a picture, no table\. Export the answers as text"):
        readers.recognise(file)


def test_a_cut_spss_file_is_told_in_whole_sentences(tmp_path):
    whole = Path(__file__).parents[2] / "data/raw/sme-digitalisation/wave_2024.sav"
    (tmp_path / "cut.sav").write_bytes(whole.read_bytes()[:4000])
    with pytest.raises(UserError, match=r"unknown version: [^.]+\. Export it again\.$"):
        readers.recognise(tmp_path / "cut.sav")
