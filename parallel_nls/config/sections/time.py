"""The [time] section: from when to when, by which scheme, in which steps."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from parallel_nls.config.sections.values import (
    Number,
    OptionalWallTime,
    Positive,
    Section,
    Text,
    fail,
    fail_missing,
    off_as,
    one_of,
)
from parallel_nls.config.toml_text import quoted
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.integrators.exponential_schemes import EXPONENTIAL_SCHEMES

__all__ = ["TimeSection"]


_NAMES = (*SCHEMES, *(name for name in EXPONENTIAL_SCHEMES if name not in SCHEMES))
_OptionalPositive = Annotated[Positive | None, BeforeValidator(off_as(None))]
_Tolerance = Annotated[Number, Field(ge=1e-14, le=1e-2)]


class TimeSection(Section):
    """The run in simulated time, in fixed steps or in steps that a tolerance chooses; ``stop < start`` runs backward.

    Exactly one of ``step`` and ``tolerance`` is a number, the other None. ``frame`` belongs to ``tolerance``; None
    stands for the default, which ``Configuration.complete`` fills in.
    """

    start: Number = Field(description="the simulated time at the start, as start = -0.5")
    stop: Number = Field(description="the simulated time at the end, as stop = -0.1; before start: a run backward")
    scheme: Annotated[Text, one_of("scheme", _NAMES)] = "blanes-moan-rkn4"
    tolerance: Annotated[_Tolerance | None, BeforeValidator(off_as(None))] = Field(
        default=None, description="a bound for the error from 1e-14 to 0.01, as tolerance = 1e-9, in place of a step"
    )
    frame: _OptionalPositive = Field(
        default=None,
        description="simulated time, as frame = 0.01: every interval and the stop are a whole number of frames away",
    )
    step: _OptionalPositive = Field(
        default=None,
        validate_default=True,
        description="the fixed time step, as step = 1e-3, or else a tolerance, as tolerance = 1e-9; "
        "stop before start runs backward",
    )
    wall_limit: OptionalWallTime = Field(
        default=None,
        description='the time on the clock that a job may take, as wall_limit = "23 h": before that the run is stored',
    )

    @property
    def backward(self) -> bool:
        """Whether the run goes to earlier times."""
        return self.stop < self.start

    @property
    def never(self) -> float:
        """The infinite time at which nothing of the run's direction happens any more."""
        return -math.inf if self.backward else math.inf

    @field_validator("frame")
    @classmethod
    def check_frame(cls, frame: float | None, info: ValidationInfo) -> float | None:
        """Refuse a frame without a tolerance; a tolerance that is itself a mistake is told by its own message."""
        if frame is not None and info.data.get("tolerance", frame) is None:
            raise fail("belongs to a tolerance; in fixed steps a frame is a step: remove frame")
        return frame

    @field_validator("step")
    @classmethod
    def check_step(cls, step: float | None, info: ValidationInfo) -> float | None:
        """Refuse a step together with a tolerance, and neither of them."""
        if "tolerance" not in info.data:  # it is there, and a mistake of its own
            return step
        tolerance = info.data["tolerance"]
        if step is None and tolerance is None:
            raise fail_missing("tolerance")
        if step is not None and tolerance is not None:
            other = f"time.tolerance = {quoted(tolerance)}"
            raise fail(f'excludes {other}; keep one and remove the other, or set it to "off"')
        return step
