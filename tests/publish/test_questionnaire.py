"""Is the questionnaire page made from the study, complete, and the one that docs/ shows?"""

import re
from pathlib import Path

import pytest

from analysis import study as studies
from analysis.publish.questionnaire import questionnaire
from analysis.study.order import blocks


@pytest.fixture(scope="module")
def study():
    return studies.load("config/study.yaml")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_in_docs_is_up_to_date(study, language):
    shipped = Path(f"docs/questionnaire.{language}.md").read_text(encoding="utf-8")
    assert shipped == questionnaire(study, language), "make the pages again: python -m analysis questionnaire"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_question_and_every_answer_is_on_the_page_once(study, language):
    page = questionnaire(study, language)
    for name, variable in study.codebook.items():
        assert page.count(f"`{name}`") == 1
        assert page.count(variable.text[language]) == 1, name
        for code, text in study.options(name).items():
            assert f"{code} = {text[language]}" in page
    numbers = [int(n) for n in re.findall(r"^(?:\*\*|\| )(\d+)", page, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(study.codebook) + 1))


def test_reverse_items_check_and_marker_are_marked(study):
    page = questionnaire(study, "en").splitlines()
    marked = {
        m: [line.split("`")[1] for line in page if f"**({m})**" in line and "`" in line and "|" in line] for m in "RAM"
    }
    assert marked == {"R": ["tal3", "pol3", "cul3"], "A": ["check"], "M": ["blu1", "blu2", "blu3"]}
    assert any("Counts as attentive: Agree." in line for line in page)


def test_synthetic_data_are_announced(study):
    assert "SYNTHETIC" in questionnaire(study, "en").splitlines()[4]
    assert "合成数据" in questionnaire(study, "zh").splitlines()[4]
    real = study.model_copy(update={"synthetic": False})
    assert "SYNTHETIC" not in questionnaire(real, "en")


def test_blocks_follow_the_order_asked_and_keep_a_topic_together(study):
    found = blocks(study)
    assert [v.name for block in found for v in block.variables] == list(study.codebook)
    matrices = [(block.topic, len(block.variables)) for block in found if block.matrix]
    assert matrices == [
        ("resource_constraints", 9),
        ("uncertainty", 12),
        ("resilience", 13),
        ("collaboration", 12),
        ("transformation_performance", 6),
        ("marker", 3),
    ]


def test_statements_with_other_answers_make_a_block_of_their_own(study):
    seven = {code: study.answers["agreement"][1] for code in range(1, 8)}
    changed = study.codebook["fun3"].model_copy(update={"answers": "seven"})
    other = study.model_copy(
        update={"answers": study.answers | {"seven": seven}, "codebook": study.codebook | {"fun3": changed}}
    )
    first = [tuple(v.name for v in block.variables) for block in blocks(other) if block.matrix][:3]
    assert first == [("fun1", "fun2"), ("fun3",), ("tal1", "tal2", "tal3", "awa1", "awa2", "awa3")]
