"""The measurement model recovers what the answers were made of."""

import numpy as np
import pandas as pd
import pytest
from tests.measurement.planted import MARKED, marked, study

from analysis import results
from analysis.measurement import cfa, local_fit
from analysis.sem import several
from analysis.study import load


@pytest.fixture
def fits(small) -> dict:
    """600 respondents: loadings .8 on every first-order factor, .7 of the dimensions on support, factors r = .4."""
    described = load(small)
    rng = np.random.default_rng(12)
    n = 600
    correlation = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
    stress, support, output = rng.multivariate_normal(np.zeros(3), correlation, n).T
    home, office = (0.7 * support + np.sqrt(0.51) * rng.normal(size=n) for _ in range(2))
    factors = {"st": stress, "ho": home, "of": office, "ou": output, "mo": output}
    frame = pd.DataFrame({i: 0.8 * factors[i[:2]] + 0.6 * rng.normal(size=n) for i in described.items})
    found, why_not = cfa.estimate(frame, described)
    assert not why_not
    return found


def test_loadings_are_recovered_and_have_the_promised_columns(fits, tmp_path):
    found = cfa.loadings(fits["MLR"])
    results.write("loadings", found, tmp_path / "loadings.csv")
    assert len(found) == 3 + 2 + 2 + 2 + 3
    items = found[found["indicator"].str.fullmatch(r"\w\w\d")]
    assert items["std"].to_numpy() == pytest.approx(0.8, abs=0.08)
    assert found["r2"].to_numpy() == pytest.approx(found["std"].to_numpy() ** 2)
    assert found.loc[found["indicator"] == "st1", ["est", "se"]].to_numpy().tolist() == [[1, 0]]
    assert ((found["std_ci_lower"] < found["std"]) & (found["std"] < found["std_ci_upper"])).all()


def test_latent_correlations_are_recovered_for_every_pair_of_factors(fits):
    found = cfa.latent_correlations(fits["ML"])
    assert set(found) == {frozenset(p) for p in (("stress", "support"), ("stress", "output"), ("support", "output"))}
    assert list(found.values()) == pytest.approx([0.4] * 3, abs=0.12)


def test_every_estimator_gives_measures_and_ml_and_mlr_the_same_estimates(fits, tmp_path):
    results.write("measurement_fit", several.measures(fits), tmp_path / "fit.csv")
    results.write("measurement_notes", several.notes(fits), tmp_path / "notes.csv")
    assert list(fits) == ["ML", "MLR", "WLSMV"]
    assert fits["ML"].measures["cfi"] > 0.99
    assert "cfi_robust" in fits["MLR"].measures
    np.testing.assert_allclose(fits["ML"].parameters["est"], fits["MLR"].parameters["est"], rtol=1e-6)


def test_single_items_alone_have_no_measurement_model(small, edit):
    edit("[st1, st2, st3]", "[st1]")
    edit("[ou1, ou2, ou3]", "[ou1]")
    text = small.read_text(encoding="utf-8")
    begin, end = text.index("    dimensions:"), text.index("  mood:")
    edit(text[begin:end], "    items: [ho1]\n")
    described = load(small)
    fits, why_not = cfa.estimate(pd.DataFrame(columns=described.items, dtype=float), described)
    assert not fits and set(why_not.values()) == {cfa.NO_MODEL}


@pytest.mark.parametrize(("answer", "why"), [(3.0, "all gave the same answer to o1"), (np.nan, "nobody answered o1")])
def test_an_item_that_says_nothing_leaves_no_cfa_and_is_named(answer, why, tmp_path):
    described, answers = study(MARKED), marked(200, 0.0, 4).assign(o1=answer)
    fits, why_not = cfa.estimate(answers, described)
    assert not fits and why_not == dict.fromkeys(("ML", "MLR", "WLSMV"), why)
    made = {
        "measurement_notes": cfa.notes(fits, why_not, answers, described),
        "measurement_fit": several.measures(fits),
        "loadings": cfa.loadings(None),
        "local_fit": local_fit.local_fit(None),
        "modification": local_fit.modification(None),
        "respecifications": local_fit.respecifications(answers, None, described),
    }
    for name, table in made.items():
        results.write(name, table, tmp_path / f"{name}.csv")
    assert made["measurement_notes"]["kind"].tolist() == ["NotEstimated"] * 3
    assert all(table.empty for name, table in made.items() if name != "measurement_notes")
    assert cfa.latent_correlations(None) == {}


def test_an_item_constant_among_the_complete_rows_alone_is_told_by_the_engine():
    answers = marked(200, 0.0, 4)
    answers.loc[:99, "o1"], answers.loc[100:, "o2"] = 3.0, np.nan
    _, why_not = cfa.estimate(answers, study(MARKED))
    assert "'o1'" in why_not["MLR"]


@pytest.mark.parametrize("turned", [["s4"], ["s1"], ["t2"], []])
def test_a_loading_against_those_of_its_scale_is_marked(turned):
    answers = marked(400, 0.0, 3)
    answers[turned] = 6 - answers[turned]
    loadings = cfa.loadings(cfa.estimate(answers, study(MARKED))[0]["MLR"])
    assert loadings.loc[loadings["against"], "indicator"].tolist() == turned
