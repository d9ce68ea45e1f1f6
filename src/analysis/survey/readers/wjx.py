"""问卷星 (wjx): exports of texts and of codes, old (.xls) and new (.xlsx)."""

import re
import unicodedata
from dataclasses import replace

from analysis.study import Wave
from analysis.survey.readers.export import (
    Export,
    by_value,
    count,
    groups,
    join_options,
    says_ticks,
    set_apart,
)
from analysis.survey.readers.grid import Grid
from analysis.survey.wording import FILLED_IN, TICKED, last_parenthesis, number_of, plain, without_number

ROLES = {
    **dict.fromkeys(("序号", "来源", "来源详情", "总分", "得分", "答题状态"), ""),
    **{"提交答卷时间": "submitted", "开始答卷时间": "started", "所用时间": "seconds", "来自ip": "address"},
    **{"微信昵称": "name", "昵称": "name", "微信openid": "identifier", "openid": "identifier", "用户id": "identifier"},
}
_OLD_OPTION = re.compile(r"第\s*(\d+)\s*题\s*\((.*)\)", re.DOTALL)
_KIND = re.compile(r"[【\[][^】\]]{1,8}题[】\]]")


def is_wjx(grid: Grid) -> bool:
    headings = {plain(h) for h in grid.row(1)}
    return bool(headings & {"序号", "提交答卷时间", "来自ip", "所用时间"})


def read_wjx(grid: Grid, wave: Wave) -> Export:
    """A text in 〖〗 behind an option is free text and left behind; option columns of codes are joined into one."""
    found = set_apart(grid.table(number_repeated=True), ROLES, wave)
    table = found.answers
    for heading in table:
        texts = by_value(table[heading], lambda cell: "〖" in str(cell))
        if texts.any():
            count(found.private, "free text", table[heading].where(texts))
            table[heading] = by_value(
                table[heading], lambda cell: FILLED_IN.sub("", cell).strip() if isinstance(cell, str) else cell
            )
    wordings = {heading: _wording(heading) for heading in table}
    table, joined = _joined(table, wordings, wave)
    together = {h for h in table if by_value(table[h], lambda cell: TICKED in str(cell)).any()}
    wordings = {h: wordings[h] for h in table}
    return replace(found, answers=table, wordings=wordings, multiple=frozenset(joined | together))


def _wording(heading: str) -> str:
    """The question without its number; of "9、stem—1.item", and of "9、2.item" after it, the item."""
    text = unicodedata.normalize("NFKC", heading)
    if old := _OLD_OPTION.fullmatch(text.strip()):
        return old.group(2)
    question = _KIND.sub("", without_number(text))
    item = re.split(r"[—–]+(?=\s*\d+\s*[、.])", question)[-1]
    return re.sub(r"^\d+(?:\.\d+)+(?:\s+|[、.])", "", without_number(item)).strip()


def _joined(table, wordings: dict[str, str], wave: Wave):
    """The table with one column for the option columns of each question, and the headings of those columns."""
    joined = set()

    def number(heading: str) -> str | None:
        if heading in wave.rename:
            return None
        text = unicodedata.normalize("NFKC", heading).strip()
        old = _OLD_OPTION.fullmatch(text)
        return f"第{old.group(1)}题" if old else number_of(text)

    for name, members in groups(table, number).items():
        options = {heading: last_parenthesis(heading) for heading in members}
        stems = {h: without_number(parts[0]) if parts else None for h, parts in options.items()}
        first = members[0]
        old = name.startswith("第")
        new = stems[first] and all(stems[h] == "" for h in members[1:])
        if not (old or new):
            continue
        stated = "多选题" in first
        zeros = any((by_value(table[h], plain) == "0").any() for h in members)
        if not stated and not (zeros and all(says_ticks(table[h]) for h in members)):
            continue
        heading = name if old else _KIND.sub("", options[first][0]).strip()
        table = join_options(table, {h: parts[1] for h, parts in options.items()}, heading, wave)
        wordings[heading] = "" if old else without_number(unicodedata.normalize("NFKC", heading))
        joined.add(heading)
    return table, joined
