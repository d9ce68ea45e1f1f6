"""The cells of one column become codes: labels in both languages, codes, numbers; any other cell is refused."""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import nearest
from analysis.study import Study, Text, Variable, Wave
from analysis.survey import privacy
from analysis.survey.readers import plain

EMPTY = ("", "na", "n/a", "nan", "none", "null")  # in plain form; an answer of these words is an answer
WJX_EMPTY = ("(空)", "(跳过)")
WJX_SKIPPED = (-2, -3)  # 问卷星 writes these where a question was skipped or not shown
TICKED = "┋"
SPACE = "\ue000"  # stands for white space, which `plain` takes out, where it may part ticked options
DIGIT = "[0-9０-９]"
NUMBER = re.compile(rf"[-−－]?(?:{DIGIT}+(?:[.．]{DIGIT}*)?|[.．]{DIGIT}+)")
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
FILLED_IN = re.compile(r"〖[^〗]*〗")
MOST = 10  # different faulty cells of a column that are described; more are only counted


@dataclass(frozen=True)
class Coded:
    """One column, coded."""

    values: pd.DataFrame  # float, the columns of the variable
    counts: Counter[float] = field(default_factory=Counter)  # answers by code, as asked in this wave
    off_scale: tuple[float, ...] = ()  # numbers that are no code of the scale
    faults: tuple[str, ...] = ()


def code(cells: pd.Series, variable: Variable, study: Study, wave: Wave, labels: dict, joined: bool) -> Coded:
    """Code one column.

    ``labels`` are the value labels that the file itself gives this column (then its cells are labels); ``joined`` says
    that the reader joined the ticked options by ┋. Each different cell is looked at once.
    """
    places, different = _factorize(cells)
    key = _Key(variable, study, wave, labels, joined, different)
    read = [key.read(value) for value in different]
    width = len(study.columns(variable.name))
    numbers = np.full((len(different) + 1, width), np.nan)  # the last row is for cells that hold nothing
    for place, answer in enumerate(read):
        if isinstance(answer, frozenset):
            numbers[place] = [option in answer for option in key.options]
        elif answer is not None:
            numbers[place] = answer
    if key.scale != variable.answers:
        numbers = _stretched(numbers, key.options, study.options(variable.name))
    values = pd.DataFrame(numbers[places], index=cells.index, columns=list(study.columns(variable.name)))
    frequency = np.bincount(places[places >= 0], minlength=len(different))
    counts = Counter()
    for answer, times in zip(read, frequency, strict=True):
        if isinstance(answer, float) and not math.isnan(answer):
            counts[answer] += int(times)
    wrong = [place for place, answer in enumerate(read) if answer is None]
    off_scale = {number(text_of(different[place])) for place in wrong} - {None, *key.options} if key.options else set()
    faults = _faults(cells, places, different, wrong, frequency, key)
    return Coded(values, counts, tuple(sorted(off_scale)), tuple(faults))


def identifiers(cells: pd.Series, wave: Wave) -> pd.Series:
    """Identifiers in plain form, "" where a cell holds nothing or a code for it."""
    places, different = _factorize(cells)

    def read(value: object) -> str:
        text = text_of(value)
        form = plain(text)
        nothing = form in EMPTY or (wave.reader == "wjx" and form in WJX_EMPTY)
        codes = (*wave.missing, *(WJX_SKIPPED if wave.reader == "wjx" else ()))
        return "" if nothing or number(text) in codes else form

    forms = np.array([*map(read, different), ""], dtype=object)
    return pd.Series(forms[places], index=cells.index, dtype=str)


def text_of(value: object) -> str:
    """A cell as text: a whole number without a decimal point, any other without an exponent."""
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else np.format_float_positional(value, trim="-")
    return str(value).strip()


def number(text: str, thousands: bool = False) -> float | None:
    """The number that a text is, in ASCII or full-width digits; None for anything else: 1_0, 1e5, inf, 0x1A, 5²."""
    plain_text = unicodedata.normalize("NFKC", text).replace("−", "-")
    if thousands and THOUSANDS.fullmatch(plain_text):
        return float(plain_text.replace(",", ""))
    found = float(plain_text) if NUMBER.fullmatch(text) else math.inf
    return found if math.isfinite(found) else None


class _Key:
    """How the cells of one column are read in one wave."""

    def __init__(self, variable: Variable, study: Study, wave: Wave, labels: dict, joined: bool, different: list):
        self.variable, self.wave, self.joined = variable, wave, joined
        self.labelled = {plain(label) for label in labels.values()}
        self.scale = wave.scale(variable)
        self.options: dict[int, Text] = study.answers[self.scale] if self.scale else {}
        self.labels = {plain(text[language]): c for c, text in self.options.items() for language in ("en", "zh")}
        spellings = {}
        for name in (self.scale, variable.answers, variable.name):
            spellings |= wave.recode.get(name, {})
        self.stated = {plain(spelling): float(c) for spelling, c in spellings.items()}
        self.empty = {*EMPTY} - {*self.labels, *self.stated} - ({"none"} if variable.kind == "number" else set())
        texts = [unicodedata.normalize("NFKC", v) for v in different if isinstance(v, str)]
        commas = [text.strip() for text in texts if "," in text]
        self.thousands = not self.options and all(THOUSANDS.fullmatch(text) for text in commas)
        self.bare = _labels_of_others(labels, self.labels)
        self.tokens = _tokens({**{str(c): c for c in self.options}, **self.labels, **self.stated})

    def read(self, value: object) -> float | frozenset[int] | None:
        """A code or number; for a multiple answer the codes ticked; NaN for no answer; None for what is neither."""
        text = text_of(value)
        form, found = plain(text), number(text, self.thousands)
        if found in self.wave.missing:
            return math.nan
        if form in self.stated and self.variable.kind != "multiple":
            return math.nan if self.stated[form] in self.wave.missing else self.stated[form]
        if self.wave.reader == "wjx" and (form in WJX_EMPTY or found in WJX_SKIPPED):
            return None if self.allows(found) else math.nan
        if self.variable.kind == "multiple" and form not in self.empty:
            return self.ticked(text)
        if form in self.labels:
            return None if self.is_code_of_another(form, found) else float(self.labels[form])
        if form in self.empty:
            return math.nan
        if found is not None:
            return found if self.allows(found) and found not in self.bare else None
        return self.opened(form)

    def allows(self, found: float | None) -> bool:
        if found is None:
            return False
        if self.options:
            return found in self.options
        return self.variable.minimum <= found <= self.variable.maximum

    def is_code_of_another(self, form: str, found: float | None) -> bool:
        """A label such as "1" for code 2, where nobody can say whether the cell is a label or a code."""
        return form not in self.labelled and found in self.options and found != self.labels[form]

    def opened(self, form: str) -> float | None:
        """An answer with a text filled in behind it, 其他〖…〗 or, where answers have no order, "Other: …"."""
        found = self.labels.get(FILLED_IN.sub("", form))
        if found is None and self.variable.kind == "nominal":
            found = self.labels.get(form.partition(":")[0])
        return None if found is None else float(found)

    def ticked(self, text: str) -> frozenset[int] | float | None:
        """The options that a cell holds, joined by ┋ or, unless the reader joined them, by commas and the like."""
        between = TICKED if self.joined else f"{TICKED},;、|{SPACE}"

        def parse(rest: str) -> frozenset[int] | None:
            rest = rest.strip(between + SPACE)
            if not rest:
                return frozenset()
            for token, code in self.tokens:
                if (found := token.match(rest)) and (others := behind(rest[found.end() :])) is not None:
                    return others | {int(code)}
            return None

        def behind(rest: str) -> frozenset[int] | None:
            """What follows an option: nothing, other options, or a filled-in text and then other options."""
            rest = FILLED_IN.sub("", rest, count=1) if rest.startswith("〖") else rest
            if not rest or rest[0] in between:
                return parse(rest)
            if not rest.startswith(":"):
                return None
            ends = (found.start() for found in re.finditer(f"[{between}]", rest))
            return next((others for end in ends if (others := parse(rest[end:])) is not None), frozenset())

        return parse(plain(re.sub(r"\s+", SPACE, text))) or None

    def expected(self, value: object) -> str:
        """Why a cell is no answer, and what to do."""
        name, text = self.variable.name, text_of(value)
        found = number(text, self.thousands)
        spelling = f'recode: {{{name}: {{"{privacy.masked(text)}": CODE}}}}'
        if self.wave.reader == "wjx" and self.allows(found) and found in WJX_SKIPPED:
            return (
                f'both an answer that "{name}" allows and what 问卷星 writes for a skipped question. '
                f"Say under the wave missing: [{found:g}] or {spelling}."
            )
        if hasattr(value, "year"):
            return f'a date, no answer to "{name}". A spreadsheet makes dates of answers such as 1-9: export text.'
        if not self.options:
            limits = f"no number between {self.variable.minimum:g} and {self.variable.maximum:g}"
            unit = re.fullmatch(rf"({NUMBER.pattern})\s*([^\W\d_][^\d]*)", text)
            if unit and privacy.masked(text) != privacy.HIDDEN:
                return (
                    f'{limits}, as "{name}" needs: units are not read. Export the number alone, or say what it means '
                    f'under the wave: recode: {{{name}: {{"{text}": {unit[1]}}}}}.'
                )
            if plain(text) == "none":
                return f'{limits}, as "{name}" needs; say under the wave what it means: {spelling}.'
            return f'{limits}, as "{name}" needs.'
        listed = ", ".join(f"{code} {text.zh} / {text.en}" for code, text in self.options.items())
        allowed = f'no answer to "{name}", which allows: {listed}.'
        if plain(text) in self.labels:
            return f"the code of one answer and the label of another. Say under the wave which: {spelling}."
        if found in self.bare:
            return (
                f"a bare code, but the file gives its codes other labels than the codebook: {self.bare[found]}. "
                f"Say under the wave what the bare codes mean: {spelling}."
            )
        if TICKED in text:
            return f'{allowed} Several answers are ticked here: is "{name}" of kind multiple?'
        words = [text[language] for text in self.options.values() for language in ("en", "zh")]
        hidden = privacy.masked(text) == privacy.HIDDEN
        return allowed + ("" if hidden else nearest(text, words, few=0))


def _tokens(codes: dict[str, float]) -> list[tuple[re.Pattern, float]]:
    """What finds an option at the beginning of a text, the longest first: one may hold another, or a comma."""
    return [
        (re.compile(f"{SPACE}?".join(map(re.escape, form)) + (r"(?![.\d])" if form[-1:].isdigit() else "")), code)
        for form, code in sorted(codes.items(), key=lambda option: -len(option[0]))
    ]


def _labels_of_others(labels: dict[float, str], known: dict[str, int]) -> dict[float, str]:
    """The codes that cannot be read bare, with an example why: all, if the file calls one by the words of another."""
    moved = {c: label for c, label in labels.items() if known.get(plain(label), c) != c}
    if not moved:
        return {}
    code, label = next(iter(moved.items()))
    example = f'it calls {code:g} "{label}", which is {known[plain(label)]} in the codebook'
    return {float(c): example for c in known.values()}


def _stretched(codes: np.ndarray, used: dict[int, Text], own: dict[int, Text]) -> np.ndarray:
    """Codes of one scale on another, linearly, end to end: (x − min′)/(max′ − min′)·(max − min) + min."""
    return (codes - min(used)) / (max(used) - min(used)) * (max(own) - min(own)) + min(own)


def _factorize(cells: pd.Series) -> tuple[np.ndarray, list]:
    """The place of each cell among the different ones (−1: no value), and these. True is not the number 1."""
    mixed = cells.dtype == object and pd.api.types.infer_dtype(cells, skipna=True) not in (
        *("string", "integer", "floating", "mixed-integer-float", "empty"),
    )
    if mixed or pd.api.types.is_bool_dtype(cells):
        truth = cells.map(type).isin([bool, np.bool_])
        cells = cells.astype(object).mask(truth, cells.astype(str))
    places, different = pd.factorize(cells)
    return places, list(different)


def _faults(cells: pd.Series, places, different: list, wrong: list[int], frequency, key: _Key) -> list[str]:
    """A message for each different cell that has no code; of a column that looks personal, one that shows none."""
    file, heading = key.wave.shown, cells.name
    looked_at = cells if key.variable.kind == "number" else cells[np.isin(places, wrong)]
    if kind := privacy.kind_of_cells(looked_at):
        rows = cells.index[np.isin(places, wrong)] if wrong else cells.index
        return [
            f'{file}, row {rows[0]}, column "{heading}": the cells look like personal data ({kind}), not like answers '
            f'to "{key.variable.name}"; none is shown. Is it the column you mean? If not, mend rename or ignore.'
        ]
    faults = []
    for place in wrong[:MOST]:
        row = cells.index[np.argmax(places == place)]
        more = f" (and {frequency[place] - 1} more)" if frequency[place] > 1 else ""
        value = different[place]
        faults.append(
            f'{file}, row {row}{more}, column "{heading}": "{privacy.masked(text_of(value))}" is {key.expected(value)}'
        )
    return faults + [f'{file}, column "{heading}": another cell is no answer.'] * (len(wrong) - MOST)
