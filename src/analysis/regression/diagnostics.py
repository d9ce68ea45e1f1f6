"""Do the regressions keep what they assume? Equal variances, straight lines, normal residuals, no firm that decides."""

import numpy as np
import pandas as pd

from analysis.regression import hierarchical
from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.controls import estimable
from analysis.study.model import structural_paths

CHECKS = ("Breusch-Pagan", "RESET", "Jarque-Bera", "Cook's distance", "leverage", "outliers")


def diagnostics(
    scores: pd.DataFrame, controls: pd.DataFrame, respondents: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Checks of the last model of every outcome, and its respondents: the tables regression_diagnostics, influence.

    Breusch-Pagan: χ² of unequal variances, studentised (Koenker 1981; R: ``lmtest::bptest``). RESET: F of the squares
    and cubes of the fitted values (Ramsey 1969; ``lmtest::resettest(power = 2:3)``). Jarque-Bera: χ² of skew and tailed
    residuals (1987; ``tseries::jarque.bera.test``). Cook's distance: respondents beyond 4 / n (Bollen & Jackman 1990).
    Leverage: beyond 3 p / n with p coefficients (Belsley, Kuh & Welsch 1980, take 2). Outliers: the largest externally
    studentised residual, with the p of Student's t times n (Bonferroni; ``car::outlierTest``); respondents beyond the
    residual at which that p is the study's level of significance.

    All rest on classical least squares, whatever standard errors the study uses. A reason stands in ``note`` where a
    number is empty.
    """
    data = hierarchical.clustered(hierarchical.merged(scores, controls), respondents, study.standard_errors)
    checks, influence = [], []
    for outcome in structural_paths(study):
        sample = hierarchical.sample(data, outcome, hierarchical.blocks(study, outcome), study.standard_errors)
        if sample.why_not:
            found = {check: {"note": sample.why_not} for check in CHECKS}
        else:
            fitted = hierarchical.fit(sample.frame, outcome, sample.estimable, "classical")
            each = _influence(fitted)
            found = _tests(sample, fitted) | _extremes(fitted, each, study.significance)
            who = data.loc[sample.frame.index, "respondent"]
            influence.append(each.assign(outcome=outcome, respondent=who))
        checks += [{"outcome": outcome, "check": check} | _noted(found[check], sample) for check in CHECKS]
    columns = list(TABLES["influence"].columns)
    return (
        pd.DataFrame(checks, columns=list(TABLES["regression_diagnostics"].columns)),
        pd.concat(influence, ignore_index=True)[columns] if influence else pd.DataFrame(columns=columns),
    )


def _tests(sample: hierarchical.Sample, fitted) -> dict[str, dict]:
    """The tests of unequal variances, of curvature and of residuals that are not normal."""
    from statsmodels.stats.diagnostic import het_breuschpagan
    from statsmodels.stats.stattools import jarque_bera

    lm, lm_pvalue, _, _ = het_breuschpagan(fitted.resid, fitted.model.exog)
    jb, jb_pvalue, _, _ = jarque_bera(fitted.resid)
    return {
        "Breusch-Pagan": {"statistic": float(lm), "df": len(sample.estimable), "pvalue": float(lm_pvalue)},
        "RESET": _reset(sample, fitted),
        "Jarque-Bera": {"statistic": float(jb), "df": 2, "pvalue": float(jb_pvalue)},
    }


def _reset(sample: hierarchical.Sample, fitted) -> dict:
    """Ramsey's RESET; of standardised fitted values, since moving and stretching them changes nothing but rounding."""
    values = (fitted.fittedvalues - fitted.fittedvalues.mean()) / fitted.fittedvalues.std()
    powers = ["squared fitted", "cubed fitted"]
    frame = sample.frame.assign(**dict(zip(powers, (values**2, values**3), strict=True)))
    terms = [*sample.estimable, *powers]
    if len(frame) <= len(terms) + 2 or estimable(frame, terms) != terms:
        return {"note": "too few respondents, or fitted values, to tell a curve from a straight line"}
    test = hierarchical.joint(hierarchical.fit(frame, sample.outcome, terms, "classical"), powers)
    return {"statistic": test["f"], "df": test["df"], "df2": test["df2"], "pvalue": test["pvalue"]}


def _influence(fitted) -> pd.DataFrame:
    """A row a respondent: residual (externally studentised), leverage, cooks."""
    from statsmodels.stats.outliers_influence import OLSInfluence

    found = OLSInfluence(fitted)
    internal, df = found.resid_studentized_internal, fitted.df_resid
    # statsmodels fits a model a respondent for this; the same follows from the one model (Cook & Weisberg 1982, 2.2.10)
    external = internal * np.sqrt((df - 1) / (df - internal**2))
    return pd.DataFrame(
        {"residual": external, "leverage": found.hat_matrix_diag, "cooks": found.cooks_distance[0]},
        index=fitted.resid.index,
    )


def _extremes(fitted, each: pd.DataFrame, significance: float) -> dict[str, dict]:
    """The largest Cook's distance, leverage and residual, and how many respondents are beyond the thresholds."""
    from scipy.stats import t as student

    n, df = int(fitted.nobs), fitted.df_resid - 1
    sizes = {"Cook's distance": each["cooks"], "leverage": each["leverage"], "outliers": each["residual"].abs()}
    thresholds = {
        "Cook's distance": 4 / n,
        "leverage": 3 * len(fitted.params) / n,
        "outliers": student.isf(significance / (2 * n), df),
    }
    found = {
        check: {
            "statistic": size.max(),
            "threshold": thresholds[check],
            "flagged": int((size > thresholds[check]).sum()),
        }
        for check, size in sizes.items()
    }
    found["outliers"] |= {"df": df, "pvalue": min(1.0, 2 * n * student.sf(found["outliers"]["statistic"], df))}
    return found


def _noted(found: dict, sample: hierarchical.Sample) -> dict:
    return found | {"note": joined(found.get("note", ""), *sample.notes)}
