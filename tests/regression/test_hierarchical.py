"""Hierarchical regressions with HC3 errors, number for number as lm, sandwich, lmtest and car in R."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.regression.firms import firms

from analysis import results
from analysis.errors import UserError
from analysis.regression import hierarchical as module
from analysis.regression.hierarchical import hierarchical
from analysis.study import load
from analysis.study.model import product_term

RECORDED = json.loads((Path(__file__).parent / "lm.json").read_text(encoding="utf-8"))
NAMES = {"stress": "effort", "support": "luck", "mood": "skill", "output": "profit"}


@pytest.fixture
def study(small, edit):
    """The small study with one wave and the theory that the firms were simulated from."""
    text = small.read_text(encoding="utf-8")
    begin, end = text.index("  H1:"), text.index("questions:")
    hypotheses = (
        "  H1: {path: stress -> mood -> output}\n"
        "  H2: {path: stress -> output, moderated_by: support}\n"
        "  H3: {path: support -> output}\n\n"
    )
    edit(text[begin:end], hypotheses)
    edit("  second: {file: second.csv, reader: csv}    # the main survey\n", "")
    return load(small)


@pytest.fixture
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and controls of the firms, under the names of the study."""
    table = firms().rename(columns={theirs: ours for ours, theirs in NAMES.items()})
    table.insert(0, "respondent", [f"first:{i}" for i in range(len(table))])
    table.insert(1, "wave", "first")
    controls = ["age", "region_2", "region_3"]
    return table.drop(columns=controls), table[["respondent", "wave", *controls]]


def in_theirs(term: str) -> str:
    if term == "const":
        return "(Intercept)"
    return ":".join(NAMES.get(part, part) for part in term.split(":"))


def quiet(scores, controls, study):
    """The regressions, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return hierarchical(scores, controls, study)


def test_every_number_equals_r(tables, study):
    terms, fits = quiet(*tables, study)
    terms, fits = terms.query("outcome == 'output'"), fits.query("outcome == 'output'")
    assert fits["block"].to_list() == ["controls", "antecedents", "mediators", "interactions"]
    for step, expected in enumerate(RECORDED, start=1):
        found = terms[terms["model"] == step]
        found = found.set_index(found["term"].map(in_theirs))
        theirs = pd.DataFrame(expected["terms"]).set_index("term").astype(float)
        assert found.index.to_list() == theirs.index.to_list()
        np.testing.assert_allclose(found[theirs.columns].to_numpy(dtype=float), theirs, rtol=1e-7, atol=1e-14)
        fit = fits[fits["model"] == step].iloc[0]
        assert fit[list(expected["fit"])].to_list() == pytest.approx(list(expected["fit"].values()), rel=1e-7)
        assert fit["errors"] == "HC3"


def test_the_tables_are_those_that_are_promised(tables, study, tmp_path):
    terms, fits = quiet(*tables, study)
    results.write("regressions", terms, tmp_path / "regressions.csv")
    results.write("regression_fit", fits, tmp_path / "fit.csv")
    assert set(terms["outcome"]) == {"mood", "output"}
    assert (fits.groupby("outcome")["delta_r2"].sum().to_numpy() > 0).all()
    last = fits.groupby("outcome").last()
    assert fits.groupby("outcome")["delta_r2"].sum().to_dict() == pytest.approx(last["r2"].to_dict())


def test_all_steps_of_an_outcome_use_the_same_respondents(tables, study):
    _, fits = quiet(*tables, study)
    assert set(fits.query("outcome == 'output'")["n"]) == {177}
    assert set(fits.query("outcome == 'mood'")["n"]) == {179}


def test_blocks_follow_from_the_hypotheses(small):
    study = load(small)
    controls = ["age", "region_2", "region_3", "wave_second"]
    assert module.blocks(study, "output") == {
        "controls": controls,
        "antecedents": ["stress", "support"],
        "mediators": ["mood"],
        "interactions": ["stress:support"],
    }
    assert module.blocks(study, "mood") == {"controls": controls, "antecedents": ["stress", "support"]}


def test_coefficients_of_a_product_hold_at_the_mean_of_the_other(tables, study):
    """Centring changes no test of the product, and makes the others those at the mean."""
    scores, controls = tables
    moved = scores.assign(stress=scores["stress"] + 100, support=scores["support"] - 50)
    first, second = (quiet(s, controls, study)[0].query("outcome == 'output'") for s in (scores, moved))
    np.testing.assert_allclose(first.query("model == 4")["b"], second.query("model == 4")["b"], rtol=1e-6)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda controls: controls.assign(region_3=0.0),
        lambda controls: controls.assign(region_3=(controls.index == 20) * 1.0),
        lambda controls: controls.assign(region_3=1 - controls["region_2"]),
        lambda controls: controls.assign(region_3=2e6 * controls["age"] - 1e5),
    ],
    ids=["does not vary", "one respondent alone", "follows from another", "is another in other units"],
)
def test_a_control_that_cannot_be_estimated_keeps_its_rows_with_empty_numbers(tables, study, spoil):
    scores, controls = tables
    without = study.model_copy(update={"controls": ("age", "region")})
    terms, fits = quiet(scores, spoil(controls), without)
    numbers = terms.set_index("term")[["b", "se", "pvalue"]]
    assert numbers.loc["region_3"].isna().all(axis=None)
    assert fits.query("outcome == 'output' and model == 1")["delta_df"].item() == 2
    assert np.isfinite(numbers.drop(index="region_3").to_numpy()).all()


def test_a_block_of_which_nothing_is_left_is_no_step(tables, study):
    scores, controls = tables
    constant = controls.assign(age=40.0, region_2=0.0, region_3=0.0)
    _, fits = quiet(scores, constant, study)
    assert fits.query("outcome == 'output'")["block"].to_list() == ["antecedents", "mediators", "interactions"]
    assert fits.query("outcome == 'output'")["model"].to_list() == [1, 2, 3]


def test_a_last_block_of_which_nothing_is_left_keeps_its_rows(tables, study):
    scores, controls = tables
    terms, _ = quiet(scores.assign(support=scores["support"].median()), controls, study)
    output = terms[terms["outcome"] == "output"]
    shown = output[output["model"] == output["model"].max()].set_index("term")["b"]
    assert np.isnan(shown["stress:support"]) and np.isnan(shown["support"])


def test_a_product_is_the_same_whichever_construct_moderates(study):
    h = next(h for h in study.hypotheses.values() if h.kind == "moderation")
    turned = h.model_copy(update={"path": (h.moderated_by, h.path[1]), "moderated_by": h.path[0]})
    assert product_term(study, turned) == product_term(study, h) == "stress:support"


@pytest.mark.parametrize("n", [0, 5, 9])
def test_too_few_respondents_are_told_in_words(tables, study, n):
    scores, controls = tables
    complete = scores["support"].notna() & controls["age"].notna()
    message = f'The regression of "mood" has {n} complete respondents for' if n < 7 else '"output" has 9 complete'
    with pytest.raises(UserError, match=message):
        hierarchical(scores[complete].head(n), controls[complete].head(n), study)


def test_an_outcome_that_does_not_vary_is_told_in_words(tables, study):
    scores, controls = tables
    with pytest.raises(UserError, match='All respondents have the same "mood"'):
        hierarchical(scores.assign(mood=3.0), controls, study)
