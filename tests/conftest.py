"""A small study to change and to break."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def small(tmp_path, monkeypatch) -> Path:
    """The study file of a copy of tests/small_study, which is the working directory (and has a space in its name)."""
    folder = shutil.copytree(Path(__file__).parent / "small_study", tmp_path / "a study")
    monkeypatch.chdir(folder)
    return Path("study.yaml")


@pytest.fixture
def edit(small):
    """edit(old, new) puts ``new`` for ``old`` in the study file, or in another file of its folder."""

    def replace(old: str, new: str, file: str | Path = small) -> None:
        text = Path(file).read_text(encoding="utf-8")
        assert old in text, old
        Path(file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
