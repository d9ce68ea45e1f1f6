"""Do the paths differ between waves and groups? The structural model in several groups, and Wald tests of equal paths.

For the wave, if there are several, and every attribute that a hypothesis says paths differ by: one model by MLR, every
path free in every group, loadings of items and dimensions equal but for those that the ladders of invariance let go at
their metric rungs, so that a unit of a construct is the same in all groups. It comes from an indicator that is equal in
all of them. Where metric invariance does not hold, or cannot be judged (as that of a construct with two dimensions),
the numbers stand there all the same and `basis` says so.

The controls that tell the groups apart, or that do not vary in one of them, are left out of all. A group needs as many
complete rows as the ladder asks for (`FEWEST`, and more than there are variables in the model).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem import Fit
from analysis.sem.corrections import CORRECTIONS, adjusted
from analysis.sem.side_by_side import joined, trouble, try_fit, usable
from analysis.structure.structural import prepare
from analysis.study import Construct, Study
from analysis.study.model import (
    control_terms,
    groupings,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    term,
)
from analysis.study.types import Dimension

FEWEST = 50  # complete rows that a group needs (and more than there are variables)
GROUP = "group of the model"


@dataclass
class Sample:
    """The rows of a grouping's model, groups in order; what the groups not in it lack; the controls; what to know."""

    rows: pd.DataFrame
    sizes: dict[str, int]
    lacking: dict[str, str]
    controls: list[str]
    notes: list[str]


def groups(
    respondents: pd.DataFrame, controls: pd.DataFrame, invariance: pd.DataFrame, freed: pd.DataFrame, study: Study
) -> dict[str, pd.DataFrame]:
    """The tables ``group_paths``, ``group_differences`` and ``group_contrasts`` of results.TABLES.

    ``invariance`` and ``freed``: the tables ``invariance`` and ``invariance_freed``. Differences are Wald tests by the
    robust covariance matrix (R: ``lavaan::lavTestWald``), corrected over the paths of a grouping; contrasts are the
    differences of two groups, their errors from the same matrix, corrected over all contrasts of a grouping. Every
    group of the study file has rows in ``group_paths``; one that is not in the model has no numbers and `basis` why.
    """
    data, study, terms, left_out = prepare(respondents, controls, study)
    gone = [f"{construct} and its paths were left out: {why}" for construct, why in left_out.items()]
    rows: dict[str, list[dict]] = {"group_paths": [], "group_differences": [], "group_contrasts": []}
    for grouping in groupings(study):
        sample = draw(data, grouping, study, terms)
        fitted, why = _fit(sample, loose(freed, grouping, study), study)
        basis = why or comparable(invariance, grouping, study)
        note = joined(*gone, *sample.notes, trouble(fitted) if fitted else "")
        paths = _positions(fitted, study) if fitted else {}
        found = {
            "group_paths": _paths(sample, fitted, basis, study),
            "group_differences": _differences(sample, fitted, paths, basis, note, study),
            "group_contrasts": _contrasts(fitted, paths),
        }
        for name, some in found.items():
            rows[name] += [{"grouping": grouping} | row for row in some]
    return {name: pd.DataFrame(some, columns=list(TABLES[name].columns)) for name, some in rows.items()}


def comparable(invariance: pd.DataFrame, grouping: str, study: Study) -> str:
    """Whether the ladders found equal loadings: metric, partial metric, or why the paths cannot be compared.

    That of all items, and of each second-order construct of the structural model that of its dimensions.
    """
    tall = {name: f" of {name}" for name in structural_order(study) if study.constructs[name].dimensions}
    partial, reasons = False, []
    for construct, whose in ({"": ""} | tall).items():
        treatment, rung = ("second-order", "second-order metric") if construct else ("continuous", "metric")
        ladder = invariance.query("grouping == @grouping and treatment == @treatment and construct == @construct")
        steps = ladder[ladder["rung"].isin([rung, f"partial {rung}"])]
        holds = steps["holds"].iloc[-1] if len(steps) else ""
        if holds != "yes":
            reasons.append(f"{rung} invariance{whose} {'does not hold' if holds == 'no' else 'cannot be judged'}")
        partial = partial or steps["rung"].iloc[-1:].str.startswith("partial").any()
    if reasons:
        return f"not comparable: {', '.join(reasons)}"
    return "partial metric" if partial else "metric"


def loose(freed: pd.DataFrame, grouping: str, study: Study) -> list[str]:
    """The loadings in the structural model that the ladders let go, those of reworded and rescaled items among them."""
    described = [study.constructs[name] for name in structural_order(study)]
    indicators = [i for c in described for i in (*c.all_items, *c.dimensions)]
    rungs = {("continuous", "metric"), ("second-order", "second-order metric")}
    rows = freed[freed["grouping"] == grouping]
    names = [row.parameter for row in rows.itertuples() if (row.treatment, row.rung) in rungs]
    return [name for name in names if "=~" in name and name.split("=~")[1] in indicators]


def draw(data: pd.DataFrame, grouping: str, study: Study, controls: list[str]) -> Sample:
    """The complete rows of the groups that have enough of them, and the controls that serve in every group."""
    if grouping == "wave":
        names, values = list(study.waves), data["wave"]
    else:
        codes = {code: str(code) for code in study.options(grouping)}
        names, values = list(codes.values()), data[grouping].map(codes)
    items, described = structural_items(study), control_terms(study)
    controls, notes = [t for t in controls if described[t][0] != grouping], []
    rows = data[[*items, *controls]].assign(**{GROUP: pd.Categorical(values, names)}).dropna(subset=[GROUP, *items])

    def serving(rows: pd.DataFrame, useless: Callable[[pd.Series], bool], why: str) -> list[str]:
        """The controls that are of use in every group; the others are noted."""
        bad = [t for t in controls if any(useless(some[t]) for _, some in rows.groupby(GROUP, observed=True))]
        if bad:
            notes.append(f"controls left out, {why}: {', '.join(bad)}")
        return [t for t in controls if t not in bad]

    def large(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows.groupby(GROUP, observed=True)[GROUP].transform("size") >= max(FEWEST, len(items) + 1)]

    # In this order: a control that a group was not asked would else take the whole group with it
    controls = serving(large(rows), lambda answers: not answers.notna().any(), "not answered in a group")
    rows = rows.dropna(subset=controls)
    needed = max(FEWEST, len(items) + len(controls) + 1)
    counts = rows[GROUP].value_counts(sort=False)
    kept = rows[rows[GROUP].isin(counts.index[counts >= needed])]
    controls = serving(kept, lambda answers: answers.nunique() < 2, "without variation in a group")
    lacking = {name: f"{n} complete rows, {needed} are needed" for name, n in counts.items() if n < needed}
    notes += [f"group {name} left out: {why}" for name, why in lacking.items()]
    kept = kept.sort_values(GROUP, kind="stable").astype({GROUP: str})
    return Sample(kept, {str(name): int(n) for name, n in counts.items()}, lacking, controls, notes)


def model_text(study: Study, controls: list[str], last: set[str]) -> str:
    """The structural model without labels and effects; indicators in ``last`` come after the others of their factor."""

    def anchors_first(indicators: Iterable[str]) -> list[str]:
        return sorted(indicators, key=last.__contains__)

    constructs = {
        name: Construct(
            symbol=c.symbol,
            label=c.label,
            items=anchors_first(c.items),
            dimensions={
                d: Dimension(label=c.dimensions[d].label, items=anchors_first(c.dimensions[d].items))
                for d in anchors_first(c.dimensions)
            },
        )
        for name, c in study.constructs.items()
    }
    lines = structural_model(Study.model_construct(**dict(study) | {"constructs": constructs}), controls).splitlines()
    return "\n".join(re.sub(r"[\w.]+\*", "", line) for line in lines if ":=" not in line)


def _fit(sample: Sample, free: list[str], study: Study) -> tuple[Fit | None, str]:
    """The model of several groups, or nothing and why."""
    if not structural_paths(study):
        return None, "not estimated: no path between two measured constructs"
    if len(sample.sizes) - len(sample.lacking) < 2:
        return None, "not estimated: fewer than two groups with enough complete rows"
    text = model_text(study, sample.controls, {name.split("=~")[1] for name in free})
    options = {"estimator": "MLR", "group": GROUP, "group_equal": ["loadings"], "group_partial": free}
    fitted, why = try_fit(text, sample.rows, **options)
    return (fitted, "") if usable(fitted) else (None, f"not estimated: {why or trouble(fitted)}")


def wald(values: np.ndarray, vcov: np.ndarray) -> tuple[float, float]:
    """Wald's chi-square of estimates that shall all be 0, and its p: v' V⁻¹ v with as many degrees of freedom.

    NaN where the covariance matrix is not positive definite.
    """
    from scipy.special import chdtrc

    with np.errstate(all="ignore"):
        scale = np.sqrt(np.diag(vcov))
        correlations = vcov / np.outer(scale, scale)
    if not np.isfinite(correlations).all() or np.linalg.eigvalsh(correlations)[0] < 1e-10:
        return np.nan, np.nan
    chisq = float(values / scale @ np.linalg.solve(correlations, values / scale))
    return chisq, float(chdtrc(len(values), chisq))


def _arrows(study: Study) -> list[tuple[str, str]]:
    """Outcome and predictor of every structural path."""
    return [(outcome, predictor) for outcome, some in structural_paths(study).items() for predictor in some]


def _positions(fitted: Fit, study: Study) -> dict[tuple[str, str], list[int]]:
    """Where each path stands among the free parameters, group by group."""
    names = list(fitted.vcov().index)
    ends = [f".g{g}" if g > 1 else "" for g in range(1, len(fitted.groups) + 1)]
    return {(o, p): [names.index(f"{term(study, o)}~{term(study, p)}{end}") for end in ends] for o, p in _arrows(study)}


def _paths(sample: Sample, fitted: Fit | None, basis: str, study: Study) -> list[dict]:
    tables = []
    if fitted:
        about = ["op", "group", "lhs", "rhs"]
        standardised = fitted.standardized().rename(columns={"est_std": "std"})
        standardised = standardised.rename(columns={f"ci_{end}": f"std_ci_{end}" for end in ("lower", "upper")})
        tables = [fitted.parameters.set_index(about), standardised.set_index(about)]
    columns = [["est", "z", "se", "pvalue", "ci_lower", "ci_upper"], ["std", "std_ci_lower", "std_ci_upper"]]
    rows = []
    for group, n in sample.sizes.items():
        for outcome, predictor in _arrows(study):
            row = {"group": group, "n": n, "outcome": outcome, "predictor": predictor, "basis": basis}
            if group in sample.lacking:
                row["basis"] = f"left out: {sample.lacking[group]}"
            elif fitted:
                at = ("~", fitted.groups.index(group) + 1, term(study, outcome), term(study, predictor))
                for table, some in zip(tables, columns, strict=True):
                    row |= table.loc[at, some].to_dict()
            rows.append(row)
    return rows


def _differences(sample: Sample, fitted: Fit | None, paths: dict, basis: str, note: str, study: Study) -> list[dict]:
    """Wald tests of each path and of all together."""
    about = {"groups": len(sample.sizes) - len(sample.lacking), "n": len(sample.rows), "basis": basis, "note": note}
    tests = [((outcome, predictor), [(outcome, predictor)]) for outcome, predictor in _arrows(study)]
    rows = []
    for (outcome, predictor), tested in [*tests, (("", ""), _arrows(study))]:
        row = {"outcome": outcome, "predictor": predictor} | about
        if fitted:
            estimates, vcov = fitted.solution.point.theta, fitted.vcov().to_numpy()
            apart = np.array([_unit(first, k, len(vcov)) for first, *others in map(paths.get, tested) for k in others])
            chisq, p = wald(apart @ estimates, apart @ vcov @ apart.T)
            row |= {"chisq": chisq, "df": len(apart), "pvalue": p}
        rows.append(row)
    return [*_corrected(rows[:-1]), rows[-1]]


def _contrasts(fitted: Fit | None, paths: dict) -> list[dict]:
    """Every path in one group minus that in another."""
    from scipy.special import ndtr, ndtri

    rows = []
    for (outcome, predictor), places in paths.items():
        estimates, vcov = fitted.solution.point.theta, fitted.vcov().to_numpy()
        for a, b in combinations(range(len(places)), 2):
            apart = _unit(places[a], places[b], len(vcov))
            est, se = float(apart @ estimates), float(np.sqrt(apart @ vcov @ apart))
            half = float(ndtri(0.975)) * se
            row = {"outcome": outcome, "predictor": predictor, "a": fitted.groups[a], "b": fitted.groups[b]}
            row |= {"est": est, "z": est / se, "se": se, "pvalue": 2.0 * float(ndtr(-abs(est / se)))}
            rows.append(row | {"ci_lower": est - half, "ci_upper": est + half})
    return _corrected(rows)


def _unit(plus: int, minus: int, size: int) -> np.ndarray:
    """The combination of parameters that is one minus another."""
    return np.eye(size)[plus] - np.eye(size)[minus]


def _corrected(rows: list[dict]) -> list[dict]:
    """The rows with p corrected for their number; NaN for those without p."""
    p = [row.get("pvalue", np.nan) for row in rows]
    columns = {f"pvalue_{correction}": adjusted(p, correction) for correction in CORRECTIONS}
    return [row | {name: float(values[k]) for name, values in columns.items()} for k, row in enumerate(rows)]
