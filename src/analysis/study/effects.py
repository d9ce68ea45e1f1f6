"""What the paths of a study add up to: direct, indirect and total effects, shares, and contrasts of indirect ones."""

from collections.abc import Collection, Mapping
from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.study.model import routes, structural_paths
from analysis.study.types import Study


class Effect(NamedTuple):
    """One effect: the hypothesis that claims it, its kind, its path, its value in one sample or in many."""

    hypothesis: str
    effect: str
    path: str
    value: np.ndarray


def effects(study: Study, paths: Mapping[tuple[str, str], np.ndarray | float]) -> list[Effect]:
    """The effects of every construct that reaches another over a third, always in the same order.

    ``paths``: the coefficient of each arrow (source, target), a number or an array of draws of any shape; the values
    have that shape. By source and target: the direct effect (if there is an arrow), every specific indirect effect
    (the product of its arrows), their sum if they are several, the total effect (direct + total indirect) and the
    share that is indirect (total indirect / total; Alwin & Hauser 1975). Then the differences between specific
    indirect effects of one source on one target, and between the hypothesised ones on one target.
    """
    ways, direct = routes(study), structural_paths(study)
    claimed = {h.path: name for name, h in study.hypotheses.items() if h.kind == "mediation"}
    specific = {way: prod(np.asarray(paths[arrow], float) for arrow in zip(way, way[1:], strict=False)) for way in ways}
    found = []
    for source, target in dict.fromkeys((way[0], way[-1]) for way in ways):
        between = {way: value for way, value in specific.items() if (way[0], way[-1]) == (source, target)}
        total = indirect = sum(between.values())
        ends = f"{source} -> {target}"
        if source in direct[target]:
            found.append(Effect("", "direct", ends, np.asarray(paths[source, target], float)))
            total = indirect + paths[source, target]
        found += [Effect(claimed.get(way, ""), "indirect", " -> ".join(way), value) for way, value in between.items()]
        if len(between) > 1:
            found.append(Effect("", "total indirect", ends, indirect))
        found.append(Effect("", "total", ends, total))
        if source in direct[target]:
            with np.errstate(divide="ignore", invalid="ignore"):
                found.append(Effect("", "share", ends, indirect / total))
    for a, b in combinations(ways, 2):
        if a[-1] == b[-1] and (a[0] == b[0] or {a, b} <= set(claimed)):
            names = " - ".join(filter(None, (claimed.get(a), claimed.get(b)))) if {a, b} <= set(claimed) else ""
            path = f"{' -> '.join(a)} - {' -> '.join(b)}"
            found.append(Effect(names, "contrast", path, specific[a] - specific[b]))
    return found


def no_share(direct: float, indirect: float, total_interval: tuple[float, float]) -> str:
    """Why the share of a total effect that is indirect says nothing, or "" if it does.

    A part of a whole needs parts of one sign and a whole that is not 0 (MacKinnon, Krull & Lockwood 2000). Without an
    interval (NaN) the signs alone are looked at.
    """
    lower, upper = total_interval
    if direct * indirect < 0:
        return "no share: the direct and the indirect effect have opposite signs (suppression)"
    if lower <= 0 <= upper:
        return "no share: the interval of the total effect contains 0"
    return ""


def reasons(study: Study, why: Mapping[tuple[str, str], Collection[str]]) -> list[list[str]]:
    """Of every effect of `effects`, why it has no value: what is said of the arrows (source, target) that it needs."""
    sound = {(source, target): 1.0 for target, sources in structural_paths(study).items() for source in sources}
    found: list[dict[str, None]] = [{} for _ in effects(study, sound)]
    for arrow, said in why.items():
        for mine, effect in zip(found, effects(study, sound | {arrow: np.nan}), strict=True):
            mine |= dict.fromkeys(said) if np.isnan(effect.value) else {}
    return [list(mine) for mine in found]


def without_idle_shares(table: pd.DataFrame) -> pd.DataFrame:
    """A table of effects (results.TABLES["structural_effects"]) without the numbers of shares that say nothing
    (`no_share`, by the percentile interval of the total effect), the reason joined to their ``note``."""
    numbers = table.columns[table.columns.get_loc("est") : table.columns.get_loc("n")]
    total = table[table["effect"] == "total"].set_index("path")
    direct = table[table["effect"] == "direct"].set_index("path")["est"]
    table = table.copy()
    for share in table[(table["effect"] == "share") & table["est"].notna()].itertuples():
        whole = total.loc[share.path]
        why = no_share(direct[share.path], whole["est"] - direct[share.path], (whole["ci_lower"], whole["ci_upper"]))
        if why:
            table.loc[share.Index, numbers] = np.nan
            table.loc[share.Index, "note"] = " | ".join(filter(None, (share.note, why)))
    return table
