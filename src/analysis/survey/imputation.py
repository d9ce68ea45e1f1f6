"""Completed data sets for the regressions: what is missing in scores and controls, imputed several times."""

import warnings

import numpy as np
import pandas as pd

from analysis.study import Study
from analysis.study.model import product_terms

BURN_IN = 10  # cycles of the chain before the first completed data set, as in statsmodels' MICE.fit(n_burnin=10)
SKIPPED = 3  # cycles between two completed data sets, as in statsmodels' MICE(n_skip=3): every fourth is kept
DONORS = 5  # respondents of whom one lends the answer, as in R's mice (statsmodels takes 20)


def imputations(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> pd.DataFrame:
    """``study.missing_data.imputations`` completed data sets, one below the other: results.TABLES["imputations"].

    Multiple imputation by chained equations with predictive mean matching, by statsmodels' ``MICEData`` (R:
    ``mice(method = "pmm")``; van Buuren & Groothuis-Oudshoorn 2011), of the construct scores and of the columns of
    ``controls``. Each column is regressed on all others, the dummies of the waves among them, in a bootstrap of those
    who answered; who did not gets the answer of one of the `DONORS` whose predictions are nearest.

    Transform, then impute: the products of the study's moderations, and the dummies of nominal controls, are variables
    like any other (von Hippel 2009, "just another variable"; Allison 2002). So an imputed product, ``a:b``, need not
    be that of its imputed factors, nor do imputed dummies have to add up to one answer; the regressions take them as
    they are, whose coefficients are then not drawn towards 0.

    Not asked is not missing: a column of which a wave has no value at all stays empty there. Waves are imputed together
    with those that have the same columns, apart from others, so that nothing is said of a column where it is unknown,
    and no column is imputed without one that it is regressed on later. A respondent of whom nothing is known stays
    empty. What is no column of a regression (the scores of dimensions) is left out. There is one chain, seeded by
    ``study.seed``, so that data set m is the same whatever the number of data sets. 0 data sets: an empty table.

    Allison, P. D. (2002). *Missing data*. Sage. von Hippel, P. T. (2009). How to impute interactions, squares, and
    other transformed variables. *Sociological Methodology*, 39, 265–291. van Buuren, S., & Groothuis-Oudshoorn, K.
    (2011). mice: Multivariate imputation by chained equations in R. *Journal of Statistical Software*, 45(3).
    """
    table = scores[["respondent", "wave", *study.constructs]].merge(controls.drop(columns="wave"), on="respondent")
    for product in dict.fromkeys(term for terms in product_terms(study).values() for term in terms):
        first, second = product.split(":")
        table[product] = table[first] * table[second]
    columns = [c for c in table if c not in ("respondent", "wave")]
    times = study.missing_data.imputations
    asked = table.groupby("wave", sort=False)[columns].count() > 0
    completed = np.repeat(table[columns].to_numpy(dtype=float)[None], times, axis=0)
    if times:
        for number, (having, waves) in enumerate(asked.groupby(columns, sort=False).groups.items()):
            known = [column for column, has in zip(columns, having, strict=True) if has]
            rows = np.flatnonzero(table["wave"].isin(waves) & table[known].notna().any(axis=1))
            places = [columns.index(column) for column in known]
            chain = _chain(table.loc[rows, known], times, np.random.default_rng([study.seed, number]))
            completed[np.ix_(range(times), rows, places)] = chain
    result = table.iloc[np.tile(np.arange(len(table)), times)].reset_index(drop=True)
    result[columns] = completed.reshape(-1, len(columns))
    result.insert(0, "imputation", np.repeat(np.arange(1, times + 1), len(table)))
    return result


def _chain(table: pd.DataFrame, times: int, rng: np.random.Generator) -> np.ndarray:
    """Completed data sets (times × n × p) of a table in which every column and every row has a value."""
    from statsmodels.imputation.mice import MICEData
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    varying = table.nunique().to_numpy() > 1
    filled = table.to_numpy(dtype=float, copy=True)
    filled[:, ~varying] = table.loc[:, ~varying].max()  # the one answer that there is
    completed = np.repeat(filled[None], times, axis=0)
    if not np.isnan(filled).any():
        return completed
    values = table.loc[:, varying].set_axis([f"x{k}" for k in range(varying.sum())], axis=1)
    known = values.notna().any(axis=1).to_numpy()  # MICEData takes no row without a value
    data = MICEData(values[known], perturbation_method="boot", k_pmm=DONORS, rng=rng)
    with (
        warnings.catch_warnings()
    ):  # where a bootstrap leaves predictors collinear, predictions are defined all the same
        warnings.simplefilter("ignore", SingularMatrixWarning)
        data.update_all(BURN_IN)
        for draw in completed:
            data.update_all(SKIPPED + 1)
            draw[np.ix_(known, varying)] = data.data.to_numpy()
    return completed
