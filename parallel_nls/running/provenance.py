"""Where a result comes from: versions, libraries, processor. Never part of the data files."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mpi4py import MPI

from parallel_nls.output.parallel_hdf5 import hdf5_version
from parallel_nls.spectral.wisdom import Wisdom

PACKAGES = ("parallel_nls", "numpy", "mpi4py", "mpi4py-fft", "h5py", "numba")


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"


@cache
def _fftw() -> str:
    """File of the FFTW library that this process has loaded; its name carries the version."""
    try:
        text = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    names = (line.rpartition("/")[2] for line in text.splitlines())
    return next((name for name in names if name.startswith("libfftw3.so")), "unknown")


@cache
def cpu_features() -> str:
    """Hash of the processor's instruction sets, on which bits may depend. *Communication*: local."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        text = platform.processor()
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    flags = " ".join(sorted((found.group(1) if found else text).split()))
    return hashlib.sha256(flags.encode()).hexdigest()[:16]


def gather_provenance(comm: MPI.Intracomm, wisdom: Wisdom, exchange: str) -> dict[str, object]:
    """Versions, libraries, plans of transforms, processors, hosts and ``exchange`` of a run; collective."""
    hosts = comm.allgather((MPI.Get_processor_name(), cpu_features()))
    return {
        "python": sys.version.split()[0],
        "packages": {package: _version(package) for package in PACKAGES},
        "mpi": MPI.Get_library_version().splitlines()[0].split(",")[0].strip("\0 \n"),
        "hdf5": hdf5_version(),
        "fftw": _fftw(),
        "fftw_plans": f"wisdom {wisdom.digest}" if wisdom.text else "estimate",
        "ranks": comm.size,
        "exchange": exchange,
        "hosts": sorted({host for host, _ in hosts}),
        "cpu_features": sorted({features for _, features in hosts}),
    }
