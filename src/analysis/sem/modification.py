"""What would fit better? The gain in chi-square and the estimate expected of each parameter that is not free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from .errors import OptionError
from .estimate import Point, Problem, expected_information, gradient
from .partable import Parameter, Table
from .ram import structure
from .references import information, moment_jacobian
from .standardize import standardize
from .weighted import LeastSquares, squares_with_candidates

# Below this remaining information a parameter says nothing that the free ones do not (lavaan's bound)
EMPTY = np.finfo(float).eps ** (1 / 3)
# A variance below this has no standard deviation to standardise by (lavaan's bound)
ZERO = np.sqrt(np.finfo(float).eps)


def modification_indices(table: Table, problem: Problem, point: Point, estimates: np.ndarray) -> pd.DataFrame:
    """Univariate score tests of parameters that are fixed or left out (R: ``modindices(fit)``; Sörbom, 1989).

    With g = ½∂F/∂θ, the expected information I and V = I_cc - I_cf I_ff⁻¹ I_fc of a candidate c given the free
    parameters f: mi = N g² / V and epc = -g / V. Columns lhs op rhs group mi epc sepc_lv sepc_all: expected parameter
    changes, raw and standardised. Candidates are lavaan's; those without information of their own are left out.
    """
    rows = [*table.parameters, *_candidates(table, len(problem.samples))]
    fixed = np.array([not p.free for p in table.parameters] + [True] * (len(rows) - len(table.parameters)))
    everything = [replace(p, free=True) for p in rows]
    groups = range(1, len(problem.samples) + 1)
    placed = tuple(structure(everything, group, table.observed, table.latent) for group in groups)
    if isinstance(problem, LeastSquares):
        slope, information = squares_with_candidates(problem, point, placed, estimates, len(rows))
        slope, remaining = slope[fixed], _remaining(information, fixed, problem.basis)
        given = np.array([problem.ordinal and p.lhs in table.exogenous for p in rows])
        remaining[given[fixed]] = 0.0  # the model says nothing about what it is conditional on
    else:
        wide = Problem(
            placed, problem.samples, np.eye(len(rows)), np.zeros(len(rows)), problem.exogenous, problem.meanstructure
        )
        at = replace(point, theta=np.zeros(len(rows)))
        slope = gradient(wide, at)[fixed]
        remaining = _remaining_information(wide, at, fixed, problem.basis)
    kept = remaining >= EMPTY
    remaining = np.where(kept, remaining, np.nan)
    expected = np.zeros(len(rows))
    expected[fixed] = -slope / remaining
    changes = {"mi": problem.n * slope**2 / remaining, "epc": expected[fixed]}
    for name, every_variable in (("sepc_lv", False), ("sepc_all", True)):
        changes[name] = _standardised(rows, table, problem, point, estimates, expected, every_variable)[fixed]
    names = [(p.lhs, p.op, p.rhs, p.group) for p in rows]
    frame = pd.DataFrame(names, columns=["lhs", "op", "rhs", "group"])[fixed].assign(**changes)
    return frame[kept].reset_index(drop=True)


def score_tests(
    table: Table, problem: Problem, point: Point, estimates: np.ndarray, add: tuple[str, ...]
) -> pd.DataFrame:
    """Score tests of shared labels, each against its parameters apart (R: ``lavTestScore``; Sörbom, 1989).

    With g = ½∂F/∂θ, the expected information I of all parameters, B the basis of the distinct free ones and D the
    directions that are let go, those in which the parameters of one label come apart or fixed ones named in ``add``
    move: N gᵀD V⁻¹ Dᵀg, V = DᵀID - DᵀIB (BᵀIB)⁻¹ BᵀID.
    """
    rows = [replace(p, free=True) for p in table.parameters]
    groups = range(1, len(problem.samples) + 1)
    placed = tuple(structure(rows, group, table.observed, table.latent) for group in groups)
    if isinstance(problem, LeastSquares):
        slope, total = squares_with_candidates(problem, point, placed, estimates, len(rows))
    else:
        whole = np.eye(len(rows)), np.zeros(len(rows))
        wide = Problem(placed, problem.samples, *whole, problem.exogenous, problem.meanstructure)
        at = replace(point, theta=whole[1])
        slope, total = gradient(wide, at), expected_information(wide, at)
    own = _given_free(total, table.free, problem.basis)
    found = []
    for (label, *_), some in _let_go(table, add).items():
        p, n = table.parameters[some[0]], len(some)
        mi = problem.n * slope[some] @ np.linalg.lstsq(own[np.ix_(some, some)], slope[some], rcond=1e-10)[0]
        found.append((p.lhs, p.op, p.rhs, label, float(mi), n, float(chdtrc(n, mi))))
    return pd.DataFrame(found, columns=["lhs", "op", "rhs", "label", "mi", "df", "pvalue"])


def _given_free(total: np.ndarray, free: list[int], basis: np.ndarray) -> np.ndarray:
    """The information of all parameters that is left when the free ones are estimated."""
    crossed = basis.T @ total[free]
    return total - crossed.T @ np.linalg.solve(crossed[:, free] @ basis, crossed)


def _let_go(table: Table, add: tuple[str, ...]) -> dict[tuple, list[int]]:
    """The rows that a test lets go, by (label) or ("", name): all of a label but its first, fixed ones of ``add``."""
    labelled: dict[tuple, list[int]] = {}
    added: dict[tuple, list[int]] = {("", name): [] for name in add}
    for k, p in enumerate(table.parameters):
        name = ("", f"{p.lhs}{p.op}{p.rhs}")
        if p.free and p.label:
            labelled.setdefault((p.label,), []).append(k)
        elif name in added and p.group > 1 and not (p.free or p.dependent or p.exo):
            added[name].append(k)
    for _, name in (key for key, some in added.items() if not some):
        raise OptionError(f"add names {name!r}, which is not fixed in a group after the first")
    return {key: some[1:] for key, some in labelled.items() if len(some) > 1} | added


def _remaining(information: np.ndarray, fixed: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """V of every candidate from the information of all parameters."""
    crossed = basis.T @ information[np.ix_(~fixed, fixed)]
    free = basis.T @ information[np.ix_(~fixed, ~fixed)] @ basis
    return np.diag(information)[fixed] - (crossed * np.linalg.solve(free, crossed)).sum(axis=0)


def _remaining_information(wide: Problem, at: Point, fixed: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """V of every candidate; the information that exogenous variables' own moments would carry is not counted."""
    own, crossed, free = np.zeros(fixed.sum()), 0.0, 0.0
    for group, sample in enumerate(wide.samples):
        jacobian, implied = moment_jacobian(wide, at, group), at.groups[group]
        weighted = information(sample, implied.sigma, implied.mu, wide.exogenous, observed=False) @ jacobian
        share = sample.n / wide.n
        own += share * (jacobian[:, fixed] * weighted[:, fixed]).sum(axis=0)
        reduced = jacobian[:, ~fixed] @ basis
        crossed = crossed + share * reduced.T @ weighted[:, fixed]
        free = free + share * reduced.T @ weighted[:, ~fixed] @ basis
    return own - (crossed * np.linalg.solve(free, crossed)).sum(axis=0)


def _standardised(
    rows: list[Parameter],
    table: Table,
    problem: Problem,
    point: Point,
    estimates: np.ndarray,
    expected: np.ndarray,
    every_variable: bool,
) -> np.ndarray:
    """The changes in standard deviations; for a variance, as in lavaan, its standardised value (0 if it is 0)."""
    values, empty = expected.copy(), []
    for k, (p, estimate) in enumerate(zip(table.parameters, estimates, strict=True)):
        if p.op == "~~" and p.lhs == p.rhs:
            values[k] = np.nan if p.exo or abs(estimate) < ZERO else np.copysign(estimate, expected[k])
            empty += [k] if np.isnan(values[k]) else []
    result = standardize(replace(table, parameters=rows), problem, point, values, every_variable)
    result[empty] = 0.0
    if every_variable:
        scales = [k for k, p in enumerate(rows) if p.op == "~*~"]
        result[scales] = np.sign(expected[scales])
    return result


def _candidates(table: Table, n_groups: int) -> Iterator[Parameter]:
    """The relations that lavaan would try besides those of the table (R: ``lav_partable_full``)."""
    known = {(p.lhs, p.op, p.rhs, p.group) for p in table.parameters}
    first = [p for p in table.parameters if p.group == 1]
    latent, outcomes = table.latent, [v for v in table.observed if v not in table.exogenous]
    measured = {p.rhs for p in first if p.op == "=~"}
    in_paths = list(dict.fromkeys([p.lhs for p in first if p.op == "~"] + [p.rhs for p in first if p.op == "~"]))
    indicators = [v for v in outcomes if v in measured]
    relations = [(f, "=~", v) for f, v in product(latent, outcomes) if v not in in_paths]
    for variables in (indicators, table.exogenous, latent):
        relations += [(a, "~~", b) for a, b in combinations_with_replacement(variables, 2)]
    relations += [
        (y, "~", x)
        for y, x in product(in_paths, in_paths)
        if y != x and not (y in measured and y not in latent and x in latent)
    ]
    if table.meanstructure:
        relations += [(v, "~1", "") for v in (*table.observed, *latent)]
    for group, relation in product(range(1, n_groups + 1), relations):
        if (*relation, group) not in known:
            yield Parameter(*relation, group=group)
