"""Functions of time and space."""

from __future__ import annotations

from typing import Protocol

from parallel_nls.numerics.arrays import ComplexArray, RealArray


class Profile(Protocol):
    """A function of time and space that can be added to a block of rows."""

    def add_to(
        self,
        block: ComplexArray,
        time: float,
        coordinates: tuple[RealArray, ...],
        weight: float = 1.0,
    ) -> None:
        """Add weight·profile(time) to the rows of a block.

        Parameters
        ----------
        block : ndarray, complex128 or complex64, (at least count, n)
            Its first rows are changed in place.
        time : float
            Simulated time; initial data stand for any.
        coordinates : tuple of ndarray
            One for each space axis, as of ``Domain.block_coordinates``; they broadcast to (count, n).
        weight : float
            Usually 1 or -1.
        """
