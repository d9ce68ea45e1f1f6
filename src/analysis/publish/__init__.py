"""Tidy results -> tables, figures, numbers, the page: only this stage rounds, stars, labels and translates.

Here stand the names of everything that is published; the workflow reads them without importing anything heavy.
"""

LANGUAGES = ("en", "zh")
TABLES = (
    "case_flow",
    "screening",
    "sample",
    "nonresponse",
    "missing",
    "items",
    "normality",
    "factors",
    "item_placement",
    "measurement",
    "reliability",
    "correlations",
    "discriminant",
    "rival_models",
    "local_fit",
    "invariance",
    "latent_means",
    "model_fit",
    "regressions",
    "regression_checks",
    "structural",
    "agreement",
    "structural_rivals",
    "controls_out",
    "dimensions",
    "mediation",
    "moderation",
    "groups",
    "hypotheses",
)
TABLE_FORMATS = ("csv", "docx", "html", "tex")
FIGURES = {  # with the tidy tables that each is drawn from
    "path_diagram": ("structural_parameters", "structural_r2"),
    "effects": ("verdicts",),
    "correlations": ("correlations",),
    "waves": ("wave_means",),
}
FIGURE_FORMATS = ("pdf", "png", "svg", "alt.txt")
