"""Is every word of the interface said somewhere, in both languages?"""

import itertools
import re

import pandas as pd
import pytest
from tests.publish import made_up
from tests.publish.test_page import render
from tests.publish.test_tables import SOURCES

from analysis import publish, results, study
from analysis.publish import figures, tables, words
from analysis.publish.questionnaire import questionnaire
from analysis.publish.tables import mediation

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
        rules = ("holm", "bh")
        judged = [{"judged": f"verdicts: {{decided_by: [regression], correction: {rule}}}"} for rule in rules]
        judged.append({"judged": "standard_errors: wave"})
        for options in ({}, {"waves": 1, "controls": ""}, {"skill_items": "b1"}, {"luck": True}, *judged):
            folder = tmp_path_factory.mktemp("said")
            described = made_up.study(folder, **options)
            tidy = made_up.tidy(described)
            render(folder, described, tidy)
            for kind, language in itertools.product(results.NOTE_KINDS, publish.LANGUAGES):
                say_all(described, made_up.warned(kind, tidy), language)
            empty = {n: tidy[n].iloc[:0] for n in ("sample", "structural_parameters")}
            bare = {n: tidy[n].iloc[:0] for sources in SOURCES.values() for n in sources}
            apart = tidy["agreement"].assign(largest=0.02, outcome="result", predictor="skill")
            unsteady = tidy["structural_effects"].assign(bca_lower=-9.0, bca_upper=9.0)
            silent = tidy["second_opinions"].assign(std=float("nan"))
            missing = tidy["regressions"].assign(b=float("nan"))
            unknown = tidy["structural_r2"].assign(r2=float("nan"))
            thin = {"second_opinions": silent, "regressions": missing, "structural_r2": unknown}
            say_all(described, tidy | thin, "en")
            say_all(described, tidy | empty, "en")
            say_all(described, tidy | bare | {"agreement": apart}, "en")
            say_all(described, tidy | {"structural_effects": unsteady}, "en")
            tables.make("agreement", tidy | {"agreement": apart.iloc[:0]}, described, "en")
            say_all_of_groups(described, tidy, "en")
            with patch.context() as few:
                few.setattr(mediation, "MOST", 0)
                tables.make("mediation", tidy, described, "en")
            say_all_of_moderation(described, tidy, "en")
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


def say_all_of_groups(described, tidy, language) -> None:
    """Groups so many that their errors stand elsewhere, and those whose loadings are equal."""
    size = tidy["group_paths"].query("grouping == 'size' and group == '1'")
    many = pd.concat([size.assign(grouping="wave", group=str(g)) for g in range(2021, 2026)])
    metric = tidy["group_differences"].assign(basis="metric")
    alike = tidy["group_contrasts"].assign(pvalue_holm=0.4)
    tables.make("groups", tidy | {"group_paths": many, "group_differences": metric}, described, language)
    tables.make("groups", tidy | {"group_contrasts": alike}, described, language)


def say_all_of_moderation(described, tidy, language) -> None:
    """A slope that is significant everywhere, nowhere, and in the middle."""
    regions = tidy["johnson_neyman"]
    middle = regions["value"].between(2.5, 4.5)
    for p, boundary in ((0.01, False), (0.5, False), (middle.map({True: 0.01, False: 0.5}), regions["boundary"])):
        regions = regions.assign(pvalue=p, boundary=boundary)
        tables.make("moderation", tidy | {"johnson_neyman": regions}, described, language)


def test_no_word_is_dead(said):
    assert {key for key in words._words() if not key.startswith(ELSEWHERE)} - said == set()


def test_both_languages_hold_the_same_values():
    for key, both in words._words().items():
        english, chinese = (sorted(re.findall(r"\{[^{}]*\}", both[language])) for language in publish.LANGUAGES)
        assert english == chinese, key
