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
    waves = "Wave first: 5 rows, 5 kept by the screening rules.\nWave second: 5 rows, 3 kept by the screening rules.\n"
    expected = f"{waves}study.yaml is in order: 4 constructs, 11 items, 5 hypotheses, 2 waves.\n"
    assert run("check", "study.yaml") == expected


def test_a_wave_is_added(run):
    run("register", "study.yaml")
    pd.read_csv("first.csv").assign(age=50).to_csv("third.csv", index=False)
    said = run("add-wave", "third.csv", "--wave", "2026", "--study", "study.yaml")
    assert said.startswith("Wave 2026: data/raw/small/third.csv, read as csv, 5 rows, 5 kept by the screening rules.\n")
    assert "3 waves" in run("check", "study.yaml")


def test_the_questionnaire_is_written_in_both_languages(run):
    assert (
        run("questionnaire", "study.yaml", "--folder", ".") == "Wrote questionnaire.en.md\nWrote questionnaire.zh.md\n"
    )
    assert "I am under pressure." in Path("questionnaire.en.md").read_text(encoding="utf-8")


def test_help_names_every_command():
    ended = in_a_process("--help")
    assert ended.returncode == 0
    assert all(name in ended.stdout for name in ("check", "register", "add-wave", "questionnaire", "simulate"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "no_such.yaml"), "no_such.yaml cannot be read: No such file or directory."),
        (("check", "study.yaml"), "first.csv is not in SHA256SUMS yet."),
        (("add-wave", "no.csv", "--wave", "2026", "--study", "study.yaml"), "no.csv does not exist."),
    ],
)
def test_an_error_is_one_message_without_a_traceback(small, arguments, message):
    ended = in_a_process(*arguments)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
