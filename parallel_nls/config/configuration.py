"""The validated configuration of a run."""

from __future__ import annotations

from math import inf
from typing import Self

from pydantic import Field, model_validator

from parallel_nls.config.checks import (
    find_family_mistakes,
    find_interval_mistakes,
    find_shape_mistakes,
    find_time_mistakes,
)
from parallel_nls.config.initial import InitialSection
from parallel_nls.config.sections import (
    PAIRS_PER_STEP,
    DiagnosticsSection,
    EquationSection,
    GridSection,
    LimitsSection,
    OutputSection,
    TimeSection,
)
from parallel_nls.config.toml_text import OFF, toml_document
from parallel_nls.config.values import Section, StepInterval, Text
from parallel_nls.errors import UserError
from parallel_nls.schedules import Frames, Schedule, default_sampling

__all__ = ["Configuration"]


class Configuration(Section):
    """All sections of a configuration, valid together.

    Raises
    ------
    UserError
        When sections contradict each other: one line a mistake.

    Notes
    -----
    *Communication*: local. Rank 0 reads and broadcasts the object, which pickles.
    """

    title: Text = ""
    equation: EquationSection = Field(description='the section [equation] with name = "nls"')
    grid: GridSection = Field(description="the section [grid] with points and length")
    initial: InitialSection = Field(description='the section [initial] with a kind, as kind = "bubbles"')
    time: TimeSection = Field(description="the section [time] with start, stop and step")
    diagnostics: DiagnosticsSection = DiagnosticsSection()
    limits: LimitsSection = LimitsSection()
    output: OutputSection = OutputSection()

    @model_validator(mode="after")
    def check_together(self) -> Self:
        """Refuse sections that contradict each other, all mistakes at once."""
        mistakes = find_shape_mistakes(self.equation, self.grid, self.initial)
        in_time = find_time_mistakes(self.time, self.initial)
        mistakes += in_time
        mistakes += find_family_mistakes(self.diagnostics, self.initial)
        if not in_time:
            intervals = {
                "diagnostics.every": self.diagnostics.every,
                "output.fields_every": self.output.fields_every,
            }
            mistakes += find_interval_mistakes(self.frames, intervals)
        if mistakes:
            raise UserError("\n".join(mistakes))
        return self

    @property
    def frames(self) -> Frames:
        """The frames of the run: one a step."""
        return Frames.from_step(self.time.start, self.time.stop, self.time.step)

    @property
    def sample_schedule(self) -> Schedule:
        """When rows of the series are written: first, last, and at the interval or at 1/100 of the run."""
        frames = self.frames
        every = _in_frames(frames, self.diagnostics.every)
        return Schedule(every or default_sampling(frames.count), frames.count)

    @property
    def field_schedule(self) -> Schedule:
        """When fields are stored; without an interval the first and the last."""
        frames = self.frames
        return Schedule(_in_frames(frames, self.output.fields_every), frames.count)

    @property
    def pairs(self) -> int:
        """The number of pairs of a transform and its inverse in the whole run."""
        return PAIRS_PER_STEP[self.time.scheme] * self.frames.count

    def complete(self) -> Configuration:
        """Return the configuration with the defaults that depend on other keys filled in."""
        if self.diagnostics.every is not None:
            return self
        every = StepInterval(steps=default_sampling(self.frames.count))
        return self.model_copy(update={"diagnostics": self.diagnostics.model_copy(update={"every": every})})

    def complete_toml(self) -> str:
        """Return the configuration as TOML with every default written out.

        Returns
        -------
        str
            Text that ``load_configuration`` reads back to ``self.complete()``.
        """
        document = self.complete().model_dump()
        for section in ("limits", "output"):
            document[section] = {
                key: OFF if value in (None, inf) else value for key, value in document[section].items()
            }
        return toml_document(document)


def _in_frames(frames: Frames, interval: float | StepInterval | None) -> int | None:
    """Return an interval as a number of frames."""
    if isinstance(interval, StepInterval):
        return interval.steps
    return None if interval is None else frames.whole(interval, "interval")
