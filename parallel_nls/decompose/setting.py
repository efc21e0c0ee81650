"""From a request to the configuration of an analysis: the field as initial data, its bubbles as [modulation]."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, prod
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from parallel_nls.config import Configuration, load_configuration, quoted
from parallel_nls.config.loading import validate_document
from parallel_nls.config.sections.grid import FourierGrid
from parallel_nls.decompose.known_bubbles import KnownBubbles, find_bubbles
from parallel_nls.decompose.request import Request, check_direction, check_files, check_vectors
from parallel_nls.errors import UserError
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.planning.memory import format_bytes
from parallel_nls.planning.node import node_memory
from parallel_nls.results.fields import StoredField, read_stored_field

_BYTES_A_POINT = 32  # u and what is made of it
_SAME_PLACE = 1e-6  # spacings


@dataclass(frozen=True)
class Setting:
    """What is analysed.

    Attributes
    ----------
    stored : StoredField
        The field.
    config : Configuration
        Of a simulation that begins with the field.
    known : KnownBubbles
        Where its bubbles are.
    finer : Configuration, str or None
        The same with twice the points of each axis, which tells what digits the grid leaves, or why there is none; None
        of a remainder.
    """

    stored: StoredField
    config: Configuration
    known: KnownBubbles
    finer: Configuration | str | None = None


def prepare(request: Request) -> Setting:
    """Find out all that can be wrong before work begins.

    Parameters
    ----------
    request : Request
        Of one rank, which reads |u|² if the bubbles are not those of the run.

    Returns
    -------
    Setting
        Of all ranks.

    Raises
    ------
    UserError
        Naming the option and the remedy.

    Notes
    -----
    *Communication*: local.
    """
    check_files(request)
    stored, run = read_stored_field(request.field), _run_of(request.field)
    grid = _grid_of(stored)
    _check_memory(stored, grid)
    check_vectors(request, grid)
    if run is not None:
        _check_run(run, stored, grid)
        if run.equation.is_remainder:
            return _of_remainder(request, run, stored)
    known = find_bubbles(request, run, stored)
    section = None if run is None else run.modulation
    direction = request.direction
    if direction is not None:
        check_direction(direction, [bubble.center for bubble in known.bubbles], grid)
    elif known.of_run and section is not None:
        direction = section.direction
    cutoff = request.cutoff if request.cutoff is not None else section.cutoff if section else None
    modulation = {
        "bubbles": [bubble.model_dump() for bubble in known.bubbles],
        "blowup_time": known.assumed_time,
        **({} if cutoff is None else {"cutoff": cutoff}),
        **({} if direction is None else {"direction": direction}),
    }
    size = max(1.0, abs(stored.time))
    document = {
        "equation": {"name": "nls", "dimension": len(grid.points)},
        "grid": grid.model_dump(),
        "initial": {"kind": "file", "file": str(stored.path.absolute())},
        # It could go on, but not beyond a blow-up time.
        "time": {"start": stored.time, "stop": stored.time - size, "step": size, "scheme": "strang"},
        "diagnostics": {"families": ["conserved", "resolution", "modulation", "functionals", "localized"]},
        "modulation": modulation,
    }
    return Setting(stored, _validated(stored, document), known, _finer(document))


def _finer(document: dict[str, Any]) -> Configuration | str:
    """The analysis of the trigonometric polynomial through a field on twice its points, or what forbids it."""
    grid, initial = document["grid"], document["initial"]
    doubled = {**grid, "points": [2 * points for points in grid["points"]]}
    try:
        return validate_document({**document, "grid": doubled, "initial": {**initial, "interpolate": True}}, Path())
    except UserError as error:
        return str(error)


def _check_memory(stored: StoredField, grid: FourierGrid) -> None:
    """Refuse a field whose densities alone this node cannot hold, before they are read."""
    needed, available = prod(grid.points) * _BYTES_A_POINT, node_memory()
    if needed > available:
        points = " × ".join(map(str, grid.points))
        raise UserError(
            f"{stored.path} has {points} points, which need {format_bytes(needed)} on one node; it has "
            f"{format_bytes(available)}; decompose it where there is more"
        )


def _of_remainder(request: Request, run: Configuration, stored: StoredField) -> Setting:
    """A simulation in remainder form that begins with what is stored: z, or R."""
    given = {
        "--bubbles": request.count is not None,
        "--center": bool(request.centers),
        "--blowup-time": request.blowup_time is not None,
        "--cutoff": request.cutoff is not None,
    }
    for option in (name for name, there in given.items() if there):
        raise UserError(
            f"{option}: {stored.path} holds what a run in remainder form solves for, which is decomposed about the "
            "bubbles of the run, without functionals; leave the option out"
        )
    known = find_bubbles(request, run, stored)
    direction = request.direction
    if direction is not None:
        check_direction(direction, [bubble.center for bubble in known.bubbles], run.grid)
    else:
        direction = run.modulation.direction
    begins = {"kind": "file", "file": str(stored.path.absolute())}
    # Towards smaller s, and earlier t.
    travels = run.exact_waves.blowup_time is None
    stop = 0.5 * stored.time if travels else 2 * stored.time - known.assumed_time
    document = {
        "equation": run.equation.model_dump(),
        "grid": run.grid.model_dump(),
        "initial": {**run.initial.model_dump(), "remainder": begins},
        "time": {"start": stored.time, "stop": stop, "step": stored.time - stop},
        "diagnostics": {"families": list(run.equation.families)},
        "modulation": {} if direction is None else {"direction": direction},
    }
    return Setting(stored, _validated(stored, document), known)


def _run_of(field: Path) -> Configuration | None:
    """The configuration of the run in whose folder of fields a file lies."""
    folder = field.resolve().parent
    paths = RunPaths(folder.parent)
    if folder.name != paths.fields.name or not paths.config.is_file():
        return None
    return load_configuration(str(paths.config), with_files=False)


def _grid_of(stored: StoredField) -> FourierGrid:
    if stored.has_nodes():
        raise UserError(f"{stored.path} holds no field in a box; fields of nls alone are decomposed into bubbles")
    axes = stored.axes()
    damaged = UserError(f"{stored.path} is damaged: it names no grid of a run")
    for axis in axes:
        # Points of an even axis lie half a spacing beside those of others.
        beside = axis.low / axis.spacing + 0.5 * axis.points if axis.spacing > 0 else inf
        if not min(abs(beside), abs(beside - 0.5)) <= _SAME_PLACE:
            raise damaged
    single = stored.values(*(slice(0, 1) for _ in axes)).dtype == np.complex64
    try:
        return FourierGrid(
            points=tuple(axis.points for axis in axes),
            length=tuple(axis.points * axis.spacing for axis in axes),
            precision="single" if single else "double",
        )
    except ValidationError:
        raise damaged from None


def _check_run(run: Configuration, stored: StoredField, grid: FourierGrid) -> None:
    """Refuse a field that is not of the run, and one of another equation than bubbles solve."""
    known = run.grid.points == grid.points or run.grid.doubled_to(grid.points) is not None
    if not known or not np.allclose(run.grid.length, grid.length, rtol=1e-12, atol=0):
        raise UserError(f"{stored.path} has another grid than the run in whose folder it lies; move it elsewhere")
    equation = run.equation
    if not equation.is_critical:
        key, value = equation.deviation
        shown = quoted(value) if isinstance(value, str) else f"{value:g}"
        raise UserError(
            f"{stored.path} belongs to a run with {key} = {shown}; "
            f"only with the critical power {equation.critical_power:g} a field is decomposed into bubbles"
        )


def _validated(stored: StoredField, document: dict[str, Any]) -> Configuration:
    try:
        return validate_document(document, Path())
    except UserError as error:
        raise UserError(f"{stored.path} cannot be decomposed: {error}") from None
