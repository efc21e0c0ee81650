"""Initial data from a file: a stored field of a run, or an array of numpy; each rank reads its own share, in pieces."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Domain
from parallel_nls.errors import UserError
from parallel_nls.output import stored_values
from parallel_nls.output.durable_files import Refusals
from parallel_nls.output.hdf5_files import check_stored, open_hdf5
from parallel_nls.output.parallel_hdf5 import read_field_parts
from parallel_nls.output.pieces import field_pieces
from parallel_nls.parallel.consensus import from_root, on_all_ranks

_CHOICE = "give a stored field of a run (.h5), or a complex array of numpy (.npy)"
_SAME_LENGTH = 1e-12  # relative


def read_initial_field(path: str | Path, domain: Domain, field: NDArray[np.complexfloating]) -> None:
    """Fill the local share of a physical field from a file.

    Parameters
    ----------
    path : str or Path
        A stored field of a run of the same points and box (.h5), in either precision; or an array of numpy (.npy) of
        numbers with shape ``domain.points``, whose element [i, j] belongs to x = -L₀/2 + i·L₀/N₀, y = -L₁/2 + j·L₁/N₁.
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
    *Communication*: collective over all ranks, three messages. Every active rank reads the file.
    """
    path = Path(path)
    # Rank 0 looks first: all ranks must learn of a bad file, idle ones as well.
    group = from_root(domain.comm, lambda: _inspect(path, domain))

    refusals = Refusals(domain.comm, path)
    if group is not None:
        read_field_parts(path, domain, {f"{group}/real": field.real, f"{group}/imag": field.imag}, refusals)
    refusals.settle()

    def read() -> None:
        """Read this rank's share of an array, and look at it."""
        if not domain.grid.active:
            return
        if group is None:
            _read_array(path, domain, field)
        if not all(bool(np.isfinite(row).all()) for row in field):
            raise UserError(
                f"{path} holds numbers that are not finite, or too large for grid.precision; {_CHOICE} without them"
            )

    on_all_ranks(domain.comm, read)


def _inspect(path: Path, domain: Domain) -> str | None:
    """Refuse a file that does not fit; return the group that holds u, None for an array."""
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise UserError(f"there is no file {str(path)!r} with initial data; {_CHOICE}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); {_CHOICE}") from None
    if h5py.is_hdf5(path):
        return _inspect_field(path, domain)
    if path.suffix != ".npy":
        raise UserError(f"{path} holds no field; {_CHOICE}")
    array = _open_array(path)
    if not np.issubdtype(array.dtype, np.number):
        raise UserError(f"{path} holds {array.dtype}, not numbers; {_CHOICE}")
    _check_points(path, array.shape, domain)
    return None


def _inspect_field(path: Path, domain: Domain) -> str:
    with open_hdf5(path) as file:
        iterations = list(file["data"]) if isinstance(file.get("data"), h5py.Group) else []
        group = "/".join(["data", *iterations, "meshes/u"])
        parts = [file.get(f"{group}/{name}") for name in ("real", "imag")]
        if not all(isinstance(part, h5py.Dataset) for part in parts):
            raise UserError(f"{path} holds no stored field; {_CHOICE}")
        check_stored(file[group], path)
        if any(part.dtype.kind not in "iuf" for part in parts):
            raise UserError(f"{path} holds no real numbers as parts of its field; {_CHOICE}")
        points = parts[0].shape
        if parts[1].shape != points:
            raise UserError(f"{path} is damaged: its real and imaginary parts have different shapes")
        _check_points(path, points, domain)
        spacing = stored_values.real_array(file[group].attrs, "gridSpacing")
        length = tuple(float(step) * n for step, n in zip(spacing, points, strict=True))
    if not np.allclose(length, domain.length, rtol=_SAME_LENGTH, atol=0):
        stored, own = (" × ".join(f"{extent:.6g}" for extent in box) for box in (length, domain.length))
        raise UserError(f"{path} holds a field in a box {stored}, the run has {own}; take the same grid.length")
    return group


def _open_array(path: Path) -> NDArray[Any]:
    """An array of numpy as memory that is read when it is touched."""
    try:
        array: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError, OverflowError, SyntaxError, TypeError, tokenize.TokenError) as error:
        raise UserError(f"{path} cannot be read as an array of numpy ({error}); write it with numpy.save") from None
    return array


def _check_points(path: Path, points: tuple[int, ...], domain: Domain) -> None:
    if points != domain.points:
        stored, own = (" × ".join(map(str, shape)) or "1 number" for shape in (points, domain.points))
        raise UserError(f"{path} holds {stored} points, the run has {own}; take the same grid.points")


def _read_array(path: Path, domain: Domain, field: NDArray[np.complexfloating]) -> None:
    for piece in field_pieces(domain):
        # Opened anew for each piece, so that the memory behind it is given back.
        with np.errstate(over="ignore", invalid="ignore"):
            field[piece.local] = piece.cut_from(_open_array(path))
