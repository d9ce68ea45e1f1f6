"""fit(): known values recovered, names in any script, what a Fit answers, and honest errors and warnings."""

import warnings

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit

PATHS = {"f2 f1": 0.6, "f3 f1": 0.2, "f3 f2": 0.5}
MODEL = """
    f1 =~ a1 + a2 + a3
    f2 =~ b1 + b2 + b3
    f3 =~ c1 + c2 + c3
    f2 ~ p*f1
    f3 ~ f1 + q*f2
    indirect := p*q
"""


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    """A mediation model among three factors with loadings 1, 0.8, 1.2, n = 20 000."""
    rng = np.random.default_rng(42)
    n = 20_000
    f1 = rng.normal(size=n)
    f2 = 0.6 * f1 + rng.normal(size=n) * 0.8
    f3 = 0.2 * f1 + 0.5 * f2 + rng.normal(size=n) * 0.7
    items = np.repeat(np.column_stack([f1, f2, f3]), 3, axis=1) * np.tile([1.0, 0.8, 1.2], 3)
    items += rng.normal(size=(n, 9)) * 0.6 + 3
    return pd.DataFrame(items, columns=[f"{f}{k}" for f in "abc" for k in (1, 2, 3)])


@pytest.fixture(scope="module")
def fitted(simulated):
    return fit(MODEL, simulated)


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_known_values_are_recovered(simulated, estimator):
    fitted = fit(MODEL, simulated, estimator=estimator)
    table = fitted.parameters.set_index(fitted.parameters["lhs"] + " " + fitted.parameters["rhs"])
    for name, truth in {**PATHS, "f1 a2": 0.8, "f2 b3": 1.2, "f1 f1": 1.0, "c1 c1": 0.36}.items():
        assert abs(table.loc[name, "est"] - truth) < 4 * table.loc[name, "se"] < 0.08, name
    assert fitted.measures["rmsea"] < 0.01 and fitted.measures["cfi"] > 0.999
    assert table.loc["indirect p*q", "est"] == pytest.approx(0.3, abs=0.02)
    assert fitted.warnings == ()


def test_names_in_any_script_change_nothing(simulated, fitted):
    names = {"f1": "资源", "f2": "韧性", "f3": "绩效", "a1": "资源_1", "b2": "韧性.2", "p": "甲", "q": "乙"}
    text, data = MODEL, simulated.rename(columns=names)
    for old, new in names.items():
        text = text.replace(f"{old} ", f"{new} ").replace(f"{old}*", f"{new}*").replace(f"*{old}\n", f"*{new}\n")
    renamed = fit(text, data)
    assert "韧性" in set(renamed.parameters["lhs"])
    np.testing.assert_array_equal(renamed.parameters["est"], fitted.parameters["est"])


def test_parameters_have_the_columns_and_rows_of_lavaan(fitted):
    table = fitted.parameters
    assert table.columns.to_list() == [
        *("lhs", "op", "rhs", "group", "label", "est", "se", "z", "pvalue", "ci_lower", "ci_upper"),
        *("std_lv", "std_all"),
    ]
    marker, defined = table.iloc[0], table.iloc[-1]
    assert (marker["est"], marker["se"]) == (1.0, 0.0) and np.isnan(marker["z"]) and np.isnan(marker["pvalue"])
    assert (defined["lhs"], defined["op"], defined["rhs"], defined["group"]) == ("indirect", ":=", "p*q", 0)
    assert fitted.standardized().columns.to_list() == [
        *("lhs", "op", "rhs", "group", "label", "est_std", "se", "z", "pvalue", "ci_lower", "ci_upper")
    ]


def test_what_a_fit_answers(simulated, fitted):
    implied, residuals = fitted.implied(), fitted.residuals()
    sample = simulated.cov(ddof=0)
    pd.testing.assert_frame_equal(implied.cov + residuals.cov, sample.loc[implied.cov.index, implied.cov.columns])
    assert fitted.residuals("cor").cov.abs().max().max() < 0.02
    assert fitted.r2["f3"] == pytest.approx(1 - 0.49 / simulated_variance(), abs=0.02)
    vcov = fitted.vcov()
    rows = fitted.parameters.query("label == 'p'")
    assert np.sqrt(vcov.loc["p", "p"]) == pytest.approx(rows["se"].item())
    scores = fitted.scores()
    assert scores.columns.to_list() == ["f1", "f2", "f3"] and len(scores) == len(simulated)
    text = fitted.summary()
    for words in ("normal likelihood", "expected information", "20000 used of 20000", "RMSEA", "indirect"):
        assert words in text
    assert repr(fitted).startswith("Fit(ML, n=20000, chisq=")


def simulated_variance() -> float:
    return 0.2**2 + 0.5**2 * (0.36 + 0.64) + 2 * 0.2 * 0.5 * 0.6 + 0.49


def test_robust_summary_names_its_conventions(simulated):
    text = fit(MODEL, simulated.head(500), estimator="MLR").summary()
    assert "Huber-White" in text and "Yuan-Bentler" in text and "Robust CFI" in text


def test_units_of_measurement_do_not_matter(simulated):
    data = simulated.head(300)
    scaled = data * [1e-4, 1, 1, 1e5, 1, 1, 1, 1e3, 1]
    plain, other = fit(MODEL, data), fit(MODEL, scaled)
    assert other.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-9)
    np.testing.assert_allclose(other.parameters["std_all"], plain.parameters["std_all"], rtol=1e-7)
    np.testing.assert_allclose(other.parameters["z"], plain.parameters["z"], rtol=1e-6)


def test_errors_shrink_with_the_root_of_n_and_memory_is_taken_in_chunks(simulated):
    twice = pd.concat([simulated.head(15_000)] * 2, ignore_index=True)
    for estimator in ("ML", "MLR"):
        once, double = (fit(MODEL, d, estimator=estimator).parameters for d in (simulated.head(15_000), twice))
        np.testing.assert_allclose(double["se"] * np.sqrt(2), once["se"], rtol=1e-6)


def test_equal_parameters_have_equal_errors_and_count_once(simulated):
    free = fit("f =~ a1 + a2 + a3 + b1", simulated)
    equal = fit("f =~ a1 + k*a2 + k*a3 + m*b1\nm == k - 0.5", simulated)
    assert equal.measures["df"] == free.measures["df"] + 2
    rows = equal.parameters.query("label in ['k', 'm']")
    np.testing.assert_allclose(rows["se"], rows["se"].iloc[0], rtol=1e-12)
    assert rows["est"].iloc[0] == rows["est"].iloc[1] == pytest.approx(rows["est"].iloc[2] + 0.5)


def test_a_model_without_free_parameters(simulated):
    fitted = fit("a1 ~~ 1.36*a1\na2 ~~ 1*a2", simulated)
    assert fitted.measures["npar"] == 0 and fitted.measures["df"] == 3 and fitted.measures["chisq"] > 100


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimator": "WLS"}, ["estimator='WLS'", "'ML', 'MLR'"]),
        ({"missing": "pairwise"}, ["missing='pairwise'", "'listwise', 'fiml'"]),
    ],
)
def test_unknown_options(simulated, options, words):
    with pytest.raises(sem.OptionError) as caught:
        fit(MODEL, simulated, **options)
    assert all(word in str(caught.value) for word in words)


def test_data_must_be_a_frame(simulated):
    with pytest.raises(sem.DataError, match="DataFrame"):
        fit(MODEL, simulated.to_numpy())


def test_unknown_variable(simulated):
    with pytest.raises(sem.DataError, match="'a4'.*Did you mean 'a"):
        fit("f =~ a1 + a2 + a4", simulated)


def test_more_parameters_than_moments(simulated):
    with pytest.raises(sem.NotIdentifiedError, match=r"4 free parameters .* 3 moments \(df = -1\)"):
        fit("f =~ a1 + a2", simulated)


def test_fixed_values_that_cannot_be(simulated):
    with pytest.raises(sem.SemError, match="fixed values"):
        fit("a1 ~~ 1*a1 + 5*a2\na2 ~~ 1*a2\na3 ~~ a1", simulated)


def test_parameters_that_are_not_identified_are_named_and_have_no_errors(simulated):
    with pytest.warns(sem.SingularInformationWarning, match="f=~a2") as caught:
        fitted = fit("f =~ a1 + a2\ng =~ b1 + b2", simulated.head(300), orthogonal=True)
    assert fitted.warnings == (caught[0].message,)
    assert "f~~f" in fitted.warnings[0].culprits
    free = fitted.parameters.query("se != 0")
    assert free["se"].isna().all() and free["pvalue"].isna().all()


def test_negative_variance_is_named():
    rng = np.random.default_rng(0)
    cov = np.array([[1, 0.7, 0.6], [0.7, 1, 0.3], [0.6, 0.3, 1.0]])
    data = pd.DataFrame(rng.multivariate_normal(np.zeros(3), cov, 400), columns=["x", "y", "z"])
    with pytest.warns(sem.ImproperSolutionWarning, match="negative variance: x~~x = -"):
        fitted = fit("f =~ x + y + z", data)
    assert fitted.warnings[0].culprits == ("x~~x",)
    assert np.isnan(fitted.r2["x"])


def test_latent_covariances_beyond_the_possible_are_named(simulated):
    data = simulated.head(400).copy()
    data[["b1", "b2"]] = data[["a1", "a2"]].to_numpy() * 1.1 + np.random.default_rng(1).normal(size=(400, 2)) * 0.3
    with pytest.warns(sem.ImproperSolutionWarning, match="latent variables is not positive definite.*f, g"):
        fit("f =~ a1 + b2 + c1\ng =~ b1 + a2 + c2", data)


def test_rows_left_out_are_counted(simulated):
    data = simulated.head(200).copy()
    data.iloc[:7, 0] = np.nan
    with pytest.warns(sem.MissingValuesWarning, match="7 of 200 rows"):
        fitted = fit("f =~ a1 + a2 + a3 + b1", data)
    assert (fitted.nobs, fitted.n_given) == (193, 200)
    assert "193 used of 200" in fitted.summary()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit("f =~ a2 + a3 + b1", data)


def test_without_convergence_nothing_is_claimed():
    """Indicators of nothing: the likelihood still rises as the loadings go to infinity."""
    data = pd.DataFrame(np.random.default_rng(21).normal(size=(60, 6)), columns=list("uvwxyz"))
    with pytest.warns(sem.NotConvergedWarning, match="no minimum after"):
        fitted = fit("f =~ u + v + w\ng =~ x + y + z\nf ~ g", data, estimator="MLR")
    assert not fitted.converged and fitted.measures["df"] == 8 and fitted.measures["ntotal"] == 60
    assert np.isnan([fitted.measures[m] for m in ("chisq", "cfi", "rmsea", "srmr", "chisq_scaled")]).all()
    assert fitted.parameters.query("se != 0")["se"].isna().all() and fitted.vcov().isna().all().all()
    assert "NOT converged" in fitted.summary() and "not converged" in repr(fitted)
