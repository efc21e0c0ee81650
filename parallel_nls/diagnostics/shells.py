"""Waves on the shells ω(k) = mπ/h beside those between them: where a step-size resonance shows."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import Completed, Equation
from parallel_nls.integrators.grid_resonances import spectrum_of
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.sweeps import Block

_MOST_SHELLS = 2**14  # kept apart; the outermost ones are looked at together
_ON, _BESIDE = 0.3, 0.35  # of the distance of shells: up to there waves may grow with one, from there on they do not
_STANDS_OUT = 1e3  # |û|² on a shell over that beside it, where waves have grown: other spectra fall outward


@dataclass(frozen=True)
class ShellContent:
    """The shell that stands out most.

    Attributes
    ----------
    number : int
        m of ω(k)h = mπ; 0 if none stands out.
    content : float
        Largest |û| on it, relative to max|û|; 0 if none stands out.
    """

    number: int = 0
    content: float = 0.0


class ShellProbe:
    """Looks for waves that stand out on the shells of a step.

    Parameters
    ----------
    equation : Equation
        Its symbol and domain.

    Notes
    -----
    *Communication*: construction is local; `look` takes a transpose in up to eight pieces, and one message.
    """

    def __init__(self, equation: Equation) -> None:
        self.equation, self.domain = equation, equation.domain
        self._columns = ColumnPieces(equation.domain)

    def look(self, completed: Completed, spare: ComplexArray, step: float) -> ShellContent:
        """The shell that stands out most, the same on every rank; ``spare`` is overwritten."""
        spacing = pi / abs(step)
        # Largest |û|² on each shell, and of the waves about it that are not.
        largest = np.zeros((2, _MOST_SHELLS + 1))

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sort the coefficients of one block of columns."""
            power, frequencies = spectrum_of(self.equation, block, lines)
            number = np.rint(frequencies / spacing)
            apart = np.abs(frequencies / spacing - number)
            places = np.minimum(number, _MOST_SHELLS).astype(int)
            for row, there in enumerate((apart <= _ON, apart >= _BESIDE)):
                np.maximum.at(largest[row], places[there], power[there])

        completed.visit(None, spare, "forward")
        self._columns(spare, lambda _: measure, "forward")
        self.domain.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
        return _outstanding(*largest)


def _outstanding(on: RealArray, beside: RealArray) -> ShellContent:
    """The strongest of the shells that stand out; the one about ω = 0 is no resonance."""
    strongest = max(on.max(), beside.max())
    # Waves about the next shell inward are as strong as those of an honest spectrum here may be.
    compared = np.maximum(beside[1:], np.minimum(beside[:-1], on[:-1]))
    stands_out = on[1:] > _STANDS_OUT * np.maximum(compared, np.finfo(float).eps ** 2 * strongest)
    # The strongest wave of all is one that was put there.
    stands_out &= on[1:] < strongest
    if not stands_out.any():
        return ShellContent()
    place = int(np.argmax(np.where(stands_out, on[1:], 0.0)))
    return ShellContent(place + 1, sqrt(on[1 + place] / strongest))
