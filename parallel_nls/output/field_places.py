"""Where the points of a mesh of initial data are, as far as its file tells: openPMD's attributes, and nodes beside it.

A run in a box takes fields of the points x = -L/2 + n·L/N alone. What lies elsewhere would be read as another function.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.output import stored_values
from parallel_nls.output.run_paths import AXES

__all__ = ["Places", "check_places", "places_of"]

_SAME_LENGTH = 1e-12  # relative
_SAME_PLACE = 1e-6  # spacings
_CARTESIAN = "cartesian"


@dataclass(frozen=True)
class Places:
    """Where points are.

    Attributes
    ----------
    length : tuple of float
        Sides of the box; empty where the file does not tell.
    spacing : tuple of float
        Of its points; empty where the file does not tell.
    beyond : tuple of float
        Distance of its first point from -L/2 on each axis, in spacings; empty where the file does not tell.
    foreign : str
        What points they are that lie on no grid of a box; empty of others.
    """

    length: tuple[float, ...] = ()
    spacing: tuple[float, ...] = ()
    beyond: tuple[float, ...] = ()
    foreign: str = ""


def places_of(mesh: h5py.Group | h5py.Dataset, points: tuple[int, ...], even: tuple[int, ...] = ()) -> Places:
    """What a mesh says of its points.

    Parameters
    ----------
    mesh : h5py.Group or h5py.Dataset
        With attributes of openPMD, or without.
    points : tuple of int
        Of the whole field.
    even : tuple of int
        Axes of which it holds the points at x > 0 alone.

    Raises
    ------
    ValueError
        If an attribute is none.

    Notes
    -----
    *Communication*: local.
    """
    foreign = _foreign(mesh, len(points))
    if foreign or "gridSpacing" not in mesh.attrs:
        return Places(foreign=foreign)
    spacing = tuple(stored_values.real_array(mesh.attrs, "gridSpacing").tolist())
    length = tuple(step * n for step, n in zip(spacing, points, strict=True))
    if "gridGlobalOffset" not in mesh.attrs:
        return Places(length, spacing)
    offset = stored_values.real_array(mesh.attrs, "gridGlobalOffset")
    first = [low / step + part for low, step, part in zip(offset, spacing, _position(mesh, len(points)), strict=True)]
    # Of an even axis the first point that is held is the first one at x > 0, half a spacing beyond it.
    own = [0.5 if axis in even else -n / 2 for axis, n in enumerate(points)]
    return Places(length, spacing, tuple(float(cells - due) for cells, due in zip(first, own, strict=True)))


def _position(mesh: h5py.Group | h5py.Dataset, dimensions: int) -> Any:
    """Where in its cell a point lies, in spacings: the first component tells."""
    for node in (mesh, *(mesh.values() if isinstance(mesh, h5py.Group) else ())):
        if "position" in node.attrs:
            return stored_values.real_array(node.attrs, "position")
    return np.zeros(dimensions)


def _foreign(mesh: h5py.Group | h5py.Dataset, dimensions: int) -> str:
    """What the axes of a mesh are, where they are not those of a box."""
    above = mesh
    while above.name != "/":
        above = above.parent
        if "nodes" in above and "meshes" in above:
            return "at nodes of its own, as half waves on the whole line and matrices on a radial axis have them"
    attributes = mesh.attrs
    geometry = stored_values.text(attributes, "geometry") if "geometry" in attributes else _CARTESIAN
    if geometry != _CARTESIAN:
        return f"of the geometry {geometry!r}"
    labels = [
        label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)
        for label in np.atleast_1d(attributes.get("axisLabels", ()))
    ]
    in_columns = "dataOrder" in attributes and stored_values.text(attributes, "dataOrder") == "F"
    turned = dimensions > 1 and (in_columns or labels == list(reversed(AXES[:dimensions])))
    if turned or any(label.startswith("r") for label in labels):
        return f"along the axes {', '.join(labels)}{' in the order of columns' if in_columns else ''}"
    return ""


def check_places(path: str | Path, places: Places, length: tuple[float, ...] | None = None) -> None:
    """Refuse a field whose points are not those of a box, as far as its file tells.

    Parameters
    ----------
    path : str or Path
        What messages call it.
    places : Places
        Of the field.
    length : tuple of float, optional
        Sides of the box of the run; without them it is asked only whether the field is one of any box.

    Raises
    ------
    UserError
        If they are not.

    Notes
    -----
    *Communication*: local.
    """
    if places.foreign:
        raise UserError(
            f"{path} holds a field {places.foreign}, not on the grid of a box; give its values at the points of the "
            "run, as an array of numpy (.npy)"
        )
    if length is None:
        return
    if places.length and not np.allclose(places.length, length, rtol=_SAME_LENGTH, atol=0):
        stored, own = (" × ".join(f"{extent:.6g}" for extent in box) for box in (places.length, length))
        raise UserError(f"{path} holds a field in a box {stored}, the run has {own}; take the same grid.length")
    for axis, cells in enumerate(places.beyond):
        if abs(cells) > _SAME_PLACE:
            raise _elsewhere(path, places, axis)


def _elsewhere(path: str | Path, places: Places, axis: int) -> UserError:
    """The message about a box of the same sides in another place."""
    cells, label, own = places.beyond[axis], AXES[axis], -0.5 * places.length[axis]
    whole = round(cells)
    remedy = f"give its values at those, x = -L/2 + n·L/N{', and y alike' if len(places.length) > 1 else ''}"
    if abs(cells - whole) <= _SAME_PLACE:
        remedy = f"if it is periodic, numpy.roll(u, {whole}, axis={axis}) has it at those"
    return UserError(
        f"{path} holds a field whose points along {label} begin at {own + cells * places.spacing[axis]:.6g}, those of "
        f"the run at {own:.6g}; {remedy}; give that as an array of numpy (.npy)"
    )
