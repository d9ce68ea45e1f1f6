"""The page of a study, one file: verdicts first, then cases, tables, figures, the checklist and the stamp."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis import publish
from analysis.files import sha256
from analysis.publish import figures, labels, manifest, tables, words
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.numbers import Numbers
from analysis.publish.render import html
from analysis.publish.table import Table
from analysis.publish.tables.model_fit import IMPROPER
from analysis.publish.words import Rich
from analysis.results import PUBLISHED
from analysis.study import Study

HERE = Path(__file__).parent
SECTIONS = {  # the order of the page: the tables and figures of each section
    "verdicts": ("table-hypotheses", "figure-path_diagram", "figure-effects"),
    "flow": ("table-case_flow", "table-screening", "table-sample", "table-nonresponse", "table-missing"),
    "instrument": (
        *("table-items", "table-normality", "table-factors", "table-item_placement"),
        *("table-measurement", "table-reliability"),
        *("table-correlations", "figure-correlations", "table-discriminant", "table-rival_models", "table-local_fit"),
        *("table-invariance", "table-latent_means", "figure-waves"),
    ),
    "structure": (
        *("table-model_fit", "table-regressions", "table-regression_checks", "table-structural", "table-agreement"),
        *("table-structural_rivals", "table-controls_out", "table-dimensions"),
        *("table-mediation", "table-moderation", "table-groups"),
    ),
}


def render(
    tidy: Tidy, study: Study, study_file: str, numbers: Numbers, stamp: Mapping[str, object], drawn: Mapping[str, Path]
) -> bytes:
    """index.html. ``stamp`` is what `manifest.stamp` gave; ``drawn`` the files of the figures by name."""
    made = {
        f"table-{name}": {language: tables.make(name, tidy, study, language) for language in publish.LANGUAGES}
        for name in publish.TABLES
    }
    checked = [_answer(line, made, tidy, study) for line in _checklist()]
    page = _template().render(
        study=study,
        languages=publish.LANGUAGES,
        sections=SECTIONS,
        contents=[*SECTIONS, "checklist", "stamp"],
        tables=made,
        fragment=lambda table: Markup(html.fragment(table)),
        table_formats=publish.TABLE_FORMATS,
        figures=publish.FIGURES,
        figure=lambda name, language: _figure(name, language, tidy, study, drawn),
        checklist=checked,
        totals=_totals(checked),
        solutions={model: _solution(tidy[f"{model}_notes"]) for model in ("measurement", "structural")},
        place=place,
        numbers=numbers,
        say=lambda key, language, **values: words.say(key, language, **values),
        prose=lambda key, language: words.say(key, language, **{k: n[language] for k, n in numbers.items()}),
        stamp=stamp,
        raw={wave.shown: sha256(wave.path) for wave in study.waves.values()},
        study_file=manifest.shown(study_file),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8") + html.STYLE),
    )
    return page.encode()


def place(anchor: str, language: str) -> str:
    """What the text calls an anchor of the page or a file beside it: Table 4, Figure 1, a heading, the file's name."""
    if "/" in anchor:
        return anchor.rpartition("/")[2]
    kind, _, name = anchor.partition("-")
    names = {"table": publish.TABLES, "figure": publish.FIGURES}.get(kind)
    if names is None:
        return words.say(f"page.{anchor}", language)
    return words.say(f"unit.{kind}", language, number=list(names).index(name) + 1)


def _figure(name: str, language: str, tidy: Tidy, study: Study, files: Mapping[str, Path]) -> dict[str, object]:
    title, note = figures.caption(name, tidy, study, language)
    svg = base64.b64encode(files[f"{name}_{language}.svg"].read_bytes()).decode()
    return {
        "title": title,
        "note": Markup(html.inline(note)),
        "alt": files[f"{name}_{language}.alt.txt"].read_text(encoding="utf-8").strip(),
        "image": f"data:image/svg+xml;base64,{svg}",
    }


@cache
def _checklist() -> list[dict]:
    return yaml.safe_load((HERE / "checklist.yaml").read_text(encoding="utf-8"))


def _answer(line: dict, made: Mapping[str, Mapping[str, Table]], tidy: Tidy, study: Study) -> dict:
    """A line with its ``state``: full, part, unable (and ``why``, by language) or open."""
    if "answered" not in line:
        return line | {"state": "open"}
    table, needs = made.get(line["answered"]), line.get("needs")
    if table and not table["en"].rows:
        return line | {
            "state": "unable",
            "why": {lang: _text(tables.nothing(t.name, Style(lang))) for lang, t in table.items()},
        }
    if needs and not _numbers(needs, tidy):
        return line | {
            "state": "unable",
            "why": {lang: _why_not(needs, tidy, study, Style(lang)) for lang in publish.LANGUAGES},
        }
    lacks = line.get("lacks")
    lacking = lacks and not ("without" in lacks and _numbers(lacks["without"], tidy))
    return line | {"state": "part" if lacking else "full"}


def _numbers(place: str, tidy: Tidy) -> bool:
    """Whether a column of a tidy table, named as table.column, holds anything."""
    name, _, column = place.partition(".")
    values = tidy[name][column]
    return bool((values.notna() & (values != "")).any())


def _why_not(place: str, tidy: Tidy, study: Study, style: Style) -> str:
    """The first remark of the table that lacks a number."""
    table = tidy[place.partition(".")[0]]
    remarks = [part for note in table.get("note", ()) for part in note.split(" | ") if part]
    told = next(filter(None, (labels.told(remark, style, study) for remark in remarks)), "")
    return style.say("page.because", why=told) if told else style.say("page.no_number")


def _totals(checked: list[dict]) -> dict[str, int]:
    states = [line["state"] for line in checked]
    return {"total": len(states)} | {state: states.count(state) for state in ("full", "part", "unable", "open")}


def _solution(notes: pd.DataFrame) -> str:
    """The first fault of the published estimate of a model, empty if there is none."""
    return next((k for k in notes.loc[notes["estimator"] == PUBLISHED, "kind"] if k in IMPROPER), "")


def _text(runs: Rich) -> str:
    return "".join(run.text for run in runs)


def _template():
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja")
