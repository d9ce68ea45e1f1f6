"""Words as people and platforms write them: how they are compared, marks within answers, what a heading is made of."""

import re
import unicodedata

# Radicals that look like characters, which text copied from PDF files has in their place. NFKC knows those of the
# block "Kangxi Radicals"; these of "CJK Radicals Supplement" stand in EquivalentUnifiedIdeograph.txt of Unicode.
_LOOK_ALIKE = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺫⺬⺭⺯⺰⺱⺲⺳⺴⺶⺹⺺⺻⺼⺾⺿⻀⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "厂乛乚乙亻冂刀刂卜㔾小小兀尣尢巳幺彑忄㣺扌攵旡日月歹母民氵氺灬爫爫丬牛犭王罒示礻糹纟罓罒㓁冗羊耂肀聿肉艹艹艹虎衤覀西见角讠贝车辶辶辶阝钅長镸长门阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
)
TICKED = "┋"  # between the options that one respondent ticked; alone: asked, and nothing ticked
FILLED_IN = re.compile(r"〖[^〗]*(?:〗|$)")  # what a respondent of 问卷星 wrote behind an option
NO_ANSWER = ("", "na", "n/a", "nan", "none", "null")  # in plain form; an answer of these words is an answer
SKIPPED = ("(空)", "(跳过)")  # 问卷星 writes these words or codes where a question was skipped or not shown
SKIPPED_CODES = (-2, -3)
_NOTHING = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]+")
_NUMBER = re.compile(r"^\s*Q?(\d+)\s*(?:[、：:]|[.．](?!\d))\s*")


def plain(text: object) -> str:
    """Text in the form in which headings and answers are compared.

    NFKC (no difference of width), look-alike radicals as the characters they stand for, one case, no white space and
    no invisible characters.
    """
    same = unicodedata.normalize("NFKC", str(text)).translate(_LOOK_ALIKE)
    return _NOTHING.sub("", same).casefold()


def says_nothing(cell: object) -> bool:
    """Is a cell empty, or does it hold what programs and platforms write for no answer?"""
    text = plain(cell)
    return text in (*NO_ANSWER, *SKIPPED) or text.removesuffix(".0") in map(str, SKIPPED_CODES)


def without_number(heading: str) -> str:
    """A heading without the number that the platform puts before it ("9、", "9.", "Q9:"), not the authors' "1.1"."""
    return _NUMBER.sub("", heading, count=1).strip()


def number_of(heading: str) -> str | None:
    """The number that the platform puts before a heading."""
    found = _NUMBER.match(heading)
    return found.group(1) if found else None


_ANY_NUMBER = re.compile(
    r"\s*(?:"
    r"[(\[]\s*\d{1,3}\s*[)\]]"  # (1)
    r"|第\s*\d{1,3}\s*题\s*[、.:)]?"  # 第1题
    r"|(?:[A-Za-z]{0,2}\d{1,3}(?:[.\-_]\d{1,3})*)\s*[、.:)\]]"  # 1、 1.1. Q1: A2)
    r"|(?:[A-Za-z]{1,2}\d{1,3}|\d{1,3}(?:[.\-_]\d{1,3})*)\s"  # Q1 and 1.1 before a space
    r"|[一二三四五六七八九十]{1,3}\s*[、.]"
    r")\s*"
)


def without_any_number(text: str) -> str:
    """A text in NFKC without one question number before it, whoever wrote it and however: the text itself if none."""
    text = unicodedata.normalize("NFKC", text)
    found = _ANY_NUMBER.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def last_parenthesis(heading: str, marks: str = "()") -> tuple[str, str] | None:
    """What stands before the parenthesis that ends a heading, and what stands in it; None if there is none.

    Parentheses may stand in one another: "Q6(ACG(comics, games))" ends with "ACG(comics, games)".
    """
    text = heading.strip()
    if marks == "()":
        text = text.replace("（", "(").replace("）", ")")
    if not text.endswith(marks[1]):
        return None
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == marks[1]) - (text[place] == marks[0])
        if depth == 0:
            return heading.strip()[:place].strip(), heading.strip()[place + 1 : -1].strip()
    return None
