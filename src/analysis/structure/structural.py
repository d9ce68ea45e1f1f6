"""The structural model that the hypotheses state, by MLR, and by ML, WLSMV and FIML for other opinions on it."""

import pandas as pd

from analysis.results import TABLES
from analysis.sem import Fit, several
from analysis.sem.partable import Roles
from analysis.sem.side_by_side import trouble, try_fit, unvarying, usable
from analysis.sem.syntax import parse
from analysis.study import Study
from analysis.study.controls import estimable, lost_to_waves
from analysis.study.model import (
    control_terms,
    ordered,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    term,
    without,
)

ESTIMATORS = ("ML", "MLR", "WLSMV", "FIML")
OPTIONS = {"WLSMV": {"estimator": "WLSMV"}, "FIML": {"estimator": "MLR", "missing": "fiml"}}  # of sem.fit


def prepare(
    respondents: pd.DataFrame, controls: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, Study, list[str], dict[str, str]]:
    """What every structural model starts from: items and control terms a respondent, the study without the constructs
    that cannot be in a model, the control terms that can, and why a construct is left out."""
    data = model_data(respondents, controls)
    left_out = unmeasured(data, study)
    study = without(study, left_out)
    return data, study, usable_controls(data, study), left_out


def estimate(
    data: pd.DataFrame, study: Study, controls: list[str], estimators: tuple[str, ...] = ESTIMATORS
) -> tuple[dict[str, Fit], dict[str, str]]:
    """The structural model by each estimator that has a solution, and why the others have none.

    ML, MLR and WLSMV on the complete rows (listwise), WLSMV with the items of `ordered` as ordinal (R: ``sem(model,
    data, estimator = "WLSMV", ordered)``); FIML is MLR on all rows (R: ``estimator = "MLR", missing = "ml"``). A search
    of ML or MLR that found no minimum is kept as it ended, with its warning.
    """
    fits: dict[str, Fit] = {}
    if not structural_paths(study):
        return fits, dict.fromkeys(estimators, "no path between two measured constructs is left")
    text = structural_model(study, controls)
    roles = Roles(parse(text).terms)
    ordinal = ordered(data, [i for i in structural_items(study) if i not in roles.exogenous])
    why_not = {}
    for estimator in estimators:
        options = OPTIONS.get(estimator, {"estimator": estimator})
        options |= {"ordered": ordinal} if estimator == "WLSMV" else {}
        fitted, reason = try_fit(text, data, **options)
        if fitted and (estimator not in OPTIONS or usable(fitted)):
            fits[estimator] = fitted
        else:
            why_not[estimator] = reason or trouble(fitted)
    return fits, why_not


def unmeasured(data: pd.DataFrame, study: Study) -> dict[str, str]:
    """The constructs of the structural model that cannot be in it, and why: an item without answers or variation."""
    found = {name: unvarying(data[list(study.constructs[name].all_items)]) for name in structural_order(study)}
    return {name: why for name, why in found.items() if why}


def usable_controls(data: pd.DataFrame, study: Study) -> list[str]:
    """The control terms that are `estimable` among the respondents complete on the items and on all controls, as in the
    regressions: one that does not vary, or follows from those before it, makes the covariance matrix singular."""
    terms = [t for t in control_terms(study) if data[t].notna().any()]
    return estimable(data[[*structural_items(study), *terms]].dropna(), terms)


def lost(data: pd.DataFrame, study: Study, controls: list[str]) -> str:
    """How many respondents the complete rows go without because a wave did not ask an item or control, or ""."""
    return lost_to_waves(data, [*structural_items(study), *controls])


def notes(
    fits: dict[str, Fit],
    why_not: dict[str, str],
    study: Study,
    controls: list[str],
    left_out: dict[str, str],
    lost: str = "",
) -> pd.DataFrame:
    """What the engine warns of, what could not be estimated, what WLSMV takes as continuous, and the constructs and
    control terms that could not take part; the columns of results.TABLES["structural_notes"].

    ``lost``: what the function of that name says of the data, a note of every estimator.
    """
    rows = [(estimator, "NotEstimated", reason) for estimator, reason in why_not.items()]
    if "WLSMV" in fits:
        thresholds = {p.lhs for p in fits["WLSMV"].table.parameters if p.op == "|"}
        continuous = [i for i in structural_items(study) if i not in thresholds]
        rows += [("WLSMV", "LeftContinuous", ", ".join(continuous))] if continuous else []
    for estimator in (*fits, *why_not):
        rows += [(estimator, "MissingValues", lost)] if lost else []
        rows += [
            (estimator, "NotEstimated", f"{construct} and its paths were left out: {reason}")
            for construct, reason in left_out.items()
        ]
        rows += [
            (
                estimator,
                "ControlLeftOut",
                f"the control {t} was left out: among complete respondents it does not vary, is one respondent's alone,"
                " or is implied by the other controls",
            )
            for t in control_terms(study)
            if t not in controls
        ]
    return pd.concat([several.notes(fits), pd.DataFrame(rows, columns=["estimator", "kind", "note"])])


def model_data(respondents: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Items and control terms side by side, a row a respondent."""
    further = controls.drop(columns=["wave", *(c for c in controls if c in respondents and c != "respondent")])
    return respondents.merge(further, on="respondent")


def parameters(fits: dict[str, Fit]) -> pd.DataFrame:
    """Every parameter of every fit; the columns of results.TABLES["structural_parameters"]."""
    tables = [_parameters(fitted, estimator) for estimator, fitted in fits.items()]
    return pd.concat(tables, ignore_index=True) if tables else _empty("structural_parameters")


def explained(fits: dict[str, Fit], study: Study) -> pd.DataFrame:
    """R² of every explained construct."""
    rows = [
        {"estimator": estimator, "construct": construct, "r2": fitted.r2[term(study, construct)]}
        for estimator, fitted in fits.items()
        for construct in structural_paths(study)
    ]
    return pd.DataFrame(rows, columns=list(TABLES["structural_r2"].columns))


def _empty(table: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(TABLES[table].columns))


def _parameters(fitted: Fit, estimator: str) -> pd.DataFrame:
    table = fitted.parameters.drop(columns=["group", "std_lv"])
    table.insert(0, "estimator", estimator)
    standardised = fitted.standardized()
    if not (standardised[["lhs", "op", "rhs"]].to_numpy() == table[["lhs", "op", "rhs"]].to_numpy()).all():
        raise AssertionError("standardised and unstandardised parameters are not in the same order")
    table["std_se"] = standardised["se"].to_numpy()
    table["std_ci_lower"] = standardised["ci_lower"].to_numpy()
    table["std_ci_upper"] = standardised["ci_upper"].to_numpy()
    order = ["estimator", "lhs", "op", "rhs", "label", "est", "z", "se", "pvalue", "ci_lower", "ci_upper"]
    return table[[*order, "std_all", "std_se", "std_ci_lower", "std_ci_upper"]]
