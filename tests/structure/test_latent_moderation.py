"""Latent interactions as lavaan's and semTools', known sizes recovered, and data that cannot carry one."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structure.default_study import default_study
from tests.structure.workers import CONSTRUCTS, HYPOTHESES, controls, study, workers

from analysis import results
from analysis.structure import latent_moderation as module
from analysis.structure.latent_moderation import NO_INDEX, latent_moderation
from analysis.study import Study
from analysis.survey import waves

HERE = Path(__file__).parent
TABLES = ("latent_moderation", "latent_moderation_fit", "latent_slopes")
TESTED = ["est", "se", "z", "pvalue", "ci_lower", "ci_upper"]


def estimated(table: pd.DataFrame, asked: Study, folder: Path) -> dict[str, pd.DataFrame]:
    """The tables, each as results.TABLES promises, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = latent_moderation(table, controls(table), asked)
    assert tuple(found) == TABLES
    for name, some in found.items():
        results.write(name, some, folder / f"{name}.csv")
    return {name: results.read(name, folder / f"{name}.csv") for name in TABLES}


def recorded_workers() -> pd.DataFrame:
    table = workers(differ=0.3)
    table.loc[[5, 80], "c2"] = np.nan
    table.loc[7, "age"] = np.nan
    return table


@pytest.fixture(scope="module")
def recorded() -> dict:
    return json.loads((HERE / "latent_moderation.json").read_text())


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return estimated(recorded_workers(), study(), tmp_path_factory.mktemp("found"))


def test_interactions_and_indices_equal_lavaan(found, recorded):
    """Parcels, four items that meet three, a single item, products that share indicators, both kinds of index."""
    paths = {(row["lhs"], row["rhs"]): row for row in recorded["paths"]}
    names = {
        ("H2", "interaction"): ("output", "sb"),
        ("H3", "interaction"): ("output", "sc"),
        ("H4", "interaction"): ("coping", "sb"),
        ("H4", "index"): ("first", "a3*b"),
        ("H5", "interaction"): ("output", "mc"),
        ("H5", "index"): ("second", "a*b3"),
        ("H6", "interaction"): ("output", "sm"),
    }
    table = found["latent_moderation"].set_index(["hypothesis", "effect"])
    assert list(table.index) == list(names)
    for row, path in names.items():
        expected = [paths[path][column.replace("_", ".") if "ci" in column else column] for column in TESTED]
        assert table.loc[row, TESTED].to_list() == pytest.approx(expected, rel=1e-4, abs=2e-6), row
    assert set(table["n"]) == {recorded["n"]} and set(table["note"]) == {""}


def test_standardised_interactions_take_the_factors_not_their_product(found, recorded):
    derived = {row["name"]: row for row in recorded["derived"]}
    table = found["latent_moderation"].set_index(["hypothesis", "effect"])
    names = {
        ("H2", "interaction"): "std_output_sb",
        ("H3", "interaction"): "std_output_sc",
        ("H4", "interaction"): "std_coping_sb",
        ("H4", "index"): "std_first",
        ("H5", "interaction"): "std_output_mc",
    }
    for row, name in names.items():
        est, half = derived[name]["est"], 1.959964 * derived[name]["se"]
        values = table.loc[row, ["std", "std_ci_lower", "std_ci_upper"]].to_list()
        assert values == pytest.approx([est, est - half, est + half], rel=1e-4), row


def test_slopes_equal_lavaans_by_the_delta_method(found, recorded):
    derived = {row["name"]: row for row in recorded["derived"]}
    slopes = found["latent_slopes"].set_index(["hypothesis", "at"])
    names = {
        ("H2", "-1 SD"): "slope_low",
        ("H2", "+1 SD"): "slope_high",
        ("H3", "+1 SD"): "slope_coping_high",
        ("H5", "+1 SD"): "slope_mood_high",
    }
    for row, name in names.items():
        expected = [derived[name]["est"], derived[name]["se"]]
        assert slopes.loc[row, ["slope", "se"]].to_list() == pytest.approx(expected, rel=1e-4), row
    at_mean = next(row for row in recorded["paths"] if (row["lhs"], row["rhs"]) == ("output", "strain"))
    for hypothesis in ("H2", "H3", "H6"):
        values = slopes.loc[(hypothesis, "mean"), ["slope", "se", "t"]].to_list()
        assert values == pytest.approx([at_mean["est"], at_mean["se"], at_mean["z"]], rel=1e-4)
    assert set(slopes["method"]) == {"structural model"}
    values = found["latent_slopes"].groupby("hypothesis")["value"].apply(list)
    for hypothesis in ("H2", "H3", "H4"):
        assert values[hypothesis] == [-1.0, 0.0, 1.0]  # SD of a latent moderator
    mood = recorded_workers()[["m1", "c2", "age"]].dropna()["m1"]
    for hypothesis in ("H5", "H6"):  # the scores of a single item
        assert values[hypothesis] == pytest.approx([mood.mean() + k * mood.std(ddof=0) for k in (-1, 0, 1)], rel=1e-4)


def test_fit_equals_lavaan(found, recorded):
    measures = found["latent_moderation_fit"].query("estimator == 'MLR'").set_index("measure")["value"]
    for name, value in recorded["fit"].items():
        assert measures[name.replace(".", "_")] == pytest.approx(value, rel=1e-4), name


def test_products_are_matched_in_order_and_of_more_items_the_strongest(found, recorded):
    indicators = found["latent_moderation"].set_index(["hypothesis", "effect"])["indicators"]
    assert indicators["H2", "interaction"] == indicators["H4", "index"] == "s1.home;s2.office;s3.friends"
    assert recorded["strongest"] == ["c1", "c3", "c4"]  # c2 has the smallest true loading
    assert indicators["H3", "interaction"] == "s1.c1;s2.c3;s3.c4"
    assert indicators["H5", "interaction"] == "m1.c1;m1.c2;m1.c3;m1.c4"


ONE = {
    **{f"H{k}": {"path": path} for k, path in enumerate(("strain -> output", "backing -> output"))},
    "H9": {"path": "strain -> output", "moderated_by": "backing"},
}


@pytest.mark.parametrize("bent", [0.0, 0.2])
def test_an_interaction_of_known_size_is_recovered_and_none_where_there_is_none(bent):
    """50 samples of 400, standardised: the mean is within 3.3 Monte Carlo errors, standard errors are of the size of
    the spread, and an interaction of 0 is rarely denied (p < .05 in 50: 2.5 expected, 8 or more in 1 of 300)."""
    measured = {name: CONSTRUCTS[name] for name in ("strain", "backing", "output")}
    estimates = []
    for seed in range(50):
        table = simple(400, bent, seed)
        found = latent_moderation(table, controls(table), study(measured, ONE))["latent_moderation"]
        estimates.append(found.loc[0, ["std", "est", "se", "pvalue"]].astype(float))
    table = pd.DataFrame(estimates)
    assert len(table.dropna()) == 50
    spread = table["std"].std() / np.sqrt(50)
    assert table["std"].mean() == pytest.approx(bent / np.sqrt(0.2 + 0.8 + bent**2), abs=3.3 * spread)
    assert 0.7 < table["se"].mean() / table["est"].std() < 1.3
    rejected = (table["pvalue"] < 0.05).mean()
    assert rejected < 0.16 if bent == 0 else rejected > 0.5


def simple(n: int, bent: float, seed: int) -> pd.DataFrame:
    """output = √.1 (strain + backing) + ``bent`` strain · backing, both independent and standard normal."""
    rng = np.random.default_rng(1000 + seed)
    strain, backing = rng.normal(size=(2, n))
    output = np.sqrt(0.1) * (strain + backing) + bent * strain * backing + np.sqrt(0.8) * rng.normal(size=n)
    facets = {d: 0.8 * backing + 0.6 * rng.normal(size=n) for d in "hof"}
    factors = facets | {"s": strain, "p": output}
    items = ["s1", "s2", "s3", "h1", "h2", "o1", "o2", "f1", "f2", "p1", "p2", "p3"]
    table = pd.DataFrame({i: 0.8 * factors[i[0]] + 0.6 * rng.normal(size=n) for i in items})
    table["age"] = rng.normal(40, 10, n)
    return table.assign(wave="one", region=1.0, respondent=[f"one:{k}" for k in range(n)])


def test_the_default_study_agrees_with_its_truth_and_with_regression(tmp_path):
    """True interactions, standardised: H10 .10, H11 0, H12 .06; by regression on scores the same signs."""
    asked, respondents, terms = default_study()
    found = latent_moderation(respondents, terms, asked)["latent_moderation"]
    assert found["note"].eq("").all() and found["n"].nunique() == 1
    interactions = found.query("effect == 'interaction'").set_index("hypothesis")
    for hypothesis, true in (("H10", 0.10), ("H11", 0.0), ("H12", 0.06)):
        assert interactions.loc[hypothesis, "std_ci_lower"] < true < interactions.loc[hypothesis, "std_ci_upper"]
    assert interactions.loc["H10", "est"] > 0 and interactions.loc["H10", "pvalue"] < 0.05
    names = ["resource_constraints", "uncertainty", "resilience", "collaboration"]
    scores = waves.scores(respondents, asked)
    z = scores[[*names, "transformation_performance"]].dropna()
    z = (z - z.mean()) / z.std()
    products = {f"uncertainty:{m}": z["uncertainty"] * z[m] for m in ("collaboration", "resilience")}
    design = z[names].assign(constant=1.0, **products)
    slopes, *_ = np.linalg.lstsq(design, z["transformation_performance"], rcond=None)
    by_regression = dict(zip(design, slopes, strict=True))
    for hypothesis, name in (("H10", "collaboration"), ("H11", "resilience")):
        assert np.sign(interactions.loc[hypothesis, "std"]) == np.sign(by_regression[f"uncertainty:{name}"])


def test_the_model_of_the_default_study():
    """What goes with what: a product with the disturbance of its endogenous factor, none with what it explains."""
    asked, *_ = default_study()
    simple = module.parcelled(asked)
    products = module.pair_up(pd.DataFrame(), simple)
    lines = module.model_text(simple, products, ["age"]).splitlines()
    assert "uncertainty =~ policy + technology + platform_rules + market_demand" in lines
    assert "transformation_performance ~ uncertainty.collaboration + uncertainty.resilience" in lines
    assert "resilience ~ uncertainty.collaboration" in lines
    assert "uncertainty.collaboration ~~ resource_constraints + uncertainty + collaboration" in lines
    (of_resilience,) = [line for line in lines if line.startswith("uncertainty.resilience ~~")]
    beside = {"resource_constraints", "uncertainty", "collaboration", "uncertainty.collaboration", "resilience"}
    assert set(of_resilience.split(" ~~ ")[1].split(" + ")) == beside
    assert "policy.platforms ~~ policy.strategic_acuity" in lines
    assert not any(":=" in line for line in lines)


def test_both_steps_moderated_have_interactions_but_no_index(tmp_path):
    asked = study(hypotheses=HYPOTHESES | {"H4": HYPOTHESES["H4"] | {"stage": "both"}})
    table = estimated(recorded_workers(), asked, tmp_path)["latent_moderation"].query("hypothesis == 'H4'")
    assert table[["effect", "outcome"]].to_numpy().tolist() == [
        ["interaction", "coping"],
        ["interaction", "output"],
        ["index", "output"],
    ]
    assert table["est"].notna().to_list() == [True, True, False]
    assert table["note"].to_list() == ["", "", NO_INDEX]


SINGLE = {"strain": ["s1"], "mood": ["m1"], "output": ["p1", "p2", "p3"]}
SINGLY = {"H1": {"path": "strain -> output", "moderated_by": "mood"}}


def test_two_single_items_make_one_observed_product(tmp_path):
    """The slopes of ordinary least squares, but for the error in output."""
    table = workers()
    found = estimated(table, study(SINGLE, SINGLY, controls=()), tmp_path)
    row = found["latent_moderation"].iloc[0]
    assert (row["indicators"], row["note"]) == ("s1.m1", "")
    x, m = (table[c] - table[c].mean() for c in ("s1", "m1"))
    output = table[["p1", "p2", "p3"]].mean(axis=1)
    design = np.column_stack([np.ones(len(x)), x, m, x * m])
    assert row["est"] == pytest.approx(np.linalg.lstsq(design, output, rcond=None)[0][3], abs=0.02)


def test_a_moderator_of_two_answers_has_a_slope_at_each(tmp_path):
    table = workers(800).assign(m1=lambda t: (t["m1"] > 3) * 1.0)
    found = estimated(table, study(SINGLE | {"strain": ["s1", "s2", "s3"]}, SINGLY), tmp_path)
    slopes = found["latent_slopes"].set_index("at")
    assert slopes["value"].to_list() == [0.0, 1.0] and list(slopes.index) == ["0", "1"]
    row = found["latent_moderation"].iloc[0]
    assert row["indicators"] == "s1.m1;s2.m1;s3.m1" and row["note"] == ""
    assert slopes.loc["1", "slope"] - slopes.loc["0", "slope"] == pytest.approx(row["est"], rel=1e-6)


def test_no_moderation_gives_columns_and_no_rows(tmp_path):
    found = estimated(workers(), study(hypotheses={"H1": HYPOTHESES["H1"]}), tmp_path)
    assert all(table.empty for table in found.values())
    assert list(found["latent_slopes"]) == list(results.TABLES["latent_slopes"].columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.assign(**dict.fromkeys(("h1", "h2"), np.nan)), "backing was left out: "),
        (lambda t: t.assign(o2=3.0), "backing was left out: "),
        (lambda t: t.assign(f1=t["o1"], f2=t["o2"]), "not estimated: "),
        (lambda t: t.iloc[:20], "not estimated: "),
        (lambda t: t.iloc[:0], "strain was left out: "),
    ],
)
def test_what_cannot_be_estimated_says_why(change, words, tmp_path):
    found = estimated(change(workers()), study(), tmp_path)
    rows = found["latent_moderation"].query("hypothesis == 'H2'")
    assert len(rows) == 1 and rows["est"].isna().all()
    assert rows["note"].str.contains(words, regex=False).all()
    slopes = found["latent_slopes"].query("hypothesis == 'H2'")
    assert len(slopes) == 3 and slopes["slope"].isna().all() and slopes["note"].str.contains(words, regex=False).all()


def test_a_construct_without_answers_takes_its_own_hypotheses_alone(tmp_path):
    found = estimated(workers().assign(h1=np.nan), study(), tmp_path)["latent_moderation"]
    known = found.set_index(["hypothesis", "effect"])["est"].notna()
    assert known.to_dict() == {
        **{("H2", "interaction"): False, ("H3", "interaction"): True},
        **{("H4", "interaction"): False, ("H4", "index"): False},
        **{("H5", "interaction"): True, ("H5", "index"): True, ("H6", "interaction"): True},
    }


def test_a_small_sample_and_a_control_that_does_not_vary_are_no_obstacle(tmp_path):
    measured = {name: CONSTRUCTS[name] for name in ("strain", "backing", "output")}
    found = estimated(workers(40).assign(age=30.0), study(measured, ONE), tmp_path)["latent_moderation"]
    assert len(found) == 1 and found["n"].to_list() == [40]
    assert found["est"].notna().all() or found["note"].str.startswith("not estimated").all()


LINES = ("h1 ~~ o1", "s1 ~~ s2", "home ~~ office")


def test_lines_on_items_in_parcels_are_named_and_those_on_dimensions_kept():
    asked = study(hypotheses=ONE | {"H9": {"path": "strain -> output"}}, respecifications=LINES)
    simple = module.parcelled(asked)
    assert module._unsaid(asked, simple) == "left out, the items are in parcels: h1 ~~ o1"
    lines = module.model_text(simple, {}, []).splitlines()
    assert {"s1 ~~ s2", "home ~~ office"} <= set(lines) and "h1 ~~ o1" not in lines
