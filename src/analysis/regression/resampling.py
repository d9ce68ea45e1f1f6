"""The regressions of all explained constructs on the same respondents: in the sample, and in resamples of its rows.

A product of paths takes all of them from one sample, so here, other than in `hierarchical`, a respondent who left out
what one regression needs is in none of them (listwise, as in PROCESS: Hayes 2018). Least squares needs of a sample its
covariance matrix alone, and those of many samples are solved in one stack.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.regression.hierarchical import merged, sample
from analysis.sem.bootstrap import interval, summary
from analysis.study import Study
from analysis.study.controls import lost_to_waves
from analysis.study.model import control_terms, structural_paths

_COUNTS = 2**22  # numbers in one table of row counts or of covariances
_SINGULAR = 1e-10  # smallest eigenvalue of the predictors' correlations at which a sample still has coefficients


class Paths(NamedTuple):
    """Least squares in S samples: the coefficient of every term by (term, outcome), the SD of every variable by name.

    Arrays of S numbers, NaN where a sample has none.
    """

    b: dict[tuple[str, str], np.ndarray]
    sd: dict[str, np.ndarray]

    @property
    def beta(self) -> dict[tuple[str, str], np.ndarray]:
        """The coefficients standardised in each sample: b · sd(x) / sd(y)."""
        return {(x, y): b * self.ratio(x, y) for (x, y), b in self.b.items()}

    def ratio(self, x: str, y: str) -> np.ndarray:
        """sd(x) / sd(y) in each sample."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.sd[x] / self.sd[y]


@dataclass(frozen=True, eq=False)
class System:
    """The regressions of all explained constructs.

    ``frame``: the respondents complete on everything, a column a control, construct and product. ``terms``: what each
    outcome is regressed on. ``missing``: the coefficients that cannot be estimated, by (term, outcome), and why.
    ``note``: what a question that a wave did not ask costs all of them, or "".
    """

    frame: pd.DataFrame
    terms: dict[str, list[str]]
    missing: dict[tuple[str, str], str]
    note: str

    def sample(self) -> Paths:
        """The coefficients themselves, arrays of one number."""
        scaled = self._scaled()
        return self._solved(scaled.T @ scaled / max(len(scaled) - 1, 1))

    def resamples(self, draws: int, seed: int) -> Paths:
        """Those of resamples of the rows, drawn with replacement (Efron & Tibshirani 1993, ch. 6), a number a draw."""
        scaled = self._scaled()
        n, pairs = len(scaled), np.tril_indices(scaled.shape[1])
        rng = np.random.Generator(np.random.Philox(seed))
        crossed = scaled[:, pairs[0]] * scaled[:, pairs[1]]
        parts = []
        for count in _batches(draws, max(n, crossed.shape[1])):
            rows = rng.integers(max(n, 1), size=(count, n)) + n * np.arange(count)[:, None]
            counts = np.bincount(rows.ravel(), minlength=count * n).reshape(count, n).astype(float)
            mean = counts @ scaled / max(n, 1)
            sums = np.empty((count, scaled.shape[1], scaled.shape[1]))
            sums[:, pairs[0], pairs[1]] = sums[:, pairs[1], pairs[0]] = counts @ crossed
            parts.append(self._solved((sums - n * mean[:, :, None] * mean[:, None, :]) / max(n - 1, 1)))
        return _joined(parts)

    def left_out(self) -> Paths:
        """Those without one row each, a number a respondent: covariances (S − n / (n − 1) d dᵀ) / (n − 2), where S
        sums the products of the deviations d from the means."""
        scaled = self._scaled()
        n, sums, parts, first = len(scaled), scaled.T @ scaled, [], 0
        for count in _batches(n, sums.size):
            d = scaled[first : first + count]
            outer = d[:, :, None] * d[:, None, :]
            parts.append(self._solved((sums - outer * n / max(n - 1, 1)) / max(n - 2, 1)))
            first += count
        return _joined(parts)

    def _scaled(self) -> np.ndarray:
        """The variables as deviations from their means in SD, so that no unit of measurement spoils the precision."""
        return ((self.frame - self.frame.mean()) / self._unit()).to_numpy()

    def _unit(self) -> pd.Series:
        return self.frame.std().where(lambda sd: sd > 0, 1.0)

    def _solved(self, covariances: np.ndarray) -> Paths:
        """Least squares from covariance matrices in units of the sample's SD, one or a stack of them."""
        stack = covariances.reshape(-1, *covariances.shape[-2:])
        unit, place = self._unit(), {name: k for k, name in enumerate(self.frame)}
        sd = np.sqrt(np.diagonal(stack, axis1=1, axis2=2).clip(min=0.0))
        b = {key: np.full(len(stack), np.nan) for key in self.missing}
        for outcome, named in self.terms.items():
            terms = [t for t in named if (t, outcome) not in self.missing]
            x, y = [place[t] for t in terms], place[outcome]
            inner, outer = stack[:, x][:, :, x], stack[:, x, y]
            varies = (sd[:, x] > 1e-6).all(axis=1)
            spread = np.where(varies[:, None], sd[:, x], 1.0)
            correlations = inner / (spread[:, :, None] * spread[:, None, :])
            proper = varies & (np.linalg.eigvalsh(correlations).min(axis=1, initial=1.0) > _SINGULAR)
            slopes = np.full(outer.shape, np.nan)
            slopes[proper] = np.linalg.solve(inner[proper], outer[proper][:, :, None])[:, :, 0]
            b |= {(t, outcome): slopes[:, k] * unit[outcome] / unit[t] for k, t in enumerate(terms)}
        return Paths(b, {name: sd[:, k] * unit[name] for name, k in place.items()})


def system(
    scores: pd.DataFrame, controls: pd.DataFrame, study: Study, products: Mapping[str, list[str]] | None = None
) -> System:
    """The regression of every explained construct on the controls, its predictors and, if given, ``products``.

    ``products``: by outcome, names of two constructs joined by :, whose factors are centred at their means. Nobody is
    lost to a construct that no wave measured: it is left out, as all is that does not vary or follows from other terms.
    """
    products = products or {}
    paths, data = structural_paths(study), merged(scores, controls)
    terms = {y: [*control_terms(study), *predictors, *products.get(y, ())] for y, predictors in paths.items()}
    needed = list(dict.fromkeys([*control_terms(study), *(name for y in paths for name in (y, *paths[y]))]))
    note = lost_to_waves(data, needed)
    unanswered = {name for name in needed if data[name].isna().all()}
    data = data.dropna(subset=[name for name in needed if name not in unanswered])
    frame = data[needed].fillna(dict.fromkeys(unanswered, 0.0))
    for product in dict.fromkeys(p for added in products.values() for p in added):
        a, b = product.split(":")
        frame[product] = (frame[a] - frame[a].mean()) * (frame[b] - frame[b].mean())
    missing = {}
    for outcome, named in terms.items():
        known = sample(data, outcome, {"all": named}, "classical")
        for term in named:
            nobody = [part for part in term.split(":") if part in unanswered]
            if known.why_not:
                missing[term, outcome] = known.why_not
            elif nobody:
                missing[term, outcome] = f"nobody has a score of {nobody[0]}"
            elif term not in known.estimable:
                missing[term, outcome] = f"{term} does not vary, or follows from the other terms of {outcome}"
    return System(frame, terms, missing, note)


def described(
    estimate: tuple[np.ndarray, np.ndarray, np.ndarray], standardised: tuple[np.ndarray, np.ndarray]
) -> dict[str, float]:
    """The bootstrap columns of one estimate, as results.TABLES["regression_effects"] has them from est to failed.

    ``estimate``: of the sample (one number), the draws, and the samples without one row each; ``standardised``: of the
    sample and the draws.
    """
    est, std = float(estimate[0].item()), float(standardised[0].item())
    draws, std_draws = estimate[1], standardised[1]
    _, std_lower, std_upper = interval(std_draws[np.isfinite(std_draws)], std, 0.95, "percentile", 0.0)
    return {
        **{"est": est, "std": std, **summary(est, draws, estimate[2])},
        **{"std_ci_lower": std_lower, "std_ci_upper": std_upper},
        **{"n": len(estimate[2]), "draws": len(draws), "failed": int((~np.isfinite(draws)).sum())},
    }


def _batches(total: int, width: int) -> list[int]:
    """How many samples are worked on at a time; at least one batch, so that there is always a result."""
    size = max(_COUNTS // max(width, 1), 1)
    return [min(size, total - first) for first in range(0, total, size)] or [0]


def _joined(parts: list[Paths]) -> Paths:
    return Paths(*({key: np.concatenate([p[k][key] for p in parts]) for key in parts[0][k]} for k in (0, 1)))
