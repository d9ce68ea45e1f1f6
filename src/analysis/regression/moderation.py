"""What a moderator changes: simple slopes, the region where a slope is significant, conditional indirect effects."""

from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from analysis.regression.hierarchical import blocks, clustered, df_of, fit, merged, sample
from analysis.regression.resampling import Paths, System, described, system
from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Hypothesis, Study
from analysis.study.model import product_term, product_terms

FEW_VALUES = 5  # a moderator with so many values at most is looked at where it has them, not at mean and SD
GRID = 101  # values of the moderator from its lowest to its highest score


@dataclass(frozen=True)
class Slope:
    """The slope of a moderated step in the last model of its outcome: b[0] + b[1] · (moderator − its mean).

    ``b`` and ``cov`` are empty (NaN) where they cannot be estimated; ``note`` says why, and what else is to be known.
    """

    place: dict[str, str]  # hypothesis, outcome, predictor, moderator
    b: np.ndarray
    cov: np.ndarray
    df: float
    scores: pd.Series  # of the moderator, of the respondents of the model
    note: str

    def at(self, values: np.ndarray) -> pd.DataFrame:
        """Slopes at some scores of the moderator: var = v00 + 2 d v01 + d² v11 with d the score minus its mean."""
        from scipy.stats import t as student

        d = np.asarray(values, float) - self.scores.mean()
        slope = self.b[0] + self.b[1] * d
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.sqrt(self.cov[0, 0] + 2 * d * self.cov[0, 1] + d**2 * self.cov[1, 1])
            t = slope / se
        reach = student.ppf(0.975, self.df) * se
        return pd.DataFrame(
            {
                **{"value": values, "slope": slope, "t": t, "se": se, "pvalue": 2 * student.sf(np.abs(t), self.df)},
                **{"ci_lower": slope - reach, "ci_upper": slope + reach},
            }
        )

    def boundaries(self, significance: float) -> np.ndarray:
        """The scores at which p equals ``significance``, at most two: the roots of

        (b1² − t² v11) d² + 2 (b0 b1 − t² v01) d + b0² − t² v00 = 0    (Bauer & Curran 2005, eq. 12)

        with t the quantile of Student's t, as ``interactions::johnson_neyman`` in R without its control of the false
        discovery rate.
        """
        from scipy.stats import t as student

        if not np.isfinite(self.cov).all():
            return np.array([])
        t2 = student.ppf(1 - significance / 2, self.df) ** 2
        a, b = self.b[1] ** 2 - t2 * self.cov[1, 1], 2 * (self.b[0] * self.b[1] - t2 * self.cov[0, 1])
        roots = np.roots([a, b, self.b[0] ** 2 - t2 * self.cov[0, 0]])
        return np.sort(roots[np.isreal(roots)].real) + self.scores.mean()


def slopes(
    scores: pd.DataFrame, controls: pd.DataFrame, respondents: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How the slope of every moderated step goes with its moderator: results.TABLES["simple_slopes"] (Aiken & West
    1991) and ["johnson_neyman"] (Johnson & Neyman 1936; Bauer & Curran 2005).

    From the last model of `hierarchical.hierarchical`, with the study's standard errors; where other products bend the
    slope too, their moderators stand at their means. Simple slopes: a SD below the mean of the moderator, at it, and
    above; of a moderator with `FEW_VALUES` values or fewer at each of them. Johnson–Neyman: `GRID` scores from the
    lowest to the highest, and between them those at which p equals ``study.significance``; none for a step that cannot
    be estimated.

    Aiken, L. S., & West, S. G. (1991). *Multiple regression: Testing and interpreting interactions*. Sage. Bauer,
    D. J., & Curran, P. J. (2005). Probing interactions in fixed and multilevel regression. *Multivariate Behavioral
    Research*, 40(3), 373–400.
    """
    simple, regions = [], []
    for step in _moderated(clustered(merged(scores, controls), respondents, study.standard_errors), study):
        points = probed(step.scores)
        labels = [label for label, _ in points]
        notes = [joined(step.note, outside(value, step.scores)) for _, value in points]
        found = step.at(np.array([value for _, value in points]))
        simple.append(found.assign(**step.place, method="regression", at=labels, note=notes))
        if np.isfinite(step.cov).all():
            lowest, highest = step.scores.min(), step.scores.max()
            edges = step.boundaries(study.significance)
            edges = edges[(edges >= lowest) & (edges <= highest)]
            values = np.union1d(np.linspace(lowest, highest, GRID), edges)
            below = [(step.scores < value).mean() for value in values]
            regions.append(step.at(values).assign(**step.place, boundary=np.isin(values, edges), below=below))
    return _table("simple_slopes", simple), _table("johnson_neyman", regions)


def conditional_effects(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Indirect effects at values of their moderator, and what they differ by: results.TABLES["conditional_effects"].

    The regressions of `mediation.mediation` with all products of the study in them (the same respondents in all, so
    coefficients may differ a little from `hierarchical.hierarchical`). The indirect effect at w is the product of its
    steps, where a step with a product of the moderator has the slope b + b_product · (w − mean), the moderators of
    other products being at their means; at the values of `slopes`. The index of moderated mediation (Hayes 2015) is
    what the indirect effect gains with each unit of w: b_product times the other steps. It exists if the moderator
    bends one step; if it bends several, the gain is no constant, and only the contrast tells: the effect at the highest
    of the values minus that at the lowest. As in PROCESS, values and means are those of the sample in every draw.
    ``std`` is est · sd(x) / sd(y), of the index also times sd(w).

    Hayes, A. F. (2015). An index and test of linear moderated mediation. *Multivariate Behavioral Research*, 50(1),
    1–22.
    """
    claimed = {name: h for name, h in study.hypotheses.items() if h.kind == "moderated mediation"}
    if not claimed:
        return _table("conditional_effects", [])
    model = system(scores, controls, study, product_terms(study))
    samples = model.sample(), model.resamples(study.draws, study.seed), model.left_out()
    rows = [row for name, h in claimed.items() for row in _conditional(name, h, model, samples, study)]
    return _table("conditional_effects", [pd.DataFrame(rows)])


def probed(scores: pd.Series) -> list[tuple[str, float]]:
    """Where effects of a moderator are looked at, by name; one empty place if it does not vary."""
    values = np.unique(scores)
    if len(values) < 2:
        return [("", np.nan)]
    if len(values) <= FEW_VALUES:
        return [(f"{value:g}", float(value)) for value in values]
    mean, sd = scores.mean(), scores.std()
    return [("-1 SD", mean - sd), ("mean", mean), ("+1 SD", mean + sd)]


def outside(value: float, scores: pd.Series) -> str:
    """What to know of an effect at a score that nobody comes near."""
    lowest, highest = scores.min(), scores.max()
    if value < lowest or value > highest:
        return f"{value:.2f} is outside the observed range, {lowest:g} to {highest:g}"
    return ""


def _moderated(data: pd.DataFrame, study: Study) -> list[Slope]:
    """Every moderated step of every hypothesis."""
    models, found = {}, []
    for name, hypothesis in study.hypotheses.items():
        for predictor, outcome in hypothesis.moderated:
            if outcome not in models:
                known = sample(data, outcome, blocks(study, outcome), study.standard_errors)
                terms = [t for t in known.terms if t in known.estimable]
                models[outcome] = known, fit(known.frame, outcome, terms, study.standard_errors) if terms else None
            known, fitted = models[outcome]
            moderator = hypothesis.moderated_by
            pair = [predictor, product_term(study, predictor, moderator)]
            scores = data.loc[known.frame.index, moderator]
            place = {"hypothesis": name, "outcome": outcome, "predictor": predictor, "moderator": moderator}
            lost = [term for term in pair if term not in known.estimable]
            if lost:
                why = known.why_not or f"{lost[-1]} does not vary, or follows from the other terms of {outcome}"
                found.append(Slope(place, np.full(2, np.nan), np.full((2, 2), np.nan), np.nan, scores, why))
            else:
                cov = fitted.cov_params().loc[pair, pair].to_numpy()
                b, note = fitted.params[pair].to_numpy(), joined(*known.notes, *known.error_notes)
                found.append(Slope(place, b, cov, df_of(fitted), scores, note))
    return found


def _conditional(
    name: str, hypothesis: Hypothesis, model: System, samples: tuple[Paths, Paths, Paths], study: Study
) -> list[dict]:
    """The rows of one moderated mediation."""
    moderator, (x, y) = hypothesis.moderated_by, (hypothesis.path[0], hypothesis.path[-1])
    scores, products = model.frame[moderator], product_terms(study)
    crossed = {(a, b): (product_term(study, a, moderator), b) for a, b in hypothesis.steps}
    bent = [step for step, (term, outcome) in crossed.items() if term in products.get(outcome, ())]
    needed = [*hypothesis.steps, *(crossed[step] for step in bent)]
    reasons = dict.fromkeys(model.missing[key] for key in needed if key in model.missing)

    def indirect(value: float) -> list[np.ndarray]:
        d = value - scores.mean()
        return [
            prod(p.b[step] + (p.b[crossed[step]] * d if step in bent else 0.0) for step in hypothesis.steps)
            for p in samples
        ]

    def row(effect: str, values: list[np.ndarray], unit=(1.0, 1.0), at="", value=np.nan, note="") -> dict:
        standardised = [v * p.ratio(x, y) * u for v, p, u in zip(values, samples, unit, strict=False)]
        notes = joined(*reasons, note, model.note)
        place = {"hypothesis": name, "effect": effect, "at": at, "value": value}
        return place | described(values, standardised) | {"note": notes}

    points = probed(scores)
    rows = [
        row("conditional indirect", indirect(value), at=at, value=value, note=outside(value, scores))
        for at, value in points
    ]
    if len(bent) == 1:
        others = [step for step in hypothesis.steps if step != bent[0]]
        gain = [prod((p.b[step] for step in others), start=p.b[crossed[bent[0]]]) for p in samples]
        rows.append(row("index", gain, unit=[p.sd[moderator] for p in samples[:2]]))
    (low, lowest), (high, highest) = points[0], points[-1]
    contrast = [a - b for a, b in zip(indirect(highest), indirect(lowest), strict=True)]
    return [*rows, row("contrast", contrast, note="" if "SD" in low or not low else f"at {high} minus at {low}")]


def _table(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    columns = list(TABLES[name].columns)
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
