"""The studies of multi-bubbles and multi-solitons that there are: names, what they measure, what they vary."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OFFERS", "Offer"]

_LINE = "remainder_1d"


@dataclass(frozen=True)
class Offer:
    """A study as the command line offers it.

    Attributes
    ----------
    name : str
        Of the command, and of its directory and figure.
    purpose : str
        One line.
    example : str
        The configuration where none is given.
    option, values, meaning : str, tuple of float, str
        What the runs differ in: the name of the option, what it is by default, and what it means.
    """

    name: str
    purpose: str
    example: str
    option: str
    values: tuple[float, ...]
    meaning: str


OFFERS = (
    Offer(
        "construction", "z(s_n) = 0 with s_n → ∞: at what rate solutions come to a multi-bubble (Theorem 1.1)",
        _LINE, "starts", tuple(4.0 + 0.5 * n for n in range(15)), "s_n of the runs, increasing",
    ),
)  # fmt: skip
