"""Text in the encodings that people's programs write, and what separates its cells."""

from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.files import read_text, separator, text_of

WORDS = "年龄,心情\n34,很好\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-sig", "gb18030"])
def test_text_is_read_whatever_its_encoding(encoding):
    raw = b"\xff\xfe" + WORDS.encode("utf-16-le") if encoding == "utf-16-le-sig" else WORDS.encode(encoding)
    assert text_of(raw, "a.csv") == WORDS


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
