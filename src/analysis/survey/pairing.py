"""Which column of a new export is which question of the study: by words, answers and place, with how sure one is."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher

import pandas as pd

from analysis.study import Study, Variable, Wave
from analysis.survey.coding import code, text_of
from analysis.survey.readers import Export
from analysis.survey.wording import TICKED, plain

ALIKE = 0.6  # from here on a column and a question are proposed as one: below, unrelated questions of a study meet
WORDS, ANSWERS = 0.85, 0.15  # shares of words and answers in a score: many questions have the same answers
IN_PLACE = 0.5  # what a column scores at least in the right place, less the half of its words: 0.3 of them suffice
SOME_WORDS = 0.3  # likeness that questions without anything in common hardly reach, in either language
BY_PLACE = 0.5  # what is shown for a column that is paired by its place and its answers alone
CODE = re.compile(r"[A-Za-z]{0,5}[_.-]?\d{1,3}(?:[_.-]\d{1,3})?")  # a heading that says nothing of its question
SAME_NAME = 0.95  # where names, or handles such as RC1, have the same letters; only equal words are surer


@dataclass(frozen=True)
class Renamed:
    """A column under another heading, and the variable that it seems to hold."""

    heading: str
    wording: str
    variable: str
    alike: float  # 0 to 1


def paired(headings: list[str], columns: dict[str, str], export: Export, study: Study) -> list[Renamed]:
    """New columns and variables without one, paired one to one so that their scores add up highest; none below ALIKE.

    Words count most: the likeness of heading or wording to the question (`WORDS`), and beside it the share of the
    answers that the variable knows (`ANSWERS`). Where a run of new columns stands between two known ones as a run of
    variables of the same length does in the codebook, the place in it counts too (`IN_PLACE`), unless the words
    contradict (below `SOME_WORDS`).
    """
    variables = [name for name in study.codebook if name not in columns]
    if not headings or not variables:
        return []
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    known = {heading: name for name, heading in columns.items()}
    new = [h for h in export.answers if h in known or h in headings]
    here = _places([known.get(h, h) for h in new], known.values())
    there = _places(list(study.codebook), known.values())

    def score(heading: str, name: str) -> float:
        words = _words_alike(heading, export.wordings.get(heading, ""), study.codebook[name], study)
        in_place = here[heading] == there[name] and words >= SOME_WORDS
        if not in_place and WORDS * words + ANSWERS < ALIKE:
            return 0.0
        answers = ANSWERS * _fitting(export, heading, study.codebook[name], study)
        return max(WORDS * words, IN_PLACE + (WORDS - IN_PLACE) * words if in_place else 0.0) + answers

    scores = np.array([[score(heading, name) for name in variables] for heading in headings])
    scores[scores < ALIKE] = 0
    pairs = zip(*linear_sum_assignment(scores, maximize=True), strict=True)
    found = [
        Renamed(headings[i], export.wordings.get(headings[i], ""), variables[j], float(scores[i, j]))
        for i, j in pairs
        if scores[i, j]
    ]
    return found + _by_place(new, known | {r.heading: r.variable for r in found}, export, study)


def _by_place(new: list[str], known: dict[str, str], export: Export, study: Study) -> list[Renamed]:
    """Runs of columns with mere codes for headings, Q1 to Q5, where as many items stand in the codebook.

    Beside one known column at least, and only if all answers of the whole run are answers of these items.
    """
    here = _places([known.get(h, h) for h in new], known.values())
    there = {place: name for name, place in _places(list(study.codebook), known.values()).items()}
    runs: dict[tuple, list[Renamed]] = {}
    for heading, place in here.items():
        name = there.get(place)
        coded = CODE.fullmatch(heading) and plain(export.wordings.get(heading, "")) in ("", plain(heading))
        if name is None or place[:2] == (None, None) or not coded or study.codebook[name].kind != "likert":
            continue
        if _fitting(export, heading, study.codebook[name], study) == 1:
            runs.setdefault(place[:3], []).append(Renamed(heading, "", name, BY_PLACE))
    return [renamed for place, run in runs.items() if len(run) == place[2] >= 2 for renamed in run]


def _places(names: list[str], known: Collection[str]) -> dict[str, tuple]:
    """Where each unknown one of a row of names stands: between which known ones, in a run of how many, and where."""
    places, run, before = {}, [], None
    for name in [*names, None]:
        if name is None or name in known:
            places |= {other: (before, name, len(run), n) for n, other in enumerate(run)}
            run, before = [], name
        else:
            run.append(name)
    return places


def _words_alike(heading: str, wording: str, variable: Variable, study: Study) -> float:
    """How alike a column and a question are in their words, 0 to 1."""
    if _letters(heading) == _letters(variable.name) or _letters(wording) in map(_letters, _handles(variable, study)):
        return SAME_NAME
    parts = [part for part in (*_parts(heading), *_parts(wording)) if part]
    return max(alike(part, text) for text in _texts(variable) for part in parts)


def _handles(variable: Variable, study: Study) -> list[str]:
    """What an item may be called for short: the label, name or symbol of what it measures, and its number there."""
    handles = []
    for name, items in study.scales().items():
        if variable.name in items:
            symbol = study.constructs[name].symbol if name in study.constructs else name
            number = items.index(variable.name) + 1
            handles += [f"{word}{number}" for word in (study.label(name).zh, study.label(name).en, name, symbol)]
    return handles


def _texts(variable: Variable) -> tuple[str, ...]:
    return tuple(dict.fromkeys((variable.text.zh, variable.text.en)))


def _parts(text: str) -> list[str]:
    """A text as a whole, and what stands behind a stem: "stem—item", "stem: item", "stem - item", "stem [item]"."""
    bracket = re.search(r"\[([^\[\]]+)\]\s*$", text)
    behind = re.split(r"—+|–+|\s-\s|[:：]", text)[-1]
    return [part for part in dict.fromkeys((text, behind, bracket.group(1) if bracket else "")) if part.strip()]


def _letters(text: str) -> str:
    """Text for comparison: letters and digits alone, numbers without leading zeros."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", plain(text)))


def alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, _letters(one), _letters(other), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.3 else 0.0


def _same(wording: str, text: str) -> bool:
    """Whether two wordings have the same letters; a stem before the item, or an end cut off, does not matter."""
    if len(_letters(wording)) >= 20 and _letters(text).startswith(_letters(wording)):
        return True
    return any(_letters(part) == _letters(text) for part in _parts(wording))


def nearest_text(wording: str, variable: Variable) -> str:
    return max(_texts(variable), key=lambda text: max((alike(part, text) for part in _parts(wording)), default=0))


def words_changed(held: dict[str, str], export: Export, study: Study) -> dict[str, str]:
    """Variables whose words in the file differ from those of the codebook, and the words in the file."""
    found = {}
    for name, heading in held.items():
        variable = study.codebook[name]
        wording = export.wordings.get(heading) or ("" if _letters(heading) == _letters(name) else heading)
        label = (variable.label.en, variable.label.zh) if variable.label else ()
        known = (*_texts(variable), *label, name, *_handles(variable, study))
        if wording and name not in _texts(variable) and not any(_same(wording, text) for text in known):
            found[name] = re.sub(r"\s+", " ", wording).strip()
    return found


def _fitting(export: Export, heading: str, variable: Variable, study: Study) -> float:
    """The share of the different answers in a column that the variable knows."""
    wave = Wave(file="", reader="csv")
    different = list(answer_counts(export, heading))
    if variable.kind == "identifier" or not different:
        return 0.0
    return 1 - len(uncoded(heading, variable, export, study, wave)) / len(different)


def answer_counts(export: Export, heading: str) -> Counter:
    """The different answers of a column, in the order in which they come, and how often each was given."""
    cells = export.answers[heading].dropna()
    return Counter(cells.str.split(TICKED).explode() if heading in export.multiple else cells)


def uncoded(heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> list[str]:
    """The different answers of a column that the variable does not know in this wave."""
    different = list(answer_counts(export, heading))
    if all_known(different, heading, variable, export, study, wave):
        return []
    return [text_of(value) for value in different if not all_known([value], heading, variable, export, study, wave)]


def all_known(values: list, heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> bool:
    cells, labels = pd.Series(values, dtype=object, name=heading), export.labels.get(heading, {})
    return not code(cells, variable, study, wave, labels, heading in export.multiple).faults
