"""Ordinal data in fit(): known values recovered, what a Fit answers, rows in many chunks, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import analysis.sem as sem
from analysis.sem import fit, moments, polychoric

MODEL = """
    f =~ a1 + a2 + a3
    g =~ b1 + b2 + b3
    g ~ p*f
"""


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    """Two factors with loadings .8 .7 .6 of y*, path .5, five skewed categories, n = 10 000."""
    rng = np.random.default_rng(4)
    f = rng.normal(size=10_000)
    g = 0.5 * f + np.sqrt(0.75) * rng.normal(size=10_000)
    loadings = np.tile([0.8, 0.7, 0.6], 2)
    answers = np.repeat(np.column_stack([f, g]), 3, axis=1) * loadings
    answers += rng.normal(size=answers.shape) * np.sqrt(1 - loadings**2)
    codes = np.digitize(answers, [-0.2, 0.5, 1.1, 1.8]) + 1
    return pd.DataFrame(codes, columns=["a1", "a2", "a3", "b1", "b2", "b3"])


@pytest.fixture(scope="module")
def fitted(simulated):
    return fit(MODEL, simulated, ordered=True, estimator="WLSMV")


def test_known_values_are_recovered(fitted):
    table = fitted.standardized()
    loadings = table[table["op"] == "=~"]
    assert (np.abs(loadings["est_std"] - np.tile([0.8, 0.7, 0.6], 2)) < 4 * loadings["se"]).all()
    path = table[table["op"] == "~"]
    assert abs(path["est_std"].item() - 0.5) < 4 * path["se"].item() < 0.1
    assert fitted.measures["pvalue_scaled"] > 0.001 and fitted.measures["rmsea_scaled"] < 0.02
    assert fitted.warnings == ()


def test_what_a_fit_answers(simulated, fitted):
    implied, residuals = fitted.implied(), fitted.residuals()
    np.testing.assert_allclose(np.diag(implied.cov), 1.0)
    assert residuals.cov.abs().max().max() < 0.03 and residuals.slopes.empty
    shares = (simulated["a1"] <= 2).mean()
    assert implied.thresholds["a1|t2"] == pytest.approx(ndtri(shares))
    assert fitted.r2["g"] == pytest.approx(0.25, abs=0.05)
    text = fitted.summary()
    assert "scaled and shifted" in text and "robust sandwich" in text
    assert repr(fitted).startswith("Fit(WLSMV, n=10000, chisq_scaled=")
    with pytest.raises(sem.OptionError, match="factor scores"):
        fitted.scores()


def test_categories_may_be_any_numbers_or_ordered_labels(simulated, fitted):
    words = pd.CategoricalDtype(["never", "seldom", "often", "mostly", "always"], ordered=True)
    labels = dict(enumerate(words.categories, start=1))
    changed = simulated.assign(a1=simulated["a1"].map(labels).astype(words), b2=simulated["b2"] * 10.5 - 3)
    other = fit(MODEL, changed, ordered=True, estimator="WLSMV")
    np.testing.assert_allclose(other.parameters["est"], fitted.parameters["est"], rtol=1e-10)


def test_rows_are_taken_in_chunks(simulated, fitted, monkeypatch):
    for module in (moments, polychoric):
        monkeypatch.setattr(module, "CHUNK", 700)
    chunked = fit(MODEL, simulated, ordered=True, estimator="WLSMV")
    np.testing.assert_allclose(chunked.parameters["se"], fitted.parameters["se"], rtol=1e-7)
    assert chunked.measures["chisq_scaled"] == pytest.approx(fitted.measures["chisq_scaled"], rel=1e-7)


def test_missing_answers_are_left_out_by_row(simulated):
    data = simulated.head(600).astype(float)
    data.loc[data.index[:20], "a2"] = np.nan
    with pytest.warns(sem.MissingValuesWarning, match="20 of 600"):
        found = fit(MODEL, data, ordered=True, estimator="DWLS")
    whole = fit(MODEL, data.iloc[20:], ordered=True, estimator="DWLS")
    np.testing.assert_array_equal(found.parameters["est"], whole.parameters["est"])


def test_more_statistics_than_rows(simulated):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sem.ImproperSolutionWarning)
        found = fit(MODEL, simulated.head(25), ordered=True, estimator="WLSMV")
    assert np.isfinite(found.measures["chisq_scaled"]) and np.isfinite(found.parameters["se"]).all()


def test_an_unidentified_model_withholds_its_errors(simulated):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = fit("f =~ NA*a1 + a2 + a3 + b1 + b2", simulated, ordered=True, estimator="WLSMV")
    assert any(isinstance(w.message, sem.SingularInformationWarning) for w in caught)
    assert np.isnan(found.parameters["se"].iloc[0]) and np.isnan(found.measures["cfi_scaled"])


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ordered": True}, ["estimator='ML'", "'WLSMV'"]),
        ({"ordered": True, "estimator": "GLS"}, ["estimator='GLS'", "'DWLS'"]),
        ({"ordered": ["a1", "a9"], "estimator": "WLSMV"}, ["'a9'", "Did you mean 'a"]),
        ({"ordered": True, "estimator": "WLSMV", "missing": "fiml"}, ["missing='fiml'", "'WLSMV'"]),
    ],
)
def test_options_that_do_not_go_together(simulated, options, words):
    with pytest.raises(sem.OptionError) as caught:
        fit(MODEL, simulated, **options)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_an_exogenous_variable_is_not_ordinal(simulated):
    with pytest.raises(sem.OptionError, match="'a1', which only predicts"):
        fit("b1 ~ a1", simulated, ordered=["a1", "b1"], estimator="WLSMV")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a2": 3}, ["'a2'", "one observed category"]),
        ({"b1": np.arange(10_000) / 7}, ["'b1'", "10000 different values"]),
        ({"b1": lambda d: d["a1"].clip(upper=2), "a1": lambda d: d["a1"].clip(upper=2)}, ["two empty cells"]),
    ],
)
def test_columns_that_cannot_be_used(simulated, change, words):
    with pytest.raises(sem.DataError) as caught:
        fit(MODEL, simulated.assign(**change), ordered=True, estimator="WLSMV")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_category_that_a_group_does_not_use(simulated):
    data = simulated.head(1000).assign(team=np.repeat(["one", "two"], 500))
    data.loc[data["team"] == "two", "a3"] = data["a3"].clip(upper=4)
    with pytest.raises(sem.DataError, match=r"group 'two' chose category 5 of 'a3'"):
        fit(MODEL, data, ordered=True, estimator="WLSMV", group="team")


def test_thresholds_in_the_model(simulated):
    with pytest.raises(sem.OptionError, match="'a1' has a threshold but is not ordinal"):
        fit(MODEL + "a1 | t1", simulated)
    with pytest.raises(sem.ModelSyntaxError, match="'a1' has 4 thresholds"):
        fit(MODEL + "a1 | t5", simulated, ordered=True, estimator="WLSMV")
    tied = fit(MODEL + "a1 | k*t1\na2 | k*t1", simulated, ordered=True, estimator="WLSMV")
    rows = tied.parameters.query("label == 'k'")
    assert rows["est"].iloc[0] == rows["est"].iloc[1] and tied.measures["df"] == 9
