"""Checked columns, complete rows and sample moments."""

import numpy as np
import pandas as pd
import pytest

from analysis.sem.errors import DataError
from analysis.sem.moments import complete, numeric_columns, sample_moments


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(50, 3)), columns=["x1", "x2", "x3"], index=range(100, 150))
    return frame.assign(flag=frame["x1"] > 0, count=pd.array([1, None] * 25, dtype="Int64"))


def test_moments_divide_by_n(data):
    moments = sample_moments(numeric_columns(data, ["x1", "x3"], []), ["x1", "x3"])
    np.testing.assert_allclose(moments.cov, np.cov(data[["x1", "x3"]].T, bias=True))
    assert moments.logdet == pytest.approx(np.log(np.linalg.det(moments.cov)))
    assert moments.n == 50


def test_incomplete_rows_are_found_by_the_variables_used(data):
    data.loc[[101, 120], "x1"] = np.nan
    used = complete(numeric_columns(data, ["x1", "flag"], []))
    assert np.flatnonzero(~used).tolist() == [1, 20]
    assert complete(numeric_columns(data, ["x2", "count"], [])).sum() == 25


@pytest.mark.parametrize(
    ("change", "variables", "words"),
    [
        ({}, ["x1", "x22"], ["'x22'", "Did you mean 'x2'"]),
        ({}, ["x1", "visul"], ["Did you mean 'visual'"]),
        ({"x1": "a"}, ["x1"], ["'x1'", "not numeric", "'a'"]),
        ({"x1": pd.Categorical(["1"] * 50)}, ["x1"], ["'x1'", "not numeric"]),
        ({"x1": np.inf}, ["x1", "x2"], ["'x1'", "infinite"]),
        ({"x1": np.nan}, ["x1", "x2"], ["'x1'", "no values"]),
    ],
)
def test_columns_are_checked(data, change, variables, words):
    with pytest.raises(DataError) as caught:
        numeric_columns(data.assign(**change), variables, ["visual"])
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_two_columns_of_one_name(data):
    doubled = pd.concat([data, data[["x1"]]], axis=1)
    with pytest.raises(DataError, match="2 columns named 'x1'"):
        numeric_columns(doubled, ["x1"], [])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: x[:3], ["3 complete rows for 3 variables"]),
        (lambda x: x * [1, 0, 1] + 0.1, ["'x2'", "constant"]),
        (lambda x: np.column_stack([x[:, :2], 2 * x[:, 0] + 1]), ["'x1' and 'x3'", "perfectly correlated"]),
        (lambda x: np.column_stack([x[:, :2], x[:, 0] - x[:, 1]]), ["'x1'", "'x2'", "'x3'", "dependent"]),
    ],
)
def test_degenerate_data(data, make, words):
    with pytest.raises(DataError) as caught:
        sample_moments(make(data[["x1", "x2", "x3"]].to_numpy()), ["x1", "x2", "x3"])
    assert all(word in str(caught.value) for word in words), str(caught.value)
