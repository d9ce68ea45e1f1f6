"""A verdict on every hypothesis by one rule, the unsupported treated like the supported.

The rule: an effect whose two-sided p is below the study's significance level is *supported* if it has the expected sign
(or none was expected) and *opposite* if it has the other; any other effect is *not supported*. A hypothesis that no
estimate speaks to is *not testable*, with the reason.
"""

import numpy as np
import pandas as pd

from analysis.results import PUBLISHED
from analysis.study import Hypothesis, Study
from analysis.study.model import product_term, term

NUMBERS = ("est", "std", "statistic", "se", "pvalue", "ci_lower", "ci_upper", "std_ci_lower", "std_ci_upper")
CAVEATS = ("NotConverged", "SingularInformation", "ImproperSolution", "ImplausibleEstimates", "Collinearity")


def verdicts(parameters: pd.DataFrame, notes: pd.DataFrame, regressions: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a hypothesis; the columns of results.TABLES["verdicts"].

    Direct and indirect effects come from the structural model (indirect ones with delta-method errors, Sobel 1982),
    moderation from the last step of the hierarchical regression on scores (HC3 errors; the interval of the
    standardised effect is that of the coefficient in the same units). What the engine warned of the structural model
    stands in ``caveat`` of every verdict that rests on it.
    """
    structural = parameters[parameters["estimator"] == PUBLISHED]
    warned = notes.loc[(notes["estimator"] == PUBLISHED) & notes["kind"].isin(CAVEATS), "kind"]
    rows = []
    for name, hypothesis in study.hypotheses.items():
        method, numbers, reason = _estimate(name, hypothesis, structural, regressions, study)
        verdict, why = judge(numbers, hypothesis, study.significance)
        rows.append(
            {
                "hypothesis": name,
                "kind": hypothesis.kind,
                "path": " -> ".join(hypothesis.path) or ", ".join(hypothesis.differ_by),
                "moderator": hypothesis.moderated_by or "",
                "expect": hypothesis.expect,
                "method": method,
                **numbers,
                "verdict": verdict,
                "reason": reason or why,
                "caveat": "; ".join(dict.fromkeys(warned)) if hypothesis.kind in ("direct", "mediation") else "",
            }
        )
    return pd.DataFrame(rows)


def judge(numbers: dict[str, float], hypothesis: Hypothesis, significance: float) -> tuple[str, str]:
    """The verdict on one estimate, and why."""
    p, estimate = numbers["pvalue"], numbers["est"]
    if np.isnan(p):
        return "not testable", "the effect cannot be estimated from these data"
    if p >= significance:
        return "not supported", f"p is not below {significance:g}"
    sign = "positive" if estimate > 0 else "negative"
    if hypothesis.expect in ("either", sign):
        return "supported", f"p is below {significance:g} and the sign is {sign}"
    return "opposite", f"p is below {significance:g}, but the sign is {sign}"


def _estimate(
    name: str, hypothesis: Hypothesis, structural: pd.DataFrame, regressions: pd.DataFrame, study: Study
) -> tuple[str, dict[str, float], str]:
    """Where the estimate for a hypothesis comes from, its numbers, and a reason if there is none."""
    none = dict.fromkeys(NUMBERS, np.nan)
    if hypothesis.kind == "direct":
        source, target = (term(study, c) for c in hypothesis.path)
        row = structural[(structural.lhs == target) & (structural.op == "~") & (structural.rhs == source)]
        method = f"structural model, {PUBLISHED}"
    elif hypothesis.kind == "mediation":
        row = structural[(structural.op == ":=") & (structural.lhs == name)]
        method = f"indirect effect in the structural model, {PUBLISHED}, delta method"
    elif hypothesis.kind == "moderation":
        product = product_term(study, hypothesis)
        row = regressions[(regressions.outcome == hypothesis.path[-1]) & (regressions.term == product)]
        row = row.rename(columns={"b": "est", "beta": "std_all", "t": "z"})
        row = row.assign(
            **{f"std_{bound}": row[bound] * row["std_all"] / row["est"] for bound in ("ci_lower", "ci_upper")}
        )
        method = "product term in the regression on scores, HC3"
    else:
        return "", none, f"this version has no test of a {hypothesis.kind}"
    if row.empty:
        return method, none, "no estimate of this effect was possible"
    last = row.iloc[-1].rename({"std_all": "std", "z": "statistic"})
    return method, {key: float(last[key]) for key in NUMBERS}, ""
