"""Stored fields that were never computed: exact bubbles, on the line or in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike

from parallel_nls.contracts import Domain, Profile
from parallel_nls.output.fields import write_field
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain

STEPS = 7


def line_domain(comm: MPI.Intracomm, *points: int, dtype: DTypeLike = np.complex128) -> Domain:
    """The line with 960 points, unless others are given, or the plane with two numbers of them."""
    if len(points) == 2:
        return FourierDomain(comm, points, (20.0, 18.0), dtype=dtype)
    return LineDomain(comm, points or (960,), (24.0,), dtype)


def two_bubbles(dimension: int) -> tuple[Bubble, ...]:
    """The one on the left is higher."""
    left, right = ((-2.0,), (2.0,)) if dimension == 1 else ((-3.0, 0.0), (3.0, 0.0))
    return Bubble(left, 0.9, 0.3), Bubble(right, 1.1, -0.6)


def store_bubbles(path: Path, domain: Domain, bubbles: Sequence[Bubble], blowup_time: float, time: float) -> None:
    """Write their sum at a time, as a run does."""
    store_profile(path, domain, BubbleSum(bubbles, blowup_time), time)


def store_profile(path: Path, domain: Domain, profile: Profile, time: float) -> None:
    """Write a function at a time, as a run does."""
    field = domain.allocate(domain.layouts[0])
    place(profile, domain, time, field)
    write_field(path, domain, field, STEPS, time, 0.0)
