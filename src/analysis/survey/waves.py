"""From one raw file to the answers of a wave, and from the waves to the tables that all later stages read."""

from typing import NamedTuple

import pandas as pd

from analysis.study import Study
from analysis.study.model import control_terms
from analysis.study.scores import score
from analysis.survey import linking, readers, screening
from analysis.survey.harmonise import harmonise, turn_round


class Cleaned(NamedTuple):
    """What became of a wave, as the tables of the same names in `analysis.results`."""

    respondents: pd.DataFrame
    left_out: pd.DataFrame
    ledger: pd.DataFrame
    flags: pd.DataFrame
    crosswalk: pd.DataFrame
    privacy: pd.DataFrame
    screening: pd.DataFrame
    survey_notes: pd.DataFrame


def clean(study: Study, wave: str) -> Cleaned:
    """One wave: the coded answers of those kept and of those left out, and an account of all its raw rows.

    Raises `UserError` for whatever the file holds that the study does not explain.
    """
    export = readers.read(study.waves[wave])
    found = harmonise(export, study, wave)
    values, broken = screened = screening.screen(found.coded, export.visits, study, wave)
    reason = screening.first_reason(broken, study)
    who = pd.DataFrame({"respondent": [f"{wave}:{row}" for row in found.coded.index], "wave": wave}, reason.index)
    status = reason.map(lambda r: "left_out" if r else "kept").rename("status")
    place = pd.DataFrame({"wave": wave, "file": study.waves[wave].shown, "row": reason.index}, reason.index)
    firm = linking.hashed(found.identifier, linking.salt_of(study)) if study.of_kind("identifier") else ""
    answers = turn_round(found.coded, study).drop(columns=list(study.of_kind("attention")))
    answers = pd.concat([who.assign(firm=firm), answers], axis=1)
    notes = [
        *found.notes,
        *_asked_in_part(study, wave),
        *screening.notes(*screened, study, wave),
    ]
    private = [{"wave": wave, "kind": k, "columns": c, "cells": n} for k, (c, n) in sorted(found.private.items())]
    tables = Cleaned(
        respondents=answers[reason == ""],
        left_out=answers[reason.isin(study.screening.decisive)],
        ledger=pd.concat([place, status, reason.rename("reason")], axis=1),
        flags=pd.concat([who, status, screening.flags_text(broken).rename("flags"), values], axis=1),
        crosswalk=found.crosswalk,
        privacy=pd.DataFrame(private, columns=["wave", "kind", "columns", "cells"]),
        screening=screening.summary(*screened, study, wave),
        survey_notes=pd.DataFrame({"wave": wave, "note": notes}, dtype=str),
    )
    return Cleaned(*(table.reset_index(drop=True) for table in tables))


def _asked_in_part(study: Study, wave: str) -> list[str]:
    """A sentence for each construct of which the wave asked some items only."""
    notes, described = [], study.waves[wave]
    for name, construct in study.constructs.items():
        items = construct.all_items
        asked = [item for item in items if item not in described.not_asked]
        if 0 < len(asked) < len(items):
            notes.append(
                f"{described.shown}: of the {len(items)} items of {name} {len(asked)} were asked ({', '.join(asked)}). "
                "Its score there is their mean, to be compared with other waves with care; it is empty if they are "
                "less than the share score_share of its items."
            )
    return notes


def scores(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Person means of every construct and dimension; empty where too few items are answered (`score`)."""
    table = respondents[["respondent", "wave"]].copy()
    for name, items in study.scales().items():
        table[name] = score(respondents[list(items)], study)
    return table


def controls(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The columns that stand for the controls in every model: numbers as they are, nominal answers as dummies."""
    table = respondents[["respondent", "wave"]].copy()
    for name, (variable, value) in control_terms(study).items():
        answers = respondents[variable]
        table[name] = answers if value is None else (answers == value).astype(float).where(answers.notna())
    return table


def case_flow(ledger: pd.DataFrame) -> pd.DataFrame:
    """Rows by wave: raw, left out by reason, kept; raw is the sum of the others.

    Raises ValueError for a row left out for a reason that is none of `screening.REASONS`.
    """
    steps = ledger["reason"].where(ledger["status"] == "left_out", "kept")
    if unknown := set(steps) - {*screening.REASONS, "kept"}:
        raise ValueError(f"rows left out for an unknown reason: {', '.join(sorted(unknown))}")
    counts = pd.crosstab(ledger["wave"], steps).loc[ledger["wave"].unique()]
    counts.insert(0, "raw", ledger["wave"].value_counts())
    order = ["raw", *(r for r in screening.REASONS if r in counts), "kept"]
    flow = counts.reindex(columns=order, fill_value=0).rename_axis(columns="step")
    return flow.stack().rename("n").reset_index()


def sample(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Who answered: counts and shares of every attribute, mean and SD of the numeric ones.

    Of a question with several options the shares are those of the respondents who ticked each.
    """
    rows = []
    for name in study.of_kind("ordinal", "nominal", "multiple"):
        codes = list(study.options(name))
        ticked = study.codebook[name].kind == "multiple"
        columns = study.columns(name) if ticked else [name] * len(codes)
        for code, column in zip(codes, columns, strict=True):
            answers = respondents[column].dropna()
            n = int((answers == (1 if ticked else code)).sum())
            rows.append({"variable": name, "code": code, "n": n, "share": n / len(answers) if len(answers) else None})
    for name in study.of_kind("number"):
        answers = respondents[name].dropna()
        rows.append({"variable": name, "n": len(answers), "mean": answers.mean(), "sd": answers.std()})
    columns = ["variable", "code", "n", "share", "mean", "sd"]
    return pd.DataFrame(rows, columns=columns).astype({"variable": str, "n": int})


def panel(respondents: pd.DataFrame) -> pd.DataFrame:
    """Which firms answered in which waves, told apart by their hash: a row a set of waves, the largest first."""
    known = respondents.loc[respondents["firm"] != "", ["firm", "wave"]].drop_duplicates()
    sets = known.groupby("firm", sort=False)["wave"].agg("+".join)
    counts = sets.value_counts(sort=False).rename("firms").rename_axis("waves").reset_index()
    return counts.sort_values(["firms", "waves"], ascending=[False, True], ignore_index=True)
