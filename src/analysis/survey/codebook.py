"""The table of answers explained, column by column, and handed on with its labels to colleagues in SPSS and Stata."""

import datetime
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from analysis.files import forget_spss_time
from analysis.study import Study
from analysis.study.types import Text, Variable
from analysis.survey.missing import asking_waves

KEYS = {  # the columns of text
    "respondent": Text(en="Wave and row in the raw file", zh="轮次及原始文件中的行号"),
    "wave": Text(en="Wave", zh="轮次"),
    "firm": Text(en="Firm, the same in all waves (salted hash)", zh="企业标识，各轮相同（加盐哈希值）"),
}
OPTION = {0: Text(en="not ticked", zh="未选"), 1: Text(en="ticked", zh="已选")}
TURNED = Text(en=" (reverse-worded, turned round)", zh="（反向题，已反向计分）")
KEYS_EMPTY = {"respondent": "never empty", "wave": "never empty", "firm": "no identifier was asked or given"}
NO_ANSWER = "no answer, or not asked in this wave"

SPSS_RESERVED = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with")
SPSS_MEASURES = {"likert": "ordinal", "ordinal": "ordinal", "number": "scale"}  # all others are nominal
SPSS_NAME, SPSS_LABEL, SPSS_VALUE, SPSS_TITLE = 64, 256, 120, 64  # bytes
STATA_RESERVED = (
    *("_all", "_b", "_coef", "_cons", "_n", "_pi", "_pred", "_rc", "_skip", "byte", "double", "float", "if", "in"),
    *("int", "long", "using", "with", "strl", *(f"str{n}" for n in range(1, 2046))),
)
STATA_NAME, STATA_LABEL, STATA_VALUE, STATA_TITLE = 32, 80, 8_000, 80  # characters


def codebook(study: Study) -> pd.DataFrame:
    """A row a column of ``respondents``, in its order: results.TABLES["codebook"].

    Values are those of the table: of a reverse-worded item, whose answers were turned round, the lowest code stands for
    the highest answer. An option of a question with several options is a column of its own, 0 or 1.
    """
    owner = {item: name for name, construct in study.constructs.items() for item in construct.all_items}
    identifier = next(iter(study.of_kind("identifier")), None)
    rows = []
    for name, label in KEYS.items():
        text = study.codebook[identifier].text if name == "firm" and identifier else None
        waves = list(study.waves) if name != "firm" else asking_waves(identifier, study) if identifier else []
        rows.append(_row(name, "identifier", label, text, KEYS_EMPTY[name], waves))
    for column, variable in _answers(study).items():
        label = _of_option(study.label(variable.name), column, variable, study)
        values, waves = _values(variable, study), asking_waves(variable.name, study)
        rows.append(
            _row(column, variable.kind, label, variable.text, NO_ANSWER, waves)
            | {f"values_{k}": "; ".join(f"{code} = {text[k]}" for code, text in values.items()) for k in ("en", "zh")}
            | {
                "minimum": min(values, default=variable.minimum),
                "maximum": max(values, default=variable.maximum),
                "reverse": variable.reverse,
                "construct": owner.get(column, ""),
            }
        )
    return pd.DataFrame(rows)


def write_sav(respondents: pd.DataFrame, study: Study, path: str | Path) -> None:
    """The answers for SPSS: variable and value labels in Chinese and English, measures, no answer as system-missing.

    A name longer than 64 bytes, reserved, or the same as another but for its case, is changed by as little as needed.
    The same data make the same bytes: the header says that it was written on 1 January 2000.
    """
    import pyreadstat

    names = _names(respondents, SPSS_NAME, _bytes, SPSS_RESERVED)
    answers = _answers(study)
    values = {column: _values(variable, study) for column, variable in answers.items()}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    pyreadstat.write_sav(
        respondents.rename(columns=names),
        str(path),
        file_label=_joined(_title(study), SPSS_TITLE, _bytes),
        column_labels=_labels(names, study, SPSS_LABEL, _bytes),
        variable_value_labels={
            names[c]: {float(code): _joined(text, SPSS_VALUE, _bytes) for code, text in texts.items()}
            for c, texts in values.items()
            if texts
        },
        variable_measure={names[c]: SPSS_MEASURES.get(v.kind, "nominal") for c, v in answers.items()},
        variable_format={names[c]: "F8.0" if (respondents[c].dropna() % 1 == 0).all() else "F8.2" for c in answers},
    )
    forget_spss_time(path)


def write_dta(respondents: pd.DataFrame, study: Study, path: str | Path) -> None:
    """The answers for Stata 14 and later (format 118), labelled as by `write_sav`, no answer as ``.``; the same bytes.

    Names keep their script, as Stata 14 allows; one longer than 32 characters or reserved is changed as by `write_sav`.
    """
    names = _names(respondents, STATA_NAME, len, STATA_RESERVED)
    values = {column: _values(variable, study) for column, variable in _answers(study).items()}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    respondents.rename(columns=names).to_stata(
        path,
        write_index=False,
        version=118,
        time_stamp=datetime.datetime(2000, 1, 1),
        data_label=_joined(_title(study), STATA_TITLE, len),
        variable_labels=_labels(names, study, STATA_LABEL, len),
        value_labels={
            names[c]: {code: _joined(text, STATA_VALUE, len) for code, text in texts.items()}
            for c, texts in values.items()
            if texts
        },
    )


def _row(name: str, kind: str, label: Text, text: Text | None, missing: str, waves: list[str]) -> dict:
    return {
        "name": name,
        "kind": kind,
        **{f"label_{k}": label[k] for k in ("en", "zh")},
        **{f"text_{k}": text[k] if text else "" for k in ("en", "zh")},
        **{f"values_{k}": "" for k in ("en", "zh")},
        "minimum": None,
        "maximum": None,
        "missing": missing,
        "reverse": False,
        "construct": "",
        "waves": ";".join(waves),
    }


def _answers(study: Study) -> dict[str, Variable]:
    """The columns of answers in ``respondents``, each with its variable; checks of attention are none of them."""
    return {c: v for v in study.codebook.values() if v.kind != "attention" for c in study.columns(v.name)}


def _values(variable: Variable, study: Study) -> dict[int, Text]:
    """The codes of a column, from the lowest, and what they stand for; empty for a number."""
    if variable.kind == "multiple":
        return OPTION
    options = study.options(variable.name)
    ends = min(options, default=0) + max(options, default=0)
    return {code: options[ends - code if variable.reverse else code] for code in sorted(options)}


def _of_option(text: Text, column: str, variable: Variable, study: Study) -> Text:
    """The words for a column: those for its variable, with the option where the variable has several."""
    if variable.kind != "multiple":
        return text
    columns = dict(zip(study.columns(variable.name), study.options(variable.name).values(), strict=True))
    option = columns[column]
    return Text(en=f"{text.en}: {option.en}", zh=f"{text.zh}：{option.zh}")


def _title(study: Study) -> Text:
    synthetic = ("SYNTHETIC DATA: ", "合成数据：") if study.synthetic else ("", "")
    return Text(en=synthetic[0] + study.title.en, zh=synthetic[1] + study.title.zh)


def _labels(names: dict[str, str], study: Study, limit: int, size: Callable[[str], int]) -> dict[str, str]:
    """Variable labels in both languages: the question where it is short enough, else the short label."""
    labels = {names[key]: _joined(label, limit, size) for key, label in KEYS.items()}
    for column, variable in _answers(study).items():
        words = (variable.text, study.label(variable.name))
        question, label = (_of_option(text, column, variable, study) for text in words)
        if variable.reverse:
            question, label = (Text(en=t.en + TURNED.en, zh=t.zh + TURNED.zh) for t in (question, label))
        fits = size(f"{question.zh} / {question.en}") <= limit
        labels[names[column]] = _joined(question if fits else label, limit, size)
    return labels


def _joined(text: Text, limit: int, size: Callable[[str], int]) -> str:
    """Chinese / English, each shortened where both together are too long."""
    if text.zh == text.en:
        return _shortened(text.zh, limit, size)
    zh = text.zh if size(f"{text.zh} / {text.en}") <= limit else _shortened(text.zh, limit // 2, size)
    return f"{zh} / {_shortened(text.en, limit - size(f'{zh} / '), size)}"


def _shortened(text: str, limit: int, size: Callable[[str], int]) -> str:
    return text if size(text) <= limit else _cut(text, limit - size("…"), size) + "…"


def _cut(text: str, limit: int, size: Callable[[str], int]) -> str:
    while size(text) > limit:
        text = text[:-1]
    return text


def _bytes(text: str) -> int:
    return len(text.encode())


def _names(columns: Iterable[str], limit: int, size: Callable[[str], int], reserved: tuple[str, ...]) -> dict[str, str]:
    """A name a column that a format allows: short, not reserved, unlike the others in any case."""
    names: dict[str, str] = {}
    taken = set(reserved)
    for column in columns:
        whole = re.sub(r"\W", "_", column)  # x_-1 holds the option -1 of x
        name, number = _cut(whole, limit, size), 1
        while name.casefold() in taken:
            number += 1
            name = _cut(whole, limit - size(f"_{number}"), size) + f"_{number}"
        taken.add(name.casefold())
        names[column] = name
    return names
