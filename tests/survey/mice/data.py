"""Firms whose answers are missing at random, given what is known of them, with true values that the tests know.

``python tests/survey/mice/data.py <file.csv>`` writes those on which imputations are compared with R's mice.
"""

import sys

import numpy as np
import pandas as pd

TRUE_MEAN = 3.0  # of output
SHARES = (0.5, 0.3, 0.2)  # of the regions


def firms(n: int, seed: int) -> pd.DataFrame:
    """Scores and controls of the small study, on which the tests know the true values.

    ``output`` is open the more often the higher ``support`` is, ``stress`` at random, ``age`` and ``region`` the more
    often the higher ``mood`` is; ``mood`` and ``support`` are complete.
    """
    rng = np.random.default_rng(seed)
    stress, support = rng.normal(size=(2, n))
    mood = 0.5 * support + rng.normal(size=n)
    region = rng.choice([1, 2, 3], n, p=SHARES)
    age = np.round(40 + 6 * mood + 4 * (region == 3) + rng.normal(0, 8, n))
    output = TRUE_MEAN - 0.6 * stress + 0.6 * support + 0.4 * stress * support + 0.3 * mood + rng.normal(0, 0.7, n)
    table = pd.DataFrame({"stress": stress, "support": support, "mood": mood, "output": output, "age": age})
    table[["region_2", "region_3"]] = np.column_stack([region == 2, region == 3]).astype(float)
    table.loc[rng.random(n) < 1 / (1 + np.exp(0.8 - support)), "output"] = np.nan
    table.loc[rng.random(n) < 0.1, "stress"] = np.nan
    often = 1 / (1 + np.exp(1.5 - mood))
    table.loc[rng.random(n) < often, "age"] = np.nan
    table.loc[rng.random(n) < often, ["region_2", "region_3"]] = np.nan
    return table


if __name__ == "__main__":
    firms(800, seed=1).to_csv(sys.argv[1], index=False)
