"""The resting form of a half-wave solution on the line: values in a frame, and the scale of the frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.errors import ArgumentError
from parallel_nls.integrators.interrupts import interrupted_between_steps
from parallel_nls.numerics.arrays import ComplexArray


@dataclass
class FrameState:
    """What the future depends on.

    Attributes
    ----------
    field : ndarray, (1 or 2, N)
        Normalised values of v, even; or of its even and its odd part.
    scale : float
        Λ.
    time : float
        Of the solution, t.
    steps : int
        So far.
    left_behind : float
        Mass that projections at changes of the frame have taken away so far.
    within_step : bool
        Whether something has ended what changed it in its midst: it is a solution at no time.
    """

    field: ComplexArray
    scale: float = 1.0
    time: float = 0.0
    steps: int = 0
    left_behind: float = 0.0
    within_step: bool = False

    def check_whole(self) -> None:
        """Refuse what was left within a step. *Communication*: local.

        Raises
        ------
        ArgumentError
            If it was.
        """
        if self.within_step:
            raise ArgumentError(
                "this state was interrupted within a step, and what it holds is a solution at no time; go on from "
                "another one, as from a state.copied() of before"
            )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let an interrupt wait until a change of it is whole; see `check_whole`. *Communication*: local."""
        self.check_whole()
        with interrupted_between_steps(alone=True):
            self.within_step = True
            yield
            self.within_step = False

    def copied(self) -> FrameState:
        """The same in an array of its own."""
        return replace(self, field=self.field.copy())

    def arrays(self) -> dict[str, ComplexArray]:
        """All but time and steps as arrays, for a checkpoint: field, and frame = [Λ, mass left behind]."""
        return {"field": self.field, "frame": np.array([self.scale, self.left_behind], dtype=np.complex128)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, ComplexArray], time: float, steps: int) -> FrameState:
        """The state that was stored, to the bit."""
        scale, left_behind = arrays["frame"].real.tolist()
        return cls(arrays["field"].copy(), scale, time, steps, left_behind)
