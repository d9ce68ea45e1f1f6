"""The example on real data, corporate reputation, as the structure room sees it."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.structure import structural
from analysis.study import Study, load
from analysis.survey import waves


def reputation() -> tuple[Study, pd.DataFrame]:
    """The study, and the frame that its structural model is fitted to: 344 customers, 336 of them complete."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(Path(__file__).parents[2])
        study = load("examples/corporate-reputation/study.yaml")
    respondents = waves.clean(study, "2022").respondents
    return study, structural.model_data(respondents, waves.controls(respondents, study))


if __name__ == "__main__":
    described, data = reputation()
    data[list(described.items)].to_csv(sys.argv[1], index=False)
