"""Print environment.yml: conda brings Python, requirements.lock brings every package at its exact version."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
print(
    f"""\
# Made from pyproject.toml by `make lock`; not edited by hand.
name: {project["name"]}
channels: [conda-forge]
dependencies:
  - python{project["requires-python"]}
  - pip
  - pip:
      - --requirement=requirements.lock"""
)
