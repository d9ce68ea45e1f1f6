"""Exports of the survey platforms, each read into one shape; what is metadata is known here, and left behind here."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.errors import UserError
from analysis.files import read_bytes
from analysis.study import Wave
from analysis.survey.readers import chinese, forms, limesurvey, qualtrics, statistics, wjx
from analysis.survey.readers.export import STATUSES, Export
from analysis.survey.readers.grid import OLE, ZIP, Grid, read_grid
from analysis.survey.wording import plain

__all__ = ["READERS", "STATUSES", "Export", "plain", "read", "recognise"]


# What a table must show to be of a platform, in the order in which it is asked, and how it is read
PLATFORMS: dict[str, tuple[Callable[[Grid], bool], Callable[[Grid, Wave], Export]]] = {
    "qualtrics": (qualtrics.is_qualtrics, qualtrics.read_qualtrics),
    "limesurvey": (limesurvey.is_limesurvey, limesurvey.read_limesurvey),
    "kobo": (forms.is_kobo, forms.read_kobo),
    "redcap": (forms.is_redcap, forms.read_redcap),
    "google": (forms.is_google, forms.read_google),
    "tencent": (chinese.is_tencent, chinese.read_tencent),
    "wenjuan": (chinese.is_wenjuan, chinese.read_wenjuan),
    "wjx": (wjx.is_wjx, wjx.read_wjx),
}
PROGRAMS: dict[str, tuple[Callable[[bytes], bool], Callable[[Wave], Export]]] = {
    "spss": (statistics.is_spss, statistics.read_spss),
    "stata": (statistics.is_stata, statistics.read_stata),
}
NAMES = {
    **{"qualtrics": "Qualtrics", "limesurvey": "LimeSurvey", "kobo": "Kobo", "redcap": "REDCap"},
    **{"google": "Google Forms", "tencent": "腾讯问卷", "wenjuan": "问卷网", "wjx": "问卷星"},
}


def read(wave: Wave) -> Export:
    """The answers of a wave, read as its reader says; a workbook or text file is told by its content.

    Raises `UserError` for a file that is absent, empty, damaged, protected or no export of that kind, and for one
    without answers.
    """
    _exists(wave)
    return _with_answers(READERS[wave.reader](wave), wave)


def recognise(export: str | Path, sheet: str | None = None) -> Wave:
    """A file as a wave, with the reader that can read it, judged by its content; it is read whole to be sure.

    Raises `UserError` if no reader can read it, or if it has several sheets with content and ``sheet`` names none.
    """
    wave = Wave(file=str(export), reader="csv", sheet=sheet)
    _exists(wave)
    raw = read_bytes(wave.path)
    for name, (is_it, _) in PROGRAMS.items():
        if is_it(raw):
            wave = wave.model_copy(update={"reader": name})
            read(wave)
            return wave
    grid = read_grid(wave)
    plain_table = "excel" if raw.startswith((ZIP, OLE)) else "csv"
    name = next((name for name, (is_it, _) in PLATFORMS.items() if is_it(grid)), plain_table)
    wave = wave.model_copy(update={"reader": name})
    _with_answers(_of_grid(grid, wave), wave)
    return wave


def _exists(wave: Wave) -> None:
    if wave.path.is_dir():
        raise UserError(f"{wave.shown} is a folder, not a file.")
    if not wave.path.is_file():
        raise UserError(f"{wave.shown} does not exist. Paths are relative to the working directory.")


def _of_grid(grid: Grid, wave: Wave) -> Export:
    if wave.reader not in PLATFORMS:
        return Export(grid.table())
    is_it, read_it = PLATFORMS[wave.reader]
    if not len(grid):
        raise UserError(f"{wave.shown} is empty.")
    if not is_it(grid):
        other = next((f"reader: {name}" for name, (is_other, _) in PLATFORMS.items() if is_other(grid)), "excel or csv")
        raise UserError(
            f"{wave.shown} has not the headings of an export of {NAMES[wave.reader]}. It may be one for {other}."
        )
    return read_it(grid, wave)


def _with_answers(export: Export, wave: Wave) -> Export:
    if export.answers.empty:
        raise UserError(f"{wave.shown} holds no answers.")
    if export.visits.empty:
        return replace(export, visits=pd.DataFrame(index=export.answers.index))
    return export


READERS: dict[str, Callable[[Wave], Export]] = {
    **{name: lambda wave: _of_grid(read_grid(wave), wave) for name in (*PLATFORMS, "csv", "excel")},
    **{name: read_it for name, (_, read_it) in PROGRAMS.items()},
}
