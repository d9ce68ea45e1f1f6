"""A new wave: read and checked against the codebook before anything is written; then one line in the study file."""

import re
import shutil
from pathlib import Path

import yaml

from analysis import study as studies
from analysis.errors import UserError
from analysis.files import read_text, sha256
from analysis.survey import readers, registry
from analysis.survey.waves import clean


def add_wave(study_file: str | Path, export: str | Path, name: str) -> str:
    """Add an export to a study as wave ``name``; returns what was done, in words.

    The export is copied to data/raw/<study>/ if it is elsewhere, its line is written into the study file, and its
    checksum registered. Raises `UserError` before anything is written if the wave is there already, if no reader knows
    the file, or if a column or an answer is not in the codebook.
    """
    study_file, export = Path(study_file), Path(export)
    study = studies.load(study_file)
    if not re.fullmatch(r"\w+", name):
        raise UserError(f'"{name}" cannot name a wave: use letters, digits and _ only.')
    if name in study.waves:
        raise UserError(f"{study_file}: wave {name} is there already, with the file {study.waves[name].shown}.")
    if not export.is_file():
        raise UserError(f"{export} is a folder, not a file." if export.is_dir() else f"{export} does not exist.")
    registry.verify(study, study_file)
    for other, wave in study.waves.items():
        if sha256(wave.path) == sha256(export):
            raise UserError(f"{export} is registered already: it holds the same bytes as wave {other}, {wave.shown}.")
    described = readers.recognise(export)
    home = Path("data/raw") / study.name
    at_home = home.resolve() in export.resolve().parents
    target = home / (export.resolve().relative_to(home.resolve()) if at_home else export.name)
    if not at_home and target.exists():
        raise UserError(f"{target.as_posix()} exists already; rename the new export.")
    try:
        _, ledger = clean(study.model_copy(update={"waves": {**study.waves, name: described}}), name)
    except UserError as error:
        raise UserError(
            f"{error}\nNothing was added. To add this wave with exceptions, copy the file to {target.as_posix()}, put\n"
            f'  "{name}": {{file: {target.as_posix()}, reader: {described.reader}, rename: {{HEADING: NAME}}, '
            "ignore: [HEADING], not_asked: [NAME]}\n"
            f"with what applies under waves in {study_file}, and run: python -m analysis register {study_file}"
        ) from None
    text = with_wave(read_text(study_file), name, target.as_posix(), described.reader)

    if not at_home:
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy2(export, target)
    study_file.write_text(text, encoding="utf-8", newline="")
    registry.register(studies.load(study_file))
    kept = int((ledger["status"] == "kept").sum())
    return (
        f"Wave {name}: {target.as_posix()}, read as {described.reader}, {len(ledger)} rows, "
        f"{kept} kept by the screening rules.\n"
        f"One line was added to {study_file}. Now run: make study={study_file.as_posix()}"
    )


def with_wave(text: str, name: str, file: str, reader: str) -> str:
    """The text of a study file with one more line at the end of its waves; every other line stays as it is."""
    root = yaml.compose(text)
    waves = next(value for key, value in root.value if key.value == "waves")
    if waves.flow_style:
        raise UserError("The waves of this study stand on one line in braces; put each on a line of its own first.")
    column = waves.value[0][0].start_mark.column
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[-1].endswith("\n"):
        lines[-1] += ending
    end = waves.value[-1][1].end_mark
    last = end.line + 1 if end.column > 0 and lines[end.line].strip() else end.line
    while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
        last -= 1
    entry = {"file": file, "reader": reader}
    value = yaml.safe_dump(entry, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False).strip()
    return "".join([*lines[:last], f'{" " * column}"{name}": {value}{ending}', *lines[last:]])
