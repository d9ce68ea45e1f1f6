"""Studies of any shape, and answers with a known truth behind them.

``python tests/measurement/planted.py <folder>`` writes the answers that marker/record.R and rivals/record.R read.
"""

import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.study import Study

WORDS = {"en": "words", "zh": "话"}


def study(constructs: dict, marker=(), respecifications=(), seed=1) -> Study:
    """A study of constructs, each a list of items or a dictionary of dimensions with lists of items."""
    described, items = {}, []
    for k, (name, measured) in enumerate(constructs.items()):
        described[name] = {"symbol": f"C{k}", "label": WORDS}
        if isinstance(measured, dict):
            described[name]["dimensions"] = {d: {"label": WORDS, "items": i} for d, i in measured.items()}
            items += chain.from_iterable(measured.values())
        else:
            described[name]["items"] = measured
            items += measured
    codebook = {v: {"name": v, "kind": "likert", "answers": "five", "text": WORDS} for v in (*items, *marker)}
    return Study.model_validate(
        {
            **{"name": "planted", "title": WORDS, "source": WORDS, "seed": seed, "codebook_file": "codebook.csv"},
            **{"codebook": codebook, "answers": {"five": {k: WORDS for k in range(1, 6)}}, "constructs": described},
            "marker": marker,
            "respecifications": [{"add": line, "reason": WORDS} for line in respecifications],
            "hypotheses": {},
            "waves": {"one": {"file": "one.csv", "reader": "csv"}},
        }
    )


MARKED = {
    "climate": {"trust": ["t1", "t2", "t3"], "voice": ["v1", "v2", "v3"], "care": ["c1", "c2", "c3"]},
    "skill": ["s1", "s2", "s3", "s4"],
    "output": ["o1", "o2", "o3"],
}
MARKER = ("m1", "m2", "m3")


def marked(n: int, method: float, seed: int, codes=True) -> pd.DataFrame:
    """Answers to MARKED and MARKER; every item has the loading ``method`` on what the marker measures."""
    rng = np.random.default_rng(seed)
    climate, skill, output = rng.multivariate_normal(np.zeros(3), np.full((3, 3), 0.3) + 0.7 * np.eye(3), n).T
    facets = {d: 0.8 * climate + 0.6 * rng.normal(size=n) for d in "tvc"}
    factors = facets | {"s": skill, "o": output}
    blue = rng.normal(size=n)
    items = [f"{d}{k}" for d in "tvc" for k in (1, 2, 3)] + MARKED["skill"] + MARKED["output"]
    latent = {i: 0.7 * factors[i[0]] + method * blue + 0.6 * rng.normal(size=n) for i in items}
    latent |= {m: 0.8 * blue + 0.6 * rng.normal(size=n) for m in MARKER}
    frame = pd.DataFrame(latent)
    return (frame * 0.9 + 3).round().clip(1, 5) if codes else frame


def scores(answers: pd.DataFrame, study: Study) -> pd.DataFrame:
    return pd.DataFrame({name: answers[list(items)].mean(axis=1) for name, items in study.scales().items()})


if __name__ == "__main__":
    marked(500, 0.35, 11).astype(int).to_csv(Path(sys.argv[1]) / "marked.csv", index=False)
