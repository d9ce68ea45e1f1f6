"""LimeSurvey: headings as full texts, as codes, or as both."""

import re
from dataclasses import replace

import pandas as pd

from analysis.study import Wave
from analysis.survey.readers.export import Export, by_value, groups, join_options, says_ticks, set_apart
from analysis.survey.readers.grid import Grid
from analysis.survey.wording import NO_ANSWER, last_parenthesis, plain

ROLES = {
    **dict.fromkeys(("responseid", "id", "lastpage", "startlanguage", "seed", "datelastaction", "datestamp"), ""),
    **dict.fromkeys(("datesubmitted", "submitdate"), "submitted"),
    **dict.fromkeys(("datestarted", "startdate"), "started"),
    **dict.fromkeys(("ipaddress", "ipaddr"), "address"),
    **dict.fromkeys(("totaltime", "interviewtime"), "seconds"),
    **dict.fromkeys(("token", "accesscode", "participantid"), "identifier"),
    **{"referrerurl": "", "refurl": "", "firstname": "name", "lastname": "name"},
    **{"email": "e-mail", "emailaddress": "e-mail"},
}
_TIMING = re.compile(r"(group|question) time: .*|(group|question)time\d*|filecount - .*|.+\[filecount\]", re.I | re.S)
_FREE_TEXT = re.compile(r".*\[(other|comment|.*comment)\]|.*_(other|comment)", re.I | re.S)
_CODE_AND_TEXT = (
    re.compile(r"([A-Za-z]\w*(?:\[\w+\])*)[.:]\s+(\S.*)", re.S),
    re.compile(r"([A-Za-z]\w*) \[(.*)\]", re.S),
)


def is_limesurvey(grid: Grid) -> bool:
    headings = {plain(h) for h in grid.row(1)}
    full = {"responseid", "datesubmitted"} <= headings
    return full or ("submitdate" in headings and bool(headings & {"lastpage", "startlanguage", "startdate"}))


def read_limesurvey(grid: Grid, wave: Wave) -> Export:
    """Where every heading is "CODE. text" or "CODE [text]", the code is the heading and the text its wording.

    Rows without a date of submission are unfinished; N/A, a question not shown, is empty.
    """
    table = grid.table(number_repeated=True)
    submitted = next(h for h in table if plain(h) in ("datesubmitted", "submitdate"))
    unfinished = by_value(table[submitted], lambda cell: plain(cell) in NO_ANSWER).astype(bool)
    export = set_apart(table, _role, wave)
    answers = export.answers
    export.visits["status"] = pd.Series("", index=table.index, dtype=object).mask(unfinished, "unfinished")
    for heading in answers:
        answers[heading] = by_value(answers[heading], lambda cell: "" if cell == "N/A" else cell)
    wordings = dict.fromkeys(answers, "")
    answers, wordings = _coded(answers, wordings, wave)
    multiple = set()

    def stem(heading: str) -> str | None:
        parts = last_parenthesis(heading, "[]")
        return parts[0] if parts and parts[0] and heading not in wave.rename else None

    for name, members in groups(answers, stem).items():
        options = {h: last_parenthesis(wordings[h], "[]") or last_parenthesis(h, "[]") for h in members}
        items = {h: parts[1] for h, parts in options.items()}
        if all(says_ticks(answers[h]) for h in members) and _has_no(answers[members]):
            heading = name if name not in answers else f"{name} (options)"
            answers = join_options(answers, items, heading, wave)
            wordings[heading] = options[members[0]][0] if wordings[members[0]] else ""
            multiple.add(heading)
        else:
            wordings |= items
    return replace(export, answers=answers, wordings={h: wordings[h] for h in answers}, multiple=frozenset(multiple))


def _role(heading: str) -> str | None:
    if _TIMING.fullmatch(heading):
        return ""
    return "free text" if _FREE_TEXT.fullmatch(heading) else ROLES.get(plain(heading))


def _coded(answers: pd.DataFrame, wordings: dict[str, str], wave: Wave):
    """Code and text taken apart, if all headings have both."""
    for form in _CODE_AND_TEXT:
        found = {heading: form.fullmatch(heading) for heading in answers if heading not in wave.rename}
        if found and all(found.values()) and len({f.group(1) for f in found.values()}) == len(found):
            names = {heading: f.group(1) for heading, f in found.items()}
            return answers.rename(columns=names), wordings | {f.group(1): f.group(2) for f in found.values()}
    return answers, wordings


def _has_no(columns: pd.DataFrame) -> bool:
    """Is an option somewhere ticked or denied by a word, or denied by a 0? All 1 may be answers on a scale."""
    return any(by_value(columns[h], lambda cell: plain(cell) in ("y", "n", "yes", "no", "0")).any() for h in columns)
