"""One raw export becomes coded answers in the words of the codebook; what the codebook does not know is refused."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from analysis.errors import UserError, listed
from analysis.study import Study, Text, Wave
from analysis.survey.coding import Coded, code, identifiers, names_nobody
from analysis.survey.matching import Matched, match
from analysis.survey.readers import Export, plain


@dataclass(frozen=True)
class Harmonised:
    """One wave in the words of the codebook; all indices are the rows of the raw file."""

    coded: pd.DataFrame  # float, all columns of the codebook: answers as given (NaN: no answer or not asked)
    crosswalk: pd.DataFrame  # the table "crosswalk" of analysis.results
    private: dict[str, tuple[int, int]]  # kind of personal data -> (columns, filled cells) that were left behind
    identifier: pd.Series  # who answered, in plain form, "" where unknown; never written
    notes: tuple[str, ...] = ()  # what the reader of the results should know of how the file was read


def harmonise(export: Export, study: Study, wave_name: str) -> Harmonised:
    """Code one wave.

    Answers stand as the respondent gave them (`turn_round` treats reverse-worded items), stretched to the codebook's
    scale where the wave says that they were asked on another; the options of a multiple answer are columns of 0 and 1.
    Raises `UserError` for a column, an answer or a number that the codebook does not know, for a variable that was
    asked but not found, and for answers that must come from another answer scale than the study says.
    """
    wave = study.waves[wave_name]
    matched = match(export, study, wave)
    coded = {
        name: code(
            export.answers[heading],
            study.codebook[name],
            study,
            wave,
            labels=export.labels.get(heading, {}),
            joined=heading in export.multiple,
            wording=export.wordings.get(heading, ""),
        )
        for name, heading in matched.columns.items()
        if study.codebook[name].kind != "identifier"
    }
    faults = [fault for name in study.codebook if name in coded for fault in coded[name].faults]
    notes = [*_off_scale(coded, study, wave), *_other_scale(coded, study, wave)]
    if faults or notes:
        raise UserError("\n".join([*([listed(faults)] if faults else []), *notes]))
    columns = [column for name in study.codebook for column in study.columns(name)]
    table = pd.concat([c.values for c in coded.values()], axis=1) if coded else pd.DataFrame(index=export.answers.index)
    who = next((matched.columns[name] for name in study.of_kind("identifier") if name in matched.columns), None)
    empty = pd.Series("", index=export.answers.index, dtype=str)
    identifier = (empty if who is None else identifiers(export.answers[who], wave)).rename("identifier")
    return Harmonised(
        coded=table.reindex(columns=columns),
        crosswalk=_crosswalk(matched, study, wave_name),
        private=matched.private,
        identifier=identifier,
        notes=(*export.notes, *_nobody(export, who, wave), *_repeated(identifier, wave)),
    )


def turn_round(coded: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Reverse-worded items on the scale of the others: lowest + highest answer − code."""
    turned = coded.copy()
    for variable in study.codebook.values():
        if variable.reverse:
            codes = study.options(variable.name)
            turned[variable.name] = min(codes) + max(codes) - coded[variable.name]
    return turned


def _crosswalk(matched: Matched, study: Study, wave_name: str) -> pd.DataFrame:
    """How each variable of the codebook was found in this wave: the table "crosswalk" of `analysis.results`."""
    wave = study.waves[wave_name]
    rows = []
    for name, variable in study.codebook.items():
        asked = name in matched.columns
        used = wave.scale(variable)
        spellings = [s for scale in (used, variable.answers, name) for s in wave.recode.get(scale, {}).items()]
        rules = {
            "renamed": name in matched.renamed,
            "reworded": name in wave.reworded,
            "rescaled": used != variable.answers,
            "recoded": any(plain(spelling) != str(code) for spelling, code in spellings),
        }
        rows.append(
            {
                "variable": name,
                "wave": wave_name,
                "rule": ";".join(r for r in rules if rules[r]) or "same" if asked else "not asked",
                "heading": matched.columns.get(name, ""),
                "answers": (used or "") if asked else "",
                "anchor": asked and not rules["reworded"] and not rules["rescaled"],
            }
        )
    return pd.DataFrame(rows)


def _repeated(identifier: pd.Series, wave: Wave) -> list[str]:
    """A sentence on the rows of one wave that have the same identifier, which is not shown."""
    again = identifier[(identifier != "") & identifier.duplicated(keep=False)]
    if again.empty:
        return []
    first, most = (again.index[again == value] for value in (again.iloc[0], again.mode()[0]))
    notes = [
        f"{wave.shown}: {again.nunique()} identifiers stand in more than one row ({len(again)} rows in all), the first "
        f"of them in the rows {', '.join(map(str, first[:5]))}{' …' if len(first) > 5 else ''}."
    ]
    if len(most) > MOST_ROWS:
        notes.append(
            f"{wave.shown}: one identifier stands in {len(most)} rows, the first of them {most[0]}: does it name "
            "a firm, or is it a word for none? The column that tells firms apart would take them for one."
        )
    return notes


def _nobody(export: Export, heading: str | None, wave: Wave) -> list[str]:
    """A sentence on the cells that were read as no identifier though something stands in them."""
    cells = pd.Series(dtype=object) if heading is None else export.answers[heading].dropna()
    read = cells.index[cells.isin([value for value in pd.unique(cells) if names_nobody(value)])]
    if not len(read):
        return []
    return [
        f"{wave.shown}: {len(read)} cells of the identifier, the first in row {read[0]}, hold a word or sign for none "
        "(such as 无, 0, -) and count as none."
    ]


MOST_ROWS = 5  # of one firm in one wave that nobody wonders at


# Was the wave asked on another answer scale than the study says?

MINIMUM_ITEMS, MINIMUM_ANSWERS, MINIMUM_BESIDE = 3, 50, 30  # fewer show little: people avoid answers by chance


def _by_scale(coded: dict[str, Coded], study: Study, wave: Wave, *kinds: str) -> dict[str, list[str]]:
    """The variables asked in this wave by the answer scale that the study says they were asked on."""
    scales: dict[str, list[str]] = {}
    for name in coded:
        if study.codebook[name].kind in kinds:
            scales.setdefault(wave.scale(study.codebook[name]), []).append(name)
    return scales


def _off_scale(coded: dict[str, Coded], study: Study, wave: Wave) -> list[str]:
    """For each scale with codes off it in this wave, the lines that may mend it."""
    notes = []
    for scale, names in _by_scale(coded, study, wave, "likert").items():
        off = sorted({c for name in names for c in coded[name].off_scale if c == int(c)})
        if off:
            codes = ", ".join(f"{c:g}" for c in off[:5])
            names = [name for name in names if coded[name].off_scale]
            seen = {c for name in names for c in (*coded[name].counts, *coded[name].off_scale)}
            notes.append(
                f"{wave.shown}: {codes} not being on the scale {scale} ({min(study.answers[scale])} to "
                f"{max(study.answers[scale])}), this wave may have been asked on another scale. If so, "
                f"{_mend(scale, seen, study, names)}. If such a code means no answer, say missing: [{codes}]."
            )
    return notes


def _other_scale(coded: dict[str, Coded], study: Study, wave: Wave) -> list[str]:
    """The scales of which a whole wave left answers unused that somebody must have chosen, had they been offered.

    Looked at are scales of four answers or more with at least 3 items, each with at least 50 answers. Refused are they
    if nobody chose either of the two highest answers, or one between others, on any item, although the used answers
    beside them were chosen 30 times or more. Columns with answers that cannot be read say nothing. Rare behaviour can
    leave the highest answers of a scale unused, so that the study can state, by recode, that they were offered.
    """
    notes = []
    for scale, names in _by_scale(coded, study, wave, "likert").items():
        names = [name for name in names if not coded[name].faults]
        counts = [coded[name].counts for name in names if coded[name].counts]
        total = sum(counts, Counter())
        codes = sorted(study.answers[scale])
        stated = {c for name in (scale, *names) for c in wave.recode.get(name, {}).values()}
        if len(codes) < 4 or len(counts) < MINIMUM_ITEMS or min(c.total() for c in counts) < MINIMUM_ANSWERS:
            continue
        lowest, highest = min(total), max(total)
        above = [c for c in codes if c > highest]
        gaps = [c for c in codes if lowest < c < highest and c not in total and _beside(c, total) >= MINIMUM_BESIDE]
        unused = gaps + (above if len(above) >= 2 and total[highest] >= MINIMUM_BESIDE else [])
        if unused and not set(unused) <= stated:
            shown = ", ".join(map(str, unused))
            offered = ", ".join(f'"{c}": {c}' for c in unused)
            moved = _moved(unused, (scale, *names), study.answers[scale], wave)
            notes.append(
                f"{wave.shown}: in the whole wave nobody chose {shown} on the scale {scale} ({len(counts)} items, "
                f"{total.total()} answers), so it seems to have been asked on another scale. If so, "
                f"{_mend(scale, set(total), study, names)}. {moved}"
                f"If these answers were offered and nobody chose them, say recode: {{{scale}: {{{offered}}}}}."
            )
    return notes


def _moved(unused: list[int], names: tuple[str, ...], options: dict[int, Text], wave: Wave) -> str:
    """A word on the line of the wave that gives unused answers another code."""
    words = {plain(word): c for c in unused for word in (str(c), options[c].en, options[c].zh)}
    lines = [
        f'{{{name}: {{"{spelling}": {code}}}}}'
        for name in names
        for spelling, code in wave.recode.get(name, {}).items()
        if words.get(plain(spelling), code) != code
    ]
    return f"Or mend the recode of this wave, which says {lines[0]}. " if lines else ""


def _beside(unused: int, total: Counter[float]) -> int:
    """How often the rarer of the two used answers next to an unused one was chosen."""
    return min(total[max(c for c in total if c < unused)], total[min(c for c in total if c > unused)])


def _mend(scale: str, seen: set[float], study: Study, names: list[str]) -> str:
    """The line that states another scale: one of the study with the codes or the words seen, or one to be defined.

    The variables are named one by one where others, such as attention checks, share their scale.
    """
    own = {study.codebook[name].answers for name in names}
    if own != {scale}:
        stated = next(iter(own - {scale}))
        return f'mend the line rescaled of this wave, which says "{scale}" for "{stated}"'
    fitting = [
        other
        for other, answers in study.answers.items()
        if other != scale
        and is_for_likert(other, study)
        and (_codes_fit(seen, answers) or _words_fit(seen, study.answers[scale], answers))
    ]
    whole = all(v.kind == "likert" for v in study.codebook.values() if v.answers == scale)
    rescaled = [scale] if whole else names
    lines = ", ".join(f"{name}: {fitting[0] if fitting else 'ITS_NAME'}" for name in rescaled)
    return f"{'' if fitting else 'define the scale under answers and '}say under the wave: rescaled: {{{lines}}}"


def is_for_likert(scale: str, study: Study) -> bool:
    """Whether likert items have a scale, or none but attention checks, so that it was defined for a wave."""
    kinds = {v.kind for v in study.codebook.values() if v.answers == scale}
    return kinds <= {"attention"} or "likert" in kinds


def _codes_fit(seen: set[float], answers: dict[int, Text]) -> bool:
    return set(answers) >= seen and max(answers) == max(seen)


def _words_fit(seen: set[float], asked: dict[int, Text], answers: dict[int, Text]) -> bool:
    """Whether a shorter scale has all the words of the answers seen, which another scale gave other codes."""
    words = {plain(text.zh) for text in answers.values()}
    return len(answers) < len(asked) and words >= {plain(asked[c].zh) for c in seen if c in asked}
