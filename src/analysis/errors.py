"""What a user is told when data or a study file are wrong, and how a step of the workflow says it."""

import sys
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class UserError(Exception):
    """Something that the user can mend. Its text names the place, the value and what to do; no traceback is shown."""


def nearest(name: str, valid: Iterable[str], few: int = 8) -> str:
    """A hint: the valid name nearest to ``name``, `` Did you mean "funding"?``, or all names if they are ``few``."""
    valid = [str(v) for v in valid]
    close = get_close_matches(str(name), valid, n=1, cutoff=0.6)
    if close:
        return f' Did you mean "{close[0]}"?'
    if 0 < len(valid) <= few:
        return f" Valid names are: {', '.join(valid)}."
    return ""


def listed(faults: list[str], most: int = 10) -> str:
    """Faults a line each, and how many more there are."""
    more = [f"… and {len(faults) - most} more like these."] if len(faults) > most else []
    return "\n".join([*faults[:most], *more])


def plain_errors(log: str | Path | None = None) -> None:
    """From here on this process ends on an error with one plain message and exit code 1.

    A `UserError`, or an error of the engine `analysis.sem`, is printed as it is. Anything else is a fault of
    the program: its stack goes into ``log``, without words that may come from the data, and the user is told where
    it is.
    """

    def hook(kind, error, trace):
        from analysis.sem import SemError

        plain = isinstance(error, UserError | SemError | KeyboardInterrupt)
        details = _stack(error)
        if log:
            Path(log).parent.mkdir(parents=True, exist_ok=True)
            Path(log).write_text(f"{details}{error}\n" if plain else details, encoding="utf-8")
        if plain:
            print(error, file=sys.stderr)
        elif log:
            print(f"This is a fault of the program, not of your data. Details are in {log}", file=sys.stderr)
        else:
            print(details, file=sys.stderr)

    sys.excepthook = hook


SPEAKS_OF_CODE = (ArithmeticError, AttributeError, ImportError, MemoryError, NameError, RecursionError)


def _stack(error: BaseException) -> str:
    """The frames and the type of an error and of those that led to it; its text only where no answer can be in it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    text = f": {error}" if isinstance(error, SPEAKS_OF_CODE) else " (its text is left out: answers may stand in it)"
    frames = "".join(traceback.format_tb(error.__traceback__))
    led = f"{_stack(before)}\nwhich led to:\n" if before else ""
    return f"{led}Traceback (most recent call last):\n{frames}{type(error).__name__}{text}\n"
