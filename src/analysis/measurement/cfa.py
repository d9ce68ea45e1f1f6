"""The measurement model of the whole instrument, estimated once: its fit, loadings and latent correlations."""

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.measurement.side_by_side import try_fit
from analysis.sem import Fit, SemError, several
from analysis.study import Study
from analysis.study.model import measurement_model

MOST_CATEGORIES = 12  # items with more different answers, such as sliders, are left continuous


def estimate(respondents: pd.DataFrame, study: Study) -> dict[str, Fit]:
    """The CFA by ML, MLR and WLSMV (R: ``cfa(model, data, estimator, ordered)``), on the complete rows.

    WLSMV is left out where it has no solution to offer; `notes` says why. Raises `UserError` if no construct has two
    items or more, or the data cannot carry the model.
    """
    text = measurement_model(study)
    if not text:
        raise UserError("No construct of this study has more than one item, so there is no measurement model.")
    try:
        fits = several.fits(text, respondents, ("ML", "MLR"))
    except SemError as error:
        raise UserError(
            f"The measurement model cannot be estimated: {error}. "
            "Take the item or construct out of the study file, or add respondents."
        ) from error
    weighted, _ = _weighted(respondents, study)
    return fits | ({"WLSMV": weighted} if weighted else {})


def ordered(respondents: pd.DataFrame, study: Study) -> list[str]:
    """The items that WLSMV takes as ordinal: those answered in whole codes, `MOST_CATEGORIES` at most.

    An item stretched from another answer scale in some waves has codes between the whole ones; one answer of the
    coarser scale spans several of the finer, so that these codes are no ordered categories. It stays continuous.
    """
    answers = {item: respondents[item].dropna().unique() for item in study.items}
    return [i for i, codes in answers.items() if len(codes) <= MOST_CATEGORIES and np.all(codes == np.round(codes))]


def notes(fits: dict[str, Fit], respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What the engine warns of, why WLSMV is missing, which items it takes as continuous; as measurement_notes."""
    rows = []
    if "WLSMV" in fits:
        ordinal = ordered(respondents, study)
        continuous = [v for v in fits["WLSMV"].table.observed if v not in ordinal]
        if continuous:
            rows.append(("WLSMV", "LeftContinuous", ", ".join(continuous)))
    else:
        rows.append(("WLSMV", "NotEstimated", _weighted(respondents, study)[1]))
    return pd.concat([several.notes(fits), pd.DataFrame(rows, columns=["estimator", "kind", "note"])])


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
    latent = set(cfa.table.latent)
    pairs = cfa.parameters.query("op == '~~' and lhs != rhs")
    pairs = pairs[pairs["lhs"].isin(latent) & pairs["rhs"].isin(latent)]
    return {frozenset((a, b)): r for a, b, r in zip(pairs["lhs"], pairs["rhs"], pairs["std_all"], strict=True)}


def _weighted(respondents: pd.DataFrame, study: Study) -> tuple[Fit | None, str]:
    """The CFA by WLSMV, or why there is none."""
    text = measurement_model(study)
    return try_fit(text, respondents, estimator="WLSMV", ordered=_in(text, ordered(respondents, study)))


def _in(text: str, items: list[str]) -> list[str]:
    """The items that a model speaks of."""
    words = set(text.replace("\n", " ").split())
    return [i for i in items if i in words]
