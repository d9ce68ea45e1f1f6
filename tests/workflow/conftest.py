"""A copy of the project in which the workflow really runs, once for all tests of a session."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = (
    ".git",
    ".venv",
    ".snakemake",
    "reports",
    "processed",
    "logs",
    "__pycache__",
    ".*_cache",
    "tests",
    "docs",
)


class Project:
    """A copy of the project: its folder, and the commands a user would type in it."""

    def __init__(self, folder: Path):
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        self.folder = folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src"), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, encoding="utf-8"
        )

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run("snakemake", *arguments)

    def planned(self, *arguments: str) -> str:
        """What a run would do now, and why: the words of a dry run."""
        done = self.snakemake("--dry-run", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8-sig")
        changed = change(text)
        assert changed != text, f"the test changes nothing in {file}"
        path.write_text(changed, encoding="utf-8")

    def state(self) -> dict[str, bytes]:
        """Every file that the workflow made, by name."""
        made = [*self.folder.glob("reports/**/*"), *self.folder.glob("data/processed/**/*")]
        return {f.relative_to(self.folder).as_posix(): f.read_bytes() for f in made if f.is_file()}


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """The default study after one run with all cores."""
    project = Project(tmp_path_factory.mktemp("finished") / "project")
    done = project.snakemake()
    assert done.returncode == 0, done.stderr
    project.output = done.stdout + done.stderr
    return project


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Project:
    """The project as cloned: nothing has run in it."""
    return Project(tmp_path_factory.mktemp("untouched") / "project")


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """The finished project once more, for a test that changes it."""
    project = Project.__new__(Project)
    project.folder = tmp_path / "project"
    shutil.copytree(finished.folder, project.folder)
    return project
