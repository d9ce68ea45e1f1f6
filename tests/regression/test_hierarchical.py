"""Hierarchical regressions, number for number as lm, sandwich, lmtest and car in R, by every kind of errors."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.regression.firms import firms

from analysis import results
from analysis.regression import hierarchical as module
from analysis.regression.hierarchical import hierarchical
from analysis.study import load
from analysis.study.model import product_term

RECORDED = json.loads((Path(__file__).parent / "lm.json").read_text(encoding="utf-8"))
CHECKS = json.loads((Path(__file__).parent / "checks.json").read_text(encoding="utf-8"))
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


@pytest.fixture
def respondents(tables) -> pd.DataFrame:
    """The firms' regions, and their towns of six firms each, which stand for firms that answered repeatedly."""
    scores, controls = tables
    region = 1 + controls["region_2"] + 2 * controls["region_3"]
    return scores[["respondent", "wave"]].assign(firm=[f"town {i // 6}" for i in range(len(scores))], region=region)


def in_theirs(term: str) -> str:
    if term == "const":
        return "(Intercept)"
    return ":".join(NAMES.get(part, part) for part in term.split(":"))


def quiet(scores, controls, respondents, study, errors="HC3"):
    """The regressions, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return hierarchical(scores, controls, respondents, study.model_copy(update={"standard_errors": errors}))


def last_of(terms: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The last model of an outcome, by R's names of the terms."""
    found = terms[terms["outcome"] == outcome]
    found = found[found["model"] == found["model"].max()]
    return found.set_index(found["term"].map(in_theirs).replace("effort:luck", "product"))


def test_every_number_equals_r(tables, respondents, study):
    terms, fits = quiet(*tables, respondents, study)
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


def test_the_tables_are_those_that_are_promised(tables, respondents, study, tmp_path):
    terms, fits = quiet(*tables, respondents, study)
    results.write("regressions", terms, tmp_path / "regressions.csv")
    results.write("regression_fit", fits, tmp_path / "fit.csv")
    assert set(terms["outcome"]) == {"mood", "output"}
    assert (fits.groupby("outcome")["delta_r2"].sum().to_numpy() > 0).all()
    last = fits.groupby("outcome").last()
    assert fits.groupby("outcome")["delta_r2"].sum().to_dict() == pytest.approx(last["r2"].to_dict())


def test_all_steps_of_an_outcome_use_the_same_respondents(tables, respondents, study):
    _, fits = quiet(*tables, respondents, study)
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


def test_coefficients_of_a_product_hold_at_the_mean_of_the_other(tables, respondents, study):
    """Centring changes no test of the product, and makes the others those at the mean."""
    scores, controls = tables
    moved = scores.assign(stress=scores["stress"] + 100, support=scores["support"] - 50)
    first, second = (quiet(s, controls, respondents, study)[0].query("outcome == 'output'") for s in (scores, moved))
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
def test_a_control_that_cannot_be_estimated_keeps_its_rows_with_empty_numbers(tables, respondents, study, spoil):
    scores, controls = tables
    without = study.model_copy(update={"controls": ("age", "region")})
    terms, fits = quiet(scores, spoil(controls), respondents, without)
    numbers = terms.set_index("term")[["b", "se", "pvalue"]]
    assert numbers.loc["region_3"].isna().all(axis=None)
    assert fits.query("outcome == 'output' and model == 1")["delta_df"].item() == 2
    assert fits["note"].str.contains("region_3 cannot be estimated").all()
    assert np.isfinite(numbers.drop(index="region_3").to_numpy()).all()


def test_a_block_of_which_nothing_is_left_is_no_step(tables, respondents, study):
    scores, controls = tables
    constant = controls.assign(age=40.0, region_2=0.0, region_3=0.0)
    _, fits = quiet(scores, constant, respondents, study)
    assert fits.query("outcome == 'output'")["block"].to_list() == ["antecedents", "mediators", "interactions"]
    assert fits.query("outcome == 'output'")["model"].to_list() == [1, 2, 3]


def test_a_last_block_of_which_nothing_is_left_keeps_its_rows(tables, respondents, study):
    scores, controls = tables
    terms, _ = quiet(scores.assign(support=scores["support"].median()), controls, respondents, study)
    output = terms[terms["outcome"] == "output"]
    shown = output[output["model"] == output["model"].max()].set_index("term")["b"]
    assert np.isnan(shown["stress:support"]) and np.isnan(shown["support"])


def test_a_product_is_the_same_whichever_construct_moderates(study):
    assert product_term(study, "support", "stress") == product_term(study, "stress", "support") == "stress:support"


@pytest.mark.parametrize("errors", ["classical", "HC3", "firm"])
def test_errors_of_every_kind_equal_r(tables, respondents, study, errors):
    theirs = pd.DataFrame(CHECKS["errors"][errors]).set_index("term")
    found = last_of(quiet(*tables, respondents, study, errors)[0], "output")
    columns = ["b", "se", "t", "pvalue", "ci_lower", "ci_upper"]
    np.testing.assert_allclose(found[columns].to_numpy(dtype=float), theirs.loc[found.index, columns], rtol=1e-7)


def test_f_of_clustered_errors_equals_r(tables, respondents, study):
    _, fits = quiet(*tables, respondents, study, "firm")
    fit, theirs = fits.query("outcome == 'output'").iloc[-1], CHECKS["firm_f"]
    assert fit["errors"] == "cluster: firm" and fit["note"] == ""
    assert fit["r2"] == pytest.approx(theirs["r2"], rel=1e-9)
    assert [fit["f"], fit["f_pvalue"]] == pytest.approx(list(theirs["whole"].values()), rel=1e-7)
    assert [fit["delta_f"], fit["delta_pvalue"]] == pytest.approx(list(theirs["last"].values()), rel=1e-7)


def test_effect_sizes_are_falls_of_r2_as_r_finds_them_without_the_term(tables, respondents, study):
    terms, fits = quiet(*tables, respondents, study)
    found = last_of(terms, "output")["f2"].drop("(Intercept)")
    assert found.to_dict() == pytest.approx(CHECKS["f2"], rel=1e-7)
    antecedents = fits.query("outcome == 'output' and block == 'antecedents'")
    assert antecedents["f2"].item() == pytest.approx(CHECKS["block_f2"], rel=1e-7)
    assert terms.query("term == 'const'")["f2"].isna().all()


def test_a_clusters_own_dummies_have_no_errors(tables, respondents, study):
    """Residuals sum to 0 in every region, so that errors by region are not those of region_2 and region_3."""
    terms, fits = quiet(*tables, respondents, study, "region")
    found = last_of(terms, "output")
    theirs = pd.DataFrame(CHECKS["errors"]["region"]).set_index("term")
    own = ["(Intercept)", "region_2", "region_3"]
    others = found.index.difference(own)
    columns = ["b", "se", "t", "pvalue", "ci_lower", "ci_upper"]
    np.testing.assert_allclose(found.loc[others, columns].astype(float), theirs.loc[others, columns], rtol=1e-7)
    assert found.loc[own, columns[1:]].isna().all(axis=None) and found.loc[own, "b"].notna().all()
    note = fits.query("outcome == 'output'")["note"].iloc[-1]
    assert "no errors of const, region_2, region_3" in note
    assert "3 clusters are few" in note and "3 clusters carry no test of 7 coefficients" in note


def test_a_firm_that_is_unknown_is_a_cluster_alone(tables, respondents, study):
    alone = respondents.assign(firm=respondents["respondent"])
    unknown = respondents.assign(firm="")
    (first, _), (second, fits) = (quiet(*tables, who, study, "firm") for who in (alone, unknown))
    pd.testing.assert_frame_equal(first, second)
    assert "177 respondents whose firm is unknown are a cluster each" in fits["note"].iloc[-1]


def test_who_has_no_answer_to_what_clusters_are_told_apart_by_is_left_out_and_counted(tables, respondents, study):
    some = respondents.assign(region=respondents["region"].where(respondents.index >= 30))
    _, fits = quiet(*tables, some, study, "region")
    assert set(fits.query("outcome == 'output'")["n"]) == {148}
    assert "29 respondents without an answer to region are left out" in fits["note"].iloc[-1]


def test_one_cluster_gives_no_errors(tables, respondents, study):
    terms, fits = quiet(*tables, respondents, study, "wave")
    assert terms[["se", "t", "pvalue", "ci_lower"]].isna().all(axis=None) and terms["b"].notna().all()
    assert fits["f"].isna().all() and fits["r2"].notna().all()
    assert fits["note"].str.contains("no standard errors: there is only one cluster").all()


@pytest.mark.parametrize("n", [0, 5, 9])
def test_too_few_respondents_leave_numbers_empty_and_are_told_in_words(tables, respondents, study, n):
    scores, controls = tables
    complete = scores["support"].notna() & controls["age"].notna()
    terms, fits = quiet(scores[complete].head(n), controls[complete].head(n), respondents, study)
    fit = fits.query("outcome == 'output'").iloc[-1]
    assert (fit["n"], fit["block"]) == (n, "interactions") and np.isnan(fit["r2"])
    why = f"{n} complete respondents are too few for 8 coefficients" if n else "nobody has a score of output"
    assert fit["note"] == why
    assert last_of(terms, "output")["b"].isna().all() and len(last_of(terms, "output")) == 8
    assert last_of(terms, "mood")["b"].notna().all() == (n == 9)


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_an_outcome_without_differences_leaves_the_others_as_they_are(tables, respondents, study, value, tmp_path):
    scores, controls = tables
    terms, fits = quiet(scores.assign(output=value), controls, respondents, study)
    results.write("regressions", terms, tmp_path / "regressions.csv")
    results.write("regression_fit", fits, tmp_path / "fit.csv")
    assert terms.query("outcome == 'output'")[["b", "se", "f2"]].isna().all(axis=None)
    why = "nobody has a score of output" if np.isnan(value) else "all respondents have the same output"
    assert fits.query("outcome == 'output'")["note"].str.contains(why).all()
    expected, _ = quiet(*tables, respondents, study)
    pd.testing.assert_frame_equal(terms.query("outcome == 'mood'"), expected.query("outcome == 'mood'"))


def test_an_outcome_that_follows_exactly_from_its_predictors_says_so(tables, respondents, study):
    scores, controls = tables
    terms, fits = quiet(scores.assign(output=2 * scores["mood"] - 1), controls, respondents, study)
    assert last_of(terms, "output")["b"].isna().all()
    assert fits.query("outcome == 'output'")["note"].str.contains("output follows exactly from what").all()


def test_a_predictor_that_no_wave_measured_is_left_out_alone(tables, respondents, study):
    scores, controls = tables
    terms, _ = quiet(scores.assign(support=np.nan), controls, respondents, study)
    found = last_of(terms, "output")["b"]
    assert found.index[found.isna()].to_list() == ["luck", "product"]


def test_an_outcome_of_two_values_is_a_linear_probability_model(tables, respondents, study):
    scores, controls = tables
    above = (scores["output"] > scores["output"].median()) * 1.0
    terms, fits = quiet(scores.assign(output=above), controls, respondents, study)
    assert fits.query("outcome == 'output'")["note"].str.contains("only two values: a linear probability").all()
    assert last_of(terms, "output")["se"].notna().all()


def test_two_dummies_that_together_single_out_one_respondent_are_not_both_estimable(tables, respondents, study):
    """Otherwise its residual is 0, its leverage 1, and HC3 is 0 / 0."""
    scores, controls = tables
    controls = controls.assign(region_2=(controls.index < 3) * 1.0, region_3=(controls.index < 2) * 1.0)
    terms, _ = quiet(scores, controls.assign(age=1.0), respondents, study)
    assert np.isnan(last_of(terms, "mood").loc["region_3", "b"])
    assert last_of(terms, "mood").drop(index=["region_3", "age"])["se"].notna().all()


def test_a_control_that_one_wave_did_not_ask_costs_that_wave_and_it_is_said(tables, respondents, study):
    scores, controls = tables
    wave = np.where(scores.index % 3 == 0, "second", "first")
    scores, respondents = scores.assign(wave=wave), respondents.assign(wave=wave)
    controls = controls.assign(wave=wave, age=controls["age"].where(wave == "first"))
    _, fits = quiet(scores, controls, respondents, study)
    complete = scores[["stress", "support", "mood", "output"]].notna().all(axis=1)
    lost = int((complete & (wave == "second")).sum())
    fit = fits.query("outcome == 'output'").iloc[-1]
    asked = complete & (controls["age"].notna() | (wave == "second"))
    assert fit["note"] == f"{lost} of {asked.sum()} respondents left out: age was not asked in wave second"
    assert fit["n"] == asked.sum() - lost and lost > 40


def test_a_product_is_standardised_by_its_factors(tables, respondents, study):
    """As if both factors, and the outcome, had been standardised before: b of their product (Aiken & West 1991)."""
    scores, controls = tables
    names = ["stress", "support", "mood", "output"]
    complete = scores[names].notna().all(axis=1) & controls.notna().all(axis=1)
    scores, controls = scores[complete], controls[complete]
    plain, _ = quiet(scores, controls, respondents, study)
    z = scores.assign(**{name: (scores[name] - scores[name].mean()) / scores[name].std() for name in names})
    standardised, _ = quiet(z, controls, respondents, study)
    terms = ["effort", "luck", "skill", "product"]
    beta, b = last_of(plain, "output")["beta"], last_of(standardised, "output")["b"]
    np.testing.assert_allclose(beta[terms].astype(float), b[terms].astype(float), rtol=1e-9)
