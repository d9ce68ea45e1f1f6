"""The engine against lavaan's modification indices, standardised residuals, ordinal scores and difference tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.parity.test_lavaan import HERE, TOLERANCE, by_group, differences, run, scores

from analysis.sem import compare

MORE = HERE / "more"


def cases(kind: str) -> list[tuple[str, str]]:
    """(model, estimator) of every recorded table of a kind."""
    names = sorted(path.stem.removesuffix(f"_{kind}") for path in MORE.glob(f"*_{kind}.csv"))
    return [(name.rsplit("_", 1)[0], name.rsplit("_", 1)[1].upper()) for name in names]


@pytest.mark.parametrize(("case", "estimator"), cases("modindices"))
def test_modification_indices(case, estimator):
    theirs = pd.read_csv(MORE / f"{case}_{estimator.lower()}_modindices.csv", keep_default_na=False)
    ours = run(case, estimator).modification_indices()
    keys = ["lhs", "op", "rhs", "group"]
    assert ours[keys].astype(str).to_numpy().tolist() == theirs[keys].astype(str).to_numpy().tolist()
    found = [
        differences(ours[c], pd.to_numeric(theirs[c.replace("_", ".")])) for c in ("mi", "epc", "sepc_lv", "sepc_all")
    ]
    worst = pd.Series(np.max(found, axis=0), index=ours["lhs"] + ours["op"] + ours["rhs"])
    assert worst.max() < TOLERANCE, worst[worst >= TOLERANCE].to_string()


@pytest.mark.parametrize(("case", "estimator"), cases("standardized"))
def test_standardized_residuals(case, estimator):
    theirs = pd.read_csv(MORE / f"{case}_{estimator.lower()}_standardized.csv").set_index("name")["value"]
    ours = {}
    for end, tables in by_group(run(case, estimator).residuals("standardized")).items():
        ours |= {f"{a} {b}{end}": tables.cov.loc[a, b] for a in tables.cov for b in tables.cov}
        ours |= {f"{a}{end}": value for a, value in tables.mean.items()}
    found = pd.Series(differences([ours[name] for name in theirs.index], theirs), index=theirs.index)
    assert found.max() < TOLERANCE, found[found >= TOLERANCE].to_string()


@pytest.mark.parametrize(("case", "estimator"), cases("ordinal"))
def test_residuals_and_scores_of_ordinal_variables(case, estimator):
    """lavaan divides Γ by the rows of all groups, not those of the group: its residuals are √(N/n) times as large."""
    theirs, fitted = (
        pd.read_csv(MORE / f"{case}_{estimator.lower()}_ordinal.csv"),
        run(case, estimator, "models_weighted"),
    )
    ours = {("score", name): value for name, value in scores(fitted, 10).items()}
    sizes = dict(zip(by_group(fitted.residuals()), map(len, fitted.index), strict=True))
    for end, tables in by_group(fitted.residuals("standardized")).items():
        values = {f"{a} {b}{end}": tables.cov.loc[a, b] for a in tables.cov for b in tables.cov}
        values |= {f"{name}{end}": value for name, value in tables.thresholds.items()}
        factor = np.sqrt(fitted.nobs / sizes[end])
        ours |= {("standardized", name): value * factor for name, value in values.items()}
    found = differences([ours[key] for key in zip(theirs["kind"], theirs["name"], strict=True)], theirs["value"])
    assert found.max() < TOLERANCE, theirs.assign(found=found)[found >= TOLERANCE].to_string()


SCORE_TESTS = pd.read_csv(MORE / "score_tests.csv", keep_default_na=False)


@pytest.mark.parametrize(
    "key", sorted(set(zip(*(SCORE_TESTS[c] for c in ("folder", "case", "estimator")), strict=True)))
)
def test_score_tests_of_equal_parameters(key):
    folder, case, estimator = key
    theirs = SCORE_TESTS.query("folder == @folder and case == @case and estimator == @estimator")
    ours = run(case, estimator, folder).score_tests()
    names = ["lhs", "op", "rhs", "df"]
    assert ours[names].to_numpy().tolist() == theirs[names].to_numpy().tolist()
    for column in ("mi", "pvalue"):
        assert differences(ours[column], theirs[column]).max() < TOLERANCE, column


# lavaan copies the values of parameters of the same name; with latent means freed by equal intercepts these are not
# the moments of the restricted model, which the method asks for
BY_NAME = {("groups", "groups_scalar"), ("fiml", "fiml_groups_scalar")}
TESTS = pd.read_csv(MORE / "difference_tests.csv")


@pytest.mark.parametrize("key", sorted(set(zip(TESTS["ladder"], TESTS["estimator"], TESTS["method"], strict=True))))
def test_difference_tests(key):
    ladder, estimator, method = key
    theirs = TESTS.query("ladder == @ladder and estimator == @estimator and method == @method").reset_index(drop=True)
    fits = [run(case, estimator) for case in theirs["model"]]
    ours = compare(*fits[::-1], names=theirs["model"][::-1], method=None if method == "default" else method)
    assert ours["model"].to_list() == theirs["model"].to_list()
    apart = [method.endswith("2010") and (ladder, model) in BY_NAME for model in theirs["model"]]
    for column in ("df", "aic", "bic", "chisq", "chisq_diff", "df_diff", "pvalue_diff", "rmsea_of_diff"):
        found = differences(ours[column], theirs[column])
        if column in ("chisq_diff", "pvalue_diff"):
            found = found[~np.array(apart)]
        assert found.max() < TOLERANCE, column
