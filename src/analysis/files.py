"""Bytes and text of files: checksums, and text in the encodings that people's programs write."""

import hashlib
import re
from pathlib import Path

from analysis.errors import UserError


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: str | Path) -> str:
    """The text of a file in UTF-8, with or without byte-order mark, or GB18030; line ends as they are in the file.

    Raises `UserError` if the file cannot be read or is neither.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}. Paths are relative to the working directory."
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path} is neither UTF-8 nor GB18030 text. Save it again as UTF-8 (in a spreadsheet: CSV UTF-8).")


def separator(text: str) -> str:
    """What separates the cells of CSV text, judged by its headings: a comma, a semicolon or a tab."""
    headings = re.sub(r'"[^"]*"', "", text).partition("\n")[0]
    return max(",;\t", key=headings.count)
