"""Real exports that nobody here wrote, where they are beside the project: all their rows and no metadata are read."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.study import Wave
from analysis.survey import readers

DATA = Path(__file__).parents[2] / "../shared/data"


def read(file: str, reader: str) -> readers.Export:
    if not (DATA / file).is_file():
        pytest.skip(f"{file} is not beside the project")
    assert readers.recognise(DATA / file).reader == reader
    return readers.read(Wave(file=str(DATA / file), reader=reader))


@pytest.mark.parametrize("file", ["wjx_800_800_0.xls", "wjx_800_800_2.xls"])
def test_wjx_texts_and_codes(file):
    export = read(f"wjx_reportgen/{file}", "wjx")
    assert export.answers.shape == (800, 8)
    assert len(export.multiple) == 2
    assert export.wordings["1、手机部数"] == "手机部数"
    assert export.answers.index[[0, -1]].to_list() == [2, 801]


def test_wjx_texts_and_codes_tell_the_same_of_several_options():
    texts, codes = (read(f"wjx_reportgen/wjx_800_800_{kind}.xls", "wjx") for kind in (0, 2))
    for text, code in (("6、兴趣爱好", "第6题"), ("8、关注资讯", "第8题")):
        assert texts.answers[text].to_list() == codes.answers[code].to_list()
    assert texts.private["free text"] == (3, 9)


def test_qualtrics_of_today():
    export = read("qualtrics/sample.csv", "qualtrics")
    assert list(export.answers) == ["Q1", "Q2"]
    assert export.answers.loc[4].to_list() == ["2", "Hello World!"]
    assert export.visits.loc[4, ["status", "seconds"]].to_list() == ["", 38]
    assert export.visits["started"][4] == pd.Timestamp("2017-07-18 08:28:09")
    assert export.private == {
        **{"network address": (1, 1), "identifier": (1, 1), "place": (2, 2)},
    }


def test_qualtrics_of_old():
    export = read("qualtrics/sample_legacy.csv", "qualtrics")
    assert export.answers.to_dict("index") == {3: {"Q1": "2", "Q2": "Hello World!"}}
    assert export.wordings["Q1"] == "This is a multiple choice question."
    assert export.visits.loc[3, ["status", "seconds"]].to_list() == ["", 39]


def test_limesurvey():
    export = read("limesurvey/survey_998192_R_data_file.csv", "limesurvey")
    assert export.answers.shape == (7, 39)
    assert export.visits["status"].eq("unfinished").sum() == 5
    assert export.wordings["Describe yourselves [Openness]"] == "Openness"
    (tools,) = export.multiple
    assert export.answers[tools].to_list()[:3] == ["", "Tertairy School", "Primary School┋Secondary School"]
    assert not [h for h in export.answers if "time:" in h or h.startswith(("Response", "filecount"))]


def test_a_plain_csv_of_seven_point_items():
    export = read("utaut2_216/utaut2_216.csv", "csv")
    assert export.answers.shape == (216, 32)
    assert set(export.answers["FC1"]) <= set("1234567")
