"""Answers come out in the codes of the codebook; whatever it does not know is refused with its place and value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.study import load
from analysis.survey import readers
from analysis.survey.harmonise import harmonise, turn_round


def coded(wave="first") -> pd.DataFrame:
    study = load("study.yaml")
    return harmonise(readers.read(study.waves[wave]), study, wave)


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


def test_a_stated_missing_code_wins_over_an_answer(edit):
    edit("first.csv, reader: csv", "first.csv, reader: csv, missing: [5]")
    assert coded()["st1"].isna().to_list() == [False, False, False, False, True]


@pytest.mark.parametrize("cell", ["", " ", "NA", "nan", "（空）", "(跳过)"])
def test_what_platforms_write_for_no_answer_is_missing(edit, cell):
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
        '2 不同意 / Disagree, 3 一般 / Neither, 4 同意 / Agree, 5 非常同意 / Strongly agree. Did you mean "Agree"?'
    )


@pytest.mark.parametrize("value", ["6", "0", "2.5", "inf", "同"])
def test_no_other_code_passes(edit, value):
    edit("28,2,2", f"28,2,{value}", "first.csv")
    assert f'row 3, column "st1": "{value}" is no answer to "st1"' in refusal()


def test_rows_with_the_same_fault_are_counted(edit):
    edit("34,1,4", "34,1,9", "first.csv")
    edit("51,3,3", "51,3,9", "first.csv")
    assert 'first.csv, row 2 (and 1 more), column "st1": "9"' in refusal()


@pytest.mark.parametrize("value", ["17", "81", "-1", "old", "inf"])
def test_a_number_out_of_its_range_is_refused(edit, value):
    edit("28,2,2", f"{value},2,2", "first.csv")
    assert refusal() == f'first.csv, row 3, column "age": "{value}" is no number between 18 and 80, as "age" needs.'


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
