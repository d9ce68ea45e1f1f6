"""Does the generator draw what the truth states? Large samples are held against the stated values."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import study as studies
from analysis.errors import UserError
from analysis.synthetic import load_truth, simulate
from analysis.synthetic.population import attributes, innovations, latent_scores, likert_answers

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
    (drawn,) = innovations(truth, study, MANY, 1, np.random.default_rng(1))
    return latent_scores(truth, drawn)


@pytest.fixture(scope="module")
def waves(truth, study):
    return simulate(truth, study)


@pytest.fixture(scope="module")
def answers(truth, study, scores):
    """Honest answers on five points, all turned towards their construct."""
    drawn = likert_answers(truth, study, scores, "2024", np.random.default_rng(2))
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
    firms = attributes(truth, study, scores, np.random.default_rng(3))
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


def asked(study, wave) -> list[str]:
    """The columns of what a wave asked, in the order of the codebook."""
    names = [v for v in study.codebook if v not in study.waves[wave].not_asked]
    return [column for v in names for column in study.columns(v)]


def test_waves_hold_what_is_announced(truth, study, waves):
    assert {name: len(wave) for name, wave in waves.items()} == {"2023": 425, "2024": 377, "2025": 460}
    for name, wave in waves.items():
        about = truth.waves[name]
        once = wave[wave["same_as"] == wave.index]
        assert len(wave) - len(once) == about.pasted
        answered = once[once["status"] == "answered"]
        assert answered["firm"].nunique() == about.firms and len(answered) == about.firms + about.again
        assert 0.08 <= (answered["careless"] != "").mean() <= 0.12
        assert 0.01 <= answered[asked(study, name)].isna().to_numpy().mean() <= 0.04
        assert once["submitted"].is_monotonic_increasing
        assert once["submitted"].iloc[0].date() >= about.opens
        assert not set(study.waves[name].not_asked) & set(wave)
    statuses = waves["2025"]["status"].value_counts().to_dict()
    assert statuses == {"answered": 456, "preview": 2, "unfinished": 2}


def test_pasted_rows_repeat_a_row_and_firms_that_answer_twice_nearly_do(truth, study, waves):
    for name, wave in waves.items():
        pasted = wave[wave["same_as"] != wave.index]
        assert pasted.reset_index(drop=True).equals(wave.loc[pasted["same_as"]].reset_index(drop=True))
        once = wave[wave["same_as"] == wave.index]
        twice = once[once["firm"].duplicated(keep=False)].sort_values(["firm", "submitted"])
        assert len(twice) == 2 * truth.waves[name].again
        first, second = twice.iloc[::2], twice.iloc[1::2]
        columns = asked(study, name)
        equal = first[columns].to_numpy() == second[columns].to_numpy()
        equal |= first[columns].isna().to_numpy() & second[columns].isna().to_numpy()
        assert ((~equal).sum(axis=1) <= 3).all()
        assert (first["address"].to_numpy() == second["address"].to_numpy()).all()


def test_one_address_has_many_rows_where_the_truth_says_so(truth, waves):
    for name, wave in waves.items():
        most = wave["address"].value_counts()
        assert most.iloc[1] <= 5
        assert most.iloc[0] >= truth.waves[name].one_address and (most.iloc[0] > 5) == (
            truth.waves[name].one_address > 0
        )


def test_firms_come_back_as_the_truth_says(truth, waves):
    seen = pd.concat([w[["firm"]].drop_duplicates().assign(wave=name) for name, w in waves.items()])
    sets = seen.groupby("firm")["wave"].agg("+".join).value_counts()
    assert sets[sets.index.str.contains("+", regex=False)].to_dict() == truth.panel.firms
    several = sets[sets.index.str.contains("+", regex=False)].sum()
    assert 0.2 <= several / sets.sum() <= 0.3


def test_firms_keep_their_attributes_and_grow_older(study, waves):
    first, last = (waves[w].drop_duplicates("firm").set_index("firm") for w in ("2023", "2025"))
    both = first.merge(last, left_index=True, right_index=True, suffixes=("_then", "_now"))
    assert len(both) == 110
    for name in ("firm_size", "ownership", "main_platform", "product_category", "region", "respondent_role"):
        known = both[[f"{name}_then", f"{name}_now"]].dropna()
        assert (known[f"{name}_then"] == known[f"{name}_now"]).all(), name
    age = both[["firm_age_then", "firm_age_now"]].dropna()
    assert (age["firm_age_now"] - age["firm_age_then"]).isin([2, 1, 0]).all()  # none is older than the codebook allows
    assert (age["firm_age_now"] - age["firm_age_then"] == 2).mean() > 0.95
    named = both[(both["registration_then"] != "") & (both["registration_now"] != "")]
    assert len(named) > 60
    for then, now in zip(named["registration_then"], named["registration_now"], strict=True):
        assert then.strip().upper() == now.strip().upper() and then.strip().upper().startswith("SYN-")


def test_scores_carry_over_and_each_wave_alone_follows_the_model(truth, study):
    first, _, last = innovations(truth, study, MANY, 3, np.random.default_rng(4))
    then, now = latent_scores(truth, first), latent_scores(truth, last)
    rho = truth.panel.carry_over**2
    assert first["resilience"].corr(last["resilience"]) == pytest.approx(rho, abs=0.01)
    assert (first["firm_size"] == last["firm_size"]).all()
    assert then["uncertainty"].corr(now["uncertainty"]) == pytest.approx(rho, abs=0.01)
    outcome, terms = "transformation_performance", truth.paths["transformation_performance"]
    predictors = np.column_stack([now[t.split(" * ")].prod(axis=1) for t in terms] + [np.ones(MANY)])
    found = np.linalg.lstsq(predictors, now[outcome], rcond=None)[0][:-1]
    assert found == pytest.approx(list(terms.values()), abs=0.012)


def test_the_marker_was_asked_on_seven_points_in_the_first_wave_only(study, waves):
    marker = list(study.marker)
    assert [waves[w][marker].max().max() for w in study.waves] == [7, 5, 5]
    assert waves["2023"][marker].min().min() == 1 and waves["2023"][list(study.items)].max().max() == 5


def test_ticked_options_are_one_or_zero_and_as_frequent_as_stated(truth, study, scores):
    ticked = attributes(truth, study, scores, np.random.default_rng(5))[list(study.columns("tool_kinds"))]
    assert set(np.unique(ticked)) == {0.0, 1.0}
    *options, none = ticked
    assert ticked[options].mean().tolist() == pytest.approx(truth.attributes["tool_kinds"].ticked, abs=0.005)
    assert ((ticked[options].sum(axis=1) == 0) == (ticked[none] == 1)).all()


def test_careless_answers_look_their_part(study, waves):
    wave = pd.concat(waves.values())
    likert = list(study.of_kind("likert"))
    spread = wave[likert].std(axis=1)
    assert (spread[wave["careless"] == "straight"] == 0).all()
    assert (spread[wave["careless"] == ""] > 0).all()
    assert (wave.loc[wave["careless"] == "hasty", "seconds"] < 2 * 68).all()
    stopped = wave["check"].isna()
    assert (wave.loc[(wave["careless"] == "tired") & ~stopped, "check"] != 4).all()
    assert (wave.loc[(wave["careless"] == "") & ~stopped, "check"] == 4).all()


def test_the_same_seed_draws_the_same_answers_and_another_draws_others(truth, study, waves):
    first, again = waves, simulate(truth, study)
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
    misspelt.write_text(text.replace("2023+2024: 60", "2023+2042: 60"), encoding="utf-8")
    with pytest.raises(UserError, match=r'panel names the waves "2023\+2042"'):
        load_truth(misspelt, study)
    misspelt.write_text(text.replace(", 1.13]", "]"), encoding="utf-8")
    with pytest.raises(UserError, match='thresholds of "agreement7" are 5, but 7 answers need one fewer'):
        load_truth(misspelt, study)


def test_more_firms_that_come_back_than_answer_are_refused(truth, study):
    crowded = truth.panel.model_copy(update={"firms": {"2023+2024": 400}})
    with pytest.raises(UserError, match="come back in wave 2024 than answer it"):
        simulate(truth.model_copy(update={"panel": crowded}), study)


def test_contradictory_correlations_are_refused(truth, study):
    impossible = {
        "resource_constraints": {"uncertainty": 0.9, "collaboration": 0.9},
        "uncertainty": {"collaboration": -0.9},
    }
    wrong = truth.model_copy(update={"correlations": impossible})
    with pytest.raises(UserError, match="contradict"):
        latent_scores(wrong, innovations(wrong, study, 10, 1, np.random.default_rng(0))[0])


def test_dates_are_dates(truth):
    assert all(isinstance(wave.opens, datetime.date) for wave in truth.waves.values())
