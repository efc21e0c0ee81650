"""What a user asks of a stored field, and the mistakes in it, in the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot
from pathlib import Path

from parallel_nls.config import counted
from parallel_nls.config.checks.modulation import SHORTEST
from parallel_nls.config.checks.places import ONE_PLACE, is_one_place
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.errors import UserError

Vector = tuple[float, ...]


@dataclass(frozen=True)
class Request:
    """A stored field, and what is known of its bubbles.

    Attributes
    ----------
    field : Path
        The file.
    count : int, optional
        How many peaks of |u|² are bubbles.
    centers : tuple of tuple of float
        Or where bubbles are; with neither, those of the run count.
    blowup_time : float, optional
        T; by default that of the run, if it has one.
    cutoff : float, optional
        A of χ_A; by default that of the run, else 3.
    direction : tuple of float, optional
        v₁ of the localization; by default that of the run, for its bubbles, else the widest.
    json : Path, optional
        A new file for all values.
    """

    field: Path
    count: int | None = None
    centers: tuple[Vector, ...] = ()
    blowup_time: float | None = None
    cutoff: float | None = None
    direction: Vector | None = None
    json: Path | None = None


def check_files(request: Request) -> None:
    """Refuse a name that no stored field has, and a place where no new file can be.

    Raises
    ------
    UserError
        Naming the file and the remedy.

    Notes
    -----
    *Communication*: local.
    """
    path, choice = request.field, "give a stored field of a run, a file of RUN/fields"
    try:
        if path.is_dir():
            raise UserError(f"{path} is a directory; {choice}")
        if not path.is_file():
            raise UserError(f"there is no file {str(path)!r}; {choice}")
        if path.suffix != ".h5":
            raise UserError(
                f"{path} does not end in .h5; {choice}; of an array of your own: the first field of a run with "
                'initial.kind = "file"'
            )
        target = request.json
        if target is None:
            return
        if target.exists() or target.is_symlink():
            raise UserError(f"--json {target}: is there already; give the name of a new file, or remove it first")
        if not target.parent.is_dir():
            raise UserError(f"--json {target}: there is no folder {str(target.parent)!r}; make it first")
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read ({error.strerror}); {choice}") from None


def check_vectors(request: Request, grid: GridSection) -> None:
    """Refuse centers and a direction that do not fit the field.

    Raises
    ------
    UserError
        Naming the option and the remedy.

    Notes
    -----
    *Communication*: local.
    """
    axes = len(grid.points)
    options = [("--center", center) for center in request.centers]
    options += [] if request.direction is None else [("--direction", request.direction)]
    for option, vector in options:
        if len(vector) != axes:
            have = f"{counted(len(vector), 'number')}, and the field has {axes if axes > 1 else 'one'}"
            raise UserError(f"{option} {shown(vector)}: {have} {'axes' if axes > 1 else 'axis'}; give one for each")
    for k, center in enumerate(request.centers):
        if not grid.contains(center):
            raise UserError(f"--center {shown(center)}: outside the box {grid.describe_box()}; give a place in it")
        if any(is_one_place(center, other, grid) for other in request.centers[:k]):
            raise UserError(f"--center {shown(center)}: two bubbles at the same place; move or remove one of them")
    if request.direction is not None and hypot(*request.direction) < SHORTEST:
        raise UserError(f"--direction {shown(request.direction)}: has no length; leave it out, or give another")


def check_direction(direction: Vector, centers: Sequence[Vector], grid: GridSection) -> None:
    """Refuse a direction along which two bubbles have the same place.

    Raises
    ------
    UserError
        Naming the bubbles.

    Notes
    -----
    *Communication*: local.
    """
    length = hypot(*direction)
    for (j, left), (k, right) in combinations(enumerate(centers, 1), 2):
        apart = sum(v / length * (x - y) for v, x, y in zip(direction, left, right, strict=True))
        if abs(apart) <= ONE_PLACE * grid.shortest_side:
            bubbles = f"bubbles {j} and {k}, at {place(left)} and {place(right)},"
            raise UserError(
                f"--direction {shown(direction)}: {bubbles} have the same place along it; leave it out, or give another"
            )


def shown(vector: Sequence[float]) -> str:
    """A vector as it is typed. *Communication*: local."""
    return ",".join(f"{x:.12g}" for x in vector)


def place(center: Sequence[float]) -> str:
    """A place as a text tells it. *Communication*: local."""
    return f"x = {center[0]:.10g}" if len(center) == 1 else "(" + ", ".join(f"{x:.10g}" for x in center) + ")"
