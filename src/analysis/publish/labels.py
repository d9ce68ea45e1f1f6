"""The words of a study for the names in tidy tables: constructs, items, control terms, products, claims."""

from collections.abc import Iterable

from analysis.publish.format import Style
from analysis.publish.words import Rich
from analysis.study import Study
from analysis.study.model import control_terms, term

ADVICE = ("it involves", "they involve", "look for", "simplify the model")


def construct(study: Study, name: str, style: Style) -> str:
    """``Resource constraints (RC)``."""
    return style.say("unit.of", label=study.label(name)[style.language], symbol=study.constructs[name].symbol)


def scale(study: Study, name: str, style: Style) -> str:
    """A construct with its symbol, or a dimension."""
    return construct(study, name, style) if name in study.constructs else study.label(name)[style.language]


def pair(study: Study, a: str, b: str) -> str:
    """Two constructs by their symbols."""
    return f"{study.constructs[a].symbol} – {study.constructs[b].symbol}"


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
    return style.say("table.hypotheses.moderated", path=path, moderator=shown(hypothesis.moderated_by))


def remarks(rows: Iterable[tuple[str, str]], style: Style) -> list[Rich]:
    """What the program remarked on rows of a table, (row, remarks joined by ;) each: a sentence a remark.

    Its advice and its lists of variables stay in the tidy table.
    """
    by_remark: dict[str, list[str]] = {}
    for name, remark in ((name, part) for name, note in rows for part in note.split("; ")):
        if remark and not remark.startswith(ADVICE):
            by_remark.setdefault(remark, []).append(name)
    semicolon = style.say("unit.semicolon")
    return [
        style.rich("unit.remark", rows=semicolon.join(dict.fromkeys(names)), remark=remark)
        for remark, names in by_remark.items()
    ]


def note(study: Study, style: Style, text: Rich) -> Rich:
    """A note as it is printed: the word itself, that the data are synthetic if they are, and the text."""
    return style.rich("unit.note") + (style.rich("unit.synthetic") if study.synthetic else ()) + text
