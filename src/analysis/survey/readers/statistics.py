"""Files of statistics programs: SPSS (.sav, .zsav) and Stata (.dta)."""

import pickle
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.errors import UserError
from analysis.files import read_bytes
from analysis.study import Wave
from analysis.survey.readers import limesurvey, qualtrics
from analysis.survey.readers.export import Export, set_apart
from analysis.survey.wording import plain

# What each platform calls its own columns, and what must be there before any column is taken for one of these
PLATFORMS = (
    ({"startdate", "enddate", "finished"}, qualtrics.ROLES),
    ({"submitdate", "lastpage"}, limesurvey.ROLES),
    ({"submitted", "duration"}, {"duration": "seconds", "submitted": "submitted", "started": "started"}),
)


def is_spss(raw: bytes) -> bool:
    return raw.startswith((b"$FL2", b"$FL3"))


def is_stata(raw: bytes) -> bool:
    return raw.startswith(b"<stata_dta>") or bool(re.match(rb"[\x68-\x73][\x01\x02]\x01[\x00\x01]", raw[:4]))


def read_spss(wave: Wave) -> Export:
    """Declared missing codes and ranges are empty, as `haven::read_sav(user_na = FALSE)` in R."""
    _check(wave, is_spss, "an SPSS file (.sav)")
    return _read(wave, "read_sav")


def read_stata(wave: Wave) -> Export:
    """Missing values . and .a to .z are empty."""
    _check(wave, is_stata, "a Stata file (.dta)")
    return _read(wave, "read_dta")


def _check(wave: Wave, is_it, kind: str) -> None:
    if not is_it(read_bytes(wave.path)[:64]):
        raise UserError(f"{wave.shown} is not {kind}, whatever its ending; or its beginning is damaged.")


def _read(wave: Wave, function: str) -> Export:
    """A labelled value is read as its label, so that labels, not codes, are held against the codebook.

    A code that the wave states as missing, or whose label another code of the variable has too, stays a code.
    """
    cells, rows, value_labels, names = _apart(wave, function)
    if not all(isinstance(name, str) and name.strip() == name != "" for name in cells):
        raise UserError(f"{wave.shown} is damaged: a variable has no proper name. Export it again.")
    if any(len(column) != rows for column in cells.values()):
        raise UserError(f"{wave.shown} is damaged: a variable has more or fewer rows than the file. Export it again.")
    table = pd.DataFrame(cells, index=pd.RangeIndex(1, rows + 1), dtype=object)
    labels = {}
    for column, texts in value_labels.items():
        times = Counter(plain(text) for text in texts.values())
        texts = {c: t for c, t in texts.items() if c not in wave.missing and times[plain(t)] == 1 and str(t).strip()}
        table[column] = table[column].map(lambda value, texts=texts: texts.get(value, value))
        labels[column] = texts
    headings = {plain(name) for name in table if name not in wave.rename}
    roles = next((roles for signature, roles in PLATFORMS if signature <= headings), {})
    export = set_apart(table, roles, wave)
    if roles is qualtrics.ROLES:
        export.visits["status"] = qualtrics.statuses(table)
    wordings = {c: label for c, label in names.items() if label and c in export.answers}
    return replace(export, wordings=wordings, labels={c: t for c, t in labels.items() if c in export.answers})


def _apart(wave: Wave, function: str) -> tuple[dict[str, list], int, dict[str, dict], dict[str, str]]:
    """Cells by column, number of rows, value labels and variable labels, read by another process.

    The C library behind pyreadstat can crash on a damaged file; then only that process ends.
    """
    script = Path(__file__).with_name("statistics_child.py")
    ended = subprocess.run([sys.executable, str(script), function, str(wave.path.resolve())], capture_output=True)
    found = pickle.loads(ended.stdout) if ended.returncode == 0 else "the reading library gave up."
    if isinstance(found, str):
        raise UserError(
            f"{wave.shown} is damaged or of an unknown version: {found.strip().rstrip('.')}. Export it again."
        )
    return found
