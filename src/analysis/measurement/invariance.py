"""Do the items measure alike in every group and wave? Ladders of equal parameters, partial invariance, latent means.

Two treatments of the answers. Continuous: all first-order scales together as correlated factors (the dimensions of a
second-order construct, and the constructs without dimensions), by MLR; configural, metric (equal loadings), scalar (and
intercepts), strict (and residual variances). Ordinal: construct by construct, since the whole instrument takes many
seconds a rung, by WLSMV with the identification of Wu & Estabrook (2016); configural, thresholds, metric, scalar,
strict (and unique variances, in the theta parameterisation); the models that semTools' ``measEq.syntax(ID.fac =
"std.lv", ID.cat = "Wu.Estabrook.2016")`` writes. With two or three categories some rungs say the same as the one before
and the table says so: equal thresholds of an item with three answers or fewer say nothing by themselves, nor does an
equal loading of one with two.

Chen (2007) draws the line: a rung fails if CFI falls by its cut-off or more and RMSEA or SRMR rises by its own or more.
The configural model has none before it: whether it fits is left to the reader. Where a rung fails, the parameter with
the largest score test is let go over all groups, one at a time, as long as two items of each factor stay invariant
(Byrne, Shavelson & Muthén 1989). An item that is free at a rung is no anchor of the next. A wave's reworded and
rescaled items are free from the beginning.
"""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.measurement.side_by_side import usable
from analysis.results import TABLES
from analysis.sem import Fit, ImproperSolutionWarning, SemError, SemWarning, compare, fit
from analysis.study import Study

FEWEST = 50  # complete answers that a group needs (and more than there are items)
ANCHORS = 2  # invariant items that each factor keeps
UNEQUAL = 1.5  # the largest group to the smallest, from which sizes count as unequal
# Chen (2007): CFI, RMSEA, SRMR for loadings (and thresholds), SRMR for intercepts and residuals; the finer cut-offs for
# 300 respondents in all, or groups of unequal size
CUTOFFS, FINER = (0.010, 0.015, 0.030, 0.010), (0.005, 0.010, 0.025, 0.005)
GROUP = "group of the ladder"
FAILED, UNJUDGED = "does not hold", "cannot be judged"


@dataclass(frozen=True)
class Treatment:
    """How answers are treated: the rungs of its ladder, each with the parameters that it equates, and the indices."""

    name: str
    rungs: dict[str, str]  # rung: operator of the parameters that it holds equal
    indices: str


CONTINUOUS = Treatment("continuous", {"configural": "", "metric": "=~", "scalar": "~1", "strict": "~~"}, "robust")
# scaled, since the robust indices of ordinal data (Savalei 2021) do not exist where thresholds are held equal
ORDINAL = Treatment(
    "ordinal", {"configural": "", "thresholds": "|", "metric": "=~", "scalar": "~1", "strict": "~~"}, "scaled"
)
KINDS = {"=~": "loadings", "~1": "intercepts", "~~": "residuals"}


@dataclass
class Sample:
    """Complete answers to the items of some scales, by group, and what was left out of them."""

    scales: dict[str, tuple[str, ...]]
    answers: pd.DataFrame
    notes: list[str]

    @property
    def items(self) -> list[str]:
        return [item for items in self.scales.values() for item in items]

    @property
    def sizes(self) -> list[int]:
        return [int(n) for n in self.answers[GROUP].value_counts()]


@dataclass
class Ladder:
    """A ladder as it is climbed: the model of each rung by name, and the rows of the tables."""

    treatment: Treatment
    sample: Sample
    loose: dict[str, str]  # items that are no anchors, and why
    freed: set[str] = field(default_factory=set)
    rows: list[dict] = field(default_factory=list)
    freed_rows: list[dict] = field(default_factory=list)
    stopped: str = ""  # why no rung follows: the last one does not hold, or cannot be judged
    held: dict[str, Fit] = field(default_factory=dict)


def invariance(respondents: pd.DataFrame, study: Study) -> dict[str, pd.DataFrame]:
    """The tables ``invariance``, ``invariance_freed`` and ``latent_means`` of results.TABLES.

    Groupings are the wave, if the study has several, and every attribute that a hypothesis says paths differ by. The
    latent means, of the continuous treatment, are those of the scalar or partial scalar model.
    """
    rows: dict[str, list[dict]] = {"invariance": [], "invariance_freed": [], "latent_means": []}
    for grouping in _groupings(study):
        about = {"grouping": grouping}
        groups = _groups(respondents, grouping, study)
        continuous = _climb(respondents, groups, _scales(study, study.constructs), CONTINUOUS, grouping, study)
        ladders = [({"construct": ""}, continuous)]
        for name in study.constructs:
            if not study.constructs[name].single:
                scales = _scales(study, [name])
                ladders.append(({"construct": name}, _climb(respondents, groups, scales, ORDINAL, grouping, study)))
        for construct, ladder in ladders:
            named = about | {"treatment": ladder.treatment.name}
            rows["invariance"] += [named | construct | row for row in ladder.rows]
            rows["invariance_freed"] += [named | row for row in ladder.freed_rows]
        rows["latent_means"] += [about | row for row in _latent_means(continuous)]
    return {name: pd.DataFrame(found, columns=list(TABLES[name].columns)) for name, found in rows.items()}


def _groupings(study: Study) -> list[str]:
    named = [a for h in study.hypotheses.values() for a in h.differ_by]
    return list(dict.fromkeys((["wave"] if len(study.waves) > 1 else []) + named))


def _scales(study: Study, constructs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The first-order factors of some constructs and their items; single items measure no factor."""
    found = {}
    for name in constructs:
        construct = study.constructs[name]
        dimensions = {d: dimension.items for d, dimension in construct.dimensions.items()}
        found |= dimensions or {name: construct.items}
    return {name: items for name, items in found.items() if len(items) > 1}


def _groups(respondents: pd.DataFrame, grouping: str, study: Study) -> pd.Series:
    """The group of each respondent as an ordered category: waves and answers in the order of the study file."""
    if grouping == "wave":
        values, names = respondents["wave"], list(study.waves)
    else:
        codes = study.options(grouping)
        values, names = respondents[grouping].map({code: str(code) for code in codes}), [str(code) for code in codes]
    return pd.Series(pd.Categorical(values, names, ordered=True), index=respondents.index)


# The answers that a ladder is climbed with


def _sample(
    respondents: pd.DataFrame, groups: pd.Series, scales: dict[str, tuple[str, ...]], treatment: Treatment, study: Study
) -> Sample:
    """Groups with enough complete answers, and the items that all of them were asked and that vary in each."""
    notes: list[str] = []
    items = [item for some in scales.values() for item in some]
    answers = respondents[items].assign(**{GROUP: groups}).dropna(subset=[GROUP])
    if treatment is ORDINAL:
        foreign = [i for i in items if not answers[i].dropna().isin(list(study.options(i))).all()]
        answers, items = _without(answers, items, foreign, "answered on another scale in a wave", notes)
    answers = _large(answers, items, answers[items].notna().any(axis=1), 0, notes)
    absent = [i for i in items if (answers.groupby(GROUP, observed=True)[i].count() == 0).any()]
    answers, items = _without(answers, items, absent, "not asked in a group", notes)
    answers = _large(answers, items, answers[items].notna().all(axis=1), len(items), notes).dropna(subset=items)
    flat = [i for i in items if (answers.groupby(GROUP, observed=True)[i].nunique() < 2).any()]
    answers, items = _without(answers, items, flat, "without variation in a group", notes)
    if treatment is ORDINAL and answers[GROUP].nunique() > 1:
        for item in items:
            answers[item] = _merged(answers[item], answers[GROUP], notes)
        apart = [i for i in items if answers[i].nunique() < 2]
        answers, items = _without(answers, items, apart, "without two answers that all groups use", notes)
    return Sample({f: tuple(i for i in some if i in items) for f, some in scales.items()}, answers, notes)


def _without(answers, items: list[str], gone: list[str], why: str, notes: list[str]):
    if gone:
        notes.append(f"left out, {why}: {', '.join(gone)}")
    return answers.drop(columns=gone), [i for i in items if i not in gone]


def _large(answers: pd.DataFrame, items: list[str], usable: pd.Series, p: int, notes: list[str]) -> pd.DataFrame:
    """The rows of the groups with enough usable ones; the others are noted."""
    needed = max(FEWEST, p + 1)
    counts = answers[usable.reindex(answers.index)][GROUP].value_counts(sort=False)
    for name, n in counts.items():
        if n < needed:
            notes.append(f"group {name} left out: {n} complete answers, {needed} are needed")
    kept = answers[answers[GROUP].isin(counts.index[counts >= needed])].copy()
    kept[GROUP] = kept[GROUP].cat.remove_unused_categories()
    return kept.sort_values(GROUP, kind="stable")


def _merged(codes: pd.Series, groups: pd.Series, notes: list[str]) -> pd.Series:
    """Answers that a group never gives are one with the answer below (the lowest: above), in all groups."""
    values, place = np.unique(codes, return_inverse=True)
    table = np.zeros((len(values), groups.cat.codes.max() + 1), dtype=int)
    np.add.at(table, (place, groups.cat.codes), 1)
    steps = [([code], row) for code, row in zip(values, table, strict=True)]
    while len(steps) > 1 and any((row == 0).any() for _, row in steps):
        k = next(k for k, (_, row) in enumerate(steps) if (row == 0).any())
        low = max(k - 1, 0)
        (first, a), (second, b) = steps[low], steps[low + 1]
        steps[low : low + 2] = [(first + second, a + b)]
    joined = ["–".join(f"{c:g}" for c in some) for some, _ in steps if len(some) > 1]
    if joined:
        notes.append(f"{codes.name}: answers {', '.join(joined)} made one, a group does not use them all")
    return codes.map({code: float(k) for k, (some, _) in enumerate(steps, start=1) for code in some})


# The models of the rungs


def _fitted(ladder: Ladder, rung: str) -> Fit:
    """The model of a rung. Raises SemError where it cannot be estimated."""
    names = list(ladder.treatment.rungs)
    equal = [op for op in list(ladder.treatment.rungs.values())[: names.index(rung) + 1] if op]
    answers, scales = ladder.sample.answers, ladder.sample.scales
    data = answers.assign(**{GROUP: answers[GROUP].astype(str)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)
        if ladder.treatment is CONTINUOUS:
            text = "\n".join(f"{f} =~ {' + '.join(items)}" for f, items in scales.items())
            kinds, partial = [KINDS[op] for op in equal], sorted(ladder.freed)
            options = {"estimator": "MLR", "group_equal": kinds, "group_partial": partial, "meanstructure": True}
        else:
            categories, groups = answers[ladder.sample.items].nunique(), len(ladder.sample.sizes)
            text = ordinal_model(scales, categories, groups, equal, ladder.freed)
            options = {"estimator": "WLSMV", "ordered": True, "parameterization": "theta" if "~~" in equal else "delta"}
        return fit(text, data, group=GROUP, std_lv=True, **options)


def ordinal_model(
    scales: dict[str, tuple[str, ...]], categories: pd.Series, groups: int, equal: Iterable[str], freed: Iterable[str]
) -> str:
    """Wu & Estabrook's (2016) model of ordinal items in several groups as lavaan text (semTools: ``measEq.syntax``).

    ``equal``: the operators of what is equal over groups, of | =~ ~1 ~~; ``freed``: parameters that are not. Factors
    have mean 0 and variance 1 in the first group; in the others the variance is free with equal loadings, the mean with
    equal intercepts. An item's intercept (0) and scale or residual variance (1) are free in the others as far as equal
    thresholds identify them: the intercept from one on unless held at 0, the scale from two on, or one and an equal
    loading. With equal residual variances (~~) the text is of the theta parameterisation, else delta.

    An item with two answers has one threshold, so that an equal loading says nothing of it before its intercept is held
    too: its scale is free, and the variance of a factor of such items stays 1 until then. semTools holds that scale at
    1 with equal loadings; its model is another in each parameterisation, and the next rung is not nested in it.
    """
    equal, freed, lines = set(equal), set(freed), []

    def of_groups(first, rest) -> str:
        return f"c({', '.join([str(first)] + [str(rest)] * (groups - 1))})"

    def held(op: str, item: str, name: str) -> bool:
        return op in equal and name not in freed

    for factor, items in scales.items():
        known = "~1" in equal
        for item in items:
            loading = held("=~", item, f"{factor}=~{item}")
            label = f"{of_groups(f'{factor}.{item}', f'{factor}.{item}')}*" if loading else ""
            lines.append(f"{factor} =~ {label}{item}")
            same = 0
            for k in range(1, categories[item]):
                tied = held("|", item, f"{item}|t{k}")
                same += tied
                lines.append(f"{item} | " + (f"{of_groups(f'{item}.t{k}', f'{item}.t{k}')}*" if tied else "") + f"t{k}")
            known = known or (loading and same > 1)
            if same and not held("~1", item, f"{item}~1"):
                lines.append(f"{item} ~ {of_groups(0, 'NA')}*1")
            if (same > 1 or (same and loading)) and not held("~~", item, f"{item}~~{item}"):
                lines.append(f"{item} {'~~' if '~~' in equal else '~*~'} {of_groups(1, 'NA')}*{item}")
        lines.append(f"{factor} ~~ {of_groups(1, 'NA' if '=~' in equal and known else 1)}*{factor}")
        if "~1" in equal:
            lines.append(f"{factor} ~ {of_groups(0, 'NA')}*1")
    return "\n".join(lines)


def _parameters(ladder: Ladder, op: str, item: str) -> list[str]:
    """The parameters of an item that a rung holds equal, as lavaan writes them."""
    if op == "=~":
        return [f"{factor}=~{item}" for factor, items in ladder.sample.scales.items() if item in items]
    if op == "|":
        return [f"{item}|t{k}" for k in range(1, ladder.sample.answers[item].nunique())]
    return [f"{item}~1" if op == "~1" else f"{item}~~{item}"] if op else []


# Climbing


def _climb(respondents, groups: pd.Series, scales, treatment: Treatment, grouping: str, study: Study) -> Ladder:
    sample = _sample(respondents, groups, scales, treatment, study)
    loose = _not_anchors(study) if grouping == "wave" else {}
    for factor, items in list(sample.scales.items()):
        if len(set(items) - set(loose)) < ANCHORS:
            sample.notes.append(f"{factor} left out: fewer than {ANCHORS} items that can be anchors")
            del sample.scales[factor]
    ladder = Ladder(treatment, sample, {i: why for i, why in loose.items() if i in sample.items})
    if len(sample.sizes) < 2 or not sample.scales:
        why = "fewer than two groups with enough answers" if len(sample.sizes) < 2 else "no factor is left"
        ladder.rows.append(_row(ladder, "configural", None, [*sample.notes, f"not estimated: {why}"]))
        return ladder
    for rung in treatment.rungs:
        if ladder.stopped:
            ladder.rows.append(_row(ladder, rung, None, [f"not estimated: the rung before {ladder.stopped}"]))
        else:
            ladder.stopped = _step(ladder, rung)
    return ladder


def _not_anchors(study: Study) -> dict[str, str]:
    """The items that a wave asked in other words or on another scale."""
    found = {}
    for item in study.items:
        variable = study.codebook[item]
        for name, wave in study.waves.items():
            if item in wave.reworded:
                found.setdefault(item, f"reworded in {name}")
            if wave.scale(variable) != variable.answers:
                found.setdefault(item, f"rescaled in {name}")
    return found


def _step(ladder: Ladder, rung: str) -> str:
    """Add the rung to the ladder, with parameters let go as long as it fails and may; why none follows, if so."""
    op = ladder.treatment.rungs[rung]
    for item, why in ladder.loose.items():
        for name in _parameters(ladder, op, item):
            _free(ladder, rung, 0, name, why, np.nan)
    try:
        fitted = _fitted(ladder, rung)
    except SemError as error:
        ladder.rows.append(_row(ladder, rung, None, [*_once(ladder), f"not estimated: {error}"]))
        return UNJUDGED
    ladder.rows.append(_row(ladder, rung, fitted, _once(ladder)))
    step = 0
    while _holds(ladder, rung, fitted) == "no" and (candidate := _largest(ladder, op, fitted)) is not None:
        step += 1
        name, mi = candidate
        _free(ladder, rung, step, name, "largest score test", mi)
        try:
            fitted = _fitted(ladder, rung)
        except SemError as error:
            ladder.rows.append(_row(ladder, rung, None, [f"not estimated: {error}"]))
            return UNJUDGED
    verdict = _holds(ladder, rung, fitted)
    if step:
        more = [f"fails with {ANCHORS} invariant items of each factor"] if verdict == "no" else []
        ladder.rows.append(_row(ladder, rung, fitted, more))
    for name in [row["parameter"] for row in ladder.freed_rows if row["rung"] == rung and row["step"]]:
        ladder.loose.setdefault(_item(name), f"free at the rung {rung}")
    ladder.held[rung] = fitted
    if rung == "configural":
        return "" if usable(fitted) else UNJUDGED
    return {"yes": "", "no": FAILED, "": UNJUDGED}[verdict]


def _once(ladder: Ladder) -> list[str]:
    """What was left out of the sample, said on the first row."""
    return ladder.sample.notes if not ladder.rows else []


def _free(ladder: Ladder, rung: str, step: int, name: str, reason: str, mi: float) -> None:
    ladder.freed.add(name)
    ladder.freed_rows.append({"rung": rung, "step": step, "parameter": name, "reason": reason, "mi": mi})


def _item(parameter: str) -> str:
    """The item of x1|t2, f=~x1, x1~1 or x1~~x1."""
    return parameter.split("=~")[-1].split("|")[0].split("~")[0]


def _largest(ladder: Ladder, op: str, fitted: Fit) -> tuple[str, float] | None:
    """The parameter of a rung with the largest score test, of those that leave enough anchors to their factor."""
    freed = {_item(name) for name in ladder.freed}
    open_items = []
    for items in ladder.sample.scales.values():
        spare = len(set(items) - freed) > ANCHORS
        open_items += [i for i in items if spare or (i in freed and i not in ladder.loose)]
    names = [n for i in open_items for n in _parameters(ladder, op, i) if n not in ladder.freed]
    fixed = [n for n in names if ladder.treatment is ORDINAL and op in ("~1", "~~") and _fixed(fitted, n)]
    try:
        tests = fitted.score_tests(add=fixed)
    except SemError:
        return None
    tests = tests.assign(name=tests["lhs"] + tests["op"] + tests["rhs"])
    tests = tests[tests["name"].isin(names) & (tests["op"] == op) & (tests["mi"] > 0)]
    if tests.empty:
        return None
    best = tests.loc[tests["pvalue"].eq(tests["pvalue"].min())].nlargest(1, "mi").iloc[0]
    return str(best["name"]), float(best["mi"])


def _fixed(fitted: Fit, name: str) -> bool:
    """Whether a parameter is fixed in the groups after the first."""
    return all(not p.free for p in fitted.table.parameters if p.group > 1 and f"{p.lhs}{p.op}{p.rhs}" == name)


# The rows


def _before(ladder: Ladder, rung: str) -> str:
    """The rung before, "" for the first."""
    names = list(ladder.treatment.rungs)
    return names[names.index(rung) - 1] if rung != names[0] else ""


def _indices(ladder: Ladder, fitted: Fit) -> dict[str, float]:
    """CFI is 1 where there are no degrees of freedom, and no scaling."""
    m, kind = fitted.measures, ladder.treatment.indices
    found = {name: m[f"{name}_{kind}"] for name in ("cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper")}
    return found | {"srmr": m["srmr"]} | ({} if m["df"] else {"cfi": 1.0})


def cutoffs(sizes: list[int], rung: str) -> dict[str, float]:
    """Chen's (2007) cut-offs of a rung for groups of these sizes; thresholds are judged as loadings are."""
    finer = sum(sizes) <= 300 or max(sizes) > UNEQUAL * min(sizes)
    cfi, rmsea, loadings, later = FINER if finer else CUTOFFS
    return {"cfi": cfi, "rmsea": rmsea, "srmr": loadings if rung in ("thresholds", "metric") else later}


def _holds(ladder: Ladder, rung: str, fitted: Fit) -> str:
    """No if CFI falls, and RMSEA or SRMR rises, by the cut-off or more (Chen 2007); empty where it cannot be said."""
    before = ladder.held.get(_before(ladder, rung))
    if not usable(before) or not usable(fitted):
        return ""
    now, then = _indices(ladder, fitted), _indices(ladder, before)
    rises = {name: (now[name] - then[name]) * (-1 if name == "cfi" else 1) for name in ("cfi", "rmsea", "srmr")}
    if np.isnan(list(rises.values())).any():
        return ""
    big = {name: rises[name] >= cut for name, cut in cutoffs(ladder.sample.sizes, rung).items()}
    return "no" if big["cfi"] and (big["rmsea"] or big["srmr"]) else "yes"


def _row(ladder: Ladder, rung: str, fitted: Fit | None, notes: list[str]) -> dict:
    """One row of the table ``invariance`` but for grouping and treatment."""
    op, before = ladder.treatment.rungs[rung], _before(ladder, rung)
    sizes, notes = ladder.sample.sizes, list(notes)
    partial = any(op and name in ladder.freed for i in ladder.sample.items for name in _parameters(ladder, op, i))
    partial = partial or any(row["rung"] != rung for row in ladder.freed_rows)
    row = {
        "rung": f"partial {rung}" if partial and op else rung,
        "groups": len(sizes),
        "n": sum(sizes),
        "smallest": min(sizes, default=0),
        "indices": ladder.treatment.indices,
        "compared_with": "",
        "holds": "",
    }
    if before and sizes:
        row |= {f"cutoff_{name}": value for name, value in cutoffs(sizes, rung).items()}
    if fitted is not None:
        m = fitted.measures
        row |= {"chisq": m["chisq_scaled"], "df": m["df"], "pvalue": m["pvalue_scaled"]}
        row |= _indices(ladder, fitted) | {"aic": m.get("aic", np.nan), "bic": m.get("bic", np.nan)}
        notes += _warned(fitted)
        if before in ladder.held:
            row |= _difference(ladder, before, fitted, notes) | {"holds": _holds(ladder, rung, fitted)}
    return row | {"note": "; ".join(notes)}


def _warned(fitted: Fit) -> list[str]:
    """What the engine warned of, once a kind."""
    found = {type(warning).__name__: str(warning) for warning in reversed(fitted.warnings)}
    return [re.sub(r"\s+", " ", text) for text in reversed(found.values())]


def _difference(ladder: Ladder, before: str, fitted: Fit, notes: list[str]) -> dict:
    less = ladder.held[before]
    now, then = _indices(ladder, fitted), _indices(ladder, less)
    row = {"compared_with": next(r["rung"] for r in reversed(ladder.rows) if r["rung"].endswith(before))}
    row |= {f"delta_{name}": now[name] - then[name] for name in ("cfi", "rmsea", "srmr")}
    if fitted.measures["df"] == less.measures["df"]:
        notes.append("says the same as the rung before with so few categories (Wu & Estabrook 2016)")
        return row | {"df_diff": 0.0}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SemWarning)
            test = compare(less, fitted).iloc[1]
        row |= {name: test[name] for name in ("chisq_diff", "df_diff", "pvalue_diff")}
    except SemError as error:
        notes.append(f"no difference test: {error}")
    return row


def _latent_means(ladder: Ladder) -> list[dict]:
    """The means of each factor in the groups after the first, as far as the ladder allows."""
    names = [str(name) for name in ladder.sample.answers[GROUP].unique()] if ladder.sample.sizes else []
    rung = next((row["rung"] for row in reversed(ladder.rows) if row["rung"].endswith("scalar")), "")
    at = [(group, factor) for group in range(2, len(names) + 1) for factor in ladder.sample.scales]
    held, why = ladder.held.get("scalar"), ""
    if held is None or _holds(ladder, "scalar", held) != "yes":
        why = "not comparable: " + (f"scalar invariance {ladder.stopped}" if rung else "the ladder was not climbed")
    elif any(isinstance(warning, ImproperSolutionWarning) for warning in held.warnings):
        why = "not comparable: the scalar model has an improper solution"
    if why:
        return [{"group": names[group - 1], "construct": factor, "basis": why} for group, factor in at]
    table = held.parameters.query("op == '~1'").set_index(["group", "lhs"])
    columns = ["est", "z", "se", "pvalue", "ci_lower", "ci_upper"]
    return [
        {"group": names[group - 1], "construct": factor, "basis": rung} | table.loc[(group, factor), columns].to_dict()
        for group, factor in at
    ]
