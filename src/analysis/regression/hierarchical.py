"""Hierarchical least squares with HC3 errors: controls, then antecedents, mediators and interactions."""

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.study import Study
from analysis.study.model import control_terms, structural_paths

ERRORS = "HC3"


def hierarchical(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The regressions of every explained construct and their fit: results.TABLES["regressions"], ["regression_fit"].

    All models of an outcome use the respondents that are complete on its largest model. The two factors of a product
    are centred at their means, so that their own coefficients hold at the mean of the other. Standard errors, t, p,
    intervals and F are robust to unequal variances (HC3: MacKinnon & White 1985; lm with sandwich::vcovHC in R).
    """
    data = scores.merge(controls.drop(columns="wave"), on="respondent")
    terms, fits = [], []
    for outcome in structural_paths(study):
        frame, blocks = _design(data, outcome, study)
        outcome_terms, outcome_fits = _steps(frame, blocks, outcome)
        terms += outcome_terms
        fits += outcome_fits
    return pd.DataFrame(terms), pd.DataFrame(fits)


def blocks(study: Study, outcome: str) -> dict[str, list[str]]:
    """What each step adds to the regression of an outcome; empty blocks are left out."""
    paths = structural_paths(study)
    predictors = paths[outcome]
    interactions = [
        f"{h.path[0]}:{h.moderated_by}"
        for h in study.hypotheses.values()
        if h.kind == "moderation" and h.path[-1] == outcome
    ]
    steps = {
        "controls": list(control_terms(study)),
        "antecedents": [p for p in predictors if p not in paths],
        "mediators": [p for p in predictors if p in paths],
        "interactions": list(dict.fromkeys(interactions)),
    }
    return {block: added for block, added in steps.items() if added}


def _design(data: pd.DataFrame, outcome: str, study: Study) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """The complete cases with a column a term, and the blocks of terms, without those that cannot be estimated."""
    steps = blocks(study, outcome)
    terms = [t for added in steps.values() for t in added]
    plain = [t for t in terms if ":" not in t]
    frame = data[[outcome, *plain]].dropna().copy()
    for product in (t for t in terms if ":" in t):
        a, b = product.split(":")
        frame[a] -= frame[a].mean()
        frame[b] -= frame[b].mean()
        frame[product] = frame[a] * frame[b]
    if len(frame) <= len(terms) + 2:
        raise UserError(
            f'The regression of "{outcome}" has {len(frame)} complete respondents for {len(terms) + 1} coefficients. '
            "Add respondents, or take controls or hypotheses out of the study file."
        )
    if frame[outcome].nunique() < 2:
        raise UserError(f'All respondents have the same "{outcome}", so nothing can explain differences in it.')
    estimable = _estimable(frame, terms)
    steps = {block: [t for t in added if t in estimable] for block, added in steps.items()}
    return frame, {block: added for block, added in steps.items() if added}


def _estimable(frame: pd.DataFrame, terms: list[str]) -> list[str]:
    """The terms that vary and are no exact combination of those before them; R's lm leaves out the same.

    A dummy that one respondent alone has is left out too: it fits that respondent exactly, so HC3 is 0 / 0.
    """
    kept: list[str] = []
    columns = [np.ones(len(frame))]
    for term in terms:
        deviations = frame[term].to_numpy() - frame[term].mean()
        counts = frame[term].value_counts()
        if len(counts) < 2 or (len(counts) == 2 and counts.min() == 1):
            continue
        columns.append(deviations / deviations.std())
        if np.linalg.matrix_rank(np.column_stack(columns), tol=1e-7 * len(frame) ** 0.5) == len(columns):
            kept.append(term)
        else:
            columns.pop()
    return kept


def _steps(frame: pd.DataFrame, steps: dict[str, list[str]], outcome: str) -> tuple[list[dict], list[dict]]:
    import statsmodels.api as sm

    term_rows, fit_rows = [], []
    included: list[str] = []
    r2_before = 0.0
    for number, (block, added) in enumerate(steps.items(), start=1):
        included = [*included, *added]
        design = sm.add_constant(frame[included])
        fitted = sm.OLS(frame[outcome], design).fit(cov_type=ERRORS, use_t=True)
        gain = fitted.wald_test(np.eye(len(design.columns))[-len(added) :], use_f=True, scalar=True)
        term_rows += _term_rows(fitted, frame, outcome, number, block, _vif(frame[included]))
        fit_rows.append(
            {
                "outcome": outcome,
                "model": number,
                "block": block,
                "n": int(fitted.nobs),
                "errors": ERRORS,
                "r2": fitted.rsquared,
                "r2_adjusted": fitted.rsquared_adj,
                "f": fitted.fvalue,
                "f_pvalue": fitted.f_pvalue,
                "delta_r2": fitted.rsquared - r2_before,
                "delta_f": float(gain.statistic),
                "delta_df": len(added),
                "delta_pvalue": float(gain.pvalue),
            }
        )
        r2_before = fitted.rsquared
    return term_rows, fit_rows


def _term_rows(fitted, frame: pd.DataFrame, outcome: str, number: int, block: str, vif: pd.Series) -> list[dict]:
    interval = fitted.conf_int()
    return [
        {
            "outcome": outcome,
            "model": number,
            "block": block,
            "term": term,
            "b": fitted.params[term],
            "beta": fitted.params[term] * frame[term].std() / frame[outcome].std() if term != "const" else np.nan,
            "t": fitted.tvalues[term],
            "se": fitted.bse[term],
            "pvalue": fitted.pvalues[term],
            "ci_lower": interval.loc[term, 0],
            "ci_upper": interval.loc[term, 1],
            "vif": vif.get(term, np.nan),
        }
        for term in fitted.params.index
    ]


def _vif(predictors: pd.DataFrame) -> pd.Series:
    """Variance inflation factors: the diagonal of the inverse correlation matrix."""
    correlation = np.atleast_2d(np.corrcoef(predictors.to_numpy(), rowvar=False))
    return pd.Series(np.diag(np.linalg.pinv(correlation)), index=predictors.columns)
