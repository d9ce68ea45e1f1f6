"""Method variance is found where it was planted and only there, and the marker series is lavaan's (marker/record.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.planted import MARKED, MARKER, marked, scores, study

from analysis import results
from analysis.measurement.method_bias import harman, method_bias

RECORDED = Path(__file__).parent / "marker"


def biased(answers: pd.DataFrame, described):
    models, correlations = method_bias(answers, scores(answers, described), described)
    return models.set_index("model"), correlations


@pytest.fixture(scope="module")
def found():
    return biased(marked(500, 0.35, 11), study(MARKED, MARKER))


def test_the_marker_series_equals_lavaan(found):
    models, recorded = found[0], pd.read_csv(RECORDED / "models.csv", index_col="model")
    assert list(models.index) == list(recorded.index)
    for column in recorded.columns:
        expected = recorded[column].to_numpy(dtype=float)
        tolerance = {"rel": 1e-4, "abs": 2e-5} if column == "method_share" else {"rel": 2e-5, "abs": 1e-6}
        assert models[column].to_numpy(dtype=float) == pytest.approx(expected, nan_ok=True, **tolerance), column
    others = ["", "cfa", "", "cfa with marker", "baseline", "C", "C"]
    assert models["compared_with"].tolist() == others
    assert set(models["note"]) == {""}


def test_the_correlations_with_and_without_method_equal_lavaan(found):
    recorded = pd.read_csv(RECORDED / "correlations.csv")
    pd.testing.assert_frame_equal(found[1], recorded, rtol=2e-5, atol=2e-5)


def test_harman_equals_r():
    recorded = pd.read_csv(RECORDED / "harman.csv")
    shares = harman(marked(500, 0.35, 11), study(MARKED, MARKER))
    assert shares["share"].to_numpy() == pytest.approx(recorded["share"].to_numpy(), rel=1e-4)
    assert shares["n"].tolist() == [500, 500]


def test_the_tables_are_the_promised_ones(found, tmp_path):
    results.write("method_models", found[0].reset_index(), tmp_path / "models.csv")
    results.write("method_correlations", found[1], tmp_path / "correlations.csv")
    results.write("harman", harman(marked(500, 0.35, 11), study(MARKED, MARKER)), tmp_path / "harman.csv")


def test_planted_method_variance_is_found_and_taken_out():
    models, correlations = biased(marked(1500, 0.4, 5, codes=False), study(MARKED, MARKER))
    assert models.loc["C", "pvalue_diff"] < 1e-6
    assert models.loc["R", "pvalue_diff"] < 0.001  # it moved the correlations
    share = 0.4**2 / (0.7**2 + 0.4**2 + 0.6**2)
    assert models.loc["C", "method_share"] == pytest.approx(share, abs=0.02)
    assert (correlations["r"] > correlations["r_marker"] + 0.1).all()
    truth = np.array([0.3, 0.3, 0.3])
    assert correlations["r_marker"].to_numpy() == pytest.approx(truth, abs=0.07)


def test_method_variance_that_is_not_there_is_not_found():
    tests = [biased(marked(600, 0.0, seed), study(MARKED, MARKER))[0]["pvalue_diff"] for seed in range(4)]
    for model in ("baseline", "C", "U", "R"):
        assert sum(p[model] < 0.05 for p in tests) <= 1, model


def test_without_a_marker_there_is_the_common_factor_alone():
    models, correlations = biased(marked(300, 0.3, 2), study(MARKED))
    assert list(models.index) == ["cfa", "common factor"]
    assert correlations[["r_marker", "r_partial"]].isna().all(axis=None)
    assert np.isfinite(correlations["r"]).all()


def test_beside_two_constructs_an_unmeasured_factor_says_nothing_and_is_not_fitted():
    described = study({name: MARKED[name] for name in ("skill", "output")})
    models, correlations = biased(marked(300, 0.3, 2), described)
    assert "fewer than three constructs" in models.loc["common factor", "note"]
    assert np.isnan(models.loc["common factor", "chisq"]) and np.isfinite(models.loc["cfa", "chisq"])
    assert correlations["r_common"].isna().all() and np.isfinite(correlations["r"]).all()


def test_a_marker_of_one_item_gives_partial_correlations_and_says_what_it_cannot_give():
    models, correlations = biased(marked(300, 0.3, 2), study(MARKED, MARKER[:1]))
    assert "one item" in models.loc["cfa with marker", "note"]
    assert np.isnan(models.loc["cfa with marker", "chisq"])
    assert np.isfinite(correlations["r_partial"]).all()


def test_a_marker_that_some_were_not_asked_says_on_whom_its_models_rest():
    answers = marked(500, 0.35, 11).assign(m1=lambda f: f["m1"].where(f.index < 400))
    notes = biased(answers, study(MARKED, MARKER))[0]["note"]
    told = "n = 400, for the marker was not asked or left open; the cfa has 500"
    assert notes[["cfa with marker", "baseline", "C", "U", "R"]].str.contains(told, regex=False).all()
    assert not notes[["cfa", "common factor"]].str.contains("the cfa has").any()


def test_an_improper_method_factor_shows_no_estimates():
    rng = np.random.default_rng(1)
    answers = marked(60, 0.0, 3).assign(
        m2=rng.normal(size=60), m3=rng.normal(size=60)
    )  # a marker that measures nothing
    models, correlations = biased(answers, study(MARKED, MARKER))
    unusable = models[models["note"].str.contains("proper|minimum|singular")]
    assert len(unusable)
    assert unusable.loc[unusable.index != "common factor", "method_share"].isna().all()
    assert correlations["r_marker"].isna().all() or "cfa with marker" not in unusable.index


@pytest.mark.parametrize(
    ("constructs", "change"),
    [
        ({"skill": MARKED["skill"]}, {}),
        ({"skill": ["s1"], "output": ["o1"]}, {}),
        (MARKED, {"s2": 3.0}),
        (MARKED, {"m1": 3.0}),
        (MARKED, {"m1": 3.0, "m2": 3.0, "m3": 3.0}),
    ],
)
@pytest.mark.parametrize("rows", [40, 200])
def test_nothing_stops_at_odd_studies_and_data(constructs, change, rows, tmp_path):
    described, answers = study(constructs, MARKER), marked(rows, 0.2, 4).assign(**change)
    models, correlations = method_bias(answers, scores(answers, described), described)
    results.write("method_models", models, tmp_path / "models.csv")
    results.write("method_correlations", correlations, tmp_path / "correlations.csv")
    results.write("harman", harman(answers, described), tmp_path / "harman.csv")
    assert (models["note"].ne("") | models["chisq"].notna()).all()
    assert len(correlations) == len(constructs) * (len(constructs) - 1) / 2
