"""From parameters to implied moments and their derivatives, in reticular action form (McArdle & McDonald,
1984).

With A the directed paths (A[i, j]: from j to i), S the (residual) covariances and m the intercepts of all
p observed and latent variables, B = (I - A)⁻¹:  Σ = F B S Bᵀ Fᵀ  and  μ = F B m,  F picking the observed
variables.

Every derivative of Σ has rank two. With G = F B and C = F B S Bᵀ:

    ∂Σ/∂A[i, j] = g_i c_jᵀ + c_j g_iᵀ     ∂Σ/∂S[i, j] = w (g_i g_jᵀ + g_j g_iᵀ),  w = ½ if i = j else 1
    ∂μ/∂A[i, j] = g_i t_j,  t = B m       ∂μ/∂m[i] = g_i

so the derivative for parameter k is w_k (x yᵀ + y xᵀ) with x, y columns of V = [G C], and everything that
the likelihood needs is an indexing of small products of V.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .partable import Parameter


@dataclass(frozen=True)
class Structure:
    """Where the parameters of one group stand in the matrices of the model.

    ``kind`` (0: A, 1: S, 2: m, 3: threshold ``cut`` of variable i, 4: scale of i), ``i``, ``j`` locate each free
    parameter of the group, ``rows`` says which of all free parameters it is; ``A``, ``S``, ``m``, ``tau``,
    ``scale`` hold the fixed values. ``x``, ``y`` index the columns of V, ``weight`` is w. ``given`` are the
    variables that the model is conditional on, ``dependent`` those whose residual variance makes their
    variance, given these, scale⁻²: ordinal variables (lavaan's delta parameterisation). ``rescaled`` are ordinal
    variables whose scale makes it so instead (theta parameterisation).
    """

    names: tuple[str, ...]
    p: int
    kind: np.ndarray
    i: np.ndarray
    j: np.ndarray
    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    A: np.ndarray
    S: np.ndarray
    m: np.ndarray
    tau: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    scale: np.ndarray = field(default_factory=lambda: np.zeros(0))
    cut: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    given: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    dependent: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    rescaled: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))


@dataclass(frozen=True)
class Implied:
    """The implied moments ``sigma`` (p × p) and ``mu`` (p) of one group, and the matrices they come from.

    ``B`` = (I - A)⁻¹, ``phi`` = B S Bᵀ and ``t`` = B m: the total moments of all variables, observed ones
    first.
    """

    sigma: np.ndarray
    mu: np.ndarray
    B: np.ndarray
    phi: np.ndarray
    t: np.ndarray
    S: np.ndarray

    @property
    def V(self) -> np.ndarray:
        """[G C], p × 2(all variables)."""
        p = len(self.mu)
        return np.hstack([self.B[:p], self.phi[:p]])


def structure(parameters: list[Parameter], group: int, observed: list[str], latent: list[str]) -> Structure:
    """Place the parameters of one group; fixed values must be known by now."""
    names = (*observed, *latent)
    position = {name: k for k, name in enumerate(names)}
    size = len(names)
    A, S, m = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    thresholds = [p for p in parameters if p.op == "|"]
    tau = np.zeros((size, max((locate(p, position)[2] + 1 for p in thresholds), default=0)))
    scale = np.ones(size)
    places, rows, row = [], [], -1
    for parameter in parameters:
        row += parameter.free
        if parameter.group != group:
            continue
        kind, i, j = locate(parameter, position)
        if parameter.free:
            places.append((kind, i, j))
            rows.append(row)
        elif kind == 0:
            A[i, j] = parameter.value
        elif kind == 1:
            S[i, j] = S[j, i] = parameter.value
        elif kind == 2:
            m[i] = parameter.value
        elif kind == 3:
            tau[i, j] = parameter.value
        else:
            scale[i] = parameter.value
    kind, i, j = np.array(places, dtype=int).reshape(-1, 3).T
    j, cut = np.where(kind >= 3, 0, j), np.where(kind == 3, j, 0)
    weight = np.where(kind >= 2, 0.0, np.where((kind == 1) & (i == j), 0.5, 1.0))
    y = np.where(kind == 0, size + j, j)
    rows = np.array(rows, dtype=int)
    return Structure(names, len(observed), kind, i, j, rows, i, y, weight, A, S, m, tau, scale, cut)


def locate(parameter: Parameter, position: dict[str, int]) -> tuple[int, int, int]:
    """The matrix (0: A, 1: S, 2: m, 3: thresholds, 4: scales) and the two indices of a parameter."""
    lhs, rhs = position[parameter.lhs], position.get(parameter.rhs, 0)
    if parameter.op == "=~":
        return 0, rhs, lhs
    if parameter.op == "~":
        return 0, lhs, rhs
    if parameter.op == "|":
        return 3, lhs, int(parameter.rhs[1:]) - 1
    if parameter.op == "~*~":
        return 4, lhs, 0
    return (1, lhs, rhs) if parameter.op == "~~" else (2, lhs, 0)


def implied(model: Structure, theta: np.ndarray) -> Implied:
    """The moments implied by all free parameters ``theta``. Raises LinAlgError when I - A is singular."""
    A, S, m = model.A.copy(), model.S.copy(), model.m.copy()
    values = theta[model.rows]
    a, s, v = (model.kind == k for k in range(3))
    A[model.i[a], model.j[a]] = values[a]
    S[model.i[s], model.j[s]] = values[s]
    S[model.j[s], model.i[s]] = values[s]
    m[model.i[v]] = values[v]
    B = np.linalg.inv(np.eye(len(m)) - A)
    if len(model.dependent):
        _complete(model, B, S, scales(model, theta))
    phi = B @ S @ B.T
    t = B @ m
    return Implied(phi[: model.p, : model.p], t[: model.p], B, phi, t, S)


def scales(model: Structure, theta: np.ndarray, phi: np.ndarray | None = None) -> np.ndarray:
    """The scale of every variable, 1 unless it is ordinal; those that are ``rescaled`` need the covariances ``phi``."""
    scale, free = model.scale.copy(), model.kind == 4
    scale[model.i[free]] = theta[model.rows[free]]
    if len(model.rescaled):
        scale[model.rescaled] = np.diag(phi)[model.rescaled] ** -0.5
    return scale


def scale_rates(model: Structure, at: Implied, scale: np.ndarray) -> np.ndarray:
    """∂ln(scale)/∂θ, variables × free parameters of the group."""
    rates, free = np.zeros((len(scale), len(model.kind))), np.flatnonzero(model.kind == 4)
    rates[model.i[free], free] = 1.0 / scale[model.i[free]]
    if len(v := model.rescaled):  # whose rates replace those of scales as parameters
        phi = conditional(model, at)[0]
        rates[v] = -0.5 * _variance_gradient(model, at.B, phi)[v] / np.diag(phi)[v, None]
    return rates


def cuts(model: Structure, theta: np.ndarray) -> np.ndarray:
    """The thresholds, variables × numbers; those that a variable does not have are 0."""
    tau, free = model.tau.copy(), model.kind == 3
    tau[model.i[free], model.cut[free]] = theta[model.rows[free]]
    return tau


def _complete(model: Structure, B: np.ndarray, S: np.ndarray, scale: np.ndarray) -> None:
    """Set the residual variances of the dependent variables so that their variance, given x, is scale⁻².

    All at once: where one of them predicts another, lavaan 0.6 leaves the first's residual out of the second's
    variance, which then exceeds scale⁻².
    """
    d = model.dependent
    S[d, d] = 0.0
    within = S.copy()
    within[model.given] = within[:, model.given] = 0.0
    known = ((B[d] @ within) * B[d]).sum(axis=1)
    S[d, d] = np.linalg.solve(B[np.ix_(d, d)] ** 2, scale[d] ** -2.0 - known)


def conditional(model: Structure, at: Implied) -> tuple[np.ndarray, np.ndarray]:
    """Covariances φ and means t of all variables given the variables ``given``, the means where those are 0."""
    if not len(model.given):
        return at.phi, at.t
    reach, x = at.B[:, model.given], model.given
    return at.phi - reach @ at.S[np.ix_(x, x)] @ reach.T, at.t - reach @ at.t[x]


def dependent_gradient(model: Structure, at: Implied) -> np.ndarray:
    """∂s/∂θ of the residual variances s of the dependent variables, which hold their variance at scale⁻²."""
    phi, d = conditional(model, at)[0], model.dependent
    change = -_variance_gradient(model, at.B, phi)[d]
    change -= 2.0 * np.diag(phi)[d][:, None] ** 1.5 * ((model.kind == 4) & (model.i == d[:, None]))
    return np.linalg.solve(at.B[np.ix_(d, d)] ** 2, change)


def mean_weight(model: Structure, at: Implied) -> np.ndarray:
    """s_k in ∂μ/∂θ_k = g_i s_k: t_j for a path, 1 for an intercept, 0 for a covariance."""
    return np.where(model.kind == 0, at.t[model.j], np.where(model.kind == 2, 1.0, 0.0))


def total_variance_gradient(model: Structure, at: Implied) -> np.ndarray:
    """∂φ_vv/∂θ_k for every variable v (rows) and free parameter k of the group (columns)."""
    direct = _variance_gradient(model, at.B, at.phi)
    return direct + at.B[:, model.dependent] ** 2 @ dependent_gradient(model, at) if len(model.dependent) else direct


def _variance_gradient(model: Structure, B: np.ndarray, phi: np.ndarray) -> np.ndarray:
    right = np.where(model.kind == 0, phi[:, model.j], B[:, model.j])
    return 2.0 * model.weight * B[:, model.i] * right
