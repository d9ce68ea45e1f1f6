"""Do late answers differ from early ones? Those who answer late stand for those who never answered."""

import numpy as np
import pandas as pd

from analysis.study import Study

QUARTER = 4  # the first and the last of so many equal parts are compared


def nonresponse(respondents: pd.DataFrame, scores: pd.DataFrame, flags: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The first quarter of a wave's kept respondents against the last, by time of submission: "nonresponse".

    ``flags`` has the column ``arrival`` where times are known; a wave without times has no row, nor has a variable
    that a wave did not ask. Two who submitted at the same time stand in the order of the file.
    Construct scores and numbers by Welch's t (R: ``t.test(late, early)``), with d = (late − early) / pooled SD; ordinal
    and nominal attributes by Pearson's chi-square (R: ``chisq.test(table, correct = FALSE)``) of the answers given,
    with Cramér's V. A test that the answers cannot carry (fewer than two in a quarter, no variance, one answer alone)
    is NaN.

    Armstrong, J. S., & Overton, T. S. (1977). Estimating nonresponse bias in mail surveys. *Journal of Marketing
    Research*, 14(3), 396–402.
    """
    columns = ["wave", "variable", "test", "n_early", "n_late", "early", "late", "statistic", "df", "pvalue", "effect"]
    attributes = study.of_kind("number", "ordinal", "nominal")
    answers = respondents[["respondent", "wave", *attributes]].merge(scores[["respondent", *study.constructs]])
    if "arrival" not in flags:
        return pd.DataFrame(columns=columns)
    answers = answers.merge(flags[["respondent", "arrival"]])
    rows = []
    for wave, described in study.waves.items():
        timed = answers[(answers["wave"] == wave) & answers["arrival"].notna()].sort_values("arrival", kind="stable")
        size = len(timed) // QUARTER
        if size == 0:
            continue
        left_out = set(described.not_asked)
        kinds = {c: "number" for c, construct in study.constructs.items() if set(construct.all_items) - left_out}
        kinds |= {a: study.codebook[a].kind for a in attributes if a not in left_out}
        for name, kind in kinds.items():
            early, late = timed[name].head(size).dropna(), timed[name].tail(size).dropna()
            test, found = ("Welch's t", _welch) if kind == "number" else ("chi-square", _chi_square)
            means = (np.nan, np.nan) if kind == "nominal" else (early.mean(), late.mean())
            rows.append((wave, name, test, len(early), len(late), *means, *found(early, late)))
    return pd.DataFrame(rows, columns=columns)


def _welch(early: pd.Series, late: pd.Series) -> tuple[float, float, float, float]:
    """t, df, p and Cohen's d, late minus early."""
    from scipy.stats import ttest_ind

    n, m = len(early), len(late)
    if min(n, m) < 2 or early.nunique() == late.nunique() == 1:
        return np.nan, np.nan, np.nan, np.nan
    test = ttest_ind(late, early, equal_var=False)
    pooled = np.sqrt(((n - 1) * early.var() + (m - 1) * late.var()) / (n + m - 2))
    return float(test.statistic), float(test.df), float(test.pvalue), float((late.mean() - early.mean()) / pooled)


def _chi_square(early: pd.Series, late: pd.Series) -> tuple[float, float, float, float]:
    """Chi-square, df, p and Cramér's V, which is √(χ² / n) for two columns; only answers that somebody gave count."""
    from scipy.stats import chi2_contingency

    counts = pd.concat([early.value_counts(), late.value_counts()], axis=1).fillna(0).to_numpy()
    if early.empty or late.empty or len(counts) < 2:
        return np.nan, np.nan, np.nan, np.nan
    test = chi2_contingency(counts, correction=False)
    return float(test.statistic), float(test.dof), float(test.pvalue), float(np.sqrt(test.statistic / counts.sum()))
