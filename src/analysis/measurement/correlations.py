"""How do the constructs go together? Correlations of scores with intervals, beside those of the latent variables."""

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.study import Study


def correlations(scores: pd.DataFrame, latent: dict[frozenset[str], float], study: Study) -> pd.DataFrame:
    """One row a pair of constructs; Pearson's r with its interval by Fisher's z, as stats::cor.test in R."""
    from scipy.stats import pearsonr

    rows = []
    for a, b in combinations(study.constructs, 2):
        pair = scores[[a, b]].dropna()
        row = {"a": a, "b": b, "n": len(pair), "latent_r": latent.get(frozenset((a, b)), np.nan)}
        if len(pair) > 3 and (pair.std() > 0).all():
            test = pearsonr(pair[a], pair[b])
            interval = test.confidence_interval(0.95)
            row |= {
                "r": test.statistic,
                "pvalue": test.pvalue,
                "ci_lower": interval.low,
                "ci_upper": interval.high,
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=["a", "b", "n", "r", "pvalue", "ci_lower", "ci_upper", "latent_r"])
