"""A fit as text: the conventions, the test, the main fit measures and the estimates."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .cautions import SCALED
from .partable import INTERNAL
from .weighted import LeastSquares

if TYPE_CHECKING:
    from .fitting import Fit

_NORMAL = "normal likelihood (N in the denominator, chi-square = N F)"
_SQUARES = "{} weights (chi-square = (N - 1) F)"
# By estimator: what is minimised, the test, the standard errors
_CONVENTIONS = {
    "ML": (_NORMAL, "standard", "expected information"),
    "MLR": (
        _NORMAL,
        "standard, and scaled after Yuan-Bentler (Mplus variant)",
        "Huber-White sandwich, observed information",
    ),
    "MLM": (_NORMAL, "standard, and scaled after Satorra-Bentler", "robust sandwich, expected information"),
    "GLS": (_SQUARES.format("least squares, normal-theory"), "standard", "expected information"),
    "ULS": (_SQUARES.format("least squares, unit"), "of unknown distribution", "as if the weights were right"),
    "DWLS": (_SQUARES.format("least squares, diagonal"), "standard", "as if the weights were right"),
    "WLSMV": (_SQUARES.format("least squares, diagonal"), "scaled and shifted", "robust sandwich"),
}


def summary(fitted: Fit) -> str:
    """What ``Fit.summary()`` returns."""
    m, robust = fitted.measures, fitted.estimator in SCALED
    discrepancy, test, errors = _CONVENTIONS[fitted.estimator]
    if fitted.problem.incomplete:
        errors = errors.replace("expected", "observed")
    lines = [
        f"Structural equation model, {'' if fitted.converged else 'NOT '}converged after"
        f" {fitted.solution.iterations} steps",
        f"  Estimator        {fitted.estimator}, {discrepancy}",
        f"  Test             {test}",
        f"  Standard errors  {errors}",
        f"  Rows             {fitted.nobs} used of {fitted.n_given} given ({fitted.missing})",
        f"  Free parameters  {m['npar']}",
        "",
    ]
    if isinstance(fitted.problem, LeastSquares):
        lines.insert(-1, f"  Variables        {_scales(fitted)}")
    if len(fitted.groups) > 1:
        named = enumerate(zip(fitted.groups, fitted.index, strict=True), start=1)
        lines.insert(-1, "  Groups           " + ", ".join(f"{k} {name} ({len(rows)})" for k, (name, rows) in named))
    if fitted.converged:
        lines += _tests(m)
        if robust:
            lines.append(
                f"  scaled {m['chisq_scaled']:.3f}, p {_p(m['pvalue_scaled'])}, factor {m['chisq_scaling_factor']:.4f}"
            )
        kind = "_robust" if robust and not np.isnan(m["cfi_robust"]) else "_scaled" if robust else ""
        lines.append(
            f"  {kind[1:].capitalize() + ' ' if kind else ''}CFI {m['cfi' + kind]:.4f},"
            f" TLI {m['tli' + kind]:.4f}, RMSEA"
            f" {m['rmsea' + kind]:.4f} [{m['rmsea_ci_lower' + kind]:.4f}, {m['rmsea_ci_upper' + kind]:.4f}],"
            f" SRMR {m['srmr']:.4f}"
        )
        if "logl" in m:
            lines.append(f"  Log-likelihood {m['logl']:.3f}, AIC {m['aic']:.3f}, BIC {m['bic']:.3f}")
    lines += [f"  Warning: {warning}" for warning in fitted.warnings]
    return "\n".join([*lines, *_estimates(fitted)])


def _scales(fitted: Fit) -> str:
    """Which variables are ordinal, with their number of categories."""
    steps = [p.lhs for p in fitted.table.parameters if p.op == "|" and p.group == 1]
    ordinal = [f"{name} ({steps.count(name) + 1})" for name in dict.fromkeys(steps)]
    return f"ordinal (categories): {', '.join(ordinal)}" if ordinal else "all variables continuous"


def _tests(m: dict[str, float]) -> list[str]:
    """The chi-square; of ULS, which has no known distribution, with Browne's residual-based one beside it."""
    if not np.isnan(m["pvalue"]):
        return [f"  Chi-square {m['chisq']:.3f}, df {m['df']}, p {_p(m['pvalue'])}"]
    lines = [f"  Chi-square {m['chisq']:.3f}, df {m['df']}, no p-value"]
    if "chisq_browne" in m:
        test = f"{m['chisq_browne']:.3f}, df {m['df']}, p {_p(m['pvalue_browne'])}"
        lines.append(f"  Browne's residual-based chi-square {test}")
    return lines


def _p(value: float) -> str:
    """A p-value with three digits and no leading 0."""
    if np.isnan(value):
        return "nan"
    return "<.001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def _estimates(fitted: Fit) -> list[str]:
    """The parameters and R² of each group under its name, then the defined parameters."""
    frame, several = fitted.parameters, len(fitted.groups) > 1
    lines: list[str] = []
    for k, name in enumerate(fitted.groups, start=1):
        lines += ["", f"Group {k}: {name}"] if several else [""]
        lines.append(_table(frame[frame["group"] == k]))
        r2 = fitted.r2[name] if several else fitted.r2
        if len(r2):
            values = ", ".join(f"{variable} {value:.3f}" for variable, value in r2.items())
            lines += ["", fill(f"R²: {values}", 110, subsequent_indent="    ")]
    defined = frame[frame["group"] == 0]
    return [*lines, "", "Defined parameters", _table(defined)] if len(defined) else lines


def _table(frame: pd.DataFrame) -> str:
    """Four decimals; nothing where a parameter is fixed and so has no error; no labels that group_equal gave."""
    shown, fixed = frame.drop(columns=["group"]).copy(), (frame["se"] == 0).to_numpy()
    for column in ("est", "se", "z", "pvalue", "ci_lower", "ci_upper", "std_lv", "std_all"):
        written = shown[column].map(_p if column == "pvalue" else "{:.4f}".format)
        of_estimate = column in ("est", "std_lv", "std_all")
        shown[column] = written if of_estimate else written.where(~fixed, "")
    shown["label"] = shown["label"].where(~shown["label"].str.fullmatch(INTERNAL), "")
    return shown.to_string(index=False)
