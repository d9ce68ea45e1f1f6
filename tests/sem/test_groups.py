"""Several groups: equal parameters, shapes by group, and errors that name the group."""

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit
from analysis.sem.groups import group_rows
from analysis.sem.partable import build_table
from analysis.sem.syntax import parse

MODEL = "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7"
LADDER = ("loadings", "intercepts", "residuals", "lv_variances", "lv_covariances", "means")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Two groups with equal loadings and intercepts; in the second f has mean 0.5 and variance 2."""
    rng = np.random.default_rng(12)
    n = 4000
    second = np.arange(n) % 2 == 1
    factors = rng.normal(size=(n, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    factors[:, 0] = np.where(second, factors[:, 0] * np.sqrt(2) + 0.5, factors[:, 0])
    items = factors[:, [0, 0, 0, 0, 1, 1, 1]] * [1, 0.8, 1.2, 0.9, 1, 0.7, 1.1] + rng.normal(size=(n, 7)) * 0.6 + 2
    frame = pd.DataFrame(items, columns=[f"x{k}" for k in range(1, 8)])
    return frame.assign(site=np.where(second, "north", "south"))


def table(group_equal=(), text: str = MODEL, **options):
    return build_table(parse(text), n_groups=2, meanstructure=True, group_equal=group_equal, **options)


def test_known_differences_between_groups_are_recovered(data):
    fitted = fit(MODEL, data, group="site", group_equal=("loadings", "intercepts"))
    assert fitted.groups == ("south", "north") and fitted.measures["pvalue"] > 0.01
    second = fitted.parameters.query("group == 2").set_index(["lhs", "op", "rhs"])
    truths = {("f", "~1", ""): 0.5, ("f", "~~", "f"): 2.0, ("g", "~1", ""): 0.0, ("f", "=~", "x3"): 1.2}
    for key, truth in truths.items():
        assert abs(second.loc[key, "est"] - truth) < 4 * second.loc[key, "se"], key
    assert (fitted.parameters.query("group == 1 and op == '~1' and lhs in ['f', 'g']")["est"] == 0).all()


def test_fits_of_groups_apart_add_up_without_equalities(data):
    together = fit(MODEL, data, group="site", estimator="MLR")
    apart = {name: fit(MODEL, part, meanstructure=True) for name, part in data.groupby("site")}
    assert together.measures["df"] == sum(f.measures["df"] for f in apart.values())
    for name, single in apart.items():
        assert together.chisq_by_group[name] == pytest.approx(single.measures["chisq"], rel=1e-8)
    assert together.measures["chisq"] == pytest.approx(together.chisq_by_group.sum())
    assert together.measures["rmsea"] == pytest.approx(
        np.sqrt(2 * max(together.measures["chisq"] - 26, 0) / 26 / len(data))
    )


def test_every_step_of_the_ladder_costs_what_lavaan_counts(data):
    free = [table(LADDER[:k]).basis.shape[1] for k in range(7)]
    # 5 loadings; 7 intercepts, but 2 latent means come free; 7 residuals; 2 variances; 1 covariance; the 2 means
    assert [free[k] - free[k + 1] for k in range(6)] == [5, 5, 7, 2, 1, 2]
    fitted = fit(MODEL, data, group="site", group_equal=LADDER)
    assert fitted.measures["df"] == 2 * 35 - free[6]


def test_equal_parameters_carry_lavaans_label_and_one_error(data):
    rows = fit(MODEL, data, group="site", group_equal=["loadings"]).parameters.query("lhs == 'f' and rhs == 'x2'")
    assert rows["label"].to_list() == [".p2.", ".p2."]
    assert rows["est"].nunique() == rows["se"].nunique() == 1


def test_rows_of_vcov_are_named_by_parameter_and_group(data):
    names = fit("f =~ x1 + x2 + a*x3", data, group="site", group_equal=["loadings"]).vcov().index
    assert list(names[:2]) == ["f=~x2", "a"] and "f=~x2.g2" in names and "x1~1.g2" in names
    assert names[names != "a"].is_unique


def test_partial_invariance_by_labels():
    found = table(("loadings",), MODEL.replace("x2", "c(a, b)*x2").replace("x6", "c(k, k)*x6"))
    labels = {(p.rhs, p.group): p.label for p in found.parameters if p.op == "=~"}
    assert (labels["x2", 1], labels["x2", 2]) == ("a", "b") and labels["x6", 1] == labels["x6", 2] == "k"
    assert labels["x3", 1] == labels["x3", 2] == ".p3."
    assert found.basis.shape[1] == table(("loadings",)).basis.shape[1] + 1


def test_partial_invariance_by_names(data):
    """What group_partial names goes its own way, as with a label for each group; other names are refused."""
    equal = ("loadings", "intercepts")
    named = fit(MODEL, data, group="site", group_equal=equal, group_partial=["f =~ x2", "x6~1"])
    by_hand = fit(MODEL.replace("x2", "c(a, b)*x2") + "\nx6 ~ c(d, e)*1", data, group="site", group_equal=equal)
    assert (
        named.measures["df"]
        == by_hand.measures["df"]
        == fit(MODEL, data, group="site", group_equal=equal).measures["df"] - 2
    )
    assert named.measures["chisq"] == pytest.approx(by_hand.measures["chisq"])
    with pytest.raises(sem.OptionError, match="group_partial names 'f=~x22'.*Did you mean 'f=~x2'"):
        fit(MODEL, data, group="site", group_equal=equal, group_partial="f=~x22")


def test_a_value_fixed_in_one_group_is_fixed_in_all_when_equal():
    found = table(("loadings",), MODEL.replace("x2", "c(NA, 0.5)*x2"))
    assert [(p.free, p.value) for p in found.parameters if p.rhs == "x2" and p.op == "=~"] == [(False, 0.5)] * 2


def test_latent_variances_of_later_groups_are_free_with_std_lv_and_equal_loadings():
    def variances(*kinds):
        return [p.free for p in table(kinds, std_lv=True).parameters if p.lhs == p.rhs == "f"]

    assert variances() == variances("loadings", "lv_variances") == [False, False]
    assert variances("loadings") == [False, True]


def test_answers_come_by_group(data):
    fitted = fit(MODEL, data, group="site")
    single = fit(MODEL, data)
    for by_group, plain in (
        (fitted.r2, single.r2),
        (fitted.implied(), single.implied()),
        (fitted.residuals("cor"), single.residuals("cor")),
        (fitted.scores(), single.scores()),
    ):
        assert list(by_group) == ["south", "north"] and type(by_group["north"]) is type(plain)
    assert fitted.scores()["north"].index.to_list() == list(range(1, 4000, 2))
    assert "1 south (2000), 2 north (2000)" in fitted.summary()
    assert single.implied().cov.shape == fitted.implied()["south"].cov.shape


def test_groups_are_in_order_of_appearance_and_rows_without_one_are_counted(data):
    assert list(group_rows(pd.DataFrame({"g": [3.0, np.nan, 1, 3]}), "g")) == ["3", "1"]
    assert list(group_rows(pd.DataFrame({"g": ["b", "", "a", " "]}), "g")) == ["b", "a"]
    holes = data.assign(site=data["site"].where(data.index > 4))
    holes.loc[10, "x1"] = np.nan
    with pytest.warns(sem.MissingValuesWarning) as caught:
        fitted = fit(MODEL, holes, group="site")
    assert fitted.groups == ("north", "south") and fitted.nobs == 3994
    assert [str(w.message)[:14] for w in caught] == ["5 of 4000 rows", "1 of 4000 rows"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"group": "sit"}, sem.DataError, ["group='sit'", "Did you mean 'site'"]),
        ({"group": "site", "group_equal": ("loading",)}, sem.OptionError, ["'loading'", "Did you mean 'loadings'"]),
        ({"group_equal": ("loadings",)}, sem.OptionError, ["needs group"]),
        ({"group_equal": None}, sem.OptionError, ["group_equal=None", "a list of names"]),
        ({"group_equal": 5}, sem.OptionError, ["group_equal=5", "a list of names"]),
        (
            {"group": "site", "group_equal": "intercepts", "meanstructure": False},
            sem.OptionError,
            ["mean structure"],
        ),
    ],
)
def test_options_are_checked(data, options, error, words):
    with pytest.raises(error) as caught:
        fit(MODEL, data, **options)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_groups_that_cannot_carry_the_model_are_named(data):
    one = data.assign(site=np.where(data.index == 7, "alone", data["site"]))
    with pytest.raises(sem.DataError, match="group 'alone': 1 complete row for 7 variables"):
        fit(MODEL, one, group="site")
    flat = data.assign(x3=data["x3"].where(data["site"] == "north", 1.0))
    with pytest.raises(sem.DataError, match="group 'south': column 'x3' is constant"):
        fit(MODEL, flat, group="site")
    for nothing in (None, " "):
        with pytest.raises(sem.DataError, match="no values"):
            fit(MODEL, data.assign(site=nothing), group="site")
    alike = data.assign(site=pd.Series([1, "1"] * 2000, dtype=object))
    with pytest.raises(sem.DataError, match="'site' holds 1 and '1', both called '1'"):
        fit(MODEL, alike, group="site")
    with pytest.raises(sem.ModelSyntaxError, match="3 values .* expected 2"):
        fit("f =~ x1 + c(a, b, c)*x2 + x3", data, group="site")
