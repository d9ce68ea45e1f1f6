"""The measurement model recovers what the answers were made of."""

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.errors import UserError
from analysis.measurement import cfa
from analysis.sem import several
from analysis.study import load


@pytest.fixture
def fits(small) -> dict:
    """600 respondents: loadings .8 on every first-order factor, .7 of the dimensions on support, factors r = .4."""
    study = load(small)
    rng = np.random.default_rng(12)
    n = 600
    correlation = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
    stress, support, output = rng.multivariate_normal(np.zeros(3), correlation, n).T
    home, office = (0.7 * support + np.sqrt(0.51) * rng.normal(size=n) for _ in range(2))
    factors = {"st": stress, "ho": home, "of": office, "ou": output, "mo": output}
    frame = pd.DataFrame({i: 0.8 * factors[i[:2]] + 0.6 * rng.normal(size=n) for i in study.items})
    return cfa.estimate(frame, study)


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
    with pytest.raises(UserError, match="No construct of this study has more than one item"):
        cfa.estimate(pd.DataFrame(), load(small))
