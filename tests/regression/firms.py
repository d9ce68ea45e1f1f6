"""Simulated firms for the regressions: a product term, a dummy, unequal error variances, missing answers.

``python tests/regression/firms.py <file.csv>`` writes them for record_lm.R.
"""

import sys

import numpy as np
import pandas as pd


def firms() -> pd.DataFrame:
    """180 firms; effort explains skill, and effort, skill, luck and effort x luck explain profit."""
    rng = np.random.default_rng(31)
    n = 180
    age = rng.integers(1, 40, n).astype(float)
    region = rng.integers(1, 4, n)
    effort = rng.normal(3, 1, n) + 0.02 * age
    luck = rng.normal(2, 1.5, n)
    skill = 0.5 * effort + rng.normal(0, 1, n)
    noise = rng.normal(0, 0.5 + 0.4 * np.abs(luck), n)
    profit = 1 + 0.4 * effort - 0.3 * luck + 0.6 * skill + 0.25 * effort * luck + 0.3 * (region == 3) + noise
    table = pd.DataFrame(
        {
            "age": age,
            "region_2": (region == 2) * 1.0,
            "region_3": (region == 3) * 1.0,
            "effort": effort,
            "luck": luck,
            "skill": skill,
            "profit": profit,
        }
    )
    table.loc[[3, 50], "luck"] = np.nan
    table.loc[77, "age"] = np.nan
    return table


if __name__ == "__main__":
    firms().to_csv(sys.argv[1], index=False)
