"""The one shape into which every export is read, and what its readers share: metadata set apart, options joined."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from os.path import commonprefix

import numpy as np
import pandas as pd

from analysis.errors import UserError, listed
from analysis.study import Wave
from analysis.survey.readers.grid import filled_cells
from analysis.survey.readers.wording import plain

STATUSES = ("preview", "test", "spam", "unfinished")  # why the platform itself says that a row is no answer
TICKED_TOGETHER = "┋"  # between the options that one respondent ticked
VISITS = ("started", "submitted", "seconds", "address")
PERSONAL = ("name", "phone", "e-mail", "identity number", "network address", "place", "identifier", "free text")


@dataclass(frozen=True)
class Export:
    """The answers of one raw file, a row a raw row; the index is the row in the file as a spreadsheet counts it.

    answers   cells as in the file, text or numbers, "" or NaN where empty; the columns are the headings
    wordings  heading -> question text, where the file holds both or the heading holds the text
    labels    heading -> {code: label}, where the file has value labels; such cells are labels already
    multiple  headings of questions where several options may be ticked; the ticked ones stand joined by "┋"
    visits    same index; of started, submitted (datetime64, NaT unknown), seconds (float), address (str, "" unknown)
              and status ("" or one of STATUSES) those that the file has
    private   kind -> (columns, filled cells) of personal data that were left behind; the kinds are those of PERSONAL
    """

    answers: pd.DataFrame
    wordings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[float, str]] = field(default_factory=dict)
    multiple: frozenset[str] = frozenset()
    visits: pd.DataFrame = field(default_factory=pd.DataFrame)
    private: dict[str, tuple[int, int]] = field(default_factory=dict)


def set_apart(
    table: pd.DataFrame, roles: dict[str, str] | Callable[[str], str | None], wave: Wave
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, tuple[int, int]]]:
    """Answers, visits and the count of personal data: what the platform adds is taken out of the answers.

    The role of a heading is one of VISITS, one of PERSONAL, or "" for what is left behind but personal to nobody; by
    its plain form in a dict, or by a function. A column that the wave renames is an answer whatever its heading.
    """
    role_of = roles if callable(roles) else lambda heading: roles.get(plain(heading))
    found = {heading: role_of(heading) for heading in table if heading not in wave.rename}
    found = {heading: role for heading, role in found.items() if role is not None}
    visits, private = pd.DataFrame(index=table.index), {}
    for heading, role in found.items():
        if role in VISITS and role not in visits:
            visits[role] = _VISIT[role](table[heading])
        kind = "network address" if role == "address" else role
        if kind in PERSONAL:
            count(private, kind, int(filled_cells(table[heading]).sum()))
    if "seconds" not in visits and {"started", "submitted"} <= set(visits):
        took = (visits["submitted"] - visits["started"]).dt.total_seconds()
        visits["seconds"] = took.where(took >= 0)
    return table.drop(columns=list(found)), visits, private


def groups(headings: Iterable[str], key: Callable[[str], str | None]) -> dict[str, list[str]]:
    """The headings that share a key, by key; one alone is no group, and what has no key is in none."""
    found: dict[str, list[str]] = {}
    for heading in headings:
        if (name := key(heading)) is not None:
            found.setdefault(name, []).append(heading)
    return {name: members for name, members in found.items() if len(members) > 1}


def stem_and_items(texts: list[str], ends: str) -> tuple[str, list[str]] | None:
    """What several texts have in common up to a mark that ``ends`` (a regular expression) names, and what follows."""
    marks = list(re.finditer(ends, commonprefix(texts)))
    if not marks:
        return None
    items = [text[marks[-1].end() :].strip() for text in texts]
    return (texts[0][: marks[-1].start()].strip(), items) if all(items) else None


def count(private: dict[str, tuple[int, int]], kind: str, cells: int) -> None:
    """One more column of personal data, with so many filled cells."""
    columns, before = private.get(kind, (0, 0))
    private[kind] = (columns + 1, before + cells)


def by_value(cells: pd.Series, function: Callable, dtype=object) -> pd.Series:
    """A function of each cell, called once for each different value (1 and True differ, so do 1 and "1")."""
    keys = cells.to_numpy(dtype=object)
    codes, values = pd.factorize(keys, use_na_sentinel=False)
    if any(type(value) is bool for value in values):
        return pd.Series([function(value) for value in keys], index=cells.index, dtype=dtype)
    results = np.empty(len(values), dtype=object)
    results[:] = [function(value) for value in values]
    return pd.Series(results[codes] if len(values) else [], index=cells.index, dtype=dtype)


_PARTS = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)\s*(?:天|days?|d))?\s*(?:(\d+(?:\.\d+)?)\s*(?:小?时|hours?|h))?"
    r"\s*(?:(\d+(?:\.\d+)?)\s*(?:分钟?|minutes?|mins?|m))?\s*(?:(\d+(?:\.\d+)?)\s*(?:秒钟?|seconds?|secs?|s))?\s*",
    re.IGNORECASE,
)


def seconds_of(cell: object) -> float:
    """A duration in seconds: 245, "245秒", "4分5秒", "1时2分3秒", "00:04:05", a time of a spreadsheet; NaN if none."""
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second
    text = plain(cell)
    if len(text) > 40:
        return float("nan")
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    if re.fullmatch(r"\d+:\d\d(:\d\d)?(\.\d+)?", text, re.ASCII):
        parts = [float(part) for part in text.split(":")]
        return sum(part * 60**power for power, part in enumerate(reversed(parts)))
    parts = _PARTS.fullmatch(text) if text else None
    if parts is None or not any(parts.groups()):
        return float("nan")
    return sum(float(part or 0) * unit for part, unit in zip(parts.groups(), (86400, 3600, 60, 1), strict=True))


_TIMES = (
    *("ISO8601", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p"),
    *("%Y/%m/%d", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M"),
)


def moments(cells: pd.Series) -> pd.Series:
    """Points in time (datetime64, clock time as written); NaT for what is none.

    One way of writing is taken for the whole column: the one in which most of its cells are a time.
    """
    codes, values = pd.factorize(cells.to_numpy(dtype=object), use_na_sentinel=False)
    texts = pd.Series([_written(value) for value in values], dtype=object)
    sample = texts[texts != ""][:500]
    best = max(_TIMES, key=lambda way: pd.to_datetime(sample, format=way, errors="coerce").notna().sum())
    times = pd.to_datetime(texts, format=best, errors="coerce").astype("datetime64[us]")
    return pd.Series(times.to_numpy()[codes], index=cells.index)


def _written(value: object) -> str:
    """A time as text without zone, "" for numbers (1900 is no moment), with AM and PM for 上午 and 下午."""
    if isinstance(value, date | datetime):
        return str(value)[:26]
    text = str(value).strip()
    if not re.search(r"\d\D\d", text):
        return ""
    text = re.sub(r"\s*(?:\[?(?:GMT|UTC)[^\s\]]*\]?|Z|(?<=:\d\d)[+-]\d\d:?\d\d|(?<=\.\d\d\d)[+-]\d\d:?\d\d)$", "", text)
    half = re.fullmatch(r"(\S+) (上午|下午) ?(\S+)", text)
    return f"{half[1]} {half[3]} {'AM' if half[2] == '上午' else 'PM'}" if half else text


def address_of(cell: object) -> str:
    """The network address in a cell such as "1.2.3.4(浙江-杭州)"; "" if there is no whole one."""
    text = re.split(r"[(（]", str(cell), maxsplit=1)[0].strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


_VISIT = {
    "started": moments,
    "submitted": moments,
    "seconds": lambda cells: by_value(cells, seconds_of, float),
    "address": lambda cells: by_value(cells, address_of),
}

_NOT = {
    *("", "0", "no", "n", "否", "未选", "unchecked", "false", "nan", "none"),
    "-1",
    "-2",
    "-3",
    "(跳过)",
    "(空)",
    "n/a",
}
_YES = {"1", "yes", "y", "是", "已选", "checked", "true"}


def ticked(cell: object, option: str = "") -> bool | None:
    """Does a cell of an option's own column say that it was ticked? None if it says neither."""
    text = plain(cell).removesuffix(".0")
    return False if text in _NOT else True if text in _YES or (option and text == plain(option)) else None


def says_ticks(cells: pd.Series, option: str = "") -> bool:
    """Does every cell say whether the option was ticked?"""
    return not by_value(cells, lambda cell: ticked(cell, option) is None).any()


def join_options(table: pd.DataFrame, options: dict[str, str], name: str, wave: Wave) -> pd.DataFrame:
    """One column ``name`` of the ticked options, joined by "┋", in place of a column an option (heading -> option).

    Raises `UserError` for a cell that says neither ticked nor not.
    """
    joined = pd.Series("", index=table.index, dtype=object)
    faults = []
    for heading, option in options.items():
        says = by_value(table[heading], lambda cell, option=option: ticked(cell, option))
        for row in table.index[says.isna()]:
            faults.append(f'{wave.shown}, row {row}, column "{heading}": neither ticked (1) nor not ticked (0).')
        yes = says.eq(True).to_numpy()
        joined[yes] = np.where(joined[yes] == "", option, joined[yes] + TICKED_TOGETHER + option)
    if faults:
        raise UserError(listed(faults))
    place = table.columns.get_loc(next(iter(options)))
    rest = table.drop(columns=list(options))
    rest.insert(min(place, rest.shape[1]), name, joined)
    return rest


def split_at(cells: pd.Series, mark: str) -> pd.Series | None:
    """The cells with "┋" for ``mark`` between ticked options, if that is what the mark does in this column; else None.

    It does if some cell has it and all pieces of such a cell stand alone in other cells, or if the pieces are fewer
    than the different cells: options recur, sentences with commas do not.
    """
    texts = {str(value) for value in pd.unique(cells.to_numpy(dtype=object)) if str(value).strip()}
    several = {text: text.split(mark) for text in texts if mark in text}
    if all(re.fullmatch(r"\d{1,3}(,\d{3})+", text) for text in several) or any(
        len(set(p)) < len(p) or not all(x.strip() for x in p) for p in several.values()
    ):
        return None
    pieces = {piece for parts in several.values() for piece in parts} | (texts - set(several))
    alone = all(piece in texts for parts in several.values() for piece in parts)
    if not alone and len(pieces) >= len(texts):
        return None
    return by_value(cells, lambda cell: str(cell).replace(mark, TICKED_TOGETHER))
