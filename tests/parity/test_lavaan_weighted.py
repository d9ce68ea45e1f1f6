"""Least squares, Satorra-Bentler and ordinal data against lavaan's recorded answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.parity import test_lavaan as shared
from tests.parity.test_lavaan import HERE, TOLERANCE, answers, by_group, head

from analysis.sem import Fit

MODELS = "models_weighted"
CHAIN = "ord_chain"  # an ordinal variable predicts another: see test_a_chain_of_ordinal_variables
NAMES = [path.stem for path in sorted((HERE / MODELS).glob("*.lav")) if path.stem != CHAIN]
CASES = [(name, estimator) for name in NAMES for estimator in head(name, MODELS)["estimators"].split()]


def run(case: str, estimator: str) -> Fit:
    """Fit a recorded model with the options of its first lines."""
    return shared.run(case, estimator, MODELS)


def compare(fitted: Fit, case: str, estimator: str) -> pd.Series:
    """All relative differences of a case, by the name of the number."""
    found = shared.compare(fitted, case, estimator, details(fitted))
    return found.drop(NULL_SCALED) if unscaled(answers(case, estimator)[1]) else found


# The scaling factor of the baseline model of WLSMV is 1 for continuous data, but for rounding. Where it rounds to
# exactly 1, lavaan leaves the scaling of these out.
NULL_SCALED = [f"measure {name}_robust" for name in ("cfi", "tli", "nnfi", "rni")]


def unscaled(measures: pd.DataFrame) -> bool:
    """Whether lavaan left the scaling out of its robust CFI and TLI."""
    known = measures[measures["kind"] == "measure"].set_index("name")["value"]
    return all(f"{name}_robust" in known and known[f"{name}_robust"] == known[name] for name in ("cfi", "tli"))


def details(fitted: Fit) -> dict[str, dict[str, float]]:
    """The measures of all estimators, modification indices, implied thresholds, residual slopes."""
    found = shared.details(fitted)
    if not any(len(model.rescaled) for model in fitted.problem.structures):
        changes = fitted.modification_indices()
        ends = np.where(changes["group"] > 1, ".g" + changes["group"].astype(str), "")
        labels = changes["lhs"] + changes["op"] + changes["rhs"] + ends
        for kind in ("mi", "epc", "sepc.lv", "sepc.all"):
            found[kind] = dict(zip(labels, changes[kind.replace(".", "_")], strict=True))
    found["threshold"], found["slope"] = {}, {}
    for end, tables in by_group(fitted.implied()).items():
        if tables.thresholds is not None:
            found["threshold"] |= {f"{name}{end}": value for name, value in tables.thresholds.items()}
    for end, tables in by_group(fitted.residuals()).items():
        if tables.slopes is not None:
            cells = tables.slopes.stack().items()
            found["slope"] |= {f"{y} {x}{end}": value for (y, x), value in cells}
    return found


@pytest.mark.parametrize(("case", "estimator"), CASES)
def test_equals_lavaan(case, estimator):
    found = compare(run(case, estimator), case, estimator)
    assert found.max() < TOLERANCE, found[found >= TOLERANCE].sort_values().to_string()


def test_a_chain_of_ordinal_variables():
    """Where one ordinal variable predicts another, lavaan 0.6-14 leaves its residual out of the other's variance.

    The estimates and tests do not depend on that; here the variance of every y* is 1, as its thresholds assume.
    """
    fitted = run(CHAIN, "WLSMV")
    found = compare(fitted, CHAIN, "WLSMV")
    same = found[found.index.str.fullmatch(r"(?!y~~y).* (est|se|z|pvalue|ci_lower|ci_upper)|measure (?!crmr).*")]
    assert len(same) > 150 and same.max() < TOLERANCE
    table = fitted.parameters.set_index(["lhs", "op", "rhs"])["est"]
    m, n = table["m", "~~", "m"], table["n", "~~", "n"]
    explained = table["y", "~", "m"] ** 2 * m + table["y", "~", "n"] ** 2 * n
    assert explained + table["y", "~~", "y"] == pytest.approx(1.0)
