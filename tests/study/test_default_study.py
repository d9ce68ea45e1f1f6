"""Is the default study whole, is it the theory that the founding paper argues, and do its waves show what they should?

Every exception that the study states of a wave must be needed: without it the wave is refused, with a plain message.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import study as studies
from analysis.errors import UserError
from analysis.study import Study
from analysis.survey import readers, waves
from analysis.survey.harmonise import harmonise


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
        "tool_kinds": "multiple",
        "digital_skills": "ordinal",
        "customer_change": "ordinal",
        "registration": "identifier",
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


def test_waves_are_three_formats_and_synthetic(study):
    for wave, (suffix, reader) in {
        "2023": (".xlsx", "wjx"),
        "2024": (".sav", "spss"),
        "2025": (".csv", "qualtrics"),
    }.items():
        assert study.waves[wave].file == f"data/raw/sme-digitalisation/wave_{wave}{suffix}"
        assert study.waves[wave].reader == reader
    assert study.synthetic and "SYNTHETIC" in study.source.en and "合成数据" in study.source.zh


# The waves, read and screened


@pytest.fixture(scope="module")
def found(study) -> dict[str, waves.Cleaned]:
    return {wave: waves.clean(study, wave) for wave in study.waves}


def with_wave(study: Study, name: str, **changes) -> Study:
    return study.model_copy(update={"waves": study.waves | {name: study.waves[name].model_copy(update=changes)}})


NEEDED = {
    ("2023", "not_asked"): ((), 'no column holds "customer_change"'),
    ("2023", "rename"): ({}, 'the column "14、11.企业说不准下个季度能卖出多少货。" is in no row of the codebook'),
    ("2023", "rescaled"): ({}, '"比较不同意" is no answer to "blu1"'),
    ("2024", "rename"): ({}, 'the column "Q18_1" is in no row of the codebook'),
    ("2024", "missing"): ((), 'column "firm_age": "拒答" is no number between 0 and 60'),
    ("2024", "ignore"): ((), 'the column "filter_$" is in no row of the codebook'),
    ("2025", "not_asked"): ((), 'no column holds "digital_tools"'),
    ("2025", "recode"): ({}, '"Neutral" is no answer to "fun1"'),
}


@pytest.mark.parametrize(("wave", "key"), NEEDED)
def test_without_a_stated_exception_the_wave_is_refused(study, wave, key):
    nothing, message = NEEDED[wave, key]
    with pytest.raises(UserError) as error:
        waves.clean(with_wave(study, wave, **{key: nothing}), wave)
    assert message in str(error.value)
    assert study.waves[wave].file in str(error.value)


def test_no_exception_is_stated_that_is_not_tried_above(study):
    plain = {"file", "reader", "reworded"}
    stated = {(name, key) for name, wave in study.waves.items() for key in wave.model_fields_set - plain}
    assert stated == set(NEEDED)


def test_the_crosswalk_says_what_happened_to_each_variable(found):
    table = pd.concat(c.crosswalk for c in found.values()).set_index(["wave", "variable"])
    rules = table["rule"]
    assert rules["2023", "dem2"] == "renamed;reworded" and not table["anchor"]["2023", "dem2"]
    assert [rules["2023", f"blu{k}"] for k in (1, 2, 3)] == ["rescaled"] * 3 and not table["anchor"]["2023", "blu1"]
    assert rules["2023", "customer_change"] == rules["2025", "digital_tools"] == "not asked"
    assert [rules["2024", f"per{k}"] for k in range(1, 7)] == ["renamed"] * 6
    assert rules["2025", "fun1"] == "recoded" and table["anchor"]["2025", "fun1"]
    assert rules["2024", "fun1"] == "same"


def test_what_becomes_of_the_raw_rows(found):
    flow = waves.case_flow(pd.concat([c.ledger for c in found.values()])).set_index(["wave", "step"])["n"]
    assert {wave: flow[wave, "raw"] for wave in found} == {"2023": 425, "2024": 377, "2025": 460}
    assert {wave: flow[wave, "kept"] for wave in found} == {"2023": 379, "2024": 332, "2025": 410}
    assert flow["2025", "preview"] == 2 and flow["2025", "unfinished"] == 2
    assert flow["2023", "duplicates"] == 9 and 0 < flow["2024", "duplicates"] <= 6


def test_every_screening_rule_flags_somebody_and_honest_rows_hardly_ever(study, found):
    table = pd.concat(c.screening for c in found.values())
    assert set(table["rule"]) == set(study.screening.stated)
    assert (table.groupby("rule")["flagged"].sum() > 0).all()
    share = table.set_index(["wave", "rule"])["alone"] / table["wave"].map(lambda w: len(found[w].ledger)).to_numpy()
    assert share.drop(index="same_address", level="rule").max() < 0.03
    by_address = table[table["rule"] == "same_address"].set_index("wave")["flagged"]
    assert by_address["2023"] >= 14 and by_address["2025"] >= 11
    near = table[table["rule"] == "near_duplicates"].set_index("wave")["flagged"]
    assert (near >= pd.Series({"2023": 4, "2024": 3, "2025": 5})).all()


def test_firms_are_linked_across_waves(found):
    respondents = pd.concat(c.respondents for c in found.values())
    firms = waves.panel(respondents).set_index("waves")["firms"]
    assert firms[firms.index.str.contains("+", regex=False)].to_dict() == {
        "2023+2024": 51,
        "2024+2025": 46,
        "2023+2025": 36,
        "2023+2024+2025": 33,
    }
    assert respondents["firm"].str.fullmatch("[0-9a-f]{16}|").all()
    assert 0.8 < (respondents["firm"] != "").mean() < 0.9
    steady = respondents[respondents["firm"] != ""].groupby("firm")[["firm_size", "ownership", "region"]].nunique()
    assert (steady <= 1).all(axis=None)


def test_personal_data_are_counted_and_left_behind(study, found):
    table = pd.concat(c.privacy for c in found.values()).set_index(["wave", "kind"])["columns"]
    assert all(table["2023", kind] == 1 for kind in ("name", "phone", "e-mail"))
    assert table["2025", "free text"] == 1
    columns = [c for v in study.codebook.values() if v.kind != "attention" for c in study.columns(v.name)]
    for wave in found.values():
        assert list(wave.respondents) == ["respondent", "wave", "firm", *columns]
        text = wave.respondents.to_csv().casefold()
        assert not [word for word in ("syn-", "13800000", "example.org", "某某") if word in text]


def test_answers_on_seven_points_are_stretched_to_five(study):
    coded = harmonise(readers.read(study.waves["2023"]), study, "2023").coded
    assert sorted(np.unique(coded["blu1"].dropna())) == pytest.approx([1 + k * 4 / 6 for k in range(7)])


def test_ticked_options_are_columns_in_all_three_formats(study, found):
    columns = list(study.columns("tool_kinds"))
    assert len(columns) == 7
    for wave in found.values():
        answers = wave.respondents[columns]
        assert set(np.unique(answers.dropna())) == {0.0, 1.0}
        assert answers.mean().to_numpy() == pytest.approx([0.46, 0.38, 0.55, 0.30, 0.48, 0.42, 0.13], abs=0.08)
        assert 0 < answers.isna().all(axis=1).mean() < 0.04
        assert not answers.loc[answers[columns[-1]] == 1, columns[:-1]].any(axis=None)
