"""A made-up study with its tidy tables, and the font that figures are set in."""

from pathlib import Path

import pytest
from tests.publish import made_up

from analysis import publish
from analysis.publish import fonts, tables


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return made_up.study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def tidy(study):
    return made_up.tidy(study)


@pytest.fixture(scope="session")
def all_tables(study, tidy):
    """Every table of the made-up study by name and language."""
    return {(n, lang): tables.make(n, tidy, study, lang) for n in publish.TABLES for lang in publish.LANGUAGES}


@pytest.fixture(scope="session")
def font(tmp_path_factory):
    """The font with few characters: the whole set takes seconds to convert."""
    words = (Path(fonts.__file__).parent / "words.yaml").read_text(encoding="utf-8") + made_up.STUDY + made_up.CODEBOOK
    path = tmp_path_factory.mktemp("font") / "font.ttf"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "base_characters", lambda: {*map(chr, range(32, 127)), *"−²±→×β…", *words} - {"\n"})
        fonts.convert(path)
    return path
