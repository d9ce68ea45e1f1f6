"""Alpha as psych gives it; omega as semTools and lavaan; CR, AVE and H by their formulas, and as semTools."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.customers import customers
from tests.measurement.reliability.mobile import mobile

from analysis import results
from analysis.measurement.reliability import composite_reliability, cronbach_alpha, maximal_reliability, reliability
from analysis.sem import SemWarning, fit
from analysis.study import load
from analysis.study.model import measurement_model
from analysis.survey.waves import scores

RECORDED = json.loads((Path(__file__).parent / "psych.json").read_text(encoding="utf-8"))
MOBILE = json.loads((Path(__file__).parent / "reliability/recorded.json").read_text(encoding="utf-8"))
FROM_CFA = ["omega", "omega_ci_lower", "omega_ci_upper", "omega_h", "cr", "ave", "max_h"]
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


def implied(loadings: np.ndarray) -> np.ndarray:
    """The correlations of items that measure one thing and share nothing else."""
    return np.outer(loadings, loadings) + np.diag(1 - loadings**2)


def test_cr_and_h_by_hand():
    """Loadings .8 .7 .6: CR = 2.1² / (2.1² + .36 + .51 + .64); residuals that covary by .1 add .2 below."""
    loadings = np.array([0.8, 0.7, 0.6])
    correlations = implied(loadings)
    assert composite_reliability(loadings, correlations) == pytest.approx(4.41 / 5.92)
    correlations[0, 1] = correlations[1, 0] = correlations[0, 1] + 0.1
    assert composite_reliability(loadings, correlations) == pytest.approx(4.41 / 6.12)
    ratio = 0.64 / 0.36 + 0.49 / 0.51 + 0.36 / 0.64
    assert maximal_reliability(loadings) == maximal_reliability(-loadings) == pytest.approx(1 / (1 + 1 / ratio))
    assert maximal_reliability(np.array([1.0, 0.3])) == 1
    assert maximal_reliability(np.zeros(2)) == 0


@pytest.mark.parametrize("scale", ["COMP", "LIKE", "CUSL"])
def test_cr_and_ave_equal_semtools_on_standardised_items(scale):
    """compRelSEM and AVE weigh items by their variances; on standardised items that is Fornell and Larcker's way."""
    loadings = np.array([row["std"] for row in RECORDED["loadings"] if row["scale"] == scale])
    assert composite_reliability(loadings, implied(loadings)) == pytest.approx(RECORDED["cr"][scale], abs=1e-7)
    assert np.mean(loadings**2) == pytest.approx(RECORDED["ave"][scale], abs=1e-7)


def with_waves(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.astype(float)
    frame.insert(0, "respondent", [f"first:{i}" for i in range(len(frame))])
    frame.insert(1, "wave", "first")
    return frame


def found_in(frame: pd.DataFrame, study, extra: str = "", cfa=None) -> pd.DataFrame:
    """The table of reliability by scale, without a single warning of Python's."""
    if cfa is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SemWarning)
            cfa = fit(f"{measurement_model(study)}\n{extra}", frame, estimator="MLR")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return reliability(frame, scores(frame, study), cfa, study).set_index("scale")


@pytest.mark.parametrize("scale", MOBILE["alphas"])
def test_three_kinds_of_alpha_equal_psych(small, scale):
    """psych's own polychoric correlations stop after four digits; lavaan's go as far as ours."""
    expected = MOBILE["alphas"][scale]
    row = found_in(with_waves(mobile()), load(small)).loc[scale]
    assert row[["alpha", "alpha_std"]].to_list() == pytest.approx([expected["raw"], expected["std"]], abs=1e-12)
    assert row["alpha_ordinal"] == pytest.approx(expected["ordinal"], abs=1e-7)
    assert row["alpha_ordinal"] == pytest.approx(expected["ordinal_psych"], abs=5e-5)


@pytest.mark.parametrize(("kind", "extra"), [("plain", ""), ("correlated", "st1 ~~ st2\nho1 ~~ ou1")])
def test_omega_cr_ave_and_h_equal_semtools_and_lavaan(small, kind, extra):
    """lavaan stops searching a little earlier: the fifth digit is its own."""
    table, expected = found_in(with_waves(mobile()), load(small), extra), MOBILE[kind]
    for row in expected["omega"]:
        found = table.loc[row["scale"], ["omega", "omega_ci_lower", "omega_ci_upper"]].to_list()
        assert found == pytest.approx([row["est"], row["lower"], row["upper"]], abs=5e-6)
    for scale, omega in expected["semtools"].items():
        assert table.loc[scale, "omega"] == pytest.approx(omega, abs=5e-6)
    assert table["omega_h"].dropna().to_dict() == pytest.approx({"support": expected["omega_h"]}, abs=5e-6)
    for scale, row in expected["consistency"].items():
        assert table.loc[scale, ["cr", "ave", "max_h"]].to_list() == pytest.approx(
            [row["cr"], row["ave"], row["h"]], abs=5e-6
        )


def test_an_added_cross_loading_is_not_the_scales_own(small):
    """ou1 measures stress too: that share of it is in the denominators of ω and CR, and not in AVE and H of output.

    The sum of stress remains that of its own items, which load on nothing else: CR as in a CFA of any such items.
    """
    study, expected = load(small), MOBILE["crossed"]
    table = found_in(with_waves(mobile()), study, "stress =~ ou1")
    for measure in ("omega", "cr"):
        assert table.loc[list(expected[measure]), measure].to_dict() == pytest.approx(expected[measure], abs=5e-6)
    assert table.loc["output", "ave"] == pytest.approx(expected["ave"], abs=5e-6)
    assert table["note"].drop("mood").eq("").all()


def made(study, n: int = 4000) -> pd.DataFrame:
    """Loadings .8 on first-order factors, .7 of the dimensions on support, everything continuous and standardised."""
    rng = np.random.default_rng(5)
    shared = rng.normal(size=n)
    stress, support, output = (0.6 * shared + 0.8 * rng.normal(size=n) for _ in range(3))
    home, office = (0.7 * support + np.sqrt(0.51) * rng.normal(size=n) for _ in range(2))
    factors = {"st": stress, "ho": home, "of": office, "ou": output, "mo": output}
    return pd.DataFrame({i: 0.8 * factors[i[:2]] + 0.6 * rng.normal(size=n) for i in study.items})


def test_the_truth_is_recovered(small):
    """Sum of stress: (3 · .8)² true, 3 · .36 not. Sum of support: 2 · 1.6² + 2 · 1.6² · .49 true, 4 · .36 not."""
    study = load(small)
    table = found_in(with_waves(made(study)), study)
    assert table.loc["stress", ["omega", "cr"]].to_list() == pytest.approx([5.76 / 6.84] * 2, abs=0.015)
    true = 2 * 2.56 * 1.49
    assert table.loc["support", "omega"] == pytest.approx(true / (true + 1.44), abs=0.015)
    assert table.loc["support", "omega_h"] == pytest.approx(4 * 2.56 * 0.49 / (true + 1.44), abs=0.03)
    assert table.loc["support", ["cr", "ave"]].to_list() == pytest.approx([1.96 / 2.98, 0.49], abs=0.04)
    assert table["alpha_ordinal"].isna().all()  # thousands of different values are no categories


def test_every_construct_and_dimension_has_a_row(small, tmp_path):
    study, frame = load(small), with_waves(mobile())
    frame.loc[0, "st1"] = np.nan
    table = found_in(frame, study)
    results.write("reliability", table.reset_index(), tmp_path / "reliability.csv")
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
    assert table["n"].to_list() == [249, 250, 250, 250, 250, 250]
    assert table["n_score"].to_list() == [250] * 6
    assert table[table["basis"] == "dimensions"].index.to_list() == ["support"]
    assert table.loc["mood", ["alpha", "alpha_ci_lower", "alpha_std", "alpha_ordinal", *FROM_CFA]].isna().all()
    assert table["note"].to_list() == [""] * 4 + ["one item: its reliability cannot be told", ""]


def test_a_heywood_case_has_no_reliability_of_its_own_scale_only(small):
    frame = mobile().astype(float)
    rng = np.random.default_rng(3)
    frame["ou2"] = frame["ou1"] + 0.05 * rng.normal(size=250)
    frame["ou3"] = 0.2 * frame["ou1"] + 2 * rng.normal(size=250)
    frame["ou1"] += 0.6 * frame["ou3"]
    table = found_in(with_waves(frame), load(small))
    assert table.loc["output", FROM_CFA].isna().all()
    assert table.loc["output", "alpha"] > 0
    assert table.loc["stress", ["omega", "cr", "ave", "max_h"]].notna().all()
    assert table.loc["output", "note"].split(" | ")[-1].startswith("negative variance of ou1 in the CFA")
    assert "CFA" not in table.loc["stress", "note"]


def test_a_dimension_of_one_item_has_no_reliability_nor_its_construct_an_omega(small, edit):
    edit("items: [of1, of2]", "items: [of1]")
    table = found_in(with_waves(mobile()), load(small))
    assert table.loc["office", ["alpha", "alpha_std", "alpha_ordinal", *FROM_CFA]].isna().all()
    assert table.loc["support", ["omega", "omega_ci_lower", "omega_ci_upper"]].isna().all()
    assert table.loc["support", ["omega_h", "cr", "ave"]].between(0, 1).all()
    assert table.loc["support", "note"] == "no omega: office has one item, whose error is not known"


def test_an_item_that_was_not_turned_round_shows(small):
    """CR and omega fall, for the sum of such items measures little; AVE and H do not care for signs."""
    study, frame = load(small), mobile()
    right, wrong = (found_in(with_waves(f), study).loc["stress"] for f in (frame, frame.assign(st2=11 - frame["st2"])))
    assert wrong["alpha"] < 0
    assert wrong["alpha_std"] < 0
    assert wrong["alpha_ordinal"] < 0
    assert 0 < wrong["omega"] < 0.5 * right["omega"]
    assert wrong["cr"] < 0.5 * right["cr"]
    assert wrong[["ave", "max_h"]].to_list() == pytest.approx(right[["ave", "max_h"]].to_list(), abs=1e-6)


def test_answers_that_say_nothing_leave_cells_empty(small):
    study, frame = load(small), with_waves(mobile())
    cfa = fit(measurement_model(study), frame, estimator="MLR")
    constant = found_in(frame.assign(st1=4.0, ou1=frame["ou2"]), study, cfa=cfa)
    assert constant.loc["stress", ["alpha_std", "alpha_ordinal"]].isna().all()
    assert constant.loc["stress", "note"] == "all gave the same answer to st1"
    assert np.isnan(constant.loc["output", "alpha_ordinal"])  # two items that are one
    assert constant.loc["output", "note"].startswith("no ordinal alpha: ")
    nobody = found_in(frame.assign(ho1=np.nan), study, cfa=cfa)
    assert nobody.loc["support", "n"] == 0
    assert nobody.loc["support", ["alpha", "alpha_std", "alpha_ordinal"]].isna().all()
    assert nobody.loc[["support", "home"], "note"].eq("nobody answered ho1").all()
    found_in(frame.iloc[:0], study, cfa=cfa)


def test_without_a_solution_nothing_is_read_from_the_cfa(small):
    study, frame = load(small), with_waves(mobile())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)
        cfa = fit(measurement_model(study).replace("stress =~ ", "stress =~ NA*"), frame, estimator="MLR")
    assert cfa.inference.unidentified or not cfa.converged
    table = found_in(frame, study, cfa=cfa)
    assert table[FROM_CFA].isna().all(axis=None)
    assert table["note"].drop("mood").str.startswith("the CFA ").all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = reliability(frame, scores(frame, study), None, study).set_index("scale")
    assert table[FROM_CFA].isna().all(axis=None) and table["alpha"].drop("mood").notna().all()
    assert table["note"].drop("mood").eq("the CFA cannot be estimated").all()
