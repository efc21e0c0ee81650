"""Numbers in the digits that they have."""

from __future__ import annotations

import math

__all__ = ["MOST_DIGITS", "confirmed_digits", "in_digits", "rounded_up", "with_doubt"]

MOST_DIGITS = 15
"""Of a number of double precision, for which every text of so many digits stands for itself."""


def confirmed_digits(value: float, error: float) -> int:
    """How many digits of a value all numbers within an error of it have, when they are rounded to as many.

    Parameters
    ----------
    value, error : float
        The error is absolute.

    Returns
    -------
    int
        From 0 to `MOST_DIGITS`. Of 0 without an error all.

    Notes
    -----
    *Communication*: local.
    """
    if not abs(value) > error:
        return MOST_DIGITS if value == error == 0 else 0
    low, high = value - error, value + error
    return next((n for n in range(MOST_DIGITS, 0, -1) if f"{low:.{n - 1}e}" == f"{high:.{n - 1}e}"), 0)


def in_digits(value: float, digits: int) -> str:
    """A number in so many significant digits and none more. *Communication*: local."""
    if value == 0:
        return "0"
    text = f"{value:.{digits - 1}e}"
    exponent = int(text.partition("e")[2])
    return f"{value:.{digits - 1 - exponent}f}" if -4 <= exponent < digits else text


def rounded_up(size: float) -> str:
    """One digit, not less than the number. *Communication*: local."""
    text = f"{size:.0e}"
    digit, _, exponent = text.partition("e")
    return f"{float(text if float(text) >= size else f'{int(digit) + 1}e{exponent}'):g}"


def with_doubt(value: float, doubt: float) -> str:
    """A number ± what it may be wrong by, to the digit that this leaves, at least one. *Communication*: local."""
    shown, digits = rounded_up(doubt), MOST_DIGITS
    if float(shown) > 0 and value:
        place = math.floor(math.log10(float(shown)))
        value = round(value, -place) or value  # 9.96 ± 4 is 10 ± 4: it has a digit more once it is rounded
        digits = 1 + math.floor(math.log10(abs(value))) - place
    return f"{in_digits(value, min(max(digits, 1), MOST_DIGITS))} ± {shown}"
