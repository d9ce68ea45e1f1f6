"""Hierarchical least squares with HC3 errors: controls, then antecedents, mediators and interactions."""

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.study import Study
from analysis.study.model import control_terms, product_term, structural_paths

ERRORS = "HC3"


def hierarchical(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The regressions of every explained construct and their fit: results.TABLES["regressions"], ["regression_fit"].

    All models of an outcome use the respondents that are complete on its largest model. The two factors of a product
    are centred at their means, so that their own coefficients hold at the mean of the other. Standard errors, t, p,
    intervals and F are robust to unequal variances (HC3: MacKinnon & White 1985; lm with sandwich::vcovHC in R).
    A term that cannot be estimated keeps its rows, with empty numbers.
    """
    data = scores.merge(controls.drop(columns="wave"), on="respondent")
    terms, fits = [], []
    for outcome in structural_paths(study):
        steps = blocks(study, outcome)
        outcome_terms, outcome_fits = _steps(design(data, outcome, steps), steps, outcome)
        terms += outcome_terms
        fits += outcome_fits
    return pd.DataFrame(terms), pd.DataFrame(fits)


def blocks(study: Study, outcome: str) -> dict[str, list[str]]:
    """What each step adds to the regression of an outcome; empty blocks are left out."""
    paths = structural_paths(study)
    predictors = paths[outcome]
    interactions = [
        product_term(study, h) for h in study.hypotheses.values() if h.kind == "moderation" and h.path[-1] == outcome
    ]
    steps = {
        "controls": list(control_terms(study)),
        "antecedents": [p for p in predictors if p not in paths],
        "mediators": [p for p in predictors if p in paths],
        "interactions": list(dict.fromkeys(interactions)),
    }
    return {block: added for block, added in steps.items() if added}


def design(data: pd.DataFrame, outcome: str, steps: dict[str, list[str]]) -> pd.DataFrame:
    """The outcome and a column a term, for the respondents that are complete on all of them.

    A term that nobody has an answer to is constant here, so that it is left out like any other that does not vary.
    A product that ``data`` holds as a column of its own, because it was imputed, is centred as the others are.
    """
    terms = [t for added in steps.values() for t in added]
    plain = [t for t in terms if ":" not in t]
    unanswered = [t for t in plain if data[t].isna().all()]
    frame = data[[outcome, *plain]].fillna(dict.fromkeys(unanswered, 0.0)).dropna()
    products = {t: t.split(":") for t in terms if ":" in t}
    means = frame[list(dict.fromkeys(factor for pair in products.values() for factor in pair))].mean()
    for product, (a, b) in products.items():
        frame[product] = (frame[a] - means[a]) * (frame[b] - means[b])
        if product in data:
            frame[product] += data.loc[frame.index, product] - frame[a] * frame[b]
    frame[means.index] -= means
    if len(frame) <= len(terms) + 2:
        raise UserError(
            f'The regression of "{outcome}" has {len(frame)} complete respondents for {len(terms) + 1} coefficients. '
            "Add respondents, or take controls or hypotheses out of the study file."
        )
    if frame[outcome].nunique() < 2:
        raise UserError(f'All respondents have the same "{outcome}", so nothing can explain differences in it.')
    return frame


def estimable(frame: pd.DataFrame, terms: list[str]) -> list[str]:
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
    """The models of one outcome, each adding a block; a block of which nothing is estimable makes no step."""
    import statsmodels.api as sm

    included = estimable(frame, [t for added in steps.values() for t in added])
    if not included:
        raise UserError(f'Nothing that should explain "{outcome}" varies among the complete respondents.')
    models, fit_rows = [], []
    named: list[str] = []
    r2_before = 0.0
    for block, terms in steps.items():
        named = [*named, *terms]
        added = [t for t in terms if t in included]
        if not added:
            continue
        place = {"outcome": outcome, "model": len(models) + 1, "block": block}
        predictors = sm.add_constant(frame[[t for t in named if t in included]])
        fitted = sm.OLS(frame[outcome], predictors).fit(cov_type=ERRORS, use_t=True)
        gain = fitted.wald_test(np.eye(len(predictors.columns))[-len(added) :], use_f=True, scalar=True)
        models.append((place, fitted, named))
        fit_rows.append(
            {
                **place,
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
    models[-1] = (*models[-1][:2], named)
    return [row for model in models for row in _term_rows(*model, frame)], fit_rows


def _term_rows(place: dict, fitted, named: list[str], frame: pd.DataFrame) -> list[dict]:
    """A row for the constant and every term named so far; empty numbers for a term that is not in the model."""
    included = [t for t in named if t in fitted.params]
    sd = frame[included].std() / frame[place["outcome"]].std()
    interval = fitted.conf_int()
    columns = {
        "b": fitted.params,
        "beta": fitted.params[included] * sd,
        "t": fitted.tvalues,
        "se": fitted.bse,
        "pvalue": fitted.pvalues,
        "ci_lower": interval[0],
        "ci_upper": interval[1],
        "vif": _vif(frame[included]),
    }
    return [
        {**place, "term": term, **{name: column.get(term, np.nan) for name, column in columns.items()}}
        for term in ["const", *named]
    ]


def _vif(predictors: pd.DataFrame) -> pd.Series:
    """Variance inflation factors: the diagonal of the inverse correlation matrix."""
    correlation = np.atleast_2d(np.corrcoef(predictors.to_numpy(), rowvar=False))
    return pd.Series(np.diag(np.linalg.pinv(correlation)), index=predictors.columns)
