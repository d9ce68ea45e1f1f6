"""Rival measurement models fit worse where the study is right; all numbers are lavaan's (marker/record.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.planted import MARKED, marked, study
from tests.parity.parity_data import holzinger

from analysis import results
from analysis.measurement import cfa
from analysis.measurement.rivals import rival_models, rival_texts
from analysis.sem import compare, side_by_side
from analysis.study.model import measurement_model

RECORDED = Path(__file__).parent / "rivals"
PUPILS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


def rivals(answers, described) -> pd.DataFrame:
    return rival_models(answers, described).set_index(["estimator", "model"])


@pytest.mark.parametrize(
    ("file", "constructs", "answers"),
    [("pupils.csv", PUPILS, holzinger), ("marked.csv", MARKED, lambda: marked(500, 0.35, 11))],
)
def test_rival_models_equal_lavaan(file, constructs, answers, tmp_path):
    found = rivals(answers(), study(constructs))
    results.write("rival_models", found.reset_index()[list(results.TABLES["rival_models"].columns)], tmp_path / "r.csv")
    recorded = pd.read_csv(RECORDED / file, index_col=["estimator", "model"])
    assert set(recorded.index) <= set(found.index)
    found = found.loc[recorded.index]
    robust = found["indices"] == "robust"
    for column in recorded.columns:
        compared = robust if column.startswith(("cfi", "tli", "rmsea")) else robust | True
        got, expected = (t.loc[compared, column].to_numpy(dtype=float) for t in (found, recorded))
        assert got == pytest.approx(expected, rel=5e-5, abs=2e-6, nan_ok=True), column


def test_the_rivals_are_those_that_differ():
    assert list(rival_texts(study(MARKED))) == [
        "first-order",
        "without dimensions",
        "merged: climate + skill",
        "merged: climate + output",
        "merged: skill + output",
        "one factor",
        "bifactor",
    ]
    assert list(rival_texts(study({"skill": MARKED["skill"], "output": MARKED["output"]}))) == ["one factor"]
    assert list(rival_texts(study({"climate": MARKED["climate"]}))) == ["first-order", "one factor", "bifactor"]
    assert not rival_texts(study({"skill": MARKED["skill"]}))


def test_merged_and_single_factors_fit_worse_and_general_ones_no_better():
    found = rivals(marked(800, 0.0, 6), study(MARKED))
    for estimator in ("MLR", "WLSMV"):
        of = found.loc[estimator]
        worse = [m for m in of.index if m.startswith(("merged", "without", "one"))]
        assert (of.loc[worse, "pvalue_diff"] < 1e-6).all()
        assert (of.loc[worse, "delta_cfi"] < -0.02).all()
        assert (of.loc[["first-order", "bifactor"], "pvalue_diff"] > 0.01).all()
    assert found.loc["MLR", "bic"].idxmin() == "study"


def test_respecifications_stay_in_every_rival_that_can_have_them():
    texts = rival_texts(study(MARKED, respecifications=["s1 ~~ o1", "skill =~ o2", "trust ~~ voice"]))
    assert all("s1 ~~ o1" in text for text in texts.values())
    assert "skill =~ o2" not in texts["merged: skill + output"]
    assert "climate =~ o2" in texts["merged: climate + skill"]
    assert "skill =~ o2" in texts["first-order"] and "skill =~ o2" not in texts["one factor"]
    assert "trust ~~ voice" not in texts["without dimensions"]
    assert "voice ~~ 0*climate + 0*skill + 0*output\n" in texts["bifactor"] + "\n"  # trust is free


def test_dimensions_of_two_items_and_of_one_have_a_bifactor_model_too():
    described = study({"climate": {"trust": ["t1", "t2", "t3"], "voice": ["v1", "v2"], "care": ["c1"]}})
    text = rival_texts(described)["bifactor"]
    assert "voice =~ equal_voice*v1 + equal_voice*v2" in text and "care =~" not in text


def test_a_model_without_a_usable_solution_has_a_note_and_no_numbers():
    answers = marked(40, 0.0, 8)
    found = rivals(answers, study(MARKED))
    assert (found["note"].ne("") | found["chisq"].notna()).all()
    missing = found["chisq"].isna()
    assert found.loc[missing, ["cfi", "pvalue", "chisq_diff", "delta_cfi"]].isna().all(axis=None)


@pytest.mark.parametrize("answer", [3.0, np.nan], ids=["constant", "not answered"])
def test_an_item_that_says_nothing_stops_no_rival(answer, tmp_path):
    found = rivals(marked(200, 0.0, 8).assign(s2=answer), study(MARKED))
    results.write("rival_models", found.reset_index()[list(results.TABLES["rival_models"].columns)], tmp_path / "r.csv")
    assert len(found) == 2 * 8
    assert found["chisq"].isna().all() and found["note"].str.contains("'s2'").all()


def test_single_items_alone_have_no_rivals():
    assert rivals(marked(200, 0.0, 8), study({"skill": ["s1"], "output": ["o1"]})).empty


def test_stretched_items_stay_continuous_for_wlsmv_with_a_note():
    rng = np.random.default_rng(1)
    answers = marked(300, 0.0, 9)
    answers["s1"] = np.where(rng.random(300) < 0.3, answers["s1"] * 2 / 3 + 1 / 3, answers["s1"])
    described = study(MARKED)
    fits, why_not = cfa.estimate(answers, described)
    notes = cfa.notes(fits, why_not, answers, described)
    assert notes.loc[notes["kind"] == "LeftContinuous", "note"].tolist() == ["s1"]
    assert not (fits["WLSMV"].parameters.query("op == '|'")["lhs"] == "s1").any()


def test_a_scaled_difference_far_beyond_the_plain_one_gives_way_to_another_scaling():
    """A grossly false restriction: the factor of Satorra & Bentler (2001) comes close to 0. At a correlation of 1 that
    of 2010 has no positive factor either, so that MLM's stands in."""
    answers, described = marked(300, 0.0, 3), study({name: MARKED[name] for name in ("skill", "output")})
    own = measurement_model(described)
    apart, one, two = (
        side_by_side.try_fit(text, answers, estimator="MLR")[0]
        for text in (f"{own}\nskill ~~ 0*output", "g =~ s1 + s2 + s3 + s4 + o1 + o2 + o3", own)
    )
    for model, far in ((apart, False), (one, True)):
        test, note = side_by_side.difference(model, two, ("less", "more"), "plain")
        plain = model.measures["chisq"] - two.measures["chisq"]
        of_2001 = compare(model, two).iloc[1]["chisq_diff"]
        assert (of_2001 > 10 * plain) == far
        if far:
            assert 0.2 < test["chisq_diff"] / plain < 2
            assert note == (
                "difference test scaled by MLM: the scaling factor of MLR is near 0, the difference more than 10 times"
                " the plain one"
            )
        else:
            assert (test["chisq_diff"], note) == (of_2001, "")
