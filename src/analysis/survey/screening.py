"""Which rows are no honest answers? The rules of the study; a row is left out with the first reason that holds."""

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.study import Study
from analysis.survey.readers import Export

REASONS = ("preview", "unfinished", "empty", "attention", "speed", "longest_run", "missing_share")


def reasons(export: Export, coded: pd.DataFrame, study: Study, wave: str) -> pd.Series:
    """Why a row is left out, one of `REASONS`, or "" where it is kept; ``coded`` before `turn_round`.

    An attention check left open leaves nobody out; the missing share is that of the construct items asked.
    Raises `UserError` if a rule needs what the file does not hold.
    """
    rules = study.screening
    asked = [v for v in study.of_kind("likert", "attention") if v not in study.waves[wave].not_asked]
    likert = coded[[v for v in asked if study.codebook[v].kind == "likert"]]
    items = coded[[i for i in study.items if i in asked]]
    flags = pd.DataFrame(False, index=coded.index, columns=list(REASONS))
    if export.dropped is not None:
        flags["preview"] = export.dropped == "preview"
        flags["unfinished"] = export.dropped == "unfinished"
    flags["empty"] = items.isna().all(axis=1)
    for check, expected in rules.attention.items():
        if check in asked:
            flags["attention"] |= coded[check].notna() & (coded[check] != expected)
    if rules.seconds_per_item and not study.waves[wave].no_duration:
        if export.duration is None:
            raise UserError(
                f"{study.waves[wave].shown} says not how long anyone took, so seconds_per_item cannot be applied. "
                f"If this wave did not record it, say no_duration: true under the wave."
            )
        flags["speed"] = export.duration < rules.seconds_per_item * len(asked)
    if rules.longest_run:
        flags["longest_run"] = longest_run(likert.to_numpy()) > rules.longest_run
    if rules.missing_share is not None:
        flags["missing_share"] = items.isna().mean(axis=1) > rules.missing_share
    first = flags.idxmax(axis=1)
    return first.where(flags.any(axis=1), "").rename("reason")


def longest_run(answers: np.ndarray) -> np.ndarray:
    """The longest run of one answer in each row (rows × items; NaN ends a run), as careless::longstring in R."""
    longest = run = np.ones(len(answers), dtype=int)
    for left, right in zip(answers.T[:-1], answers.T[1:], strict=True):
        run = np.where(left == right, run + 1, 1)
        longest = np.maximum(longest, run)
    return longest
