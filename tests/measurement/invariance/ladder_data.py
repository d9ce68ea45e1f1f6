"""Pupils by school, simulated yes and no by group, and our models of the latter, for semTools and lavaan.

``python -m tests.measurement.invariance.ladder_data <folder>`` writes them for record_invariance.R.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tests.parity.parity_data import cut

from analysis.measurement.invariance import ordinal_model

SCALES = {"visual": ("o1", "o2", "o3", "t9"), "textual": ("o4", "o5", "o6")}
YES_NO = (12, 29, 123)  # seeds of `yes_no`
RUNGS = {"configural": "", "metric": "|=~", "scalar": "|=~~1"}


def ladder_data() -> pd.DataFrame:
    """Holzinger and Swineford's x1 to x9 as measured; o1 to o6 with four answers, t9 with three, b1 to b9 with two."""
    data = cut()
    return data.assign(t9=data["o9"].clip(upper=3))


def yes_no(seed: int) -> pd.DataFrame:
    """Three to six items b0, b1 ... of one factor with the answers 1 and 2, by region: two or three groups."""
    rng = np.random.default_rng(seed)
    groups, n, k = rng.integers(2, 4), int(rng.choice([150, 300, 600])), int(rng.integers(3, 7))
    group = np.repeat(np.arange(groups), n)
    loadings, thresholds = rng.uniform(0.4, 0.9, k), rng.uniform(-1.2, 1.2, k)
    mean, sd = np.r_[0, rng.normal(0, 0.6, groups - 1)], np.r_[1, rng.uniform(0.6, 1.5, groups - 1)]
    factor = mean[group] + sd[group] * rng.normal(size=len(group))
    tendency = loadings * factor[:, None] + np.sqrt(1 - loadings**2) * rng.normal(size=(len(group), k))
    answers = (tendency > thresholds) + 1.0
    return pd.DataFrame(answers, columns=[f"b{i}" for i in range(k)]).assign(region=group + 1.0)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    ladder_data().to_csv(folder / "ladder.csv", index=False)
    for seed in YES_NO:
        data = yes_no(seed)
        data.to_csv(folder / f"yes_no_{seed}.csv", index=False)
        items = tuple(data.columns.drop("region"))
        for rung, operators in RUNGS.items():
            equal = [op for op in ("|", "=~", "~1") if op in operators]
            text = ordinal_model({"f": items}, data[[*items]].nunique(), data["region"].nunique(), equal, ())
            (folder / f"yes_no_{seed}_{rung}.txt").write_text(text + "\n", encoding="utf-8")
