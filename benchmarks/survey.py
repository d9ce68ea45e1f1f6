"""How fast is the survey stage? One CSV export of 60 columns becomes the ready table, at growing numbers of rows.

python benchmarks/survey.py             # 1,000 to 1,000,000 rows: seconds and peak memory of each
python benchmarks/survey.py --figure    # the same, drawn: docs/survey_speed.svg
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SCALES, EACH = 11, 5  # 55 items, a check and four attributes: 60 columns
FIGURE = Path(__file__).parents[1] / "docs" / "survey_speed.svg"
STUDY = """
name: benchmark
title: {{en: Benchmark, zh: 基准}}
source: {{en: Random numbers, zh: 随机数}}
synthetic: true
seed: 1
codebook: codebook.csv
answers:
  agreement:
    1: {{en: a1, zh: 一}}
    2: {{en: a2, zh: 二}}
    3: {{en: a3, zh: 三}}
    4: {{en: a4, zh: 四}}
    5: {{en: a5, zh: 五}}
  groups: {{1: {{en: g1, zh: 甲}}, 2: {{en: g2, zh: 乙}}, 3: {{en: g3, zh: 丙}}}}
constructs: {constructs}
hypotheses:
  H1: {{path: c0 -> c1}}
screening:
  attention: {{check: 4}}
  longest_run: 20
  irv: 0.2
  mahalanobis: 0.999
  even_odd: 0
  synonyms: 0
  missing_share: 0.2
  duplicates: true
  leave_out: [attention, longest_run, missing_share, duplicates]
waves:
  one: {{file: answers.csv, reader: csv}}
"""


def write_study(folder: Path, rows: int) -> None:
    """A study with one wave of so many rows, two per cent of the answers left open."""
    rng = np.random.default_rng(rows)
    items = [f"c{k}_{j}" for k in range(SCALES) for j in range(EACH)]
    columns = {"age": rng.integers(18, 80, rows), **{f"group{k}": rng.integers(1, 4, rows) for k in range(3)}}
    for k in range(SCALES):
        factor = rng.standard_normal(rows)
        for j in range(EACH):
            answer = 0.8 * factor + 0.6 * rng.standard_normal(rows)
            columns[f"c{k}_{j}"] = np.searchsorted((-1.5, -0.5, 0.5, 1.5), answer) + 1
    columns["check"] = np.where(rng.random(rows) < 0.03, 1, 4)
    table = pd.DataFrame(columns)
    table[items] = table[items].astype("Int8").mask(rng.random((rows, len(items))) < 0.02)
    table.to_csv(folder / "answers.csv", index=False)
    lines = ["name,kind,answers,minimum,maximum,en,zh", "age,number,,0,120,Age,年龄"]
    lines += [f"group{k},nominal,groups,,,Group {k},组别{k}" for k in range(3)]
    lines += [f"{item},likert,agreement,,,Item {item},题项{item}" for item in items]
    lines += ["check,attention,agreement,,,Choose a4,请选四"]
    (folder / "codebook.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    constructs = {
        f"c{k}": {
            "symbol": f"C{k}",
            "label": {"en": f"C{k}", "zh": f"构念{k}"},
            "items": items[k * EACH : (k + 1) * EACH],
        }
        for k in range(SCALES)
    }
    (folder / "study.yaml").write_text(STUDY.format(constructs=json.dumps(constructs)), encoding="utf-8")


def measure(rows: int) -> tuple[float, float]:
    """Seconds, and peak memory in GiB, of a process of its own from the CSV to answers, scores and missing values."""
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), rows)
        done = subprocess.run([sys.executable, __file__, "--here"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def clean_here() -> None:
    """What `measure` times, in the working directory: all that the workflow does for a wave up to the ready table."""
    from analysis import results, study
    from analysis.survey import missing, waves

    start = time.perf_counter()
    described = study.load("study.yaml")
    cleaned = waves.clean(described, "one")
    for name, table in cleaned._asdict().items():
        results.write(name, table, f"{name}.parquet")
    results.write("scores", waves.scores(cleaned.respondents, described), "scores.parquet")
    results.write("missing_variables", missing.variables(cleaned.respondents, described), "missing.parquet")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(time.perf_counter() - start, peak)


def draw(found: pd.DataFrame) -> None:
    """Seconds and memory by rows, written to docs/survey_speed.svg."""
    import matplotlib.pyplot as plt

    plt.rcParams.update(
        {"svg.hashsalt": "survey", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, panels = plt.subplots(1, 2, figsize=(7.5, 3), layout="constrained")
    for axes, column in zip(panels, found, strict=True):
        axes.loglog(found.index, found[column], marker="o", markersize=4)
        axes.set_xlabel("Rows (60 columns)")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}" if column.startswith("Peak") else "")
        axes.set_ylabel(column)
        axes.grid(alpha=0.3)
    figure.savefig(FIGURE, metadata={"Date": None})
    print(f"written: {FIGURE.name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", action="store_true", help="draw docs/survey_speed.svg as well")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        return clean_here()
    print(f"{os.cpu_count()} cores; Python {sys.version.split()[0]}, pandas {pd.__version__}")
    found = pd.DataFrame([measure(rows) for rows in SIZES], index=list(SIZES), columns=["Seconds", "Peak memory (GiB)"])
    print(found.round(2).to_string())
    if arguments.figure:
        draw(found)


if __name__ == "__main__":
    main()
