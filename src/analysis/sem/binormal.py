"""The bivariate normal distribution for many pairs at once: densities and lower-tail probabilities."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

# Quadrature rules, and the |ρ| below which each is exact to rounding (Genz, 2004)
_RULES = [(bound, *np.polynomial.legendre.leggauss(size)) for bound, size in ((0.3, 6), (0.75, 12), (0.925, 20))]
_NODES, _WEIGHTS = _RULES[-1][1:]


def density(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """φ₂(h, k; ρ), elementwise with broadcasting; 0 where h or k is infinite."""
    h, k, rho = np.broadcast_arrays(h, k, rho)
    inside = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(inside, h, 0.0), np.where(inside, k, 0.0)
    rest = 1.0 - rho**2
    value = np.exp(-(h**2 - 2.0 * rho * h * k + k**2) / (2.0 * rest)) / (2.0 * np.pi * np.sqrt(rest))
    return np.where(inside, value, 0.0)


def probability(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Φ₂(h, k; ρ) = P(X < h, Y < k), elementwise with broadcasting, |ρ| < 1 (R: ``pbivnorm::pbivnorm``).

    Plackett's integral over the arcsine of ρ for |ρ| < 0.925, beyond it around the singular case, by
    Gauss-Legendre quadrature (Drezner & Wesolowsky, 1990; Genz, 2004). The error is below 1e-14.
    """
    h, k, rho = np.broadcast_arrays(np.asarray(h, float), np.asarray(k, float), np.asarray(rho, float))
    result = np.array(ndtr(np.minimum(h, k)))  # exact where one of the two limits is infinite
    result[np.isneginf(h) | np.isneginf(k)] = 0.0
    inside = np.isfinite(h) & np.isfinite(k)
    strength, below = np.abs(rho), 0.0
    for bound, nodes, weights in _RULES:
        part = inside & (strength >= below) & (strength < bound)
        below = bound
        if part.any():
            result[part] = _weak(h[part], k[part], rho[part], nodes, weights)
    part = inside & (strength >= below)
    if part.any():
        result[part] = _strong(h[part], k[part], rho[part])
    return result


def _weak(h: np.ndarray, k: np.ndarray, rho: np.ndarray, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Φ(h)Φ(k) + (2π)⁻¹ ∫ exp(-(h² + k² - 2hk sin t) / (2cos²t)) dt from 0 to arcsin ρ."""
    half = 0.5 * np.arcsin(rho)
    squares, product = 0.5 * (h**2 + k**2), h * k
    total = np.zeros_like(h)
    for node, weight in zip(nodes, weights, strict=True):
        sine = np.sin(half * (1.0 + node))
        total += weight * np.exp((sine * product - squares) / (1.0 - sine**2))
    return total * half / (2.0 * np.pi) + ndtr(h) * ndtr(k)


@np.errstate(under="ignore")
def _strong(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Genz's expansion of the upper tail P(X > -h, Y > -k) around |ρ| = 1."""
    sign = np.sign(rho)
    h, k = -h, -k * sign
    product = h * k
    rest = (1.0 - rho) * (1.0 + rho)
    a, gap = np.sqrt(rest), (h - k) ** 2
    b = np.sqrt(gap)
    c, d = (4.0 - product) / 8.0, (12.0 - product) / 16.0
    exponent = -(gap / rest + product) / 2.0
    series = 1.0 - c * (gap - rest) * (1.0 - d * gap / 5.0) / 3.0 + c * d * rest**2 / 5.0
    total = np.where(exponent > -100.0, a * np.exp(np.maximum(exponent, -700.0)) * series, 0.0)
    tail = np.sqrt(2.0 * np.pi) * ndtr(-b / a) * b * (1.0 - c * gap * (1.0 - d * gap / 5.0) / 3.0)
    total -= np.where(product > -100.0, np.exp(-np.clip(product, -100.0, 1400.0) / 2.0) * tail, 0.0)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        x = (a / 2.0 * (1.0 + node)) ** 2
        root = np.sqrt(1.0 - x)
        power = -(gap / x + product) / 2.0
        inner = np.exp(-product * (1.0 - root) / (2.0 * (1.0 + root))) / root - (1.0 + c * x * (1.0 + d * x))
        total += np.where(power > -100.0, weight * a / 2.0 * np.exp(np.maximum(power, -700.0)) * inner, 0.0)
    total = -total / (2.0 * np.pi)
    same = total + ndtr(-np.maximum(h, k))
    opposite = -total + np.maximum(0.0, ndtr(-h) - ndtr(-k))
    return np.where(sign > 0, same, opposite)
