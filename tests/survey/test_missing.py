"""What is left open is counted where it was asked, and Little's test is that of R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.survey.little.data import DATA

from analysis import results
from analysis.study import load
from analysis.survey import missing

RECORDED = json.loads((Path(__file__).parent / "little/answers.json").read_text(encoding="utf-8"))
nan = np.nan


@pytest.fixture
def study(edit):
    """The small study, whose second wave did not ask ho2, and which lets tick several regions."""
    edit("second.csv, reader: csv", "second.csv, reader: csv, not_asked: [ho2]")
    edit("region,nominal,regions", "region,nominal,regions,,,,Where?,何处？,\nplaces,multiple,regions", "codebook.csv")
    return load("study.yaml")


@pytest.fixture
def respondents(study) -> pd.DataFrame:
    """Three of the first wave and two of the second; open: st1 of a and b, mo1 of b, age of c, ho2 of d and e."""
    table = pd.DataFrame({"respondent": list("abcde"), "wave": ["first"] * 3 + ["second"] * 2, "firm": ""})
    for name in study.codebook:
        table[list(study.columns(name))] = 3.0
    table = table.drop(columns="check")
    table.loc[[0, 1], "st1"] = nan
    table.loc[1, "mo1"] = nan
    table.loc[2, "age"] = nan
    table.loc[[3, 4], "ho2"] = nan
    table.loc[4, ["places_1", "places_2", "places_3"]] = nan
    return table


def test_the_tables_are_those_that_are_promised(respondents, study, tmp_path):
    for name, make in [
        ("missing_variables", missing.variables),
        ("missing_cases", missing.cases),
        ("missing_patterns", missing.patterns),
        ("missing_test", missing.little),
    ]:
        for rows in (respondents, respondents.head(0)):
            results.write(name, make(rows, study), tmp_path / f"{name}.csv")


def test_variables_are_counted_in_the_waves_that_asked(respondents, study):
    table = missing.variables(respondents, study).set_index(["variable", "wave"])
    assert table.loc["st1"].to_dict("index") == {
        "first": {"n": 3, "missing": 2, "share": 2 / 3},
        "second": {"n": 2, "missing": 0, "share": 0},
        "all": {"n": 5, "missing": 2, "share": 0.4},
    }
    assert table.loc["ho2"].to_dict("index") == {
        "first": {"n": 3, "missing": 0, "share": 0},
        "all": {"n": 3, "missing": 0, "share": 0},
    }
    assert table.loc[("places_2", "all"), "missing"] == 1
    assert "check" not in table.index.get_level_values("variable")
    asked = len([c for c in respondents if c not in ("respondent", "wave", "firm")])
    assert len(table) == 3 * asked - 1


def test_cases_count_construct_items_that_were_asked(respondents, study):
    table = missing.cases(respondents, study)
    assert table.to_numpy().tolist() == [
        ["first", 0, 1, 1 / 3],
        ["first", 1, 1, 1 / 3],
        ["first", 2, 1, 1 / 3],
        ["second", 0, 2, 1.0],
        ["all", 0, 3, 0.6],
        ["all", 1, 1, 0.2],
        ["all", 2, 1, 0.2],
    ]


def test_patterns_stand_by_frequency(respondents, study):
    table = missing.patterns(respondents, study)
    assert table.to_numpy().tolist() == [["", 3, 0.6], ["st1", 1, 0.2], ["st1;mo1", 1, 0.2]]


@pytest.mark.parametrize("name", DATA)
def test_little_equals_r(name):
    expected = RECORDED[name]
    found = missing.little_test(DATA[name]())
    assert (found["n"], found["patterns"], found["df"]) == (expected["n"], expected["patterns"], expected["df"])
    assert found["chisq"] == pytest.approx(expected["chisq"], abs=1e-8)
    assert found["pvalue"] == pytest.approx(expected["pvalue"], abs=1e-9)


def test_little_equals_the_published_value():
    """naniar's documentation of mcar_test: airquality, statistic 35.1, df 14, p .00142, 4 patterns."""
    found = missing.little_test(DATA["airquality"]())
    assert (round(found["chisq"], 1), found["df"], round(found["pvalue"], 5), found["patterns"]) == (
        35.1,
        14,
        0.00142,
        4,
    )


@pytest.mark.parametrize(
    ("answers", "n", "patterns", "df"),
    [
        (pd.DataFrame({"a": [1.0, 2, 3, 4, nan], "b": [2.0, 2, 2, 2, 2]}), 5, 2, 1),  # b is constant
        (pd.DataFrame({"a": [1.0, nan], "b": [2.0, 3]}), 2, 2, 1),  # too few rows
        (pd.DataFrame({"a": [1.0, 2, nan, nan], "b": [nan, nan, 1.0, 3]}), 4, 2, 0),  # never answered together
        (pd.DataFrame({"a": [nan, nan], "b": [nan, nan]}), 0, 0, nan),
        (pd.DataFrame(index=range(3)), 0, 0, nan),
    ],
)
def test_where_there_is_no_test_little_is_empty(answers, n, patterns, df):
    found = missing.little_test(answers)
    assert (found["n"], found["patterns"]) == (n, patterns)
    assert found["df"] == pytest.approx(df, nan_ok=True)
    assert np.isnan([found["chisq"], found["pvalue"]]).all()


def test_patterns_beyond_the_memory_of_a_computer_are_no_test(monkeypatch):
    answers = DATA["airquality"]()
    size = answers.notna().drop_duplicates().shape[0] * answers.shape[1] ** 2
    monkeypatch.setattr(missing, "MOST", size)
    assert missing.little_test(answers)["chisq"] > 0
    monkeypatch.setattr(missing, "MOST", size - 1)
    found = missing.little_test(answers)
    assert found["df"] == 14 and np.isnan([found["chisq"], found["pvalue"]]).all()


def test_with_one_pattern_little_has_nothing_to_test():
    found = missing.little_test(pd.DataFrame({"a": [1.0, 2, 3, nan], "b": [2.0, 1, 2, nan], "c": nan}))
    assert (found["n"], found["patterns"], found["chisq"], found["df"]) == (3, 1, 0, 0)
    assert np.isnan(found["pvalue"])


def test_little_by_wave_and_on_the_items_that_all_waves_asked(study):
    """Of all waves together ho2, which the second did not ask, is no item; by wave it is one of the first."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(120, len(study.items))), columns=list(study.items))
    table = table.mask(rng.random(table.shape) < 0.05)
    table.insert(0, "wave", ["first"] * 60 + ["second"] * 60)
    table.loc[60:, "ho2"] = nan
    found = missing.little(table, study).set_index("wave")
    items = list(study.items)
    others = [i for i in items if i != "ho2"]
    for wave, rows, among in [("first", table[:60], items), ("second", table[60:], others), ("all", table, others)]:
        assert found.loc[wave].to_dict() == missing.little_test(rows[among])
        assert 0 < found.loc[wave, "pvalue"] < 1
