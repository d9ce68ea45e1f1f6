"""Raw files are immutable: each is registered by its SHA-256 in SHA256SUMS beside it, and refused once it differs."""

import secrets
from pathlib import Path

from analysis.errors import UserError, nearest
from analysis.files import sha256
from analysis.study import Study, Wave
from analysis.survey.linking import SALT, SALT_BYTES, salt_path

SUMS = "SHA256SUMS"


def verify(study: Study, study_file: str | Path) -> None:
    """Refuse a study whose raw files are absent, unregistered, changed since, or the same under two names.

    A file that comes with a Python package is fixed by the lock file and needs no registration.
    Raises `UserError` with a line for every fault.
    """
    faults, seen = [], {}
    for name, wave in study.waves.items():
        if not wave.path.is_file():
            faults.append(f"{study_file}: wave {name}: the file {wave.shown} does not exist.{_nearest_file(wave.path)}")
            continue
        found = sha256(wave.path)
        if found in seen:
            faults.append(
                f"{study_file}: wave {name}: {wave.shown} holds the same bytes as {seen[found]}; "
                "a wave is registered once."
            )
        seen[found] = wave.shown
        registered = None if wave.package else registered_sums(wave).get(wave.path.name)
        again = f"python -m analysis register {study_file}"
        if wave.package is None and registered is None:
            faults.append(f"{wave.shown} is not in {SUMS} yet. If it is the export you mean, register it: {again}")
        elif wave.package is None and registered != found:
            faults.append(
                f"{wave.shown} has changed since it was registered "
                f"(SHA-256 {registered[:12]}… then, {found[:12]}… now). Put the registered file back or, "
                f"if the change is on purpose, register it again: {again}"
            )
    if study.of_kind("identifier") and not faults and not salt_path(study).exists():
        faults.append(
            f"{salt_path(study).as_posix()} does not exist; the identifier is hashed with it. Put it back or, if no "
            f"wave was hashed yet, make it: python -m analysis register {study_file}"
        )
    if faults:
        raise UserError("\n".join(faults))


def register(study: Study) -> list[str]:
    """Write the present SHA-256 of every raw file of the study; returns the files whose entry is new or changed.

    A study with an identifier also gets its salt (`analysis.survey.linking`), once: random bytes in hexadecimal digits.
    """
    changed = []
    waves = [wave for wave in study.waves.values() if not wave.package]
    absent = [wave for wave in waves if not wave.path.is_file()]
    if absent:
        faults = (f"{w.shown} does not exist, so it cannot be registered.{_nearest_file(w.path)}" for w in absent)
        raise UserError("\n".join(faults))
    for wave in waves:
        sums = registered_sums(wave)
        if sums.get(wave.path.name) != (now := sha256(wave.path)):
            sums[wave.path.name] = now
            text = "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))
            (wave.path.parent / SUMS).write_text(text, encoding="utf-8", newline="\n")
            changed.append(wave.shown)
    if study.of_kind("identifier") and not (salt := salt_path(study)).exists():
        salt.write_text(f"{secrets.token_hex(SALT_BYTES)}\n", encoding="utf-8", newline="\n")
    return changed


def registered_sums(wave: Wave) -> dict[str, str]:
    """The registered SHA-256 of each file in the folder of this wave, by file name."""
    sums = wave.path.parent / SUMS
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    return {name.strip().lstrip("*"): value for value, _, name in (line.partition(" ") for line in lines if line)}


def _nearest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f" There is no folder {path.parent.as_posix()} either."
    return nearest(path.name, [p.name for p in path.parent.iterdir() if p.is_file() and p.name not in (SUMS, SALT)])
