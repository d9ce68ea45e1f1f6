"""Ratios and tests of discriminant validity as semTools, seminr and lavaan give them; what is one is called one."""

import json
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.test_factors import SCALES, carried, measured, simulated

from analysis import results
from analysis.measurement import cfa, validity
from analysis.sem import several
from analysis.study import load
from analysis.study.model import measurement_model
from analysis.study.types import Study

RECORDED = json.loads((Path(__file__).parent / "distinctness" / "recorded.json").read_text(encoding="utf-8"))
TWO = {scale: [f"{scale}{i}" for i in range(1, 5)] for scale in "ab"}


@pytest.fixture
def few(edit):
    edit("seed: 7", "seed: 7\ndraws: 200")


def fitted(answers: pd.DataFrame, study: Study):
    return several.fits(measurement_model(study), answers, ("MLR",))["MLR"]


def own_and_other(seed: int, r: float, n: int = 600) -> pd.DataFrame:
    """Answers to a1–a4 and b1–b4, whose factors correlate by r, and to c1–c4; loadings .8, c apart by .3."""
    rng = np.random.default_rng(seed)
    shape = np.array([[1, r, 0.3], [r, 1, 0.3], [0.3, 0.3, 1]])
    latent = rng.multivariate_normal(np.zeros(3), shape, n)
    return pd.DataFrame(
        {f"{s}{i}": 0.8 * latent[:, k] + 0.6 * rng.normal(size=n) for k, s in enumerate("abc") for i in range(1, 5)}
    )


@pytest.mark.parametrize("name", SCALES)
def test_both_ratios_equal_semtools(small, few, name, tmp_path):
    found = validity.htmt(carried(name), measured(load(small), SCALES[name]))
    results.write("htmt", found, tmp_path / "table.csv")
    for ratio in ("HTMT", "HTMT2"):
        expected = np.array(RECORDED[name][ratio])[np.triu_indices(len(SCALES[name]), 1)]
        assert found.loc[found["ratio"] == ratio, "est"].to_numpy() == pytest.approx(expected, abs=1e-10)
    assert ((found["ci_lower"] < found["est"]) & (found["est"] < found["ci_upper"])).all()
    assert (found["draws"] == 200).all() and (found["failed"] == 0).all()


def test_image_and_expectation_as_published_by_seminr(small, few):
    found = validity.htmt(carried("satisfaction"), measured(load(small), SCALES["satisfaction"]))
    assert found.query("a == 'IMAG' and b == 'CUEX' and ratio == 'HTMT'")["est"].item() == pytest.approx(
        0.88803, abs=5e-6
    )


def test_the_interval_covers_the_latent_correlation(small):
    found = validity.htmt(own_and_other(1, 0.6), measured(load(small), TWO))
    assert found["draws"].to_list() == [5000, 5000]
    assert ((found["ci_lower"] < 0.6) & (found["ci_upper"] > 0.6)).all()
    again = validity.htmt(own_and_other(1, 0.6), measured(load(small), TWO))
    pd.testing.assert_frame_equal(found, again)


def test_dimensions_are_the_indicators_of_a_second_order_construct(small, few):
    """Dimensions load .7 on two constructs that correlate .5: all items at once would give about .35."""
    rng = np.random.default_rng(4)
    pair = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 3000)
    frame, constructs = {}, {}
    for k, name in enumerate("ab"):
        constructs[name] = {f"{name}{d}": [f"{name}{d}{i}" for i in range(3)] for d in range(3)}
        for items in constructs[name].values():
            dimension = 0.7 * pair[:, k] + np.sqrt(0.51) * rng.normal(size=3000)
            frame |= {i: 0.8 * dimension + 0.6 * rng.normal(size=3000) for i in items}
    found = validity.htmt(pd.DataFrame(frame), measured(load(small), {}, **constructs))
    assert found["est"].to_numpy() == pytest.approx(0.5, abs=0.05)


def test_two_constructs_that_are_one_are_called_out(small, few, tmp_path):
    study, answers = measured(load(small), {**TWO, "c": ["c1", "c2", "c3", "c4"]}), own_and_other(6, 1.0)
    ratios = validity.htmt(answers, study).query("ratio == 'HTMT'").set_index(["a", "b"])
    assert ratios.loc[("a", "b"), "est"] == pytest.approx(1, abs=0.03)
    assert ratios.loc[("a", "b"), "ci_upper"] > 1 > ratios.loc[("a", "c"), "ci_upper"]
    found = validity.constrained_correlations(fitted(answers, study), answers, study)
    results.write("constrained_correlations", found, tmp_path / "table.csv")
    tests = found.set_index(["a", "b"])
    assert tests.loc[("a", "b"), "pvalue_diff"] > 0.05 and tests.loc[("a", "c"), "pvalue_diff"] < 1e-10
    assert (tests["df_diff"] == 1).all()


def test_constrained_correlations_equal_lavaan(small):
    study = measured(load(small), SCALES["reputation"])
    answers = carried("reputation")
    found = validity.constrained_correlations(fitted(answers, study), answers, study).set_index(["a", "b"])
    for expected in RECORDED["constrained"]:
        row = found.loc[(expected["a"].lower(), expected["b"].lower())]
        assert row["chisq_diff"] == pytest.approx(expected["chisq"], rel=2e-5)
        assert row["pvalue_diff"] == pytest.approx(expected["pvalue"], rel=1e-3)
        bounds = [expected[k] for k in ("r", "lower", "upper")]
        assert row[["r", "ci_lower", "ci_upper"]].to_list() == pytest.approx(bounds, abs=2e-5)


def test_opposite_constructs_are_held_at_minus_one_and_second_order_ones_are_tested(small):
    rng = np.random.default_rng(9)
    factor, n = rng.normal(size=500), 500
    frame = {f"st{i}": -0.8 * factor + 0.6 * rng.normal(size=n) for i in (1, 2, 3)}
    for items in (("ho1", "ho2"), ("of1", "of2")):
        dimension = 0.8 * factor + 0.6 * rng.normal(size=n)
        frame |= {item: 0.8 * dimension + 0.6 * rng.normal(size=n) for item in items}
    frame |= {f"ou{i}": 0.8 * rng.normal(size=n) for i in (1, 2, 3)} | {"mo1": rng.normal(size=n)}
    other = rng.normal(size=n)
    frame |= {f"ou{i}": 0.8 * other + 0.6 * rng.normal(size=n) for i in (1, 2, 3)}
    study, answers = load(small), pd.DataFrame(frame)
    found = validity.constrained_correlations(fitted(answers, study), answers, study).set_index(["a", "b"])
    opposite = found.loc[("stress", "support")]
    assert opposite["r"] < -0.9 and opposite["pvalue_diff"] > 0.01
    single = found.loc[("stress", "mood")]
    assert np.isnan(single["chisq_diff"]) and single["note"] == "mood: one item, not in the CFA"


def test_fornell_and_larcker_by_hand(small, tmp_path):
    study = load(small)
    scales = list(study.scales())
    ave = dict.fromkeys(scales, 0.5) | {"mood": np.nan, "output": 0.36}
    table = pd.DataFrame({"scale": scales, "ave": [ave[s] for s in scales]})
    pairs = {("stress", "support"): -0.6, ("stress", "output"): 0.65, ("support", "output"): -0.59}
    latent = {frozenset(pair): r for pair, r in pairs.items()}
    found = validity.fornell_larcker(table, latent, study)
    results.write("fornell_larcker", found, tmp_path / "table.csv")
    found = found.set_index(["a", "b"])
    assert len(found) == 10
    assert found.loc[("output", "output"), "value"] == pytest.approx(0.6)
    holds = found["holds"].to_dict()
    assert holds[("stress", "support")] == holds[("support", "output")] == holds[("stress", "stress")] == "yes"
    assert holds[("stress", "output")] == "no"
    assert holds[("stress", "mood")] == holds[("mood", "mood")] == ""


def test_a_planted_cross_loading_is_the_highest_correlation_with_another_construct(small, tmp_path):
    study, answers = measured(load(small), {**TWO, "c": ["c1", "c2", "c3", "c4"]}), simulated(cross=0.5)
    scores = pd.DataFrame({s: answers[list(items)].mean(axis=1) for s, items in study.scales().items()})
    found = validity.cross_loadings(answers, scores, study)
    results.write("cross_loadings", found, tmp_path / "table.csv")
    assert found["own"].sum() == 12 and len(found) == 36
    strongest = found[~found["own"]].set_index(["item", "construct"])["r"].idxmax()
    assert strongest == ("a1", "b")
    own = found.query("own and item == 'a2'")["r"].item()
    assert own == pytest.approx(answers["a2"].corr(answers[["a1", "a3", "a4"]].sum(axis=1)))


BAD = {
    "an item that does not vary": lambda f: f.assign(a1=3.0),
    "two constructs the same": lambda f: f.assign(**{f"b{i}": f[f"a{i}"] for i in range(1, 5)}),
    "an item not turned round": lambda f: f.assign(a1=-f["a1"]),
    "five rows": lambda f: f.head(5),
    "two rows": lambda f: f.head(2),
    "nobody": lambda f: f.head(0),
    "nothing varies": lambda f: f * 0 + 2,
    "no answers to one item": lambda f: f.assign(a1=np.nan),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_bad_answers_leave_empty_cells_and_a_note(small, few, tmp_path, spoil):
    study = measured(load(small), {**TWO, "single": ["c1"], "other": ["c2"]})
    answers = spoil(own_and_other(2, 0.5, 80))
    scores = pd.DataFrame({s: answers[list(items)].mean(axis=1) for s, items in study.scales().items()})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ratios = validity.htmt(answers, study)
        results.write("htmt", ratios, tmp_path / "table.csv")
        results.write("cross_loadings", validity.cross_loadings(answers, scores, study), tmp_path / "table.csv")
    assert len(ratios) == 2 * 6
    assert (ratios["note"] != "").where(ratios["est"].isna(), True).all()
    assert ratios["est"].isna().eq(ratios["failed"] == 200).all() or len(answers) == 5
    try:
        measurement = fitted(answers, study)
    except ValueError:
        return
    held = validity.constrained_correlations(measurement, answers, study)
    results.write("constrained_correlations", held, tmp_path / "table.csv")
    assert (held["note"] != "").where(held["chisq_diff"].isna(), True).all()


def test_what_the_ratio_ignores_is_noted(small, few):
    study = measured(load(small), {**TWO, "single": ["c1"]})
    answers = own_and_other(2, 0.5).assign(a1=lambda f: -f["a1"])
    notes = validity.htmt(answers, study).set_index(["a", "b"])["note"]
    assert "a: 3 of 6 correlations within are negative" in notes["a", "b"].iloc[0]
    assert "differ in sign (4 of 16)" in notes["a", "b"].iloc[0]
    assert "single: one item, taken as free of error" in notes["b", "single"].iloc[1]
    constant = validity.htmt(answers.assign(b2=1.0), study).set_index(["a", "b"])
    assert constant.loc[("a", "b"), "note"].to_list() == ["all gave the same answer to b2"] * 2
    assert constant.loc[("a", "single"), "est"].notna().all()


def test_constructs_without_a_correlation_in_the_cfa_are_said_to_have_none(small):
    answers = own_and_other(2, 0.5, 80)
    study = measured(load(small), {**TWO, "c": ["c1", "c2", "c3"]})
    smaller = measured(load(small), TWO)
    found = validity.constrained_correlations(fitted(answers, smaller), answers, study)
    assert (found["note"] == "the CFA has no such correlation").sum() == 2
    assert set(map(frozenset, combinations("ab", 2))) == set(cfa.latent_correlations(fitted(answers, smaller)))


def test_the_level_of_significance_is_the_studys(small):
    row = {"r": 0.9, "ci_lower": 0.85, "ci_upper": 0.95, "pvalue_diff": 0.03}
    assert validity._alike(row, 0.05) == ""
    assert "the test does not reject 1" in validity._alike(row, 0.01)
    study, answers = measured(load(small), TWO), own_and_other(2, 0.5, 300)
    strict = study.model_copy(update={"significance": 1e-300})
    assert "does not reject" in validity.constrained_correlations(fitted(answers, strict), answers, strict)["note"][0]


def test_an_interval_that_excludes_its_ratio_is_remarked_on(small, few):
    """Of unrelated items the absolute correlations, and so the ratio, are larger in nearly all resamples."""
    answers = pd.DataFrame(
        np.random.default_rng(4).normal(size=(60, 12)), columns=[f"{s}{i}" for s in "abc" for i in "1234"]
    )
    for scale in "abc":
        answers[[f"{scale}{i}" for i in "1234"]] += np.random.default_rng(ord(scale)).normal(size=(60, 1))
    found = validity.htmt(answers, measured(load(small), {s: [f"{s}{i}" for i in "1234"] for s in "abc"}))
    outside = (found["est"] < found["ci_lower"]) | (found["est"] > found["ci_upper"])
    assert outside.any()
    assert found["note"].str.contains("the interval excludes the ratio itself").tolist() == outside.tolist()


def test_without_a_restricted_solution_the_interval_still_speaks(small, monkeypatch):
    study, answers = measured(load(small), TWO), own_and_other(2, 0.5, 300)
    measurement = fitted(answers, study)

    monkeypatch.setattr(validity, "try_fit", lambda *_, **__: (None, "no minimum"))
    row = validity.constrained_correlations(measurement, answers, study).iloc[0]
    assert row["note"] == "no minimum | its interval excludes 1: the two are distinct"
    assert np.isnan(row["df_diff"]) and np.isnan(row["chisq_diff"]) and row["r"] > 0.3


def test_an_improper_restricted_solution_is_mentioned_and_a_singular_one_is_not(small):
    """comp and cusl at 1 put another correlation beyond 1; a correlation of 1 alone is no news."""
    study, answers = measured(load(small), SCALES["reputation"]), carried("reputation")
    notes = validity.constrained_correlations(fitted(answers, study), answers, study).set_index(["a", "b"])["note"]
    assert "with the correlation held: improper solution" in notes["comp", "cusl"]
    assert "comp and like 1.07" in notes["comp", "cusl"] and notes["comp", "like"] == notes["like", "cusl"] == ""


def test_a_constant_item_of_a_dimension_is_noted(small, few):
    rng = np.random.default_rng(4)
    parts = {"d1": ["p1", "p2"], "d2": ["p3", "p4"]}
    answers = own_and_other(2, 0.5, 200)
    answers = answers.assign(**{f"p{k}": answers["a1"] + rng.normal(size=200) for k in range(1, 5)}).assign(p3=2.0)
    found = validity.htmt(answers, measured(load(small), {"a": TWO["a"], "b": TWO["b"]}, second=parts))
    notes = found.set_index(["a", "b"])["note"]
    assert notes["a", "second"].str.startswith("all gave the same answer to p3").all()
    assert not notes["a", "b"].str.contains("same").any()
    assert found["est"].notna().all()


def test_an_item_that_nobody_answered_stops_the_ratios_of_its_construct_alone(small, few):
    study = measured(load(small), {**TWO, "c": ["c1", "c2", "c3"]})
    answers = own_and_other(2, 0.5, 200)
    found = validity.htmt(answers.assign(c4=np.nan, c1=np.nan), study).set_index(["a", "b"])
    whole = validity.htmt(answers, study).set_index(["a", "b"])
    pd.testing.assert_frame_equal(found.loc[[("a", "b")]], whole.loc[[("a", "b")]])
    assert found.loc[[("a", "c"), ("b", "c")], "est"].isna().all()
    assert found.loc[[("a", "c"), ("b", "c")], "note"].eq("nobody answered c1").all()


def test_a_restricted_model_without_a_minimum_says_which_correlation_runs_away(small):
    """a and b correlate 0, and c .5 with the one and -.5 with the other: with a and b at 1, a's loadings go to 0 and
    its covariance with c beyond all bounds; lavaan finds no minimum either."""
    rng = np.random.default_rng(0)
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0, 0.5], [0, 1, -0.5], [0.5, -0.5, 1]], 300)
    study = measured(load(small), {"a": ["a1", "a2", "a3"], "b": [f"b{k}" for k in range(5)], "c": ["c1", "c2", "c3"]})
    loading = {"a": 0.5, "b": 0.8, "c": 0.7}
    answers = pd.DataFrame(
        {
            i: loading[i[0]] * latent[:, "abc".index(i[0])] + np.sqrt(1 - loading[i[0]] ** 2) * rng.normal(size=300)
            for i in study.items
        }
    )
    row = validity.constrained_correlations(fitted(answers, study), answers, study).iloc[0]
    assert np.isnan(row["chisq_diff"])
    held, _, interval = row["note"].partition(" | ")
    assert held == "with the correlation held no minimum was found: that of a and c grows beyond 1"
    assert interval == "its interval excludes 1: the two are distinct"


def test_without_a_cfa_no_correlation_is_held(small):
    study = measured(load(small), {**TWO, "single": ["c1"]})
    found = validity.constrained_correlations(None, own_and_other(2, 0.5, 80), study)
    assert found["note"].tolist() == ["the CFA cannot be estimated"] + ["single: one item, not in the CFA"] * 2
    assert found[["r", "chisq_diff"]].isna().all(axis=None)
