"""Is the default study whole, and is it the theory that the founding paper argues?"""

from pathlib import Path

import pytest

from analysis import study as studies


@pytest.fixture(scope="module")
def study():
    return studies.load("config/study.yaml")


def test_constructs_and_dimensions(study):
    assert {name: (c.symbol, len(c.dimensions)) for name, c in study.constructs.items()} == {
        "resource_constraints": ("RC", 3),
        "uncertainty": ("EU", 4),
        "resilience": ("OR", 4),
        "collaboration": ("EC", 4),
        "transformation_performance": ("TP", 0),
    }
    assert len(study.items) == 51
    assert all(len(d.items) == 3 for c in study.constructs.values() for d in c.dimensions.values())
    assert len(study.constructs["transformation_performance"].items) == 6


def test_hypotheses_are_those_of_the_theory(study):
    rc, eu, oc, ec, tp = study.constructs
    stated = {name: (h.kind, h.path or h.differ_by, h.moderated_by, h.expect) for name, h in study.hypotheses.items()}
    assert stated == {
        "H1": ("direct", (rc, tp), None, "negative"),
        "H2": ("direct", (eu, tp), None, "negative"),
        "H3": ("direct", (rc, oc), None, "negative"),
        "H4": ("direct", (eu, oc), None, "negative"),
        "H5": ("direct", (oc, tp), None, "positive"),
        "H6": ("mediation", (rc, oc, tp), None, "negative"),
        "H7": ("mediation", (eu, oc, tp), None, "negative"),
        "H8": ("direct", (ec, oc), None, "positive"),
        "H9": ("direct", (ec, tp), None, "positive"),
        "H10": ("moderation", (eu, tp), ec, "positive"),
        "H11": ("moderation", (eu, tp), oc, "positive"),
        "H12": ("moderated mediation", (eu, oc, tp), ec, "either"),
        "H13": ("group difference", ("firm_size", "ownership"), None, "either"),
    }
    assert {name: q.method for name, q in study.questions.items()} == {"Q1": "configurations", "Q2": "priorities"}


def test_the_instrument_guards_against_careless_answers_and_method_bias(study):
    assert 2 <= sum(v.reverse for v in study.codebook.values()) <= 3
    asked = study.of_kind("likert", "attention")
    assert asked.index("check") == len(asked) // 2
    assert study.screening.attention == {"check": 4}
    assert len(study.marker) == 3 and not set(study.marker) & set(study.items)
    assert asked[-3:] == study.marker


def test_attributes_and_controls_are_asked(study):
    kinds = {name: study.codebook[name].kind for name in study.codebook if study.codebook[name].kind not in ("likert",)}
    assert kinds == {
        "firm_size": "ordinal",
        "firm_age": "number",
        "ownership": "nominal",
        "main_platform": "nominal",
        "product_category": "nominal",
        "region": "nominal",
        "digital_spend": "number",
        "respondent_role": "nominal",
        "digital_tools": "number",
        "digital_skills": "ordinal",
        "customer_change": "ordinal",
        "check": "attention",
    }
    assert study.controls == ("firm_size", "firm_age", "digital_spend")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_wordings_tell_questions_apart(study, language):
    wordings = ["".join(v.text[language].split()).casefold() for v in study.codebook.values()]
    assert len(set(wordings)) == len(wordings)
    for scale in study.answers.values():
        assert len({text[language] for text in scale.values()}) == len(scale)


def test_every_item_names_its_inspiration(study):
    for name in (*study.items, *study.marker):
        assert study.codebook[name].inspired_by, name
    unsettled = [i for c in ("resource_constraints", "collaboration") for i in study.constructs[c].all_items]
    assert all(study.codebook[i].inspired_by.startswith("own; no settled scale, after ") for i in unsettled)


def test_chinese_is_punctuated_as_chinese(study):
    texts = [v.text.zh for v in study.codebook.values()]
    texts += [text.zh for scale in study.answers.values() for text in scale.values()]
    assert not [t for t in texts if set(t) & set(",?;:()!")]


def test_the_codebook_opens_in_a_spreadsheet():
    assert Path("config/codebook.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "needs a byte-order mark for Excel"


def test_waves_are_one_line_each_and_synthetic(study):
    text = Path("config/study.yaml").read_text(encoding="utf-8")
    for wave, (suffix, reader) in {
        "2023": (".xlsx", "wjx"),
        "2024": (".sav", "spss"),
        "2025": (".csv", "qualtrics"),
    }.items():
        assert study.waves[wave].file == f"data/raw/sme-digitalisation/wave_{wave}{suffix}"
        assert study.waves[wave].reader == reader
        assert any(line.startswith(f'  "{wave}": {{file:') for line in text.splitlines())
    assert study.synthetic and "SYNTHETIC" in study.source.en and "合成数据" in study.source.zh
