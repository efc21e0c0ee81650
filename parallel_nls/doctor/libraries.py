"""The libraries beside MPI: HDF5, FFTW, and PETSc if it is there."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parallel_nls.doctor.checks import Check, Failure, Seen, Situation, attempt
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.doctor.mpi import loaded_files

REBUILD = "remove .venv, then scripts/setup, which compiles {} against the libraries of this machine"
_NEEDED = "only ground states in boxes need it"
_FFTW = {"double": ("D", r"libfftw3\.so", "fftw_version"), "single": ("F", r"libfftw3f\.so", "fftwf_version")}


@dataclass(frozen=True)
class HDF5:
    """What h5py is made of: its version, HDF5's as it runs and as it was at the build, MPI or not."""

    h5py: str
    running: str
    built: str
    parallel: bool


@dataclass(frozen=True)
class Transforms:
    """One precision of FFTW: what is wrong with it (empty: nothing), its version, its file."""

    trouble: str
    version: str
    file: str


def look_at_hdf5(_situation: Situation) -> HDF5:
    """What h5py says of itself. *Communication*: local."""
    import h5py

    built = ".".join(map(str, h5py.version.hdf5_built_version_tuple))
    return HDF5(h5py.__version__, h5py.version.hdf5_version, built, bool(h5py.get_config().mpi))


def judge_hdf5(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Parallel, and the version that h5py was compiled for. *Communication*: local."""
    here: HDF5 = everyone[0].fact
    name = f"HDF5 {here.running}, h5py {here.h5py}"
    if here.running != here.built:
        found = f"{name} runs with HDF5 {here.running} but was compiled for {here.built}"
        yield problem(found, f"load the module of HDF5 {here.built}; or {REBUILD.format('h5py')}")
    if here.parallel:
        yield ok(f"{name}, parallel")
    else:
        found = f"{name}, serial: all output passes through rank 0, which is slower"
        yield warning(
            found, "where there is a parallel HDF5 of this MPI: remove .venv, then scripts/setup; pip has serial ones"
        )


def look_at_fftw(_situation: Situation) -> dict[str, Transforms]:
    """A short transform in each precision, and what libraries made it. *Communication*: local."""
    return {precision: _transforms(*names) for precision, names in _FFTW.items()}


def _transforms(code: str, library: str, symbol: str) -> Transforms:
    wrong = attempt(lambda: _transform_is_wrong(code))
    trouble = wrong.text if isinstance(wrong, Failure) else "wrong results" * wrong
    file = next(iter(loaded_files(library)), "")
    return Transforms(trouble, _version(file, symbol), file)


def _transform_is_wrong(code: str) -> bool:
    """Whether a short transform differs from the sum that defines it."""
    from mpi4py_fft import fftw

    data = fftw.aligned((8,), dtype=code)
    plan = fftw.fftn(data, flags=(fftw.FFTW_ESTIMATE,))
    data[:] = np.arange(8)
    return bool(abs(plan()[1] - np.exp(-2j * np.pi * np.arange(8) / 8) @ np.arange(8)) > 1e-5)


def _version(file: str, symbol: str) -> str:
    """Such as fftw-3.3.10-sse2-avx; a library that only behaves like FFTW has none."""
    found = attempt(lambda: (ctypes.c_char * 100).in_dll(ctypes.CDLL(file), symbol).value.decode("ascii", "replace"))
    return "FFTW of an unknown version" if isinstance(found, Failure) or not file else found


def judge_fftw(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Both precisions are there and right. *Communication*: local."""
    here: dict[str, Transforms] = everyone[0].fact
    double, single = here["double"], here["single"]
    if double.trouble:
        yield problem(f"no transforms in double precision ({double.trouble})", REBUILD.format("mpi4py-fft"))
    else:
        both = " in double and single precision" if not single.trouble else ""
        yield ok(f"{double.version}{both}, {double.file or 'of an unknown file'}")
    if single.trouble:
        found = f'no transforms in single precision ({single.trouble}): precision = "single" will not run'
        yield warning(found, f"install FFTW in single precision (libfftw3f), then {REBUILD.format('mpi4py-fft')}")


def look_at_petsc(_situation: Situation) -> str:
    """What petsc4py would bring, without starting PETSc; empty without it. *Communication*: local."""
    if importlib.util.find_spec("petsc4py") is None:
        return ""
    module = importlib.import_module("petsc4py")
    place = module.get_config()
    header = Path(place["PETSC_DIR"], place["PETSC_ARCH"], "include", "petscconf.h").read_text(encoding="utf-8")
    scalars = "complex" if re.search(r"^#define PETSC_USE_COMPLEX 1", header, re.MULTILINE) else "real"
    return f"petsc4py {module.__version__}, {scalars} scalars"


def judge_petsc(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """There or not, all is well. *Communication*: local."""
    without = "petsc4py is not installed (scripts/setup does it, where there is a PETSc of this MPI)"
    yield ok(f"{everyone[0].fact or without}; {_NEEDED}")


CHECKS = (
    Check("HDF5", look_at_hdf5, judge_hdf5),
    Check("FFTW", look_at_fftw, judge_fftw, needs_mpi=True),
    Check("PETSc", look_at_petsc, judge_petsc),
)
