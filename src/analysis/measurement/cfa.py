"""The measurement model of the whole instrument, estimated once: its fit, loadings and latent correlations."""

import pandas as pd

from analysis.errors import UserError
from analysis.sem import Fit, SemError, several
from analysis.study import Study
from analysis.study.model import measurement_model


def estimate(respondents: pd.DataFrame, study: Study) -> dict[str, Fit]:
    """The CFA by ML and by MLR. Raises `UserError` if no construct has two items or more."""
    text = measurement_model(study)
    if not text:
        raise UserError("No construct of this study has more than one item, so there is no measurement model.")
    try:
        return several.fits(text, respondents, ("ML", "MLR"))
    except SemError as error:
        raise UserError(
            f"The measurement model cannot be estimated: {error}. "
            "Take the item or construct out of the study file, or add respondents."
        ) from error


def loadings(cfa: Fit) -> pd.DataFrame:
    """Every loading, unstandardised and completely standardised; the columns of results.TABLES["loadings"]."""
    raw = cfa.parameters.query("op == '=~'")
    standardised = cfa.standardized().query("op == '=~'")
    return pd.DataFrame(
        {
            "scale": raw["lhs"].to_numpy(),
            "indicator": raw["rhs"].to_numpy(),
            "est": raw["est"].to_numpy(),
            "se": raw["se"].to_numpy(),
            "z": raw["z"].to_numpy(),
            "pvalue": raw["pvalue"].to_numpy(),
            "std": standardised["est_std"].to_numpy(),
            "std_se": standardised["se"].to_numpy(),
            "std_ci_lower": standardised["ci_lower"].to_numpy(),
            "std_ci_upper": standardised["ci_upper"].to_numpy(),
            "r2": cfa.r2.reindex(raw["rhs"]).to_numpy(),
        }
    )


def latent_correlations(cfa: Fit) -> dict[frozenset[str], float]:
    """The correlation of each pair of latent variables that the CFA lets correlate."""
    pairs = cfa.parameters.query("op == '~~' and lhs != rhs")
    return {frozenset((a, b)): r for a, b, r in zip(pairs["lhs"], pairs["rhs"], pairs["std_all"], strict=True)}
