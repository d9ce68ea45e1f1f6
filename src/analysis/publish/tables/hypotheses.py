"""Every hypothesis with its estimate and verdict; an unsupported one looks like a supported one."""

import math

from analysis import publish
from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study
from analysis.study.types import METHODS

UNTESTABLE = "not testable"
STATISTICS = {  # by method and kind of hypothesis; a bootstrap has none
    ("structural model", "direct"): "z",
    ("structural model", "moderation"): "z",
    ("structural model", "moderated mediation"): "z",
    ("structural model", "group difference"): "χ²",
    ("regression", "direct"): "t",
    ("regression", "moderation"): "t",
    ("regression", "group difference"): "F",
}


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a hypothesis, with what each method says; a dagger at a verdict whose model the engine warned of."""
    verdicts, told = tidy["verdicts"], tidy["verdict_methods"]
    says = {(m.hypothesis, m.method): m.says for m in told.itertuples()}
    say = style.say
    corrected = study.verdicts.correction if study.verdicts.correction != "none" else "holm"
    rows = [
        row(
            [
                v.hypothesis,
                labels.claim(study, v.hypothesis, style),
                say(f"expect.{v.expect}") if v.kind != "group difference" else "",
                style.number(v.est, 3),
                style.number(v.se, 3),
                _statistic(v, style),
                style.p(v.pvalue),
                style.p(getattr(v, f"pvalue_{corrected}")),
                style.interval(v.ci_lower, v.ci_upper, bounded=False),
                style.bounded(v.std),
                *(say(f"table.hypotheses.says.{says.get((v.hypothesis, m), UNTESTABLE)}") for m in METHODS),
                say(f"verdict.{v.verdict}") + (" †" if v.caveat else ""),
            ]
        )
        for v in verdicts.itertuples()
    ]
    header = [say("table.hypotheses.hypothesis"), say("table.hypotheses.claim"), say("table.hypotheses.expect")]
    header += [markup("_B_"), markup("_SE_"), say("table.hypotheses.statistic"), markup("_p_")]
    header += [style.rich(f"table.hypotheses.p_{corrected}"), say("table.hypotheses.ci"), "β"]
    header += [*(say(f"method.{m}") for m in METHODS), say("table.hypotheses.verdict")]
    notes = [style.join(*_rule(study, style), *_sources(verdicts, style), *_caveats(verdicts, style))]
    unclear = verdicts[verdicts["verdict"] == UNTESTABLE]
    remarks = list(zip(unclear["hypothesis"], unclear["reason"], strict=True))
    columns = ["text", "text", *["number"] * 8, *["text"] * 3]
    over = row([*[""] * 10, cell(say("table.hypotheses.by_method"), span=len(METHODS)), ""])
    return Content(columns, [over, row(header)], rows, [*notes, *labels.remarks(remarks, style, study)])


def _statistic(v, style: Style) -> Rich:
    symbol = STATISTICS.get((v.method, v.kind))
    if not symbol or not math.isfinite(v.statistic):
        return ()
    return (*markup(symbol if symbol == "χ²" else f"_{symbol}_"), *markup(f" = {style.number(v.statistic)}"))


def _rule(study: Study, style: Style) -> list[Rich]:
    """How the study file says that hypotheses are judged."""
    rule = study.verdicts
    methods = style.say("unit.comma").join(style.say(f"method.{m}").lower() for m in rule.decided_by)
    decided = "one" if len(rule.decided_by) == 1 else "several"
    return [
        style.rich("table.hypotheses.rule", level=style.level(study.significance)),
        style.rich(f"table.hypotheses.decided.{decided}", methods=methods),
        style.rich(f"table.hypotheses.correction.{rule.correction}"),
    ]


def _sources(verdicts, style: Style) -> list[Rich]:
    """What is estimated, by kind of hypothesis."""
    groups = style.say("unit.table", number=publish.TABLES.index("groups") + 1)
    kinds = dict.fromkeys(verdicts.loc[verdicts["pvalue"].notna(), "kind"])
    return [style.rich(f"table.hypotheses.methods.{kind}", place=groups) for kind in kinds]


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
