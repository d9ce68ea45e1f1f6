"""Many samples at once: maximum likelihood for a stack of sample moments under one model, as matrix products of stacks.

A bootstrap repeats one search thousands of times on samples that differ little. So every search starts at the estimates
of the whole sample, with the inverse of the information there as its metric H₀, and needs nothing but gradients: BFGS
in limited-memory form (Nocedal, 1980), step-halving and all, runs for every sample of the stack independently, and a
sample that has converged leaves it. The moments (see ``ram``) need no inverse of the size of the model: with the
variables s that have an effect, A = L E_sᵀ,

    B = (I - A)⁻¹ = I + K E_sᵀ,  K = L (I - A_ss)⁻¹     (Woodbury)

and neither BSBᵀ nor the gradient GᵀM[G C] (see ``estimate``) multiplies by more than K.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .estimate import Problem
from .ram import Structure

_MEMORY = 16  # steps that the search remembers
_LAST = 1e-13  # a predicted fall of ½F below which the step taken is the last


def take(table: tuple, rows: np.ndarray) -> tuple:
    """The same table with some of its rows."""
    return type(table)(*(part[rows] for part in table))


class Samples(NamedTuple):
    """The moments of one group in D samples: D × p means, D × p × p covariances, ln|cov|, the share of all rows."""

    mean: np.ndarray
    cov: np.ndarray
    logdet: np.ndarray
    share: np.ndarray


class Stacked(NamedTuple):
    """What the model implies in D samples: S, K, the total covariances ``phi`` and means ``t`` of all variables."""

    S: np.ndarray
    K: np.ndarray
    phi: np.ndarray
    t: np.ndarray


class Ends(NamedTuple):
    """Where the D searches ended: the distinct values, F, whether that is a minimum."""

    z: np.ndarray
    discrepancy: np.ndarray
    converged: np.ndarray


@dataclass(frozen=True)
class Frame:
    """The structure of one group, prepared for stacks: ``sources`` are the variables that have an effect."""

    model: Structure
    exogenous: np.ndarray
    meanstructure: bool

    @cached_property
    def sources(self) -> np.ndarray:
        """In increasing order."""
        return np.union1d(np.flatnonzero(self.model.A.any(axis=0)), self.model.j[self.model.kind == 0]).astype(int)

    @cached_property
    def pick(self) -> slice | np.ndarray:
        """The sources as a slice, if they are next to one another: views instead of copies."""
        s = self.sources
        return slice(s[0], s[-1] + 1) if len(s) and s[-1] - s[0] == len(s) - 1 else s

    @cached_property
    def nested(self) -> bool:
        """Whether a source has an effect on a source."""
        free = self.model.kind == 0
        return bool(self.model.A[self.sources].any() or np.isin(self.model.i[free], self.sources).any())

    @cached_property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which free parameters of the group are paths, covariances, intercepts."""
        return tuple(np.flatnonzero(self.model.kind == k) for k in range(3))

    @cached_property
    def columns(self) -> np.ndarray:
        """The place of each path's predictor among the sources."""
        return np.searchsorted(self.sources, self.model.j[self.parts[0]])

    @cached_property
    def layout(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The constants of the model, and where each element of L, S and m is found among (parameters, constants)."""
        model, (a, s, v) = self.model, self.parts
        L = model.A[:, self.sources]
        constants, where = np.unique(np.concatenate([L.ravel(), model.S.ravel(), model.m]), return_inverse=True)
        ends = np.cumsum([L.size, model.S.size])
        of_L, of_S, of_m = np.split(where + len(model.rows), ends)
        of_L, of_S = of_L.reshape(L.shape), of_S.reshape(model.S.shape)
        of_L[model.i[a], self.columns] = a
        of_S[model.i[s], model.j[s]] = of_S[model.j[s], model.i[s]] = s
        of_m[model.i[v]] = v
        return constants, of_L, of_S, of_m

    @cached_property
    def gathering(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the slopes of paths and covariances stand in the rows of [GM, GM K, GM C_s], and what GMG lacks there.

        Column j of GMG is column j of GM for an observed variable, plus one of GM K for a source.
        """
        model, p, q, (a, c, _) = self.model, self.model.p, len(self.sources), self.parts
        width, i, j = p + 2 * q, self.model.i[c], self.model.j[c]
        place = np.full(len(model.names), width)
        place[self.sources] = p + np.arange(q)
        first, second = np.where(j < p, j, width), place[j]
        both = (first < width) & (second < width)
        paths = model.i[a] * width + p + q + self.columns
        return paths, i * width + np.minimum(first, second), np.where(both, i * width + second, -1)

    def moments(self, theta: np.ndarray, sample: Samples) -> Stacked:
        """The implied moments at θ (D × parameters); those of exogenous variables are the sample's own."""
        x, (constants, of_L, of_S, of_m) = self.exogenous, self.layout
        known = np.concatenate([theta[:, self.model.rows], np.tile(constants, (len(theta), 1))], axis=1)
        L, S = known.take(of_L, axis=1), known.take(of_S, axis=1)
        if len(x):
            S[:, x[:, None], x] = sample.cov[:, x[:, None], x]
        K = L @ inverses(np.eye(len(self.sources)) - L[:, self.pick]) if self.nested else L
        W = S + K @ S[:, self.pick]
        phi = W + W[:, :, self.pick] @ K.transpose(0, 2, 1)
        if not self.meanstructure:
            return Stacked(S, K, phi, np.zeros((len(theta), len(of_m))))
        m = known.take(of_m, axis=1)
        if len(x):
            m[:, x] = sample.mean[:, x]
        return Stacked(S, K, phi, m + (K @ m[:, self.pick, None])[:, :, 0])

    def slope(self, theta: np.ndarray, sample: Samples) -> tuple[np.ndarray, np.ndarray]:
        """F (D; infinite where Σ is not positive definite) and ½ ∂F/∂θ for the parameters of the group (D × its K).

        ``theta`` may have one row for all samples.
        """
        model, p, count = self.model, self.model.p, len(sample.mean)
        if len(self.exogenous) and len(theta) != count:
            theta = np.broadcast_to(theta, (count, theta.shape[1]))
        at = self.moments(theta, sample)
        sigma, cov = at.phi[:, :p, :p], sample.cov
        root, proper = cholesky(sigma)
        inverse = np.linalg.inv(sigma if proper.all() else np.where(proper[:, None, None], sigma, np.eye(p)))
        if self.meanstructure:
            gap = sample.mean - at.t[:, :p]
            cov = cov + gap[:, :, None] * gap[:, None, :]
        value = 2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) - sample.logdet - p
        value = np.where(
            proper, value + np.vecdot(cov.reshape(count, p * p), inverse.reshape(len(theta), p * p)), np.inf
        )
        s, q, K = self.pick, len(self.sources), at.K[:, :p]
        rows = np.zeros((count, len(model.names), p + 2 * q))
        M = inverse - inverse @ (cov @ inverse)
        rows[:, :p, :p] = M
        rows[:, s, :p] += K.transpose(0, 2, 1) @ M
        rows[:, :, p:] = rows[:, :, :p] @ np.concatenate([K, at.phi[:, :p, s]], axis=2)
        rows = rows.reshape(count, len(model.names) * (p + 2 * q))
        (a, c, v), (paths, covariances, more) = self.parts, self.gathering
        result = np.zeros((count, len(model.rows)))
        result[:, a] = rows.take(paths, axis=1)
        slope = rows.take(covariances, axis=1)
        if (more >= 0).any():
            slope[:, more >= 0] += rows[:, more[more >= 0]]
        result[:, c] = model.weight[c] * slope
        if self.meanstructure:
            pull = np.zeros((count, len(model.names)))
            pull[:, :p] = (inverse @ gap[:, :, None])[:, :, 0]
            pull[:, s] += (pull[:, None, :p] @ K)[:, 0]
            result[:, a] -= pull[:, model.i[a]] * at.t[:, model.j[a]]
            result[:, v] = -pull[:, model.i[v]]
        return value, result


def frames(problem: Problem) -> tuple[Frame, ...]:
    """The structures of all groups, prepared for stacks."""
    return tuple(Frame(model, problem.exogenous, problem.meanstructure) for model in problem.structures)


def thetas(problem: Problem, z: np.ndarray) -> np.ndarray:
    """All free parameters of D samples from their distinct values."""
    return problem.shift + z @ problem.basis.T


class Search(NamedTuple):
    """Searches under way, a row each: which sample, z, F, slope of ½F, step, share of it to try, evaluations so far."""

    which: np.ndarray
    z: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    step: np.ndarray
    size: np.ndarray
    tries: np.ndarray


@np.errstate(all="ignore")
def minimise_stack(
    problem: Problem,
    prepared: tuple[Frame, ...],
    samples: list[Samples],
    start: np.ndarray,
    metric: np.ndarray,
    width: int,
) -> Ends:
    """The minimum of F in every sample, from ``start`` (distinct values) with the inverse information ``metric``.

    About ``width`` searches are under way at a time; the next samples take the places of those that have converged. A
    search that does not get there in 40 evaluations is given up, to be tried by itself.
    """
    count = len(samples[0].mean)
    ends = Ends(np.tile(start, (count, 1)), np.full(count, np.inf), np.zeros(count, dtype=bool))
    now, waiting = _begin(problem, prepared, samples, start, metric, np.arange(0)), 0
    history: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    active = [take(sample, now.which) for sample in samples]
    while len(now.which) or waiting < count:
        fall = np.vecdot(now.slope, now.step)
        last = (np.abs(fall) < _LAST) & (now.size == 1.0)
        done = now.which[last]
        ends.z[done], ends.converged[done] = now.z[last] - now.step[last], True
        ends.discrepancy[done] = now.value[last] - fall[last]
        stay = ~last & (now.tries < 40)
        if not stay.all():
            now, history = take(now, stay), [tuple(part[stay] for part in past) for past in history]
            active = [take(sample, stay) for sample in active]
        refill = waiting < count and len(now.which) <= 0.7 * width
        if refill:
            stop = min(waiting + width - len(now.which), count)
            new = _begin(problem, prepared, samples, start, metric, np.arange(waiting, stop))
            waiting = stop
            now = Search(*(np.concatenate(parts) for parts in zip(now, new, strict=True)))
            blank = np.zeros_like(new.z), np.zeros_like(new.z), np.zeros(len(new.z))
            history = [tuple(np.concatenate(parts) for parts in zip(past, blank, strict=True)) for past in history]
            active = [take(sample, now.which) for sample in samples]
        if refill or not stay.all():
            continue
        now, past = _advance(problem, prepared, active, now, fall)
        history = [*history[1 - _MEMORY :], past]
        step = np.where((now.size == 1.0)[:, None], _direction(now.slope, history, metric), now.step)
        now = now._replace(step=step)
    return ends


def _begin(
    problem: Problem,
    prepared: tuple[Frame, ...],
    samples: list[Samples],
    start: np.ndarray,
    metric: np.ndarray,
    which: np.ndarray,
) -> Search:
    """The searches of some samples, where Σ is positive definite at the start."""
    value, slope = _slopes(problem, prepared, [take(sample, which) for sample in samples], start[None])
    z, ones = np.tile(start, (len(which), 1)), np.ones(len(which))
    search = Search(which, z, value, slope, slope @ metric, ones, ones)
    return take(search, np.isfinite(value) & np.isfinite(slope).all(axis=1))


def _advance(
    problem: Problem, prepared: tuple[Frame, ...], active: list[Samples], now: Search, fall: np.ndarray
) -> tuple[Search, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Try every search's step: it is taken where F falls (Armijo), halved where not. With the pair that BFGS keeps."""
    move = -now.size[:, None] * now.step
    value, slope = _slopes(problem, prepared, active, now.z + move)
    slack = 1e-14 * problem.n_variables
    taken = (value <= now.value - 1e-4 * now.size * fall + slack) & np.isfinite(slope).all(axis=1)
    size = np.where(taken, 1.0, now.size / 2.0)
    if not taken.all():
        value, slope = np.where(taken, value, now.value), np.where(taken[:, None], slope, now.slope)
        move[~taken] = 0.0
    change = slope - now.slope
    curvature = np.vecdot(move, change)
    weight = np.where(curvature > 0, 1.0 / curvature, 0.0)
    return Search(now.which, now.z + move, value, slope, now.step, size, now.tries + 1), (move, change, weight)


def _slopes(
    problem: Problem, prepared: tuple[Frame, ...], samples: list[Samples], z: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """F and ½ ∂F/∂z of every sample, all groups together; ``z`` may have one row for all."""
    theta = thetas(problem, z)
    total, slope = 0.0, np.zeros((len(samples[0].mean), theta.shape[1]))
    for frame, sample in zip(prepared, samples, strict=True):
        value, part = frame.slope(theta, sample)
        total = total + sample.share * value
        slope[:, frame.model.rows] += sample.share[:, None] * part
    return total, slope @ problem.basis


def _direction(slope: np.ndarray, history: list, metric: np.ndarray) -> np.ndarray:
    """The BFGS approximation of H⁻¹g of every search, two loops over its steps (Nocedal & Wright, 2006, alg. 7.4)."""
    g, inner = slope.copy(), []
    for move, change, weight in reversed(history):
        along = weight * np.vecdot(move, g)
        g -= along[:, None] * change
        inner.append(along)
    g = g @ metric
    for (move, change, weight), along in zip(history, reversed(inner), strict=True):
        g += (along - weight * np.vecdot(change, g))[:, None] * move
    return g


def cholesky(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower triangular roots, and which matrices are positive definite (the root of the others is I)."""
    try:
        root = np.linalg.cholesky(stack)
        return root, np.ones(len(stack), dtype=bool)
    except np.linalg.LinAlgError:
        pass
    root, proper = np.empty_like(stack), np.zeros(len(stack), dtype=bool)
    root[:] = np.eye(stack.shape[1])
    for k, matrix in enumerate(stack):
        if np.isfinite(matrix).all():
            try:
                root[k], proper[k] = np.linalg.cholesky(matrix), True
            except np.linalg.LinAlgError:
                continue
    return root, proper


def inverses(stack: np.ndarray) -> np.ndarray:
    """The inverse of every matrix, NaN where there is none."""
    try:
        return np.linalg.inv(stack)
    except np.linalg.LinAlgError:
        pass
    result = np.full_like(stack, np.nan)
    for k, matrix in enumerate(stack):
        try:
            result[k] = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            continue
    return result
