"""A new wave: what the file shares with the codebook, a proposal for what differs, and the lines in the study file."""

import re
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd
import yaml

from analysis import study as studies
from analysis.errors import UserError, listed
from analysis.files import read_text, sha256
from analysis.study import Study, Text, Variable, Wave
from analysis.survey import privacy, readers, registry, usual_answers
from analysis.survey.coding import TICKED, code, text_of
from analysis.survey.drafting import MOST_OPTIONS, missing_codes
from analysis.survey.matching import by_themselves
from analysis.survey.readers import Export, plain
from analysis.survey.waves import clean

ALIKE = 0.6  # from here on a column and a question are proposed as one
SURE = 0.85
NEAR = 0.75  # from here on an answer is proposed to mean one of the scale
NEGATED = re.compile(r"\b(not|no|never|hardly|without|un\w+|\w+n't)\b|[不没无非难未]", re.I)
WIDTH = 120  # of a line in the study file
MOST = 8  # renames that are sure, not asked and new columns that are shown; all stand in the entry below them


@dataclass(frozen=True)
class Renamed:
    """A column under another heading, and the variable that it seems to hold."""

    heading: str
    wording: str
    variable: str
    alike: float  # 0 to 1


@dataclass(frozen=True)
class Proposal:
    """A wave as it could be added: the exceptions found, why, and what is still in the way."""

    study: Study
    study_file: Path
    export: Path
    name: str
    wave: Wave  # with its place in data/raw and with all proposed exceptions
    matching: int  # columns that match by themselves
    renamed: tuple[Renamed, ...]
    reworded: dict[str, str]  # variable -> the words here
    personal: dict[str, int]  # kind -> columns
    unknown: dict[str, tuple[str, ...]]  # scale -> answers that it does not know
    rows: int
    kept: int | None  # None where the wave cannot be cleaned
    faults: str  # why it cannot

    @property
    def decisions(self) -> bool:
        """Whether anything in this wave is for a person to decide."""
        return bool(_exceptions(self.wave))

    def text(self) -> str:
        """The proposal on one screen, in plain words: headings, wordings and options, but no cells."""
        kept = "" if self.kept is None else f", of which the screening rules keep {self.kept}"
        parts = [
            f"{self.export.name}, read as {self.wave.reader}: {self.rows} rows{kept}.\n"
            f"{self.matching} of the {len(self.study.codebook)} variables of the codebook are found by heading or "
            f"wording.{self._personal()}",
            *self._columns(),
            *self._answers(),
        ]
        if self.decisions:
            entry = "\n".join(wave_lines(self.name, self.wave, indent=2))
            parts.append(f"What would be written into {self.study_file} under waves:\n{entry}")
        if self.faults:
            faults = listed(self.faults.splitlines(), most=5)
            parts.append(f"Still in the way, so this wave cannot be added yet:\n{_indented(faults.splitlines())}")
        return "\n\n".join(parts)

    def advice(self) -> str:
        """How to add the wave in another way than proposed."""
        return (
            f"To decide otherwise, copy the file to {self.wave.file}, put the wave into {self.study_file} "
            f"yourself, and run:  python -m analysis register {self.study_file}"
        )

    def _personal(self) -> str:
        if not self.personal:
            return ""
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.personal.items())
        return f" Personal columns, left behind: {kinds}."

    def _columns(self) -> Iterable[str]:
        codebook, wave = self.study.codebook, self.wave
        if self.renamed:
            unsure = [found for found in self.renamed if found.alike < SURE]
            sure = [found for found in self.renamed if found.alike >= SURE]
            lines = [line for found in (*unsure, *sure[:MOST]) for line in self._renamed(found)]
            lines += [f"… and {len(sure) - MOST} more that are as sure; they stand below"] if len(sure) > MOST else []
            yield f"Columns under another heading (rename):\n{_indented(lines)}"
        if self.reworded:
            lines = []
            for name, wording in self.reworded.items():
                text = _nearest_text(wording, codebook[name])
                lines += [f"{name}: {wording}", f"    in the codebook: {text}"]
                if bool(NEGATED.search(wording)) != bool(NEGATED.search(text)):
                    lines.append("    careful: only one of the two is negated; do they mean the same?")
            yield f"Asked in other words, so no anchor of invariance (reworded):\n{_indented(lines)}"
        if wave.not_asked:
            lines = [f"{name}: {codebook[name].text.zh} / {codebook[name].text.en}" for name in wave.not_asked]
            lines = listed(lines, MOST).splitlines()
            yield f"In the codebook, but no column holds it (not_asked):\n{_indented(lines)}"
        if wave.ignore:
            lines = listed([" ".join(heading.split()) for heading in wave.ignore], MOST).splitlines()
            yield f"Columns that the codebook does not know (ignore):\n{_indented(lines)}"

    def _renamed(self, found: Renamed) -> tuple[str, str]:
        sure = "sure" if found.alike >= SURE else "likely: please compare"
        text = _nearest_text(found.wording or found.heading, self.study.codebook[found.variable])
        said = "" if plain(found.wording) in plain(found.heading) else f" ({found.wording})"
        return f'"{found.heading}"{said}', f"    is {found.variable}: {text} ({found.alike:.0%}, {sure})"

    def _answers(self) -> Iterable[str]:
        study, wave = self.study, self.wave
        if wave.missing:
            yield f"Codes that mean no answer (missing): {', '.join(map(str, wave.missing))}"
        if wave.rescaled:
            groups: dict[tuple[str, str], list[str]] = {}
            for name, other in wave.rescaled.items():
                own = study.codebook[name].answers if name in study.codebook else name
                groups.setdefault((other, own), []).append(name)
            lines = [f"{', '.join(names)}: {other} instead of {own}" for (other, own), names in groups.items()]
            yield f"Asked on another answer scale, which is stretched (rescaled):\n{_indented(lines)}"
        if wave.recode:
            lines = []
            for name, answers in wave.recode.items():
                options = _options(study, wave, name)
                lines += [f'{name}: "{a}" as {c} ({options[c].zh} / {options[c].en})' for a, c in answers.items()]
            yield f"Answers in other words (recode):\n{_indented(lines)}"
        if self.unknown:
            lines = [f"{scale}: {', '.join(map(flow, answers[:10]))}" for scale, answers in self.unknown.items()]
            yield (
                "Answers that their scale does not know. Say under the wave which of its answers they are (recode), "
                "add them to it under answers, or define there the scale on which this wave was asked (rescaled):\n"
                f"{_indented(lines)}"
            )
        if wave.no_duration:
            yield "The file does not say how long anyone took, so rules on time are not applied (no_duration)."


def propose(study_file: str | Path, export_file: str | Path, name: str) -> Proposal:
    """How an export could become wave ``name`` of a study; nothing is written.

    Columns are matched by heading and wording; the others are paired with the variables left over by the likeness of
    their texts (difflib, in either language; answers that fit the scale raise it), one to one with the highest sum.
    Raises `UserError` if the wave is there already, or if no reader knows the file.
    """
    study_file, export_file = Path(study_file), Path(export_file)
    study = studies.load(study_file, draft=True)
    _refuse(study, study_file, export_file, name)
    here = readers.recognise(export_file)
    here = here.model_copy(update={"missing": _missing(readers.read(here), study, here)})
    export = readers.read(here)

    known = by_themselves(export, study)
    columns: dict[str, str] = {}
    for heading, variable in known.items():
        columns.setdefault(variable, heading)
    left = [heading for heading in export.answers if heading not in known]
    personal, new = {k: n for k, (n, _) in export.private.items()}, []
    for heading in left:
        kind = privacy.kind_of(heading, export.wordings.get(heading, ""), export.answers[heading])
        if kind:
            personal[kind] = personal.get(kind, 0) + 1
        else:
            new.append(heading)
    renamed = _paired(new, columns, export, study)
    held = columns | {r.variable: r.heading for r in renamed}
    reworded = _reworded(held, export, study)
    taken = {r.heading for r in renamed}
    timed = study.screening.seconds_per_item or study.screening.minimum_seconds
    here = here.model_copy(
        update={
            "rename": {r.heading: r.variable for r in renamed},
            "ignore": tuple(h for h in new if h not in taken),
            "not_asked": tuple(n for n in study.codebook if n not in held),
            "reworded": tuple(reworded),
            "no_duration": bool(timed) and "seconds" not in export.visits,
        }
    )
    here, unknown = _answered_otherwise(here, held, export, study)
    rows, kept, faults = len(export.answers), None, ""
    try:
        if study.items and held.keys().isdisjoint(study.items):
            raise UserError(
                "No column holds an item of a construct: no heading and no wording is one of the codebook. Say under "
                "the wave which column holds what (rename), or use the names of the codebook as headings."
            )
        ledger = clean(study.model_copy(update={"waves": {**study.waves, name: here}}), name).ledger
        kept = int((ledger["status"] == "kept").sum())
    except UserError as error:
        faults = str(error)
    return Proposal(
        study=study,
        study_file=study_file,
        export=export_file,
        name=name,
        wave=here.model_copy(update={"file": _target(study, export_file).as_posix()}),
        matching=len(columns),
        renamed=tuple(renamed),
        reworded=reworded,
        personal=personal,
        unknown=unknown,
        rows=rows,
        kept=kept,
        faults=faults,
    )


def add_wave(proposal: Proposal) -> str:
    """Add a proposed wave to its study; returns what was done, in words.

    The export is copied to data/raw/<study>/ if it is elsewhere, its entry is written into the study file, of which
    every other byte stays, and its checksum is registered. Raises `UserError`, before anything is written, if the wave
    cannot be cleaned or if another file stands in its place.
    """
    if proposal.faults:
        raise UserError("Nothing was added.")
    target = Path(proposal.wave.file)
    at_home = target.exists() and target.samefile(proposal.export)
    if target.exists() and not at_home:
        raise UserError(f"{target.as_posix()} exists already; rename the new export.")
    text = with_wave(read_text(proposal.study_file), proposal.name, proposal.wave)
    if not at_home:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(proposal.export, target)
    proposal.study_file.write_text(text, encoding="utf-8", newline="")
    registry.register(studies.load(proposal.study_file, draft=True))
    return (
        f"Wave {proposal.name}: {target.as_posix()}, read as {proposal.wave.reader}, {proposal.rows} rows, "
        f"{proposal.kept} kept by the screening rules.\nIt was added to {proposal.study_file}. "
        f"Now run: make study={proposal.study_file.as_posix()}"
    )


def _refuse(study: Study, study_file: Path, export: Path, name: str) -> None:
    if not re.fullmatch(r"\w+", name):
        raise UserError(f'"{name}" cannot name a wave: use letters, digits and _ only.')
    if name in study.waves:
        raise UserError(f"{study_file}: wave {name} is there already, with the file {study.waves[name].shown}.")
    if not export.is_file():
        raise UserError(f"{export} is a folder, not a file." if export.is_dir() else f"{export} does not exist.")
    registry.verify(study, study_file)
    for other, wave in study.waves.items():
        if sha256(wave.path) == sha256(export):
            raise UserError(f"{export} is registered already: it holds the same bytes as wave {other}, {wave.shown}.")


def _target(study: Study, export: Path) -> Path:
    """Where the export will stand, or stands: in data/raw/<study>/."""
    home = Path("data/raw") / study.name
    at_home = home.resolve() in export.resolve().parents
    return home / (export.resolve().relative_to(home.resolve()) if at_home else export.name)


# Which column is which question


def _paired(headings: list[str], columns: dict[str, str], export: Export, study: Study) -> list[Renamed]:
    """New columns and variables without one, paired one to one so that their scores add up highest; none below ALIKE.

    Words count most: with 0.85 the likeness of heading or wording to the question, and with 0.15 the share of the
    answers that the variable knows. Where a run of new columns stands between two known ones as a run of variables of
    the same length does in the codebook, the place in it counts as much as the words, unless the words contradict.
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
        if not (same_place := here[heading] == there[name] and words >= 0.3) and words < ALIKE - 0.15:
            return 0.0
        answers = _fitting(export, heading, study.codebook[name], study)
        return max(0.85 * words + 0.15 * answers, (0.5 + 0.35 * words + 0.15 * answers) if same_place else 0.0)

    scores = np.array([[score(heading, name) for name in variables] for heading in headings])
    scores[scores < ALIKE] = 0
    pairs = zip(*linear_sum_assignment(scores, maximize=True), strict=True)
    return [
        Renamed(headings[i], export.wordings.get(headings[i], ""), variables[j], float(scores[i, j]))
        for i, j in pairs
        if scores[i, j]
    ]


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
        return 0.95
    parts = [part for part in (*_parts(heading), *_parts(wording)) if part]
    return max(_alike(part, text) for text in _texts(variable) for part in parts)


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


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, _letters(one), _letters(other), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.3 else 0.0


def _same(wording: str, text: str) -> bool:
    """Whether two wordings have the same letters; a stem before the item, or an end cut off, does not matter."""
    if len(_letters(wording)) >= 20 and _letters(text).startswith(_letters(wording)):
        return True
    return any(_letters(part) == _letters(text) for part in _parts(wording))


def _nearest_text(wording: str, variable: Variable) -> str:
    return max(_texts(variable), key=lambda text: max((_alike(part, text) for part in _parts(wording)), default=0))


def _reworded(held: dict[str, str], export: Export, study: Study) -> dict[str, str]:
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


# How it was answered


def _fitting(export: Export, heading: str, variable: Variable, study: Study) -> float:
    """The share of the different answers in a column that the variable knows."""
    wave = Wave(file="", reader="csv")
    different = _different(export, heading)
    if variable.kind == "identifier" or not different:
        return 0.0
    return 1 - len(_uncoded(heading, variable, export, study, wave)) / len(different)


def _different(export: Export, heading: str) -> list:
    cells = export.answers[heading].dropna()
    return list((cells.str.split(TICKED).explode() if heading in export.multiple else cells).unique())


def _uncoded(heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> list[str]:
    """The different answers of a column that the variable does not know in this wave."""
    different = _different(export, heading)
    if _known(different, heading, variable, export, study, wave):
        return []
    return [text_of(value) for value in different if not _known([value], heading, variable, export, study, wave)]


def _known(values: list, heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> bool:
    cells, labels = pd.Series(values, dtype=object, name=heading), export.labels.get(heading, {})
    return not code(cells, variable, study, wave, labels, heading in export.multiple).faults


def _missing(export: Export, study: Study, wave: Wave) -> tuple[int, ...]:
    """Negative codes in the file that no variable of the codebook allows."""

    def allowed(number: int) -> bool:
        return any(
            number in study.options(v.name) or (v.kind == "number" and v.minimum <= number)
            for v in study.codebook.values()
        )

    return tuple(number for number in missing_codes(export, wave) if not allowed(number))


def _answered_otherwise(
    wave: Wave, held: dict[str, str], export: Export, study: Study
) -> tuple[Wave, dict[str, tuple[str, ...]]]:
    """The wave with what its scales do not know put right as far as can be told, and by scale the answers that remain.

    Answers that all fit one other scale of the study mean that it was asked there. An answer near one of the scale
    means that one, unless this was given in its own words too.
    """
    rescaled, recode, unknown = {}, {}, {}
    for name, heading in held.items():
        variable = study.codebook[name]
        if variable.answers is None or not (answers := _uncoded(heading, variable, export, study, wave)):
            continue
        others = _other_scales(heading, variable, export, study, wave)
        if len(others) == 1:
            rescaled[name] = others[0]
            continue
        if len(answers) > MOST_OPTIONS:  # no options of a scale, so that none is shown
            continue
        options = study.answers[variable.answers]
        same_scale = [h for n, h in held.items() if study.codebook[n].answers == variable.answers]
        given = {plain(text_of(value)) for h in same_scale for value in _different(export, h)}
        for answer in answers:
            near = _near(answer, options)
            if near is not None and given.isdisjoint(plain(options[near][language]) for language in ("en", "zh")):
                recode.setdefault(variable.answers, {})[answer] = near
            elif privacy.masked(answer) == answer:
                unknown.setdefault(variable.answers, {})[answer] = None
    for scale in study.answers:
        names = [v.name for v in study.codebook.values() if v.answers == scale]
        if names and names[0] in rescaled and len({rescaled.get(n) for n in names}) == 1:  # all of it at once
            rescaled = {scale: rescaled[names[0]]} | {n: s for n, s in rescaled.items() if n not in names}
    remaining = {scale: tuple(answers) for scale, answers in unknown.items()}
    return wave.model_copy(update={"rescaled": rescaled, "recode": recode}), remaining


def _other_scales(heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> list[str]:
    """The other answer scales of the study that know all answers of a column."""
    if variable.kind not in ("likert", "ordinal"):
        return []
    different = _different(export, heading)
    return [
        scale
        for scale in study.answers
        if scale != variable.answers
        and _known(different, heading, variable.model_copy(update={"answers": scale}), export, study, wave)
    ]


def _near(answer: str, options: dict[int, Text]) -> int | None:
    """The answer of a scale that means the same in a usual list, or else the only one whose words are near.

    Labels that only one of the two negates are not near, however alike they look.
    """
    for language in ("en", "zh"):
        usual = usual_answers.known([words[language] for words in options.values()])
        same = usual and [c for c, words in options.items() if usual.place(words[language]) == usual.place(answer)]
        if usual and usual.place(answer) is not None:
            return same[0] if same else None
    language = usual_answers.language_of(answer)
    alike = {c: _alike(answer, words[language]) for c, words in options.items()}
    first, second = sorted(alike, key=alike.__getitem__, reverse=True)[:2]
    negated = bool(NEGATED.search(answer)) != bool(NEGATED.search(options[first][language]))
    return None if negated or alike[first] < NEAR or alike[first] - alike[second] < 0.05 else first


# What is written


def with_wave(text: str, name: str, wave: Wave) -> str:
    """The text of a study file with one more wave at the end of its waves; every other line stays as it is."""
    root = yaml.compose(text)
    waves = next(value for key, value in root.value if key.value == "waves")
    if waves.flow_style:
        raise UserError("The waves of this study stand on one line in braces; put each on a line of its own first.")
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[-1].endswith("\n"):
        lines[-1] += ending
    end = waves.value[-1][1].end_mark
    last = end.line + 1 if end.column > 0 and lines[end.line].strip() else end.line
    while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
        last -= 1
    entry = wave_lines(name, wave, indent=waves.value[0][0].start_mark.column)
    return "".join([*lines[:last], *(line + ending for line in entry), *lines[last:]])


def wave_lines(name: str, wave: Wave, indent: int) -> list[str]:
    """A wave as it stands in a study file: on one line if it fits, otherwise a line a key, or an entry."""
    entry = {"file": wave.file, "reader": wave.reader} | _exceptions(wave)
    before = " " * indent
    line = f'{before}"{name}": {flow(entry)}'
    if len(line) <= WIDTH:
        return [line]
    lines = [f'{before}"{name}":']
    for key, value in entry.items():
        line = f"{before}  {key}: {flow(value)}"
        if len(line) <= WIDTH or not isinstance(value, dict | list):
            lines.append(line)
        elif isinstance(value, dict):
            lines += [f"{before}  {key}:", *(f"{before}    {flow({k: v})[1:-1]}" for k, v in value.items())]
        else:
            lines += [f"{before}  {key}:", *(f"{before}    - {flow(item)}" for item in value)]
    return lines


def _exceptions(wave: Wave) -> dict:
    """What a wave says beyond its file and reader."""
    stated = wave.model_dump(mode="json", exclude={"file", "reader"}, exclude_defaults=True)
    return {key: value for key, value in stated.items() if value}


def flow(value: object) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _options(study: Study, wave: Wave, name: str) -> dict[int, Text]:
    """The answers of a scale, or of a variable as it was asked in this wave."""
    return study.answers[wave.scale(study.codebook[name]) if name in study.codebook else wave.rescaled.get(name, name)]


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
