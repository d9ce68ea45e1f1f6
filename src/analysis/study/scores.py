"""The one rule of scores: the mean of the items answered, if these are enough."""

import pandas as pd

from analysis.study.types import Study


def score(answers: pd.DataFrame, study: Study) -> pd.Series:
    """The person means of a scale whose items are the columns.

    Empty where fewer than the share ``missing_data.score_share`` of the items are answered.
    """
    enough = answers.notna().sum(axis=1) >= study.missing_data.score_share * answers.shape[1] - 1e-9
    return answers.mean(axis=1).where(enough)
