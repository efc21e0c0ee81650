"""The members of a sweep: their values, their configurations, and what they will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.loading import list_mistakes, validate_document
from parallel_nls.config.overrides import apply_value
from parallel_nls.config.reading import read_document
from parallel_nls.config.toml_text import quoted, quoted_argument
from parallel_nls.errors import UserError
from parallel_nls.planning.memory import required_bytes
from parallel_nls.studies.sweep.sweep_file import Sweep, read_sweep

__all__ = ["SweepPlan", "load_sweep", "make_plan", "member_name"]


@dataclass(frozen=True)
class SweepPlan:
    """A sweep with all that its members are made of.

    Attributes
    ----------
    sweep : Sweep
        Complete.
    document : dict
        The configuration that all members share, as tomllib reads it.
    folder : Path
        From which relative paths in it are taken.
    rank_bytes : tuple of int
        Field data of the fullest rank of each member, in bytes.
    wall_limit : float
        Seconds that the job may take; infinity without a limit.
    """

    sweep: Sweep
    document: dict[str, Any]
    folder: Path
    rank_bytes: tuple[int, ...] = ()
    wall_limit: float = inf

    @cached_property
    def members(self) -> tuple[dict[str, Any], ...]:
        """What each member varies, by key; the last key changes fastest, unless all change together."""
        return tuple(dict(zip(self.sweep.vary, values, strict=True)) for values in self.sweep.combinations())

    def label(self, number: int) -> str:
        """Return a member as messages name it: directory and values, of lists side by side those that differ."""
        values = ", ".join(f"{key} = {quoted(value)}" for key, value in self.members[number].items() if self._told(key))
        return f"{member_name(number)} ({values})"

    def _told(self, key: str) -> bool:
        values = self.sweep.vary[key]
        return not self.sweep.together or any(value != values[0] for value in values)

    def configuration(self, number: int) -> Configuration:
        """Return the validated configuration of a member.

        Raises
        ------
        UserError
            One line a mistake.
        """
        document = deepcopy(self.document)
        for key, value in {**self.sweep.set, **self.members[number]}.items():
            apply_value(document, [part.strip() for part in key.split(".")], deepcopy(value), key)
        return validate_document(document, self.folder)


def member_name(number: int) -> str:
    """Return the name of a member's directory."""
    return f"member_{number:04d}"


def load_sweep(path: str, output: str | None = None) -> SweepPlan:
    """Read a sweep file and validate all members.

    Parameters
    ----------
    path : str
        Of the file.
    output : str, optional
        The directory of the sweep, instead of what the file says.

    Returns
    -------
    SweepPlan
        Every member of which is valid.

    Raises
    ------
    UserError
        One message that names every mistake with key, value, remedy, and the members that make it.

    Notes
    -----
    *Communication*: local.
    """
    return make_plan(read_sweep(path, output), f"sweep {quoted_argument(path)}:")


def make_plan(sweep: Sweep, heading: str) -> SweepPlan:
    """Validate all members of a sweep.

    Parameters
    ----------
    sweep : Sweep
        Complete.
    heading : str
        Of a message that lists mistakes.

    Raises
    ------
    UserError
        As of `load_sweep`.

    Notes
    -----
    *Communication*: local.
    """
    plan = SweepPlan(sweep, *read_document(sweep.configuration))
    mistakes: dict[str, list[int]] = {}
    texts: dict[str, int] = {}
    sizes = []
    for number in range(len(plan.members)):
        try:
            configuration = plan.configuration(number)
        except UserError as error:
            for mistake in str(error).splitlines():
                mistakes.setdefault(mistake, []).append(number)
        else:
            sizes.append(required_bytes(configuration, sweep.ranks))
            if (first := texts.setdefault(configuration.complete_toml(), number)) != number:
                mistakes.setdefault(f"the same as {plan.label(first)}; give each value once", []).append(number)
    if mistakes:
        raise UserError(list_mistakes(heading, _with_members(plan, mistakes)))
    return replace(plan, rank_bytes=tuple(sizes), wall_limit=configuration.wall_limit_seconds)


def _with_members(plan: SweepPlan, mistakes: Mapping[str, Sequence[int]]) -> list[str]:
    """Return each mistake with the members that make it."""
    lines = []
    for mistake, numbers in mistakes.items():
        others = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        which = "all members" if len(numbers) == len(plan.members) else f"{plan.label(numbers[0])}{others}"
        lines.append(f"{which}: {mistake}")
    return lines
