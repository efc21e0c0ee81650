"""Putting a profile on the grid, block by block, so that its bits do not depend on the ranks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, Profile
from parallel_nls.profiles.pointwise import values
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


def unevenness(profile: Profile, domain: Domain, time: float) -> tuple[list[float], float]:
    """How far a profile is from even about the origins of the even axes, and its largest value, in the local rows.

    Parameters
    ----------
    profile, domain, time
        As of `place`.

    Returns
    -------
    list of float
        Largest |u(…, −x, …) − u(…, x, …)| for each even axis; 0 without rows.
    float
        The largest |u| of these points.

    Notes
    -----
    *Communication*: local.
    """
    apart, largest = [0.0] * len(domain.even), 0.0
    for lines in domain.sweeps[0][0].blocks:
        here = domain.block_coordinates(lines)
        one = values(profile, time, here)
        largest = max(largest, float(np.abs(one).max()))
        for place, axis in enumerate(domain.even):
            other = values(profile, time, tuple(-x if a == axis else x for a, x in enumerate(here)))
            largest = max(largest, float(np.abs(other).max()))
            apart[place] = max(apart[place], float(np.abs(one - other).max()))
    return apart, largest
