"""Are the constructs distinct? Latent correlations with a test against 1, and HTMT and HTMT2 with intervals."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study

RATIOS = ("HTMT", "HTMT2")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a pair of constructs."""
    ratios = {(r.a, r.b, r.ratio): r for r in tidy["htmt"].itertuples()}
    rows, remarks = [], []
    for c in tidy["constrained_correlations"].itertuples():
        pair = labels.pair(study, c.a, c.b)
        remarks.append((f"{pair} Δχ²", c.note))
        cells = [
            *(style.bounded(c.r) or "–", style.interval(c.ci_lower, c.ci_upper)),
            *(style.number(c.chisq_diff) or "–", style.number(c.df_diff, 0), style.p(c.pvalue_diff)),
        ]
        for name in RATIOS:
            ratio = ratios.get((c.a, c.b, name))
            if ratio is None:
                cells += ["–", ""]
                continue
            remarks.append((f"{pair} {name}", ratio.note))
            cells += [style.bounded(ratio.est) or "–", style.interval(ratio.ci_lower, ratio.ci_upper)]
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
    symbols = [f"{c.symbol} = {study.label(name)[style.language]}" for name, c in study.constructs.items()]
    draws, failed = style.counts(tidy["htmt"]["draws"]), style.counts(tidy["htmt"]["failed"])
    notes = [
        style.rich(
            "table.discriminant.note", draws=draws, failed=failed, symbols=style.say("unit.semicolon").join(symbols)
        ),
        *labels.remarks(remarks, style),
    ]
    return Content(["text", *["number"] * 9], header, rows, notes)
