"""Effects on scores equal those of lm, lavaan and boot in R, and those that Preacher and Hayes published."""

import json
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from tests.regression.claims import HERE, claims, mediators, of_moments, simulated, tables

from analysis import results
from analysis.regression.hierarchical import fit
from analysis.regression.mediation import mediation
from analysis.regression.resampling import system
from analysis.sem.bootstrap import acceleration

RECORDED = json.loads((HERE / "mediation.json").read_text(encoding="utf-8"))
BOUNDS = ("ci_lower", "ci_upper", "bc_lower", "bc_upper", "bca_lower", "bca_upper", "std_ci_lower", "std_ci_upper")
SIMPLE = ({"path": "x -> m1 -> y"}, {"path": "x -> y"})


def quiet(scores, controls, study) -> pd.DataFrame:
    """The effects by kind and path, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return mediation(scores, controls, study).set_index(["effect", "path"])


def monte_carlo(se: float, *draws: int) -> float:
    """How far two recordings of a 95 % limit may be apart: four standard errors of their difference.

    A quantile of R draws has the error √(α (1 − α) / R) / f (f: their density there), 2.7 se / √R for α = .025 and
    normal draws; BCa adds that of the share of draws below the estimate, 2 · √(1/4 / R) / φ(0) = 2.5 se / √R. Together
    3.7 se / √R, and rather 4.5 in the longer tail of a skewed distribution.
    """
    return 4 * 4.5 * se * np.sqrt(sum(1 / r for r in draws))


def test_effects_and_intervals_equal_those_of_boot_in_r():
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=50_000)
    found = quiet(*mediators()[:2], study)
    rows = {"indirect": "x -> m1 -> y", "total": "x -> y", "share": "x -> y"}
    for kind, path in rows.items():
        row, theirs = found.loc[kind, path], RECORDED["intervals"][kind]
        near = monte_carlo(theirs["se"], 50_000, 50_000)
        assert row["est"] == pytest.approx(theirs["est"], abs=1e-10)
        assert row["se"] == pytest.approx(theirs["se"], abs=near / 4)
        assert row[["ci_lower", "ci_upper"]].tolist() == pytest.approx(theirs["perc"], abs=near)
        assert row[["bca_lower", "bca_upper"]].tolist() == pytest.approx(theirs["bca"], abs=near)
        assert (row["n"], row["draws"], row["failed"]) == (160, 50_000, 0)
    std = RECORDED["intervals"]["std"]
    row = found.loc["indirect", rows["indirect"]]
    assert row["std"] == pytest.approx(std["est"], abs=1e-10)
    assert row[["std_ci_lower", "std_ci_upper"]].tolist() == pytest.approx(
        std["perc"], abs=monte_carlo(std["se"], 50_000, 50_000)
    )
    assert found.loc["indirect", rows["indirect"]]["hypothesis"] == "H1"


def test_the_acceleration_is_that_of_the_jackknife():
    """Equal to the jackknife by hand in R; boot's empirical influence, from a regression on its draws, is close."""
    paths = system(*mediators()[:2], claims(["x", "m1", "y"], *SIMPLE, controls=["age"])).left_out()
    a, b, c = paths.b["x", "m1"], paths.b["m1", "y"], paths.b["x", "y"]
    for kind, values in {"indirect": a * b, "total": c + a * b, "share": a * b / (c + a * b)}.items():
        theirs = RECORDED["intervals"][kind]
        assert acceleration(values) == pytest.approx(theirs["acceleration"], abs=1e-10)
        assert acceleration(values) == pytest.approx(theirs["empinf"], abs=0.005)


@pytest.mark.parametrize(
    ("recorded", "hypotheses"),
    [
        ("parallel", ("x -> m1 -> y", "x -> m2 -> y", "x -> y")),
        ("serial", ("x -> m1 -> m2 -> y", "x -> m1 -> y", "x -> m2 -> y", "x -> y")),
    ],
)
def test_several_mediators_as_in_lavaan(recorded, hypotheses):
    study = claims(["x", "m1", "m2", "y"], *({"path": p} for p in hypotheses), controls=["age"], draws=100)
    found = quiet(*mediators()[:2], study)["est"]
    rows = {
        "over_m1": ("indirect", "x -> m1 -> y"),
        "over_m2": ("indirect", "x -> m2 -> y"),
        "over_both": ("indirect", "x -> m1 -> m2 -> y"),
        "indirect": ("total indirect", "x -> y"),
        "total": ("total", "x -> y"),
        "share": ("share", "x -> y"),
        "contrast": ("contrast", "x -> m1 -> y - x -> m2 -> y"),
    }
    # lavaan's optimiser stops a little before the last digits of the least squares
    for name, value in RECORDED[recorded].items():
        assert found[rows[name]] == pytest.approx(value, abs=1e-6), name


def test_the_example_of_preacher_and_hayes():
    """Their 30 made-up clients: a .8186, b .4039, c .7640, c' .4334, ab .3306, Sobel's standard error .1910.

    Preacher, K. J., & Hayes, A. F. (2004). SPSS and SAS procedures for estimating indirect effects in simple mediation
    models. *Behavior Research Methods, Instruments, & Computers*, 36(4), 717–731. Rows with the moments of theirs
    (R: psych, ?mediate).
    """
    data = of_moments("preacher_hayes", "therapy")
    study = claims(list(data), {"path": "therapy -> attribution -> satisfaction"}, {"path": "therapy -> satisfaction"})
    found = quiet(*tables(data)[:2], study)["est"]
    assert found["indirect", "therapy -> attribution -> satisfaction"] == pytest.approx(0.3306, abs=5e-5)
    assert found["total", "therapy -> satisfaction"] == pytest.approx(0.7640, abs=5e-5)
    assert found["direct", "therapy -> satisfaction"] == pytest.approx(0.4334, abs=5e-5)
    first = fit(data, "attribution", ["therapy"], "classical")
    last = fit(data, "satisfaction", ["therapy", "attribution"], "classical")
    paths = system(*tables(data)[:2], study).sample().b
    a, b = (paths[p].item() for p in (("therapy", "attribution"), ("attribution", "satisfaction")))
    assert (a, b) == (pytest.approx(0.8186, abs=5e-5), pytest.approx(0.4039, abs=5e-5))
    sobel = np.hypot(b * first.bse["therapy"], a * last.bse["attribution"])
    assert sobel == pytest.approx(0.1910, abs=5e-5)


def test_every_draw_is_the_regressions_of_its_rows():
    """Draws from stacked covariance matrices are those of least squares on the rows themselves."""
    study = claims(["x", "m1", "m2", "y"], {"path": "x -> m1 -> m2 -> y"}, {"path": "x -> y"}, controls=["age"])
    model = system(*mediators()[:2], study)
    draws, n = model.resamples(20, 3), len(model.frame)
    rows = np.random.Generator(np.random.Philox(3)).integers(n, size=(20, n))
    for k, chosen in enumerate(rows):
        part = model.frame.iloc[chosen]
        for outcome, terms in model.terms.items():
            design = np.column_stack([np.ones(n), part[terms]])
            b = np.linalg.lstsq(design, part[outcome], rcond=None)[0][1:]
            assert [draws.b[t, outcome][k] for t in terms] == pytest.approx(b.tolist(), rel=1e-9)
            ratio = (part[terms].std() / part[outcome].std()).to_numpy()
            assert [draws.beta[t, outcome][k] for t in terms] == pytest.approx((b * ratio).tolist(), rel=1e-9)
    without = model.left_out()
    part = model.frame.drop(index=model.frame.index[5])
    b = np.linalg.lstsq(np.column_stack([np.ones(n - 1), part[model.terms["y"]]]), part["y"], rcond=None)[0][1:]
    assert [without.b[t, "y"][5] for t in model.terms["y"]] == pytest.approx(b.tolist(), rel=1e-9)
    assert without.sd["y"][5] == pytest.approx(part["y"].std(), rel=1e-12)


def test_the_truth_lies_in_the_intervals_about_as_often_as_they_say():
    """Over 60 samples of 150 the 95 % intervals of a true .5 · .4 hold it 57 times; 51 or more with p > .998."""
    study = claims(["x", "m", "y"], {"path": "x -> m -> y"}, {"path": "x -> y"}, draws=500)
    hits = {"ci": 0, "bca": 0}
    for seed in range(60):
        found = quiet(*tables(simulated(150, seed, 0.0, 0.0).drop(columns="w"))[:2], study)
        row = found.loc["indirect", "x -> m -> y"]
        for kind in hits:
            hits[kind] += row[f"{kind}_lower"] < 0.2 < row[f"{kind}_upper"]
    assert all(count >= 51 for count in hits.values()), hits
    assert all(count < 60 for count in hits.values()), hits


def test_units_of_measurement_change_nothing_that_is_standardised():
    scores, controls, _ = mediators()
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=200)
    moved = scores.assign(x=1e6 + 1e-4 * scores["x"], m1=1e5 * scores["m1"] - 3e7)
    first, second = (quiet(s, controls, study) for s in (scores, moved))
    assert second["std"].tolist() == pytest.approx(first["std"].tolist(), rel=1e-6)
    assert second["std_ci_lower"].tolist() == pytest.approx(first["std_ci_lower"].tolist(), rel=1e-6)
    assert second.loc["total", "x -> y"]["est"] == pytest.approx(1e4 * first.loc["total", "x -> y"]["est"], rel=1e-6)


def test_the_same_seed_gives_the_same_table_and_another_does_not():
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=300)
    tables_ = [mediation(*mediators()[:2], s) for s in (study, study, study.model_copy(update={"seed": 8}))]
    pd.testing.assert_frame_equal(tables_[0], tables_[1])
    assert not np.isclose(tables_[0]["ci_lower"], tables_[2]["ci_lower"]).any()


def test_respondents_are_the_same_in_all_regressions():
    """Who left out the outcome is not in the regression of the mediator either."""
    scores, controls, _ = mediators()
    scores.loc[:39, "y"] = np.nan
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=100)
    row = quiet(scores, controls, study).loc["indirect", "x -> m1 -> y"]
    complete = quiet(scores[40:], controls[40:], study).loc["indirect", "x -> m1 -> y"]
    assert (row["n"], row["est"]) == (120, pytest.approx(complete["est"], rel=1e-12))


def test_the_table_is_the_one_promised(tmp_path):
    study = claims(["x", "m1", "m2", "y"], {"path": "x -> m1 -> m2 -> y"}, {"path": "x -> y"}, draws=100)
    results.write("regression_effects", mediation(*mediators()[:2], study), tmp_path / "effects.csv")
    read = results.read("regression_effects", tmp_path / "effects.csv")
    assert read["path"].tolist().count("x -> y") == 3 and (read["note"] == "").sum() >= 4


def test_without_mediation_the_table_is_empty(tmp_path):
    table = mediation(*mediators()[:2], claims(["x", "y"], {"path": "x -> y"}, controls=["age"]))
    results.write("regression_effects", table, tmp_path / "effects.csv")
    assert results.read("regression_effects", tmp_path / "effects.csv").empty


# --- Shares that say nothing ---


@pytest.mark.parametrize(
    ("direct", "reason"), [(-0.6, "opposite signs"), (0.02, "interval of the total effect contains 0")]
)
def test_a_share_that_is_no_part_of_a_whole_is_empty(direct, reason):
    rng = np.random.default_rng(5)
    noise = np.column_stack([np.ones(300), rng.normal(size=(300, 3))])
    x, e, f = np.linalg.qr(noise)[0][:, 1:].T * np.sqrt(300)  # uncorrelated, so that the paths are those planted
    m = (0.5 if direct < 0 else 0.03) * x + e
    data = pd.DataFrame({"x": x, "m": m, "y": 0.5 * m + direct * x + f})
    found = quiet(*tables(data)[:2], claims(["x", "m", "y"], {"path": "x -> m -> y"}, {"path": "x -> y"}, draws=500))
    share = found.loc["share", "x -> y"]
    assert reason in share["note"]
    assert share[["est", "std", "se", "pvalue", *BOUNDS]].isna().all()
    assert np.isfinite(found.loc["total", "x -> y"]["est"])


# --- Answers that spoil a regression ---

TWO = ({"path": "x -> m1 -> y"}, {"path": "x -> m2 -> y"}, {"path": "x -> y"})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda s: s.assign(m2=np.nan), "nobody has a score of m2"),
        (lambda s: s.assign(m2=3.0), "all respondents have the same m2"),
        (lambda s: s.assign(m2=2 * s["m1"] - 1), "m2 does not vary, or follows from the other terms of y"),
    ],
    ids=["not measured", "constant", "collinear"],
)
def test_one_mediator_that_cannot_be_estimated_leaves_the_other(spoil, reason):
    scores, controls, _ = mediators()
    study = claims(["x", "m1", "m2", "y"], *TWO, controls=["age"], draws=200)
    found = quiet(spoil(scores), controls, study)
    lost = found.loc["indirect", "x -> m2 -> y"]
    assert reason in lost["note"] and lost[["est", "se", "pvalue", *BOUNDS]].isna().all()
    assert (lost["n"], lost["failed"]) == (160, 200)
    one = quiet(scores, controls, claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=200))
    kept, alone = (t.loc["indirect", "x -> m1 -> y"] for t in (found, one))
    assert kept["est"] == pytest.approx(alone["est"], rel=1e-9) and kept["note"] == ""
    assert np.isnan(found.loc["total", "x -> y"]["est"]) and reason in found.loc["total", "x -> y"]["note"]


@pytest.mark.parametrize(("n", "reason"), [(0, "nobody has a score of y"), (4, "4 complete respondents are too few")])
def test_too_few_respondents_are_told_in_words(n, reason):
    scores, controls, _ = mediators()
    found = quiet(scores.head(n), controls.head(n), claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=100))
    assert found["est"].isna().all() and set(found["n"]) == {n}
    assert found["note"].str.contains(reason).all()


def test_draws_without_a_solution_are_counted():
    """A control that two of 40 respondents have is in no draw with probability (1 − 2/40)^40 = .129."""
    scores, controls, _ = mediators()
    controls["age"] = (controls.index < 2).astype(float)
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=2000)
    found = quiet(scores.head(40), controls.head(40), study)
    failed = found["failed"].unique()
    assert len(failed) == 1 and failed[0] / 2000 == pytest.approx(0.95**40, abs=0.03)
    assert np.isfinite(
        found.loc["indirect", "x -> m1 -> y"][["est", "se", "ci_lower", "bca_lower"]].astype(float)
    ).all()


def test_an_outcome_with_two_values_has_effects():
    scores, controls, _ = mediators()
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=200)
    found = quiet(scores.assign(y=(scores["y"] > 3) * 1.0), controls, study)
    assert np.isfinite(found.loc[["indirect", "total"], ["est", "ci_lower", "bca_upper"]]).all(axis=None)


def test_five_thousand_draws_take_no_time_to_speak_of():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.normal(size=(800, 12)), columns=[f"v{k}" for k in range(12)])
    study = claims(
        [f"v{k}" for k in range(4)], {"path": "v0 -> v1 -> v2 -> v3"}, controls=[f"v{k}" for k in range(4, 12)]
    )
    started = time.perf_counter()
    found = quiet(*tables(data, *study.controls)[:2], study)
    assert set(found["draws"]) == {5000} and time.perf_counter() - started < 3


def test_a_control_that_one_wave_did_not_ask_costs_that_wave_and_it_is_said():
    scores, controls, _ = mediators()
    wave = np.where(scores.index < 100, "one", "two")
    scores, controls = scores.assign(wave=wave), controls.assign(wave=wave, age=controls["age"].where(wave == "one"))
    study = claims(["x", "m1", "y"], *SIMPLE, controls=["age"], draws=100)
    found = quiet(scores, controls, study)
    said = f"{len(scores) - 100} of {len(scores)} respondents left out: age was not asked in wave two"
    assert found["note"].str.contains(said, regex=False).all() and set(found["n"]) == {100}
    assert found.loc[("indirect", "x -> m1 -> y"), ["est", "ci_lower", "ci_upper"]].notna().all()
