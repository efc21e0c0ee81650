"""From one sample to the next: where a fit begins, and which turn of the phase is meant.

A fit begins where the last good ones lead; the first, and one that fails from there, begins with moments of the field,
or else with the exact bubbles. What is remembered goes into checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from parallel_nls.bubbles.field_view import FieldView
from parallel_nls.bubbles.fit.beside import LookBeside
from parallel_nls.bubbles.fit.conditions import amplitudes
from parallel_nls.bubbles.fit.memory import Memory
from parallel_nls.bubbles.fit.moments import parameters_of_moments, phases, weakest
from parallel_nls.bubbles.fit.newton import BubbleFit, Fit, with_nearest_phase
from parallel_nls.bubbles.fit.passes import DENSE
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.remainder_pass import RemainderPass
from parallel_nls.bubbles.row_integrals import RowIntegrals
from parallel_nls.diagnostics.narrow_plane import WHOLE
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.consensus import from_root
from parallel_nls.profiles.bubbles import Bubble

FORESEEN = 2.5e3
"""Times the conditions that are enough: if the last fit was missed by less, the next one begins near enough."""
CLOSE = 5e-9
"""Of ‖R‖: if the last fit was missed by less, the last pass is taken at what is foreseen, and corrected behind it.

From further away some points rarely tell what R changes by to 1e-12.
"""
FEWER = 2.8
"""From one of all points to the next from which on what some show costs less than a look beside another pass."""
FAINT = 1e-6
"""Of the largest part of ∫|v|^{2+4/d}: with less of it than this a bubble is not there."""


_EVERY, _REMAINDER = "fit_every", "fit_remainder"


class Tracker:
    """Finds the bubbles of one sample after another.

    Parameters
    ----------
    decomposition : BubbleFit
        Fits.
    integrals : RowIntegrals
        Moments.
    bubbles : tuple of Bubble
        The exact S_k.
    blowup_time : float
        Their T.

    Attributes
    ----------
    memory : Memory or None
        Of the last good fit.
    share : int or None
        Of the points of each axis, in sixteenths, that the last fit needed.
    remainder : float
        ‖R‖ of the last good fit; 0 before, and where a last pass at once was in vain: the next fit tries none.

    Notes
    -----
    *Communication*: `find` is collective, the rest is local.
    """

    def __init__(
        self, decomposition: BubbleFit, integrals: RowIntegrals, bubbles: tuple[Bubble, ...], blowup_time: float
    ) -> None:
        self.decomposition, self.integrals = decomposition, integrals
        self.bubbles, self.blowup_time = bubbles, blowup_time
        self.memory: Memory | None = None
        self.share: int | None = None
        self.remainder = 0.0
        self._beside: tuple[float, LookBeside] | None = None
        self._closed: tuple[object, Parameters | None] = None, None

    def foresee(self, time: float) -> LookBeside | None:
        """The look with which the fit at a time begins, for a pass over the field ahead of it; None if it may not ride.

        A narrow field is there only behind that pass: where the last fit was of one, none rides. Where this fit turns
        out to be of one, what rode is not used, so that whatever happened before, the fit is the same.
        """
        self._beside = None
        if self.memory is None or self.share != WHOLE or not self._is_foreseen(self.memory):
            return None
        expected = self.memory.at(time)
        if self.decomposition.objection(expected) is not None or self.close(time) is not None:
            return None
        look = LookBeside(self.decomposition.passes, expected)
        self._beside = time, look
        return look

    def close(self, time: float) -> Parameters | None:
        """What is expected at a time, if it is so near that the last pass may be taken there; else None."""
        key = self.memory, time, self.share, self.remainder
        if self._closed[0] != key:  # asked several times a sample
            self._closed = key, self._close(time)
        return self._closed[1]

    def _close(self, time: float) -> Parameters | None:
        memory = self.memory
        if memory is None or not self._is_foreseen(memory) or not 2 * memory.surprise < CLOSE * self.remainder:
            return None
        expected = memory.at(time)
        if self.decomposition.objection(expected) is not None:
            return None
        if self.by_values(expected) is not None or self.share != WHOLE:
            return expected
        # Of few points fewer are none: then a look that rides on another pass costs less.
        points = DENSE[expected.dimension] * float(expected.scale.min()) / max(self.decomposition.domain.spacing)
        return expected if points >= FEWER else None

    def by_values(self, expected: Parameters | None) -> RemainderPass | None:
        """What takes a last pass at once by values of the field alone, where it may, at what is expected so closely.

        It is made, and its code loaded, with the first sample, before any is.
        """
        own = self.integrals.by_values
        return own if own is not None and expected is not None and own.serves(expected) else None

    @property
    def closely(self) -> bool:
        """Whether the last fit was missed by no more than conditions that are enough."""
        return self.memory is not None and self.memory.surprise <= self.decomposition.enough

    def find(self, view: FieldView, time: float) -> Fit:
        """Decompose the field at ``time``.

        Parameters
        ----------
        view : FieldView
            The field; kept.
        time : float
            Simulated time.

        Returns
        -------
        Fit
            With phases on the branch that is expected; a failed one says why.
        """
        exact, spent = Parameters.of_bubbles(self.bubbles, self.blowup_time - time), 0
        expected = None if self.memory is None else self.memory.at(time)
        foreseen = self.memory is not None and self._is_foreseen(self.memory)
        self.needed(view.share, time)
        rode, self._beside = self._beside, None
        beside = rode[1] if rode is not None and rode[0] == time and view.share == WHOLE else None
        starts = (lambda: expected, lambda: self._from_moments(view), lambda: exact)
        fit = Fit(exact, math.nan, 0, "no start was found")
        for begin in starts:
            start = begin()
            if start is None:
                continue
            if isinstance(start, str):
                return Fit(exact, math.nan, spent, start)
            near = foreseen and start is expected
            fit = self.decomposition.fit(view.field, start, near, beside if near else None, view.passes)
            spent += fit.passes
            if fit.failure is None:
                return replace(fit, parameters=self._on_branch(fit.parameters, expected, exact), passes=spent)
        return replace(fit, passes=spent)

    def needed(self, share: int, time: float) -> None:
        """Keep how much of a field was needed; a second look at the same time changes nothing, as of `remember`."""
        if self.share is None or self.memory is None or time != self.memory.time:
            self.share = share

    def remember(self, time: float, parameters: Parameters, remainder: float) -> None:
        """Keep a good fit and its ‖R‖; a second one at the same time changes nothing."""
        if self.memory is not None and time == self.memory.time:
            return
        self.remainder = remainder
        if self.memory is None:
            self.memory = Memory(time, parameters)
        else:
            free = self.memory.parameters.free_flow(time - self.memory.time)
            self.memory = self.memory.after(time, parameters, self.decomposition.objection(free) is None)

    def remembered(self) -> dict[str, float | RealArray]:
        """The memory as values of a sample, for checkpoints; empty before the first good fit."""
        if self.memory is None or self.share is None:
            return {}
        return {**self.memory.values(), _EVERY: WHOLE / self.share, _REMAINDER: self.remainder}

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take the memory from the values of a sample."""
        self.memory = Memory.of_values(values)
        self.share = round(WHOLE / float(values[_EVERY])) if _EVERY in values else None
        self.remainder = float(values.get(_REMAINDER, 0.0))

    def _is_foreseen(self, memory: Memory) -> bool:
        return memory.surprise <= FORESEEN * self.decomposition.enough

    def _on_branch(self, found: Parameters, expected: Parameters | None, exact: Parameters) -> Parameters:
        """With phases near the expected ones where the expected scales have come true, else near the exact ones."""
        near = exact.phase
        if expected is not None and self.decomposition.objection(expected) is None:
            ratio = expected.scale / found.scale
            near = np.where((ratio > 0.5) & (ratio < 2), expected.phase, near)
        return with_nearest_phase(found, near)

    def _from_moments(self, view: FieldView) -> Parameters | str:
        """Where moments of the field say that the bubbles are, or what they say is missing."""
        domain, moments = self.decomposition.domain, self.integrals.moments(view.visit, view.share)
        k, share = weakest(moments)
        if not share > FAINT:
            return f"the field has no bubble {k + 1}: there is next to nothing of it near {self._place(k)}"
        # By rank 0: functions of other processors may round otherwise, and all ranks decide by these numbers.
        found = from_root(domain.comm, lambda: parameters_of_moments(moments, domain.dimension))
        if self.decomposition.objection(found) is not None:
            return found
        pairings = view.passes.look(view.field, found).pairings
        turned = from_root(domain.comm, lambda: phases(found, pairings, amplitudes(found)))
        return replace(found, phase=turned)

    def _place(self, k: int) -> str:
        center = self.bubbles[k].center
        return f"x = {center[0]:g}" if len(center) == 1 else "(" + ", ".join(f"{x:g}" for x in center) + ")"
