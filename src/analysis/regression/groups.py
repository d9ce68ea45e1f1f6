"""Do slopes, or levels, differ between waves and between the groups that a hypothesis names? On scores."""

from collections.abc import Iterable

import pandas as pd

from analysis.regression import hierarchical
from analysis.results import TABLES
from analysis.sem.corrections import CORRECTIONS, adjusted
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.controls import estimable
from analysis.study.model import control_terms, groupings, structural_paths

# Complete respondents that a group needs for each coefficient of its own: a level, and a slope a predictor. In a
# simulation (one small group beside two of 150, unequal variances) the F of HC3 rejected equal slopes in 8 % of
# samples with five, where 5 % are due, in 12 to 13 % with two, and in 7 to 8 % with ten.
FOR_EACH = 5
GROUP = "group of the respondent"  # a column; no variable has such a name


def regression_groups(
    scores: pd.DataFrame, controls: pd.DataFrame, respondents: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """A row a grouping, an outcome and a predictor, all of them (term empty), or the level: ["regression_groups"].

    The model is controls, predictors (centred), dummies of the groups but the first, and the products of predictors
    and dummies; no moderations; of the controls, not the grouping itself, nor one that a group was not asked. F is that
    of the products of a predictor with the dummies, of all products, or (term ``group``) of the dummies: levels at the
    means of the predictors; each by the study's standard errors, as `hierarchical.joint` (Chow's test of 1960, robust).
    The corrected p are over the single predictors of all outcomes of a grouping.

    A group with fewer than `FOR_EACH` complete respondents for each coefficient of its own is left out and named.
    Numbers that cannot be had are empty, with the reason in ``note``.
    """
    data = hierarchical.clustered(hierarchical.merged(scores, controls), respondents, study.standard_errors)
    tables = []
    for grouping in groupings(study):
        member = respondents[grouping].set_axis(respondents["respondent"])
        grouped = data.assign(**{GROUP: data["respondent"].map(member)}).dropna(subset=[GROUP])
        rows = [row for outcome in structural_paths(study) for row in _rows(grouped, grouping, outcome, study)]
        table = pd.DataFrame(rows, columns=list(TABLES["regression_groups"].columns))
        single = ~table["term"].isin(["", "group"])
        for correction in CORRECTIONS:
            table.loc[single, f"pvalue_{correction}"] = adjusted(table.loc[single, "pvalue"], correction)
        tables.append(table)
    columns = list(TABLES["regression_groups"].columns)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _rows(data: pd.DataFrame, grouping: str, outcome: str, study: Study) -> list[dict]:
    """The tests of one grouping and one outcome: all predictors, each, and the level."""
    errors = study.standard_errors
    predictors = structural_paths(study)[outcome]
    controls = [t for t, (variable, _) in control_terms(study).items() if variable != grouping]
    unasked = _not_answered(data, [outcome, *predictors], controls, FOR_EACH * (len(predictors) + 1))
    controls = [t for t in controls if t not in unasked]
    steps = {"controls": controls, "predictors": predictors}
    complete = hierarchical.design(data, outcome, steps)
    sizes = data.loc[complete.index, GROUP].value_counts()
    groups, left_out = _large_enough(sizes, len(predictors) + 1, list(_values(grouping, study)))
    data = data[data[GROUP].isin(groups)]
    known = hierarchical.sample(data, outcome, steps, errors)
    about = {"grouping": grouping, "outcome": outcome, "groups": len(groups), "n": len(known.frame)}
    gone = [f"controls left out, not answered in a group: {', '.join(unasked)}"] if unasked else []
    notes = [*left_out, *gone, *known.notes, *known.error_notes]
    why_not = "fewer than two groups are large enough" if len(groups) < 2 else known.why_not
    if errors == grouping:
        why_not = why_not or "errors clustered by the groups cannot tell how the groups differ"
    if why_not:
        terms = ["", *predictors, "group"]
        return [about | {"term": term, "note": joined(why_not, *notes)} for term in terms]

    frame = known.frame.copy()
    frame[predictors] -= frame[predictors].mean()
    dummies = {f"group {group}": (data.loc[frame.index, GROUP] == group) * 1.0 for group in groups[1:]}
    products = {p: {f"{p}:{name}": frame[p] * dummy for name, dummy in dummies.items()} for p in predictors}
    every = {name: product for some in products.values() for name, product in some.items()}
    frame = frame.assign(**dummies, **every)
    included = estimable(frame, [*known.terms, *dummies, *every])
    fitted = hierarchical.fit(frame, outcome, included, errors)
    rows = []
    for term, tested in {"": every, **products, "group": dummies}.items():
        there = [name for name in tested if name in included]
        found = hierarchical.joint(fitted, there) if there else {"note": ""}
        lost = len(tested) - len(there)
        said = [f"{lost} of {len(tested)} differences cannot be estimated"] if lost else []
        rows.append(about | {"term": term} | found | {"note": joined(found["note"], *said, *notes)})
    return rows


def _not_answered(data: pd.DataFrame, columns: list[str], controls: list[str], needed: int) -> list[str]:
    """The controls without an answer in a group that is large enough: they would else take the whole group with them,
    as in `structure.groups.draw`."""
    answered = [c for c in columns if data[c].notna().any()]
    parts = [part for _, part in data.dropna(subset=answered).groupby(GROUP) if len(part) >= needed]
    return [t for t in controls if any(part[t].isna().all() for part in parts) and data[t].notna().any()]


def _values(grouping: str, study: Study) -> Iterable:
    """What tells the groups apart, in the order of the study file."""
    return study.waves if grouping == "wave" else study.options(grouping)


def _large_enough(sizes: pd.Series, coefficients: int, values: list) -> tuple[list, list[str]]:
    """The groups that have enough complete respondents, and a note for each of the others."""
    needed = FOR_EACH * coefficients
    groups = [value for value in values if sizes.get(value, 0) >= needed]
    left_out = [
        f"group {value} left out: {sizes.get(value, 0)} complete respondents, {needed} are needed"
        for value in values
        if value not in groups
    ]
    return groups, left_out
