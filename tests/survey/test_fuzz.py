"""Thousands of damaged exports: each is read with every row accounted for, or refused in plain words; seeded.

Never another exception, never a row lost in silence, never a case that takes seconds.
"""

import csv
import io
import json
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis import study as studies
from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey import readers, waves
from analysis.survey.readers.export import PERSONAL, VISITS
from analysis.survey.readers.grid import ragged_text, regular_text

SECONDS = 5  # that a small case may take
SMALL = Path(__file__).parents[1] / "small_study"
SECRETS = ("13912345678", "王小明", "wang@example.org", "203.0.113.77")
Rows = list[list]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def attempt(file: str, reader: str) -> readers.Export | str:
    """The export, sound in all that the contract promises, or the words of its refusal."""
    begun = time.perf_counter()
    try:
        export = readers.read(Wave(file=file, reader=reader))
    except UserError as error:
        export = str(error)
        assert export.strip()
        assert "Traceback" not in export
    assert time.perf_counter() - begun < SECONDS
    if isinstance(export, str):
        return export
    answers = export.answers
    assert answers.columns.is_unique
    assert list(answers.columns) == [h.strip() for h in answers.columns]
    assert all(answers.columns)
    assert answers.index.is_unique
    assert answers.index.is_monotonic_increasing
    assert set(export.multiple) <= set(answers)
    assert set(export.private) <= set(PERSONAL)
    assert set(export.visits) <= {*VISITS, "status"}
    assert export.visits.index.equals(answers.index)
    return export


def recognised(file: str) -> str | None:
    try:
        return readers.recognise(file).reader
    except UserError as error:
        assert str(error).strip()
        return None


# Sound exports, a table each: heading rows first


def small(wave: str) -> Rows:
    with open(SMALL / f"{wave}.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def beside(meta: dict[str, list], rows: Rows, heads: list | None = None) -> Rows:
    """Metadata columns, taken in turn, before the answers."""
    answers = rows[1:]
    cells = [[values[i % len(values)] for values in meta.values()] for i in range(len(answers))]
    return [[*meta, *(heads or rows[0])], *(a + b for a, b in zip(cells, answers, strict=True))]


def qualtrics() -> Rows:
    meta = {"StartDate": ["2025-01-01 10:00:00"], "Status": ["IP Address", "1"], "IPAddress": [SECRETS[3]]}
    meta |= {"Duration (in seconds)": ["99", "x"], "Finished": ["True", "0"], "RecipientEmail": [SECRETS[2]]}
    table = beside(meta, small("second"))
    ids = [json.dumps({"ImportId": f"QID{i}"}) for i in range(len(table[0]))]
    return [table[0], [f"Text {h}" for h in table[0]], ids, *table[1:]]


def wjx() -> Rows:
    meta = {"序号": [1, 4], "提交答卷时间": ["2024/12/4 15:13:47"], "所用时间": ["245秒", "1分2秒"]}
    meta |= {"来自IP": [f"{SECRETS[3]}(浙江-杭州)"], "微信昵称": [SECRETS[1]]}
    heads = [f"{i}、{h}" for i, h in enumerate(small("first")[0], start=1)]
    table = beside(meta, small("second"), heads)
    extra = [["20、爱好【多选题】(A)", "20、(B)", "21、平台"], [1, 0, "甲┋其他〖乙〗"], [0, 1, "甲"], [1, 1, "甲"]]
    return [row + extra[min(i, 3)] for i, row in enumerate(table)]


def limesurvey() -> Rows:
    meta = {"Response ID": [1, 2], "Date submitted": ["2021-09-24 11:39:34", ""], "Last page": [4], "Seed": [1]}
    meta |= {"IP address": [SECRETS[3]], "Tools [Mail]": ["Yes", "No"], "Tools [Chat]": ["No", "N/A"]}
    return beside(meta | {"Sex [Other]": [SECRETS[0], ""]}, small("first"))


def tencent() -> Rows:
    meta = {
        "编号": [1],
        "开始答题时间": ["2024/5/1 10:00:00"],
        "结束答题时间": ["2024/5/1 10:03:20"],
        "昵称": [SECRETS[1]],
    }
    return beside(meta | {"答题时长": ["3分20秒"], "30.爱好:运动": [1, 0], "30.爱好:阅读": [0, 1]}, small("first"))


def wenjuan() -> Rows:
    meta = {"start": ["2024-05-01 10:00:00"], "finish": ["2024-05-01 10:04:05"], "Q1": [3], "Q2_A1": [1, 0]}
    return beside(meta | {"Q2_A2": [0, 1], "IP": [SECRETS[3]]}, small("first"))


def kobo() -> Rows:
    meta = {"start": ["2024-05-01T10:00:00.000+03:00"], "_id": [1, 2], "_uuid": ["u"], "_submission_time": ["x"]}
    return beside(meta | {"tools": ["mail", ""], "tools/mail": [1, 0], "_index": [1]}, small("first"))


def redcap() -> Rows:
    meta = {"record_id": [1, 2], "redcap_event_name": ["w1"], "tools___1": [1, 0], "tools___2": [0, 1]}
    return [row + [end] for row, end in zip(beside(meta, small("first")), ["s_complete", 2, 0, 2, 2, 1], strict=True)]


def google() -> Rows:
    return beside(
        {"Timestamp": ["5/1/2024 10:00:00"], "Email Address": [SECRETS[2]], "T": ["A, B", "A"]}, small("first")
    )


SOUND: dict[str, Callable[[], Rows]] = {
    **{"csv": lambda: small("first"), "excel": lambda: small("second"), "qualtrics": qualtrics, "wjx": wjx},
    **{"limesurvey": limesurvey, "tencent": tencent, "wenjuan": wenjuan, "kobo": kobo, "redcap": redcap},
    "google": google,
}

# Damage to tables

WILD = [
    "",
    " ",
    "1_0",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "３",
    "99",
    "-1",
    "TRUE",
    "0x10",
    "NULL",
    "同意",
    "\u200b",
    "=1+1",
]
WILD += [
    "a,b",
    'say "x"',
    "two\nlines",
    "1;2",
    "2024-01-02",
    "(跳过)",
    "-3",
    "┋",
    "〖",
    "〗〖",
    "4.0",
    "٣",
    "é",
    "𝟜",
    "#N/A",
]


def wild_cells(rows: Rows, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 12)):
        row = rng.choice(rows[1:])
        row[rng.randrange(len(row))] = rng.choice(WILD)


def wild_headings(rows: Rows, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        rows[0][rng.randrange(len(rows[0]))] = rng.choice(
            [*WILD, "1、", "[x]", "(", "第1题()", "Q_", "V1", "_id", "序号"]
        )


def columns_swapped(rows: Rows, rng: random.Random) -> None:
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    rows[:] = [[row[i] for i in order] for row in rows]


def column_repeated(rows: Rows, rng: random.Random) -> None:
    place = rng.randrange(len(rows[0]))
    rows[:] = [[*row, row[place]] for row in rows]


def columns_lost(rows: Rows, rng: random.Random) -> None:
    kept = sorted(rng.sample(range(len(rows[0])), rng.randint(1, len(rows[0]) - 1)))
    rows[:] = [[row[i] for i in kept] for row in rows]


def rows_shuffled_lost_and_blank(rows: Rows, rng: random.Random) -> None:
    rng.shuffle(rows)
    del rows[rng.randint(1, len(rows)) :]
    for _ in range(rng.randint(0, 3)):
        rows.insert(rng.randint(0, len(rows)), [""] * rng.choice([0, len(rows[0]) if rows[0] else 1]))


def ragged(rows: Rows, rng: random.Random) -> None:
    for row in rng.sample(rows, 2):
        row[:] = row[: rng.randint(0, len(row))] if rng.random() < 0.5 else row + [rng.choice(["", "x"])]


def headings_gone(rows: Rows, rng: random.Random) -> None:
    del rows[: rng.randint(1, 3)]


def nothing(rows: Rows, rng: random.Random) -> None:
    pass


TABLE_DAMAGE = [
    wild_cells,
    wild_headings,
    columns_swapped,
    column_repeated,
    columns_lost,
    ragged,
    headings_gone,
    nothing,
]
TABLE_DAMAGE += [rows_shuffled_lost_and_blank, wild_cells]

# Damage to bytes


def cut(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def flipped(raw: bytes, rng: random.Random) -> bytes:
    text = bytearray(raw)
    for _ in range(rng.choice([1, 1, 3, 30])):
        if text:
            text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text)


def zeros(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw) + 1)
    return raw[:place] + b"\0" * rng.randint(1, 20) + raw[place:]


def quotes(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw) + 1)
    return raw[:place] + b'"' + raw[place:]


def line_ends(raw: bytes, rng: random.Random) -> bytes:
    return raw.replace(b"\r\n", rng.choice([b"\r", b"\n", b"\n\n", b"\r\r\n"]))


def piece_moved(raw: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(raw) + 1) for _ in range(2))
    return raw[:a] + raw[b:] + raw[a:b]


def untouched(raw: bytes, rng: random.Random) -> bytes:
    return raw


BYTE_DAMAGE = [cut, flipped, zeros, quotes, line_ends, piece_moved, untouched, untouched, untouched]


def hurt(rows: Rows, damages: list[Callable], rng: random.Random) -> None:
    for damage in damages:
        width = max(len(row) for row in rows)
        for row in rows:
            row += [""] * (width - len(row))
        if len(rows) > 1 and len(rows[0]) > 1:
            damage(rows, rng)


def as_text(rows: Rows, rng: random.Random) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=rng.choice(",,,;\t"), quoting=rng.choice([0, 1]), lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(
        rng.choice(["utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "latin-1"]), "replace"
    )


def full_rows(rows: Rows) -> set[int]:
    return {i for i, row in enumerate(rows, start=1) if any(str(c).strip() for c in row)}


def test_damaged_text_files():
    rng, read, refused = random.Random(7), 0, 0
    for case in range(4500):
        name = rng.choice(list(SOUND))
        rows = SOUND[name]()
        hurt(rows, rng.sample(TABLE_DAMAGE, rng.choice([1, 1, 2])), rng)
        damage = rng.choice(BYTE_DAMAGE)
        raw = damage(as_text(rows, rng), rng)
        Path("case.csv").write_bytes(raw)
        reader = name if rng.random() < 0.8 else rng.choice(list(SOUND))
        found = attempt("case.csv", reader)
        if isinstance(found, str):
            refused += 1
            continue
        read += 1
        if damage in (untouched, quotes):
            first = {"qualtrics": 3 if "ImportId" not in str(rows[2:3]) else 4}.get(reader, 2)
            lost = {row for row in full_rows(rows) if row >= first} - set(found.answers.index)
            assert not lost, (case, name, reader, lost)
        if case % 5 == 0:
            recognised("case.csv")
    assert read > 500
    assert refused > 500


@pytest.mark.parametrize("name", list(SOUND))
def test_the_sound_exports_are_sound(name):
    rows = SOUND[name]()
    Path("case.csv").write_bytes(as_text(rows, random.Random(3)))
    export = attempt("case.csv", name)
    assert not isinstance(export, str), export
    assert len(export.answers) == 5
    assert recognised("case.csv") == (name if name != "excel" else "csv")
    assert not [s for s in SECRETS if s in export.answers.to_csv()]


def test_both_ways_of_reading_text_agree():
    rng, fast = random.Random(11), 0
    for case in range(4000):
        rows = rng.choice(list(SOUND.values()))()
        hurt(rows, rng.sample(TABLE_DAMAGE, rng.choice([0, 1, 2])), rng)
        raw = rng.choice(BYTE_DAMAGE)(as_text(rows, rng), rng)
        text = raw.decode("utf-8", "ignore").lstrip("\ufeff").replace("\0", "")
        if (columns := regular_text(text)) is None:
            continue
        fast += 1
        careful = ragged_text(text, "case.csv")
        assert [list(c) for c in columns] == [list(c) for c in careful], case
    assert fast > 500


def workbook(rows: Rows, rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    values = [1, 3.0, 2.5, True, 1e300, pd.Timestamp("2024-01-02"), pd.Timedelta(seconds=245).to_pytimedelta(), None]
    values += ["３", "1_0", "nan", "=SUM(A1:A2)", "#N/A", -3, "x" * 400]
    for row in rows:
        sheet.append([cell if isinstance(cell, int) or "=" not in cell else "y" for cell in row])
    for _ in range(rng.choice([0, 0, 1, 5])):
        sheet.cell(rng.randint(1, len(rows) + 3), rng.randint(1, len(rows[0]) + 2), rng.choice(values))
    if rng.random() < 0.1:
        sheet.merge_cells(start_row=1, start_column=1, end_row=rng.randint(1, 3), end_column=rng.randint(1, 3))
    if rng.random() < 0.1:
        book.create_sheet("other").append(["x"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def packed_again(raw: bytes, rng: random.Random) -> bytes:
    """One packed part damaged, in a file whose checksums are right."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        sick = rng.choice([n for n in names if n.startswith("xl/")])
        for name in names:
            part = old.read(name)
            if name == sick:
                part = rng.choice([cut, flipped, piece_moved])(part, rng)
            new.writestr(name, part)
    return file.getvalue()


def test_damaged_workbooks():
    rng, read, refused = random.Random(5), 0, 0
    sound = {name: workbook(SOUND[name](), random.Random(2)) for name in SOUND}
    for case in range(900):
        name = rng.choice(list(SOUND))
        rows = SOUND[name]()
        if rng.random() < 0.45:
            hurt(rows, rng.sample([d for d in TABLE_DAMAGE if d not in (headings_gone, ragged)], 1), rng)
            rows = [row for row in rows if row] or [["x"]]
            damage, raw = untouched, workbook(rows, rng)
        else:
            damage = rng.choice([cut, flipped, flipped, zeros, piece_moved, packed_again, packed_again])
            raw = damage(sound[name], rng)
        Path("case.xlsx").write_bytes(raw)
        found = attempt("case.xlsx", name)
        if isinstance(found, str):
            refused += 1
            continue
        read += 1
        if damage is untouched:
            full = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0].iter_rows(values_only=True)
            first = {"qualtrics": 4}.get(name, 2)
            full = [["" if cell is None else cell for cell in row] for row in full]
            lost = {row for row in full_rows(full) if row >= first} - set(found.answers.index)
            assert not lost, (case, name, lost)
    assert read > 100
    assert refused > 100


def test_damaged_files_of_statistics_programs():
    frame = pd.DataFrame({"age": [34.0, None, 41.0], "st1": [1.0, 2.0, 9.0], "say": ["a", "", "王小明"]})
    labels = {"st1": {1.0: "同意", 2.0: "不同意", 9.0: "没有"}}
    pyreadstat.write_sav(frame, "s.sav", variable_value_labels=labels, missing_ranges={"st1": [9]})
    pyreadstat.write_sav(frame, "s.zsav", variable_value_labels=labels, compress=True)
    pyreadstat.write_dta(frame, "s.dta", variable_value_labels={"st1": {1: "同意", 2: "不同意"}})
    rng, read, refused = random.Random(13), 0, 0
    for _ in range(40):
        file, reader = rng.choice([("s.sav", "spss"), ("s.zsav", "spss"), ("s.dta", "stata")])
        damage = rng.choice([cut, flipped, flipped, zeros, piece_moved])
        Path("case" + file[1:]).write_bytes(damage(Path(file).read_bytes(), rng))
        found = attempt("case" + file[1:], reader)
        refused += isinstance(found, str)
        read += not isinstance(found, str)
    assert read > 5
    assert refused > 5


def test_a_crash_of_the_library_ends_in_words():
    """This byte makes the library behind pyreadstat 1.3.7 crash; the process of the user goes on."""
    frame = pd.DataFrame({"age": [34.0, None, 41.0], "st1": [1.0, 2.0, 9.0], "say": ["a", "", "王小明"]})
    labels = {"st1": {1.0: "同意", 2.0: "不同意", 9.0: "没有"}}
    pyreadstat.write_sav(frame, "s.sav", variable_value_labels=labels, missing_ranges={"st1": [9]})
    raw = bytearray(Path("s.sav").read_bytes())
    raw[213] = 150
    Path("s.sav").write_bytes(raw)
    assert "s.sav is damaged or of an unknown version" in attempt("s.sav", "spss")


def test_junk_with_the_right_ending():
    rng = random.Random(17)
    for case in range(300):
        begin = rng.choice([b"", b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"])
        Path("case.bin").write_bytes(begin + rng.randbytes(rng.choice([0, 1, 20, 3000])))
        assert isinstance(attempt("case.bin", rng.choice(list(readers.READERS))), str), case
        recognised("case.bin")
    for begin in (b"$FL2@(#) SPSS", b"$FL3", b"<stata_dta><header>", b"\x73\x02\x01\x00"):
        Path("case.bin").write_bytes(begin + rng.randbytes(500))
        assert isinstance(attempt("case.bin", "spss" if b"$" in begin else "stata"), str)
        assert recognised("case.bin") is None


def test_small_waves_are_cleaned_or_refused(small, monkeypatch):
    study, rng, cleaned, refused = studies.load(small), random.Random(19), 0, 0
    for case in range(400):
        rows = SOUND["csv"]() if rng.random() < 0.5 else SOUND["excel"]()
        hurt(rows, rng.sample([wild_cells, columns_swapped, ragged, columns_lost, nothing], 1), rng)
        rows[rng.randrange(1, len(rows))][0:1] = [rng.choice([*SECRETS, *["34", "40"] * 4])]
        damage = rng.choice([untouched, untouched, flipped, cut])
        Path("case.csv").write_bytes(damage(as_text(rows, rng), rng))
        wave = study.waves["first"].model_copy(update={"file": "case.csv"})
        begun = time.perf_counter()
        try:
            result = waves.clean(study.model_copy(update={"waves": {**study.waves, "first": wave}}), "first")
        except UserError as error:
            refused += 1
            if damage is untouched:
                assert not [s for s in SECRETS if s in str(error)], (case, str(error))
        else:
            cleaned += 1
            if damage is untouched:
                assert full_rows(rows) - {1} <= set(result.ledger["row"]), case
        assert time.perf_counter() - begun < SECONDS
    assert cleaned > 20
    assert refused > 50


# Single hostile files


def packed(parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile("case.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)


def test_a_workbook_that_unpacks_to_gigabytes():
    packed({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * 1000})
    raw = bytearray(Path("case.xlsx").read_bytes())
    place = raw.rindex(b"PK\x01\x02") + 24  # the size that the directory states
    raw[place : place + 4] = struct.pack("<I", 3 << 30)
    Path("case.xlsx").write_bytes(raw)
    assert "would unpack to 3.0 GiB, more than the 2 GiB" in attempt("case.xlsx", "excel")
    raw[place : place + 4] = struct.pack("<I", 900)  # a directory that lies is found out
    Path("case.xlsx").write_bytes(raw)
    assert "is a damaged workbook" in attempt("case.xlsx", "excel")


def test_a_workbook_with_a_cell_in_the_last_row_and_column():
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active["XFD1048576"] = 1
    book.save("case.xlsx")
    assert "spans 1048576 rows and 16384 columns" in attempt("case.xlsx", "excel")


def test_a_packed_file_that_is_no_workbook():
    packed({"survey.csv": b"a,b\n1,2\n"})
    assert "packed, but no workbook" in attempt("case.xlsx", "excel")


def test_a_workbook_with_a_password():
    """A workbook with a password is an encrypted stream in a compound file, whose directory names it in UTF-16."""
    begin = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)
    Path("case.xlsx").write_bytes(begin + "EncryptedPackage".encode("utf-16-le") + bytes(2000))
    assert "protected by a password" in attempt("case.xlsx", "excel")


def test_a_text_of_ten_thousand_columns():
    heads = [f"q{i}" for i in range(10_000)]
    Path("case.csv").write_text("\n".join([",".join(heads), *[",".join("3" * 10_000)] * 20]), encoding="utf-8")
    assert attempt("case.csv", "csv").answers.shape == (20, 10_000)


def test_a_million_empty_rows():
    Path("case.csv").write_text("a,b\n1,2\n" + "\n" * 1_000_000 + "3,4\n" + ",\n" * 100_000, encoding="utf-8")
    export = readers.read(Wave(file="case.csv", reader="csv"))
    assert export.answers.index[-1] == 1_000_003
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (["a"], [1], *[[None]] * 3, [2]):
        sheet.append(row)
    book.save("case.xlsx")
    with zipfile.ZipFile("case.xlsx") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    place = b"xl/worksheets/sheet1.xml".decode()
    rows = b"".join(b'<row r="%d"></row>' % i for i in range(10, 1_000_000))
    parts[place] = parts[place].replace(b"</sheetData>", rows + b"</sheetData>")
    packed(parts)
    assert attempt("case.xlsx", "excel").answers.index.to_list()[-1] == 6


def test_one_line_and_one_cell():
    for text in ("a", "a\n", "\n\n\n", " ", ",,,\n,,,\n", "\ufeff", '"'):
        Path("case.csv").write_text(text, encoding="utf-8")
        for reader in readers.READERS:
            assert isinstance(attempt("case.csv", reader), str)


def test_a_quotation_mark_that_is_not_closed_swallows_no_rows():
    Path("case.csv").write_text('a,b\n1,"two\n3,4\n5,6\n', encoding="utf-8")
    assert "case.csv, row 2 (line 4): a quotation mark that is not closed" in attempt("case.csv", "csv")


def test_a_regular_and_a_ragged_text_give_the_same_export():
    rng = np.random.default_rng(3)
    rows = [["a", "b\nc", "d"], *([str(x), f"two\n{x}", "同意"] for x in rng.integers(1, 6, 500))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    Path("one.csv").write_text(text.getvalue(), encoding="utf-8")
    ragged = text.getvalue().replace("同意\n", "同意\r", 1)
    Path("two.csv").write_text(ragged, encoding="utf-8", newline="")
    assert regular_text(text.getvalue()) is not None
    assert regular_text(ragged) is None
    one, two = (readers.read(Wave(file=f, reader="csv")) for f in ("one.csv", "two.csv"))
    pd.testing.assert_frame_equal(one.answers, two.answers)
    assert one.answers.index.to_list() == list(range(2, 502))
