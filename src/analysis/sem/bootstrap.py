"""The bootstrap: how estimates and test vary over resamples of the rows, and intervals from that.

``nonparametric``: rows are drawn with replacement, within groups (Efron & Tibshirani, 1993, ch. 6). ``bollen-stine``:
from data that are first moved so that the model holds in them,

    y* = (y - m̄) S^(-1/2) Σ̂^(1/2) + μ̂     (Bollen & Stine, 1992)

so that the chi-squares of the draws show their distribution under the model. Draw b takes its random numbers from
place b of one Philox stream: the resamples depend on the seed and b alone, not on batches or cores.

Maximum likelihood with complete data is refitted in stacks of samples (``batched``), whose moments are products of the
counts w of the rows, S_b = Σ w_i x_i x_iᵀ / n - m_b m_bᵀ. Any other estimator is refitted draw by draw.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from .batched import Frame, Samples, cholesky, frames, minimise_stack, take, thetas
from .cautions import INDEFINITE
from .definitions import with_definitions
from .errors import FailedDrawsWarning, OptionError, SemError
from .estimate import (
    Point,
    Problem,
    Solution,
    evaluate,
    expected_information,
    feasible_start,
    minimise,
    observed_information,
)
from .fiml import incomplete_moments
from .moments import Moments, sample_moments
from .options import one_of
from .ordinal import pose_ordinal
from .partable import Table
from .standardize import scaled
from .weighted import LeastSquares, least_squares, minimise_squares

if TYPE_CHECKING:
    from .fitting import Fit

KINDS = ("nonparametric", "bollen-stine")
INTERVALS = ("percentile", "bc", "bca")
COLUMNS = ("est", "std_all")
NOT_CONVERGED = "not converged"
NOT_POSITIVE = "the covariance matrix of the resample is not positive definite"
_STACK = 2**16  # numbers in one stack of matrices: it has to stay in the processor's cache
_TOGETHER = 250  # draws whose samples are made at a time
_COUNTS = 2**23  # numbers in one table of row counts
_PRODUCTS = 2**22  # numbers in one table of products of the variables
_PATIENCE = (60, 250)  # steps of each search for one draw by itself: those that need more mostly run away
_FAILED, _IMPROPER = 0.05, 0.2  # shares of failed and of improper draws from which a reader must know
_FEWEST = 40  # draws that reach beyond the ends of a 95 % interval: 1/(R + 1) < .025
_SINGLE = 8  # draws that one process refits one by one before it reports


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """The draws of a bootstrap: one row each, in the order of the draws, one column for each row of Fit.parameters.

    ``est`` and ``std_all`` (draws × parameters, defined ones included) and ``chisq`` hold the draws that worked;
    ``draw`` gives their numbers, from 0, ``improper`` which of them have negative variances or covariance matrices
    that are not positive definite. ``failed`` is a table of the others: draw, reason. A standardised value is NaN in a
    draw where a total variance is negative. ``parameters`` repeats lhs op rhs group label est std_all of the fit.
    """

    kind: str
    seed: int
    draws: int
    parameters: pd.DataFrame
    sample_chisq: float
    est: np.ndarray
    std_all: np.ndarray
    chisq: np.ndarray
    draw: np.ndarray
    improper: np.ndarray
    failed: pd.DataFrame
    _task: Task = field(repr=False)
    _cores: int = field(default=1, repr=False)

    @property
    def pvalue(self) -> float:
        """The share of draws with a chi-square at least the sample's (Bollen & Stine, 1992); NaN for nonparametric."""
        if self.kind != "bollen-stine" or not len(self.chisq):
            return float("nan")
        return float((self.chisq >= self.sample_chisq).mean())

    def intervals(self, kind: str = "percentile", level: float = 0.95, column: str = "est") -> pd.DataFrame:
        """Confidence intervals (R: ``parameterEstimates(fit, boot.ci.type = "perc" | "bca.simple")``).

        ``"percentile"``: the α/2 and 1 - α/2 quantiles of the draws. ``"bc"``: those at the levels

            Φ(w + (w + z_α) / (1 - a (w + z_α))),    w = Φ⁻¹(share of draws below the estimate),   a = 0

        (bias-corrected; Efron, 1987). ``"bca"``: with the acceleration a of the jackknife, Σd³ / (6 (Σd²)^1.5), where d
        is the mean of all leave-one-out estimates minus each (Efron & Tibshirani, 1993, eq. 14.15): as many refits as
        there are rows, once. Quantiles between two draws are interpolated on the normal scale (Davison & Hinkley, 1997,
        eq. 5.8), as in R's boot.

        Columns: lhs op rhs group label est se ci_lower ci_upper, est being that of the sample (of ``column``), se the
        standard deviation of the draws (divisor draws - 1). A parameter that is the same in all draws has its estimate
        as interval; bc and bca are NaN where all draws lie on one side of the estimate. Draws without a value (NaN)
        count for nothing.
        """
        one_of("kind", kind, INTERVALS)
        one_of("column", column, COLUMNS)
        if not isinstance(level, (int, float)) or not 0 < level < 1:
            raise OptionError(f"level={level!r} is not offered: expected a number between 0 and 1, such as 0.95")
        estimates, draws = self.parameters[column].to_numpy(), getattr(self, column)
        left_out = self._jackknifed[column] if kind == "bca" else np.zeros((0, len(estimates)))
        rows = []
        for estimate, values, without in zip(estimates, draws.T, left_out.T, strict=True):
            a = acceleration(without) if kind == "bca" else 0.0
            rows.append(interval(values[np.isfinite(values)], estimate, level, kind, a))
        columns = pd.DataFrame(rows, columns=["se", "ci_lower", "ci_upper"])
        labels = self.parameters[["lhs", "op", "rhs", "group", "label"]]
        return pd.concat([labels.assign(est=estimates), columns], axis=1)

    @property
    def left_out(self) -> np.ndarray:
        """The estimates (``est``) without one row each, rows × parameters, made once; NaN where there is none."""
        return self._jackknifed["est"]

    @cached_property
    def _jackknifed(self) -> dict[str, np.ndarray]:
        task = jackknife(self._task)
        parts = list(_run(task, task.problem.n, self._cores, None))
        return {column: np.vstack([getattr(part, column) for part in parts]) for column in COLUMNS}

    def __repr__(self) -> str:
        test = f", p={self.pvalue:.4f}" if self.kind == "bollen-stine" else ""
        return (
            f"Bootstrap({self.kind}, seed={self.seed}, {len(self.est)} of {self.draws} draws,"
            f" {len(self.failed)} failed, {int(self.improper.sum())} improper{test})"
        )


def bootstrap(
    fitted: Fit,
    draws: int = 5000,
    *,
    seed: int | None = None,
    cores: int = 1,
    kind: str = "nonparametric",
    progress: Callable[[int, int], object] | None = None,
) -> Bootstrap:
    """Refit the model to resamples of the rows (R: ``bootstrapLavaan(fit, R = draws, type = kind)``).

    Parameters
    ----------
    draws
        How many resamples; with several groups each group is resampled by itself.
    seed
        The same seed gives the same draws on any number of cores; None takes one at random
        (``Bootstrap.seed``).
    cores
        Processes that share the work.
    kind
        ``"nonparametric"``, or ``"bollen-stine"``: from data moved so that the model holds, for a test of the
        model (Bollen & Stine, 1992; complete continuous data).
    progress
        Called with the draws done and to do, after every batch.

    Raises NotConvergedError when the fit did not converge, NotIdentifiedError when it is not identified. Failed draws
    are left out and named in ``Bootstrap.failed``; FailedDrawsWarning when more than 5 % failed, or more than 20 % of
    the others are improper.
    """
    one_of("kind", kind, KINDS)
    for name, value, least in (("draws", draws, 1), ("cores", cores, 1), ("seed", 0 if seed is None else seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise OptionError(f"{name}={value!r} is not offered: expected a whole number from {least}")
    if progress is not None and not callable(progress):
        raise OptionError(f"progress={progress!r} is not offered: expected a function of the draws done and to do")
    fitted.require_delta("bootstrap")
    fitted.require_identified("bootstrap")
    problem = fitted.problem
    if kind == "bollen-stine":
        if problem.incomplete or (isinstance(problem, LeastSquares) and problem.ordinal):
            raise OptionError("kind='bollen-stine' needs complete continuous data: missing='listwise', ordered=False")
        problem = _under_model(problem, fitted.solution.point)
    seed = int(np.random.SeedSequence().entropy) if seed is None else int(seed)
    parts = _run(_task(fitted, problem, seed), draws, cores, progress)
    found = Draws(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    good, bad = np.flatnonzero(found.reason == ""), np.flatnonzero(found.reason != "")
    _warn(found.reason[bad], int(found.improper[good].sum()), draws)
    return Bootstrap(
        kind=kind,
        seed=seed,
        draws=draws,
        parameters=fitted.parameters[["lhs", "op", "rhs", "group", "label", "est", "std_all"]],
        sample_chisq=problem.n * fitted.solution.point.discrepancy,
        est=found.est[good],
        std_all=found.std_all[good],
        chisq=found.chisq[good],
        draw=good,
        improper=found.improper[good],
        failed=pd.DataFrame({"draw": bad, "reason": found.reason[bad]}),
        _task=_task(fitted, fitted.problem, None),
        _cores=cores,
    )


def _warn(reasons: np.ndarray, improper: int, draws: int) -> None:
    """Warns, at the line that called the bootstrap, of many failed or improper draws."""
    failed = len(reasons)
    if failed <= _FAILED * draws and improper <= _IMPROPER * (draws - failed):
        return
    why = "; ".join(f"{reason}: {count}" for reason, count in pd.Series(reasons).value_counts().items())
    message = (
        f"{failed} of {draws} draws failed{f' ({why})' if failed else ''} and {improper} of the other {draws - failed}"
        " are improper: the intervals speak for the draws that worked; take more rows or a simpler model"
    )
    warnings.warn(FailedDrawsWarning(message, tuple(dict.fromkeys(reasons))), stacklevel=3)


# --- Intervals ---


def interval(values: np.ndarray, estimate: float, level: float, kind: str, a: float) -> tuple[float, float, float]:
    """Standard error and limits of the kind asked for, from the finite draws of one estimate; a is its acceleration.

    See `Bootstrap.intervals` for the formulas.
    """
    if len(values) < 2:
        return (np.nan,) * 3
    se = float(values.std(ddof=1))
    if se <= 1e-12 * max(1.0, abs(estimate)):
        return 0.0, estimate, estimate
    levels = np.array([0.5 - level / 2.0, 0.5 + level / 2.0])
    if kind != "percentile":
        w, z = ndtri((values < estimate).mean()), ndtri(levels)
        if not np.isfinite(w):
            return se, np.nan, np.nan
        levels = ndtr(w + (w + z) / (1.0 - a * (w + z)))
    lower, upper = quantiles(values, levels)
    return se, lower, upper


def summary(estimate: float, draws: np.ndarray, left_out: np.ndarray) -> dict[str, float]:
    """What the draws of one estimate say: se, pvalue and the 95 % percentile, BC and BCa limits (``ci_``, ``bc_``,
    ``bca_``).

    ``draws`` and ``left_out``, the leave-one-out estimates that BCa needs, may hold NaN, which count for nothing. p is
    two-sided: the level at which the percentile interval reaches 0, from the same `quantiles` Q,

        2 min(sup{α: Q(α) <= 0}, 1 - inf{α: Q(α) >= 0}),    at least 2 / (R + 1), at most 1,

    so that p < .05 exactly when the interval excludes 0. Fewer draws than `_FEWEST` do not reach so far: p and
    all limits are NaN.
    """
    values = draws[np.isfinite(draws)]
    found: dict[str, float] = {}
    for name, kind in (("ci", "percentile"), ("bc", "bc"), ("bca", "bca")):
        a = acceleration(left_out) if kind == "bca" else 0.0
        se, *limits = interval(values, estimate, 0.95, kind, a)
        lower, upper = limits if len(values) >= _FEWEST else (np.nan, np.nan)
        found |= {"se": se, f"{name}_lower": lower, f"{name}_upper": upper}
    if found["se"] == 0.0:
        values = np.full(len(values), estimate)  # but for rounding
    p = min(1.0, 2.0 * min(_share_below(values), _share_below(-values))) if len(values) >= _FEWEST else np.nan
    return found | {"pvalue": p}


def _share_below(values: np.ndarray) -> float:
    """The highest level at which the quantile of R draws (`quantiles`) is 0 or less: 1 / (R + 1) at least."""
    ordered, count = np.sort(values), len(values)
    k = int(np.searchsorted(ordered, 0.0, side="right"))
    if k in (0, count):
        return 1.0 if k else 1.0 / (count + 1)
    if ordered[k - 1] == 0.0:
        return k / (count + 1)
    low, high = ndtri(k / (count + 1)), ndtri((k + 1) / (count + 1))
    return float(ndtr(low - ordered[k - 1] / (ordered[k] - ordered[k - 1]) * (high - low)))


def quantiles(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of R draws: the draw of rank k = (R + 1) α, interpolated on the normal scale between two ranks,

    t_k + (Φ⁻¹(α) - Φ⁻¹(k/(R+1))) / (Φ⁻¹((k+1)/(R+1)) - Φ⁻¹(k/(R+1))) (t_{k+1} - t_k)

    (Davison & Hinkley, 1997, eq. 5.8; R: ``boot:::norm.inter``); beyond the ranks the smallest or largest draw.
    """
    ordered, count = np.sort(values), len(values)
    rank = (count + 1) * levels
    whole = np.round(rank)  # a rank that is whole but for rounding is that of one draw, with nothing of the next
    levels = np.where(np.abs(rank - whole) < 1e-9, whole / (count + 1), levels)
    rank = np.where(np.abs(rank - whole) < 1e-9, whole, rank)
    k = np.clip(np.floor(rank), 1, count - 1).astype(int)
    low, high = ndtri(k / (count + 1)), ndtri((k + 1) / (count + 1))
    share = np.clip((ndtri(levels) - low) / (high - low), 0.0, 1.0)
    return ordered[k - 1] + share * (ordered[k] - ordered[k - 1])


def acceleration(values: np.ndarray) -> float:
    """The acceleration from the leave-one-out estimates of one parameter (Efron & Tibshirani, 1993, eq. 14.15)."""
    values = values[np.isfinite(values)]
    d = values.mean() - values if len(values) else values
    spread = (d**2).sum()
    return float((d**3).sum() / (6.0 * spread**1.5)) if spread > 1e-24 * len(d) else 0.0


# --- The work, by batches of draws ---


class Draws(NamedTuple):
    """What a batch of draws gave: estimates, std.all, chi-square, why it failed ("" if not), whether it is improper."""

    est: np.ndarray
    std_all: np.ndarray
    chisq: np.ndarray
    reason: np.ndarray
    improper: np.ndarray


@dataclass(frozen=True)
class Task:
    """All that a process needs to know: the fitted problem, its solution, which resamples (``seed``; None: jackknife).

    ``metric`` is the inverse information at the solution, for stacks of samples; None when draws are refitted one by
    one.
    """

    table: Table
    problem: Problem
    estimator: str
    z: np.ndarray
    seed: int | None
    metric: np.ndarray | None

    @property
    def batch(self) -> int:
        """How many draws are refitted together, whatever the number of cores."""
        if self.metric is None:
            return _SINGLE
        return int(np.clip(_COUNTS // self.problem.n, 8, _TOGETHER))

    @property
    def width(self) -> int:
        """How many of them are in the stack at a time."""
        return max(_STACK // max(len(model.names) for model in self.problem.structures) ** 2, 8)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The structures, prepared for stacks."""
        return frames(self.problem)

    @cached_property
    def tables(self) -> tuple[list, ...]:
        """For each group the pieces of centred rows with their products, or None where they would fill the memory."""
        return tuple(
            list(_pieces(sample)) if sample.n * _pairs(sample) <= _PRODUCTS else None for sample in self.problem.samples
        )


def _task(fitted: Fit, problem: Problem, seed: int | None) -> Task:
    metric, z = None, fitted.solution.z
    if not isinstance(problem, LeastSquares) and not problem.incomplete:
        metric = _metric(problem, z)
    return Task(fitted.table, problem, fitted.estimator, z, seed, metric)


def jackknife(task: Task) -> Task:
    """The same model on all samples with one row left out."""
    return replace(task, seed=None)


def _metric(problem: Problem, z: np.ndarray) -> np.ndarray | None:
    """The inverse of the observed information, or of the expected one where that is not positive definite."""
    point = evaluate(problem, problem.theta(z))
    for information in (observed_information, expected_information):
        found = problem.basis.T @ information(problem, point) @ problem.basis
        if np.isfinite(found).all() and np.linalg.eigvalsh(found).min(initial=1.0) > 0:
            return np.linalg.inv(found)
    return None


def _under_model(problem: Problem, point: Point) -> Problem:
    """The problem with data in which the model holds (Bollen & Stine, 1992)."""
    samples = []
    for sample, at in zip(problem.samples, point.groups, strict=True):
        move = _power(sample.cov, -0.5) @ _power(at.sigma, 0.5)
        mean = at.mu if problem.meanstructure else sample.mean
        data = (sample.data - sample.mean) @ move + mean
        samples.append(Moments(data, mean, at.sigma, float(np.linalg.slogdet(at.sigma)[1])))
    return replace(problem, samples=tuple(samples))


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


_HERE: list[Task] = []  # the task of this process


def _begin(task: Task) -> None:
    _HERE[:] = [task]


def _continue(start: int, stop: int) -> Draws:
    return _batch(_HERE[0], start, stop)


def _run(task: Task, draws: int, cores: int, progress: Callable | None) -> Iterator[Draws]:
    """The results of all batches in their order."""
    starts = range(0, draws, task.batch)
    stops = [min(start + task.batch, draws) for start in starts]
    if cores > 1 and len(starts) > 1:
        with ProcessPoolExecutor(min(cores, len(starts)), initializer=_begin, initargs=(task,)) as pool:
            yield from _told(pool.map(_continue, starts, stops), stops, progress)
    else:
        yield from _told((_batch(task, *ends) for ends in zip(starts, stops, strict=True)), stops, progress)


def _told(results: Iterator[Draws], stops: list[int], progress: Callable | None) -> Iterator[Draws]:
    for result, stop in zip(results, stops, strict=True):
        if progress is not None:
            progress(stop, stops[-1])
        yield result


def _batch(task: Task, start: int, stop: int) -> Draws:
    """Draws ``start`` to ``stop``: in a stack where the estimator allows, by themselves what then is left."""
    ledger = Ledger(task.table, stop - start)
    rows = _rows(task, start, stop)
    left = _stacked(task, ledger, rows, start) if task.metric is not None else np.arange(stop - start)
    for k in left:
        chosen = _all_but(task.problem, start + k) if rows is None else [group[k] for group in rows]
        try:
            problem, solution = _refit(task, chosen)
        except (SemError, np.linalg.LinAlgError) as error:
            ledger.reason[k] = str(error)
            continue
        if solution.converged:
            point = solution.point
            at = [Estimated(s.mean, s.cov, i.S, i.phi) for s, i in zip(problem.samples, point.groups, strict=True)]
            single = [Estimated(*(part[None] for part in group)) for group in at]
            ledger.enter(np.array([k]), point.theta[None], single, problem.n * point.discrepancy)
    return ledger.draws()


class Estimated(NamedTuple):
    """One group in D solved samples: sample means and covariances, the S of the model, the total covariances."""

    mean: np.ndarray
    cov: np.ndarray
    S: np.ndarray
    phi: np.ndarray


class Ledger:
    """The results of a batch of draws, entered as they come: a column for each draw."""

    def __init__(self, table: Table, count: int):
        self.table = table
        self.estimates = np.full((len(table.parameters), count), np.nan)
        names = [*table.observed, *table.latent]
        groups = {p.group for p in table.parameters}
        self.variances = {(group, name): np.full(count, np.nan) for group in groups for name in names}
        self.chisq = np.full(count, np.nan)
        self.reason = np.full(count, NOT_CONVERGED, dtype=object)
        self.improper = np.zeros(count, dtype=bool)

    def enter(self, at: np.ndarray, theta: np.ndarray, groups: list[Estimated], chisq: np.ndarray | float) -> None:
        """Draws ``at`` worked: their parameters θ (draws × free ones) and moments."""
        table = self.table
        position = {name: k for k, name in enumerate(table.observed)}
        free = iter(theta.T)
        for row, p in zip(self.estimates, table.parameters, strict=True):
            found, i = groups[p.group - 1], position.get(p.lhs, -1)
            if p.free:
                row[at] = next(free)
            elif p.exo:
                row[at] = found.mean[:, i] if p.op == "~1" else found.cov[:, i, position[p.rhs]]
            else:
                row[at] = found.S[:, i, i] if p.dependent else p.value
        for group, found in enumerate(groups, start=1):
            totals = np.diagonal(found.phi, axis1=1, axis2=2).T
            for name, total in zip((*table.observed, *table.latent), totals, strict=True):
                self.variances[group, name][at] = np.where(total >= 0, total, np.nan)
            self.improper[at] |= _improper(found, len(table.observed))
        self.chisq[at], self.reason[at] = chisq, ""

    def draws(self) -> Draws:
        """All of them, with standardised and defined parameters."""
        estimates = with_definitions(self.table, self.estimates)
        standardised = with_definitions(self.table, scaled(self.table, self.estimates, self.variances, True))
        return Draws(estimates.T, standardised.T, self.chisq, self.reason, self.improper)


def _improper(found: Estimated, p: int) -> np.ndarray:
    """Whether there are negative variances, or covariance matrices of factors or residuals not positive definite."""
    bad = (np.diagonal(found.S, axis1=1, axis2=2) < 0).any(axis=1)
    residual = found.S[:, :p, :p]
    linked = np.flatnonzero((residual != 0).any(axis=0).sum(axis=0) > 1)
    for stack in (found.phi[:, p:, p:], residual[:, linked[:, None], linked]):
        if stack.shape[1] and not cholesky(stack)[1].all():
            bad |= np.linalg.eigvalsh(stack)[:, 0] < INDEFINITE
    return bad


def _stacked(task: Task, ledger: Ledger, rows: list[np.ndarray] | None, start: int) -> np.ndarray:
    """Refit a batch in stacks; which draws are left to be tried by themselves."""
    samples = _one_left_out(task, start, len(ledger.chisq)) if rows is None else _resampled(task, rows)
    proper = np.isfinite([sample.logdet for sample in samples]).all(axis=0)
    ledger.reason[~proper] = NOT_POSITIVE
    if not proper.all():
        samples = [take(sample, proper) for sample in samples]
    ends = minimise_stack(task.problem, task.frames, samples, task.z, task.metric, task.width)
    which = np.flatnonzero(proper)
    good = ends.converged
    if not good.all():
        samples = [take(sample, good) for sample in samples]
    theta = thetas(task.problem, ends.z[good])
    implied = [frame.moments(theta, sample) for frame, sample in zip(task.frames, samples, strict=True)]
    groups = [Estimated(s.mean, s.cov, i.S, i.phi) for s, i in zip(samples, implied, strict=True)]
    n = task.problem.n - (rows is None)
    ledger.enter(which[good], theta, groups, n * ends.discrepancy[good])
    return which[~good]


# --- Resamples ---


def _rows(task: Task, start: int, stop: int) -> list[np.ndarray] | None:
    """The rows of each draw, draws × n for each group; None for the jackknife.

    Every draw owns ⌈N/4⌉ blocks of four numbers of the stream, at its own place.
    """
    if task.seed is None:
        return None
    sizes = [sample.n for sample in task.problem.samples]
    blocks = -(-sum(sizes) // 4)
    stream = np.random.Philox(np.random.SeedSequence(task.seed)).advance(start * blocks)
    numbers = np.random.Generator(stream).random((stop - start, 4 * blocks))
    ends = np.cumsum(sizes)
    return [(numbers[:, end - n : end] * n).astype(np.int64) for n, end in zip(sizes, ends, strict=True)]


def _all_but(problem: Problem, k: int) -> list[np.ndarray]:
    """The rows of each group without row k of all."""
    rows, first = [], 0
    for sample in problem.samples:
        own = np.arange(sample.n)
        rows.append(own[own + first != k])
        first += sample.n
    return rows


def _pairs(sample: Moments) -> int:
    p = len(sample.mean)
    return p * (p + 1) // 2


def _pieces(sample: Moments) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Rows piece by piece: centred, and the products of their variables."""
    i, j = np.tril_indices(len(sample.mean))
    length = max(_PRODUCTS // _pairs(sample), 1)
    for first in range(0, sample.n, length):
        piece = slice(first, min(first + length, sample.n))
        centred = sample.data[piece] - sample.mean
        yield piece, centred, centred[:, i] * centred[:, j]


def _resampled(task: Task, rows: list[np.ndarray]) -> list[Samples]:
    """The moments of each draw from the counts of its rows."""
    found = []
    for sample, cached, chosen in zip(task.problem.samples, task.tables, rows, strict=True):
        (count, n), p = chosen.shape, len(sample.mean)
        places = (chosen + n * np.arange(count)[:, None]).ravel()
        counts = np.bincount(places, minlength=count * n).reshape(count, n) / n
        mean, products = np.zeros((count, p)), np.zeros((count, _pairs(sample)))
        for piece, centred, crossed in cached or _pieces(sample):
            mean += counts[:, piece] @ centred
            products += counts[:, piece] @ crossed
        cov = products[:, _symmetric(p)] - mean[:, :, None] * mean[:, None, :]
        found.append(_samples(sample, mean + sample.mean, cov, n / task.problem.n))
    return found


def _symmetric(p: int) -> np.ndarray:
    """Where each element of a symmetric matrix stands in its lower triangle, row by row."""
    i, j = np.indices((p, p))
    low, high = np.minimum(i, j), np.maximum(i, j)
    return high * (high + 1) // 2 + low


def _one_left_out(task: Task, start: int, count: int) -> list[Samples]:
    """The moments without one row each: mean m̄ - d/(n-1) and covariance n/(n-1) (S - d dᵀ/(n-1)), d = x - m̄."""
    found, first, total = [], 0, task.problem.n - 1
    for sample in task.problem.samples:
        n, places = sample.n, np.arange(start, start + count) - first
        inside = (places >= 0) & (places < sample.n)
        d = np.where(inside[:, None], sample.data[np.where(inside, places, 0)] - sample.mean, 0.0)
        cov = sample.cov - d[:, :, None] * d[:, None, :] / (n - 1)
        cov[inside] *= n / (n - 1)
        found.append(_samples(sample, sample.mean - d / (n - 1), cov, (n - inside) / total))
        first += n
    return found


def _samples(sample: Moments, mean: np.ndarray, cov: np.ndarray, share: np.ndarray | float) -> Samples:
    """Moments with their log-determinants, NaN where a variable is constant or depends on others."""
    variances = np.diagonal(cov, axis1=1, axis2=2)
    root, proper = cholesky(cov)
    pivots = np.diagonal(root, axis1=1, axis2=2)
    proper &= (variances > 1e-12 * np.diag(sample.cov)).all(axis=1)
    with np.errstate(all="ignore"):
        # The smallest eigenvalue of the correlations is at most the smallest squared pivot
        proper &= (pivots**2 > 1e-10 * variances).all(axis=1)
    logdet = np.where(proper, 2.0 * np.log(pivots).sum(axis=1), np.nan)
    return Samples(mean, cov, logdet, np.broadcast_to(share, len(mean)))


# --- One draw by itself ---


def _refit(task: Task, rows: list[np.ndarray]) -> tuple[Problem, Solution]:
    """The problem of some rows of each group, and its solution from that of the whole sample."""
    whole, table = task.problem, task.table
    data = [sample.data[chosen] for sample, chosen in zip(whole.samples, rows, strict=True)]
    if isinstance(whole, LeastSquares) and whole.ordinal:
        fresh = replace(table, parameters=[replace(p) for p in table.parameters])
        groups = {str(k): values for k, values in enumerate(data, start=1)}
        problem = pose_ordinal(fresh, groups, _levels(task), task.estimator)
        return problem, minimise_squares(problem, task.z)
    moments = incomplete_moments if whole.incomplete else sample_moments
    samples = tuple(moments(values, table.observed) for values in data)
    structures, x = [], whole.exogenous
    for model, sample in zip(whole.structures, samples, strict=True):
        S, m = model.S.copy(), model.m.copy()
        S[np.ix_(x, x)], m[x] = sample.cov[np.ix_(x, x)], sample.mean[x]
        structures.append(replace(model, S=S, m=m))
    rest = (whole.basis, whole.shift, whole.exogenous, whole.meanstructure)
    problem = Problem(tuple(structures), samples, *rest)
    if isinstance(whole, LeastSquares):
        problem = least_squares(problem, table, task.estimator)
        return problem, minimise_squares(problem, task.z)
    start = task.z if evaluate(problem, problem.theta(task.z)) is not None else feasible_start(table, problem)
    return problem, minimise(problem, start, *_PATIENCE)


def _levels(task: Task) -> dict[str, np.ndarray]:
    """The categories of the ordinal variables, numbered from 0, as they are in the samples."""
    model, samples = task.problem.structures[0], task.problem.samples
    tops = {model.names[v]: int(max(sample.data[:, v].max() for sample in samples)) for v in model.dependent}
    return {name: np.arange(top + 1.0) for name, top in tops.items()}
