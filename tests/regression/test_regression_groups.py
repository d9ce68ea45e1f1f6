"""Do slopes differ between groups? Number for number as lmtest::waldtest in R; a difference that is there is found."""

import warnings

import numpy as np
import pandas as pd
import pytest
from tests.regression.test_hierarchical import CHECKS, respondents, study, tables  # noqa: F401

from analysis import results
from analysis.regression import groups as module
from analysis.study import load
from analysis.study.types import Hypothesis

NUMBERS = ["f", "df", "df2", "pvalue"]
TERMS = {"all": "", "effort": "stress", "luck": "support", "skill": "mood", "group": "group"}


@pytest.fixture
def by_region(study):  # noqa: F811
    """The study with a hypothesis that paths differ by region."""
    return study.model_copy(update={"hypotheses": study.hypotheses | {"H9": Hypothesis(differ_by="region")}})


def regression_groups(*given) -> pd.DataFrame:
    """The table, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return module.regression_groups(*given)


def test_every_f_equals_r(tables, respondents, by_region, tmp_path):  # noqa: F811
    table = regression_groups(*tables, respondents, by_region)
    results.write("regression_groups", table, tmp_path / "groups.csv")
    found = table.query("outcome == 'output'").set_index("term")
    for theirs, ours in TERMS.items():
        assert found.loc[ours, NUMBERS].to_list() == pytest.approx(list(CHECKS["groups"][theirs].values()), rel=1e-7)
    assert set(found["groups"]) == {3} and set(found["n"]) == {177} and set(found["note"]) == {""}


def test_corrections_are_over_the_predictors_of_all_outcomes(tables, respondents, by_region):  # noqa: F811
    table = regression_groups(*tables, respondents, by_region)
    tested = table[~table["term"].isin(["", "group"])]
    assert len(tested) == 4 and table.drop(index=tested.index)["pvalue_holm"].isna().all()
    ranked = tested.sort_values("pvalue")
    holm = np.maximum.accumulate(ranked["pvalue"] * np.arange(4, 0, -1)).clip(upper=1)
    bh = np.minimum.accumulate((ranked["pvalue"] * 4 / np.arange(1, 5))[::-1])[::-1]
    np.testing.assert_allclose(ranked["pvalue_holm"].astype(float), holm)
    np.testing.assert_allclose(ranked["pvalue_bh"].astype(float), bh)


def test_a_slope_that_differs_and_a_level_that_differs_are_found_apart(tables, respondents, by_region):  # noqa: F811
    scores, controls = tables
    stress, third = scores["stress"] - scores["stress"].mean(), respondents["region"] == 3
    noise = np.random.default_rng(8).normal(size=len(scores))
    for output, found in (
        (0.4 * stress + noise, []),
        (0.4 * stress - 1.2 * stress * third + noise, ["", "stress"]),
        (0.4 * stress + 1.5 * third + noise, ["group"]),
    ):
        table = regression_groups(scores.assign(output=output), controls, respondents, by_region)
        table = table.query("outcome == 'output'").set_index("term")
        assert table.index[table["pvalue"].astype(float) < 0.01].to_list() == found


def test_the_errors_are_the_studys(tables, respondents, by_region):  # noqa: F811
    kinds = {
        errors: regression_groups(*tables, respondents, by_region.model_copy(update={"standard_errors": errors}))
        for errors in ("classical", "HC3", "firm", "region")
    }
    found = {errors: table.query("outcome == 'output'").set_index("term") for errors, table in kinds.items()}
    assert found["classical"].loc["stress", "f"] != found["HC3"].loc["stress", "f"] != found["firm"].loc["stress", "f"]
    assert set(found["firm"]["df2"]) == {29}
    assert found["region"]["f"].isna().all()
    assert found["region"]["note"].str.contains("errors clustered by the groups cannot tell").all()


def test_small_groups_are_left_out_and_named(tables, respondents, by_region):  # noqa: F811
    few = respondents.assign(region=respondents["region"].where(respondents.index % 4 == 0, 1.0))
    found = regression_groups(*tables, few, by_region).query("outcome == 'output'")
    sizes = few.loc[~tables[0]["support"].isna() & ~tables[1]["age"].isna(), "region"].value_counts()
    small = [group for group in (2, 3) if sizes[group] < 20]
    assert small, sizes
    for group in small:
        assert found["note"].str.contains(f"group {group} left out: {sizes[group]} complete respondents, 20").all()
    assert set(found["groups"]) == {3 - len(small)}


def test_one_group_alone_keeps_its_rows_and_says_why(tables, respondents, by_region):  # noqa: F811
    found = regression_groups(*tables, respondents.assign(region=2.0), by_region)
    assert found["f"].isna().all() and set(found["groups"]) == {1} and len(found) == 8
    assert found["note"].str.contains("fewer than two groups are large enough \\| group 1 left out: 0 complete").all()


def test_nothing_to_tell_groups_apart_by_leaves_no_rows(tables, respondents, study, tmp_path):  # noqa: F811
    table = regression_groups(*tables, respondents, study)
    results.write("regression_groups", table, tmp_path / "groups.csv")
    assert results.read("regression_groups", tmp_path / "groups.csv").empty


def test_waves_are_groups_and_their_own_dummies_are_no_controls_beside(tables, respondents, small):  # noqa: F811
    study = load(small)  # noqa: F811
    scores, controls = tables
    wave = np.where(scores.index % 2 == 0, "first", "second")
    scores, respondents = scores.assign(wave=wave), respondents.assign(wave=wave)  # noqa: F811
    controls = controls.assign(wave=wave, wave_second=(wave == "second") * 1.0)
    found = regression_groups(scores, controls, respondents, study)
    assert set(found["grouping"]) == {"wave", "region"} and found["f"].notna().all() and set(found["note"]) == {""}


@pytest.mark.parametrize(
    ("spoil", "term", "why"),
    [
        (lambda scores, _: scores.assign(support=np.nan), "support", "2 of 2 differences cannot be estimated"),
        (lambda scores, _: scores.assign(support=2 * scores["stress"]), "support", "2 of 2 differences cannot"),
        (
            lambda scores, who: scores.assign(support=scores["support"].where(who["region"] != 2, 1.0)),
            "support",
            "1 of 2 differences cannot be estimated",
        ),
        (lambda scores, _: scores.assign(output=1.0), "stress", "all respondents have the same output"),
    ],
    ids=["not measured", "collinear", "does not vary in a group", "constant outcome"],
)
def test_what_cannot_be_estimated_says_why(tables, respondents, by_region, spoil, term, why):  # noqa: F811
    scores, controls = tables
    found = regression_groups(spoil(scores, respondents), controls, respondents, by_region)
    row = found.query("outcome == 'output'").set_index("term").loc[term]
    assert why in row["note"]
    assert np.isnan(row["f"]) == ("1 of 2" not in why)
    assert found.query("outcome == 'mood' and term == 'stress'")["f"].notna().all()


def test_a_control_that_a_wave_was_not_asked_does_not_take_the_wave_with_it(tables, respondents, small):  # noqa: F811
    asked = load(small)
    scores, controls = tables
    wave = np.where(scores.index % 2 == 0, "first", "second")
    scores, respondents = scores.assign(wave=wave), respondents.assign(wave=wave)
    controls = controls.assign(wave=wave, wave_second=(wave == "second") * 1.0)
    unasked = controls.assign(age=controls["age"].where(wave == "first"))
    found = regression_groups(scores, unasked, respondents, asked).query("grouping == 'wave'")
    assert set(found["groups"]) == {2} and found["f"].notna().all()
    assert (found["note"] == "controls left out, not answered in a group: age").all()
    less = asked.model_copy(update={"controls": ("region",)})
    expected = regression_groups(scores, controls, respondents, less).query("grouping == 'wave'")
    pd.testing.assert_frame_equal(found.drop(columns="note"), expected.drop(columns="note"))
