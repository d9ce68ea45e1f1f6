"""Which column of an export holds which variable of the codebook, and which are personal; any other is refused."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from analysis.errors import UserError, listed, nearest
from analysis.study import Study, Wave
from analysis.survey import privacy
from analysis.survey.readers import Export, plain
from analysis.survey.readers.export import count
from analysis.survey.wording import without_any_number


@dataclass(frozen=True)
class Matched:
    """What the columns of one export are."""

    columns: dict[str, str] = field(default_factory=dict)  # variable -> heading
    renamed: frozenset[str] = frozenset()  # variables that were found by the word of the wave alone
    private: dict[str, tuple[int, int]] = field(default_factory=dict)  # kind -> (columns, filled cells) left behind


def match(export: Export, study: Study, wave: Wave) -> Matched:
    """Find the column of every variable: by the wave's own word (rename), by name, by wording in either language.

    Headings are compared in plain form (`readers.plain`), as they are and without question numbers. A wording that
    two variables share says nothing. What the wave ignores is not looked at unless it is renamed. A column that is no
    variable is left behind if it is personal (`privacy.kind_of`). Raises `UserError` for any other, for a
    variable that was asked but not found or found twice, and for one that was not asked but has answers.
    """
    known, shared = _known(study)
    renames = {plain(heading): name for heading, name in wave.rename.items() if heading not in export.answers}
    literal = {plain(heading) for heading in export.answers} & {plain(entry) for entry in wave.ignore}
    columns: dict[str, str] = {}
    renamed, left_behind, ignored = set(), {}, {}
    faults = [
        f'{wave.shown}: the study renames the column "{heading}", which the file does not have.'
        f"{nearest(heading, [h for h in export.answers if privacy.shown(h) == h], few=0)}"
        for heading in wave.rename
        if heading not in export.answers and plain(heading) not in map(plain, export.answers)
    ]
    for heading in export.answers:
        stated = wave.rename.get(heading, renames.get(plain(heading)))
        if stated is None and _ignored(heading, wave, literal):
            if kind := privacy.kind_of(heading, export.wordings.get(heading, ""), export.answers[heading]):
                left_behind[heading] = kind
            ignored |= {known[f]: heading for f in _forms(heading, export.wordings.get(heading, "")) if f in known}
            continue
        forms = list(_forms(heading, export.wordings.get(heading, "")))
        name = stated or next((known[form] for form in forms if form in known), None)
        if name in wave.not_asked:
            if privacy.filled(export.answers[heading]):
                faults.append(
                    f'{wave.shown}, column "{privacy.shown(heading)}": the study says that "{name}" was not asked, '
                    "but here it is."
                )
        elif name in columns:
            both = f'"{privacy.shown(columns[name])}" and "{privacy.shown(heading)}"'
            faults.append(f'{wave.shown}: the columns {both} both hold "{name}".')
        elif name:
            columns[name] = heading
            if stated and not any(known.get(form) == stated for form in forms):
                renamed.add(name)
        elif kind := privacy.kind_of(heading, export.wordings.get(heading, ""), export.answers[heading]):
            left_behind[heading] = kind
        else:
            owners = next((shared[form] for form in forms if form in shared), ())
            faults.append(
                _unknown(heading, export.wordings.get(heading, ""), owners, study, wave, export.answers.columns)
            )
    faults += [
        f'{wave.shown}: no column holds "{name}" ({variable.text.zh} / {variable.text.en}). '
        f"{_if_not_asked(name, ignored.get(name), export)}{_set_apart(name, known, export)}"
        for name, variable in study.codebook.items()
        if name not in columns and name not in wave.not_asked
    ]
    if faults:
        taken = ", ".join(f'"{privacy.shown(heading)}" ({kind})' for heading, kind in left_behind.items())
        note = f"\nLeft behind as personal data: {taken}. If one is a variable, name it under rename." if taken else ""
        raise UserError(listed(faults) + note)
    private = dict(export.private)
    for heading, kind in left_behind.items():
        count(private, kind, export.answers[heading])
    return Matched(columns, frozenset(renamed), private)


def by_themselves(export: Export, study: Study) -> dict[str, str]:
    """The variable of every heading that is known by its name or its wording, without a word of the wave."""
    known, _ = _known(study)
    forms = {heading: _forms(heading, export.wordings.get(heading, "")) for heading in export.answers}
    found = {heading: next((known[f] for f in texts if f in known), None) for heading, texts in forms.items()}
    return {heading: name for heading, name in found.items() if name}


def _if_not_asked(name: str, ignored: str | None, export: Export) -> str:
    if ignored:
        return (
            f'The wave ignores the column "{privacy.shown(ignored)}", which would hold it: take that from ignore, or, '
            f"if this wave did not ask it, say not_asked: [{name}] too."
        )
    if any(_again(heading, export.answers.columns) for heading in export.answers):
        return "It may be one of the columns that share a heading."
    return f"If this wave did not ask it, say not_asked: [{name}] under the wave."


def _set_apart(name: str, known: dict[str, str], export: Export) -> str:
    """A word on the column that the reader took for the platform's own, if the variable is known by its heading."""
    taken = (h for h in export.apart if any(known.get(form) == name for form in _forms(h, "")))
    return "".join(
        f' The column "{privacy.shown(h)}" of the file was taken for one of the platform\'s own; '
        f'to keep it, say rename: {{"{privacy.shown(h)}": {name}}}.'
        for h in taken
    )


def _known(study: Study) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Variable by name and by wording in plain form, and the wordings that several variables share."""
    owners = defaultdict(dict)
    for name, variable in study.codebook.items():
        for language in ("en", "zh"):
            owners[plain(variable.text[language])][name] = None
    known = {wording: next(iter(names)) for wording, names in owners.items() if len(names) == 1}
    names = {plain(name): name for name in study.codebook}
    return known | names, {wording: tuple(n) for wording, n in owners.items() if len(n) > 1 and wording not in names}


def _ignored(heading: str, wave: Wave, literal: set[str]) -> bool:
    """Whether the wave ignores a column: an entry that is a heading of the file stands for it alone."""
    return plain(heading) in literal or any(
        fnmatchcase(heading, entry) for entry in wave.ignore if plain(entry) not in literal
    )


def _forms(heading: str, wording: str) -> Iterator[str]:
    """The plain forms under which a column may be known: as it stands first, then without its question numbers."""
    texts = [text for text in (heading, wording) if text]
    while texts:
        yield from map(plain, texts)
        texts = [unicodedata.normalize("NFKC", text) for text in texts]
        texts = [rest for text in texts if (rest := without_any_number(text)) != text]


def _again(heading: str, headings: Collection[str]) -> str | None:
    """The heading that is there again, of one to which the reader gave a number: "Sex" of "Sex (2)"."""
    first = re.fullmatch(r"(.+) \(\d+\)", heading, re.S)
    return first[1] if first and first[1] in headings else None


def _unknown(
    heading: str, wording: str, owners: tuple[str, ...], study: Study, wave: Wave, headings: Collection[str]
) -> str:
    place = f'{wave.shown}: the column "{privacy.shown(heading)}" is in no row of the codebook.'
    if first := _again(heading, headings):
        return (
            f'{wave.shown}: two columns have the heading "{privacy.shown(first)}"; the later one is called '
            f'"{privacy.shown(heading)}" here. Say under the wave which variable each holds, such as '
            f'rename: {{"{privacy.shown(heading)}": VARIABLE}}, or leave one out: ignore: ["{privacy.shown(heading)}"].'
        )
    if owners:
        return (
            f"{place} Its wording is that of {' and of '.join(owners)}; "
            f'say which it is under the wave: rename: {{"{privacy.shown(heading)}": {owners[0]}}}'
        )
    if privacy.shown(heading) == privacy.HIDDEN:
        return f"{place} It looks like an answer: has the file no row of headings?"
    words = [v.text[language] for v in study.codebook.values() for language in ("zh", "en")]
    hint = nearest(heading, study.codebook, few=0) or nearest(wording or heading, words, few=0)
    return f"{place}{hint} Name it in the study file (rename or ignore, under this wave) or in the codebook."
