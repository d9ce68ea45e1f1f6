"""Does the generator draw what the truth states? Large samples are held against the stated values."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import study as studies
from analysis.errors import UserError
from analysis.synthetic import load_truth, simulate
from analysis.synthetic.population import attributes, latent_scores, likert_answers

STUDY = "config/study.yaml"
TRUTH = "data/raw/sme-digitalisation/truth.yaml"
MANY = 200_000


@pytest.fixture(scope="module")
def study():
    return studies.load(STUDY)


@pytest.fixture(scope="module")
def truth(study):
    return load_truth(TRUTH, study)


@pytest.fixture(scope="module")
def scores(truth, study):
    return latent_scores(truth, study, MANY, np.random.default_rng(1))


@pytest.fixture(scope="module")
def answers(truth, study, scores):
    """Honest answers, all turned towards their construct."""
    drawn = likert_answers(truth, study, scores, np.random.default_rng(2))
    for item in drawn:
        if study.codebook[item].reverse:
            drawn[item] = 6 - drawn[item]
    return drawn


def alpha(items: pd.DataFrame) -> float:
    k = items.shape[1]
    return k / (k - 1) * (1 - items.var().sum() / items.sum(axis=1).var())


def test_scores_of_constructs_have_variance_one(scores, study):
    assert scores[list(study.constructs)].var().to_numpy() == pytest.approx(1, abs=0.02)


def test_stated_correlations_and_r2_hold(truth, scores):
    for a, others in truth.correlations.items():
        for b, r in others.items():
            assert scores[a].corr(scores[b]) == pytest.approx(r, abs=0.01)
    for outcome, r2 in truth.r2.items():
        explained = 1 - truth.residual_variances[outcome] / scores[outcome].var()
        assert explained == pytest.approx(r2, abs=0.01)
        assert 0.25 <= r2 <= 0.55


def test_a_regression_of_scores_recovers_every_path(truth, scores):
    for outcome, terms in truth.paths.items():
        predictors = np.column_stack([scores[t.split(" * ")].prod(axis=1) for t in terms] + [np.ones(MANY)])
        found = np.linalg.lstsq(predictors, scores[outcome], rcond=None)[0][:-1]
        assert found == pytest.approx(list(terms.values()), abs=0.012)


def test_a_stated_difference_between_groups_is_there_and_no_other(truth, study, scores):
    firms = attributes(truth, study, scores)
    names = ["resource_constraints", "uncertainty", "collaboration"]

    def path(rows):
        predictors = np.column_stack([scores.loc[rows, names], np.ones(rows.sum())])
        return np.linalg.lstsq(predictors, scores.loc[rows, "resilience"], rcond=None)[0][0]

    by_size = [path(firms["firm_size"] == size) for size in (1, 2, 3)]
    assert by_size == pytest.approx([-0.42, -0.28, -0.13], abs=0.03)
    by_ownership = [path(firms["ownership"] == kind) for kind in (1, 2, 3)]
    assert max(by_ownership) - min(by_ownership) < 0.04


def test_answers_are_moderately_skewed_with_plausible_means(answers, study):
    items = answers[list(study.items)]
    assert items.min().eq(1).all() and items.max().eq(5).all()
    assert items.mean().between(3.3, 4.0).all()
    assert items.skew().between(-1.0, -0.2).all()


def test_scales_are_as_reliable_as_stated(answers, study):
    for construct in study.constructs.values():
        assert 0.75 <= alpha(answers[list(construct.all_items)]) <= 0.92
    assert 0.70 <= alpha(answers[list(study.marker)]) <= 0.92


def test_one_item_is_weak_and_the_marker_goes_with_nothing(answers, study):
    performance = answers[list(study.constructs["transformation_performance"].items)]
    rest = {i: performance[i].corr(performance.drop(columns=i).sum(axis=1)) for i in performance}
    assert min(rest, key=rest.get) == "per6" and rest["per6"] < 0.50
    others = answers[list(study.items)].corrwith(answers[list(study.marker)].sum(axis=1))
    assert others.abs().max() < 0.015


def test_waves_hold_what_is_announced(truth, study):
    waves = simulate(truth, study)
    assert {name: len(wave) for name, wave in waves.items()} == {"2023": 412, "2024": 368, "2025": 455}
    for name, wave in waves.items():
        answered = wave[wave["status"] == "answered"]
        assert 0.08 <= (answered["careless"] != "").mean() <= 0.12
        assert 0.01 <= answered[list(study.codebook)].isna().to_numpy().mean() <= 0.04
        assert wave["submitted"].is_monotonic_increasing
        assert wave["submitted"].iloc[0].date() >= truth.waves[name].opens
    statuses = waves["2025"]["status"].value_counts().to_dict()
    assert statuses == {"answered": 451, "preview": 2, "unfinished": 2}


def test_careless_answers_look_their_part(truth, study):
    wave = pd.concat(simulate(truth, study).values())
    likert = list(study.of_kind("likert"))
    spread = wave[likert].std(axis=1)
    assert (spread[wave["careless"] == "straight"] == 0).all()
    assert (spread[wave["careless"] == ""] > 0).all()
    assert (wave.loc[wave["careless"] == "hasty", "seconds"] < 2 * 55).all()
    stopped = wave["check"].isna()
    assert (wave.loc[(wave["careless"] == "tired") & ~stopped, "check"] != 4).all()
    assert (wave.loc[(wave["careless"] == "") & ~stopped, "check"] == 4).all()


def test_the_same_seed_draws_the_same_answers_and_another_draws_others(truth, study):
    first, again = simulate(truth, study), simulate(truth, study)
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])
    other = simulate(truth.model_copy(update={"seed": truth.seed + 1}), study)
    assert not first["2023"].equals(other["2023"])


def test_every_hypothesis_is_declared_true_or_not(truth, study):
    assert set(truth.hypotheses) == set(study.hypotheses)
    path = truth.paths
    for name, hypothesis in study.hypotheses.items():
        effect = truth.hypotheses[name].effect
        if hypothesis.kind in ("direct", "mediation"):
            steps = zip(hypothesis.path, hypothesis.path[1:], strict=False)
            assert effect == pytest.approx(np.prod([path[b][a] for a, b in steps]))
        if hypothesis.expect != "either":
            assert truth.hypotheses[name].holds == (effect * {"positive": 1, "negative": -1}[hypothesis.expect] > 0)
    assert not all(claim.holds for claim in truth.hypotheses.values())


def test_a_truth_that_does_not_fit_the_study_is_refused(tmp_path, study):
    text = Path(TRUTH).read_text(encoding="utf-8")
    misspelt = tmp_path / "truth.yaml"
    misspelt.write_text(text.replace("  fun1: {", "  fan1: {"), encoding="utf-8")
    with pytest.raises(UserError) as error:
        load_truth(misspelt, study)
    assert 'items lacks "fun1"' in str(error.value)
    assert 'Did you mean "fun1"?' in str(error.value)
    misspelt.write_text(text.replace("seed:", "sead:"), encoding="utf-8")
    with pytest.raises(UserError, match="sead"):
        load_truth(misspelt, study)


def test_contradictory_correlations_are_refused(truth, study):
    impossible = {
        "resource_constraints": {"uncertainty": 0.9, "collaboration": 0.9},
        "uncertainty": {"collaboration": -0.9},
    }
    wrong = truth.model_copy(update={"correlations": impossible})
    with pytest.raises(UserError, match="contradict"):
        latent_scores(wrong, study, 10, np.random.default_rng(0))


def test_dates_are_dates(truth):
    assert all(isinstance(wave.opens, datetime.date) for wave in truth.waves.values())
