"""How well the measurement model and the structural model fit, by estimator, and what the engine warned of."""

import math

from analysis.publish.format import Style
from analysis.publish.table import row
from analysis.publish.words import markup

MODELS = ("measurement", "structural")


def build(tidy, study, style: Style):
    rows, sizes = [], set()
    for model in MODELS:
        fit = tidy[f"{model}_fit"]
        for estimator in dict.fromkeys(fit["estimator"]):
            of_estimator = fit[fit["estimator"] == estimator]
            measures = dict(zip(of_estimator["measure"], of_estimator["value"], strict=True))
            sizes.add(measures.get("ntotal", math.nan))
            rows.append(row([f"{style.say(f'table.model_fit.{model}')}, {estimator}", *_cells(measures, style)]))
    header = [style.say("table.model_fit.model"), markup("χ²"), markup("_df_"), markup("_p_"), "CFI", "TLI"]
    header += [style.say("table.model_fit.rmsea"), style.rich("table.model_fit.close"), "SRMR", "AIC", "BIC"]
    n = "–".join(style.count(x) for x in sorted(s for s in sizes if math.isfinite(s)))
    notes = [style.rich("table.model_fit.note", n=n), *_warnings(tidy, style)]
    return ["text", *["number"] * (len(header) - 1)], [row(header)], rows, notes


def best(measures: dict[str, float], name: str) -> float:
    """The robust version of a measure where there is one, else the scaled one, else the plain one."""
    versions = (measures.get(name + suffix, math.nan) for suffix in ("_robust", "_scaled", ""))
    return next((v for v in versions if math.isfinite(v)), math.nan)


def _cells(m: dict[str, float], style: Style) -> list[str]:
    interval = style.interval(best(m, "rmsea_ci_lower"), best(m, "rmsea_ci_upper"))
    return [
        style.number(best(m, "chisq")),
        style.number(best(m, "df"), 0),
        style.p(best(m, "pvalue")),
        style.bounded(best(m, "cfi")),
        style.bounded(best(m, "tli")),
        f"{style.bounded(best(m, 'rmsea'))} {interval}",
        style.p(best(m, "rmsea_pvalue")),
        style.bounded(m.get("srmr", math.nan)),
        style.number(m.get("aic", math.nan), 1),
        style.number(m.get("bic", math.nan), 1),
    ]


def _warnings(tidy, style: Style) -> list:
    found = []
    for model in MODELS:
        notes = tidy[f"{model}_notes"]
        for kind, same in notes.groupby("kind", sort=False):
            found.append(
                style.rich(
                    "table.model_fit.warning",
                    model=style.say(f"table.model_fit.{model}"),
                    estimators=style.say("unit.comma").join(dict.fromkeys(same["estimator"])),
                    warning=style.say(f"table.model_fit.warnings.{kind}"),
                )
            )
    serious = any((tidy[f"{m}_notes"]["kind"] != "MissingValues").any() for m in MODELS)
    return found if serious else [*found, style.rich("table.model_fit.fine")]
