"""Mardia as psych, Mahalanobis' distances as stats::mahalanobis, covariances and intervals as cov and cor.test."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.reliability.mobile import mobile

from analysis import results
from analysis.measurement.covariances import covariances
from analysis.measurement.normality import normality, outliers
from analysis.study import load

RECORDED = json.loads((Path(__file__).parent / "reliability/recorded.json").read_text(encoding="utf-8"))


@pytest.fixture
def answers() -> pd.DataFrame:
    frame = mobile().astype(float)
    frame.insert(0, "wave", ["first"] * 120 + ["second"] * 130)
    return frame


def test_mardia_equals_psych(small, answers, tmp_path):
    found = normality(answers, load(small))
    results.write("normality", found, tmp_path / "normality.csv")
    found = found.set_index("scale")
    assert list(found.index) == ["stress", "support", "mood", "output", "all"]
    for scale, expected in RECORDED["mardia"].items():
        assert found.loc[scale, list(expected)].to_list() == pytest.approx(list(expected.values()), rel=1e-9)
    assert found.loc["all", ["n", "items", "skew_df"]].to_list() == [250, 11, 11 * 12 * 13 / 6]


def test_outliers_equal_mahalanobis(small, answers, tmp_path):
    found = outliers(answers, load(small))
    results.write("outliers", found, tmp_path / "outliers.csv")
    assert found.set_index("wave")["flagged"].to_dict() == RECORDED["outliers"]
    assert found["share"].to_list() == (found["flagged"] / found["n"]).to_list()


def test_covariances_equal_r_on_pairwise_answers(small, answers, tmp_path):
    answers.loc[:19, "st1"] = np.nan
    answers.loc[10:39, "ou3"] = np.nan
    found = covariances(answers, load(small))
    results.write("covariances", found, tmp_path / "covariances.csv")
    assert len(found) == 11 * 12 / 2
    found = found.set_index(["a", "b"])
    for expected in RECORDED["pairs"]:
        row = found.loc[(expected.pop("a"), expected.pop("b"))].to_list()
        assert row == pytest.approx(list(expected.values()), abs=1e-12)
    itself = found.loc[("ou3", "ou3")]
    assert itself[["n", "r", "ci_lower", "ci_upper"]].to_list() == [220, 1, 1, 1]
    assert itself["covariance"] == pytest.approx(answers["ou3"].var())


def test_what_cannot_be_computed_is_empty(small, answers, tmp_path):
    study = load(small)
    answers["st1"] = 4.0  # does not vary
    answers.loc[:119, "ho1"] = np.nan  # was not asked in the first wave
    answers["ou2"] = answers["ou1"]  # so that nothing with both has an inverse
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = normality(answers, study).set_index("scale")
        far, pairs = outliers(answers, study), covariances(answers, study).set_index(["a", "b"])
        small_wave = outliers(mobile().assign(wave="first")[:25], study)
        for table in (normality, outliers, covariances):
            results.write(table.__name__, table(answers[:0], study), tmp_path / "nobody.csv")
    assert found["items"].to_dict() == {"stress": 2, "support": 4, "mood": 1, "output": 3, "all": 10}
    assert found.loc["support", "n"] == 130
    assert found.loc[["output", "all"], ["skew", "skew_pvalue", "kurtosis", "kurtosis_pvalue"]].isna().all().all()
    assert found.loc["stress", "skew"] > 0
    assert far["flagged"].isna().all()
    assert small_wave["flagged"].isna().all()  # D² is at most 24² / 25, the cut-off 31.3
    assert pairs.loc[("st1", "st2"), "covariance"] == 0
    assert pairs.loc[[("st1", "st1"), ("st1", "st2")], ["r", "ci_lower"]].isna().all().all()
    assert pairs.loc[("ho1", "ho2"), "n"] == 130


def test_normal_answers_are_found_normal(small):
    study = load(small)
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(2000, 11)), columns=list(study.items)).assign(wave="a")
    row = normality(frame, study).set_index("scale").loc["all"]
    assert row["skew_pvalue"] > 0.01
    assert row["kurtosis_pvalue"] > 0.01
    assert outliers(frame, study)["share"].max() < 0.004
