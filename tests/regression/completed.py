"""The firms in five completed data sets, as an imputation leaves them: an imputed product is not that of its factors.

``python tests/regression/completed.py <file.csv>`` writes them for record_pool.R.
"""

import sys

import numpy as np
import pandas as pd
from tests.regression.firms import firms

TIMES = 5


def completed() -> pd.DataFrame:
    """``imputation`` from 1, the columns of `firms.firms`, and ``effort:luck``; profit of each eighth firm is open."""
    table = firms()
    table["effort:luck"] = table["effort"] * table["luck"]
    table.loc[::8, "profit"] = np.nan
    rng = np.random.default_rng(5)
    parts = []
    for number in range(1, TIMES + 1):
        filled = table.copy()
        for column in table:
            known, rows = table[column].dropna(), table[column].isna()
            filled.loc[rows, column] = rng.choice(known, rows.sum())
        filled.insert(0, "imputation", number)
        parts.append(filled)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    completed().to_csv(sys.argv[1], index=False)
