"""From a request to the configuration of an analysis: the field as initial data, its bubbles as [modulation]."""

from __future__ import annotations

from dataclasses import dataclass
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
from parallel_nls.results.fields import StoredField, read_stored_field


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
    """

    stored: StoredField
    config: Configuration
    known: KnownBubbles


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
    check_vectors(request, grid)
    if run is not None:
        _check_run(run, stored, grid)
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
    return Setting(stored, _configuration(stored, grid, modulation), known)


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
    single = stored.values(*(slice(0, 1) for _ in axes)).dtype == np.complex64
    try:
        return FourierGrid(
            points=tuple(axis.points for axis in axes),
            length=tuple(-2 * axis.low for axis in axes),
            precision="single" if single else "double",
        )
    except ValidationError:
        raise UserError(f"{stored.path} is damaged: it names no grid of a run") from None


def _check_run(run: Configuration, stored: StoredField, grid: FourierGrid) -> None:
    """Refuse a field that is not of the run, and one of another equation than bubbles solve."""
    if run.grid.points != grid.points or not np.allclose(run.grid.length, grid.length, rtol=1e-12, atol=0):
        raise UserError(f"{stored.path} has another grid than the run in whose folder it lies; move it elsewhere")
    equation = run.equation
    if not equation.is_critical:
        key, value = equation.deviation
        shown = quoted(value) if isinstance(value, str) else f"{value:g}"
        raise UserError(
            f"{stored.path} belongs to a run with {key} = {shown}; "
            f"only with the critical power {equation.critical_power:g} a field is decomposed into bubbles"
        )


def _configuration(stored: StoredField, grid: FourierGrid, modulation: dict[str, Any]) -> Configuration:
    """A simulation that begins with the field; it could go on, but not beyond a blow-up time."""
    size = max(1.0, abs(stored.time))
    document = {
        "equation": {"name": "nls", "dimension": len(grid.points)},
        "grid": grid.model_dump(),
        "initial": {"kind": "file", "file": str(stored.path.absolute())},
        "time": {"start": stored.time, "stop": stored.time - size, "step": size, "scheme": "strang"},
        "diagnostics": {"families": ["conserved", "resolution", "modulation", "functionals", "localized"]},
        "modulation": modulation,
    }
    try:
        return validate_document(document, Path())
    except UserError as error:
        raise UserError(f"{stored.path} cannot be decomposed: {error}") from None
