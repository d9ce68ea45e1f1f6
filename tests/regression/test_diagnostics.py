"""Checks of what regressions assume: number for number as lmtest, tseries and car in R; what is planted is found."""

import warnings

import numpy as np
import pandas as pd
import pytest
from tests.regression.test_hierarchical import CHECKS, respondents, study, tables  # noqa: F401

from analysis import results
from analysis.regression import diagnostics as module


def diagnostics(*given) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return module.diagnostics(*given)


def of_output(checks: pd.DataFrame) -> pd.DataFrame:
    return checks.query("outcome == 'output'").set_index("check")


@pytest.mark.parametrize("check", list(CHECKS["checks"]))
def test_every_test_equals_r(tables, respondents, study, check):  # noqa: F811
    found = of_output(diagnostics(*tables, respondents, study)[0]).loc[check]
    theirs = CHECKS["checks"][check]
    assert found[list(theirs)].to_dict() == pytest.approx(theirs, rel=1e-7)
    assert found["note"] == ""


def test_every_respondents_influence_equals_r(tables, respondents, study, tmp_path):  # noqa: F811
    _, influence = diagnostics(*tables, respondents, study)
    results.write("influence", influence, tmp_path / "influence.parquet")
    found, theirs = influence.query("outcome == 'output'"), pd.DataFrame(CHECKS["influence"])
    np.testing.assert_allclose(found[theirs.columns], theirs, rtol=1e-7, atol=1e-12)
    assert found["respondent"].iloc[0] == "first:0" and "first:3" not in set(found["respondent"])


def test_extremes_are_counted_beyond_the_thresholds_stated(tables, respondents, study, tmp_path):  # noqa: F811
    checks, influence = diagnostics(*tables, respondents, study)
    results.write("regression_diagnostics", checks, tmp_path / "checks.csv")
    found, each = of_output(checks), influence.query("outcome == 'output'")
    assert found["threshold"].drop("outliers").dropna().to_dict() == pytest.approx(
        {"Cook's distance": 4 / 177, "leverage": 3 * 8 / 177}
    )
    assert found.loc["Cook's distance", "flagged"] == (each["cooks"] > 4 / 177).sum() > 0
    assert found.loc["leverage", "flagged"] == (each["leverage"] > 24 / 177).sum() > 0
    assert found.loc["outliers", "flagged"] == 0


def simulated(tables, output) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: F811
    """The firms with another output: output(stress, noise)."""
    scores, controls = tables
    noise = np.random.default_rng(4).normal(size=len(scores))
    return scores.assign(output=output(scores["stress"] - scores["stress"].mean(), noise)), controls


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (lambda x, noise: 0.5 * x + noise, []),
        (lambda x, noise: 0.5 * x + np.exp(0.3 * x) * noise, ["Breusch-Pagan"]),
        (lambda x, noise: 0.5 * x + 0.25 * x**2 + noise, ["RESET"]),
        (lambda x, noise: 0.5 * x + np.exp(noise), ["Jarque-Bera", "outliers"]),
    ],
    ids=["nothing", "unequal variances", "a curve", "skewed residuals"],
)
def test_what_is_planted_is_found(tables, respondents, study, output, found):  # noqa: F811
    checks = of_output(diagnostics(*simulated(tables, output), respondents, study)[0])
    assert checks.index[checks["pvalue"] < 0.01].to_list() == found


def test_a_planted_outlier_is_found_and_named(tables, respondents, study):  # noqa: F811
    scores, controls = simulated(tables, lambda x, noise: 0.5 * x + noise)
    scores.loc[100, "output"] += 8
    checks, influence = diagnostics(scores, controls, respondents, study)
    outliers = of_output(checks).loc["outliers"]
    assert outliers["flagged"] == 1 and outliers["pvalue"] < 1e-6
    worst = influence.query("outcome == 'output'").set_index("respondent")["residual"].idxmax()
    assert worst == "first:100"


def test_false_alarms_are_as_frequent_as_the_level_says(study):  # noqa: F811
    """Of 200 samples that keep every assumption, each test rejects about 5 %; outliers are rarer or as frequent."""
    from analysis.regression import hierarchical

    rng = np.random.default_rng(12)
    rejected = dict.fromkeys(("Breusch-Pagan", "RESET", "Jarque-Bera", "outliers"), 0)
    for _ in range(200):
        frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["y", "a", "b"])
        sample = hierarchical.Sample("y", frame, ["a", "b"], ["a", "b"], "", [], [])
        fitted = hierarchical.fit(frame, "y", ["a", "b"], "classical")
        found = module._tests(sample, fitted) | module._extremes(fitted, module._influence(fitted), 0.05)
        for check in rejected:
            rejected[check] += found[check]["pvalue"] < 0.05
    assert all(2 <= times <= 20 for times in rejected.values()), rejected  # 10 expected, SD 3.1


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda scores: scores.assign(output=2.0), "all respondents have the same output"),
        (lambda scores: scores.assign(output=np.nan), "nobody has a score of output"),
    ],
)
def test_an_outcome_that_cannot_be_explained_says_why(tables, respondents, study, spoil, why):  # noqa: F811
    scores, controls = tables
    checks, influence = diagnostics(spoil(scores), controls, respondents, study)
    assert of_output(checks)["statistic"].isna().all() and of_output(checks)["note"].str.contains(why).all()
    assert checks.query("outcome == 'mood'")["statistic"].notna().all()
    assert set(influence["outcome"]) == {"mood"}


def test_no_outcome_at_all_leaves_a_table_without_rows(tables, respondents, study, tmp_path):  # noqa: F811
    scores, controls = tables
    checks, influence = diagnostics(scores.assign(output=1.0, mood=1.0), controls, respondents, study)
    results.write("influence", influence, tmp_path / "influence.parquet")
    assert results.read("influence", tmp_path / "influence.parquet").empty and len(checks) == 12


def test_two_values_are_said_and_fitted_values_too_few_for_a_curve_too(tables, respondents, study):  # noqa: F811
    scores, controls = tables
    above = (scores["output"] > scores["output"].median()) * 1.0
    checks, _ = diagnostics(scores.assign(output=above), controls, respondents, study)
    assert of_output(checks)["note"].str.contains("a linear probability model").all()
    assert of_output(checks)["statistic"].notna().all()

    flat = controls.assign(age=1.0, region_2=0.0, region_3=0.0)
    dichotomous = scores.assign(support=1.0, mood=1.0, stress=(scores["stress"] > 3) * 1.0)
    reset = of_output(diagnostics(dichotomous, flat, respondents, study)[0]).loc["RESET"]
    assert np.isnan(reset["statistic"]) and "too few respondents, or fitted values" in reset["note"]
