"""fit(): known values recovered, names in any script, what a Fit answers, and honest errors and warnings."""

import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit
from analysis.sem.estimate import minimise

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


@pytest.mark.parametrize(
    ("formula", "shown"),
    [("log(-p)", "log(-p)"), ("sqrt(p - 5)", "sqrt(p-5)"), ("q/(p - p)", "q/(p-p)")],
)
def test_a_definition_without_value_or_error_is_named(simulated, formula, shown):
    text = MODEL + f"strange := {formula}\nlater := 2*strange\nalso := 1/indirect"
    with pytest.warns(sem.UndefinedWarning, match="strange := ") as caught:
        fitted = fit(text, simulated.head(300))
    assert shown in str(caught[0].message) and caught[0].message.culprits == ("strange", "later")
    rows = fitted.parameters.set_index("lhs")
    assert np.isnan(rows.loc[["strange", "later"], "se"]).all() and np.isfinite(rows.loc["also", "se"])
    assert np.isnan(fitted.standardized().set_index("lhs").loc["strange", "se"])
    draws = fitted.bootstrap(5, seed=1)
    assert np.isfinite(draws.intervals()["se"].iloc[[-4, -1]]).all()


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimator": "WLS"}, ["estimator='WLS'", "'ML', 'MLR'"]),
        ({"missing": "pairwise"}, ["missing='pairwise'", "'listwise', 'fiml'"]),
        ({"estimator": ["ML"]}, ["estimator=['ML']"]),
        ({"std_lv": "yes"}, ["std_lv='yes'", "True, False"]),
        ({"orthogonal": 1}, ["orthogonal=1", "True, False"]),
        ({"meanstructure": "default"}, ["meanstructure='default'", "True, False, None"]),
        ({"ordered": None}, ["ordered=None", "True, False or a list of names"]),
        ({"ordered": 1}, ["ordered=1", "True, False or a list of names"]),
    ],
)
def test_unknown_options(simulated, options, words):
    with pytest.raises(sem.OptionError) as caught:
        fit(MODEL, simulated, **options)
    assert all(word in str(caught.value) for word in words)


def test_options_may_be_numpys(simulated):
    plain, other = (fit("f1 =~ a1 + a2 + a3", simulated, std_lv=yes) for yes in (True, np.True_))
    np.testing.assert_array_equal(plain.parameters["est"], other.parameters["est"])


@pytest.mark.parametrize("estimator", ["ML", "MLR", "GLS", "WLSMV"])
@pytest.mark.parametrize("text", ["a1 ~~ 1*a1\na2 ~~ 1*a2", "a1 ~~ p*a1\na2 ~~ 2*a2\na1 ~~ 0*a2\np == 1"])
def test_nothing_to_estimate(simulated, estimator, text):
    with pytest.raises(sem.ModelSyntaxError, match="nothing is estimated: every parameter is fixed"):
        fit(text, simulated, estimator=estimator)


def test_nothing_observed(simulated):
    with pytest.raises(sem.ModelSyntaxError, match="no observed variable: 'f', 'g' are latent"):
        fit("f =~ g\ng =~ f", simulated)


def test_data_must_be_a_frame(simulated):
    with pytest.raises(sem.DataError, match="DataFrame"):
        fit(MODEL, simulated.to_numpy())


def test_unknown_variable(simulated):
    with pytest.raises(sem.DataError, match="'a4'.*Did you mean 'a"):
        fit("f =~ a1 + a2 + a4", simulated)


def test_more_parameters_than_moments(simulated):
    with pytest.raises(sem.NotIdentifiedError, match=r"4 free parameters .* 3 moments \(df = -1\)"):
        fit("f =~ a1 + a2", simulated)
    with pytest.raises(sem.NotIdentifiedError, match=r"fewer than three indicators have f \(2\), g \(1\)$"):
        fit("f =~ a1 + a2\ng =~ b1\nh =~ c1 + c2 + c3\na1 ~~ a2 + b1 + c1 + c2 + c3\na2 ~~ c1 + c2 + c3", simulated)


@pytest.mark.parametrize(
    ("text", "estimator", "words"),
    [
        ("a1 ~~ 1*a1 + 5*a2\na2 ~~ 1*a2\na3 ~~ a1", "ML", ["fixed values", "a1~~a2 = 5", "not positive definite"]),
        ("a1 ~ 1*a2\na2 ~ 1*a1", "ULS", ["fixed values", "a1~a2 = 1", "singular"]),
    ],
)
def test_fixed_values_that_cannot_be(simulated, text, estimator, words):
    with pytest.raises(sem.StartError) as caught:
        fit(text, simulated, estimator=estimator)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_parameters_that_are_not_identified_are_named_and_have_no_errors(simulated):
    with pytest.warns(sem.SingularInformationWarning, match="f=~a2") as caught:
        fitted = fit("f =~ a1 + a2\ng =~ b1 + b2", simulated.head(300), orthogonal=True)
    assert fitted.warnings == (caught[0].message,)
    assert "f~~f" in fitted.warnings[0].culprits
    free = fitted.parameters.query("se != 0")
    assert free["se"].isna().all() and free["pvalue"].isna().all()


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM", "GLS", "ULS", "DWLS", "WLSMV"])
def test_what_an_unidentified_model_answers(simulated, estimator):
    with pytest.warns(sem.SingularInformationWarning, match="df, p and fit indices count.* fix or equate"):
        fitted = fit("f =~ NA*a1 + start(1e-4)*a2 + a3 + b1", simulated.head(300), estimator=estimator)
    assert "CFI" in fitted.summary() and repr(fitted).startswith(f"Fit({estimator}")
    tests = [name for name in fitted.measures if name.endswith(("_scaled", "_robust")) and "df" not in name]
    assert np.isnan([fitted.measures[name] for name in tests if "baseline" not in name]).all()
    asked = [fitted.modification_indices, partial(fitted.bootstrap, 5), partial(sem.compare, fitted, fitted)]
    if estimator in ("ML", "MLR"):
        asked.append(partial(fitted.residuals, "standardized"))
    for answer in asked:
        with pytest.raises(sem.NotIdentifiedError, match=r"not identified \(f=~a1, f=~a2"):
            answer()


@pytest.mark.parametrize("estimator", ["GLS", "ULS", "DWLS", "WLSMV"])
def test_estimates_that_run_away_are_no_minimum(estimator):
    """The second factor has two indicators of its own, and no relation to the first of the three."""
    rng = np.random.default_rng(1)
    f = rng.normal(size=(300, 1))
    g = 0.5 * f + rng.normal(size=(300, 1))
    values = np.hstack([f * [0.8, 0.7, 0.6], g * [0.8, 0.7]]) + rng.normal(size=(300, 5)) * 0.6
    data = pd.DataFrame(values, columns=["x1", "x2", "x3", "y1", "y2"])
    with pytest.warns(sem.NotConvergedWarning, match="at the last step g=~y1 = ") as caught:
        fitted = fit("f =~ x1 + x2 + x3\ng =~ x1 + y1 + y2", data, estimator=estimator)
    assert not fitted.converged and caught[0].message.culprits == ("g=~y1", "g=~y2")
    for answer in (fitted.modification_indices, fitted.scores, fitted.residuals, partial(sem.compare, fitted, fitted)):
        with pytest.raises(sem.NotConvergedError, match="did not converge"):
            answer()


def test_negative_variance_is_named():
    rng = np.random.default_rng(0)
    cov = np.array([[1, 0.7, 0.6], [0.7, 1, 0.3], [0.6, 0.3, 1.0]])
    data = pd.DataFrame(rng.multivariate_normal(np.zeros(3), cov, 400), columns=["x", "y", "z"])
    with pytest.warns(sem.ImproperSolutionWarning, match="negative variance: x~~x = -.*outliers"):
        fitted = fit("f =~ x + y + z", data)
    assert fitted.warnings[0].culprits == ("x~~x",)
    assert np.isnan(fitted.r2["x"])
    (lost,) = replace(fitted, solution=replace(fitted.solution, converged=False)).warnings
    assert "at the last step x~~x = -" in str(lost) and lost.culprits == ("x~~x",)


def test_latent_covariances_beyond_the_possible_are_named(simulated):
    data = simulated.head(400).copy()
    data[["b1", "b2"]] = data[["a1", "a2"]].to_numpy() * 1.1 + np.random.default_rng(1).normal(size=(400, 2)) * 0.3
    with pytest.warns(sem.ImproperSolutionWarning, match="latent variables is not positive definite.*f, g"):
        fit("f =~ a1 + b2 + c1\ng =~ b1 + a2 + c2", data)


def test_rows_left_out_are_counted(simulated):
    data = simulated.head(200).copy()
    data.iloc[:7, 0] = np.nan
    data.iloc[5:7, 2] = np.nan
    words = r"7 of 200 rows have missing values \(a1: 7, a3: 2\): left out; missing='fiml' would"
    with pytest.warns(sem.MissingValuesWarning, match=words) as caught:
        fitted = fit("f =~ a1 + a2 + a3 + b1", data)
    assert caught[0].message.culprits == ("a1", "a3")
    assert (fitted.nobs, fitted.n_given) == (193, 200)
    assert "193 used of 200" in fitted.summary()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit("f =~ a2 + b2 + b1", data)


def test_without_convergence_nothing_is_claimed(monkeypatch):
    """A search that may take one step only: the first never is the last, on any machine."""
    monkeypatch.setattr("analysis.sem.fitting.minimise", partial(minimise, max_iterations=1))
    data = pd.DataFrame(np.random.default_rng(21).normal(size=(60, 6)), columns=list("uvwxyz"))
    with pytest.warns(sem.NotConvergedWarning, match="no minimum after"):
        fitted = fit("f =~ u + v + w\ng =~ x + y + z\nf ~ g", data, estimator="MLR")
    assert not fitted.converged and fitted.measures["df"] == 8 and fitted.measures["ntotal"] == 60
    assert np.isnan([fitted.measures[m] for m in ("chisq", "cfi", "rmsea", "srmr", "chisq_scaled")]).all()
    assert fitted.parameters.query("se != 0")["se"].isna().all() and fitted.vcov().isna().all().all()
    assert "NOT converged" in fitted.summary() and "not converged" in repr(fitted)


def test_a_factor_that_does_not_vary_has_standardised_loadings_of_zero():
    """A quadratic term with a mean but no variance (as in lavaan, but its mean over 0 is missing, not infinite)."""
    rng = np.random.default_rng(12)
    growth = rng.normal(size=(200, 1)) + rng.normal(size=(200, 1)) * np.arange(4) + 0.2 * np.arange(4) ** 2
    data = pd.DataFrame(growth + rng.normal(size=(200, 4)), columns=["t0", "t1", "t2", "t3"])
    fitted = fit(
        """
        i =~ 1*t0 + 1*t1 + 1*t2 + 1*t3
        s =~ 0*t0 + 1*t1 + 2*t2 + 3*t3
        q =~ 0*t0 + 1*t1 + 4*t2 + 9*t3
        q ~~ 0*q + 0*i + 0*s
        i + s + q ~ 1
        t0 + t1 + t2 + t3 ~ 0*1
        """,
        data,
    )
    standardised = fitted.standardized().query("lhs == 'q'").set_index(["op", "rhs"])
    loadings = standardised.loc["=~"]
    assert (loadings["est_std"] == 0).all() and (loadings["se"] == 0).all()
    assert np.isnan(standardised.loc[("~1", ""), "est_std"]) and np.isnan(standardised.loc[("~~", "q"), "est_std"])


def test_a_value_settled_by_constraints_has_no_standard_error(simulated):
    fitted = fit("f1 =~ a1 + l*a2 + m*a3\nl + m == 2\nl - m == 0", simulated[:500])
    rows = fitted.parameters[fitted.parameters["label"].isin(["l", "m"])]
    assert rows["est"].to_list() == pytest.approx([1.0, 1.0])
    assert (rows["se"] == 0).all() and rows["z"].isna().all() and rows["pvalue"].isna().all()
