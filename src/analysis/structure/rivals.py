"""Would another structure do? The study's model beside others of the same answers, and with and without controls."""

from graphlib import CycleError, TopologicalSorter
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.results import PUBLISHED, TABLES
from analysis.sem import Fit
from analysis.sem.side_by_side import (
    DIFFERENCE,
    described,
    difference,
    joined,
    trouble,
    try_fit,
    usable,
    version,
)
from analysis.study import Study
from analysis.study.model import structural_items, structural_model, structural_paths, term

Paths = dict[str, list[str]]  # the predictors of each explained construct


def structural_rivals(data: pd.DataFrame, study: Study, controls: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables structural_rivals and controls_out, by MLR on the complete rows of the study's model.

    Each rival is compared with the study's model as `difference` does (R: ``lavTestLRT``). ``correlated``: constructs
    and controls correlate freely, so that its test is that of the structure alone (Anderson & Gerbing 1988). ``full
    mediation``: without the direct paths beside hypothesised mediations; ``partial mediation``: with those that the
    study does not state. ``no mediation``: without the paths from mediators to outcomes. ``reversed: a -> b``: the last
    arrow of a mediation turned round. A rival with the chi-square and the degrees of freedom of the study's model is
    equivalent to it (MacCallum, Wegener, Uchino & Fabrigar 1993). ``without controls`` has other variables, so that
    only its indices can be held against the others'.
    """
    rows = data[[*structural_items(study), *controls]].dropna()
    found: dict[str, tuple[Fit | None, str]] = {}
    for model, paths in rival_paths(study).items():
        if model.startswith("reversed") and _circular(paths):
            found[model] = None, "not estimated: turned round, the arrow closes a circle"
        else:
            found[model] = try_fit(rival_text(study, controls, paths), rows, estimator=PUBLISHED)
    if found and controls:
        found["without controls"] = try_fit(structural_model(study, []), rows, estimator=PUBLISHED)
    kind = version(fitted for fitted, _ in found.values())
    own, bare = (found.get(model, (None,))[0] for model in ("study", "without controls"))
    rivals = [_row(model, fitted, why_not, own, kind) for model, (fitted, why_not) in found.items()]
    return (
        pd.DataFrame(rivals, columns=list(TABLES["structural_rivals"].columns)),
        pd.DataFrame(_controls_out(own, bare, study), columns=list(TABLES["controls_out"].columns)),
    )


def rival_paths(study: Study) -> dict[str, Paths]:
    """The paths of the study's model and of its rivals, by name; only those that differ from it, none without paths."""
    own = structural_paths(study)
    order = list(study.constructs)
    mediated = list(dict.fromkeys(h.path for h in study.hypotheses.values() if len(h.path) > 2))
    direct = [(way[0], way[-1]) for way in mediated]
    last = [(way[-2], way[-1]) for way in mediated]

    def changed(drop=(), add=()) -> Paths:
        arrows = {(a, b) for b, sources in own.items() for a in sources} - set(drop) | set(add)
        found = {b: [a for a in order if (a, b) in arrows] for b in order}
        turned = {a for a, _ in add}  # without a predictor left these are free to correlate, as causes are
        return {b: sources for b, sources in found.items() if sources or (b in own and b not in turned)}

    rivals = {
        "study": own,
        "correlated": {},
        "full mediation": changed(drop=direct),
        "partial mediation": changed(add=direct),
        "no mediation": changed(drop=last),
        **{f"reversed: {a} -> {b}": changed(drop=[(a, b)], add=[(b, a)]) for a, b in dict.fromkeys(last)},
    }
    return {name: paths for name, paths in rivals.items() if own and (name == "study" or paths != own)}


def rival_text(study: Study, controls: list[str], paths: Paths) -> str:
    """A rival as lavaan text, with the residual covariances of the study's model and no others.

    lavaan by itself frees those of outcomes that predict nothing, and these differ between the rivals.
    """
    lines, own = [structural_model(study, controls, paths)], structural_paths(study)
    final = set(own) - {source for sources in own.values() for source in sources}
    for a, b in combinations([c for c in own if c in paths], 2):
        lines.append(f"{term(study, a)} ~~ {'' if {a, b} <= final else '0*'}{term(study, b)}")
    # An outcome without a predictor left is still none that correlates with the causes
    lines += [f"{term(study, b)} ~ 0*{term(study, own[b][0])}" for b in own if paths.get(b) == []]
    return "\n".join(lines)


def _circular(paths: Paths) -> bool:
    try:
        TopologicalSorter(paths).prepare()
    except CycleError:
        return True
    return False


def _row(model: str, fitted: Fit | None, why_not: str, study: Fit | None, kind: str) -> dict:
    row = {"model": model, "npar": fitted.measures["npar"] if fitted else np.nan, **described(fitted, kind)}
    test, no_test = dict.fromkeys(DIFFERENCE, np.nan) | {"compared_with": ""}, ""
    if model == "without controls":
        no_test = "no comparison: other variables than study"
    elif model != "study" and usable(fitted):
        test, no_test = difference(fitted, study, (model, "study"), kind)
        if _equivalent(fitted, study):
            no_test = "equivalent to study: the same chi-square and degrees of freedom, no data can tell them apart"
    return {**row, **test, "note": joined(trouble(fitted) if fitted else why_not, no_test)}


def _equivalent(fitted: Fit, study: Fit | None) -> bool:
    if not usable(study) or fitted.measures["df"] != study.measures["df"]:
        return False
    return bool(np.isclose(fitted.measures["chisq"], study.measures["chisq"], rtol=1e-6, atol=1e-4))


def _controls_out(own: Fit | None, bare: Fit | None, study: Study) -> list[dict]:
    """A row a structural path, with the controls and without; none where a model is missing."""
    if not usable(own) or not usable(bare):
        return []
    with_controls, without = (f.parameters.query("op == '~'").set_index(["lhs", "rhs"]) for f in (own, bare))
    rows = []
    for outcome, predictors in structural_paths(study).items():
        for predictor in predictors:
            at = term(study, outcome), term(study, predictor)
            numbers = {"std": with_controls.loc[at, "std_all"], "pvalue": with_controls.loc[at, "pvalue"]}
            numbers |= {"std_without": without.loc[at, "std_all"], "pvalue_without": without.loc[at, "pvalue"]}
            rows.append({"outcome": outcome, "predictor": predictor, **numbers})
    return rows
