"""From ordinal data to thresholds, polychoric and polyserial correlations, and how uncertain they are.

An ordinal variable y with categories 0, 1, … is a latent normal y* cut at thresholds τ₁ < τ₂ < …. The first
step estimates each variable by itself (probit regression on the exogenous variables, or linear regression
for a continuous variable), the second each correlation from its pair of variables alone, the first step's
values held fixed (Olsson, 1979; Olsson, Drasgow & Dorans, 1982). The asymptotic covariance matrix of all
these estimates follows from their scores (Muthén, 1984; R: ``lavaan:::muthen1984``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from .binormal import density, probability
from .errors import DataError
from .moments import chunks

# lavaan's limits: the smallest probability of a cell that counts, the strongest correlations
SMALLEST, STRONGEST, STRONGEST_SERIAL = float(np.sqrt(np.finfo(float).eps)), 0.999, 0.995


@dataclass(frozen=True)
class Margin:
    """One variable after the first step.

    ``estimates``: thresholds (ordinal) or intercept (continuous), then slopes on the exogenous variables,
    then the residual variance (continuous). ``influence``: what each row adds to the estimates. Ordinal:
    ``upper`` and ``lower`` limits of y*, and their derivatives ``up`` and ``down``. Continuous:
    ``residual``, standardised. Without exogenous variables those of an ordinal are by category, and
    ``codes`` holds the category of each row.
    """

    estimates: np.ndarray
    influence: np.ndarray
    design: np.ndarray
    categories: int = 0
    codes: np.ndarray | None = None
    upper: np.ndarray | None = None
    lower: np.ndarray | None = None
    up: np.ndarray | None = None
    down: np.ndarray | None = None
    residual: np.ndarray | None = None

    @property
    def thresholds(self) -> np.ndarray:
        """τ₁ … of an ordinal variable."""
        return self.estimates[: max(self.categories - 1, 0)]

    @property
    def slopes(self) -> np.ndarray:
        """The slopes on the exogenous variables."""
        return self.estimates[self.categories - 1 :] if self.categories else self.estimates[1:-1]

    @property
    def sd(self) -> float:
        """The residual standard deviation: 1 for the y* of an ordinal variable."""
        return 1.0 if self.categories else float(np.sqrt(self.estimates[-1]))

    def rows(self, table: np.ndarray) -> np.ndarray:
        """``table`` by row."""
        return table if self.codes is None else table[self.codes]


@dataclass(frozen=True)
class Associations:
    """The statistics of ordinal (and continuous) variables given the exogenous ones.

    ``margins``: the first step; ``cov`` p × p: correlations among y*, covariances with and among continuous
    variables; ``root``: any matrix with rootᵀ root = Γ, the asymptotic covariance matrix of √n times all
    estimates, in the order: margins by variable, then ``cov`` below the diagonal in the order of
    ``np.tril_indices(p, -1)``.
    """

    margins: tuple[Margin, ...]
    cov: np.ndarray
    root: np.ndarray


def associations(values: np.ndarray, categories: list[int], x: np.ndarray, names: list[str]) -> Associations:
    """Both steps for n × p ``values``, 0, 1, … where ``categories`` > 0, given n × q exogenous ``x``.

    R: ``lavaan:::muthen1984``. Raises DataError where no estimate exists, or one variable tells all of another.
    """
    design = np.column_stack([np.ones(len(values)), x])
    margins = tuple(
        _probit(values[:, v].astype(int), c, design, names[v]) if c else _regression(values[:, v], design)
        for v, c in enumerate(categories)
    )
    pairs = np.column_stack(np.tril_indices(len(margins), -1))
    in_cells = np.array([all(margins[v].codes is not None for v in pair) for pair in pairs], dtype=bool)
    rho = np.zeros(len(pairs))
    rho[in_cells], cells = _in_cells(margins, pairs[in_cells], names)
    by_row = np.empty((len(values), int((~in_cells).sum())))
    for column, k in enumerate(np.flatnonzero(~in_cells)):
        rho[k], by_row[:, column] = _by_row(*(margins[v] for v in pairs[k]))
    _check_strength(rho, pairs, categories, names)
    sd = np.array([margin.sd for margin in margins])
    cov = np.diag(sd**2)
    cov[pairs[:, 0], pairs[:, 1]] = cov[pairs[:, 1], pairs[:, 0]] = rho * sd[pairs[:, 0]] * sd[pairs[:, 1]]

    def influence(rows: slice) -> np.ndarray:
        blocks = [m.influence[rows] if m.codes is None else m.influence[m.codes[rows]] for m in margins]
        tail = np.empty((len(blocks[0]), len(pairs)))
        tail[:, ~in_cells] = by_row[rows]
        if len(cells):
            codes = np.array([np.zeros(len(tail), int) if m.codes is None else m.codes[rows] for m in margins])
            first, second = pairs[in_cells].T
            place = codes[first] * cells.shape[2] + codes[second]
            tail[:, in_cells] = np.take_along_axis(cells.reshape(len(cells), -1), place, axis=1).T
        _to_covariances(margins, pairs, rho, blocks, tail)
        return np.hstack([*blocks, tail])

    return Associations(margins, cov, root_of_products(influence, len(values)) * np.sqrt(len(values)))


def polychorics(codes: np.ndarray, names: list[str]) -> np.ndarray:
    """The p × p polychoric correlations of n × p ``codes`` 0, 1, … (R: ``lavaan::lavCor(x, ordered = names(x))``).

    Raises DataError where a correlation does not exist, or one variable tells all of another.
    """
    categories = [int(column.max()) + 1 for column in codes.T]
    design = np.ones((len(codes), 1))
    margins = tuple(_probit(codes[:, v], c, design, names[v]) for v, c in enumerate(categories))
    pairs = np.column_stack(np.tril_indices(len(margins), -1))
    rho = _in_cells(margins, pairs, names)[0]
    _check_strength(rho, pairs, categories, names)
    found = np.eye(len(margins))
    found[pairs[:, 0], pairs[:, 1]] = found[pairs[:, 1], pairs[:, 0]] = rho
    return found


def _check_strength(rho: np.ndarray, pairs: np.ndarray, categories: list[int], names: list[str]) -> None:
    """Raises DataError that names a pair of which an ordinal variable has the strongest correlation there can be."""
    ordinal = np.array(categories)[pairs] > 0
    limit = np.where(ordinal.all(axis=1), STRONGEST, STRONGEST_SERIAL)
    for k in np.flatnonzero(ordinal.any(axis=1) & (np.abs(rho) >= limit)):
        j, i = pairs[k]
        raise DataError(
            f"{names[i]!r} and {names[j]!r} are perfectly correlated ({rho[k]:.3f} is the strongest estimate there can"
            " be): keep one of them, or merge categories"
        )


def root_of_products(rows: Callable[[slice], np.ndarray], n: int) -> np.ndarray:
    """A matrix R with RᵀR = ZᵀZ and no more rows than columns, Z given by slices of its n rows."""
    parts = map(rows, chunks(n))
    first = next(parts)
    if n <= min(first.shape):
        return first
    total = first.T @ first
    for part in parts:
        total += part.T @ part
    scale = np.sqrt(np.diag(total))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(total / np.outer(scale, scale))
    return np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T * scale


def _to_covariances(margins, pairs: np.ndarray, rho: np.ndarray, blocks: list, tail: np.ndarray) -> None:
    """Turn influences on correlations into those on covariances, where a variable is continuous."""
    for k, (i, j) in enumerate(pairs):
        if margins[i].categories and margins[j].categories:
            continue
        sd_i, sd_j = margins[i].sd, margins[j].sd
        tail[:, k] *= sd_i * sd_j
        for v, ratio in ((i, sd_j / sd_i), (j, sd_i / sd_j)):
            if not margins[v].categories:
                tail[:, k] += 0.5 * rho[k] * ratio * blocks[v][:, -1]


def _normal(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)


def _bend(z: np.ndarray) -> np.ndarray:
    """z φ(z), 0 at infinity."""
    return np.where(np.isfinite(z), z, 0.0) * _normal(z)


def _influence(scores: np.ndarray, counts: np.ndarray | float = 1.0) -> np.ndarray:
    """Scores times the inverse of their cross-product, rows counted ``counts`` times."""
    return np.linalg.solve(scores.T @ (scores * counts), scores.T).T


def _regression(y: np.ndarray, design: np.ndarray) -> Margin:
    """Intercept, slopes and residual variance (divided by n)."""
    slopes = np.linalg.lstsq(design, y, rcond=None)[0]
    residual = y - design @ slopes
    variance = (residual**2).mean()
    last = 0.5 * (residual**2 / variance - 1.0) / variance
    scores = np.column_stack([design * (residual / variance)[:, None], last])
    estimates = np.append(slopes, variance)
    return Margin(estimates, _influence(scores), design, residual=residual / np.sqrt(variance))


def _probit(codes: np.ndarray, categories: int, design: np.ndarray, name: str) -> Margin:
    """Thresholds and slopes of P(y ≤ c) = Φ(τ_c - xᵀβ) (R: ``MASS::polr(method = "probit")``)."""
    counts = np.bincount(codes, minlength=categories)
    thresholds = ndtri(np.cumsum(counts)[:-1] / len(codes))
    up, down = np.eye(categories, categories - 1), np.eye(categories, categories - 1, -1)
    if design.shape[1] == 1:
        upper, lower = np.append(thresholds, np.inf), np.append(-np.inf, thresholds)
        scores = _limit_scores(up, down, upper, lower)[0]
        influence = _influence(scores, counts[:, None])
        return Margin(thresholds, influence, design, categories, codes, upper, lower, up, down)
    x = design[:, 1:]
    centre, spread = x.mean(axis=0), x.std(axis=0)
    up, down = (np.column_stack([table[codes], (centre - x) / spread]) for table in (up, down))
    theta = _probit_maximum(codes, up, down, np.append(thresholds, np.zeros(x.shape[1])), name)
    upper, lower = _probit_limits(codes, up, down, theta)
    slopes = theta[categories - 1 :] / spread
    estimates = np.append(theta[: categories - 1] + centre @ slopes, slopes)
    up[:, categories - 1 :] = down[:, categories - 1 :] = -x
    influence = _influence(_limit_scores(up, down, upper, lower)[0])
    return Margin(estimates, influence, design, categories, None, upper, lower, up, down)


def _probit_limits(codes: np.ndarray, up: np.ndarray, down: np.ndarray, theta: np.ndarray):
    upper, lower = up @ theta, down @ theta
    upper[codes == codes.max()], lower[codes == 0] = np.inf, -np.inf
    return upper, lower


def _limit_scores(up: np.ndarray, down: np.ndarray, upper: np.ndarray, lower: np.ndarray):
    """Scores of ln(Φ(upper) - Φ(lower)), and that probability."""
    mass = ndtr(upper) - ndtr(lower)
    scores = (up * _normal(upper)[:, None] - down * _normal(lower)[:, None]) / mass[:, None]
    return scores, mass


def _probit_maximum(codes, up, down, theta: np.ndarray, name: str) -> np.ndarray:
    """Newton steps with halving; the log-likelihood is concave (Pratt, 1981)."""
    value = -np.inf
    for _ in range(100):
        upper, lower = _probit_limits(codes, up, down, theta)
        scores, mass = _limit_scores(up, down, upper, lower)
        curve = scores.T @ scores + (up.T * (_bend(upper) / mass)) @ up - (down.T * (_bend(lower) / mass)) @ down
        step, value = np.linalg.solve(curve, scores.sum(axis=0)), np.log(mass).sum()
        size = 1.0
        while size > 1e-6:
            limits = _probit_limits(codes, up, down, theta + size * step)
            trial = ndtr(limits[0]) - ndtr(limits[1])
            if trial.min() > 0 and np.log(trial).sum() >= value - 1e-9 * abs(value):
                break
            size /= 2.0
        theta = theta + size * step
        if np.abs(step).max() < 1e-10:
            return theta
    raise DataError(f"the probit regression of {name!r} on the exogenous variables has no maximum")


def _solve(derivatives: Callable, start: np.ndarray, limit: float) -> np.ndarray:
    """The ρ of many pairs at which the log-likelihood has slope 0, by Newton steps inside brackets.

    ``derivatives(ρ, pairs)`` gives first and second derivatives for some of the pairs; a step that leaves
    its bracket is replaced by halving the bracket. Where the likelihood rises towards ±``limit``, that is
    the answer.
    """
    rho = np.clip(start, -0.9, 0.9)
    low, high = np.full_like(rho, -limit), np.full_like(rho, limit)
    active = np.arange(len(rho))
    while len(active):
        slope, curve = derivatives(rho[active], active)
        up = slope > 0
        low[active[up]], high[active[~up]] = rho[active[up]], rho[active[~up]]
        step = np.divide(-slope, curve, out=np.full_like(slope, np.inf), where=curve < 0)
        target = rho[active] + step
        newton = (target > low[active]) & (target < high[active])
        target = np.where(newton, target, 0.5 * (low[active] + high[active]))
        moved, rho[active] = np.abs(target - rho[active]), target
        active = active[moved > np.where(newton, 1e-9, 1e-13)]
    return np.where(limit - np.abs(rho) < 1e-9, np.sign(rho) * limit, rho)


def _in_cells(margins, pairs: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Polychoric correlations of pairs of items from their tables, and the influence of each cell on them."""
    if not len(pairs):
        return np.zeros(0), np.zeros((0, 0, 0))
    used = np.unique(pairs)
    place = {v: k for k, v in enumerate(used)}
    items = [margins[v] for v in used]
    first, second = (np.array([place[v] for v in side]) for side in pairs.T)
    size = max(m.categories for m in items)
    cuts = np.full((len(items), size + 1), np.inf)
    cuts[:, 0] = -np.inf
    effects = np.zeros((len(items), size, size - 1))
    for k, m in enumerate(items):
        cuts[k, 1 : m.categories] = m.thresholds
        effects[k, : m.categories, : m.categories - 1] = m.influence
    observed = _tables([m.codes for m in items], size)[first, second]
    fitted = _without_zero_cells(
        observed,
        [(items[a], items[b]) for a, b in zip(first, second, strict=True)],
        [(names[i], names[j]) for i, j in pairs],
    )
    h, k = cuts[first][:, :, None], cuts[second][:, None, :]

    def cells(corner: np.ndarray) -> np.ndarray:
        return np.diff(np.diff(corner, axis=1), axis=2)

    def inverse_mass(rho: np.ndarray, some: np.ndarray) -> np.ndarray:
        mass = cells(probability(h[some], k[some], rho[:, None, None]))
        return np.where(mass > SMALLEST, 1.0 / np.maximum(mass, SMALLEST), 0.0)

    def derivatives(rho: np.ndarray, some: np.ndarray):
        at = (h[some], k[some], rho[:, None, None])
        corner, inverse = density(*at), inverse_mass(rho, some)
        relative, bent = cells(corner) * inverse, cells(corner * _second_factor(*at)) * inverse
        return (fitted[some] * relative).sum((1, 2)), (fitted[some] * (bent - relative**2)).sum((1, 2))

    rho = _solve(derivatives, _product_moments(observed), STRONGEST)
    inverse = inverse_mass(rho, np.arange(len(rho)))
    scores = cells(density(h, k, rho[:, None, None])) * inverse
    total = (observed * scores**2).sum((1, 2))
    pull = observed * scores * inverse
    for axis, item, other in ((1, first, second), (2, second, first)):
        edge = _edge(cuts[item][:, 1:-1], cuts[other], rho)
        along = np.swapaxes(pull, 1, 2) if axis == 2 else pull
        cross = -(edge * np.diff(along, axis=1)).sum(2)
        scores = scores - np.expand_dims(np.einsum("pct,pt->pc", effects[item], cross), 3 - axis)
    return rho, scores / total[:, None, None]


def _second_factor(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """∂²Φ₂/∂ρ² divided by φ₂; 0 at infinity, where φ₂ is."""
    h, k = np.where(np.isfinite(h), h, 0.0), np.where(np.isfinite(k), k, 0.0)
    rest = 1.0 - rho**2
    return (h * k * rest - rho * (h**2 - 2.0 * rho * h * k + k**2) + rho * rest) / rest**2


def _edge(cuts: np.ndarray, others: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """∂/∂τ of the probability below the threshold τ in each category of the other item."""
    finite = np.isfinite(cuts)[:, :, None]
    tau = np.where(finite, cuts[:, :, None], 0.0)
    root = np.sqrt(1.0 - rho**2)[:, None, None]
    below = ndtr((others[:, None, :] - rho[:, None, None] * tau) / root)
    return np.where(finite, _normal(tau) * np.diff(below, axis=2), 0.0)


def _tables(codes: list[np.ndarray], size: int) -> np.ndarray:
    """All two-way tables of counts, items × items × categories × categories."""
    total = np.zeros((len(codes) * size,) * 2)
    offsets = size * np.arange(len(codes))[:, None]
    for rows in chunks(len(codes[0])):
        place = np.array([c[rows] for c in codes]) + offsets
        marks = np.zeros((place.shape[1], len(total)))
        marks[np.arange(place.shape[1]), place] = 1.0
        total += marks.T @ marks
    return total.reshape(len(codes), size, len(codes), size).swapaxes(1, 2)


def _without_zero_cells(tables: np.ndarray, items: list, names: list) -> np.ndarray:
    """Two-by-two tables with one empty cell get ½ added to it, their margins kept (lavaan's ``zero.add``)."""
    tables = tables.copy()
    for k, (a, b) in enumerate(items):
        if a.categories != 2 or b.categories != 2:
            continue
        empty = np.argwhere(tables[k, :2, :2] == 0)
        if len(empty) > 1:
            raise DataError(
                f"{names[k][0]!r} and {names[k][1]!r} have two empty cells in their two-by-two table: one tells the"
                " other, they have no polychoric correlation; leave one of them out"
            )
        if len(empty):
            i, j = empty[0]
            sign = 1.0 if i == j else -1.0
            tables[k, :2, :2] += 0.5 * sign * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return tables


def _product_moments(tables: np.ndarray) -> np.ndarray:
    """Pearson correlations of category numbers, where the search starts."""
    size = tables.shape[1]
    n = tables.sum((1, 2))
    code = np.arange(size)
    a, b = tables.sum(2), tables.sum(1)
    mean_a, mean_b = a @ code / n, b @ code / n
    product = np.einsum("pab,a,b->p", tables, code, code) / n - mean_a * mean_b
    return product / np.sqrt((a @ code**2 / n - mean_a**2) * (b @ code**2 / n - mean_b**2))


def _by_row(one: Margin, other: Margin) -> tuple[float, np.ndarray]:
    """The correlation of two variables of which at least one is continuous or given exogenous variables.

    Returned with the influence of each row on it.
    """
    if not one.categories and not other.categories:
        rho = float((one.residual * other.residual).mean())
        score, cross = _pearson_scores(one, other, rho)
    elif one.categories and other.categories:
        rho, score, cross = _polychoric(one, other)
    elif other.categories:
        rho, score, cross = _polyserial(one, other)
    else:
        rho, score, cross = _polyserial(other, one)
        cross = cross[::-1]
    influence = score
    for margin, slope in zip((one, other), cross, strict=True):
        influence = influence - margin.rows(margin.influence @ slope)
    return rho, influence / (score @ score)


def _pearson_scores(one: Margin, other: Margin, rho: float):
    """Scores of a correlation, and their products with those of the two margins in the pair's likelihood."""
    a, b, rest = one.residual, other.residual, 1.0 - rho**2
    score = rho / rest + a * b / rest - (a**2 - 2.0 * rho * a * b + b**2) * rho / rest**2
    cross = []
    for margin, z, w in ((one, a, b), (other, b, a)):
        level = score * (z - rho * w) / (margin.sd * rest)
        spread = score * (z * (z - rho * w) / rest - 1.0) / (2.0 * margin.sd**2)
        cross.append(np.append(margin.design.T @ level, spread.sum()))
    return score, cross


def _polyserial(continuous: Margin, ordinal: Margin):
    """Polyserial correlation of a continuous and an ordinal variable (Olsson, Drasgow & Dorans, 1982).

    Every row counts. lavaan 0.6 leaves out rows with a likelihood below 1.5e-8, and which these are depends on the unit
    of the continuous variable.
    """
    z, limits = continuous.residual, [ordinal.rows(side) for side in (ordinal.upper, ordinal.lower)]
    inside = [np.isfinite(limit) for limit in limits]
    filled = [np.where(ok, limit, 0.0) for ok, limit in zip(inside, limits, strict=True)]

    def parts(rho: float):
        root = np.sqrt(1.0 - rho**2)
        ends = [(limit - rho * z) / root for limit in limits]
        mass = np.maximum(ndtr(ends[0]) - ndtr(ends[1]), np.finfo(float).eps)
        heights = [np.where(ok, _normal(end), 0.0) for ok, end in zip(inside, ends, strict=True)]
        speeds = [(rho * limit - z) / root**3 for limit in filled]
        return root, ends, mass, heights, speeds

    def derivatives(rho: np.ndarray, _):
        root, ends, mass, heights, speeds = parts(rho[0])
        slope = (heights[0] * speeds[0] - heights[1] * speeds[1]) / mass
        bends = [
            height * (limit / root**3 + 3.0 * rho[0] * speed / root**2 - np.where(ok, end, 0.0) * speed**2)
            for ok, limit, end, height, speed in zip(inside, filled, ends, heights, speeds, strict=True)
        ]
        return np.array([slope.sum()]), np.array([((bends[0] - bends[1]) / mass - slope**2).sum()])

    rho = float(_solve(derivatives, np.zeros(1), STRONGEST_SERIAL)[0])
    root, _, mass, heights, speeds = parts(rho)
    score = (heights[0] * speeds[0] - heights[1] * speeds[1]) / mass
    drop = (heights[0] - heights[1]) / mass / root
    level = (z + rho * drop) / continuous.sd
    spread = (z * z - 1.0 + rho * z * drop) / (2.0 * continuous.sd**2)
    up, down = ordinal.rows(ordinal.up), ordinal.rows(ordinal.down)
    weight = score / mass / root
    own = np.append(continuous.design.T @ (score * level), score @ spread)
    return rho, score, (own, up.T @ (weight * heights[0]) - down.T @ (weight * heights[1]))


def _polychoric(one: Margin, other: Margin):
    """Polychoric correlation of two ordinal variables given exogenous variables, row by row."""
    h = np.array([one.upper, one.lower, one.upper, one.lower])
    k = np.array([other.upper, other.upper, other.lower, other.lower])
    sign = np.array([1.0, -1.0, -1.0, 1.0])

    def inverse_mass(rho: float) -> np.ndarray:
        mass = sign @ probability(h, k, rho)
        return np.where(mass > SMALLEST, 1.0 / np.maximum(mass, SMALLEST), 0.0)

    def derivatives(rho: np.ndarray, _):
        inverse, corner = inverse_mass(rho[0]), density(h, k, rho[0])
        slope, bent = (sign @ corner) * inverse, (sign @ (corner * _second_factor(h, k, rho[0]))) * inverse
        return np.array([slope.sum()]), np.array([(bent - slope**2).sum()])

    means = [(_normal(m.lower) - _normal(m.upper)) / (ndtr(m.upper) - ndtr(m.lower)) for m in (one, other)]
    rho = float(_solve(derivatives, np.atleast_1d(np.corrcoef(means)[0, 1]), STRONGEST)[0])
    inverse = inverse_mass(rho)
    score = (sign @ density(h, k, rho)) * inverse
    root, cross = np.sqrt(1.0 - rho**2), []
    for margin, far in ((one, other), (other, one)):
        sides = []
        for limit in (margin.upper, margin.lower):
            at = np.where(np.isfinite(limit), limit, 0.0)
            strip = ndtr((far.upper - rho * at) / root) - ndtr((far.lower - rho * at) / root)
            sides.append(np.where(np.isfinite(limit), _normal(at), 0.0) * strip * score * inverse)
        cross.append(margin.up.T @ sides[0] - margin.down.T @ sides[1])
    return rho, score, cross
