"""The engine against lavaan's recorded answers: estimates, errors, tests, measures, R², residuals, scores."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.parity.parity_data import load

from analysis.sem import Fit, SemWarning, fit

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "models").glob("*.lav"))
TOLERANCE = 1e-4
# lavaan measures that the engine does not give
NOT_OFFERED = {
    *("fmin", "pnfi", "pnfi_scaled", "rmsea_ci_level", "rmsea_close_h0", "rmsea_notclose_h0"),
    *("rmsea_notclose_pvalue", "rmsea_notclose_pvalue_scaled", "rmsea_notclose_pvalue_robust"),
    *("rmr_nomean", "srmr_bentler", "srmr_bentler_nomean", "crmr_nomean", "srmr_mplus", "srmr_mplus_nomean"),
    *("cn_05", "cn_01", "gfi", "agfi", "pgfi", "mfi", "ecvi"),
}
COLUMNS = {
    **{name: name for name in ("est", "se", "z", "pvalue", "ci_lower", "ci_upper", "std_lv", "std_all")},
    **{f"std_{name}": name for name in ("se", "z", "pvalue", "ci_lower", "ci_upper")},
    "est_std": "est_std",
}


def head(case: str, folder: str = "models") -> dict[str, str]:
    """The first lines of a model: data, options, estimators."""
    text = (HERE / folder / f"{case}.lav").read_text(encoding="utf-8")
    return dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# "))


def run(case: str, estimator: str, folder: str = "models") -> Fit:
    """Fit a recorded model with the options of its first lines."""
    text, lines = (HERE / folder / f"{case}.lav").read_text(encoding="utf-8"), head(case, folder)
    pairs = dict(pair.split("=", 1) for pair in lines.get("options", "").split())
    arguments = {name.replace(".", "_"): option(value) for name, value in pairs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)
        return fit(text, load(lines["data"]), estimator=estimator, **arguments)


def option(text: str) -> bool | str | tuple[str, ...]:
    """An R value: TRUE, FALSE, "text" or c("a","b"), in the engine's words."""
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    values = [value.strip('"').replace(".", "_") for value in text.removeprefix("c(").strip(")").split(",")]
    return tuple(values) if text.startswith("c(") else {"ml": "fiml"}.get(values[0], values[0])


def by_group(found) -> dict[str, object]:
    """What a fit says of each group, by the end of lavaan's names: none for the first, then .g2, .g3 ..."""
    groups = list(found.values()) if isinstance(found, dict) else [found]
    return {f".g{k}" if k > 1 else "": group for k, group in enumerate(groups, start=1)}


def answers(case: str, estimator: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The recorded tables of parameters and of measures."""
    name = f"{case}_{estimator.lower()}"
    return tuple(
        pd.read_csv(HERE / "answers" / f"{name}{part}.csv", keep_default_na=False, na_values={v: "" for v in COLUMNS})
        for part in ("", "_measures")
    )


def differences(ours, theirs) -> np.ndarray:
    """Relative differences, absolute ones below 0.01; infinite where only one of the two is missing."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    gap = np.abs(ours - theirs) / np.maximum(np.abs(theirs), 0.01)
    return np.where(np.isnan(ours) & np.isnan(theirs), 0.0, np.where(np.isnan(gap), np.inf, gap))


def compare(fitted: Fit, case: str, estimator: str, details: dict[str, dict[str, float]]) -> pd.Series:
    """All relative differences of a case, by the name of the number; ``details`` by the kind of the measure."""
    table, measures = answers(case, estimator)
    ours, standardized = fitted.parameters, fitted.standardized()
    if "group" not in table:
        table["group"] = np.where(table["op"] == ":=", 0, 1)
    names, own = ((t["lhs"] + t["op"] + t["rhs"] + " " + t["group"].astype(str)).to_list() for t in (table, ours))
    assert names == own
    assert table["label"].to_list() == ours["label"].to_list()
    found = {}
    for theirs, column in COLUMNS.items():
        frame = ours if theirs in ours else standardized
        gaps = differences(frame[column], table[theirs])
        found |= {f"{n} {theirs}": gap for n, gap in zip(names, gaps, strict=True)}
    for kind, source in details.items():
        part = measures[(measures["kind"] == kind) & ~measures["name"].isin(NOT_OFFERED)]
        values = pd.to_numeric(part["value"], errors="coerce")
        found |= {f"{kind} {n}": differences(source[n], v).item() for n, v in zip(part["name"], values, strict=True)}
    return pd.Series(found)


def details(fitted: Fit) -> dict[str, dict[str, float]]:
    """Measures, explained variances, chi-square by group, and residuals by pairs of variables."""
    found = {"measure": fitted.measures, "chisq": fitted.chisq_by_group}
    found["r2"] = {f"{n}{end}": v for end, r2 in by_group(fitted.r2).items() for n, v in r2.items()}
    for kind in ("raw", "cor"):
        groups = {end: tables.cov for end, tables in by_group(fitted.residuals(kind)).items()}
        pairs = [(end, cov, a, b) for end, cov in groups.items() for a in cov for b in cov]
        found[kind] = {f"{a} {b}{end}": cov.loc[a, b] for end, cov, a, b in pairs}
    return found


def scores(fitted: Fit, rows: int) -> dict[str, float]:
    """The factor scores of the first rows of each group."""
    groups = by_group(fitted.scores())
    cells = [(end, table, f, row) for end, table in groups.items() for f in table for row in range(rows)]
    return {f"{f} {row + 1}{end}": table[f].iloc[row] for end, table, f, row in cells}


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
@pytest.mark.parametrize("case", CASES)
def test_equals_lavaan(case, estimator):
    fitted = run(case, estimator)
    found = compare(fitted, case, estimator, details(fitted) | {"score": scores(fitted, 2)})
    assert found.max() < TOLERANCE, found[found >= TOLERANCE].sort_values().to_string()
