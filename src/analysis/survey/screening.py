"""Which rows are no honest answers? The rules that the study states, and the numbers that they look at."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2

from analysis.errors import UserError
from analysis.study import Study
from analysis.study.types import SCREENING_RULES
from analysis.survey import duplicates, indices
from analysis.survey.harmonise import turn_round
from analysis.survey.readers import STATUSES

SET_ASIDE = (*STATUSES, "empty")  # such rows are left out whatever the study states, and no rule is asked of them
REASONS = (*SET_ASIDE, *SCREENING_RULES)
SUSPECT_BELOW = ("minimum_seconds", "seconds_per_item", "irv", "synonyms")


class Screened(NamedTuple):
    """What screening found, a row a raw row: numbers, NaN where there is none, and which rules the row broke."""

    values: pd.DataFrame
    broken: pd.DataFrame


def screen(coded: pd.DataFrame, visits: pd.DataFrame, study: Study, wave_name: str) -> Screened:
    """The rules of the study applied to one wave; ``coded`` as answered, before `turn_round`, ``visits`` as read.

    ``values``: ``arrival``, the place in the order of submission from 0 to 1 (if the file has the times), and a
    column a stated rule but ``attention``. ``broken``: a column a platform's status, ``empty`` (no construct item
    answered, or no question at all where the wave asked no such item) and a column a stated rule. Rows with a status
    or without an answer are no answers: no rule is asked of them, and they count for nothing in what a rule compares
    with. A rule that cannot be applied flags nobody; `notes` says why. An attention check left open, or a duration
    that is not known, flags nobody either; nor are rows copies of each other of which neither time nor duration is
    known.

    Near duplicates are compared question by question (a question with several options is one question). Rows with
    one answer to all likert items are left to ``longest_run`` and ``irv``: that they resemble each other says nothing.

    Raises `UserError` if nobody answered an item that the wave is said to have asked, or if a rule needs durations,
    the file has none, and the wave does not say so.
    """
    _refuse(coded, visits, study, wave_name)
    rules = study.screening
    broken = pd.DataFrame(False, index=coded.index, columns=[*SET_ASIDE, *rules.stated])
    if "status" in visits:
        for status in STATUSES:
            broken[status] = visits["status"] == status
    questions = _asked(study.items, study, wave_name) or _asked(tuple(study.codebook), study, wave_name)
    broken["empty"] = coded[[c for name in questions for c in study.columns(name)]].isna().all(axis=1)
    judged = ~broken.any(axis=1)
    values = pd.DataFrame(index=coded.index)
    if "submitted" in visits:
        order = visits["submitted"].rank() - 1
        values["arrival"] = order / max(order.count() - 1, 1)
    coded, visits = coded[judged], visits[judged]
    likert = coded[_asked(study.of_kind("likert"), study, wave_name)].to_numpy(dtype=float)
    for rule in rules.stated:
        if rule == "attention":
            broken.loc[judged, rule] = _failed_attention(coded, study, wave_name)
            continue
        number = np.asarray(_number(rule, coded, visits, likert, study, wave_name), dtype=float)
        limit = _limit(rule, likert.shape[1], study)
        if rule == "near_duplicates":
            suspect = number >= limit
        else:
            suspect = number < limit if rule in SUSPECT_BELOW else number > limit
        values.loc[judged, rule] = number
        broken.loc[judged, rule] = suspect
    return Screened(values, broken)


def first_reason(broken: pd.DataFrame, study: Study) -> pd.Series:
    """Why a row is left out: the first of what it broke that leaves a row out, in the order of `REASONS`, or ""."""
    decisive = broken[[r for r in REASONS if r in (*SET_ASIDE, *study.screening.decisive)]]
    return decisive.idxmax(axis=1).where(decisive.any(axis=1), "").rename("reason")


def flags_text(broken: pd.DataFrame) -> pd.Series:
    """All that a row broke, joined by ;."""
    text = pd.Series("", index=broken.index, name="flags")
    for rule in broken:
        hit = broken[rule]
        text[hit] = text[hit] + np.where(text[hit] == "", "", ";") + rule
    return text


def summary(values: pd.DataFrame, broken: pd.DataFrame, study: Study, wave_name: str) -> pd.DataFrame:
    """The table ``screening`` of one wave: how many rows broke each stated rule, and how many no other.

    A rule that could not be applied in this wave has no row; `notes` says why.
    """
    alone = broken.sum(axis=1) == 1
    rows = [
        {
            "wave": wave_name,
            "rule": rule,
            "threshold": float("nan") if rule in ("attention", "duplicates") else getattr(study.screening, rule),
            "flagged": int(broken[rule].sum()),
            "alone": int((broken[rule] & alone).sum()),
            "leaves_out": rule in study.screening.decisive,
        }
        for rule in study.screening.stated
        if rule not in _not_applied(values, study, wave_name)
    ]
    columns = ["wave", "rule", "threshold", "flagged", "alone", "leaves_out"]
    return pd.DataFrame(rows, columns=columns).astype({"threshold": float})


def notes(values: pd.DataFrame, broken: pd.DataFrame, study: Study, wave_name: str) -> list[str]:
    """A sentence for each stated rule that could not be applied in this wave: which, and why."""
    if broken[list(SET_ASIDE)].any(axis=1).all():
        return []
    r = f"{study.screening.pair_correlation:g}"
    why = {
        "attention": "it asked none of the attention checks",
        "minimum_seconds": "the file does not say how long anyone took",
        "seconds_per_item": "the file does not say how long anyone took",
        "irv": "nobody answered two items",
        "mahalanobis": "the covariances of the items have no inverse, because there are too few rows for so many "
        "items, or because an item has one answer only or follows from others",
        "even_odd": "it needs three scales of two items or more, and answers that differ",
        "synonyms": f"nobody answered three pairs of items that correlate above {r}, or there are no such pairs",
        "antonyms": f"nobody answered three pairs of items that correlate below −{r}, or there are no such pairs",
        "duplicates": "the file says neither when nor for how long anyone answered, and answers alone may agree",
        "same_address": "the file has no network addresses",
    }
    shown = study.waves[wave_name].shown
    return [f"{shown}: {rule} is not applied: {why[rule]}." for rule in _not_applied(values, study, wave_name)]


def _refuse(coded: pd.DataFrame, visits: pd.DataFrame, study: Study, wave_name: str) -> None:
    wave, faults = study.waves[wave_name], []
    items = _asked(study.of_kind("likert"), study, wave_name)
    open_items = [item for item, answers in coded[items].items() if answers.isna().all()]
    if open_items:
        faults.append(
            f"{wave.shown}: nobody answered {', '.join(open_items)}. If this wave did not ask that, "
            f"say under the wave: not_asked: [{', '.join(open_items)}]"
        )
    timed = [rule for rule in ("minimum_seconds", "seconds_per_item") if rule in study.screening.stated]
    if timed and not wave.no_duration and ("seconds" not in visits or visits["seconds"].isna().all()):
        unread = "; its column of durations holds none that can be read" if "seconds" in visits else ""
        faults.append(
            f"{wave.shown} does not say how long anyone took{unread}, so {' and '.join(timed)} cannot be applied. "
            "If this wave did not record it, say under the wave: no_duration: true"
        )
    known = visits["seconds"].notna().sum() if "seconds" in visits else 0
    if wave.no_duration and known:
        faults.append(
            f"{wave.shown}: the study says that the file does not tell how long anyone took (no_duration), but it "
            f"does, in {known} rows. Take no_duration out of the wave."
        )
    if faults:
        raise UserError("\n".join(faults))


def _asked(variables: tuple[str, ...], study: Study, wave_name: str) -> list[str]:
    return [v for v in variables if v not in study.waves[wave_name].not_asked]


def _failed_attention(coded: pd.DataFrame, study: Study, wave_name: str) -> pd.Series:
    failed = pd.Series(False, index=coded.index)
    for check in _asked(tuple(study.screening.attention), study, wave_name):
        failed |= coded[check].notna() & (coded[check] != study.screening.attention[check])
    return failed


def _limit(rule: str, items: int, study: Study) -> float:
    """The number beyond which a row is suspect."""
    if rule == "duplicates":
        return 0
    threshold = getattr(study.screening, rule)
    return chi2.ppf(threshold, items) if rule == "mahalanobis" else threshold


def _number(rule: str, coded, visits, likert: np.ndarray, study: Study, wave_name: str) -> np.ndarray | pd.Series:
    """What a rule looks at, a number a row: NaN throughout where it cannot be applied."""
    unknown = np.full(len(coded), np.nan)
    match rule:
        case "minimum_seconds" | "seconds_per_item":
            if study.waves[wave_name].no_duration:
                return unknown
            statements = len(_asked(study.of_kind("likert", "attention"), study, wave_name))
            return visits["seconds"] / (statements if rule == "seconds_per_item" else 1)
        case "longest_run":
            return indices.longest_run(likert)
        case "irv":
            return indices.irv(likert)
        case "mahalanobis":
            return indices.mahalanobis(likert)
        case "even_odd":
            names = _asked(study.of_kind("likert"), study, wave_name)
            scales = [[i for i, name in enumerate(names) if name in scale] for scale in _narrowest_scales(study)]
            if sum(len(scale) > 1 for scale in scales) < 3:
                return unknown
            return indices.even_odd(turn_round(coded, study)[names].to_numpy(dtype=float), scales)
        case "synonyms":
            return indices.synonyms(likert, study.screening.pair_correlation)
        case "antonyms":
            return indices.antonyms(likert, study.screening.pair_correlation)
        case "missing_share":
            return coded[_asked(study.items, study, wave_name)].isna().mean(axis=1)
        case "duplicates":
            told = visits[[column for column in ("submitted", "seconds") if column in visits]]
            known = told.notna().any(axis=1).to_numpy()
            columns = [column[known] for table in (coded, told) for _, column in table.items()]
            unknown[known] = duplicates.earlier_copies(columns)
            return unknown
        case "near_duplicates":
            varied = np.fmax.reduce(likert, axis=1, initial=np.nan) > np.fmin.reduce(likert, axis=1, initial=np.nan)
            unknown[varied] = duplicates.nearest_earlier(
                _by_question(coded[varied], study, wave_name), study.screening.near_duplicates
            )
            return unknown
        case "same_address":
            if "address" not in visits:
                return unknown
            address = visits["address"].replace("", None)
            return address.map(address.value_counts())


def _narrowest_scales(study: Study) -> list[tuple[str, ...]]:
    """The items of every dimension, and of every construct without dimensions."""
    constructs = study.constructs.values()
    return [part.items for c in constructs for part in (c.dimensions.values() if c.dimensions else [c])]


def _by_question(coded: pd.DataFrame, study: Study, wave_name: str) -> np.ndarray:
    """Rows × questions asked; of a question with several options, a number a set of options ticked."""
    questions = []
    for variable in _asked(tuple(study.codebook), study, wave_name):
        columns = [coded[column] for column in study.columns(variable)]
        if len(columns) > 1:
            answered = pd.concat(columns, axis=1).notna().any(axis=1)
            questions.append(np.where(answered, duplicates.alike(columns), np.nan))
        elif columns:
            questions.append(columns[0])
    return np.column_stack(questions)


def _not_applied(values: pd.DataFrame, study: Study, wave_name: str) -> list[str]:
    """The stated rules that could not be applied; that no row is a near duplicate is a finding."""
    return [
        rule
        for rule in study.screening.stated
        if (rule == "attention" and not _asked(tuple(study.screening.attention), study, wave_name))
        or (rule not in ("attention", "near_duplicates") and values[rule].isna().all())
    ]
