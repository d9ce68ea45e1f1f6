"""The page of a study, one file: verdicts first, then cases, tables, figures, the checklist and the stamp."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis import publish
from analysis.files import sha256
from analysis.publish import figures, manifest, tables, words
from analysis.publish.gather import Tidy
from analysis.publish.numbers import Numbers
from analysis.publish.render import html
from analysis.study import Study

HERE = Path(__file__).parent
SECTIONS = {  # the order of the page: the tables and figures of each section
    "verdicts": ("table-hypotheses", "figure-path_diagram", "figure-effects"),
    "flow": ("table-case_flow", "table-screening", "table-sample", "table-nonresponse", "table-missing"),
    "instrument": (
        *("table-items", "table-normality", "table-factors", "table-measurement"),
        *("table-correlations", "figure-correlations", "table-discriminant", "table-rival_models", "table-local_fit"),
        *("table-invariance", "table-latent_means", "figure-waves"),
    ),
    "structure": ("table-model_fit", "table-regressions", "table-structural"),
}


def render(
    tidy: Tidy, study: Study, study_file: str, numbers: Numbers, stamp: Mapping[str, object], drawn: Mapping[str, Path]
) -> bytes:
    """index.html. ``stamp`` is what `manifest.stamp` gave; ``drawn`` the files of the figures by name."""
    made = {
        f"table-{name}": {language: tables.make(name, tidy, study, language) for language in publish.LANGUAGES}
        for name in publish.TABLES
    }
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
        checklist=_checklist(),
        totals=_totals(),
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


def _totals() -> dict[str, int]:
    answered = [line for line in _checklist() if "answered" in line]
    part = sum("lacks" in line for line in answered)
    return {"total": len(_checklist()), "full": len(answered) - part, "part": part}


def _template():
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja")
