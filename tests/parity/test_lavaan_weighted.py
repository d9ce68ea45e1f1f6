"""Least squares, Satorra-Bentler and ordinal data against lavaan's recorded answers."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.parity.parity_data import load
from tests.parity.test_lavaan import COLUMNS, NOT_OFFERED, TOLERANCE, answers, by_group, differences, option

from analysis.sem import Fit, SemWarning, fit

MODELS = Path(__file__).parent / "models_weighted"


def head(case: str) -> dict[str, str]:
    """The first lines of a model: data, estimators, options."""
    text = (MODELS / f"{case}.lav").read_text(encoding="utf-8")
    return dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# "))


CHAIN = "ord_chain"  # an ordinal variable predicts another: see test_a_chain_of_ordinal_variables
NAMES = [path.stem for path in sorted(MODELS.glob("*.lav")) if path.stem != CHAIN]
CASES = [(name, estimator) for name in NAMES for estimator in head(name)["estimators"].split()]


def run(case: str, estimator: str) -> Fit:
    """Fit a recorded model with the options of its first lines."""
    text, lines = (MODELS / f"{case}.lav").read_text(encoding="utf-8"), head(case)
    pairs = dict(pair.split("=") for pair in lines.get("options", "").split())
    arguments = {name.replace(".", "_"): option(value) for name, value in pairs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)
        return fit(text, load(lines["data"]), estimator=estimator, **arguments)


def compare(case: str, estimator: str) -> pd.Series:
    """All relative differences of a case, by the name of the number."""
    fitted, (table, measures) = run(case, estimator), answers(case, estimator)
    ours, standardized = fitted.parameters, fitted.standardized()
    if "group" not in table:
        table["group"] = np.where(table["op"] == ":=", 0, 1)
    names, own = ((t["lhs"] + t["op"] + t["rhs"] + " " + t["group"].astype(str)).to_list() for t in (table, ours))
    assert names == own
    assert table["label"].to_list() == ours["label"].to_list()
    found = {}
    for theirs, column in COLUMNS.items():
        frame = standardized if theirs not in ours else ours
        gaps = differences(frame[column], table[theirs])
        found |= {f"{n} {theirs}": gap for n, gap in zip(names, gaps, strict=True)}
    for kind, source in details(fitted).items():
        part = measures[(measures["kind"] == kind) & ~measures["name"].isin(NOT_OFFERED)]
        values = pd.to_numeric(part["value"], errors="coerce")
        found |= {f"{kind} {n}": differences(source[n], v).item() for n, v in zip(part["name"], values, strict=True)}
    if unscaled(measures):
        found = {name: gap for name, gap in found.items() if name not in NULL_SCALED}
    return pd.Series(found)


# The scaling factor of the baseline model of WLSMV is 1 for continuous data, but for rounding. Where it rounds to
# exactly 1, lavaan leaves the scaling of these out.
NULL_SCALED = {f"measure {name}_robust" for name in ("cfi", "tli", "nnfi", "rni")}


def unscaled(measures: pd.DataFrame) -> bool:
    """Whether lavaan left the scaling out of its robust CFI and TLI."""
    known = measures[measures["kind"] == "measure"].set_index("name")["value"]
    return all(f"{name}_robust" in known and known[f"{name}_robust"] == known[name] for name in ("cfi", "tli"))


def details(fitted: Fit) -> dict[str, dict[str, float]]:
    """Measures, explained variances, residuals by pairs of variables, implied thresholds, residual slopes."""
    found = {"measure": fitted.measures, "chisq": fitted.chisq_by_group}
    changes = fitted.modification_indices()
    ends = np.where(changes["group"] > 1, ".g" + changes["group"].astype(str), "")
    labels = changes["lhs"] + changes["op"] + changes["rhs"] + ends
    for kind in ("mi", "epc", "sepc.lv", "sepc.all"):
        found[kind] = dict(zip(labels, changes[kind.replace(".", "_")], strict=True))
    found["r2"] = {f"{n}{end}": v for end, r2 in by_group(fitted.r2).items() for n, v in r2.items()}
    for kind in ("raw", "cor"):
        groups = {end: tables.cov for end, tables in by_group(fitted.residuals(kind)).items()}
        pairs = [(end, cov, a, b) for end, cov in groups.items() for a in cov for b in cov]
        found[kind] = {f"{a} {b}{end}": cov.loc[a, b] for end, cov, a, b in pairs}
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
    found = compare(case, estimator)
    assert found.max() < TOLERANCE, found[found >= TOLERANCE].sort_values().to_string()


def test_a_chain_of_ordinal_variables():
    """Where one ordinal variable predicts another, lavaan 0.6-14 leaves its residual out of the other's variance.

    The estimates and tests do not depend on that; here the variance of every y* is 1, as its thresholds assume.
    """
    found = compare(CHAIN, "WLSMV")
    same = found[found.index.str.fullmatch(r"(?!y~~y).* (est|se|z|pvalue|ci_lower|ci_upper)|measure (?!crmr).*")]
    assert len(same) > 150 and same.max() < TOLERANCE
    fitted = run(CHAIN, "WLSMV")
    table = fitted.parameters.set_index(["lhs", "op", "rhs"])["est"]
    m, n = table["m", "~~", "m"], table["n", "~~", "n"]
    explained = table["y", "~", "m"] ** 2 * m + table["y", "~", "n"] ** 2 * n
    assert explained + table["y", "~~", "y"] == pytest.approx(1.0)
