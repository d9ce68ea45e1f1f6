"""The last model of every regression on completed data sets, pooled: what do answers left open change?"""

import numpy as np
import pandas as pd

from analysis.regression import hierarchical
from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.model import structural_paths

SMALLEST = 1e-4  # share of the variance due to what is missing; below it R's mice takes this one, and so do we


def pooled(imputations: pd.DataFrame, respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The largest regression of every explained construct on completed data: results.TABLES["regressions_imputed"].

    Fitted in each data set as `hierarchical.fit` does, with the study's standard errors, and pooled by `rubin`. What
    cannot be estimated in one of the data sets keeps its rows, with empty numbers and the reason in ``note``. Without
    data sets the table is empty.
    """
    columns = list(TABLES["regressions_imputed"].columns)
    errors = study.standard_errors
    parts = [hierarchical.clustered(part, respondents, errors) for _, part in imputations.groupby("imputation")]
    tables = []
    for outcome in structural_paths(study) if parts else ():
        steps = hierarchical.blocks(study, outcome)
        samples = [hierarchical.sample(part, outcome, steps, errors) for part in parts]
        terms = samples[0].terms
        included = [term for term in terms if all(term in sample.estimable for sample in samples)]
        reasons = list(dict.fromkeys(sample.why_not for sample in samples if sample.why_not))
        notes = list(dict.fromkeys(note for sample in samples for note in (*sample.notes, *sample.error_notes)))
        found = pd.DataFrame()
        if included:
            models = [hierarchical.fit(sample.frame, outcome, included, errors) for sample in samples]
            each = [hierarchical.inference(model) for model in models]
            found = rubin(
                pd.DataFrame([table["b"] for table in each]),
                pd.DataFrame([table["se"] ** 2 for table in each]),
                min(hierarchical.df_of(model) for model in models),
            )
        found = found.reindex(["const", *terms]).rename_axis("term").reset_index()
        found = found.assign(outcome=outcome, imputations=len(parts), note=joined(*reasons, *notes))
        tables.append(found.reindex(columns=columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def rubin(estimates: pd.DataFrame, squares: pd.DataFrame, df_complete: float) -> pd.DataFrame:
    """Rubin's (1987) rules: a row an estimate, from estimates and squared standard errors, data sets × estimates.

    b = mean of the M estimates; se² = T = U + (1 + 1/M) B with U the mean squared standard error and B the variance of
    the estimates (M − 1). t = b / se has the degrees of freedom of Barnard & Rubin (1999), which are at most those of
    complete data, ``df_complete``. fmi, the fraction of missing information, is (r + 2 / (df + 3)) / (r + 1) with
    r = (1 + 1/M) B / U. As mice::pool.scalar(estimates, squares, n, k) in R. With one data set all but b is empty.

    Rubin, D. B. (1987). *Multiple imputation for nonresponse in surveys*. Wiley. Barnard, J., & Rubin, D. B. (1999).
    Small-sample degrees of freedom with multiple imputation. *Biometrika*, 86(4), 948–955.
    """
    from scipy.stats import t as student

    times = len(estimates)
    b, within, between = estimates.mean(), squares.mean(), (1 + 1 / times) * estimates.var()
    se = np.sqrt(within + between)
    share = (between / se**2).clip(lower=SMALLEST)
    df_old = (times - 1) / share**2
    df_observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    df = df_old * df_observed / (df_old + df_observed)
    r = between / within
    reach = student.ppf(0.975, df) * se
    return pd.DataFrame(
        {
            "b": b,
            "se": se,
            "t": b / se,
            "df": df,
            "pvalue": 2 * student.sf((b / se).abs(), df),
            "ci_lower": b - reach,
            "ci_upper": b + reach,
            "fmi": (r + 2 / (df + 3)) / (r + 1),
        }
    )
