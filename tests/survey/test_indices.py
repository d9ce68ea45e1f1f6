"""Are the indices those of R's careless, and are they none, not nonsense, where they do not exist?"""

from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survey import indices

RECORDED = Path(__file__).parent / "careless"
DATA = Path(__file__).parents[2] / "../shared/data/careless"


def scales(*sizes: int) -> list[range]:
    return [range(end - size, end) for size, end in zip(sizes, accumulate(sizes), strict=True)]


def all_indices(answers: np.ndarray, sizes: list[int], antonyms: float = 0.6) -> dict[str, np.ndarray]:
    return {
        "longest_run": indices.longest_run(answers),
        "irv": indices.irv(answers),
        "mahalanobis": indices.mahalanobis(answers),
        "even_odd": indices.even_odd(answers, scales(*sizes)),
        "synonyms": indices.synonyms(answers),
        "antonyms": indices.antonyms(answers, antonyms),
    }


@pytest.fixture(scope="module")
def answers() -> np.ndarray:
    return pd.read_csv(RECORDED / "answers.csv").to_numpy(dtype=float)


@pytest.mark.parametrize("rows", [2**15, 7])  # in one chunk, in many
def test_every_index_of_every_row_is_that_of_careless(answers, rows, monkeypatch):
    monkeypatch.setattr(indices, "ROWS", rows)
    recorded = pd.read_csv(RECORDED / "indices.csv")
    for name, found in all_indices(answers, [6, 5, 4, 7, 1]).items():
        np.testing.assert_allclose(found, recorded[name], rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize(
    ("data", "sizes", "antonyms"), [("careless_dataset", [5] * 10, 0.6), ("careless_dataset2", [10] * 10, 0.5)]
)
def test_the_data_sets_of_careless(data, sizes, antonyms):
    if not (DATA / f"{data}.csv").is_file():
        pytest.skip(f"the data set {data} of the R package careless is not beside the project")
    found = pd.DataFrame(all_indices(pd.read_csv(DATA / f"{data}.csv").to_numpy(dtype=float), sizes, antonyms))
    summary = pd.read_csv(RECORDED / "summary.csv").query("data == @data").set_index("index")
    found = found[list(summary.index)]
    assert found.isna().sum().to_list() == summary["missing"].to_list()
    for column, statistic in {"mean": "mean", "sd": "std", "lowest": "min", "highest": "max"}.items():
        np.testing.assert_allclose(found.agg(statistic), summary[column], rtol=1e-10, atol=1e-10)


def test_the_longest_runs_of_the_test_data_of_careless():
    """Rows that begin with 10, 20, ... 90 equal answers, and one of tens."""
    if not (DATA / "lonstring-test-data.csv").is_file():
        pytest.skip("the test data of the R package careless are not beside the project")
    expected = [10, 20, 30, 40, 50, 60, 70, 80, 90, 10]
    table = pd.read_csv(DATA / "lonstring-test-data.csv").to_numpy(dtype=float)
    assert indices.longest_run(table).tolist() == expected


@pytest.mark.parametrize(
    ("row", "length"),
    [
        ([1, 2, 3, 4], 1),
        ([1, 1, 2, 2, 2, 1], 3),
        ([5, 5, 5, 5], 4),
        ([3, 3, np.nan, 3, 3, 3], 3),
        ([np.nan, np.nan, np.nan], 1),
        ([2], 1),
    ],
)
def test_the_longest_run_by_hand(row, length):
    assert indices.longest_run(np.array([row, row[::-1]], dtype=float)).tolist() == [length, length]


def test_rows_that_say_nothing_have_no_number(answers):
    answers = answers.copy()
    answers[0] = np.nan
    answers[1, 1:] = np.nan
    found = all_indices(answers, [6, 5, 4, 7, 1])
    for name in ("irv", "even_odd", "synonyms", "antonyms"):
        assert np.isnan(found[name][:2]).all(), name
    assert np.isnan(found["mahalanobis"][:2]).tolist() == [True, False]
    answers[2] = 2 / 3 + 1  # one answer throughout, on a stretched scale that no binary number holds
    assert np.isnan(indices.synonyms(answers)[2])
    assert np.isnan(indices.even_odd(answers, scales(6, 5, 4, 7, 1))[2])
    assert indices.irv(answers)[2] == pytest.approx(0)


def test_a_distance_needs_covariances_that_can_be_inverted(answers):
    assert np.isfinite(indices.mahalanobis(answers)).all()
    for spoiled in (
        answers[:20],  # fewer rows than the 23 items
        answers[:1],
        answers[:0],
        np.column_stack([answers, np.full(len(answers), 5 / 3)]),  # an item with one answer only
        np.column_stack([answers, answers[:, 0]]),  # an item twice
        np.column_stack([answers, np.full(len(answers), np.nan)]),
    ):
        assert np.isnan(indices.mahalanobis(spoiled)).all()
        assert len(indices.mahalanobis(spoiled)) == len(spoiled)


def test_an_item_with_one_answer_only_is_no_synonym_of_any(answers):
    more = np.column_stack([answers, np.full((len(answers), 2), 5 / 3)])
    assert np.array_equal(indices.synonyms(more), indices.synonyms(answers), equal_nan=True)
    assert np.isnan(indices.synonyms(more[:, -4:])).all()  # no pairs at all


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1, 1, 2, 4, 4, 4, 4.5, 5, 9], -2 * 0.9526832 / 1.9526832),  # odd 1, 3, 4.5 and even 1, 4, 4.5
        ([1, 1, 2, 4, 4, 4, np.nan, 5, 9], -1),  # two scales that count always agree: r = 1 ...
        ([1, 2, 2, 1, 2, 4, np.nan, 5, 9], 1),  # ... or never: r = −1, floored
        ([1, 1, np.nan, 4, np.nan, 4, np.nan, 5, 9], np.nan),  # one scale that counts
        ([1, 2, 1, 3, 1, 1, 4, 1, 9], np.nan),  # the odd halves do not vary
    ],
)
def test_even_odd_by_hand(row, expected):
    """Scales of two, three, three and one item; the last has no even half."""
    found = indices.even_odd(np.array([row], dtype=float), scales(2, 3, 3, 1))
    np.testing.assert_allclose(found, [expected], atol=1e-6)
