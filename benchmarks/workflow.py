"""How long does one command take? Times a full run of the default study in a fresh copy, then a run with nothing to do.

    python benchmarks/workflow.py

The packages are installed already; what is timed is what a user waits for after `make` has set up `.venv`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".snakemake", "reports", "processed", "logs", "__pycache__")


def seconds(folder: Path) -> float:
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    subprocess.run([sys.executable, "-m", "snakemake"], cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


with tempfile.TemporaryDirectory() as temporary:
    copy = Path(temporary) / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    print(f"cores                    {os.cpu_count()}")
    print(f"default study            {seconds(copy):6.1f} s   (at most 180 s)")
    print(f"again, nothing to do     {seconds(copy):6.1f} s   (at most 10 s)")
