"""The bootstrap: stacked draws equal ordinary refits, one seed one answer, intervals by hand, failures counted."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.sem import Bootstrap, FailedDrawsWarning, NotIdentifiedError, OptionError, estimate, fit
from analysis.sem import bootstrap as room

CFA = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"
MEDIATION = """
    f =~ x1 + x2 + x3
    g =~ x4 + x5 + x6
    f ~ a*z
    g ~ b*f + c*z + w
    z ~~ w
    ab := a*b
    total := ab + c
"""
FIXED = MEDIATION.replace("z ~~ w", "")


def simulate(n: int, seed: int = 5) -> pd.DataFrame:
    """Six indicators of two factors, the predictors z and w, and a group; the models above are true."""
    rng = np.random.default_rng(seed)
    z, w, e, u = rng.normal(size=(4, n))
    f = 0.5 * z + e
    g = 0.4 * f + 0.3 * z + 0.2 * w + 0.9 * u
    items = np.column_stack([f, f, f, g, g, g]) * [1, 0.8, 1.1, 1, 0.9, 1.2] + 0.7 * rng.normal(size=(n, 6)) + 2
    frame = pd.DataFrame(items, columns=[f"x{k}" for k in range(1, 7)])
    return frame.assign(z=z, w=w, site=np.where(np.arange(n) % 3, "a", "b"))


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return simulate(240)


def refitted(text: str, data: pd.DataFrame, boot: Bootstrap, k: int, **options):
    """An ordinary fit of draw k from its rows, with default starting values."""
    rows = room._rows(replace(boot._task, seed=boot.seed), k, k + 1)
    members = [np.arange(len(data))]
    if "group" in options:
        labels = data[options["group"]]
        members = [np.flatnonzero(labels == label) for label in labels.unique()]
    chosen = np.concatenate([own[group[0]] for own, group in zip(members, rows, strict=True)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(text, data.iloc[chosen], **options)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (MEDIATION, {}),
        (FIXED, {}),
        (FIXED, {"meanstructure": True}),
        (CFA.replace("x2", "l*x2").replace("x5", "l*x5") + "\nf ~~ 0.5*g", {"std_lv": True}),
        (CFA + "\nx1 ~~ k*x4\nx2 ~ w\nx2 ~~ v*x2\nx3 ~~ u*x3\nu + v == 1", {"estimator": "MLR"}),
        ("x1 ~ x2 + z\nx2 ~ x3 + z\nx3 ~ w", {}),
        ("x1 ~~ x2\nx1 ~ 1", {"meanstructure": True}),
        (CFA, {"group": "site", "group_equal": ("loadings", "intercepts")}),
        (
            FIXED.replace("a*z", "c(a, a2)*z").replace("b*f", "c(b, b2)*f").replace("c*z", "c(c, c2)*z"),
            {"group": "site"},
        ),
    ],
)
def test_stacked_draws_equal_ordinary_refits(data, text, options):
    if options.get("group"):
        data = data.sort_values("site", ascending=False, kind="stable")
    fitted = fit(text, data, **options)
    boot = fitted.bootstrap(30, seed=11)
    assert len(boot.failed) == 0 and boot.est.shape == boot.std_all.shape == (30, len(fitted.parameters))
    for k in range(0, 30, 6):
        again = refitted(text, data, boot, k, **options)
        np.testing.assert_allclose(boot.est[k], again.parameters["est"], atol=1e-6, rtol=1e-6)
        np.testing.assert_allclose(boot.std_all[k], again.parameters["std_all"], atol=1e-6, rtol=1e-6)
        assert boot.chisq[k] == pytest.approx(again.measures["chisq"], abs=1e-6)


def test_fiml_least_squares_and_ordinal_draws_equal_ordinary_refits(data):
    holes = data.mask(np.random.default_rng(3).random(data.shape) < 0.08)
    codes = data.assign(**{f"x{k}": np.digitize(data[f"x{k}"], [1.0, 3.0]) for k in range(1, 7)})
    for given, options in (
        (holes, {"missing": "fiml"}),
        (data, {"estimator": "GLS"}),
        (codes, {"estimator": "WLSMV", "ordered": True}),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = fit(CFA, given, **options)
        boot = fitted.bootstrap(3, seed=2)
        again = refitted(CFA, given.dropna(how="all", subset=[f"x{k}" for k in range(1, 7)]), boot, 2, **options)
        np.testing.assert_allclose(boot.est[2], again.parameters["est"], atol=1e-5)
        np.testing.assert_allclose(boot.std_all[2], again.parameters["std_all"], atol=1e-5)
        assert boot.chisq[2] == pytest.approx(again.measures["chisq"], abs=1e-5)


def test_one_seed_one_answer_on_any_cores_and_in_any_batches(data, monkeypatch):
    fitted = fit(FIXED, data)
    alone = fitted.bootstrap(600, seed=7)
    shared = fitted.bootstrap(600, seed=7, cores=2)
    assert (alone.est == shared.est).all() and (alone.std_all == shared.std_all).all()
    assert (alone.chisq == shared.chisq).all()
    monkeypatch.setattr(room, "_STACK", 1)
    monkeypatch.setattr(room, "_TOGETHER", 12)
    small = fitted.bootstrap(40, seed=7)
    np.testing.assert_allclose(small.est, alone.est[:40], atol=1e-8)
    assert not np.allclose(fitted.bootstrap(40, seed=8).est, small.est)
    unseeded = fitted.bootstrap(8)
    assert (fitted.bootstrap(8, seed=unseeded.seed).est == unseeded.est).all()
    missing = fit(CFA, data.mask(np.random.default_rng(3).random(data.shape) < 0.02), missing="fiml")
    assert (missing.bootstrap(10, seed=1).est == missing.bootstrap(10, seed=1, cores=2).est).all()


def test_many_rows_are_taken_in_pieces(data, monkeypatch):
    fitted = fit(CFA, data)
    whole = fitted.bootstrap(20, seed=4)
    monkeypatch.setattr(room, "_PRODUCTS", 21 * 50)
    np.testing.assert_allclose(fitted.bootstrap(20, seed=4).est, whole.est, atol=1e-8)


def test_the_spread_of_the_draws_is_that_of_the_delta_method():
    fitted = fit(MEDIATION, simulate(1500))
    found = fitted.bootstrap(1500, seed=1)
    estimated = fitted.parameters["se"] > 0
    ratio = found.intervals()["se"] / fitted.parameters["se"]
    assert ratio[estimated].between(0.88, 1.12).all()
    standardised = fitted.standardized()
    ratio = found.intervals(column="std_all")["se"] / standardised["se"]
    assert ratio[standardised["se"] > 0].between(0.88, 1.12).all()
    low, high = fitted.parameters["ci_lower"], fitted.parameters["ci_upper"]
    for kind in ("percentile", "bc", "bca"):
        table = found.intervals(kind)
        assert (abs(table["ci_lower"] - low)[estimated] < 0.5 * table["se"][estimated]).all()
        assert (abs(table["ci_upper"] - high)[estimated] < 0.5 * table["se"][estimated]).all()


def test_percentile_intervals_cover_the_truth():
    covered = []
    for seed in range(60):
        sample = simulate(150, seed)
        table = fit("x1 ~ a*z\nw ~ b*x1\nab := a*b", sample).bootstrap(300, seed=seed).intervals()
        row = table.set_index("label").loc["a"]
        covered.append(row["ci_lower"] < 0.5 < row["ci_upper"])
    assert np.mean(covered) > 0.85


def test_bollen_stine_keeps_a_true_model_and_rejects_a_false_one(data):
    true = fit(CFA, data).bootstrap(400, seed=3, kind="bollen-stine")
    assert abs(true.pvalue - fit(CFA, data).measures["pvalue"]) < 0.12 and true.pvalue > 0.05
    assert true.chisq.mean() == pytest.approx(8, abs=1.0)  # the degrees of freedom
    assert true.pvalue == np.mean(true.chisq >= fit(CFA, data).measures["chisq"])
    false = fit("f =~ x1 + x2 + x3 + x4 + x5 + x6", data).bootstrap(200, seed=3, kind="bollen-stine")
    assert false.pvalue == 0.0
    grouped = fit(CFA, data, group="site", group_equal=["loadings", "intercepts"]).bootstrap(
        200, seed=3, kind="bollen-stine"
    )
    assert grouped.chisq.mean() == pytest.approx(24, abs=3.0)
    assert np.isnan(fit(CFA, data).bootstrap(5, seed=3).pvalue)


def test_the_moved_data_have_the_moments_of_the_model(data):
    fitted = fit(FIXED, data, meanstructure=True)
    moved = room._under_model(fitted.problem, fitted.solution.point).samples[0].data
    np.testing.assert_allclose(np.cov(moved.T, ddof=0), fitted.implied().cov, atol=1e-10)
    np.testing.assert_allclose(moved.mean(axis=0), fitted.implied().mean, atol=1e-10)


def by_hand(values: np.ndarray, alpha: float) -> float:
    """R's boot:::norm.inter, one level."""
    ordered, count = sorted(values), len(values)
    rank = (count + 1) * alpha
    k = int(rank)
    if k == 0:
        return ordered[0]
    if k >= count:
        return ordered[-1]
    if k == rank:
        return ordered[k - 1]
    low, high = norm.ppf(k / (count + 1)), norm.ppf((k + 1) / (count + 1))
    return ordered[k - 1] + (norm.ppf(alpha) - low) / (high - low) * (ordered[k] - ordered[k - 1])


def test_intervals_are_those_computed_by_hand(data):
    text = "x1 ~ p*z\nw ~ q*x1\npq := p*q"
    fitted = fit(text, data.head(40))
    boot = fitted.bootstrap(59, seed=6)
    row = list(fitted.parameters["label"]).index("pq")
    values, estimate = boot.est[:, row], fitted.parameters["est"][row]
    assert boot.intervals().loc[row, "se"] == pytest.approx(np.std(values, ddof=1))
    jackknife = [fit(text, data.head(40).drop(index=k)).parameters["est"][row] for k in range(40)]
    d = np.mean(jackknife) - np.array(jackknife)
    a = np.sum(d**3) / (6 * np.sum(d**2) ** 1.5)
    w = norm.ppf(np.mean(values < estimate))
    assert abs(w) > 0.001 and abs(a) > 0.001
    for kind, skew in (("percentile", None), ("bc", 0.0), ("bca", a)):
        for column, level in (("ci_lower", 0.05), ("ci_upper", 0.95)):
            z = norm.ppf(level)
            alpha = level if skew is None else norm.cdf(w + (w + z) / (1 - skew * (w + z)))
            found = boot.intervals(kind, level=0.9).loc[row, column]
            assert found == pytest.approx(by_hand(values, alpha), rel=1e-7), (kind, column)


def test_quantiles_stop_at_the_extreme_draws():
    values = np.array([3.0, 1.0, 2.0, 7.0, 5.0])
    assert room.quantiles(values, np.array([0.0, 0.01, 0.99, 1.0])).tolist() == [1, 1, 7, 7]
    for alpha in (0.2, 1 / 3, 0.5, 0.8):
        assert room.quantiles(values, np.array([alpha]))[0] == pytest.approx(by_hand(values, alpha))
    values = np.array([3, 1, 2, 7, 5, 4.4, 9.1, 0.3, 2.2])
    recorded = [0.3, 0.3, 1.52686181067, 4.45749110041, 9.1, 9.1]  # boot:::norm.inter(values, levels) in R
    np.testing.assert_allclose(room.quantiles(values, np.array([0.025, 0.1, 0.25, 0.61, 0.9, 0.975])), recorded)


@pytest.mark.parametrize("count", [40, 41, 100, 199, 500, 999, 1000, 5000])
def test_p_is_below_5_per_cent_exactly_when_the_interval_excludes_0(count):
    """Draws whose ends lie close to 0, on both sides, with and without ties; many of them at the very edge."""
    rng = np.random.default_rng(count)
    excluded = 0
    for case in range(600):
        values = rng.gamma(2.0, size=count) if case % 2 else rng.normal(size=count)
        values = values if case % 3 else np.round(values, 1)
        rank = (count + 1) * rng.choice([0.025, 0.975])
        values = values - np.sort(values)[np.clip(int(rank) + rng.integers(-3, 3), 0, count - 1)]
        values = values * rng.choice([-1.0, 1.0]) + rng.choice([0.0, 0.0, 1e-3, -1e-3])
        found = room.summary(values.mean(), values, np.array([]))
        excludes = found["ci_lower"] > 0 or found["ci_upper"] < 0
        assert (found["pvalue"] < 0.05) == excludes, case
        excluded += excludes
    assert 60 < excluded < 540


@pytest.mark.parametrize("count", [100, 500, 1000])
def test_p_is_the_level_at_which_the_interval_reaches_0(count):
    rng = np.random.default_rng(count)
    for shift in rng.normal(0, 1.2, 50):
        values = rng.normal(shift, 1, count)
        p = room.summary(shift, values, np.array([]))["pvalue"]
        assert 2 / (count + 1) <= p <= 1
        if 2 / (count + 1) < p < 0.99:
            ends = room.quantiles(values, np.array([p / 2, 1 - p / 2]))
            assert np.abs(ends).min() == pytest.approx(0, abs=1e-9)


def test_p_where_all_draws_lie_on_one_side_are_alike_or_are_few():
    values = np.random.default_rng(1).uniform(1, 2, 199)
    for side in (values, -values):
        assert room.summary(1.5, side, np.array([]))["pvalue"] == 2 / 200
    assert room.summary(0.0, np.zeros(199), np.array([]))["pvalue"] == 1
    assert room.summary(0.3, np.full(199, 0.3), np.array([]))["pvalue"] == 2 / 200
    few = room.summary(1.5, values[:39], np.array([]))
    assert few.pop("se") > 0 and np.isnan(list(few.values())).all() and len(few) == 7


def test_leave_one_out_estimates_are_refits_without_each_row_made_once(data, monkeypatch):
    few = data.head(30)
    boot = fit(CFA, few).bootstrap(5, seed=1)
    refits = [fit(CFA, few.drop(index=k)).parameters["est"] for k in few.index]
    np.testing.assert_allclose(boot.left_out, refits, atol=1e-6)
    monkeypatch.setattr(room, "_run", None)  # another computation would stop here
    assert np.isfinite(boot.intervals("bca")["ci_lower"]).any() and boot.left_out.shape == (30, len(boot.parameters))


def test_the_jackknife_equals_refits_in_groups_and_with_missing_values(data):
    for options in ({"group": "site"}, {"missing": "fiml"}):
        fitted = fit("x1 ~ p*z\nx2 ~~ x1", data.head(24), **options)
        task = room.jackknife(fitted.bootstrap(2, seed=1)._task)
        found = np.vstack([part.est for part in room._run(task, 24, 1, None)])
        problem, solution = room._refit(task, room._all_but(task.problem, 13))
        free = fitted.table.free
        np.testing.assert_allclose(found[13][free], solution.point.theta, atol=1e-7)
        assert problem.n == 23


def test_defined_and_standardised_draws_are_consistent(data):
    fitted = fit(FIXED, data)
    boot = fitted.bootstrap(50, seed=9)
    row = {label: k for k, label in enumerate(fitted.parameters["label"]) if label}
    for draws in (boot.est, boot.std_all):
        np.testing.assert_allclose(draws[:, row["ab"]], draws[:, row["a"]] * draws[:, row["b"]])
        np.testing.assert_allclose(draws[:, row["total"]], draws[:, row["ab"]] + draws[:, row["c"]])
    loading = fitted.parameters.query("op == '=~' and rhs == 'x2'").index[0]
    residual = fitted.parameters.query("op == '~~' and lhs == 'x2'").index[0]
    np.testing.assert_allclose(boot.std_all[:, loading] ** 2 + boot.std_all[:, residual], 1.0)


def test_fixed_exogenous_moments_are_those_of_each_draw(data):
    fitted = fit(FIXED, data, meanstructure=True)
    boot = fitted.bootstrap(5, seed=2)
    again = refitted(FIXED, data, boot, 3, meanstructure=True)
    rows = fitted.parameters.query("lhs in ['z', 'w']").index
    assert len(rows) == 5 and boot.est[:, rows].std(axis=0).min() > 0
    np.testing.assert_allclose(boot.est[3][rows], again.parameters["est"][rows], atol=1e-10)


def test_constant_parameters_have_their_estimate_as_interval(data):
    table = fit(CFA, data).bootstrap(40, seed=1).intervals("bca")
    assert list(table) == ["lhs", "op", "rhs", "group", "label", "est", "se", "ci_lower", "ci_upper"]
    first = table.query("op == '=~' and rhs == 'x1'").iloc[0]
    assert (first["est"], first["se"], first["ci_lower"], first["ci_upper"]) == (1.0, 0.0, 1.0, 1.0)


def test_failed_draws_are_counted_and_named(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = fit(CFA, simulate(10, seed=8))
    assert fitted.converged
    with pytest.warns(FailedDrawsWarning, match=r"of 100 draws .*positive definite: \d+.* improper") as caught:
        boot = fitted.bootstrap(100, seed=1)
    assert room.NOT_POSITIVE in caught[0].message.culprits and caught[0].filename == __file__
    assert 0 < len(boot.failed) < 100 and len(boot.est) == len(boot.draw) == 100 - len(boot.failed)
    assert sorted([*boot.draw, *boot.failed["draw"]]) == list(range(100))
    assert set(boot.failed["reason"]) <= {room.NOT_POSITIVE, room.NOT_CONVERGED}
    assert room.NOT_POSITIVE in set(boot.failed["reason"])
    assert np.isfinite(boot.est).all() and boot.improper.any()
    assert f"{len(boot.failed)} failed" in repr(boot)


def test_healthy_draws_are_quiet(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(CFA, data).bootstrap(40, seed=1)


def test_a_draw_that_runs_away_is_given_up_early(monkeypatch):
    """Draws that fail take a bounded number of evaluations; before, they took some ten thousand."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = fit(CFA, simulate(20, seed=1))
        task = replace(fitted.bootstrap(2, seed=1)._task, seed=1)
        calls = []
        monkeypatch.setattr(estimate, "gradient", lambda *at, slope=estimate.gradient: calls.append(1) or slope(*at))
        _, solution = room._refit(task, [rows[0] for rows in room._rows(task, 2, 3)])
    assert not solution.converged and len(calls) < 700


def test_a_bootstrap_may_fail_altogether():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        boot = fit(CFA, simulate(8, seed=3).head(7)).bootstrap(2, seed=1)
    assert len(boot.est) == 0 and list(boot.failed["reason"]) == [room.NOT_POSITIVE] * 2
    assert boot.intervals()[["se", "ci_lower", "ci_upper"]].isna().all(axis=None)


def test_hopeless_searches_do_not_stop_the_others(data, monkeypatch):
    """Where every search of the stack ends at once without a minimum, the next take their places."""
    fitted = fit(CFA, data)
    whole = fitted.bootstrap(12, seed=1)
    task = replace(whole._task, seed=1)
    wild = replace(task, metric=-task.metric)
    monkeypatch.setattr(room, "_STACK", 1)
    np.testing.assert_allclose(room._batch(wild, 0, 12).est, whole.est, atol=1e-6)


def test_an_empty_category_fails_with_its_name(data):
    codes = data.assign(**{f"x{k}": np.digitize(data[f"x{k}"], [1.0, 3.0]) for k in range(1, 7)})
    codes.loc[codes["x1"] == 2, "x1"] = 1
    codes.loc[0, "x1"] = 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        boot = fit("x1 ~~ x2", codes, estimator="WLSMV", ordered=True).bootstrap(10, seed=1)
    assert len(boot.failed) > 0 and boot.failed["reason"].str.contains("category").any()


def test_progress_is_told_after_every_batch(data):
    calls = []
    fit(CFA, data).bootstrap(600, seed=1, progress=lambda *call: calls.append(call))
    assert calls[-1] == (600, 600) and len(calls) > 1 and calls == sorted(calls)


@pytest.mark.parametrize(
    "options",
    [
        {"draws": 0},
        {"draws": 2.5},
        {"seed": -1},
        {"seed": "one"},
        {"cores": 0},
        {"kind": "parametric"},
        {"progress": True},
    ],
)
def test_arguments_that_are_not_offered_are_refused(data, options):
    with pytest.raises(OptionError, match=next(iter(options))):
        fit(CFA, data).bootstrap(**{"draws": 4, **options})


def test_intervals_and_models_that_are_not_offered_are_refused(data):
    boot = fit(CFA, data).bootstrap(4, seed=1)
    for options in ({"kind": "normal"}, {"level": 95}, {"column": "se"}):
        with pytest.raises(OptionError, match=next(iter(options))):
            boot.intervals(**options)
    with pytest.raises(OptionError, match="complete"):
        fit(CFA, data, missing="fiml").bootstrap(4, kind="bollen-stine")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loose = fit("f =~ NA*x1 + x2 + x3 + x4\nf ~~ NA*f", data)
    with pytest.raises(NotIdentifiedError):
        loose.bootstrap(4)
