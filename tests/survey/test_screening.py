"""Each rule of the study flags the rows that it is meant for, and only those."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.study import load
from analysis.survey import readers, screening
from analysis.survey.harmonise import harmonise
from analysis.survey.screening import longest_run, reasons

CARELESS = Path(__file__).parents[2] / "../shared/data/careless/lonstring-test-data.csv"


def found(wave="first", **export) -> list[str]:
    """The reasons of a wave; ``export`` adds what other platforms tell of a row."""
    study = load("study.yaml")
    read = readers.read(study.waves[wave])
    told = {name: pd.Series(values, index=read.answers.index) for name, values in export.items()}
    full = readers.Export(read.answers, read.wordings, **told)
    return reasons(full, harmonise(full, study, wave), study, wave).to_list()


def rules(edit, text: str) -> None:
    study = Path("study.yaml").read_text(encoding="utf-8")
    begin, end = study.index("screening:"), study.index("waves:")
    edit(study[begin:end], f"screening: {text}\n")


def test_the_small_study_loses_the_inattentive_and_the_monotonous(small):
    assert found("first") == [""] * 5
    assert found("second") == ["", "", "attention", "longest_run", ""]


def test_a_rule_that_is_not_stated_is_not_applied(edit):
    rules(edit, "{}")
    assert found("second", duration=[0, 0, 0, 0, 0]) == [""] * 5


def test_an_attention_check_left_open_leaves_nobody_out(edit):
    edit("34,1,4,5,2,3,3,4,", "34,1,4,5,2,3,3,,", "first.csv")
    assert found() == [""] * 5
    edit("28,2,2,2,4,5,4,4,", "28,2,2,2,4,5,4,3,", "first.csv")
    assert found() == ["", "attention", "", "", ""]


def test_an_attention_check_that_was_not_asked_leaves_nobody_out(edit):
    pd.read_csv("first.csv").drop(columns="check").to_csv("first.csv", index=False)
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [check]")
    assert found() == [""] * 5


def test_speed_counts_the_statements_that_were_asked(edit):
    rules(edit, "{seconds_per_item: 2}")  # 11 items and the check: 24 seconds
    assert found(duration=[24, 23.9, np.nan, 300, 0]) == ["", "speed", "", "", "speed"]


def test_a_run_as_long_as_allowed_is_kept(edit):
    rules(edit, "{longest_run: 11}")
    assert found("second") == [""] * 5
    edit("longest_run: 11", "longest_run: 10")
    assert found("second") == ["", "", "", "longest_run", ""]


def test_missing_answers_count_against_the_items_asked(edit):
    rules(edit, "{missing_share: 0.2}")
    edit("34,1,4,5,2,", "34,1,,,,", "first.csv")  # 3 of 11
    edit("28,2,2,2,4,", "28,2,,,4,", "first.csv")  # 2 of 11
    assert found() == ["missing_share", "", "", "", ""]
    edit("missing_share: 0.2", "missing_share: 0")
    assert found() == ["missing_share", "missing_share", "", "", ""]


def test_a_row_without_any_answer_to_an_item_is_empty(edit):
    edit("34,1,4,5,2,3,3,4,2,2,3,2,3,2", "34,1" + "," * 12, "first.csv")
    assert found() == ["empty", "", "", "", ""]


def test_what_the_platform_marks_comes_first_and_one_reason_is_given(small):
    assert found("second", dropped=["preview", "unfinished", "preview", "", ""]) == [
        *("preview", "unfinished", "preview"),
        *("longest_run", ""),
    ]
    assert set(found("second")) - {""} < set(screening.REASONS)


@pytest.mark.parametrize(
    ("row", "length"),
    [
        ([1, 2, 3, 4], 1),
        ([1, 1, 2, 2, 2, 1], 3),
        ([5, 5, 5, 5], 4),
        ([3, 3, np.nan, 3, 3, 3], 3),
        ([np.nan, np.nan, np.nan], 1),
        ([2], 1),
    ],
)
def test_the_longest_run_by_hand(row, length):
    assert longest_run(np.array([row, row[::-1]], dtype=float)).tolist() == [length, length]


def test_the_longest_run_is_that_of_careless():
    """The test data of the R package careless: rows that begin with 10, 20, ... 90 equal answers, and one of tens."""
    if not CARELESS.is_file():
        pytest.skip("the test data of the R package careless are not beside the project")
    expected = [10, 20, 30, 40, 50, 60, 70, 80, 90, 10]
    assert longest_run(pd.read_csv(CARELESS).to_numpy(dtype=float)).tolist() == expected


def test_a_rule_that_the_file_cannot_serve_is_refused_unless_the_wave_says_so(edit):
    study = load("study.yaml")
    timed = study.model_copy(update={"screening": study.screening.model_copy(update={"seconds_per_item": 2.0})})
    export = readers.read(timed.waves["first"])
    coded = harmonise(export, timed, "first")
    with pytest.raises(UserError, match="says not how long anyone took, so seconds_per_item cannot be applied"):
        reasons(export, coded, timed, "first")
    untimed = timed.waves["first"].model_copy(update={"no_duration": True})
    agreed = timed.model_copy(update={"waves": {**timed.waves, "first": untimed}})
    assert "speed" not in set(reasons(export, coded, agreed, "first"))
