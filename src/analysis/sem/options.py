"""Are the arguments of a verb among those offered?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .errors import OptionError, nearest


def one_of(name: str, value, offered: tuple):
    """``value`` as one of ``offered``, 1 not being True. Raises OptionError that names those offered."""
    plain = value.item() if isinstance(value, np.generic) else value
    for choice in offered:
        if isinstance(plain, type(choice)) and plain == choice:
            return choice
    near = nearest(value, offered) if isinstance(value, str) else ""
    raise OptionError(f"{name}={value!r} is not offered: expected one of {', '.join(map(repr, offered))}.{near}")


def names_of(name: str, value, expected: str = "a list of names") -> tuple[str, ...]:
    """One name or several as a tuple. Raises OptionError for anything else."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable) or isinstance(value, (bytes, dict)):
        raise OptionError(f"{name}={value!r} is not offered: expected {expected}")
    return tuple(str(one) for one in value)
