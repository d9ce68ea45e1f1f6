"""Text in the encodings that people's programs write, and what separates its cells."""

from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.files import encoding_of, forget_spss_time, read_text, separator, text_of

WORDS = "年龄,心情\n34,很好\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-sig", "gb18030"])
def test_text_is_read_whatever_its_encoding(encoding):
    raw = b"\xff\xfe" + WORDS.encode("utf-16-le") if encoding == "utf-16-le-sig" else WORDS.encode(encoding)
    assert text_of(raw, "a.csv") == WORDS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_written_again_as_it_was_read(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(WORDS.encode(encoding))
    assert encoding_of(tmp_path / "a.txt") == encoding
    assert read_text(tmp_path / "a.txt").encode(encoding_of(tmp_path / "a.txt")) == WORDS.encode(encoding)


def test_an_spss_file_forgets_when_it_was_written_and_nothing_else(tmp_path):
    import pandas as pd
    import pyreadstat

    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"年龄": [1.0, 2.0]}), str(path))
    before = path.read_bytes()
    forget_spss_time(path)
    table, about = pyreadstat.read_sav(str(path))
    assert about.creation_time.isoformat() == "2000-01-01T00:00:00"
    assert table["年龄"].to_list() == [1, 2]
    assert path.read_bytes()[:92] + path.read_bytes()[109:] == before[:92] + before[109:]


def test_line_ends_stay_as_they_are(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\r\nb\rc\n")
    assert read_text(tmp_path / "a.txt") == "a\r\nb\rc\n"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (WORDS.encode()[:-3], "a.csv, line 2: a character that is no UTF-8, in a file that otherwise is."),
        (
            "心情很好\n心情\n".encode().replace("情\n".encode(), b"\xe6\x83\n"),
            "a.csv, line 2: a character that is no UTF-8",
        ),
        (b"a\nb\0c", "a.csv, line 2: a NUL character"),
        ("a,b".encode("utf-16-le"), "a.csv, line 1: a NUL character"),
        (b"\xff\xfea", "a.csv begins as UTF-16 text but is not."),
        (b"a,b\n\xff\xff,1\n", "a.csv is neither UTF-8 nor GB18030 text."),
    ],
)
def test_damaged_text_is_refused_and_never_guessed(raw, message):
    with pytest.raises(UserError) as caught:
        text_of(raw, "a.csv")
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_said():
    with pytest.raises(UserError, match=r"gone\.csv cannot be read: No such file"):
        read_text(Path("gone.csv"))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a, b and c\td\n1\t2\n", "\t"),
        ('"a, b";c\n"1, 2";3\n', ";"),
        ("one column\n1\n", ","),
        ("a,b,c\n1,2\n", ","),
        ('"two\nlines";b\n1;2\n', ";"),
    ],
)
def test_the_separator_is_what_gives_the_rows_one_width(text, mark):
    assert separator(text) == mark
