"""Slopes and indirect effects at values of a moderator are those of lm and boot in R, and those that Hayes printed."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from tests.regression.claims import HERE, claims, mediators, of_moments, simulated, tables
from tests.regression.test_mediation import monte_carlo

from analysis import results
from analysis.regression.hierarchical import hierarchical
from analysis.regression.moderation import GRID, conditional_effects, slopes

RECORDED = json.loads((HERE / "mediation.json").read_text(encoding="utf-8"))
NUMBERS = ["slope", "t", "se", "pvalue", "ci_lower", "ci_upper"]
INDIRECT = ["est", "std", "se", "pvalue", "ci_lower", "ci_upper", "bca_lower", "bca_upper"]


def mediated(stage: str, **more):
    """x -> m1 -> y, of which w bends a step or both, and x -> y."""
    indirect = {"path": "x -> m1 -> y", "moderated_by": "w", "stage": stage}
    return claims(["x", "w", "m1", "y"], indirect, {"path": "x -> y"}, controls=["age"], **more)


def moderated(*moderators: str, **more):
    """x -> y, bent by some constructs."""
    stated = [{"path": "x -> y", "moderated_by": m} for m in moderators]
    return claims(["x", *moderators, "y"], *stated, controls=["age"], **more)


def probed(data, study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simple slopes and Johnson-Neyman regions, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return slopes(*data, study)


def conditional(data, study) -> pd.DataFrame:
    """Conditional effects by effect and place, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return conditional_effects(*data[:2], study).set_index(["effect", "at"])


# --- Simple slopes and Johnson-Neyman ---


@pytest.mark.parametrize("errors", ["HC3", "classical"])
def test_slopes_and_regions_equal_r(errors):
    """In R the slope at a value is the coefficient where the moderator is centred at that value."""
    simple, regions = probed(mediators(), mediated("both", standard_errors=errors))
    for recorded, outcome in (("first", "m1"), ("last", "y")):
        theirs = RECORDED["slopes"][f"{recorded}_{errors}"]
        found = simple[simple["outcome"] == outcome]
        assert found["at"].tolist() == ["-1 SD", "mean", "+1 SD"]
        for name in ("value", "slope", "se", "pvalue"):
            assert found[name].tolist() == pytest.approx([row[name] for row in theirs["slopes"]], rel=1e-8), name
        edges = regions[(regions["outcome"] == outcome) & regions["boundary"]]
        assert edges["value"].tolist() == pytest.approx(theirs["edges"], abs=1e-9)
        assert edges["below"].tolist() == pytest.approx(theirs["below"])
    assert len(theirs["edges"]) + len(RECORDED["slopes"][f"first_{errors}"]["edges"]) >= 3


def test_of_two_moderators_the_other_stands_at_its_mean():
    simple, regions = probed(mediators(), moderated("w", "m2"))
    for recorded, moderator in (("two", "w"), ("other", "m2")):
        theirs = RECORDED["slopes"][f"{recorded}_HC3"]
        found = simple[simple["moderator"] == moderator]
        assert found["slope"].tolist() == pytest.approx([row["slope"] for row in theirs["slopes"]], rel=1e-8)
        assert found["se"].tolist() == pytest.approx([row["se"] for row in theirs["slopes"]], rel=1e-8)
        edges = regions[(regions["moderator"] == moderator) & regions["boundary"]]["value"]
        assert edges.tolist() == pytest.approx(theirs["edges"], abs=1e-9)


def garcia() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows with the moments of Garcia, Schmitt, Branscombe and Ellemers (2010), Hayes's (2018) example (R: psych)."""
    return tables(of_moments("garcia", "prot2"))


def test_the_region_that_hayes_published():
    """Hayes (2018, ch. 7): protest changes liking where sexism is below 3.509 or above 4.975; the product has .834."""
    constructs = ["prot2", "sexism", "liking"]
    study = claims(constructs, {"path": "prot2 -> liking", "moderated_by": "sexism"}, standard_errors="classical")
    _, region = probed(garcia(), study)
    assert region.loc[region["boundary"], "value"].tolist() == pytest.approx([3.509, 4.975], abs=5e-4)
    significant = region["pvalue"] < 0.05
    inside = region["value"].between(3.51, 4.975)
    assert not significant[inside].any() and significant[~inside & ~region["boundary"]].all()
    assert (region["slope"].diff() / region["value"].diff()).iloc[5] == pytest.approx(0.834, abs=5e-4)


def test_the_index_that_hayes_published():
    """Hayes (2018, ch. 13): .810 for the product on appropriateness, .359 for appropriateness on liking: index .291."""
    hypotheses = (
        {"path": "prot2 -> respappr -> liking", "moderated_by": "sexism", "stage": "first"},
        {"path": "prot2 -> liking", "moderated_by": "sexism"},
    )
    found = conditional(garcia(), claims(["prot2", "sexism", "respappr", "liking"], *hypotheses, draws=1000))
    index = found.loc["index", ""]
    assert index["est"] == pytest.approx(0.291, abs=5e-4)
    assert index["ci_lower"] > 0
    gain = found.loc["conditional indirect", "+1 SD"]["est"] - found.loc["conditional indirect", "mean"]["est"]
    assert gain == pytest.approx(0.2909930 * garcia()[0]["sexism"].std(), rel=1e-6)


@pytest.mark.parametrize("errors", ["classical", "HC3", "firm"])
def test_at_the_mean_the_slope_is_the_coefficient_of_the_table(errors):
    """Simple slopes and the table of regressions rest on the same model, errors and degrees of freedom."""
    scores, controls, who = mediators()
    scores.loc[3:9, "w"] = np.nan
    who["firm"] = [f"f{k % 40}" for k in range(len(who))]
    study = mediated("both", standard_errors=errors)
    simple, _ = probed((scores, controls, who), study)
    terms, _ = hierarchical(scores, controls, who, study)
    for step in (("m1", "x"), ("y", "m1")):
        model = terms[(terms["outcome"] == step[0]) & (terms["term"] == step[1])].iloc[-1]
        row = simple[(simple["outcome"] == step[0]) & (simple["at"] == "mean")].iloc[0]
        assert row["predictor"] == step[1]
        ours = row[["slope", "se", "t", "pvalue", "ci_lower", "ci_upper"]].tolist()
        assert ours == pytest.approx(model[["b", "se", "t", "pvalue", "ci_lower", "ci_upper"]].tolist(), rel=1e-9)


@pytest.mark.parametrize("significance", [0.05, 0.01])
def test_significance_changes_at_the_boundaries_and_nowhere_else(significance):
    _, regions = probed(mediators(), mediated("both", significance=significance))
    region = regions[regions["outcome"] == "m1"].reset_index(drop=True)
    edges = region[region["boundary"]]
    assert len(region) == GRID + len(edges) and len(edges) >= 1
    assert edges["pvalue"].tolist() == pytest.approx([significance] * len(edges), rel=1e-6)
    rest = region[~region["boundary"]]
    changes = (rest["pvalue"] < significance).astype(int).diff().abs().sum()
    assert changes == len(edges)
    scores = mediators()[0]["w"]
    assert (region["value"].iloc[0], region["value"].iloc[-1]) == (scores.min(), scores.max())
    assert region["value"].is_monotonic_increasing and region["below"].iloc[0] == 0


def test_a_planted_crossing_is_found():
    """.5 + .3 w is 0 at w = -1.667: around it nothing is significant, away from it everything."""
    data = tables(simulated(40_000, 3, 0.3, 0.0))
    study = claims(
        ["x", "w", "m", "y"], {"path": "x -> m -> y", "moderated_by": "w", "stage": "first"}, {"path": "x -> y"}
    )
    simple, region = probed(data, study)
    low, high = region.loc[region["boundary"], "value"]
    assert -1.8 < low < -5 / 3 < high < -1.55
    assert (
        region.loc[region["value"] > high, "slope"].gt(0).all()
        and region.loc[region["value"] < low, "slope"].lt(0).all()
    )
    assert simple["slope"].tolist() == pytest.approx([0.2, 0.5, 0.8], abs=0.02)


# --- Conditional indirect effects ---


@pytest.mark.parametrize("stage", ["first", "second", "both"])
def test_conditional_effects_and_their_intervals_equal_those_of_boot_in_r(stage):
    found = conditional(mediators(), mediated(stage, draws=50_000))
    rows = {f"{stage}{k}": ("conditional indirect", at) for k, at in enumerate(("-1 SD", "mean", "+1 SD"), start=1)}
    if stage == "both":
        rows["both_contrast"] = ("contrast", "")
    else:
        rows[f"{stage}_index"] = ("index", "")
    assert set(found.index) - {("contrast", "")} == set(rows.values()) - {("contrast", "")}
    for name, place in rows.items():
        row, theirs = found.loc[place], RECORDED["intervals"][name]
        near = monte_carlo(theirs["se"], 50_000, 50_000)
        assert row["est"] == pytest.approx(theirs["est"], abs=1e-10), name
        assert row["se"] == pytest.approx(theirs["se"], abs=near / 4), name
        assert row[["ci_lower", "ci_upper"]].tolist() == pytest.approx(theirs["perc"], abs=near), name
        assert row[["bca_lower", "bca_upper"]].tolist() == pytest.approx(theirs["bca"], abs=near), name


def test_index_and_contrast_tell_the_same_where_one_step_is_bent():
    found = conditional(mediators(), mediated("first", draws=300))
    index, contrast = found.loc["index", ""], found.loc["contrast", ""]
    sd = mediators()[0]["w"].std()
    for name in ("est", "se", "ci_lower", "bca_upper"):
        assert contrast[name] == pytest.approx(2 * sd * index[name], rel=1e-9)
    assert contrast["std"] == pytest.approx(2 * index["std"], rel=1e-9)
    assert contrast["std_ci_lower"] != pytest.approx(2 * index["std_ci_lower"], rel=1e-3)  # each draw has its own SD
    assert contrast["pvalue"] == index["pvalue"]
    ends = [found.loc["conditional indirect", at]["est"] for at in ("-1 SD", "+1 SD")]
    assert contrast["est"] == pytest.approx(ends[1] - ends[0], rel=1e-9)


@pytest.mark.parametrize(
    ("stage", "first", "last", "at"),
    [
        ("first", 0.3, 0.0, (0.08, 0.2, 0.32)),
        ("second", 0.0, 0.2, (0.1, 0.2, 0.3)),
        ("both", 0.3, 0.2, (0.04, 0.2, 0.48)),
    ],
)
def test_planted_effects_are_recovered(stage, first, last, at):
    study = claims(
        ["x", "w", "m", "y"],
        {"path": "x -> m -> y", "moderated_by": "w", "stage": stage},
        {"path": "x -> y"},
        draws=500,
    )
    found = conditional(tables(simulated(20_000, 11, first, last)), study)
    rows = found.loc["conditional indirect"]
    for (_, row), truth in zip(rows.iterrows(), at, strict=True):
        assert row["ci_lower"] < truth < row["ci_upper"] and row["est"] == pytest.approx(truth, abs=0.02)
    assert ("index", "") in found.index or stage == "both"
    if stage != "both":
        truth = {"first": 0.3 * 0.4, "second": 0.5 * 0.2}[stage]
        index = found.loc["index", ""]
        assert index["ci_lower"] < truth < index["ci_upper"] and index["est"] == pytest.approx(truth, abs=0.015)


def test_all_steps_of_a_long_path_count():
    hypothesis = {"path": "x -> m1 -> m2 -> y", "moderated_by": "w", "stage": "second"}
    found = conditional(mediators(), claims(["x", "w", "m1", "m2", "y"], hypothesis, draws=100))
    scores = mediators()[0]
    w = scores["w"] - scores["w"].mean()

    def coefficients(outcome, *columns):
        return np.linalg.lstsq(np.column_stack([np.ones(len(w)), *columns]), scores[outcome], rcond=None)[0]

    a, d = coefficients("m1", scores["x"])[1], coefficients("m2", scores["m1"])[1]
    m2 = scores["m2"] - scores["m2"].mean()
    _, _, b, b3 = coefficients("y", w, m2, m2 * w)
    sd = w.std()
    ends = [found.loc["conditional indirect", at]["est"] for at in ("-1 SD", "mean", "+1 SD")]
    assert ends == pytest.approx([a * d * (b - b3 * sd), a * d * b, a * d * (b + b3 * sd)], rel=1e-9)
    assert found.loc["index", ""]["est"] == pytest.approx(a * d * b3, rel=1e-9)
    ratio = scores["x"].std() / scores["y"].std()
    assert found.loc["index", ""]["std"] == pytest.approx(a * d * b3 * sd * ratio, rel=1e-9)


def test_a_step_that_another_hypothesis_bends_is_conditional_too():
    """With w on both steps the gain is no constant: no index, and the effects of `both`."""
    one = mediated("first", draws=100)
    other = one.model_copy(update={"hypotheses": one.hypotheses | {"H3": moderated("w").hypotheses["H1"]}})
    bent = other.hypotheses["H3"].model_copy(update={"path": ("m1", "y")})
    other = other.model_copy(update={"hypotheses": {**one.hypotheses, "H3": bent}})
    found, both = conditional(mediators(), other), conditional(mediators(), mediated("both", draws=100))
    assert ("index", "") not in found.index
    assert found["est"].tolist() == pytest.approx(both["est"].tolist(), rel=1e-12)


# --- Answers that are out of the ordinary ---


def test_a_moderator_with_three_values_is_looked_at_where_it_has_them():
    scores, controls, who = mediators()
    scores["w"] = np.digitize(scores["w"], [2.2, 3.2]) + 1.0
    study = mediated("first", draws=200)
    simple, region = probed((scores, controls, who), study)
    assert simple["at"].tolist() == ["1", "2", "3"] and simple["value"].tolist() == [1, 2, 3]
    assert (region["value"].min(), region["value"].max()) == (1, 3)
    found = conditional((scores, controls, who), study)
    assert found.loc["conditional indirect"]["value"].to_dict() == {"1": 1, "2": 2, "3": 3}
    contrast, index = found.loc["contrast", ""], found.loc["index", ""]
    assert contrast["note"] == "at 3 minus at 1"
    assert contrast["est"] == pytest.approx(2 * index["est"], rel=1e-9)


def test_a_value_that_nobody_comes_near_is_named():
    scores, controls, who = mediators()
    scores["w"] = np.exp(2 * (scores["w"] - scores["w"].mean()))
    simple, _ = probed((scores, controls, who), mediated("first"))
    assert simple.set_index("at")["note"].str.contains("outside the observed range").to_dict() == {
        "-1 SD": True,
        "mean": False,
        "+1 SD": False,
    }
    found = conditional((scores, controls, who), mediated("first", draws=100))
    assert "outside the observed range" in found.loc["conditional indirect", "-1 SD"]["note"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda s: s.assign(w=np.nan), "x:w"),
        (lambda s: s.assign(w=3.0), "x:w does not vary"),
        (lambda s: s.assign(x=(s.index % 2) * 1.0, w=(s.index % 2) * 1.0), "x:w does not vary, or follows from"),
        (lambda s: s.assign(m1=4.0), "the same m1"),
        (lambda s: s.head(4), "4 complete respondents are too few"),
    ],
    ids=["not measured", "constant", "collinear", "constant outcome", "four respondents"],
)
def test_what_cannot_be_estimated_is_empty_with_the_reason(spoil, reason):
    scores, controls, who = mediators()
    study = mediated("first", draws=100)
    simple, region = probed((spoil(scores), controls, who), study)
    assert simple[NUMBERS].isna().all(axis=None) and region.empty
    assert simple["note"].str.contains(reason).all() and len(simple)
    found = conditional((spoil(scores), controls, who), study)
    assert found[INDIRECT].isna().all(axis=None) and (found["note"] != "").all()
    assert {effect for effect, _ in found.index} == {"conditional indirect", "index", "contrast"}


def test_other_moderations_stay_where_one_moderator_was_not_measured():
    scores, controls, who = mediators()
    simple, region = probed((scores.assign(m2=np.nan), controls, who), moderated("w", "m2"))
    alone, _ = probed((scores, controls, who), moderated("w"))
    kept = simple[simple["moderator"] == "w"]
    assert kept[NUMBERS].to_numpy() == pytest.approx(alone[NUMBERS].to_numpy(), rel=1e-9)
    assert simple.loc[simple["moderator"] == "m2", "slope"].isna().all() and set(region["moderator"]) == {"w"}


def test_without_standard_errors_the_slopes_remain():
    simple, region = probed(mediators(), mediated("first", standard_errors="wave"))
    assert simple["slope"].notna().all() and simple[["t", "se", "pvalue", "ci_lower"]].isna().all(axis=None)
    assert simple["note"].str.contains("only one cluster").all() and region.empty


def test_without_moderation_the_tables_are_empty(tmp_path):
    study = claims(["x", "m1", "y"], {"path": "x -> m1 -> y"}, controls=["age"])
    made = (*probed(mediators(), study), conditional_effects(*mediators()[:2], study))
    for name, table in zip(("simple_slopes", "johnson_neyman", "conditional_effects"), made, strict=True):
        results.write(name, table, tmp_path / "table.csv")
        assert results.read(name, tmp_path / "table.csv").empty


def test_the_tables_are_those_promised(tmp_path):
    study = mediated("both", draws=100)
    made = (*probed(mediators(), study), conditional_effects(*mediators()[:2], study))
    for name, table in zip(("simple_slopes", "johnson_neyman", "conditional_effects"), made, strict=True):
        results.write(name, table, tmp_path / "table.csv")
        read = results.read(name, tmp_path / "table.csv")
        assert len(read) == len(table) > 0 and set(read["hypothesis"]) == {"H1"}
