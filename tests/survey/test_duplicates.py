"""Are copies found, all of them and no others?"""

import numpy as np
import pytest

from analysis.survey import duplicates
from analysis.survey.duplicates import alike, earlier_copies, nearest_earlier

NAN = np.nan


def one_by_one(answers: np.ndarray, threshold: float) -> np.ndarray:
    """`nearest_earlier` by comparing each row with each earlier one."""
    answered = ~np.isnan(answers)
    nearest = np.full(len(answers), NAN)
    compared = np.flatnonzero(2 * answered.sum(axis=1) >= answers.shape[1])
    for place, row in enumerate(compared):
        earlier = compared[:place]
        if len(earlier):
            equal = (answers[earlier] == answers[row]).sum(axis=1)
            share = (equal / (answered[earlier] | answered[row]).sum(axis=1)).max()
            nearest[row] = share if share >= threshold else NAN
    return nearest


def a_wave_with_copies(random, rows: int, questions: int) -> np.ndarray:
    """Five-point answers with a common trait, copies with some answers changed, straight-liners and open answers."""
    answers = np.clip(np.rint(random.normal(3, 0.7, (rows, 1)) + random.normal(0, 1, (rows, questions))), 1, 5)
    for _ in range(rows // 3):
        source, copy = random.integers(rows, size=2)
        answers[copy] = answers[source]
        changed = random.integers(questions, size=random.integers(0, questions // 3 + 1))
        answers[copy, changed] = random.integers(1, 6, size=len(changed))
    answers[: rows // 10] = random.integers(1, 6, (rows // 10, 1))
    answers[random.random(answers.shape) < 0.03] = NAN
    answers[-3:, : questions // 2 + 1] = NAN
    return answers


@pytest.mark.parametrize("cost", [0, 1e-9, 1e-3])  # of comparing two rows: what decides how many blocks must agree
@pytest.mark.parametrize("threshold", [0.51, 0.7, 0.9, 1])
@pytest.mark.parametrize("questions", [1, 4, 20, 70])
def test_the_nearest_earlier_row_is_that_of_comparing_all_with_all(questions, threshold, cost, monkeypatch):
    monkeypatch.setattr(duplicates, "PAIR", cost)
    answers = a_wave_with_copies(np.random.default_rng(questions), 150, questions)
    assert np.array_equal(nearest_earlier(answers, threshold), one_by_one(answers, threshold), equal_nan=True)


def test_open_answers_on_both_sides_say_nothing_and_on_one_side_are_a_difference():
    first = [1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    both_open, one_open, changed = first.copy(), first.copy(), first.copy()
    both_open[0] = one_open[0] = NAN
    changed[9] = 1
    assert nearest_earlier(np.array([first, one_open]), 0.9)[1] == 0.9
    assert nearest_earlier(np.array([both_open, both_open]), 0.9)[1] == 1
    both_open_changed = [NAN, *changed[1:]]
    assert nearest_earlier(np.array([both_open, both_open_changed]), 0.85)[1] == 8 / 9
    assert np.isnan(nearest_earlier(np.array([both_open, both_open_changed]), 0.9)[1])
    hardly = [1.0, 2, 3, 4, *[NAN] * 6]
    assert np.isnan(nearest_earlier(np.array([hardly, hardly]), 0.9)).all()


def test_the_first_row_of_a_kind_is_nobodys_copy_and_the_nearest_earlier_row_counts():
    first = [1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    two_off, one_off = first.copy(), first.copy()
    two_off[0] = two_off[1] = 5
    one_off[0] = 5
    found = nearest_earlier(np.array([first, two_off, one_off, first]), 0.8)
    assert found.tolist()[1:] == [0.8, 0.9, 1]
    assert np.isnan(found[0])
    assert nearest_earlier(np.empty((0, 5)), 0.9).tolist() == []


def test_copies_are_counted_in_the_order_of_the_file():
    columns = [np.array([1.0, 1, 2, 1, NAN, NAN, 2]), np.array(["a", "a", "a", "a", "b", "b", "c"], dtype=object)]
    assert alike(columns).tolist() == [0, 0, 1, 0, 2, 2, 3]
    assert earlier_copies(columns).tolist() == [0, 1, 0, 2, 0, 1, 0]


def test_many_columns_of_many_values_are_told_apart():
    random = np.random.default_rng(5)
    columns = [random.permutation(1000).astype(float) for _ in range(30)]  # 1000³⁰ combinations: no integer holds them
    assert alike(columns).tolist() == list(range(1000))
    twice = [np.concatenate([column, column]) for column in columns]
    assert earlier_copies(twice).tolist() == [0] * 1000 + [1] * 1000
