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
    """How many answer, and when; and what goes wrong, or stands in the file, in this wave alone."""

    firms: int = Field(gt=0)
    previews: int = 0
    unfinished: int = 0
    pasted: int = 0  # rows that are in the file a second time
    again: int = 0  # firms that answer a second time a few minutes later, almost alike
    one_address: int = 0  # firms that answer from the same network address
    contacts: float = 0  # share that leave a name, a phone number and an e-mail address
    remarks: float = 0  # share that write a remark
    opens: date
    days: int = Field(gt=0)


class Panel(Part):
    """Firms that answer in several waves (their number by waves joined by +), and how alike they stay.

    ``carry_over`` is the correlation, from one wave to the next, of what a firm's steady attributes do not determine.
    """

    firms: dict[str, int] = {}
    carry_over: float = Field(default=0, ge=0, le=1)
    named: float = Field(default=0, ge=0, le=1)  # share of respondents who give the identifier of their firm


class Item(Part):
    """How strongly an item shows its dimension, and how much easier than usual it is to agree (in SD)."""

    loading: float = Field(gt=0, lt=1)
    easier: float = 0


class Attribute(Part):
    """The shares of the answers in their order, the shares of firms that tick each option, or a number's median.

    ``spread`` is the SD of the number's logarithm, ``loading`` that of the options on the score behind them. The last
    option, which has no share, stands for none of the others.
    """

    shares: tuple[float, ...] = ()
    ticked: tuple[float, ...] = ()
    loading: float = Field(default=0, ge=0, lt=1)
    median: float = 0
    spread: float = 0
    changes: bool = False  # from wave to wave; what does not stays as it was in the first wave
    grows: bool = False  # by one a year


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
    refused: float = 0  # of the answers left open, where the wave has a code for refusals


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
    panel: Panel = Panel()
    trends: dict[str, dict[str, float]] = {}
    correlations: dict[str, dict[str, float]] = {}
    paths: dict[str, dict[str, float]]
    differences: tuple[Difference, ...] = ()
    residual_variances: dict[str, float]
    r2: dict[str, float] = {}
    dimensions: dict[str, float] = {}
    items: dict[str, Item]
    thresholds: dict[str, tuple[float, ...]]  # by answer scale
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
        "attributes": study.of_kind("ordinal", "nominal", "multiple", "number"),
        "thresholds": {w.scale(study.codebook[v]) for w in study.waves.values() for v in study.of_kind("likert")},
        "hypotheses": study.hypotheses,
    }
    faults = []
    for part, names in needed.items():
        stated = getattr(truth, part)
        faults += [f'{path}: {part} lacks "{n}", which the study has.' for n in names if n not in stated]
        faults += [
            f'{path}: {part} names "{n}", which the study has not.{nearest(n, names)}' for n in stated if n not in names
        ]
    faults += [
        f'{path}: panel names the waves "{waves}", of which the study has not all.'
        for waves in truth.panel.firms
        if not set(waves.split("+")) <= set(study.waves)
    ]
    faults += [
        f'{path}: thresholds of "{scale}" are {len(steps)}, but {len(study.answers[scale])} answers need one fewer.'
        for scale, steps in truth.thresholds.items()
        if scale in study.answers and len(steps) != len(study.answers[scale]) - 1
    ]
    if faults:
        raise UserError("\n".join(faults))
    return truth
