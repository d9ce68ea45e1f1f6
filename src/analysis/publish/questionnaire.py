"""The questionnaire of a study as a page to read, in either language: made from the study file and the codebook."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.study.order import STEM, Block, blocks
from analysis.study.types import Study, Variable

ORIGINS = ("unsettled", "after", "founding")
COLUMNS = ("place", "name", "statement", "dimension", "source")


def questionnaire(study: Study, language: str) -> str:
    """The whole questionnaire as Markdown, in ``language`` (en or zh), numbered in the order asked."""
    style = Style(language)
    lines = [f"# {style.say('questionnaire.heading', title=study.title[language])}", ""]
    lines += [f"<!-- {style.say('questionnaire.generated')} -->", ""]
    if study.synthetic:
        lines += [f"> **{study.source[language]}**", ""]
    lines += [style.say("questionnaire.consent"), "", style.say("questionnaire.legend"), ""]
    number, topic = 1, None
    for block in blocks(study):
        if block.topic != topic:
            lines += [f"## {_title(block.topic, study, style)}", ""]
        topic = block.topic
        write = _statements if block.matrix else _question
        lines += [*write(block, study, style, number), ""]
        number += len(block.variables)
    return "\n".join(lines).rstrip() + "\n"


def _title(topic: str, study: Study, style: Style) -> str:
    if topic in study.constructs:
        return labels.construct(study, topic, style)
    return style.say(f"questionnaire.topics.{topic}")


def _question(block: Block, study: Study, style: Style, number: int) -> list[str]:
    """One question about the firm and its answers."""
    language, (variable,) = style.language, block.variables
    lines = [f"**{number}.** {variable.text[language]} `{variable.name}`", ""]
    if variable.kind == "multiple":
        lines += [style.say("questionnaire.multiple"), ""]
    lines += [f"- {code} = {text[language]}" for code, text in study.options(variable.name).items()]
    if variable.kind == "number":
        lines += [f"- {style.say('questionnaire.number', low=variable.minimum, high=variable.maximum)}"]
    if variable.kind == "identifier":
        lines += [f"- {style.say('questionnaire.identifier')}"]
    if variable.inspired_by:
        lines += ["", style.say("questionnaire.source", source=_source(variable, style))]
    return lines


def _statements(block: Block, study: Study, style: Style, number: int) -> list[str]:
    """A table of statements that share one line of answers."""
    language = style.language
    answers = study.options(block.variables[0].name)
    listed = style.say("questionnaire.between").join(f"{code} = {text[language]}" for code, text in answers.items())
    lines = [STEM[language], "", style.say("questionnaire.scale", answers=listed), ""]
    lines += [_row(style.say(f"questionnaire.columns.{c}") for c in COLUMNS), _row("---" for _ in COLUMNS)]
    for place, variable in enumerate(block.variables, start=number):
        statement = f"{variable.text[language]}{_marks(variable, study, style)}"
        dimension = _dimension(variable.name, study, language)
        lines.append(_row((str(place), f"`{variable.name}`", statement, dimension, _source(variable, style))))
    return lines


def _marks(variable: Variable, study: Study, style: Style) -> str:
    """What a researcher should know about an item."""
    marks = {"R": variable.reverse, "A": variable.kind == "attention", "M": variable.name in study.marker}
    text = "".join(style.say("questionnaire.mark", mark=mark) for mark, applies in marks.items() if applies)
    expected = study.screening.attention.get(variable.name)
    if expected is not None:
        answer = study.options(variable.name)[expected][style.language]
        text += style.say("questionnaire.check", answer=answer)
    return text


def _dimension(item: str, study: Study, language: str) -> str:
    for construct in study.constructs.values():
        for dimension in construct.dimensions.values():
            if item in dimension.items:
                return dimension.label[language]
    return ""


def _source(variable: Variable, style: Style) -> str:
    """What inspired a question; "own" and what goes with it in the language of the page."""
    source = variable.inspired_by or ""
    for origin in ORIGINS:
        beginning = Style("en").say(f"questionnaire.origins.{origin}")
        if source.startswith(beginning):
            return style.say(f"questionnaire.origins.{origin}") + source.removeprefix(beginning)
    return source


def _row(cells) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
