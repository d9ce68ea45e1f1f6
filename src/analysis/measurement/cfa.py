"""The measurement model of the whole instrument, estimated once: its fit, loadings and latent correlations."""

import numpy as np
import pandas as pd

from analysis.sem import Fit, several
from analysis.sem.side_by_side import try_fit, unvarying, usable
from analysis.study import Study
from analysis.study.model import measurement_model, ordered

ESTIMATORS = ("ML", "MLR", "WLSMV")
NO_MODEL = "no construct has more than one item, so there is no measurement model"


def estimate(respondents: pd.DataFrame, study: Study) -> tuple[dict[str, Fit], dict[str, str]]:
    """The CFA by ML, MLR and WLSMV (R: ``cfa(model, data, estimator, ordered)``), on the complete rows.

    Beside the fits by estimator: of each estimator without one, why the data cannot carry the model.
    """
    text, fits, why_not = measurement_model(study), {}, {}
    for estimator in ESTIMATORS:
        options = {"ordered": ordered(respondents, model_items(study))} if estimator == "WLSMV" else {}
        fitted, why = try_fit(text, respondents, estimator=estimator, **options) if text else (None, NO_MODEL)
        if fitted:
            fits[estimator] = fitted
        else:
            why_not[estimator] = unvarying(respondents[model_items(study)]) or why
    return fits, why_not


def model_items(study: Study) -> list[str]:
    """The items of the measurement model: those of every construct of two items or more."""
    return [i for c in study.constructs.values() if not c.single for i in c.all_items]


def notes(fits: dict[str, Fit], why_not: dict[str, str], respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What the engine warns of, why an estimator is missing (both as `estimate` has it), which items WLSMV takes as
    continuous; the columns of results.TABLES["measurement_notes"]."""
    rows = [(estimator, "NotEstimated", why) for estimator, why in why_not.items()]
    if "WLSMV" in fits:
        ordinal = ordered(respondents, model_items(study))
        continuous = [v for v in fits["WLSMV"].table.observed if v not in ordinal]
        if continuous:
            rows.append(("WLSMV", "LeftContinuous", ", ".join(continuous)))
    return pd.concat([several.notes(fits), pd.DataFrame(rows, columns=["estimator", "kind", "note"])])


def loadings(cfa: Fit | None) -> pd.DataFrame:
    """Every loading, unstandardised and completely standardised; the columns of results.TABLES["loadings"].

    ``against``: its sign is opposite to that of at least half of the loadings on its scale, as that of a reverse-worded
    item that was not turned round. Without a usable CFA there are no rows.
    """
    if not usable(cfa):
        columns = ["scale", "indicator", "est", "se", "z", "pvalue", "std", "std_se", "std_ci_lower", "std_ci_upper"]
        return pd.DataFrame(columns=[*columns, "r2", "against"])
    raw = cfa.parameters.query("op == '=~'")
    standardised = cfa.standardized().query("op == '=~'")
    signs = np.sign(standardised["est_std"]).groupby(standardised["lhs"])
    against = signs.transform(lambda s: [2 * (s * own < 0).sum() >= len(s) for own in s])
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
            "against": against.to_numpy(dtype=bool),
        }
    )


def latent_correlations(cfa: Fit | None) -> dict[frozenset[str], float]:
    """The correlation of each pair of latent variables that the CFA lets correlate; none without a usable CFA."""
    if not usable(cfa):
        return {}
    latent = set(cfa.table.latent)
    pairs = cfa.parameters.query("op == '~~' and lhs != rhs")
    pairs = pairs[pairs["lhs"].isin(latent) & pairs["rhs"].isin(latent)]
    return {frozenset((a, b)): r for a, b, r in zip(pairs["lhs"], pairs["rhs"], pairs["std_all"], strict=True)}
