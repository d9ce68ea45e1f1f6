"""The models that a study implies, as lavaan text: the measurement model, and the structure its hypotheses state."""

from collections.abc import Iterable

from analysis.study.types import Construct, Hypothesis, Study


def measurement_model(study: Study) -> str:
    """The CFA of the whole instrument, respecifications included; a construct measured by one item is that item."""
    lines = [line for name in study.constructs for line in _measured(name, study.constructs[name])]
    return "\n".join([*lines, *respecified(study, study.constructs)])


def structural_model(study: Study, controls: Iterable[str] | None = None) -> str:
    """Measurement and structure in one: every path that a hypothesis states, controls, and the indirect effects.

    Each explained construct is also regressed on the controls, all of `control_terms` unless given. The
    constructs that nothing explains are free to correlate with each other and, through regressions on
    them, with the controls.
    """
    paths = structural_paths(study)
    controls = list(control_terms(study) if controls is None else controls)
    lines = [line for name in structural_order(study) for line in _measured(name, study.constructs[name])]
    lines += respecified(study, structural_order(study))
    for outcome, predictors in paths.items():
        terms = [f"{path_label(study, p, outcome)}*{term(study, p)}" for p in predictors]
        lines.append(f"{term(study, outcome)} ~ {' + '.join([*terms, *controls])}")
    exogenous = [c for c in structural_order(study) if c not in paths]
    if controls:
        lines += [f"{term(study, c)} ~ {' + '.join(controls)}" for c in exogenous]
    if controls or any(study.constructs[c].single for c in exogenous):
        lines += [
            f"{term(study, a)} ~~ {' + '.join(term(study, b) for b in exogenous[i:])}"
            for i, a in enumerate(exogenous[:-1], start=1)
        ]
    for name, hypothesis in study.hypotheses.items():
        if hypothesis.kind == "mediation":
            steps = zip(hypothesis.path, hypothesis.path[1:], strict=False)
            lines.append(f"{name} := {'*'.join(path_label(study, a, b) for a, b in steps)}")
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
        steps = list(zip(hypothesis.path, hypothesis.path[1:], strict=False))
        if hypothesis.moderated_by and steps:
            steps.append((hypothesis.moderated_by, hypothesis.path[-1]))
        for source, target in steps:
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


def product_term(study: Study, hypothesis: Hypothesis) -> str:
    """The name of the product that a moderation adds to the regression; the same whichever construct moderates."""
    pair = sorted((hypothesis.path[0], hypothesis.moderated_by), key=list(study.constructs).index)
    return ":".join(pair)


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


def term(study: Study, construct: str) -> str:
    """What stands for a construct in a model: its latent variable, or its only item."""
    described = study.constructs[construct]
    return described.all_items[0] if described.single else construct


def path_label(study: Study, source: str, target: str) -> str:
    return f"{term(study, source)}_to_{term(study, target)}"


def _measured(name: str, construct: Construct) -> list[str]:
    if construct.single:
        return []
    if not construct.dimensions:
        return [f"{name} =~ {' + '.join(construct.items)}"]
    dimensions = [f"{d} =~ {' + '.join(dimension.items)}" for d, dimension in construct.dimensions.items()]
    return [*dimensions, f"{name} =~ {' + '.join(construct.dimensions)}"]
