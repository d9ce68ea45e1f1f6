"""Do the items measure alike in every group and wave? Ladders of equal parameters, partial invariance, latent means.

Three treatments. Continuous: all first-order scales together as correlated factors (the dimensions of a second-order
construct, and the constructs without dimensions), by MLR; configural, metric (equal loadings), scalar (and intercepts),
strict (and residual variances). Second-order: each construct with three dimensions or more, by MLR, in the order of
Chen, Sousa & West (2005); configural, metric, second-order metric (equal loadings of the dimensions on the construct),
scalar (intercepts of the items), second-order scalar (intercepts of the dimensions), which their last two steps, equal
disturbances and residuals, would follow: comparing means asks for neither. Ordinal: construct by construct, since the
whole instrument takes many seconds a rung, by WLSMV with the identification of Wu & Estabrook (2016); configural,
thresholds, metric, scalar, strict (and unique variances, in the theta parameterisation); the models that semTools'
``measEq.syntax(ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016")`` writes. With two or three categories some rungs say
the same as the one before and the table says so: equal thresholds of an item with three answers or fewer say nothing by
themselves, nor does an equal loading of one with two. Such a rung is not fitted again: its search can run away towards
a scale of 0, though the minimum is that of the rung before.

The cut-offs are those of Chen (2007): a rung fails if CFI falls by its cut-off or more and RMSEA or SRMR rises by its
own or more. The configural model has none before it: whether it fits is left to the reader. Where a rung fails, the
parameter with the largest score test is let go over all groups, one at a time, as long as two indicators of each factor
stay invariant (Byrne, Shavelson & Muthén 1989). An item or dimension that is free at a rung is no anchor of the next. A
wave's reworded and rescaled items are free from the beginning.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem import Fit, ImproperSolutionWarning, SemError, SmallSampleWarning
from analysis.sem.side_by_side import described, difference, joined, try_fit, usable
from analysis.study import Study
from analysis.study.model import groupings

FEWEST = 50  # complete answers that a group needs (and more than there are items)
ANCHORS = 2  # invariant indicators that each factor keeps
DIMENSIONS = 3  # that a second-order construct needs to be told from them
UNEQUAL = 1.5  # the largest group to the smallest, from which sizes count as unequal; Chen gives no number
# Chen (2007): CFI, RMSEA, SRMR for loadings, SRMR for intercepts and residuals; the finer cut-offs for 300 respondents
# or fewer in all, or groups of unequal size. To judge thresholds, dimensions and ordinal answers by them is our choice.
CUTOFFS, FINER = (0.010, 0.015, 0.030, 0.010), (0.005, 0.010, 0.025, 0.005)
GROUP = "group of the ladder"
FAILED, UNJUDGED = "does not hold", "cannot be judged"
HIGHER = "second-order "  # begins the name of a rung of the dimensions


@dataclass(frozen=True)
class Treatment:
    """What is fitted: the rungs of its ladder, each with the parameters that it equates, and the indices."""

    name: str
    rungs: dict[str, str]  # rung: operator of the parameters that it holds equal
    indices: str


CONTINUOUS = Treatment("continuous", {"configural": "", "metric": "=~", "scalar": "~1", "strict": "~~"}, "robust")
SECOND_ORDER = Treatment(
    "second-order",
    {"configural": "", "metric": "=~", f"{HIGHER}metric": "=~", "scalar": "~1", f"{HIGHER}scalar": "~1"},
    "robust",
)
# scaled, since the robust indices of ordinal data (Savalei 2021) do not exist where thresholds are held equal
ORDINAL = Treatment(
    "ordinal", {"configural": "", "thresholds": "|", "metric": "=~", "scalar": "~1", "strict": "~~"}, "scaled"
)
KINDS = {"=~": "loadings", "~1": "intercepts", "~~": "residuals"}
SAYS_NOTHING = {"thresholds": 3, "metric": 2}  # ordinal rung: answers of an item up to which it restricts nothing


@dataclass
class Sample:
    """Complete answers to the items of some scales, by group, and what was left out of them."""

    scales: dict[str, tuple[str, ...]]
    answers: pd.DataFrame
    notes: list[str]
    groups: dict[str, str]  # every group that could be, and why it is left out; empty where it is not
    left_out: dict[str, str] = field(default_factory=dict)  # scales, and why

    @property
    def items(self) -> list[str]:
        return [item for items in self.scales.values() for item in items]

    @property
    def sizes(self) -> list[int]:
        return [int(n) for n in self.answers[GROUP].value_counts() if n]


@dataclass
class Ladder:
    """A ladder as it is climbed: the model of each rung by name, and the rows of the tables."""

    treatment: Treatment
    sample: Sample
    loose: dict[str, str]  # items and dimensions that are no anchors, and why
    construct: str = ""  # whose items are looked at; all together without one
    freed: set[str] = field(default_factory=set)
    rows: list[dict] = field(default_factory=list)
    freed_rows: list[dict] = field(default_factory=list)
    stopped: str = ""  # why no rung follows: the last one does not hold, or cannot be judged
    not_begun: str = ""  # why there is no rung at all
    held: dict[str, Fit] = field(default_factory=dict)


def invariance(respondents: pd.DataFrame, study: Study) -> dict[str, pd.DataFrame]:
    """The tables ``invariance``, ``invariance_freed`` and ``latent_means`` of results.TABLES.

    Groupings are the wave, if the study has several, and every attribute that a hypothesis says paths differ by. The
    latent means are those of the scalar model, full or partial: of dimensions and constructs without them by the
    continuous treatment, of second-order constructs by theirs. Every group but the first that has enough answers has
    its row, whether there is a mean or not.
    """
    rows: dict[str, list[dict]] = {"invariance": [], "invariance_freed": [], "latent_means": []}
    several = {name: construct for name, construct in study.constructs.items() if not construct.single}
    ladders = [("", CONTINUOUS), *((name, SECOND_ORDER) for name, construct in several.items() if construct.dimensions)]
    ladders += [(name, ORDINAL) for name in several]
    for grouping in groupings(study):
        groups = _groups(respondents, grouping, study)
        loose = _not_anchors(study) if grouping == "wave" else {}
        for construct, treatment in ladders:
            sample = _sample(respondents, groups, _scales(study, construct), treatment, study)
            ladder = _climb(Ladder(treatment, sample, loose, construct))
            named = {"grouping": grouping, "treatment": treatment.name, "construct": construct}
            rows["invariance"] += [named | row for row in ladder.rows]
            rows["invariance_freed"] += [named | row for row in ladder.freed_rows]
            if treatment is not ORDINAL:
                rows["latent_means"] += [{"grouping": grouping} | row for row in _latent_means(ladder)]
    return {name: pd.DataFrame(found, columns=list(TABLES[name].columns)) for name, found in rows.items()}


def _scales(study: Study, construct: str) -> dict[str, tuple[str, ...]]:
    """The first-order factors of a construct, or of all (""), and their items."""
    members = {construct, *study.constructs[construct].dimensions} if construct else study.scales()
    return {name: items for name, items in study.first_order().items() if name in members}


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
    left_out: dict[str, str] = {}
    items = [item for some in scales.values() for item in some]
    answers = respondents[items].assign(**{GROUP: groups}).dropna(subset=[GROUP])
    if not items:
        return Sample({}, answers.iloc[:0], [], dict.fromkeys(groups.cat.categories, ""))
    if treatment is ORDINAL:
        foreign = [i for i in items if not answers[i].dropna().isin(list(study.options(i))).all()]
        answers, items = _without(answers, items, foreign, "answered on another scale in a wave", notes)
    answers = _large(answers, answers[items].notna().any(axis=1), 0, left_out)
    absent = [i for i in items if (answers.groupby(GROUP, observed=True)[i].count() == 0).any()]
    answers, items = _without(answers, items, absent, "not asked in a group", notes)
    answers = _large(answers, answers[items].notna().all(axis=1), len(items), left_out).dropna(subset=items)
    flat = [i for i in items if (answers.groupby(GROUP, observed=True)[i].nunique() < 2).any()]
    answers, items = _without(answers, items, flat, "without variation in a group", notes)
    if treatment is ORDINAL and answers[GROUP].nunique() > 1:
        for item in items:
            answers[item] = _merged(answers[item], answers[GROUP], notes)
        apart = [i for i in items if answers[i].nunique() < 2]
        answers, items = _without(answers, items, apart, "without two answers that all groups use", notes)
    notes = [*(f"group '{name}' left out: {why}" for name, why in left_out.items()), *notes]
    every = {str(name): left_out.get(name, "") for name in groups.cat.categories}
    return Sample({f: tuple(i for i in some if i in items) for f, some in scales.items()}, answers, notes, every)


def _without(answers, items: list[str], gone: list[str], why: str, notes: list[str]):
    if gone:
        notes.append(f"left out, {why}: {', '.join(gone)}")
    return answers.drop(columns=gone), [i for i in items if i not in gone]


def _large(answers: pd.DataFrame, usable: pd.Series, p: int, left_out: dict[str, str]) -> pd.DataFrame:
    """The rows of the groups with enough usable ones; why the others are left out is added to ``left_out``."""
    needed, what = max(FEWEST, p + 1), "complete answers" if p else "answers"
    counts = answers[usable.reindex(answers.index)][GROUP].value_counts(sort=False)
    for name, n in counts.items():
        if n < needed:
            left_out[name] = f"{what} {n}, needed {needed}"
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


def _fitted(ladder: Ladder, rung: str) -> tuple[Fit | None, str]:
    """The model of a rung, or why it cannot be estimated."""
    rungs = ladder.treatment.rungs
    climbed = list(rungs)[: list(rungs).index(rung) + 1]
    equal = list(dict.fromkeys(rungs[name] for name in climbed if rungs[name]))
    answers, scales, groups = ladder.sample.answers, ladder.sample.scales, len(ladder.sample.sizes)
    if ladder.treatment is ORDINAL:
        categories = answers[ladder.sample.items].nunique()
        if categories.max() <= SAYS_NOTHING.get(rung, 0):
            return ladder.held[_before(ladder, rung)], ""
        text = ordinal_model(scales, categories, groups, equal, ladder.freed)
        options = {"estimator": "WLSMV", "ordered": True, "parameterization": "theta" if "~~" in equal else "delta"}
    else:
        text, partial = "\n".join(f"{f} =~ {' + '.join(items)}" for f, items in scales.items()), set(ladder.freed)
        if ladder.treatment is SECOND_ORDER:
            text += "\n" + second_order(ladder.construct, list(scales), groups, climbed, ladder.freed)
            if f"{HIGHER}metric" not in climbed:
                partial |= {f"{ladder.construct}=~{dimension}" for dimension in scales}
        options = {"estimator": "MLR", "meanstructure": True}
        options |= {"group_equal": [KINDS[op] for op in equal], "group_partial": sorted(partial)}
    data = answers.assign(**{GROUP: answers[GROUP].astype(str)})
    with np.errstate(invalid="ignore"):  # the search may try variances below 0, and then steps back
        return try_fit(text, data, group=GROUP, std_lv=True, **options)


def second_order(
    construct: str, dimensions: list[str], groups: int, climbed: Collection[str], freed: Collection[str]
) -> str:
    """A construct over its dimensions in several groups as lavaan text; ``climbed``: the rungs, to the one wanted.

    Variances (of the dimensions: of what the construct leaves over) are 1 and means 0 in the first group. In the others
    the construct's variance is free with equal second-order loadings, the intercepts of the dimensions with equal ones
    of the items, and in place of these the construct's mean with equal intercepts of the dimensions.
    """

    def later(name: str, op: str, free: bool, value: int) -> str:
        values = ", ".join([str(value)] + ["NA" if free else str(value)] * (groups - 1))
        return f"{name} {op} c({values})*{name if op == '~~' else 1}"

    top = f"{HIGHER}scalar" in climbed
    lines = [f"{construct} =~ {' + '.join(dimensions)}"]
    lines += [later(construct, "~~", f"{HIGHER}metric" in climbed, 1), later(construct, "~", top, 0)]
    for dimension in dimensions:
        lines.append(later(dimension, "~", "scalar" in climbed and (not top or f"{dimension}~1" in freed), 0))
    return "\n".join(lines)


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


def _factors(ladder: Ladder, rung: str) -> dict[str, tuple[str, ...]]:
    """The factors that a rung speaks of, and their indicators."""
    return {ladder.construct: tuple(ladder.sample.scales)} if rung.startswith(HIGHER) else ladder.sample.scales


def _parameters(ladder: Ladder, rung: str, indicator: str) -> list[str]:
    """The parameters of an indicator that a rung holds equal, as lavaan writes them."""
    op = ladder.treatment.rungs[rung]
    if op == "=~":
        return [f"{factor}=~{indicator}" for factor, some in _factors(ladder, rung).items() if indicator in some]
    if op == "|":
        return [f"{indicator}|t{k}" for k in range(1, ladder.sample.answers[indicator].nunique())]
    return [f"{indicator}~1" if op == "~1" else f"{indicator}~~{indicator}"] if op else []


# Climbing


def _climb(ladder: Ladder) -> Ladder:
    """The same ladder with its rows."""
    sample = ladder.sample
    for factor, items in list(sample.scales.items()):
        if len(set(items) - set(ladder.loose)) < ANCHORS:
            sample.left_out[factor] = f"fewer than {ANCHORS} items that can be anchors"
            sample.notes.append(f"{factor} left out: {sample.left_out[factor]}")
            del sample.scales[factor]
    ladder.loose = {item: why for item, why in ladder.loose.items() if item in sample.items}
    why = "" if sample.items or sample.left_out else "there is no scale of two items or more"
    why = why or ("fewer than two groups with enough answers" if len(sample.sizes) < 2 else "")
    why = why or ("" if sample.scales else "no factor is left")
    if ladder.treatment is SECOND_ORDER and len(sample.scales) < DIMENSIONS:
        why = why or f"fewer than {DIMENSIONS} dimensions of two items or more"
    if why:
        ladder.stopped, ladder.not_begun = UNJUDGED, why
        ladder.rows.append(_row(ladder, "configural", None, [*sample.notes, f"not estimated: {why}"]))
        return ladder
    for rung in ladder.treatment.rungs:
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
    for indicator, why in ladder.loose.items():
        if any(indicator in some for some in _factors(ladder, rung).values()):
            for name in _parameters(ladder, rung, indicator):
                _free(ladder, rung, 0, name, why, np.nan)
    fitted, why = _fitted(ladder, rung)
    if fitted is None:
        ladder.rows.append(_row(ladder, rung, None, [*_once(ladder), f"not estimated: {why}"]))
        return UNJUDGED
    ladder.rows.append(_row(ladder, rung, fitted, _once(ladder)))
    step = 0
    while _holds(ladder, rung, fitted) == "no" and (candidate := _largest(ladder, rung, fitted)) is not None:
        step += 1
        name, mi = candidate
        _free(ladder, rung, step, name, "largest score test", mi)
        fitted, why = _fitted(ladder, rung)
        if fitted is None:
            ladder.rows.append(_row(ladder, rung, None, [f"not estimated: {why}"]))
            return UNJUDGED
    verdict = _holds(ladder, rung, fitted)
    if step:
        more = [f"fails with {ANCHORS} invariant indicators of each factor"] if verdict == "no" else []
        ladder.rows.append(_row(ladder, rung, fitted, more))
    for name in [row["parameter"] for row in ladder.freed_rows if row["rung"] == rung and row["step"]]:
        ladder.loose.setdefault(_indicator(name), f"free at the rung {rung}")
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


def _indicator(parameter: str) -> str:
    """The item or dimension of x1|t2, f=~x1, x1~1 or x1~~x1."""
    return parameter.split("=~")[-1].split("|")[0].split("~")[0]


def _largest(ladder: Ladder, rung: str, fitted: Fit) -> tuple[str, float] | None:
    """The parameter of a rung with the largest score test, of those that leave enough anchors to their factor."""
    freed = {_indicator(name) for name in ladder.freed}
    open_to = []
    for indicators in _factors(ladder, rung).values():
        spare = len(set(indicators) - freed) > ANCHORS
        open_to += [i for i in indicators if spare or (i in freed and i not in ladder.loose)]
    names = [n for i in open_to for n in _parameters(ladder, rung, i) if n not in ladder.freed]
    try:
        tests = fitted.score_tests(add=[n for n in names if _fixed(fitted, n)])
    except SemError:
        return None
    tests = tests.assign(name=tests["lhs"] + tests["op"] + tests["rhs"])
    tests = tests[tests["name"].isin(names) & (tests["mi"] > 0)]
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
    found = described(fitted, ladder.treatment.indices)
    return {name: found[name] for name in ("cfi", "rmsea", "srmr")} | ({} if found["df"] else {"cfi": 1.0})


def cutoffs(sizes: list[int], rung: str) -> dict[str, float]:
    """Chen's (2007) cut-offs of a rung for groups of these sizes; thresholds are judged as loadings are, dimensions as
    items are."""
    finer = sum(sizes) <= 300 or max(sizes) > UNEQUAL * min(sizes)
    cfi, rmsea, loadings, later = FINER if finer else CUTOFFS
    of_loadings = rung.removeprefix(HIGHER) in ("thresholds", "metric")
    return {"cfi": cfi, "rmsea": rmsea, "srmr": loadings if of_loadings else later}


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
    """One row of the table ``invariance`` but for grouping, treatment and construct."""
    before, sizes, notes = _before(ladder, rung), ladder.sample.sizes, list(notes)
    row = {
        "rung": f"partial {rung}" if ladder.freed and before else rung,
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
        row |= described(fitted, ladder.treatment.indices) | _indices(ladder, fitted)
        notes += _warned(fitted)
        if before in ladder.held:
            row |= _difference(ladder, rung, fitted, notes) | {"holds": _holds(ladder, rung, fitted)}
    return row | {"note": joined(*notes)}


def _warned(fitted: Fit) -> list[str]:
    """What the engine warned of, once a kind; of groups with few answers the smallest, whose number comes first."""
    found: dict[type, list[str]] = {}
    for warning in fitted.warnings:
        found.setdefault(type(warning), []).append(re.sub(r"\s+", " ", str(warning)))
    small = found.get(SmallSampleWarning, [])
    small.sort(key=lambda text: int(text.split()[0]))
    return [texts[0] for texts in found.values()]


def _difference(ladder: Ladder, rung: str, fitted: Fit, notes: list[str]) -> dict:
    before = ladder.held[_before(ladder, rung)]
    name = next(r["rung"] for r in reversed(ladder.rows) if r["rung"].removeprefix("partial ") == _before(ladder, rung))
    row, note = difference(fitted, before, (rung, name), ladder.treatment.indices)
    now, then = _indices(ladder, fitted), _indices(ladder, before)
    row |= {f"delta_{index}": now[index] - then[index] for index in now}
    if fitted.measures["df"] == before.measures["df"]:
        notes.append("says the same as the rung before with so few categories (Wu & Estabrook 2016)")
        return row | {"df_diff": 0.0}
    notes += [note] if note else []
    return row


def _latent_means(ladder: Ladder) -> list[dict]:
    """The means of each factor in the groups after the first with enough answers, or why there are none."""
    sample = ladder.sample
    names = [name for name, why in sample.groups.items() if not why]
    scalar = f"{HIGHER}scalar" if ladder.treatment is SECOND_ORDER else "scalar"
    rung = next((r["rung"] for r in reversed(ladder.rows) if r["rung"].removeprefix("partial ") == scalar), "")
    held, why = ladder.held.get(scalar), ""
    if ladder.not_begun:
        why = ladder.not_begun
    elif held is None or _holds(ladder, scalar, held) != "yes":
        why = f"{scalar} invariance {ladder.stopped}"
    elif any(isinstance(warning, ImproperSolutionWarning) for warning in held.warnings):
        why = "the scalar model has an improper solution"
    columns = ["est", "z", "se", "pvalue", "ci_lower", "ci_upper"]
    table = None if why else held.parameters.query("op == '~1'").set_index(["group", "lhs"])[columns]
    rows = []
    for group, gone in sample.groups.items():
        for factor in (ladder.construct,) if ladder.treatment is SECOND_ORDER else (*sample.scales, *sample.left_out):
            row = {"group": group, "construct": factor}
            if gone:
                rows.append(row | {"basis": f"left out: {gone}"})
            elif group != names[0]:
                not_comparable = sample.left_out.get(factor, why)
                rows.append(
                    row | {"basis": f"not comparable: {not_comparable}"}
                    if not_comparable
                    else row | {"basis": rung} | table.loc[(names.index(group) + 1, factor)].to_dict()
                )
    return rows
