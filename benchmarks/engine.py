"""How fast is the structural-equation engine? Times it, lavaan and semopy in turn, on one core.

    python benchmarks/engine.py             # the table
    python benchmarks/engine.py --figure    # how time grows: docs/engine_speed.svg

lavaan is timed inside one R process around the call alone; without R or lavaan the others are timed.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy is imported, and inherited by R
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import gc
import math
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import semopy

from analysis.sem import Fit, fit
from analysis.sem.estimate import feasible_start, minimise
from analysis.sem.inference import infer

ROWS = 600
ROUNDS = 3
DRAWS = 1000
CUTS = (-1.2, -0.4, 0.4, 1.2)  # from a standard normal to a five-point answer
JOBS = ("ML", "MLR", "WLSMV", "draw", "draw-coef")
INDICATORS = range(10, 61, 10)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
HERE = Path(__file__).parent
FIGURE = HERE.parent / "docs" / "engine_speed.svg"


class Case(NamedTuple):
    """A model with the continuous data it was drawn from, and the same data cut into five categories."""

    model: str
    continuous: pd.DataFrame
    ordinal: pd.DataFrame


def factor_model(indicators: int, factors: int) -> tuple[str, np.ndarray]:
    """A factor analysis with equally many indicators a factor, and the loadings of the indicators."""
    each = indicators // factors
    lines = [f"f{k} =~ " + " + ".join(f"x{k * each + j}" for j in range(each)) for k in range(factors)]
    return "\n".join(lines), np.kron(np.eye(factors), np.linspace(0.6, 0.85, each)[:, None])


def draw_factors(rng: np.random.Generator, rows: int, loadings: np.ndarray) -> pd.DataFrame:
    """Standardised normal indicators of factors that correlate at 0.4."""
    factors = np.sqrt(0.6) * rng.standard_normal((rows, loadings.shape[1]))
    factors += np.sqrt(0.4) * rng.standard_normal((rows, 1))
    noise = rng.standard_normal((rows, len(loadings))) * np.sqrt(1.0 - loadings.max(axis=1) ** 2)
    return pd.DataFrame(factors @ loadings.T + noise, columns=[f"x{j}" for j in range(len(loadings))])


def small_case(rng: np.random.Generator) -> Case:
    """Four correlated factors of five indicators."""
    model, loadings = factor_model(20, 4)
    return with_answers(model, draw_factors(rng, ROWS, loadings))


def large_case(rng: np.random.Generator) -> Case:
    """Four second-order factors of 3, 4, 4 and 4 dimensions with three indicators each, an outcome with eight."""
    dimensions = {"RC": 3, "EU": 4, "OR": 4, "EC": 4}
    common = rng.standard_normal(ROWS)
    factor = {name: 0.5 * common + np.sqrt(0.75) * rng.standard_normal(ROWS) for name in ("RC", "EU", "EC")}
    factor["OR"] = 0.3 * (factor["EC"] - factor["RC"] - factor["EU"]) + 0.9 * rng.standard_normal(ROWS)
    lines, columns = [], {}
    for name, count in dimensions.items():
        parts = [f"{name.lower()}{k}" for k in range(count)]
        lines.append(f"{name} =~ " + " + ".join(parts))
        for part in parts:
            value = 0.8 * factor[name] + 0.6 * rng.standard_normal(ROWS)
            lines.append(measure(rng, part, value, 3, columns))
    outcome = 0.4 * factor["OR"] + 0.2 * (factor["EC"] - factor["RC"] - factor["EU"])
    lines.append(measure(rng, "TP", outcome + 0.7 * rng.standard_normal(ROWS), 8, columns))
    lines += ["OR ~ RC + EU + EC", "TP ~ RC + EU + EC + OR"]
    return with_answers("\n".join(lines), pd.DataFrame(columns))


def measure(rng: np.random.Generator, name: str, value: np.ndarray, count: int, columns: dict) -> str:
    """Adds the indicators of a factor to the columns; returns its line of the model."""
    names = [f"{name}_{j}" for j in range(count)]
    for column in names:
        columns[column] = 0.8 * value + 0.6 * rng.standard_normal(ROWS)
    return f"{name} =~ " + " + ".join(names)


def with_answers(model: str, data: pd.DataFrame) -> Case:
    """The case with its data cut into answers from 1 to 5."""
    standard = (data - data.mean()) / data.std()
    return Case(model, data, standard.apply(lambda x: np.searchsorted(CUTS, x) + 1))


def seconds(call: Callable[[], object], at_least: float = 0.2) -> float:
    """Seconds a call, the mean of as many as fill ``at_least`` seconds."""
    gc.collect()
    calls, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < at_least or not calls:
        call()
        calls += 1
    return spent / calls


def finished(model: str, data: pd.DataFrame, estimator: str, **options) -> Fit:
    """A fit with its table of parameters and its measures, which are otherwise made when asked for."""
    fitted = fit(model, data, estimator=estimator, **options)
    _ = fitted.parameters, fitted.measures
    return fitted


class Engine:
    """This project's engine."""

    def time(self, case: Case, job: str) -> tuple[float, float]:
        """Seconds, and the chi-square (the scaled one where there is one). A draw always gives all there is."""
        if job.startswith("draw"):
            fitted = fit(case.model, case.continuous)
            return seconds(lambda: fitted.bootstrap(DRAWS, seed=1, cores=1)) / DRAWS, math.nan
        data, options = (case.ordinal, {"ordered": True}) if job == "WLSMV" else (case.continuous, {})
        measures = finished(case.model, data, job, **options).measures
        chisq = measures["chisq" if job == "ML" else "chisq_scaled"]
        return seconds(lambda: finished(case.model, data, job, **options)), chisq


class Semopy:
    """semopy: maximum likelihood with its table of errors, and refits on resampled rows."""

    def time(self, case: Case, job: str) -> tuple[float, float]:
        """Seconds and the chi-square; NaN for what semopy does not have."""
        if job not in ("ML", "draw-coef"):
            return math.nan, math.nan
        model = semopy.Model(case.model)
        chisq = len(case.continuous) * model.fit(case.continuous).fun
        if job == "ML":
            return seconds(lambda: self._fit(case)), chisq
        rng, rows = np.random.default_rng(1), len(case.continuous)
        return seconds(lambda: model.fit(case.continuous.iloc[rng.integers(rows, size=rows)]), 1.0), math.nan

    def _fit(self, case: Case) -> None:
        model = semopy.Model(case.model)
        model.fit(case.continuous)
        model.inspect()


class Lavaan:
    """lavaan in one R process that answers lines with seconds and chi-squares."""

    def __init__(self, cases: dict[str, Case], folder: Path) -> None:
        self.names = {id(case): name for name, case in cases.items()}
        for name, case in cases.items():
            (folder / f"{name}.lav").write_text(case.model + "\n")
            case.continuous.to_csv(folder / f"{name}_continuous.csv", index=False)
            case.ordinal.to_csv(folder / f"{name}_ordinal.csv", index=False)
        command = ["Rscript", str(HERE / "record_engine.R"), str(folder)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.version = self.process.stdout.readline().strip()

    def time(self, case: Case, job: str) -> tuple[float, float]:
        """Seconds and the chi-square, as measured by R."""
        print(self.names[id(case)], job, file=self.process.stdin, flush=True)
        taken, chisq = self.process.stdout.readline().replace("NA", "nan").split()
        return float(taken), float(chisq)

    def close(self) -> None:
        self.process.communicate()


def has_lavaan() -> bool:
    """Whether R and lavaan are installed."""
    asked = ["Rscript", "-e", "library(lavaan)"]
    return shutil.which("Rscript") is not None and subprocess.run(asked, capture_output=True).returncode == 0


def compare(cases: dict[str, Case], programs: dict[str, object]) -> None:
    """Prints the median seconds of each program and job over rounds that alternate between programs."""
    columns = (f"{name + ' s':>12}" for name in programs)
    ratios = (f"{name + ' / ours':>16}" for name in list(programs)[1:])
    print(f"\n{'model':6} {'job':9}", *columns, *ratios, "  chi-squares")
    for name, case in cases.items():
        for job in JOBS:
            rounds = [[program.time(case, job) for program in programs.values()] for _ in range(ROUNDS)]
            times = [median(one[k][0] for one in rounds) for k in range(len(programs))]
            ratios = (f"{taken / times[0]:16.1f}" for taken in times[1:])
            chisq = "" if job.startswith("draw") else " ".join(f"{value:.3f}" for _, value in rounds[0])
            shown = " ".join([*(f"{t:12.5f}" for t in times), *ratios]).replace("nan", "  –")
            print(f"{name:6} {job:9} {shown}   {chisq.replace('nan', '–')}", flush=True)


def report() -> None:
    """The comparison on both models."""
    rng = np.random.default_rng(1939)
    cases = {"small": small_case(rng), "large": large_case(rng)}
    programs = {"ours": Engine(), "semopy": Semopy()}
    with tempfile.TemporaryDirectory() as folder:
        if has_lavaan():
            programs = {"ours": programs["ours"], "lavaan": Lavaan(cases, Path(folder)), "semopy": programs["semopy"]}
            print(programs["lavaan"].version)
        else:
            print("lavaan is left out: R with the package lavaan was not found")
        for name, case in cases.items():
            fitted = fit(case.model, case.continuous)
            print(f"{name}: {case.continuous.shape[1]} indicators, {fitted.measures['npar']} parameters, n = {ROWS}")
        compare(cases, programs)
        if "lavaan" in programs:
            programs["lavaan"].close()


def growth(model: str, data: pd.DataFrame) -> dict[str, float]:
    """Seconds of a fit with all its tables, and of the search and its errors once the moments are known."""
    fitted = fit(model, data)

    def search() -> None:
        solution = minimise(fitted.problem, feasible_start(fitted.table, fitted.problem))
        infer(fitted.problem, solution.point, "ML")

    found = {job: seconds(lambda job=job: finished(model, data, job)) for job in ("ML", "MLR")}
    return found | {"ML, moments known": seconds(search)}


def grown() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Growth with the indicators (five a factor) and with the rows (20 indicators)."""
    rng = np.random.default_rng(1939)
    by_indicators, by_rows = {}, {}
    for p in INDICATORS:
        model, loadings = factor_model(p, p // 5)
        by_indicators[p] = growth(model, draw_factors(rng, ROWS, loadings))
    model, loadings = factor_model(20, 4)
    for n in SIZES:
        by_rows[n] = growth(model, draw_factors(rng, n, loadings))
    return pd.DataFrame(by_indicators).T, pd.DataFrame(by_rows).T


def draw_figure(by_indicators: pd.DataFrame, by_rows: pd.DataFrame) -> None:
    """Two panels on logarithmic axes, written to docs/engine_speed.svg."""
    plt.rcParams.update(
        {"svg.hashsalt": "engine", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, panels = plt.subplots(1, 2, figsize=(7.5, 3.2), sharey=True, layout="constrained")
    titles = (f"Indicators (n = {ROWS})", "Rows (20 indicators)")
    for axes, frame, title in zip(panels, (by_indicators, by_rows), titles, strict=True):
        for name, marker in zip(frame, "osv", strict=True):
            axes.loglog(frame.index, frame[name], marker=marker, markersize=4, label=name)
        axes.set_xlabel(title)
        axes.grid(alpha=0.3)
    panels[0].set_xticks(list(INDICATORS), [str(p) for p in INDICATORS])
    panels[0].minorticks_off()
    panels[0].set_ylabel("Seconds a fit")
    panels[0].legend(frameon=False)
    figure.savefig(FIGURE, metadata={"Date": None})
    print(f"written: {FIGURE.relative_to(HERE.parent)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", action="store_true", help="measure how time grows and draw docs/engine_speed.svg")
    warnings.simplefilter("ignore")
    print(f"{os.cpu_count()} cores, one used; Python {sys.version.split()[0]}, numpy {np.__version__}")
    if not parser.parse_args().figure:
        return report()
    frames = grown()
    for frame, what in zip(frames, ("indicators", "rows"), strict=True):
        print(f"\nseconds a fit by {what}\n{frame.round(5).to_string()}")
    draw_figure(*frames)


if __name__ == "__main__":
    main()
