"""The true values of a simulated population: what they are called, and reading them from a file."""

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from analysis.errors import UserError, nearest
from analysis.study import Study
from analysis.study.types import Part

Carelessness = Literal["straight", "random", "hasty", "tired"]


class WaveTruth(Part):
    """How many answer, and when."""

    firms: int = Field(gt=0)
    previews: int = 0
    unfinished: int = 0
    opens: date
    days: int = Field(gt=0)


class Item(Part):
    """How strongly an item shows its dimension, and how much easier than usual it is to agree (in SD)."""

    loading: float = Field(gt=0, lt=1)
    easier: float = 0


class Attribute(Part):
    """Either the shares of the answers, in their order, or the median and log-SD of a number."""

    shares: tuple[float, ...] = ()
    median: float = 0
    spread: float = 0


class Difference(Part):
    """What is added to a path for each answer to the question ``by``."""

    path: str
    by: str
    add: dict[int, float]


class Missing(Part):
    """Shares of respondents who leave gaps, of their answers left open, and of respondents who stop on the way."""

    gaps: float
    share: float
    more: dict[str, float] = {}
    stopping: float = 0


class Careless(Part):
    """The share of careless respondents, and how they divide into kinds."""

    share: float
    kinds: dict[Carelessness, float]


class Seconds(Part):
    """Seconds a question takes careful, careless and hasty respondents."""

    careful: float
    spread: float
    careless: float
    hasty: tuple[float, float]


class Claim(Part):
    """Whether a hypothesis is true in the population, and the standardised effect behind it."""

    holds: bool
    effect: float | None = None
    because: str | None = None


class Truth(Part):
    """All true values. Scores have variance about 1, so that coefficients are standardised."""

    seed: int = Field(ge=0)
    waves: dict[str, WaveTruth]
    trends: dict[str, dict[str, float]] = {}
    correlations: dict[str, dict[str, float]] = {}
    paths: dict[str, dict[str, float]]
    differences: tuple[Difference, ...] = ()
    residual_variances: dict[str, float]
    r2: dict[str, float] = {}
    dimensions: dict[str, float] = {}
    items: dict[str, Item]
    thresholds: tuple[float, ...]
    attributes: dict[str, Attribute]
    missing: Missing
    careless: Careless
    seconds: Seconds
    hypotheses: dict[str, Claim] = {}


def load_truth(path: str | Path, study: Study) -> Truth:
    """The true values in ``path`` (YAML). Raises `UserError` where they do not fit the study."""
    try:
        truth = Truth.model_validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from None
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise UserError("\n".join(faults)) from None
    needed = {
        "waves": study.waves,
        "items": study.of_kind("likert"),
        "dimensions": [d for c in study.constructs.values() for d in c.dimensions],
        "attributes": study.of_kind("ordinal", "nominal", "number"),
        "hypotheses": study.hypotheses,
    }
    faults = []
    for part, names in needed.items():
        stated = getattr(truth, part)
        faults += [f'{path}: {part} lacks "{n}", which the study has.' for n in names if n not in stated]
        faults += [
            f'{path}: {part} names "{n}", which the study has not.{nearest(n, names)}' for n in stated if n not in names
        ]
    if faults:
        raise UserError("\n".join(faults))
    return truth
