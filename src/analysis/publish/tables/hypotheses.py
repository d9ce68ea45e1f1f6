"""Every hypothesis with its estimate and verdict; an unsupported one looks like a supported one."""

import math
import re

import pandas as pd

from analysis import publish
from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup, plain
from analysis.study import Hypothesis, Study
from analysis.study.types import METHODS

UNTESTABLE = "not testable"
BY_P = re.compile(r"p(?: corrected by .+?)? is (?P<above>not )?below [\d.e-]+[^(]*(?:\((?P<aside>.+)\))?", re.S)
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
    says = {(m.hypothesis, m.method): m for m in told.itertuples()}
    say = style.say
    rule = study.verdicts.correction
    corrected, decisive = ("holm", "pvalue") if rule == "none" else (rule, f"pvalue_{rule}")
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
                *(_says(says.get((v.hypothesis, m)), decisive, style) for m in METHODS),
                say(f"verdict.{v.verdict}") + (" †" if v.caveat else ""),
            ]
        )
        for v in verdicts.itertuples()
    ]
    header = [say("table.hypotheses.hypothesis"), say("table.hypotheses.claim"), say("table.hypotheses.expect")]
    header += [markup("_B_"), markup("_SE_"), say("table.hypotheses.statistic"), markup("_p_")]
    header += [style.rich(f"table.hypotheses.p_{corrected}"), say("table.hypotheses.ci"), "β"]
    header += [*(say(f"method.{m}") for m in METHODS), say("table.hypotheses.verdict")]
    sentences = [*_rule(study, style), *_sources(verdicts, style), *_respondents(tidy, study, style)]
    sentences += [*_parts_found(told, study, style), *_caveats(verdicts, style)]
    notes = [style.join(*sentences), *labels.panel(tidy["panel"], style)]
    remarks = _remarks(told, study, style)
    columns = ["text", "text", *["number"] * 8, *["text"] * 3]
    over = row([*[""] * 10, cell(say("table.hypotheses.by_method"), span=len(METHODS)), ""])
    return Content(columns, [over, row(header)], rows, [*notes, *labels.remarks(remarks, style, study)])


def _says(m, decisive: str, style: Style) -> Rich:
    """The word of a method with the p that it rests on."""
    if m is None:
        return plain(style.say(f"table.hypotheses.says.{UNTESTABLE}"))
    word, p = style.say(f"table.hypotheses.says.{m.says}"), style.p_equation(getattr(m, decisive))
    return style.rich("table.hypotheses.said", word=word, p=p) if p else plain(word)


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


def _respondents(tidy: Tidy, study: Study, style: Style) -> list[Rich]:
    """How many respondents each method rests on, and the kind of errors of the regressions."""
    fits, model = tidy["regression_fit"], labels.sample(tidy["structural_fit"], style)
    sentences = [style.join(style.rich("table.hypotheses.structural"), *model)] if model else []
    if len(fits):
        kinds = dict.fromkeys(labels.errors(study, kind, style) for kind in fits["errors"])
        values = {"n": style.counts(fits["n"]), "errors": style.say("unit.comma").join(kinds)}
        sentences.append(style.rich("table.hypotheses.regressions", **values))
    return sentences


def _by_attribute(reason: str, hypothesis: Hypothesis) -> list[tuple[str, str]]:
    """The reason of a verdict, or those of each attribute by which groups are said to differ, with its name."""
    names = "|".join(map(re.escape, hypothesis.differ_by))
    parts = re.split(rf"(?:^|, )({names}): ", reason) if names else []
    return list(zip(parts[1::2], parts[2::2], strict=True)) or [("", reason)]


def _parts_found(told: pd.DataFrame, study: Study, style: Style) -> list[Rich]:
    """By which attributes groups differ, where they do by some only."""
    sentences = []
    for m in told[told["says"] == "mixed"].itertuples():
        parts = []
        for name, reason in _by_attribute(m.reason, study.hypotheses[m.hypothesis]):
            found = BY_P.fullmatch(reason)
            if name and found:
                key = f"table.hypotheses.{'above' if found['above'] else 'below'}"
                words = {"attribute": labels.attribute(study, name, style), "level": style.level(study.significance)}
                parts.append(style.say(key, **words))
        if parts:
            rows, parts = _row(m, style), style.say("unit.comma").join(parts)
            sentences.append(style.rich("table.hypotheses.parts", rows=rows, parts=parts))
    return sentences


def _row(m, style: Style) -> str:
    return style.say("unit.of", label=m.hypothesis, symbol=style.say(f"method.{m.method}"))


def _remarks(told: pd.DataFrame, study: Study, style: Style) -> list[tuple[str, str]]:
    """Why a method has no answer, and what stands in brackets beside an answer."""
    remarks = []
    for m in told.itertuples():
        for name, reason in _by_attribute(m.reason, study.hypotheses[m.hypothesis]):
            found = BY_P.fullmatch(reason)
            remark = (found["aside"] or "") if found else reason
            if labels.told(remark, style, study) is None:
                remark = remark.replace("; ", " | ")  # several in one pair of brackets
            about = [_row(m, style), *([labels.attribute(study, name, style)] if name else [])]
            remarks.append((style.say("unit.comma").join(about), remark))
    return remarks


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
