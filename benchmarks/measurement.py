"""How long does it take to know whether the instrument measures? Times the measurement stage of the default study.

    python benchmarks/measurement.py

In a fresh copy the survey stage runs first and is not timed. Then every rule of workflow/rules/measurement.smk runs on
two cores, with all resamples and random data sets; the time includes Snakemake's own start.
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
RULES = re.findall(r"^rule (\w+):", (ROOT / "workflow/rules/measurement.smk").read_text(encoding="utf-8"), re.MULTILINE)
PROCESSED = [f"data/processed/sme-digitalisation/{table}.parquet" for table in ("respondents", "scores")]


def seconds(folder: Path, *what: str) -> float:
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *what]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


with tempfile.TemporaryDirectory() as temporary:
    copy = Path(temporary) / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    seconds(copy, *PROCESSED)
    print(f"{', '.join(RULES)}   {seconds(copy, '--until', *RULES):.1f} s   (at most 60 s)")
