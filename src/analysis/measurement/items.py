"""What do items and constructs look like? Moments, missing answers, floor and ceiling; means by wave."""

import pandas as pd

from analysis.study import Study


def describe(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row an item and wave, and one for all waves together; the columns of results.TABLES["items"]."""
    nan = float("nan")
    groups = [("all", respondents), *respondents.groupby("wave", sort=False)]
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
                }
            )
    return pd.DataFrame(rows)


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
