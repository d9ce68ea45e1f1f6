"""The questionnaire of a study as a page to read, in either language: made from the study file and the codebook."""

from analysis.study.order import STEM, Block, blocks
from analysis.study.types import Study, Variable

WORDS = {
    "en": {
        "heading": "Questionnaire",
        "generated": "This page is generated from the study file and its codebook. Change those, not this page.",
        "consent": (
            "To the respondent: taking part is voluntary, and you may leave any question open or stop at any time. "
            "Please answer for the organisation as a whole. Answers are used for research only, and only summaries "
            "are reported."
        ),
        "legend": (
            "For researchers, not shown to respondents: the names in `code type`, the dimensions, the sources and the "
            "marks. **(R)** is worded in reverse: its answers are turned round before analysis. **(A)** is an "
            "attention check. **(M)** belongs to the marker variable, which has nothing to do with the theory. "
            "The last column names the scale that inspired an item."
        ),
        "profile": "About you and your organisation",
        "marker": "Marker variable",
        "other": "Further statements",
        "scale": "Answers",
        "columns": ("No.", "Name", "Statement", "Dimension", "Inspired by"),
        "number": "A number from {low:g} to {high:g}.",
        "check": "Counts as attentive: {answer}.",
        "by": "Source: {source}",
        "origins": {},
    },
    "zh": {
        "heading": "调查问卷",
        "generated": "本页由研究文件和编码表自动生成。如需修改，请改那两个文件，不要改本页。",
        "consent": (
            "致填答者：本问卷自愿填写，任何题目都可以不答，也可以随时退出。"
            "请就贵单位的整体情况作答。答案仅用于研究，只公布汇总结果。"
        ),
        "legend": (
            "以下内容供研究者参考，不向填答者展示：等宽字体的变量名、维度、来源和题目标记。"
            "**（R）** 为反向题，分析前先反转计分；**（A）** 为注意力检测题；"
            "**（M）** 为标记变量题，与理论无关。最后一列注明题目受哪一量表启发。"
        ),
        "profile": "基本情况",
        "marker": "标记变量",
        "other": "其他题目",
        "scale": "选项",
        "columns": ("题号", "变量名", "题目", "维度", "启发来源"),
        "number": "填写 {low:g} 到 {high:g} 之间的数字。",
        "check": "选择“{answer}”视为认真作答。",
        "by": "来源：{source}",
        "origins": {  # how the codebook's remarks on sources read in Chinese
            "own; no settled scale, after ": "自编，尚无公认量表，参照 ",
            "own; after ": "自编，参照 ",
            "own; founding paper ": "自编，依据奠基论文 ",
        },
    },
}


def questionnaire(study: Study, language: str) -> str:
    """The whole questionnaire as Markdown, in ``language`` (en or zh), numbered in the order asked."""
    words = WORDS[language]
    lines = [f"# {words['heading']}{'：' if language == 'zh' else ': '}{study.title[language]}", ""]
    lines += [f"<!-- {words['generated']} -->", ""]
    if study.synthetic:
        lines += [f"> **{study.source[language]}**", ""]
    lines += [words["consent"], "", words["legend"], ""]
    number, topic = 1, None
    for block in blocks(study):
        if block.topic != topic:
            lines += [f"## {_title(block.topic, study, language)}", ""]
        topic = block.topic
        write = _statements if block.matrix else _question
        lines += [*write(block, study, language, number), ""]
        number += len(block.variables)
    return "\n".join(lines).rstrip() + "\n"


def _title(topic: str, study: Study, language: str) -> str:
    if topic not in study.constructs:
        return WORDS[language][topic]
    construct = study.constructs[topic]
    brackets = "（{}）" if language == "zh" else " ({})"
    return construct.label[language] + brackets.format(construct.symbol)


def _question(block: Block, study: Study, language: str, number: int) -> list[str]:
    """One question about the firm and its answers."""
    words, (variable,) = WORDS[language], block.variables
    lines = [f"**{number}.** {variable.text[language]} `{variable.name}`", ""]
    options = study.options(variable.name)
    if options:
        lines += [f"- {code} = {text[language]}" for code, text in options.items()]
    else:
        lines += [f"- {words['number'].format(low=variable.minimum, high=variable.maximum)}"]
    if variable.inspired_by:
        lines += ["", words["by"].format(source=_source(variable, language))]
    return lines


def _statements(block: Block, study: Study, language: str, number: int) -> list[str]:
    """A table of statements that share one line of answers."""
    words = WORDS[language]
    answers = study.options(block.variables[0].name)
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    listed = comma.join(f"{code} = {text[language]}" for code, text in answers.items())
    lines = [STEM[language], "", f"{words['scale']}{colon}{listed}", ""]
    lines += [_row(words["columns"]), _row("---" for _ in words["columns"])]
    for place, variable in enumerate(block.variables, start=number):
        statement = f"{variable.text[language]}{_marks(variable, study, language)}"
        dimension = _dimension(variable.name, study, language)
        lines.append(_row((str(place), f"`{variable.name}`", statement, dimension, _source(variable, language))))
    return lines


def _marks(variable: Variable, study: Study, language: str) -> str:
    """What a researcher should know about an item."""
    marks = {"R": variable.reverse, "A": variable.kind == "attention", "M": variable.name in study.marker}
    bracket = "（{}）" if language == "zh" else "({})"
    text = "".join(f" **{bracket.format(mark)}**" for mark, applies in marks.items() if applies)
    expected = study.screening.attention.get(variable.name)
    if expected is not None:
        answer = study.options(variable.name)[expected][language]
        text += " " + WORDS[language]["check"].format(answer=answer)
    return text


def _dimension(item: str, study: Study, language: str) -> str:
    for construct in study.constructs.values():
        for dimension in construct.dimensions.values():
            if item in dimension.items:
                return dimension.label[language]
    return ""


def _source(variable: Variable, language: str) -> str:
    """What inspired a question; "own" and what goes with it in the language of the page."""
    source = variable.inspired_by or ""
    for beginning, translated in WORDS[language]["origins"].items():
        if source.startswith(beginning):
            return translated + source.removeprefix(beginning)
    return source


def _row(cells) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
