"""Bivariate normal probabilities, thresholds, polychoric and polyserial correlations and their covariances."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from analysis.sem.binormal import density, probability
from analysis.sem.errors import DataError
from analysis.sem.polychoric import associations

CUTS = [-1.0, 0.2, 1.1]
CORRELATIONS = np.array([[1, 0.6, -0.4, 0.3], [0.6, 1, 0.1, 0.5], [-0.4, 0.1, 1, 0.2], [0.3, 0.5, 0.2, 1]])


def latent(n: int, seed: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal(np.zeros(4), CORRELATIONS, n)


def cut(values: np.ndarray) -> np.ndarray:
    return np.digitize(values, CUTS).astype(float)


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.8, 0.93, -0.95, 0.9995])
def test_probability_equals_scipy_and_its_own_symmetries(rho):
    h, k = np.meshgrid([-2.5, -0.7, 0.0, 0.4, 1.9], [-1.8, 0.0, 0.4, 2.2])
    found = probability(h, k, rho)
    normal = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    expected = [normal.cdf(point) for point in zip(h.ravel(), k.ravel(), strict=True)]
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-5)
    np.testing.assert_allclose(found, probability(k, h, rho), atol=1e-14)
    np.testing.assert_allclose(found + probability(h, -k, -rho), ndtr(h), atol=1e-14)


def test_probability_at_zero_is_an_arcsine():
    rho = np.linspace(-0.999, 0.999, 41)
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    np.testing.assert_allclose(probability(0.0, 0.0, rho), expected, atol=1e-14)


def test_limits_at_infinity():
    infinite = np.array([np.inf, -np.inf, np.inf, 0.5])
    found = probability(infinite, np.array([0.3, 0.3, np.inf, -np.inf]), 0.4)
    np.testing.assert_allclose(found, [ndtr(0.3), 0.0, 1.0, 0.0])
    assert density(np.inf, 0.3, 0.4) == 0.0


def test_the_density_is_the_derivative_in_rho():
    step = 1e-6
    slope = (probability(0.4, -0.9, 0.5 + step) - probability(0.4, -0.9, 0.5 - step)) / (2 * step)
    assert density(0.4, -0.9, 0.5) == pytest.approx(slope, rel=1e-8)


def test_known_values_are_recovered():
    n = 40_000
    found = associations(cut(latent(n)), [4] * 4, np.zeros((n, 0)), list("abcd"))
    np.testing.assert_allclose(found.margins[0].thresholds, CUTS, atol=0.03)
    np.testing.assert_allclose(found.cov, CORRELATIONS, atol=0.03)


def test_continuous_and_ordinal_variables_with_exogenous_ones():
    n = 40_000
    x = np.random.default_rng(3).normal(size=(n, 2)) * [1.0, 50.0] + [2.0, 1000.0]
    values = latent(n)
    values += x @ np.array([[0.5, -0.3, 0.0, 0.2], [0.01, 0.0, 0.0, 0.02]])
    mixed = np.column_stack([cut(values[:, 0] - 11), values[:, 1] * 3 + 5, cut(values[:, 2]), values[:, 3]])
    found = associations(mixed, [4, 0, 4, 0], x, list("abcd"))
    np.testing.assert_allclose(found.margins[0].slopes, [0.5, 0.01], rtol=0.05)
    np.testing.assert_allclose(found.margins[1].slopes, [-0.9, 0.0], atol=0.03)
    scale = np.array([1, 3, 1, 1])
    np.testing.assert_allclose(found.cov / np.outer(scale, scale), CORRELATIONS, atol=0.03)


def test_the_covariance_matrix_is_that_of_repeated_samples():
    draws, n = 400, 500
    estimates, predicted = [], []
    for seed in range(draws):
        values = latent(n, seed + 100)[:, :3]
        mixed = np.column_stack([cut(values[:, 0]), cut(values[:, 1]), values[:, 2]])
        found = associations(mixed, [4, 4, 0], np.zeros((n, 0)), list("abc"))
        correlations = found.cov[np.tril_indices(3, -1)]
        estimates.append(np.concatenate([m.estimates for m in found.margins] + [correlations]))
        predicted.append((found.root**2).sum(axis=0) / n)
    ratio = np.var(estimates, axis=0) / np.mean(predicted, axis=0)
    assert np.abs(ratio - 1).max() < 4 * np.sqrt(2 / draws)


def test_rows_and_cells_agree():
    """An exogenous variable without effect leads to the same correlation by another path."""
    codes = np.tile(cut(latent(300))[:, :2], (2, 1))
    x = np.repeat([[0.0], [1.0]], 300, axis=0)
    cells = associations(codes, [4, 4], np.zeros((600, 0)), ["a", "b"])
    rows = associations(codes, [4, 4], x, ["a", "b"])
    assert rows.margins[0].slopes == pytest.approx(0.0, abs=1e-9)
    assert rows.cov[1, 0] == pytest.approx(cells.cov[1, 0], abs=1e-9)
    influence = (rows.root[:, -1] @ rows.root[:, -1], cells.root[:, -1] @ cells.root[:, -1])
    assert influence[0] == pytest.approx(influence[1], rel=1e-9)


def test_a_polyserial_correlation_counts_every_row_in_any_unit():
    """A row with a likelihood below 1.5e-8, which lavaan leaves out: high on one variable, low on the other."""
    values = np.vstack([latent(300)[:, :2], [4.5, -1.2]])
    y, codes = values[:, 0], cut(values[:, 1])
    unit, thousandth = (
        associations(np.column_stack([a, codes]), [0, 4], np.zeros((301, 0)), ["a", "b"]) for a in (y, 1000 * y)
    )
    z = (y - y.mean()) / y.std()
    ends = np.array([-np.inf, *unit.margins[1].thresholds, np.inf])

    def logl(rho: float) -> float:
        upper, lower = (ndtr((ends[codes.astype(int) + k] - rho * z) / np.sqrt(1 - rho**2)) for k in (1, 0))
        return float(np.log(upper - lower).sum())

    rho = unit.cov[1, 0] / y.std()
    assert max(map(logl, (rho - 1e-4, rho + 1e-4))) < logl(rho)
    assert thousandth.cov[1, 0] == pytest.approx(1000 * unit.cov[1, 0], rel=1e-9)


def test_two_by_two_tables():
    half = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [30, 20, 20, 30], axis=0).astype(float)
    found = associations(half, [2, 2], np.zeros((100, 0)), ["a", "b"])
    assert found.cov[1, 0] == pytest.approx(-np.cos(2 * np.pi * 0.3))
    one_empty = np.repeat([[0, 0], [0, 1], [1, 1]], [40, 30, 30], axis=0).astype(float)
    found = associations(one_empty, [2, 2], np.zeros((100, 0)), ["a", "b"])
    assert 0.8 < found.cov[1, 0] < 0.999
    two_empty = np.repeat([[0, 0], [1, 1]], [40, 60], axis=0).astype(float)
    with pytest.raises(DataError, match=r"'b' and 'a' have two empty cells"):
        associations(two_empty, [2, 2], np.zeros((100, 0)), ["a", "b"])


def test_a_separated_probit_regression_is_refused():
    x = np.linspace(-1, 1, 60)[:, None]
    codes = np.column_stack([(x[:, 0] > 0).astype(float), np.tile([0.0, 1.0], 30)])
    with pytest.raises(DataError, match="probit regression of 'a'"):
        associations(codes, [2, 2], x, ["a", "b"])
