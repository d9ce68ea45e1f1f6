"""The tidy tables through which the stages meet: the name, columns, units and types of each, reading and writing.

Shares are between 0 and 1; ``se`` is a standard error, ``ci_lower`` and ``ci_upper`` bound its confidence interval;
an empty cell means that the number does not exist, never zero.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.errors import UserError


@dataclass(frozen=True)
class Table:
    """One tidy table: what a row is, and of each column its type and meaning."""

    row: str
    columns: dict[str, tuple[type, str]]
    place: str = "estimates"  # or processed: the folder it stands in
    further: str | None = None  # what further columns (all float) hold, where the study decides on them


_INFERENCE = {
    "se": (float, "standard error"),
    "pvalue": (float, "two-sided p"),
    "ci_lower": (float, "lower bound of the 95 % confidence interval"),
    "ci_upper": (float, "upper bound"),
}
_STANDARDISED = {
    "std": (float, "completely standardised"),
    "std_ci_lower": (float, "lower bound of the 95 % confidence interval of std"),
    "std_ci_upper": (float, "upper bound"),
}
_CORRECTED = {
    "pvalue_holm": (float, "p corrected by Holm (1979) for all tests of this kind in the grouping"),
    "pvalue_bh": (float, "p corrected by Benjamini & Hochberg (1995), likewise"),
}
_FIT = Table(
    "an estimator and a fit measure",
    {
        "estimator": (str, "ML, MLR or WLSMV; of the structural model FIML too (MLR on all rows)"),
        "measure": (str, "lavaan's name with _ for ."),
        "value": (float, "its value; normal likelihood, N in the denominator"),
    },
)
_COMPARED = {
    "chisq": (float, "scaled where the estimator scales it"),
    "df": (float, "degrees of freedom"),
    "pvalue": (float, "its p"),
    "cfi": (float, "in the version that indices names"),
    "tli": (float, "likewise"),
    "rmsea": (float, "likewise"),
    "rmsea_ci_lower": (float, "lower bound of its 90 % confidence interval"),
    "rmsea_ci_upper": (float, "upper bound"),
    "srmr": (float, "standardised root mean square residual"),
    "aic": (float, "Akaike's criterion; empty without a likelihood"),
    "bic": (float, "Bayes' criterion; empty without a likelihood"),
    "indices": (str, "which version cfi, tli and rmsea are: robust, scaled or plain"),
}
_DIFFERENCE = {
    "compared_with": (str, "the model that this one is compared with"),
    "chisq_diff": (
        float,
        "difference of chi-squares, scaled (Satorra & Bentler 2001, or as note says; WLSMV: Satorra 2000)",
    ),
    "df_diff": (float, "its degrees of freedom"),
    "pvalue_diff": (float, "its p"),
    "delta_cfi": (float, "this model's minus the other's"),
    "delta_rmsea": (float, "likewise"),
    "delta_srmr": (float, "likewise"),
}
_BOOTSTRAP = {
    "est": (float, "unstandardised"),
    "std": (float, "completely standardised"),
    "se": (float, "standard deviation of the draws"),
    "pvalue": (float, "two-sided, the level at which the percentile interval reaches 0: below .05 if ci excludes 0"),
    "ci_lower": (float, "lower bound of the 95 % bootstrap interval of est, percentile"),
    "ci_upper": (float, "upper bound"),
    "bc_lower": (float, "lower bound, bias-corrected"),
    "bc_upper": (float, "upper bound"),
    "bca_lower": (float, "lower bound, bias-corrected and accelerated"),
    "bca_upper": (float, "upper bound"),
    "std_ci_lower": (float, "lower bound of the percentile interval of std"),
    "std_ci_upper": (float, "upper bound"),
    "n": (int, "respondents"),
    "draws": (int, "bootstrap draws"),
    "failed": (int, "draws without a value"),
}
_WHY_NOT = {"note": (str, "why a number is missing, or what the engine warned of; several joined by |")}
PUBLISHED = "MLR"  # the estimator whose numbers are published; the others stand beside it
NOTE_KINDS = (
    *("MissingValues", "NotConverged", "SingularInformation", "ImproperSolution", "ImplausibleEstimates"),
    *("Collinearity", "SmallSample", "Undefined", "IgnoredOption", "ControlLeftOut", "NotEstimated", "LeftContinuous"),
)
_RESPONDENT = {"respondent": (str, "wave:row"), "wave": (str, "wave of the study file")}
_FIRM = {"firm": (str, "salted hash of the identifier, the same in all waves; empty where the study has none")}
_ANSWERS = "a column a variable of the codebook: the answer's code, reverse-worded items turned round"
_NOTES = Table(
    "an estimator and a warning of the engine",
    {
        "estimator": (str, "ML, MLR or WLSMV; of the structural model FIML too (MLR on all rows)"),
        "kind": (str, "one of NOTE_KINDS"),
        "note": (str, "what the reader of the estimates must know"),
    },
)

_EFFECTS = Table(
    "an effect of one construct on another, or a difference of two",
    {
        "hypothesis": (str, "the mediation that claims it; empty for the others; of a contrast both, joined by -"),
        "effect": (str, "direct, indirect, total indirect, total, share or contrast"),
        "path": (str, "constructs joined by ->; share: total indirect / total; of a contrast two paths joined by -"),
        **_BOOTSTRAP,
        **_WHY_NOT,
    },
)

_SLOPES = Table(
    "a moderated step of a hypothesis and a value of the moderator",
    {
        "hypothesis": (str, "name in the study file"),
        "method": (str, "regression, or structural model (latent products)"),
        "outcome": (str, "construct explained"),
        "predictor": (str, "construct whose slope this is"),
        "moderator": (str, "construct"),
        "at": (str, "-1 SD, mean, +1 SD; or the value, of a moderator with five values or fewer"),
        "value": (float, "of the moderator: of its score; of a latent one (several items) in its SD from the mean"),
        "slope": (float, "unstandardised"),
        "t": (float, "slope / se"),
        **_INFERENCE,
        **_WHY_NOT,
    },
)

TABLES = {
    "ledger": Table(
        "a row of a raw file",
        {
            "wave": (str, "wave of the study file"),
            "file": (str, "raw file"),
            "row": (int, "row in the file, the first row of all counting 1"),
            "status": (str, "kept or left_out"),
            "reason": (str, "why it was left out"),
        },
        "processed",
    ),
    "respondents": Table("a kept respondent", _RESPONDENT | _FIRM, "processed", _ANSWERS),
    "left_out": Table(
        "a respondent left out by screening, as ``respondents``", _RESPONDENT | _FIRM, "processed", _ANSWERS
    ),
    "flags": Table(
        "a row of a raw file",
        {
            **_RESPONDENT,
            "status": (str, "kept or left_out"),
            "flags": (str, "the screening rules that it broke, joined by ;"),
        },
        "processed",
        "arrival, the place in the order of submission as a share (0 first, 1 last), and a column a stated rule: "
        "the number that the rule looks at, such as seconds an item; near_duplicates is empty below its threshold",
    ),
    "screening": Table(
        "a wave and a stated screening rule; none for a rule that could not be applied there (see survey_notes)",
        {
            "wave": (str, "wave of the study file"),
            "rule": (str, "name in the study file"),
            "threshold": (float, "as stated; empty for a rule without one"),
            "flagged": (int, "rows that broke it"),
            "alone": (int, "rows that broke it and no other"),
            "leaves_out": (bool, "whether the study leaves such rows out"),
        },
    ),
    "crosswalk": Table(
        "a variable of the codebook in a wave",
        {
            "variable": (str, "name in the codebook"),
            "wave": (str, "wave of the study file"),
            "rule": (str, "same, renamed, reworded, rescaled, recoded (several joined by ;) or not asked"),
            "heading": (str, "of the column in the raw file"),
            "answers": (str, "the answer scale used in this wave"),
            "anchor": (bool, "whether it may serve as an anchor of invariance: asked, not reworded, not rescaled"),
        },
    ),
    "survey_notes": Table(
        "something about a wave that its reader must know, such as a screening rule that could not be applied",
        {"wave": (str, "wave of the study file"), "note": (str, "in plain words")},
    ),
    "privacy": Table(
        "a wave and a kind of personal data in its raw file, none of which is read further",
        {
            "wave": (str, "wave of the study file"),
            "kind": (str, "name, phone, e-mail, identity number, network address, place, identifier or free text"),
            "columns": (int, "columns that hold it"),
            "cells": (int, "cells that hold it"),
        },
    ),
    "panel": Table(
        "a set of waves that the same firms answered",
        {"waves": (str, "waves joined by +"), "firms": (int, "firms, told apart by the salted hash")},
    ),
    "missing_variables": Table(
        "a variable in a wave, or in all waves that asked it",
        {
            "variable": (str, "column of ``respondents``"),
            "wave": (str, "wave, or all"),
            "n": (int, "kept respondents who were asked"),
            "missing": (int, "of them without an answer"),
            "share": (float, "missing / n"),
        },
    ),
    "missing_cases": Table(
        "a number of construct items left open, in a wave or in all",
        {
            "wave": (str, "wave, or all"),
            "missing": (int, "construct items left open"),
            "n": (int, "kept respondents"),
            "share": (float, "of the kept respondents"),
        },
    ),
    "missing_patterns": Table(
        "a pattern of construct items left open, the most frequent first",
        {
            "pattern": (str, "the items left open, joined by ;, empty for complete answers"),
            "n": (int, "kept respondents"),
            "share": (float, "of the kept respondents"),
        },
    ),
    "missing_test": Table(
        "Little's test of values missing completely at random (1988), in a wave or in all",
        {
            "wave": (str, "wave, or all"),
            "n": (int, "respondents with at least one item answered"),
            "patterns": (int, "patterns of items left open"),
            "chisq": (float, "d²; empty where it cannot be estimated, or where there are too many patterns"),
            "df": (float, "degrees of freedom"),
            "pvalue": (float, "p"),
        },
    ),
    "nonresponse": Table(
        "a wave and a construct or attribute, early against late answers (Armstrong & Overton 1977)",
        {
            "wave": (str, "wave of the study file"),
            "variable": (str, "construct or attribute"),
            "test": (str, "Welch's t or chi-square"),
            "n_early": (int, "answers among the first quarter by time of submission"),
            "n_late": (int, "answers among the last quarter"),
            "early": (float, "mean among the early; empty for a nominal attribute"),
            "late": (float, "mean among the late"),
            "statistic": (float, "t or chi-square"),
            "df": (float, "degrees of freedom"),
            "pvalue": (float, "two-sided p"),
            "effect": (float, "Cohen's d (late minus early), or Cramér's V"),
        },
    ),
    "imputations": Table(
        "a kept respondent in a completed data set",
        {"imputation": (int, "from 1"), **_RESPONDENT},
        "processed",
        "as scores and controls, and a column a product of a moderation (two constructs joined by :), with values "
        "imputed where they were missing; empty where the wave did not ask",
    ),
    "codebook": Table(
        "a column of ``respondents``",
        {
            "name": (str, "column"),
            "kind": (str, "kind in the codebook"),
            "label_en": (str, "short English label"),
            "label_zh": (str, "short Chinese label"),
            "text_en": (str, "the question in English"),
            "text_zh": (str, "the question in Chinese"),
            "values_en": (str, "codes with their English labels, as 1 = Strongly disagree; 2 = …"),
            "values_zh": (str, "codes with their Chinese labels"),
            "minimum": (float, "lowest possible value"),
            "maximum": (float, "highest possible value"),
            "missing": (str, "what an empty cell means"),
            "reverse": (bool, "whether the answers were turned round"),
            "construct": (str, "the construct it measures"),
            "waves": (str, "waves that asked it, joined by ;"),
        },
        "processed",
    ),
    "scores": Table(
        "a kept respondent",
        _RESPONDENT,
        "processed",
        "a column a construct and dimension: the mean of the items answered, if these are at least the share "
        "``missing_data: score_share`` of the study file",
    ),
    "controls": Table(
        "a kept respondent",
        _RESPONDENT,
        "processed",
        "a column a term of analysis.study.model.control_terms: a control, a dummy such as region_2 or wave_2024",
    ),
    "case_flow": Table(
        "a wave and a step from raw rows to analysed rows",
        {
            "wave": (str, "wave of the study file"),
            "step": (str, "raw, a reason for leaving out, or kept"),
            "n": (int, "rows"),
        },
    ),
    "sample": Table(
        "an attribute and an answer, or a numeric attribute",
        {
            "variable": (str, "attribute"),
            "code": (float, "code of the answer; empty for a number"),
            "n": (int, "respondents"),
            "share": (float, "of those who answered"),
            "mean": (float, "of a number"),
            "sd": (float, "of a number, N − 1"),
        },
    ),
    "items": Table(
        "an item in a wave, or in all waves",
        {
            "item": (str, "item"),
            "wave": (str, "wave, or all"),
            "n": (int, "answers"),
            "missing_share": (float, "of the kept respondents"),
            "mean": (float, "after turning reverse items round"),
            "sd": (float, "N − 1"),
            "skew": (float, "adjusted Fisher–Pearson (SPSS, SAS)"),
            "kurtosis": (float, "excess, adjusted (SPSS, SAS)"),
            "floor": (float, "share of the lowest answer"),
            "ceiling": (float, "share of the highest answer"),
            "item_total": (float, "correlation with the sum of the other items of its narrowest scale"),
            "alpha_if_deleted": (float, "alpha of that scale without the item"),
        },
    ),
    "wave_means": Table(
        "a wave and a construct",
        {
            "wave": (str, "wave of the study file"),
            "construct": (str, "construct"),
            "n": (int, "respondents with a score"),
            "mean": (float, "of the score"),
            "se": (float, "SD / √n, N − 1"),
            "ci_lower": (float, "lower bound of the 95 % confidence interval, by Student's t"),
            "ci_upper": (float, "upper bound"),
        },
    ),
    "reliability": Table(
        "a construct or a dimension",
        {
            "scale": (str, "construct or dimension"),
            "construct": (str, "the construct it belongs to"),
            "level": (str, "construct or dimension"),
            "items": (int, "number of items"),
            "n": (int, "complete answers to all its items, on which alpha rests"),
            "n_score": (int, "respondents with a score, on which mean and sd rest"),
            "mean": (float, "of the score"),
            "sd": (float, "of the score, N − 1"),
            "alpha": (float, "Cronbach 1951, from covariances"),
            "alpha_ci_lower": (float, "Feldt 1965, 95 %"),
            "alpha_ci_upper": (float, "upper bound"),
            "alpha_std": (float, "standardised alpha, from correlations"),
            "alpha_ordinal": (float, "ordinal alpha, from polychoric correlations (Zumbo, Gadermann & Zeisser 2007)"),
            "omega": (float, "omega total (McDonald 1999): of the items, from the CFA, residual covariances included"),
            "omega_ci_lower": (float, "lower bound of its 95 % confidence interval, delta method"),
            "omega_ci_upper": (float, "upper bound"),
            "omega_h": (float, "omega hierarchical: the part due to the second-order construct; empty for others"),
            "cr": (float, "composite reliability, from the standardised loadings of the CFA"),
            "ave": (float, "average variance extracted, likewise"),
            "max_h": (float, "maximal reliability H (Hancock & Mueller 2001), likewise"),
            "basis": (str, "what CR, AVE and H rest on: items, or dimensions for a second-order construct"),
            **_WHY_NOT,
        },
    ),
    "loadings": Table(
        "a loading of the CFA",
        {
            "scale": (str, "construct or dimension"),
            "indicator": (str, "item, or dimension of a second-order construct"),
            "est": (float, "unstandardised, MLR"),
            "se": (float, "robust standard error"),
            "z": (float, "est / se; empty for the marker indicator, which is fixed to 1"),
            "pvalue": (float, "two-sided p"),
            "std": (float, "completely standardised"),
            "std_se": (float, "its standard error, delta method"),
            "std_ci_lower": (float, "lower bound of the 95 % confidence interval"),
            "std_ci_upper": (float, "upper bound"),
            "r2": (float, "explained share of the indicator's variance"),
            "against": (bool, "whether its sign is opposite to that of at least half of the loadings on its scale"),
        },
    ),
    "normality": Table(
        "the items of a construct, or of all: Mardia's (1970) multivariate skew and kurtosis",
        {
            "scale": (str, "construct, or all"),
            "n": (int, "complete answers"),
            "items": (int, "number of items"),
            "skew": (float, "b1p"),
            "skew_chisq": (float, "n b1p / 6"),
            "skew_df": (float, "p (p + 1) (p + 2) / 6"),
            "skew_pvalue": (float, "its p"),
            "kurtosis": (float, "b2p"),
            "kurtosis_z": (float, "(b2p − p (p + 2)) / √(8 p (p + 2) / n)"),
            "kurtosis_pvalue": (float, "two-sided p"),
        },
    ),
    "outliers": Table(
        "a wave, or all: multivariate outliers among complete answers to the items of all constructs",
        {
            "wave": (str, "wave, or all"),
            "n": (int, "complete answers"),
            "items": (int, "number of items"),
            "quantile": (float, "of chi-square, beyond which Mahalanobis' D² counts as an outlier"),
            "flagged": (float, "respondents beyond it; empty where too few answered to tell"),
            "share": (float, "flagged / n"),
        },
    ),
    "covariances": Table(
        "a pair of construct items, each with itself included",
        {
            "a": (str, "item"),
            "b": (str, "item, the same or a later one"),
            "n": (int, "respondents who answered both"),
            "covariance": (float, "N − 1"),
            "r": (float, "Pearson's correlation"),
            "ci_lower": (float, "lower bound of its 95 % confidence interval, Fisher z"),
            "ci_upper": (float, "upper bound"),
        },
    ),
    "factorability": Table(
        "an item, or all items together",
        {
            "item": (str, "item, or all"),
            "n": (int, "complete answers"),
            "kmo": (float, "measure of sampling adequacy (Kaiser & Rice 1974)"),
            "bartlett_chisq": (float, "Bartlett's (1951) test of sphericity, for all"),
            "bartlett_df": (float, "its degrees of freedom"),
            "bartlett_pvalue": (float, "its p"),
            **_WHY_NOT,
        },
    ),
    "factor_numbers": Table(
        "a kind of correlation and a number of factors",
        {
            "kind": (str, "pearson or polychoric"),
            "factor": (int, "from 1"),
            "eigenvalue": (float, "of the correlation matrix"),
            "random_mean": (float, "mean of the eigenvalues of random answers (Horn 1965)"),
            "random_95": (float, "their 95th percentile"),
            "retained": (bool, "whether this and all before lie above the 95th percentile"),
            "map": (float, "average squared partial correlation after so many components (Velicer 1976)"),
            "map_least": (bool, "whether that is the least"),
            **_WHY_NOT,
        },
    ),
    "efa": Table(
        "an item and a factor of the exploratory solution",
        {
            "item": (str, "item"),
            "factor": (int, "from 1"),
            "loading": (float, "pattern coefficient, after oblique rotation"),
            "communality": (float, "explained share of the item's variance"),
            "factors": (int, "number of factors extracted"),
            **_WHY_NOT,
        },
    ),
    "local_fit": Table(
        "a pair of construct items in the CFA, the largest residual first",
        {
            "a": (str, "item"),
            "b": (str, "item"),
            "residual": (float, "observed minus implied correlation"),
            "z": (float, "standardised residual covariance (lavaan)"),
        },
    ),
    "modification": Table(
        "a parameter that the CFA does not have, the largest index first",
        {
            "lhs": (str, "left-hand side"),
            "op": (str, "lavaan's operator"),
            "rhs": (str, "right-hand side"),
            "mi": (float, "modification index: expected fall of chi-square"),
            "epc": (float, "expected parameter change"),
            "sepc_all": (float, "completely standardised"),
        },
    ),
    "respecifications": Table(
        "a line that the study adds to the measurement model; the program adds none",
        {
            "line": (str, "in lavaan's syntax"),
            "reason_en": (str, "the study's reason"),
            "reason_zh": (str, "the same in Chinese"),
            "chisq_without": (float, "chi-square of the model without this line, scaled"),
            "df_without": (float, "its degrees of freedom"),
            "chisq_diff": (float, "scaled difference"),
            "df_diff": (float, "its degrees of freedom"),
            "pvalue_diff": (float, "its p"),
        },
    ),
    "rival_models": Table(
        "a measurement model and an estimator",
        {
            "model": (str, "study, first-order, without dimensions, merged: a + b, one factor, bifactor"),
            "estimator": (str, "ML, MLR or WLSMV"),
            "npar": (float, "free parameters"),
            **_COMPARED,
            **_DIFFERENCE,
            **_WHY_NOT,
        },
    ),
    "fornell_larcker": Table(
        "a pair of constructs, each with itself included",
        {
            "a": (str, "construct"),
            "b": (str, "construct, the same or a later one"),
            "value": (float, "√AVE of a construct with itself, else the latent correlation"),
            "holds": (str, "whether both AVE exceed r²: yes, no, or empty where it cannot be said; yes with itself"),
        },
    ),
    "htmt": Table(
        "a pair of constructs and a ratio",
        {
            "a": (str, "construct"),
            "b": (str, "construct"),
            "ratio": (str, "HTMT (Henseler, Ringle & Sarstedt 2015) or HTMT2 (Roemer, Schuberth & Henseler 2021)"),
            "est": (float, "the ratio"),
            "ci_lower": (float, "lower bound of the 95 % bootstrap interval, percentile"),
            "ci_upper": (float, "upper bound"),
            "draws": (int, "bootstrap draws"),
            "failed": (int, "draws without a value"),
            **_WHY_NOT,
        },
    ),
    "constrained_correlations": Table(
        "a pair of constructs whose latent correlation is held at 1",
        {
            "a": (str, "construct"),
            "b": (str, "construct"),
            "r": (float, "the free correlation"),
            "ci_lower": (float, "lower bound of its 95 % confidence interval"),
            "ci_upper": (float, "upper bound"),
            "chisq_diff": (float, "scaled difference of the model with it at 1"),
            "df_diff": (float, "its degrees of freedom"),
            "pvalue_diff": (float, "its p"),
            **_WHY_NOT,
        },
    ),
    "cross_loadings": Table(
        "an item and a construct",
        {
            "item": (str, "item"),
            "construct": (str, "construct"),
            "own": (bool, "whether the item belongs to it"),
            "r": (float, "correlation with the construct's score, without the item where it is its own"),
        },
    ),
    "harman": Table(
        "a way to ask whether one factor explains the items (Harman's test, which cannot rule method bias out)",
        {
            "method": (str, "first principal component, or first common factor"),
            "share": (float, "share of the variance of all items"),
            "n": (int, "complete answers"),
        },
    ),
    "method_models": Table(
        "a model of method variance",
        {
            "model": (str, "cfa, common factor; with a marker also cfa with marker, baseline, C, U, R (Williams 2010)"),
            **_COMPARED,
            **_DIFFERENCE,
            "method_share": (float, "mean share of the items' variance that the method factor explains"),
            **_WHY_NOT,
        },
    ),
    "method_correlations": Table(
        "a pair of constructs",
        {
            "a": (str, "construct"),
            "b": (str, "construct"),
            "r": (float, "latent correlation in the CFA"),
            "r_common": (float, "with an unmeasured method factor"),
            "r_marker": (float, "with the marker as method factor (the better of C and U)"),
            "r_partial": (float, "correlation of the scores with the marker's partialled out (Lindell & Whitney 2001)"),
        },
    ),
    "invariance": Table(
        "a grouping, a treatment of the answers and a rung of the ladder",
        {
            "grouping": (str, "wave, or an attribute"),
            "treatment": (str, "continuous or second-order (MLR), or ordinal (WLSMV, Wu & Estabrook 2016)"),
            "construct": (str, "whose items are tested; empty: all together, dimensions as correlated factors"),
            "rung": (
                str,
                "configural, thresholds, metric, second-order metric, scalar, second-order scalar, strict; 'partial ' "
                "before one with freed parameters",
            ),
            "groups": (int, "number of groups"),
            "n": (int, "respondents"),
            "smallest": (int, "respondents in the smallest group"),
            **_COMPARED,
            **_DIFFERENCE,
            "cutoff_cfi": (float, "Chen (2007): a fall of CFI by this or more speaks against the rung"),
            "cutoff_rmsea": (float, "likewise a rise of RMSEA"),
            "cutoff_srmr": (float, "likewise a rise of SRMR"),
            "holds": (str, "yes, no, or empty where it cannot be said"),
            **_WHY_NOT,
        },
    ),
    "invariance_freed": Table(
        "a parameter that partial invariance leaves free between the groups",
        {
            "grouping": (str, "wave, or an attribute"),
            "treatment": (str, "continuous, second-order or ordinal"),
            "construct": (str, "whose items are tested; empty: all together"),
            "rung": (str, "thresholds, metric, second-order metric, scalar, second-order scalar or strict"),
            "step": (int, "order in which it was freed; 0: from the beginning"),
            "parameter": (str, "in lavaan's syntax"),
            "reason": (str, "reworded or rescaled in a wave, or the score test that named it"),
            "mi": (float, "that test's chi-square"),
        },
    ),
    "latent_means": Table(
        "a grouping, a group but the first that has enough answers, and a construct",
        {
            "grouping": (str, "wave, or an attribute"),
            "group": (str, "the group"),
            "construct": (str, "construct or dimension that has a mean"),
            "est": (float, "mean minus that of the first group, in SD of the first group"),
            "z": (float, "est / se"),
            **_INFERENCE,
            "basis": (
                str,
                "the rung (scalar, of a second-order construct second-order scalar), or why there is no mean: "
                "'left out: ' of a group with too few answers, else 'not comparable: '",
            ),
        },
    ),
    "correlations": Table(
        "a pair of constructs",
        {
            "a": (str, "construct"),
            "b": (str, "construct"),
            "n": (int, "pairs"),
            "r": (float, "Pearson, of the scores"),
            "pvalue": (float, "two-sided p"),
            "ci_lower": (float, "lower bound of the 95 % confidence interval, Fisher z"),
            "ci_upper": (float, "upper bound"),
            "latent_r": (float, "correlation of the latent variables in the CFA"),
        },
    ),
    "measurement_fit": _FIT,
    "structural_fit": _FIT,
    "measurement_notes": _NOTES,
    "structural_notes": _NOTES,
    "regressions": Table(
        "a term of a regression model",
        {
            "outcome": (str, "construct explained"),
            "model": (int, "step of the hierarchy, from 1"),
            "block": (str, "what this step adds: controls, antecedents, mediators, interactions"),
            "term": (str, "construct, control term such as wave_2024, or product of two joined by :"),
            "b": (float, "unstandardised coefficient"),
            "beta": (float, "b · sd(x) / sd(y); of a product b · sd(x) · sd(w) / sd(y), by the SDs of its two factors"),
            "t": (float, "b / se"),
            **_INFERENCE,
            "f2": (float, "Cohen's f²: the fall of R² without the term / (1 − R²)"),
            "vif": (float, "variance inflation factor"),
        },
    ),
    "regression_fit": Table(
        "a regression model",
        {
            "outcome": (str, "construct explained"),
            "model": (int, "step of the hierarchy, from 1"),
            "block": (str, "what this step adds"),
            "n": (int, "respondents"),
            "errors": (str, "kind of standard errors: classical, HC3, or cluster: and what by"),
            "r2": (float, "R²"),
            "r2_adjusted": (float, "adjusted R²"),
            "f": (float, "F of the model, by the standard errors named"),
            "f_pvalue": (float, "its p"),
            "delta_r2": (float, "gain in R² over the step before"),
            "delta_f": (float, "F of the terms added, by the standard errors named"),
            "delta_df": (int, "number of terms added"),
            "delta_pvalue": (float, "its p"),
            "f2": (float, "Cohen's f² of the terms added: the gain in R² / (1 − R²)"),
            **_WHY_NOT,
        },
    ),
    "regression_errors": Table(
        "a term of the last regression model of an outcome, and a kind of standard errors",
        {
            "outcome": (str, "construct explained"),
            "term": (str, "as in regressions"),
            "errors": (str, "classical, HC3, or cluster: and what by"),
            "chosen": (bool, "whether the study uses this kind everywhere else"),
            "clusters": (float, "number of clusters; empty for the others"),
            "b": (float, "unstandardised coefficient"),
            "t": (float, "b / se"),
            "df": (float, "degrees of freedom of t"),
            **_INFERENCE,
            **_WHY_NOT,
        },
    ),
    "regression_diagnostics": Table(
        "the last regression model of an outcome, and a check of what it assumes",
        {
            "outcome": (str, "construct explained"),
            "check": (str, "Breusch-Pagan, RESET, Jarque-Bera, Cook's distance, leverage or outliers"),
            "statistic": (float, "of the test; else the largest value"),
            "df": (float, "degrees of freedom of a test"),
            "df2": (float, "denominator degrees of freedom of F"),
            "pvalue": (float, "p of a test; of outliers that of the largest, times n (Bonferroni)"),
            "threshold": (float, "beyond which a respondent counts; empty for a test"),
            "flagged": (float, "respondents beyond it; empty for a test"),
            **_WHY_NOT,
        },
    ),
    "influence": Table(
        "an outcome and a respondent of its last regression model",
        {
            "outcome": (str, "construct explained"),
            "respondent": (str, "wave:row"),
            "residual": (float, "externally studentised"),
            "leverage": (float, "diagonal of the hat matrix"),
            "cooks": (float, "Cook's distance"),
        },
        "processed",
    ),
    "regression_groups": Table(
        "a grouping and an outcome: does a slope differ between the groups?",
        {
            "grouping": (str, "wave, or an attribute"),
            "outcome": (str, "construct explained"),
            "term": (str, "predictor; empty: all predictors together; group: the level at the means of the predictors"),
            "groups": (int, "number of groups"),
            "n": (int, "respondents"),
            "f": (float, "F of the products with the groups' dummies, by the study's standard errors"),
            "df": (float, "numerator degrees of freedom"),
            "df2": (float, "denominator degrees of freedom"),
            "pvalue": (float, "its p"),
            **_CORRECTED,
            **_WHY_NOT,
        },
    ),
    "regression_effects": _EFFECTS,
    "structural_effects": Table(
        _EFFECTS.row,
        {
            **_EFFECTS.columns,
            "improper": (int, "draws with an improper solution, such as a negative variance; they count"),
            "seed": (int, "of the draws"),
        },
    ),
    "simple_slopes": _SLOPES,
    "latent_slopes": _SLOPES,
    "johnson_neyman": Table(
        "a moderated step of a hypothesis and a value of the moderator, over its observed range (regression)",
        {
            "hypothesis": (str, "name in the study file"),
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct whose slope this is"),
            "moderator": (str, "construct"),
            "value": (float, "of the moderator's score"),
            "boundary": (bool, "whether p crosses the study's level of significance here"),
            "below": (float, "share of the respondents with a lower score"),
            "slope": (float, "unstandardised"),
            **_INFERENCE,
        },
    ),
    "conditional_effects": Table(
        "a moderated mediation and a value of the moderator, or what the effects differ by (regression)",
        {
            "hypothesis": (str, "name in the study file"),
            "effect": (str, "conditional indirect, index (Hayes 2015), or contrast (highest value minus lowest)"),
            "at": (str, "-1 SD, mean, +1 SD; or the value, as in simple_slopes; empty for index and contrast"),
            "value": (float, "of the moderator's score"),
            **_BOOTSTRAP,
            **_WHY_NOT,
        },
    ),
    "latent_moderation": Table(
        "a product of latent variables (double mean-centred indicators), or the index of a moderated mediation",
        {
            "hypothesis": (str, "name in the study file"),
            "effect": (str, "interaction or index"),
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct"),
            "moderator": (str, "construct"),
            "indicators": (str, "the products that measure the latent product, joined by ;"),
            "est": (float, "unstandardised"),
            "z": (float, "est / se"),
            **_INFERENCE,
            **_STANDARDISED,
            "n": (int, "respondents"),
            **_WHY_NOT,
        },
    ),
    "latent_moderation_fit": _FIT,
    "structural_rivals": Table(
        "a structural model beside that of the study",
        {
            "model": (
                str,
                "study, correlated (no structure at all), full mediation, partial mediation, no mediation, "
                "reversed: a -> b, or without controls",
            ),
            "npar": (float, "free parameters"),
            **_COMPARED,
            **_DIFFERENCE,
            **_WHY_NOT,
        },
    ),
    "controls_out": Table(
        "a structural path with the controls and without them",
        {
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct"),
            "std": (float, "standardised, with controls"),
            "pvalue": (float, "its p"),
            "std_without": (float, "standardised, without controls"),
            "pvalue_without": (float, "its p"),
        },
    ),
    "dimension_paths": Table(
        "a path from a dimension (or a construct that has none) to an outcome, all dimensions at once",
        {
            "outcome": (str, "construct explained"),
            "predictor": (str, "dimension or construct"),
            "construct": (str, "the construct that the predictor belongs to"),
            "est": (float, "unstandardised"),
            "z": (float, "est / se"),
            **_INFERENCE,
            **_STANDARDISED,
            **_WHY_NOT,
        },
    ),
    "group_paths": Table(
        "a grouping, a group and a structural path",
        {
            "grouping": (str, "wave, or an attribute"),
            "group": (str, "the group"),
            "n": (int, "respondents in the group"),
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct"),
            "est": (float, "unstandardised; loadings equal over the groups as far as the ladder found"),
            "z": (float, "est / se"),
            **_INFERENCE,
            **_STANDARDISED,
            "basis": (str, "metric, partial metric, or why the paths cannot be compared"),
        },
    ),
    "group_differences": Table(
        "a grouping and a structural path: do the groups differ?",
        {
            "grouping": (str, "wave, or an attribute"),
            "outcome": (str, "construct explained; empty: all paths together"),
            "predictor": (str, "construct; empty: all paths together"),
            "groups": (int, "number of groups"),
            "n": (int, "respondents"),
            "chisq": (float, "Wald's chi-square of equal paths, by the robust covariance matrix"),
            "df": (float, "its degrees of freedom"),
            "pvalue": (float, "its p"),
            **_CORRECTED,
            "basis": (str, "metric, partial metric, or why the paths cannot be compared"),
            **_WHY_NOT,
        },
    ),
    "group_contrasts": Table(
        "a grouping, a structural path and a pair of groups",
        {
            "grouping": (str, "wave, or an attribute"),
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct"),
            "a": (str, "group"),
            "b": (str, "group"),
            "est": (float, "path in a minus path in b, unstandardised"),
            "z": (float, "est / se"),
            **_INFERENCE,
            **_CORRECTED,
        },
    ),
    "regressions_imputed": Table(
        "a term of the last regression model of an outcome, pooled over the completed data sets; none without them",
        {
            "outcome": (str, "construct explained"),
            "term": (str, "construct, control term such as wave_2024, or product of two joined by :"),
            "b": (float, "unstandardised coefficient, the mean over the data sets"),
            "se": (float, "standard error by Rubin's (1987) rules, within a data set of the study's kind"),
            "t": (float, "b / se"),
            "df": (float, "degrees of freedom of t (Barnard & Rubin 1999)"),
            "pvalue": _INFERENCE["pvalue"],
            "ci_lower": _INFERENCE["ci_lower"],
            "ci_upper": _INFERENCE["ci_upper"],
            "fmi": (float, "fraction of missing information"),
            "imputations": (int, "completed data sets"),
            **_WHY_NOT,
        },
    ),
    "structural_parameters": Table(
        "an estimator and a parameter of the structural model",
        {
            "estimator": (str, "ML, MLR, WLSMV or FIML (MLR on all rows)"),
            "lhs": (str, "left-hand side"),
            "op": (str, "lavaan's operator"),
            "rhs": (str, "right-hand side"),
            "label": (str, "label"),
            "est": (float, "unstandardised"),
            "z": (float, "est / se"),
            **_INFERENCE,
            "std_all": (float, "completely standardised"),
            "std_se": (float, "its standard error, delta method"),
            "std_ci_lower": (float, "lower bound of its 95 % confidence interval"),
            "std_ci_upper": (float, "upper bound"),
        },
    ),
    "structural_r2": Table(
        "an estimator and an explained construct",
        {
            "estimator": (str, "ML, MLR, WLSMV or FIML (MLR on all rows)"),
            "construct": (str, "explained construct"),
            "r2": (float, "explained share of its variance"),
        },
    ),
    "second_opinions": Table(
        "a structural path and a program that estimated it",
        {
            "outcome": (str, "construct explained"),
            "predictor": (str, "construct or control"),
            "source": (str, "ML, MLR, WLSMV, FIML, semopy, lavaan or PLS"),
            "program": (str, "program and version"),
            "n": (int, "respondents used"),
            "std": (float, "standardised path coefficient"),
        },
    ),
    "agreement": Table(
        "a program or estimator beside the published estimates: the largest difference of a standardised path",
        {
            "source": (str, "as in second_opinions"),
            "program": (str, "program and version, or why it has no answer"),
            "n": (int, "respondents used"),
            "largest": (float, "largest absolute difference"),
            "outcome": (str, "of the path that differs most"),
            "predictor": (str, "likewise"),
            "same_model": (bool, "whether it estimates the same model from the same rows, so that it should agree"),
        },
    ),
    "verdict_methods": Table(
        "a hypothesis and a method that speaks to it",
        {
            "hypothesis": (str, "name in the study file"),
            "method": (str, "structural model or regression"),
            "estimate": (str, "what is estimated, in a few words"),
            "est": (float, "unstandardised"),
            "statistic": (float, "z, t, chi-square or F; empty for a bootstrap"),
            **_INFERENCE,
            **_STANDARDISED,
            "pvalue_holm": (float, "p corrected by Holm (1979) for the hypotheses that this method speaks to"),
            "pvalue_bh": (float, "p corrected by Benjamini & Hochberg (1995), likewise"),
            "sign": (str, "positive or negative; empty for a difference between groups"),
            "says": (str, "supported, not supported, opposite, mixed (groups of two kinds) or not testable"),
            "reason": (str, "why, in a few words"),
            "caveat": (str, "kinds of warnings of the model behind the estimate, joined by ;"),
        },
    ),
    "verdicts": Table(
        "a hypothesis",
        {
            "hypothesis": (str, "name in the study file"),
            "kind": (str, "direct, mediation, moderation, moderated mediation or group difference"),
            "path": (str, "constructs joined by ->, or the attributes that tell groups apart"),
            "moderator": (str, "construct"),
            "expect": (str, "positive, negative or either"),
            "method": (str, "the method whose numbers follow: the first that decides and has an answer"),
            "est": (float, "unstandardised"),
            "std": (float, "standardised"),
            "statistic": (float, "z, t, chi-square or F; empty for a bootstrap"),
            **_INFERENCE,
            "std_ci_lower": (float, "lower bound of the 95 % confidence interval of std"),
            "std_ci_upper": (float, "upper bound"),
            "pvalue_holm": (float, "p corrected by Holm (1979) for the number of hypotheses"),
            "pvalue_bh": (float, "p corrected by Benjamini & Hochberg (1995), likewise"),
            "sign": (str, "positive or negative; empty for a difference between groups"),
            "says": (str, "what each method says, as method: word, joined by ;"),
            "verdict": (str, "supported, not supported, opposite, mixed or not testable"),
            "reason": (str, "why, in a few words"),
            "caveat": (str, "kinds of warnings of the model behind the estimate, joined by ;"),
        },
    ),
}


def write(name: str, table: pd.DataFrame, path: str | Path) -> None:
    """Write a tidy table at full precision, CSV or Parquet by the ending, after checking it against `TABLES`."""
    checked = _schema(name).validate(table)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        checked.to_parquet(path, index=False)
    else:
        checked.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def read(name: str, path: str | Path) -> pd.DataFrame:
    """Read a tidy table that `write` wrote. Raises `UserError` if the file is not that table."""
    path = Path(path)
    kinds = {column: kind for column, (kind, _) in TABLES[name].columns.items()}
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is damaged ({error}); delete it, and the workflow makes it anew.") from error
    absent = [c for c in kinds if c not in table]
    if absent:
        raise UserError(
            f'{path}: the column "{absent[0]}" is missing; delete the file, and the workflow makes it anew.'
        )
    return table.fillna({column: "" for column, kind in kinds.items() if kind is str})


@cache
def _schema(name: str):
    import pandera.pandas as pa

    table = TABLES[name]
    columns = {
        column: pa.Column(kind, nullable=kind is float, coerce=True) for column, (kind, _) in table.columns.items()
    }
    if table.further:
        columns[rf"^(?!(?:{'|'.join(table.columns)})$).*"] = pa.Column(
            float, nullable=True, coerce=True, regex=True, required=False
        )
    return pa.DataFrameSchema(columns, strict=not table.further, ordered=not table.further)
