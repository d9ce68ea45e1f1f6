"""What do items and constructs look like? Moments, missing answers, floor, ceiling, fit to the scale; means by wave."""

import numpy as np
import pandas as pd

from analysis.study import Study


def describe(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row an item and wave, and one for all waves together; the columns of results.TABLES["items"].

    ``item_total`` and ``alpha_if_deleted`` are those of `within_scale`, of the item's narrowest scale: its dimension,
    or its construct where that has no dimensions.
    """
    nan = float("nan")
    groups = [("all", respondents), *respondents.groupby("wave", sort=False)]
    narrowest = {item: items for items in study.scales().values() for item in items}  # dimensions come last
    fits = {w: pd.concat(within_scale(group[list(s)]) for s in set(narrowest.values())) for w, group in groups}
    rows = []
    for item in study.items:
        codes = study.options(item)
        for wave, group in groups:
            answers = group[item].dropna()
            varies = answers.nunique() > 1
            rows.append(
                {
                    "item": item,
                    "wave": wave,
                    "n": len(answers),
                    "missing_share": 1 - len(answers) / len(group) if len(group) else nan,
                    "mean": answers.mean(),
                    "sd": answers.std(),
                    "skew": answers.skew() if varies else nan,
                    "kurtosis": answers.kurt() if varies else nan,
                    "floor": (answers == min(codes)).mean(),
                    "ceiling": (answers == max(codes)).mean(),
                    **fits[wave].loc[item],
                }
            )
    return pd.DataFrame(rows)


def within_scale(answers: pd.DataFrame) -> pd.DataFrame:
    """How each item goes with the others of its scale; index: items, columns: item_total, alpha_if_deleted.

    ``item_total``: correlation with the sum of the others; ``alpha_if_deleted``: Cronbach's alpha of the others, raw
    (R: ``r.drop`` and ``raw_alpha`` of ``psych::alpha(x)$item.stats`` and ``$alpha.drop``). On complete answers, both
    from the covariance matrix. Empty for fewer than three respondents, where the item or the sum of the others does
    not vary, alpha also in a scale of two items.
    """
    complete = answers.dropna()
    k = len(complete.columns)
    found = pd.DataFrame(np.nan, complete.columns, ["item_total", "alpha_if_deleted"])
    if len(complete) < 3 or k < 2:
        return found
    covariance = complete.cov().to_numpy()
    own = np.diag(covariance)
    with_others = covariance.sum(axis=1) - own
    others = covariance.sum() - 2 * with_others - own  # the variance of the sum of the others
    others[others < 1e-12 * own.sum()] = np.nan
    varies = np.where(own > 0, own, np.nan)
    found["item_total"] = with_others / np.sqrt(varies * others)
    if k > 2:
        found["alpha_if_deleted"] = (k - 1) / (k - 2) * (1 - (own.sum() - own) / others)
    return found


def wave_means(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The mean of every construct in every wave with its 95 % interval, as stats::t.test in R."""
    from scipy.stats import t

    rows = []
    for wave, group in scores.groupby("wave", sort=False):
        for construct in study.constructs:
            values = group[construct].dropna()
            mean, se = values.mean(), values.sem()
            margin = t.ppf(0.975, len(values) - 1) * se if len(values) > 1 else float("nan")
            rows.append((wave, construct, len(values), mean, se, mean - margin, mean + margin))
    return pd.DataFrame(rows, columns=["wave", "construct", "n", "mean", "se", "ci_lower", "ci_upper"])
