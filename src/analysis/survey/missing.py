"""What did the kept respondents leave open, how often, together with what, and is it open completely at random?"""

import numpy as np
import pandas as pd

from analysis.sem import DataError, incomplete_moments
from analysis.study import Study

MOST = 5e7  # numbers in one matrix of covariances a pattern (0.4 GB); the estimation holds several such


def asking_waves(variable: str, study: Study) -> list[str]:
    """The waves that asked a variable of the codebook; what was not asked is not missing."""
    return [name for name, wave in study.waves.items() if variable not in wave.not_asked]


def variables(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Answers missing by column of ``respondents`` and wave, and over all waves that asked: "missing_variables"."""
    rows = []
    for name in study.codebook:
        waves = asking_waves(name, study)
        for column in (c for c in study.columns(name) if c in respondents and waves):
            for shown, among in _by_wave(waves):
                answers = respondents.loc[respondents["wave"].isin(among), column]
                missing = int(answers.isna().sum())
                share = missing / len(answers) if len(answers) else np.nan
                rows.append((column, shown, len(answers), missing, share))
    return pd.DataFrame(rows, columns=["variable", "wave", "n", "missing", "share"])


def cases(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """How many respondents left how many of the construct items open that they were asked: "missing_cases"."""
    left_open = _left_open(respondents, study).sum(axis=1)
    rows = []
    for shown, among in _by_wave(list(study.waves)):
        counts = left_open[respondents["wave"].isin(among)].value_counts().sort_index()
        rows += [(shown, int(items), int(n), n / counts.sum()) for items, n in counts.items()]
    return pd.DataFrame(rows, columns=["wave", "missing", "n", "share"])


def patterns(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The construct items left open together, over all waves: "missing_patterns".

    The most frequent pattern first; of equally frequent ones that with fewer items, then by the order of the items.
    """
    left_open = _left_open(respondents, study)
    counts = left_open.groupby(list(left_open), sort=False).size()
    found = [(tuple(np.flatnonzero(pattern)), int(n)) for pattern, n in counts.items()]
    found.sort(key=lambda row: (-row[1], len(row[0]), row[0]))
    rows = [(";".join(study.items[k] for k in items), n, n / len(respondents)) for items, n in found]
    return pd.DataFrame(rows, columns=["pattern", "n", "share"])


def little(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Little's (1988) test of values missing completely at random, on the construct items: "missing_test".

    By wave on the items that it asked, and over all waves on the items that every wave asked; respondents who
    answered none of them are not counted. Each row is that of `little_test`.
    """
    rows = []
    for shown, among in _by_wave(list(study.waves)):
        items = [i for i in study.items if set(among) <= set(asking_waves(i, study))]
        rows.append({"wave": shown, **little_test(respondents.loc[respondents["wave"].isin(among), items])})
    return pd.DataFrame(rows)


def little_test(answers: pd.DataFrame) -> dict[str, float]:
    """n, patterns, chisq, df and pvalue of Little's test for n × p answers with NaN (R: ``naniar::mcar_test``).

    d² = Σ n_j (ȳ_j − μ̂_j)ᵀ Σ̂_j⁻¹ (ȳ_j − μ̂_j) over the patterns j, of n_j rows with p_j variables observed; μ̂ and Σ̂ are
    the maximum-likelihood moments of the normal distribution (EM, divided by n); df = Σ p_j − p (Little 1988, eq. 5).
    Rows and columns without any answer do not count. With one pattern alone there is nothing to test: d² and df are 0,
    without p. Where the moments cannot be estimated (no more rows than variables, a constant or repeated item, two
    items never answered by the same respondent), or where the patterns are too many for the memory of a usual computer
    (p² times their number above `MOST`: some 17,000 patterns of 54 items), d² and p are NaN.

    Little, R. J. A. (1988). A test of missing completely at random for multivariate data with missing values.
    *Journal of the American Statistical Association*, 83(404), 1198–1202.
    """
    from scipy.stats import chi2

    values = answers.dropna(axis=1, how="all").dropna(how="all")
    if values.empty:
        return {"n": 0, "patterns": 0, "chisq": np.nan, "df": np.nan, "pvalue": np.nan}
    seen = np.unique(values.notna().to_numpy(), axis=0)
    df = float(seen.sum() - seen.shape[1])
    found = {"n": len(values), "patterns": len(seen), "chisq": np.nan, "df": df, "pvalue": np.nan}
    if len(seen) == 1:
        return {**found, "chisq": 0.0}
    if seen.shape[0] * seen.shape[1] ** 2 > MOST:
        return found
    try:
        sample = incomplete_moments(values.to_numpy(), list(values))
    except DataError:
        return found
    parts = []
    for there, weight, mean in zip(sample.observed, sample.weight, sample.means, strict=True):
        gap = mean[there] - sample.mean[there]
        parts.append(weight * gap @ np.linalg.solve(sample.cov[np.ix_(there, there)], gap))
    chisq = float(sample.n * sum(parts))
    return {**found, "chisq": chisq, "pvalue": float(chi2.sf(chisq, df))}


def _by_wave(waves: list[str]) -> list[tuple[str, list[str]]]:
    """Each wave alone, and all of them together."""
    return [*((wave, [wave]) for wave in waves), ("all", waves)]


def _left_open(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Which construct items are left open (respondents × items); an item that was not asked is not."""
    asked = {item: respondents["wave"].isin(asking_waves(item, study)) for item in study.items}
    return respondents[list(study.items)].isna() & pd.DataFrame(asked, index=respondents.index)
