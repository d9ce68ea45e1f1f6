"""Qualtrics: the current export with three heading rows and the legacy one with two."""

import re
from dataclasses import replace

import pandas as pd

from analysis.study import Wave
from analysis.survey.readers.export import (
    Export,
    by_value,
    groups,
    join_options,
    set_apart,
    stem_and_items,
    ticked,
)
from analysis.survey.readers.grid import Grid, filled_cells
from analysis.survey.wording import plain

ROLES = {
    **{"startdate": "started", "enddate": "submitted", "recordeddate": "submitted", "ipaddress": "address"},
    **dict.fromkeys(("duration(inseconds)", "duration__in_seconds_"), "seconds"),
    **dict.fromkeys(("status", "progress", "finished", "distributionchannel", "userlanguage", "responseset"), ""),
    **dict.fromkeys(("responseid", "_recordid", "externalreference", "externaldatareference"), "identifier"),
    **{"recipientlastname": "name", "recipientfirstname": "name", "name": "name"},
    **{"recipientemail": "e-mail", "emailaddress": "e-mail", "recipientphone": "phone"},
    **dict.fromkeys(("locationlatitude", "locationlongitude", "locationaccuracy"), "place"),
}
_OF_THE_PLATFORM = re.compile(
    r"Q_(Recaptcha|Relevant|BallotBox|Duplicate|TerminateFlag|Language|TotalDuration|DataPolicy|Ambiguous)\w*"
    r"|.*_(First Click|Last Click|Page Submit|Click Count|Browser|Version|Operating System|Resolution)",
)
_FREE_TEXT = re.compile(r".*_TEXT|.* - (Parent )?Topics|.* - (Topic )?Sentiment.*|.* - Actionability.*")
_SELECTED = " - Selected Choice"


def is_qualtrics(grid: Grid) -> bool:
    return _is_current(grid) or _is_legacy(grid)


def _is_current(grid: Grid) -> bool:
    return "ImportId" in "".join(grid.row(3)[:1])


def _is_legacy(grid: Grid) -> bool:
    return grid.row(1)[:2] == ["V1", "V2"] and "ResponseID" in grid.row(2)


def status_of(cell: object) -> str:
    """What the column Status says: its text, or its number, in which 1 is a preview, 2 a test and 8 spam."""
    text = plain(cell).removesuffix(".0")
    if re.fullmatch(r"\d{1,4}", text, re.ASCII):
        code = int(text)
        return next((word for bit, word in ((1, "preview"), (2, "test"), (8, "spam"), (256, "test")) if code & bit), "")
    words = (("preview", "preview"), ("test", "test"), ("spam", "spam"), ("synthetic", "test"))
    return next((status for word, status in words if word in text), "")


def statuses(table: pd.DataFrame) -> pd.Series | None:
    """Previews, tests, spam and unfinished answers by the columns Status and Finished; None without both."""
    columns = {plain(heading): heading for heading in table}
    status = None
    if "status" in columns:
        status = by_value(table[columns["status"]], status_of)
    if "finished" in columns:
        ended = by_value(table[columns["finished"]], lambda cell: ticked(cell) == "not ticked")
        no = ended | by_value(table[columns["finished"]], lambda cell: plain(cell) in ("falsch", "faux", "falso"))
        status = pd.Series("", index=table.index, dtype=object) if status is None else status
        status = status.mask(status.eq("") & no.astype(bool), "unfinished")
    return status


def read_qualtrics(grid: Grid, wave: Wave) -> Export:
    """Headings are the names of the first row, wordings the texts of the second, of a matrix those of its items.

    Options ticked together and joined by commas stay so: only the codebook can tell them from a label with a comma.
    """
    names, texts = grid.row(1), [str(c[1]) if len(grid) > 1 else "" for c in grid.columns]
    if _is_legacy(grid):
        names = [text.strip() if re.fullmatch(r"V\d+", name) else name for name, text in zip(names, texts, strict=True)]
    table = grid.table(names, first_row=4 if _is_current(grid) else 3)
    status = statuses(table)
    texts = dict(zip(names, texts, strict=True))
    export = set_apart(table, _role, wave)
    answers = export.answers
    if status is not None:
        export.visits["status"] = status
    wordings = {h: texts.get(h, "") for h in answers}
    ids = dict(zip(names, grid.row(3), strict=True)) if _is_current(grid) else {}
    answers, wordings, multiple = _questions(answers, wordings, ids, wave)
    return replace(export, answers=answers, wordings={h: wordings[h] for h in answers}, multiple=frozenset(multiple))


def _role(heading: str) -> str | None:
    if _FREE_TEXT.fullmatch(heading):
        return "free text"
    return "" if _OF_THE_PLATFORM.fullmatch(heading) else ROLES.get(plain(heading))


def _questions(answers: pd.DataFrame, wordings: dict[str, str], ids: dict[str, str], wave: Wave):
    """Option columns Q5_1, Q5_2, … joined into Q5; the wordings of matrix columns are those of their items."""
    multiple = set()

    def question(heading: str) -> str | None:
        found = re.fullmatch(r"(.+)_\d+", heading) or re.search(r"(QID\d+)_\d+", ids.get(heading, ""))
        return found.group(1) if found and heading not in wave.rename else None

    for name, members in groups(answers, question).items():
        texts = [wordings[h] for h in members]
        selected = all(_SELECTED + " - " in text for text in texts)
        parts = stem_and_items(texts, re.escape(_SELECTED + " - ") if selected else " - ")
        if parts is None:
            continue
        options = dict(zip(members, parts[1], strict=True))
        named = any(filled_cells(answers[h]).any() for h in members) and all(
            by_value(answers[h], lambda cell, o=option: plain(cell) in ("", plain(o))).all()
            for h, option in options.items()
        )
        if (selected or named) and name not in answers:
            answers = join_options(answers, options, name, wave)
            wordings[name] = parts[0]
            multiple.add(name)
        else:
            wordings |= options
    return answers, wordings, multiple
