"""Which terms a model can hold beside each other, and what it costs that a wave did not ask one of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def estimable(frame: pd.DataFrame, terms: Iterable[str]) -> list[str]:
    """The terms that vary and are no exact combination of those before them; R's lm leaves out the same.

    A term that fits one respondent exactly, as a dummy does that one alone has, is left out too: HC3 would be 0 / 0.
    """
    kept: list[str] = []
    columns = [np.ones(len(frame))]
    for term in terms:
        deviations = frame[term].to_numpy() - frame[term].mean()
        if frame[term].nunique() < 2:
            continue
        columns.append(deviations / deviations.std())
        left, singular, _ = np.linalg.svd(np.column_stack(columns), full_matrices=False)
        if singular[-1] > 1e-7 * len(frame) ** 0.5 and (left**2).sum(axis=1).max() < 1 - 1e-12:
            kept.append(term)
        else:
            columns.pop()
    return kept


def lost_to_waves(data: pd.DataFrame, columns: Iterable[str]) -> str:
    """What listwise deletion costs where a wave did not ask a column that others asked, or "".

    ``200 of 400 respondents left out: age was not asked in wave two``; of the respondents complete on all that their
    wave was asked. ``data``: a row a respondent, with the column ``wave``.
    """
    asked = [c for c in columns if data[c].notna().any()]
    answered = data[asked].notna().groupby(data["wave"].to_numpy(), sort=False).any()
    open_to = answered.loc[data["wave"]].set_axis(data.index)
    complete = (data[asked].notna() | ~open_to).all(axis=1)
    lost = int((complete & ~open_to.all(axis=1)).sum())
    if not lost:
        return ""
    gaps = [
        f"{', '.join(row.index[~row])} was not asked in wave {wave}" for wave, row in answered.iterrows() if ~row.all()
    ]
    return f"{lost} of {int(complete.sum())} respondents left out: {'; '.join(gaps)}"
