"""Stored fields: HDF5 by the openPMD standard.

A file holds the meshes ``u`` (components real, imag) and ``density`` = |u|², in the precision of the run, so that any
reader without complex numbers can open it; of a mixture in the plane wave1, wave2, … in place of ``u``, and as density
that of all. Each component is a mesh of its own as well, ``u_real`` and ``u_imag``: other names of the same numbers, by
which programs plot them that know vectors along the axes of space alone.

u[i, j] belongs to x = -L/2 + i·dx, y = -L/2 + j·dy; on a line u[n] to x = -L/2 + n·dx; on a radial axis γ[i, j] to
``nodes[i]``, ``nodes[j]``, and holds γ(r, r') times ``amplitude`` of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls import __version__
from parallel_nls.contracts import StoredDomain
from parallel_nls.output.even_meshes import EVEN
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.parallel_hdf5 import add_distributed, filling
from parallel_nls.output.run_paths import FORMAT_VERSION

Complex = NDArray[np.complexfloating]
Real = NDArray[np.floating]


def _real(u: Complex) -> Real:
    return u.real


def _imag(u: Complex) -> Real:
    return u.imag


def _density(u: Complex) -> Real:
    return u.real * u.real + u.imag * u.imag


PARTS = {"real": _real, "imag": _imag}
"""Components of a complex mesh."""
U = ("u",)
"""The complex meshes of a stored field that is one."""
INDEX_OF = "index of "
"""Before the names of axes whose points are nodes: by their attributes those axes go through 0, 1, 2, …"""


def _meshes_of(field: Complex, waves: Mapping[str, Complex]) -> dict[str, tuple[Complex, Callable[[Complex], Real]]]:
    """What each dataset is made of."""
    of_waves = {
        f"{name}/{part}": (wave, convert)
        for name, wave in (waves or {U[0]: field}).items()
        for part, convert in PARTS.items()
    }
    return {**of_waves, "density": (field, _density)}


def write_field(
    path: Path,
    domain: StoredDomain,
    field: Complex,
    steps: int,
    time: float,
    step_size: float,
    waves: Mapping[str, Complex] | None = None,
    meaning: Meaning | None = None,
) -> None:
    """Store u, or the waves of a mixture.

    Parameters
    ----------
    path : Path
        The new file.
    domain : Domain
        The grid.
    field : ndarray, complex128 or complex64
        Local share in physical layout; kept.
    steps, time, step_size : int, float, float
        Steps taken since the start, simulated time, and length of the last step (dimensionless, signed).
    waves : mapping of str to ndarray, optional
        Of a mixture, by the names of their meshes, in place of u; of ``field`` the density alone is stored then.
    meaning : Meaning, optional
        What is stored in place of u, and what its time is.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones join the verdicts only.
    """
    made = _meshes_of(field, waves or {})

    def lay_out(file: h5py.File) -> None:
        """Write all but the numbers."""
        _write_root(file)
        base = file.create_group(f"data/{steps}")
        base.attrs.update({"time": time, "dt": step_size, "timeUnitSI": 1.0})
        for name, text in (meaning or Meaning()).attributes().items():
            base.attrs[name] = np.bytes_(text.encode())
        if domain.nodes is not None:
            base["nodes"] = domain.nodes
        if domain.amplitude is not None:
            base["amplitude"] = domain.amplitude
        meshes = base.create_group("meshes")
        for name in made:
            dataset = add_distributed(meshes, name, domain.points, field.real.dtype)
            dataset.attrs.update({"unitSI": 1.0, "position": np.zeros(len(domain.points))})
        for name in waves or U:
            for part in PARTS:
                meshes[f"{name}_{part}"] = meshes[f"{name}/{part}"]
                _write_mesh(meshes[f"{name}_{part}"], domain)
        for name in (*(waves or U), "density"):
            _write_mesh(meshes[name], domain)

    with filling(path, domain, lay_out) as writer:
        for name, (array, convert) in made.items():
            writer.write_field(f"data/{steps}/meshes/{name}", domain, array, convert)


def _write_root(file: h5py.File) -> None:
    file.attrs.update(
        {
            "openPMD": np.bytes_("1.1.0"),
            "openPMDextension": np.uint32(0),
            "basePath": np.bytes_("/data/%T/"),
            "meshesPath": np.bytes_("meshes/"),
            "iterationEncoding": np.bytes_("fileBased"),
            "iterationFormat": np.bytes_("field_%08T"),
            "software": np.bytes_("parallel_nls"),
            "softwareVersion": np.bytes_(__version__),
            "format_version": np.bytes_(FORMAT_VERSION),
        }
    )


def _write_mesh(mesh: h5py.Group | h5py.Dataset, domain: StoredDomain) -> None:
    labels, spacing, origin = domain.labels, domain.spacing, domain.origin
    if domain.nodes is not None:
        # openPMD has no word for points at uneven distances, and its programs draw no other geometry than this one: it
        # is that of the numbers of the points, which go from 0 on, so that nobody shows places where none are.
        axes = len(labels)
        labels, spacing, origin = tuple(INDEX_OF + label for label in labels), (1.0,) * axes, (0.0,) * axes
    mesh.attrs.update(
        {
            "geometry": np.bytes_("cartesian"),
            "dataOrder": np.bytes_("C"),
            "axisLabels": np.array([label.encode() for label in labels]),
            "gridSpacing": np.array(spacing),
            "gridGlobalOffset": np.array(origin),
            "gridUnitSI": 1.0,
            "unitDimension": np.zeros(7),
            "timeOffset": 0.0,
        }
    )
    if domain.even:
        mesh.attrs[EVEN] = np.array(domain.even)
