"""What does each item look like? Moments, missing answers, floor and ceiling, by wave and in all."""

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
