"""The small command line says what it did, and on an error one plain message with exit code 1."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import __main__ as command_line


@pytest.fixture
def run(small, monkeypatch, capsys):
    """run(*arguments) gives what a command prints."""

    def call(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["analysis", *arguments])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        command_line.main()
        return capsys.readouterr().out

    return call


def in_a_process(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "analysis", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_files_are_registered_and_the_study_checked(run):
    assert run("register", "study.yaml") == "Registered first.csv\nRegistered second.csv\n"
    assert run("register", "study.yaml") == "Every raw file was registered already.\n"
    waves = "Wave first: 5 rows, 5 kept by the screening rules.\nWave second: 5 rows, 3 kept by the screening rules"
    waves += "; left out: 1 attention, 1 longest_run.\n"
    expected = f"{waves}study.yaml is in order: 4 constructs, 11 items, 5 hypotheses, 2 waves.\n"
    assert run("check", "study.yaml") == expected


ADD = ("add-wave", "third.csv", "--wave", "2026", "--study", "study.yaml")


def test_a_wave_that_matches_is_added_without_a_question(run):
    run("register", "study.yaml")
    pd.read_csv("first.csv").assign(age=50).to_csv("third.csv", index=False)
    said = run(*ADD)
    assert said.startswith("Wave 2026: data/raw/small/third.csv, read as csv, 5 rows, 5 kept by the screening rules.\n")
    assert "3 waves" in run("check", "study.yaml")


@pytest.fixture
def differs(run):
    """The third wave has one column under another heading."""
    run("register", "study.yaml")
    table = pd.read_csv("first.csv").assign(age=50).rename(columns={"ou1": "I get very much done."})
    table.to_csv("third.csv", index=False)


@pytest.mark.parametrize("answer", ["y", "", "n"])
def test_a_wave_that_differs_is_shown_and_asked_about(run, differs, monkeypatch, capsys, answer):
    before = Path("study.yaml").read_bytes()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer if question == "Add this wave? [y/N] " else None)
    if answer == "y":
        said = run(*ADD)
        assert "Wave 2026: data/raw/small/third.csv" in said
        assert "rename: {I get very much done.: ou1}" in Path("study.yaml").read_text(encoding="utf-8")
    else:
        with pytest.raises(SystemExit, match="Nothing was written. To decide otherwise, copy the file"):
            run(*ADD)
        said = capsys.readouterr().out
        assert Path("study.yaml").read_bytes() == before and not Path("data").exists()
    assert "is ou1: I get much done." in said


def test_a_wave_that_differs_is_not_added_unasked(differs):
    before = Path("study.yaml").read_bytes()
    ended = in_a_process(*ADD)
    assert ended.returncode == 1
    assert "I get very much done." in ended.stdout
    command = "python -m analysis add-wave third.csv --wave 2026 --study study.yaml --yes"
    assert ended.stderr == f"Nothing was written. To add the wave like this:  {command}\n"
    assert Path("study.yaml").read_bytes() == before
    ended = in_a_process(*ADD, "--yes")
    assert ended.returncode == 0 and "I get very much done." in ended.stdout
    assert "3 waves" in in_a_process("check", "study.yaml").stdout


def test_a_study_is_started_stated_and_checked(run, capsys):
    items = {f"{x}{n}": [1, 2, 3, 4, 5, n, 2, 4] for x in ("PE", "INT") for n in (1, 2, 3)}
    pd.DataFrame(items).to_csv("answers 1.csv", index=False)
    said = run("start", "answers 1.csv", "--name", "mine")
    assert "Construct pe: PE1, PE2, PE3\n" in said and "check studies/mine/study.yaml" in said
    with pytest.raises(SystemExit) as ended:
        run("check", "studies/mine/study.yaml")
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "studies/mine/study.yaml fits together so far: 2 constructs, 6 items, 0 hypotheses, 1 wave." in said
    assert said.count("\n") == 9 and "the hypotheses, a line each; there are none yet" in said

    file = Path("studies/mine/study.yaml")
    text = file.read_text(encoding="utf-8").replace("hypotheses:\n#  H1", "hypotheses:\n  H1")
    file.write_text("\n".join(x for x in text.splitlines() if "TO STATE:" not in x), encoding="utf-8")
    assert "1 hypothesis," in (said := run("check", "studies/mine/study.yaml"))
    assert "1. studies/mine/codebook.csv, lines 2–7: the question in both languages" in said
    book = Path("studies/mine/codebook.csv")
    book.write_text(book.read_text(encoding="utf-8").replace(",PE", ",Useful "), encoding="utf-8")
    rows = pd.read_csv(book)
    rows["zh"] = "问题" + rows["name"]
    rows.to_csv(book, index=False)
    said = run("check", "studies/mine/study.yaml")
    assert said.endswith("is in order: 2 constructs, 6 items, 1 hypothesis, 1 wave.\n")


def test_the_questionnaire_is_written_in_both_languages(run):
    assert (
        run("questionnaire", "study.yaml", "--folder", ".") == "Wrote questionnaire.en.md\nWrote questionnaire.zh.md\n"
    )
    assert "I am under pressure." in Path("questionnaire.en.md").read_text(encoding="utf-8")


def test_help_names_every_command():
    ended = in_a_process("--help")
    assert ended.returncode == 0
    assert all(name in ended.stdout for name in ("check", "register", "add-wave", "start", "questionnaire", "simulate"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "no_such.yaml"), "no_such.yaml cannot be read: No such file or directory."),
        (("check", "study.yaml"), "first.csv is not in SHA256SUMS yet."),
        (("start", "no.csv"), "no.csv does not exist."),
        (("add-wave", "no.csv", "--wave", "2026", "--study", "study.yaml"), "no.csv does not exist."),
    ],
)
def test_an_error_is_one_message_without_a_traceback(small, arguments, message):
    ended = in_a_process(*arguments)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_end_of_input_is_a_no(run, differs, monkeypatch):
    def ends(question):
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", ends)
    with pytest.raises(SystemExit, match="Nothing was written."):
        run(*ADD)


def test_a_reader_that_stops_reading_gets_no_traceback(run):
    run("register", "study.yaml")
    command = [sys.executable, "-m", "analysis", "check", "study.yaml"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait() == 1 and said == b""


def test_all_waves_are_checked_before_the_end(run, edit):
    edit("34,1", "34,9", "first.csv")
    edit("st1", "st_one", "second.csv")
    run("register", "study.yaml")
    ended = in_a_process("check", "study.yaml")
    assert ended.returncode == 1
    assert 'first.csv, row 2, column "region"' in ended.stderr and "second.csv" in ended.stderr
