"""Simulated workers with latent interactions of known size, and the studies that ask about them.

``python tests/structure/workers.py <file.csv>`` writes those of the recorded answers, for the R scripts beside this.
"""

import sys

import numpy as np
import pandas as pd

from analysis.study import Study

WORDS = {"en": "words", "zh": "话"}
CONSTRUCTS = {
    "strain": ["s1", "s2", "s3"],
    "backing": {"home": ["h1", "h2"], "office": ["o1", "o2"], "friends": ["f1", "f2"]},
    "mood": ["m1"],
    "coping": ["c1", "c2", "c3", "c4"],
    "output": ["p1", "p2", "p3"],
}
HYPOTHESES = {
    "H1": {"path": "strain -> coping -> output"},
    "H2": {"path": "strain -> output", "moderated_by": "backing"},
    "H3": {"path": "strain -> output", "moderated_by": "coping"},
    "H4": {"path": "strain -> coping -> output", "moderated_by": "backing", "stage": "first"},
    "H5": {"path": "strain -> coping -> output", "moderated_by": "mood", "stage": "second"},
    "H6": {"path": "strain -> output", "moderated_by": "mood"},
}


def study(constructs=None, hypotheses=None, controls=("age",), waves=("one",), respecifications=()) -> Study:
    """A study of constructs (a list of items, or of dimensions with lists of items); attributes age and region."""
    described, items = {}, []
    for k, (name, measured) in enumerate((CONSTRUCTS if constructs is None else constructs).items()):
        described[name] = {"symbol": f"C{k}", "label": WORDS}
        if isinstance(measured, dict):
            described[name]["dimensions"] = {d: {"label": WORDS, "items": i} for d, i in measured.items()}
            items += [i for some in measured.values() for i in some]
        else:
            described[name]["items"] = measured
            items += measured
    codebook = {v: {"name": v, "kind": "likert", "answers": "five", "text": WORDS} for v in items}
    codebook["age"] = {"name": "age", "kind": "number", "text": WORDS}
    codebook["region"] = {"name": "region", "kind": "ordinal", "answers": "regions", "text": WORDS}
    return Study.model_validate(
        {
            **{"name": "workers", "title": WORDS, "source": WORDS, "seed": 1, "codebook_file": "codebook.csv"},
            **{"codebook": codebook, "constructs": described, "controls": controls},
            "answers": {"five": {k: WORDS for k in range(1, 6)}, "regions": {k: WORDS for k in (1, 2, 3)}},
            "respecifications": [{"add": line, "reason": WORDS} for line in respecifications],
            "hypotheses": HYPOTHESES if hypotheses is None else hypotheses,
            "waves": {w: {"file": f"{w}.csv", "reader": "csv"} for w in waves},
        }
    )


def workers(n=500, seed=3, bent=0.25, differ=0.0) -> pd.DataFrame:
    """Answers, a row a worker: coping and output bend by ``bent`` where backing does; the path strain -> coping is
    -0.3 in region 1 and -0.3 + ``differ`` in region 2. Standardised as to the constructs that nothing explains."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, n).round()
    region = 1.0 + (np.arange(n) >= n // 2)
    older = (age - 40) / 10
    strain, backing, mood = rng.multivariate_normal(np.zeros(3), [[1, -0.2, 0.1], [-0.2, 1, 0.2], [0.1, 0.2, 1]], n).T
    strain = 0.2 * older + 0.98 * strain
    slope = -0.3 + differ * (region == 2) + bent * backing
    coping = slope * strain + 0.3 * backing + 0.1 * mood + 0.1 * older + 0.8 * rng.normal(size=n)
    output = (-0.2 + bent * backing) * strain + (0.4 - 0.15 * mood) * coping + 0.1 * mood + 0.7 * rng.normal(size=n)
    facets = {d: 0.8 * backing + 0.6 * rng.normal(size=n) for d in "hof"}
    factors = facets | {"s": strain, "c": coping, "p": output}
    loadings = {"s1": 0.8, "s2": 0.7, "s3": 0.8, "c1": 0.7, "c2": 0.5, "c3": 0.8, "c4": 0.8}
    items = ["s1", "s2", "s3", "h1", "h2", "o1", "o2", "f1", "f2", "c1", "c2", "c3", "c4", "p1", "p2", "p3"]
    answers = {i: loadings.get(i, 0.8) * factors[i[0]] + 0.6 * rng.normal(size=n) for i in items}
    answers["m1"] = mood + 3
    table = pd.DataFrame(answers).round(3)
    return table.assign(age=age, region=region, wave="one", respondent=[f"one:{k}" for k in range(n)])


def controls(table: pd.DataFrame) -> pd.DataFrame:
    """The control terms of `study` as the survey stage makes them."""
    return table[["respondent", "wave", "age"]].copy()


if __name__ == "__main__":
    made = workers(differ=0.3)
    made.loc[[5, 80], "c2"] = np.nan
    made.loc[7, "age"] = np.nan
    made.to_csv(sys.argv[1], index=False)
