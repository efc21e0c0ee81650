"""Norms of the remainder that a run in remainder form solves for, however small, and of the source that drives it.

With z = u − ΣW_k in the soliton frame and R = v − ΣS_k in the blow-up frame, R = P_T z: at s = 1/(T − t), y = sx,

    ‖R‖ = ‖z‖,   ‖xR‖ = ‖yz‖/s,   ‖∇R‖² = s²‖∇z‖² − s Im∫z̄ y·∇z + ‖yz‖²/4,   ‖∇z‖² = ‖∇R‖²/s² + Im∫R̄ x·∇R/s + ‖xR‖²/4

(after Cao, Su & Zhang, (5.22)–(5.24)). So the chirp that R has near the blow-up time is never differentiated where z is
solved for. All sums are those of the field divided by a power of 2 near its largest modulus: |z|² may be too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import Block, Completed
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import FieldSums, Passes
from parallel_nls.diagnostics.quantity import AXIS, CSZ, NUMBER, Quantity
from parallel_nls.equations.remainder import RemainderEquation
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import ordered_sum

_ENOUGH = 1000  # of the exponents of numbers: scales are numbers, and so are their inverses

REMAINDER_QUANTITIES = (
    Quantity("z_l2", "remainder", NUMBER, "remainder in the soliton frame", "‖z‖₂, z = u − ΣW_k", CSZ, tabulated=True),
    Quantity("z_h1", "remainder", NUMBER, "remainder in the soliton frame", "(‖z‖₂² + ‖∇z‖₂²)^½", CSZ),
    Quantity("remainder_l2", "remainder", NUMBER, "remainder in the blow-up frame", "‖R‖₂ = ‖z‖₂, R = v − ΣS_k", CSZ),
    Quantity(
        "remainder_h1", "remainder", NUMBER, "remainder in the blow-up frame", "(‖R‖₂² + ‖∇R‖₂²)^½", f"{CSZ}, (5.24)"
    ),
    Quantity(
        "remainder_sigma", "remainder", NUMBER, "remainder in the blow-up frame", "‖R‖_{H¹} + ‖xR‖₂", f"{CSZ}, (5.23)"
    ),
    Quantity(
        "source_l2", "remainder", NUMBER, "what drives the remainder", "‖H‖₂, H = f(ΣW_k) − Σf(W_k), or of S_k", CSZ
    ),
    Quantity("sup_norm", "resolution", NUMBER, "largest modulus", "max|z|, or max|R|", "on the grid"),
    Quantity(
        "spectral_tail",
        "resolution",
        (AXIS,),
        "spectral tail on each axis",
        "max|ẑ| over |k_a| ≥ 0.9 max|k_a|, relative to max|ẑ|",
        "resolution guard",
    ),
    Quantity(
        "edge", "resolution", NUMBER, "largest modulus at the edge of the box", "relative to max|z|", "on the grid"
    ),
)


class FrameNorms(NamedTuple):
    """Norms in both frames: ‖z‖, ‖∇z‖, ‖∇R‖, ‖xR‖."""

    size: float
    soliton_gradient: float
    gradient: float
    moment: float


def frame_norms(sums: FieldSums, s: float, travels: bool) -> FrameNorms:
    """Norms of z and R from the integrals of one of them.

    Parameters
    ----------
    sums : FieldSums
        Of z at s, or of R at T − 1/s.
    s : float
        1/(T − t).
    travels : bool
        Whether they are those of z.

    Notes
    -----
    *Communication*: local.
    """
    if travels:
        other = s * s * sums.gradient - s * sums.dilation + 0.25 * sums.variance
        squares = sums.gradient, other, sums.variance / (s * s)
    else:
        other = sums.gradient / (s * s) + sums.dilation / s + 0.25 * sums.variance
        squares = other, sums.gradient, sums.variance
    # Rounding alone can make what cancels negative; NaN stays.
    own, blow_up, moment = (math.sqrt(square) if square > 0 else square * 0.0 for square in squares)
    return FrameNorms(math.sqrt(sums.mass), own, blow_up, moment)


class RemainderMonitor(Monitor):
    """Measures z, or R; all of it is scale-free.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation of u.
    equation : RemainderEquation
        Of the remainder.
    blowup_time : float or None
        T in the blow-up frame; None in the soliton frame, where time is s.
    quantities : sequence of Quantity, optional
        What of this goes into a series.

    Notes
    -----
    *Communication*: construction is local; `tables` takes what `Passes.tables` takes, and one number.
    """

    name = "remainder"

    def __init__(
        self,
        passes: Passes,
        equation: RemainderEquation,
        blowup_time: float | None,
        quantities: Sequence[Quantity] = (),
    ) -> None:
        self.passes, self.remainder, self._blowup_time = passes, equation, blowup_time
        self.quantities = tuple(quantities)
        self.lines = [*passes.lines, passes.lines[0]]
        self._scale = 1.0

    def tables(self, sample: Sample) -> list[RealArray]:
        """Row and column sums of the scaled field, and of the source; ``sample.spare`` is overwritten."""
        field = sample.completed.field
        self._scale = scale = common_size(self.remainder.domain.comm, field) or 1.0

        def divide(block: ComplexArray, lines: Block) -> None:
            """Bring one block of rows to the size of 1: exactly, by a power of 2."""
            block[: lines.count] *= 1 / scale

        scaled = Completed(sample.completed.rows, field, divide)
        own = self.passes.tables(scaled, sample.spare)
        driving = np.zeros((2, len(field)))
        for lines in self.passes.rows.blocks:
            driving[:, lines.lines] = self.remainder.source_table(sample.time, lines)
        return [*own, driving]

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """All of it; `finite` tells whether the field is. *Communication*: local."""
        sums, scale = self.passes.sums(tables[:2]), self._scale
        travels = self._blowup_time is None
        s = sample.time if self._blowup_time is None else 1 / (self._blowup_time - sample.time)
        norms = frame_norms(sums, s, travels)
        finite, peak = sums.is_finite, math.sqrt(sums.peak) if sums.peak > 0 else 0.0
        h1 = math.hypot(norms.size, norms.gradient)
        return {
            "finite": float(finite),
            "z_l2": scale * norms.size,
            "z_h1": scale * math.hypot(norms.size, norms.soliton_gradient),
            "remainder_l2": scale * norms.size,
            "remainder_h1": scale * h1,
            "remainder_sigma": scale * (h1 + norms.moment),
            "source_l2": source_norm(tables[2], self.remainder.domain.cell),
            "sup_norm": scale * peak if finite else math.nan,
            # Nothing at all is resolved, and nowhere.
            "edge": (math.sqrt(sums.edge) / peak if peak else 0.0) if finite else math.nan,
            "spectral_tail": sums.spectral_tail if peak or not finite else np.zeros_like(sums.spectral_tail),
        }


def source_norm(table: RealArray, cell: float) -> float:
    """‖H‖₂ from the largest numbers and the scaled sums of all rows; ``cell`` is a point's. *Communication*: local."""
    largest = float(table[0].max())
    if not 0 < largest < math.inf:
        return largest
    return largest * math.sqrt(cell * ordered_sum(table[1] * (table[0] / largest) ** 2))


def common_size(comm: MPI.Intracomm, field: ComplexArray) -> float | None:
    """A power of 2 near the largest modulus of a field, 1 where it is 0; None where a number of it is none.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    field : ndarray
        Local share.

    Notes
    -----
    *Communication*: collective, one number.
    """
    largest = comm.allreduce(_largest(field), MPI.MAX)
    if not math.isfinite(largest):
        return None
    return 2.0 ** max(-_ENOUGH, min(math.frexp(largest)[1], _ENOUGH)) if largest > 0 else 1.0


def _largest(field: ComplexArray) -> float:
    """About the largest modulus of a local share; 0 of an empty one, infinite where a number is none."""
    if not field.size:
        return 0.0
    largest = max(float(np.abs(row.view(np.float64)).max()) for row in field)
    return largest if math.isfinite(largest) else math.inf
