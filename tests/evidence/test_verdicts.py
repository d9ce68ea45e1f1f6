"""One rule gives every verdict; on data made from known effects it finds them, their sign and their absence."""

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.evidence.verdicts import judge, verdicts
from analysis.regression.hierarchical import hierarchical
from analysis.structure import structural
from analysis.study import Hypothesis, load
from analysis.survey.waves import scores


@pytest.mark.parametrize(
    ("est", "p", "expect", "verdict", "reason"),
    [
        (0.3, 0.04, "positive", "supported", "p is below 0.05 and the sign is positive"),
        (-0.3, 0.04, "negative", "supported", "p is below 0.05 and the sign is negative"),
        (-0.3, 0.04, "either", "supported", "p is below 0.05 and the sign is negative"),
        (-0.3, 0.04, "positive", "opposite", "p is below 0.05, but the sign is negative"),
        (0.3, 0.04, "negative", "opposite", "p is below 0.05, but the sign is positive"),
        (0.3, 0.05, "positive", "not supported", "p is not below 0.05"),
        (-0.3, 0.6, "positive", "not supported", "p is not below 0.05"),
        (0.3, np.nan, "positive", "not testable", "the effect cannot be estimated from these data"),
    ],
)
def test_the_rule(est, p, expect, verdict, reason):
    hypothesis = Hypothesis(path="a -> b", expect=expect)
    assert judge({"est": est, "pvalue": p}, hypothesis, 0.05) == (verdict, reason)


def test_the_significance_level_is_that_of_the_study():
    hypothesis = Hypothesis(path="a -> b", expect="positive")
    assert judge({"est": 1, "pvalue": 0.04}, hypothesis, 0.01)[0] == "not supported"
    assert judge({"est": 1, "pvalue": 0.06}, hypothesis, 0.1)[0] == "supported"


def estimates() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables of estimates as the stages write them, a number of its own in each cell."""
    numbers = ["est", "z", "se", "pvalue", "ci_lower", "ci_upper", "std_all", "std_ci_lower", "std_ci_upper"]
    rows = [
        ("ML", "output", "~", "stress", *[9] * 9),
        ("MLR", "output", "~", "stress", -0.5, -5, 0.1, 0.001, -0.7, -0.3, -0.45, -0.6, -0.3),
        ("MLR", "output", "~", "age", *[8] * 9),
        ("MLR", "mo1", "~", "support", 0.2, 1, 0.2, 0.3, -0.2, 0.6, 0.15, -0.1, 0.4),
        ("MLR", "H2", ":=", "stress_to_mo1*mo1_to_output", 0.1, 4, 0.025, 0.01, 0.05, 0.15, 0.08, 0.02, 0.14),
    ]
    parameters = pd.DataFrame(rows, columns=["estimator", "lhs", "op", "rhs", *numbers])
    columns = ["outcome", "model", "term", "b", "beta", "t", "se", "pvalue", "ci_lower", "ci_upper"]
    product = [("output", m, "stress:support", 0.1 * m, 0.07, 2.5, 0.05, 0.02, 0.01, 0.3) for m in (4, 5)]
    notes = pd.DataFrame(
        {"estimator": ["ML", "MLR", "MLR"], "kind": ["NotConverged", "ImproperSolution", "MissingValues"]}
    )
    return parameters, notes, pd.DataFrame([*product, ("mood", 4, "stress:support", *[7] * 7)], columns=columns)


def test_every_kind_of_hypothesis_has_its_row_from_its_source(small, tmp_path):
    found = verdicts(*estimates(), load(small))
    results.write("verdicts", found, tmp_path / "verdicts.csv")
    found = found.set_index("hypothesis")
    assert found["kind"].to_list() == ["direct", "mediation", "direct", "moderation", "group difference"]
    assert found["verdict"].to_list() == ["supported", "opposite", "not supported", "supported", "not testable"]
    numbers = ["est", "std", "statistic", "se", "pvalue", "ci_lower", "ci_upper"]
    assert found.loc["H1", numbers].to_list() == [-0.5, -0.45, -5, 0.1, 0.001, -0.7, -0.3]
    assert found.loc["H2", numbers].to_list() == [0.1, 0.08, 4, 0.025, 0.01, 0.05, 0.15]
    assert found.loc["H3", "est"] == 0.2
    assert found.loc["H4", numbers].to_list() == [0.5, 0.07, 2.5, 0.05, 0.02, 0.01, 0.3]
    assert found.loc["H5", numbers].isna().all()
    assert found["path"].to_list()[1:] == ["stress -> mood -> output", "support -> mood", "stress -> output", "region"]
    assert found["moderator"].to_list() == ["", "", "", "support", ""]
    assert found["method"].str.contains("MLR").to_list() == [True, True, True, False, False]
    assert found.loc["H1", ["std_ci_lower", "std_ci_upper"]].to_list() == [-0.6, -0.3]
    standardised = [0.01 * 0.07 / 0.5, 0.3 * 0.07 / 0.5]
    assert found.loc["H4", ["std_ci_lower", "std_ci_upper"]].to_list() == pytest.approx(standardised)
    assert found["caveat"].to_list() == ["ImproperSolution"] * 3 + ["", ""]
    assert found.loc["H5", "reason"] == "this version has no test of a group difference"


def test_a_moderated_mediation_is_not_testable_and_says_why(edit):
    edit("H2: {path: stress -> mood -> output,", "H2: {path: stress -> mood -> output, moderated_by: support,")
    found = verdicts(*estimates(), load("study.yaml")).set_index("hypothesis").loc["H2"]
    assert (found["kind"], found["verdict"]) == ("moderated mediation", "not testable")
    assert found["reason"] == "this version has no test of a moderated mediation"


def test_an_effect_that_nobody_could_estimate_is_not_testable(small):
    parameters, notes, regressions = estimates()
    found = verdicts(parameters.head(1), notes, regressions.head(0), load(small)).set_index("hypothesis")
    assert set(found["verdict"]) == {"not testable"}
    assert set(found["reason"][:4]) == {"no estimate of this effect was possible"}


def made(study, interaction: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """600 respondents: stress -> mood -.5, support -> mood 0, stress -> output +.4, mood -> output +.5, a product."""
    rng = np.random.default_rng(44)
    n = 600
    stress, support = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], n).T
    mood = -0.5 * stress + rng.normal(0, 0.8, n)
    output = 0.4 * stress + 0.5 * mood + 0.2 * support + interaction * stress * support + rng.normal(0, 0.7, n)
    home, office = (0.8 * support + rng.normal(0, 0.6, n) for _ in range(2))
    factors = {"st": stress, "ho": home, "of": office, "ou": output}
    items = {i: factors[i[:2]] + rng.normal(0, 0.5, n) for i in study.items if i != "mo1"}
    respondents = pd.DataFrame({**items, "mo1": mood}).reset_index(names="respondent")
    respondents = respondents.assign(respondent=respondents["respondent"].astype(str), wave="first")
    controls = respondents[["respondent", "wave"]].assign(
        age=rng.normal(40, 9, n),
        region_2=rng.integers(0, 2, n) * 1.0,
        region_3=0.0,
        wave_second=rng.integers(0, 2, n) * 1.0,
    )
    controls["region_3"] = (1 - controls["region_2"]) * rng.integers(0, 2, n)
    return respondents, controls


@pytest.mark.parametrize(
    ("interaction", "expected"), [(0.25, "supported"), (-0.25, "opposite"), (0.0, "not supported")]
)
def test_known_effects_are_found_with_their_sign_and_their_absence(small, interaction, expected):
    study = load(small)
    respondents, controls = made(study, interaction)
    data = structural.model_data(respondents, controls)
    usable = structural.usable_controls(data, study)
    fits = structural.estimate(data, study, usable)
    parameters, notes = structural.parameters(fits), structural.notes(fits, study, usable)
    regressions, _ = hierarchical(scores(respondents, study), controls, study)
    found = verdicts(parameters, notes, regressions, study).set_index("hypothesis")
    assert found["verdict"].to_dict() == {
        "H1": "opposite",  # expected negative, made positive
        "H2": "supported",  # -.5 times +.5
        "H3": "not supported",  # made without effect
        "H4": expected,
        "H5": "not testable",
    }
    assert found.loc["H2", "est"] == pytest.approx(-0.25, abs=0.08)
    assert found.loc["H2", "ci_lower"] < -0.25 < found.loc["H2", "ci_upper"]
    assert found.loc["H4", "ci_lower"] < interaction < found.loc["H4", "ci_upper"]
