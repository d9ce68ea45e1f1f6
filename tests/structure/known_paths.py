"""Answers simulated from known paths, and the study that asks about them."""

import numpy as np
import pandas as pd
from tests.structure import workers

from analysis.study import Study

CONSTRUCTS = {
    "demand": ["d1", "d2", "d3"],
    "support": {"home": ["h1", "h2", "h3"], "office": ["o1", "o2", "o3"], "friends": ["f1", "f2", "f3"]},
    "energy": ["e1", "e2", "e3"],
    "output": ["p1", "p2", "p3"],
}
HYPOTHESES = {
    "H1": {"path": "demand -> output"},
    "H2": {"path": "demand -> energy -> output"},
    "H3": {"path": "support -> energy -> output"},
    "H4": {"path": "support -> output"},
}
TRUTH = {
    ("demand", "energy"): -0.4,
    ("support", "energy"): 0.3,
    ("energy", "output"): 0.5,
    ("demand", "output"): -0.2,
    ("support", "output"): 0.0,
}


def study(**others) -> Study:
    return workers.study(**({"constructs": CONSTRUCTS, "hypotheses": HYPOTHESES} | others))


def answers(n: int = 1500, seed: int = 11, home: float = 0.0, apart: float = 0.6) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Respondents and controls. First loadings are 1, so paths are in the units of `TRUTH`; ``home``: what that one
    dimension does to output beyond support as a whole; ``apart``: the SD of what a dimension has of its own."""
    rng = np.random.default_rng(seed)
    older = rng.normal(size=n)
    demand, support = 0.3 * older + rng.normal(size=n), rng.normal(size=n)
    facets = {d: support + apart * rng.normal(size=n) for d in "hof"}
    energy = -0.4 * demand + 0.3 * support + 0.2 * older + 0.7 * rng.normal(size=n)
    output = 0.5 * energy - 0.2 * demand + home * facets["h"] + 0.1 * older + 0.7 * rng.normal(size=n)
    factors = facets | {"d": demand, "e": energy, "p": output}
    items = [f"{f}{k}" for f in "dhofep" for k in (1, 2, 3)]
    loadings = {"1": 1.0, "2": 0.8, "3": 0.9}
    table = pd.DataFrame({i: loadings[i[1]] * factors[i[0]] + 0.6 * rng.normal(size=n) for i in items})
    table = table.assign(respondent=[f"one:{k}" for k in range(n)], wave="one", age=older)
    return table, table[["respondent", "wave", "age"]].copy()
