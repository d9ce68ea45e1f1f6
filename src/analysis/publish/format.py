"""How numbers look in print: rounding, zeros, stars and p, as APA 7 asks in English and Chinese journals in Chinese."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from analysis.publish import words
from analysis.publish.words import Rich

LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True)
class Style:
    """The print style of one language: its numbers and its words."""

    language: str

    @property
    def leading_zero(self) -> bool:
        """Whether 0 stands before the point of numbers that cannot exceed 1, such as r, p and α."""
        return self.language == "zh"

    def number(self, value: float, digits: int = 2) -> str:
        """A number that may exceed 1; empty if it does not exist."""
        if value is None or not math.isfinite(value):
            return ""
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            text = text.removeprefix("-")
        return text.replace("-", "−")

    def bounded(self, value: float, digits: int = 3) -> str:
        """A number that by its nature lies within ±1: r, p, β, loadings, α, CFI, shares of variance."""
        text = self.number(value, digits)
        return text if self.leading_zero else text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text

    def count(self, value: int) -> str:
        return f"{int(value):,}" if self.language == "en" else str(int(value))

    def counts(self, values: Iterable[float]) -> str:
        """Counts of one kind: the one that all share, or the smallest and the largest."""
        found = sorted({int(v) for v in values if math.isfinite(v)}) or [0]
        return "–".join(self.count(n) for n in dict.fromkeys((found[0], found[-1])))

    def percent(self, share: float) -> str:
        return self.number(share * 100, 1) if share is not None else ""

    def p(self, value: float) -> str:
        """The exact p with three decimals, or that it is smaller than the third decimal."""
        if value is None or not math.isfinite(value):
            return ""
        return f"< {self.bounded(0.001)}" if value < 0.001 else self.bounded(value)

    def p_equation(self, value: float) -> str:
        text = self.p(value)
        return text if text.startswith("<") or not text else f"= {text}"

    def level(self, value: float) -> str:
        """A level of significance with every digit that it has, two at least."""
        return self.bounded(value, max(2, -Decimal(str(value)).as_tuple().exponent))

    def probability(self) -> Rich:
        """What the stars mean."""
        three, two, one = (self.level(level) for level, _ in LEVELS)
        return self.rich("unit.probability", one=one, two=two, three=three)

    def interval(self, lower: float, upper: float, digits: int = 3, bounded: bool = True) -> str:
        one = self.bounded if bounded else self.number
        low, high = one(lower, digits), one(upper, digits)
        return f"[{low}, {high}]" if low and high else ""

    def say(self, key: str, **values: object) -> str:
        return words.say(key, self.language, **values)

    @property
    def space(self) -> str:
        """What the language puts between two sentences."""
        return " " if self.language == "en" else ""

    def join(self, *sentences: Rich) -> Rich:
        """Sentences one after the other."""
        space = words.plain(self.space)
        runs = [run for sentence in sentences if sentence for run in (*space, *sentence)]
        return tuple(runs[len(space) :])

    def rich(self, key: str, **values: object) -> Rich:
        return words.rich(key, self.language, **values)


def stars(p: float) -> str:
    """Three, two or one star for p below .001, .01 and .05; none otherwise, or if there is no p."""
    return next((mark for level, mark in LEVELS if p < level), "")
