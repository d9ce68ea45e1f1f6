"""Modification indices and standardised residuals point at what was left out."""

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit

MODEL = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Two factors, and a residual covariance of 0.3 between x2 and x5."""
    rng = np.random.default_rng(31)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], 3000)
    errors = rng.normal(size=(3000, 6))
    errors[:, 4] = 0.5 * errors[:, 1] + np.sqrt(0.75) * errors[:, 4]
    values = factors[:, [0, 0, 0, 1, 1, 1]] + errors * np.sqrt(0.6) + 2
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(1, 7)])


def test_the_largest_index_is_what_was_left_out(data):
    fitted = fit(MODEL, data)
    table = fitted.modification_indices().sort_values("mi", ascending=False)
    worst = table.iloc[0]
    assert (worst["lhs"], worst["op"], worst["rhs"]) == ("x2", "~~", "x5")
    freed = fit(MODEL + "\nx2 ~~ x5", data)
    gain = fitted.measures["chisq"] - freed.measures["chisq"]
    estimate = freed.parameters.query("lhs == 'x2' and rhs == 'x5'").iloc[0]
    assert worst["mi"] == pytest.approx(gain, rel=0.1) and worst["epc"] == pytest.approx(estimate["est"], rel=0.1)
    assert worst["sepc_all"] == pytest.approx(estimate["std_all"], rel=0.1)
    assert freed.modification_indices()["mi"].max() < 20 < worst["mi"]


def test_columns_and_groups(data):
    grouped = data.assign(site=np.arange(len(data)) % 2)
    table = fit(MODEL, grouped, group="site", group_equal="loadings").modification_indices()
    assert table.columns.to_list() == ["lhs", "op", "rhs", "group", "mi", "epc", "sepc_lv", "sepc_all"]
    assert set(table["group"]) == {1, 2}
    markers = table.query("op == '=~' and rhs == 'x1' and lhs == 'f'")
    assert markers["mi"].nunique() == 1 or markers["mi"].iloc[0] == pytest.approx(markers["mi"].iloc[1])


@pytest.mark.parametrize("estimator", ["ML", "WLSMV"])
def test_score_tests_of_equal_and_of_fixed_parameters(data, estimator):
    """Letting an equality go gains about the fall of chi-square; a fixed parameter's test is its modification index."""
    grouped = data.assign(site=np.where(data.index % 2 == 0, "a", "b"))
    grouped.loc[grouped["site"] == "b", "x3"] += 0.3
    text, options = MODEL, {"group": "site", "group_equal": ["loadings", "intercepts"]}
    if estimator == "WLSMV":
        items = list(data)
        grouped[items] = np.digitize(grouped[items], [1.2, 2.0, 2.8])
        text += "".join(f"\n{x} | c(t{x}{k}, t{x}{k})*t{k}" for x in items for k in (1, 2, 3))
        options = {"group": "site", "ordered": True}
    fitted = fit(text, grouped, estimator=estimator, **options)
    tests = fitted.score_tests()
    if estimator == "ML":
        worst = tests.nlargest(1, "mi").iloc[0]
        assert (worst["lhs"], worst["op"], worst["df"]) == ("x3", "~1", 1)
        freed = fit(text, grouped, group_partial=["x3~1"], **options)
        gain = fitted.measures["chisq"] - freed.measures["chisq"]
        assert worst["mi"] == pytest.approx(gain, rel=0.05)
    else:
        index = fitted.modification_indices().query("lhs == 'x3' and op == '~1' and group == 2")["mi"].item()
        added = fitted.score_tests(add=["x3~1"]).iloc[-1]
        assert added["mi"] == pytest.approx(index) and added["label"] == "" and added["df"] == 1
    with pytest.raises(sem.OptionError, match="add names 'x9~1'"):
        fitted.score_tests(add="x9~1")


def test_a_saturated_model_has_nothing_to_free(data):
    assert fit("x1 ~~ x2 + x3\nx2 ~~ x3", data).modification_indices().empty


def test_standardized_residuals_are_large_where_the_model_fails(data):
    for estimator in ("ML", "MLR"):
        found = fit(MODEL, data, estimator=estimator, meanstructure=True).residuals("standardized")
        assert found.cov.abs().stack().idxmax() in {("x2", "x5"), ("x5", "x2")}
        assert found.cov.loc["x2", "x5"] > 8 and found.mean.abs().max() < 1e-4


def test_with_missing_values_every_value_counts(data):
    holes = data.mask(np.random.default_rng(1).uniform(size=data.shape) < 0.05)
    fitted = fit(MODEL, holes, missing="fiml")
    worst = fitted.modification_indices().sort_values("mi").iloc[-1]
    whole = fit(MODEL, data).modification_indices()["mi"].max()
    assert (worst["lhs"], worst["rhs"]) == ("x2", "x5") and 0.8 * whole < worst["mi"] < whole
    assert fitted.residuals("standardized").cov.loc["x2", "x5"] > 8


def test_what_is_not_offered_is_refused(data):
    fitted = fit(MODEL, data, estimator="ULS")
    with pytest.raises(sem.OptionError, match="expected ML or MLR"):
        fitted.residuals("standardized")
    with pytest.raises(sem.OptionError, match="'raw', 'cor', 'standardized'"):
        fitted.residuals("normalised")
    with pytest.warns(sem.SingularInformationWarning):
        loose = fit("f =~ x1 + x2\ng =~ x4 + x5", data, orthogonal=True)
    with pytest.raises(sem.NotIdentifiedError, match="not identified"):
        loose.modification_indices()
