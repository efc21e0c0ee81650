"""Reading stored fields, serially: all of one, or |u|² in an interval or a rectangle of points."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import StorageError, UserError, as_typed
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output import stored_values
from parallel_nls.output.even_meshes import even_axes, read_mirrored
from parallel_nls.output.field_sums import local_troubles
from parallel_nls.output.fields import INDEX_OF, PARTS
from parallel_nls.output.hdf5_files import check_stored, open_hdf5
from parallel_nls.output.meaning import UNKNOWN, Meaning
from parallel_nls.output.run_paths import RunPaths

_LOOKED_AT = 2**31  # bytes that are compared with their checksums


@dataclass(frozen=True)
class GridAxis:
    """An axis of a stored field: point j lies at low + j·spacing."""

    low: float
    spacing: float
    points: int

    def at(self, indices: NDArray[np.integer]) -> RealArray:
        """Coordinates of points by their indices. *Communication*: local."""
        places: RealArray = self.low + self.spacing * indices.astype(np.float64)
        return places

    def mirrored(self) -> GridAxis:
        """The axis with as many points at −x. *Communication*: local."""
        return GridAxis(-self.low - (self.points - 1) * self.spacing, self.spacing, 2 * self.points)


@dataclass(frozen=True)
class StoredField:
    """A snapshot of a run.

    Attributes
    ----------
    steps : int
        Steps taken since the start.
    time : float
        Simulated time, dimensionless.
    """

    steps: int
    time: float
    path: Path = field(repr=False, compare=False)

    def axes(self) -> tuple[GridAxis, ...]:
        """The points on each axis, those at mirrored places too where the field is even. *Communication*: local."""
        even = self.even()
        return tuple(axis.mirrored() if a in even else axis for a, axis in enumerate(self.held_axes()))

    def held_axes(self) -> tuple[GridAxis, ...]:
        """The points on each axis that the file holds: of an even one half of them.

        Of nodes only how many there are is meant; where they are is told by `nodes`.

        Notes
        -----
        *Communication*: local.
        """
        with open_hdf5(self.path) as file:
            mesh = self._meshes(file)["density"]
            attributes = mesh.attrs["gridGlobalOffset"], mesh.attrs["gridSpacing"], mesh.shape
            return tuple(GridAxis(float(low), float(step), int(n)) for low, step, n in zip(*attributes, strict=True))

    def even(self) -> tuple[int, ...]:
        """The axes about whose origin the field is even, and half of the points are held. *Communication*: local."""
        with open_hdf5(self.path) as file:
            return self._even(file)

    def coordinates(self) -> tuple[RealArray, ...]:
        """Global coordinates of the points on each axis. *Communication*: local."""
        nodes = self.nodes()
        if nodes is not None:
            return (nodes,) * len(self.axes())
        return tuple(axis.at(np.arange(axis.points)) for axis in self.axes())

    def nodes(self) -> RealArray | None:
        """The points on each axis, where they are not evenly spaced. *Communication*: local."""
        return self._beside("nodes")

    def has_nodes(self) -> bool:
        """Whether its points are those of another system than waves in a box. *Communication*: local."""
        return self.nodes() is not None

    def labels(self) -> tuple[str, ...]:
        """Names of the axes: x and y, or r and r'. *Communication*: local."""
        with open_hdf5(self.path) as file:
            labels = (label.decode() for label in self._meshes(file)["density"].attrs["axisLabels"])
            return tuple(label.removeprefix(INDEX_OF) for label in labels)

    def unknown(self) -> str:
        """What the field is: u, or z or R of a remainder, so far as the file says so. *Communication*: local."""
        with open_hdf5(self.path) as file:
            said = file[f"data/{self.steps}"].attrs
            return stored_values.text(said, UNKNOWN) if UNKNOWN in said else Meaning().unknown

    def amplitude(self) -> RealArray | None:
        """On a radial axis the factor of values for each of their axes; None: values are those of u.

        Notes
        -----
        *Communication*: local.
        """
        return self._beside("amplitude")

    def density(self, *ranges: slice) -> RealArray:
        """|u|² at the points of ranges of indices, all of an axis without one; only these are read.

        Notes
        -----
        *Communication*: local.
        """
        with open_hdf5(self.path) as file:
            return self._read(file, "density", ranges).astype(np.float64, copy=False)

    def waves(self) -> tuple[str, ...]:
        """Names of the waves of a mixture in the plane; none where there is u. *Communication*: local."""
        with open_hdf5(self.path) as file:
            names = [name for name, mesh in self._meshes(file).items() if isinstance(mesh, h5py.Group) and name != "u"]
        return tuple(sorted(names, key=lambda name: (len(name), name)))

    def values(self, *ranges: slice, mesh: str = "u") -> NDArray[np.complexfloating]:
        """u, complex128 or complex64 as it was computed; ranges as for `density`.

        Parameters
        ----------
        *ranges : slice
            Of indices.
        mesh : str, optional
            One of `waves`.

        Raises
        ------
        UserError
            If there is none of that name.

        Notes
        -----
        *Communication*: local.
        """
        with open_hdf5(self.path) as file:
            if mesh not in self._meshes(file):
                there = ", ".join(
                    sorted(name for name, one in self._meshes(file).items() if isinstance(one, h5py.Group))
                )
                raise UserError(f"{self.path} holds no field {mesh}, but {there}, the waves of a mixture")
            real, imaginary = (self._read(file, f"{mesh}_{part}", ranges) for part in PARTS)
            u = np.empty(real.shape, dtype=np.result_type(real.dtype, np.complex64))
            u.real, u.imag = real, imaginary
            return u

    def parts(self) -> tuple[str, ...]:
        """Names of its real arrays: density, u_real and u_imag, or those of each wave. *Communication*: local."""
        return ("density", *(f"{mesh}_{part}" for mesh in self.waves() or ("u",) for part in ("real", "imag")))

    def part(self, name: str, *ranges: slice) -> NDArray[np.floating]:
        """One of `parts`, as it is stored; ranges as for `density`. *Communication*: local."""
        with open_hdf5(self.path) as file:
            return self._read(file, name, ranges)

    def precision(self) -> np.dtype[np.floating]:
        """Type of the stored numbers. *Communication*: local."""
        with open_hdf5(self.path) as file:
            number: np.dtype[np.floating] = self._dataset(file, "density").dtype
            return number

    def _read(self, file: h5py.File, name: str, ranges: tuple[slice, ...]) -> NDArray[np.floating]:
        """Of all points, those at mirrored places too."""
        return read_mirrored(self._dataset(file, name), self._even(file), ranges)

    def _even(self, file: h5py.File) -> tuple[int, ...]:
        density = self._meshes(file)["density"]
        return even_axes(density, density.ndim)

    def _dataset(self, file: h5py.File, name: str) -> h5py.Dataset:
        """By the name of a part; files of before have components inside their meshes alone."""
        return self._meshes(file)[name if name == "density" else "/".join(name.rsplit("_", 1))]

    def _beside(self, name: str) -> RealArray | None:
        with open_hdf5(self.path) as file:
            base = file[f"data/{self.steps}"]
            return base[name][...] if name in base else None

    def _meshes(self, file: h5py.File) -> h5py.Group:
        return file[f"data/{self.steps}/meshes"]


def read_stored_field(path: Path) -> StoredField:
    """A snapshot by its file.

    Raises
    ------
    UserError
        If it is damaged, too new, or another file.

    Notes
    -----
    *Communication*: local.
    """
    with open_hdf5(path) as file:
        iterations = list(file["data"]) if isinstance(file.get("data"), h5py.Group) else []
        if len(iterations) != 1:
            raise UserError(f"{path} holds no stored field of a run")
        (steps,) = iterations
        if not (steps.isascii() and steps.isdecimal()):
            raise UserError(f"{path} holds no stored field of a run")
        base = stored_values.group(file, f"data/{steps}")
        check_stored(base, path)
        _check_meshes(base)
        return StoredField(int(steps), stored_values.real_number(base.attrs, "time"), path)


def stored_field_of(path: Path, dataset: str | None) -> StoredField | None:
    """The field of a run that a file of initial data holds, which has points and factors of its own.

    Parameters
    ----------
    path : Path
        Of the file.
    dataset : str or None
        What of it is wanted: the field itself by whatever of its names, or another dataset.

    Returns
    -------
    StoredField or None
        None where the file, or the dataset, is none of a run's stored field.

    Raises
    ------
    UserError
        If a part of a stored field is wanted, whose numbers are no values on an axis, or the field is damaged.

    Notes
    -----
    *Communication*: local.
    """
    if dataset is None and path.suffix == ".h5":
        return read_stored_field(path)
    if not (path.is_file() and h5py.is_hdf5(path)):
        return None
    with open_hdf5(path, of_run=False) as file:
        iterations = list(file["data"]) if isinstance(file.get("data"), h5py.Group) else []
        base = f"data/{iterations[0]}" if "format_version" in file.attrs and len(iterations) == 1 else ""
        name = f"{base}/meshes/u" if dataset is None else dataset.strip("/")
        if name not in file:
            name = f"{base}/meshes/{name}"
        if not base or name not in file or not name.startswith(f"{base}/"):
            return None
    if name != f"{base}/meshes/u":
        raise UserError(
            f"{path}: {dataset} is a part of a stored field, whose points and factors are its own; name the field "
            'itself, initial.dataset = "u", or remove initial.dataset'
        )
    return read_stored_field(path)


def _check_meshes(base: h5py.Group) -> None:
    """Refuse meshes of other shapes than their density, and axes without places."""
    meshes = stored_values.group(base, "meshes")
    density = stored_values.dataset(meshes, "density")
    shape = density.shape
    for name in ("gridGlobalOffset", "gridSpacing"):
        if not np.isfinite(stored_values.real_array(density.attrs, name)).all() or len(density.attrs[name]) != len(
            shape
        ):
            raise ValueError(f"{name} has not one number for each axis")
    even_axes(density, len(shape))
    alone = {"density", *(f"{name}_{part}" for name in meshes for part in PARTS)}  # components have names of their own
    for name in set(meshes) & alone:
        if stored_values.dataset(meshes, name).shape != shape:
            raise ValueError(f"{name} and its density have different shapes")
    for name in set(meshes) - alone:
        mesh = stored_values.group(meshes, name)
        if any(stored_values.dataset(mesh, part).shape != shape for part in PARTS):
            raise ValueError(f"{name} and its density have different shapes")
    for name in ("nodes", "amplitude"):
        if name in base and stored_values.dataset(base, name, dimensions=1).shape != shape[:1]:
            raise ValueError(f"{name} are not as many as the field has")
    labels = density.attrs["axisLabels"]
    if np.shape(labels) != (len(shape),) or not all(isinstance(label, bytes) for label in labels):
        raise ValueError("axisLabels are no names, one for each axis")


def _no_folder(paths: RunPaths) -> str:
    """A run has it from its begin on, before its configuration."""
    return f"run {str(paths.root)!r} has lost its stored fields: there is no folder {paths.fields}"


def _files(paths: RunPaths) -> list[Path]:
    return sorted(paths.fields.glob("field_*.h5"), key=lambda path: (len(path.name), path.name))


def survey_fields(paths: RunPaths) -> tuple[tuple[StoredField, ...], list[str]]:
    """All snapshots that can be read, and what is wrong with others, or with their bytes.

    Of a run with much data not all bytes are read; that is said too.

    Notes
    -----
    *Communication*: local.
    """
    if not paths.fields.is_dir():
        return (), [_no_folder(paths)]
    found, (troubles, unread) = [], local_troubles(paths.sums, _LOOKED_AT)
    stored = _files(paths)
    for path in stored:
        try:
            found.append(read_stored_field(path))
        except (UserError, StorageError) as error:
            told = any(path.name in trouble for trouble in troubles)
            # The last one is still being written, or was when the run was killed.
            if not told and (path != stored[-1] or paths.summary.exists()):
                troubles.append(str(error))
    if unread:
        troubles.append(f"{unread} further fields were not compared with their checksums, to save time; resume does")
    return tuple(found), troubles


def find_fields(paths: RunPaths) -> tuple[StoredField, ...]:
    """All snapshots of a run, in the order in which they were written.

    Raises
    ------
    UserError
        If a file is damaged or too new, or their folder is missing.

    Notes
    -----
    *Communication*: local.
    """
    if not paths.fields.is_dir():
        raise UserError(
            f"{_no_folder(paths)}; put it back from a copy, or compute all again: "
            f"parallel-nls run {as_typed(paths.config)} --output NEW"
        )
    found = []
    stored = _files(paths)
    for path in stored:
        try:
            found.append(read_stored_field(path))
        except UserError:
            # The last one is still being written, or was when the run was killed.
            if path != stored[-1] or paths.summary.exists():
                raise
    return tuple(found)
