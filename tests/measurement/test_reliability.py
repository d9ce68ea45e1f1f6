"""Alpha as psych gives it; composite reliability and AVE by Fornell and Larcker's formulas, and as semTools."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.customers import customers

from analysis import results
from analysis.measurement.reliability import composite_reliability, cronbach_alpha, reliability
from analysis.study import load

RECORDED = json.loads((Path(__file__).parent / "psych.json").read_text(encoding="utf-8"))
SCALES = {
    "COMP": ["comp_1", "comp_2", "comp_3"],
    "LIKE": ["like_1", "like_2", "like_3"],
    "CUSL": ["cusl_1", "cusl_2", "cusl_3"],
    "PAIR": ["comp_1", "comp_2"],
}


@pytest.mark.parametrize("scale", SCALES)
def test_alpha_and_its_interval_equal_psych(scale):
    expected = RECORDED["alpha"][scale]
    found = cronbach_alpha(customers()[SCALES[scale]].dropna())
    assert found == pytest.approx((expected["alpha"], expected["lower"], expected["upper"]), abs=1e-12)


def test_alpha_by_hand():
    """k / (k - 1) · (1 - sum of variances / variance of the sum); each of the three variances is 1."""
    answers = pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, 3, 1], "c": [1.0, 2, 3]})
    variance = answers.sum(axis=1).var()
    assert cronbach_alpha(answers)[0] == pytest.approx(1.5 * (1 - 3 / variance))


@pytest.mark.parametrize(
    "answers",
    [
        {"a": [1.0, 2, 3, 4]},
        {"a": [1.0, 2], "b": [2.0, 3]},
        {"a": [3.0] * 5, "b": [2.0] * 5},
        {"a": [1.0, 2, 3, 4], "b": [4.0, 3, 2, 1]},
        {"a": [], "b": []},
    ],
    ids=["one item", "two respondents", "nothing varies", "the sum does not vary", "nobody"],
)
def test_where_alpha_does_not_exist_it_is_empty(answers):
    assert np.isnan(cronbach_alpha(pd.DataFrame(answers, dtype=float))).all()


def test_an_item_that_does_not_vary_counts_as_an_item():
    table = pd.DataFrame({"a": [1.0, 2, 3, 5], "b": [2.0, 2, 3, 4]})
    two = cronbach_alpha(table)[0]
    assert cronbach_alpha(table.assign(c=3.0))[0] == pytest.approx(two * (3 / 2) / (2 / 1))


def test_cr_and_ave_by_hand():
    """Loadings .8 .7 .6: CR = 2.1² / (2.1² + .36 + .51 + .64) = 4.41 / 5.92; AVE = 1.49 / 3."""
    assert composite_reliability(np.array([0.8, 0.7, 0.6])) == pytest.approx(4.41 / 5.92)
    assert np.isnan(composite_reliability(np.array([])))


@pytest.mark.parametrize("scale", ["COMP", "LIKE", "CUSL"])
def test_cr_and_ave_equal_semtools_on_standardised_items(scale):
    """compRelSEM and AVE weigh items by their variances; on standardised items that is Fornell and Larcker's way."""
    loadings = np.array([row["std"] for row in RECORDED["loadings"] if row["scale"] == scale])
    assert composite_reliability(loadings) == pytest.approx(RECORDED["cr"][scale], abs=1e-7)
    assert np.mean(loadings**2) == pytest.approx(RECORDED["ave"][scale], abs=1e-7)


@pytest.fixture
def answered(small) -> tuple:
    """The small study, 60 respondents, their scores, and loadings as a CFA would give them."""
    from analysis.survey.waves import scores

    study = load(small)
    rng = np.random.default_rng(8)
    common = rng.normal(size=60)
    frame = pd.DataFrame({i: np.clip(np.round(3 + common + rng.normal(size=60)), 1, 5) for i in study.items})
    frame.insert(0, "respondent", [f"first:{i}" for i in range(60)])
    frame.insert(1, "wave", "first")
    frame.loc[0, "st1"] = np.nan
    rows = [("stress", i, 0.8) for i in ("st1", "st2", "st3")] + [("home", "ho1", 0.9), ("home", "ho2", 0.7)]
    rows += [("support", "home", 0.6), ("support", "office", 0.8)]
    loadings = pd.DataFrame(rows, columns=["scale", "indicator", "std"])
    return study, frame, scores(frame, study), loadings


def test_every_construct_and_dimension_has_a_row(answered, tmp_path):
    study, frame, scores, loadings = answered
    table = reliability(frame, scores, loadings, study)
    results.write("reliability", table, tmp_path / "reliability.csv")
    table = table.set_index("scale")
    assert table["level"].to_dict() == {
        "stress": "construct",
        "support": "construct",
        "home": "dimension",
        "office": "dimension",
        "mood": "construct",
        "output": "construct",
    }
    assert table.loc["home", "construct"] == "support"
    assert table["items"].to_list() == [3, 4, 2, 2, 1, 3]
    assert table["n"].to_list() == [59, 60, 60, 60, 60, 60]
    assert table["basis"].to_dict()["support"] == "dimensions"
    assert table.loc["support", ["cr", "ave"]].to_list() == pytest.approx([1.96 / (1.96 + 0.64 + 0.36), 0.5])
    assert table.loc["home", ["cr", "ave"]].to_list() == pytest.approx([2.56 / (2.56 + 0.19 + 0.51), 0.65])
    assert table.loc["mood", ["alpha", "alpha_ci_lower", "cr", "ave"]].isna().all()
    assert table.loc["support", "alpha"] == pytest.approx(cronbach_alpha(frame[["ho1", "ho2", "of1", "of2"]])[0])
