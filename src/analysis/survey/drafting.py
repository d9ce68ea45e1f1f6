"""What an export tells of its questionnaire: which columns are questions, on which scales, in which blocks."""

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.study import Wave
from analysis.study.load import RESERVED
from analysis.survey import privacy, usual_answers
from analysis.survey.coding import number, text_of
from analysis.survey.readers import Export, plain
from analysis.survey.wording import FILLED_IN, NO_ANSWER, SKIPPED, SKIPPED_CODES, TICKED

MOST_OPTIONS = 15  # a question with more different answers than this, in words, is free text
OFTEN = 3  # rows that give each of the words of a question that are its own, or somebody may have written them
PERHAPS = "perhaps names"  # why a column of words is left for a person to look at
BETWEEN = {"qualtrics": ",", "google": ", "}  # what these platforms may put between options ticked together
PLEASE = re.compile(r"please (select|choose|tick|pick|mark)|attention check|请选|请您?选择|检测题|注意力", re.I)
NEVER_A_NAME = re.compile(
    r"\d|^(其他|其它|以上|都不|不知道|不清楚|拒绝|没有|无|other|none|no\b|don.t know|refuse)", re.I
)
NOMINAL = re.compile(r"gender|sex\b|region|country|industry|occupation|性别|地区|行业|职业|省份|城市", re.I)
GENERIC = ("q", "v", "x", "i", "var", "item", "question", "col", "column", "题")  # prefixes that say nothing
MATRIX = re.compile(r"\s*(\d+)\s*[、.．]\s*(?:(.*?)[—–]+\s*)?(\d+)\s*[、.．]", re.S)  # 9、stem—1.item, then 9、2.item
NUMBERED = re.compile(r"\s*(\d{1,2})[.．](\d{1,2})(?![\d、.．%])")  # 1.1 item, as authors number by hand
GRID = re.compile(r"(.*\S)\s*\[.+\]\s*", re.S)  # stem [item]


@dataclass(frozen=True)
class Question:
    """A column of the export that becomes a row of the codebook."""

    heading: str
    name: str
    text: str
    block: str  # what the columns of one matrix, or of one prefix, have in common; "" for none
    kind: str = ""
    answers: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    reverse: bool = False


@dataclass(frozen=True)
class Scale:
    """An answer scale: its name, the words by code in both languages, whether they have an order, what is unknown."""

    name: str
    options: dict[int, dict[str, str]]
    ordered: bool
    to_state: str = ""


@dataclass(frozen=True)
class Construct:
    """A block of items that may measure one thing."""

    symbol: str
    label: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Questionnaire:
    """What an export tells of its questionnaire."""

    questions: tuple[Question, ...]
    scales: dict[str, Scale]
    constructs: dict[str, Construct]
    left_out: dict[str, list[str]]  # reason -> headings of the columns that are no questions of the codebook

    def expected(self, question: Question) -> int | None:
        """The answer that an attention check asks for, or None where a question does not look like one."""
        return _expected(question, self.scales.get(question.answers))


def questionnaire(export: Export, wave: Wave) -> Questionnaire:
    """The questionnaire behind an export.

    What stands in the codebook is what can be counted: free text, personal and empty columns are left out. Three
    columns or more with one ordered scale are likert items; those of one block are drafted as a construct, and an item
    with a corrected item–total correlation below 0 in its block is marked as reverse.
    """
    export = _parted(export, wave)
    found, left_out = _questions(export, wave)
    pools = _pools(found, export, wave)
    for pool in pools:  # a pair of columns is rated where three others are, on the same scale
        pool["rated"] = _rated(pool, 2) in {_rated(other, 3) for other in pools} - {None}
    pairs = [(question, _scale(pool, question, export)) for question, pool in zip(found, pools, strict=True)]
    scales, questions = {}, []
    for question, scale in pairs:
        reason = scale and ("one answer only" if len(scale.options) < 2 else _may_be_personal(question, scale, export))
        if reason:
            left_out.setdefault(reason, []).append(question.heading)
            continue
        scale = scale and replace(scale, name=_merged(scale, scales))
        questions.append(_with_kind(question, scale, export, wave))
    used = Counter(q.answers for q in questions if _may_be_item(q, scales))
    items = {q.name for q in questions if _may_be_item(q, scales) and used[q.answers] >= 3}
    questions = [replace(q, kind="likert") if q.name in items else q for q in questions]
    questions = [
        replace(q, kind="attention") if _expected(q, scales.get(q.answers)) is not None else q for q in questions
    ]
    questions = _with_runs(questions)
    turned = {name for items in _blocks(questions).values() for name in _reversed(items, scales, export, wave)}
    questions = [replace(q, reverse=q.name in turned) for q in questions]
    used_scales = {name: scale for name, scale in scales.items() if any(q.answers == name for q in questions)}
    return Questionnaire(tuple(questions), used_scales, _constructs(questions), left_out)


def missing_codes(export: Export, wave: Wave) -> tuple[int, ...]:
    """Negative whole numbers among codes that are not negative otherwise: they say why there is no answer."""
    codes: set[int] = set()
    for heading in export.answers:
        cells = _answered(export, heading, wave)
        numbers = _numbers(cells)
        if labels := export.labels.get(heading):
            numbers = pd.Series([code for code, label in labels.items() if label in {*cells}], dtype=float)
        if numbers is None or (numbers != numbers.round()).any():
            continue
        negative, positive = {*numbers[numbers < 0]}, {*numbers[numbers >= 0]}
        two_sided = {-n for n in negative} <= positive and len(negative) > 1
        if len(negative) <= 3 and positive and not two_sided:
            codes |= {int(n) for n in negative}
    return tuple(sorted(codes)) if len(codes) <= 5 else ()


def _answered(export: Export, heading: str, wave: Wave) -> pd.Series:
    """The cells of a column that hold an answer, as text; what was filled in behind an option is taken out."""
    wjx = wave.reader == "wjx"
    codes = {*wave.missing, *(SKIPPED_CODES if wjx else ())}
    cells = export.answers[heading].dropna().map(text_of)
    cells = cells[~cells.map(plain).isin((*NO_ANSWER, *(SKIPPED if wjx else ()))) & ~cells.map(number).isin(codes)]
    return cells.map(lambda text: FILLED_IN.sub("", text))


def _multiple(export: Export, heading: str) -> bool:
    """Whether several options may be ticked."""
    return heading in export.multiple or export.answers[heading].astype(str).str.contains(TICKED).any()


def _labelled(export: Export, heading: str, wave: Wave) -> bool:
    """Whether the file labels the answers of a column, and not only the codes for no answer."""
    return not {*_answered(export, heading, wave)}.isdisjoint(export.labels.get(heading, {}).values())


def _numbers(cells: pd.Series) -> pd.Series | None:
    """Answers as numbers, or None if there are none or one of them is no number."""
    numbers = cells.map(number)
    return numbers.astype(float) if len(cells) and numbers.notna().all() else None


# Which columns are questions, what they are called, which belong together


def _questions(export: Export, wave: Wave) -> tuple[list[Question], dict[str, list[str]]]:
    left_out: dict[str, list[str]] = {}
    questions: list[Question] = []
    shared = _shared(list(export.answers))
    sizes = Counter(shared.values())
    names: set[str] = set(RESERVED)
    for place, heading in enumerate(export.answers, start=1):
        wording = export.wordings.get(heading, "")
        block = shared[heading] if sizes[shared[heading]] >= 2 else ""
        chosen = _multiple(export, heading) or _labelled(export, heading, wave)
        kind = privacy.kind_of(heading, wording, export.answers[heading])
        reason = (None if chosen and kind == "free text" else kind) or _no_question(
            _answered(export, heading, wave),
            chosen=chosen,
            one_will_do=bool(block) or bool(PLEASE.search(wording or heading)),
        )
        if reason:
            left_out.setdefault(reason, []).append(heading)
            continue
        name = _name(heading, place, names)
        names.add(name)
        questions.append(Question(heading, name, re.sub(r"\s+", " ", wording or heading).strip(), block))
    texts = Counter(plain(q.text) for q in questions)
    return [
        replace(q, text=" ".join(q.heading.split())) if texts[plain(q.text)] > 1 else q for q in questions
    ], left_out


def _no_question(cells: pd.Series, chosen: bool, one_will_do: bool) -> str | None:
    """Why a column cannot be counted, or None if it can."""
    different = list(dict.fromkeys(cells))
    if not different:
        return "empty"
    if not chosen and _numbers(cells) is None and not usual_answers.known(different):
        options = len(different) <= MOST_OPTIONS and max(map(len, different)) <= 60
        if not (options and len(cells) >= 2 * len(different)):
            coded = len(different) > 0.9 * len(cells) and all(re.fullmatch(r"\S*\d\S*", text) for text in different)
            return "identifier" if coded else "free text"
    return "one answer only" if len(different) == 1 and not one_will_do else None


def _name(heading: str, place: int, taken: set[str]) -> str:
    """The heading where it is a code, otherwise q and the number of the question in the questionnaire or the file."""
    matrix, numbered = MATRIX.match(heading), NUMBERED.match(heading)
    asked = re.match(r"\s*第?(\d+)\s*[题、.．]", heading)
    if code := _code(heading):
        name = code
    elif matrix:
        name = f"q{matrix.group(1)}_{matrix.group(3)}"
    elif numbered:
        name = f"q{numbered.group(1)}_{numbered.group(2)}"
    else:
        name = f"q{asked.group(1) if asked else place}"
    while name in taken:
        name += "x"
    return name


def _code(heading: str) -> str | None:
    """The heading as a name where it is one, alone or before a text in brackets or after a colon."""
    code = re.match(r"[A-Za-z][A-Za-z0-9_.]{0,19}(?=$|\s*\[|\s*[:：])", heading)
    chinese = re.fullmatch(r"(?!第\d+题)[^\W\d_]\w{0,5}", heading)
    return code.group().replace(".", "_") if code else heading if chinese else None


def _shared(headings: list[str]) -> dict[str, str]:
    """What each heading shares with others: the number or stem of a matrix, the prefix of names such as PE1, PE2."""
    shared = {}
    for heading in headings:
        matrix, grid, code = MATRIX.match(heading) or NUMBERED.match(heading), GRID.fullmatch(heading), _code(heading)
        numbered = re.fullmatch(r"(.*?[^\W\d])_?\d+[a-z]?(?:_?r)?", code or "", re.I)
        lettered = re.fullmatch(r"(.*\d)(?:_\d+|[a-z])", code or "")
        if matrix:
            shared[heading] = f"q{matrix.group(1)}"
        elif lettered or numbered:
            shared[heading] = (lettered or numbered).group(1)
        else:
            shared[heading] = re.sub(r"\s+", " ", grid.group(1)) if grid and not code else ""
    return {heading: "" if what.lower() in GENERIC else what for heading, what in shared.items()}


def _parted(export: Export, wave: Wave) -> Export:
    """The export with ┋ between options that seem to have been ticked together; the file itself does not tell."""
    mark = BETWEEN.get(wave.reader)
    columns = [h for h in export.answers if h not in export.multiple] if mark else []
    parted = {h: cells for h in columns if (cells := _split_at(export.answers[h], mark)) is not None}
    multiple = export.multiple | parted.keys()
    return replace(export, answers=export.answers.assign(**parted), multiple=frozenset(multiple))


def _split_at(cells: pd.Series, mark: str) -> pd.Series | None:
    """The cells with "┋" for ``mark`` between ticked options, if that is what the mark does in this column; else None.

    It does if some cell has it, and of the pieces of such cells at least half stand alone in other cells and they are
    fewer than the different cells, or all do: options recur alone; sentences and labels with commas do not.
    """
    texts = {str(value) for value in pd.unique(cells.to_numpy(dtype=object)) if str(value).strip()}
    several = {text: text.split(mark) for text in texts if mark in text}
    if all(re.fullmatch(r"\d{1,3}(,\d{3})+", text) for text in several) or any(
        len(set(p)) < len(p) or not all(x.strip() for x in p) for p in several.values()
    ):
        return None
    pieces = {piece for parts in several.values() for piece in parts}
    alone = pieces & texts
    few = len(pieces | (texts - set(several))) < len(texts) and 2 * len(alone) >= len(pieces)
    return cells.map(lambda cell: str(cell).replace(mark, TICKED)) if few or alone == pieces else None


def _may_be_personal(question: Question, scale: Scale, export: Export) -> str | None:
    """`PERHAPS` for words of its own, without order, that nothing tells to be options and that may be personal.

    They may be if the question speaks of a person, if half of the words look like names, or if one of them, which is no
    number and not called other or none, comes less than three times. Options ticked together and words
    that the file labels or a usual list knows were offered.
    """
    heading = question.heading
    if scale.ordered or heading in export.labels or _multiple(export, heading):
        return None
    words = list(dict.fromkeys(word for text in scale.options.values() for word in text.values()))
    if not scale.to_state or all(number(word) is not None for word in words):
        return None
    times = export.answers[heading].dropna().map(text_of).map(lambda t: FILLED_IN.sub("", t)).value_counts()
    names = sum(map(privacy.looks_like_a_name, words))
    rare = any(times.get(word, 0) < OFTEN and not NEVER_A_NAME.search(word) for word in words)
    asked = privacy.asks_for_a_person(f"{heading} {question.text}")
    return PERHAPS if asked or 2 * names >= len(words) or rare else None


# On which scale each is answered


def _pools(questions: list[Question], export: Export, wave: Wave) -> list[dict]:
    """For each question, what was answered to it and to the questions of its block that seem to have the same scale.

    An answer that nobody gave to one of them was offered all the same.
    """
    pools: list[dict] = []
    for question in questions:
        cells = _answered(export, question.heading, wave)
        multiple = _multiple(export, question.heading)
        parts = cells.str.split(TICKED).explode().str.strip() if multiple else cells
        numbers = None if multiple or _labelled(export, question.heading, wave) else _numbers(cells)
        if numbers is not None and not _rating(numbers):
            pools.append({"numbers": numbers, "columns": 0})
            continue
        kind = "labels" if numbers is None else "codes"
        block = question.block or (_prefix(question) if kind == "codes" else "")
        answers = list(dict.fromkeys(parts[parts != ""] if numbers is None else numbers))
        pool = next((p for p in pools if block and p.get("block") == block and _alike(p, kind, answers)), None)
        if pool is None or multiple:
            pool = {"block": "" if multiple else block, kind: [], "columns": 0}
        pool[kind] += [a for a in answers if a not in pool[kind]]
        pool["columns"] += 1
        pools.append(pool)
    return pools


def _rating(numbers: pd.Series) -> bool:
    return bool((numbers == numbers.round()).all()) and numbers.min() >= 0 and numbers.max() <= 10


def _alike(pool: dict, kind: str, answers: list) -> bool:
    if kind == "codes" or kind not in pool:
        return kind in pool
    shared = {*pool[kind]} & {*answers}
    together = list(dict.fromkeys([*pool[kind], *answers]))
    return 2 * len(shared) >= min(len(pool[kind]), len(answers)) or usual_answers.known(together) is not None


def _prefix(question: Question) -> str:
    """The letters of a name such as Q7, which says nothing of what it measures but something of how it was asked."""
    letters = re.fullmatch(r"([^\W\d_]+)_?\d+", _code(question.heading) or "")
    return f"names with {letters.group(1)}" if letters else ""


def _scale(pool: dict, question: Question, export: Export) -> Scale | None:
    """The answer scale of a question; None for a number."""
    if "labels" in pool:
        codes = export.labels.get(question.heading, {})
        return _worded(pool["labels"], codes, question, _multiple(export, question.heading))
    return _coded(pool, question) if "codes" in pool else None


def _rated(pool: dict, columns: int) -> tuple[int, int] | None:
    """From which code to which a block of so many columns or more was rated; None if it was not."""
    codes = pool.get("codes", ())
    if pool["columns"] < columns or len(codes) < 3:
        return None
    return min(int(min(codes)), 1), next(top for top in (5, 7, 10) if max(codes) <= top)


def _worded(labels: list[str], codes: dict[float, str], question: Question, multiple: bool) -> Scale:
    """A scale of words: in the order of their codes, of a usual list, of the numbers in them, or as they came."""
    coded = {int(code): label.strip() for code, label in sorted(codes.items()) if code >= 0 and code == int(code)}
    leading = _leading(labels)
    stated = coded if {*labels} <= {*coded.values()} else leading
    usual = usual_answers.known([*stated.values()] or labels)
    name = usual.name if usual else f"{question.name}_answers"
    if usual and not stated:
        return Scale(name, dict(enumerate(usual_answers.drafted(usual, labels), start=1)), usual.ordered)
    if usual:
        return Scale(name, {c: usual_answers.translated(usual, label) for c, label in stated.items()}, usual.ordered)
    in_order = usual_answers.by_number([*stated.values()] or labels)
    stated = stated or dict(enumerate(in_order or labels, start=1))
    options = {code: {"en": label, "zh": label} for code, label in stated.items()}
    ordered = bool(in_order or leading or question.block)
    if multiple or in_order or leading:
        unsure = ""
    elif not ordered:
        unsure = "whether its answers have an order (then its kind is ordinal)"
    else:
        unsure = "" if coded else "the order of its answers, and those that nobody gave"
    return Scale(name, options, ordered, "; ".join(part for part in (unsure, _copies([*options.values()])) if part))


def _copies(words: list[dict[str, str]]) -> str:
    same = any(w["en"] == w["zh"] and any(c.isalpha() for c in w["en"]) for w in words)
    return "the words of its answers in both languages" if same else ""


def _leading(labels: list[str]) -> dict[int, str]:
    """Labels by the numbers before their words ("1 not at all", "2", … "7 completely"), {} if these are no codes."""
    found = {int(n.group(1)): label for label in labels if (n := re.match(r"\s*(\d{1,2})(?![\d.,%~～–—-]*\d)", label))}
    run = sorted(found)
    whole = len(found) == len(labels) > 1 and run[0] in (0, 1) and run[-1] - run[0] == len(run) - 1
    return {code: found[code] for code in run} if whole else {}


def _coded(pool: dict, question: Question) -> Scale:
    """A scale of codes alone: up to 5, 7 or 10 where it was rated, otherwise up to the highest that occurs."""
    low, high = _rated(pool, 2) if pool["rated"] else (min(int(min(pool["codes"])), 1), int(max(pool["codes"])))
    high = max(high, low + 1)
    many = "points" if pool["rated"] else "codes" if pool["columns"] >= 3 else ""
    name = f"{many}_{low}_to_{high}" if many else f"{question.name}_answers"
    options = {code: {"en": str(code), "zh": str(code)} for code in range(low, high + 1)}
    ordered = len(options) > 2 and not NOMINAL.search(f"{question.name} {question.text}")
    kind = " (and if they have no order, its kind is nominal)" if ordered and not pool["rated"] else ""
    return Scale(name, options, ordered, f"what each code from {low} to {high} means, in both languages{kind}")


def _merged(scale: Scale, scales: dict[str, Scale]) -> str:
    """The name of the scale among ``scales``: that of the same answers, or its own; one that is taken gets a number."""
    words = any(text[language] != str(code) for code, text in scale.options.items() for language in text)
    for other in scales.values():
        if other.options == scale.options and (words or other.name == scale.name):
            return other.name
    name, number = scale.name, 2
    while name in scales:
        name, number = f"{scale.name}_{number}", number + 1
    scales[name] = replace(scale, name=name)
    return name


def _with_kind(question: Question, scale: Scale | None, export: Export, wave: Wave) -> Question:
    if scale is None:
        numbers = _numbers(_answered(export, question.heading, wave))
        low, high = numbers.min(), numbers.max()
        return replace(question, kind="number", minimum=low, maximum=high if high > low else low + 1)
    kind = "multiple" if _multiple(export, question.heading) else "ordinal" if scale.ordered else "nominal"
    return replace(question, kind=kind, answers=scale.name)


def _may_be_item(question: Question, scales: dict[str, Scale]) -> bool:
    return question.kind == "ordinal" and len(scales[question.answers].options) >= 3


def _expected(question: Question, scale: Scale | None) -> int | None:
    asked = PLEASE.search(question.text)
    if scale is None or question.kind == "multiple" or not asked:
        return None
    text = plain(question.text[asked.start() :])
    named = {
        code: max((len(plain(word)) for word in words.values() if plain(word) in text), default=0)
        for code, words in scale.options.items()
    }
    code = max(named, key=named.__getitem__)
    return code if named[code] else None


# What measures what


def _with_runs(questions: list[Question]) -> list[Question]:
    """Likert items without a block make one where they stand next to each other with the same answers."""
    found, run, before = [], 0, None
    for question in questions:
        loose = question.kind == "likert" and not question.block
        run += loose and question.answers != before
        before = question.answers if loose else before if question.kind == "attention" else None
        found.append(replace(question, block=f"run {run}") if loose else question)
    return found


def _blocks(questions: list[Question]) -> dict[str, list[Question]]:
    """The likert items by block; a block of one item is none."""
    blocks: dict[str, list[Question]] = {}
    for question in questions:
        if question.kind == "likert":
            blocks.setdefault(question.block, []).append(question)
    return {block: items for block, items in blocks.items() if len(items) > 1}


def _reversed(items: list[Question], scales: dict[str, Scale], export: Export, wave: Wave) -> list[str]:
    """The items that run against the rest of their block (three or more), the worst turned round first."""
    if len(items) < 3:
        return []
    table = pd.DataFrame({q.name: _codes(q, scales[q.answers], export, wave) for q in items})
    turned: list[str] = []
    for _ in range(len(items) // 2):
        rest = {name: _correlation(table[name], table.drop(columns=name).mean(axis=1)) for name in table}
        worst = min(rest, key=rest.__getitem__)
        if rest[worst] >= 0 or worst in turned:
            break
        turned.append(worst)
        table[worst] = -table[worst]
        table[worst] -= table[worst].min() - 1
    return turned


def _correlation(one: pd.Series, other: pd.Series) -> float:
    """Pearson's r over the rows that have both; 0 where either does not vary."""
    both = pd.concat([one, other], axis=1).dropna()
    return float(np.corrcoef(both.T)[0, 1]) if len(both) > 2 and (both.std() > 0).all() else 0.0


def _codes(question: Question, scale: Scale, export: Export, wave: Wave) -> pd.Series:
    codes = {plain(word): float(code) for code, words in scale.options.items() for word in words.values()}
    return _answered(export, question.heading, wave).map(lambda cell: codes.get(plain(cell), np.nan)).astype(float)


def _constructs(questions: list[Question]) -> dict[str, Construct]:
    """A construct for every block, named by the prefix of its items where they have one."""
    taken, constructs = {*RESERVED, *(q.name for q in questions)}, {}
    stems = {block: _stem(items) for block, items in _blocks(questions).items()}
    for place, (block, items) in enumerate(_blocks(questions).items(), start=1):
        coded = re.fullmatch(r"[^\W\d]\w{0,19}", block) and not re.fullmatch(r"[qQ]\d+", block)
        name = block.lower().strip("_") if coded else f"construct_{place}"
        while name in taken:
            name += "_scale"
        taken.add(name)
        symbol = block.replace("_", "").upper()[:6] if coded else ""
        if not symbol or symbol in {c.symbol for c in constructs.values()}:
            symbol = f"C{place}"
        label = block if coded else f"Construct {place}"
        label = stems[block] if list(stems.values()).count(stems[block]) == 1 and stems[block] else label
        constructs[name] = Construct(symbol, label, tuple(q.name for q in items))
    return constructs


def _stem(items: list[Question]) -> str:
    """What the headings of a matrix say before its items, where they do."""
    for question in items:
        matrix, grid = MATRIX.match(question.heading), GRID.fullmatch(question.heading)
        stem = matrix.group(2) if matrix else grid.group(1) if grid and not _code(question.heading) else None
        if stem:
            return re.sub(r"\s+", " ", stem).strip()[:60]
    return ""
