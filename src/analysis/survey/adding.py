"""A new wave: recognised, read and checked against the codebook before anything is written; then one line in the study."""

import shutil
from pathlib import Path

import yaml

from analysis import study as studies
from analysis.errors import UserError
from analysis.study import Wave
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
    if name in study.waves:
        raise UserError(f"{study_file}: wave {name} is there already, with the file {study.waves[name].shown}.")
    if not export.is_file():
        raise UserError(f"{export} does not exist.")
    for other, wave in study.waves.items():
        if wave.path.is_file() and registry.sha256(wave.path) == registry.sha256(export):
            raise UserError(f"{export} is registered already: it holds the same bytes as wave {other}, {wave.shown}.")
    reader = readers.recognise(Wave(file=str(export), reader="csv"))
    described = Wave(file=str(export), reader=reader)
    _, ledger = clean(study.model_copy(update={"waves": {**study.waves, name: described}}), name)
    home = Path("data/raw") / study.name
    target = export if home.resolve() in export.resolve().parents else home / export.name
    if target != export and target.exists():
        raise UserError(f"{target} exists already and differs from {export}; rename the new export.")
    text = with_wave(study_file.read_text(encoding="utf-8"), name, target.as_posix(), reader)

    home.mkdir(parents=True, exist_ok=True)
    if target != export:
        shutil.copy2(export, target)
    study_file.write_text(text, encoding="utf-8", newline="\n")
    registry.register(studies.load(study_file))
    kept = int((ledger["status"] == "kept").sum())
    return (
        f"Wave {name}: {target.as_posix()}, read as {reader}, {len(ledger)} rows, {kept} kept by the screening rules.\n"
        f"One line was added to {study_file}. Now run make."
    )


def with_wave(text: str, name: str, file: str, reader: str) -> str:
    """The text of a study file with one more line at the end of its waves; everything else stays as it is."""
    root = yaml.compose(text)
    waves = next(value for key, value in root.value if key.value == "waves")
    if waves.flow_style:
        raise UserError("The waves of this study stand on one line in braces; put each on a line of its own first.")
    column = waves.value[0][0].start_mark.column
    lines = text.splitlines()
    end = waves.value[-1][1].end_mark
    last = end.line + 1 if end.column > 0 and lines[end.line].strip() else end.line
    while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
        last -= 1
    line = f'{" " * column}"{name}": {{file: {yaml_scalar(file)}, reader: {reader}}}'
    return "\n".join([*lines[:last], line, *lines[last:]]) + "\n"


def yaml_scalar(text: str) -> str:
    """Text as a YAML value on one line, in quotation marks where it needs them."""
    return yaml.safe_dump(text, default_flow_style=True, allow_unicode=True, width=10**6).removesuffix("\n...\n").strip()
