"""What the values of options may be."""

from __future__ import annotations

import argparse
import math
import re

NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
"""How a negative number begins, or several with commas; argparse takes -1e-3 and -3,5 for options."""
_LARGEST = 1e50  # numbers whose squares and quotients are numbers, too
_SHORTEST, _LONGEST = 0.1, 3600.0  # seconds


def finite(text: str) -> float:
    """A number of a sensible size. *Communication*: local."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= _LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of a sensible size")
    return number


def size(text: str) -> float:
    """A number greater than 0. *Communication*: local."""
    number = finite(text)
    if not number >= 1 / _LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number greater than 0")
    return number


def seconds(text: str) -> float:
    """Seconds between two looks: from a tenth to an hour. *Communication*: local."""
    number = finite(text)
    if not _SHORTEST <= number <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not from {_SHORTEST:g} to {_LONGEST:g} seconds")
    return number


def vector(text: str) -> tuple[float, ...]:
    """Numbers with commas between them. *Communication*: local."""
    return tuple(finite(part) for part in text.split(","))


def positive(text: str) -> int:
    """A positive whole number. *Communication*: local."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)
