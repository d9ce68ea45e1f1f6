"""Hierarchical least squares: controls, then antecedents, mediators and interactions; and what each model rests on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.controls import estimable, lost_to_waves
from analysis.study.model import control_terms, product_terms, structural_paths

CLUSTER = "cluster of the errors"  # a column; no variable has such a name
FEW_CLUSTERS = 20  # Cameron & Miller (2015, p. 341): few are fewer than 20 to 50


@dataclass(frozen=True)
class Sample:
    """What the models of an outcome rest on: complete respondents, their terms, which of these can be estimated."""

    outcome: str
    frame: pd.DataFrame  # outcome, a column a term, CLUSTER if errors are clustered; a row a complete respondent
    terms: list[str]
    estimable: list[str]
    why_not: str  # why nothing can be estimated, or ""
    notes: list[str]  # what the reader of any of these models must know
    error_notes: list[str]  # what the reader of their standard errors must know


def hierarchical(
    scores: pd.DataFrame, controls: pd.DataFrame, respondents: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The regressions of every explained construct and their fit: results.TABLES["regressions"], ["regression_fit"].

    All models of an outcome use the respondents that are complete on its largest model. The two factors of a product
    are centred at their means, so that their own coefficients hold at the mean of the other. Standard errors, t, p,
    intervals and F are of the kind that the study states, see `fit`. f² is that of Cohen (1988, eq. 9.2.3): of a term,
    the fall of R² without it over 1 − R² of its model, which is t² / df with the classical t; of a block likewise.
    What cannot be estimated keeps its rows, with empty numbers and the reason in ``note``.

    beta is b · sd(x) / sd(y); of a product b · sd(x) · sd(w) / sd(y), with the SDs of its two factors and not its own:
    the coefficient that stands at the product of the standardised factors (Aiken & West 1991, ch. 3), as
    `structure.latent_moderation` has it (Wen, Marsh & Hau 2010).

    Aiken, L. S., & West, S. G. (1991). *Multiple regression: Testing and interpreting interactions*. Sage.
    Cohen, J. (1988). *Statistical power analysis for the behavioral sciences* (2nd ed.). Erlbaum.
    Wen, Z., Marsh, H. W., & Hau, K.-T. (2010). Structural equation models of latent interactions: An appropriate
    standardized solution and its scale-free properties. *Structural Equation Modeling*, 17(1), 1–22.
    """
    data = clustered(merged(scores, controls), respondents, study.standard_errors)
    terms, fits = [], []
    for outcome in structural_paths(study):
        outcome_terms, outcome_fits = _steps(data, outcome, study)
        terms += outcome_terms
        fits += outcome_fits
    return tuple(
        pd.DataFrame(rows, columns=list(TABLES[name].columns))
        for name, rows in (("regressions", terms), ("regression_fit", fits))
    )


def blocks(study: Study, outcome: str) -> dict[str, list[str]]:
    """What each step adds to the regression of an outcome; empty blocks are left out."""
    paths = structural_paths(study)
    predictors = paths[outcome]
    steps = {
        "controls": list(control_terms(study)),
        "antecedents": [p for p in predictors if p not in paths],
        "mediators": [p for p in predictors if p in paths],
        "interactions": product_terms(study).get(outcome, []),
    }
    return {block: added for block, added in steps.items() if added}


def merged(scores: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Scores and controls in one table, a row a respondent."""
    return scores.merge(controls.drop(columns="wave"), on="respondent")


def clustered(data: pd.DataFrame, respondents: pd.DataFrame, errors: str) -> pd.DataFrame:
    """``data`` with the column `CLUSTER`, if errors are clustered: the respondent's wave, firm or answer.

    A respondent whose firm is unknown is a cluster alone: it goes with nobody, as far as is known. Without an answer to
    the attribute that tells clusters apart, the cell is empty; such respondents are left out (Stata does the same).
    """
    if errors in ("classical", "HC3"):
        return data
    values = respondents[errors]
    if errors == "firm":
        values = values.where(values != "", respondents["respondent"])
    return data.assign(**{CLUSTER: data["respondent"].map(values.set_axis(respondents["respondent"]))})


def design(data: pd.DataFrame, outcome: str, steps: dict[str, list[str]]) -> pd.DataFrame:
    """The outcome and a column a term (and `CLUSTER` if ``data`` has it), for the respondents complete on all of them.

    A term that nobody has an answer to is constant here, so that it is left out like any other that does not vary.
    A product that ``data`` holds as a column of its own, because it was imputed, is centred as the others are.
    """
    terms = [t for added in steps.values() for t in added]
    plain = [t for t in terms if ":" not in t]
    unanswered = [t for t in plain if data[t].isna().all()]
    columns = [outcome, *plain, *([CLUSTER] if CLUSTER in data else [])]
    frame = data[columns].fillna(dict.fromkeys(unanswered, 0.0)).dropna()
    products = {t: t.split(":") for t in terms if ":" in t}
    means = frame[list(dict.fromkeys(factor for pair in products.values() for factor in pair))].mean()
    for product, (a, b) in products.items():
        frame[product] = (frame[a] - means[a]) * (frame[b] - means[b])
        if product in data:
            frame[product] += data.loc[frame.index, product] - frame[a] * frame[b]
    frame[means.index] -= means
    return frame


def sample(data: pd.DataFrame, outcome: str, steps: dict[str, list[str]], errors: str) -> Sample:
    """The `design` of an outcome, which of its terms are `estimable`, and what must be said of both.

    Nothing is if the outcome is constant or an exact combination of the terms, if no term varies, or with fewer
    respondents than coefficients and two more.
    """
    frame = design(data, outcome, steps)
    terms = [t for added in steps.values() for t in added]
    kept: list[str] = []
    if data[outcome].isna().all():
        why_not = f"nobody has a score of {outcome}"
    elif len(frame) <= len(terms) + 2:
        why_not = f"{len(frame)} complete respondents are too few for {len(terms) + 1} coefficients"
    elif frame[outcome].nunique() < 2:
        why_not = f"all respondents have the same {outcome}, so nothing can explain differences in it"
    else:
        kept = estimable(frame, terms)
        why_not = "" if kept else f"nothing that should explain {outcome} varies among the complete respondents"
        if _exact(frame, outcome, kept):
            why_not, kept = f"{outcome} follows exactly from what should explain it, so nothing is left to estimate", []
    notes = []
    if not why_not and frame[outcome].nunique() == 2:
        notes.append(f"{outcome} has only two values: a linear probability model")
    left_out = [] if why_not else [t for t in terms if t not in kept]
    if left_out:
        why = "no variation, one respondent's alone, or implied by the others"
        notes.append(f"{', '.join(left_out)} cannot be estimated: {why}")
    asked = [c for c in frame if c in data and c != CLUSTER and data[c].notna().any()]
    lost = int((data[CLUSTER].isna() & data[asked].notna().all(axis=1)).sum()) if CLUSTER in data else 0
    if lost:
        notes.append(f"{lost} respondents without an answer to {errors} are left out")
    notes += filter(None, [lost_to_waves(data, [c for c in frame if c in data and c != CLUSTER])])
    return Sample(outcome, frame, terms, kept, why_not, notes, _error_notes(data, frame))


def fit(frame: pd.DataFrame, outcome: str, terms: list[str], errors: str):
    """Least squares of an outcome on a constant and some terms, a result of statsmodels, tested by Student's t and F.

    ``errors`` is classical; HC3, robust to unequal variances (MacKinnon & White 1985; R: ``sandwich::vcovHC``); or, of
    what `CLUSTER` holds, robust to any dependence within clusters (Liang & Zeger 1986), times G / (G − 1) · (N − 1) /
    (N − k), with G − 1 degrees of freedom (R: ``sandwich::vcovCL(type = "HC1")``, ``coeftest(df = G - 1)``; Stata's
    ``vce(cluster)``). With one cluster errors are empty.
    """
    import statsmodels.api as sm

    model = sm.OLS(frame[outcome], sm.add_constant(frame[terms], has_constant="add"))
    if errors in ("classical", "HC3"):
        return model.fit(cov_type={"classical": "nonrobust"}.get(errors, errors), use_t=True)
    codes, clusters = pd.factorize(frame[CLUSTER])
    if len(clusters) < 2:
        return model.fit(cov_type="fixed scale", cov_kwds={"scale": np.nan}, use_t=True)
    return model.fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)


def inference(fitted) -> pd.DataFrame:
    """A row a coefficient: b, se, t, df, pvalue, ci_lower and ci_upper (95 %); only b of the terms in `untold`."""
    interval = fitted.conf_int()
    table = pd.DataFrame(
        {
            "se": fitted.bse,
            "t": fitted.tvalues,
            "df": df_of(fitted),
            "pvalue": fitted.pvalues,
            "ci_lower": interval[0],
            "ci_upper": interval[1],
        }
    )
    table = table.where(fitted.bse.notna() & ~table.index.isin(untold(fitted)))
    table.insert(0, "b", fitted.params)
    return table


def untold(fitted) -> list[str]:
    """The terms of which errors by clusters say nothing, since their residuals sum to 0 in each: dummies of the
    clusters, and the constant beside them."""
    if fitted.cov_type != "cluster":
        return []
    products = pd.DataFrame(fitted.model.exog * fitted.resid.to_numpy()[:, None], columns=fitted.params.index)
    sums = products.groupby(fitted.cov_kwds["groups"]).sum().abs().max()
    return list(products.columns[sums < 1e-9 * products.abs().sum()])


def df_of(fitted) -> float:
    """The degrees of freedom of t: N minus coefficients, or clusters minus 1."""
    return float(getattr(fitted, "df_resid_inference", fitted.df_resid))


def joint(fitted, terms: list[str]) -> dict:
    """Wald's test that the coefficients of some terms are all 0, by the errors of the model: f, df, df2, pvalue, note.

    As ``lmtest::waldtest(restricted, model, vcov)`` in R, with clusters as ``car::linearHypothesis(model, terms, vcov.
    = vcovCL(…), error.df = G - 1)``. G clusters carry a test of G − 1 coefficients at most; f is empty beyond.
    """
    found = {"f": np.nan, "df": len(terms), "df2": df_of(fitted), "pvalue": np.nan, "note": ""}
    if fitted.bse[terms].isna().any():
        return found | {"df2": np.nan, "note": "no F: there are no standard errors"}
    if fitted.cov_type == "cluster":
        if len(terms) > found["df2"]:
            return found | {"note": f"no F: {found['df2'] + 1:.0f} clusters carry no test of {len(terms)} coefficients"}
        if set(terms) & set(untold(fitted)):
            return found | {"note": "no F: dummies of the clusters cannot be tested by errors of the clusters"}
    positions = [fitted.params.index.get_loc(term) for term in terms]
    test = fitted.wald_test(np.eye(len(fitted.params))[positions], use_f=True, scalar=True)
    return found | {"f": float(test.statistic), "pvalue": float(test.pvalue)}


def named(errors: str) -> str:
    """The kind of standard errors as tables show it."""
    return errors if errors in ("classical", "HC3") else f"cluster: {errors}"


def _exact(frame: pd.DataFrame, outcome: str, terms: list[str]) -> bool:
    """Do the terms fit the outcome without residuals, but for rounding?"""
    deviations = frame[[outcome, *terms]] - frame[[outcome, *terms]].mean()
    y, x = deviations[outcome].to_numpy(), (deviations[terms] / deviations[terms].std()).to_numpy()
    residual = y - x @ np.linalg.lstsq(x, y)[0]
    return bool(residual @ residual < 1e-20 * (y @ y))


def _error_notes(data: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """Whether clusters are few, and how many respondents are a cluster alone because their firm is unknown."""
    if CLUSTER not in frame:
        return []
    clusters = frame[CLUSTER].nunique()
    alone = int((frame[CLUSTER] == data.loc[frame.index, "respondent"]).sum())
    notes = []
    if clusters == 1:
        notes.append("no standard errors: there is only one cluster")
    elif 1 < clusters < FEW_CLUSTERS:
        notes.append(f"{clusters} clusters are few: such errors are too small on average (Cameron & Miller 2015)")
    if alone:
        notes.append(f"{alone} respondents whose firm is unknown are a cluster each")
    return notes


def _steps(data: pd.DataFrame, outcome: str, study: Study) -> tuple[list[dict], list[dict]]:
    """The models of one outcome, each adding a block; a block of which nothing is estimable makes no step."""
    steps = blocks(study, outcome)
    known = sample(data, outcome, steps, study.standard_errors)
    if known.why_not:
        return _without_numbers(known, steps, study)
    models, fit_rows = [], []
    terms_so_far: list[str] = []
    r2_before = 0.0
    for block, terms in steps.items():
        terms_so_far = [*terms_so_far, *terms]
        added = [t for t in terms if t in known.estimable]
        if not added:
            continue
        place = {"outcome": outcome, "model": len(models) + 1, "block": block}
        fitted = fit(known.frame, outcome, [t for t in terms_so_far if t in known.estimable], study.standard_errors)
        models.append((place, fitted, terms_so_far))
        fit_rows.append(place | _fit_row(fitted, added, r2_before, known, study))
        r2_before = fitted.rsquared
    models[-1] = (*models[-1][:2], terms_so_far)
    return [row for model in models for row in _term_rows(*model, known.frame)], fit_rows


def _without_numbers(known: Sample, steps: dict[str, list[str]], study: Study) -> tuple[list[dict], list[dict]]:
    """The rows of an outcome of which nothing can be estimated."""
    note = joined(known.why_not, *known.notes)
    about = {"n": len(known.frame), "errors": named(study.standard_errors), "delta_df": 0, "note": note}
    terms, fits = [], []
    terms_so_far = ["const"]
    for model, (block, added) in enumerate(steps.items(), start=1):
        terms_so_far = [*terms_so_far, *added]
        place = {"outcome": known.outcome, "model": model, "block": block}
        terms += [place | {"term": term} for term in terms_so_far]
        fits.append(place | about)
    return terms, fits


def _fit_row(fitted, added: list[str], r2_before: float, known: Sample, study: Study) -> dict:
    """What a model explains, and what the terms added to it explain beyond the one before."""
    whole, gain = joint(fitted, [t for t in fitted.params.index if t != "const"]), joint(fitted, added)
    without = untold(fitted)
    errorless = f"no errors of {', '.join(without)}: their residuals sum to 0 in every cluster" if without else ""
    notes = [*known.notes, *known.error_notes, errorless, whole["note"], gain["note"]]
    gained = fitted.rsquared - r2_before
    return {
        "n": int(fitted.nobs),
        "errors": named(study.standard_errors),
        "r2": fitted.rsquared,
        "r2_adjusted": fitted.rsquared_adj,
        "f": whole["f"],
        "f_pvalue": whole["pvalue"],
        "delta_r2": gained,
        "delta_f": gain["f"],
        "delta_df": len(added),
        "delta_pvalue": gain["pvalue"],
        "f2": gained / (1 - fitted.rsquared),
        "note": joined(*notes),
    }


def _term_rows(place: dict, fitted, terms: list[str], frame: pd.DataFrame) -> list[dict]:
    """A row for the constant and every term named so far; empty numbers for a term that is not in the model."""
    included = [t for t in terms if t in fitted.params]
    table = inference(fitted).drop(columns="df")
    spread = pd.Series({t: frame[t.split(":")].std().prod() for t in included})
    table["beta"] = fitted.params[included] * spread / frame[place["outcome"]].std()
    fall = fitted.params**2 / np.diag(fitted.normalized_cov_params)  # of the sum of squares, without the term
    table["f2"] = (fall / fitted.ssr)[included]
    table["vif"] = _vif(frame[included])
    rows = table.reindex(["const", *terms]).rename_axis("term").reset_index()
    return [place | row for row in rows.to_dict("records")]


def _vif(predictors: pd.DataFrame) -> pd.Series:
    """Variance inflation factors: the diagonal of the inverse correlation matrix."""
    correlation = np.atleast_2d(np.corrcoef(predictors.to_numpy(), rowvar=False))
    return pd.Series(np.diag(np.linalg.pinv(correlation)), index=predictors.columns)
