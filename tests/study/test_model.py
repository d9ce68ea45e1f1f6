"""The models follow from the hypotheses: what is measured, what is explained by what, and what is left free."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sem import fit
from analysis.study import load
from analysis.study.model import (
    control_terms,
    groupings,
    measurement_model,
    path_label,
    product_terms,
    routes,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    without,
)


def hypotheses(edit, *lines: str) -> None:
    """Put other hypotheses into the study."""
    text = Path("study.yaml").read_text(encoding="utf-8")
    begin, end = text.index("  H1:"), text.index("questions:")
    edit(text[begin:end], "".join(f"  {line}\n" for line in lines) + "\n")


def test_measurement_has_a_line_a_scale_and_none_for_a_single_item(small):
    assert measurement_model(load(small)).splitlines() == [
        "stress =~ st1 + st2 + st3",
        "home =~ ho1 + ho2",
        "office =~ of1 + of2",
        "support =~ home + office",
        "output =~ ou1 + ou2 + ou3",
    ]


def test_respecifications_stand_in_every_model_that_has_what_they_name_and_in_the_digest(small, edit):
    plain = load(small)
    lines = "  - {add: st1~~st2, reason: {en: Why, zh: 原因}}\n  - {add: home =~ ou1, reason: {en: Why, zh: 原因}}\n"
    edit("controls: [age", f"respecifications:\n{lines}controls: [age")
    study = load(small)
    assert measurement_model(study).splitlines()[-2:] == ["st1 ~~ st2", "home =~ ou1"]
    assert "home =~ ou1" in structural_model(study).splitlines()
    assert study.theory() != plain.theory() and study.asked("first") == plain.asked("first")
    hypotheses(edit, "H1: {path: stress -> output}")
    lines = structural_model(load(small)).splitlines()
    assert "st1 ~~ st2" in lines and "home =~ ou1" not in lines


def test_the_structure_explains_what_the_hypotheses_say(small):
    study = load(small)
    assert structural_paths(study) == {"mood": ["stress", "support"], "output": ["stress", "support", "mood"]}
    assert structural_order(study) == ["stress", "support", "mood", "output"]
    measurement = measurement_model(study).splitlines()
    controls = "age + region_2 + region_3 + wave_second"
    assert structural_model(study).splitlines() == [
        *measurement,
        f"mo1 ~ stress.to.mo1*stress + support.to.mo1*support + {controls}",
        f"output ~ stress.to.output*stress + support.to.output*support + mo1.to.output*mo1 + {controls}",
        f"stress ~ {controls}",
        f"support ~ {controls}",
        "stress ~~ support",
        "H2 := stress.to.mo1*mo1.to.output",
    ]


def test_no_two_paths_have_one_label_and_no_hypothesis_has_that_of_a_path(edit):
    """a -> b_to_c and a_to_b -> c would both be a_to_b_to_c if labels were joined by what names may hold."""
    text = Path("study.yaml").read_text(encoding="utf-8")
    for old, new in (("stress", "a"), ("mood", "b_to_c"), ("support", "a_to_b"), ("output", "c")):
        text = text.replace(f"  {old}:", f"  {new}:").replace(f"outcome: {old}", f"outcome: {new}")
    Path("study.yaml").write_text(text, encoding="utf-8")
    edit("items: [mo1]", "items: [mo1, region_as_felt]")
    edit("mo1,", "region_as_felt,likert,agreement,,,,I feel at home.,我有归属感。,own\nmo1,", "codebook.csv")
    hypotheses(edit, "a_to_b_to_c: {path: a -> b_to_c -> c}", "H2: {path: a_to_b -> c}")
    study = load("study.yaml")
    labels = [path_label(study, p, outcome) for outcome, some in structural_paths(study).items() for p in some]
    assert sorted(labels) == ["a.to.b_to_c", "a_to_b.to.c", "b_to_c.to.c"]
    rng = np.random.default_rng(2)
    factors = dict(zip(structural_order(study), rng.normal(size=(4, 300)), strict=True))
    data = pd.DataFrame({i: factors[c] + rng.normal(size=300) for c in factors for i in study.constructs[c].all_items})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = fit(structural_model(study, []), data)
    paths = fitted.parameters.query("op in ('~', ':=')").set_index("label")["est"]
    assert list(paths.index) == [*labels, "a_to_b_to_c"]
    assert paths.nunique() == 4
    assert paths["a_to_b_to_c"] == pytest.approx(paths["a.to.b_to_c"] * paths["b_to_c.to.c"])


def test_without_controls_latent_predictors_correlate_by_default(edit):
    edit("controls: [age, region]\n", "")
    edit("  second: {file: second.csv, reader: csv}    # the main survey\n", "")
    hypotheses(edit, "H1: {path: stress -> output}", "H2: {path: support -> output}")
    lines = structural_model(load("study.yaml")).splitlines()
    assert lines[-1] == "output ~ stress.to.output*stress + support.to.output*support"
    assert not any("~~" in line for line in lines)


def test_a_single_item_among_the_predictors_correlates_with_the_others(edit):
    edit("controls: [age, region]\n", "")
    edit("  second: {file: second.csv, reader: csv}    # the main survey\n", "")
    hypotheses(edit, "H1: {path: stress -> output}", "H2: {path: mood -> output}", "H3: {path: support -> output}")
    assert structural_model(load("study.yaml")).splitlines()[-2:] == ["stress ~~ support + mo1", "support ~~ mo1"]


def test_a_moderator_and_the_steps_of_a_long_path_are_predictors(edit):
    hypotheses(edit, "H1: {path: stress -> mood -> output, moderated_by: support, stage: second}")
    assert structural_paths(load("study.yaml")) == {"mood": ["stress"], "output": ["support", "mood"]}


@pytest.mark.parametrize(
    ("stage", "paths", "products"),
    [
        ("first", {"mood": ["stress", "support"], "output": ["mood"]}, {"mood": ["stress:support"]}),
        ("second", {"mood": ["stress"], "output": ["support", "mood"]}, {"output": ["support:mood"]}),
        (
            "both",
            {"mood": ["stress", "support"], "output": ["support", "mood"]},
            {"mood": ["stress:support"], "output": ["support:mood"]},
        ),
    ],
)
def test_the_stage_says_which_step_a_moderator_bends(edit, stage, paths, products):
    hypotheses(edit, f"H1: {{path: stress -> mood -> output, moderated_by: support, stage: {stage}}}")
    assert structural_paths(load("study.yaml")) == paths
    assert product_terms(load("study.yaml")) == products


def test_only_a_plain_mediation_defines_an_indirect_effect(edit):
    hypotheses(
        edit,
        "H1: {path: support -> stress -> mood -> output}",
        "H2: {path: stress -> mood -> output, moderated_by: support, stage: first}",
        "H3: {path: support -> stress}",
    )
    defined = [line for line in structural_model(load("study.yaml")).splitlines() if ":=" in line]
    assert defined == ["H1 := support.to.stress*stress.to.mo1*mo1.to.output"]


def test_a_path_that_two_hypotheses_state_is_in_the_model_once(edit):
    hypotheses(edit, "H1: {path: stress -> output}", "H2: {path: stress -> output, moderated_by: mood}")
    assert structural_paths(load("study.yaml")) == {"output": ["stress", "mood"]}


def test_controls_become_numbers_and_dummies_and_every_wave_but_the_first_a_dummy(small):
    assert control_terms(load(small)) == {
        "age": ("age", None),
        "region_2": ("region", 2),
        "region_3": ("region", 3),
        "wave_second": ("wave", "second"),
    }


@pytest.fixture
def chinese(small, edit):
    """The small study with every name in Chinese."""
    names = {"stress": "压力", "support": "支持", "home": "家庭", "office": "单位", "mood": "心情", "output": "产出"}
    names |= {"st1": "压1", "st2": "压2", "st3": "压3", "ho1": "家1", "ho2": "家2", "of1": "单1", "of2": "单2"}
    names |= {"mo1": "心1", "ou1": "产1", "ou2": "产2", "ou3": "产3", "check": "检查", "age": "年龄", "region": "地区"}
    names |= {"first": "一期", "second": "二期", "agreement": "同意度"}
    for file in ("study.yaml", "codebook.csv"):
        text = Path(file).read_text(encoding="utf-8")
        for latin, han in names.items():
            text = text.replace(latin, han)
        text = text.replace("一期.csv", "first.csv").replace("二期.csv", "second.csv").replace("地区s", "地区表")
        Path(file).write_text(text.replace("H2:", "假设2:"), encoding="utf-8")
    return small


def test_a_study_whose_names_are_all_chinese_is_estimated(chinese):
    study = load(chinese)
    rng = np.random.default_rng(5)
    n = 500
    factors = rng.normal(size=(n, 3)) @ np.linalg.cholesky([[1, 0.3, 0.2], [0.3, 1, 0.4], [0.2, 0.4, 1]]).T
    loaded = {"压": 0, "家": 1, "单": 1, "心": 2, "产": 2}
    extra = {"家": rng.normal(0, 0.5, n), "单": rng.normal(0, 0.5, n)}
    data = pd.DataFrame(
        {i: factors[:, loaded[i[0]]] + extra.get(i[0], 0) + rng.normal(0, 0.7, n) for i in study.items}
    ).assign(年龄=rng.normal(40, 9, n), 地区_2=rng.integers(0, 2, n), wave_二期=rng.integers(0, 2, n))
    data["地区_3"] = (1 - data["地区_2"]) * rng.integers(0, 2, n)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit(structural_model(study), data, estimator="MLR")
    assert found.converged
    paths = found.parameters.query("op == '~'").set_index(["lhs", "rhs"])["std_all"]
    assert paths["心1", "支持"] > 0.2
    assert found.parameters.query("op == ':='")["lhs"].to_list() == ["假设2"]


def test_a_construct_that_no_hypothesis_names_is_not_in_the_structural_model(edit):
    edit("H3: {path: support -> mood, expect: positive}", "H3: {path: stress -> mood, expect: positive}")
    edit(", moderated_by: support", "")
    study = load("study.yaml")
    assert "support" not in structural_model(study)
    assert "support" in measurement_model(study)
    assert not set(structural_items(study)) & set(study.constructs["support"].all_items)


def test_routes_are_all_ways_over_something_in_between(edit):
    hypotheses(edit, "H1: {path: support -> stress -> mood -> output}", "H2: {path: stress -> output}")
    assert routes(load("study.yaml")) == [
        ("support", "stress", "mood"),
        ("stress", "mood", "output"),
        ("support", "stress", "output"),
        ("support", "stress", "mood", "output"),
    ]


def test_groups_are_the_waves_and_what_paths_differ_by(small):
    assert groupings(load(small)) == ["wave", "region"]


def test_a_construct_left_out_takes_its_arrows_along_and_no_other_claim_takes_their_place(edit):
    hypotheses(
        edit,
        "H1: {path: support -> stress -> mood -> output}",
        "H2: {path: stress -> output, moderated_by: support}",
        "H3: {path: stress -> mood -> output, moderated_by: support, stage: first}",
        "H4: {path: stress -> output}",
        "H5: {differ_by: region}",
    )
    study = load("study.yaml")
    assert "ho1" in study.items  # made before the copy, and not taken over by it
    left = without(study, ["support"])
    assert structural_paths(left) == {"mood": ["stress"], "output": ["stress", "mood"]}
    assert product_terms(left) == {} and ":=" not in structural_model(left)
    assert {h.kind for h in left.hypotheses.values()} == {"direct", "group difference"}
    assert left.hypotheses["H4"] == study.hypotheses["H4"] and left.hypotheses["H5"] == study.hypotheses["H5"]
    assert "ho1" not in left.items and "ho1" in study.items and list(left.constructs) == ["stress", "mood", "output"]
    assert without(study, []).hypotheses == study.hypotheses
    assert structural_paths(without(study, ["output", "mood"])) == {"stress": ["support"]}


def test_a_model_of_other_paths_keeps_the_constructs_and_defines_what_it_can(small):
    study = load(small)
    lines = structural_model(study, [], {"output": ["mood"], "mood": ["stress"]}).splitlines()
    assert "output ~ mo1.to.output*mo1" in lines and "mo1 ~ stress.to.mo1*stress" in lines
    assert lines[-1] == "H2 := stress.to.mo1*mo1.to.output"
    free = structural_model(study, [], {}).splitlines()
    assert not any(" ~ " in line or ":=" in line for line in free)
    assert free[-3:] == ["stress ~~ support + mo1 + output", "support ~~ mo1 + output", "mo1 ~~ output"]
    assert "output ~" not in structural_model(study, [], {"output": []})
