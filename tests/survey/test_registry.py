"""A raw file is what it was when it was registered, or the study is refused."""

import hashlib
from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.study import load
from analysis.survey import registry


def refusal() -> str:
    with pytest.raises(UserError) as caught:
        registry.verify(load("study.yaml"), "study.yaml")
    return str(caught.value)


def test_registered_files_are_accepted(small):
    assert registry.register(load(small)) == ["first.csv", "second.csv"]
    registry.verify(load(small), small)
    assert registry.register(load(small)) == []
    lines = Path("SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"{hashlib.sha256(Path('first.csv').read_bytes()).hexdigest()}  first.csv"


def test_a_file_that_is_not_registered_is_refused_and_told_how(small):
    assert refusal().splitlines()[0] == (
        "first.csv is not in SHA256SUMS yet. If it is the export you mean, register it: "
        "python -m analysis register study.yaml"
    )


def test_a_changed_file_is_refused_until_it_is_registered_again(edit):
    registry.register(load("study.yaml"))
    edit("34,1", "35,1", "first.csv")
    assert refusal().startswith("first.csv has changed since it was registered (SHA-256 ")
    assert len(refusal().splitlines()) == 1
    assert registry.register(load("study.yaml")) == ["first.csv"]
    registry.verify(load("study.yaml"), "study.yaml")


def test_a_missing_file_is_named_with_the_nearest_one(edit):
    registry.register(load("study.yaml"))
    edit("file: second.csv", "file: secnd.csv")
    expected = 'study.yaml: wave second: the file secnd.csv does not exist. Did you mean "second.csv"?'
    assert refusal() == expected
    edit("file: secnd.csv", "file: raw/second.csv")
    assert refusal().endswith("There is no folder raw either.")


def test_nothing_is_registered_if_a_file_is_missing(edit):
    edit("file: second.csv", "file: secnd.csv")
    with pytest.raises(UserError, match="secnd.csv does not exist, so it cannot be registered"):
        registry.register(load("study.yaml"))
    assert not Path("SHA256SUMS").exists()


def test_the_same_bytes_under_two_names_are_refused(small):
    Path("second.csv").write_bytes(Path("first.csv").read_bytes())
    registry.register(load(small))
    assert (
        refusal() == "study.yaml: wave second: second.csv holds the same bytes as first.csv; a wave is registered once."
    )


def test_names_with_spaces_and_other_files_keep_their_entries(edit):
    Path("first.csv").rename("第 一.csv")
    edit("file: first.csv", "file: 第 一.csv")
    Path("SHA256SUMS").write_text(f"{'0' * 64} *another file.csv\n", encoding="utf-8")
    registry.register(load("study.yaml"))
    registry.verify(load("study.yaml"), "study.yaml")
    assert f"{'0' * 64}  another file.csv" in Path("SHA256SUMS").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("example", ["corporate-reputation", "ecsi"])
def test_a_file_that_comes_with_a_package_needs_no_registration(example, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    file = f"examples/{example}/study.yaml"
    registry.verify(load(file), file)


def test_the_salt_is_registered_and_no_raw_file(edit):
    edit("age,number", "who,identifier,,,,,Your credit code,您的信用代码,\nage,number", "codebook.csv")
    assert registry.register(load("study.yaml")) == ["first.csv", "second.csv", "SALT"]
    registry.verify(load("study.yaml"), "study.yaml")
    salt = Path("SALT").read_text(encoding="utf-8")
    Path("SALT").write_text("changed", encoding="utf-8")
    assert refusal().startswith("SALT has changed since it was registered, so firms would get other hashes than before")
    Path("SALT").write_text(salt, encoding="utf-8")
    sums = Path("SHA256SUMS").read_text(encoding="utf-8")
    Path("SHA256SUMS").write_text("".join(x for x in sums.splitlines(True) if "SALT" not in x), encoding="utf-8")
    assert refusal().startswith("SALT is not in SHA256SUMS yet.")
    edit("file: second.csv", "file: SALTS")
    assert "the file SALTS does not exist." in refusal() and '"SALT"' not in refusal()


def test_the_file_of_another_wave_is_no_suggestion(edit):
    registry.register(load("study.yaml"))
    Path("second.csv").rename("wave.csv")
    Path("first.csv").rename("second.cs")
    edit("file: first.csv", "file: second.cs")
    assert "the file second.csv does not exist." in refusal() and 'mean "second.cs"' not in refusal()
