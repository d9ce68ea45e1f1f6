"""Warnings of samples too small and of estimates that tell next to nothing; none where all is well."""

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit

CFA = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"


def simulate(n: int, link: float = 0.5, seed: int = 1) -> pd.DataFrame:
    """Two factors of three indicators each, g = link f + the rest."""
    rng = np.random.default_rng(seed)
    f = rng.normal(size=n)
    g = link * f + np.sqrt(1 - link**2) * rng.normal(size=n)
    values = np.repeat(np.column_stack([f, g]), 3, axis=1) + 0.7 * rng.normal(size=(n, 6))
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(1, 7)])


def kinds(fitted: sem.Fit) -> set[type]:
    return {type(warning) for warning in fitted.warnings}


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM", "GLS", "ULS", "DWLS", "WLSMV"])
def test_a_healthy_fit_is_quiet(estimator):
    assert fit(CFA, simulate(400), estimator=estimator).warnings == ()


def test_fewer_rows_than_moments():
    """Of 6 variables 21 variances and covariances, 27 moments with means; those among exogenous variables are given."""
    data = simulate(20)
    for estimator in ("MLR", "MLM", "WLSMV"):
        with pytest.warns(sem.SmallSampleWarning, match="20 rows are fewer than the 21 sample moments"):
            fit(CFA, data, estimator=estimator)
        assert sem.SmallSampleWarning not in kinds(fit(CFA, simulate(21, seed=3), estimator=estimator))
    assert sem.SmallSampleWarning not in kinds(fit(CFA, data))
    assert sem.SmallSampleWarning not in kinds(fit("x1 ~ x2 + x3 + x4 + x5 + x6", data.head(7), estimator="MLR"))
    site = np.repeat(["north", "south"], [26, 40])
    with pytest.warns(sem.SmallSampleWarning, match="26 rows in group 'north' are fewer than the 27") as found:
        fit(CFA, simulate(66).assign(site=site), estimator="MLR", group="site")
    assert sum(warning.category is sem.SmallSampleWarning for warning in found) == 1


def test_a_test_without_a_scaling_factor():
    """Eight rows: c is negative, and nothing that is built on it may be given."""
    with pytest.warns(sem.UndefinedWarning, match="scaling factor of the test is not positive"):
        fitted = fit("f =~ x1 + x2 + x3 + x4", simulate(8, seed=0), estimator="MLR")
    assert fitted.converged and fitted.inference.trace_h1 < fitted.inference.trace_h0
    for name in ("chisq_scaled", "cfi_scaled", "rfi_scaled", "ifi_scaled", "rmsea_scaled", "cfi_robust"):
        assert np.isnan(fitted.measures[name]), name


def test_errors_so_large_that_nothing_is_known():
    data = simulate(200, link=0.998, seed=2)
    data["y"] = data["x1"] + data["x4"] + np.random.default_rng(9).normal(size=200)
    fitted = fit(CFA + "\ny ~ f + g", data)
    assert kinds(fitted) == {sem.ImplausibleEstimatesWarning, sem.CollinearityWarning}
    assert fitted.warnings[0].culprits == ("y~f", "y~g") and "nearly not identified" in str(fitted.warnings[0])


def test_a_standardised_loading_beyond_1():
    """Two highly correlated factors, one indicator with opposite loadings on them."""
    rng = np.random.default_rng(4)
    f = rng.normal(size=2000)
    g = 0.9 * f + np.sqrt(0.19) * rng.normal(size=2000)
    data = simulate(2000)
    data[["x1", "x2", "x3"]] = f[:, None] + 0.5 * rng.normal(size=(2000, 3))
    data[["x4", "x5", "x6"]] = g[:, None] + 0.5 * rng.normal(size=(2000, 3))
    data["x7"] = 1.5 * f - 1.2 * g + 0.3 * rng.normal(size=2000)
    fitted = fit("f =~ x1 + x2 + x3 + x7\ng =~ x4 + x5 + x6 + x7", data)
    (found,) = fitted.warnings
    assert isinstance(found, sem.ImplausibleEstimatesWarning) and found.culprits == ("f=~x7", "g=~x7")
    assert "standardised loadings beyond 1" in str(found)


def test_a_correlation_beyond_1_is_named():
    data = simulate(300, link=1.0, seed=8)
    data[["x3", "x6"]] += np.random.default_rng(3).normal(size=(300, 1)) @ np.array([[1.0, 1.0]])
    with pytest.warns(sem.ImproperSolutionWarning, match="correlations beyond 1: f and g 1.0"):
        fit(CFA, data)
