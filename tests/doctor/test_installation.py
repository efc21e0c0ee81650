"""Packages, MPI and the other libraries, each spoilt in turn."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import pytest

from parallel_nls.doctor import libraries, mpi, packages
from parallel_nls.doctor.checks import Situation
from parallel_nls.doctor.findings import Finding, Verdict
from parallel_nls.doctor.libraries import HDF5, Transforms
from parallel_nls.doctor.mpi import Library, Tools, judge_library, judge_tools, look_at_tools
from parallel_nls.doctor.packages import Installed, judge_packages, look_at_packages
from tests.doctor.judging import judged, only

NOWHERE = Situation(Path("out"))
ALONE = Situation(Path("out"), comm=SimpleNamespace(size=1, rank=0))  # type: ignore[arg-type]
FOUR = Situation(Path("out"), comm=SimpleNamespace(size=4, rank=0))  # type: ignore[arg-type]
OPEN_MPI = Library("Open MPI", "4.1.4", "3.1", ("/usr/lib/libmpi.so.40",))
SAYS = {
    "Open MPI": "mpirun (Open MPI) 4.1.4\n\nReport bugs to http://www.open-mpi.org/community/help/",
    "MPICH": "HYDRA build details:\n    Version:                                 4.0.2\n    Release Date: unreleased",
    "Intel MPI": "Intel(R) MPI Library for Linux* OS, Version 2021.8 Build 20221129 (id: 339ec755a1)\nCopyright",
}


def test_this_installation_is_as_required() -> None:
    """The packages of the tests are those that the metadata ask for."""
    found: Installed = look_at_packages(NOWHERE)
    assert found.packages["numpy"][0] is not None
    assert "pytest" not in found.packages
    assert only(judged(judge_packages, found)).outcome is Verdict.OK


def needing(python: str, **packages: tuple[str | None, str]) -> Installed:
    """An installation on some Python, with versions that are there and that are needed."""
    return Installed(python, ">=3.11", packages)


@pytest.mark.parametrize(
    ("installed", "outcome", "found", "remedy"),
    [
        (needing("3.12.1", numpy=("1.26.4", ">=2.0")), "problem", "numpy 1.26.4, where >=2.0", "numpy>=2.0"),
        (needing("3.12.1", rich=(None, ">=13.7")), "problem", "rich is not installed", "scripts/setup"),
        (needing("3.10.2"), "problem", "Python 3.10.2, where >=3.11 is needed", "PYTHON="),
        (Installed("3.12.1", "", {}, known=False), "warning", "not installed as a package", "pip install"),
        (needing("3.15.0a1", numpy=("3.0.0rc1", ">=2.0")), "ok", "1 package as required", ""),
    ],
)
def test_packages(installed: Installed, outcome: str, found: str, remedy: str) -> None:
    """Too old, missing, unknown; a version before its release will do."""
    finding = judged(judge_packages, installed)[0]
    assert (finding.outcome, found in finding.found, remedy in finding.remedy) == (outcome, True, True)


def test_packages_that_differ_between_nodes() -> None:
    """Two nodes with installations of their own."""
    old, new = (needing("3.12.1", numpy=(version, ">=2.0")) for version in ("2.0", "2.4"))
    finding = judged(judge_packages, new, new, old, hosts=["a", "a", "b"])[0]
    assert finding.outcome is Verdict.PROBLEM
    assert "a and b have different versions" in finding.found


def test_an_installation_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a source folder on PYTHONPATH."""

    def missing(name: str) -> Any:
        """Find no such package."""
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", missing)
    assert not look_at_packages(NOWHERE).known


def a_tool(folder: Path, name: str, text: str) -> str:
    """A program of this name that only says something."""
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def with_library(monkeypatch: pytest.MonkeyPatch) -> Callable[[Library], None]:
    """A function: let mpi4py have loaded this library."""
    return lambda library: monkeypatch.setattr(mpi, "_library", lambda: library)


@pytest.mark.parametrize(
    ("launcher", "library", "situation", "outcome"),
    [
        ("Open MPI", OPEN_MPI, ALONE, Verdict.OK),
        ("MPICH", OPEN_MPI, ALONE, Verdict.PROBLEM),
        ("MPICH", OPEN_MPI, FOUR, Verdict.WARNING),
        ("Intel MPI", OPEN_MPI, ALONE, Verdict.PROBLEM),
        ("Open MPI", Library("MPICH", "4.0.2", "4.0", ()), ALONE, Verdict.PROBLEM),
        ("MPICH", Library("MPICH", "4.0.2", "4.0", ()), ALONE, Verdict.OK),
        ("Intel MPI", Library("MPICH", "4.0.2", "4.0", ()), ALONE, Verdict.OK),
        ("Open MPI", Library("Open MPI", "5.0.3", "3.1", ()), ALONE, Verdict.WARNING),
        ("Open MPI", Library("Open MPI", "4.1.6", "3.1", ()), ALONE, Verdict.OK),
        ("MPICH", OPEN_MPI, NOWHERE, Verdict.OK),
    ],
)
def test_an_mpirun_on_the_path(
    launcher: str,
    library: Library,
    situation: Situation,
    outcome: Verdict,
    with_library: Callable[[Library], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """That of another MPI, or of another version of it, is named with the library that it does not belong to."""
    path = a_tool(tmp_path, "mpirun", SAYS[launcher])
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with_library(library)
    finding = judged(judge_tools, look_at_tools(NOWHERE), situation=situation)[0]
    assert finding.outcome is outcome
    assert launcher in finding.found
    assert path in finding.found
    assert (library.vendor in finding.found) == (outcome is not Verdict.OK or launcher == library.vendor)


def test_an_empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither mpirun nor srun: a warning; srun alone will do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    launcher, compiler = judged(judge_tools, look_at_tools(NOWHERE))
    assert (launcher.outcome, compiler.outcome) == (Verdict.WARNING, Verdict.OK)
    assert "neither mpirun nor srun" in launcher.found
    a_tool(tmp_path, "srun", "")
    assert judged(judge_tools, look_at_tools(NOWHERE))[0].outcome is Verdict.OK


def test_an_mpicc_of_another_mpi(
    with_library: Callable[[Library], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What it links with is found through its own words."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmpi.so.12").touch()
    (tmp_path / "lib" / "libmpi.so").symlink_to("libmpi.so.12")
    a_tool(tmp_path, "mpicc", f"gcc -I{tmp_path}/include -L{tmp_path}/lib -lmpi")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    tools = look_at_tools(NOWHERE)
    assert tools.mpicc_library == str((tmp_path / "lib" / "libmpi.so.12").resolve())
    with_library(OPEN_MPI)
    finding = only(judged(judge_tools, tools, situation=ALONE), "mpicc")
    assert finding.outcome is Verdict.WARNING
    assert "libmpi.so.12, which is not mpi4py's library" in finding.found
    with_library(Library("MPICH", "4.0.2", "4.0", (tools.mpicc_library,)))
    assert only(judged(judge_tools, tools, situation=ALONE), "mpicc").outcome is Verdict.OK


def test_an_mpicc_with_a_text_for_the_linker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As that of pip's MPICH: the library is the one that the text names, beside it."""
    (tmp_path / "libmpi.so").write_text("INPUT(libmpi.so.12)\n")
    (tmp_path / "libmpi.so.12").write_bytes(b"\x7fELF")
    a_tool(tmp_path, "mpicc", f"cc -I{tmp_path} -L{tmp_path} -Wl,-rpath -Wl,{tmp_path} -lmpi")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert look_at_tools(NOWHERE).mpicc_library == str(tmp_path / "libmpi.so.12")


def test_an_mpicc_beside_the_library_of_another_mpi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on Debian, whose MPICH lies in one folder with what stands for Open MPI's."""
    for name in ("libmpi.so", "libmpich.so"):
        (tmp_path / name).touch()
    a_tool(tmp_path, "mpicc", f"gcc -Wl,-z,relro -I{tmp_path} -L{tmp_path} -lm -lmpich")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert look_at_tools(NOWHERE).mpicc_library == str(tmp_path / "libmpich.so")
    a_tool(tmp_path, "mpicc", f"gcc {tmp_path}/libmpi.so")
    assert look_at_tools(NOWHERE).mpicc_library == str(tmp_path / "libmpi.so")


def test_two_mpi_libraries_at_once() -> None:
    """As with an h5py that was compiled with another mpicc."""
    both = Library("Open MPI", "4.1.4", "3.1", ("/opt/mpich/lib/libmpi.so.12", "/usr/lib/libmpi.so.40"))
    finding = only(judged(judge_library, both))
    assert finding.outcome is Verdict.PROBLEM
    assert "/opt/mpich/lib/libmpi.so.12, /usr/lib/libmpi.so.40" in finding.found
    assert only(judged(judge_library, OPEN_MPI)).outcome is Verdict.OK


def test_nodes_with_different_mpi_libraries() -> None:
    """Their modules differ."""
    other = Library("Open MPI", "4.1.6", "3.1", OPEN_MPI.files)
    assert judged(judge_library, OPEN_MPI, other, hosts=["a", "b"])[0].outcome is Verdict.PROBLEM


def test_an_mpi_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is told, and under srun its option."""
    monkeypatch.delenv("SLURM_STEP_ID", raising=False)
    broken = Situation(Path("out"), trouble="cannot load MPI library")
    finding = only(judged(judge_library, None, situation=broken))
    assert finding.outcome is Verdict.PROBLEM
    assert "cannot load MPI library" in finding.found
    assert "MPI4PY_LIBMPI" in finding.remedy
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    assert "srun --mpi=pmix" in only(judged(judge_library, None, situation=broken)).remedy


def test_a_serial_h5py(monkeypatch: pytest.MonkeyPatch) -> None:
    """It works, through rank 0."""
    monkeypatch.setattr(h5py, "get_config", lambda: SimpleNamespace(mpi=False))
    finding = only(judged(libraries.judge_hdf5, libraries.look_at_hdf5(NOWHERE)))
    assert finding.outcome is Verdict.WARNING
    assert "serial" in finding.found
    assert "scripts/setup" in finding.remedy


def test_an_h5py_of_another_hdf5() -> None:
    """It was compiled for one version and has found another."""
    finding = judged(libraries.judge_hdf5, HDF5("3.16.0", "1.10.8", "1.14.6", parallel=True))[0]
    assert finding.outcome is Verdict.PROBLEM
    assert "compiled for 1.14.6" in finding.found


def test_fftw_without_single_precision() -> None:
    """Single precision is an option of runs, double precision is not."""
    good = Transforms("", "fftw-3.3.10", "/usr/lib/libfftw3.so.3")
    bad = Transforms("RuntimeError: no library", "FFTW of an unknown version", "")

    def outcomes(double: Transforms, single: Transforms) -> list[tuple[Verdict, bool]]:
        """Of both precisions, and whether something is to be done."""
        findings: list[Finding] = judged(libraries.judge_fftw, {"double": double, "single": single})
        return [(finding.outcome, bool(finding.remedy)) for finding in findings]

    assert outcomes(good, good) == [(Verdict.OK, False)]
    assert outcomes(good, bad) == [(Verdict.OK, False), (Verdict.WARNING, True)]
    assert outcomes(bad, good) == [(Verdict.PROBLEM, True)]


def test_this_fftw() -> None:
    """Its version comes from the library itself."""
    found = libraries.look_at_fftw(NOWHERE)
    assert {precision.trouble for precision in found.values()} == {""}
    assert all(precision.version.startswith("fftw-3.") for precision in found.values())


def test_an_fftw_with_wrong_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that answers, but not rightly."""
    monkeypatch.setattr(libraries, "_transform_is_wrong", lambda _code: True)
    found = libraries.look_at_fftw(NOWHERE)
    assert found["double"].trouble == "wrong results"
    assert judged(libraries.judge_fftw, found)[0].outcome is Verdict.PROBLEM


@pytest.mark.parametrize(("define", "scalars"), [("#define PETSC_USE_COMPLEX 1\n", "complex"), ("", "real")])
def test_petsc(define: str, scalars: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There or not, all is well."""
    header = tmp_path / "arch" / "include" / "petscconf.h"
    header.parent.mkdir(parents=True)
    header.write_text(f"#define PETSC_USE_REAL_DOUBLE 1\n{define}")
    place = {"PETSC_DIR": str(tmp_path), "PETSC_ARCH": "arch"}
    module = SimpleNamespace(__version__="3.18.5", get_config=lambda: place)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setattr(importlib, "import_module", lambda _name: module)
    there = libraries.look_at_petsc(NOWHERE)
    assert there == f"petsc4py 3.18.5, {scalars} scalars"
    for found in (there, ""):
        assert only(judged(libraries.judge_petsc, found)).outcome is Verdict.OK


def test_unused_tools() -> None:
    """A compiler whose library cannot be told is not blamed."""
    tools = Tools("/x/mpirun", "/x/mpicc", None, "who knows")
    assert [finding.outcome for finding in judged(judge_tools, tools)] == [Verdict.OK, Verdict.OK]
