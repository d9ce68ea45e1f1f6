"""The codebook says what every column holds; SPSS and Stata show the same answers under the same words."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from analysis import results
from analysis.study import load
from analysis.survey.codebook import codebook, write_dta, write_sav

nan = np.nan
LONG = "长" * 50
WRITERS = {"sav": (write_sav, pyreadstat.read_sav), "dta": (write_dta, pyreadstat.read_dta)}


@pytest.fixture
def study(edit):
    """The small study with an identifier, and a question of several options that has a Chinese name."""
    rows = "licence,identifier,,,,,Licence number?,执照号码？,\n"
    rows += "平台,multiple,regions,,,,Where do you sell?,在哪里销售？,\n"
    edit("region,nominal", f"{rows}region,nominal", "codebook.csv")
    edit("second.csv, reader: csv", "second.csv, reader: csv, not_asked: [licence, st3]")
    return load("study.yaml")


@pytest.fixture
def respondents(study) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        {
            "respondent": ["first:2", "first:3", "second:7"],
            "wave": ["first", "first", "second"],
            "firm": ["0a1b", "", ""],
        }
    )
    for name in study.codebook:
        for column in study.columns(name):
            table[column] = rng.integers(0, 2, 3).astype(float)
    table.loc[0, "st1"], table.loc[1, "st1"], table.loc[2, "st3"] = 2.5, 5.0, nan
    return table.drop(columns="check")


def test_a_row_a_column_of_the_answers(respondents, study, tmp_path):
    table = codebook(study)
    results.write("codebook", table, tmp_path / "codebook.csv")
    assert table["name"].to_list() == list(respondents)
    table = table.set_index("name")
    assert table.loc["st1"].to_dict() == {
        "kind": "likert",
        "label_en": "I am under pressure.",
        "label_zh": "我感到有压力。",
        "text_en": "I am under pressure.",
        "text_zh": "我感到有压力。",
        "values_en": "1 = Strongly disagree; 2 = Disagree; 3 = Neither; 4 = Agree; 5 = Strongly agree",
        "values_zh": "1 = 非常不同意; 2 = 不同意; 3 = 一般; 4 = 同意; 5 = 非常同意",
        "minimum": 1,
        "maximum": 5,
        "missing": "no answer, or not asked in this wave",
        "reverse": False,
        "construct": "stress",
        "waves": "first;second",
    }
    assert table.loc["st3", ["reverse", "waves"]].to_list() == [True, "first"]
    assert table.loc["st3", "values_en"].startswith("1 = Strongly agree; 2 = Agree")
    assert table.loc["平台_2", ["label_en", "label_zh", "values_en", "maximum"]].to_list() == [
        *("Where do you sell?: Middle", "在哪里销售？：中部", "0 = not ticked; 1 = ticked", 1)
    ]
    assert table.loc["age", ["values_en", "minimum", "maximum", "construct"]].to_list() == ["", 18, 80, ""]
    assert table.loc["firm", ["text_zh", "waves"]].to_list() == ["执照号码？", "first"]


@pytest.mark.parametrize("kind", WRITERS)
def test_colleagues_read_the_same_answers_and_words(respondents, study, tmp_path, kind):
    write, read = WRITERS[kind]
    write(respondents, study, tmp_path / f"new/answers.{kind}")
    found, about = read(tmp_path / f"new/answers.{kind}")
    pd.testing.assert_frame_equal(found, respondents, check_dtype=False)
    assert about.column_names_to_labels["st1"] == "我感到有压力。 / I am under pressure."
    assert about.column_names_to_labels["st3"].startswith("我很放松。（反向题，已反向计分） / I am at ease. (reverse")
    assert about.column_names_to_labels["平台_1"] == "在哪里销售？：东部 / Where do you sell?: East"
    assert about.column_names_to_labels["wave"] == "轮次 / Wave"
    values = about.variable_value_labels
    assert list(values["st1"].items())[:2] == [(1, "非常不同意 / Strongly disagree"), (2, "不同意 / Disagree")]
    assert values["st3"][1] == values["st1"][5] == "非常同意 / Strongly agree"
    assert values["平台_1"] == {0: "未选 / not ticked", 1: "已选 / ticked"}
    assert set(values) == {c for c in respondents if c not in ("respondent", "wave", "firm", "age")}
    assert about.file_label == "小研究 / A small study"
    if kind == "sav":
        measures = about.variable_measure
        assert [measures[c] for c in ("st1", "age", "region", "平台_1")] == ["ordinal", "scale", "nominal", "nominal"]


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_answers_make_the_same_file(respondents, study, tmp_path, kind):
    """Nothing of the clock is in it: the year, in whatever form, stands nowhere but as 2000."""
    write, read = WRITERS[kind]
    write(respondents, study, tmp_path / "a")
    write(respondents.copy(), study, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read(tmp_path / "a")[1].creation_time.year == 2000


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("sav", {"with": "with_2", LONG: "长" * 21, LONG + "b": "长" * 20 + "_2", "Same": "Same_2"}),
        ("dta", {"with": "with_2", LONG: "长" * 32, LONG + "b": "长" * 30 + "_2", "Same": "Same_2"}),
    ],
)
def test_names_that_a_format_refuses_are_changed_as_little_as_needed(edit, tmp_path, kind, names):
    rows = "".join(f"{n},number,,0,9,,How much {n}?,多少{n}？,\n" for n in ("same", *names))
    edit("age,number", f"{rows}ticks,multiple,signs,,,,Which?,哪些？,\nage,number", "codebook.csv")
    edit("  regions:", "  signs: {-1: {en: minus, zh: 负}, 1: {en: plus, zh: 正}}\n  regions:")
    study = load("study.yaml")
    names = {**names, "ticks_-1": "ticks__1"}
    columns = ["respondent", "wave", "firm", *(c for v in study.codebook for c in study.columns(v) if v != "check")]
    table = pd.DataFrame({c: ["x"] if c in columns[:3] else [1.0] for c in columns})
    write, read = WRITERS[kind]
    write(table, study, tmp_path / "a")
    found, _ = read(tmp_path / "a")
    assert list(found) == [names.get(c, c) for c in columns]


@pytest.mark.parametrize("kind", WRITERS)
def test_words_too_long_for_a_format_are_shortened_in_both_languages(edit, tmp_path, kind):
    edit(
        "I am under pressure.,我感到有压力。", f"{'I am under pressure. ' * 20},{'我感到有压力。' * 20}", "codebook.csv"
    )
    edit("{en: Disagree, zh: 不同意}", f"{{en: {'Disagree ' * 30}, zh: {'不同意' * 30}}}")
    edit("title: {en: A", f"title: {{en: {'Very ' * 20}")
    study = load("study.yaml")
    columns = ["respondent", "wave", "firm", *(v for v in study.codebook if v != "check")]
    table = pd.DataFrame({c: ["x"] if c in columns[:3] else [1.0] for c in columns})
    write, read = WRITERS[kind]
    write(table, study, tmp_path / "a")
    about = read(tmp_path / "a")[1]
    label = about.column_names_to_labels["st1"]
    assert label.startswith("我感到有压力。") and "… / I am under" in label and label.endswith("…")
    assert (len(label.encode()) <= 256) if kind == "sav" else (len(label) <= 80)
    value = about.variable_value_labels["st1"][2]
    assert value.startswith("不同意") and " / Disagree" in value
    assert kind == "dta" or len(value.encode()) <= 120
    assert about.file_label.startswith("小研究 / Very Very")
