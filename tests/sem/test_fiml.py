"""Full-information maximum likelihood: patterns, EM moments, derivatives, and what is said of unusable rows."""

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fiml, fit, references
from analysis.sem.estimate import evaluate, expected_information, gradient, observed_information
from analysis.sem.scores import score_products

MODEL = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6 + x1\ng ~ f + w"
NAMES = [f"x{k}" for k in range(1, 7)]


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 900
    w = rng.normal(size=n)
    f = rng.normal(size=n)
    g = 0.5 * f + 0.4 * w + rng.normal(size=n) * 0.7
    items = np.column_stack([f, f, f, g, g, g]) * [1, 0.9, 0.8, 1, 1.1, 0.7] + rng.normal(size=(n, 6)) * 0.6 + 1
    return pd.DataFrame(items, columns=NAMES).assign(w=w)


@pytest.fixture(scope="module")
def holes(whole) -> pd.DataFrame:
    """x4 to x6 are missing more often where x1 is high: missing at random, not completely."""
    rng = np.random.default_rng(9)
    data = whole.copy()
    data[NAMES[3:]] = data[NAMES[3:]].mask(rng.uniform(size=(900, 3)) < np.where(data["x1"] > 1, 0.5, 0.05)[:, None])
    data["x2"] = data["x2"].mask(rng.uniform(size=900) < 0.1)
    return data


def numerical(function, theta: np.ndarray, step: float = 1e-5) -> np.ndarray:
    moves = np.eye(len(theta)) * step
    return np.array([(function(theta + m) - function(theta - m)) / (2 * step) for m in moves])


def test_derivatives(holes):
    problem = fit(MODEL, holes, missing="fiml").problem
    theta = fit(MODEL, holes, missing="fiml").solution.point.theta + np.linspace(-0.05, 0.08, len(problem.shift))
    point = evaluate(problem, theta)
    slope = numerical(lambda t: evaluate(problem, t).discrepancy / 2, theta)
    np.testing.assert_allclose(gradient(problem, point), slope, atol=1e-7)
    hessian = numerical(lambda t: gradient(problem, evaluate(problem, t)), theta)
    np.testing.assert_allclose(observed_information(problem, point), hessian, atol=2e-7)


def test_score_products_are_those_of_the_casewise_likelihoods(holes):
    fitted = fit(MODEL, holes, missing="fiml")
    problem, theta, values = fitted.problem, fitted.solution.point.theta, fitted.problem.samples[0].data

    def likelihoods(t: np.ndarray) -> np.ndarray:
        at, found = evaluate(problem, t).groups[0], []
        for row in values:
            o = np.flatnonzero(~np.isnan(row))
            gap, sigma = row[o] - at.mu[o], at.sigma[np.ix_(o, o)]
            found.append(-0.5 * (np.linalg.slogdet(sigma)[1] + gap @ np.linalg.solve(sigma, gap)))
        return np.array(found)

    assert likelihoods(theta).mean() * -2 - problem.samples[0].logdet - problem.samples[0].width == pytest.approx(
        fitted.measures["chisq"] / 900
    )
    scores = numerical(likelihoods, theta)
    np.testing.assert_allclose(score_products(problem, fitted.solution.point), scores @ scores.T / 900, atol=1e-6)


def test_unrestricted_moments_have_a_zero_gradient_and_the_information_of_their_model(holes):
    sample = fiml.incomplete_moments(holes[NAMES].to_numpy(), NAMES)
    J = fiml.likelihood(sample, sample.cov, sample.mean)[1]
    M, a = fiml.first_order(sample, J, sample.mean)
    assert np.abs(M).max() < 1e-8 and np.abs(a).max() < 1e-8
    none = np.array([], dtype=int)
    model, at = references.unrestricted(sample.cov, sample.mean, none)
    np.testing.assert_allclose(
        references.information(sample, sample.cov, sample.mean, none, observed=True),
        fiml.observed_information(model, sample, at, J),
        atol=1e-10,
    )


def test_without_missing_values_it_is_maximum_likelihood(whole):
    plain, full = (fit(MODEL, whole, meanstructure=True, missing=m, estimator="MLR") for m in ("listwise", "fiml"))
    for name in ("chisq", "df", "logl", "baseline_chisq", "chisq_scaling_factor", "srmr", "cfi_scaled"):
        assert full.measures[name] == pytest.approx(plain.measures[name], rel=1e-8), name
    np.testing.assert_allclose(full.parameters["se"], plain.parameters["se"], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(full.scores(), plain.scores(), atol=1e-6)


def test_every_value_adds_information(whole, holes):
    """The expected information of all rows: complete data beat full information, which beats listwise deletion."""
    model = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"
    with pytest.warns(sem.MissingValuesWarning):
        fits = [fit(model, whole, meanstructure=True), fit(model, holes, missing="fiml")]
        fits.append(fit(model, holes, meanstructure=True))
    theta = fits[0].solution.point.theta
    complete, full, listwise = (f.nobs * expected_information(f.problem, evaluate(f.problem, theta)) for f in fits)
    for more, less in ((complete, full), (full, listwise)):
        assert np.linalg.eigvalsh(more - less)[0] > -1e-8 and np.trace(more) > 1.05 * np.trace(less)


def test_bias_of_listwise_deletion_is_undone(whole, holes):
    with pytest.warns(sem.MissingValuesWarning):
        listwise = fit(MODEL, holes, meanstructure=True)
    truth, full = fit(MODEL, whole, meanstructure=True), fit(MODEL, holes, missing="fiml")

    def mean(fitted):
        return fitted.parameters.set_index(["lhs", "op"]).loc[("x5", "~1"), "est"].item()

    assert abs(mean(full) - mean(truth)) < 0.05 < abs(mean(listwise) - mean(truth))
    assert full.warnings == () and full.nobs == 900
    assert not full.scores().isna().any().any() and len(full.scores()) == 900
    assert "900 used of 900 given (fiml)" in full.summary() and "observed information" in full.summary()


def test_rows_that_say_nothing_are_counted_by_reason(holes):
    data = holes.copy()
    data.loc[[3, 4], [*NAMES, "w"]] = np.nan
    data.loc[[5, 6, 7], "w"] = np.nan
    with pytest.warns(sem.MissingValuesWarning) as caught:
        fitted = fit(MODEL, data, missing="fiml")
    assert [str(w.message) for w in caught] == [
        "2 of 900 rows have no value in the variables of the model: left out",
        "3 of 900 rows have missing values (w: 3): left out",
    ]
    assert fitted.nobs == 895 and 5 not in fitted.scores().index


def test_groups(holes):
    data = holes.assign(site=np.where(np.arange(900) % 3 == 0, "a", "b"))
    fitted = fit(MODEL, data, missing="fiml", group="site", estimator="MLR")
    apart = [fit(MODEL, part, missing="fiml") for _, part in data.groupby("site")]
    assert fitted.measures["chisq"] == pytest.approx(sum(f.measures["chisq"] for f in apart), rel=1e-8)
    assert fitted.measures["baseline_chisq"] == pytest.approx(sum(f.measures["baseline_chisq"] for f in apart))
    assert list(fitted.scores()) == ["a", "b"]


def split(data: pd.DataFrame) -> pd.DataFrame:
    """x1 and x2 are never observed together."""
    first = np.arange(len(data)) % 2 == 0
    return data.assign(x1=data["x1"].where(first), x2=data["x2"].where(~first))


def thin(data: pd.DataFrame) -> pd.DataFrame:
    """Of 150 rows most values are missing, and no columns depend on one another."""
    few = data.head(150).copy()
    few[NAMES] = few[NAMES].mask(np.random.default_rng(1).uniform(size=(150, 6)) < 0.7)
    return few[few[NAMES].notna().any(axis=1)]


def test_a_variable_that_a_group_does_not_have(holes):
    data = holes.assign(site=np.where(np.arange(900) % 3 == 0, "a", "b"))
    with pytest.raises(sem.DataError, match="group 'a': column 'x3' holds no values"):
        fit(MODEL, data.assign(x3=data["x3"].where(data["site"] == "b")), missing="fiml", group="site")


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_a_column_far_from_zero_changes_nothing(holes, estimator):
    near, far = (fit(MODEL, holes.assign(x2=holes["x2"] + c), missing="fiml", estimator=estimator) for c in (0, 1e8))
    assert far.converged
    np.testing.assert_allclose(far.parameters["se"], near.parameters["se"], rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (split, ["'x1' and 'x2'", "never observed in the same row"]),
        (lambda d: d.assign(x3=d["x2"] * 2), ["'x2' and 'x3'", "perfectly correlated"]),
        (lambda d: d.assign(x3=d["x2"].where(d["x2"].isna(), 4.0)), ["'x3'", "constant"]),
        (lambda d: d.assign(x3=d["x1"] + d["x2"]), ["'x3'", "dependent"]),
        (lambda d: d.head(7), ["7 rows for 7 variables"]),
        (lambda d: d.assign(x3=np.nan), ["'x3'", "no values"]),
        (lambda d: d.assign(x3=d["x3"].where(d.index < 2)), ["too many", "'x3'", "observed together in 2 rows"]),
        (lambda d: d.assign(x3=d["x3"].where(d.index < 5)), ["too many", "'x3'", "observed together in"]),
        (thin, ["too many values are missing", "observed together in"]),
    ],
)
def test_data_that_cannot_carry_the_model(holes, change, words):
    with pytest.raises(sem.DataError) as caught:
        fit(MODEL, change(holes), missing="fiml")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_means_are_needed(holes):
    with pytest.raises(sem.OptionError, match="mean structure"):
        fit(MODEL, holes, missing="fiml", meanstructure=False)
