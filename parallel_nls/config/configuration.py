"""The validated configuration of a run."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from parallel_nls.config.checks.evenness import find_evenness_mistakes
from parallel_nls.config.checks.measuring import find_family_mistakes, find_own_mistakes
from parallel_nls.config.checks.modulation import find_modulated_mistakes, find_reference_mistakes
from parallel_nls.config.checks.refinement import find_refinement_mistakes
from parallel_nls.config.checks.remainder import find_remainder_mistakes
from parallel_nls.config.checks.space import find_equation_mistakes, find_shape_mistakes
from parallel_nls.config.checks.systems import find_foreign_mistakes, find_system_mistakes
from parallel_nls.config.checks.time import (
    choose_frame,
    find_interval_mistakes,
    find_precision_mistakes,
    find_time_mistakes,
    is_idle,
    make_frames,
)
from parallel_nls.config.sections.equation import AnyEquation, defaults_of
from parallel_nls.config.sections.grid import REFINING, AnyGrid, GridSection
from parallel_nls.config.sections.initial import AnyInitial, InitialSection
from parallel_nls.config.sections.modulation import ModulationSection, ReferenceBubbles
from parallel_nls.config.sections.output import (
    CheckpointSection,
    DiagnosticsSection,
    LimitsSection,
    OutputSection,
)
from parallel_nls.config.sections.time import TimeSection
from parallel_nls.config.sections.values import Section, StepInterval, Text, wall_seconds
from parallel_nls.config.sections.virial import VirialSection
from parallel_nls.config.stored_time import with_stored_time
from parallel_nls.config.toml_text import OFF, toml_document
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
    equation: AnyEquation = Field(description='the section [equation] with name = "nls"')
    grid: AnyGrid = Field(description="the section [grid] with points and length")
    initial: AnyInitial = Field(description='the section [initial] with a kind, as kind = "bubbles"')
    time: TimeSection = Field(description="the section [time] with start, stop and step or tolerance")
    diagnostics: DiagnosticsSection = DiagnosticsSection()
    modulation: ModulationSection = ModulationSection()
    virial: VirialSection = VirialSection()
    limits: LimitsSection = LimitsSection()
    output: OutputSection = OutputSection()
    checkpoint: CheckpointSection = CheckpointSection()

    @model_validator(mode="before")
    @classmethod
    def take_stored_time(cls, value: object, info: ValidationInfo) -> object:
        """Return the document with the start of the run that its file of initial data tells, if it is asked for."""
        context: dict[str, Any] = info.context or {}
        return with_stored_time(value, Path(context.get("folder", ""))) if isinstance(value, dict) else value

    @model_validator(mode="before")
    @classmethod
    def fill_in_defaults(cls, value: object) -> object:
        """Return the document with what its equation has by default, where others than most have."""
        if not isinstance(value, dict) or not isinstance(equation := value.get("equation"), dict):
            return value
        filled = dict(value)
        for name, defaults in defaults_of(equation).items():
            section = value.get(name, {})
            if isinstance(section, dict):
                filled[name] = {**defaults, **section}
        return filled

    @model_validator(mode="after")
    def check_together(self) -> Self:
        """Refuse sections that contradict each other, all mistakes at once."""
        if elsewhere := find_system_mistakes(self.equation, self.grid, self.initial):
            raise UserError("\n".join(elsewhere))
        mistakes = find_shape_mistakes(self.equation, self.grid, self.initial, self.time.start)
        mistakes += find_foreign_mistakes(
            self.equation, self.grid, self.initial, self.time, self.diagnostics, self.virial
        )
        mistakes += find_reference_mistakes(self.equation, self.grid, self.initial, self.modulation)
        mistakes += find_equation_mistakes(self.equation, self.initial)
        in_time = find_time_mistakes(self.time, self._blowup_times, self._intervals)
        mistakes += in_time + find_precision_mistakes(self.time, self.grid)
        mistakes += find_remainder_mistakes(
            self.equation, self.grid, self.initial, self.time, self.diagnostics, self.modulation
        )
        bubbles = 0 if self.modulated is None else len(self.modulated.bubbles)
        mistakes += find_family_mistakes(self.equation, self.diagnostics, self.limits, self.initial, bubbles)
        mistakes += find_own_mistakes(self.diagnostics)
        if not mistakes:
            mistakes += find_refinement_mistakes(self.equation, self.grid, self.limits)
            mistakes += find_evenness_mistakes(self.equation, self.grid, self.initial, self.diagnostics)
        if self.system == "box":
            mistakes += find_modulated_mistakes(self.equation, self.initial, self.diagnostics, self.modulation)
        if not in_time:
            mistakes += find_interval_mistakes(self.time, self._intervals, {"checkpoint.every": self.checkpoint.every})
        if mistakes:
            raise UserError("\n".join(mistakes))
        return self

    @property
    def system(self) -> str:
        """What is solved for, as of `EquationSection.systems`."""
        return self.equation.systems[self.grid.space]

    @property
    def level(self) -> int:
        """The K of the highest density matrix that is held as one; 0: fields are."""
        return self.equation.level if self.system == "radius" else 0

    @property
    def waves(self) -> int:
        """The number of fields that are followed: the waves of a mixture in the plane, or one."""
        return self.initial.count_waves() if self.system == "plane" else 1

    def on_grid(self, grid: GridSection) -> Configuration:
        """Return the configuration of the same run on another grid of the same box."""
        return self.model_copy(update={"grid": grid})

    @property
    def finest(self) -> Configuration:
        """The configuration on the largest grid that a run of it may come to."""
        return self.on_grid((self.grid, *self.grid.refinements)[-1])

    @property
    def _intervals(self) -> dict[str, float | StepInterval | None]:
        """The intervals by key of which the shortest is the default frame."""
        return {"diagnostics.every": self.diagnostics.every, "output.fields_every": self.output.fields_every}

    @property
    def _blowup_times(self) -> dict[str, float]:
        """The blow-up times that were given by key; each once."""
        times = {}
        if self.exact_waves.blowup_time is not None:
            times["initial.blowup_time"] = self.exact_waves.blowup_time
        given = self.modulation.blowup_time
        if given is not None and given not in times.values():
            times["modulation.blowup_time"] = given
        return times

    @property
    def exact_waves(self) -> InitialSection:
        """The initial data as the time of the equation has them: of a remainder, the waves beside it."""
        return self.equation.waves(self.initial)

    @property
    def modulated(self) -> ReferenceBubbles | None:
        """The bubbles on which modulation, functionals and local quantities are measured; None: there are none."""
        return self.modulation.refer(self.initial)

    @property
    def adaptive(self) -> bool:
        """Whether a tolerance chooses the steps."""
        return self.time.tolerance is not None

    @property
    def frames(self) -> Frames:
        """The frames of the run: one a step, or under a tolerance what one step or several make up."""
        return make_frames(self.time, self._intervals)

    @property
    def sample_schedule(self) -> Schedule:
        """When rows of the series are written: first, last, and at the interval or at 1/100 of the run."""
        if self.diagnostics.every is None:
            count = self.frames.count
            return Schedule(default_sampling(count), count)
        return self._schedule(self.diagnostics.every)

    @property
    def field_schedule(self) -> Schedule:
        """When fields are stored; without an interval the first and the last."""
        return self._schedule(self.output.fields_every)

    @property
    def checkpoint_schedule(self) -> Schedule:
        """When checkpoints are due by steps or simulated time; with an interval on the clock only at the ends."""
        every = self.checkpoint.every
        return self._schedule(None if isinstance(every, str) else every)

    @property
    def checkpoint_seconds(self) -> float:
        """The interval of checkpoints on the clock, in seconds; infinity where it is none."""
        every = self.checkpoint.every
        return wall_seconds(every) if isinstance(every, str) else inf

    @property
    def wall_limit_seconds(self) -> float:
        """The time on the clock that a job may take, in seconds; infinity where none is given."""
        return inf if self.time.wall_limit is None else wall_seconds(self.time.wall_limit)

    def _schedule(self, interval: float | StepInterval | None) -> Schedule:
        """Return when something is due at an interval; without one, at the first and the last frame."""
        frames = self.frames
        if isinstance(interval, StepInterval):
            return Schedule(interval.steps, frames.count)
        if interval is None or is_idle(self.time, interval):
            return Schedule(None, frames.count)
        return Schedule(frames.whole(interval, "interval"), frames.count)

    @property
    def pairs(self) -> int | None:
        """The number of pairs of a transform and its inverse in the whole run; None where a tolerance decides."""
        return None if self.adaptive else self.equation.pairs_of(self.time.scheme) * self.frames.count * self.waves

    def settings(self) -> dict[str, Any]:
        """Return the values on which the data of a run depend, as plain values of JSON.

        The stop is not among them: a run may go on to a later one. Neither are limits, how far the grid may be refined,
        what concerns the clock, and bubbles on which nothing is measured.
        """
        without = {"title", "limits", "checkpoint"} | (set() if self.diagnostics.modulated_families else {"modulation"})
        without |= {"virial"} if self.virial.radius is None else set()
        document = self.complete().model_dump(mode="json", exclude=without)
        if "virial" in document:
            del document["virial"]["certificate"]  # no number depends on it
        document["time"] = {key: value for key, value in document["time"].items() if key not in ("stop", "wall_limit")}
        document["grid"] = {key: value for key, value in document["grid"].items() if key not in REFINING}
        return document

    def complete(self) -> Configuration:
        """Return the configuration with the defaults that depend on other keys filled in."""
        update: dict[str, Section] = {"initial": self.initial.in_dimension(self.equation.dimension)}
        if self.adaptive:
            frame = choose_frame(self.time, self._intervals)
            update["time"] = self.time.model_copy(update={"frame": frame})
        if self.diagnostics.every is None:
            every = StepInterval(steps=default_sampling(self.frames.count))
            update["diagnostics"] = self.diagnostics.model_copy(update={"every": every})
        if self.diagnostics.modulated_families and not self.equation.is_remainder:
            update["modulation"] = self.modulation.filled(self.initial)
        return self.model_copy(update=update)

    def complete_toml(self) -> str:
        """Return the configuration as TOML with every default written out.

        Returns
        -------
        str
            Text that ``load_configuration`` reads back to ``self.complete()``.
        """
        document = self.complete().model_dump()
        for section in ("limits", "output", "checkpoint"):
            document[section] = {
                key: OFF if value in (None, inf) else value for key, value in document[section].items()
            }
        for section in ("equation", "time", "modulation"):
            document[section] = {key: value for key, value in document[section].items() if value is not None}
        if not self.diagnostics.modulated_families and self.modulation == ModulationSection():
            del document["modulation"]
        document["virial"] = {key: value for key, value in document["virial"].items() if value is not None}
        if self.virial == VirialSection():
            del document["virial"]
        return toml_document(document)
