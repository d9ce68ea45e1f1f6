"""Every hypothesis with its estimate and verdict; an unsupported one looks like a supported one."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.table import row
from analysis.publish.words import markup


def build(tidy, study, style: Style):
    verdicts = tidy["verdicts"]
    say = style.say
    rows = [
        row(
            [
                v.hypothesis,
                labels.claim(study, v.hypothesis, style),
                say(f"expect.{v.expect}"),
                style.number(v.est, 3),
                style.number(v.se, 3),
                style.number(v.statistic),
                style.p(v.pvalue),
                style.interval(v.ci_lower, v.ci_upper, bounded=False),
                style.bounded(v.std),
                say(f"verdict.{v.verdict}"),
            ]
        )
        for v in verdicts.itertuples()
    ]
    header = [say("table.hypotheses.hypothesis"), say("table.hypotheses.claim"), say("table.hypotheses.expect")]
    header += [markup("_B_"), markup("_SE_"), style.rich("table.hypotheses.statistic"), markup("_p_")]
    header += [say("table.hypotheses.ci"), "β", say("table.hypotheses.verdict")]
    notes = [style.rich("table.hypotheses.rule", level=style.bounded(study.significance, 2))]
    kinds = set(verdicts.loc[verdicts["est"].notna(), "kind"])
    for kind in ("direct", "mediation", "moderation"):
        if kind in kinds:
            notes.append(style.rich(f"table.hypotheses.methods.{kind}"))
    if (verdicts["verdict"] == "not testable").any():
        notes.append(style.rich("table.hypotheses.untestable"))
    return ["text", "text", *["number"] * 7, "text"], [row(header)], rows, [style.join(*notes)]
