"""The local identities of Cao, Su & Zhang, eq. 3.14 and 3.15, between the rows of a series."""

from __future__ import annotations

import numpy as np

from parallel_nls.diagnostics.differences import Rows
from parallel_nls.diagnostics.identities import Identity, largest
from parallel_nls.numerics.arrays import RealArray


def _flux(rows: Rows, stop: int) -> RealArray:
    # Currents may cancel: residuals are relative to the largest flux so far.
    return 2 * largest(np.fmax(rows["local_flux"][:stop], np.abs(rows["local_current"][:stop])))


def _current_size(rows: Rows, near: slice) -> RealArray:
    # Where ∇Φ_k lives v may be as small as the rounding of the whole field.
    floor: RealArray = np.sqrt(rows["local_mass"][near] * rows["local_scale"][near])
    return np.abs(rows["local_current"][near]) + floor


MASS = Identity(
    "mass_identity",
    "(3.14)",
    "local_mass",
    "local_current",
    2.0,
    lambda rows, _, stop: _flux(rows, stop),
    lambda rows, near: rows["local_mass"][near],
    ("local_flux",),
)
CURRENT = Identity(
    "current_identity",
    "(3.15)",
    "local_current",
    "local_acceleration",
    1.0,
    lambda rows, _, stop: largest(rows["local_scale"][:stop]),
    _current_size,
    ("local_mass", "local_scale"),
)
