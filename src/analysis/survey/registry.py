"""Raw files are immutable: each is registered by its SHA-256 in SHA256SUMS beside it, and refused once it differs."""

import secrets
from pathlib import Path

from analysis.errors import UserError, nearest
from analysis.files import sha256
from analysis.study import Study, Wave
from analysis.survey.linking import SALT, SALT_BYTES, salt_path

SUMS = "SHA256SUMS"


def verify(study: Study, study_file: str | Path) -> None:
    """Refuse a study whose raw files or salt are absent, unregistered, changed since, or the same under two names.

    A file that comes with a Python package is fixed by the lock file and needs no registration.
    Raises `UserError` with a line for every fault.
    """
    faults, seen = [], {}
    for name, wave in study.waves.items():
        if not wave.path.is_file():
            faults.append(
                f"{study_file}: wave {name}: the file {wave.shown} does not exist.{_nearest_file(wave.path, study)}"
            )
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
    if study.of_kind("identifier"):
        faults += _salt_faults(salt_path(study), study_file, registered=not faults)
    if faults:
        raise UserError("\n".join(faults))


def _salt_faults(salt: Path, study_file: str | Path, registered: bool) -> list[str]:
    """What is wrong with the file of the salt; that it is absent is no news where nothing is ``registered``."""
    again = f"python -m analysis register {study_file}"
    if not salt.is_file():
        return [
            f"{salt.as_posix()} does not exist; the identifier is hashed with it. Put it back or, if no "
            f"wave was hashed yet, make it: {again}"
        ] * registered
    known, found = _sums(salt.parent).get(salt.name), sha256(salt)
    if known is None:
        return [f"{salt.as_posix()} is not in {SUMS} yet. If it is the salt of this study, register it: {again}"]
    if known != found:
        return [
            f"{salt.as_posix()} has changed since it was registered, so firms would get other hashes than before. Put "
            f"the registered file back or, if the change is on purpose, register it again: {again}"
        ]
    return []


def register(study: Study) -> list[str]:
    """Write the present SHA-256 of every raw file of the study; returns the files whose entry is new or changed.

    A study with an identifier also gets its salt (`analysis.survey.linking`), once: random bytes in hexadecimal digits;
    it is registered too.
    """
    changed = []
    waves = [wave for wave in study.waves.values() if not wave.package]
    absent = [wave for wave in waves if not wave.path.is_file()]
    if absent:
        faults = (
            f"{w.shown} does not exist, so it cannot be registered.{_nearest_file(w.path, study)}" for w in absent
        )
        raise UserError("\n".join(faults))
    files = {wave.path: wave.shown for wave in waves}
    if study.of_kind("identifier"):
        salt = salt_path(study)
        if not salt.exists():
            salt.write_text(f"{secrets.token_hex(SALT_BYTES)}\n", encoding="utf-8", newline="\n")
        files[salt] = salt.as_posix()
    for path, shown in files.items():
        sums = _sums(path.parent)
        if sums.get(path.name) != (now := sha256(path)):
            sums[path.name] = now
            text = "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))
            (path.parent / SUMS).write_text(text, encoding="utf-8", newline="\n")
            changed.append(shown)
    return changed


def registered_sums(wave: Wave) -> dict[str, str]:
    """The registered SHA-256 of each file in the folder of this wave, by file name."""
    return _sums(wave.path.parent)


def _sums(folder: Path) -> dict[str, str]:
    sums = folder / SUMS
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    return {name.strip().lstrip("*"): value for value, _, name in (line.partition(" ") for line in lines if line)}


def _nearest_file(path: Path, study: Study) -> str:
    if not path.parent.is_dir():
        return f" There is no folder {path.parent.as_posix()} either."
    others = {SUMS, SALT, *(w.path.name for w in study.waves.values() if w.path.parent == path.parent)}
    return nearest(path.name, [p.name for p in path.parent.iterdir() if p.is_file() and p.name not in others])
