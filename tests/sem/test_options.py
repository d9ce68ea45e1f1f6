"""What is refused says what to try, and what is ignored is said."""

import re

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import compare, fit

CFA = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
    values = np.repeat(factors, 3, axis=1) + 0.7 * rng.normal(size=(300, 6))
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(1, 7)]).assign(site=np.arange(300) % 2)


def refused(kind: type, words: str, function, *args, **options) -> None:
    with pytest.raises(kind, match=words):
        function(*args, **options)


def test_options_of_another_case_are_recognised(data):
    refused(sem.OptionError, "Did you mean 'MLR'", fit, CFA, data, estimator="mlr")


def test_the_value_that_is_no_number_is_quoted(data):
    mixed = data.assign(x1=data["x1"].astype(object).where(data.index != 7, "n/a"))
    refused(sem.DataError, r"column 'x1' .*holds 'n/a' \(row 7\)", fit, CFA, mixed)
    refused(sem.DataError, r"column 'x1' .*holds '.*' \(row 0\)", fit, CFA, data.assign(x1=data["x1"].astype(str)))


@pytest.mark.parametrize("model", ["f =~ my item + x2", "f =~ my-item + x2", "f =~ 1x + x2", "my f =~ x1", "f-1 ~ x1"])
def test_names_that_are_no_names(data, model):
    refused(sem.ModelSyntaxError, "letters, digits, _ and . .*rename the column", fit, model, data)


def test_values_for_groups_need_groups(data):
    refused(sem.ModelSyntaxError, "one group only: .*group=", fit, "f =~ c(a, b)*x1 + x2 + x3", data)


def test_lists_of_fits_and_names_as_text(data):
    fitted = fit(CFA, data)
    refused(sem.OptionError, re.escape("compare(*fits)"), compare, [fitted, fitted])
    refused(sem.OptionError, "names='ab' is not offered", compare, fitted, fitted, names="ab")


def test_equalities_that_restrict_nothing(data):
    with pytest.warns(sem.IgnoredOptionWarning) as caught:
        fit(CFA, data, group="site", group_equal=("means", "regressions"))
    assert [w.message.culprits for w in caught] == [("regressions",), ("means",)]
    for model, equal in ((CFA, ("loadings", "intercepts", "means")), (CFA + "\ng ~ f", "regressions")):
        kinds = {type(warning) for warning in fit(model, data, group="site", group_equal=equal).warnings}
        assert sem.IgnoredOptionWarning not in kinds
