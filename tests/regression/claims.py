"""Studies that claim this or that of the data of record_mediation.R, and these data as scores and controls."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from tests.measurement.planted import WORDS, study

from analysis.study import Study
from analysis.study.types import Hypothesis, Variable

HERE = Path(__file__).parent


def claims(constructs: list[str], *hypotheses: dict, controls=(), **more) -> Study:
    """A study of one wave with single-item constructs, in that order, and the hypotheses H1, H2, …"""
    planned = study({name: [f"{name}_1"] for name in constructs}, seed=7)
    numbers = {c: Variable(name=c, kind="number", minimum=0, maximum=100, text=WORDS) for c in controls}
    stated = {f"H{k}": Hypothesis.model_validate(h) for k, h in enumerate(hypotheses, start=1)}
    changed = {"codebook": planned.codebook | numbers, "controls": tuple(controls), "hypotheses": stated}
    return planned.model_copy(update=changed | more)


def tables(data: pd.DataFrame, *controls: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scores, controls and respondents of one wave."""
    who = pd.DataFrame({"respondent": [f"one:{k}" for k in range(len(data))], "wave": "one", "firm": ""})
    place = who[["respondent", "wave"]]
    data = data.reset_index(drop=True).astype(float)
    scores = data.drop(columns=list(controls))
    return pd.concat([place, scores], axis=1), pd.concat([place, data[list(controls)]], axis=1), who


def mediators() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The data of record_mediation.R: x, w, m1, m2, y, and age as a control."""
    return tables(pd.read_csv(HERE / "mediators.csv"), "age")


def of_moments(published: str, by: str) -> pd.DataFrame:
    """Rows that have, in both groups of ``by``, the means and covariances of a published data set, whose own rows are
    not ours to hand on. Regressions on ``by``, on others, and on products with ``by`` come out as from these."""
    recorded = json.loads((HERE / "mediation.json").read_text(encoding="utf-8"))["published"][published]
    parts = []
    for group in recorded:
        drawn = np.random.default_rng(1).normal(size=(group["n"], len(group["mean"])))
        drawn -= drawn.mean(axis=0)
        white = np.linalg.solve(np.linalg.cholesky(np.cov(drawn, rowvar=False)), drawn.T)
        rows = (np.linalg.cholesky(np.array(group["cov"])) @ white).T + list(group["mean"].values())
        parts.append(pd.DataFrame(rows, columns=list(group["mean"])).assign(**{by: group["value"]}))
    return pd.concat(parts, ignore_index=True)


def simulated(n: int, seed: int, first: float, last: float) -> pd.DataFrame:
    """x -> m -> y with paths .5 and .4, and w that adds ``first`` to the first and ``last`` to the last for each unit;
    x and w have mean 0 and SD 1, as have the residuals."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, n))
    m = (0.5 + first * w) * x + rng.normal(size=n)
    y = 0.2 * x + 0.1 * w + (0.4 + last * w) * m + rng.normal(size=n)
    return pd.DataFrame({"x": x, "w": w, "m": m, "y": y})
