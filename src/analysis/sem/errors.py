"""What can go wrong in a structural equation model, each kind a type of its own that names the culprit."""

from __future__ import annotations

from difflib import get_close_matches


class SemError(ValueError):
    """Nothing can be estimated: the parent of every error that this room raises."""


class OptionError(SemError):
    """An argument of ``fit`` has a value that is not offered."""


class ModelSyntaxError(SemError):
    """The model text cannot be read, or says something that contradicts itself."""


class DataError(SemError):
    """The data cannot carry the model: an unknown, constant, repeated or non-numeric column, too few rows."""


class NotIdentifiedError(SemError):
    """The model asks for more free parameters than the data have moments."""


class NotConvergedError(SemError):
    """What was asked for needs a minimum, and the search for the estimates found none."""


class StartError(SemError):
    """The search has nowhere to start: fixed and start() values that no covariance matrix agrees with."""


class SemWarning(UserWarning):
    """Something the reader of the estimates must know: the parent of every warning that this room gives.

    ``culprits`` holds the names of the parameters or variables concerned.
    """

    def __init__(self, message: str, culprits: tuple[str, ...] = ()):
        super().__init__(message)
        self.culprits = tuple(culprits)


class MissingValuesWarning(SemWarning):
    """Rows with missing values were left out."""


class NotConvergedWarning(SemWarning):
    """No minimum was found: tests, standard errors and fit measures are withheld (NaN)."""


class SingularInformationWarning(SemWarning):
    """Some parameters are not identified: standard errors are withheld (NaN)."""


class UndefinedWarning(SemWarning):
    """A defined parameter or a scaled test has no value at the estimates: it is withheld (NaN)."""


class IgnoredOptionWarning(SemWarning):
    """An option says nothing about this model and changed nothing, as in lavaan."""


class CollinearityWarning(SemWarning):
    """Latent predictors of one outcome overlap so much that their paths can hardly be told apart."""


class ImproperSolutionWarning(SemWarning):
    """The estimates include a negative variance or a covariance matrix that is not positive definite."""


class ImplausibleEstimatesWarning(SemWarning):
    """Standardised loadings beyond 1, or standard errors so large that next to nothing is known."""


class FailedDrawsWarning(SemWarning):
    """Many draws of a bootstrap failed or are improper: its intervals speak for the other draws only."""


class SmallSampleWarning(SemWarning):
    """Robust errors and scaled tests rest on a covariance matrix of more moments than there are rows."""


def nearest(name: str, valid) -> str:
    """`` Did you mean 'x'?``, or nothing when no valid name is near."""
    known = {str(v).casefold(): str(v) for v in valid}
    close = get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
    return f" Did you mean {known[close[0]]!r}?" if close else ""
