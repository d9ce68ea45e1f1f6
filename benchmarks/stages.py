"""How long does each part of the default study take? Times the stages one after the other, each on two cores.

    python benchmarks/stages.py

In a fresh copy the whole study runs first and is not timed. Then every rule of a part's files in workflow/rules runs
again, with all resamples and random data sets; the time includes Snakemake's own start.
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
WANTED = 60  # seconds
PARTS = {
    "measurement": ("measurement",),
    "regression, structure, evidence": ("regression", "structure", "evidence"),
    "publishing": ("publish",),
}


def rules(files: tuple[str, ...]) -> list[str]:
    texts = [(ROOT / f"workflow/rules/{name}.smk").read_text(encoding="utf-8") for name in files]
    return [rule for text in texts for rule in re.findall(r"^rule (\w+):", text, re.MULTILINE)]


def seconds(folder: Path, *what: str) -> float:
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *what]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


with tempfile.TemporaryDirectory() as temporary:
    copy = Path(temporary) / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    print(f"{'everything':<32} {seconds(copy):6.1f} s", flush=True)
    for part, files in PARTS.items():
        again = rules(files)
        targets = ["manifest"] if "publish" in files else again
        print(
            f"{part:<32} {seconds(copy, '--forcerun', *again, '--', *targets):6.1f} s   (at most {WANTED} s)",
            flush=True,
        )
