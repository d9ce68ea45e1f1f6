"""The last model under every kind of standard errors: number for number as R, and said where clusters are few."""

import numpy as np
import pandas as pd
import pytest
from tests.regression.test_hierarchical import CHECKS, in_theirs, respondents, study, tables  # noqa: F401

from analysis import results
from analysis.regression.errors import kinds, regression_errors

NUMBERS = ["b", "se", "t", "df", "pvalue", "ci_lower", "ci_upper"]


@pytest.mark.parametrize(("kind", "recorded"), [("classical", "classical"), ("HC3", "HC3"), ("cluster: firm", "firm")])
def test_every_number_equals_r(tables, respondents, study, kind, recorded):  # noqa: F811
    found = regression_errors(*tables, respondents, study).query("outcome == 'output' and errors == @kind")
    theirs = pd.DataFrame(CHECKS["errors"][recorded]).set_index("term")
    names = found["term"].map(in_theirs).replace("effort:luck", "product")
    np.testing.assert_allclose(found[NUMBERS].astype(float), theirs.loc[names, NUMBERS], rtol=1e-7)
    assert set(found["note"]) == {""}


def test_kinds_are_those_that_the_data_can_tell_apart(respondents, study):  # noqa: F811
    assert kinds(respondents, study) == ["classical", "HC3", "firm", "region"]
    once = respondents.assign(firm=respondents["respondent"])
    assert kinds(once, study) == kinds(once.assign(firm=""), study) == ["classical", "HC3", "region"]
    assert kinds(once, study.model_copy(update={"standard_errors": "firm"}))[-1] == "firm"
    two_waves = study.model_copy(update={"waves": study.waves | {"second": study.waves["first"]}})
    assert kinds(once, two_waves) == ["classical", "HC3", "wave", "region"]


def test_the_table_says_which_kind_is_chosen_and_where_clusters_are_few(tables, respondents, study, tmp_path):  # noqa: F811
    table = regression_errors(*tables, respondents, study)
    results.write("regression_errors", table, tmp_path / "errors.csv")
    assert set(table.loc[table["chosen"], "errors"]) == {"HC3"}
    clusters = table.query("outcome == 'output'").groupby("errors")["clusters"].first()
    assert clusters.drop(["classical", "HC3"]).to_dict() == {"cluster: firm": 30, "cluster: region": 3}
    assert clusters[["classical", "HC3"]].isna().all()
    by_region = table.query("errors == 'cluster: region'").set_index("term")
    assert by_region["note"].str.contains("3 clusters are few").all()
    own = by_region.loc[["const", "region_2", "region_3"]]
    assert own["se"].isna().all() and own["note"].str.contains("residuals sum to 0 in every cluster").all()
    assert by_region.drop(index=own.index)["se"].notna().all()


def test_one_cluster_leaves_errors_empty_and_says_so(tables, respondents, study):  # noqa: F811
    table = regression_errors(*tables, respondents.assign(region=1.0), study).query("errors == 'cluster: region'")
    assert table[NUMBERS[1:]].isna().all(axis=None) and table["b"].notna().all()
    assert table["note"].str.contains("there is only one cluster").all()


def test_what_cannot_be_estimated_keeps_its_rows(tables, respondents, study):  # noqa: F811
    scores, controls = tables
    spoilt = controls.assign(region_3=1 - controls["region_2"])
    table = regression_errors(scores.assign(mood=4.0), spoilt, respondents, study)
    constant = table.query("outcome == 'mood'")
    assert constant["b"].isna().all() and constant["note"].str.contains("all respondents have the same mood").all()
    output = table.query("outcome == 'output' and errors == 'HC3'").set_index("term")
    assert output["note"].str.contains("region_3, mood cannot be estimated").all()
    assert output.index[output["b"].isna()].to_list() == ["region_3", "mood"]


def test_errors_by_clusters_cover_where_others_do_not():
    """Respondents of a firm share noise and a predictor: b's spread over samples is what its errors by firm say."""
    from analysis.regression.hierarchical import CLUSTER, fit

    rng = np.random.default_rng(9)
    firms = np.repeat(np.arange(60), 5)
    found, told = [], {"classical": [], "HC3": [], "firm": []}
    for _ in range(300):
        x = rng.normal(size=60)[firms]
        y = 0.3 * x + rng.normal(size=60)[firms] + rng.normal(size=300)
        frame = pd.DataFrame({"x": x, "y": y, CLUSTER: firms})
        for errors, ses in told.items():
            fitted = fit(frame, "y", ["x"], errors)
            ses.append(fitted.bse["x"])
        found.append(fitted.params["x"])
    spread = np.std(found)
    assert np.mean(told["firm"]) == pytest.approx(spread, rel=0.1)
    assert np.mean(told["classical"]) < 0.7 * spread and np.mean(told["HC3"]) < 0.7 * spread
