"""Each outcome on all dimensions at once: a planted path is found at the dimension that has it."""

import numpy as np
import pandas as pd
import pytest
from tests.structure.known_paths import answers, study

from analysis import results
from analysis.sem import fit
from analysis.structure import structural
from analysis.structure.dimensions import dimension_paths
from analysis.study import Study


def estimated(asked: Study, data: pd.DataFrame, folder) -> pd.DataFrame:
    table = dimension_paths(data, asked, structural.usable_controls(data, asked))
    results.write("dimension_paths", table, folder / "dimension_paths.csv")
    return results.read("dimension_paths", folder / "dimension_paths.csv")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return structural.model_data(*answers(3000, home=0.4))


@pytest.fixture(scope="module")
def found(data, tmp_path_factory) -> pd.DataFrame:
    return estimated(study(), data, tmp_path_factory.mktemp("dimensions"))


def test_a_row_a_dimension_and_one_for_a_construct_that_has_none(found):
    parts = [("demand", "demand"), ("home", "support"), ("office", "support"), ("friends", "support")]
    expected = [("energy", *part) for part in parts] + [("output", *part) for part in [*parts, ("energy", "energy")]]
    assert list(found[["outcome", "predictor", "construct"]].itertuples(index=False, name=None)) == expected
    assert (found["note"] == "").all()


def test_the_path_is_found_where_it_was_planted(found):
    """Home alone acts on output by itself (0.4); of the others all goes over energy."""
    rows = found[found["outcome"] == "output"].set_index("predictor")
    truth = {"demand": -0.2, "home": 0.4, "office": 0.0, "friends": 0.0, "energy": 0.5}
    assert (np.abs(rows["est"] - pd.Series(truth)) < 3.3 * rows["se"]).all()
    assert rows.loc["home", "pvalue"] < 1e-4 and rows.loc[["office", "friends"], "pvalue"].min() > 0.01
    assert ((rows["std_ci_lower"] < rows["std"]) & (rows["std"] < rows["std_ci_upper"])).all()


def test_the_numbers_are_those_of_the_model_written_by_hand(found, data):
    text = """demand =~ d1 + d2 + d3\nhome =~ h1 + h2 + h3\noffice =~ o1 + o2 + o3\nfriends =~ f1 + f2 + f3
    energy =~ e1 + e2 + e3\nenergy ~ demand + home + office + friends + age\ndemand + home + office + friends ~ age
    demand ~~ home + office + friends\nhome ~~ office + friends\noffice ~~ friends"""
    text = text.replace(
        "demand + home + office + friends ~ age", "demand ~ age\nhome ~ age\noffice ~ age\nfriends ~ age"
    )
    table = fit(text, data, estimator="MLR").parameters.query("op == '~' and lhs == 'energy' and rhs != 'age'")
    mine = found[found["outcome"] == "energy"]
    for mine_column, column in {"est": "est", "se": "se", "z": "z", "std": "std_all"}.items():
        np.testing.assert_allclose(mine[mine_column], table[column], rtol=1e-6)


def test_an_outcome_of_second_order_stays_whole_and_a_respecification_goes_where_it_can(data, tmp_path):
    asked = study(
        hypotheses={"H1": {"path": "demand -> support -> output"}},
        respecifications=("d1 ~~ d2", "support ~~ demand", "home =~ o1"),
    )
    table = estimated(asked, data, tmp_path)
    assert table[["outcome", "predictor"]].to_numpy().tolist() == [["output", d] for d in ("home", "office", "friends")]
    assert table["est"].notna().all()


def test_dimensions_that_can_hardly_be_told_apart_carry_the_caution(tmp_path):
    alike = structural.model_data(*answers(3000, apart=0.2))
    notes = estimated(study(), alike, tmp_path).set_index(["outcome", "predictor"])["note"]
    assert "can hardly be told apart: home (variance inflation" in notes["output", "home"]


def test_a_study_without_dimensions_has_no_rows(data, tmp_path):
    asked = study(hypotheses={"H1": {"path": "demand -> energy -> output"}})
    assert estimated(asked, data, tmp_path).empty


def test_a_model_that_cannot_be_estimated_has_empty_rows_with_the_reason(data, tmp_path):
    table = estimated(study(), data.head(12), tmp_path)
    assert len(table) == 9 and table["est"].isna().all() and (table["note"] != "").all()
