"""One firm has one hash in all waves of a study, another in any other study, and nobody can look it up."""

import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.study import load
from analysis.survey import registry
from analysis.survey.linking import hashed, salt_of


@pytest.fixture
def identified(edit):
    edit("age,number", "who,identifier,,,,,Your credit code,您的信用代码,\nage,number", "codebook.csv")


def test_the_hash_is_hmac_sha256_cut_to_16_digits():
    who = pd.Series(["ab1", "", "cd2", "ab1"], index=[2, 3, 5, 7])
    found = hashed(who, b"salt")
    assert found.to_list()[0] == hmac.new(b"salt", b"ab1", hashlib.sha256).hexdigest()[:16]
    assert found.index.to_list() == [2, 3, 5, 7]
    assert found[3] == ""
    assert found[2] == found[7] != found[5]
    assert hashed(who, b"other")[2] != found[2]
    assert hashed(pd.Series([], dtype=str), b"salt").empty


def test_a_salt_is_made_once_for_a_study_with_an_identifier(identified):
    study = load("study.yaml")
    with pytest.raises(UserError, match="SALT is missing.*python -m analysis register"):
        salt_of(study)
    registry.register(study)
    text = Path("SALT").read_text(encoding="utf-8")
    assert salt_of(study) == bytes.fromhex(text)
    assert len(salt_of(study)) == 32
    registry.register(study)
    assert Path("SALT").read_text(encoding="utf-8") == text


def test_a_study_without_an_identifier_gets_none(small):
    registry.register(load(small))
    assert not Path("SALT").exists()


@pytest.mark.parametrize("text", ["", "ab", "no digits", "é" * 64])
def test_a_damaged_salt_is_refused(identified, text):
    Path("SALT").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="SALT is damaged: it must hold 64 hexadecimal digits"):
        salt_of(load("study.yaml"))


def test_the_salt_stands_with_the_first_wave_that_comes_with_no_package(identified, edit):
    Path("raw").mkdir()
    Path("second.csv").rename("raw/second.csv")
    edit("file: second.csv", "file: raw/second.csv")
    edit("first: {file: first.csv,", "first: {file: first.csv, package: analysis,")
    with pytest.raises(UserError, match="raw/SALT is missing"):
        salt_of(load("study.yaml"))
    edit("file: raw/second.csv,", "file: raw/second.csv, package: analysis,")
    with pytest.raises(UserError, match='The identifier "who" cannot be hashed'):
        salt_of(load("study.yaml"))
