"""腾讯问卷 (tencent) and 问卷网 (wenjuan): numbered questions in a CSV file."""

import re
from dataclasses import replace

from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey.readers.export import (
    Export,
    by_value,
    groups,
    join_options,
    says_ticks,
    set_apart,
    stem_and_items,
)
from analysis.survey.readers.grid import Grid, filled_cells
from analysis.survey.wording import TICKED, number_of, plain, without_number

TENCENT = {
    **dict.fromkeys(
        ("编号", "用户类型", "自然语言", "来源", "渠道", "设备类型", "浏览器", "操作系统", "总分", "得分"), ""
    ),
    **{
        "开始答题时间": "started",
        "结束答题时间": "submitted",
        "答题时长": "seconds",
        "ip": "address",
        "ip地址": "address",
    },
    **dict.fromkeys(("地理位置国家和地区", "地理位置省", "地理位置市", "国家和地区", "省份", "城市"), "place"),
    **{
        "用户标识": "identifier",
        "openid": "identifier",
        "自定义字段": "identifier",
        "昵称": "name",
        "qq": "identifier",
    },
}
WENJUAN = {
    **dict.fromkeys(
        ("序号", "答题编号", "答卷编号", "编号", "来源", "来源渠道", "渠道", "答题状态", "状态", "总分", "得分"), ""
    ),
    **dict.fromkeys(("设备", "设备类型", "操作系统", "浏览器", "标签", "备注", "是否有效", "no", "seq", "status"), ""),
    **dict.fromkeys(("开始时间", "start"), "started"),
    **dict.fromkeys(("结束时间", "提交时间", "finish"), "submitted"),
    **dict.fromkeys(("答题时长", "答题时长(秒)", "答题时间"), "seconds"),
    **dict.fromkeys(("ip", "ip地址", "答题ip"), "address"),
    **dict.fromkeys(("省份", "城市", "省", "市", "国家", "地区", "地理位置", "经度", "纬度"), "place"),
    **dict.fromkeys(("昵称", "微信昵称", "用户昵称"), "name"),
    **dict.fromkeys(("用户id", "openid", "微信openid", "自定义参数", "uid"), "identifier"),
}
_MARKS = r"[:：_—–\-(（]+"
_CODE = re.compile(r"(Q\d+)_?A(\w+)")
_KINDS = {
    "单选题",
    "多选题",
    "填空题",
    "多项填空题",
    "矩阵单选题",
    "矩阵多选题",
    "排序题",
    "打分题",
    "量表题",
    "下拉题",
}


def is_tencent(grid: Grid) -> bool:
    return {"开始答题时间", "结束答题时间"} <= {plain(h) for h in grid.row(1)}


def is_wenjuan(grid: Grid) -> bool:
    headings = {plain(h) for h in grid.row(1)}
    codes = {"start", "finish"} <= headings and any(re.match(r"q\d+", h) for h in headings)
    readable = "开始答题时间" not in headings and headings & {"答题时长", "答题时长(秒)", "答题编号"}
    return bool(codes or readable or is_codebook(grid))


def is_codebook(grid: Grid) -> bool:
    """Is this the file code.csv of 问卷网, which explains the answers and holds none?"""
    kinds = {plain(cell) for cell in grid.row(1)[2:3]}
    return bool(kinds & _KINDS) and bool(re.fullmatch(r"Q\d+", grid.row(1)[0]))


def read_tencent(grid: Grid, wave: Wave) -> Export:
    """A question over several columns "3.stem:item" is a matrix, or, where its cells are 0 and 1, has options."""
    return _read(grid, wave, TENCENT)


def read_wenjuan(grid: Grid, wave: Wave) -> Export:
    """All_Data_Readable.csv (texts) or All_Data_Original.csv (codes, option columns Q2_A1); code.csv is refused."""
    if is_codebook(grid):
        raise UserError(
            f"{wave.shown} is the list of answer codes of 问卷网 and holds no answers. "
            "The answers are in All_Data_Readable.csv or All_Data_Original.csv."
        )
    return _read(grid, wave, WENJUAN)


def _read(grid: Grid, wave: Wave, roles: dict[str, str]) -> Export:
    found = set_apart(grid.table(number_repeated=True), roles, wave)
    table, wordings = found.answers, {h: without_number(h) for h in found.answers}
    multiple = set()
    members = groups((h for h in table if h not in wave.rename), number_of)
    coded = groups((h for h in table if h not in wave.rename and _CODE.fullmatch(h)), lambda h: _CODE.match(h)[1])
    for name, headings in {**members, **coded}.items():
        parts = (name, [_CODE.match(h)[2] for h in headings]) if name in coded else stem_and_items(headings, _MARKS)
        if parts is None:
            continue
        options = {
            h: item.rstrip("）)") if "(" in h or "（" in h else item for h, item in zip(headings, parts[1], strict=True)
        }
        ticks = all(says_ticks(table[h], option) for h, option in options.items())
        if ticks and any(filled_cells(table[h]).any() for h in headings) and not _all_one(table[headings]):
            table = join_options(table, options, parts[0], wave)
            wordings[parts[0]] = without_number(parts[0])
            multiple.add(parts[0])
        else:
            wordings |= options
    multiple |= {h for h in table if by_value(table[h], lambda cell: TICKED in str(cell)).any()}
    return replace(found, answers=table, wordings={h: wordings[h] for h in table}, multiple=frozenset(multiple))


def _all_one(columns) -> bool:
    """Are all filled cells 1? Then they may as well be answers on a scale."""
    return all(by_value(columns[h], lambda cell: plain(cell) in ("", "1")).all() for h in columns)
