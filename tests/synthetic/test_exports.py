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


def asked(study, wave: str) -> list[str]:
    return [v for v in study.codebook if v not in study.waves[wave].not_asked]


def coded(table: pd.DataFrame, study, wave: str, language: str, missing: str, between: str) -> pd.DataFrame:
    """Option texts back to codes, typed numbers to numbers; the columns in the order of the codebook."""
    columns = {}
    described = study.waves[wave]
    for place, variable in enumerate(asked(study, wave)):
        cells = [cell.strip() if isinstance(cell, str) else cell for cell in table.iloc[:, place]]
        scale = described.scale(study.codebook[variable])
        codes = {text[language]: code for code, text in study.answers[scale].items()} if scale else {}
        codes |= described.recode.get(scale, {}) | {missing: np.nan}
        if study.codebook[variable].kind == "multiple":
            for column, option in zip(study.columns(variable), study.options(variable).values(), strict=True):
                columns[column] = [option[language] in cell.split(between) for cell in cells]
        elif study.codebook[variable].kind == "number" or scale:
            columns[variable] = [codes[cell] if cell in codes else float(cell) for cell in cells]
    return pd.DataFrame(columns).astype(float)


def wjx(folder: Path) -> pd.DataFrame:
    return pd.read_excel(folder / "wave_2023.xlsx", engine="calamine", dtype=object, keep_default_na=False)


def spss(folder: Path, study) -> pd.DataFrame:
    """The codes under the names of the codebook, refusals empty."""
    table = pyreadstat.read_sav(folder / "wave_2024.sav")[0].rename(columns=study.waves["2024"].rename)
    for column, option in zip(study.columns("tool_kinds"), study.options("tool_kinds").values(), strict=True):
        table[column] = [float(option.zh in cell.split("┋")) for cell in table["tool_kinds"]]
    return table[[c for v in study.codebook for c in study.columns(v)]].replace(-99, np.nan)


def qualtrics(folder: Path) -> list[list[str]]:
    with (folder / "wave_2025.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def parsed(folder: Path, study) -> dict[str, pd.DataFrame]:
    """The answers in the three files, each read in the plainest way."""
    names, _, _, *rows = qualtrics(folder)
    csv_table = pd.DataFrame(rows, columns=names).iloc[:, names.index("firm_size") :]
    return {
        "2023": coded(wjx(folder).iloc[:, 7:], study, "2023", "zh", "(跳过)", "┋"),
        "2024": spss(folder, study),
        "2025": coded(csv_table, study, "2025", "en", "", ","),
    }


def test_files_hold_the_answers_that_the_truth_draws(study, drawn):
    answers = parsed(RAW, study)
    ticked = list(study.columns("tool_kinds"))
    for wave in study.waves:
        expected = drawn[wave][[c for v in asked(study, wave) for c in study.columns(v)]]
        expected = expected.fillna(dict.fromkeys(ticked, 0.0))  # a question left open shows no option
        pd.testing.assert_frame_equal(answers[wave], expected, check_dtype=False)


def test_the_shipped_files_are_what_the_generator_writes_to_the_byte(rewritten):
    written = {path.name for path in rewritten.iterdir()}
    assert written == {"SALT", "SHA256SUMS", "truth.yaml", "wave_2023.xlsx", "wave_2024.sav", "wave_2025.csv"}
    for name in written:
        assert (RAW / name).read_bytes() == (rewritten / name).read_bytes(), f"{name}: python -m analysis simulate"


def test_checksums_cover_waves_salt_and_truth():
    lines = (RAW / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: value for value, name in (line.split("  ") for line in lines)}
    assert set(sums) == {"SALT", "truth.yaml", "wave_2023.xlsx", "wave_2024.sav", "wave_2025.csv"}
    for name, value in sums.items():
        assert hashlib.sha256((RAW / name).read_bytes()).hexdigest() == value, name
        assert (RAW / name).stat().st_size < 1_000_000


def test_the_salt_is_shipped_and_the_readme_says_why():
    assert re.fullmatch(r"[0-9a-f]{64}\n", (RAW / "SALT").read_text(encoding="utf-8"))
    readme = (RAW / "README.md").read_text(encoding="utf-8")
    assert "`SALT`" in readme and "because the data are synthetic" in readme


def test_synthetic_is_said_in_files_and_beside_them():
    with zipfile.ZipFile(RAW / "wave_2023.xlsx") as book:
        assert b"SYNTHETIC" in book.read("docProps/core.xml")
        assert b"SYNTHETIC" in book.read("xl/workbook.xml")
    assert "SYNTHETIC" in pyreadstat.read_sav(RAW / "wave_2024.sav", metadataonly=True)[1].file_label
    for name in ("README.md", "truth.yaml"):
        text = (RAW / name).read_text(encoding="utf-8")
        assert "SYNTHETIC" in text and "合成数据" in text


def test_wjx_headings_and_metadata(study, drawn):
    table = wjx(RAW)
    assert list(table.columns[:7]) == ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
    assert table["所用时间"].str.fullmatch(r"\d+秒").all()
    assert table["提交答卷时间"].str.fullmatch(r"2023/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d").all()
    assert table["来自IP"].str.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+\(").all()
    once = table["序号"].iloc[:416]
    assert once.is_monotonic_increasing and once.iloc[-1] > 416
    pasted = drawn["2023"]["same_as"].iloc[416:]
    assert table.iloc[416:].reset_index(drop=True).equals(table.iloc[pasted].reset_index(drop=True))
    headings = list(table.columns[7:])
    assert headings[0] == "1、" + study.codebook["firm_size"].text.zh
    funding = [h for h in headings if h.startswith("13、")]
    assert re.fullmatch(r"13、.+—1\." + re.escape(study.codebook["fun1"].text.zh), funding[0])
    assert funding[1] == "13、2." + study.codebook["fun2"].text.zh


def test_wjx_says_one_item_in_older_words_in_its_place(study):
    headings = list(wjx(RAW).columns)
    (old,) = study.waves["2023"].rename
    assert headings[headings.index(old) + 1] == "14、12." + study.codebook["dem3"].text.zh
    assert not [h for h in headings if study.codebook["dem2"].text.zh in h]
    assert not [h for h in headings if study.codebook["customer_change"].text.zh in h]


def test_wjx_holds_made_up_contacts_that_can_belong_to_nobody():
    contacts = wjx(RAW).iloc[:, -3:].replace("(跳过)", np.nan)
    assert [h.split("、")[1] for h in contacts] == ["您的姓名（选填）", "您的手机号码（选填）", "您的电子邮箱（选填）"]
    assert 0.2 < contacts.notna().all(axis=1).mean() < 0.4
    patterns = (r".某某", r"13800000\d{3}", r"firm\d{3}@example\.org")
    for (_, cells), pattern in zip(contacts.items(), patterns, strict=True):
        assert cells.dropna().str.fullmatch(pattern).all()


def test_spss_labels_and_missing_values(study, drawn):
    table, about = pyreadstat.read_sav(RAW / "wave_2024.sav")
    renamed = {name: heading for heading, name in study.waves["2024"].rename.items()}
    names = [renamed.get(v, v) for v in study.codebook]
    assert list(table.columns) == ["submitted", "duration", *names, "filter_$"]
    assert about.column_names_to_labels["fun1"] == study.codebook["fun1"].text.zh
    assert about.column_names_to_labels["Q18_2"] == "转型绩效2"
    options = {k: t.zh for k, t in study.options("fun1").items()}
    assert about.variable_value_labels["fun1"] == options | {-99: "拒答"}
    assert about.missing_ranges == {}, "the code for refusals is labelled, not declared"
    numbers = table.drop(columns=["submitted", "tool_kinds", "registration"])
    refused, empty = (numbers == -99).sum().sum(), numbers.isna().sum().sum()
    assert 0.3 < refused / (refused + empty) < 0.5
    assert table["duration"].tolist() == drawn["2024"]["seconds"].tolist()
    assert table["submitted"].tolist() == drawn["2024"]["submitted"].tolist()


def test_qualtrics_heading_rows_previews_and_unfinished(study):
    names, texts, imports, *rows = qualtrics(RAW)
    table = pd.DataFrame(rows, columns=names)
    assert names[:2] == ["StartDate", "EndDate"] and "Duration (in seconds)" in names
    assert texts[names.index("fun1")].endswith(" - " + study.codebook["fun1"].text.en)
    assert texts[names.index("ownership")] == study.codebook["ownership"].text.en
    ids = [json.loads(cell)["ImportId"] for cell in imports]
    assert len(set(ids)) == len(ids) and ids[names.index("fun2")] == "QID13_2"
    assert (table["Status"] == "Survey Preview").sum() == 2
    unfinished = table[table["Finished"] == "False"]
    assert len(unfinished) == 2
    assert (unfinished["Progress"].astype(int) < 60).all() and (unfinished["blu3"] == "").all()
    assert table["ResponseId"].is_unique
    assert "digital_tools" not in names
    assert "Neutral" in set(table["fun1"]) and "Neither agree nor disagree" not in set(table["fun1"])
    assert (table["remarks"] != "").sum() > 20
