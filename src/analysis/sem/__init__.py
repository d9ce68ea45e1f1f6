"""The structural-equation engine: model text and data in, estimates and fit measures out, as in lavaan."""

from .bootstrap import Bootstrap
from .compare import compare
from .errors import (
    CollinearityWarning,
    DataError,
    IgnoredOptionWarning,
    ImplausibleEstimatesWarning,
    ImproperSolutionWarning,
    MissingValuesWarning,
    ModelSyntaxError,
    NotConvergedWarning,
    NotIdentifiedError,
    OptionError,
    SemError,
    SemWarning,
    SingularInformationWarning,
    SmallSampleWarning,
    StartError,
    UndefinedWarning,
)
from .fiml import incomplete_moments
from .fitting import Fit, fit
from .ordinal import polychoric_correlations

__all__ = [
    "Bootstrap",
    "CollinearityWarning",
    "DataError",
    "Fit",
    "IgnoredOptionWarning",
    "ImplausibleEstimatesWarning",
    "ImproperSolutionWarning",
    "MissingValuesWarning",
    "ModelSyntaxError",
    "NotConvergedWarning",
    "NotIdentifiedError",
    "OptionError",
    "SemError",
    "SemWarning",
    "SingularInformationWarning",
    "SmallSampleWarning",
    "StartError",
    "UndefinedWarning",
    "compare",
    "fit",
    "incomplete_moments",
    "polychoric_correlations",
]
