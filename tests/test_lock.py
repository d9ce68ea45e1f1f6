"""pyproject.toml is the one hand-edited list of dependencies; what is generated from it has not drifted."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_dependency_is_locked_at_a_version_that_fits():
    from packaging.requirements import Requirement

    locked: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.+!-]+)", LOCK, flags=re.M):
        locked.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        requirement = Requirement(line)
        versions = locked.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
        assert versions, f"{requirement.name} is not in requirements.lock; run make lock"
        assert all(requirement.specifier.contains(v) for v in versions), f"{line}: locked at {versions}; run make lock"


def test_every_locked_package_has_hashes_and_none_an_address():
    blocks = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_environment_yml_is_what_the_lock_step_writes():
    made = subprocess.run([sys.executable, ROOT / ".ci/environment.py"], capture_output=True, text=True, check=True)
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == made.stdout


def test_no_lock_that_records_where_packages_came_from():
    assert [f.name for pattern in ("uv.lock", "poetry.lock", "pylock*.toml") for f in ROOT.glob(pattern)] == []
