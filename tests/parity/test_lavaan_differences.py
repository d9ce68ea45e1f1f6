"""Difference tests of models fitted by least squares against lavaan's recorded answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.parity.test_lavaan import HERE, TOLERANCE, differences
from tests.parity.test_lavaan_weighted import run

from analysis.sem import OptionError, compare

RECORDED = pd.read_csv(HERE / "answers" / "weighted_differences.csv")
COLUMNS = ["chisq_diff", "df_diff", "pvalue_diff", "rmsea_of_diff"]


@pytest.mark.parametrize("row", list(RECORDED.itertuples()), ids=lambda r: f"{r.more}-{r.estimator}")
def test_equals_lavaan(row):
    """R: ``lavTestLRT(less, more)``; the scaled-and-shifted difference of Satorra (2000) for WLSMV.

    For ULS ``lavTestLRT(less, more, type = "browne.residual.nt")``.
    """
    found = compare(run(row.more, row.estimator), run(row.less, row.estimator)).iloc[1]
    gaps = differences(found[COLUMNS].to_numpy(float), [getattr(row, name) for name in COLUMNS])
    assert gaps.max() < TOLERANCE, dict(zip(COLUMNS, gaps, strict=True))
    assert np.isfinite(found["cfi"]) and np.isnan(found["aic"])


def test_free_scales_are_not_nested_in_scales_of_one():
    """Equal thresholds free the scales of later groups: what they then imply, equal loadings alone may not."""
    with pytest.raises(OptionError, match="not nested.*compare each with the configural model"):
        compare(run("ord_groups_metric", "WLSMV"), run("ord_groups_scalar", "WLSMV"))


def test_the_chisquare_of_uls_is_no_test_with_ordinal_variables():
    with pytest.raises(OptionError, match="ULS"):
        compare(run("ord_cfa", "ULS"), run("ord_cfa", "ULS"))
