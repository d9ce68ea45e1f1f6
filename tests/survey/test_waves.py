"""From raw files to the tables that all later stages read: nobody lost, nobody counted twice, nothing private kept."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.study import load
from analysis.survey import waves


def cleaned() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Respondents and ledger of both waves."""
    study = load("study.yaml")
    parts = [waves.clean(study, wave) for wave in study.waves]
    return tuple(pd.concat([getattr(p, t) for p in parts], ignore_index=True) for t in ("respondents", "ledger"))


def test_every_raw_row_is_in_the_ledger_once(small):
    respondents, ledger = cleaned()
    assert ledger["row"].to_list() == [2, 3, 4, 5, 6] * 2
    assert ledger["file"].to_list() == ["first.csv"] * 5 + ["second.csv"] * 5
    kept = ledger[ledger["status"] == "kept"]
    assert respondents["respondent"].to_list() == [f"{w}:{r}" for w, r in zip(kept["wave"], kept["row"], strict=True)]
    assert ledger[ledger["status"] == "left_out"]["reason"].to_list() == ["attention", "longest_run"]
    assert (kept["reason"] == "").all()


def test_blank_lines_are_in_the_ledger_too(edit):
    edit("51,3,3", "\n51,3,3", "first.csv")
    with open("first.csv", "a", encoding="utf-8") as file:
        file.write("\n")
    ledger = waves.clean(load("study.yaml"), "first").ledger
    assert ledger["row"].to_list() == [2, 3, 4, 5, 6, 7]  # below the last answer there are no rows
    assert ledger["reason"].to_list() == ["", "", "empty", "", "", ""]


def test_respondents_have_the_answers_but_no_checks(small):
    respondents, _ = cleaned()
    assert list(respondents) == ["respondent", "wave", "firm", *(v for v in load(small).codebook if v != "check")]
    assert respondents.loc[0, "st3"] == 6 - 2


def test_the_tables_are_those_that_are_promised(small, tmp_path):
    study = load(small)
    respondents, ledger = cleaned()
    tables = waves.clean(study, "second")._asdict() | {
        "scores": waves.scores(respondents, study),
        "controls": waves.controls(respondents, study),
        "case_flow": waves.case_flow(ledger),
        "sample": waves.sample(respondents, study),
        "panel": waves.panel(respondents),
    }
    for name, table in tables.items():
        results.write(name, table, tmp_path / f"{name}.csv")
        assert len(results.read(name, tmp_path / f"{name}.csv")) == len(table)


def test_scores_are_means_of_at_least_half_of_the_items(small):
    study = load(small)
    respondents, _ = cleaned()
    respondents = respondents.head(3).copy()
    respondents.loc[0, ["st1", "ho1", "of1"]] = np.nan
    respondents.loc[1, ["st1", "st2"]] = np.nan
    respondents.loc[2, ["ho1", "ho2", "of1"]] = np.nan
    scores = waves.scores(respondents, study)
    assert list(scores) == ["respondent", "wave", "stress", "support", "home", "office", "mood", "output"]
    assert scores["stress"].to_list()[0] == (5 + 4) / 2
    assert np.isnan(scores["stress"][1])
    assert scores["support"][0] == (3 + 2) / 2
    assert scores["home"][0] == 3
    assert np.isnan(scores[["support", "home"]].to_numpy()[2]).all()


def test_controls_are_numbers_and_dummies(small):
    study = load(small)
    respondents, _ = cleaned()
    respondents.loc[1, "region"] = np.nan
    controls = waves.controls(respondents, study).drop(columns=["respondent", "wave"])
    assert list(controls) == ["age", "region_2", "region_3", "wave_second"]
    assert controls.loc[0].to_list() == [34, 0, 0, 0]
    assert controls.loc[2].to_list() == [51, 0, 1, 0]
    assert controls.loc[1].isna().to_list() == [False, True, True, False]
    assert controls["wave_second"].sum() == 3


def test_the_case_flow_adds_up_in_every_wave(small):
    _, ledger = cleaned()
    flow = waves.case_flow(ledger).pivot(index="wave", columns="step", values="n")
    assert flow.loc["first"].to_dict() == {"raw": 5, "attention": 0, "longest_run": 0, "kept": 5}
    assert flow.loc["second"].to_dict() == {"raw": 5, "attention": 1, "longest_run": 1, "kept": 3}


def test_a_wave_of_which_nobody_is_kept_is_in_the_case_flow(small):
    _, ledger = cleaned()
    ledger["status"], ledger["reason"] = "left_out", "seconds_per_item"
    flow = waves.case_flow(ledger)
    assert flow.loc[flow["step"] == "kept", "n"].to_list() == [0, 0]


def test_raw_rows_are_the_sum_of_those_kept_and_left_out_and_no_reason_is_lost(small):
    _, ledger = cleaned()
    ledger.loc[[1, 2, 7], ["status", "reason"]] = ["left_out", "near_duplicates"]
    flow = waves.case_flow(ledger).pivot(index="wave", columns="step", values="n")
    assert flow["raw"].to_list() == [5, 5]
    assert (flow.drop(columns="raw").sum(axis=1) == flow["raw"]).all()
    ledger.loc[1, "reason"] = "speed"
    with pytest.raises(ValueError, match="unknown reason: speed"):
        waves.case_flow(ledger)


def test_the_sample_counts_answers_and_describes_numbers(small):
    study = load(small)
    respondents, _ = cleaned()
    respondents.loc[0, "region"] = np.nan
    sample = waves.sample(respondents, study)
    region = sample[sample["variable"] == "region"]
    assert region["n"].to_list() == [3, 2, 2]
    assert region["share"].sum() == pytest.approx(1)
    age = sample[sample["variable"] == "age"].iloc[0]
    assert (age["n"], age["mean"]) == (8, pytest.approx(np.mean([34, 28, 51, 45, 39, 22, 63, 30])))


def test_the_counts_of_the_sample_sum_to_those_who_answered(edit):
    """Each attribute has its codes alone, whatever a wave did to it."""
    edit("region,nominal", "region,ordinal,regions,,,true,Where from?,哪里人？,\nregion2,nominal", "codebook.csv")
    for file in ("first.csv", "second.csv"):
        pd.read_csv(file).assign(region2=[1, 2, 3, None, 1]).to_csv(file, index=False)
    study = load("study.yaml")
    respondents, _ = cleaned()
    table = waves.sample(respondents, study)
    for name in ("region", "region2"):
        assert table.loc[table["variable"] == name, "n"].sum() == respondents[name].notna().sum() > 0


def test_a_construct_asked_in_part_is_noted(edit):
    edit("second.csv, reader: csv", "second.csv, reader: csv, not_asked: [st1, ho1, ho2, of1, of2]")
    text = pd.read_csv("second.csv").drop(columns=["st1", "ho1", "ho2", "of1", "of2"])
    text.to_csv("second.csv", index=False)
    study = load("study.yaml")
    (note,) = waves.clean(study, "second").survey_notes["note"]
    assert note.startswith("second.csv: of the 3 items of stress 2 were asked (st2, st3).")
    assert waves.clean(study, "first").survey_notes.empty


PRIVATE = ["10.20.30.40", "someone@example.org", "31.2304", "121.4737", "R_3secretId", "Zhang", "2025-03-04 05:06:07"]


def private_qualtrics() -> str:
    """A Qualtrics export of the first wave in which every field that tells who answered is filled."""
    headings = ["IPAddress", "RecipientEmail", "LocationLatitude", "LocationLongitude", "ResponseId"]
    headings += ["RecipientLastName", "StartDate", "Finished"]
    with open("first.csv", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    ids = [json.dumps({"ImportId": h}) for h in [*headings, *names]]
    with open("private.csv", "w", newline="", encoding="utf-8") as file:
        told = [[*PRIVATE, "True", *row] for row in rows]
        csv.writer(file).writerows([[*headings, *names], [*headings, *names], ids, *told])
    return "private.csv"


def private_wjx() -> str:
    """The same from 问卷星."""
    frame = pd.read_csv("first.csv", dtype=str)
    metadata = ["序号", "提交答卷时间", "来源", "来源详情", "来自IP", "总分"]
    for place, (heading, value) in enumerate(zip(metadata, PRIVATE, strict=False)):
        frame.insert(place, heading, value)
    frame.to_excel("private.xlsx", index=False)
    return "private.xlsx"


@pytest.mark.parametrize(("make", "reader"), [(private_qualtrics, "qualtrics"), (private_wjx, "wjx")])
def test_nothing_of_the_metadata_appears_in_any_table(edit, make, reader):
    file = make()
    edit("first.csv, reader: csv", f"{file}, reader: {reader}")
    study = load("study.yaml")
    found = waves.clean(study, "first")
    respondents, ledger = found.respondents, found.ledger
    assert len(respondents) == 5
    tables = [*found, waves.scores(respondents, study), waves.controls(respondents, study)]
    tables += [waves.case_flow(ledger), waves.sample(respondents, study)]
    text = "\n".join(table.to_csv() for table in tables)
    assert not [value for value in PRIVATE if value in text]


def test_chinese_names_and_paths_with_spaces_are_read(edit):
    folder = Path("原始 数据")
    folder.mkdir()
    Path("first.csv").rename(folder / "第一轮 (终稿).csv")
    edit("file: first.csv", 'file: "原始 数据/第一轮 (终稿).csv"')
    ledger = waves.clean(load("study.yaml"), "first").ledger
    assert set(ledger["file"]) == {"原始 数据/第一轮 (终稿).csv"}
