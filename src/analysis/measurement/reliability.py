"""How consistently do the items of a scale measure it? Alpha with its interval, composite reliability, AVE."""

import numpy as np
import pandas as pd

from analysis.study import Study


def reliability(respondents: pd.DataFrame, scores: pd.DataFrame, loadings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a construct and dimension; the columns of results.TABLES["reliability"].

    Alpha is Cronbach's (1951) on complete answers, its interval Feldt's (1965), both by pingouin. CR and AVE come from
    the standardised loadings λ of the CFA (Fornell & Larcker 1981, eq. 10 and 11): CR = (Σλ)² / ((Σλ)² + Σ(1 − λ²)),
    AVE = mean of λ²; those of a second-order construct from the loadings of its dimensions.
    """
    standardised = loadings.groupby("scale")["std"].apply(np.array)
    rows = []
    for name, construct in study.constructs.items():
        dimensions = {d: dimension.items for d, dimension in construct.dimensions.items()}
        for scale, items in {name: construct.all_items, **dimensions}.items():
            answers = respondents[list(items)].dropna()
            alpha, lower, upper = cronbach_alpha(answers)
            lambdas = standardised.get(scale, np.array([]))
            rows.append(
                {
                    "scale": scale,
                    "construct": name,
                    "level": "construct" if scale == name else "dimension",
                    "items": len(items),
                    "n": len(answers),
                    "n_score": int(scores[scale].notna().sum()),
                    "mean": scores[scale].mean(),
                    "sd": scores[scale].std(),
                    "alpha": alpha,
                    "alpha_ci_lower": lower,
                    "alpha_ci_upper": upper,
                    "cr": composite_reliability(lambdas),
                    "ave": float(np.mean(lambdas**2)) if len(lambdas) else np.nan,
                    "basis": "dimensions" if scale == name and dimensions else "items",
                }
            )
    return pd.DataFrame(rows)


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


def composite_reliability(loadings: np.ndarray) -> float:
    """Composite reliability of standardised loadings without residual covariances; NaN if there are none."""
    if not len(loadings):
        return np.nan
    common = loadings.sum() ** 2
    return float(common / (common + (1 - loadings**2).sum()))
