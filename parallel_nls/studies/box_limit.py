"""`parallel-nls study box-limit`: what half waves in a periodic box come to as the box grows to the whole line.

Solutions decay as x^{−2}, so that a box of length L changes every number by c/L² + O(L^{−3}). Boxes of L, 2L, 4L, …
with points of the same distance tell c, and with it the limit. What steps and points change is the same in all of them,
which no limit takes away: the smallest box is run again with finer steps, and with twice the points.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from parallel_nls.config import Configuration, configuration_name, load_configuration
from parallel_nls.config.overrides import read_overrides
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import UserError
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.half_wave.quantities import EXPANDED_IN_BOXES, HALF_WAVE_QUANTITIES
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import open_run
from parallel_nls.results.zeros import SLOWEST
from parallel_nls.schedules import shown_time
from parallel_nls.studies.confirmation.plan import finer_steps, steps_of
from parallel_nls.studies.half_wave_states import inhomogeneity_of
from parallel_nls.studies.sweep.folder import SweepPaths
from parallel_nls.studies.sweep.plan import SweepPlan, make_plan
from parallel_nls.studies.sweep.sweep_file import Sweep, apart, locate

__all__ = ["box_limit", "describe_box_limit", "plan_boxes"]

_Limit = dict[str, Any]
_FINER = ("steps", "points")
"""What is finer in the last members, of the smallest box."""
_ROUNDING = 1e-12  # of the largest value, what steps add to what boxes do not change, as the mass
_ORDERS = (2, 3)  # of 1/L, in the order in which Richardson takes them away


def plan_boxes(path: str, overrides: Sequence[str], boxes: int, ranks: int, output: str | None) -> SweepPlan:
    """A sweep over boxes: the configured one, twice, four times, … as long, with points of the same distance.

    The last two members are the smallest box with finer steps, and with twice the points.

    Parameters
    ----------
    path, overrides
        As of `load_configuration`.
    boxes : int
        How many, at least 2.
    ranks : int
        Of each run.
    output : str, optional
        Directory; by default runs/<name>_boxes.

    Raises
    ------
    UserError
        If the configuration is of something else, or of no use.

    Notes
    -----
    *Communication*: local.
    """
    config = load_configuration(path, overrides)
    if config.equation.name != "half-wave" or config.grid.space != "box":
        raise UserError(
            f'study box-limit {quoted_argument(path)}: equation.name = "{config.equation.name}" on '
            f"{config.grid.describe()}; give a half-wave equation with grid.points and grid.length"
        )
    if boxes < 2:
        raise UserError(f"--boxes {boxes}: a limit needs at least 2")
    (points,), (length,) = config.grid.points, config.grid.length
    grids = [{"points": points << k, "length": length * 2**k} for k in range(boxes)]
    grids += [grids[0], {"points": 2 * points, "length": length}]
    steps, finer = _steps_and_finer(config)
    vary: dict[str, list[Any]] = {"grid": grids}
    vary |= {key: [*[value] * boxes, finer[key], value] for key, value in steps.items()}
    shared, tables = apart(read_overrides(overrides), vary)
    sweep = Sweep(
        configuration=locate(path, Path()),
        ranks=ranks,
        output=output or str(Path("runs") / f"{configuration_name(path)}_boxes"),
        set=shared,
        vary={key: [value] * len(grids) for key, value in tables.items()} | vary,
        together=True,
    )
    return make_plan(sweep, f"study box-limit {quoted_argument(path)}:")


def _steps_and_finer(config: Configuration) -> tuple[dict[str, Any], dict[str, Any]]:
    """What says how long steps are, and the same of steps at most half as long: frames too, which are the longest."""
    frame = config.time.frame
    if not config.adaptive or frame is None:
        return steps_of(config), finer_steps(config)
    return steps_of(config) | {"time.frame": frame}, finer_steps(config) | {"time.frame": frame / 2}


def box_limit(plan: SweepPlan) -> dict[str, Any]:
    """Numbers at the end of each box, and their limits.

    Returns
    -------
    dict
        `lengths`, `time`, and for each quantity `values`, `limit`, `uncertainty`, `changes`, by which finer steps and
        twice the points change the smallest box, and `coefficient`, the c of c/L². The uncertainty is the distance
        from the limit that one power of 1/L less gives, or rounding where that is more, and twice the changes.

    Raises
    ------
    UserError
        If a run is missing, or did not come to its stop.

    Notes
    -----
    *Communication*: local.
    """
    paths = SweepPaths(Path(plan.sweep.output))
    grids = plan.sweep.vary["grid"]
    lengths = [float(grid["length"]) for grid in grids[: -len(_FINER)]]
    ends, times = [], []
    for number in range(len(grids)):
        columns = open_run(paths.member(number).root).columns
        times.append(float(columns["time"].values[-1]))
        ends.append({name: float(columns[name].values[-1]) for name in EXPANDED_IN_BOXES if name in columns})
    if len(set(times)) > 1:
        raise UserError(
            f"study box-limit: the boxes ended at t = {', '.join(shown_time(time) for time in times)}; "
            "take an earlier time.stop, or more grid.points"
        )
    boxes, finer = ends[: -len(_FINER)], ends[-len(_FINER) :]
    limits = {
        name: _limit(
            lengths,
            [end[name] for end in boxes],
            {what: end[name] - value for what, end in zip(_FINER, finer, strict=True)},
        )
        for name, value in ends[0].items()
    }
    if "scale" in limits and limits["energy"]["limit"] > 0:
        with suppress(UserError):  # far from a profile, or of a mass with which nothing blows up
            limits["law_time"] = _blow_up(plan.configuration(0), times[0], limits)
    return {"time": times[0], "lengths": lengths, "quantities": limits}


def _blow_up(config: Configuration, time: float, limits: Mapping[str, _Limit]) -> _Limit:
    """When the whole line blows up by the refined law: from the limits, since the boxes' own times are far apart."""
    scale, energy = limits["scale"], limits["energy"]
    law = RefinedLaw.of(blow_up_profile(inhomogeneity_of(config).curvature))
    excess = limits["mass"]["limit"] - law.mass
    early, best, late = (
        time
        + law.time_left(
            scale["limit"] + sign * scale["uncertainty"], energy["limit"] - sign * energy["uncertainty"], excess
        )
        for sign in (-1, 0, 1)
    )
    return {"limit": best, "uncertainty": max(late - best, best - early)}


def _limit(lengths: Sequence[float], values: Sequence[float], changes: Mapping[str, float]) -> _Limit:
    """Richardson's extrapolation of values at lengths that double, and what finer runs change of the first."""
    best, before = list(values), list(values)
    for order in _ORDERS[: len(values) - 1]:
        before = best
        best = [b + (b - a) / (2**order - 1) for a, b in itertools.pairwise(best)]
    scaled = [(value - best[-1]) * length**2 for value, length in zip(values, lengths, strict=True)]
    return {
        "values": list(values),
        "limit": best[-1],
        "uncertainty": max(abs(best[-1] - before[-1]), _ROUNDING * max(map(abs, values)))
        + SLOWEST * sum(map(abs, changes.values())),
        "changes": dict(changes),
        "coefficient": 2 * scaled[-1] - scaled[-2],  # without the share of L^-3
    }


def describe_box_limit(found: Mapping[str, Any]) -> str:
    """The numbers as lines of text. *Communication*: local."""
    formulas = {quantity.name: quantity.long_name for quantity in HALF_WAVE_QUANTITIES}
    lines = [
        f"at t = {shown_time(found['time'])} in boxes of L = {', '.join(f'{length:g}' for length in found['lengths'])}"
    ]
    for name, one in found["quantities"].items():
        values = "  ".join(f"{value:.9g}" for value in one.get("values", ()))
        lines.append(f"{name:<16}{values}  →  {with_doubt(one['limit'], one['uncertainty'])}   ({formulas[name]})")
    return "\n".join(lines)
