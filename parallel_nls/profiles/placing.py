"""Putting a profile on the grid, block by block, so that its bits do not depend on the ranks."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from parallel_nls.contracts import Domain, Profile
from parallel_nls.spectral.sweeps import Block, BlockKernel


def adding(profile: Profile, domain: Domain, time: float, weight: float = 1.0) -> BlockKernel:
    """Block kernel for the rows of a physical layout that adds weight·profile(time). *Communication*: local."""

    def add(block: NDArray[Any], lines: Block) -> None:
        """Add the profile to one block of rows."""
        profile.add_to(block, time, domain.block_coordinates(lines), weight)

    return add


def place(profile: Profile, domain: Domain, time: float, field: NDArray[Any]) -> None:
    """Overwrite ``field`` (local share in physical layout) by profile(time).

    Parameters
    ----------
    profile : Profile
        What to place.
    domain : Domain
        The line or the plane.
    time : float
        Simulated time.
    field : ndarray, complex128 or complex64
        Local share in ``domain.layouts[0]``.

    Raises
    ------
    UserError
        If the profile has no values there; on the ranks that hold such points.

    Notes
    -----
    *Communication*: local.
    """
    field[...] = 0
    domain.sweeps[0][0](field, field, None, adding(profile, domain, time), None)
