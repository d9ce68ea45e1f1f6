"""From the terms of a model to its table of free and fixed parameters, with lavaan's defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations, combinations_with_replacement

import numpy as np

from .errors import ModelSyntaxError, nearest
from .syntax import Constraint, Definition, Model, Term


@dataclass
class Parameter:
    """One row of the table.

    ``value`` is the fixed value (NaN while unknown), ``start`` the user's starting value (NaN: none),
    ``exo`` marks a moment of fixed exogenous variables, to be filled from the sample.
    """

    lhs: str
    op: str
    rhs: str
    group: int = 1
    user: bool = False
    free: bool = True
    value: float = math.nan
    start: float = math.nan
    label: str = ""
    exo: bool = False

    @property
    def name(self) -> str:
        """How messages call the parameter, for example ``visual=~x1``."""
        return f"{self.lhs}{self.op}{self.rhs}" + (f" (group {self.group})" if self.group > 1 else "")


@dataclass
class Table:
    """The parameters of all groups, and the variables by role in the order in which lavaan lists them.

    The free parameters are ``shift + basis @ z``: the k distinct values z carry every equality of the
    model, with one row of ``basis`` (free parameters × k) for each free parameter.
    """

    parameters: list[Parameter]
    observed: list[str]
    latent: list[str]
    exogenous: list[str]
    definitions: list[Definition] = field(default_factory=list)
    meanstructure: bool = False
    basis: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    shift: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def free(self) -> list[int]:
        """The rows that are estimated."""
        return [k for k, p in enumerate(self.parameters) if p.free]


def build_table(
    model: Model,
    *,
    n_groups: int = 1,
    std_lv: bool = False,
    orthogonal: bool = False,
    meanstructure: bool | None = None,
) -> Table:
    """The parameter table of a model (R: ``lavaanify(..., auto = TRUE, model.type = "sem")``).

    Added as by lavaan's ``sem()``: residual variances and variances (``auto.var``), covariances among
    exogenous latent variables (``auto.cov.lv.x``) and among outcomes that predict nothing
    (``auto.cov.y``), the moments of exogenous observed variables (``fixed.x``), intercepts where the mean
    structure is modelled; the first loading of a factor is fixed to 1 (``auto.fix.first``; with
    ``std_lv`` the variance instead) and the residual variance of a single indicator to 0
    (``auto.fix.single``).

    Raises ModelSyntaxError for a modifier that does not fit the groups, an unknown label or a constraint
    that is not linear.
    """
    terms = model.terms
    if meanstructure is None:
        meanstructure = any(t.op == "~1" for t in terms)
    elif not meanstructure and any(t.op == "~1" for t in terms):
        line = next(t.line for t in terms if t.op == "~1")
        raise ModelSyntaxError(f"line {line}: the model has intercepts (~1), but meanstructure=False")
    roles = _Roles(terms)
    parameters: list[Parameter] = []
    for group in range(1, n_groups + 1):
        rows = {_key(t.lhs, t.op, t.rhs, roles): t for t in terms}
        block = {key: Parameter(*key, group=group, user=True) for key in rows}
        for key in _defaults(roles, meanstructure):
            block.setdefault(key, Parameter(*key, group=group))
        _fix_defaults(list(block.values()), roles, std_lv, orthogonal)
        for key, term in rows.items():
            _apply_modifiers(block[key], term, n_groups)
        parameters.extend(block.values())
    table = Table(parameters, roles.observed, roles.latent, roles.exogenous, model.definitions, meanstructure)
    _share_fixed_values(parameters)
    _check_definitions(table)
    table.basis, table.shift = _equalities(parameters, model.constraints)
    return table


class _Roles:
    """Who is latent, observed, exogenous, an outcome only: lavaan's ``lav_partable_vnames``."""

    def __init__(self, terms: list[Term]):
        self.latent = _unique(t.lhs for t in terms if t.op == "=~")
        latent = set(self.latent)
        measured = _unique(t.rhs for t in terms if t.op == "=~")
        outcomes = _unique(t.lhs for t in terms if t.op == "~")
        predictors = _unique(t.rhs for t in terms if t.op == "~")
        indicators = [v for v in measured if v not in latent]
        y = [v for v in outcomes if v not in latent and v not in set(indicators)]
        x = [v for v in predictors if v not in latent and v not in set(indicators) | set(y)]
        covaried = [t.lhs for t in terms if t.op == "~~"] + [t.rhs for t in terms if t.op == "~~"]
        with_mean = [t.lhs for t in terms if t.op == "~1"]
        extra = [v for v in covaried + with_mean if v not in latent]
        self.observed = _unique(indicators + y + x + extra)
        random = set(covaried) | set(with_mean)
        self.exogenous = [v for v in x if v not in random]
        inner = set(measured) | set(predictors)
        self.latent_x = [v for v in self.latent if v not in set(measured) | set(outcomes)]
        self.pure_outcomes = [v for v in self.latent if v in set(outcomes) - inner]
        self.pure_outcomes += [v for v in self.observed if v in set(outcomes) - inner - latent]
        self.indicators = {f: [t.rhs for t in terms if t.op == "=~" and t.lhs == f] for f in self.latent}
        self.rank = {v: k for k, v in enumerate(self.latent + self.observed)}


def _unique(names) -> list[str]:
    return list(dict.fromkeys(names))


def _key(lhs: str, op: str, rhs: str, roles: _Roles) -> tuple[str, str, str]:
    """The row of a relation: a covariance is named latent first, then in the order of the variables."""
    if op == "~~" and roles.rank[lhs] > roles.rank[rhs]:
        lhs, rhs = rhs, lhs
    return lhs, op, rhs


def _defaults(roles: _Roles, meanstructure: bool):
    """The keys that lavaan adds by itself, in its order."""
    fixed = set(roles.exogenous)
    for v in [v for v in roles.observed if v not in fixed] + roles.latent:
        yield v, "~~", v
    for pair in (*combinations(roles.latent_x, 2), *combinations(roles.pure_outcomes, 2)):
        lhs, rhs = pair
        yield _key(lhs, "~~", rhs, roles)
    for lhs, rhs in combinations_with_replacement(roles.exogenous, 2):
        yield lhs, "~~", rhs
    if meanstructure:
        for v in roles.observed + roles.latent:
            yield v, "~1", ""


def _fix_defaults(block: list[Parameter], roles: _Roles, std_lv: bool, orthogonal: bool) -> None:
    latent, exogenous = set(roles.latent), set(roles.exogenous)
    counts: dict[str, int] = {}
    for indicators in roles.indicators.values():
        for v in indicators:
            counts[v] = counts.get(v, 0) + 1
    single = {i[0] for i in roles.indicators.values() if len(i) == 1 and counts[i[0]] == 1}
    seen: set[str] = set()
    for p in block:
        variance = p.op == "~~" and p.lhs == p.rhs
        if p.op == "=~" and not std_lv and p.lhs not in seen:
            seen.add(p.lhs)
            _fix(p, 1.0)
        elif variance and std_lv and p.lhs in latent:
            _fix(p, 1.0)
        if p.user:
            continue
        if variance and p.lhs in single:
            _fix(p, 0.0)
        elif p.op in ("~~", "~1") and p.lhs in exogenous:
            _fix(p, math.nan)
            p.exo = True
        elif p.lhs in latent and (p.op == "~1" or (orthogonal and not variance and p.rhs in latent)):
            _fix(p, 0.0)


def _fix(parameter: Parameter, value: float) -> None:
    parameter.free, parameter.value = False, value


def _apply_modifiers(parameter: Parameter, term: Term, n_groups: int) -> None:
    for kind in ("fixed", "start", "label"):
        values = getattr(term, kind)
        if not values:
            continue
        if len(values) not in (1, n_groups):
            raise ModelSyntaxError(
                f"line {term.line}: {parameter.lhs} {parameter.op} {parameter.rhs} has {len(values)} values"
                f" in its modifier, expected {n_groups} (one for each group)"
            )
        value = values[0] if len(values) == 1 else values[parameter.group - 1]
        if kind == "fixed":
            parameter.free, parameter.value, parameter.exo = math.isnan(value), value, False
        else:
            setattr(parameter, kind, value)


def _share_fixed_values(parameters: list[Parameter]) -> None:
    """Parameters that share a label with a fixed one are fixed to its value, as in lavaan."""
    fixed = {p.label: p.value for p in reversed(parameters) if p.label and not p.free}
    for p in parameters:
        if p.label in fixed:
            _fix(p, fixed[p.label])


def _check_definitions(table: Table) -> None:
    known = _unique(p.label for p in table.parameters if p.label)
    for definition in table.definitions:
        if definition.name in known:
            raise ModelSyntaxError(f"line {definition.line}: {definition.name!r} already names another parameter")
        _check_labels(definition.expression.labels, known, definition.line)
        known.append(definition.name)


def _check_labels(labels, known, line: int) -> None:
    for label in labels:
        if label not in known:
            raise ModelSyntaxError(
                f"line {line}: {label!r} is not the label of a parameter.{nearest(label, known)}"
                f" A label stands in front of a variable: y ~ {label}*x"
            )


def _equalities(parameters: list[Parameter], constraints: list[Constraint]) -> tuple[np.ndarray, np.ndarray]:
    """Basis and shift of the free parameters under shared labels and linear ``==`` constraints."""
    free = [p for p in parameters if p.free]
    names = [p.label or f".p{k}" for k, p in enumerate(free)]
    distinct = _unique(names)
    column = {name: k for k, name in enumerate(distinct)}
    shared = np.zeros((len(free), len(distinct)))
    shared[np.arange(len(free)), [column[name] for name in names]] = 1.0
    if not constraints:
        return shared, np.zeros(len(free))
    fixed = {p.label: p.value for p in parameters if p.label and not p.free}
    rows, rights = zip(*(_linear(c, column, fixed) for c in constraints), strict=True)
    left, right = np.array(rows), np.array(rights)
    shift, _, rank, _ = np.linalg.lstsq(left, right, rcond=None)
    if not np.allclose(left @ shift, right, atol=1e-8):
        raise ModelSyntaxError(f"line {constraints[0].line}: the == constraints contradict one another")
    null = np.linalg.svd(left)[2][rank:].T
    return shared @ null, shared @ shift


def _linear(constraint: Constraint, column: dict[str, int], fixed: dict[str, float]) -> tuple[np.ndarray, float]:
    """The row and right-hand side of ``row @ z = right``; raises ModelSyntaxError unless it is linear."""
    labels = [*constraint.left.labels, *constraint.right.labels]
    _check_labels(labels, [*column, *fixed], constraint.line)
    free = [label for label in dict.fromkeys(labels) if label in column]

    def difference(values: np.ndarray) -> float:
        known = {**fixed, **dict(zip(free, values, strict=True))}
        return float(constraint.left.value(known) - constraint.right.value(known))

    n = len(free)
    origin = difference(np.zeros(n))
    slopes = np.array([difference(step) - origin for step in np.eye(n)])
    probes = [np.linspace(0.7, 1.9, n), np.linspace(-2.3, 1.1, n) * 3]
    linear = all(np.isclose(difference(x), origin + slopes @ x, rtol=1e-9) for x in probes)
    if not linear or not slopes.any():
        raise ModelSyntaxError(
            f"line {constraint.line}: {constraint.left.text} == {constraint.right.text} is not offered:"
            " expected a linear equality between labels of free parameters, such as a == b or a + b == 1"
        )
    row = np.zeros(len(column))
    row[[column[label] for label in free]] = slopes
    return row, -origin
