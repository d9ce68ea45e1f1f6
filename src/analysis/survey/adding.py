"""A new wave: what the file shares with the codebook, a proposal for what differs, and the lines in the study file."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import study as studies
from analysis.errors import UserError, listed
from analysis.files import encoding_of, read_text, sha256
from analysis.study import Study, Text, Variable, Wave
from analysis.survey import privacy, readers, registry, usual_answers
from analysis.survey.coding import OFTEN, number, text_of
from analysis.survey.drafting import MOST_OPTIONS, missing_codes
from analysis.survey.duplicates import common_rows
from analysis.survey.harmonise import harmonise, is_for_likert
from analysis.survey.matching import by_themselves
from analysis.survey.pairing import (
    BY_PLACE,
    Renamed,
    alike,
    all_known,
    answer_counts,
    nearest_text,
    paired,
    uncoded,
    words_changed,
)
from analysis.survey.readers import Export, plain
from analysis.survey.study_text import exceptions, flow, wave_lines, with_wave
from analysis.survey.waves import clean
from analysis.survey.wording import says_nothing

SURE = 0.85  # from here on a column is shown as surely paired: as all words would be with answers that do not fit
NEAR = 0.75  # from here on an answer is proposed to mean one of the scale: "Strongly agreed", not "Rather agree"
CLEARLY = 0.05  # by so much more than the next answer of the scale
FEW = 5  # answers; fewer agree by chance
NO_ITEM = (
    "No column holds an item of a construct: no heading and no wording is one of the codebook. Say under "
    "the wave which column holds what (rename), or use the names of the codebook as headings."
)
NEGATED = re.compile(r"\b(not|no|never|hardly|without|un\w+|\w+n't)\b|[不没无非难未]", re.I)
MOST = 8  # renames that are sure, not asked and new columns that are shown; all stand in the entry below them


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
    copies: dict[str, tuple[int, bool]]  # wave -> rows that it has too, and whether the times were compared

    @property
    def decisions(self) -> bool:
        """Whether anything in this wave is for a person to decide."""
        return bool(exceptions(self.wave))

    def text(self) -> str:
        """The proposal on one screen, in plain words: headings, wordings and options, but no cells."""
        kept = "" if self.kept is None else f", of which the screening rules keep {self.kept}"
        found = (
            f"{self.export.name}, read as {self.wave.reader}: {self.rows} rows{kept}.\n"
            f"{self.matching} of the {len(self.study.codebook)} variables of the codebook are found by heading or "
            f"wording.{self._personal()}"
        )
        if self.faults == NO_ITEM:
            return f"{found}\n\n{self.faults}"
        parts = [found, *self._copies(), *self._columns(), *self._answers()]
        if self.decisions:
            entry = "\n".join(wave_lines(self.name, self.wave, indent=2))
            parts.append(f"What would be written into {self.study_file} under waves:\n{entry}")
        if self.faults:
            faults = listed(self._faults_once(), most=5)
            parts.append(f"Still in the way, so this wave cannot be added yet:\n{_indented(faults.splitlines())}")
        return "\n\n".join(parts)

    def advice(self) -> str:
        """How to add the wave in another way than proposed."""
        return (
            f"To decide otherwise, copy the file to {self.wave.file}, put the wave into {self.study_file} "
            f"yourself, and run:  python -m analysis register {self.study_file}"
        )

    def _faults_once(self) -> list[str]:
        """The faults; of an answer that a scale does not know, the first alone."""
        lines, told = [], set()
        for line in self.faults.splitlines():
            answer = re.search(r'"([^"]*)" is no answer to "(\w+)"', line)
            what = (answer[1], self.study.codebook[answer[2]].answers) if answer else line
            if what not in told:
                lines.append(line)
            told.add(what)
        return lines

    def _personal(self) -> str:
        if not self.personal:
            return ""
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.personal.items())
        return f" Personal columns, left behind: {kinds}."

    def _copies(self) -> Iterable[str]:
        for wave, (rows, timed) in self.copies.items():
            times = " and in the time of submission" if timed else ""
            yield (
                f"Careful: {rows} of the {self.rows} rows are equal to rows of wave {wave} in all answers that both "
                f"asked for{times}. Is this file a later download of the same survey? Then export the new rows alone."
            )

    def _columns(self) -> Iterable[str]:
        codebook, wave = self.study.codebook, self.wave
        if self.renamed:
            sure = [found for found in self.renamed if self._is_sure(found)]
            unsure = [found for found in self.renamed if found not in sure]
            lines = [line for found in (*unsure, *sure[:MOST]) for line in self._renamed(found)]
            lines += [f"… and {len(sure) - MOST} more that are as sure; they stand below"] if len(sure) > MOST else []
            yield f"Columns under another heading (rename):\n{_indented(lines)}"
        if self.reworded:
            lines = []
            for name, wording in self.reworded.items():
                text = nearest_text(wording, codebook[name])
                lines += [f"{name}: {wording}", f"    in the codebook: {text}"]
                if bool(NEGATED.search(wording)) != bool(NEGATED.search(text)):
                    lines.append("    careful: only one of the two is negated; do they mean the same?")
                    codes = sorted(self.study.options(name))
                    turned = ", ".join(f'"{c}": {t}' for c, t in zip(codes, reversed(codes), strict=True))
                    turned = f"recode: {{{name}: {{{turned}}}}} (or the words of the file for the codes)"
                    lines += [f"    if not, turn it round: {turned}"] if codes else []
            yield f"Asked in other words, so no anchor of invariance (reworded):\n{_indented(lines)}"
        if wave.not_asked:
            lines = [f"{name}: {codebook[name].text.zh} / {codebook[name].text.en}" for name in wave.not_asked]
            lines = listed(lines, MOST).splitlines()
            yield f"In the codebook, but no column holds it (not_asked):\n{_indented(lines)}"
        if wave.ignore:
            lines = listed([" ".join(heading.split()) for heading in wave.ignore], MOST).splitlines()
            yield f"Columns that the codebook does not know (ignore):\n{_indented(lines)}"

    def _renamed(self, found: Renamed) -> tuple[str, str]:
        sure = f"{found.alike:.0%}, {'sure' if self._is_sure(found) else 'likely: please compare'}"
        sure = "unsure, by its place and its answers alone: please compare" if found.alike == BY_PLACE else sure
        text = nearest_text(found.wording or found.heading, self.study.codebook[found.variable])
        said = "" if plain(found.wording) in plain(found.heading) else f" ({found.wording})"
        return f'"{found.heading}"{said}', f"    is {found.variable}: {text} ({sure})"

    def _is_sure(self, found: Renamed) -> bool:
        wording = found.wording or found.heading
        text = nearest_text(wording, self.study.codebook[found.variable])
        return found.alike >= SURE and bool(NEGATED.search(wording)) == bool(NEGATED.search(text))

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


def propose(study_file: str | Path, export_file: str | Path, name: str, sheet: str | None = None) -> Proposal:
    """How an export could become wave ``name`` of a study; nothing is written.

    Columns are matched by heading and wording; the others are paired with the variables left over by the likeness of
    their texts (difflib, in either language; answers that fit the scale raise it), one to one with the highest sum.
    Raises `UserError` if the wave is there already, or if no reader knows the file.
    """
    study_file, export_file = Path(study_file), Path(export_file)
    study = studies.load(study_file, draft=True)
    _refuse(study, study_file, export_file, name)
    here = readers.recognise(export_file, sheet)
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
    renamed = paired(new, columns, export, study)
    held = columns | {r.variable: r.heading for r in renamed}
    reworded = words_changed(columns | {r.variable: r.heading for r in renamed if r.alike > BY_PLACE}, export, study)
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
    rows, kept, faults, copies = len(export.answers), None, "", {}
    try:
        if study.items and held.keys().isdisjoint(study.items):
            raise UserError(NO_ITEM)
        with_it = study.model_copy(update={"waves": {**study.waves, name: here}})
        ledger = clean(with_it, name).ledger
        kept = int((ledger["status"] == "kept").sum())
        copies = _copies(with_it, name)
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
        copies=copies,
    )


def _copies(study: Study, name: str) -> dict[str, tuple[int, bool]]:
    """By earlier wave: how many rows of a wave it has too, and whether the times of submission were compared.

    Compared are the answers to what both asked; where a file has no times, of rows alone whose answers differ, for
    the same answer throughout is given by many.
    """

    def answers(wave: str) -> tuple[pd.DataFrame, pd.Series | None]:
        export = readers.read(study.waves[wave])
        coded = harmonise(export, study, wave).coded
        return coded, export.visits.get("submitted")

    coded, submitted = answers(name)
    found = {}
    for wave in study.waves:
        if wave == name:
            continue
        try:
            earlier, then = answers(wave)
        except UserError:  # what is wrong with an earlier wave is told when the study is checked
            continue
        both = [column for column in coded if coded[column].notna().any() and earlier[column].notna().any()]
        timed = submitted is not None and then is not None
        tables = []
        for table, times in ((coded, submitted), (earlier, then)):
            table = table[both].round(6)
            varied = table.nunique(axis=1) > 1
            tables.append(table.assign(submitted=times)[times.notna()] if timed else table[varied])
        rows = common_rows(*tables) if len(both) >= FEW else 0
        if rows:
            found[wave] = (rows, timed)
    return found


def add_wave(proposal: Proposal) -> str:
    """Add a proposed wave to its study; returns what was done, in words.

    The export is copied to data/raw/<study>/ if it is elsewhere, its entry is written into the study file, of which
    every other byte and the encoding stay, and its checksum is registered. Raises `UserError`, before anything is
    written, if the wave cannot be cleaned, if another file stands in its place, or if the study would not be in order.
    """
    if proposal.faults:
        raise UserError("Nothing was added.")
    target = Path(proposal.wave.file)
    at_home = target.exists() and target.samefile(proposal.export)
    if target.exists() and not at_home:
        raise UserError(f"{target.as_posix()} exists already; rename the new export.")
    text = with_wave(read_text(proposal.study_file), proposal.name, proposal.wave)
    _refuse_text(text, proposal)
    if not at_home:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(proposal.export, target)
    proposal.study_file.write_text(text, encoding=encoding_of(proposal.study_file), newline="")
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


def _refuse_text(text: str, proposal: Proposal) -> None:
    """Refuse what would be written unless it is the study with the proposed wave, and in order."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / proposal.study_file.name
        copy.write_text(text, encoding="utf-8", newline="")
        try:
            study = studies.load(copy, draft=True)
        except UserError as error:
            faults = str(error).replace(str(copy), str(proposal.study_file))
            raise UserError(f"Nothing was written; with this wave the study would not be in order.\n{faults}") from None
    if study.waves.get(proposal.name) != proposal.wave:
        raise UserError(f"Nothing was written. {proposal.advice()}")


def _target(study: Study, export: Path) -> Path:
    """Where the export will stand, or stands: in data/raw/<study>/."""
    home = Path("data/raw") / study.name
    at_home = home.resolve() in export.resolve().parents
    return home / (export.resolve().relative_to(home.resolve()) if at_home else export.name)


# How it was answered


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
        if variable.answers is None or not (answers := uncoded(heading, variable, export, study, wave)):
            continue
        others = _other_scales(heading, variable, export, study, wave)
        if len(others) == 1:
            rescaled[name] = others[0]
            continue
        if len(answers) > MOST_OPTIONS:  # no options of a scale, so that none is shown
            continue
        options = study.answers[variable.answers]
        same_scale = [h for n, h in held.items() if study.codebook[n].answers == variable.answers]
        words = [text_of(value) for other in same_scale for value in answer_counts(export, other)]
        words = [text for text in words if not says_nothing(text) and number(text) is None]
        if ranked := usual_answers.by_rank(words, options):
            own = {plain(text[language]) for text in options.values() for language in ("en", "zh")}
            recode.setdefault(variable.answers, {}).update({w: c for w, c in ranked.items() if plain(w) not in own})
            continue
        given = Counter()
        for other in same_scale:
            for value, times in answer_counts(export, other).items():
                given[plain(text_of(value))] += times
        for answer in answers:
            near = _near(answer, options)
            if near is not None and not any(plain(options[near][language]) in given for language in ("en", "zh")):
                recode.setdefault(variable.answers, {})[answer] = near
            elif _offered(answer, given[plain(answer)]):
                unknown.setdefault(variable.answers, {})[answer] = None
    for scale in study.answers:
        names = [v.name for v in study.codebook.values() if v.answers == scale]
        asked = [n for n in names if n in held and study.codebook[n].kind == "likert"]
        other, times = (Counter(rescaled[n] for n in asked if n in rescaled).most_common(1) or [("", 0)])[0]
        if 2 * times > len(asked):  # the others may have been asked there too, and nobody gave what is not on the own
            rescaled |= {
                n: other for n in asked if n not in rescaled and _knows(other, n, held[n], export, study, wave)
            }
        if names and names[0] in rescaled and len({rescaled.get(n) for n in names}) == 1:  # all of it at once
            rescaled = {scale: rescaled[names[0]]} | {n: s for n, s in rescaled.items() if n not in names}
    remaining = {scale: tuple(answers) for scale, answers in unknown.items()}
    return wave.model_copy(update={"rescaled": rescaled, "recode": recode}), remaining


def _offered(answer: str, times: int) -> bool:
    """Whether an answer that its scale does not know may be shown: an option of the questionnaire, not one's own words.

    A number, a usual answer, or what comes so often as `coding.OFTEN` says and is short and no name.
    """
    if privacy.masked(answer) != answer or len(answer) > privacy.SHOWN:
        return False
    own = times < OFTEN or privacy.looks_like_a_name(answer)
    return not own or number(answer) is not None or usual_answers.is_usual(answer)


def _other_scales(heading: str, variable: Variable, export: Export, study: Study, wave: Wave) -> list[str]:
    """The other answer scales of the study that know all answers of a column."""
    if variable.kind != "likert":
        return []
    return [
        scale
        for scale in study.answers
        if scale != variable.answers
        and is_for_likert(scale, study)
        and _knows(scale, variable.name, heading, export, study, wave)
    ]


def _knows(scale: str, name: str, heading: str, export: Export, study: Study, wave: Wave) -> bool:
    """Whether an answer scale knows all answers of a column that holds a variable."""
    variable = study.codebook[name].model_copy(update={"answers": scale})
    return all_known(list(answer_counts(export, heading)), heading, variable, export, study, wave)


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
    likeness = {c: alike(answer, words[language]) for c, words in options.items()}
    first, second = sorted(likeness, key=likeness.__getitem__, reverse=True)[:2]
    negated = bool(NEGATED.search(answer)) != bool(NEGATED.search(options[first][language]))
    return None if negated or likeness[first] < NEAR or likeness[first] - likeness[second] < CLEARLY else first


def _options(study: Study, wave: Wave, name: str) -> dict[int, Text]:
    """The answers of a scale, or of a variable as it was asked in this wave."""
    return study.answers[wave.scale(study.codebook[name]) if name in study.codebook else wave.rescaled.get(name, name)]


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
