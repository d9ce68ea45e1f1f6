"""A step ends on an error with one plain line and exit code 1; the details of a fault of the program go to the log."""

import subprocess
import sys

import pytest

from analysis.errors import nearest

STEP = "from analysis.errors import UserError, plain_errors\nplain_errors({log!r})\n{body}\n"


def step(body: str, log: str | None) -> subprocess.CompletedProcess:
    code = STEP.format(body=body, log=log)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")


def test_a_user_error_is_its_message_alone(tmp_path):
    log = tmp_path / "logs" / "step.log"
    ended = step("raise UserError('data.csv, row 3: “九” is no answer.')", str(log))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "data.csv, row 3: “九” is no answer.\n"
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_an_error_of_the_engine_is_its_message_alone():
    ended = step("from analysis.sem import DataError\nraise DataError('too few rows')", None)
    assert (ended.returncode, ended.stderr) == (1, "too few rows\n")


def test_a_fault_of_the_program_is_one_line_and_a_log(tmp_path):
    log = tmp_path / "step.log"
    ended = step("1 / 0", str(log))
    assert ended.returncode == 1
    assert ended.stderr == f"This is a fault of the program, not of your data. Details are in {log}\n"
    assert "ZeroDivisionError: division by zero" in log.read_text(encoding="utf-8")


def test_the_log_of_a_fault_holds_its_stack_but_no_words_that_may_be_answers(tmp_path):
    log = tmp_path / "step.log"
    body = (
        "try:\n    float(chr(29579) + '小明')\nexcept ValueError as error:\n    raise KeyError(chr(26446)) from error"
    )
    assert step(body, str(log)).returncode == 1
    text = log.read_text(encoding="utf-8")
    assert "ValueError" in text and "KeyError" in text and 'File "<string>", line' in text
    assert chr(29579) not in text and chr(26446) not in text


def test_a_fault_without_a_log_shows_its_details():
    ended = step("1 / 0", None)
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


@pytest.mark.parametrize(
    ("name", "valid", "hint"),
    [
        ("fundng", ["funding", "talent"], ' Did you mean "funding"?'),
        ("韧姓能力", ["韧性能力", "资源"], ' Did you mean "韧性能力"?'),
        ("zzz", ["a", "b"], " Valid names are: a, b."),
        ("zzz", [str(i) for i in range(9)], ""),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_name_is_hinted_at(name, valid, hint):
    assert nearest(name, valid) == hint
