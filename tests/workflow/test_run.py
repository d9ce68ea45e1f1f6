"""One command makes everything that others rely on, the same bytes whatever the number of cores."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

from analysis.survey.registry import sha256

STUDY = "reports/sme-digitalisation"


def test_the_run_says_what_it_does_and_names_the_page_to_open(finished):
    assert "Reading, checking and screening wave 2023" in finished.output
    assert f"Open {STUDY}/index.html" in finished.output
    assert "Traceback" not in finished.output


def test_every_raw_row_is_in_the_ledger_exactly_once(finished):
    with open(finished.folder / "data/processed/sme-digitalisation/ledger.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    places = [(row["file"], row["row"]) for row in rows]
    assert len(places) == len(set(places)) == 425 + 377 + 460
    assert {row["status"] for row in rows} == {"kept", "left_out"}
    assert all(bool(row["reason"]) == (row["status"] == "left_out") for row in rows)


def test_every_hypothesis_has_a_verdict(finished):
    with open(finished.folder / f"{STUDY}/estimates/verdicts.csv", encoding="utf-8") as file:
        verdicts = {row["hypothesis"]: row["verdict"] for row in csv.DictReader(file)}
    assert list(verdicts) == [f"H{i}" for i in range(1, 14)]
    assert set(verdicts.values()) <= {"supported", "not supported", "opposite", "mixed", "not testable"}
    assert len(set(verdicts.values())) > 1, "a pipeline that always says the same has said nothing"


def test_the_manifest_lists_every_output_with_its_checksum(finished):
    folder = finished.folder
    manifest = json.loads((folder / f"{STUDY}/manifest.json").read_text(encoding="utf-8"))
    outputs = manifest["outputs"]
    made = {file for file in finished.state() if not file.endswith("manifest.json")}
    assert set(outputs) == {file for file in made if "corporate-reputation" not in file}
    assert all(sha256(folder / file) == value for file, value in outputs.items())
    assert str(folder) not in json.dumps(manifest), "a path of this machine"


def test_the_same_bytes_from_one_core(finished, untouched):
    first = finished.state()
    done = untouched.snakemake("--cores", "1")
    assert done.returncode == 0, done.stderr
    second = untouched.state()
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_a_real_study_runs_through_the_same_workflow(finished):
    done = finished.snakemake("--config", "study=examples/corporate-reputation/study.yaml")
    assert done.returncode == 0, done.stderr
    page = (finished.folder / "reports/corporate-reputation/index.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" not in page


def test_one_figure_can_be_made_alone(finished):
    plan = finished.planned("--force", f"{STUDY}/figures/path_diagram_en.pdf")
    assert "[ 1 of 1]" in plan and "[ 2" not in plan


def test_the_shipped_waves_are_called_synthetic_wherever_their_results_appear(finished):
    page = (finished.folder / f"{STUDY}/index.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page and "合成" in page
    for table in (finished.folder / f"{STUDY}/tables").glob("*_en.html"):
        assert "SYNTHETIC" in table.read_text(encoding="utf-8"), table.name
    for table in (finished.folder / f"{STUDY}/tables").glob("*_zh.csv"):
        assert "合成数据" in table.read_text(encoding="utf-8-sig"), table.name
    assert "SYNTHETIC" in (finished.folder / f"{STUDY}/estimates/README.md").read_text(encoding="utf-8")
    for figure in (finished.folder / f"{STUDY}/figures").glob("*_en.svg"):
        assert "SYNTHETIC" in figure.read_text(encoding="utf-8"), figure.name


def test_no_personal_data_leave_the_raw_files(finished):
    addresses = re.compile(rb"\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b")
    raw = b"".join(f.read_bytes() for f in (finished.folder / "data/raw/sme-digitalisation").glob("*.csv"))
    assert addresses.search(raw), "the raw waves hold addresses, or this test shows nothing"
    assert [name for name, content in finished.state().items() if addresses.search(content)] == []


def test_a_folder_with_spaces_and_chinese_in_its_name(untouched, tmp_path):
    folder = tmp_path / "我的 项目"
    shutil.copytree(untouched.folder, folder, ignore=shutil.ignore_patterns("reports", "processed", ".snakemake"))
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    target = "data/processed/sme-digitalisation/waves/2025/respondents.parquet"
    code = f"import sys; sys.executable = {str(python)!r}; from snakemake.cli import main; main(['{target}'])"
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (folder / target).exists()
