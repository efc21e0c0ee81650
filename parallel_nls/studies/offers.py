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
    takes_run : bool
        Whether the directory of a run may stand in the place of the configuration.
    """

    name: str
    purpose: str
    example: str
    option: str
    values: tuple[float, ...]
    meaning: str
    takes_run: bool = False


OFFERS = (
    Offer(
        "decay-rate", "δ of ‖v − ΣS_k‖ = O(e^{−δ/(T−t)}), and what oscillates before it (Theorem 1.1)",
        _LINE, "frequencies", (1.0, 1.2), "ω of the last bubble in each run", takes_run=True,
    ),
    Offer(
        "construction", "z(s_n) = 0 with s_n → ∞: at what rate solutions come to a multi-bubble (Theorem 1.1)",
        _LINE, "starts", tuple(4.0 + 0.5 * n for n in range(15)), "s_n of the runs, increasing",
    ),
    Offer(
        "uniqueness", "starts at s_n → ∞ that fall fast enough, or not: which come to one multi-bubble (Theorem 1.3)",
        _LINE, "starts", (4.0, 5.5, 7.0, 8.5, 10.0, 11.5), "s_n of the runs, increasing",
    ),
    Offer(
        "case-one", "x_k arbitrary, ω_k within ε of each other: rates as ε grows (Theorem 1.3, case I)",
        _LINE, "spreads", (0.0, 0.02, 0.05, 0.1, 0.2, 0.4), "ε of each run",
    ),
    Offer(
        "case-two", "ω_k arbitrary, x_k at least 1/ε apart: rates as they come nearer (Theorem 1.3, case II)",
        _LINE, "distances", (2.0, 3.0, 4.0, 6.0, 8.0), "1/ε of each run, the least |x_j − x_k|",
    ),
    Offer(
        "multi-solitons", "rates in H1 and in Σ, and the space-time bound of the gradient (Theorems 1.5, 1.7)",
        _LINE, "sizes", (1e-6, 1e-3, 1e-1), "amplitudes of data that spread, increasing",
    ),
    Offer(
        "solitary-wave", "perturbations of one wave of every kind: whether any comes to a wave (Corollary 1.9)",
        "solitary_wave_1d", "sizes", (1e-5, 1e-3), "sizes of the perturbations, increasing",
    ),
    Offer(
        "energy-quantization", "mass and energy of a multi-bubble are those of its bubbles: as s_n → ∞ (Theorem 3.15)",
        _LINE, "starts", (4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0), "s_n of the runs, increasing",
    ),
)  # fmt: skip
