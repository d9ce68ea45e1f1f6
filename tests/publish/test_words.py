"""Is every word of the interface said somewhere, in both languages?"""

import itertools
import re

import pytest
from tests.publish import made_up
from tests.publish.test_page import render
from tests.publish.test_tables import SOURCES

from analysis import publish, results, study
from analysis.publish import figures, tables, words
from analysis.publish.questionnaire import questionnaire

ELSEWHERE = (  # words of what the made-up studies lack, and of figures that are not drawn here
    *(
        "step.",
        "reason.",
        "table.latent_means.codes",
        "table.regressions.blocks.mediators",
        "questionnaire.topics.other",
    ),
    *("table.screening.units.", "page.changed", "page.unknown", "figure.effects.axis", "figure.waves.axis"),
)


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> set[str]:
    """The keys of all words that studies of many kinds bring onto pages, tables and figures."""
    said, rich = set(), words.rich
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "rich", lambda key, language, **values: said.add(key) or rich(key, language, **values))
        for options in ({}, {"waves": 1, "controls": ""}, {"skill_items": "b1"}):
            folder = tmp_path_factory.mktemp("said")
            described = made_up.study(folder, **options)
            tidy = made_up.tidy(described)
            render(folder, described, tidy)
            for kind, language in itertools.product(results.NOTE_KINDS, publish.LANGUAGES):
                say_all(described, made_up.warned(kind, tidy), language)
            empty = {n: tidy[n].iloc[:0] for n in ("sample", "structural_parameters")}
            bare = {n: tidy[n].iloc[:0] for sources in SOURCES.values() for n in sources}
            apart = tidy["second_opinions"].copy()
            apart.loc[apart["source"] == "semopy", "std"] += 0.02
            silent = tidy["second_opinions"].assign(std=float("nan"))
            missing = tidy["regressions"].assign(b=float("nan"))
            unknown = tidy["structural_r2"].assign(r2=float("nan"))
            thin = {"second_opinions": silent, "regressions": missing, "structural_r2": unknown}
            say_all(described, tidy | thin, "en")
            say_all(described, tidy | empty, "en")
            say_all(described, tidy | bare | {"second_opinions": apart}, "en")
            fault = tidy["measurement_notes"].assign(estimator="MLR", kind="ImproperSolution")
            say_all(described, made_up.marked(tidy) | {"measurement_notes": fault}, "en")
            say_all(described, made_up.astray(tidy), "en")
            unread = {"reliability": tidy["reliability"].assign(cr=float("nan"), note="the CFA did not converge")}
            render(folder, described, tidy | unread | {n: tidy[n].iloc[:0] for n in ("loadings", "harman")})
            say_all(described, tidy | {"respecifications": tidy["respecifications"].iloc[:0]}, "en")
            render(folder, described, made_up.warned("ImproperSolution", tidy))
        questionnaire(study.load("config/study.yaml"), "zh")
    return said


def say_all(described, tidy, language) -> None:
    for name in publish.TABLES:
        tables.make(name, tidy, described, language)
    for name in publish.FIGURES:
        figures.describe(name, tidy, described, language)


def test_no_word_is_dead(said):
    assert {key for key in words._words() if not key.startswith(ELSEWHERE)} - said == set()


def test_both_languages_hold_the_same_values():
    for key, both in words._words().items():
        english, chinese = (sorted(re.findall(r"\{[^{}]*\}", both[language])) for language in publish.LANGUAGES)
        assert english == chinese, key
