"""The structural model that the hypotheses state, by ML and MLR."""

import pandas as pd

from analysis.errors import UserError
from analysis.sem import Fit, SemError, several
from analysis.study import Study
from analysis.study.model import control_terms, structural_items, structural_model, structural_paths, term


def estimate(data: pd.DataFrame, study: Study, controls: list[str]) -> dict[str, Fit]:
    """The structural model, by ML and by MLR, on the complete rows (listwise) of what `model_data` gives."""
    try:
        return several.fits(structural_model(study, controls), data, ("ML", "MLR"))
    except SemError as error:
        raise UserError(
            f"The structural model cannot be estimated: {error}. "
            "Take the item, construct, control or hypothesis out of the study file, or add respondents."
        ) from error


def usable_controls(data: pd.DataFrame, study: Study) -> list[str]:
    """The control terms that vary among the respondents who are complete on the items and on all controls."""
    terms = [t for t in control_terms(study) if data[t].notna().any()]
    complete = data[[*structural_items(study), *terms]].dropna()
    return [t for t in terms if complete[t].nunique() > 1]


def notes(fits: dict[str, Fit], study: Study, controls: list[str]) -> pd.DataFrame:
    """What the engine warns of, and the control terms that could not take part."""
    table = several.notes(fits)
    for name in (t for t in control_terms(study) if t not in controls):
        note = f"the control {name} does not vary among the complete respondents and was left out"
        for estimator in fits:
            table.loc[len(table)] = [estimator, "ControlLeftOut", note]
    return table


def model_data(respondents: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Items and control terms side by side, a row a respondent."""
    further = controls.drop(columns=["wave", *(c for c in controls if c in respondents and c != "respondent")])
    return respondents.merge(further, on="respondent")


def parameters(fits: dict[str, Fit]) -> pd.DataFrame:
    """Every parameter of every fit; the columns of results.TABLES["structural_parameters"]."""
    return pd.concat([_parameters(fitted, estimator) for estimator, fitted in fits.items()], ignore_index=True)


def explained(fits: dict[str, Fit], study: Study) -> pd.DataFrame:
    """R² of every explained construct."""
    rows = [
        {"estimator": estimator, "construct": construct, "r2": fitted.r2[term(study, construct)]}
        for estimator, fitted in fits.items()
        for construct in structural_paths(study)
    ]
    return pd.DataFrame(rows)


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
