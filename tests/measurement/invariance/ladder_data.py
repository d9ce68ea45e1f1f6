"""Holzinger and Swineford's pupils by school, their tests cut into four and three answers, for semTools.

``python tests/measurement/invariance/ladder_data.py <file.csv>`` writes them for record_invariance.R.
"""

import sys

import pandas as pd
from tests.parity.parity_data import cut

SCALES = {"visual": ("o1", "o2", "o3", "t9"), "textual": ("o4", "o5", "o6")}


def ladder_data() -> pd.DataFrame:
    """x1 to x9 as measured; o1 to o6 with four answers, t9 with three, b1 to b9 with two; school."""
    data = cut()
    return data.assign(t9=data["o9"].clip(upper=3))


if __name__ == "__main__":
    ladder_data().to_csv(sys.argv[1], index=False)
