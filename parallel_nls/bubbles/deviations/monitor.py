"""Decomposes the remainder of every sample of a run in remainder form, however small it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.deviations.equations import DEVIATION_NAMES
from parallel_nls.bubbles.deviations.newton import DeviationFit, DeviationFound, Rest, on_grid
from parallel_nls.bubbles.deviations.place import Deviation
from parallel_nls.bubbles.deviations.sums import replace_by_rest
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import UsedPoints, profile_table
from parallel_nls.bubbles.remainder_norms import FrameNorms, common_size, frame_norms
from parallel_nls.contracts import Completed
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.spectral.sweeps import Block


@dataclass(frozen=True)
class DeviationSetting:
    """What is decomposed.

    Attributes
    ----------
    bubbles : tuple of Bubble
        S_k.
    blowup_time : float or None
        T in the blow-up frame; None in the soliton frame, where time is s.
    direction : tuple of float, optional
        v₁ of the localization.
    """

    bubbles: tuple[Bubble, ...]
    blowup_time: float | None
    direction: tuple[float, ...] | None = None


class DeviationMonitor(Monitor):
    """Decomposes z, or R_ex = v - ΣS_k, about bubbles near S_k.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation of u.
    setting : DeviationSetting
        What is decomposed.
    quantities : sequence of Quantity, optional
        What of it goes into a series.

    Attributes
    ----------
    localization : Localization
        Φ_k, in the blow-up frame.
    failure : str or None
        Why the last fit failed.

    Notes
    -----
    Every sample is decomposed from S_k on: nothing is remembered. *Communication*: construction is local; `values` is
    collective: what `DeviationFit` takes, a pass as of `Passes.tables`, and two messages.
    """

    name = "decomposition"

    def __init__(self, passes: Passes, setting: DeviationSetting, quantities: Sequence[Quantity] = ()) -> None:
        self.passes, self.setting, self.quantities = passes, setting, tuple(quantities)
        self.domain = passes.equation.domain
        centers = np.array([bubble.center for bubble in setting.bubbles], dtype=np.float64)
        self.localization = Localization.of(centers, setting.direction)
        self._fit = DeviationFit(self.domain, passes.thinned)
        self._reducer = Reducer(self.domain.comm, passes.lines)

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """All of it; of a failed fit only how it failed. ``sample.spare`` is overwritten.

        Notes
        -----
        *Communication*: collective.
        """
        self.failure = None
        size = common_size(self.domain.comm, sample.completed.field)
        if size is None:
            return {}
        blowup_time = self.setting.blowup_time
        s = sample.time if blowup_time is None else 1 / (blowup_time - sample.time)
        seen = s if blowup_time is None else None
        exact = Parameters.of_bubbles(self.setting.bubbles, 1 / s)
        found = self._fit.fit(sample.completed, Deviation.none(exact, seen), size, on_grid(self.localization, seen))
        self.failure, passes = found.failure, float(found.passes)
        if found.failure is not None:
            return {"orthogonality": size * found.rest.size, "fit_passes": -passes}
        norms = self._norms(found.rest, sample, size, s)
        return {"orthogonality": size * found.rest.size, "fit_passes": passes, **_of_fit(found, norms, size, s)}

    def _norms(self, rest: Rest, sample: Sample, size: float, s: float) -> FrameNorms:
        """Norms of R over the size of R_ex, in both frames."""
        bubbles, places = rest.deviation.packed(), self.domain.row_places
        table, d = profile_table(self.domain.dimension), self.domain.dimension

        def replace_rows(block: ComplexArray, lines: Block) -> None:
            """Make one block of rows of R."""
            points = UsedPoints.of_rows(places.across[lines.numbers], places.along, places.folded)
            replace_by_rest(block, table, bubbles, 1 / size, points, d)

        completed = Completed(sample.completed.rows, sample.completed.field, replace_rows)
        tables = self._reducer.gather(self.passes.tables(completed, sample.spare))
        return frame_norms(self.passes.sums(tables), s, self.setting.blowup_time is None)


def _of_fit(found: DeviationFound, norms: FrameNorms, size: float, s: float) -> Values:
    """What a decomposition gives, from R over the size of R_ex."""
    d, q = found.rest.deviation.exact.dimension, found.rest.deviation.change
    parts = q[:, 0], q[:, 1 : 1 + d], q[:, 1 + d : 1 + 2 * d], q[:, 1 + 2 * d], q[:, 2 + 2 * d]
    return {
        **dict(zip(DEVIATION_NAMES, parts, strict=True)),
        "decomposed_l2": size * norms.size,
        "decomposed_gradient": size * norms.gradient,
        "remainder_size": size * (norms.size + norms.gradient / s),
        "localized_mass": size * found.rest.localized_mass(size),
    }
