"""Where the measurement model fits worst, and what the study changed about it."""

import itertools

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study

MOST = 10  # residuals and indices shown


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """The largest residuals beside the largest modification indices."""
    residuals = [
        [f"{r.a} – {r.b}", style.bounded(r.residual), style.number(r.z)]
        for r in tidy["local_fit"].head(MOST).itertuples()
    ]
    indices = [
        [
            labels.parameter(study, r.lhs, r.op, r.rhs, style),
            style.number(r.mi),
            style.number(r.epc, 3),
            style.bounded(r.sepc_all),
        ]
        for r in tidy["modification"].head(MOST).itertuples()
    ]
    rows = [row([*(a or [""] * 3), *(b or [""] * 4)]) for a, b in itertools.zip_longest(residuals, indices)]
    say = style.say
    header = [
        row([cell(say("table.local_fit.residuals"), span=3), cell(say("table.local_fit.indices"), span=4)]),
        row(
            [
                *(say("table.local_fit.pair"), say("table.local_fit.residual"), markup("_z_")),
                *(say("table.local_fit.parameter"), "MI", "EPC", say("table.local_fit.sepc")),
            ]
        ),
    ]
    notes = [
        style.rich(
            "table.local_fit.note",
            residuals=style.count(len(tidy["local_fit"])),
            indices=style.count(len(tidy["modification"])),
            symbols=labels.symbols(study, style),
        )
    ]
    columns = ["text", "number", "number", "text", "number", "number", "number"]
    return Content(columns, header, rows, [*notes, *_added(tidy["respecifications"], study, style)])


def _added(lines, study: Study, style: Style) -> list[Rich]:
    """The log of respecifications."""
    if lines.empty:
        return [style.rich("table.local_fit.unchanged")]
    return [
        style.rich(
            "table.local_fit.added",
            line=labels.parameter(study, *r["line"].split(), style),
            reason=r[f"reason_{style.language}"],
            df=style.number(r["df_diff"], 0) or "–",
            chisq=style.number(r["chisq_diff"]) or "–",
            p=style.p_equation(r["pvalue_diff"]) or "–",
        )
        for r in lines.to_dict("records")
    ]
