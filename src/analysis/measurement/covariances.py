"""How do the items go together? Every covariance and correlation, for those who want to fit a model of their own."""

import numpy as np
import pandas as pd

from analysis.study import Study


def covariances(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a pair of items, each with itself included; the columns of results.TABLES["covariances"].

    Each from those who answered both (R: ``cov(x, use = "pairwise.complete.obs")``); the interval of r by Fisher's z
    (``cor.test``). Empty with fewer than four respondents, and r where an item does not vary among them.
    """
    from scipy.stats import norm

    answers = respondents[list(study.items)].astype(float)
    answered = answers.notna().to_numpy(dtype=float)
    first, second = np.triu_indices(len(study.items))
    n = (answered.T @ answered)[first, second]
    centred = answers - answers.mean()
    covariance, r = (
        table.to_numpy()[first, second] for table in (centred.cov(min_periods=4), centred.corr(min_periods=4))
    )
    with np.errstate(divide="ignore"):
        z, margin = np.arctanh(r), norm.ppf(0.975) / np.sqrt(np.maximum(n - 3, 1))
    return pd.DataFrame(
        {
            "a": answers.columns[first],
            "b": answers.columns[second],
            "n": n.astype(int),
            "covariance": covariance,
            "r": r,
            "ci_lower": np.tanh(z - margin),
            "ci_upper": np.tanh(z + margin),
        }
    )
