"""The structural-equation engine: model text and data in, estimates and fit measures out, as in lavaan.

>>> from analysis.sem import compare, fit
>>> fitted = fit("f =~ x1 + x2 + x3\\ng =~ x4 + x5 + x6\\ng ~ b*f", data, estimator="MLR")  # doctest: +SKIP
>>> print(fitted.summary())  # doctest: +SKIP
>>> fitted.bootstrap(5000, seed=1).intervals("bca", column="std_all")  # doctest: +SKIP
>>> compare(fitted, fit("f =~ x1 + x2 + x3\\ng =~ x4 + x5 + x6\\ng ~ 0*f", data, estimator="MLR"))  # doctest: +SKIP
"""

from .bootstrap import Bootstrap
from .compare import compare
from .errors import (
    CollinearityWarning,
    DataError,
    FailedDrawsWarning,
    IgnoredOptionWarning,
    ImplausibleEstimatesWarning,
    ImproperSolutionWarning,
    MissingValuesWarning,
    ModelSyntaxError,
    NotConvergedError,
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
    "FailedDrawsWarning",
    "Fit",
    "IgnoredOptionWarning",
    "ImplausibleEstimatesWarning",
    "ImproperSolutionWarning",
    "MissingValuesWarning",
    "ModelSyntaxError",
    "NotConvergedError",
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
