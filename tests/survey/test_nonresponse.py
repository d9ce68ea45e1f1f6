"""Early against late answers: who is in which quarter, and the tests as by hand and in scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import results
from analysis.study import load
from analysis.survey.nonresponse import nonresponse

nan = np.nan


def tables(n: int = 41) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Respondents, scores and flags: n of the first wave in reverse order of arrival, five of the second untimed."""
    rng = np.random.default_rng(1977)
    first = pd.DataFrame({"respondent": [f"first:{k}" for k in range(n)], "wave": "first"})
    who = pd.concat([first, pd.DataFrame({"respondent": [f"second:{k}" for k in range(5)], "wave": "second"})])
    who = who.reset_index(drop=True)
    respondents = who.assign(
        firm="", age=rng.integers(20, 60, len(who)).astype(float), region=rng.integers(1, 4, len(who)).astype(float)
    )
    names = ["stress", "support", "home", "office", "mood", "output"]
    scores = pd.concat([who, pd.DataFrame(rng.normal(3, 1, (len(who), 6)), columns=names)], axis=1)
    arrival = np.r_[np.linspace(1, 0, n), [nan] * 5]
    flags = who.assign(status="kept", flags="", arrival=arrival)
    out = pd.DataFrame({"respondent": ["first:x"], "wave": "first", "status": "left_out", "flags": "", "arrival": 0.0})
    return respondents, scores, pd.concat([out, flags], ignore_index=True)


def test_the_first_quarter_against_the_last(small, tmp_path):
    respondents, scores, flags = tables()
    scores.loc[40, "stress"] = nan
    study = load(small)
    table = nonresponse(respondents, scores, flags, study)
    results.write("nonresponse", table, tmp_path / "nonresponse.csv")
    assert table["variable"].to_list() == ["stress", "support", "mood", "output", "age", "region"]
    assert (table["wave"] == "first").all()  # the second has no times
    early, late = scores["stress"][31:40], scores["stress"][:10]  # 41 // 4 of each; one of the early is empty
    row = table.iloc[0]
    assert row[["test", "n_early", "n_late"]].to_list() == ["Welch's t", 9, 10]
    assert row[["early", "late"]].to_list() == [pytest.approx(early.mean()), pytest.approx(late.mean())]
    a, b = early.var() / 9, late.var() / 10
    t, df = (late.mean() - early.mean()) / np.sqrt(a + b), (a + b) ** 2 / (a**2 / 8 + b**2 / 9)
    pooled = np.sqrt((8 * early.var() + 9 * late.var()) / 17)
    expected = [t, df, 2 * stats.t.sf(abs(t), df), (late.mean() - early.mean()) / pooled]
    assert row[["statistic", "df", "pvalue", "effect"]].to_list() == pytest.approx(expected)


def test_attributes_by_chi_square(edit):
    """Regions 1 and 2 alone: 8 and 2 of the early, 4 and 6 of the late; χ² = n (ad − bc)² / product of the margins."""
    respondents, scores, flags = tables()
    respondents.loc[31:40, "region"] = [1.0] * 8 + [2.0] * 2
    respondents.loc[:9, "region"] = [1.0] * 4 + [2.0] * 6
    chisq = 20 * (8 * 6 - 2 * 4) ** 2 / (10 * 10 * 12 * 8)
    row = nonresponse(respondents, scores, flags, load("study.yaml")).iloc[5]
    found = row[["test", "n_early", "n_late", "statistic", "df", "pvalue", "effect"]].to_list()
    expected = [chisq, 1, stats.chi2.sf(chisq, 1), np.sqrt(chisq / 20)]
    assert found == ["chi-square", 10, 10, *map(pytest.approx, expected)]
    assert np.isnan([row["early"], row["late"]]).all()
    edit("region,nominal", "region,ordinal", "codebook.csv")
    row = nonresponse(respondents, scores, flags, load("study.yaml")).iloc[5]
    assert row[["statistic", "early", "late"]].to_list() == [pytest.approx(chisq), 1.2, 1.6]


def test_what_was_not_asked_has_no_row(edit):
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [age, mo1, st1]")
    table = nonresponse(*tables(), load("study.yaml"))
    assert table["variable"].to_list() == ["stress", "support", "output", "region"]


@pytest.mark.parametrize("n", [3, 4, 41])
def test_what_cannot_be_tested_is_empty(small, tmp_path, n):
    """Too few respondents, and with enough of them scores and regions that are all the same."""
    respondents, scores, flags = tables(n)
    respondents["region"], scores["mood"] = 1.0, 3.0
    table = nonresponse(respondents, scores, flags, load(small))
    results.write("nonresponse", table, tmp_path / "nonresponse.csv")
    assert len(table) == (0 if n == 3 else 6)
    if n == 4:
        assert table[["statistic", "df", "pvalue", "effect"]].isna().all(axis=None)
    if n == 41:
        assert table.set_index("variable")["pvalue"].isna().to_dict() == {
            v: v in ("mood", "region") for v in table["variable"]
        }


def test_without_times_there_are_no_rows(small, tmp_path):
    respondents, scores, flags = tables()
    table = nonresponse(respondents, scores, flags.drop(columns="arrival"), load(small))
    results.write("nonresponse", table, tmp_path / "nonresponse.csv")
    assert table.empty
