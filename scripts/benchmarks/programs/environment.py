"""Print the versions of the libraries as one line of JSON; MPI is loaded but not started."""

from __future__ import annotations

import ctypes
import json
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mpi4py

PACKAGES = ("parallel_nls", "numpy", "scipy", "mpi4py", "mpi4py-fft", "h5py", "numba")


def package_version(package: str) -> str:
    """Version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def fftw() -> str:
    """Version of the double-precision FFTW that this process has loaded, as the library itself tells it."""
    found = re.search(r"\S*/libfftw3\.so[\w.]*$", Path("/proc/self/maps").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        return "unknown"
    text = (ctypes.c_char * 128).in_dll(ctypes.CDLL(found.group(0)), "fftw_version").value
    return text.decode().removeprefix("fftw-")


def main() -> None:
    """Collect and print."""
    mpi4py.rc.initialize = False
    import mpi4py_fft.fftw  # noqa: F401  (loads FFTW)
    from mpi4py import MPI

    library = MPI.Get_library_version().splitlines()[0].split(",")[0].strip("\0 \n")
    versions = {
        "python": platform.python_version(),
        "packages": {package: package_version(package) for package in PACKAGES},
        "mpi": library,
        "fftw": fftw(),
    }
    print(json.dumps(versions))


if __name__ == "__main__":
    main()
