"""Regressions on completed data sets are pooled number for number as R's mice does it."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.regression.completed import TIMES, completed
from tests.regression.test_hierarchical import NAMES, in_theirs, respondents, study, tables  # noqa: F401

from analysis import results
from analysis.regression.hierarchical import hierarchical
from analysis.regression.pooled import pooled, rubin

RECORDED = json.loads((Path(__file__).parent / "pool.json").read_text(encoding="utf-8"))


@pytest.fixture
def imputations() -> pd.DataFrame:
    """The completed data sets under the names of the study."""
    names = {theirs: ours for ours, theirs in NAMES.items()} | {"effort:luck": "stress:support"}
    table = completed().rename(columns=names)
    number = table.groupby("imputation").cumcount()
    return table.assign(respondent=number.map("first:{}".format), wave="first")


def quiet(imputations, respondents, study):  # noqa: F811
    """What is pooled, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pooled(imputations, respondents, study)


def test_every_number_equals_r(imputations, respondents, study):  # noqa: F811
    found = quiet(imputations, respondents, study).query("outcome == 'output'").set_index("term")
    theirs = pd.DataFrame(RECORDED).set_index("term")
    found.index = [in_theirs(term).replace("effort:luck", "product") for term in found.index]
    assert found.index.to_list() == theirs.index.to_list()
    np.testing.assert_allclose(found[theirs.columns].to_numpy(dtype=float), theirs, rtol=1e-7)
    assert set(found["imputations"]) == {TIMES}


def test_the_table_is_the_one_promised(imputations, respondents, study, tmp_path):  # noqa: F811
    found = quiet(imputations, respondents, study)
    results.write("regressions_imputed", found, tmp_path / "regressions_imputed.csv")
    assert found["outcome"].unique().tolist() == ["mood", "output"]


def test_complete_data_give_the_regressions_themselves(tables, respondents, study):  # noqa: F811
    """Of complete data every data set is the same: estimates and errors are those of the last model."""
    scores, controls = (table.ffill() for table in tables)
    merged = scores.merge(controls.drop(columns="wave"), on="respondent")
    found = quiet(pd.concat([merged.assign(imputation=n) for n in (1, 2)], ignore_index=True), respondents, study)
    models, _ = hierarchical(scores, controls, respondents, study)
    last = models[models["model"] == models.groupby("outcome")["model"].transform("max")]
    same = ["b", "se", "t"]
    np.testing.assert_allclose(found[same], last[same], rtol=1e-9)
    assert found["term"].to_list() == last["term"].to_list()
    assert (found["fmi"] < 0.02).all()


def test_a_term_that_one_data_set_cannot_estimate_keeps_its_row(imputations, respondents, study):  # noqa: F811
    imputations.loc[imputations["imputation"] == 2, "region_3"] = 0.0
    found = quiet(imputations, respondents, study).set_index("term")
    assert found.loc["region_3", ["b", "se", "fmi"]].isna().all(axis=None)
    assert np.isfinite(found.drop(index="region_3")["se"].astype(float)).all()


def test_errors_are_of_the_kind_that_the_study_states(tables, respondents, study):  # noqa: F811
    """Of complete data: those of the last model, clustered, with clusters minus 1 degrees of freedom at most."""
    scores, controls = (table.ffill() for table in tables)
    merged = scores.merge(controls.drop(columns="wave"), on="respondent")
    clustered = study.model_copy(update={"standard_errors": "firm"})
    found = quiet(pd.concat([merged.assign(imputation=n) for n in (1, 2)]), respondents, clustered)
    models, _ = hierarchical(scores, controls, respondents, clustered)
    last = models[models["model"] == models.groupby("outcome")["model"].transform("max")]
    np.testing.assert_allclose(found["se"], last["se"], rtol=1e-9)
    assert (found["df"] < 30).all()


def test_an_outcome_without_differences_keeps_its_rows_and_says_why(imputations, respondents, study):  # noqa: F811
    found = quiet(imputations.assign(output=2.0), respondents, study)
    output = found[found["outcome"] == "output"]
    assert len(output) == 8 and output["b"].isna().all()
    assert output["note"].str.contains("all respondents have the same output").all()
    assert found.query("outcome == 'mood'")["b"].notna().all()


def test_without_data_sets_the_table_is_empty(imputations, respondents, study, tmp_path):  # noqa: F811
    found = quiet(imputations.head(0), respondents, study)
    results.write("regressions_imputed", found, tmp_path / "regressions_imputed.csv")
    assert results.read("regressions_imputed", tmp_path / "regressions_imputed.csv").empty


def test_one_data_set_alone_has_estimates_and_no_errors():
    found = rubin(pd.DataFrame({"x": [2.0]}), pd.DataFrame({"x": [0.25]}), 50)
    assert found.loc["x", "b"] == 2 and found.drop(columns="b").isna().all(axis=None)
