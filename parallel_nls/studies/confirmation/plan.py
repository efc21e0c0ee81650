"""`parallel-nls study confirm`: a run again with finer steps, a finer grid and a larger box, one at a time.

What halving changes is the part 1 − 2^−q of an error that falls like the power q: so runs tell how wrong they are.
Errors that all of them have in common, of the equation or of the initial data, stay unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parallel_nls.config import Configuration, configuration_name, load_configuration, quoted
from parallel_nls.config.overrides import read_overrides
from parallel_nls.config.toml_text import OFF, quoted_argument
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.integrators.exponential_schemes import EXPONENTIAL_SCHEMES
from parallel_nls.studies.sweep.plan import SweepPlan, make_plan
from parallel_nls.studies.sweep.sweep_file import Sweep, apart, locate

__all__ = ["BASE", "BOX", "GRID", "STEP", "Confirmation", "finer_steps", "plan_confirmation", "steps_of"]

BASE, STEP, GRID, BOX = "base", "step", "grid", "box"

Settings = dict[str, Any]


@dataclass(frozen=True)
class Confirmation:
    """A run and its refinements, as a sweep.

    Attributes
    ----------
    plan : SweepPlan
        Whose members are the runs.
    runs : tuple of str
        What each member is: `BASE` first, then those of `STEP`, `GRID`, `BOX` that there are.
    left_out : dict
        Why the others do not exist, by name.
    """

    plan: SweepPlan
    runs: tuple[str, ...]
    left_out: Mapping[str, str]

    def settings(self, name: str) -> Settings:
        """The keys that a refinement changes, with their values; of the base all keys that any of them changes."""
        members = self.plan.members
        mine = members[self.runs.index(name)]
        return {
            key: value
            for key, value in mine.items()
            if any(other[key] != members[0][key] for other in (members if name == BASE else (mine,)))
        }

    def described(self, name: str) -> str:
        """The same as the command line takes it."""
        return ", ".join(f"{key} = {quoted(value)}" for key, value in self.settings(name).items())


def plan_confirmation(
    path: str, overrides: Sequence[str], available: int, ranks: int | None = None, output: str | None = None
) -> Confirmation:
    """A sweep over a run as configured and its refinements.

    Parameters
    ----------
    path, overrides
        As of `load_configuration`.
    available : int
        Ranks of the job.
    ranks : int, optional
        Of each run; by default all ranks shared out among the runs.
    output : str, optional
        Directory; by default runs/<name>_confirm.

    Raises
    ------
    UserError
        If the configuration, or one of its refinements, is not valid, or the ranks are too few.

    Notes
    -----
    *Communication*: local.
    """
    config = load_configuration(path, overrides)
    heading = f"study confirm {quoted_argument(path)}:"
    refinements, left_out = _refinements(config)
    runs = (BASE, *refinements)
    base = _base(config)
    vary = {
        key: [refinements[name].get(key, value) if name in refinements else value for name in runs]
        for key, value in base.items()
        if any(key in changed for changed in refinements.values())
    }
    given = read_overrides(overrides)
    settings, tables = apart({**given, **_sampling(config)}, vary)
    sweep = Sweep(
        configuration=locate(path, Path()),
        ranks=_ranks_of_a_run(config, heading, available, ranks, len(runs)),
        output=output or str(Path("runs") / f"{configuration_name(path)}_confirm"),
        set=settings,
        vary={**{key: [value] * len(runs) for key, value in tables.items()}, **vary},
        together=True,
    )
    return Confirmation(make_plan(sweep, heading), runs, left_out)


def _base(config: Configuration) -> Settings:
    """What refinements change, as it is configured."""
    return {**steps_of(config), "grid": config.grid.table()}


def steps_of(config: Configuration) -> Settings:
    """The tolerance, or the step, of a configuration. *Communication*: local."""
    return {"time.tolerance": config.time.tolerance} if config.adaptive else {"time.step": config.time.step}


def _refinements(config: Configuration) -> tuple[dict[str, Settings], dict[str, str]]:
    """What each refinement sets, and why others do not exist."""
    grid = config.grid
    finer = grid.finer_from(config.limits.spectral_tail)
    found = {STEP: finer_steps(config), GRID: {"grid": finer}, BOX: {"grid": grid.larger()}}
    initial, left_out = config.initial, {}
    parts = [part for part in (initial, initial.small_data) if part is not None]
    if any(part.is_on_one_grid for part in parts):
        left_out = dict.fromkeys((GRID, BOX), "the initial data are known at the points of one grid alone")
    elif any(part.is_interpolated for part in parts):
        left_out = {BOX: "the initial data are known in one box alone"}
    elif any(part.noise for part in parts):
        left_out = {BOX: "noise is another function in another box"}
    return {name: settings for name, settings in found.items() if name not in left_out}, left_out


def finer_steps(config: Configuration) -> Settings:
    """Half the step; of a tolerance that which makes each step at least half as long.

    Steps are F/2^m, so that a tolerance divided by less than 2^order might leave all of them as they are.
    *Communication*: local.
    """
    if config.time.step is not None:
        return {"time.step": config.time.step / 2}
    scheme = config.time.scheme
    order = (SCHEMES.get(scheme) or EXPONENTIAL_SCHEMES[scheme]).order
    return {"time.tolerance": (config.time.tolerance or 0.0) / 2**order}


def _sampling(config: Configuration) -> Settings:
    """What keeps the rows of all runs at the same times; fields are not stored, since none is compared."""
    frames, every = config.frames, config.sample_schedule.every
    settings: Settings = {"output.fields_every": OFF}
    if every is not None:
        settings["diagnostics.every"] = frames.length(every)
    return settings | ({"time.frame": config.time.frame} if config.adaptive else {})


def _ranks_of_a_run(config: Configuration, heading: str, available: int, ranks: int | None, runs: int) -> int:
    if ranks is None:
        return 1 if config.system == "line" else max(1, available // runs)
    if ranks > available:
        raise UserError(
            f"{heading} --ranks-per-run {ranks}: more than the {available} that there are; give fewer, or start "
            f"mpirun -n {ranks} parallel-nls study confirm"
        )
    if config.system == "line" and ranks > 1:
        raise UserError(f"{heading} --ranks-per-run {ranks}: a run on the whole line takes one; leave it out")
    return ranks
