"""Effects are sums of products of paths, worked out by hand for a model with two ways from one construct to another."""

import numpy as np
import pandas as pd
import pytest

from analysis.study import load
from analysis.study.effects import effects, no_share, without_idle_shares

from .test_model import hypotheses


@pytest.fixture
def two_ways(edit):
    """stress -> output directly, over mood, over support, and over both."""
    hypotheses(
        edit,
        "H1: {path: stress -> mood -> output}",
        "H2: {path: stress -> support -> mood}",
        "H3: {path: support -> output}",
        "H4: {path: stress -> output}",
    )
    return load("study.yaml")


PATHS = {
    ("stress", "mood"): 0.5,
    ("stress", "support"): -0.4,
    ("stress", "output"): 0.1,
    ("mood", "output"): 0.6,
    ("support", "mood"): 0.2,
    ("support", "output"): 0.3,
}


def test_effects_by_hand(two_ways):
    found = {(e.effect, e.path): e for e in effects(two_ways, PATHS)}
    over_mood, over_support, over_both = 0.5 * 0.6, -0.4 * 0.3, -0.4 * 0.2 * 0.6
    indirect = over_mood + over_support + over_both
    expected = {
        ("direct", "stress -> output"): 0.1,
        ("indirect", "stress -> mood -> output"): over_mood,
        ("indirect", "stress -> support -> output"): over_support,
        ("indirect", "stress -> support -> mood -> output"): over_both,
        ("total indirect", "stress -> output"): indirect,
        ("total", "stress -> output"): indirect + 0.1,
        ("share", "stress -> output"): indirect / (indirect + 0.1),
        ("total", "stress -> mood"): 0.5 - 0.4 * 0.2,
        ("contrast", "stress -> support -> output - stress -> mood -> output"): over_support - over_mood,
    }
    for key, value in expected.items():
        assert float(found[key].value) == pytest.approx(value), key
    assert found["indirect", "stress -> mood -> output"].hypothesis == "H1"
    assert found["indirect", "stress -> support -> output"].hypothesis == ""
    assert ("total indirect", "stress -> mood") not in found  # one way only


def test_draws_keep_their_shape_and_order(two_ways):
    rng = np.random.default_rng(1)
    draws = {arrow: rng.normal(size=(7,)) for arrow in PATHS}
    one = effects(two_ways, {arrow: values[3] for arrow, values in draws.items()})
    for many, single in zip(effects(two_ways, draws), one, strict=True):
        assert many[:3] == single[:3]
        assert many.value.shape == (7,)
        assert many.value[3] == pytest.approx(float(single.value))


def test_claimed_indirect_effects_on_one_target_are_contrasted(edit):
    hypotheses(edit, "H1: {path: stress -> mood -> output}", "H2: {path: support -> mood -> output}")
    paths = {("stress", "mood"): 0.5, ("support", "mood"): 0.2, ("mood", "output"): 0.6}
    contrasts = [e for e in effects(load("study.yaml"), paths) if e.effect == "contrast"]
    assert [e.hypothesis for e in contrasts] == ["H1 - H2"]
    assert float(contrasts[0].value) == pytest.approx(0.3 * 0.6)


@pytest.mark.parametrize(
    ("direct", "indirect", "interval", "reason"),
    [
        (0.2, 0.3, (0.1, 0.9), ""),
        (-0.2, -0.3, (-0.9, -0.1), ""),
        (0.0, 0.3, (0.1, 0.5), ""),
        (-0.2, 0.5, (0.1, 0.5), "no share: the direct and the indirect effect have opposite signs (suppression)"),
        (0.2, 0.3, (-0.1, 0.9), "no share: the interval of the total effect contains 0"),
        (0.2, 0.3, (np.nan, np.nan), ""),
        (-0.2, 0.5, (np.nan, np.nan), "no share: the direct and the indirect effect have opposite signs (suppression)"),
    ],
)
def test_a_share_needs_parts_of_one_sign_and_a_whole_that_is_not_nothing(direct, indirect, interval, reason):
    assert no_share(direct, indirect, interval) == reason


def test_a_share_that_says_nothing_is_emptied_and_no_other_row():
    table = pd.DataFrame(
        [
            ("direct", "a -> b", -0.2, -0.3, -0.1, 90, ""),
            ("total", "a -> b", 0.4, 0.3, 0.5, 90, ""),
            ("share", "a -> b", 1.5, 1.1, 1.9, 90, ""),
            ("direct", "c -> b", 0.2, 0.1, 0.3, 90, ""),
            ("total", "c -> b", 0.4, 0.3, 0.5, 90, ""),
            ("share", "c -> b", 0.5, 0.4, 0.6, 90, ""),
            ("share", "d -> b", np.nan, np.nan, np.nan, 90, "d was left out"),
        ],
        columns=["effect", "path", "est", "ci_lower", "ci_upper", "n", "note"],
    )
    found = without_idle_shares(table)
    assert found.loc[2, ["est", "ci_lower", "ci_upper"]].isna().all() and "suppression" in found.loc[2, "note"]
    pd.testing.assert_frame_equal(found.drop(index=2), table.drop(index=2))
    remarked = without_idle_shares(table.assign(ci_lower=np.nan, ci_upper=np.nan, note="no bootstrap"))
    assert np.isnan(remarked.loc[2, "est"]) and remarked.loc[5, ["est", "note"]].to_list() == [0.5, "no bootstrap"]
    assert remarked.loc[2, "note"].startswith("no bootstrap | no share: ")
    assert table.loc[2, "est"] == 1.5  # the table given is left as it is
