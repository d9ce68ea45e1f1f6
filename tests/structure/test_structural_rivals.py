"""Rival structures: lavaan's fit and difference tests, equivalent models called so, controls in and out."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structure.default_study import default_study
from tests.structure.known_paths import HYPOTHESES, answers, study
from tests.structure.reputation import reputation

from analysis import results
from analysis.sem import fit
from analysis.structure import structural
from analysis.structure.rivals import rival_paths, rival_text, structural_rivals
from analysis.study import Study

RECORDED = json.loads((Path(__file__).parent / "structure.json").read_text(encoding="utf-8"))["rivals"]
NAMES = {
    **{"study": "study", "correlated": "correlated", "full mediation": "full", "no mediation": "none"},
    "reversed: satisfaction -> loyalty": "reversed",
}
EQUIVALENT = "equivalent to study: the same chi-square and degrees of freedom, no data can tell them apart"


def compared(data: pd.DataFrame, asked: Study, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables as results.TABLES promises them."""
    tables = structural_rivals(data, asked, structural.usable_controls(data, asked))
    names = ("structural_rivals", "controls_out")
    for name, table in zip(names, tables, strict=True):
        results.write(name, table, folder / f"{name}.csv")
    return tuple(results.read(name, folder / f"{name}.csv") for name in names)


def simulated(**changes) -> tuple[pd.DataFrame, Study]:
    respondents, controls = answers()
    return structural.model_data(respondents, controls), study(**changes)


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> pd.DataFrame:
    asked, data = reputation()
    table, controls_out = compared(data, asked, tmp_path_factory.mktemp("rivals"))
    assert controls_out.empty  # the study has no controls
    return table.set_index("model")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[pd.DataFrame, pd.DataFrame]:
    table, controls_out = compared(*simulated(), tmp_path_factory.mktemp("rivals"))
    return table.set_index("model"), controls_out


@pytest.mark.parametrize("model", NAMES)
def test_fit_is_that_of_lavaan(real, model):
    theirs, mine = RECORDED[NAMES[model]], real.loc[model]
    columns = {"npar": "npar", "chisq": "chisq.scaled", "df": "df", "cfi": "cfi.robust", "rmsea": "rmsea.robust"}
    columns |= {name: name for name in ("srmr", "aic", "bic")}
    for column, name in columns.items():
        assert mine[column] == pytest.approx(theirs[name], rel=1e-5, abs=2e-6), column


def test_the_difference_of_full_mediation_is_that_of_lavtestlrt(real):
    theirs, mine = RECORDED["full"], real.loc["full mediation"]
    assert mine["df_diff"] == theirs["df_diff"] == 2
    assert mine["chisq_diff"] == pytest.approx(theirs["chisq_diff"], rel=1e-4)
    assert mine["pvalue_diff"] == pytest.approx(theirs["pvalue_diff"], rel=1e-3)


def test_the_rivals_of_a_study_that_states_direct_paths(real):
    assert list(real.index) == list(NAMES)
    assert real.loc["study", "note"] == "" and real.loc["study", "compared_with"] == ""


def test_a_saturated_structure_is_equivalent_to_free_correlations_and_to_its_reversal(real):
    for model in ("correlated", "reversed: satisfaction -> loyalty"):
        assert real.loc[model, "note"] == EQUIVALENT
        assert np.isnan(real.loc[model, "chisq_diff"])


def test_a_structure_that_restricts_is_tested_against_free_correlations(tmp_path):
    """Only the mediations are stated: direct paths of demand and support are the two restrictions."""
    only = {name: HYPOTHESES[name] for name in ("H2", "H3")}
    table = compared(*simulated(hypotheses=only), tmp_path)[0].set_index("model")
    assert list(table.index[:4]) == ["study", "correlated", "partial mediation", "no mediation"]
    assert table.loc["correlated", "df_diff"] == table.loc["partial mediation", "df_diff"] == 2
    # The two are one model in other words: a direct path is 0.2 in truth, so the restriction is false
    assert table.loc["correlated", "chisq_diff"] == pytest.approx(
        table.loc["partial mediation", "chisq_diff"], rel=1e-4
    )
    assert table.loc["partial mediation", "pvalue_diff"] < 1e-4
    assert not table["note"].str.contains("equivalent").any() or table.loc["study", "note"] == ""


def test_dropping_a_path_that_is_there_worsens_the_fit(made):
    table, _ = made
    assert table.loc["no mediation", "df_diff"] == 1 and table.loc["no mediation", "pvalue_diff"] < 1e-10
    assert table.loc["full mediation", "df_diff"] == 2 and table.loc["full mediation", "pvalue_diff"] < 1e-4
    assert table.loc["no mediation", "delta_cfi"] < -0.01


TWO_MEDIATORS = {"H1": {"path": "demand -> energy -> output"}, "H2": {"path": "demand -> support -> output"}}
TWO_OUTCOMES = {"H1": {"path": "demand -> energy -> output"}, "H2": {"path": "demand -> energy -> support"}}


def free_covariances(asked: Study, data: pd.DataFrame, controls: list[str]) -> dict[str, set[frozenset]]:
    """Of every rival the pairs of constructs whose (residual) covariance is free."""
    found = {}
    for name, paths in rival_paths(asked).items():
        table = fit(rival_text(asked, controls, paths), data).parameters.query("op == '~~' and lhs != rhs and se > 0")
        pairs = zip(table["lhs"], table["rhs"], strict=True)
        found[name] = {frozenset(pair) for pair in pairs if set(pair) <= set(asked.constructs)}
    return found


@pytest.mark.parametrize("controls", [["age"], []])
def test_rivals_have_the_residual_covariances_of_the_study_and_no_others(controls):
    """lavaan by itself lets those correlate that predict nothing: mediators whose paths are dropped."""
    data, asked = simulated(hypotheses=TWO_MEDIATORS)
    found = free_covariances(asked, data, controls)
    assert found.pop("correlated") == {frozenset(p) for p in combinations(("demand", "support", "energy", "output"), 2)}
    assert set().union(*found.values()) == set() and "no mediation" in found
    data, asked = simulated(hypotheses=TWO_OUTCOMES)
    found = free_covariances(asked, data, controls)
    assert found["study"] == found["no mediation"] == found["partial mediation"] == {frozenset(("support", "output"))}
    # Turned round, the arrow makes a cause of output: it correlates with demand, as causes do
    assert found["reversed: energy -> output"] == {frozenset(("demand", "output"))}


def test_without_mediation_every_dropped_path_is_a_degree_of_freedom(tmp_path):
    table = compared(*simulated(hypotheses=TWO_MEDIATORS), tmp_path)[0].set_index("model")
    assert table.loc["no mediation", "df_diff"] == 2


def test_a_reversal_that_closes_a_circle_is_not_estimated(tmp_path):
    longer = {"H1": {"path": "demand -> energy -> output"}, "H2": {"path": "energy -> support -> output"}}
    table = compared(*simulated(hypotheses=longer), tmp_path)[0].set_index("model")
    assert table.loc["reversed: energy -> output", "note"] == "not estimated: turned round, the arrow closes a circle"
    assert np.isnan(table.loc["reversed: energy -> output", "chisq"])
    assert np.isfinite(table.loc["reversed: support -> output", "chisq"])


def test_without_controls_there_are_indices_and_no_test(made):
    table, controls_out = made
    row = table.loc["without controls"]
    assert np.isfinite(row[["chisq", "cfi", "aic"]].to_numpy(float)).all()
    assert np.isnan(row["chisq_diff"]) and np.isnan(row["delta_cfi"]) and row["compared_with"] == ""
    assert row["note"] == "no comparison: other variables than study"
    assert controls_out[["outcome", "predictor"]].to_numpy().tolist() == [
        ["energy", "demand"],
        ["energy", "support"],
        ["output", "demand"],
        ["output", "support"],
        ["output", "energy"],
    ]
    # Age makes demand, energy and output larger: left out, it hides some of what demand does
    demand = controls_out.set_index(["outcome", "predictor"]).loc[("energy", "demand")]
    assert demand["std"] < demand["std_without"] < 0 and demand["pvalue"] < 0.001


def test_controls_come_and_go_on_the_same_rows(tmp_path):
    data, asked = simulated()
    data.loc[:99, "age"] = np.nan
    _, controls_out = compared(data, asked, tmp_path)
    bare = asked.model_copy(update={"controls": ()})
    alone = structural.estimate(data.iloc[100:], bare, [], ("MLR",))[0]["MLR"].parameters.query("op == '~'")
    np.testing.assert_allclose(sorted(controls_out["std_without"]), sorted(alone["std_all"]), rtol=1e-6)


def test_a_study_without_mediation_has_one_rival():
    assert list(rival_paths(study(hypotheses={"H1": {"path": "demand -> output"}}))) == ["study", "correlated"]


def test_a_grossly_false_structure_is_tested_by_the_scaling_of_2010(tmp_path):
    """No mediation, where there is much: by that of 2001 the difference would be 1161, where plain ML has 108."""
    asked, respondents, terms = default_study()
    data, asked, _, _ = structural.prepare(respondents, terms, asked)
    row = compared(data, asked, tmp_path)[0].set_index("model").loc["no mediation"]
    assert row["note"].startswith("difference test scaled by Satorra & Bentler (2010): ")
    assert 10 < row["chisq_diff"] < 200 and row["df_diff"] == 1
