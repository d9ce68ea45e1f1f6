"""Full-information maximum likelihood with missing values: each row speaks through the variables it has.

Rows with the same variables observed form a pattern k with w_k = n_k / n, mean m̄_k and covariance. With J_k = Σ_oo⁻¹
of the observed variables, zero elsewhere, d_k = m̄_k - μ and W_k their covariance plus d_k d_kᵀ (zero where missing),

    -2 log L / n = Σ_k w_k (ln|Σ_oo| + tr(W_k J_k)),     M = Σ_k w_k (J_k - J_k W_k J_k),     a = Σ_k w_k J_k d_k

(Arbuckle, 1996; Savalei & Bentler, 2009). The gradient is that of complete data with this M and a, and the EM step of
the unrestricted model (Dempster, Laird & Rubin, 1977) is μ + Σa, Σ - ΣMΣ - Σa aᵀΣ.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .errors import DataError
from .moments import Moments, check_spread, log_determinant
from .products import mean_cross, mean_information, rank_two, second_derivatives
from .ram import Implied, Structure


@dataclass(frozen=True)
class Incomplete(Moments):
    """The sample of one group with missing values: n × p ``data`` with NaN, its moments estimated by EM.

    ``observed`` (patterns × p), ``weight``, ``means`` and ``covs`` (patterns × p × p; zero where missing) describe the
    patterns, ``pattern`` says which one each row has. ``logdet`` is -2 log L / n of the EM moments, less the
    ``width``: what ln|S| is for complete data.
    """

    observed: np.ndarray
    weight: np.ndarray
    means: np.ndarray
    covs: np.ndarray
    pattern: np.ndarray

    @property
    def width(self) -> float:
        """The mean number of values in a row."""
        return float(self.weight @ self.observed.sum(axis=1))

    def margins(self, variables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of some variables, each from the rows that have it."""
        values = self.data[:, variables]
        return np.nanmean(values, axis=0), np.nanvar(values, axis=0)

    @cached_property
    def by_missing(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Patterns with as many missing variables: their numbers, and which variables (patterns × missing)."""
        missing = (~self.observed).sum(axis=1)
        found = ((np.flatnonzero(missing == count), count) for count in np.unique(missing))
        return [(rows, np.nonzero(~self.observed[rows])[1].reshape(len(rows), count)) for rows, count in found]

    @cached_property
    def spread(self) -> np.ndarray:
        """The patterns whose rows differ: those with one row have no covariance."""
        return np.flatnonzero(self.covs.any(axis=(1, 2)))


def incomplete_moments(values: np.ndarray, names: list[str]) -> Incomplete:
    """Patterns and EM moments of an n × p array; every row holds some value (R: ``lavInspect(fit, "sampstat")``).

    Raises DataError for an empty, constant, repeated or linearly dependent column, two that are never observed together
    or too seldom.
    """
    (n, p), seen = values.shape, ~np.isnan(values)
    if n <= p:
        raise DataError(f"{n} rows for {p} variables: their covariance matrix needs more rows than variables")
    together = _together(values)
    if not together.diagonal().all():
        raise DataError(f"column {names[int(together.diagonal().argmin())]!r} holds no values at all")
    if (together == 0).any():
        i, j = np.argwhere(together == 0)[0]
        raise DataError(
            f"columns {names[i]!r} and {names[j]!r} are never observed in the same row: their covariance is unknown"
        )
    observed, pattern, counts = np.unique(seen, axis=0, return_inverse=True, return_counts=True)
    pattern = pattern.ravel()
    origin = np.nanmean(values, axis=0)
    centred = np.where(seen, values - origin, 0.0)
    variances = (centred**2).sum(axis=0) / seen.sum(axis=0)
    check_spread(origin, variances, n, names)
    blocks = np.split(centred[np.argsort(pattern, kind="stable")], np.cumsum(counts)[:-1])
    means = np.array([block.mean(axis=0) for block in blocks])
    covs = np.array([block.T @ block / len(block) - np.outer(m, m) for block, m in zip(blocks, means, strict=True)])
    parts = {"observed": observed, "weight": counts / n, "covs": covs, "pattern": pattern}
    start = Incomplete(values, np.zeros(p), np.diag(variances), 0.0, means=means, **parts)
    mean, cov, value = _expectation_maximisation(start, names)
    means = (means + origin) * observed
    return Incomplete(values, mean + origin, cov, value - float(seen.sum() / n), means=means, **parts)


@np.errstate(all="ignore")
def _expectation_maximisation(sample: Incomplete, names: list[str]) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, covariance and -2 log L / n (without constants) of the unrestricted model."""
    mu, sigma = sample.mean, sample.cov
    scale = np.sqrt(np.diag(sigma))
    for _ in range(20_000):
        try:
            value, J = likelihood(sample, sigma, mu)
        except np.linalg.LinAlgError:
            break
        M, a = first_order(sample, J, mu)
        step, shift = sigma @ M @ sigma, sigma @ a
        mu, sigma = mu + shift, sigma - (step + step.T) / 2.0 - np.outer(shift, shift)
        if max(np.abs(shift / scale).max(), np.abs(step / np.outer(scale, scale)).max()) < 1e-10:
            with suppress(DataError):
                log_determinant(sigma, names)
                return mu, sigma, value
            break
    _check_dependence(sample.data, sigma, names)
    together = np.tril(_together(sample.data), -1)
    i, j = np.unravel_index(int(np.where(together, together, np.inf).argmin()), together.shape)
    raise DataError(
        "too many values are missing: the unrestricted means and covariances cannot be estimated;"
        f" {names[j]!r} and {names[i]!r} are observed together in {together[i, j]:.0f} rows only: leave one of them out"
    )


def _together(values: np.ndarray) -> np.ndarray:
    """In how many rows each variable (diagonal) and each pair is observed."""
    seen = (~np.isnan(values)).astype(float)
    return seen.T @ seen


def _check_dependence(values: np.ndarray, sigma: np.ndarray, names: list[str]) -> None:
    """Raises DataError when the columns that make Σ singular depend on one another where all of them are observed."""
    correlation = sigma / np.sqrt(np.outer(np.diag(sigma), np.diag(sigma)))
    if not np.isfinite(correlation).all():
        return
    involved = np.flatnonzero(np.abs(np.linalg.eigh(correlation)[1][:, 0]) > 1e-4)
    rows = values[:, involved]
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) > len(involved) > 1 and rows.std(axis=0).all():
        log_determinant(np.cov(rows, rowvar=False), [names[v] for v in involved])


def likelihood(sample: Incomplete, sigma: np.ndarray, mu: np.ndarray) -> tuple[float, np.ndarray]:
    """-2 log L / n without constants, and J. Raises LinAlgError when Σ is not positive definite.

    With K = Σ⁻¹ and m the missing variables of a pattern, J = K - K_{.m} K_mm⁻¹ K_{m.} and ln|Σ_oo| = ln|Σ| + ln|K_mm|.
    """
    root = np.linalg.inv(np.linalg.cholesky(sigma))
    inverse = root.T @ root
    logdets = np.full(len(sample.weight), -2.0 * np.log(np.diag(root)).sum())
    J = np.empty((len(sample.weight), *sigma.shape))
    for patterns, missing in sample.by_missing:
        columns = inverse[:, missing].transpose(1, 0, 2)
        inner = np.take_along_axis(columns, missing[:, :, None], axis=1)
        J[patterns] = inverse - columns @ np.linalg.solve(inner, columns.transpose(0, 2, 1))
        logdets[patterns] += np.linalg.slogdet(inner)[1]
    J *= sample.observed[:, :, None] & sample.observed[:, None, :]
    gap = _gaps(sample, mu)
    squares = np.einsum("ki,kij,kj->k", gap, J, gap)
    squares[sample.spread] += (sample.covs[sample.spread] * J[sample.spread]).sum(axis=(1, 2))
    return float(sample.weight @ (logdets + squares)), J


def discrepancy(sample: Incomplete, at: Implied) -> tuple[float, np.ndarray]:
    """F = 2 (log L of the unrestricted model - log L) / n, and J. Raises LinAlgError as ``likelihood`` does."""
    value, J = likelihood(sample, at.sigma, at.mu)
    return value - sample.logdet - sample.width, J


def first_order(sample: Incomplete, J: np.ndarray, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M (p × p) and a (p)."""
    pulls, weight = pull(sample, J, mu), sample.weight[:, None]
    k = sample.spread
    within = np.tensordot(sample.weight[k], J[k] @ sample.covs[k] @ J[k], axes=1)
    return average(sample, J) - within - (weight * pulls).T @ pulls, sample.weight @ pulls


def _gaps(sample: Incomplete, mu: np.ndarray) -> np.ndarray:
    return (sample.means - mu) * sample.observed


def pull(sample: Incomplete, J: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """J_k d_k, patterns × p."""
    return (J @ _gaps(sample, mu)[:, :, None])[:, :, 0]


def average(sample: Incomplete, J: np.ndarray) -> np.ndarray:
    """Σ_k w_k J_k."""
    return np.tensordot(sample.weight, J, axes=1)


def expected_information(model: Structure, sample: Incomplete, at: Implied, J: np.ndarray) -> np.ndarray:
    """The information expected with these patterns (K × K): that of complete data, pattern by pattern."""
    local, V = needed(model, at.V)
    result = np.zeros((len(model.rows),) * 2)
    for weight, inverse in zip(sample.weight, J, strict=True):
        B = V.T @ inverse @ V
        result += weight * rank_two(local, B, B)
    return result + mean_information(local, at, V.T @ average(sample, J) @ V)


def observed_information(model: Structure, sample: Incomplete, at: Implied, J: np.ndarray) -> np.ndarray:
    """The observed information (K × K): the Hessian of ½F."""
    local, V = needed(model, at.V)
    pulls = pull(sample, J, at.mu) @ V
    result = np.zeros((len(model.rows),) * 2)
    for weight, inverse, cov, along in zip(sample.weight, J, sample.covs, pulls, strict=True):
        seen = inverse @ V
        P = V.T @ seen
        curve = P - seen.T @ cov @ seen - np.outer(along, along)
        result += weight * (rank_two(local, P, P - 2.0 * curve) + mean_cross(local, at, P, along))
    M, a = first_order(sample, J, at.mu)
    result += mean_information(local, at, V.T @ average(sample, J) @ V)
    return result + second_derivatives(model, at, at.V.T @ M @ at.V, a @ at.V)


def needed(model: Structure, V: np.ndarray) -> tuple[Structure, np.ndarray]:
    """The columns of V that the free parameters use, and the structure with x and y among them."""
    used, place = np.unique(np.concatenate([model.x, model.y]), return_inverse=True)
    return replace(model, x=place[: len(model.x)], y=place[len(model.x) :]), V[:, used]


def casewise(sample: Incomplete, J: np.ndarray, mu: np.ndarray, rows: slice) -> np.ndarray:
    """J_k (y_i - μ) of some rows (rows × p), k being the pattern of row i."""
    residuals = np.nan_to_num(sample.data[rows] - mu)
    result, patterns = np.empty_like(residuals), sample.pattern[rows]
    for k in np.unique(patterns):
        members = patterns == k
        result[members] = residuals[members] @ J[k]
    return result
