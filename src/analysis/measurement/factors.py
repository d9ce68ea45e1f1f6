"""How many factors do the answers hold, and do the items fall on their scales? No scale is assumed beforehand.

All three tables rest on the items of the scales that have two items or more, from those who answered all of these. An
item that does not vary has no correlation: it is left out of the matrix, and its numbers are empty. Why a number is
empty stands in the column ``note``.
"""

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem import DataError, polychoric_correlations
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.model import ordered

DRAWS = {"pearson": 500, "polychoric": 100}  # sets of random answers
_UNVARYING = "no answers, or all the same"
_LEAST = 0.005  # uniqueness of an item
_FLAT = 1e-6, 1e-4  # slope at which the search for uniquenesses, and that for a rotation, has arrived
_SINGULAR = 1e-10  # the least eigenvalue of a correlation matrix that is inverted
_ERROR = 1e-9  # of Mehler's series


def factorability(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row an item and one for all; the columns of results.TABLES["factorability"].

    KMO = Σr² / (Σr² + Σq²), r correlations and q partial correlations given all other items (Kaiser & Rice 1974), of an
    item over its own pairs; R: ``psych::KMO``. Bartlett's (1951) test of sphericity:
    χ² = −(n − 1 − (2p + 5) / 6) ln|R| with p(p − 1) / 2 degrees of freedom; R: ``psych::cortest.bartlett``. Empty where
    the correlation matrix is singular, as with fewer respondents than items.
    """
    from scipy.stats import chi2

    items, answers = _answers(respondents, study)
    n, p = answers.shape
    why = _too_few(answers)
    if not why:
        correlations, _ = _pearson(answers)
        why = "" if np.linalg.eigvalsh(correlations)[0] > _SINGULAR else "the correlation matrix is singular"
    rows = {name: {"item": name, "n": n, "note": why} for name in (*items, "all")}
    for name in set(items) - set(answers):
        rows[name]["note"] = _UNVARYING
    if not why:
        inverse = np.linalg.inv(correlations)
        sd = np.sqrt(np.diag(inverse))
        off = ~np.eye(p, dtype=bool)
        plain, partial = ((m**2 * off).sum(axis=0) for m in (correlations, inverse / np.outer(sd, sd)))
        for name, kmo in zip(answers, plain / (plain + partial), strict=True):
            rows[name]["kmo"] = kmo
        chisq = -(n - 1 - (2 * p + 5) / 6) * np.linalg.slogdet(correlations)[1]
        df = p * (p - 1) / 2
        rows["all"] |= {"kmo": plain.sum() / (plain.sum() + partial.sum())}
        rows["all"] |= {"bartlett_chisq": chisq, "bartlett_df": df, "bartlett_pvalue": chi2.sf(chisq, df)}
    return pd.DataFrame(rows.values(), columns=list(TABLES["factorability"].columns))


def factor_numbers(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a kind of correlation and a number of factors; the columns of results.TABLES["factor_numbers"].

    Parallel analysis (Horn 1965; 95th percentile: Glorfeld 1995) of the eigenvalues of the correlation matrix (R:
    ``psych::fa.parallel(fa = "pc")``). Random answers are those of the respondents, each item's put in random order, so
    that they keep each item's distribution: 500 such sets for Pearson's correlations, 100 for polychoric ones (two
    steps: Olsson 1979; R: ``lavaan::lavCor``), by the study's seed. Polychoric correlations are those of the items that
    `study.model.ordered` takes as ordinal; the others are left out there, and the note names them. Velicer's (1976)
    MAP: the mean squared partial correlation once the first components are taken out (R: ``psych::VSS(R)$map``), empty
    where none is left to take out; none is called the least if that without any component is as small. Empty where
    there is no such correlation matrix.
    """
    _, answers = _answers(respondents, study)
    ordinal = ordered(respondents, answers.columns)
    continuous = ", ".join(answers.columns.difference(ordinal, sort=False))
    left_out = f"left out, for not answered in ordered categories: {continuous}" if continuous else ""
    tables = []
    for kind, some, note, correlate, randomly in (
        ("pearson", answers, "", _pearson, _random_pearson),
        ("polychoric", answers[ordinal], left_out, _polychoric, _random_polychoric),
    ):
        found = pd.DataFrame({"kind": kind, "factor": np.arange(1, answers.shape[1] + 1)})
        found[["eigenvalue", "random_mean", "random_95", "map"]] = np.nan
        p, least, why = some.shape[1], np.nan, _too_few(some)
        observed, why = (None, why) if why else correlate(some)
        if not why:
            found.loc[: p - 1, "eigenvalue"] = np.linalg.eigvalsh(observed)[::-1]
            partials = _average_partials(observed)
            found.loc[: p - 1, "map"], least = partials[1:], np.nanmin(partials)
            draws = randomly(some.to_numpy(), DRAWS[kind], np.random.default_rng(study.seed))
            if len(draws):
                found.loc[: p - 1, "random_mean"] = draws.mean(axis=0)
                found.loc[: p - 1, "random_95"] = np.quantile(draws, 0.95, axis=0)
            if len(draws) < DRAWS[kind]:
                why = f"{DRAWS[kind] - len(draws)} of {DRAWS[kind]} sets of random answers have no such correlations"
        found["retained"] = (found["eigenvalue"] > found["random_95"]).cummin()
        tables.append(found.assign(map_least=found["map"] == least, note=joined(note, why)))
    return pd.concat(tables, ignore_index=True)[list(TABLES["factor_numbers"].columns)]


def efa(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row an item and a factor; the columns of results.TABLES["efa"].

    As many factors as the study has scales of two items or more, dimensions and not their second-order constructs: what
    is asked is whether each scale's items then come out together. Minimum residuals (Harman & Jones 1966) of Pearson's
    correlations, direct oblimin with γ = 0 (Jennrich & Sampson 1966; quartimin) without Kaiser normalisation, by
    gradient projection (Jennrich 2002) from the unrotated factors; factors in the order of the variance they explain,
    each turned so that its loadings sum to a positive number. R: ``psych::fa(R, k, fm = "minres",
    rotate = "oblimin")``; SPSS normalises. Empty where so many factors cannot be told from so few items, or a search
    does not arrive. The note says where an item's uniqueness is at its bound of .005 (a Heywood case);
    its communality is then .995 or more.
    """
    items, answers = _answers(respondents, study)
    p, k = answers.shape[1], len(study.first_order())
    loadings, communalities = np.full((p, k), np.nan), np.full(p, np.nan)
    why = _too_few(answers)
    if not why and (p <= k or (p - k) ** 2 < p + k):
        why = f"{k} factors cannot be told from {p} items"
    if not why:
        unrotated, why = _minimum_residuals(_pearson(answers)[0], k)
    if not why:
        communalities = (unrotated**2).sum(axis=1)
        loadings, why = _oblimin(unrotated)
    notes = dict.fromkeys(items, _UNVARYING)
    for item, communality in zip(answers, communalities, strict=True):
        at_bound = communality > 1 - _LEAST - 1e-6
        notes[item] = joined(why, f"uniqueness at its bound of {_LEAST:g}, a Heywood case" if at_bound else "")
    found = pd.DataFrame(loadings, index=answers.columns, columns=range(1, k + 1)).reindex(items)
    found = found.rename_axis("item").reset_index().melt("item", var_name="factor", value_name="loading")
    found["communality"] = found["item"].map(dict(zip(answers, communalities, strict=True))).astype(float)
    return found.assign(factors=k, note=found["item"].map(notes).astype(str))


def _answers(respondents: pd.DataFrame, study: Study) -> tuple[list[str], pd.DataFrame]:
    """The items, and the complete answers to those of them that vary."""
    named = {item for items in study.first_order().values() for item in items}
    items = [item for item in study.items if item in named]
    asked = [item for item in items if respondents[item].nunique() > 1]
    answers = respondents[asked].dropna().astype(float)
    return items, answers.loc[:, answers.nunique() > 1]


def _too_few(answers: pd.DataFrame) -> str:
    """Why there are no correlations, empty if there are."""
    n, p = answers.shape
    return "" if n > 3 and p > 1 else f"{n} complete answers to {p} items that vary are too few"


def _pearson(answers: pd.DataFrame) -> tuple[np.ndarray, str]:
    return np.corrcoef(answers.to_numpy(), rowvar=False), ""


def _polychoric(answers: pd.DataFrame) -> tuple[np.ndarray | None, str]:
    """The correlations, or why there are none; of Pearson's there always are."""
    try:
        return polychoric_correlations(answers).to_numpy(), ""
    except DataError as error:
        return None, str(error)


def _random_pearson(values: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    return np.array(
        [np.linalg.eigvalsh(np.corrcoef(rng.permuted(values, axis=0), rowvar=False))[::-1] for _ in range(draws)]
    ).reshape(draws, values.shape[1])


def _random_polychoric(values: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Eigenvalues of the polychoric correlations of answers in random order.

    The order leaves every item's thresholds as they are, so that the probability of each cell of each pair is a fixed
    power series in ρ (Mehler 1866), π_ab(ρ) = Σ_k ρ^k c_ak c_bk with c_ak = ∫ φ He_k / √k! over category a; ρ is
    found by Fisher scoring. Where a ρ is too strong for the series, all are estimated the usual way.
    """
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in values.T])
    n, p = codes.shape
    size = codes.max() + 1
    strongest = min(0.7, 7.0 / np.sqrt(n))
    orders = np.arange(np.ceil(np.log(_ERROR) / np.log(strongest)) + 1)
    effects = np.stack([_hermite(column, size, len(orders)) for column in codes.T])
    first, second = np.tril_indices(p, -1)
    series = (effects[first][:, :, None] * effects[second][:, None]).reshape(len(first), size**2, len(orders))
    places, found = size * np.arange(p), np.empty((draws, p))
    for draw in range(draws):
        drawn = rng.permuted(codes, axis=0)
        marks = np.zeros((n, p * size), dtype=np.float32)
        np.put_along_axis(marks, drawn + places, 1.0, axis=1)
        tables = (marks.T @ marks).reshape(p, size, p, size)[first, :, second, :].reshape(len(first), size**2) / n
        rho = np.zeros(len(first))
        for _ in range(50):
            powers = rho[:, None] ** orders
            slopes = np.zeros_like(powers)
            slopes[:, 1:] = orders[1:] * powers[:, :-1]
            mass, change = np.moveaxis(series @ np.stack([powers, slopes], axis=2), 2, 0)
            relative = np.divide(change, mass, out=np.zeros_like(mass), where=mass > 1e-8)
            step = (tables * relative).sum(axis=1) / (change * relative).sum(axis=1)
            rho = np.clip(rho + step, -strongest, strongest)
            if np.abs(step).max() < 1e-6:
                break
        matrix = np.eye(p)
        matrix[first, second] = matrix[second, first] = rho
        if np.abs(rho).max() >= strongest:
            matrix, _ = _polychoric(pd.DataFrame(drawn))
        found[draw] = np.nan if matrix is None else np.linalg.eigvalsh(matrix)[::-1]
    return found[np.isfinite(found).all(axis=1)]


def _hermite(codes: np.ndarray, size: int, orders: int) -> np.ndarray:
    """∫ φ He_k / √k! over each category of an item, categories × orders from 0; 0 for categories beyond the item's."""
    from scipy.stats import norm

    share = np.minimum(np.cumsum(np.bincount(codes, minlength=size)) / len(codes), 1.0)
    limits = norm.ppf(share)
    inside = np.isfinite(limits)
    z = np.where(inside, limits, 0.0)
    height = np.where(inside, norm.pdf(z), 0.0)
    below = np.zeros((size + 1, orders))
    below[1:, 0] = share
    last, before = np.ones(size), np.zeros(size)  # He_k / √k!
    for k in range(1, orders):
        below[1:, k] = -height * last / np.sqrt(k)
        last, before = (z * last - np.sqrt(k - 1) * before) / np.sqrt(k), last
    return np.diff(below, axis=0)


def _average_partials(correlations: np.ndarray) -> np.ndarray:
    """Mean squared partial correlation given the first 0, 1, … p components; NaN where no variance is left."""
    p = len(correlations)
    values, vectors = np.linalg.eigh(correlations)
    found, rest = np.full(p + 1, np.nan), correlations.copy()
    for k in range(p if p > 1 else 0):
        variance = np.diag(rest)
        if variance.min() < _SINGULAR or values[p - 1 - k] < _SINGULAR:
            break
        found[k] = ((rest**2 / np.outer(variance, variance)).sum() - p) / (p * (p - 1))
        rest = rest - values[p - 1 - k] * np.outer(vectors[:, p - 1 - k], vectors[:, p - 1 - k])
    return found


def _minimum_residuals(correlations: np.ndarray, k: int) -> tuple[np.ndarray, str]:
    """Unrotated loadings of the k factors that leave the least squared residuals, uniquenesses from .005 to 1, and why
    they are not the least, if so.

    What the search says of itself is no guide: it may take the last digits of the minimum for a failure.
    """
    from scipy.optimize import minimize

    def residuals(uniquenesses: np.ndarray) -> tuple[float, np.ndarray]:
        values, vectors = np.linalg.eigh(correlations - np.diag(uniquenesses))
        values, vectors = values[:-k], vectors[:, :-k]
        return 0.5 * values @ values, -(vectors**2) @ values

    p = len(correlations)
    found = minimize(
        residuals,
        np.full(p, 0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LEAST, 1.0)] * p,
        options={"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-8},
    )
    values, vectors = np.linalg.eigh(correlations - np.diag(found.x))
    loadings = vectors[:, ::-1][:, :k] * np.sqrt(np.maximum(values[::-1][:k], 0.0))
    _, slope = residuals(found.x)
    downhill = np.clip(found.x - slope, _LEAST, 1.0) - found.x
    why = "" if np.abs(downhill).max() < _FLAT[0] else "the search for the communalities found no minimum"
    return loadings * _signs(loadings), why


def _oblimin(loadings: np.ndarray) -> tuple[np.ndarray, str]:
    """Pattern coefficients by direct oblimin with γ = 0, the factor that explains most first; or empty, and why."""
    if loadings.shape[1] == 1:
        return loadings, ""
    from statsmodels.multivariate.factor_rotation import rotate_factors

    pattern, turn = rotate_factors(loadings, "quartimin", max_tries=5000)
    complexity = pattern * ((pattern**2).sum(axis=1, keepdims=True) - pattern**2)
    slope = -(pattern.T @ complexity @ np.linalg.inv(turn)).T
    if np.linalg.norm(slope - turn * (turn * slope).sum(axis=0)) > _FLAT[1]:
        return np.full_like(loadings, np.nan), "the search for the rotation found no minimum"
    explained = np.diag(turn.T @ turn @ pattern.T @ pattern)
    return (pattern * _signs(pattern))[:, np.argsort(-explained, kind="stable")], ""


def _signs(loadings: np.ndarray) -> np.ndarray:
    return np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
