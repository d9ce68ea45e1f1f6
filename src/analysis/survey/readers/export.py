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
from analysis.survey import privacy
from analysis.survey.wording import TICKED, plain, says_nothing

STATUSES = ("preview", "test", "spam", "unfinished")  # why the platform itself says that a row is no answer
VISITS = ("started", "submitted", "seconds", "address")
PERSONAL = ("name", "phone", "e-mail", "identity number", "network address", "place", "identifier", "free text")


@dataclass(frozen=True)
class Export:
    """The answers of one raw file, a row a raw row; the index is the row in the file as a spreadsheet counts it.

    answers   cells as in the file, text or numbers, "" or NaN where empty; the columns are the headings
    wordings  heading -> question text, where the file holds both or the heading holds the text
    labels    heading -> {code: label}, where the file has value labels; such cells are labels already
    multiple  headings of questions where several options may be ticked; the ticked ones stand joined by "┋", which
              alone says that the question was shown and nothing ticked ("": it was not shown, or nobody knows)
    visits    same index; of started, submitted (datetime64, NaT unknown), seconds (float), address (str, "" unknown)
              and status ("" or one of STATUSES) those that the file has
    private   kind -> (columns, filled cells) of personal data that were left behind; the kinds are those of PERSONAL;
              a column that nobody filled in is none
    apart     heading -> role of the columns that were taken for the platform's own (see `set_apart`)
    notes     sentences on what was read in a way that the reader of the results should know of
    """

    answers: pd.DataFrame
    wordings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[float, str]] = field(default_factory=dict)
    multiple: frozenset[str] = frozenset()
    visits: pd.DataFrame = field(default_factory=pd.DataFrame)
    private: dict[str, tuple[int, int]] = field(default_factory=dict)
    apart: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def set_apart(table: pd.DataFrame, roles: dict[str, str] | Callable[[str], str | None], wave: Wave) -> Export:
    """A table as an export: what the platform adds is taken out of the answers, and told by visits, private, apart.

    The role of a heading is one of VISITS, one of PERSONAL, or "" for what is left behind but personal to nobody; by
    its plain form in a dict, or by a function. A column that the wave renames is an answer whatever its heading.
    """
    role_of = roles if callable(roles) else lambda heading: roles.get(plain(heading))
    found = {heading: role_of(heading) for heading in table if heading not in wave.rename}
    found = {heading: role for heading, role in found.items() if role is not None}
    first = {role: heading for heading, role in reversed(found.items()) if role in VISITS}
    times = {h: table[h] for h in found if h in (first.get("started"), first.get("submitted"))}
    visits, notes = pd.DataFrame(index=table.index), []
    if times:
        read, ambiguous = moments(times)
        visits = pd.DataFrame({role: read[h] for role, h in first.items() if h in read}, index=table.index)
        notes += [f"{wave.shown}: {ambiguous}"] if ambiguous else []
    if "seconds" in first:
        visits["seconds"] = by_value(table[first["seconds"]], seconds_of, float)
    for role in visits:
        cells = table[first[role]]
        lost = table.index[visits[role].isna() & ~by_value(cells, _says_no_time, bool)]
        if len(lost):
            what = "duration" if role == "seconds" else "time"
            every = visits[role].isna().all()
            many = f"none of the {len(lost)} filled cells holds a" if every else f"{len(lost)} cells hold no"
            text = " ".join(str(cells[lost[0]]).split())
            said = f' ("{text}")' if _TIME_LIKE.fullmatch(text) and privacy.masked(text) == text else ""
            notes.append(
                f'{wave.shown}, column "{privacy.shown(first[role])}": {many} {what} that can be '
                f"read, the first of them in row {lost[0]}{said}; they count as unknown."
            )
    if "address" in first:
        visits["address"] = by_value(table[first["address"]], address_of)
    private: dict[str, tuple[int, int]] = {}
    for heading, role in found.items():
        kind = "network address" if role == "address" else role
        if kind in PERSONAL:
            count(private, kind, table[heading])
    if "seconds" not in visits and {"started", "submitted"} <= set(visits):
        took = (visits["submitted"] - visits["started"]).dt.total_seconds()
        visits["seconds"] = took.where(took >= 0)
    answers = table.drop(columns=list(found))
    return Export(answers, visits=visits, private=private, apart=found, notes=tuple(notes))


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


def count(private: dict[str, tuple[int, int]], kind: str, cells: pd.Series) -> None:
    """One more column of personal data, if any of its cells is filled in."""
    columns, before = private.get(kind, (0, 0))
    if filled := privacy.filled(cells):
        private[kind] = (columns + 1, before + filled)


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
    *("%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y", "%d/%m/%Y"),
    *("%Y/%m/%d", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M"),
)


def moments(columns: dict[str, pd.Series]) -> tuple[dict[str, pd.Series], str]:
    """Points in time (datetime64, clock time as written; NaT for what is none) by heading, and what is uncertain.

    One way of writing is taken for a whole column: the one in which most of its cells are a time. Where the cells do
    not tell day from month, 05/02/2024, the order is taken in which all these columns span the shorter time.
    """
    texts = {heading: by_value(cells, _written) for heading, cells in columns.items()}
    everything = pd.Series(pd.unique(pd.concat(texts.values())), dtype=object)
    read, unsure = {}, {}
    for heading, written in texts.items():
        codes, values = pd.factorize(written)
        different = pd.Series(values, dtype=object)
        sample = different[different != ""][:500]
        good = _ways_of_writing(sample, _TIMES)
        if len(good) > 1:
            good = _ways_of_writing(different, good)
        if len(good) > 1:
            good.sort(key=lambda way: _span(everything, way))
            if not _times(different, good[0]).equals(_times(different, good[1])):
                unsure[heading] = "day before month" if good[0].startswith("%d") else "month before day"
        read[heading] = pd.Series(_times(different, good[0]).to_numpy()[codes], index=written.index)
    if not unsure:
        return read, ""
    headings = " and ".join(f'"{privacy.shown(heading)}"' for heading in unsure)
    return read, (
        f"the times in {headings} do not tell day from month. They are read as {next(iter(unsure.values()))}, which "
        "makes the time of the survey the shorter."
    )


def _ways_of_writing(texts: pd.Series, ways: Iterable[str]) -> list[str]:
    """The ways of writing in which most texts are a time: several where these cannot be told apart."""
    hits = {way: int(_times(texts, way).notna().sum()) for way in ways}
    best = max(hits.values())
    return [way for way in hits if hits[way] == best] if best else [next(iter(hits))]


def _times(texts: pd.Series, way: str) -> pd.Series:
    return pd.to_datetime(texts, format=way, errors="coerce").astype("datetime64[us]")


def _span(texts: pd.Series, way: str) -> pd.Timedelta:
    times = _times(texts, way)
    return times.max() - times.min()


_TIME_LIKE = re.compile(
    r"(?=.*\d)(?:[\d\W]|[年月日天时分秒钟]|days?|hours?|minutes?|mins?|seconds?|secs?|[dhms])+", re.I
)


def _says_no_time(cell: object) -> bool:
    """Is a cell empty, or a word for that nothing was recorded: N/A, [not completed]?"""
    return says_nothing(cell) or plain(cell).startswith("[")


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


_TICKED = ("1", "yes", "y", "是", "已选", "checked", "true")
_NOT_TICKED = ("0", "no", "n", "否", "未选", "unchecked", "false")


def ticked(cell: object, option: str = "") -> str:
    """What a cell of an option's own column says: "ticked", "not ticked", "no answer", or "" for none of these."""
    text = plain(cell).removesuffix(".0")
    if text in _NOT_TICKED:
        return "not ticked"
    if text in _TICKED or (option and text == plain(option)):
        return "ticked"
    return "no answer" if text == "-1" or says_nothing(cell) else ""


def says_ticks(cells: pd.Series, option: str = "") -> bool:
    """Does every cell say whether the option was ticked, or that there is no answer?"""
    return bool(by_value(cells, lambda cell: ticked(cell, option) != "", bool).all())


def join_options(table: pd.DataFrame, options: dict[str, str], name: str, wave: Wave) -> pd.DataFrame:
    """One column ``name`` of the ticked options, joined by "┋", in place of a column an option (heading -> option).

    Where all that a row says is that options were not ticked, "┋" stands alone; where it says nothing, "".
    Raises `UserError` for a cell that says neither ticked nor not.
    """
    joined, shown = pd.Series("", index=table.index, dtype=object), pd.Series(False, index=table.index)
    faults = []
    for heading, option in options.items():
        says = by_value(table[heading], lambda cell, option=option: ticked(cell, option))
        for row in table.index[says == ""]:
            place = f'{wave.shown}, row {row}, column "{privacy.shown(heading)}"'
            faults.append(f"{place}: neither ticked (1) nor not ticked (0).")
        yes = says.eq("ticked").to_numpy()
        joined[yes] = np.where(joined[yes] == "", option, joined[yes] + TICKED + option)
        shown |= says.eq("not ticked")
    if faults:
        raise UserError(listed(faults))
    joined[shown & joined.eq("")] = TICKED
    place = table.columns.get_loc(next(iter(options)))
    rest = table.drop(columns=list(options))
    rest.insert(min(place, rest.shape[1]), name, joined)
    return rest
