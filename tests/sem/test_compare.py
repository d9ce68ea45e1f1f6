"""Difference tests: the arithmetic, the order of the models, and comparisons that are refused."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import compare, fit

FREE = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"
EQUAL = "f =~ x1 + a*x2 + a*x3\ng =~ x4 + x5 + x6"
APART = FREE + "\nf ~~ 0*g"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(77)
    factors = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 400)
    values = factors[:, [0, 0, 0, 1, 1, 1]] + rng.exponential(size=(400, 6))
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(1, 7)])


def test_differences_of_nested_models(data):
    free, equal = fit(FREE, data), fit(EQUAL, data)
    table = compare(equal, free, names=["equal", "free"])
    assert table["model"].to_list() == ["free", "equal"] and table["df"].to_list() == [8, 9]
    row = table.iloc[1]
    assert row["chisq_diff"] == pytest.approx(equal.measures["chisq"] - free.measures["chisq"])
    assert row["df_diff"] == 1 and 0 < row["pvalue_diff"] < 1
    for name in ("cfi", "rmsea", "srmr"):
        assert row[f"delta_{name}"] == pytest.approx(equal.measures[name] - free.measures[name])


def test_scaled_differences(data):
    free, equal = (fit(model, data, estimator="MLR") for model in (FREE, EQUAL))
    first = compare(free, equal).iloc[1]
    c1, c0 = (f.measures["chisq_scaling_factor"] for f in (free, equal))
    expected = (equal.measures["chisq"] - free.measures["chisq"]) / (9 * c0 - 8 * c1)
    assert first["chisq_diff"] == pytest.approx(expected)
    second = compare(free, equal, method="satorra.bentler.2010").iloc[1]
    assert second["chisq_diff"] == pytest.approx(first["chisq_diff"], rel=0.2)
    assert first["delta_cfi"] == pytest.approx(equal.measures["cfi_robust"] - free.measures["cfi_robust"])


def test_the_2010_scaling_is_that_of_the_restricted_moments(data):
    """Where the restriction holds exactly in the sample the two methods agree."""
    fitted = fit(EQUAL, data)
    root = np.linalg.cholesky(data.cov(ddof=0))
    implied = np.linalg.cholesky(fitted.implied().cov.to_numpy())
    exact = pd.DataFrame((data - data.mean()) @ np.linalg.inv(root).T @ implied.T)
    exact.columns = data.columns
    fits = [fit(model, exact, estimator="MLR") for model in (FREE, EQUAL)]
    assert fits[1].measures["chisq"] == pytest.approx(0, abs=1e-6)
    one, two = (compare(*fits, method=f"satorra.bentler.{year}").iloc[1]["chisq_diff"] for year in (2001, 2010))
    assert one == pytest.approx(two, abs=1e-6)


def refused(words: str, *fits, **options) -> None:
    with pytest.raises(sem.OptionError, match=words):
        compare(*fits, **options)


@pytest.mark.parametrize(
    ("missing_from", "expected"), [(None, "robust"), ("robust", "scaled"), ("robust scaled", "plain")]
)
def test_the_indices_of_all_models_are_of_one_kind(data, monkeypatch, missing_from, expected):
    """One fit without robust (or scaled) indices: a difference of two kinds would be no difference."""
    free, equal = (fit(model, data, estimator="MLR") for model in (FREE, EQUAL))
    for kind in (missing_from or "").split():
        monkeypatch.setitem(free.measures, f"cfi_{kind}", np.nan)
    table, suffix = compare(free, equal), "" if expected == "plain" else f"_{expected}"
    assert table["indices"].to_list() == [expected] * 2
    for name in ("cfi", "rmsea"):
        assert table[name].to_list() == [fitted.measures[name + suffix] for fitted in (free, equal)]


def test_a_search_that_fails_is_not_taken_for_models_that_are_not_nested(data, monkeypatch):
    free, equal = fit(FREE, data), fit(EQUAL, data)
    lost = replace(fit(APART, data).solution, converged=False)
    monkeypatch.setattr(import_module("analysis.sem.compare"), "minimise", lambda *_: lost)
    refused("whether model 2 is nested in model 1 is not known.*did not converge", free, equal)


def test_what_cannot_be_compared_is_refused(data):
    free, equal, apart = (fit(model, data) for model in (FREE, EQUAL, APART))
    refused(r"takes the results of fit\(\), not int: 3", free, 3)
    refused("two or more", free)
    refused("2 fits but 1 names", free, equal, names=["one"])
    refused("model 2 and model 3 cannot be compared: both have 9 degrees", free, equal, apart)
    refused("different data", free, fit(EQUAL, data.head(300)))
    refused("different data", free, fit(EQUAL, data * 1.01))
    refused("only one has the variables x6", free, fit(EQUAL.replace(" + x6", ""), data))
    refused("only one models the means", free, fit(EQUAL, data, meanstructure=True))
    refused("estimator ML .* and MLR", free, fit(EQUAL, data, estimator="MLR"))
    refused("method='satorra.bentler.2001' is not offered", free, equal, method="satorra.bentler.2001")
    squares = fit(FREE, data, estimator="ULS"), fit(EQUAL, data, estimator="ULS")
    refused("method='standard' is not offered for estimator='ULS'", *squares, method="standard")


def test_uls_is_compared_by_residual_based_statistics(data):
    less, more = fit(FREE, data, estimator="ULS"), fit(EQUAL, data, estimator="ULS")
    found = compare(less, more)
    assert found["chisq"].to_list() == [less.measures["chisq_browne"], more.measures["chisq_browne"]]
    normal = compare(fit(FREE, data), fit(EQUAL, data))
    assert found["chisq_diff"].iloc[1] == pytest.approx(normal["chisq_diff"].iloc[1], rel=0.1, abs=0.5)


def test_models_that_are_not_nested_are_refused(data):
    """Fewer free parameters are no restriction when they are others."""
    with pytest.warns(sem.ImproperSolutionWarning):
        other = fit("f =~ x1 + x2 + a*x4\ng =~ x3 + x5 + a*x6", data)
    refused("model 2 is not nested in model 1", fit(FREE, data), other)


def test_reordered_variables_and_groups(data):
    grouped = data.assign(site=np.arange(400) % 2)
    free = fit(FREE, grouped, group="site")
    turned = fit("g =~ x4 + x5 + x6\nf =~ x1 + x2 + x3", grouped, group="site", group_equal="loadings")
    row = compare(free, turned).iloc[1]
    assert row["df_diff"] == 4 and row["chisq_diff"] >= 0
    assert row["rmsea_of_diff"] == pytest.approx(np.sqrt(2 * max(row["chisq_diff"] - 4, 0) / 4 / 400))
