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
    Offer(
        "uniqueness", "starts at s_n → ∞ inside and outside the class: which come to one multi-bubble (Theorem 1.3)",
        _LINE, "starts", (4.0, 5.5, 7.0, 8.5, 10.0, 11.5), "s_n of the runs, increasing",
    ),
    Offer(
        "solitary-wave", "perturbations of one wave of every kind: whether any comes to a wave (Corollary 1.9)",
        "solitary_wave_1d", "sizes", (1e-5, 1e-3), "sizes of the perturbations, increasing",
    ),
    Offer(
        "multi-solitons", "rates in H1 and in Σ, and the space-time bound of the gradient (Theorems 1.5, 1.7)",
        _LINE, "sizes", (1e-6, 1e-3, 1e-1), "amplitudes of data that spread, increasing",
    ),
)  # fmt: skip
