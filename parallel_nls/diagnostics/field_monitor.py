"""The integrals and extrema of a field as quantities, and its distance to exact waves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from parallel_nls.contracts import Profile
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles import pointwise
from parallel_nls.profiles.placing import adding


class FieldMonitor(Monitor):
    """Conserved quantities, virial identity, largest modulus, spectral tail, edge of the box.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    quantities : sequence of Quantity, optional
        What of this goes into a series.

    Notes
    -----
    *Communication*: construction is local; `tables` is one transpose in up to eight pieces, two on the line.
    """

    name = "field"

    def __init__(self, passes: Passes, quantities: Sequence[Quantity] = ()) -> None:
        self.passes, self.quantities, self.lines = passes, tuple(quantities), passes.lines

    def tables(self, sample: Sample) -> list[RealArray]:
        """Row and column sums; ``sample.spare`` then holds what was asked for."""
        beside = tuple(sample.beside), tuple(sample.beside_columns)
        return self.passes.tables(sample.completed, sample.spare, None, sample.keep, *beside)

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """All of it; `finite` tells whether the field is. *Communication*: local."""
        sample.sums = sums = self.passes.sums(tables)
        finite, equation = sums.is_finite, self.passes.equation
        energy = equation.energy(sums)
        virial = {
            "variance_rate": 4 * sums.dilation if equation.quadratic else None,  # of another ω it is no rate of it
            "variance_acceleration": equation.variance_acceleration(sums),
            "variance_scale": equation.variance_scale(sums),
        }
        return {
            "finite": float(finite),
            "mass": sums.mass,
            "energy": energy,
            "energy_scale": 0.5 * abs(sums.quadratic) + abs(energy - 0.5 * sums.quadratic),
            "momentum": sums.momentum,
            "variance": sums.variance,
            **{name: value for name, value in virial.items() if value is not None},
            "sup_norm": math.sqrt(sums.peak) if finite else math.nan,
            "sup_position": sums.peak_position,
            "edge": math.sqrt(sums.edge / sums.peak) if finite and sums.peak > 0 else math.nan,
            "spectral_tail": sums.spectral_tail,
        }


class DistanceMonitor(Monitor):
    """Distances to a sum of exact waves, in L², H¹ and Σ.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    reference : Profile
        The exact waves.
    quantities : sequence of Quantity, optional
        What of this goes into a series.

    Notes
    -----
    *Communication*: construction is local; `tables` is one transpose in up to eight pieces.
    """

    name = "distance"

    def __init__(self, passes: Passes, reference: Profile, quantities: Sequence[Quantity] = ()) -> None:
        self.passes, self.reference = passes, reference
        self.quantities, self.lines = tuple(quantities), passes.lines

    def tables(self, sample: Sample) -> list[RealArray]:
        """Row and column sums of the difference; ``sample.spare`` is overwritten."""
        domain = self.passes.equation.domain
        # On every rank, with rows or without: a reference that has no values at this time is an error of all.
        pointwise.values(self.reference, sample.time, (np.zeros((1, 1)),) * domain.dimension)
        subtract = adding(self.reference, domain, sample.time, -1.0)
        return self.passes.tables(sample.completed, sample.spare, subtract)

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """The three distances. *Communication*: local."""
        sums = self.passes.sums(tables)
        h1 = math.sqrt(sums.mass + sums.gradient)
        return {
            "distance_l2": math.sqrt(sums.mass),
            "distance_h1": h1,
            "distance_sigma": h1 + math.sqrt(sums.variance),
        }
