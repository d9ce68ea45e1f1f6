# The study, checked before any step runs, and where its files go.

import os
import re
import sys
from pathlib import Path

import analysis
from analysis import study as studies
from analysis.errors import UserError
from analysis.survey import registry

# Snakemake 9.27 puts the path of Python into its commands bare, so a folder with a space in its name would not run.
if " " in sys.executable:
    sys.executable = f'"{sys.executable}"'

STUDY_FILE = config.get("study", "config/study.yaml")
try:
    STUDY = studies.load(STUDY_FILE)
    registry.verify(STUDY, STUDY_FILE)
except UserError as error:
    sys.exit(str(error))


def processed(name):
    return f"data/processed/{STUDY.name}/{name}"


def reports(name):
    return f"reports/{STUDY.name}/{name}"


def estimates(name):
    return reports(f"estimates/{name}.csv")


def of_waves(table):
    return expand(processed(f"waves/{{wave}}/{table}.parquet"), wave=STUDY.waves)


def logs(name):
    return f"logs/{STUDY.name}/{name}.log"


def package(*rooms):
    """The modules that a step depends on, and the lock: an edit reruns the steps that declare it, and no others."""
    house = Path(os.path.relpath(Path(analysis.__file__).parent))
    files = [
        *(house / name for name in ("results.py", "files.py", "errors.py")),
        *(f for room in rooms for f in sorted((house / room).rglob("*.*"))),
    ]
    lock = [Path("requirements.lock")] if Path("requirements.lock").exists() else []
    return [f for f in files if f.suffix in (".py", ".yaml", ".css", ".jinja")] + lock


wildcard_constraints:
    wave="|".join(map(re.escape, STUDY.waves)),
