"""Direct, indirect and total effects in the structural model, with bootstrap intervals."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem import Bootstrap, Fit, SemWarning
from analysis.sem.bootstrap import summary
from analysis.sem.side_by_side import joined, trouble, usable
from analysis.study import Study
from analysis.study.effects import Effect, effects, reasons, without_idle_shares
from analysis.study.model import structural_paths, term

_FIRST = 20  # draws that show whether the others are worth the wait


def structural_effects(
    fitted: Fit | None, why_not: str, study: Study, left_out: Mapping[str, str], cores: int = 1
) -> pd.DataFrame:
    """Every effect that the study implies, a row each; the columns of results.TABLES["structural_effects"].

    ``fitted``: the structural model by ML, whose estimates are those of MLR; None, and ``why_not``, where it cannot be
    estimated. ``study``: the whole one; ``left_out``: its constructs that are not in the model, and why. The arrows
    have ``study.draws`` draws from ``study.seed`` (R: ``bootstrapLavaan(fit, R, FUN)``, the effects being FUN), shared
    by ``cores`` processes; for the intervals see `sem.bootstrap.summary`. Draws whose solution is improper count.

    An effect with an arrow that was not estimated is empty, and so is a share that is no part of a whole (`no_share`);
    a model that hardly any resample can be fitted to has estimates without intervals. ``note`` says why.
    """
    named = effects(study, dict.fromkeys(_arrows(study), np.nan))
    notes, drawn = [why_not] * len(named), None
    if named and fitted is not None:
        hopeless = _hopeless(fitted)
        if not hopeless:
            drawn = _bootstrap(fitted, study.draws, study.seed, cores)
        gone = {c: f"{c} was left out: {why}" for c, why in left_out.items()}
        lost = {arrow: [gone[c] for c in arrow if c in gone] for arrow in _arrows(study)}
        notes = [joined(*why, hopeless) for why in reasons(study, lost)]
    table = pd.DataFrame(_rows(fitted, drawn, study), columns=list(TABLES["structural_effects"].columns))
    return without_idle_shares(table.assign(note=notes))


def _bootstrap(fitted: Fit, draws: int, seed: int, cores: int = 1) -> Bootstrap:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemWarning)  # the table counts failed and improper draws
        return fitted.bootstrap(draws, seed=seed, cores=cores)


def _hopeless(fitted: Fit) -> str:
    """Why resamples are not worth drawing, or "": hours would pass over draws that fail."""
    if not usable(fitted):
        return trouble(fitted)
    paths = fitted.standardized().query("op == '~' and se > 1")
    if len(paths):
        first = paths.loc[paths["se"].idxmax()]
        return (
            f"no bootstrap: nearly not identified, {first['lhs']} ~ {first['rhs']} has a standard error beyond 1 (std.)"
        )
    failed = len(_bootstrap(fitted, _FIRST, 0).failed)
    return f"no bootstrap: {failed} of {_FIRST} draws tried first failed" if failed > _FIRST / 2 else ""


def _rows(fitted: Fit | None, drawn: Bootstrap | None, study: Study) -> list[dict]:
    parameters = ["lhs", "op", "rhs", "est", "std_all"]
    table = fitted.parameters[parameters] if usable(fitted) else pd.DataFrame(columns=parameters)
    place = {(p.rhs, p.lhs): k for k, p in enumerate(table.itertuples()) if p.op == "~"}

    def found(values: np.ndarray) -> list[Effect]:
        """The effects by values of the parameters (…, parameters); NaN without an arrow of theirs."""
        arrows = {(a, b): place.get((term(study, a), term(study, b))) for a, b in _arrows(study)}
        none = np.full(values.shape[:-1], np.nan)
        return effects(study, {arrow: none if k is None else values[..., k] for arrow, k in arrows.items()})

    est, std = table["est"].to_numpy(float), table["std_all"].to_numpy(float)
    nothing = np.empty((0, len(table)))
    draws, left_out, std_draws = (drawn.est, drawn.left_out, drawn.std_all) if drawn else [nothing] * 3
    counts = {"n": fitted.nobs if fitted else 0, "draws": drawn.draws if drawn else 0, "seed": study.seed}
    counts["improper"] = int(drawn.improper.sum()) if drawn else 0
    rows = []
    for effect, *sampled, of_std, std_sampled in zip(*map(found, (est, draws, left_out, std, std_draws)), strict=True):
        limits = summary(float(of_std.value), std_sampled.value, np.array([]))
        values = sampled[0].value
        rows.append(
            {
                **dict(zip(("hypothesis", "effect", "path"), effect[:3], strict=True)),
                **{"est": float(effect.value), "std": float(of_std.value)},
                **summary(float(effect.value), values, sampled[1].value),
                **{"std_ci_lower": limits["ci_lower"], "std_ci_upper": limits["ci_upper"]},
                **counts,
                "failed": counts["draws"] - int(np.isfinite(values).sum()),
            }
        )
    return rows


def _arrows(study: Study) -> list[tuple[str, str]]:
    return [(source, target) for target, sources in structural_paths(study).items() for source in sources]
