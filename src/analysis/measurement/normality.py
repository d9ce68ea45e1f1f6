"""Are the answers multivariate normal, and who lies far out? Mardia's skew and kurtosis, Mahalanobis' distances."""

import numpy as np
import pandas as pd

from analysis.study import Study

QUANTILE = 0.999  # of chi-square, beyond which a squared distance counts as an outlier


def normality(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a construct, and one for the items of all; the columns of results.TABLES["normality"].

    Mardia's (1970) b1p and b2p with N − 1 in the covariances and no correction for small samples (R: ``psych::mardia``,
    ``semTools::mardiaSkew`` and ``mardiaKurtosis``; with N, as in Mardia's paper, they are (n / (n − 1))³ and
    (n / (n − 1))² times these), on complete answers to the items that vary. Empty where their covariance matrix has no
    inverse.
    """
    from scipy.stats import chi2, norm

    rows = []
    for scale, items in {**{c: study.constructs[c].all_items for c in study.constructs}, "all": study.items}.items():
        answers = complete_answers(respondents, items)
        n, p = answers.shape
        skew, kurtosis = mardia(answers)
        chisq, df = n * skew / 6, p * (p + 1) * (p + 2) / 6
        z = (kurtosis - p * (p + 2)) / np.sqrt(8 * p * (p + 2) / n) if np.isfinite(kurtosis) else np.nan
        rows.append(
            {
                "scale": scale,
                "n": n,
                "items": p,
                "skew": skew,
                "skew_chisq": chisq,
                "skew_df": df,
                "skew_pvalue": chi2.sf(chisq, df),
                "kurtosis": kurtosis,
                "kurtosis_z": z,
                "kurtosis_pvalue": 2 * norm.sf(abs(z)),
            }
        )
    return pd.DataFrame(rows)


def outliers(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row for all waves together and one a wave, each by its own moments; results.TABLES["outliers"].

    D² = (x − x̄)ᵀ S⁻¹ (x − x̄) with N − 1 in S (R: ``stats::mahalanobis(x, colMeans(x), cov(x))``), on complete answers
    to the items that vary. Empty where S has no inverse, or where so few answered that no D² can lie beyond the
    cut-off: it is at most (n − 1)² / n.
    """
    from scipy.stats import chi2

    rows = []
    for wave, group in [("all", respondents), *respondents.groupby("wave", sort=False)]:
        answers = complete_answers(group, study.items)
        n, p = answers.shape
        cutoff = chi2.ppf(QUANTILE, p) if p else np.nan
        z = whitened(answers)
        flagged = np.nan
        if z is not None and (n - 1) ** 2 / n > cutoff:
            flagged = float(((z**2).sum(axis=1) > cutoff).sum())
        row = {"wave": wave, "n": n, "items": p, "quantile": QUANTILE, "flagged": flagged}
        rows.append(row | {"share": flagged / n if n else np.nan})
    return pd.DataFrame(rows)


def mardia(answers: np.ndarray) -> tuple[float, float]:
    """b1p = Σᵢ Σⱼ (zᵢᵀzⱼ)³ / n² and b2p = Σᵢ (zᵢᵀzᵢ)² / n of n × p answers, z whitened; NaN without an inverse.

    b1p is taken as the sum of squares of the third moments of z, which is the same and grows with n, not n².
    """
    z = whitened(answers)
    if z is None:
        return np.nan, np.nan
    n, p = z.shape
    third = np.zeros((p, p * p))
    for start in range(0, n, 512):
        part = z[start : start + 512]
        third += part.T @ (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)
    return float(((third / n) ** 2).sum()), float(((z**2).sum(axis=1) ** 2).mean())


def complete_answers(respondents: pd.DataFrame, items: tuple[str, ...]) -> np.ndarray:
    """The n × p answers of those who answered every item, without the items that nobody answered or that all answered
    alike."""
    answers = respondents[list(items)]
    return answers.loc[:, answers.nunique() > 1].dropna().to_numpy(dtype=float)


def whitened(answers: np.ndarray) -> np.ndarray | None:
    """The n × p answers turned into uncorrelated variables with mean 0 and variance 1 (N − 1 in the denominator).

    None where their covariance matrix has no inverse.
    """
    n, p = answers.shape
    if not p or n <= p:
        return None
    centred = answers - answers.mean(axis=0)
    sd = centred.std(axis=0, ddof=1)
    if (sd < 1e-12).any():
        return None
    scaled = centred / sd
    values, vectors = np.linalg.eigh(scaled.T @ scaled / (n - 1))
    return scaled @ vectors / np.sqrt(values) if values[0] > 1e-10 else None
