"""Firms are followed across waves by a salted hash of what identifies them, which itself is never written."""

import hmac
from pathlib import Path

import pandas as pd

from analysis.errors import UserError
from analysis.study import Study

SALT = "SALT"
SALT_BYTES = 32


def hashed(identifier: pd.Series, salt: bytes) -> pd.Series:
    """The first 16 hexadecimal digits of HMAC-SHA256(salt, identifier in UTF-8), "" for ""; index as ``identifier``.

    Identifiers are in comparison form (`analysis.survey.readers.plain`), so that one firm has one hash in all waves.
    """
    codes, values = pd.factorize(identifier)
    hashes = [hmac.new(salt, value.encode(), "sha256").hexdigest()[:16] if value else "" for value in values]
    return pd.Series(hashes, dtype=str).take(codes).set_axis(identifier.index).rename("firm")


def salt_of(study: Study) -> bytes:
    """The salt of a study. Raises `UserError` if there is none, or if it is damaged."""
    path = salt_path(study)
    if not path.is_file():
        raise UserError(
            f"{path.as_posix()} is missing: the salt with which identifiers are hashed. If you have it from an earlier "
            "analysis, put it back, or firms get other hashes; otherwise make one, with your study file: "
            "python -m analysis register STUDY.yaml"
        )
    try:
        salt = bytes.fromhex(path.read_text(encoding="utf-8").strip())
    except ValueError:
        salt = b""
    if len(salt) != SALT_BYTES:
        raise UserError(
            f"{path.as_posix()} is damaged: it must hold {2 * SALT_BYTES} hexadecimal digits. Put the file back as it "
            "was, or, if its hashes were used nowhere yet, delete it and make another, with your study file: "
            "python -m analysis register STUDY.yaml"
        )
    return salt


def salt_path(study: Study) -> Path:
    """Where the salt of a study stands: beside SHA256SUMS of its first wave that comes with no package."""
    home = next((wave.path.parent for wave in study.waves.values() if wave.package is None), None)
    if home is None:
        raise UserError(
            f'The identifier "{study.of_kind("identifier")[0]}" cannot be hashed: the salt stands beside the raw '
            "files, and all files of this study come with a package. Take it out of the codebook."
        )
    return home / SALT
