"""Factor scores and standardised residuals of ordinal data, beside continuous and exogenous data too."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

import analysis.sem as sem
from analysis.sem import fit

MIXED = "f =~ a1 + a2 + c1\ng =~ b1 + b2 + b3 + c2\nf ~ x\ng ~ f + x\na2 ~ x\ny ~ g + c3\nc3 ~ f"
ORDERED = ["a1", "a2", "b1", "b2", "b3"]


def simulate(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Two factors that depend on x, with ordinal and continuous indicators; y depends on g and c3, c3 on f."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    f = 0.4 * x + rng.normal(size=n)
    g = 0.5 * f - 0.3 * x + rng.normal(size=n) + shift * (np.arange(n) % 2)
    values = {name: f + 0.8 * rng.normal(size=n) for name in ("a1", "a2", "c1")}
    values |= {name: g + 0.8 * rng.normal(size=n) for name in ("b1", "b2", "b3", "c2")}
    values["a2"] = values["a2"] + 0.7 * x
    data = pd.DataFrame(values).assign(c3=0.3 * f + rng.normal(size=n), x=x, site=np.arange(n) % 2)
    data["y"] = 0.4 * g + 0.3 * data["c3"] + rng.normal(size=n)
    for name in ORDERED:
        data[name] = np.digitize(data[name], [-1.0, 0.2, 1.1])
    return data


def mode(fitted: sem.Fit, row: pd.Series, group: int = 1) -> np.ndarray:
    """The mode of the posterior of one row, from the table of estimates by a general optimiser."""
    table = fitted.parameters[fitted.parameters["group"] == group]
    est = table.set_index(["lhs", "op", "rhs"])["est"]
    factors = fitted.table.latent
    paths = {}
    for lhs, op, rhs in est.index:
        if op in ("=~", "~"):
            target, source = (rhs, lhs) if op == "=~" else (lhs, rhs)
            paths.setdefault(target, []).append((source, est[lhs, op, rhs]))

    def against(eta: np.ndarray) -> float:
        known, total = dict(zip(factors, eta, strict=True)), 0.0
        for name in [*factors, *(v for v in fitted.table.observed if v != "x")]:
            mean = est.get((name, "~1", ""), 0.0)
            mean += sum(slope * known.get(source, row.get(source)) for source, slope in paths.get(name, []))
            sd = np.sqrt(est[name, "~~", name])
            if name in ORDERED:
                cuts = [-np.inf, *(est[name, "|", f"t{k}"] for k in (1, 2, 3)), np.inf]
                code = int(row[name])
                total -= np.log(norm.cdf(cuts[code + 1], mean, sd) - norm.cdf(cuts[code], mean, sd))
            else:
                total -= norm.logpdf(known.get(name, row.get(name)), mean, sd)
        return total

    return minimize(against, np.zeros(len(factors)), method="BFGS", options={"gtol": 1e-8}).x


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return simulate(600, 1)


def test_scores_are_the_modes_of_the_posterior(data):
    fitted = fit(MIXED, data, ordered=ORDERED, estimator="WLSMV")
    scores = fitted.scores()
    assert scores.shape == (600, 2) and list(scores) == ["f", "g"]
    for row in (0, 7, 311):
        np.testing.assert_allclose(scores.iloc[row], mode(fitted, data.iloc[row]), atol=1e-5)


def test_scores_in_groups_count_means_and_scales():
    """Free latent means and scales in the second group; lavaan 0.6-14 counts these means twice."""
    options = {"ordered": True, "estimator": "WLSMV", "group": "site", "group_equal": ("loadings", "intercepts")}
    data = simulate(600, 2, shift=0.8)
    fitted = fit("g =~ b1 + b2 + b3", data, **options)
    assert fitted.parameters.query("op == '~1' and group == 2 and lhs == 'g'")["est"].item() > 0.3
    for group, (name, scores) in enumerate(fitted.scores().items(), start=1):
        for row in (0, 40):
            found = mode(fitted, data.loc[scores.index[row]], group)
            np.testing.assert_allclose(scores.iloc[row], found, atol=1e-5, err_msg=name)


def test_rows_do_not_depend_on_one_another(data, monkeypatch):
    fitted = fit(MIXED, data, ordered=ORDERED, estimator="WLSMV")
    whole = fitted.scores()
    monkeypatch.setattr(sem.moments, "CHUNK", 70)
    np.testing.assert_allclose(fitted.scores(), whole, atol=1e-9)


def test_answers_far_from_the_mean_have_scores_too(data):
    """A row at 40 standard deviations: probabilities that are 0 in floating point, with a logarithm all the same."""
    odd = data.assign(x=data["x"].where(data.index != 5, -40.0), a2=data["a2"].where(data.index != 5, 3))
    fitted = fit("f =~ a1 + a2 + b1\nf ~ x\na2 ~ x", odd, ordered=["a1", "a2", "b1"], estimator="WLSMV")
    assert np.isfinite(fitted.scores()).all(axis=None)


def test_scores_that_are_not_offered_are_refused(data):
    chain = fit("f =~ b1 + b2 + b3\na1 ~ f\na2 ~ a1", data, ordered=ORDERED, estimator="WLSMV")
    with pytest.raises(sem.OptionError, match="an ordinal variable has an effect, as 'a1' has"):
        chain.scores()
    single = fit("f =~ b1 + b2 + b3\ng =~ c2\nf ~ g", data, ordered=["b1", "b2", "b3"], estimator="WLSMV")
    with pytest.raises(sem.OptionError, match="'c2' has none"):
        single.scores()


def test_a_negative_variance_leaves_no_scores(data):
    with pytest.warns(sem.ImproperSolutionWarning):
        fitted = fit("f =~ a1 + a2 + b1\nf ~~ 1.2*f", data, ordered=["a1", "a2", "b1"], estimator="WLSMV")
    assert fitted.scores().isna().all(axis=None)


def test_standardized_residuals_vary_by_one():
    """Also beside continuous and exogenous variables, where lavaan gives none."""
    found = []
    for seed in range(40):
        fitted = fit(
            "g =~ b1 + b2 + b3 + c2\ng ~ x", simulate(400, seed), ordered=["b1", "b2", "b3"], estimator="WLSMV"
        )
        tables = fitted.residuals("standardized")
        assert tables.thresholds.abs().max() < 1e-3
        found.append([*tables.cov.to_numpy()[np.tril_indices(4, -1)], *tables.slopes["x"]])
    assert 0.8 < np.mean(np.square(found)) < 1.25
