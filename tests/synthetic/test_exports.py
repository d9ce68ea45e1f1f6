"""Do the shipped waves hold what the generator draws, in the form in which each platform writes it?"""

import csv
import hashlib
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from analysis import study as studies
from analysis.synthetic import load_truth, simulate, write_waves

STUDY = "config/study.yaml"
RAW = Path("data/raw/sme-digitalisation")


@pytest.fixture(scope="module")
def study():
    return studies.load(STUDY)


@pytest.fixture(scope="module")
def drawn(study):
    return simulate(load_truth(RAW / "truth.yaml", study), study)


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory):
    folder = tmp_path_factory.mktemp("waves")
    write_waves(STUDY, RAW / "truth.yaml", folder)
    return folder


def coded(table: pd.DataFrame, study, language: str, missing: str) -> pd.DataFrame:
    """Option texts back to codes, typed numbers to numbers; the columns in the order of the codebook."""
    columns = {}
    for place, variable in enumerate(study.codebook):
        codes = {text[language]: code for code, text in study.options(variable).items()} | {missing: np.nan}
        columns[variable] = [codes[cell] if cell in codes else float(cell) for cell in table.iloc[:, place]]
    return pd.DataFrame(columns).astype(float)


def wjx(folder: Path) -> pd.DataFrame:
    return pd.read_excel(folder / "wave_2023.xlsx", engine="calamine", dtype=object, keep_default_na=False)


def qualtrics(folder: Path) -> list[list[str]]:
    with (folder / "wave_2025.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def parsed(folder: Path, study) -> dict[str, pd.DataFrame]:
    """The answers in the three files, each read in the plainest way."""
    names, _, _, *rows = qualtrics(folder)
    csv_table = pd.DataFrame(rows, columns=names).iloc[:, names.index("firm_size") :]
    return {
        "2023": coded(wjx(folder).iloc[:, 7:], study, "zh", "(跳过)"),
        "2024": pyreadstat.read_sav(folder / "wave_2024.sav")[0][list(study.codebook)],
        "2025": coded(csv_table, study, "en", ""),
    }


@pytest.mark.parametrize("folder", ["shipped", "rewritten"])
def test_files_hold_the_answers_that_the_truth_draws(folder, study, drawn, rewritten):
    answers = parsed(RAW if folder == "shipped" else rewritten, study)
    for wave in study.waves:
        expected = drawn[wave][list(study.codebook)].reset_index(drop=True)
        pd.testing.assert_frame_equal(answers[wave], expected, check_dtype=False)


def test_writing_again_gives_the_same_bytes(rewritten, tmp_path):
    write_waves(STUDY, RAW / "truth.yaml", tmp_path)
    for path in sorted(rewritten.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_checksums_cover_waves_and_truth():
    lines = (RAW / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: value for value, name in (line.split("  ") for line in lines)}
    assert set(sums) == {"truth.yaml", "wave_2023.xlsx", "wave_2024.sav", "wave_2025.csv"}
    for name, value in sums.items():
        assert hashlib.sha256((RAW / name).read_bytes()).hexdigest() == value, name
        assert (RAW / name).stat().st_size < 1_000_000


def test_synthetic_is_said_in_files_and_beside_them():
    with zipfile.ZipFile(RAW / "wave_2023.xlsx") as book:
        assert b"SYNTHETIC" in book.read("docProps/core.xml")
        assert b"SYNTHETIC" in book.read("xl/workbook.xml")
    assert "SYNTHETIC" in pyreadstat.read_sav(RAW / "wave_2024.sav", metadataonly=True)[1].file_label
    for name in ("README.md", "truth.yaml"):
        text = (RAW / name).read_text(encoding="utf-8")
        assert "SYNTHETIC" in text and "合成数据" in text


def test_wjx_headings_and_metadata(study):
    table = wjx(RAW)
    assert list(table.columns[:7]) == ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
    assert table["所用时间"].str.fullmatch(r"\d+秒").all()
    assert table["提交答卷时间"].str.fullmatch(r"2023/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d").all()
    assert table["来自IP"].str.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+\(").all()
    assert table["序号"].is_monotonic_increasing and table["序号"].iloc[-1] > len(table)
    headings = list(table.columns[7:])
    assert headings[0] == "1、" + study.codebook["firm_size"].text.zh
    funding = [h for h in headings if h.startswith("12、")]
    assert re.fullmatch(r"12、.+—1\." + re.escape(study.codebook["fun1"].text.zh), funding[0])
    assert funding[1] == "12、2." + study.codebook["fun2"].text.zh


def test_spss_labels_and_missing_values(study, drawn):
    table, about = pyreadstat.read_sav(RAW / "wave_2024.sav")
    assert list(table.columns) == ["submitted", "duration", *study.codebook]
    assert about.column_names_to_labels["fun1"] == study.codebook["fun1"].text.zh
    assert about.variable_value_labels["fun1"] == {k: t.zh for k, t in study.options("fun1").items()}
    assert "firm_age" not in about.variable_value_labels
    assert table["fun1"].isna().any()
    assert table["duration"].tolist() == drawn["2024"]["seconds"].tolist()
    assert table["submitted"].tolist() == drawn["2024"]["submitted"].tolist()


def test_qualtrics_heading_rows_previews_and_unfinished(study):
    names, texts, imports, *rows = qualtrics(RAW)
    table = pd.DataFrame(rows, columns=names)
    assert names[:2] == ["StartDate", "EndDate"] and "Duration (in seconds)" in names
    assert texts[names.index("fun1")].endswith(" - " + study.codebook["fun1"].text.en)
    assert texts[names.index("ownership")] == study.codebook["ownership"].text.en
    ids = [json.loads(cell)["ImportId"] for cell in imports]
    assert len(set(ids)) == len(ids) and ids[names.index("fun2")] == "QID12_2"
    assert (table["Status"] == "Survey Preview").sum() == 2
    unfinished = table[table["Finished"] == "False"]
    assert len(unfinished) == 2
    assert (unfinished["Progress"].astype(int) < 60).all() and (unfinished["blu3"] == "").all()
    assert table["ResponseId"].is_unique
