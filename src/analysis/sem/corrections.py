"""p corrected for the number of tests."""

import numpy as np

CORRECTIONS = ("holm", "bh")


def adjusted(p: np.ndarray, correction: str) -> np.ndarray:
    """p corrected by ``holm`` (1979) or Benjamini & Hochberg (``bh``, 1995) for the number of those that are not NaN.

    R: ``p.adjust(p, "holm" | "BH")``. NaN stays NaN.
    """
    p = np.asarray(p, float)
    known = np.flatnonzero(np.isfinite(p))
    order, m = known[np.argsort(p[known], kind="stable")], len(known)
    rank, found = np.arange(1, m + 1), np.full(len(p), np.nan)
    if correction == "holm":
        found[order] = np.maximum.accumulate((m - rank + 1) * p[order])
    elif correction == "bh":
        found[order] = np.minimum.accumulate((m / rank * p[order])[::-1])[::-1]
    else:
        raise ValueError(f"correction must be one of {', '.join(CORRECTIONS)}, not {correction!r}")
    return np.minimum(found, 1.0)
