"""Putting a profile on the grid, block by block, so that its bits do not depend on the ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Profile
from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.sweeps import Block, BlockKernel


def adding(profile: Profile, domain: FourierDomain, time: float, weight: float = 1.0) -> BlockKernel:
    """Block kernel for rows of a plane that adds weight·profile(time). *Communication*: local."""
    across, along = domain.coordinates(0), domain.coordinates(1)

    def add(block: NDArray[np.complex128], lines: Block) -> None:
        """Add the profile to one block of rows."""
        profile.add_to(block, time, across[lines.numbers], along, weight)

    return add


def place(profile: Profile, domain: FourierDomain, time: float, field: NDArray[np.complex128]) -> None:
    """Overwrite ``field`` (local share in physical layout) by profile(time). *Communication*: local."""
    field[...] = 0
    domain.sweeps[0][0](field, field, None, adding(profile, domain, time), None)
