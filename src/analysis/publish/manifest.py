"""What went into a report and what came out of it: checksums, versions, the commit; no path or time of a machine."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

import analysis
from analysis.files import sha256
from analysis.study import Study

PROGRAM = "survey-to-paper"


def manifest(
    study: Study, study_file: str | Path, made: Mapping[str, object], inputs: Iterable[str], outputs: Iterable[str]
) -> dict[str, object]:
    """``made``, which is what `stamp` gave, with the checksums of the study's own files, ``inputs`` and ``outputs``."""
    files = study_files(study, study_file) | _by_name(inputs)
    return dict(made) | {
        "inputs": {name: sha256(path) for name, path in files.items()},
        "outputs": {name: sha256(path) for name, path in _by_name(outputs).items()},
    }


def stamp(study: Study) -> dict[str, object]:
    """What it takes to make the report again: study, seed, program, commit, and the versions of all it uses."""
    return {
        "study": study.name,
        "synthetic": study.synthetic,
        "seed": study.seed,
        "description": study.words(),
        "program": f"{PROGRAM} {metadata.version(PROGRAM)}",
        **_commit(),
        "python": platform.python_version(),
        "packages": _versions(),
    }


def as_json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def study_files(study: Study, study_file: str | Path) -> dict[str, Path]:
    """The raw files, the study file and the codebook, by the names under which they are shown."""
    return _by_name([study_file, study.codebook_file]) | {wave.shown: wave.path for wave in study.waves.values()}


def shown(path: str | Path) -> str:
    """A path relative to the working directory or to the package; of a file elsewhere the name alone."""
    path = Path(path)
    if not path.is_absolute() and ".." not in path.parts:
        return path.as_posix()
    path = Path(os.path.abspath(path))
    for root in (Path(analysis.__file__).parents[1], Path.cwd()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def _by_name(paths: Iterable[str | Path]) -> dict[str, Path]:
    return {shown(path): Path(path) for path in sorted({str(path) for path in paths})}


def _versions() -> dict[str, str]:
    """The installed versions of what the program declares that it needs, tests aside."""
    needs = [need for need in metadata.requires(PROGRAM) or () if "extra ==" not in need]
    names = sorted(re.match(r"[\w.-]+", need).group() for need in needs)
    return {name: metadata.version(name) for name in names}


def _commit() -> dict[str, object]:
    """The commit that the working directory stands at, and whether tracked files differ from it; None without git."""
    head = _git("rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        return {"commit": None, "changed": None}
    return {"commit": head, "changed": bool(_git("status", "--porcelain", "--untracked-files=no"))}


def _git(*command: str) -> str:
    try:
        done = subprocess.run(["git", *command], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
