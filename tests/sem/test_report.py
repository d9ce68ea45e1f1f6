"""The summary: what is ordinal, the test of ULS, a table for each group."""

import numpy as np
import pandas as pd
import pytest

import analysis.sem as sem
from analysis.sem import fit

CFA = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(400, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
    values = np.repeat(factors, 3, axis=1) + 0.7 * rng.normal(size=(400, 6))
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(1, 7)]).assign(site=np.arange(400) % 2)


def test_ordinal_variables_are_named_with_their_categories(data):
    cut = data.assign(x1=np.digitize(data["x1"], [-1, 0, 1]), x2=np.digitize(data["x2"], [0]))
    text = fit(CFA, cut, estimator="WLSMV", ordered=["x1", "x2"]).summary()
    assert "ordinal (categories): x1 (4), x2 (2)" in text
    for estimator in ("WLSMV", "DWLS"):
        assert "all variables continuous" in fit(CFA, data, estimator=estimator).summary()


def test_uls_shows_the_residual_based_test(data):
    fitted = fit(CFA, data, estimator="ULS")
    text = fitted.summary()
    assert f"Browne's residual-based chi-square {fitted.measures['chisq_browne']:.3f}, df 8, p ." in text
    assert "p nan" not in text and "no p-value" in text


def test_a_table_for_each_group(data):
    text = fit(CFA, data, group="site", group_equal="loadings").summary()
    first, second = text.index("Group 1: 0"), text.index("Group 2: 1")
    assert first < text.index("R²: x1 0.") < second and text.count("R²: ") == 2
    assert ".p2." not in text and "<.001" in text
    (fixed,) = [line for line in text[first:second].splitlines() if line.split()[:3] == ["f", "=~", "x1"]]
    assert len(fixed.split()) == 6


def test_the_representation_marks_what_is_wrong():
    rng = np.random.default_rng(0)
    cov = np.array([[1, 0.7, 0.6], [0.7, 1, 0.3], [0.6, 0.3, 1.0]])
    data = pd.DataFrame(rng.multivariate_normal(np.zeros(3), cov, 400), columns=["x", "y", "z"])
    with pytest.warns(sem.ImproperSolutionWarning):
        assert repr(fit("f =~ x + y + z", data)).endswith(", improper)")
    with pytest.warns(sem.SingularInformationWarning, match="fix or equate"):
        fitted = fit(
            "f =~ NA*x1 + x2 + x3 + x4\nf ~~ NA*f",
            pd.DataFrame(rng.normal(size=(200, 1)) + rng.normal(size=(200, 4)), columns=["x1", "x2", "x3", "x4"]),
        )
    assert "not identified" in repr(fitted)


def test_a_collapsed_factor_is_not_told_to_be_fixed():
    from semopy.examples import holzinger39

    hs = holzinger39.get_data().head(25)
    with pytest.warns(
        sem.SingularInformationWarning, match="a factor has collapsed.*visual; look for .*too few rows"
    ) as found:
        fit("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9", hs)
    assert "fix or equate" not in str(found[0].message)
