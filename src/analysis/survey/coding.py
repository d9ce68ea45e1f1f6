"""The cells of one column become codes: labels in both languages, codes, numbers; any other cell is refused."""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import UserError, nearest
from analysis.study import Study, Text, Variable, Wave
from analysis.survey import privacy, usual_answers
from analysis.survey.wording import FILLED_IN, NO_ANSWER, SKIPPED, SKIPPED_CODES, TICKED, plain, says_nothing

SPACE = "\ue000"  # stands for white space, which `plain` takes out, where it may part ticked options
DIGIT = "[0-9０-９]"
NUMBER = re.compile(rf"[-−－]?(?:{DIGIT}+(?:[.．]{DIGIT}*)?|[.．]{DIGIT}+)")
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
UNIT = re.compile(  # behind a number that a message shows; any other word there may be anything
    rf"(?:{NUMBER.pattern})\s*(?:%|岁|年|个?月|天|小时|分钟?|人|名|个|家|次|[十百千万亿]+元?|元|years?(?: old)?|yrs?|"
    r"months?|days?|hours?|h|minutes?|min|people|persons|employees|staff|times|"
    r"(?:k|m|bn|thousand|million|billion)?\s*(?:yuan|rmb|cny|usd|eur)|k|m|bn|thousand|million|billion)",
    re.I,
)
NOBODY = {  # what people write who give no identifier, in plain form
    *(
        "无",
        "没有",
        "暂无",
        "不知道",
        "不清楚",
        "不详",
        "未知",
        "不便透露",
        "不方便透露",
        "不便告知",
        "不愿透露",
        "保密",
        "匿名",
        "略",
        "空",
    ),
    *("暂不提供", "不提供", "不想透露", "不填", "未填", "没有填", "不记得", "忘记了"),
    *("nil", "no", "unknown", "notapplicable", "confidential", "anonymous", "refused", "private", "x", "xx", "xxx"),
}
MOST = 10  # different faulty cells of a column that are described; more are only counted
OFTEN = 3  # rows from which on a short text is taken for an option that was offered, and is shown in messages
DIGITS_KEPT = 15  # significant digits of a number that a spreadsheet keeps; a double would keep all up to 2^53


@dataclass(frozen=True)
class Coded:
    """One column, coded."""

    values: pd.DataFrame  # float, the columns of the variable
    counts: Counter[float] = field(default_factory=Counter)  # answers by code, as asked in this wave
    off_scale: tuple[float, ...] = ()  # numbers that are no code of the scale
    faults: tuple[str, ...] = ()


def code(
    cells: pd.Series, variable: Variable, study: Study, wave: Wave, labels: dict, joined: bool, wording: str = ""
) -> Coded:
    """Code one column.

    ``labels`` are the value labels that the file itself gives this column (then its cells are labels); ``joined`` says
    that the reader joined the ticked options by ┋; ``wording`` is the question in the file. Each different cell is
    looked at once. Of an answer with several options, the mark ┋ alone means that none was ticked.
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
    harmless = key.options and not _kind(cells, places, wrong, key, wording)
    texts = [text_of(different[place]) for place in wrong] if harmless else []
    off_scale = {number(text) for text in texts if privacy.masked(text) != privacy.HIDDEN} - {None, *key.options}
    faults = _faults(cells, places, different, wrong, frequency, key, wording)
    return Coded(values, counts, tuple(sorted(off_scale)), tuple(faults))


def identifiers(cells: pd.Series, wave: Wave) -> pd.Series:
    """Identifiers in plain form, "" where a cell holds nothing or a code for it. Text stays text: "007" is not 7.

    Raises `UserError` for numbers so long that a spreadsheet has rounded them, for then several firms share one.
    """
    places, different = _factorize(cells)
    rounded = [place for place, value in enumerate(different) if _rounded(value)]
    if rounded:
        rows = cells.index[np.isin(places, rounded)]
        raise UserError(
            f'{wave.shown}, column "{privacy.shown(cells.name)}": {len(rows)} identifiers, the first in row {rows[0]}, '
            f"are numbers of more than {DIGITS_KEPT} digits, which spreadsheets round. Export the column as text."
        )

    def read(value: object) -> str:
        text = text_of(value)
        form = plain(text)
        skipped = says_nothing(text) if wave.reader == "wjx" else form in NO_ANSWER
        return "" if skipped or number(text) in wave.missing or names_nobody(value) else form

    forms = np.array([*map(read, different), ""], dtype=object)
    return pd.Series(forms[places], index=cells.index, dtype=str)


def names_nobody(value: object) -> bool:
    """Is a cell filled in with what stands for no identifier: 无, unknown, 0, a dash, any sign alone?"""
    form = plain(text_of(value))
    return form not in NO_ANSWER and (form in NOBODY or not re.search(r"[^\W_0]", form))


def _rounded(value: object) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"\d(?:\.\d+)?E\+\d+", value.strip(), re.ASCII | re.IGNORECASE))
    return not isinstance(value, bool) and isinstance(value, int | float | np.number) and abs(value) >= 10**DIGITS_KEPT


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
        self.labels_here, self.labelled = labels, {plain(label) for label in labels.values()}
        self.scale = wave.scale(variable)
        self.options: dict[int, Text] = study.answers[self.scale] if self.scale else {}
        self.labels = {plain(text[language]): c for c, text in self.options.items() for language in ("en", "zh")}
        spellings = {}
        for name in (self.scale, variable.answers, variable.name):
            spellings |= wave.recode.get(name, {})
        self.stated = {plain(spelling): float(c) for spelling, c in spellings.items()}
        self.different = different
        self.empty = {*NO_ANSWER} - {*self.labels, *self.stated} - ({"none"} if variable.kind == "number" else set())
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
        if self.stated.get(form) in self.wave.missing:
            return math.nan
        if form in self.stated and self.variable.kind != "multiple":
            return self.stated[form]
        if self.wave.reader == "wjx" and (form in SKIPPED or found in SKIPPED_CODES):
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
        if text == TICKED:
            return frozenset()
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

    def not_offered(self, text: str) -> list[str]:
        """The pieces of a cell with several options that are none of them; the whole cell where all are known."""
        between = TICKED if self.joined or TICKED in text else ",，;；、|"
        pieces = [piece.strip() for piece in re.split(f"[{between}]", FILLED_IN.sub("", text)) if piece.strip()]
        return [piece for piece in dict.fromkeys(pieces) if not self.ticked(piece)] or [text]

    def shown(self, value: object, times: int) -> str:
        """A faulty cell as a message shows it: whole only where nothing personal can be in it, otherwise "(hidden)".

        Numbers, numbers with a unit, words for no answer and labels of the file are shown; of questions with options
        also what is near one of these, words of usual scales, and short texts that come three times or more, for these
        were offered, unless they look like names.
        """
        text = privacy.masked(text_of(value))
        harmless = re.fullmatch(r"[\d,]+(?:\.\d*)?|\W", text) or says_nothing(text) or text in ("True", "False")
        if harmless or number(text) is not None or plain(text) in self.labelled:
            return text
        if not self.options:
            return text if UNIT.fullmatch(text) else privacy.HIDDEN
        often = times >= OFTEN and len(text) <= privacy.SHOWN and not privacy.looks_like_a_name(text)
        known = usual_answers.is_usual(text)
        pieces = [piece.strip() for piece in re.split(f"[{TICKED},;，；]", text) if piece.strip()]
        near = [piece for piece in pieces if plain(piece) in self.labels or nearest(piece, self.words(), few=0)]
        return text if often or known or near and len(near) == len(pieces) else privacy.HIDDEN

    def words_here(self) -> list[str]:
        """The different answers of the column that are words."""
        texts = map(text_of, self.different)
        return [text for text in texts if plain(text) not in self.empty and number(text) is None]

    def words(self) -> list[str]:
        return [text[language] for text in self.options.values() for language in ("en", "zh")]

    def expected(self, value: object, shown: str) -> str:
        """Why a cell is no answer, and what to do; ``shown`` is what may be shown of it."""
        name, text = self.variable.name, text_of(value)
        found = number(text, self.thousands)
        whole = shown if shown == " ".join(text.split()) else "THE ANSWER"
        spelling = f'recode: {{{name}: {{"{whole}": CODE}}}}'
        if self.wave.reader == "wjx" and self.allows(found) and found in SKIPPED_CODES:
            return (
                f'both an answer that "{name}" allows and what 问卷星 writes for a skipped question. '
                f"Say under the wave missing: [{found:g}] or {spelling}."
            )
        if hasattr(value, "year"):
            return f'a date, no answer to "{name}". A spreadsheet makes dates of answers such as 1-9: export text.'
        missing = self.missing(text, found)
        if not self.options:
            limits = f"no number between {self.variable.minimum:g} and {self.variable.maximum:g}"
            unit = re.match(NUMBER, text)
            if unit and found is None and UNIT.fullmatch(shown):
                meant = unit[0] if self.allows(number(unit[0])) else "NUMBER"
                return (
                    f'{limits}, as "{name}" needs: units are not read. Export the number alone, or say what it means '
                    f'under the wave: recode: {{{name}: {{"{shown}": {meant}}}}}.'
                )
            if plain(text) == "none":
                return f'{limits}, as "{name}" needs; say under the wave what it means: {spelling}.'
            if found is not None and not missing and shown != privacy.HIDDEN:
                limit = "minimum" if found < self.variable.minimum else "maximum"
                return (
                    f'{limits}, as "{name}" needs. If it is right, correct the {limit} in the codebook; if not, say '
                    f'under the wave what it means, recode: {{{name}: {{"{shown}": NUMBER}}}}'
                    f"{f', or that it is no answer, missing: [{found:g}]' if found == int(found) else ''}."
                )
            return f'{limits}, as "{name}" needs.{missing}'
        listed = ", ".join(f"{code} {text.zh} / {text.en}" for code, text in self.options.items())
        allowed = f'no answer to "{name}", which allows: {listed}.'
        if plain(text) in self.labels:
            return f"the code of one answer and the label of another. Say under the wave which: {spelling}."
        if found in self.bare:
            return (
                f"a bare code, but the file gives its codes other labels than the codebook: {self.bare[found]}. "
                f"Say under the wave what the bare codes mean: {spelling}."
            )
        if TICKED in text and self.variable.kind != "multiple":
            return f'{allowed} Several answers are ticked here: is "{name}" of kind multiple?'
        if missing or shown == privacy.HIDDEN:
            return allowed + missing
        hint = nearest(text, self.words(), few=0)
        if found is not None:
            return allowed + hint
        if ranked := usual_answers.by_rank(self.words_here(), self.options):
            words = ", ".join(f'"{label}": {code}' for label, code in ranked.items() if plain(label) not in self.labels)
            return f"{allowed} By their order they would be, under the wave: recode: {{{self.scale}: {{{words}}}}}."
        same = usual_answers.same_answer(text, self.options)
        line = f'recode: {{{self.scale}: {{"{whole}": {"CODE" if same is None else same}}}}}'
        return f"{allowed}{hint} If it is one of these answers, say under the wave: {line}."

    def missing(self, text: str, found: float | None) -> str:
        """The line for a code that may mean no answer: one below nought, or one whose label is no answer here."""
        codes = [c for c, label in self.labels_here.items() if plain(label) == plain(text)] or [found]
        code = codes[0]
        if code is None or code != int(code) or code >= 0 or code in self.options:
            return ""
        if privacy.masked(text_of(code)) == privacy.HIDDEN:
            return ""
        label = "" if found is not None else f", which the file writes as {code:g},"
        return f" If this{label} means no answer, say under the wave: missing: [{code:g}]."


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


def _faults(
    cells: pd.Series, places, different: list, wrong: list[int], frequency, key: _Key, wording: str
) -> list[str]:
    """A message for each different cell that has no code; of a column that looks personal, one that shows none."""
    file, heading = key.wave.shown, privacy.shown(str(cells.name))
    if kind := _kind(cells, places, wrong, key, wording):
        rows = cells.index[np.isin(places, wrong)] if wrong else cells.index
        return [
            f'{file}, row {rows[0]}, column "{heading}": the cells look like personal data ({kind}), not like answers '
            f'to "{key.variable.name}"; none is shown. Is it the column you mean? If not, mend rename or ignore.'
        ]
    found: dict[object, list[int]] = {}  # a faulty cell, or an option in it -> first place, how often
    for place in wrong:
        value = different[place]
        for part in key.not_offered(text_of(value)) if key.variable.kind == "multiple" else [value]:
            found.setdefault(part, [place, 0])[1] += int(frequency[place])
    faults = []
    for value, (place, times) in list(found.items())[:MOST]:
        row = cells.index[np.argmax(places == place)]
        more = f" (and {times - 1} more)" if times > 1 else ""
        shown = key.shown(value, times)
        faults.append(f'{file}, row {row}{more}, column "{heading}": "{shown}" is {key.expected(value, shown)}')
    return faults + [f'{file}, column "{heading}": another cell is no answer.'] * (len(found) - MOST)


def _kind(cells: pd.Series, places, wrong: list[int], key: _Key, wording: str) -> str | None:
    """The kind of personal data that a column, or what of it has no code, looks like."""
    looked_at = cells if key.variable.kind == "number" else cells[np.isin(places, wrong)]
    kind = privacy.kind_of_cells(looked_at)
    return privacy.kind_of(str(cells.name), wording, looked_at) if kind is None and wrong else kind
