"""Corrected p are those of p.adjust in R and of statsmodels; what has no p counts for nothing."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.sem.corrections import adjusted


def test_holm_and_benjamini_hochberg_leave_out_what_has_no_p():
    """R: p.adjust(c(.02, .8, .01, .04), "holm") and "BH"."""
    p = [0.02, np.nan, 0.8, 0.01, 0.04]
    np.testing.assert_allclose(adjusted(p, "holm"), [0.06, np.nan, 0.8, 0.04, 0.08])
    np.testing.assert_allclose(adjusted(p, "bh"), [0.04, np.nan, 0.8, 0.04, 0.16 / 3])
    assert np.isnan(adjusted([np.nan], "holm")).all()
    assert len(adjusted([], "bh")) == 0


@pytest.mark.parametrize(("correction", "theirs"), [("holm", "holm"), ("bh", "fdr_bh")])
def test_as_statsmodels_with_ties_zeros_and_ones(correction, theirs):
    rng = np.random.default_rng(3)
    for m in (1, 2, 7, 40):
        for p in (rng.random(m) ** 3, rng.integers(0, 5, m) / 4):
            np.testing.assert_allclose(adjusted(p, correction), multipletests(p, method=theirs)[1], rtol=1e-12)


def test_an_unknown_correction_is_refused():
    with pytest.raises(ValueError, match="holm, bh"):
        adjusted([0.1], "bonferroni")
