"""One raw export becomes coded answers in the words of the codebook; what the codebook does not know is refused."""

from collections import Counter
from fnmatch import fnmatchcase

import pandas as pd

from analysis.errors import UserError, listed, nearest
from analysis.study import Study, Wave
from analysis.survey.readers import Export, plain

EMPTY = ("", "na", "nan", "none", "(空)", "(跳过)")
WJX_SKIPPED = ("-2", "-3")  # 问卷星 writes these where a question was skipped or not shown


def harmonise(export: Export, study: Study, wave_name: str) -> pd.DataFrame:
    """The coded answers of one wave: a row a raw row, a float column a codebook variable (NaN: no answer or not asked).

    Answers stand as the respondent gave them; `turn_round` treats reverse-worded items. Raises `UserError` for
    a column, an answer or a number that the codebook does not know, and for a variable that was asked but not found.
    """
    wave = study.waves[wave_name]
    columns = _match(export, study, wave)
    faults, coded = [], {}
    for name in study.codebook:
        if name in columns:
            coded[name], fault = _code(export.answers[columns[name]], name, study, wave)
            faults += fault
        else:
            coded[name] = pd.Series(float("nan"), index=export.answers.index)
    if faults:
        raise UserError(listed(faults))
    return pd.DataFrame(coded)


def turn_round(coded: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Reverse-worded items on the scale of the others: lowest + highest answer − code."""
    turned = coded.copy()
    for variable in study.codebook.values():
        if variable.reverse:
            codes = study.options(variable.name)
            turned[variable.name] = min(codes) + max(codes) - coded[variable.name]
    return turned


def _match(export: Export, study: Study, wave: Wave) -> dict[str, str]:
    """Which heading holds which variable: by the wave's own word, by name, or by wording in either language.

    A wording that two variables share says nothing; what the wave ignores is not looked at unless it is renamed.
    """
    wordings = {(plain(v.text[language]), v.name) for v in study.codebook.values() for language in ("en", "zh")}
    shared = Counter(wording for wording, _ in wordings)
    known = {wording: name for wording, name in wordings if shared[wording] == 1}
    known |= {plain(name): name for name in study.codebook}
    words = [v.text[language] for v in study.codebook.values() for language in ("zh", "en")]
    columns: dict[str, str] = {}
    faults = [
        f'{wave.shown}: the study renames the column "{heading}", which the file does not have.'
        f"{nearest(heading, export.answers.columns, few=0)}"
        for heading in wave.rename
        if heading not in export.answers
    ]
    for heading in export.answers:
        name = wave.rename.get(heading)
        if name is None and any(heading == pattern or fnmatchcase(heading, pattern) for pattern in wave.ignore):
            continue
        candidates = (plain(heading), plain(export.wordings.get(heading, "")))
        name = name or next((known[c] for c in candidates if c in known), None)
        if name in wave.not_asked:
            faults.append(
                f'{wave.shown}, column "{heading}": the study says that "{name}" was not asked, but here it is.'
            )
        elif name in columns:
            faults.append(f'{wave.shown}: the columns "{columns[name]}" and "{heading}" both hold "{name}".')
        elif name:
            columns[name] = heading
        else:
            wording = export.wordings.get(heading) or heading
            hint = nearest(heading, study.codebook, few=0) or nearest(wording, words, few=0)
            faults.append(
                f'{wave.shown}: the column "{heading}" is in no row of the codebook.{hint} '
                f"Name it in the study file (rename or ignore, under this wave) or in the codebook."
            )
    faults += [
        f'{wave.shown}: no column holds "{name}" ({variable.text.zh} / {variable.text.en}). '
        f"If this wave did not ask it, say not_asked: [{name}] under the wave."
        for name, variable in study.codebook.items()
        if name not in columns and name not in wave.not_asked
    ]
    if faults:
        raise UserError(listed(faults))
    return columns


def _code(cells: pd.Series, name: str, study: Study, wave: Wave) -> tuple[pd.Series, list[str]]:
    """The codes of one column, and a message for each different value that has none."""
    missing = {*map(str, wave.missing), *(WJX_SKIPPED if wave.reader == "wjx" else ())}
    allowed = study.options(name)
    variable = study.codebook[name]
    words = [text[language] for text in allowed.values() for language in ("en", "zh")]
    texts = {plain(text[language]): code for code, text in allowed.items() for language in ("en", "zh")}

    def code_of(value) -> float | None:
        text = plain(value).removesuffix(".0")
        if pd.isna(value) or text in missing:
            return float("nan")
        if text in texts:  # before EMPTY: a scale may have an answer such as "None"
            return texts[text]
        if text in EMPTY:
            return float("nan")
        try:
            number = float(text)
        except ValueError:
            return None
        if allowed:
            return number if number in allowed else None
        return number if variable.minimum <= number <= variable.maximum else None

    codes = {value: code_of(value) for value in cells.unique()}
    faults = []
    for value, code in codes.items():
        if code is None:
            rows = cells.index[cells == value]
            more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
            faults.append(
                f'{wave.shown}, row {rows[0]}{more}, column "{cells.name}": '
                f'"{value}" is {_expected(variable, allowed)}{nearest(value, words, few=0)}'
            )
    return cells.map(codes).astype(float), faults


def _expected(variable, allowed) -> str:
    if allowed:
        listed = ", ".join(f"{code} {text.zh} / {text.en}" for code, text in allowed.items())
        return f'no answer to "{variable.name}", which allows: {listed}.'
    return f'no number between {variable.minimum:g} and {variable.maximum:g}, as "{variable.name}" needs.'
