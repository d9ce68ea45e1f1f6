"""Which part of a construct does it? Each outcome on the dimensions of its predictors, all at once."""

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.results import PUBLISHED, TABLES
from analysis.sem import Fit
from analysis.sem.side_by_side import trouble, try_fit, usable
from analysis.study import Study
from analysis.study.model import measured, respecified, structural_items, structural_paths, term

NUMBERS = ("est", "z", "se", "pvalue", "ci_lower", "ci_upper", "std", "std_ci_lower", "std_ci_upper")


def dimension_paths(data: pd.DataFrame, study: Study, controls: list[str]) -> pd.DataFrame:
    """The paths to every outcome that has a predictor with dimensions: results.TABLES["dimension_paths"].

    One model an outcome, by MLR on the complete rows of the study's model: the dimensions are first-order factors that
    correlate freely with each other and with the constructs that have none, all of them predictors, with the controls;
    an outcome of second order stays whole. Dimensions of one construct overlap by design, so ``note`` repeats what the
    engine says of predictors that can hardly be told apart.
    """
    rows = data[[*structural_items(study), *controls]].dropna()
    found = []
    for outcome, predictors in structural_paths(study).items():
        parts = [part for name in predictors for part in (study.constructs[name].dimensions or [name])]
        if parts == predictors:
            continue
        fitted, why_not = try_fit(_text(study, outcome, parts, controls), rows, estimator=PUBLISHED)
        found += _rows(fitted, why_not or trouble(fitted), study, outcome, parts)
    return pd.DataFrame(found, columns=list(TABLES["dimension_paths"].columns))


def _text(study: Study, outcome: str, parts: list[str], controls: list[str]) -> str:
    predictors = [study.owners.get(part, part) for part in parts]
    lines = measured(outcome, study.constructs[outcome])
    for part in parts:
        items = study.scales()[part]
        lines += [f"{part} =~ {' + '.join(items)}"] if _term(study, part) == part else []
    known = {word for line in lines for word in line.split()}
    lines += [line for line in respecified(study, {outcome, *predictors}) if known.issuperset(line.split()[::2])]
    terms = [_term(study, part) for part in parts]
    lines.append(f"{term(study, outcome)} ~ {' + '.join([*terms, *controls])}")
    if controls:
        lines += [f"{t} ~ {' + '.join(controls)}" for t in terms]
    return "\n".join([*lines, *(f"{a} ~~ {b}" for a, b in combinations(terms, 2))])


def _rows(fitted: Fit | None, note: str, study: Study, outcome: str, parts: list[str]) -> list[dict]:
    """A row a predictor, empty without a usable fit."""
    paths = pd.DataFrame(columns=list(NUMBERS))
    if usable(fitted):
        raw, standardised = (t[t["op"] == "~"].reset_index() for t in (fitted.parameters, fitted.standardized()))
        raw[["std", "std_ci_lower", "std_ci_upper"]] = standardised[["est_std", "ci_lower", "ci_upper"]]
        paths = raw.set_index(["lhs", "rhs"])
    rows = []
    for part in parts:
        at = term(study, outcome), _term(study, part)
        numbers = paths.loc[at, list(NUMBERS)] if at in paths.index else dict.fromkeys(NUMBERS, np.nan)
        named = {"outcome": outcome, "predictor": part, "construct": study.owners.get(part, part)}
        rows.append({**named, **numbers, "note": note})
    return rows


def _term(study: Study, part: str) -> str:
    """What stands for a construct or a dimension in the model."""
    return term(study, part) if part in study.constructs else part
