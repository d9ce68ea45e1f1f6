"""Real exports that nobody here wrote, where they are beside the project: all their rows and no metadata are read."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey import readers

DATA = Path(__file__).parents[2] / "../shared/data"


def read(file: str, reader: str) -> readers.Export:
    if not (DATA / file).is_file():
        pytest.skip(f"{file} is not beside the project")
    return readers.read(Wave(file=str(DATA / file), reader=reader))


@pytest.mark.parametrize(("file", "columns"), [("wjx_800_800_0.xls", 8), ("wjx_800_800_2.xls", 30)])
def test_wjx_texts_and_codes(file, columns):
    export = read(f"wjx_reportgen/{file}", "wjx")
    assert export.answers.shape == (800, columns)
    assert not {"序号", "提交答卷时间", "来自IP"} & set(export.answers)
    assert export.wordings["1、手机部数"] == "手机部数"
    assert export.answers.index[[0, -1]].to_list() == [2, 801]


def test_qualtrics_of_today():
    export = read("qualtrics/sample.csv", "qualtrics")
    assert list(export.answers) == ["Q1", "Q2", "Q2 - Topics"]
    assert export.answers.loc[4].to_list() == ["2", "Hello World!", ""]
    assert export.dropped.to_list() == [""]
    assert export.duration.to_list() == [38]


def test_qualtrics_of_old_is_refused_by_name():
    with pytest.raises(UserError, match="no current export of Qualtrics"):
        read("qualtrics/sample_legacy.csv", "qualtrics")


def test_limesurvey_as_plain_csv():
    export = read("limesurvey/survey_998192_R_data_file.csv", "csv")
    raw = pd.read_csv(DATA / "limesurvey/survey_998192_R_data_file.csv", dtype=str, skip_blank_lines=False)
    assert export.answers.shape == raw.shape
    assert list(export.answers)[:2] == ["Response ID", "Date submitted"]


def test_a_plain_csv_of_seven_point_items():
    export = read("utaut2_216/utaut2_216.csv", "csv")
    assert export.answers.shape == (216, 32)
    assert set(export.answers["FC1"]) <= set("1234567")
