"""Answers come out in the codes of the codebook; whatever it does not know is refused with its place and value."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.errors import UserError
from analysis.study import load
from analysis.survey import readers
from analysis.survey.coding import number
from analysis.survey.harmonise import Harmonised, harmonise, turn_round
from analysis.survey.readers import Export


def coded(wave="first") -> pd.DataFrame:
    study = load("study.yaml")
    return harmonise(readers.read(study.waves[wave]), study, wave).coded


def refusal(wave="first") -> str:
    with pytest.raises(UserError) as caught:
        coded(wave)
    return str(caught.value)


def test_codes_and_words_of_both_languages_mean_the_same(small):
    answers = coded("second")
    assert answers.loc[2].to_list() == [22, 3, 4, 4, 2, 3, 4, 4, 3, 3, 3, 2, 3, 2]
    assert answers.loc[3].to_list() == [63, 1, 4, 2, 4, 4, 3, 4, 3, 4, 4, 4, 3, 4]
    assert np.isnan(answers.loc[6, "st2"])
    assert set(answers.dtypes) == {np.dtype(float)}


def test_columns_are_known_by_name_or_wording_in_any_order(edit):
    expected = coded()
    text = Path("first.csv").read_text(encoding="utf-8")
    edit("age,region,st1", "how old are YOU?,您住在哪里?,ST1", "first.csv")
    pd.testing.assert_frame_equal(coded(), expected)
    table = pd.read_csv("first.csv", dtype=str)
    table[table.columns[::-1]].to_csv("first.csv", index=False)
    pd.testing.assert_frame_equal(coded(), expected)
    assert text != Path("first.csv").read_text(encoding="utf-8")


def test_a_renamed_column_is_found(edit):
    edit("age,region", "A1,region", "first.csv")
    edit("first.csv, reader: csv", "first.csv, reader: csv, rename: {A1: age}")
    assert coded()["age"].to_list() == [34, 28, 51, 45, 39]


def test_ignored_columns_are_not_looked_at(edit):
    edit("age,region", "age,x_1,[other],How old are you?,region", "first.csv")
    table = Path("first.csv").read_text(encoding="utf-8").splitlines()
    rows = [row.replace(",", ",a,b,c,", 1) for row in table[1:]]
    Path("first.csv").write_text("\n".join([table[0], *rows]), encoding="utf-8")
    edit("first.csv, reader: csv", 'first.csv, reader: csv, ignore: ["x_*", "[[]other]", "How*"]')
    assert list(coded()) == list(load("study.yaml").codebook)
    edit('"[[]other]"', '"[other]"')
    assert coded()["age"].to_list() == [34, 28, 51, 45, 39]


def test_codes_that_mean_no_answer_are_missing(edit):
    edit("34,1,4", "34,-99,-99.0", "first.csv")
    edit("first.csv, reader: csv", "first.csv, reader: csv, missing: [-99]")
    assert np.isnan(coded().loc[2, ["region", "st1"]].to_numpy(dtype=float)).all()


@pytest.mark.parametrize("cell", ["", " ", "NA", "nan", "None", "n/a"])
def test_what_programs_write_for_no_answer_is_missing(edit, cell):
    edit("34,1,4", f"34,1,{cell}", "first.csv")
    assert np.isnan(coded().loc[2, "st1"])


def test_an_answer_called_none_is_an_answer(edit):
    edit("1: {en: East,", '1: {en: "None",')
    edit("34,1,4", "34,None,4", "first.csv")
    assert coded().loc[2, "region"] == 1


def test_skip_codes_are_missing_in_wjx_exports_only(edit):
    edit("34,1,4", "34,-3,4", "first.csv")
    assert '"-3" is no answer to "region"' in refusal()
    text = Path("first.csv").read_text(encoding="utf-8").splitlines()
    rows = [row.split(",") for row in text]
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    frame.insert(0, "序号", range(1, 6))
    frame.to_excel("first.xlsx", index=False)
    edit("first.csv, reader: csv", "first.xlsx, reader: wjx")
    assert np.isnan(coded().loc[2, "region"])


def test_an_answer_outside_the_scale_is_refused_with_its_place_and_the_nearest_answer(edit):
    edit("28,2,2", "28,2,Agre", "first.csv")
    assert refusal() == (
        'first.csv, row 3, column "st1": "Agre" is no answer to "st1", which allows: 1 非常不同意 / Strongly disagree, '
        '2 不同意 / Disagree, 3 一般 / Neither, 4 同意 / Agree, 5 非常同意 / Strongly agree. Did you mean "Agree"? '
        'If it is one of these answers, say under the wave: recode: {agreement: {"Agre": CODE}}.'
    )


@pytest.mark.parametrize("value", ["6", "0", "2.5", "同"])
def test_no_other_code_passes(edit, value):
    edit("28,2,2", f"28,2,{value}", "first.csv")
    assert f'row 3, column "st1": "{value}" is no answer to "st1"' in refusal()


def test_rows_with_the_same_fault_are_counted(edit):
    edit("34,1,4", "34,1,9", "first.csv")
    edit("51,3,3", "51,3,9", "first.csv")
    assert 'first.csv, row 2 (and 1 more), column "st1": "9"' in refusal()


@pytest.mark.parametrize("value", ["17", "81"])
def test_a_number_out_of_its_range_is_refused(edit, value):
    edit("28,2,2", f"{value},2,2", "first.csv")
    place = 'first.csv, row 3, column "age"'
    assert refusal().startswith(f'{place}: "{value}" is no number between 18 and 80, as "age" needs.')


def test_the_limits_of_a_number_are_within_its_range(edit):
    edit("34,1,4", "18,1,4", "first.csv")
    edit("28,2,2", "80.0,2,2", "first.csv")
    assert coded()["age"].to_list()[:2] == [18, 80]


def test_an_unknown_column_is_refused_with_the_nearest_name(edit):
    edit("age,region", "age,regoin", "first.csv")
    found = refusal().splitlines()
    assert found[0].startswith('first.csv: the column "regoin" is in no row of the codebook. Did you mean "region"?')
    assert 'first.csv: no column holds "region" (您住在哪里？ / Where do you live?)' in found[1]
    assert "not_asked: [region]" in found[1]


def test_an_unknown_wording_is_refused_with_the_nearest_wording(edit):
    edit("age,region", "age,Where do you liv?", "first.csv")
    assert 'Did you mean "Where do you live?"?' in refusal()


def test_two_columns_for_one_variable_are_refused(edit):
    edit("age,region", "age,How old are you?", "first.csv")
    assert 'the columns "age" and "How old are you?" both hold "age".' in refusal()


def test_a_wording_that_two_variables_share_names_neither(edit):
    edit("My colleagues help me.,同事帮助我。", "My family helps me.,家人帮助我。", "codebook.csv")
    edit("ho1,ho2", "My family helps me.,ho2", "first.csv")
    assert 'the column "My family helps me." is in no row of the codebook' in refusal()


def test_a_name_wins_over_the_wording_of_another_variable(edit):
    edit("Where do you live?", "age", "codebook.csv")
    assert coded()["age"].to_list() == [34, 28, 51, 45, 39]


def test_what_was_not_asked_must_not_be_there(edit):
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [st1]")
    assert 'column "st1": the study says that "st1" was not asked, but here it is.' in refusal()


def test_what_was_not_asked_is_missing(edit):
    table = pd.read_csv("first.csv").drop(columns="st1")
    table.to_csv("first.csv", index=False)
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [st1]")
    assert coded()["st1"].isna().all()


def test_a_long_list_of_faults_is_cut(edit):
    table = pd.read_csv("first.csv", dtype=str)
    table["st1"] = [f"answer {i}" for i in range(5)]
    table["st2"] = [f"answer {i}" for i in range(5)]
    table["age"] = [str(i) for i in range(5)]
    table.to_csv("first.csv", index=False)
    assert refusal().splitlines()[-1] == "… and 5 more like these."
    assert len(refusal().splitlines()) == 11


def test_reverse_items_are_turned_round_on_their_scale(small):
    study = load(small)
    before = coded()
    after = turn_round(before, study)
    assert (after["st3"] == 6 - before["st3"]).all()
    pd.testing.assert_frame_equal(after.drop(columns="st3"), before.drop(columns="st3"))


def test_a_scale_that_begins_at_nought_is_turned_round_on_itself(edit):
    edit(
        "    1: {en: Strongly disagree, zh: 非常不同意}", "    0: {en: Never, zh: 从不}\n    1: {en: Rarely, zh: 很少}"
    )
    before = coded()
    assert (turn_round(before, load("study.yaml"))["st3"] == 5 - before["st3"]).all()


def test_a_renamed_column_that_the_file_does_not_have_is_named(edit):
    edit("first: {file: first.csv, reader: csv}", "first: {file: first.csv, reader: csv, rename: {sst1: st1}}")
    assert 'the study renames the column "sst1", which the file does not have. Did you mean "st1"?' in refusal()


def harmonised(export: Export | None = None, wave="first", **columns) -> Harmonised:
    """A wave of the study, from its file or an export, with some columns put in place of others or added."""
    study = load("study.yaml")
    export = export or readers.read(study.waves[wave])
    answers = export.answers.assign(**{c: pd.Series(v, index=export.answers.index) for c, v in columns.items()})
    return harmonise(replace(export, answers=answers), study, wave)


def refused(*arguments, **columns) -> str:
    with pytest.raises(UserError) as caught:
        harmonised(*arguments, **columns)
    return str(caught.value)


def export_of(table: dict[str, list], **parts) -> Export:
    """An export of the first wave in which ``table`` stands in place of the columns of the same headings."""
    answers = pd.read_csv("first.csv", dtype=object)
    answers.index = answers.index + 2
    for heading, cells in table.items():
        answers[heading] = pd.Series(cells, index=answers.index, dtype=object)
    return Export(answers, **parts)


def say(edit, text: str) -> None:
    """Put exceptions under the first wave."""
    edit("first: {file: first.csv, reader: csv", f"first: {{file: first.csv, reader: csv, {text}")


SEVEN = """
  agreement7:
    1: {en: Strongly disagree, zh: 非常不同意}
    2: {en: Disagree, zh: 不同意}
    3: {en: Rather disagree, zh: 有点不同意}
    4: {en: Neither, zh: 一般}
    5: {en: Rather agree, zh: 有点同意}
    6: {en: Agree, zh: 同意}
    7: {en: Strongly agree, zh: 非常同意}
  regions:"""


# Matching


@pytest.mark.parametrize(
    "heading",
    [
        "1、How old are you?",
        "Q1. How old are you?",
        "1.1 您的年龄是?",
        "（3）您的年龄是？",
        "第1题：您的年龄是？",
        "9、2.您的年龄是？",
    ],
)
def test_question_numbers_do_not_count(edit, heading):
    edit("age,region", f"{heading},region", "first.csv")
    assert coded()["age"].to_list() == [34, 28, 51, 45, 39]


def test_a_number_that_belongs_to_the_words_counts(edit):
    edit("How old are you?", "2020 turnover", "codebook.csv")
    edit("age,region", "2019 turnover,region", "first.csv")
    assert 'the column "2019 turnover" is in no row of the codebook' in refusal()


def test_a_shared_wording_is_refused_with_the_line_that_tells_which_it_is(edit):
    edit("My colleagues help me.,同事帮助我。", "My family helps me.,家人帮助我。", "codebook.csv")
    edit("ho1,ho2", "My family helps me.,ho2", "first.csv")
    assert (
        'Its wording is that of ho1 and of of1; say which it is under the wave: rename: {"My family helps me.": ho1}'
        in (refusal())
    )
    say(edit, 'rename: {"My family  helps me.": ho1}')
    assert coded()["ho1"].to_list() == [3, 5, 2, 4, 1]


def test_a_column_without_answers_may_stand_there_though_it_was_not_asked(edit):
    say(edit, "not_asked: [st1]")
    assert harmonised(st1=[""] * 5).coded["st1"].isna().all()
    assert '"st1" was not asked, but here it is' in refused(st1=["", "", "3", "", ""])


PRIVATE = ["13812345678", "139 1234 5678", "+86 150-1234-5678", "18612345678", "17712345678"]


def test_personal_columns_are_left_behind_and_counted(small):
    export = export_of({"姓名": ["张三", "", "李四", "王五", None], "联系我们": PRIVATE}, private={"phone": (1, 9)})
    found = harmonised(export)
    assert found.private == {"phone": (2, 14), "name": (1, 3)}
    assert list(found.coded) == list(load("study.yaml").codebook)


def test_an_ignored_column_is_counted_if_it_is_personal(edit):
    say(edit, "ignore: [contact, other]")
    assert harmonised(export_of({"contact": PRIVATE, "other": list("abcde")})).private == {"phone": (1, 5)}


def test_one_odd_cell_makes_no_column_personal_and_is_not_shown(small):
    said = refused(export_of({"size of your shop": ["small", "large", PRIVATE[0], "small", "large"]}))
    assert 'the column "size of your shop" is in no row of the codebook.' in said
    assert PRIVATE[0] not in said


def test_a_file_without_headings_shows_nobody(small):
    said = refused(export_of({"13812345678": [1, 2, 3, 4, 5]}))
    assert 'the column "(hidden)" is in no row of the codebook. It looks like an answer: has the file no row of' in said


def test_personal_data_in_the_place_of_answers_are_refused_and_not_shown(edit):
    said = refused(age=PRIVATE)
    assert said.startswith(
        'first.csv, row 2, column "age": the cells look like personal data (phone), not like answers'
    )
    edit("age,number,,18,80", "age,number,,18,99999999999", "codebook.csv")
    assert "personal data (phone)" in refused(age=[int(f"138{i:08d}") for i in range(5)])
    assert "personal data (e-mail)" in refused(region=["1", "2", "x@example.org", "3", "1"])
    assert not [value for value in PRIVATE if value in said]


def test_a_message_tells_which_columns_were_taken_for_personal(edit):
    edit("age,region", "age,地址", "first.csv")
    said = refused(地址=["东部", "中部", "西部", "东部", "东部"])
    assert 'no column holds "region"' in said
    assert 'Left behind as personal data: "地址" (place). If one is a variable, name it under rename.' in said


def test_identifiers_are_in_plain_form_and_never_shown(edit):
    edit("age,number", "who,identifier,,,,,Your credit code,您的信用代码,\nage,number", "codebook.csv")
    found = harmonised(export_of({"who": [" ＡB 1", "ab1", 7.0, "NA", None]}))
    assert found.identifier.to_list() == ["ab1", "ab1", "7", "", ""]
    assert "who" not in found.coded
    assert found.crosswalk.loc[0, ["variable", "rule", "heading", "answers"]].to_list() == ["who", "same", "who", ""]
    say(edit, "not_asked: [who]")
    assert harmonised().identifier.to_list() == [""] * 5


# Cells


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("12", 12), ("-3.50", -3.5), ("１２．５", 12.5), ("−4", -4), (".5", 0.5), ("3.", 3)),
        *(
            (text, None)
            for text in ("1_0", "1e400", "1e5", "inf", "nan", "0x1A", "5²", "①", "٣", "1 2", "", "-", "9" * 400)
        ),
        *(("1,200", None), ("12年", None)),
    ],
)
def test_what_is_a_number(text, value):
    assert number(text) == value


def test_commas_of_thousands_are_read_where_they_can_be_nothing_else(edit):
    edit("age,number,,18,80", "age,number,,0,9000000", "codebook.csv")
    assert harmonised(age=["1,200", "12", "1,234,567.5", "", "３，０００"]).coded["age"].to_list()[:3] == [
        1200,
        12,
        1234567.5,
    ]
    assert 'row 2, column "age": "1,200" is no number' in refused(age=["1,200", "1,5", "3", "4", "5"])
    assert '"0,500" is no number' in refused(age=["0,500", "2", "3", "4", "5"])
    edit("0,9000000", "0,80", "codebook.csv")
    assert '"1,200" is no number between 0 and 80' in refused(age=["1,200", "2", "3", "4", "5"])


def test_units_are_not_read_but_may_be_stated(edit):
    said = refused(age=["34 years", "28", "51", "45", "39"])
    assert '"34 years" is no number between 18 and 80, as "age" needs: units are not read.' in said
    assert 'recode: {age: {"34 years": 34}}' in said
    say(edit, 'recode: {age: {"34 years": 34, "None": -9}}, missing: [-9]')
    assert harmonised(age=["34 Years", "none", "51", "45", "39"]).coded["age"].to_list()[0] == 34


def test_none_may_mean_nought_so_it_is_no_number_and_must_be_explained(small):
    assert 'say under the wave what it means: recode: {age: {"None": CODE}}' in refused(age=["None", 30, 40, 50, 60])


def test_cells_of_a_spreadsheet_are_read_by_what_they_are(small):
    found = harmonised(st1=[3.0, 1, "2.0", "４", None], age=[18.0, 25.5, "30", 40, np.nan])
    assert found.coded["st1"].to_list()[:4] == [3, 1, 2, 4]
    assert found.coded["age"].to_list()[:4] == [18, 25.5, 30, 40]
    assert 'row 3, column "st1": "True" is no answer' in refused(st1=[1, True, 3, 4, 5])
    date = pd.Timestamp("2026-01-09")
    assert 'is a date, no answer to "st1". A spreadsheet makes dates of answers such as 1-9' in refused(st1=[date] * 5)


@pytest.mark.parametrize("kind", ["category", "string", "Int64", "float64"])
def test_columns_of_any_type_give_the_same_codes(small, kind):
    cells = pd.Series([3, 1, None, 2, 5], dtype="Int64").astype(kind)
    assert harmonised(st1=cells.to_numpy() if kind == "float64" else pd.Series(cells.array, index=range(2, 7))).coded[
        "st1"
    ].fillna(0).to_list() == [3, 1, 0, 2, 5]


def test_skip_words_and_codes_of_wjx_are_missing_there_only(edit):
    assert '"(跳过)" is no answer' in refused(region=["(跳过)", "1", "2", "3", "1"])
    export = export_of({"region": ["(跳过)", "（空）", "-2", -3, "1"]})
    edit("first.csv, reader: csv", "first.csv, reader: wjx")
    assert harmonised(export).coded["region"].isna().to_list() == [True] * 4 + [False]


def test_a_skip_code_that_may_be_an_answer_must_be_explained(edit):
    export = export_of({"age": ["-3", "1", "2", "3", "4"]})
    edit("age,number,,18,80", "age,number,,-10,80", "codebook.csv")
    edit("first.csv, reader: csv", "first.csv, reader: wjx")
    assert '"-3" is both an answer that "age" allows and what 问卷星 writes for a skipped question.' in refused(export)
    edit("reader: wjx", 'reader: wjx, recode: {age: {"-3": -3}}')
    assert harmonised(export).coded["age"].to_list() == [-3, 1, 2, 3, 4]


def test_a_filled_in_text_behind_an_answer_is_not_read(small):
    found = harmonised(region=["西部〖我的邮箱 a@b.cn〗", "East: by the sea", "3", "1", "中部"]).coded["region"]
    assert found.to_list() == [3, 1, 3, 1, 2]
    assert '"(hidden)" is no answer' in refused(st1=["Agree: indeed", "1", "2", "3", "4"])


def test_messages_show_no_personal_value_and_no_long_text(small):
    said = refused(
        region=["我的电话是13812345678", "这是一段很长很长很长很长很长很长很长的文字没有人想看", "1", "x", "y"]
    )
    assert '"(hidden)" is no answer' in said and "13812345678" not in said
    assert "这是" not in said


def test_other_spellings_and_languages_can_be_stated(edit):
    say(edit, "recode: {agreement: {完全同意: 5, einverstanden: 4}, st2: {einverstanden: 5}}")
    spelled = {"st1": ["完全同意", "Einverstanden", "1", "2", "3"], "st2": ["einverstanden", 1, 2, 3, 4]}
    found = harmonised(**spelled)
    assert found.coded["st1"].to_list() == [5, 4, 1, 2, 3]
    assert found.coded["st2"].to_list() == [5, 1, 2, 3, 4]
    assert set(found.crosswalk.set_index("variable").loc[["st1", "st2", "check"], "rule"]) == {"recoded"}
    assert found.crosswalk.set_index("variable").loc["region", "rule"] == "same"


def test_a_cell_that_is_one_answer_by_code_and_another_by_label_is_refused(edit):
    edit("2: {en: Middle, zh: 中部}", '2: {en: "1", zh: "1"}')
    assert 'column "region": "1" is the code of one answer and the label of another.' in refusal()
    edit("first.csv, reader: csv", 'first.csv, reader: csv, recode: {regions: {"1": 1}}')
    assert coded()["region"].to_list() == [1, 2, 3, 1, 2]
    labelled = export_of({"region": ["1", "East", "West", "1", "1"]}, labels={"region": {1: "East", 2: "1", 3: "West"}})
    edit(', recode: {regions: {"1": 1}}', "")
    assert harmonised(labelled).coded["region"].to_list() == [2, 1, 3, 2, 2]


def test_bare_codes_beside_labels_that_mean_other_codes_are_refused(edit):
    """A file that labels only the ends of a scale, and those the other way round."""
    ends = {"st1": {1.0: "Strongly agree", 5.0: "Strongly disagree"}}
    said = refused(export_of({"st1": ["Strongly agree", 2.0, 3.0, "Strongly disagree", 4.0]}, labels=ends))
    assert (
        '"2" is a bare code, but the file gives its codes other labels than the codebook: it calls 1 "Strongly' in said
    )
    export = export_of({"st1": ["Strongly agree", "Agree", None, "Strongly disagree", "Agree"]}, labels=ends)
    assert harmonised(export).coded["st1"].to_list()[:2] == [5, 4]
    say(edit, 'recode: {st1: {"2": 4, "3": 3, "4": 2}}')
    mixed = export_of({"st1": ["Strongly agree", 2.0, 3.0, "Strongly disagree", 4.0]}, labels=ends)
    assert harmonised(mixed).coded["st1"].to_list() == [5, 4, 3, 1, 2]


def test_many_different_faults_in_a_column_are_cut(small):
    export = pd.DataFrame({c: ["1"] * 30 for c in load("study.yaml").codebook}, index=range(2, 32)).assign(age="30")
    export["st1"] = [f"answer {i}" for i in range(30)]
    said = refused(Export(export)).splitlines()
    assert (len(said), said[-1]) == (11, "… and 20 more like these.")


@pytest.mark.parametrize("said", ["王小明", "是我朋友开的店", "East: by the sea, ask Wang", "Wang"])
def test_no_message_shows_what_somebody_wrote_where_an_answer_was_to_be_chosen(small, said):
    assert '"(hidden)" is no answer' in refused(st1=[said, "1", "2", "3", "4"])
    assert '"(hidden)" is no number' in refused(age=[said, "30", "40", "50", "60"])
    assert '"(hidden)" is no number' in refused(age=[f"34 {said}", "30", "40", "50", "60"])
    assert said not in refused(st1=[said] * 5)[:40]


def test_names_in_the_place_of_answers_are_not_shown(edit):
    table = pd.read_csv("first.csv", dtype=str).rename(columns={"region": "姓名"})
    table["姓名"] = ["王小明", "李雷", "韩梅", "张三", "王小明"]
    table.to_csv("first.csv", index=False)
    say(edit, "rename: {姓名: region}")
    said = refusal()
    assert "look like personal data (name)" in said
    assert not [name for name in table["姓名"] if name in said]


def test_words_that_were_offered_are_shown_but_no_recurring_names(small):
    assert '"bronze" is no answer' in refused(region=["bronze", "bronze", "bronze", "1", "2"])
    assert "王小明" not in refused(region=["王小明", "王小明", "王小明", "1", "2"])


def test_an_unknown_answer_is_told_with_the_line_that_explains_it(small):
    assert 'say under the wave: recode: {agreement: {"Neutral": 3}}.' in refused(st1=["Neutral", "1", "2", "3", "4"])
    labels = {"st1": {-99.0: "拒答", 1.0: "非常不同意"}}
    said = refused(export_of({"st1": ["拒答", "非常不同意", 2.0, 3.0, 4.0]}, labels=labels))
    assert '"拒答" is no answer' in said
    assert "If this, which the file writes as -99, means no answer, say under the wave: missing: [-99]." in said
    assert "say under the wave: missing: [-1]." in refused(age=["-1", "30", "40", "50", "60"])


def test_numbers_too_long_for_a_spreadsheet_are_no_identifiers(edit):
    edit("age,number", "who,identifier,,,,,Your credit code,您的信用代码,\nage,number", "codebook.csv")
    for cells in ([2**53, 2**53 + 1, 1, 2, 3], [9.0e15, 1, 2, 3, 4], ["9.1330E+17", "1", "2", "3", "4"]):
        said = refused(export_of({"who": cells}))
        assert 'first.csv, column "who":' in said
        assert "Export the column as text." in said
    text = harmonised(export_of({"who": ["913300001234567890", "913300001234567891", "007", 7, "7"]}))
    assert text.identifier.to_list() == ["913300001234567890", "913300001234567891", "007", "7", "7"]
    assert text.notes == (
        "first.csv: 1 identifiers stand in more than one row (2 rows in all), the first of them in the rows 5, 6.",
    )


def test_a_variable_whose_column_the_wave_ignores_is_said_to_be_ignored(edit):
    say(edit, 'ignore: ["st1*"]')
    said = refusal()
    assert 'no column holds "st1"' in said and 'The wave ignores the column "st1"' in said
    assert "take that from ignore" in said and "not_asked: [st1]" in said


def test_an_ignored_heading_is_taken_literally_where_the_file_has_it(edit):
    edit("age,region", "age,[r]egion,region", "first.csv")
    lines = Path("first.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.replace(",", ",x,", 1) for line in lines[1:]]
    Path("first.csv").write_text("\n".join([lines[0], *rows]), encoding="utf-8")
    say(edit, 'ignore: ["[r]egion"]')
    assert coded()["region"].notna().all()


def test_a_column_taken_for_the_platforms_own_is_named(small):
    export = export_of({})
    export = replace(export, answers=export.answers.drop(columns="region"), apart={"Region": "place"})
    assert 'to keep it, say rename: {"Region": region}.' in refused(export)


# Several answers ticked


CHANNELS = """
  channels:
    1: {en: "Marketplaces (Taobao, JD)", zh: 综合电商平台（如淘宝、京东）}
    2: {en: Taobao, zh: 淘宝}
    12: {en: Shop, zh: 门店}
    3: {en: Other, zh: 其他}
  regions:"""


@pytest.fixture
def ticking(edit):
    edit(
        "age,number",
        "sells,multiple,channels,,,,Where do you sell?,您在哪里销售？,\nage,number",
        "codebook.csv",
    )
    edit("  regions:", CHANNELS.lstrip("\n"))


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("淘宝", {2}),
        ("综合电商平台(如淘宝、京东)┋淘宝", {1, 2}),
        ("Marketplaces (Taobao, JD), Taobao", {1, 2}),
        ("Taobao, Marketplaces (Taobao,  JD)", {1, 2}),
        ("门店；其他〖展会，博览会〗", {12, 3}),
        ("其他〖展会〗┋淘宝", {2, 3}),
        ("Other: fairs, and friends, Shop", {3, 12}),
        ("1 12", {1, 12}),
        ("12", {12}),
        (12.0, {12}),
        ("2;3", {2, 3}),
        ("淘宝\n门店", {2, 12}),
        ("Shop, Shop", {12}),
    ],
)
def test_ticked_options_become_columns_of_nought_and_one(ticking, cell, options):
    found = harmonised(export_of({"sells": [cell, "", None, "NA", "Shop"]})).coded
    assert list(found)[:4] == ["sells_1", "sells_2", "sells_12", "sells_3"]
    assert {int(c.removeprefix("sells_")) for c in list(found)[:4] if found.loc[2, c] == 1} == options
    assert set(found.iloc[0, :4]) <= {0, 1}
    assert found.iloc[1:4, :4].isna().all(axis=None)
    assert found.iloc[4, :4].to_list() == [0, 0, 1, 0]


def test_options_that_the_reader_joined_are_parted_there_only(ticking):
    assert harmonised(
        export_of({"sells": ["Shop┋Other: a, Taobao", "", "", "", ""]}, multiple=frozenset(["sells"]))
    ).coded.iloc[0, :4].to_list() == [0, 0, 1, 1]
    assert '"Shop, Taobao" is no answer' in refused(
        export_of({"sells": ["Shop, Taobao", "", "", "", ""]}, multiple=frozenset(["sells"]))
    )


def test_asked_and_nothing_ticked_is_an_answer(ticking):
    cells = {"sells": ["┋", "", "Shop", "", ""]}
    found = harmonised(export_of(cells, multiple=frozenset(["sells"]))).coded.iloc[:, :4]
    assert found.iloc[0].to_list() == [0, 0, 0, 0]
    assert found.iloc[1].isna().all()


def test_of_several_ticked_options_the_unknown_one_is_told(ticking):
    cells = ["Shop┋Moon", "Shop", "Moon", "Moon", ""]
    said = refused(export_of({"sells": cells}, multiple=frozenset(["sells"])))
    assert '"Moon" is no answer to "sells"' in said and "(and 2 more)" in said and "of kind multiple" not in said
    assert 'row 2, column "sells": "Shops" is no answer' in refused(export_of({"sells": ["Shop, Shops"] + [""] * 4}))


@pytest.mark.parametrize("cell", ["Shops", "4", "淘宝门店", ",", "1.5"])
def test_an_unknown_option_is_refused(ticking, cell):
    assert f'row 2, column "sells": "{cell}" is no answer to "sells"' in refused(
        export_of({"sells": [cell] + [""] * 4})
    )


def test_options_in_other_words_can_be_stated(ticking, edit):
    say(edit, "recode: {sells: {fairs: 3}}")
    assert harmonised(export_of({"sells": ["Shop, fairs", "", "", "", ""]})).coded.iloc[0, :4].to_list() == [0, 0, 1, 1]


def test_several_answers_to_a_question_for_one_are_refused_with_the_kind_to_use(small):
    assert 'Several answers are ticked here: is "region" of kind multiple?' in refused(region=["东部┋西部", 1, 1, 1, 1])


# Another scale


def test_answers_on_another_scale_are_stretched_end_to_end(edit):
    edit("  regions:", SEVEN.lstrip("\n"))
    say(edit, "rescaled: {agreement: agreement7}")
    edit("check,attention,agreement", "check,attention,regions", "codebook.csv")
    edit("attention: {check: 4}", "attention: {check: 3}")
    found = harmonised(st1=["1", "2", "3", "有点同意", "Strongly agree"], st3=[1, 2, 4, 6, 7], check=["1"] * 5)
    assert found.coded["st1"].to_numpy() == pytest.approx([1, 1 + 4 / 6, 1 + 8 / 6, 1 + 16 / 6, 5])
    turned = turn_round(found.coded, load("study.yaml"))["st3"].to_numpy()
    assert turned == pytest.approx([5, 5 - 4 / 6, 3, 1 + 4 / 6, 1])
    row = found.crosswalk.set_index("variable").loc["st1"]
    assert row[["rule", "answers", "anchor"]].to_list() == ["rescaled", "agreement7", False]
    assert "this wave may have been asked on another scale. If so, mend the line rescaled" in refused(
        st1=[8, 1, 2, 3, 4], check=["1"] * 5
    )


def test_a_code_off_the_scale_shows_the_line_for_another_scale(edit):
    said = refused(st1=[7, 6, 5, 4, 3])  # the attention check has the same scale and cannot be stretched with it
    assert "6, 7 not being on the scale agreement (1 to 5), this wave may have been asked on another scale." in said
    assert "define the scale under answers and say under the wave: rescaled: {st1: ITS_NAME}" in said
    assert "If such a code means no answer, say missing: [6, 7]." in said
    edit("  regions:", SEVEN.lstrip("\n"))
    assert "say under the wave: rescaled: {st1: agreement7}." in refused(st1=[7, 6, 5, 4, 3])


def test_a_hidden_number_is_in_no_hint(edit):
    said = refused(st1=[13812345678, 6, 5, 4, 3])
    assert "(hidden)" in said and "missing: [6]" in said and "1.38" not in said and "1381" not in said
    assert "1.38" not in (said := refused(st1=[-13812345678, 2, 5, 4, 3])) and "1381" not in said
    personal = refused(st1=[13812345678, 13812345679, 13812345670, 13812345671, 6])
    assert "personal data (phone)" in personal and "not being on the scale" not in personal


def test_a_unit_is_not_proposed_as_a_number_out_of_range(edit):
    assert 'recode: {age: {"34岁": 34}}' in refused(age=["34岁", 28, 51, 45, 39])
    assert 'recode: {age: {"1998年": NUMBER}}' in refused(age=["1998年", 28, 51, 45, 39])


def test_a_number_out_of_range_is_told_with_its_remedies(edit):
    said = refused(age=[97, 28, 51, 45, 39])
    assert "correct the maximum in the codebook" in said and "missing: [97]" in said
    assert "correct the minimum in the codebook" in refused(age=[7, 28, 51, 45, 39])


def test_answers_of_another_family_are_proposed_by_their_order(edit):
    said = refused(st1=["完全不同意", "比较不同意", "一般", "比较同意", "完全同意"])
    line = '"完全不同意": 1, "比较不同意": 2, "比较同意": 4, "完全同意": 5'
    assert f"recode: {{agreement: {{{line}}}}}." in said


def test_the_recode_that_empties_an_answer_is_named(edit):
    answers = np.random.default_rng(1).integers(1, 6, size=(400, 11))
    export = many(edit, answers, "agreement")
    assert harmonised(export)
    say(edit, 'recode: {agreement: {"3": 4}}')
    assert 'Or mend the recode of this wave, which says {agreement: {"3": 4}}.' in refused(export)


def test_words_for_no_identifier_are_none(edit):
    edit("age,number", "who,identifier,,,,,Your credit code,您的信用代码,\nage,number", "codebook.csv")
    found = harmonised(export_of({"who": ["无", "不便透露", "-", "0", "AB12"]}))
    assert found.identifier.to_list() == ["", "", "", "", "ab12"]
    assert any("4 cells of the identifier, the first in row 2, hold a word or sign for none" in n for n in found.notes)
    export = export_of({})
    answers = pd.concat([export.answers] * 2, ignore_index=True).assign(who=["a", "b", *["shop"] * 6, "a", "b"])
    said = "".join(harmonised(Export(answers)).notes)
    assert "one identifier stands in 6 rows, the first of them 2" in said and "shop" not in said


def test_two_columns_with_one_heading_are_called_so(edit):
    said = refused(export_of({"st1 (2)": [1, 2, 3, 4, 5]}))
    assert 'two columns have the heading "st1"; the later one is called "st1 (2)" here' in said
    assert 'ignore: ["st1 (2)"]' in said


def many(edit, answers: np.ndarray, scale: str = "agreement7") -> Export:
    """A wave of many rows whose items, all on one scale, hold the answers (rows × 11 items)."""
    edit("  regions:", SEVEN.lstrip("\n"))
    book = Path("codebook.csv").read_text(encoding="utf-8")
    Path("codebook.csv").write_text(book.replace("likert,agreement", f"likert,{scale}"), encoding="utf-8")
    table = pd.DataFrame(
        answers, columns=list(load("study.yaml").items), index=range(2, len(answers) + 2), dtype=object
    )
    return Export(table.assign(age=30, region=1, check=4))


def test_five_points_in_the_place_of_seven_do_not_pass_silently(edit):
    answers = np.random.default_rng(1).integers(1, 6, size=(120, 11))
    export = many(edit, answers)
    said = refused(export)
    assert "in the whole wave nobody chose 6, 7 on the scale agreement7 (11 items, 1320 answers)" in said
    assert "say under the wave: rescaled: {agreement7: agreement}." in said
    assert 'say recode: {agreement7: {"6": 6, "7": 7}}.' in said
    say(edit, "rescaled: {agreement7: agreement}")
    assert harmonised(export).coded["st1"].to_numpy() == pytest.approx((answers[:, 0] - 1) / 4 * 6 + 1)
    edit("rescaled: {agreement7: agreement}", 'recode: {agreement7: {"6": 6, "7": 7}}')
    found = harmonised(export)
    assert found.coded["st1"].to_list() == answers[:, 0].tolist()
    assert set(found.crosswalk["rule"]) == {"same"}


def test_the_words_of_five_points_in_the_place_of_seven_do_not_pass_silently(edit):
    words = np.array(["非常不同意", "不同意", "一般", "同意", "非常同意"], dtype=object)
    export = many(edit, words[np.random.default_rng(2).integers(0, 5, size=(60, 11))])
    said = refused(export)
    assert "nobody chose 3, 5 on the scale agreement7" in said
    assert "rescaled: {agreement7: agreement}" in said


def test_a_column_that_cannot_be_read_says_nothing_of_its_scale(edit):
    answers = np.random.default_rng(1).integers(1, 6, size=(120, 11)).astype(object)
    answers[answers == 3] = "Neutral"
    assert "nobody chose" not in refused(many(edit, answers, "agreement"))


def test_a_scale_that_no_likert_item_has_is_not_proposed(edit):
    edit(
        "regions:\n", "regions:\n    4: {en: North, zh: 北部}\n    5: {en: South, zh: 南部}\n    6: {en: Sea, zh: 海}\n"
    )
    assert "rescaled: {st1: ITS_NAME}" in refused(st1=[6, 5, 4, 3, 2])


@pytest.mark.parametrize("kind", ["one answer at the top", "few rows", "rare behaviour", "the lowest unused"])
def test_honest_answers_on_a_long_scale_pass(edit, kind):
    answers = np.random.default_rng(3).integers(1, 6, size=(40 if kind == "few rows" else 120, 11))
    if kind == "one answer at the top":
        answers[0, 0] = 7
    if kind == "rare behaviour":
        answers = np.where(answers < 5, 1, 2)
        answers[:9, 0] = 3
    if kind == "the lowest unused":
        answers += 2
    assert harmonised(many(edit, answers)).coded["st1"].to_list() == answers[:, 0].tolist()


# Crosswalk


def test_the_crosswalk_tells_how_every_variable_was_found(edit):
    edit("age,region,st1,st2", "A1,区,st1,您累吗", "first.csv")
    say(edit, "rename: {A1: age, 区: region, 您累吗: st2}, reworded: [st2], not_asked: [st1], ignore: [st1]")
    found = harmonised().crosswalk
    results.write("crosswalk", found, "crosswalk.csv")
    assert found["variable"].to_list() == list(load("study.yaml").codebook)
    assert set(found["wave"]) == {"first"}
    rows = {r.variable: (r.rule, r.heading, r.answers, r.anchor) for r in found.itertuples()}
    assert rows["age"] == ("renamed", "A1", "", True)
    assert rows["region"] == ("renamed", "区", "regions", True)
    assert rows["st2"] == ("renamed;reworded", "您累吗", "agreement", False)
    assert rows["st1"] == ("not asked", "", "", False)
    assert rows["st3"] == ("same", "st3", "agreement", True)


def test_a_word_that_means_no_answer_is_given_a_missing_code(edit):
    edit("34,1,4", "34,1,refused", "first.csv")
    say(edit, "missing: [-99], recode: {agreement: {refused: -99}}")
    assert np.isnan(coded().loc[2, "st1"])


def test_ignored_free_text_is_counted_as_left_behind(edit):
    texts = [f"请把第{n}个流程再做得简单一些，谢谢你们" for n in range(5)]
    say(edit, "ignore: [remarks]")
    assert harmonised(export_of({"remarks": texts})).private == {"free text": (1, 5)}
