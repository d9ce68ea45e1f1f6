"""What went into a report and what came out of it: checksums, versions, the commit; no path or time of a machine."""

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import yaml

import analysis
from analysis.study import Study

PROGRAM = "survey-to-paper"


def manifest(study: Study, study_file: str | Path, inputs: Iterable[str], outputs: Iterable[str]) -> bytes:
    """manifest.json. ``inputs`` beside the study's own files, and ``outputs``, are paths."""
    files = study_files(study, study_file) | {shown(path): Path(path) for path in inputs}
    content = stamp(study) | {
        "inputs": {name: checksum(path) for name, path in files.items()},
        "outputs": {shown(path): checksum(path) for path in sorted(map(str, outputs))},
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


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


def study_files(study: Study, study_file: str | Path) -> dict[str, Path]:
    """The raw files, the study file and the codebook, by the names under which they are shown."""
    codebook = yaml.safe_load(Path(study_file).read_text(encoding="utf-8"))["codebook"]
    files = {wave.shown: wave.path for wave in study.waves.values()}
    return {shown(study_file): Path(study_file), shown(codebook): Path(codebook)} | files


def checksum(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def shown(path: str | Path) -> str:
    """A path relative to the working directory or to the package; of a file elsewhere the name alone."""
    path = Path(path)
    if not path.is_absolute():
        return path.as_posix()
    for root in (Path(analysis.__file__).parents[1], Path.cwd()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


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
