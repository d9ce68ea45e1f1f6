"""Is the population the one that is stated, do the samples come from it, and are fits judged rightly?"""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.synthetic import calibration
from analysis.synthetic.calibration import ESTIMATORS, Settings, draw, generator

MANY = 200_000
SMALL = Settings(sizes=(200,), replications=3, seed=7)


@pytest.fixture(scope="module")
def table():
    return calibration.calibrate(SMALL)


def drawn(data: str) -> pd.DataFrame:
    return draw(data, MANY, np.random.default_rng(1))


@pytest.mark.parametrize("data", ["normal", "skewed"])
def test_large_samples_have_the_covariance_of_the_population(data):
    sigma = calibration.population_covariance()
    sample = drawn(data)
    assert list(sample) == list(sigma)
    assert np.abs(sample.cov() - sigma).to_numpy().max() < 0.03
    assert np.abs(sample.mean()).max() < 0.01


def test_the_model_implies_the_covariance_of_the_population():
    from analysis import sem

    sigma = calibration.population_covariance()
    values = np.random.default_rng(1).standard_normal((1000, len(sigma)))
    values = np.linalg.qr(values - values.mean(axis=0))[0] * np.sqrt(len(values))  # exactly uncorrelated
    exact = pd.DataFrame(values @ np.linalg.cholesky(sigma.to_numpy()).T, columns=sigma.columns)
    fitted = sem.fit(calibration.model_text(), exact)
    assert fitted.measures["chisq"] == pytest.approx(0, abs=1e-4)
    for metric, found, column in (
        ("standardised", fitted.standardized(), "est_std"),
        ("unstandardised", fitted.parameters, "est"),
    ):
        estimates = found.set_index(["lhs", "op", "rhs"])[column]
        for key, value in calibration.true_values(metric).items():
            assert estimates[key] == pytest.approx(value, abs=1e-4), (metric, key)


def test_skewed_samples_have_the_stated_skewness_and_kurtosis():
    sample = drawn("skewed")
    assert np.mean(stats.skew(sample)) == pytest.approx(calibration.SKEW, abs=0.05)
    assert np.mean(stats.kurtosis(sample)) == pytest.approx(calibration.KURTOSIS, abs=0.6)


def test_the_polynomial_is_the_published_one():
    """Skewness 2, excess kurtosis 7: b = .7616, c = .2600, d = .0531 (Fleishman's system of equations)."""
    assert calibration.fleishman(2.0, 7.0) == pytest.approx((0.761585, 0.260023, 0.053072), abs=1e-5)
    assert calibration.fleishman(0.0, 0.0) == pytest.approx((1, 0, 0), abs=1e-6)


def test_the_intermediate_correlation_solves_its_cubic():
    b, c, d = calibration.fleishman(2.0, 7.0)
    r = calibration.intermediate_correlation(0.5, b, c, d)
    assert r * (b**2 + 6 * b * d + 9 * d**2) + 2 * c**2 * r**2 + 6 * d**2 * r**3 == pytest.approx(0.5)
    assert calibration.intermediate_correlation(0.5, 1.0, 0.0, 0.0) == pytest.approx(0.5)


def test_ordinal_answers_have_the_stated_shares():
    sample = drawn("ordinal")
    assert np.mean(stats.skew(sample)) == pytest.approx(1.2, abs=0.05)
    for name in sample:
        assert sample[name].value_counts(normalize=True).sort_index().to_list() == pytest.approx(
            list(calibration.SHARES), abs=0.005
        )


def test_a_tenth_is_missing_and_more_where_the_observed_marker_is_high():
    sample = drawn("missing")
    markers = [f"{factor}1" for factor in calibration.LOADINGS]
    assert not sample[markers].isna().any().any()
    assert sample.drop(columns=markers).isna().mean().to_list() == pytest.approx([0.10] * 10, abs=0.005)
    high = sample["a1"] > sample["a1"].median()
    assert sample["a2"].isna().groupby(high).mean().to_list() == pytest.approx([0.04, 0.16], abs=0.005)


def test_a_replication_is_the_same_whatever_else_is_drawn():
    alone = draw("skewed", 50, generator(3, "skewed", 50, 4))
    earlier = [draw("skewed", 50, generator(3, "skewed", 50, r)) for r in range(5)]
    pd.testing.assert_frame_equal(alone, earlier[4])
    assert not np.allclose(earlier[3], earlier[4])


def test_bias_and_coverage_of_numbers_made_by_hand():
    truth = np.array([0.5, 2.0])
    estimates = np.array([[0.6, 2.0], [0.5, 1.0], [0.4, 2.4]])
    errors = np.array([[0.06, 0.1], [0.01, 0.5], [0.01, 0.3]])
    off = calibration.relative_errors(estimates, truth)
    assert off == pytest.approx(np.array([[0.2, 0.0], [0.0, -0.5], [-0.2, 0.2]]))
    assert off.mean(axis=0) == pytest.approx([0.0, -0.1])
    holds = calibration.covered(estimates, errors, truth)
    assert holds.tolist() == [[True, True], [True, False], [False, True]]


def test_ratio_of_errors_by_hand():
    estimates, errors = np.array([[1.0], [2.0], [3.0]]), np.array([[0.5], [0.6], [0.7]])
    ratio, influence = calibration.se_ratios(estimates, errors)
    assert ratio == pytest.approx([0.6])  # mean error 0.6, standard deviation 1
    assert influence[:, 0] == pytest.approx([-0.1, 0.3, 0.1])  # 0.6 (se/0.6 − 1 − (z² − 1)/2), z = −1, 0, 1


def test_the_monte_carlo_error_is_that_of_a_share():
    rejected = np.array([1.0, 0.0, 0.0, 0.0])[:, None]
    row = calibration._mean("rejection", rejected)
    assert (row["value"], row["mc_error"]) == pytest.approx((0.25, np.sqrt(0.25 * 0.75 / 3)))


def test_a_sample_that_cannot_be_fitted_has_no_answer():
    assert calibration.answer(draw("normal", 10, np.random.default_rng(1)), "ML") is None


def test_a_small_run_has_the_declared_columns_and_cells(table):
    assert list(table) == list(calibration.COLUMNS)
    cells = {(data, estimator) for data, estimators in ESTIMATORS.items() for estimator in estimators}
    assert set(zip(table["data"], table["estimator"], strict=True)) == cells
    assert (table.groupby(["data", "estimator"]).size() == 22).all()
    assert table[["value", "mc_error"]].notna().all().all()
    assert (table["replications"] == 3).all() and (table["failed"] == 0).all()


def test_the_page_is_written_from_the_table(table):
    one, two = table.assign(n=400), table.assign(n=800)
    page = calibration.page(pd.concat([table, one, two], ignore_index=True), SMALL.seed)
    assert "nan" not in page
    for title in calibration.KINDS.values():
        assert f"### {title}" in page
    assert len(re.findall(r"^\| (200|400|800) \|", page, flags=re.M)) == 3 * sum(map(len, ESTIMATORS.values()))
