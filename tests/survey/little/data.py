"""The data on which Little's test is compared with R; ``python tests/survey/little/data.py <folder>`` writes them.

``airquality`` is the data set of that name in R (153 days), kept beside this file: for it the documentation of
naniar::mcar_test prints statistic 35.1, df 14, p .00142 and 4 patterns. ``customers`` are real answers with few missing
values, ``scattered`` made-up ones with many patterns.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tests.measurement.customers import customers


def scattered() -> pd.DataFrame:
    """300 × 8 answers from 1 to 5, a tenth of them missing, more often the higher the first answer is."""
    rng = np.random.default_rng(1988)
    common = rng.normal(size=(300, 1))
    answers = np.clip(np.round(3 + common + rng.normal(size=(300, 8))), 1, 5)
    chance = np.where(answers[:, :1] > 3, 0.16, 0.05)
    answers[:, 1:][rng.random((300, 7)) < chance] = np.nan
    return pd.DataFrame(answers, columns=[f"x{k}" for k in range(1, 9)])


DATA = {
    "airquality": lambda: pd.read_csv(Path(__file__).with_name("airquality.csv")),
    "customers": customers,
    "scattered": scattered,
}

if __name__ == "__main__":
    for name, make in DATA.items():
        make().to_csv(Path(sys.argv[1]) / f"{name}.csv", index=False)
