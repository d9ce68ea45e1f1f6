"""From the terms of a model to its table of free and fixed parameters, with lavaan's defaults."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations, combinations_with_replacement, pairwise

import numpy as np

from .errors import ModelSyntaxError, OptionError, nearest
from .syntax import Constraint, Definition, Model, Term

INTERNAL = re.compile(r"\.p\d+\.")  # labels that group_equal gives, such as .p7.


@dataclass
class Parameter:
    """One row of the table.

    ``value`` is the fixed value (NaN while unknown), ``start`` the user's starting value (NaN: none),
    ``exo`` marks a moment of fixed exogenous variables, to be filled from the sample, ``dependent`` a
    residual variance that follows from the other parameters (that of an ordinal variable), or its scale.
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
    dependent: bool = False

    @property
    def name(self) -> str:
        """How messages call the parameter, for example ``visual=~x1``."""
        return f"{self.lhs}{self.op}{self.rhs}" + (f" (group {self.group})" if self.group > 1 else "")

    @property
    def name_in_vcov(self) -> str:
        """lavaan's: the user's label, or for example ``visual=~x1.g2``, the label by ``group_equal`` left out."""
        if self.label and not INTERNAL.fullmatch(self.label):
            return self.label
        return f"{self.lhs}{self.op}{self.rhs}" + (f".g{self.group}" if self.group > 1 else "")


@dataclass
class Table:
    """The parameters of all groups, and the variables by role in the order in which lavaan lists them.

    The free parameters are ``shift + basis @ z``: the k distinct values z carry every equality of the
    model, with one row of ``basis`` (free parameters × k) for each free parameter. ``exogenous`` are the
    fixed exogenous variables, ``predictors`` the same where they are not fixed, ``group_equal`` what the options hold
    equal over groups.
    """

    parameters: list[Parameter]
    observed: list[str]
    latent: list[str]
    exogenous: list[str]
    definitions: list[Definition] = field(default_factory=list)
    meanstructure: bool = False
    basis: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    shift: np.ndarray = field(default_factory=lambda: np.empty(0))
    predictors: list[str] = field(default_factory=list)
    group_equal: tuple[str, ...] = ()

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
    group_equal: tuple[str, ...] = (),
    group_partial: tuple[str, ...] = (),
    thresholds: Mapping[str, int] | None = None,
    fixed_x: bool = True,
    parameterization: str = "delta",
) -> Table:
    """The parameter table of a model (R: ``lavaanify(..., auto = TRUE, model.type = "sem")``).

    Added as by lavaan's ``sem()``: residual variances and variances (``auto.var``), covariances among
    exogenous latent variables (``auto.cov.lv.x``) and among outcomes that predict nothing
    (``auto.cov.y``), the moments of exogenous observed variables (``fixed.x``), intercepts where the mean
    structure is modelled; the first loading of a factor is fixed to 1 (``auto.fix.first``; with
    ``std_lv`` the variance instead) and the residual variance of a single indicator to 0
    (``auto.fix.single``).

    ``group_equal`` holds kinds of parameters equal over groups (R: ``group.equal``). With equal intercepts the
    latent means of later groups are free, with ``std_lv`` and equal loadings their latent variances. Parameters named
    in ``group_partial`` (``x3~1``) stay free all the same (R: ``group.partial``).

    ``thresholds`` gives the number of thresholds of each ordinal variable: these are added (``auto.th``),
    with scales ``~*~`` fixed to 1 (``auto.delta``) and intercepts fixed to 0; with ``parameterization = "theta"`` it is
    the residual variances that are 1, and the scales follow.
    ``fixed_x = False`` treats exogenous variables as any other.

    Raises ModelSyntaxError for a modifier that does not fit the groups, an unknown label, a constraint that is not
    linear, values that the variances and thresholds of ordinal variables cannot have, or nothing to estimate.
    """
    terms = model.terms
    if meanstructure is None:
        meanstructure = any(t.op == "~1" for t in terms)
    elif not meanstructure and any(t.op == "~1" for t in terms):
        line = next(t.line for t in terms if t.op == "~1")
        raise ModelSyntaxError(f"line {line}: the model has intercepts (~1), but meanstructure=False")
    thresholds = thresholds or {}
    roles = Roles(terms)
    _check_ordinal(terms, thresholds, parameterization)
    parameters: list[Parameter] = []
    for group in range(1, n_groups + 1):
        rows = {_key(t.lhs, t.op, t.rhs, roles): t for t in terms}
        block = {key: Parameter(*key, group=group, user=True) for key in rows}
        for key in _defaults(roles, meanstructure, thresholds):
            block.setdefault(key, Parameter(*key, group=group))
        _fix_defaults(list(block.values()), roles, std_lv, orthogonal, fixed_x)
        free = group > 1 and "intercepts" in group_equal
        _fix_scales(list(block.values()), thresholds, free, parameterization == "theta")
        if group > 1:
            _free_scales(list(block.values()), roles, std_lv, group_equal)
        for key, term in rows.items():
            _apply_modifiers(block[key], term, n_groups)
        parameters.extend(block.values())
    exogenous = roles.exogenous if fixed_x else []
    table = Table(parameters, roles.observed, roles.latent, exogenous, model.definitions, meanstructure)
    table.predictors, table.group_equal = roles.exogenous, group_equal
    _share(parameters, roles, group_equal, _partial(parameters, group_partial))
    _check_increase(parameters)
    _check_definitions(table)
    table.basis, table.shift = _equalities(parameters, model.constraints)
    if not table.basis.shape[1]:
        raise ModelSyntaxError("nothing is estimated: every parameter is fixed; leave out a fixed value or constraint")
    return table


class Roles:
    """Who is latent, observed, exogenous, an outcome only: lavaan's ``lav_partable_vnames``.

    Raises ModelSyntaxError for a model without observed variables.
    """

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
        if not self.observed:
            shown = ", ".join(map(repr, self.latent))
            raise ModelSyntaxError(f"the model has no observed variable: {shown} are latent (left of =~), measure them")
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


def _key(lhs: str, op: str, rhs: str, roles: Roles) -> tuple[str, str, str]:
    """The row of a relation: a covariance is named latent first, then in the order of the variables."""
    if op == "~~" and roles.rank[lhs] > roles.rank[rhs]:
        lhs, rhs = rhs, lhs
    return lhs, op, rhs


def _defaults(roles: Roles, meanstructure: bool, thresholds: Mapping[str, int]):
    """The keys that lavaan adds by itself, in its order."""
    fixed = set(roles.exogenous)
    ordinal = [v for v in roles.observed if v in thresholds]
    for v in ordinal:
        for k in range(thresholds[v]):
            yield v, "|", f"t{k + 1}"
    for v in [v for v in roles.observed if v not in fixed] + roles.latent:
        yield v, "~~", v
    for pair in (*combinations(roles.latent_x, 2), *combinations(roles.pure_outcomes, 2)):
        lhs, rhs = pair
        yield _key(lhs, "~~", rhs, roles)
    for lhs, rhs in combinations_with_replacement(roles.exogenous, 2):
        yield lhs, "~~", rhs
    for v in ordinal:
        yield v, "~*~", v
    if meanstructure:
        for v in roles.observed + roles.latent:
            yield v, "~1", ""


def _fix_defaults(block: list[Parameter], roles: Roles, std_lv: bool, orthogonal: bool, fixed_x: bool) -> None:
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
        elif fixed_x and p.op in ("~~", "~1") and p.lhs in exogenous:
            _fix(p, math.nan)
            p.exo = True
        elif p.lhs in latent and (p.op == "~1" or (orthogonal and not variance and p.rhs in latent)):
            _fix(p, 0.0)


def _check_ordinal(terms: list[Term], thresholds: Mapping[str, int], parameterization: str) -> None:
    for t in terms:
        if t.op == "|" and int(t.rhs[1:]) > thresholds.get(t.lhs, 0):
            found = f"{thresholds[t.lhs]} thresholds" if t.lhs in thresholds else "no thresholds, it is not ordinal"
            raise ModelSyntaxError(f"line {t.line}: {t.lhs} | {t.rhs}: {t.lhs!r} has {found}")
        delta = parameterization == "delta"
        if delta and t.op == "~~" and t.lhs == t.rhs and t.lhs in thresholds and t.fixed:
            raise ModelSyntaxError(
                f"line {t.line}: the residual variance of the ordinal variable {t.lhs!r} can be neither fixed nor"
                " freed: it follows from its loadings (lavaan's delta parameterisation); leave it out, or set"
                " parameterization='theta'"
            )
        if not delta and t.op == "~*~":
            raise ModelSyntaxError(
                f"line {t.line}: the scale of {t.lhs!r} can be neither fixed nor freed: it follows from its residual"
                " variance (parameterization='theta'); leave it out"
            )


def _check_increase(parameters: list[Parameter]) -> None:
    """Raises ModelSyntaxError for fixed thresholds of one variable that do not increase."""
    fixed = sorted((p.lhs, p.group, int(p.rhs[1:]), p.value) for p in parameters if p.op == "|" and not p.free)
    for (v, group, _, lower), (w, other, k, upper) in pairwise(fixed):
        if (v, group) == (w, other) and lower >= upper:
            raise ModelSyntaxError(f"{v} | t{k}: the thresholds of {v!r} must increase, {upper:g} follows {lower:g}")


def _fix_scales(block: list[Parameter], thresholds: Mapping[str, int], free: bool, theta: bool) -> None:
    """Ordinal variables: intercepts 0, residual variances that follow, scales 1 or ``free``; ``theta``: vice versa."""
    independent, follows = ("~~", "~*~") if theta else ("~*~", "~~")
    for p in block:
        if p.lhs not in thresholds or p.op not in ("~~", "~1", "~*~"):
            continue
        if p.op == "~1":
            if not p.user:
                _fix(p, 0.0)
        elif p.lhs == p.rhs and p.op == follows:
            _fix(p, 0.0 if follows == "~~" else 1.0)
            p.dependent = True
        elif p.lhs == p.rhs and p.op == independent and not p.user:
            p.free, p.value = free, math.nan if free else 1.0


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
                + ("; there is one group only: name the column of the groups by group=" if n_groups == 1 else "")
            )
        value = values[0] if len(values) == 1 else values[parameter.group - 1]
        if kind == "fixed":
            parameter.free, parameter.value, parameter.exo = math.isnan(value), value, False
        else:
            setattr(parameter, kind, value)


def _free_scales(block: list[Parameter], roles: Roles, std_lv: bool, group_equal: tuple[str, ...]) -> None:
    """What equal intercepts or loadings identify in the groups after the first: latent means and variances."""
    means = "intercepts" in group_equal and "means" not in group_equal
    variances = std_lv and "loadings" in group_equal and "lv_variances" not in group_equal
    for p in block:
        if p.lhs in roles.latent and not p.user:
            variance = p.op == "~~" and p.lhs == p.rhs
            if (means and p.op == "~1") or (variances and variance):
                p.free, p.value = True, math.nan


def _partial(parameters: list[Parameter], names: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """The relations that ``group_partial`` names. Raises OptionError for one that the model does not have."""
    known = {}
    for p in parameters:
        known[f"{p.lhs}{p.op}{p.rhs}"] = (p.lhs, p.op, p.rhs)
        if p.op == "~~":
            known[f"{p.rhs}{p.op}{p.lhs}"] = (p.lhs, p.op, p.rhs)
    plain = ["".join(name.split()) for name in names]
    for name in plain:
        if name not in known:
            raise OptionError(f"group_partial names {name!r}, which the model does not have.{nearest(name, known)}")
    return {known[name] for name in plain}


def _share(
    parameters: list[Parameter], roles: Roles, group_equal: tuple[str, ...], partial: set[tuple[str, str, str]]
) -> None:
    """One label for parameters that are equal over groups; all are fixed if one of a label is, as in lavaan.

    The label is the user's, or ``.p7.`` after the row of the first. A parameter with a label of its own (``c(a,
    b)*x2``), or named in ``group_partial``, goes its own way: partial invariance.
    """
    members: dict[tuple, list[int]] = {}
    for k, p in enumerate(parameters):
        everywhere = _kind(p, roles) in group_equal and (p.lhs, p.op, p.rhs) not in partial
        key = (p.label,) if p.label else (p.lhs, p.op, p.rhs, 0 if everywhere else p.group)
        members.setdefault(key, []).append(k)
    for rows in members.values():
        if len(rows) == 1:
            continue
        fixed = [parameters[k].value for k in rows if not parameters[k].free]
        for k in rows:
            if fixed:
                _fix(parameters[k], fixed[0])
            else:
                parameters[k].label = parameters[k].label or f".p{rows[0] + 1}."


def _kind(parameter: Parameter, roles: Roles) -> str:
    """Which kind of ``group_equal`` a parameter is, "" if none."""
    of_latent = parameter.lhs in roles.latent
    if parameter.op in ("=~", "~"):
        return "loadings" if parameter.op == "=~" else "regressions"
    if parameter.op == "|":
        return "intercepts"
    if parameter.op not in ("~~", "~1") or parameter.lhs in roles.exogenous:
        return ""
    if parameter.op == "~1":
        return "means" if of_latent else "intercepts"
    if parameter.lhs == parameter.rhs:
        return "lv_variances" if of_latent else "residuals"
    return "lv_covariances" if of_latent else ""


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
    null[np.abs(null) < 1e-12] = 0.0  # a value that the constraints settle has no standard error
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
