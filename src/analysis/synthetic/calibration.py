"""Does the engine tell the truth? Samples of a known population are drawn and fitted, and the fits judged.

The population: two correlated exogenous factors, a mediator and an outcome with three or four indicators each; every
variable has variance 1 and the path y ~ b is zero. What comes out are a tidy table and a page that is written from it.
"""

import warnings
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import root
from scipy.special import ndtri

from analysis import sem

LOADINGS = {
    "a": (0.80, 0.75, 0.70, 0.65),
    "b": (0.80, 0.75, 0.70),
    "m": (0.80, 0.75, 0.70),
    "y": (0.80, 0.75, 0.70, 0.65),
}
PATHS = {("m", "a"): 0.40, ("m", "b"): 0.30, ("y", "m"): 0.40, ("y", "a"): 0.25, ("y", "b"): 0.0}
NULL_PATH = ("y", "~", "b")
CORRELATION = 0.30  # of a and b
SKEW, KURTOSIS = 2.0, 7.0  # "moderately nonnormal" (Curran, West & Finch, 1996); excess kurtosis
SHARES = (0.55, 0.20, 0.12, 0.08, 0.05)  # of the five answers: skewness 1.2
MISSING_BELOW, MISSING_ABOVE = 0.04, 0.16  # by the first indicator of the factor, which is always observed

# What is drawn, and what it is fitted with. The place in this list is part of the seed.
ESTIMATORS = {
    "normal": ("ML", "MLR", "MLM"),
    "skewed": ("ML", "MLR", "MLM"),
    "ordinal": ("ML", "MLR", "WLSMV"),
    "missing": ("FIML-MLR",),
}
OPTIONS = {
    "WLSMV": {"estimator": "WLSMV", "ordered": True},
    "FIML-MLR": {"estimator": "MLR", "missing": "fiml"},
}
COLUMNS = {
    "data": "normal, skewed, ordinal (five points, skewed) or missing (normal, 10 % missing at random)",
    "estimator": "ML, MLR, MLM, WLSMV or FIML-MLR",
    "n": "rows of a sample",
    "replications": "samples drawn",
    "failed": "of these: no minimum, an error, or standard errors withheld; left out of every measure",
    "improper": "of the others: a negative variance or a matrix that is not positive definite; kept",
    "metric": "standardised or unstandardised; empty for a test",
    "parameters": "loadings, paths, model (its chi-square test) or null path",
    "measure": "bias, largest_bias, coverage, lowest_coverage, se_ratio or rejection",
    "value": "relative bias; coverage of 95 % intervals; mean standard error / sd of estimates; share of p < 0.05",
    "mc_error": "its Monte Carlo standard error",
}


@dataclass(frozen=True)
class Settings:
    """How much is drawn, and from which seed."""

    sizes: tuple[int, ...]
    replications: int
    seed: int


@dataclass(frozen=True)
class Answer:
    """What is kept of a fit: estimates and errors by metric in the order of `true_values`, tests, properness."""

    estimates: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    model_rejected: bool
    null_rejected: bool
    improper: bool


# --- The population ---------------------------------------------------------------------------------------------------


def indicators(factor: str) -> list[str]:
    """The names of a factor's indicators, the marker first."""
    return [f"{factor}{k}" for k in range(1, len(LOADINGS[factor]) + 1)]


def model_text() -> str:
    """The true model in lavaan syntax; the null path is estimated."""
    lines = [f"{factor} =~ {' + '.join(indicators(factor))}" for factor in LOADINGS]
    return "\n".join([*lines, *(f"{outcome} ~ {predictor}" for outcome, predictor in PATHS)])


def factor_covariance() -> np.ndarray:
    """Φ = (I − B)⁻¹ Ψ (I − B)⁻ᵀ, with Ψ such that every factor has variance 1 (Bollen, 1989, ch. 8)."""
    names = list(LOADINGS)
    phi = np.eye(len(names))
    phi[0, 1] = phi[1, 0] = CORRELATION
    for k, outcome in enumerate(names[2:], start=2):  # in causal order
        paths = np.array([PATHS.get((outcome, name), 0.0) for name in names[:k]])
        phi[k, :k] = phi[:k, k] = phi[:k, :k] @ paths
    return phi


def population_covariance() -> pd.DataFrame:
    """Σ = ΛΦΛᵀ + Θ with Θ = 1 − λ²: the correlation matrix of the indicators."""
    names = [name for factor in LOADINGS for name in indicators(factor)]
    loading = np.concatenate(list(LOADINGS.values()))
    of = np.repeat(np.arange(len(LOADINGS)), [len(values) for values in LOADINGS.values()])
    sigma = np.outer(loading, loading) * factor_covariance()[np.ix_(of, of)]
    np.fill_diagonal(sigma, 1.0)
    return pd.DataFrame(sigma, names, names)


@cache
def true_values(metric: str) -> dict[tuple[str, str, str], float]:
    """The true loadings and paths by (lhs, op, rhs).

    Unstandardised they are in units of the markers: a loading λ / λ₁, a path β λ₁(outcome) / λ₁(predictor); the
    markers, fixed to 1, are left out.
    """
    standardised = metric == "standardised"
    unit = {factor: 1.0 if standardised else values[0] for factor, values in LOADINGS.items()}
    found = {
        (factor, "=~", name): value / unit[factor]
        for factor, values in LOADINGS.items()
        for name, value in zip(indicators(factor), values, strict=True)
        if standardised or name != indicators(factor)[0]
    }
    return found | {(o, "~", p): value * unit[o] / unit[p] for (o, p), value in PATHS.items()}


METRICS = ("standardised", "unstandardised")

# --- Drawing ----------------------------------------------------------------------------------------------------------


@cache
def fleishman(skew: float, kurtosis: float) -> tuple[float, float, float]:
    """b, c, d of −c + bZ + cZ² + dZ³ with mean 0, variance 1, this skewness and excess kurtosis (Fleishman, 1978)."""

    def off(at):
        b, c, d = at
        return (
            b**2 + 6 * b * d + 2 * c**2 + 15 * d**2 - 1,
            2 * c * (b**2 + 24 * b * d + 105 * d**2 + 2) - skew,
            24 * (b * d + c**2 * (1 + b**2 + 28 * b * d) + d**2 * (12 + 48 * b * d + 141 * c**2 + 225 * d**2))
            - kurtosis,
        )

    found = root(off, (0.9, 0.1, 0.01), tol=1e-12)
    if not found.success:
        raise ValueError(f"no Fleishman polynomial has skewness {skew} and excess kurtosis {kurtosis}")
    return tuple(found.x)


def intermediate_correlation(target: float, b: float, c: float, d: float) -> float:
    """The normal r that becomes ρ: r(b² + 6bd + 9d²) + 2c²r² + 6d²r³ = ρ (Vale & Maurelli, 1983, eq. 11)."""
    roots = np.roots([6 * d**2, 2 * c**2, b**2 + 6 * b * d + 9 * d**2, -target])
    real = roots[np.abs(roots.imag) < 1e-9].real
    return float(real[np.argmin(np.abs(real - target))])


@cache
def _root_of(skewed: bool) -> np.ndarray:
    """The Cholesky factor of the correlations of the normal variables behind the data."""
    sigma = population_covariance().to_numpy()
    if skewed:
        coefficients = fleishman(SKEW, KURTOSIS)
        sigma = np.vectorize(lambda r: intermediate_correlation(r, *coefficients))(sigma)
        np.fill_diagonal(sigma, 1.0)
    return np.linalg.cholesky(sigma)


def draw(data: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """A sample of n rows of the population, of one of the kinds of `ESTIMATORS`."""
    columns = population_covariance().columns
    values = rng.standard_normal((n, len(columns))) @ _root_of(data == "skewed").T
    if data == "skewed":
        b, c, d = fleishman(SKEW, KURTOSIS)
        values = -c + values * (b + values * (c + values * d))
    elif data == "ordinal":
        values = 1.0 + np.digitize(values, ndtri(np.cumsum(SHARES)[:-1]))
    sample = pd.DataFrame(values, columns=columns)
    return _leave_open(sample, rng) if data == "missing" else sample


def _leave_open(sample: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Values missing at random (Rubin, 1976): more of them where the observed marker is above its median."""
    chance = rng.random(sample.shape)
    for factor in LOADINGS:
        marker, *others = indicators(factor)
        likely = np.where(sample[marker] > sample[marker].median(), MISSING_ABOVE, MISSING_BELOW)
        gone = chance[:, sample.columns.get_indexer(others)] < likely[:, None]
        sample[others] = sample[others].mask(gone)
    return sample


def generator(seed: int, data: str, n: int, replication: int) -> np.random.Generator:
    """The random numbers of one replication, whatever else is drawn, and in whatever order."""
    key = (list(ESTIMATORS).index(data), n, replication)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


# --- Judging ----------------------------------------------------------------------------------------------------------


def answer(sample: pd.DataFrame, estimator: str) -> Answer | None:
    """What the engine says of a sample; None if it finds no minimum, gives up or withholds the errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sem.SemWarning)
        try:
            fitted = sem.fit(model_text(), sample, **OPTIONS.get(estimator, {"estimator": estimator}))
        except sem.SemError:
            return None
    if not fitted.converged or fitted.inference.unidentified:
        return None
    tables = {"standardised": _by_name(fitted.standardized(), "est_std"), "unstandardised": _by_name(fitted.parameters)}
    kept = {metric: np.array([table[key] for key in true_values(metric)]) for metric, table in tables.items()}
    if not all(np.isfinite(values).all() for values in kept.values()):
        return None
    test = "pvalue" if estimator == "ML" else "pvalue_scaled"
    return Answer(
        {metric: values[:, 0] for metric, values in kept.items()},
        {metric: values[:, 1] for metric, values in kept.items()},
        bool(fitted.measures[test] < 0.05),
        bool(tables["unstandardised"][NULL_PATH][2] < 0.05),
        any(isinstance(warning, sem.ImproperSolutionWarning) for warning in fitted.warnings),
    )


def _by_name(table: pd.DataFrame, estimate: str = "est") -> dict[tuple, tuple[float, float, float]]:
    columns = (table[c].to_list() for c in ("lhs", "op", "rhs", estimate, "se", "pvalue"))
    return {row[:3]: row[3:] for row in zip(*columns, strict=True)}


def relative_errors(estimates: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(θ̂ − θ) / θ of replications × parameters; the mean of a column is a parameter's relative bias."""
    return (estimates - truth) / truth


def covered(estimates: np.ndarray, errors: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Whether θ̂ ± 1.96 se holds θ, replications × parameters."""
    return np.abs(estimates - truth) <= ndtri(0.975) * errors


def se_ratios(estimates: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean standard error / standard deviation of the estimates, and each replication's influence on it.

    The influence on m/s is (m/s)(se/m − 1 − (z² − 1)/2), z = (θ̂ − mean)/s (delta method); below 1 errors are too small.
    """
    mean, sd = errors.mean(axis=0), estimates.std(axis=0, ddof=1)
    z = (estimates - estimates.mean(axis=0)) / sd
    return mean / sd, mean / sd * (errors / mean - 1.0 - (z**2 - 1.0) / 2.0)


def judge(answers: list[Answer]) -> list[dict]:
    """The measures of one cell of the study, each with its Monte Carlo error."""
    rows = []
    for metric in METRICS:
        keys = list(true_values(metric))
        truth = np.array(list(true_values(metric).values()))
        estimates = np.array([a.estimates[metric] for a in answers])
        errors = np.array([a.errors[metric] for a in answers])
        for parameters, op in (("loadings", "=~"), ("paths", "~")):
            these = np.array([key[1] == op for key in keys])
            at = estimates[:, these], errors[:, these], truth[these]
            rows += [{"metric": metric, "parameters": parameters} | row for row in _judge_parameters(*at)]
    for parameters, rejected in (
        ("model", [a.model_rejected for a in answers]),
        ("null path", [a.null_rejected for a in answers]),
    ):
        rows.append({"metric": "", "parameters": parameters} | _mean("rejection", np.array(rejected, float)[:, None]))
    return rows


def _judge_parameters(estimates: np.ndarray, errors: np.ndarray, truth: np.ndarray) -> list[dict]:
    off = relative_errors(estimates[:, truth != 0], truth[truth != 0])
    holds = covered(estimates, errors, truth).astype(float)
    ratios, influence = se_ratios(estimates, errors)
    worst, least = np.argmax(np.abs(off.mean(axis=0))), np.argmin(holds.mean(axis=0))
    return [
        _mean("bias", off),
        _mean("largest_bias", off[:, [worst]]),
        _mean("coverage", holds),
        _mean("lowest_coverage", holds[:, [least]]),
        _mean("se_ratio", influence) | {"value": float(ratios.mean())},
    ]


def _mean(measure: str, contributions: np.ndarray) -> dict:
    """The mean over replications and parameters; its error from the spread between replications."""
    means = contributions.mean(axis=1)
    return {"measure": measure, "value": float(means.mean()), "mc_error": float(means.std(ddof=1) / len(means) ** 0.5)}


def calibrate(settings: Settings) -> pd.DataFrame:
    """The whole study: every kind of data and size, every estimator on the same samples; columns `COLUMNS`."""
    rows = []
    for data, n in product(ESTIMATORS, settings.sizes):
        samples = [draw(data, n, generator(settings.seed, data, n, r)) for r in range(settings.replications)]
        for estimator in ESTIMATORS[data]:
            answers = [answer(sample, estimator) for sample in samples]
            kept = [a for a in answers if a]
            cell = {
                "data": data,
                "estimator": estimator,
                "n": n,
                "replications": settings.replications,
                "failed": len(answers) - len(kept),
                "improper": sum(a.improper for a in kept),
            }
            rows += [cell | row for row in judge(kept)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


# --- Telling ----------------------------------------------------------------------------------------------------------

BANDS = {"bias": (-0.01, 0.01), "coverage": (0.93, 0.97), "rejection": (0.025, 0.075)}  # the last: Bradley (1978)
BIASED = {("ordinal", "ML"), ("ordinal", "MLR")}  # answers taken for numbers: estimates of something else
UNPROTECTED = BIASED | {("skewed", "ML")}  # normal errors and tests on what is not normal
KINDS = {
    "normal": "Normal data",
    "skewed": f"Skewed continuous data (skewness {SKEW:g}, excess kurtosis {KURTOSIS:g})",
    "ordinal": "Skewed five-point answers",
    "missing": "Normal data, 10 % missing at random",
}


def page(table: pd.DataFrame, seed: int) -> str:
    """The table of `calibrate` as Markdown, and what it says; values by n stand in the order of n."""
    parts = [
        _opening(table, sorted(table["n"].unique()), seed),
        "## What was found\n",
        _reading(table),
        *(f"**{title}.** {first} {second}\n" for title, first, second in _findings(table)),
        "## The numbers\n",
        _legend(table),
        *(f"### {title}\n\n{_markdown(table[table['data'] == data])}\n" for data, title in KINDS.items()),
    ]
    return "\n".join(parts)


def _opening(table: pd.DataFrame, sizes: list[int], seed: int) -> str:
    paths = ", ".join(f"{o} ~ {b:.2f} {p}" for (o, p), b in PATHS.items())
    loadings = "; ".join(f"{f} {', '.join(f'{v:.2f}' for v in values)}" for f, values in LOADINGS.items())
    shares = ", ".join(f"{100 * share:.0f}" for share in SHARES)
    replications = table["replications"].max()
    sentences = [
        f"{replications} samples of each size, n = {', '.join(map(str, sizes))}, are drawn from a population whose",
        "parameters are known, and the true model is fitted to each.",
        f"The seed is {seed}; every sample has random numbers of its own, so that order and number of cores do not",
        "matter, and all estimators see the same samples.",
    ]
    return f"""\
# Calibration of the engine

    snakemake calibration

makes this page anew and writes every number to `reports/calibration/calibration.csv`; it is not edited by hand.

{" ".join(sentences)}

- **Population.** Two exogenous factors a and b with correlation {CORRELATION:.2f}, a mediator m and an outcome y,
  all of variance 1. Paths: {paths}.
  Loadings: {loadings}.
- **Normal.** Multivariate normal indicators.
- **Skewed.** The same covariance matrix, with skewness {SKEW:g} and excess kurtosis {KURTOSIS:g} in every indicator
  (Fleishman, 1978; Vale & Maurelli, 1983; the values are those of Curran, West & Finch, 1996).
- **Ordinal.** The normal indicators cut into five answers with shares of {shares} % (skewness 1.2).
  ML and MLR take the answers 1 to 5 for numbers.
- **Missing.** The normal indicators; all but the first of each factor are missing with probability {MISSING_BELOW:.2f}
  or {MISSING_ABOVE:.2f}, as the first lies below or above its median: 10 % on average.
"""


def _reading(table: pd.DataFrame) -> str:
    sizes = ", ".join(map(str, sorted(table["n"].unique())))
    return f"""\
Loadings and paths are standardised unless said otherwise. Values in a row belong to n = {sizes}; ± gives the
Monte Carlo standard error in points, and † marks what lies outside of a band by less than two of these and may be
chance. The band for rejections, 2.5–7.5 %, is Bradley's (1978).
"""


def _legend(table: pd.DataFrame) -> str:
    errors = table[table["metric"] != "unstandardised"].groupby("measure")["mc_error"].max() * 100
    up_to = {measure: f"{error:.1f}" for measure, error in errors.items()}
    return f"""\
Standardised loadings and paths, in per cent but for the last two columns; in brackets after the means, one parameter.
Monte Carlo standard errors, in points, are at most those given here.

- **failed, improper**: fits without a minimum or without standard errors, left out; fits with a negative variance or a
  matrix that is not positive definite, kept.
- **bias**: relative to the true value, the mean over parameters ({up_to["bias"]}); in brackets the largest
  ({up_to["largest_bias"]}). The path that is zero has none.
- **coverage**: of 95 % intervals, the mean ({up_to["coverage"]}); in brackets the lowest ({up_to["lowest_coverage"]}).
- **rejected**: how often p < 0.05 ({up_to["rejection"]}); the model by the chi-square for ML, the scaled one for the
  others.
- **SE**: mean standard error over the standard deviation of the estimates, the mean over parameters
  ({errors["se_ratio"] / 100:.2f}).
"""


def _markdown(table: pd.DataFrame) -> str:
    heads = ["n", "estimator", "failed", "improper", "bias: loadings", "bias: paths", "coverage: loadings"]
    heads += ["coverage: paths", "rejected: model", "rejected: null path", "SE: loadings", "SE: paths"]
    lines = [" | ".join(heads), " | ".join(["---:", ":---", *["---:"] * (len(heads) - 2)])]
    for (n, estimator), cell in table[table["metric"] != "unstandardised"].groupby(["n", "estimator"], sort=False):
        value = cell.set_index(["parameters", "measure"])["value"]
        shown = [n, estimator, cell["failed"].iloc[0], cell["improper"].iloc[0]]
        for measure, extreme in (("bias", "largest_bias"), ("coverage", "lowest_coverage")):
            for p in ("loadings", "paths"):
                shown.append(f"{_percent(value[p, measure])} ({_percent(value[p, extreme])})")
        shown += [_percent(value[p, "rejection"]) for p in ("model", "null path")]
        shown += [f"{value[p, 'se_ratio']:.2f}" for p in ("loadings", "paths")]
        lines.append(" | ".join(map(str, shown)))
    return "\n".join(f"| {line} |" for line in lines)


def _findings(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Each finding: a title and two sentences. What theory promises depends on `BIASED` and `UNPROTECTED`."""
    cells = pd.Series(list(zip(table["data"], table["estimator"], strict=True)), index=table.index)
    consistent = table[~cells.isin(BIASED) & (table["n"] >= 400)]
    protected = table[~cells.isin(UNPROTECTED)]
    rows = {name: t[t["metric"] != "unstandardised"] for name, t in (("all", table), ("bias", consistent))}
    rows["errors"] = protected[protected["metric"] != "unstandardised"]
    smallest = int(table["n"].min())
    return [
        (
            "Mean bias",
            "Where theory promises consistent estimates (everywhere but where ordinal answers are taken for numbers), "
            f"the mean relative bias from n = 400 on is {_range(rows['bias'], 'loadings', 'bias')} for loadings and "
            f"{_range(rows['bias'], 'paths', 'bias')} for paths.",
            _outside(rows["bias"], "bias"),
        ),
        ("Bias of single parameters", *_single(rows["bias"])),
        (
            "Intervals",
            "Where theory promises right errors (in the same cells less ML on skewed data, at every n), 95 % intervals "
            f"cover {_range(rows['errors'], 'loadings', 'coverage')} of the time for loadings and "
            f"{_range(rows['errors'], 'paths', 'coverage')} for paths.",
            _outside(rows["errors"], "coverage"),
        ),
        (
            "Standard errors",
            "In these cells the mean standard error of loadings is "
            f"{_range(rows['errors'], 'loadings', 'se_ratio')} times the standard deviation of their estimates.",
            f"For paths it is {_range(rows['errors'], 'paths', 'se_ratio')} times.",
        ),
        (
            "Test of the model",
            "In these cells the test at 5 % rejects the model, which is true, in "
            f"{_range(rows['errors'], 'model', 'rejection')} of the samples.",
            _outside(rows["errors"], "rejection", "model"),
        ),
        (
            "Scaled tests on skewed data",
            f"MLR rejects the true model in {_by_n(table, 'skewed', 'MLR')} and MLM in {_by_n(table, 'skewed', 'MLM')},"
            f" ML in {_by_n(table, 'skewed', 'ML')}.",
            _approach(table),
        ),
        (
            "Null path",
            "In these cells the path that is zero is found to differ from zero in "
            f"{_range(rows['errors'], 'null path', 'rejection')} of the samples.",
            _outside(rows["errors"], "rejection", "null path"),
        ),
        (
            "ML on ordinal answers",
            f"The mean bias of loadings is {_by_n(table, 'ordinal', 'ML', 'loadings', 'bias')}, their intervals cover "
            f"{_by_n(table, 'ordinal', 'ML', 'loadings', 'coverage')}, and the true model is rejected in "
            f"{_by_n(table, 'ordinal', 'ML')}.",
            f"MLR has the same estimates, coverage of {_by_n(table, 'ordinal', 'MLR', 'loadings', 'coverage')} and "
            f"rejects in {_by_n(table, 'ordinal', 'MLR')}; WLSMV has a bias of "
            f"{_by_n(table, 'ordinal', 'WLSMV', 'loadings', 'bias')}, coverage of "
            f"{_by_n(table, 'ordinal', 'WLSMV', 'loadings', 'coverage')} and rejects in "
            f"{_by_n(table, 'ordinal', 'WLSMV')}.",
        ),
        (
            "ML on skewed data",
            f"The mean bias of loadings is {_by_n(table, 'skewed', 'ML', 'loadings', 'bias')}, and the intervals cover "
            f"{_by_n(table, 'skewed', 'ML', 'loadings', 'coverage')} for loadings and "
            f"{_by_n(table, 'skewed', 'ML', 'paths', 'coverage')} for paths.",
            "With MLR, which has the same estimates, they cover "
            f"{_by_n(table, 'skewed', 'MLR', 'loadings', 'coverage')} and "
            f"{_by_n(table, 'skewed', 'MLR', 'paths', 'coverage')}.",
        ),
        (f"WLSMV at n = {smallest}", *_small(rows["all"], "ordinal", "WLSMV", smallest)),
        (f"Missing values at n = {smallest}", *_small(rows["all"], "missing", "FIML-MLR", smallest)),
        ("Unstandardised estimates", *_unstandardised(consistent, protected)),
        ("Failed and improper fits", *_failures(table)),
    ]


def _single(rows: pd.DataFrame) -> tuple[str, str]:
    found = rows[rows["measure"] == "largest_bias"]
    worst = {kind: at.loc[at["value"].abs().idxmax()] for kind, at in found.groupby("parameters")}
    clear = found[found["value"].abs() - 2 * found["mc_error"] > BANDS["bias"][1]]
    named = [_shown(row, what=True) for _, row in clear.iterrows()]
    return (
        f"There the largest bias of a single loading is {_shown(worst['loadings'])}, of a single path "
        f"{_shown(worst['paths'])}.",
        f"By more than two Monte Carlo errors beyond 1 %: {'; '.join(named) or 'none'}.",
    )


def _approach(table: pd.DataFrame) -> str:
    """How far from 5 % the scaled tests are at the smallest and at the largest n."""
    tests = table[(table["data"] == "skewed") & (table["parameters"] == "model")].set_index(["estimator", "n"])["value"]
    sizes = sorted(table["n"].unique())

    def excess(estimator: str) -> str:
        return " to ".join(f"{_percent(tests[estimator, n] - 0.05)}" for n in dict.fromkeys((sizes[0], sizes[-1])))

    return (
        "Both corrections are meant for large samples: from the smallest to the largest n the excess over 5 % goes "
        f"from {excess('MLR')} points for MLR and from {excess('MLM')} points for MLM."
    )


def _small(rows: pd.DataFrame, data: str, estimator: str, n: int) -> tuple[str, str]:
    cell = rows[(rows["data"] == data) & (rows["estimator"] == estimator) & (rows["n"] == n)]
    value = cell.set_index(["parameters", "measure"])["value"]
    beyond = pd.concat([_beyond(cell, measure) for measure in BANDS])
    named = [
        f"{row['measure']} of {row['parameters']} {_percent(row['value'])} % ± {_percent(row['mc_error'])}"
        + _mark(row, *BANDS[row["measure"]])
        for _, row in beyond.iterrows()
    ]
    return (
        f"The mean bias is {_percent(value['loadings', 'bias'])} % for loadings and "
        f"{_percent(value['paths', 'bias'])} % for paths, coverage {_percent(value['loadings', 'coverage'])} % and "
        f"{_percent(value['paths', 'coverage'])} %, and the true model is rejected in "
        f"{_percent(value['model', 'rejection'])} %.",
        f"Outside of 1 % bias, 93–97 % coverage and 2.5–7.5 % rejection: {'; '.join(named) or 'nothing'}.",
    )


def _unstandardised(consistent: pd.DataFrame, protected: pd.DataFrame) -> tuple[str, str]:
    """In units of the first indicators, over the same cells."""
    off, holds = (rows[rows["metric"] == "unstandardised"] for rows in (consistent, protected))
    return (
        f"In units of the first indicators the mean bias from n = 400 on is {_range(off, 'loadings', 'bias')} for "
        f"loadings and {_range(off, 'paths', 'bias')} for paths, and intervals cover "
        f"{_range(holds, 'loadings', 'coverage')} and {_range(holds, 'paths', 'coverage')} at every n.",
        f"{_outside(off, 'bias')[:-1]}; {_outside(holds, 'coverage')[0].lower()}{_outside(holds, 'coverage')[1:]}",
    )


def _failures(table: pd.DataFrame) -> tuple[str, str]:
    cells = table.drop_duplicates(["data", "estimator", "n"])

    def by_cell(column: str) -> str:
        some = cells[cells[column] > 0]
        return "; ".join(f"{_cell(row)}: {row[column]}" for _, row in some.iterrows()) or "none"

    return (
        f"Of {cells['replications'].sum()} fits, {cells['failed'].sum()} failed ({by_cell('failed')}).",
        f"{cells['improper'].sum()} were improper ({by_cell('improper')}).",
    )


def _outside(rows: pd.DataFrame, measure: str, parameters: str | None = None) -> str:
    """One sentence: which values lie outside of the band."""
    low, high = BANDS[measure]
    band = f"{100 * high:g} % bias" if low < 0 else f"{100 * low:g}–{100 * high:g} %"
    beyond = _beyond(rows, measure, parameters)
    sizes = beyond["n"].unique()
    where = f", all at n = {sizes[0]}" if len(beyond) > 1 and len(sizes) == 1 else ""
    named = [_shown(row, measure != "rejection") + _mark(row, low, high) for _, row in beyond.iterrows()]
    return f"Outside of {band}{where}: {'; '.join(named) or 'none'}."


def _mark(row: pd.Series, low: float, high: float) -> str:
    """A dagger where the band is within two Monte Carlo errors."""
    return " †" if low - 2 * row["mc_error"] <= row["value"] <= high + 2 * row["mc_error"] else ""


def _beyond(rows: pd.DataFrame, measure: str, parameters: str | None = None) -> pd.DataFrame:
    found = rows[(rows["measure"] == measure) & (rows["parameters"].eq(parameters) | (parameters is None))]
    low, high = BANDS[measure]
    return found[(found["value"] < low) | (found["value"] > high)]


def _shown(row: pd.Series, what: bool = False) -> str:
    of = f"{row['parameters']}, " if what else ""
    return f"{_percent(row['value'])} % ± {_percent(row['mc_error'])} ({of}{_cell(row)})"


def _cell(row: pd.Series) -> str:
    return f"{row['data']}, {row['estimator']}, n = {row['n']}"


def _range(rows: pd.DataFrame, parameters: str, measure: str) -> str:
    values = rows.loc[(rows["parameters"] == parameters) & (rows["measure"] == measure), "value"]
    if measure == "se_ratio":
        return f"{values.min():.2f} to {values.max():.2f}"
    return f"{_percent(values.min())} to {_percent(values.max())} %"


def _by_n(table: pd.DataFrame, data: str, estimator: str, parameters: str = "model", measure: str = "rejection") -> str:
    """The values of a cell by n, such as 5.0, 5.2, 4.8 %."""
    these = (table["data"] == data) & (table["estimator"] == estimator) & (table["metric"] != "unstandardised")
    found = table[these & (table["parameters"] == parameters) & (table["measure"] == measure)].sort_values("n")
    return ", ".join(_percent(value) for value in found["value"]) + " %"


def _percent(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "−")
