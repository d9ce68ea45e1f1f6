"""Local misfit is found where it was planted, and equals lavaan's (marker/record.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.planted import MARKED, marked, study

from analysis import results
from analysis.measurement import cfa
from analysis.measurement.local_fit import local_fit, modification, respecifications

RECORDED = Path(__file__).parent / "marker"


def mlr(answers: pd.DataFrame, described):
    return cfa.estimate(answers, described)[0]["MLR"]


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """Answers in which s1 and o1 share something that is neither skill nor output."""
    answers = marked(600, 0.0, 3, codes=False)
    shared = 0.5 * np.random.default_rng(1).normal(size=600)
    return answers.assign(s1=answers["s1"] + shared, o1=answers["o1"] + shared)


def test_residuals_and_modification_indices_equal_lavaan(tmp_path):
    fit = mlr(marked(500, 0.35, 11), study(MARKED))
    found = local_fit(fit)
    assert len(found) == 16 * 15 / 2 and found["residual"].abs().is_monotonic_decreasing
    recorded = pd.read_csv(RECORDED / "local_fit.csv")
    both = recorded.merge(found, on=["a", "b"], suffixes=("_r", ""))
    assert len(both) == len(recorded)
    assert both["residual"].to_numpy() == pytest.approx(both["residual_r"].to_numpy(), abs=1e-5)
    assert both["z"].to_numpy() == pytest.approx(both["z_r"].to_numpy(), rel=1e-3, abs=1e-4)
    indices, recorded = modification(fit), pd.read_csv(RECORDED / "modification.csv")
    first = indices.head(len(recorded)).rename(columns={"sepc_all": "sepc.all"})
    assert first[["lhs", "op", "rhs"]].to_numpy().tolist() == recorded[["lhs", "op", "rhs"]].to_numpy().tolist()
    for column in ("mi", "epc", "sepc.all"):
        assert np.abs(first[column]).to_numpy() == pytest.approx(np.abs(recorded[column]).to_numpy(), rel=1e-3)
    results.write("local_fit", found, tmp_path / "local_fit.csv")
    results.write("modification", indices, tmp_path / "modification.csv")


def test_a_planted_residual_covariance_comes_first_and_is_worth_its_line(planted, tmp_path):
    described = study(MARKED)
    fit = mlr(planted, described)
    assert modification(fit).iloc[0][["lhs", "op", "rhs"]].tolist() == ["s1", "~~", "o1"]
    assert set(local_fit(fit).iloc[0][["a", "b"]]) == {"s1", "o1"}
    described = study(MARKED, respecifications=["s1 ~~ o1", "climate =~ o2"])
    log = respecifications(planted, mlr(planted, described), described)
    results.write("respecifications", log, tmp_path / "respecifications.csv")
    assert log["line"].tolist() == ["s1 ~~ o1", "climate =~ o2"]
    assert log.loc[0, "pvalue_diff"] < 1e-6 < log.loc[1, "pvalue_diff"]
    assert log["df_diff"].tolist() == [1, 1]


def test_no_respecifications_are_an_empty_table(planted, tmp_path):
    described = study({"skill": MARKED["skill"]})
    log = respecifications(planted, mlr(planted, described), described)
    results.write("respecifications", log, tmp_path / "respecifications.csv")
    assert log.empty


def test_a_saturated_model_has_nothing_to_add_and_40_rows_stop_nothing():
    described = study({"output": MARKED["output"]})
    fit = mlr(marked(40, 0.0, 2), described)
    assert len(local_fit(fit)) == 3
    assert modification(fit)["mi"].max() < 1e-3 or modification(fit).empty
