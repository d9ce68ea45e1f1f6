"""The script for lavaan says what the model says, and whatever becomes of it, the workflow goes on.

``lavaan_says.txt`` is what the script of the first test printed (lavaan 0.6-14, R 4.2).
"""

import logging
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structure.reputation import reputation

from analysis.structure import lavaan_script, structural
from analysis.study.model import structural_model

SAID = (Path(__file__).parent / "lavaan_says.txt").read_text(encoding="utf-8")
COVARIANCES = "structural_model_covariances.csv"
STOPPED = "lavaan: no answer (lavaan stopped with an error)"
NOT_FOUND = "lavaan: R with lavaan was not found"


@pytest.fixture
def script(tmp_path) -> Path:
    study, data = reputation()
    script = tmp_path / "sub mission" / "structural_model.R"
    lavaan_script.write(data, study, [], script, script.with_name(COVARIANCES))
    return script


@pytest.fixture
def rscript(tmp_path, monkeypatch):
    """rscript(code) puts a program of that name, which runs some Python, where R's would be found."""

    def place(code: str) -> None:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "Rscript"
        program.write_text(
            f"#!{sys.executable}\nimport sys, time\nfrom pathlib import Path\n{code}\n", encoding="utf-8"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    return place


def test_the_folder_holds_the_model_and_covariances_and_no_respondent(script):
    study, data = reputation()
    text = script.read_text(encoding="utf-8")
    assert re.search(r"model <- '\n(.*?)\n'\n", text, flags=re.S)[1] == structural_model(study, [])
    assert f'read.csv("{COVARIANCES}"' in text and "sample.nobs = 336" in text and str(script.parent) not in text
    assert sorted(f.name for f in script.parent.iterdir()) == sorted([script.name, COVARIANCES])
    covariances = pd.read_csv(script.with_name(COVARIANCES), index_col=0)
    items = [i for c in study.constructs.values() for i in c.items]
    assert list(covariances) == list(covariances.index) == items
    np.testing.assert_allclose(covariances, np.cov(data[items].dropna(), rowvar=False), rtol=1e-12)


def test_nobody_complete_leaves_the_covariances_empty(tmp_path):
    study, data = reputation()
    lavaan_script.write(data.assign(cusa=np.nan), study, [], tmp_path / "model.R", tmp_path / "covariances.csv")
    assert pd.read_csv(tmp_path / "covariances.csv", index_col=0).isna().all(axis=None)


def test_what_lavaan_printed_is_read(script, rscript):
    talkative = "Welcome back!\n\n"  # a site's profile may print
    rscript(
        f"assert sys.argv[1] == '--no-init-file' and Path(sys.argv[2]).exists(); print({talkative + SAID!r}, end='')"
    )
    answer = lavaan_script.run(script)
    assert answer.program == "lavaan 0.6.14" and answer.n == 336
    study, data = reputation()
    own = structural.estimate(data, study, [], ("MLR",))[0]["MLR"].parameters.query("op == '~'")
    own = own.set_index(["lhs", "rhs"])["std_all"]
    pd.testing.assert_series_equal(answer.paths, own, check_names=False, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("code", "program"),
    [
        ("sys.exit('Error in library(lavaan) : there is no package called ‘lavaan’\\nExecution halted')", NOT_FOUND),
        (
            "sys.exit('Error: lavaan ERROR: sample covariance matrix is not positive-definite\\nExecution halted')",
            STOPPED,
        ),
        ("print('something else')", STOPPED),
        ("time.sleep(60)", "lavaan: no answer (took longer than 1 seconds)"),
    ],
)
def test_without_an_answer_it_is_said_why(script, rscript, monkeypatch, code, program):
    monkeypatch.setattr(lavaan_script, "PATIENCE", 1)
    rscript(code)
    answer = lavaan_script.run(script)
    assert answer.program == program
    assert answer.n == 0 and answer.paths.empty


def test_what_r_says_of_an_error_goes_to_the_log_alone(script, rscript, caplog):
    rscript("sys.exit('Error in /home/someone/model.R: not positive-definite')")
    with caplog.at_level(logging.WARNING):
        assert lavaan_script.run(script).program == STOPPED
    assert "/home/someone/model.R: not positive-definite" in caplog.text


def test_without_r_it_is_said_so(script, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert lavaan_script.run(script)[:2] == (NOT_FOUND, 0)
