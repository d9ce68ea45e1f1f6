"""Answer scales that questionnaires usually offer: known by their labels in either language, and put in order."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from analysis.study import Text
from analysis.survey.wording import plain

Words = dict[str, str]  # {"en": ..., "zh": ...}


@dataclass(frozen=True)
class Usual:
    """A list of answers in its order; the places of a two-sided list mirror each other."""

    name: str
    ordered: bool
    two_sided: bool
    words: tuple[dict[str, tuple[str, ...]], ...]  # by place: the words of either language, the drafted ones first

    def place(self, label: str) -> int | None:
        """Where a label stands in the list; a number before the words ("5 = agree") is passed over."""
        for text in (plain(label), plain(without_code(label))):
            for place, words in enumerate(self.words):
                if text in {plain(w) for alternatives in words.values() for w in alternatives}:
                    return place
        return None


def without_code(label: str) -> str:
    """A label without the code that stands before its words, as in "5 = agree" or "5、同意"."""
    return re.sub(r"^\s*[(（]?\d+[)）]?\s*[=＝:：、.．,，–—-]?\s*", "", str(label)) or str(label)


def known(labels: list[str]) -> Usual | None:
    """The usual list that knows all the labels (two or more), or None."""
    if len(labels) < 2:
        return None
    for usual in _usual():
        places = [usual.place(label) for label in labels]
        if None not in places and len(set(places)) == len(places):
            return usual
    return None


def is_usual(label: str) -> bool:
    """Whether a label stands in any usual list."""
    return any(usual.place(label) is not None for usual in _usual())


def same_answer(label: str, options: dict[int, Text]) -> int | None:
    """The code of the option that means the same as a label in the usual list that knows all options, or None."""
    for language in ("en", "zh"):
        if usual := known([words[language] for words in options.values()]):
            place = usual.place(label)
            codes = [c for c, words in options.items() if usual.place(words[language]) == place is not None]
            return codes[0] if codes else None
    return None


def by_rank(labels: list[str], options: dict[int, Text]) -> dict[str, int]:
    """The code of each label by its rank: 完全不同意, 比较不同意, 一般, … on 非常不同意, 不同意, 一般, ….

    {} unless one ordered usual list knows the labels and the options, and the labels, with the opposites that a
    two-sided list has of them, are as many as the options and no option has another rank
    among them.
    """
    labels = list(dict.fromkeys(labels))
    for language in ("en", "zh"):
        usual = known([words[language] for words in options.values()])
        if usual is None or not usual.ordered or known(labels) is not usual:
            continue
        last, own = len(usual.words) - 1, {usual.place(words[language]): c for c, words in options.items()}
        found = {usual.place(label): label for label in labels}
        places = sorted({*found, *(last - p for p in found)} if usual.two_sided else found)
        code_at = dict(zip(places, sorted(options), strict=False))
        if len(places) == len(options) and all(own.get(place, code_at[place]) == code_at[place] for place in places):
            return {label: code_at[place] for place, label in found.items()}
    return {}


def drafted(usual: Usual, labels: list[str]) -> list[Words]:
    """The labels in order and in both languages; in a two-sided list the opposite of every answer is there too."""
    found = {usual.place(label): label for label in labels}
    last = len(usual.words) - 1
    places = sorted({*found, *(last - p for p in found)} if usual.two_sided else found)
    return [translated(usual, found.get(place, usual.words[place]["en"][0])) for place in places]


def translated(usual: Usual, label: str) -> Words:
    """A label in its own language, and in the other the usual words for it."""
    words = {language: usual.words[usual.place(label)][language][0] for language in ("en", "zh")}
    return words | {language_of(label): label.strip()}


def by_number(labels: list[str]) -> list[str] | None:
    """Labels that hold numbers ("50 to 299 people", "3000元以下") in the order of these, or None if they do not.

    One label may do without: one that says "none".
    """
    keys = {}
    for label in labels:
        number = re.search(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d)[,，](?=\d{3})", "", label))
        if number:
            below = re.search(r"以下|以内|不足|低于|少于|under|below|less|fewer|up to|<", label, re.I)
            above = re.search(r"以上|超过|高于|多于|over|above|more|at least|>|\+", label, re.I)
            keys[label] = (float(number.group()), -1 if below else 1 if above else 0)
        elif re.match(r"\s*(没有|无|从未|none|no\b)", label, re.I):
            keys[label] = (float("-inf"), 0)
    if len(keys) < len(labels) or len(set(keys.values())) < len(labels) or len(labels) < 2:
        return None
    return sorted(labels, key=keys.__getitem__)


def language_of(text: str) -> str:
    """zh for text with a Chinese character, otherwise en."""
    return "zh" if re.search(r"[㐀-鿿豈-﫿]", text) else "en"


@cache
def _usual() -> tuple[Usual, ...]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tuple(
        Usual(name, not about.get("unordered", False), about.get("two_sided", False), tuple(about["answers"]))
        for name, about in content.items()
    )
