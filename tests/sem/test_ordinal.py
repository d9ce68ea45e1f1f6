"""Ordinal data in fit(): known values recovered, what a Fit answers, rows in many chunks, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import analysis.sem as sem
from analysis.sem import fit, moments

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
    assert fitted.scores().corr().loc["f", "g"] > 0.5


def test_categories_may_be_any_numbers_or_ordered_labels(simulated, fitted):
    words = pd.CategoricalDtype(["never", "seldom", "often", "mostly", "always"], ordered=True)
    labels = dict(enumerate(words.categories, start=1))
    changed = simulated.assign(a1=simulated["a1"].map(labels).astype(words), b2=simulated["b2"] * 10.5 - 3)
    other = fit(MODEL, changed, ordered=True, estimator="WLSMV")
    np.testing.assert_allclose(other.parameters["est"], fitted.parameters["est"], rtol=1e-10)


def test_rows_are_taken_in_chunks(simulated, fitted, monkeypatch):
    monkeypatch.setattr(moments, "CHUNK", 700)
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
        ({"ordered": True, "estimator": "WLSMV", "meanstructure": False}, ["thresholds", "leave meanstructure out"]),
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
        ({"a2": lambda d: d["a1"]}, ["'a1' and 'a2'", "perfectly correlated (0.999"]),
        ({"a2": lambda d: 6 - d["a1"]}, ["'a1' and 'a2'", "perfectly correlated (-0.999"]),
        ({"b1": lambda d: d["a1"].clip(upper=2), "a1": lambda d: d["a1"].clip(upper=2)}, ["two empty cells"]),
    ],
)
def test_columns_that_cannot_be_used(simulated, change, words):
    with pytest.raises(sem.DataError) as caught:
        fit(MODEL, simulated.assign(**change), ordered=True, estimator="WLSMV")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"b2": lambda d: 3 * d["b1"] + 1}, "group 'one': columns 'b1' and 'b2' are perfectly correlated"),
        (
            {"a1": lambda d: np.digitize(d["b1"], [1, 2, 3])},
            "group 'one': 'a1' and 'b1' are perfectly correlated .0.995",
        ),
        ({"b3": lambda d: d["b1"] - d["b2"]}, "group 'one': columns 'b3', 'b.', 'b.' are linearly dependent"),
        ({"b1": lambda d: d["b1"].where(d["team"] == "one", 2.0)}, "group 'two': column 'b1' is constant"),
        ({"x": lambda d: d["team"].eq("two") * 1.0}, "group 'one': column 'x' is constant"),
    ],
)
def test_continuous_columns_beside_ordinal_ones(simulated, change, words):
    rng = np.random.default_rng(2)
    data = simulated.head(400).assign(team=np.repeat(["one", "two"], 200), x=rng.normal(size=400))
    for name in ("b1", "b2", "b3"):
        data[name] = data[name] + rng.normal(size=400)
    text = MODEL + "g ~ x" * ("x" in change)
    with pytest.raises(sem.DataError, match=words):
        fit(text, data.assign(**change), ordered=["a1", "a2", "a3"], estimator="WLSMV", group="team")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a1 ~~ 0.5*a1", ["residual variance", "'a1'", "neither fixed nor freed"]),
        ("a1 ~~ NA*a1", ["residual variance", "'a1'", "neither fixed nor freed"]),
        ("a2 | 5*t1 + 0*t2", ["a2 | t2", "must increase", "0 follows 5"]),
        ("a2 | 0.5*t1 + t2 + 0.5*t3", ["a2 | t3", "must increase"]),
    ],
)
def test_values_that_an_ordinal_variable_cannot_have(simulated, line, words):
    with pytest.raises(sem.ModelSyntaxError) as caught:
        fit(MODEL + line, simulated, ordered=True, estimator="WLSMV")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_equal_residuals_of_ordinal_variables_are_said_to_do_nothing(simulated):
    data, equal = simulated.head(2000).assign(team=["one", "two"] * 1000), ["loadings", "intercepts"]
    options = {"ordered": True, "estimator": "WLSMV", "group": "team"}
    with pytest.warns(sem.IgnoredOptionWarning, match="ordinal variables.*a1, a2") as caught:
        more = fit(MODEL, data, group_equal=[*equal, "residuals"], **options)
    assert len(caught[0].message.culprits) == 6
    less = fit(MODEL, data, group_equal=equal, **options)
    assert less.warnings == () and less.measures["df"] == more.measures["df"]


def test_a_category_that_a_group_does_not_use(simulated):
    data = simulated.head(1000).assign(team=np.repeat(["one", "two"], 500))
    data.loc[data["team"] == "two", "a3"] = data["a3"].clip(upper=4)
    with pytest.raises(sem.DataError, match=r"group 'two': nobody chose category 5 of 'a3'"):
        fit(MODEL, data, ordered=True, estimator="WLSMV", group="team")


def test_thresholds_in_the_model(simulated):
    with pytest.raises(sem.OptionError, match="'a1' has a threshold but is not ordinal"):
        fit(MODEL + "a1 | t1", simulated)
    with pytest.raises(sem.ModelSyntaxError, match="'a1' has 4 thresholds"):
        fit(MODEL + "a1 | t5", simulated, ordered=True, estimator="WLSMV")
    tied = fit(MODEL + "a1 | k*t1\na2 | k*t1", simulated, ordered=True, estimator="WLSMV")
    rows = tied.parameters.query("label == 'k'")
    assert rows["est"].iloc[0] == rows["est"].iloc[1] and tied.measures["df"] == 9


def test_the_theta_parameterisation_is_the_same_model_in_other_units(simulated):
    few = simulated.head(1500)
    delta, theta = (fit(MODEL, few, ordered=True, estimator="WLSMV", parameterization=p) for p in ("delta", "theta"))
    for name in ("df", "chisq", "chisq_scaled", "srmr", "cfi_scaled", "cfi_robust"):
        assert theta.measures[name] == pytest.approx(delta.measures[name], rel=1e-6), name
    np.testing.assert_allclose(theta.standardized()["est_std"], delta.standardized()["est_std"], atol=1e-6)
    table = theta.parameters.set_index(["op", "lhs"])["est"]
    assert (table["~~"].drop(["f", "g"]) == 1).all() and (table["~*~"] < 1).all()
    for refused in (theta.modification_indices, theta.scores, theta.bootstrap):
        with pytest.raises(sem.OptionError, match="parameterization='theta'"):
            refused()
    with pytest.raises(sem.ModelSyntaxError, match="the scale of 'a1' can be neither fixed nor freed"):
        fit(MODEL + "\na1 ~*~ 1*a1", few, ordered=True, estimator="WLSMV", parameterization="theta")


def test_scales_are_set_by_the_syntax(simulated):
    """A scale of 0.5 says that y* has twice the standard deviation: the same fit, loadings in other units."""
    few = simulated.head(1500)
    text = "f =~ a1 + a2 + a3 + b1"
    plain, scaled = (fit(t, few, ordered=True, estimator="WLSMV") for t in (text, text + "\na2 ~*~ 0.5*a2"))
    assert scaled.measures["chisq"] == pytest.approx(plain.measures["chisq"])
    loading = [f.parameters.query("op == '=~' and rhs == 'a2'")["est"].item() for f in (plain, scaled)]
    assert loading[1] == pytest.approx(2 * loading[0])
    with pytest.raises(sem.ModelSyntaxError, match="a scale belongs to one variable"):
        fit(text + "\na2 ~*~ a1", few, ordered=True, estimator="WLSMV")
    with pytest.raises(sem.OptionError, match="'a2' has a scale but is not ordinal"):
        fit(text + "\na2 ~*~ 1*a2", few)
