"""Every hypothesis with its estimate and verdict; an unsupported one looks like a supported one."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import Rich, markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a hypothesis; a dagger at a verdict whose model the engine warned of."""
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
                say(f"verdict.{v.verdict}") + (" †" if v.caveat else ""),
            ]
        )
        for v in verdicts.itertuples()
    ]
    header = [say("table.hypotheses.hypothesis"), say("table.hypotheses.claim"), say("table.hypotheses.expect")]
    header += [markup("_B_"), markup("_SE_"), style.rich("table.hypotheses.statistic"), markup("_p_")]
    header += [say("table.hypotheses.ci"), "β", say("table.hypotheses.verdict")]
    notes = [style.rich("table.hypotheses.rule", level=style.level(study.significance))]
    kinds = set(verdicts.loc[verdicts["est"].notna(), "kind"])
    for kind in ("direct", "mediation", "moderation"):
        if kind in kinds:
            notes.append(style.rich(f"table.hypotheses.methods.{kind}"))
    if (verdicts["verdict"] == "not testable").any():
        notes.append(style.rich("table.hypotheses.untestable"))
    notes += _caveats(verdicts, style)
    return Content(["text", "text", *["number"] * 7, "text"], [row(header)], rows, [style.join(*notes)])


def _caveats(verdicts, style: Style) -> list[Rich]:
    """What the engine warned of, a sentence a kind of warning, with the hypotheses that it touches."""
    touched: dict[str, list[str]] = {}
    for v in verdicts.itertuples():
        for kind in filter(None, v.caveat.split("; ")):
            touched.setdefault(kind, []).append(v.hypothesis)
    return [
        style.rich(
            "table.hypotheses.caveat",
            hypotheses=style.say("unit.comma").join(names),
            warning=style.say(f"table.model_fit.warnings.{kind}"),
        )
        for kind, names in touched.items()
    ]
