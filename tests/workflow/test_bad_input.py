"""Bad input ends in one plain message and exit code 1: no traceback, nothing half-written left behind.

What a model cannot use stops nothing: its tables are empty, and say why.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SMALL = Path(__file__).parents[1] / "small_study"

STUDY = "config/study.yaml"
RAW = "data/raw/sme-digitalisation/wave_2025.csv"
SUMS = "data/raw/sme-digitalisation/SHA256SUMS"


@pytest.fixture
def kept(untouched):
    """The untouched project; the study file, the raw file and its checksum are put back after each test."""
    originals = {untouched.folder / name: (untouched.folder / name).read_bytes() for name in (STUDY, RAW, SUMS)}
    yield untouched
    for path, content in originals.items():
        path.write_bytes(content)


def refusal(project) -> str:
    """The message on which a run ends; whatever it had made before is as it was."""
    before = project.state()
    done = project.snakemake("data/processed/sme-digitalisation/waves/2025/respondents.parquet")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr and "Error" not in done.stderr, done.stderr
    assert project.state() == before
    return done.stderr


def test_a_missing_raw_file(kept):
    kept.edit(STUDY, lambda text: text.replace("wave_2025.csv", "wave_2052.csv"))
    message = refusal(kept)
    assert "wave 2025" in message and "wave_2052.csv does not exist" in message and "wave_2025.csv" in message


def test_a_misspelt_key(kept):
    kept.edit(STUDY, lambda text: text.replace("\nhypotheses:", "\nhypothesis:"))
    message = refusal(kept)
    assert f"{STUDY}, line " in message and 'unknown key "hypothesis". Did you mean "hypotheses"?' in message


def test_a_misspelt_construct(kept):
    kept.edit(
        STUDY, lambda text: text.replace("path: uncertainty -> resilience,", "path: uncertanty -> resilience,", 1)
    )
    message = refusal(kept)
    assert f"{STUDY}, line " in message and '"uncertanty"' in message and 'Did you mean "uncertainty"?' in message


def test_a_wave_registered_twice(kept):
    kept.edit(
        STUDY, lambda text: text.replace("wave_2024.sav\n    reader: spss", "wave_2025.csv\n    reader: qualtrics")
    )
    message = refusal(kept)
    assert f"{STUDY}, line " in message and "registered twice, as wave 2024 and as wave 2025" in message


def test_an_unknown_column(kept):
    kept.edit(RAW, lambda text: text.replace("firm_age", "firm_edge").replace("For how many years", "For how long"))
    kept.run("analysis", "register")
    message = refusal(kept)
    assert RAW in message and 'the column "firm_edge" is in no row of the codebook. Did you mean "firm_age"?' in message


def test_an_answer_outside_the_scale(kept):
    kept.edit(RAW, lambda text: text.replace("Strongly disagree", "Strongly disagreed", 1))
    kept.run("analysis", "register")
    message = refusal(kept)
    assert f"{RAW}, row " in message and 'column "' in message and '"Strongly disagreed"' in message
    assert 'Did you mean "Strongly disagree"?' in message


def test_an_item_that_all_answered_alike_leaves_the_other_estimates(untouched):
    """The small study with 100 answers a wave, drawn anew, so that its models have a solution but for ou2, always 3."""
    folder = untouched.folder / "small"
    shutil.copytree(SMALL, folder)
    for file in ("codebook.csv", "first.csv", "second.csv"):
        untouched.edit("small/study.yaml", lambda text, file=file: text.replace(f": {file}", f": small/{file}"))
    rng = np.random.default_rng(1)
    for wave in ("first", "second"):
        asked = pd.read_csv(folder / f"{wave}.csv").columns
        factor = {kind: rng.normal(size=100) for kind in ("st", "ho", "of", "mo", "ou")}
        answers = {i: factor[i[:2]] + rng.normal(size=100) + 3 for i in asked if i[:2] in factor}
        table = pd.DataFrame(answers).round().clip(1, 5).astype(int).assign(ou2=3, check=4)
        table = table.assign(age=rng.integers(20, 60, 100), region=rng.integers(1, 4, 100))
        table[asked].to_csv(folder / f"{wave}.csv", index=False)
    untouched.run("analysis", "register", "small/study.yaml")
    estimates = untouched.folder / "reports/small/estimates"
    wanted = [f"reports/small/estimates/{name}.csv" for name in ("measurement_notes", "rival_models")]
    done = untouched.snakemake(*wanted, "--config", "study=small/study.yaml")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(estimates / "measurement_notes.csv")["note"]) == {"all gave the same answer to ou2"}
    assert pd.read_csv(estimates / "loadings.csv").empty
    reliability = pd.read_csv(estimates / "reliability.csv", index_col="scale")
    assert reliability.loc[["stress", "home", "output"], "alpha"].notna().all() and reliability["cr"].isna().all()
    assert reliability.loc["output", "note"] == "all gave the same answer to ou2 | the CFA cannot be estimated"
    assert pd.read_csv(estimates / "correlations.csv")["r"].notna().all()
    assert pd.read_csv(estimates / "rival_models.csv")["note"].str.contains("'ou2'").all()
