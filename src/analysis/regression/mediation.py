"""Direct, indirect and total effects on scores, by least squares with the bootstrap."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.regression.resampling import described, system
from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.effects import effects, reasons, without_idle_shares
from analysis.study.model import structural_paths


def mediation(scores: pd.DataFrame, controls: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The effects of every construct that reaches another over a third: results.TABLES["regression_effects"].

    Each explained construct is regressed on the controls and on all constructs with an arrow to it, without products;
    `effects` multiplies the coefficients and adds them up. As PROCESS does (Hayes 2018): the same respondents in all
    regressions, unstandardised effects, and percentile intervals (``ci_``) from ``study.draws`` resamples of the rows,
    here drawn with ``study.seed``; BC and BCa intervals stand beside them (R: ``boot::boot.ci(type = c("perc",
    "bca"))``, see `sem.bootstrap.summary`). ``std`` is b · sd(x) / sd(y), in each draw by its own SDs. A draw in which
    a regression has no solution is ``failed``. Rows are drawn one by one whatever ``study.standard_errors`` says.

    An effect with an arrow that cannot be estimated is empty, and so is a share (total indirect / total) that is no
    part of a whole: direct and total indirect effect of opposite signs, or 0 in the percentile interval of the total
    (`without_idle_shares`). ``note`` says why, and what a question that a wave did not ask costs.

    Hayes, A. F. (2018). *Introduction to mediation, moderation, and conditional process analysis* (2nd ed.). Guilford.
    """
    columns = list(TABLES["regression_effects"].columns)
    arrows = [(source, outcome) for outcome, sources in structural_paths(study).items() for source in sources]
    named = effects(study, dict.fromkeys(arrows, 1.0))
    if not named:
        return pd.DataFrame(columns=columns)
    model = system(scores, controls, study)
    samples = model.sample(), model.resamples(study.draws, study.seed), model.left_out()
    raw = zip(*(_values(study, paths.b) for paths in samples), strict=True)
    standardised = zip(*(_values(study, paths.beta) for paths in samples[:2]), strict=True)
    rows = [effect._asdict() | described(own, std) for effect, own, std in zip(named, raw, standardised, strict=True)]
    lost = reasons(study, {arrow: [model.missing[arrow]] for arrow in arrows if arrow in model.missing})
    table = pd.DataFrame(rows).assign(note=[joined(*why, model.note) for why in lost])[columns]
    return without_idle_shares(table)


def _values(study: Study, paths: Mapping[tuple[str, str], np.ndarray]) -> list[np.ndarray]:
    return [effect.value for effect in effects(study, paths)]
