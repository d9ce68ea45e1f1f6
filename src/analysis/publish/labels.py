"""The words of a study for the names in tidy tables: constructs, items, control terms, products, claims."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from analysis.publish.format import Style
from analysis.publish.words import Rich
from analysis.results import PUBLISHED
from analysis.study import Study
from analysis.study.model import control_terms, term

MOST_NAMED = 8  # rows that a remark names
AT = {"-1 SD": "M − 1 SD", "mean": "M", "+1 SD": "M + 1 SD"}  # values of a moderator


def construct(study: Study, name: str, style: Style) -> str:
    """``Resource constraints (RC)``."""
    return style.say("unit.of", label=study.label(name)[style.language], symbol=study.constructs[name].symbol)


def scale(study: Study, name: str, style: Style) -> str:
    """A construct with its symbol, or a dimension."""
    return construct(study, name, style) if name in study.constructs else study.label(name)[style.language]


def pair(study: Study, a: str, b: str) -> str:
    """Two constructs by their symbols."""
    return f"{study.constructs[a].symbol} – {study.constructs[b].symbol}"


def route(study: Study, path: str) -> str:
    """A path of a tidy table by the symbols of its constructs, or the difference of two."""
    ways = [" → ".join(study.constructs[c].symbol for c in way.split(" -> ")) for way in path.split(" - ")]
    return ways[0] if len(ways) == 1 else " − ".join(f"({way})" for way in ways)


def place(study: Study, moderator: str, at: str) -> str:
    """Where a moderator stands, such as ``EC = M − 1 SD``."""
    return f"{study.constructs[moderator].symbol} = {AT.get(at, at) or '–'}"


def group(study: Study, grouping: str, name: str, style: Style) -> str:
    """A group by the wave's name, or by the answer that its code stands for."""
    return name if grouping == "wave" else study.options(grouping)[int(name)][style.language]


def clusters(study: Study, by: str, style: Style) -> str:
    """What tells the clusters of standard errors apart."""
    return style.say("table.regression_checks.firm") if by == "firm" else attribute(study, by, style)


def errors(study: Study, kind: str, style: Style) -> str:
    """A kind of standard errors, as ``regression_fit`` names it."""
    kind, _, by = kind.partition(": ")
    words = clusters(study, by, style) if by else ""
    return style.say(f"table.regression_checks.errors.{kind}", by=words)


def attribute(study: Study, name: str, style: Style) -> str:
    """A construct, a variable of the codebook, or the wave."""
    if name == "wave":
        return style.say("unit.wave")
    return construct(study, name, style) if name in study.constructs else study.label(name)[style.language]


def predictor(study: Study, name: str, style: Style) -> str:
    """A term of a regression or of the structural model: a construct, a control, a product of two, the constant."""
    if name in study.constructs:
        return construct(study, name, style)
    if ":" in name:
        a, b = (study.label(part)[style.language] for part in name.split(":"))
        return style.say("unit.product", a=a, b=b)
    if name == "const":
        return style.say("unit.constant")
    variable, answer = control_terms(study)[name]
    if variable == "wave":
        return style.say("unit.wave") + style.say("unit.colon") + str(answer)
    label = study.label(variable)[style.language]
    if answer is None:
        return label
    return f"{label}{style.say('unit.dash')}{study.options(variable)[answer][style.language]}"


def construct_of(study: Study, name: str) -> str:
    """The construct that a variable of the structural model stands for: itself, or the one whose only item it is."""
    return next((c for c in study.constructs if term(study, c) == name), name)


def item(study: Study, name: str, style: Style) -> str:
    variable = study.codebook[name]
    return f"{name}  {variable.text[style.language]}{style.say('unit.reverse') if variable.reverse else ''}"


def claim(study: Study, name: str, style: Style, short: bool = False) -> str:
    """What a hypothesis says, in words, or with the symbols of its constructs."""
    hypothesis = study.hypotheses[name]
    if hypothesis.differ_by:
        attributes = style.say("unit.comma").join(study.label(a)[style.language] for a in hypothesis.differ_by)
        return style.say("table.hypotheses.differ", attributes=attributes)

    def shown(c: str) -> str:
        return study.constructs[c].symbol if short else study.label(c)[style.language]

    path = " → ".join(map(shown, hypothesis.path))
    if not hypothesis.moderated_by:
        return path
    words = {"path": path, "moderator": shown(hypothesis.moderated_by)}
    if hypothesis.kind == "moderation":
        return style.say("table.hypotheses.moderated", **words)
    steps = style.say("unit.comma").join(route(study, " -> ".join(step)) for step in hypothesis.moderated)
    return style.say("table.hypotheses.moderated_step", steps=steps, **words)


def remarks(rows: Iterable[tuple[str, str]], style: Style, study: Study, explained: tuple[str, ...] = ()) -> list[Rich]:
    """What the program remarked on rows of a table, (row, remarks joined by |) each: a sentence a remark.

    In the words of `remarks.yaml`, or, where these have none, in the program's own. Left out are remarks with a word of
    ``explained``, which the table's own note speaks of.
    """
    by_remark: dict[tuple[str, str], dict[str, None]] = {}
    for name, remark in ((name, part) for name, note in rows for part in filter(None, note.split(" | "))):
        words = told(remark, style, study)
        if words != "" and not any(word in remark for word in explained):
            key = ("unit.quoted", remark) if words is None else ("unit.remark", words)
            by_remark.setdefault(key, {})[name] = None
    return [style.rich(key, rows=_named(names, style), remark=remark) for (key, remark), names in by_remark.items()]


def told(remark: str, style: Style, study: Study) -> str | None:
    """A remark in the words of `remarks.yaml`; None where these do not have it, empty where a mark says the same."""
    for pattern, words in _remarks():
        if found := pattern.fullmatch(remark):
            groups = {name: text or "" for name, text in found.groupdict().items()}
            for name, text in groups.items():
                if name in ("why", "where") and text:
                    groups[name] = told(text, style, study) or text
                if name.startswith("scale") and text in study.constructs:
                    groups[name] = study.constructs[text].symbol
            text = words[style.language].format(**groups) if style.language in words else remark
            return re.sub(r"(?<=[ (])-(?=[\d.])", "−", re.sub(r"\b(\w+)~~\1\b", r"\1", text))
    return None


def _named(names: Iterable[str], style: Style) -> str:
    """The rows by their names, or how many they are."""
    names = list(names)
    if len(names) > MOST_NAMED:
        return style.say("unit.rows", n=style.count(len(names)))
    return style.say("unit.semicolon").join(names)


@cache
def _remarks() -> list[tuple[re.Pattern, dict[str, str]]]:
    content = yaml.safe_load(Path(__file__).with_name("remarks.yaml").read_text(encoding="utf-8"))
    return [(re.compile(entry.pop("remark"), re.S), entry) for entry in content]


def parameter(study: Study, lhs: str, op: str, rhs: str, style: Style) -> str:
    """A loading or a covariance of the measurement model: SE → pla3, pla1 ↔ pla3."""

    def name(part: str) -> str:
        if part in study.constructs:
            return study.constructs[part].symbol
        return study.label(part)[style.language] if part in study.scales() else part

    return f"{name(lhs)} {'→' if op == '=~' else '↔'} {name(rhs)}"


def symbols(study: Study, style: Style) -> str:
    """What the symbols of the constructs stand for."""
    meanings = (f"{c.symbol} = {study.label(name)[style.language]}" for name, c in study.constructs.items())
    return style.say("unit.semicolon").join(meanings)


def panel(waves: pd.DataFrame, style: Style) -> list[Rich]:
    """That firms which answered in several waves count as if they were different ones; ``waves``: the table panel."""
    again = waves.loc[waves["waves"].str.contains("+", regex=False), "firms"].sum()
    if not again:
        return []
    return [style.rich("unit.panel", again=style.count(again), firms=style.count(waves["firms"].sum()))]


def sample(fit: pd.DataFrame, style: Style) -> list[Rich]:
    """On how many respondents the published structural model rests; ``fit``: the table structural_fit."""
    n = fit.loc[(fit["estimator"] == PUBLISHED) & (fit["measure"] == "ntotal"), "value"].dropna()
    return [style.rich("unit.sample", n=style.counts(n))] if len(n) else []


def clustered(study: Study) -> str:
    """What the regressions cluster their standard errors by, empty if they do not."""
    return "" if study.standard_errors in ("classical", "HC3") else study.standard_errors


def drawn(study: Study, style: Style) -> list[Rich]:
    """That the bootstrap takes no notice of the clusters, where the standard errors of the regressions do."""
    return [style.rich("unit.drawn")] if clustered(study) else []


def note(study: Study, style: Style, text: Rich) -> Rich:
    """A note as it is printed: the word itself, that the data are synthetic if they are, and the text."""
    return style.rich("unit.note") + (style.rich("unit.synthetic") if study.synthetic else ()) + text
