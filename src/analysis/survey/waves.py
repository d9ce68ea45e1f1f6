"""From one raw file to the kept answers of a wave, and from the waves to the tables that all later stages read."""

import pandas as pd

from analysis.study import Study
from analysis.study.model import control_terms
from analysis.survey import readers, screening
from analysis.survey.harmonise import harmonise, turn_round


def clean(study: Study, wave: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One wave: the kept respondents with coded answers, and the ledger of all its raw rows.

    Raises `UserError` for whatever the file holds that the study does not explain.
    """
    export = readers.read(study.waves[wave])
    coded = harmonise(export, study, wave)
    reason = screening.reasons(export, coded, study, wave)
    ledger = pd.DataFrame(
        {
            "wave": wave,
            "file": study.waves[wave].shown,
            "row": coded.index,
            "status": reason.map(lambda r: "left_out" if r else "kept").to_numpy(),
            "reason": reason.to_numpy(),
        }
    )
    respondents = turn_round(coded, study).drop(columns=list(study.of_kind("attention")))
    respondents.insert(0, "respondent", [f"{wave}:{row}" for row in coded.index])
    respondents.insert(1, "wave", wave)
    return respondents[reason.to_numpy() == ""].reset_index(drop=True), ledger


def scores(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Person means of every construct and dimension; empty where fewer than half of the items are answered."""
    table = respondents[["respondent", "wave"]].copy()
    for name, items in study.scales().items():
        answers = respondents[list(items)]
        table[name] = answers.mean(axis=1).where(answers.notna().sum(axis=1) * 2 >= len(items))
    return table


def controls(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The columns that stand for the controls in every model: numbers as they are, nominal answers as dummies."""
    table = respondents[["respondent", "wave"]].copy()
    for name, (variable, value) in control_terms(study).items():
        answers = respondents[variable]
        table[name] = answers if value is None else (answers == value).astype(float).where(answers.notna())
    return table


def case_flow(ledger: pd.DataFrame) -> pd.DataFrame:
    """Rows by wave: raw, left out by reason, kept."""
    steps = ledger["reason"].where(ledger["status"] == "left_out", "kept")
    counts = pd.crosstab(ledger["wave"], steps).loc[ledger["wave"].unique()]
    counts.insert(0, "raw", counts.sum(axis=1))
    order = ["raw", *(r for r in screening.REASONS if r in counts), "kept"]
    flow = counts.reindex(columns=order, fill_value=0).rename_axis(columns="step")
    return flow.stack().rename("n").reset_index()


def sample(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Who answered: counts and shares of every attribute, mean and SD of the numeric ones."""
    rows = []
    for name in study.of_kind("ordinal", "nominal"):
        answers = respondents[name].dropna()
        for code in study.options(name):
            n = int((answers == code).sum())
            rows.append({"variable": name, "code": code, "n": n, "share": n / len(answers) if len(answers) else None})
    for name in study.of_kind("number"):
        answers = respondents[name].dropna()
        rows.append({"variable": name, "n": len(answers), "mean": answers.mean(), "sd": answers.std()})
    columns = ["variable", "code", "n", "share", "mean", "sd"]
    return pd.DataFrame(rows, columns=columns).astype({"variable": str, "n": int})
