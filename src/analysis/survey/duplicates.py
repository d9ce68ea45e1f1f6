"""Rows that were handed in more than once: exact copies, and rows that nearly agree with an earlier one."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

KEY, PAIR = 3e-7, 3e-9  # seconds, roughly: to sort a row by a key; to compare two rows in 64 answers and one bit


def alike(columns: Iterable[np.ndarray]) -> np.ndarray:
    """A number a row, counted from 0 by first appearance: the same for rows that are the same in all columns.

    An empty cell equals an empty cell.
    """
    coded = [pd.factorize(column, use_na_sentinel=False) for column in columns]
    return pd.factorize(_key([codes for codes, _ in coded], [len(found) for _, found in coded]))[0]


def earlier_copies(columns: Iterable[np.ndarray]) -> np.ndarray:
    """How many earlier rows are the same in all columns: 0 for the first of its kind."""
    rows = pd.Series(alike(columns))
    return rows.groupby(rows).cumcount().to_numpy()


def common_rows(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """How many rows of a table are also in another one; both have the same columns."""
    rows = alike([pd.concat([one[column], other[column]]).to_numpy() for column in one])
    return int(np.isin(rows[: len(one)], rows[len(one) :]).sum())


def nearest_earlier(answers: np.ndarray, threshold: float) -> np.ndarray:
    """The largest share of equal answers with any earlier row, NaN where none reaches ``threshold`` (above .5, to 1).

    ``answers`` is rows × questions, NaN: open. The share is equal answers / questions that at least one of the
    two rows answered: what both left open says nothing, what one left open is a difference. A row that answered fewer
    than half of the questions is compared with none.

    The result is exact. Rows whose share reaches the threshold differ in at most k of p questions,
    k = (1 − threshold) p; so of any k + m blocks of questions they agree in m entirely, and it is enough to compare,
    for each choice of m blocks, the rows that agree in them. Which m is cheapest depends on the data and is estimated.
    """
    nearest = np.full(len(answers), np.nan)
    compared = np.flatnonzero(2 * (~np.isnan(answers)).sum(axis=1) >= answers.shape[1])
    codes = [pd.factorize(column[compared])[0] + 1 for column in answers.T]  # 0: open
    copies = pd.Series(alike(codes)).duplicated().to_numpy()
    nearest[compared[copies]] = 1.0
    codes = [column[~copies] for column in codes]
    nearest[compared[~copies]] = _nearest_of_different(codes, threshold)
    return nearest


def _nearest_of_different(codes: list[np.ndarray], threshold: float) -> np.ndarray:
    """`nearest_earlier` for rows no two of which are the same, given as a column of codes a question."""
    nearest = np.full(len(codes[0]), np.nan)
    most = int((1 - threshold) * len(codes) + 1e-9)  # questions in which near duplicates differ
    planes, answered = _bits(codes)
    for order, ends in _groups_to_compare(codes, most, cost=PAIR * len(planes) * len(planes[0])):
        sorted_planes = [[word[order] for word in plane] for plane in planes]
        sorted_answered = [word[order] for word in answered]
        place = np.arange(len(order))
        for step in range(1, len(order)):
            place = place[place + step < ends[place]]
            if not len(place):
                break
            other = place + step
            different = either = 0
            for word, has in enumerate(sorted_answered):
                unequal = 0
                for plane in sorted_planes:
                    unequal |= plane[word][place] ^ plane[word][other]
                different += np.bitwise_count(unequal).astype(int)
                either += np.bitwise_count(has[place] | has[other]).astype(int)
            share = (either - different) / either
            near = share >= threshold
            later = order[other[near]]
            nearest[later] = np.fmax(nearest[later], share[near])
    return nearest


def _groups_to_compare(codes: list[np.ndarray], most: int, cost: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Groups of rows that among them hold all pairs of rows with at most ``most`` differences.

    Each time: rows, ascending within a group and group after group, and for each the place where its group ends.
    ``cost`` is what comparing two rows takes, in seconds.
    """
    rows = len(codes[0])
    cheapest, agreeing, blocks = rows**2 / 2 * cost, 0, []
    for m in range(1, min(3, len(codes) - most) + 1):
        choices = comb(most + m, m)
        if choices * rows * KEY > cheapest:
            break
        parts = [alike(codes[start :: most + m]) for start in range(most + m)]
        counts = np.bincount(alike(parts[:m])).astype(float)
        needed = choices * (rows * KEY + (counts * (counts - 1)).sum() / 2 * cost)
        if needed < cheapest:
            cheapest, agreeing, blocks = needed, m, parts
    if not agreeing:
        yield np.arange(rows), np.full(rows, rows)
        return
    sizes = [int(block.max(initial=0)) + 1 for block in blocks]
    for chosen in combinations(range(len(blocks)), agreeing):
        key = _key([blocks[b] for b in chosen], [sizes[b] for b in chosen])
        shared = np.flatnonzero(pd.Series(key).duplicated(keep=False))
        order = shared[np.argsort(key[shared], kind="stable")]
        yield order, np.searchsorted(key[order], key[order], side="right")


def _key(columns: list[np.ndarray], sizes: list[int]) -> np.ndarray:
    """One integer a row that tells apart whatever the columns of codes (from 0, below their sizes) tell apart."""
    key, span = np.zeros(len(columns[0]), dtype=np.int64), 1
    for codes, size in zip(columns, sizes, strict=True):
        if span * size >= 2**62:
            key, found = pd.factorize(key)
            span = len(found)
        key = key * size + codes
        span *= size
    return key


def _bits(codes: list[np.ndarray]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
    """The codes as bits, a question a bit of a word of 64: for each binary digit of the codes, and answered or not.

    Each a list of words, a word an integer a row. Two rows differ where any digit does.
    """
    digits = max(int(column.max(initial=1)) for column in codes).bit_length()

    def words(bit_of) -> list[np.ndarray]:
        found = [np.zeros(len(codes[0]), dtype=np.uint64) for _ in range(-(-len(codes) // 64))]
        for question, column in enumerate(codes):
            found[question // 64] |= bit_of(column).astype(np.uint64) << np.uint64(question % 64)
        return found

    return [words(lambda column, d=digit: (column >> d) & 1) for digit in range(digits)], words(
        lambda column: column > 0
    )
