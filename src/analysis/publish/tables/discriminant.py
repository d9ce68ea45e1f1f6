"""Are the constructs distinct? Latent correlations with a test against 1, and HTMT and HTMT2 with intervals."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study

RATIOS = ("HTMT", "HTMT2")
ALIKE = "†"  # at what does not tell two constructs apart


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a pair of constructs."""
    ratios = {(r.a, r.b, r.ratio): r for r in tidy["htmt"].itertuples()}
    rows, remarks = [], []
    for c in tidy["constrained_correlations"].itertuples():
        pair = labels.pair(study, c.a, c.b)
        remarks.append((pair, c.note))
        reached = max(c.ci_upper, -c.ci_lower) >= 1
        cells = [
            *(style.bounded(c.r) or "–", style.interval(c.ci_lower, c.ci_upper) + ALIKE * reached),
            *(style.number(c.chisq_diff) or "–", style.number(c.df_diff, 0)),
            style.p(c.pvalue_diff) + ALIKE * (c.pvalue_diff >= study.significance),
        ]
        for name in RATIOS:
            ratio = ratios.get((c.a, c.b, name))
            if ratio is None:
                cells += ["–", ""]
                continue
            remarks.append((pair, ratio.note))
            interval = style.interval(ratio.ci_lower, ratio.ci_upper)
            cells += [style.bounded(ratio.est) or "–", interval + ALIKE * (ratio.ci_upper >= 1)]
        rows.append(row([pair, *cells]))
    ci = style.say("table.measurement.ci")
    header = [
        row(
            [
                "",
                cell(style.say("table.discriminant.free"), span=2),
                cell(style.say("table.discriminant.held"), span=3),
                *(cell(name, span=2) for name in RATIOS),
            ]
        ),
        row(
            [
                style.say("table.discriminant.pair"),
                *(markup("_r_"), ci, markup("Δχ²"), markup("Δ_df_"), markup("_p_")),
                *(style.say("table.discriminant.ratio"), ci) * len(RATIOS),
            ]
        ),
    ]
    draws, failed = style.counts(tidy["htmt"]["draws"]), style.counts(tidy["htmt"]["failed"])
    notes = [style.rich("table.discriminant.note", draws=draws, failed=failed, symbols=labels.symbols(study, style))]
    if any(ALIKE in c.text for r in rows for c in r.cells):
        notes.append(style.rich("table.discriminant.alike", level=style.level(study.significance)))
    notes = [style.join(*notes), *labels.remarks(remarks, style, study)]
    return Content(["text", *["number"] * 9], header, rows, notes)
