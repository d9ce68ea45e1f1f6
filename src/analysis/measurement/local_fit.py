"""Where does the measurement model fit badly, and what did the study add to it? Residuals, modification indices."""

import numpy as np
import pandas as pd

from analysis.sem import Fit
from analysis.sem.side_by_side import described, difference, try_fit, usable, version
from analysis.study import Study
from analysis.study.model import measurement_model


def local_fit(cfa: Fit | None) -> pd.DataFrame:
    """Every pair of items, the largest residual correlation first; the columns of results.TABLES["local_fit"].

    Without a usable CFA there are none.

    R: ``residuals(fit, type = "cor.bollen")`` and ``residuals(fit, type = "standardized")``; the standardised ones
    of MLR rest on robust errors (Maydeu-Olivares 2017).
    """
    if not usable(cfa):
        return pd.DataFrame(columns=["a", "b", "residual", "z"])
    names = np.array(cfa.table.observed)
    i, j = np.triu_indices(len(names), 1)
    residual, z = (cfa.residuals(kind).cov.to_numpy()[i, j] for kind in ("cor", "standardized"))
    table = pd.DataFrame({"a": names[i], "b": names[j], "residual": residual, "z": z})
    order = table["residual"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def modification(cfa: Fit | None) -> pd.DataFrame:
    """Loadings and covariances that the CFA lacks, by their index; the columns of results.TABLES["modification"].

    R: ``modindices(fit, sort. = TRUE)``; from the unscaled chi-square, as lavaan's.
    """
    columns = ["lhs", "op", "rhs", "mi", "epc", "sepc_all"]
    if not usable(cfa):
        return pd.DataFrame(columns=columns)
    found = cfa.modification_indices().query("op in ('=~', '~~') and lhs != rhs").dropna(subset="mi")
    known = {(p.lhs, p.op, p.rhs) for p in cfa.table.parameters}
    new = [row not in known for row in zip(found["lhs"], found["op"], found["rhs"], strict=True)]
    return (
        found[np.array(new, dtype=bool)]
        .sort_values("mi", ascending=False, kind="stable")[columns]
        .reset_index(drop=True)
    )


def respecifications(respondents: pd.DataFrame, cfa: Fit | None, study: Study) -> pd.DataFrame:
    """What each added line is worth: the CFA (MLR) without it; the columns of results.TABLES["respecifications"]."""
    rows = []
    for added in study.respecifications:
        others = tuple(r for r in study.respecifications if r is not added)
        text = measurement_model(study.model_copy(update={"respecifications": others}))
        without, _ = try_fit(text, respondents, estimator="MLR")
        kind = version([without, cfa])
        test, _ = difference(without, cfa, ("the model without this line", "the study's model"), kind)
        fit = described(without, kind)
        rows.append(
            {
                "line": added.add,
                "reason_en": added.reason.en,
                "reason_zh": added.reason.zh,
                "chisq_without": fit["chisq"],
                "df_without": fit["df"],
                **{name: test[name] for name in ("chisq_diff", "df_diff", "pvalue_diff")},
            }
        )
    columns = ["line", "reason_en", "reason_zh", "chisq_without", "df_without", "chisq_diff", "df_diff", "pvalue_diff"]
    return pd.DataFrame(rows, columns=columns)
