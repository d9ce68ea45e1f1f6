"""The structural-equation engine: model text and data in, estimates and fit measures out, as in lavaan."""

from .bootstrap import Bootstrap
from .compare import compare
from .errors import (
    CollinearityWarning,
    DataError,
    ImproperSolutionWarning,
    MissingValuesWarning,
    ModelSyntaxError,
    NotConvergedWarning,
    NotIdentifiedError,
    OptionError,
    SemError,
    SemWarning,
    SingularInformationWarning,
)
from .fitting import Fit, fit

__all__ = [
    "Bootstrap",
    "CollinearityWarning",
    "DataError",
    "Fit",
    "ImproperSolutionWarning",
    "MissingValuesWarning",
    "ModelSyntaxError",
    "NotConvergedWarning",
    "NotIdentifiedError",
    "OptionError",
    "SemError",
    "SemWarning",
    "SingularInformationWarning",
    "compare",
    "fit",
]
