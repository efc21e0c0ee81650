"""Initial data from a file: a stored field of a run, a dataset of HDF5, or an array of numpy, alone or in an archive.

Each rank keeps its own share, read in pieces. An archive may be packed: every rank unpacks all of it, piece by piece.
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.config.spelling import suggest
from parallel_nls.contracts import Domain
from parallel_nls.errors import UserError
from parallel_nls.output import stored_values
from parallel_nls.output.even_meshes import even_axes, read_mirrored, whole_shape
from parallel_nls.output.field_places import Places, check_places, places_of
from parallel_nls.output.hdf5_files import check_stored, open_hdf5
from parallel_nls.output.meaning import UNKNOWN
from parallel_nls.output.parallel_hdf5 import read_field_parts
from parallel_nls.output.pieces import field_pieces
from parallel_nls.output.refusals import Refusals
from parallel_nls.parallel.consensus import from_root, on_all_ranks

_CHOICE = "give a stored field of a run (.h5), or a complex array of numpy (.npy)"
_TIME = "time"  # of an archive: no field
_UNPACKED = 2**18  # numbers of an archive that are held at once


@dataclass(frozen=True)
class FoundField:
    """Where a file holds a field.

    Attributes
    ----------
    points : tuple of int
        Its shape, of a field that is even that of the whole one.
    places : Places
        Of its points, as far as the file tells.
    parts : tuple of str
        Datasets of its real and its imaginary part, or of complex numbers; the name in an archive; none of an array.
    packed : bool
        Whether it lies in an archive.
    even : tuple of int
        Axes of which the file holds half of the points, half a spacing beyond those of a grid that is not even.
    unknown : str
        What the run solved for that stored it; empty where the file does not tell.
    """

    points: tuple[int, ...]
    places: Places = field(default_factory=Places)
    parts: tuple[str, ...] = ()
    packed: bool = False
    even: tuple[int, ...] = ()
    unknown: str = ""


def find_initial_field(path: str | Path, dataset: str | None = None) -> FoundField:
    """Look at a file of initial data.

    Parameters
    ----------
    path : str or Path
        A stored field of a run (.h5), another file of HDF5, an array of numpy (.npy), or an archive of some (.npz).
    dataset : str, optional
        The name of what is read where there are several: an array of an archive, a mesh of a stored field, a dataset of
        complex or real numbers, or a group of ``real`` and ``imag``.

    Raises
    ------
    UserError
        It is missing, damaged, or holds something else.

    Notes
    -----
    *Communication*: local.
    """
    path = Path(path)
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise UserError(f"there is no file {str(path)!r} with initial data; {_CHOICE}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); {_CHOICE}") from None
    if h5py.is_hdf5(path):
        return _find_stored(path) if dataset is None else _find_dataset(path, dataset)
    if path.suffix == ".npz":
        return _find_in_archive(path, dataset)
    if path.suffix != ".npy":
        raise UserError(f"{path} holds no field; {_CHOICE}")
    if dataset is not None:
        raise UserError(f'{path} is one array, without names; remove initial.dataset = "{dataset}"')
    array = _open_array(path)
    _check_numbers(path, array.dtype)
    return FoundField(array.shape)


def read_initial_field(
    path: str | Path, domain: Domain, field: NDArray[np.complexfloating], dataset: str | None = None
) -> None:
    """Fill the local share of a physical field from a file.

    Parameters
    ----------
    path, dataset
        As of `find_initial_field`. An array has the shape ``domain.points``, and its element [i, j] belongs to
        x = -L₀/2 + i·L₀/N₀, y = -L₁/2 + j·L₁/N₁.
    domain : Domain
        The grid.
    field : ndarray, complex128 or complex64
        Local share in physical layout; overwritten.

    Raises
    ------
    UserError
        On every rank, with the same text: the file is missing, damaged, holds something else or numbers that are not
        finite, belongs to another grid, or is an array that one rank cannot read though rank 0 can.

    Notes
    -----
    Of a field that is even on a grid that is not, the values are those half a spacing beyond the points.
    *Communication*: collective over all ranks, three messages. Every active rank reads the file.
    """
    path = Path(path)

    def look() -> FoundField:
        """Refuse a file that does not fit."""
        found = find_initial_field(path, dataset)
        check_places(path, found.places)
        _check_points(path, found.points, domain)
        check_places(path, found.places, domain.length)
        if domain.even and found.even != domain.even:
            raise UserError(
                f"{path} holds no field that is even by grid.even; give one of a run with the same, or remove grid.even"
            )
        return found

    # Rank 0 looks first: all ranks must learn of a bad file, idle ones as well.
    found = from_root(domain.comm, look)

    refusals = Refusals(domain.comm, path)
    mirrored = found.even != domain.even
    if found.parts and not found.packed and not mirrored:
        read_field_parts(path, domain, _views(found, field), refusals)
    refusals.settle()

    def read() -> None:
        """Read this rank's share of an array, and look at it."""
        if not domain.grid.active:
            return
        if mirrored:
            with open_hdf5(path) as file:
                for name, part in _views(found, field).items():
                    part[...] = read_mirrored(file[name], found.even, domain.layouts[0].local_region)
        elif found.packed:
            _read_archive(path, found, domain, field)
        elif not found.parts:
            _read_array(path, domain, field)
        if not all(bool(np.isfinite(row).all()) for row in field):
            raise UserError(
                f"{path} holds numbers that are not finite, or too large for grid.precision; {_CHOICE} without them"
            )

    on_all_ranks(domain.comm, read)


def read_whole_array(path: str | Path, dataset: str | None = None) -> NDArray[np.number]:
    """All numbers of a small file, by this process alone; arguments and errors as of `find_initial_field`; local."""
    path = Path(path)
    found = find_initial_field(path, dataset)
    if found.packed:
        with _reading_archive(path) as archive:
            whole: NDArray[np.number] = np.load(archive.open(f"{found.parts[0]}.npy"), allow_pickle=False)
            return whole
    if not found.parts:
        return np.array(_open_array(path))
    with open_hdf5(path, of_run=dataset is None) as file:
        parts = [file[name][...] for name in found.parts]
        return np.asarray(parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1])


def _views(found: FoundField, field: NDArray[np.complexfloating]) -> Mapping[str, NDArray[Any]]:
    """What the datasets of a file fill."""
    if len(found.parts) == 1:
        return {found.parts[0]: field}
    return dict(zip(found.parts, (field.real, field.imag), strict=True))


def _find_stored(path: Path) -> FoundField:
    """The field u of a run, or of `ground-state`."""
    with open_hdf5(path, of_run=False) as file:
        other = "data" not in file
    if other:
        names = _names_in(path)
        known = f"; name one of its datasets, as initial.dataset = {names[0]!r}" if names else ""
        raise UserError(f"{path} holds no stored field{known}; or {_CHOICE}")
    with open_hdf5(path) as file:
        iterations = list(file["data"]) if isinstance(file.get("data"), h5py.Group) else []
        return _parts_of(path, file, "/".join(["data", *iterations, "meshes/u"]))


def _find_dataset(path: Path, dataset: str) -> FoundField:
    """What has a name in a file of HDF5, or as a mesh of a stored field."""
    with open_hdf5(path, of_run=False) as file:
        iterations = list(file["data"]) if isinstance(file.get("data"), h5py.Group) else []
        mesh = "/".join(["data", *iterations, "meshes", dataset])
        name = mesh if dataset not in file and mesh in file else dataset
        node = file.get(name)
        if isinstance(node, h5py.Group):
            return _parts_of(path, file, name)
        if not isinstance(node, h5py.Dataset):
            raise UserError(f"{path} holds no dataset {dataset!r}; {_shown(_names_in(path), dataset)}")
        check_stored(node, path)
        return FoundField(node.shape, places_of(node, node.shape), (name,), unknown=_unknown_of(node))


def _parts_of(path: Path, file: h5py.File, group: str) -> FoundField:
    """Real and imaginary part, side by side in a group."""
    names = tuple(f"{group}/{name}" for name in ("real", "imag"))
    parts = [file.get(name) for name in names]
    if not all(isinstance(part, h5py.Dataset) for part in parts):
        raise UserError(f"{path} holds no stored field; {_CHOICE}")
    check_stored(file[group], path)
    if any(part.dtype.kind not in "iuf" for part in parts):
        raise UserError(f"{path} holds no real numbers as parts of its field; {_CHOICE}")
    points = parts[0].shape
    if parts[1].shape != points:
        raise UserError(f"{path} is damaged: its real and imaginary parts have different shapes")
    if group.startswith("data/") and "gridSpacing" not in file[group].attrs:
        raise KeyError("no gridSpacing")
    even = even_axes(file[group], len(points))
    whole = whole_shape(points, even)
    return FoundField(whole, places_of(file[group], whole, even), names, even=even, unknown=_unknown_of(file[group]))


def _unknown_of(node: h5py.Group | h5py.Dataset) -> str:
    """What was solved for, which the group of the iteration tells where it is not u; none of other files."""
    while node.name != "/":
        node = node.parent
        if UNKNOWN in node.attrs:
            return stored_values.text(node.attrs, UNKNOWN)
    return ""


def _names_in(path: Path) -> list[str]:
    """Datasets of a file of HDF5 that hold numbers, and more than one."""
    names: list[str] = []
    with open_hdf5(path, of_run=False) as file:
        file.visititems(
            lambda name, item: (
                names.append(name)
                if isinstance(item, h5py.Dataset) and item.dtype.kind in "iufc" and item.ndim > 0
                else None
            )
        )
    return names


def _shown(names: list[str], wanted: str = "") -> str:
    return suggest(wanted, names) if names else "it holds none"


def _find_in_archive(path: Path, dataset: str | None) -> FoundField:
    with _reading_archive(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name != f"{_TIME}.npy"]
        if dataset is None and len(names) == 1:
            dataset = names[0]
        if dataset not in names:
            what = (
                "several arrays, or none; name one by initial.dataset" if dataset is None else f"no array {dataset!r}"
            )
            raise UserError(f"{path} holds {what}; {_shown(names, dataset or '')}")
        with archive.open(f"{dataset}.npy") as stream:
            shape, _, dtype = _header(stream)
    _check_numbers(path, dtype)
    return FoundField(shape, parts=(dataset,), packed=True)


@contextmanager
def _reading_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive of numpy; whatever is wrong with it becomes one message."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise UserError(f"{path} cannot be read as an archive of numpy ({error}); write it with numpy.savez") from None


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first index runs fastest, and type of an array in a stream, of which this is the header."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    return shape, fortran, dtype


def _open_array(path: Path) -> NDArray[Any]:
    """An array of numpy as memory that is read when it is touched."""
    try:
        array: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError, OverflowError, SyntaxError, TypeError, tokenize.TokenError) as error:
        raise UserError(f"{path} cannot be read as an array of numpy ({error}); write it with numpy.save") from None
    return array


def _check_numbers(path: Path, dtype: np.dtype[Any]) -> None:
    if not np.issubdtype(dtype, np.number):
        raise UserError(f"{path} holds {dtype}, not numbers; {_CHOICE}")


def _check_points(path: Path, points: tuple[int, ...], domain: Domain) -> None:
    whole = whole_shape(domain.points, domain.even)
    if points != whole:
        stored, own = (" × ".join(map(str, shape)) or "1 number" for shape in (points, whole))
        other = ", or initial.interpolate = true" if len(points) == len(whole) else ""
        raise UserError(f"{path} holds {stored} points, the run has {own}; take the same grid.points{other}")


def _read_array(path: Path, domain: Domain, field: NDArray[np.complexfloating]) -> None:
    for piece in field_pieces(domain):
        # Opened anew for each piece, so that the memory behind it is given back.
        with np.errstate(over="ignore", invalid="ignore"):
            field[piece.local] = piece.cut_from(_open_array(path))


def _read_archive(path: Path, found: FoundField, domain: Domain, field: NDArray[np.complexfloating]) -> None:
    """Fill the share from a stream of all numbers, some rows at a time; of a folded line they are its columns."""
    rows = domain.layouts[0].local_region[0]
    with _reading_archive(path) as archive, archive.open(f"{found.parts[0]}.npy") as stream:
        _, fortran, dtype = _header(stream)
        across = domain.natural_order != (0, 1) or fortran
        major, minor = domain.shape[::-1] if across else domain.shape
        step = max(1, _UNPACKED // minor)
        for first in range(0, major, step):
            count = min(step, major - first)
            values = np.frombuffer(stream.read(count * minor * dtype.itemsize), dtype).reshape(count, minor)
            with np.errstate(over="ignore", invalid="ignore"):
                if across:
                    field[:, first : first + count] = values[:, rows].T
                else:
                    low, high = max(rows.start, first), min(rows.stop, first + count)
                    field[low - rows.start : max(high, low) - rows.start] = values[low - first : max(high, low) - first]
