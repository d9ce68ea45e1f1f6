"""Multiple imputation: unbiased where leaving rows out is not, as R's mice has it, and the same on any machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.survey.mice.data import TRUE_MEAN, firms

from analysis import results
from analysis.study import load
from analysis.study.types import MissingData
from analysis.survey.imputation import imputations

RECORDED = json.loads((Path(__file__).parent / "mice/answers.json").read_text(encoding="utf-8"))
CONSTRUCTS = ["stress", "support", "mood", "output"]


def tables(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and controls; the first half of the firms is from the first wave."""
    second = np.arange(len(found)) >= len(found) // 2
    who = pd.DataFrame(
        {"respondent": [f"r{k}" for k in range(len(found))], "wave": np.where(second, "second", "first")}
    )
    scores = pd.concat([who, found[CONSTRUCTS].assign(home=1.0, office=2.0)], axis=1)
    controls = pd.concat([who, found[["age", "region_2", "region_3"]]], axis=1).assign(wave_second=second.astype(float))
    return scores, controls


def study(times: int):
    return load("study.yaml").model_copy(update={"missing_data": MissingData(imputations=times)})


def pooled(completed: pd.DataFrame, estimate) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Estimates, mean squared standard errors and variances between the data sets (Rubin 1987)."""
    parts = [estimate(table) for _, table in completed.groupby("imputation")]
    found, squares = pd.DataFrame([p[0] for p in parts]), pd.DataFrame([p[1] for p in parts])
    return found.mean(), squares.mean(), found.var()


def estimates(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Means and a regression, as record_mice.R has them, with squared standard errors."""
    import statsmodels.api as sm

    seen = table[["output", "age", "region_3"]].set_axis(["mean_output", "mean_age", "share_3"], axis=1)
    design = table[["stress", "support", "mood", "age", "region_2", "region_3"]].copy()
    design["stress_by_support"] = design["stress"] * design["support"]
    model = sm.OLS(table["output"], sm.add_constant(design)).fit()
    names = {"const": "intercept"}
    return (
        pd.concat([seen.mean(), model.params.rename(names)]),
        pd.concat([seen.var() / len(seen), (model.bse**2).rename(names)]),
    )


def test_it_is_the_table_promised_and_answers_given_stay(small, tmp_path):
    scores, controls = tables(firms(60, seed=2))
    completed = imputations(scores, controls, study(3))
    results.write("imputations", completed, tmp_path / "imputations.parquet")
    assert completed["imputation"].to_list() == [1] * 60 + [2] * 60 + [3] * 60
    columns = [*CONSTRUCTS, "age", "region_2", "region_3", "wave_second"]
    assert list(completed) == ["imputation", "respondent", "wave", *columns]
    assert completed.notna().all(axis=None)
    given = pd.concat([scores[CONSTRUCTS], controls[columns[4:]]], axis=1)
    for _, table in completed.groupby("imputation"):
        table = table.reset_index(drop=True)
        assert table["respondent"].equals(scores["respondent"])
        assert ((table[columns] == given) | given.isna()).all(axis=None)
    first, second = (completed.loc[completed["imputation"] == k, "output"].to_numpy() for k in (1, 2))
    assert (first != second).any()


def test_what_is_imputed_is_a_possible_answer(small):
    scores, controls = tables(firms(200, seed=3))
    completed = imputations(scores, controls, study(5))
    for column, given in [("output", scores["output"]), ("age", controls["age"])]:
        assert completed[column].isin(given.dropna()).all()
    assert (completed["region_2"] + completed["region_3"]).isin([0, 1]).all()
    assert ((completed["region_2"] == 1) & controls["region_2"].isna().to_numpy()[completed.index % 200]).any()


def test_no_data_sets_no_rows(small, tmp_path):
    completed = imputations(*tables(firms(30, seed=2)), study(0))
    results.write("imputations", completed, tmp_path / "imputations.parquet")
    assert completed.empty and "output" in completed


def test_what_a_wave_did_not_ask_stays_empty(small):
    scores, controls = tables(firms(80, seed=4))
    scores.loc[scores["wave"] == "first", "mood"] = np.nan
    controls["age"] = np.nan
    completed = imputations(scores, controls, study(2))
    assert completed.loc[completed["wave"] == "first", "mood"].isna().all()
    assert completed["age"].isna().all()
    assert completed.loc[completed["wave"] == "second", "mood"].notna().all()
    assert completed[["stress", "output", "region_2"]].notna().all(axis=None)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_few_respondents_are_no_fault(small, n):
    found = firms(200, seed=5).dropna().head(n).reset_index(drop=True)
    found.loc[n - 1, "output"] = np.nan
    completed = imputations(*tables(found), study(2))
    assert completed["output"].isna().all() if n == 1 else completed["output"].notna().all()


def test_pooled_means_are_unbiased_where_complete_rows_are_not(small):
    """Of 40 samples: the error of the pooled mean is what chance allows, and 95 % intervals hold the true mean."""
    errors, listwise, covered = [], [], []
    for seed in range(40):
        found = firms(200, seed=100 + seed)
        output = imputations(*tables(found), study(5)).groupby("imputation")["output"]
        errors.append(output.mean().mean() - TRUE_MEAN)
        listwise.append(found["output"].mean() - TRUE_MEAN)
        total = output.var().mean() / 200 + (1 + 1 / 5) * output.mean().var()
        covered.append(abs(errors[-1]) < 2 * total**0.5)
    chance = np.std(errors) / 40**0.5
    assert abs(np.mean(errors)) < 2.5 * chance
    assert np.mean(listwise) < -10 * chance
    assert sum(covered) >= 34


def test_pooled_estimates_are_those_of_mice(small):
    """Within four standard errors of the simulation; pooled standard errors within a fifth."""
    mean, within, between = pooled(imputations(*tables(firms(800, seed=1)), study(40)), estimates)
    for answer in RECORDED:
        name = answer["name"]
        assert mean[name] == pytest.approx(answer["estimate"], abs=4 * (answer["between"] * (1 / 40 + 1 / 300)) ** 0.5)
        error = (answer["within"] + answer["between"]) ** 0.5
        assert (within[name] + between[name]) ** 0.5 == pytest.approx(error, rel=0.2)


SAME = """
import hashlib, sys
from tests.survey.mice.data import firms
from tests.survey.test_imputation import study, tables
from analysis.survey.imputation import imputations
import pandas as pd
completed = imputations(*tables(firms(600, seed=6)), study(int(sys.argv[1]))).query("imputation == 1")
print(hashlib.sha256(pd.util.hash_pandas_object(completed, index=False).to_numpy().tobytes()).hexdigest())
"""


def test_the_same_whatever_the_number_of_cores_and_of_data_sets(small):
    root = Path(__file__).parents[2]
    found = []
    for threads, times in [("1", "1"), ("2", "3")]:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(root)}
        code = [sys.executable, "-c", SAME, times]
        found.append(subprocess.run(code, env=environment, capture_output=True, text=True, check=True).stdout)
    assert found[0] == found[1] != ""
