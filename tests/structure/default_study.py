"""The default study's answers, made ready as the survey stage makes them."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analysis.study import Study, load
from analysis.survey import waves


@cache
def default_study() -> tuple[Study, pd.DataFrame, pd.DataFrame]:
    """The study, its respondents and their controls."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(Path(__file__).parents[2])
        study = load("config/study.yaml")
        respondents = pd.concat([waves.clean(study, w).respondents for w in study.waves], ignore_index=True)
    return study, respondents, waves.controls(respondents, study)
