"""Indices of careless answering, a number a respondent, as R's package careless 1.2.2 defines them.

Every function takes answers, rows × items (NaN: no answer), in the order in which the items were asked, and works
through the rows in chunks, so that a million rows need little memory beside the answers themselves.
"""

from collections.abc import Iterator, Sequence

import numpy as np

ROWS = 2**15  # of a chunk
ROUNDING = 1e-12  # a variance below this share of the mean square is none


def longest_run(answers: np.ndarray) -> np.ndarray:
    """The longest run of one answer, an integer a row; an open answer ends a run and is a run of 1 itself.

    ``longstring(x)`` of careless. Johnson (2005), Journal of Research in Personality 39.
    """
    longest = np.ones(len(answers), dtype=int)
    for rows, part, _ in _chunks(answers, fill=np.nan):
        run = np.ones(len(part), dtype=int)
        for left, right in zip(part.T[:-1], part.T[1:], strict=True):
            run = np.where(left == right, run + 1, 1)
            np.maximum(longest[rows], run, out=longest[rows])
    return longest


def irv(answers: np.ndarray) -> np.ndarray:
    """Intra-individual response variability: the SD (N − 1) of a row's answers; NaN with fewer than two.

    ``irv(x)`` of careless. Dunn, Heggestad, Shanock & Theilgard (2018), Journal of Business and Psychology 33.
    """
    found = np.full(len(answers), np.nan)
    for rows, part, answered in _chunks(answers):
        n = answered.sum(axis=1)
        n[n < 2] = np.nan
        mean = part.sum(axis=1) / n
        found[rows] = np.sqrt((((part - mean[:, None]) * answered) ** 2).sum(axis=1) / (n - 1))
    return found


def mahalanobis(answers: np.ndarray) -> np.ndarray:
    """Squared Mahalanobis distance D² from the mean: (x − m)' S⁻¹ (x − m) over the items that the row answered.

    m and S (N − 1) rest on all answers there are, S pair by pair, and S⁻¹ is that of all items, as in
    ``mahad(x)`` of careless, that is ``psych::outlier``. NaN for a row without answers; NaN for all rows unless S is
    positive definite: an item with one answer only, or as few rows as items. Meade & Craig (2012), Psychological
    Methods 17.
    """
    found = np.full(len(answers), np.nan)
    mean, covariance, _ = _moments(answers)
    variance = np.diag(covariance)
    if not np.isfinite(covariance).all() or not (variance > 0).all():
        return found
    if np.linalg.eigvalsh(covariance / np.sqrt(np.outer(variance, variance)))[0] < 1e-10:
        return found
    inverse = np.linalg.inv(covariance)
    for rows, part, answered in _chunks(answers):
        centred = part - mean * answered
        found[rows] = np.where(answered.any(axis=1), (centred @ inverse * centred).sum(axis=1), np.nan)
    return found


def even_odd(answers: np.ndarray, scales: Sequence[Sequence[int]]) -> np.ndarray:
    """Even-odd inconsistency: −2r / (1 + r), from −1 to 1, higher is worse; r is a correlation within the row.

    r is that of the means of the even and of the odd items over ``scales``, each given by the columns of its items;
    a scale of which one half is open (or has no item) does not count. NaN where fewer than two scales count or a half
    does not vary. ``evenodd(x, factors)`` of careless since 1.2.0. Items are meant to be keyed alike within a scale.
    """
    found = np.full(len(answers), np.nan)
    odd, even = np.zeros((2, answers.shape[1], len(scales)))
    for number, columns in enumerate(scales):
        odd[list(columns[0::2]), number] = 1
        even[list(columns[1::2]), number] = 1
    for rows, part, answered in _chunks(answers):
        with np.errstate(invalid="ignore", divide="ignore"):
            halves = [part @ half / (answered @ half) for half in (odd, even)]
        both = np.isfinite(halves[0] + halves[1])
        x, y = (np.where(both, half, 0) for half in halves)
        n = both.sum(axis=1).astype(float)
        r = _correlation(n, x.sum(axis=1), y.sum(axis=1), *((a * b).sum(axis=1) for a, b in ((x, x), (y, y), (x, y))))
        with np.errstate(divide="ignore"):
            found[rows] = -np.maximum(2 * r / (1 + r), -1)
    return found


def synonyms(answers: np.ndarray, correlation: float = 0.6) -> np.ndarray:
    """Psychometric synonyms: the correlation within the row over pairs of items that correlate above ``correlation``.

    The items' correlations rest on the rows that answered both. NaN where fewer than three pairs were answered or one
    side does not vary; there careless, ``psychsyn(x, correlation)``, swaps items at random until there is some
    number, unless it is told ``resample_na = FALSE``, which this equals. Low is worse. Meade & Craig (2012).
    """
    r = _moments(answers)[2]
    return _over_pairs(answers, np.tril(r > correlation, -1))


def antonyms(answers: np.ndarray, correlation: float = 0.6) -> np.ndarray:
    """Psychometric antonyms: as `synonyms`, over pairs of items that correlate below −``correlation``. High is worse.

    ``psychsyn(x, correlation, anto = TRUE, resample_na = FALSE)`` of careless, which is ``psychant`` without swapping.
    """
    r = _moments(answers)[2]
    return _over_pairs(answers, np.tril(r < -correlation, -1))


def _chunks(answers: np.ndarray, fill: float = 0.0) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Chunks of rows: which, their answers with ``fill`` where there is none, and 1.0 or 0.0: answered or not."""
    for start in range(0, len(answers), ROWS):
        rows = slice(start, start + ROWS)
        answered = ~np.isnan(answers[rows])
        yield rows, np.where(answered, answers[rows], fill), answered.astype(float)


def _moments(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of the items, covariances (N − 1) and correlations of each two over the rows that answered both.

    ``colMeans(x, na.rm = TRUE)``, ``cov`` and ``cor(x, use = "pairwise.complete.obs")`` in R; NaN where undefined.
    """
    items = answers.shape[1]
    lowest, highest = (np.nan_to_num(f.reduce(answers, axis=0, initial=np.nan)) for f in (np.fmin, np.fmax))
    middle = (lowest + highest) / 2  # sums of deviations from it lose no digits, and are 0 where nothing varies
    n, total, square, product = np.zeros((4, items, items))
    for _, part, answered in _chunks(answers):
        centred = part - middle * answered
        n += answered.T @ answered
        total += centred.T @ answered  # [j, k]: sum of item j over the rows that answered item k
        square += (centred**2).T @ answered
        product += centred.T @ centred
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = middle + np.diag(total) / np.diag(n)
        deviation = square - total**2 / n
        deviation[deviation <= ROUNDING * square] = np.nan
        joint = product - total * total.T / n
        covariance = np.where(n > 1, joint / (n - 1), np.nan)
        correlation = joint / np.sqrt(deviation * deviation.T)
    return mean, covariance, correlation


def _over_pairs(answers: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The correlation within each row over pairs of items (items × items, True: row and column are a pair).

    Sums over pairs are products of matrices of items, so the number of pairs costs nothing.
    """
    found = np.full(len(answers), np.nan)
    if not pairs.any():
        return found
    pairs = pairs.astype(float)
    for rows, part, answered in _chunks(answers):
        first, second = answered @ pairs.T, answered @ pairs  # answered pairs in which an item is first, second
        sums = [(values * times).sum(axis=1) for values in (part, part**2) for times in (first, second)]
        n = (second * answered).sum(axis=1)
        r = _correlation(n, sums[0], sums[1], sums[2], sums[3], (part @ pairs * part).sum(axis=1))
        found[rows] = np.where(n > 2, r, np.nan)
    return found


def _correlation(n, x, y, xx, yy, xy) -> np.ndarray:
    """Pearson's r from the number of pairs, the sums and the sums of products; NaN where a side does not vary."""
    vary_x, vary_y = n * xx - x**2, n * yy - y**2
    defined = (n > 1) & (vary_x > ROUNDING * n * xx) & (vary_y > ROUNDING * n * yy)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(defined, np.clip((n * xy - x * y) / np.sqrt(vary_x * vary_y), -1, 1), np.nan)
