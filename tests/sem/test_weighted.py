"""Least squares: derivatives, weights, the minimum, and the Satorra-Bentler correction."""

import numpy as np
import pandas as pd
import pytest

from analysis.sem import fit
from analysis.sem.ram import implied
from analysis.sem.weighted import implied_statistics, jacobian

ORDINAL = """
    f =~ a1 + a2 + a3 + b1
    g =~ b1 + b2 + b3
    f ~ x
    g ~ f + w
    b2 ~ b1 + x
    a1 ~~ a2
"""


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    n = 700
    x, w = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    f = 0.5 * x + rng.normal(size=n)
    g = 0.6 * f - 0.4 * w + rng.standard_t(6, n) * 0.8
    items = np.repeat(np.column_stack([f, g]), 3, axis=1) * 0.8 + rng.gamma(2, 0.5, (n, 6))
    data = pd.DataFrame(items, columns=["a1", "a2", "a3", "b1", "b2", "b3"]).assign(x=x, w=w)
    return data.assign(team=np.where(rng.uniform(size=n) < 0.5, "one", "two"))


@pytest.fixture(scope="module")
def cut(simulated) -> pd.DataFrame:
    items = ["a1", "a2", "a3", "b1", "b2"]
    return simulated.assign(**{v: np.digitize(simulated[v], [0.3, 1.2, 2.1]) for v in items})


@pytest.mark.parametrize("options", [{}, {"group": "team", "group_equal": ["loadings", "intercepts"]}])
def test_derivatives(cut, options):
    """Numerical derivatives of all statistics, through residual variances, scales and equal parameters."""
    ordered = ["a1", "a2", "a3", "b1", "b2"]
    fitted = fit(ORDINAL, cut, ordered=ordered, estimator="DWLS", **options)
    theta = fitted.solution.point.theta + 0.01 * np.random.default_rng(1).normal(size=len(fitted.solution.point.theta))
    for model, statistics in zip(fitted.problem.structures, fitted.problem.statistics, strict=True):
        at = implied(model, theta)
        analytic = jacobian(model, statistics.layout, at, theta)
        for column, k in enumerate(model.rows):
            step = np.zeros(len(theta))
            step[k] = 1e-6
            ends = [
                implied_statistics(model, statistics.layout, implied(model, theta + sign * step), theta + sign * step)
                for sign in (1, -1)
            ]
            np.testing.assert_allclose(analytic[:, column], (ends[0] - ends[1]) / 2e-6, atol=1e-7)


def test_the_variance_of_every_ordinal_variable_given_x_is_one(cut):
    fitted = fit(ORDINAL, cut, ordered=["a1", "a2", "a3", "b1", "b2"], estimator="WLSMV")
    implied_cov = fitted.implied().cov
    np.testing.assert_allclose(np.diag(implied_cov)[:5], 1.0)
    at, model = fitted.solution.point.groups[0], fitted.problem.structures[0]
    within = at.S.copy()
    within[model.given] = 0.0
    np.testing.assert_allclose(np.diag(at.B @ within @ at.B.T)[:5], 1.0)


@pytest.mark.parametrize("estimator", ["ULS", "GLS", "DWLS"])
def test_every_start_leads_to_the_same_minimum(simulated, estimator):
    text = "f =~ a1 + {0}*a2 + {0}*a3\ng =~ b1 + {0}*b2 + b3\ng ~ f"
    plain = fit(text.replace("{0}*", ""), simulated, estimator=estimator)
    other = fit(text.replace("{0}", "start(3)"), simulated, estimator=estimator)
    np.testing.assert_allclose(other.parameters["est"], plain.parameters["est"], rtol=1e-8)


def test_units_of_measurement_do_not_matter_where_weights_follow_the_data(simulated):
    text, items = "f =~ a1 + a2 + a3\ng =~ b1 + b2 + b3\ng ~ f", ["a1", "a2", "a3", "b1", "b2", "b3"]
    scaled = simulated[items] * [1e-3, 1, 100, 1, 1e4, 1]
    for estimator, suffix in (("GLS", ""), ("DWLS", ""), ("WLSMV", "_scaled"), ("MLM", "_scaled")):
        plain, other = (fit(text, data, estimator=estimator) for data in (simulated, scaled))
        assert other.measures[f"chisq{suffix}"] == pytest.approx(plain.measures[f"chisq{suffix}"], rel=1e-6)
        np.testing.assert_allclose(other.standardized()["se"], plain.standardized()["se"], rtol=1e-5, atol=1e-9)


def test_satorra_bentler_equals_its_definition(simulated):
    """c = tr(UΓ)/df and the sandwich, with Γ and the weights written out, p² × p²."""
    text, names = "f =~ a1 + a2 + a3\ng =~ b1 + b2 + b3\ng ~ f", ["a1", "a2", "a3", "b1", "b2", "b3"]
    fitted = fit(text, simulated, estimator="MLM")
    at, model = fitted.solution.point.groups[0], fitted.problem.structures[0]
    i, j = np.tril_indices(6)
    centred = simulated[names].to_numpy() - simulated[names].to_numpy().mean(axis=0)
    gamma = np.cov((centred[:, i] * centred[:, j]).T, bias=True)
    doubling = np.zeros((36, len(i)))
    doubling[i * 6 + j, np.arange(len(i))] = doubling[j * 6 + i, np.arange(len(i))] = 1.0
    inverse = np.linalg.inv(at.sigma)
    weight = 0.5 * doubling.T @ np.kron(inverse, inverse) @ doubling
    V = at.V
    slopes = model.weight * (V[i][:, model.x] * V[j][:, model.y] + V[i][:, model.y] * V[j][:, model.x])
    bread = np.linalg.inv(slopes.T @ weight @ slopes)
    U = weight - weight @ slopes @ bread @ slopes.T @ weight
    assert fitted.measures["chisq_scaling_factor"] == pytest.approx(np.trace(U @ gamma) / fitted.measures["df"])
    meat = slopes.T @ weight @ gamma @ weight @ slopes
    np.testing.assert_allclose(fitted.vcov(), bread @ meat @ bread / len(simulated), rtol=1e-8)


def test_robust_errors_hardly_differ_where_the_data_are_normal():
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 4)), columns=list("abcd"))
    model = "f =~ a + b + c + d"
    plain, robust = (fit(model, data, estimator=e).parameters["se"] for e in ("ML", "MLM"))
    np.testing.assert_allclose(robust, plain, rtol=0.03)
    assert fit(model, data, estimator="MLM").measures["chisq_scaling_factor"] == pytest.approx(1.0, abs=0.05)


def test_the_test_of_uls_has_no_pvalue(simulated):
    found = fit("f =~ a1 + a2 + a3 + b1", simulated, estimator="ULS")
    assert np.isnan(found.measures["pvalue"]) and "logl" not in found.measures
    assert "unknown distribution" in found.summary()
    assert found.scores().shape == (700, 1)


def test_the_baseline_of_continuous_variables_has_no_scaling(simulated):
    """c of the baseline is 1 but for rounding; lavaan drops both c where it is 1 exactly, and gives the plain CFI."""
    m = fit("f =~ a1 + a2 + a3\nf ~ b1", simulated, estimator="WLSMV").measures
    c = m["chisq_scaling_factor"] * (m["df"] - m["chisq_shift_parameter"]) / m["df"]
    gain, null = m["chisq"] - c * m["df"], m["baseline_chisq"] - m["baseline_df"]
    assert abs(c - 1) > 0.005
    assert m["rni_robust"] == pytest.approx(1 - gain / null, rel=1e-9) and m["rni_robust"] != m["rni"]
