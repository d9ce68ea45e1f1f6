"""A fit as text: the conventions, the test, the main fit measures and the estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .cautions import SCALED

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
    if len(fitted.groups) > 1:
        named = enumerate(zip(fitted.groups, fitted.index, strict=True), start=1)
        lines.insert(-1, "  Groups           " + ", ".join(f"{k} {name} ({len(rows)})" for k, (name, rows) in named))
    if fitted.converged:
        lines.append(f"  Chi-square {m['chisq']:.3f}, df {m['df']}, p {m['pvalue']:.4f}")
        if robust:
            lines.append(
                f"  scaled {m['chisq_scaled']:.3f}, p {m['pvalue_scaled']:.4f}, factor {m['chisq_scaling_factor']:.4f}"
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
    return "\n".join([*lines, "", fitted.parameters.round(4).to_string(index=False)])
