"""Sums of traces by indexing: the second derivatives of a likelihood from small products of V = [G C] (see ``ram``)."""

from __future__ import annotations

import numpy as np

from .ram import Implied, Structure, mean_weight


def rank_two(model: Structure, P: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """½tr(Σ⁻¹ Σ_a Q Σ_b) for all pairs by indexing alone, with VᵀΣ⁻¹V in ``P`` and VᵀQV in ``Q``."""
    x, y = model.x, model.y
    Px, Py = P[x], P[y]
    if P is Q:
        pairs = Py[:, x] * Px[:, y] + Py[:, y] * Px[:, x]
    else:
        Qx, Qy = Q[x], Q[y]
        pairs = 0.5 * (Qy[:, x] * Px[:, y] + Qy[:, y] * Px[:, x] + Qx[:, x] * Py[:, y] + Qx[:, y] * Py[:, x])
    return np.outer(model.weight, model.weight) * pairs


def mean_information(model: Structure, at: Implied, P: np.ndarray) -> np.ndarray:
    """μ_aᵀ Σ⁻¹ μ_b."""
    s = mean_weight(model, at)
    return np.outer(s, s) * P[np.ix_(model.x, model.x)] if s.any() else np.zeros((len(s), len(s)))


def mean_cross(model: Structure, at: Implied, P: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """dᵀΣ⁻¹ Σ_a Σ⁻¹ μ_b and its transpose, ``pull`` being dᵀΣ⁻¹V."""
    s = mean_weight(model, at)
    x, y = model.x, model.y
    cross = model.weight[:, None] * (pull[x][:, None] * P[np.ix_(y, x)] + pull[y][:, None] * P[np.ix_(x, x)]) * s
    return cross + cross.T


def second_derivatives(model: Structure, at: Implied, curve: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """½tr(M Σ_ab) - dᵀΣ⁻¹μ_ab: only pairs with a path among them have second derivatives."""
    size = len(at.t)
    result = np.zeros((len(model.i),) * 2)
    gg, gc = curve[:size, :size], curve[:size, size:]
    a = np.flatnonzero(model.kind == 0)
    s = np.flatnonzero(model.kind == 1)
    v = np.flatnonzero(model.kind == 2)
    i, j = model.i[a], model.j[a]
    forward = at.B[np.ix_(j, i)]  # B[j, k] of the path i <- j and the path k <- l
    paths = forward.T * gc[np.ix_(i, j)].T + forward * gc[np.ix_(i, j)] + at.phi[np.ix_(j, j)] * gg[np.ix_(i, i)]
    means = forward.T * np.outer(at.t[j], pull[i]) + forward * np.outer(pull[i], at.t[j])
    result[np.ix_(a, a)] = paths - means
    c, d = model.i[s], model.j[s]
    mixed = at.B[np.ix_(j, d)] * gg[np.ix_(i, c)] + at.B[np.ix_(j, c)] * gg[np.ix_(i, d)]
    mixed *= model.weight[s]
    shift = -at.B[np.ix_(j, model.i[v])] * pull[i][:, None]
    for columns, block in ((s, mixed), (v, shift)):
        result[np.ix_(a, columns)] = block
        result[np.ix_(columns, a)] = block.T
    return result
