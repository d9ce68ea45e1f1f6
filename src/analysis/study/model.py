"""The models that a study implies, as lavaan text: the measurement model, and the structure its hypotheses state."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.study.types import Construct, Hypothesis, Study

MOST_CATEGORIES = 12  # items with more different answers, such as sliders, are left continuous


def measurement_model(study: Study) -> str:
    """The CFA of the whole instrument, respecifications included; a construct measured by one item is that item."""
    lines = [line for name in study.constructs for line in measured(name, study.constructs[name])]
    return "\n".join([*lines, *respecified(study, study.constructs)])


def structural_model(
    study: Study, controls: Iterable[str] | None = None, paths: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Measurement and structure in one: every path that a hypothesis states, controls, and the indirect effects.

    Each explained construct is also regressed on the controls, all of `control_terms` unless given. The
    constructs that nothing explains are free to correlate with each other and, through regressions on
    them, with the controls. ``paths``: the predictors of each explained construct, those of `structural_paths`
    unless given; indirect effects are defined where the paths have all their arrows.
    """
    paths = structural_paths(study) if paths is None else paths
    controls = list(control_terms(study) if controls is None else controls)
    lines = [line for name in structural_order(study) for line in measured(name, study.constructs[name])]
    lines += respecified(study, structural_order(study))
    for outcome, predictors in paths.items():
        terms = [f"{path_label(study, p, outcome)}*{term(study, p)}" for p in predictors]
        lines += [f"{term(study, outcome)} ~ {' + '.join([*terms, *controls])}"] if terms or controls else []
    exogenous = [c for c in structural_order(study) if c not in paths]
    if controls:
        lines += [f"{term(study, c)} ~ {' + '.join(controls)}" for c in exogenous]
    if controls or any(study.constructs[c].single for c in exogenous):
        lines += [
            f"{term(study, a)} ~~ {' + '.join(term(study, b) for b in exogenous[i:])}"
            for i, a in enumerate(exogenous[:-1], start=1)
        ]
    for name, hypothesis in study.hypotheses.items():
        if hypothesis.kind == "mediation" and all(a in paths.get(b, ()) for a, b in hypothesis.steps):
            lines.append(f"{name} := {'*'.join(path_label(study, a, b) for a, b in hypothesis.steps)}")
    return "\n".join(lines)


def respecified(study: Study, constructs: Iterable[str]) -> list[str]:
    """The lines that the study adds to the measurement of some constructs: those that name nothing beside them."""
    described = {name: study.constructs[name] for name in constructs}
    names = {n for name, c in described.items() for n in (name, *c.dimensions, *c.all_items)}
    return [r.add for r in study.respecifications if names.issuperset(r.parts[::2])]


def structural_paths(study: Study) -> dict[str, list[str]]:
    """The predictors of every explained construct, from the hypotheses: steps of paths, and moderators with them."""
    paths: dict[str, list[str]] = {}
    for hypothesis in study.hypotheses.values():
        moderating = [(hypothesis.moderated_by, target) for _, target in hypothesis.moderated]
        for source, target in (*hypothesis.steps, *moderating):
            if source not in paths.setdefault(target, []) and source != target:
                paths[target].append(source)
    order = list(study.constructs)
    return {outcome: sorted(paths[outcome], key=order.index) for outcome in order if outcome in paths}


def structural_order(study: Study) -> list[str]:
    """The constructs of the structural model, in the order of the study file."""
    paths = structural_paths(study)
    used = {*paths, *(p for predictors in paths.values() for p in predictors)}
    return [c for c in study.constructs if c in used]


def structural_items(study: Study) -> list[str]:
    """The items of the structural model."""
    return [item for name in structural_order(study) for item in study.constructs[name].all_items]


def routes(study: Study) -> list[tuple[str, ...]]:
    """Every way along the structural paths from a construct to another over one or more in between: the specific
    indirect effects, in the order of the study file's constructs: by target, source, then length."""
    paths, order = structural_paths(study), list(study.constructs)

    def upward(route: tuple[str, ...]) -> list[tuple[str, ...]]:
        longer = [(source, *route) for source in paths.get(route[0], ()) if source not in route]
        return [way for start in longer for way in (start, *upward(start))]

    found = [route for target in paths for route in upward((target,)) if len(route) > 2]
    return sorted(found, key=lambda r: (order.index(r[-1]), order.index(r[0]), len(r), [order.index(c) for c in r]))


def without(study: Study, left_out: Collection[str]) -> Study:
    """The study without some constructs: of a hypothesis that names one the arrows between the others remain, each by
    itself, so that neither an indirect effect nor a moderation stands for it any more."""
    hypotheses: dict[str, Hypothesis] = {}
    for name, hypothesis in study.hypotheses.items():
        if not {*hypothesis.path, hypothesis.moderated_by} & set(left_out):
            hypotheses[name] = hypothesis
            continue
        moderating = [(hypothesis.moderated_by, target) for _, target in hypothesis.moderated]
        arrows = [(a, b) for a, b in (*hypothesis.steps, *moderating) if a and a != b and not {a, b} & set(left_out)]
        hypotheses |= {f"{name}: {a} -> {b}": Hypothesis(path=f"{a} -> {b}") for a, b in arrows}
    constructs = {name: c for name, c in study.constructs.items() if name not in left_out}
    return Study.model_construct(**(dict(study) | {"constructs": constructs, "hypotheses": hypotheses}))


def product_term(study: Study, source: str, moderator: str) -> str:
    """The name of the product of two constructs, such as ``a:b``; the same whichever of them moderates."""
    return ":".join(sorted((source, moderator), key=list(study.constructs).index))


def product_terms(study: Study) -> dict[str, list[str]]:
    """The products that the hypotheses add to the regression of each explained construct that has some."""
    terms: dict[str, list[str]] = {}
    for hypothesis in study.hypotheses.values():
        for source, target in hypothesis.moderated:
            term = product_term(study, source, hypothesis.moderated_by)
            if term not in terms.setdefault(target, []):
                terms[target].append(term)
    return terms


def groupings(study: Study) -> list[str]:
    """What groups are told apart by: the wave, if the study has several, and every attribute of a ``differ_by``."""
    named = [a for h in study.hypotheses.values() for a in h.differ_by]
    return list(dict.fromkeys((["wave"] if len(study.waves) > 1 else []) + named))


def control_terms(study: Study) -> dict[str, tuple[str, str | int | None]]:
    """The columns that the controls make, each with its variable and the answer that a dummy stands for.

    ``firm_age: (firm_age, None)``, ``region_2: (region, 2)`` for each answer but the first of a nominal variable,
    ``wave_2024: (wave, "2024")`` for each wave but the first.
    """
    terms: dict[str, tuple[str, str | int | None]] = {}
    for name in study.controls:
        if study.codebook[name].kind == "nominal":
            terms |= {f"{name}_{code}": (name, code) for code in list(study.options(name))[1:]}
        else:
            terms[name] = (name, None)
    return terms | {f"wave_{wave}": ("wave", wave) for wave in list(study.waves)[1:]}


def ordered(respondents: pd.DataFrame, items: Iterable[str]) -> list[str]:
    """Those items that WLSMV takes as ordinal: answered in whole codes, `MOST_CATEGORIES` at most.

    An item stretched from another answer scale in some waves has codes between the whole ones; one answer of the
    coarser scale spans several of the finer, so that these codes are no ordered categories. It stays continuous.
    """
    answers = {item: respondents[item].dropna().unique() for item in items}
    return [i for i, codes in answers.items() if len(codes) <= MOST_CATEGORIES and np.all(codes == np.round(codes))]


def term(study: Study, construct: str) -> str:
    """What stands for a construct in a model: its latent variable, or its only item."""
    described = study.constructs[construct]
    return described.all_items[0] if described.single else construct


def path_label(study: Study, source: str, target: str) -> str:
    """The label of a path, such as ``a.to.b``; no name in a study has a full stop, so that none can be like it."""
    return f"{term(study, source)}.to.{term(study, target)}"


def measured(name: str, construct: Construct) -> list[str]:
    """The lines that measure a construct; none for a single item."""
    if construct.single:
        return []
    if not construct.dimensions:
        return [f"{name} =~ {' + '.join(construct.items)}"]
    dimensions = [f"{d} =~ {' + '.join(dimension.items)}" for d, dimension in construct.dimensions.items()]
    return [*dimensions, f"{name} =~ {' + '.join(construct.dimensions)}"]
