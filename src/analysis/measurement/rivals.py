"""Would another measurement model do? Factors merged, dropped, freed or added, beside the study's own."""

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.measurement.cfa import model_items
from analysis.sem import Fit
from analysis.sem.side_by_side import (
    COMPARED,
    DIFFERENCE,
    described,
    difference,
    joined,
    trouble,
    try_fit,
    version,
)
from analysis.study import Study
from analysis.study.model import measurement_model, ordered

Factors = dict[str, list[str]]  # what each latent variable is measured by
COLUMNS = ["model", "estimator", "npar", *COMPARED, *DIFFERENCE, "note"]


def rival_models(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Every model by MLR and WLSMV, compared with the study's; the columns of results.TABLES["rival_models"].

    A difference test is there where one model is nested in the other, which the engine checks on the implied moments
    (Bentler & Satorra 2010). The fit of an improper solution is that of the unrestricted minimum, with a note.
    Variances of factors are fixed at 1: where factors are merged that do not go together, a first loading of 1 has no
    solution. No rows where no construct has two items or more.
    """
    rows = []
    for estimator in ("MLR", "WLSMV") if model_items(study) else ():
        ordinal = {"ordered": ordered(respondents, model_items(study))} if estimator == "WLSMV" else {}
        options = {"estimator": estimator} | ordinal
        own = measurement_model(study)
        texts = {"study": own} | rival_texts(study)
        found = {model: try_fit(text, respondents, **options, std_lv=True) for model, text in texts.items()}
        by_loading, _ = try_fit(own, respondents, **options)
        kind = version(f for f, _ in found.values())
        for model, (fitted, why_not) in found.items():
            note = trouble(fitted) if fitted else why_not
            if model == "study":
                test, no_test = dict.fromkeys(DIFFERENCE[1:], np.nan) | {"compared_with": ""}, ""
            else:
                test, no_test = _against_study(model, fitted, (found["study"][0], by_loading), kind)
            rows.append(
                {
                    "model": model,
                    "estimator": estimator,
                    "npar": fitted.measures["npar"] if fitted else np.nan,
                    **described(fitted, kind),
                    **test,
                    "note": joined(note, no_test),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _against_study(model: str, fitted: Fit | None, study: tuple[Fit | None, Fit | None], kind: str) -> tuple[dict, str]:
    """The difference from the study's model, scaled by the variances of its factors or by their first loadings.

    A rival that is nested in it stands where the one scaling has no finite values, such as dimensions without a
    variance of their own, or where the other has none; what the first cannot tell, the second may.
    """
    ways = study[::-1] if model in ("without dimensions", "one factor") else study
    tests = [difference(fitted, own, (model, "study"), kind) for own in ways[:1]]
    if "is not known" in tests[0][1]:
        tests.append(difference(fitted, ways[1], (model, "study"), kind))
    return tests[-1]


def rival_texts(study: Study) -> dict[str, str]:
    """The rivals by name, as lavaan text; only those that differ from the study's model and from each other.

    ``first-order``: dimensions are factors of their own and correlate freely. ``without dimensions``: items measure
    their construct directly. ``merged: a + b``: two constructs are one, which dimensions (items) of both measure.
    ``one factor``. ``bifactor``: in every construct of second order a general factor measured by all its items, and for
    each dimension a factor orthogonal to everything (Reise 2012); a dimension of two items has equal loadings, one of
    a single item none. A general factor of the whole instrument is the method factor of `method_bias`.
    """
    constructs = {name: c for name, c in study.constructs.items() if not c.single}
    dimensions = {d: list(x.items) for c in constructs.values() for d, x in c.dimensions.items()}
    direct = {name: list(c.all_items) for name, c in constructs.items()}
    own = dimensions | {name: list(c.items or c.dimensions) for name, c in constructs.items()}
    texts = {}
    if dimensions:
        flat = {name: list(c.items) for name, c in constructs.items() if c.items}
        texts["first-order"] = _text(study, dimensions | flat)
        if len(constructs) > 1:
            texts["without dimensions"] = _text(study, direct)
    if len(constructs) > 2 or (dimensions and len(constructs) > 1):
        for a, b in combinations(constructs, 2):
            merged = {a if f == b else f: own[a] + own[b] if f in (a, b) else own[f] for f in own if f != b}
            texts[f"merged: {a} + {b}"] = _text(study, merged, {b: a})
    if dimensions or len(constructs) > 1:
        texts["one factor"] = _text(study, {fresh("general", study): model_items(study)})
    if dimensions:
        texts["bifactor"] = _bifactor(study, direct, dimensions)
    return texts


def fresh(name: str, study: Study) -> str:
    """A name that nothing in the study has."""
    while name in study.codebook or name in study.scales():
        name += "_"
    return name


def _text(study: Study, factors: Factors, renamed: dict[str, str] | None = None) -> str:
    """A model as text, with those of the study's respecifications that it can have and does not have already."""
    lines = [f"{factor} =~ {' + '.join(indicators)}" for factor, indicators in factors.items()]
    return "\n".join([*lines, *_respecified(study, factors, renamed or {})])


def _respecified(study: Study, factors: Factors, renamed: dict[str, str]) -> list[str]:
    lines = []
    for respecification in study.respecifications:
        left, operator, right = (renamed.get(part, part) for part in respecification.parts)
        named = {*factors, *study.items}
        if left in named and right in named and right not in factors.get(left, ()):
            lines.append(f"{left} {operator} {right}")
    return list(dict.fromkeys(lines))


def _bifactor(study: Study, direct: Factors, dimensions: Factors) -> str:
    specific = {d: items for d, items in dimensions.items() if len(items) > 1}
    lines = [f"{name} =~ {' + '.join(items)}" for name, items in direct.items()]
    for dimension, items in specific.items():
        equal = f"{fresh(f'equal_{dimension}', study)}*" if len(items) == 2 else ""
        lines.append(f"{dimension} =~ {' + '.join(equal + i for i in items)}")
    added = _respecified(study, direct | specific, {})
    freed = {frozenset(line.split(" ~~ ")) for line in added if " ~~ " in line}
    for k, dimension in enumerate(specific):
        others = [n for n in (*direct, *list(specific)[:k]) if frozenset((n, dimension)) not in freed]
        lines.append(f"{dimension} ~~ {' + '.join(f'0*{n}' for n in others)}")
    return "\n".join([*lines, *added])
