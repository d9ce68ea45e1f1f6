"""Paths by group as lavaan's, a planted difference found and no other, and groups that cannot be compared."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structure.default_study import default_study
from tests.structure.workers import controls, study, workers

from analysis import results
from analysis.structure import groups as module
from analysis.structure.groups import groups
from analysis.study import Study

HERE = Path(__file__).parent
TABLES = ("group_paths", "group_differences", "group_contrasts")
HYPOTHESES = {
    "H1": {"path": "strain -> coping -> output"},
    "H2": {"path": "strain -> output"},
    "H3": {"path": "backing -> coping"},
    "H4": {"path": "backing -> output"},
    "H5": {"differ_by": "region"},
}
LETTERS = {  # of the constraints in record_groups.R
    "a": ("coping", "strain"),
    "b": ("coping", "backing"),
    "c": ("output", "strain"),
    "d": ("output", "backing"),
    "e": ("output", "coping"),
}


def ladder(holds="yes", rung="metric", grouping="region", tall=("backing",), second="second-order metric"):
    """The rows of ``invariance`` that matter here: of all items, and of the dimensions of ``tall`` constructs."""
    about = {"grouping": grouping, "treatment": "continuous", "construct": ""}
    rows = [about | {"rung": r, "holds": h} for r, h in (("configural", ""), (rung, holds), ("scalar", "no"))]
    for construct in tall:
        about = {"grouping": grouping, "treatment": "second-order", "construct": construct}
        rows += [about | {"rung": r, "holds": "yes"} for r in ("metric", second)]
    return pd.DataFrame(rows)


def let_go(*parameters: str, grouping="region") -> pd.DataFrame:
    rows = [{"grouping": grouping, "treatment": "continuous", "rung": "metric", "parameter": p} for p in parameters]
    rows.append({"grouping": grouping, "treatment": "ordinal", "rung": "metric", "parameter": "coping=~c4"})
    rows.append({"grouping": "other", "treatment": "continuous", "rung": "metric", "parameter": "coping=~c3"})
    rows.append({"grouping": grouping, "treatment": "continuous", "rung": "scalar", "parameter": "c2~1"})
    return pd.DataFrame(rows)


def compared(table, asked: Study, folder: Path, climbed=None, freed=None) -> dict[str, pd.DataFrame]:
    """The tables, each as results.TABLES promises, without a warning."""
    climbed, freed = ladder() if climbed is None else climbed, let_go() if freed is None else freed
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = groups(table, controls(table), climbed, freed, asked)
    assert tuple(found) == TABLES
    for name, some in found.items():
        results.write(name, some, folder / f"{name}.csv")
    return {name: results.read(name, folder / f"{name}.csv") for name in TABLES}


@pytest.fixture(scope="module")
def recorded() -> dict:
    return json.loads((HERE / "groups.json").read_text())


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, pd.DataFrame]:
    """Of the recorded workers; the first item of strain is let go, and one of a construct not in the model."""
    table = workers(differ=0.3)
    table.loc[[5, 80], "c2"] = np.nan
    table.loc[7, "age"] = np.nan
    freed = let_go("strain=~s1", "mood=~m2")
    climbed = ladder(rung="partial metric")
    return compared(table, study(hypotheses=HYPOTHESES), tmp_path_factory.mktemp("found"), climbed, freed)


def test_paths_by_group_equal_lavaan(found, recorded):
    table = found["group_paths"].set_index(["group", "outcome", "predictor"])
    assert len(table) == len(recorded["paths"]) + len(LETTERS)  # nobody is in region 3
    columns = ["est", "se", "z", "pvalue", "ci_lower", "ci_upper", "std", "std_ci_lower", "std_ci_upper"]
    for row in recorded["paths"]:
        names = [c.replace("std_ci_", "std.").replace("_", ".") for c in columns]
        at = (str(row["group"]), row["lhs"], row["rhs"])
        assert table.loc[at, columns].to_list() == pytest.approx([row[n] for n in names], rel=2e-4, abs=2e-6), at
        assert table.loc[at, "n"] == recorded["n"][row["group"] - 1]
        assert table.loc[at, "basis"] == "partial metric"


def test_wald_tests_equal_lavaan(found, recorded):
    table = found["group_differences"].set_index(["outcome", "predictor"])
    expected = {LETTERS[letter]: test for letter, test in recorded["tests"].items()} | {("", ""): recorded["all"]}
    assert set(table.index) == set(expected)
    for at, test in expected.items():
        values = [test[name] for name in ("chisq", "df", "pvalue")]
        assert table.loc[at, ["chisq", "df", "pvalue"]].to_list() == pytest.approx(values, rel=1e-4, abs=5e-5), at
    assert set(table["groups"]) == {2} and set(table["n"]) == {sum(recorded["n"])}
    assert table["note"].str.contains("group 3 left out: 0 complete rows").all()


def test_contrasts_equal_defined_parameters_of_lavaan(found, recorded):
    table = found["group_contrasts"].set_index(["outcome", "predictor"])
    assert set(table["a"]) == {"1"} and set(table["b"]) == {"2"} and len(table) == 5
    columns = ["est", "se", "z", "pvalue", "ci_lower", "ci_upper"]
    for row in recorded["contrasts"]:
        values = [row[c.replace("ci_", "ci.")] for c in columns]
        assert table.loc[LETTERS[row["lhs"]], columns].to_list() == pytest.approx(values, rel=2e-4, abs=2e-6)


def test_p_is_corrected_over_the_paths_of_a_grouping(found):
    """By hand: Holm multiplies the k-th smallest p by m - k + 1, Benjamini & Hochberg by m / k, made monotone."""
    paths = found["group_differences"].query("outcome != ''").sort_values("pvalue")
    p, m = paths["pvalue"].to_numpy(), len(paths)
    holm = np.minimum(np.maximum.accumulate(p * (m - np.arange(m))), 1)
    bh = np.minimum(np.minimum.accumulate((p * m / np.arange(1, m + 1))[::-1])[::-1], 1)
    assert paths["pvalue_holm"].to_list() == pytest.approx(holm) and paths["pvalue_bh"].to_list() == pytest.approx(bh)
    together = found["group_differences"].query("outcome == ''")
    assert together[["pvalue_holm", "pvalue_bh"]].isna().all(axis=None)


def test_the_unit_of_a_construct_comes_from_an_item_that_is_equal(found):
    text = module.model_text(study(hypotheses=HYPOTHESES), ["age"], {"s1", "o1"})
    assert "strain =~ s2 + s3 + s1" in text and "office =~ o2 + o1" in text and "coping =~ c1 + c2 + c3 + c4" in text
    assert "*" not in text and ":=" not in text


def test_a_planted_difference_is_found_and_no_other():
    """30 samples of two groups of 200: strain -> coping differs by 0.5, the two other paths do not (p < .05 in 60
    tests: 3 expected, more than 10 in less than 1 of 1000)."""
    asked = study(hypotheses={name: HYPOTHESES[name] for name in ("H1", "H2", "H5")})
    rejected = []
    for seed in range(30):
        table = workers(400, 500 + seed, bent=0.0, differ=0.5)
        found = groups(table, controls(table), ladder(), let_go(), asked)["group_differences"]
        assert found["pvalue"].notna().all()
        rejected.append(found.set_index(["outcome", "predictor"])["pvalue"] < 0.05)
    rejected = pd.DataFrame(rejected)
    assert rejected["coping", "strain"].mean() > 0.75
    others = rejected[[("output", "strain"), ("output", "coping")]].to_numpy()
    assert 1 <= others.sum() <= 10


@pytest.fixture(scope="module")
def default() -> tuple[Study, dict[str, pd.DataFrame]]:
    asked, respondents, terms = default_study()
    tall = [name for name, c in asked.constructs.items() if c.dimensions]
    climbed = pd.concat([ladder(grouping=g, tall=tall) for g in ("wave", "firm_size", "ownership")])
    freed = let_go("market_demand=~dem2", grouping="wave")
    return asked, groups(respondents, terms, climbed, freed, asked)


def test_the_default_study_differs_by_size_and_not_by_ownership_or_wave(default):
    """Truth: RC -> OR is -.42, -.28 and -.13 by firm size; nothing else differs."""
    _, found = default
    tests = found["group_differences"].set_index(["grouping", "outcome", "predictor"])["pvalue"]
    assert tests["firm_size", "resilience", "resource_constraints"] < 0.05
    assert tests["firm_size", "", ""] < 0.05 < min(tests["ownership", "", ""], tests["wave", "", ""])
    paths = found["group_paths"].query("grouping == 'firm_size'")
    paths = paths.query("outcome == 'resilience' and predictor == 'resource_constraints'").set_index("group")
    for group, true in (("1", -0.42), ("2", -0.28), ("3", -0.13)):
        assert paths.loc[group, "std_ci_lower"] < true < paths.loc[group, "std_ci_upper"]
    assert len(found["group_paths"]) == 3 * 3 * 7 and len(found["group_contrasts"]) == 3 * 3 * 7


@pytest.mark.parametrize(
    ("holds", "rung", "basis"),
    [
        ("yes", "metric", "metric"),
        ("yes", "partial metric", "partial metric"),
        ("no", "partial metric", "not comparable: metric invariance does not hold"),
        ("", "metric", "not comparable: metric invariance cannot be judged"),
        ("", "configural", "not comparable: metric invariance cannot be judged"),
    ],
)
def test_basis_says_what_the_ladder_found_and_the_numbers_stand_there(holds, rung, basis, tmp_path):
    found = compared(workers(), study(hypotheses=HYPOTHESES), tmp_path, climbed=ladder(holds, rung))
    assert set(found["group_differences"]["basis"]) == {basis}
    assert found["group_differences"]["pvalue"].notna().all()


def test_basis_asks_for_equal_dimensions_too():
    asked = study(hypotheses=HYPOTHESES)
    assert module.comparable(ladder(second="partial second-order metric"), "region", asked) == "partial metric"
    fails = ladder().assign(holds=lambda t: t["holds"].where(t["rung"] != "second-order metric", "no"))
    expected = "not comparable: second-order metric invariance of backing does not hold"
    assert module.comparable(fails, "region", asked) == expected
    expected = "not comparable: second-order metric invariance of backing cannot be judged"
    assert module.comparable(ladder(tall=()), "region", asked) == expected
    assert module.comparable(ladder(), "other", asked).startswith("not comparable: metric invariance cannot be judged")


def test_dimensions_that_the_ladder_let_go_are_free(tmp_path):
    """The first dimension is let go: another gives backing its unit, and the model has one restriction less."""
    asked, table = study(hypotheses=HYPOTHESES), workers()
    freed = pd.DataFrame([{"grouping": "region", "treatment": "second-order", "rung": "second-order metric"}])
    names = module.loose(freed.assign(parameter="backing=~home"), "region", asked)
    assert names == ["backing=~home"]
    assert "backing =~ office + friends + home" in module.model_text(asked, [], {"home"})
    sample = module.draw(table, "region", asked, [])
    held, _ = module._fit(sample, [], asked)
    free, _ = module._fit(sample, names, asked)
    assert free.measures["df"] == held.measures["df"] - 1


def test_a_group_of_three_rows_is_left_out_by_name(tmp_path):
    table = workers()
    table.loc[[3, 4, 5], "region"] = 3.0
    found = compared(table, study(hypotheses=HYPOTHESES), tmp_path)
    assert found["group_differences"]["pvalue"].notna().all() and set(found["group_differences"]["groups"]) == {2}
    assert found["group_differences"]["note"].str.contains("group 3 left out: 3 complete rows, 50 are needed").all()
    third = found["group_paths"].query("group == '3'")
    assert third["est"].isna().all() and set(third["n"]) == {3}
    assert set(third["basis"]) == {"left out: 3 complete rows, 50 are needed"}


@pytest.mark.parametrize("answers", [np.nan, 2.0])
def test_one_group_or_an_attribute_that_nobody_answered(answers, tmp_path):
    found = compared(workers().assign(region=answers), study(hypotheses=HYPOTHESES), tmp_path)
    assert len(found["group_differences"]) == 6 and found["group_differences"]["chisq"].isna().all()
    basis = "not estimated: fewer than two groups with enough complete rows"
    assert set(found["group_differences"]["basis"]) == {basis}
    assert found["group_paths"]["est"].isna().all() and found["group_contrasts"].empty


def test_forty_rows_and_an_unmeasured_construct_say_why(tmp_path):
    few = compared(workers(40), study(hypotheses=HYPOTHESES), tmp_path)
    assert few["group_differences"]["note"].str.contains("group 1 left out: 20 complete rows").all()
    unmeasured = compared(workers().assign(h1=np.nan), study(hypotheses=HYPOTHESES), tmp_path)["group_differences"]
    assert unmeasured["note"].str.contains("backing and its paths were left out: ").all()
    assert unmeasured["pvalue"].notna().all() and set(unmeasured["predictor"]) == {"strain", "coping", ""}


def test_a_model_without_a_solution_says_why(tmp_path):
    found = compared(workers().assign(s2=lambda t: t["s1"]), study(hypotheses=HYPOTHESES), tmp_path)
    assert found["group_differences"]["basis"].str.startswith("not estimated: ").all()
    assert found["group_paths"]["est"].isna().all()


def test_controls_that_cannot_serve_in_every_group_are_left_out_of_all(tmp_path):
    constant = workers().assign(age=lambda t: t["age"].where(t["region"] == 1, 40.0))
    unasked = workers().assign(age=lambda t: t["age"].where(t["region"] == 1))
    for table, why in ((constant, "without variation in a group"), (unasked, "not answered in a group")):
        found = compared(table, study(hypotheses=HYPOTHESES), tmp_path)["group_differences"]
        assert found["note"].str.contains(f"controls left out, {why}: age").all()
        assert set(found["n"]) == {500} and found["pvalue"].notna().all()


def test_waves_are_a_grouping_and_their_own_dummies_no_controls(tmp_path):
    table = workers().assign(wave=lambda t: np.where(t["region"] == 1, "one", "two"))
    asked = study(hypotheses={k: h for k, h in HYPOTHESES.items() if k != "H5"}, controls=(), waves=("one", "two"))
    with_dummies = controls(table).assign(wave_two=(table["wave"] == "two") * 1.0)
    found = groups(table, with_dummies, ladder(grouping="wave"), let_go(grouping="wave"), asked)
    assert list(found["group_paths"]["group"].unique()) == ["one", "two"]
    assert found["group_differences"]["pvalue"].notna().all() and set(found["group_differences"]["note"]) == {""}


def test_no_groupings_give_columns_and_no_rows(tmp_path):
    found = compared(workers(), study(hypotheses={"H1": {"path": "strain -> output"}}), tmp_path)
    assert all(table.empty for table in found.values())


@pytest.mark.parametrize(
    ("table", "hypotheses"), [(workers().iloc[:0], HYPOTHESES), (workers(), {"H5": HYPOTHESES["H5"]})]
)
def test_without_any_path_one_row_says_so(table, hypotheses, tmp_path):
    found = compared(table, study(hypotheses=hypotheses), tmp_path)
    rows = found["group_differences"]
    assert rows[["grouping", "outcome"]].to_numpy().tolist() == [["region", ""]] and rows["chisq"].isna().all()
    assert rows["basis"].to_list() == ["not estimated: no path between two measured constructs"]
    assert found["group_paths"].empty and found["group_contrasts"].empty


def test_wald_is_nothing_where_the_covariances_are_singular():
    assert np.isnan(module.wald(np.ones(2), np.ones((2, 2)))).all()
    assert np.isnan(module.wald(np.ones(1), np.full((1, 1), np.nan))).all()
    assert module.wald(np.array([2.0]), np.array([[1.0]])) == pytest.approx((4.0, 0.0455), abs=1e-4)
