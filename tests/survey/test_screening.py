"""Each rule of the study flags the rows that it is meant for, and only those."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from analysis.errors import UserError
from analysis.publish.words import known
from analysis.results import TABLES
from analysis.study import load
from analysis.survey import indices, screening

LIKERT = ["st1", "st2", "st3", "ho1", "ho2", "of1", "of2", "mo1", "ou1", "ou2", "ou3"]


def answered(file="first.csv") -> pd.DataFrame:
    """The answers of the small study's first wave, coded, by row of the file."""
    return pd.read_csv(file).astype(float).rename(index=lambda number: number + 2)


def many(rows: int, seed=1) -> pd.DataFrame:
    """Attentive answers to the small study: one trait, some noise, st1, st2 and the turned st3 against the rest."""
    random = np.random.default_rng(seed)
    trait = random.normal(size=rows)
    keyed = [-1 if item in ("st1", "st2") else 1 for item in LIKERT]
    noise = random.normal(size=(rows, len(LIKERT)))
    table = pd.DataFrame(np.clip(np.rint(3 + 1.2 * np.outer(trait, keyed) + 0.5 * noise), 1, 5), columns=LIKERT)
    attributes = {"age": np.arange(rows) % 60 + 20.0, "region": np.arange(rows) % 3 + 1.0, "check": 4.0}
    return table.assign(**attributes)[list(load("study.yaml").codebook)]


def screen(coded, wave="first", **visits) -> screening.Screened:
    """``visits`` are columns of what the platform tells of a row."""
    return screening.screen(coded, pd.DataFrame(visits, index=coded.index), load("study.yaml"), wave)


def flagged(coded, rule: str, **visits) -> list[int]:
    """The places of the rows that break a rule."""
    return list(np.flatnonzero(screen(coded, **visits).broken[rule]))


def reasons(screened) -> list[str]:
    return screening.first_reason(screened.broken, load("study.yaml")).to_list()


@pytest.fixture
def rules(edit):
    """rules(text) states the screening of the small study, beside its check of attention."""

    def state(text: str) -> None:
        text = text if "attention" in text else f"{{attention: {{check: 4}}, {text[1:]}"
        study = Path("study.yaml").read_text(encoding="utf-8")
        edit(study[study.index("screening:") : study.index("waves:")], f"screening: {text}\n")

    return state


def test_the_small_study_loses_the_inattentive_and_the_monotonous(small):
    coded = answered()
    assert reasons(screen(coded)) == [""] * 5
    coded.loc[4, "check"] = 2
    coded.loc[5, LIKERT] = 3
    assert reasons(screen(coded)) == ["", "", "attention", "longest_run", ""]


def test_a_rule_that_is_not_stated_is_not_applied(rules):
    rules("{}")
    coded = answered()
    coded.loc[3, LIKERT] = 3
    screened = screen(coded, seconds=[0.0] * 5)
    assert list(screened.broken) == [*screening.STATUSES, "empty", "attention"]
    assert list(screened.values) == []
    assert reasons(screened) == [""] * 5


def test_a_threshold_of_zero_is_stated(rules):
    rules("{even_odd: 0, synonyms: 0, antonyms: 0, missing_share: 0}")
    assert load("study.yaml").screening.stated[1:] == ("even_odd", "synonyms", "antonyms", "missing_share")


def test_a_rule_that_leaves_nobody_out_still_flags(rules):
    rules("{attention: {check: 4}, longest_run: 6, leave_out: [longest_run]}")
    coded = answered()
    coded.loc[[3, 4], "check"] = 2
    coded.loc[[4, 5], LIKERT] = 3
    screened = screen(coded)
    assert reasons(screened) == ["", "", "longest_run", "longest_run", ""]
    flags = screening.flags_text(screened.broken)
    assert flags.to_list() == ["", "attention", "attention;longest_run", "longest_run", ""]
    assert flags.name == "flags"


def test_an_attention_check_left_open_or_not_asked_leaves_nobody_out(edit):
    coded = answered()
    coded.loc[2, "check"] = np.nan
    coded.loc[3, "check"] = 3
    assert flagged(coded, "attention") == [1]
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [check]")
    assert flagged(coded.assign(check=np.nan), "attention") == []


def test_time_counts_the_statements_that_were_asked(rules, edit):
    rules("{seconds_per_item: 2, minimum_seconds: 25}")  # 11 items and the check: 24 seconds
    seconds = [24, 23.9, np.nan, 300, 0]
    screened = screen(answered(), seconds=seconds)
    assert list(np.flatnonzero(screened.broken["seconds_per_item"])) == [1, 4]
    assert list(np.flatnonzero(screened.broken["minimum_seconds"])) == [0, 1, 4]
    np.testing.assert_allclose(screened.values["seconds_per_item"], np.array(seconds) / 12)
    np.testing.assert_allclose(screened.values["minimum_seconds"], seconds)
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [st1, check]")
    assert flagged(answered(), "seconds_per_item", seconds=[20, 19.9, 30, 30, 30]) == [1]


def test_a_file_without_durations_is_refused_unless_the_wave_says_so(rules, edit):
    rules("{seconds_per_item: 2, minimum_seconds: 25}")
    for visits in ({}, {"seconds": [np.nan] * 5}):
        with pytest.raises(UserError, match="first.csv does not say how long .* minimum_seconds and seconds_per_item"):
            screen(answered(), **visits)
    edit("first.csv, reader: csv", "first.csv, reader: csv, no_duration: true")
    with pytest.raises(UserError, match="but it does, in 4 rows. Take no_duration out of the wave."):
        screen(answered(), seconds=[0.0, 1, 2, 3, np.nan])
    screened = screen(answered(), seconds=[np.nan] * 5)
    assert reasons(screened) == [""] * 5
    assert screening.summary(*screened, load("study.yaml"), "first")["rule"].to_list() == ["attention"]
    assert screening.notes(*screened, load("study.yaml"), "first") == [
        "first.csv: minimum_seconds is not applied: the file does not say how long anyone took.",
        "first.csv: seconds_per_item is not applied: the file does not say how long anyone took.",
    ]


def test_a_run_as_long_as_allowed_is_kept(rules):
    rules("{longest_run: 10}")
    coded = answered()
    coded.loc[5, LIKERT] = 3
    assert flagged(coded, "longest_run") == [3]
    rules("{longest_run: 11}")
    assert flagged(coded, "longest_run") == []


def test_missing_answers_count_against_the_construct_items_asked(rules):
    rules("{missing_share: 0.2}")
    coded = answered()
    coded.loc[2, ["st1", "st2", "ho1"]] = np.nan  # 3 of 11
    coded.loc[3, ["st1", "st2", "age", "check"]] = np.nan  # 2 of 11
    assert flagged(coded, "missing_share") == [0]
    rules("{missing_share: 0}")
    screened = screen(coded)
    assert list(np.flatnonzero(screened.broken["missing_share"])) == [0, 1]
    assert screened.values["missing_share"].to_list() == [3 / 11, 2 / 11, 0, 0, 0]


def test_rows_that_are_no_answers_come_first_and_count_for_nothing(rules):
    rules("{missing_share: 0.1, duplicates: true}")
    coded = answered()
    coded.loc[2, LIKERT] = np.nan
    coded.loc[[3, 4]] = coded.loc[5].to_list()
    screened = screen(coded, status=["", "preview", "", "", "spam"], seconds=[60.0] * 5)
    assert reasons(screened) == ["empty", "preview", "", "duplicates", "spam"]
    assert screening.flags_text(screened.broken).to_list() == ["empty", "preview", "", "duplicates", "spam"]
    assert screened.values["duplicates"].dropna().to_list() == [0, 1]  # the copy in the preview is none


def test_the_indices_see_the_answers_as_given_and_even_odd_with_reverse_items_turned_round(rules):
    rules("{irv: 0.5, mahalanobis: 0.95, even_odd: 0, synonyms: 0.2, antonyms: -0.2, pair_correlation: 0.5}")
    coded = many(300)
    coded.loc[7, LIKERT] = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]
    coded.loc[[8, 9], LIKERT] = np.random.default_rng(2).integers(1, 6, (2, 11))
    values, broken = screen(coded)
    likert = coded[LIKERT].to_numpy()
    distance = indices.mahalanobis(likert)
    np.testing.assert_array_equal(values["mahalanobis"], distance)
    np.testing.assert_array_equal(broken["mahalanobis"], distance > chi2.ppf(0.95, 11))
    np.testing.assert_array_equal(broken["irv"], likert.std(axis=1, ddof=1) < 0.5)
    np.testing.assert_array_equal(broken["synonyms"], indices.synonyms(likert, 0.5) < 0.2)
    np.testing.assert_array_equal(broken["antonyms"], indices.antonyms(likert, 0.5) > -0.2)
    turned = likert.copy()
    turned[:, 2] = 6 - turned[:, 2]  # st3
    expected = indices.even_odd(turned, [[0, 1, 2], [3, 4], [5, 6], [7], [8, 9, 10]])
    np.testing.assert_array_equal(values["even_odd"], expected)
    np.testing.assert_array_equal(broken["even_odd"], expected > 0)
    assert broken.loc[[7, 8, 9], ["irv", "mahalanobis"]].to_numpy().tolist() == [
        [True, False],
        [False, True],
        [False, True],
    ]


def test_an_index_that_a_wave_cannot_serve_flags_nobody_and_says_why(rules, edit):
    rules("{mahalanobis: 0.99, even_odd: 0, antonyms: 0, same_address: 1, near_duplicates: 0.9}")
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [ho2, of2]")
    screened = screen(many(11).assign(ho2=np.nan, of2=np.nan).iloc[:8])
    study = load("study.yaml")
    assert reasons(screened) == [""] * 8
    assert screened.values[["mahalanobis", "even_odd", "same_address"]].isna().all(axis=None)
    told = [note.split(" is not applied: ") for note in screening.notes(*screened, study, "first")]
    assert [rule for rule, _ in told][:2] == ["first.csv: mahalanobis", "first.csv: even_odd"]
    assert "too few rows" in told[0][1]
    assert "three scales" in told[1][1]
    assert told[-1] == ["first.csv: same_address", "the file has no network addresses."]
    assert "near_duplicates" in screening.summary(*screened, study, "first")["rule"].to_list()
    everyone = screen(many(8).assign(ho2=np.nan, of2=np.nan), status=["test"] * 8)
    assert screening.notes(*everyone, study, "first") == []


def test_copies_are_told_by_answers_time_and_duration(rules):
    rules("{duplicates: true}")
    coded = many(4)
    coded.loc[[1, 2, 3]] = coded.loc[0].to_list()
    assert screen(coded, seconds=[60.0] * 4).values["duplicates"].to_list() == [0, 1, 2, 3]
    times = pd.to_datetime(["2024-05-01 10:00", "2024-05-01 10:00", "2024-05-01 10:01", None])
    screened = screen(coded, submitted=times, seconds=[60.0, 60, 60, 60])
    assert screened.values["duplicates"].to_list() == [0, 1, 0, 0]
    assert flagged(coded, "duplicates", submitted=times, seconds=[60.0, 61, 60, 60]) == []
    coded.loc[2, "age"] += 1
    assert flagged(coded, "duplicates", seconds=[60.0] * 4) == [1, 3]


@pytest.mark.parametrize("visits", [{}, {"seconds": [np.nan] * 4, "submitted": pd.to_datetime([None] * 4)}])
def test_answers_alone_make_no_copy(rules, visits):
    """Where neither time nor duration is known, honest rows of few questions agree by chance."""
    rules("{duplicates: true}")
    coded = many(4)
    coded.loc[[1, 2, 3]] = coded.loc[0].to_list()
    screened = screen(coded, **visits)
    assert reasons(screened) == [""] * 4
    (note,) = screening.notes(*screened, load("study.yaml"), "first")
    assert note.startswith("first.csv: duplicates is not applied: the file says neither when nor for how long")


def test_rows_of_which_no_time_is_known_are_no_copies_of_each_other(rules):
    rules("{duplicates: true}")
    coded = many(4)
    coded.loc[[1, 2, 3]] = coded.loc[0].to_list()
    np.testing.assert_array_equal(
        screen(coded, seconds=[60.0, np.nan, 60, np.nan]).values["duplicates"], [0, np.nan, 1, np.nan]
    )


def test_a_wave_without_construct_items_is_not_empty_for_it(rules, edit):
    rules("{}")
    edit("first.csv, reader: csv", f"first.csv, reader: csv, not_asked: [{', '.join(LIKERT)}]")
    coded = answered()
    coded[LIKERT] = np.nan
    coded.loc[4] = np.nan
    assert reasons(screen(coded)) == ["", "", "empty", "", ""]


def test_near_duplicates_are_compared_question_by_question_and_straight_lines_are_not(rules, edit):
    rules("{near_duplicates: 0.9}")
    edit("region,nominal", "tools,multiple,regions,,,,Which tools?,哪些工具？,\nregion,nominal", "codebook.csv")
    assert list(load("study.yaml").columns("tools")) == ["tools_1", "tools_2", "tools_3"]
    coded = pd.DataFrame(
        np.random.default_rng(4).integers(1, 6, (6, 14)).astype(float), columns=["age", "region", "check", *LIKERT]
    ).assign(tools_1=1.0, tools_2=0.0, tools_3=0.0)
    coded.loc[2] = coded.loc[0]
    coded.loc[2, ["tools_1", "tools_2", "tools_3"]] = [0, 1, 1]  # one question of 15 differs
    coded.loc[[4, 5]] = 3.0  # straight lines
    screened = screen(coded)
    assert screened.values["near_duplicates"].dropna().to_dict() == {2: 14 / 15}
    assert list(np.flatnonzero(screened.broken["near_duplicates"])) == [2]
    coded.loc[2, "st1"] += 1  # two differ: 13 / 15 = .867
    assert list(np.flatnonzero(screen(coded).broken["near_duplicates"])) == []


def test_all_rows_of_a_crowded_address_are_flagged(rules):
    rules("{same_address: 2}")
    screened = screen(many(8), address=["a", "b", "a", "", "", "", "a", "b"])
    assert list(np.flatnonzero(screened.broken["same_address"])) == [0, 2, 6]
    np.testing.assert_array_equal(screened.values["same_address"], [3, 2, 3, np.nan, np.nan, np.nan, 3, 2])


def test_arrival_is_the_place_in_the_order_of_submission(small):
    days = pd.to_datetime(["2024-05-03", None, "2024-05-01", "2024-05-03", "2024-05-09"])
    np.testing.assert_allclose(screen(answered(), submitted=days).values["arrival"], [0.5, np.nan, 0, 0.5, 1])
    assert "arrival" not in screen(answered()).values
    one = screen(answered().iloc[:1], submitted=days[:1])
    assert one.values["arrival"].to_list() == [0]


def test_an_item_that_nobody_answered_is_named_with_the_line_to_write(edit):
    coded = answered().assign(st2=np.nan, mo1=np.nan)
    with pytest.raises(UserError, match=r"first.csv: nobody answered st2, mo1\. .* not_asked: \[st2, mo1\]"):
        screen(coded)
    edit("first.csv, reader: csv", "first.csv, reader: csv, not_asked: [st2, mo1]")
    assert reasons(screen(coded)) == [""] * 5


def test_the_summary_counts_rows_and_those_that_no_other_rule_finds(rules):
    rules("{attention: {check: 4}, longest_run: 6, missing_share: 0.5, leave_out: [attention, missing_share]}")
    coded = answered()
    coded.loc[[3, 4], "check"] = 2
    coded.loc[[4, 5], LIKERT] = 3
    table = screening.summary(*screen(coded), load("study.yaml"), "first")
    assert list(table) == list(TABLES["screening"].columns)
    assert table.drop(columns=["wave", "threshold"]).to_numpy().tolist() == [
        ["attention", 2, 1, True],
        ["longest_run", 2, 1, False],
        ["missing_share", 0, 0, True],
    ]
    assert set(table["wave"]) == {"first"}
    np.testing.assert_array_equal(table["threshold"], [np.nan, 6, 0.5])


def test_every_rule_at_once_on_every_shape_of_wave(rules):
    """From no answer worth judging to many: numbers or none, never an error."""
    rules(
        "{attention: {check: 4}, minimum_seconds: 9, seconds_per_item: 1, longest_run: 6, irv: 0.2, mahalanobis: 0.99, "
        "even_odd: 0, synonyms: 0, antonyms: 0, missing_share: 0.2, duplicates: true, near_duplicates: 0.9, "
        "same_address: 2}"
    )
    study = load("study.yaml")
    for rows, status in ((1, "preview"), (1, ""), (2, ""), (60, "")):
        told = {"seconds": 100.0, "address": "a", "status": status, "submitted": pd.Timestamp("2024-05-01")}
        screened = screen(many(rows), **told)
        assert list(screened.values) == ["arrival", *(r for r in study.screening.stated if r != "attention")]
        assert list(screened.broken) == [*screening.SET_ASIDE, *study.screening.stated]
        assert set(map(str, screened.values.dtypes)) == {"float64"}
        assert set(map(str, screened.broken.dtypes)) == {"bool"}
        assert screening.flags_text(screened.broken).str.contains("preview").all() == (status == "preview")
        screening.notes(*screened, study, "first")
        screening.summary(*screened, study, "first")


def test_every_reason_has_words():
    assert [reason for reason in screening.REASONS if not known(f"reason.{reason}")] == []
