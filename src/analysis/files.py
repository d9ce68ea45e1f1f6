"""Bytes and text of files: checksums, text in the encodings that people's programs write, times of writing."""

import csv
import hashlib
import io
import re
from itertools import islice
from pathlib import Path

from analysis.errors import UserError


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file. Raises `UserError` if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}. Paths are relative to the working directory."
        ) from None


def read_text(path: str | Path) -> str:
    """The text of a file, decoded as by `text_of`; line ends as they are in the file.

    Raises `UserError` if the file cannot be read or is no text.
    """
    return text_of(read_bytes(path), path)


def encoding_of(path: str | Path) -> str:
    """The encoding in which `read_text` reads a file, by its name in Python; with a byte-order mark if it has one."""
    raw = read_bytes(path)
    encoding = _decoded(raw, path)[1]
    return "utf-8" if encoding == "utf-8-sig" and not raw.startswith(b"\xef\xbb\xbf") else encoding


def text_of(raw: bytes, shown: str | Path) -> str:
    """Bytes as text: UTF-8 with or without byte-order mark, UTF-16 with one, or GB18030.

    Raises `UserError`, which calls the file ``shown``, if the bytes are none of these. Text that is all but UTF-8 is
    damaged UTF-8 and never taken for GB18030, in which it would be read as other Chinese characters.
    """
    return _decoded(raw, shown)[0]


def _decoded(raw: bytes, shown: str | Path) -> tuple[str, str]:
    """Text and encoding, or the errors of `text_of`."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig",) if _nearly_utf8(raw) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise UserError(
                f"{shown}, line {line}: a NUL character, so it is damaged or no text. Export it again as CSV UTF-8."
            )
        return text, encoding
    if encodings[0] == "utf-16":
        raise UserError(f"{shown} begins as UTF-16 text but is not. Save it again as UTF-8 (CSV UTF-8).")
    if len(encodings) == 1:
        line = raw[: _first_fault(raw)].count(b"\n") + 1
        raise UserError(
            f"{shown}, line {line}: a character that is no UTF-8, in a file that otherwise is. It may have been cut "
            "off or damaged; export it again."
        )
    raise UserError(f"{shown} is neither UTF-8 nor GB18030 text. Save it again as UTF-8 (in a spreadsheet: CSV UTF-8).")


def _first_fault(raw: bytes) -> int:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(raw)


def _nearly_utf8(raw: bytes) -> bool:
    """Is there a fault, but among twice as many characters of several bytes that are right?

    In GB18030 text, about one Chinese character in seven is by chance a right one of UTF-8.
    """
    if _first_fault(raw) == len(raw):
        return False
    text = raw.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return right > 2 * wrong


def forget_spss_time(path: str | Path) -> None:
    """Put 1 January 2000 into an SPSS file (.sav) as the time of writing: the same data, the same bytes.

    In the header, bytes 92 to 101 hold the date and 101 to 109 the time (PSPP: System File Format, creation_date).
    """
    written = bytearray(Path(path).read_bytes())
    written[92:109] = b"01 Jan 00" + b"00:00:00"
    Path(path).write_bytes(written)


def separator(text: str) -> str:
    """What separates the cells of CSV text: the comma, semicolon or tab that stands in its headings, outside quotation
    marks, and gives the first rows one width; or else the one that stands there most often."""
    sample = text[:65536]
    headings = re.sub(r'"[^"]*"', "", sample).partition("\n")[0]

    def fits(mark: str) -> tuple[bool, int]:
        rows = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=mark), 6)
        widths = {len(row) for row in rows if row}
        return len(widths) == 1 and mark in headings, headings.count(mark)

    return max(",;\t", key=fits)
