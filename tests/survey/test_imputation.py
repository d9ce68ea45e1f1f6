"""Multiple imputation: unbiased where leaving rows out is not, as R's mice has it, the same for the same seed."""

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
PRODUCT = "stress:support"


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
    design = table[["stress", "support", "mood", "age", "region_2", "region_3", PRODUCT]]
    design = design.rename(columns={PRODUCT: "stress_by_support"})
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
    columns = [*CONSTRUCTS, "age", "region_2", "region_3", "wave_second", PRODUCT]
    assert list(completed) == ["imputation", "respondent", "wave", *columns]
    assert completed.notna().all(axis=None)
    given = pd.concat([scores[CONSTRUCTS], controls[columns[4:-1]]], axis=1)
    given[PRODUCT] = scores["stress"] * scores["support"]
    for _, table in completed.groupby("imputation"):
        table = table.reset_index(drop=True)
        assert table["respondent"].equals(scores["respondent"])
        assert ((table[columns] == given) | given.isna()).all(axis=None)
    first, second = (completed.loc[completed["imputation"] == k, "output"].to_numpy() for k in (1, 2))
    assert (first != second).any()


def test_what_is_imputed_is_a_possible_answer(small):
    scores, controls = tables(firms(200, seed=3))
    completed = imputations(scores, controls, study(5))
    product = scores["stress"] * scores["support"]
    given = {"output": scores["output"], "age": controls["age"], "region_2": controls["region_2"], PRODUCT: product}
    for column, answers in given.items():
        assert completed[column].isin(answers.dropna()).all()
    assert (completed["region_2"].eq(1) & controls["region_2"].isna().to_numpy()[completed.index % 200]).any()


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


def test_a_wave_that_did_not_ask_a_construct_biases_nothing_else(small):
    """Means and slopes of what is imputed there are those of the firms, within four standard errors of theirs."""
    found = firms(800, seed=11)
    scores, controls = tables(found)
    other = scores["wave"] == "second"
    scores["output"] -= 2 * other  # the waves differ in their level
    scores.loc[other, "mood"] = np.nan
    completed = imputations(scores, controls, study(5))
    waves = completed.groupby(["imputation", "wave"])
    for wave, level in [("first", TRUE_MEAN), ("second", TRUE_MEAN - 2)]:
        assert waves["output"].mean().xs(wave, level="wave").mean() == pytest.approx(level, abs=4 * 1.3 / 400**0.5)

    def slopes(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        import statsmodels.api as sm

        names = ["stress", "support", PRODUCT]
        model = sm.OLS(table["output"], sm.add_constant(table[names])).fit()
        return model.params[names], model.bse[names] ** 2

    mean, within, between = pooled(completed[completed["wave"] == "second"], slopes)
    true = pd.Series({"stress": -0.6, "support": 0.6 + 0.3 * 0.5, PRODUCT: 0.4})
    assert ((mean - true).abs() < 4 * (within + 1.2 * between) ** 0.5).all()


def test_waves_with_the_same_columns_are_imputed_together(small):
    """Each wave alone has one answer to lend; together they have two."""
    scores, controls = tables(firms(40, seed=5).fillna(1.0))
    scores["output"] = np.nan
    scores.loc[[0, 39], "output"] = [1.0, 2.0]
    completed = imputations(scores, controls, study(5))
    assert set(completed.loc[completed["wave"] == "first", "output"]) == {1.0, 2.0}
    scores.loc[scores["wave"] == "second", "mood"] = np.nan
    completed = imputations(scores, controls, study(5))
    assert set(completed.loc[completed["wave"] == "first", "output"]) == {1.0}


def test_one_of_whom_nothing_is_known_stays_empty(small):
    study_of_one = study(2).model_copy(update={"waves": {"first": study(2).waves["first"]}})
    scores, controls = tables(firms(40, seed=5))
    scores, controls = scores.assign(wave="first"), controls.drop(columns="wave_second").assign(wave="first")
    scores.loc[3, CONSTRUCTS], controls.loc[3, ["age", "region_2", "region_3"]] = np.nan, np.nan
    completed = imputations(scores, controls, study_of_one).set_index("respondent")[CONSTRUCTS]
    assert completed.loc["r3"].isna().all(axis=None) and completed.drop(index="r3").notna().all(axis=None)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_few_respondents_are_no_fault(small, n):
    found = firms(200, seed=5).dropna().head(n).reset_index(drop=True)
    found.loc[n - 1, "output"] = np.nan
    completed = imputations(*tables(found), study(2))
    assert completed["output"].isna().all() if n == 1 else completed["output"].notna().all()


def test_the_pooled_mean_is_right_where_that_of_those_who_answered_is_not(small):
    errors, listwise = [], []
    for seed in range(4):
        found = firms(500, seed=100 + seed)
        errors.append(imputations(*tables(found), study(2))["output"].mean() - TRUE_MEAN)
        listwise.append(found["output"].mean() - TRUE_MEAN)
    assert abs(np.mean(errors)) < 0.06 < 0.15 < -np.mean(listwise)


def test_pooled_estimates_are_those_of_mice(small):
    """Within four standard errors of the simulation; pooled standard errors within a fifth."""
    mean, within, between = pooled(imputations(*tables(firms(800, seed=1)), study(20)), estimates)
    for answer in RECORDED:
        name = answer["name"]
        assert mean[name] == pytest.approx(answer["estimate"], abs=4 * (answer["between"] * (1 / 20 + 1 / 300)) ** 0.5)
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
