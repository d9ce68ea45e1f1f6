"""Rounding, zeros, stars and p, as the two conventions ask."""

import math

import pytest

from analysis.publish.format import Style, stars

APA, CHINESE = Style("en"), Style("zh")


@pytest.mark.parametrize(
    ("value", "apa", "chinese"),
    [
        (0.3456, ".346", "0.346"),
        (-0.0514, "−.051", "−0.051"),
        (-0.0001, ".000", "0.000"),
        (1.0, "1.000", "1.000"),
        (-1.25, "−1.250", "−1.250"),
        (math.nan, "", ""),
        (None, "", ""),
    ],
)
def test_numbers_within_one(value, apa, chinese):
    assert APA.bounded(value) == apa
    assert CHINESE.bounded(value) == chinese


def test_other_numbers_keep_their_zero():
    assert APA.number(0.5) == CHINESE.number(0.5) == "0.50"
    assert APA.number(-0.001) == "0.00"


def test_p_is_exact_or_below_the_third_decimal():
    assert APA.p(0.0321) == ".032"
    assert CHINESE.p(0.00099) == "< 0.001"
    assert APA.p_equation(0.00002) == "< .001"
    assert APA.p_equation(0.2) == "= .200"
    assert APA.p(math.nan) == ""


def test_stars():
    assert [stars(p) for p in (0.0009, 0.001, 0.009, 0.01, 0.049, 0.05, math.nan)] == [
        "***",
        "**",
        "**",
        "*",
        "*",
        "",
        "",
    ]


def test_counts_and_intervals():
    assert APA.count(12345) == "12,345"
    assert CHINESE.count(12345) == "12345"
    assert APA.interval(-0.1, 0.25) == "[−.100, .250]"
    assert APA.interval(math.nan, 0.25) == ""


def test_counts_of_one_kind():
    assert APA.counts([1003.0, 998.0, math.nan]) == "998–1,003"
    assert CHINESE.counts([1003, 1003]) == "1003"
    assert APA.counts([]) == "0"


def test_markup_is_never_read_from_values():
    runs = APA.rich("table.sample.note", n="_a_b")
    assert [run.text for run in runs if run.italic] == ["N"]
    assert "_a_b" in "".join(run.text for run in runs)
