"""How consistently do the items of a scale measure it? Alpha in three kinds, omega, composite reliability, AVE, H."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.sem import Fit, SemError, polychoric_correlations
from analysis.sem.side_by_side import joined, unusable, unvarying
from analysis.study import Study
from analysis.study.model import ordered


class Matrices(NamedTuple):
    """What a CFA says of its m variables: paths (to, from), residual and total covariances, each (…, m, m)."""

    place: dict[str, int]  # where each variable stands
    paths: np.ndarray
    residuals: np.ndarray
    total: np.ndarray


def reliability(respondents: pd.DataFrame, scores: pd.DataFrame, cfa: Fit | None, study: Study) -> pd.DataFrame:
    """One row a construct and dimension; the columns of results.TABLES["reliability"].

    On complete answers: alpha is Cronbach's (1951), by pingouin, its interval Feldt's (1965); for standardised and
    ordinal alpha (of items that `study.model.ordered` takes as ordinal) see `alpha_of`. From the CFA: `omegas` of the
    items in their own units, and CR, AVE and H (`composite_reliability`, `maximal_reliability`) of the standardised
    indicators, for a second-order construct its dimensions. Empty, with a note: all of the CFA where there is no usable
    one; of a scale with one indicator; and what rests on a negative residual variance (a Heywood case), from which no
    reliability can be read.
    """
    (from_cfa, why_not), ordinal = _from_cfa(cfa, study), ordered(respondents, study.items)
    rows = []
    for scale, items in study.scales().items():
        construct = next(c for c in study.constructs if scale in (c, *study.constructs[c].dimensions))
        answers = respondents[list(items)].dropna()
        alpha, lower, upper = cronbach_alpha(answers)
        other = [i for i in items if i not in ordinal]
        alpha_ordinal, no_ordinal = (np.nan, "") if other else ordinal_alpha(answers)
        rows.append(
            {
                "scale": scale,
                "construct": construct,
                "level": "construct" if scale == construct else "dimension",
                "items": len(items),
                "n": len(answers),
                "n_score": int(scores[scale].notna().sum()),
                "mean": scores[scale].mean(),
                "sd": scores[scale].std(),
                "alpha": alpha,
                "alpha_ci_lower": lower,
                "alpha_ci_upper": upper,
                "alpha_std": alpha_of(answers.corr()) if len(answers) > 2 else np.nan,
                "alpha_ordinal": alpha_ordinal,
                **from_cfa.loc[scale],
                "basis": "dimensions" if _indicators(study, scale) != items else "items",
                "note": _note(respondents[list(items)], alpha, other, no_ordinal, why_not[scale]),
            }
        )
    return pd.DataFrame(rows)


def _note(items: pd.DataFrame, alpha: float, continuous: list[str], no_ordinal: str, why_not: str) -> str:
    """Why a scale lacks an alpha or what comes from the CFA."""
    if items.shape[1] == 1:
        return "one item: its reliability cannot be told"
    if not (told := unvarying(items)):
        if len(items.dropna()) < 3:
            told = "fewer than three respondents answered all its items"
        elif not np.isfinite(alpha):
            told = "the sum of its items does not vary"
        elif continuous:
            told = f"no ordinal alpha: {', '.join(continuous)} not answered in ordered categories"
        elif no_ordinal:
            told = f"no ordinal alpha: {no_ordinal}"
    return joined(told, why_not)


def cronbach_alpha(answers: pd.DataFrame) -> tuple[float, float, float]:
    """Alpha and its 95 % interval (Feldt 1965, eq. 10) for complete answers (respondents × items); psych::alpha in R.

    NaN for one item, for fewer than three respondents, and where the sum of the items does not vary. An item that does
    not vary counts as an item (psych leaves it out). pingouin gives alpha; its interval is rounded to three decimals,
    so the interval is computed here.
    """
    n, k = answers.shape
    if k < 2 or n < 3 or answers.sum(axis=1).nunique() < 2:
        return np.nan, np.nan, np.nan
    import pingouin
    from scipy.stats import f

    alpha = float(pingouin.cronbach_alpha(answers)[0])
    lower, upper = (1 - (1 - alpha) * f.ppf(q, n - 1, (n - 1) * (k - 1)) for q in (0.975, 0.025))
    return alpha, float(lower), float(upper)


def alpha_of(correlations: pd.DataFrame) -> float:
    """Alpha of k items with these correlations, k r̄ / (1 + (k − 1) r̄).

    Standardised alpha of Pearson's (``std.alpha`` of psych::alpha), ordinal alpha of polychoric ones (Zumbo, Gadermann
    & Zeisser 2007; ``psych::alpha(psych::polychoric(x)$rho)``). NaN for one item, and where a correlation does not
    exist.
    """
    k, total = len(correlations), correlations.to_numpy().sum()
    return float(k / (k - 1) * (1 - k / total)) if k > 1 and total > 1e-12 else np.nan


def ordinal_alpha(answers: pd.DataFrame) -> tuple[float, str]:
    """Alpha of the polychoric correlations of complete answers (respondents × items), or why there is none.

    Nothing is added to empty cells, as by lavaan and by psych's ``correct = 0``; psych adds ½ unless told.
    """
    try:
        return alpha_of(polychoric_correlations(answers)), ""
    except SemError as error:  # nobody answered, an item that does not vary, two items that are one
        return np.nan, str(error)


def omegas(model: Matrices, study: Study) -> tuple[np.ndarray, np.ndarray]:
    """Omega total and omega hierarchical of every scale, each scales × … as the matrices are.

    Of the unweighted sum of a scale's items, with Λ their loadings on the scale (on its dimensions, if it has some), Φ
    the covariances of these factors and Σ of the items, all as the CFA implies: ω = 1ᵀΛΦΛᵀ1 / 1ᵀΣ1 (McDonald 1999;
    Raykov 2001), so that residual covariances and cross-loadings are in the denominator. ω_h is the part of a
    second-order construct with loadings γ and variance φ: (1ᵀΛγ)² φ / 1ᵀΣ1 (Zinbarg, Revelle, Yovel & Li 2005).
    R: ``semTools::compRelSEM(fit, obs.var = FALSE)``, ω_h ``omegaL1`` of ``semTools::reliabilityL2``. ω is NaN with a
    dimension of one item, whose error the CFA cannot tell from what is its own.
    """
    scales = study.scales()
    found = np.full((2, len(scales), *model.total.shape[:-2]), np.nan)
    for k, (scale, items) in enumerate(scales.items()):
        indicators = _indicators(study, scale)
        second_order = indicators != items
        if len(items) < 2:
            continue
        i = [model.place[item] for item in items]
        factors = [model.place[f] for f in (indicators if second_order else [scale])]
        sums = model.paths[..., i, :][..., factors].sum(axis=-2)  # 1ᵀΛ
        total = model.total[..., i, :][..., i].sum(axis=(-2, -1))
        if not second_order or all(len(scales[dimension]) > 1 for dimension in indicators):
            covariances = model.total[..., factors, :][..., factors]
            found[0, k] = np.einsum("...f,...fg,...g", sums, covariances, sums) / total
        if second_order:
            own = model.place[scale]
            found[1, k] = (sums * model.paths[..., factors, own]).sum(axis=-1) ** 2 * model.total[..., own, own] / total
    return found[0], found[1]


def composite_reliability(loadings: np.ndarray, correlations: np.ndarray) -> float:
    """(Σλ)² / ΣΣR of k standardised loadings λ and the k × k correlations R that the CFA implies of their indicators.

    Where these load on nothing else R = λλᵀ + Θ: Fornell & Larcker (1981, eq. 10), with residual covariances Raykov
    (2001). What an added cross-loading brings is not the scale's own and stands in the denominator only, as in ω.
    R: ``semTools::compRelSEM(fit, obs.var = FALSE)`` of standardised items.
    """
    return float(loadings.sum() ** 2 / correlations.sum())


def maximal_reliability(loadings: np.ndarray) -> float:
    """H = 1 / (1 + 1 / Σ(λ² / (1 − λ²))) of standardised loadings λ (Hancock & Mueller 2001); 1 if a λ² is 1.

    The reliability of the best weighted sum if no residuals covary.
    """
    squared = loadings**2
    if (squared >= 1).any():
        return 1.0
    ratio = (squared / (1 - squared)).sum()
    return float(ratio / (1 + ratio))


def matrices(cfa: Fit, estimates: np.ndarray) -> Matrices:
    """The matrices of the CFA where its parameters have these values, … × rows of its table."""
    rows = cfa.parameters.iloc[: len(cfa.estimates)]
    place = {name: k for k, name in enumerate(pd.unique(rows.loc[rows["op"].isin(["=~", "~~"]), "rhs"]))}
    paths = np.zeros((*estimates.shape[:-1], len(place), len(place)))
    residuals = paths.copy()
    for k, (lhs, op, rhs) in enumerate(zip(rows["lhs"], rows["op"], rows["rhs"], strict=True)):
        if op == "=~":
            paths[..., place[rhs], place[lhs]] = estimates[..., k]
        elif op == "~":
            paths[..., place[lhs], place[rhs]] = estimates[..., k]
        elif op == "~~":
            residuals[..., place[lhs], place[rhs]] = residuals[..., place[rhs], place[lhs]] = estimates[..., k]
    effects = np.linalg.inv(np.eye(len(place)) - paths)
    return Matrices(place, paths, residuals, effects @ residuals @ np.swapaxes(effects, -1, -2))


def _from_cfa(cfa: Fit | None, study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """Omegas with the interval of omega (delta method, as for ``:=`` in lavaan), CR, AVE and H; index: scales.

    CR, AVE (the mean squared standardised loading) and H are of a scale's own indicators and their loadings on it;
    cross-loadings that the study added are none of these. Beside the numbers: of each scale, why some are missing.
    """
    from scipy.stats import norm

    columns = ["omega", "omega_ci_lower", "omega_ci_upper", "omega_h", "cr", "ave", "max_h"]
    found = pd.DataFrame(np.nan, list(study.scales()), columns)
    if why := unusable(cfa):
        return found, dict.fromkeys(found.index, f"the CFA {why}")
    why_not = dict.fromkeys(found.index, "")
    model = matrices(cfa, cfa.estimates)
    found["omega"], found["omega_h"] = omegas(model, study)
    margin = norm.ppf(0.975) * _omega_errors(cfa, study)
    found["omega_ci_lower"], found["omega_ci_upper"] = found["omega"] - margin, found["omega"] + margin
    variances = np.diag(model.residuals)
    for scale, items in study.scales().items():
        indicators = _indicators(study, scale)
        parts = [v for v in dict.fromkeys([*items, *indicators, scale]) if v in model.place]
        if negative := [v for v in parts if variances[model.place[v]] < 0]:
            found.loc[scale] = np.nan
            why_not[scale] = f"negative variance of {', '.join(negative)} in the CFA: nothing is read from it"
            continue
        single = [d for d in indicators if d not in items and len(study.scales()[d]) == 1]
        if single:
            why_not[scale] = f"no omega: {', '.join(single)} has one item, whose error is not known"
        if len(indicators) > 1:
            loadings, correlations = _standardised(model, scale, indicators)
            found.loc[scale, "cr"] = composite_reliability(loadings, correlations)
            found.loc[scale, "ave"] = (loadings**2).mean()
            found.loc[scale, "max_h"] = maximal_reliability(loadings)
        elif len(items) > 1:
            why_not[scale] = "one dimension: no CR, AVE or H"
    return found, why_not


def _omega_errors(cfa: Fit, study: Study) -> np.ndarray:
    """The standard error of every omega: its slopes on the free parameters by central differences, and their vcov."""
    free, at = cfa.table.free, cfa.estimates
    steps = np.zeros((len(free), len(at)))
    steps[np.arange(len(free)), free] = 1e-5 * np.maximum(1.0, np.abs(at[free]))
    above, below = (omegas(matrices(cfa, at + side * steps), study)[0] for side in (1, -1))
    slopes = (above - below) / (2 * steps.sum(axis=1))
    return np.sqrt(((slopes @ cfa.vcov().to_numpy()) * slopes).sum(axis=1))


def _standardised(model: Matrices, scale: str, indicators: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The loadings of a scale's indicators on it and their implied correlations, all variables with variance 1."""
    i, own = [model.place[name] for name in indicators], model.place[scale]
    sd = np.sqrt(np.diag(model.total))
    return model.paths[i, own] * sd[own] / sd[i], model.total[np.ix_(i, i)] / np.outer(sd[i], sd[i])


def _indicators(study: Study, scale: str) -> tuple[str, ...]:
    """What a scale is measured by: its dimensions if it has some, else its items."""
    dimensions = study.constructs[scale].dimensions if scale in study.constructs else {}
    return tuple(dimensions) or study.scales()[scale]
