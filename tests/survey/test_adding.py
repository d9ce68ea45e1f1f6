"""A new wave is checked before anything is written; then it is one file and one line."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.errors import UserError
from analysis.study import load
from analysis.survey import registry
from analysis.survey.adding import add_wave, with_wave
from analysis.survey.waves import clean


@pytest.fixture
def export(small) -> Path:
    """An export in another folder, like the first wave but with other ages."""
    registry.register(load(small))
    folder = Path("下载 (1)")
    folder.mkdir()
    table = pd.read_csv("first.csv")
    table["age"] += 1
    table.to_csv(folder / "第三轮, 终稿.csv", index=False)
    return folder / "第三轮, 终稿.csv"


def everything() -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}


def test_one_line_is_added_and_everything_else_stays(small, export):
    before = small.read_text(encoding="utf-8").splitlines()
    said = add_wave(small, export, "third")
    line = "  \"third\": {file: 'data/raw/small/第三轮, 终稿.csv', reader: csv}"
    assert small.read_text(encoding="utf-8").splitlines() == [*before, line]
    assert "5 rows, 5 kept" in said
    study = load(small)
    assert study.waves["third"].path.read_bytes() == export.read_bytes()
    registry.verify(study, small)
    assert clean(study, "third")[0]["age"].to_list() == [35, 29, 52, 46, 40]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_that_is_at_home_is_not_copied_and_no_path_of_the_machine_is_written(small, export, absolute):
    home = Path("data/raw/small")
    home.mkdir(parents=True)
    export = export.rename(home / "third.csv")
    add_wave(small, export.resolve() if absolute else export, "third")
    assert load(small).waves["third"].file == "data/raw/small/third.csv"
    assert sorted(p.name for p in home.iterdir()) == ["SHA256SUMS", "third.csv"]


def test_a_platform_export_is_recognised(small, export):
    table = pd.read_csv(export)
    table.insert(0, "序号", range(1, 6))
    table.to_excel("按文本.xlsx", index=False)
    add_wave(small, "按文本.xlsx", "third")
    assert load(small).waves["third"].reader == "wjx"


def spoiled(kind: str, export: Path, small: Path) -> tuple[Path, str]:
    """An export and a name that cannot be added, for one of several reasons."""
    if kind == "the name is taken":
        return export, "second"
    if kind == "no name for a wave":
        return export, "spring 2026"
    if kind == "no file":
        return Path("no such.csv"), "third"
    if kind == "the same bytes":
        export.write_bytes(Path("first.csv").read_bytes())
    if kind == "an unknown column":
        export.write_text(export.read_text(encoding="utf-8").replace("ou3", "ou4"), encoding="utf-8")
    if kind == "an unknown answer":
        export.write_text(export.read_text(encoding="utf-8").replace("35,1", "35,9"), encoding="utf-8")
    if kind == "an unknown kind of file":
        export = export.rename(export.with_suffix(".txt"))
    if kind == "another file is in its place":
        Path("data/raw/small").mkdir(parents=True)
        (Path("data/raw/small") / export.name).write_text("other", encoding="utf-8")
    if kind == "waves on one line":
        text = small.read_text(encoding="utf-8")
        begin = text.index("waves:")
        waves = "waves: {first: {file: first.csv, reader: csv}, second: {file: second.csv, reader: csv}}\n"
        small.write_text(text[:begin] + waves, encoding="utf-8")
    return export, "third"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("the name is taken", "wave second is there already, with the file second.csv."),
        ("no name for a wave", '"spring 2026" cannot name a wave'),
        ("no file", "no such.csv does not exist."),
        ("the same bytes", "it holds the same bytes as wave first, first.csv."),
        ("an unknown column", 'the column "ou4" is in no row of the codebook.'),
        ("an unknown answer", 'row 2, column "region": "9" is no answer'),
        ("an unknown kind of file", "no reader for this kind of file."),
        ("another file is in its place", "exists already; rename the new export."),
        ("waves on one line", "put each on a line of its own first."),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(small, export, kind, message):
    export, name = spoiled(kind, export, small)
    before = everything()
    with pytest.raises(UserError) as caught:
        add_wave(small, export, name)
    assert message in str(caught.value)
    assert everything() == before


WAVES = {
    "one line a wave": 'name: x\nwaves:\n  "1": {file: a.csv, reader: csv}   # the first\n\n# the end\n',
    "no line at the end": 'name: x\nwaves:\n  "1": {file: a.csv, reader: csv}',
    "more keys follow": "waves:\n    a:\n        file: a.csv\n        reader: csv   # plain\n    # done\n\nseed: 1\n",
    "windows": "waves:\r\n  a: {file: a.csv, reader: csv}\r\nseed: 1\r\n",
    "two lines a wave": "waves:\n  a: {file: a.csv,\n      reader: csv}\nseed: 1\n",
}


@pytest.mark.parametrize("text", WAVES.values(), ids=WAVES)
def test_the_line_is_put_after_the_last_wave_whatever_stands_around_it(text):
    new = with_wave(text, "二", "b: c, [d] #e.csv", "csv")
    read, before = yaml.safe_load(new), yaml.safe_load(text)
    assert read["waves"].pop("二") == {"file": "b: c, [d] #e.csv", "reader": "csv"}
    assert read == before
    old, lines = text.splitlines(keepends=True), new.splitlines(keepends=True)
    added = next(n for n, line in enumerate(lines) if "二" in line)
    assert [line.rstrip("\r\n") for line in lines[:added] + lines[added + 1 :]] == [line.rstrip("\r\n") for line in old]
    assert {line.endswith("\r\n") for line in lines} == {"\r\n" in text}
    assert yaml.safe_load(with_wave(new, "3", "c.csv", "csv"))["waves"].keys() >= {"二", "3"}


def test_a_study_file_in_gb18030_becomes_utf8_and_keeps_its_words(small, export):
    text = small.read_text(encoding="utf-8")
    small.write_bytes(text.encode("gb18030"))
    add_wave(small, export, "third")
    assert small.read_text(encoding="utf-8").startswith(text)


def test_an_older_wave_that_has_changed_is_not_registered_in_passing(small, export):
    older = small.parent / "first.csv"
    older.write_text(older.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="first.csv has changed since it was registered"):
        add_wave("study.yaml", export, "third")
