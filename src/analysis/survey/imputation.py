"""Completed data sets for the regressions: what is missing in scores and controls, imputed several times."""

import numpy as np
import pandas as pd

from analysis.study import Study
from analysis.study.model import control_terms, product_term

CYCLES = 10  # rounds of the chain before a completed data set is taken
DONORS = 5  # respondents of whom one lends the answer


def imputations(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> pd.DataFrame:
    """``study.missing_data.imputations`` completed data sets, one below the other: results.TABLES["imputations"].

    Multiple imputation by chained equations with predictive mean matching (R: ``mice(method = "pmm")``; van Buuren &
    Groothuis-Oudshoorn 2011) of the construct scores and of the columns of ``controls``. Each column is regressed on
    all others, the dummies of the waves and the products of the study's moderations among them, with coefficients from
    a bootstrap of those who answered; who did not gets the answer of one of the `DONORS` whose predictions are nearest.
    So imputed values are possible values. The dummies of a nominal control come from one donor together.

    Not asked is not missing: a column of which a wave has no value at all stays empty there. What is no column of a
    regression (the scores of dimensions) is left out. Data set m rests on the seeds (``study.seed``, m): it is the same
    whatever the number of data sets or of cores. 0 data sets: an empty table.

    Regressions on the completed data sets are pooled by Rubin's (1987) rules: with estimates Q_m and squared standard
    errors U_m of M data sets, Q̄ = mean Q_m, variance T = mean U_m + (1 + 1/M) B, B = variance of Q_m (M − 1);
    (Q̄ − Q) / √T is t with the degrees of freedom of Barnard & Rubin (1999). Products are taken after imputing: their
    coefficients shrink somewhat towards 0 where a factor of the product itself was imputed (Seaman et al. 2012).

    van Buuren, S., & Groothuis-Oudshoorn, K. (2011). mice: Multivariate imputation by chained equations in R. *Journal
    of Statistical Software*, 45(3). Koller-Meinfelder, F. (2009). *Analysis of incomplete survey data: Multiple
    imputation via Bayesian bootstrap predictive mean matching*.
    """
    table = scores[["respondent", "wave", *study.constructs]].merge(controls.drop(columns="wave"), on="respondent")
    columns = [c for c in table if c not in ("respondent", "wave")]
    asked = table.groupby("wave")[columns].transform("count").to_numpy() > 0
    known = np.flatnonzero(asked.any(axis=0))
    values = table[columns].to_numpy(dtype=float)
    position = {columns[k]: place for place, k in enumerate(known)}
    variables = {name: variable for name, (variable, _) in control_terms(study).items()}
    blocks: dict[str, list[int]] = {}
    for name, place in position.items():
        blocks.setdefault(variables.get(name, name), []).append(place)
    pairs = [product_term(study, h).split(":") for h in study.hypotheses.values() if h.kind == "moderation"]
    products = [(position[a], position[b]) for a, b in pairs if a in position and b in position]
    draws = range(1, study.missing_data.imputations + 1)
    completed = np.full((len(draws), *values.shape), np.nan)
    for draw in draws:
        rng = np.random.default_rng([study.seed, draw])
        completed[draw - 1][:, known] = _completed(values[:, known], list(blocks.values()), products, rng)
    completed[:, ~asked] = np.nan
    result = table.iloc[np.tile(np.arange(len(table)), len(draws))].reset_index(drop=True)
    result[columns] = completed.reshape(-1, len(columns))
    result.insert(0, "imputation", np.repeat(draws, len(table)))
    return result


def _completed(
    values: np.ndarray, blocks: list[list[int]], products: list[tuple[int, int]], rng: np.random.Generator
) -> np.ndarray:
    """One completed data set (n × p): a chain of `CYCLES` rounds over the blocks of columns, from random answers on."""
    missing = np.isnan(values)
    visits = [(block, rows) for block in blocks if (rows := missing[:, block].any(axis=1)).any()]
    visits.sort(key=lambda visit: visit[1].sum())
    spread = np.nanstd(values, axis=0)
    centre, spread = np.nanmean(values, axis=0), np.where(spread > 0, spread, 1.0)
    filled = values.copy()
    for block, rows in visits:
        donors = rng.choice(np.flatnonzero(~rows), rows.sum())
        filled[np.ix_(rows, block)] = values[np.ix_(donors, block)]
    for _ in range(CYCLES):
        for block, rows in visits:
            scaled = (filled - centre) / spread
            terms = [scaled[:, a] * scaled[:, b] for a, b in products if not {a, b} & set(block)]
            predictors = np.column_stack([np.ones(len(values)), np.delete(scaled, block, axis=1), *terms])
            donors = _donors(predictors, values[:, block], rows, rng)
            filled[np.ix_(rows, block)] = values[np.ix_(donors, block)]
    return filled


def _donors(predictors: np.ndarray, answers: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each of the open ``rows`` the number of the row that lends its answer.

    Who answered is predicted by least squares, who did not by the coefficients of a bootstrap sample; one of the
    nearest is drawn. Predictions are rounded, and donors shuffled, so that equally near ones have equal chances on any
    machine.
    """
    from scipy.spatial import KDTree

    answered = rng.permutation(np.flatnonzero(~rows))
    again = rng.choice(answered, len(answered))
    fitted = _predicted(predictors[answered], answers[answered], predictors[answered])
    drawn = _predicted(predictors[again], answers[again], predictors[rows])
    near = KDTree(fitted).query(drawn, k=np.arange(1, min(DONORS, len(answered)) + 1))[1]
    return answered[near[np.arange(len(near)), rng.integers(near.shape[1], size=len(near))]]


def _predicted(predictors: np.ndarray, answers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Least-squares predictions for ``others``; einsum, unlike @, takes no threads, which would cost time here."""
    cross = np.einsum("ni,nj->ij", predictors, predictors)
    coefficients = np.linalg.lstsq(cross, np.einsum("ni,nj->ij", predictors, answers), rcond=1e-10)[0]
    return np.einsum("ni,ij->nj", others, coefficients).round(9)
