"""How long does each part of the default study take? Times the stages one after the other, each on two cores.

    python benchmarks/stages.py

In a fresh copy the survey stage runs first and is not timed. Then every rule of a part's files in workflow/rules runs,
with all resamples and random data sets; the time includes Snakemake's own start.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".snakemake", "reports", "processed", "logs", "__pycache__")
PARTS = {  # files of rules, and the seconds wanted
    "measurement": (("measurement",), 60),
    "regression, structure, evidence": (("regression", "structure", "evidence"), 60),
    "publishing": (("publish",), 60),
}


def rules(names: tuple[str, ...]) -> list[str]:
    texts = [(ROOT / f"workflow/rules/{name}.smk").read_text(encoding="utf-8") for name in names]
    return [rule for text in texts for rule in re.findall(r"^rule (\w+):", text, re.MULTILINE)]


def seconds(folder: Path, names: tuple[str, ...]) -> float:
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--until", *rules(names)]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


with tempfile.TemporaryDirectory() as temporary:
    copy = Path(temporary) / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    seconds(copy, ("survey",))
    for part, (names, wanted) in PARTS.items():
        print(f"{part:<32} {seconds(copy, names):6.1f} s   (at most {wanted} s)", flush=True)
