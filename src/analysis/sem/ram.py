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

from dataclasses import dataclass

import numpy as np

from .partable import Parameter


@dataclass(frozen=True)
class Structure:
    """Where the parameters of one group stand in the matrices of the model.

    ``kind`` (0: A, 1: S, 2: m), ``i``, ``j`` locate each free parameter of the group, ``rows`` says which
    of all free parameters it is; ``A``, ``S``, ``m`` hold the fixed values. ``x``, ``y`` index the
    columns of V, ``weight`` is w.
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
        else:
            m[i] = parameter.value
    kind, i, j = np.array(places, dtype=int).reshape(-1, 3).T
    weight = np.where(kind == 2, 0.0, np.where((kind == 1) & (i == j), 0.5, 1.0))
    y = np.where(kind == 0, size + j, j)
    return Structure(names, len(observed), kind, i, j, np.array(rows, dtype=int), i, y, weight, A, S, m)


def locate(parameter: Parameter, position: dict[str, int]) -> tuple[int, int, int]:
    """The matrix (0: A, 1: S, 2: m) and the two indices of a parameter."""
    lhs, rhs = position[parameter.lhs], position.get(parameter.rhs, 0)
    if parameter.op == "=~":
        return 0, rhs, lhs
    if parameter.op == "~":
        return 0, lhs, rhs
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
    phi = B @ S @ B.T
    t = B @ m
    return Implied(phi[: model.p, : model.p], t[: model.p], B, phi, t, S)


def mean_weight(model: Structure, at: Implied) -> np.ndarray:
    """s_k in ∂μ/∂θ_k = g_i s_k: t_j for a path, 1 for an intercept, 0 for a covariance."""
    return np.where(model.kind == 0, at.t[model.j], np.where(model.kind == 2, 1.0, 0.0))


def total_variance_gradient(model: Structure, at: Implied) -> np.ndarray:
    """∂φ_vv/∂θ_k for every variable v (rows) and free parameter k of the group (columns)."""
    left = at.B[:, model.i]
    right = np.where(model.kind == 0, at.phi[:, model.j], at.B[:, model.j])
    return 2.0 * model.weight * left * right
