"""What scripts/setup finds: libraries of one MPI only, before anything is compiled against two."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

FUNCTIONS = {
    "mpi": "int MPI_Initialized(int *f) { return *f; }",
    "hdf5": "extern int MPI_Initialized(int *);\nint H5Pset_fapl_mpio(long a, int b, int c) { int f = 0; return "
    "MPI_Initialized(&f) + (int)a + b + c; }\nint H5open(void) { return 0; }",
}
MPI_H = "int MPI_Initialized(int *);\n#define MPI_COMM_WORLD 0\n#define MPI_INFO_NULL 0\n"
HDF5_H = "#include <mpi.h>\nint H5Pset_fapl_mpio(long, int, int); int H5open(void);\n"

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a C compiler")


def library(folder: Path, name: str, code: str, *options: str) -> None:
    """A shared library ``lib<name>.so`` that exists only to be linked with."""
    (folder / "lib").mkdir(parents=True, exist_ok=True)
    target = folder / "lib" / f"lib{name}.so"
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(target), f"-Wl,-soname,lib{name}.so", *options]
    subprocess.run(command, input=code, text=True, check=True)


def an_hdf5(folder: Path, mpi: Path, name: str) -> Path:
    """A parallel HDF5 that was built with an MPI."""
    library(folder, "hdf5", FUNCTIONS["hdf5"], f"-L{mpi}/lib", f"-l{name}", f"-Wl,-rpath,{mpi}/lib")
    (folder / "include").mkdir(exist_ok=True)
    (folder / "include" / "hdf5.h").write_text(HDF5_H)
    (folder / "include" / "H5pubconf.h").write_text("#define H5_HAVE_PARALLEL 1\n")
    return folder


def an_mpi(folder: Path, name: str) -> Path:
    """An MPI with its mpicc and mpirun."""
    library(folder, name, FUNCTIONS["mpi"])
    (folder / "include").mkdir()
    (folder / "include" / "mpi.h").write_text(MPI_H)
    (folder / "bin").mkdir()
    options = f"-I{folder}/include -L{folder}/lib -Wl,--no-as-needed -l{name} -Wl,-rpath,{folder}/lib"
    (folder / "bin" / "mpicc").write_text(f'#!/bin/sh\nexec gcc "$@" {options}\n')
    (folder / "bin" / "mpirun").write_text("#!/bin/sh\n")
    for tool in ("mpicc", "mpirun"):
        (folder / "bin" / tool).chmod(0o755)
    return folder


def said_by(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What functions of the set-up do in a bash of their own."""
    command, variables = ["bash", "-c", f". scripts/find-libraries; {script}"], os.environ | environment
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def found_with(mpi: Path, hdf5: Path, **environment: str) -> tuple[str, str]:
    """What is missing, and what is said."""
    given = {"LD_LIBRARY_PATH": f"{hdf5}/lib", "HDF5_DIR": str(hdf5), "HDF5_LIBDIR": "nothing"} | environment
    script = 'find_libraries; echo "missing: ${missing[*]}"; echo "in $HDF5_LIBDIR"'
    done = said_by(script, PATH=path_with(mpi), **given)
    return done.stdout, done.stderr


def path_with(mpi: Path) -> str:
    """A PATH on which the programs of an MPI come first."""
    return f"{mpi}/bin{os.pathsep}{os.environ['PATH']}"


def test_an_hdf5_of_another_mpi_is_refused(tmp_path: Path) -> None:
    """It links, but the program would load two; one of the same MPI is taken; serial output needs none."""
    mpich, other = an_mpi(tmp_path / "mpich", "mpich"), an_mpi(tmp_path / "other", "mpi")
    wrong, right = an_hdf5(tmp_path / "wrong", other, "mpi"), an_hdf5(tmp_path / "right", mpich, "mpich")
    missing, said = found_with(mpich, wrong)
    assert "hdf5" in missing.splitlines()[0]
    assert f"the HDF5 in {wrong}/lib belongs to another MPI than {mpich}/bin/mpicc: together they load" in said
    missing, _ = found_with(mpich, right)
    assert "hdf5" not in missing.splitlines()[0]
    assert f"in {right}/lib" in missing
    missing, _ = found_with(mpich, wrong, SERIAL_HDF5="yes")
    assert "hdf5" not in missing.splitlines()[0]


@pytest.mark.parametrize(
    ("library", "fits"),
    [
        ("/usr/lib/x86_64-linux-gnu/libmpi.so.40", True),
        ("/lib/x86_64-linux-gnu/libmpi.so.40", True),  # as ldd has it, of the same file
        ("/usr/lib/x86_64-linux-gnu/libmpich.so.12", False),
        ("/lib/x86_64-linux-gnu/libmpich.so.12", False),
        ("/home/me/mpich/lib/libmpi.so.12", False),
        ("", False),
    ],
)
def test_debians_petsc_belongs_to_debians_open_mpi(library: str, fits: bool) -> None:
    """With another MPI nothing is installed that would be refused."""
    script = f'. scripts/find-libraries; MPI_LIBRARY="{library}"; is_debians_open_mpi'
    assert (subprocess.run(["bash", "-c", script], cwd=ROOT, check=False).returncode == 0) is fits


OPEN, HYDRA = "mpirun (Open MPI) 4.1.4", "HYDRA build details:"


@pytest.mark.parametrize(
    ("header", "says", "fits"),
    [
        ("#define OPEN_MPI 1\n", OPEN, True),
        ("#define OPEN_MPI 1\n", HYDRA, False),
        ("", HYDRA, True),
        ("", OPEN, False),
        ("", "Intel(R) MPI Library for Linux* OS, Version 2021.8", True),
        ("", "of nobody", True),
        ("#error it cannot be told\n", OPEN, True),
    ],
)
def test_an_mpirun_of_another_mpi_is_told(tmp_path: Path, header: str, says: str, fits: bool) -> None:
    """Before anything is compiled; not where mpirun is not to be called."""
    mpi = an_mpi(tmp_path, "mpi")
    (mpi / "include" / "mpi.h").write_text(MPI_H + header)
    (mpi / "bin" / "mpirun").write_text(f"#!/bin/sh\necho '{says}'\n")
    assert (said_by("mpirun_fits", PATH=path_with(mpi), PARALLEL_NLS_NO_MPIRUN="").returncode == 0) is fits
    assert said_by("mpirun_fits", PATH=path_with(mpi), PARALLEL_NLS_NO_MPIRUN="1").returncode == 0


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("/lib/x86_64-linux-gnu/libmpich.so.12", "libhdf5-mpich-dev"),
        ("/lib/x86_64-linux-gnu/libmpi.so.40", "libhdf5-openmpi-dev"),
        ("", "libhdf5-openmpi-dev"),
        ("/home/me/mpich/lib/libmpi.so.12", ""),
    ],
)
def test_debians_hdf5_is_that_of_the_mpi(library: str, package: str) -> None:
    """None for an MPI that is not Debian's."""
    assert said_by(f'missing=(hdf5); MPI_LIBRARY="{library}"; debian_packages').stdout.strip() == package


def test_an_mpicc_that_becomes_another_one(tmp_path: Path) -> None:
    """As Debian's alternatives do under one name: the environment is made anew."""
    function = re.search(r"\nfingerprint\(\) \{.*?\n\}", (ROOT / "scripts" / "setup").read_text(), re.DOTALL)
    assert function is not None
    prints = []
    for name in ("open", "mpich", "open"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        (tmp_path / "bin" / "mpicc").unlink(missing_ok=True)
        (tmp_path / "bin" / "mpicc").symlink_to(tmp_path / name)
        script = f"{function[0]}\nBIN=.venv/bin SERIAL_HDF5=no; fingerprint"
        prints.append(said_by(script, PATH=path_with(tmp_path)).stdout)
    assert prints[0] == prints[2] != prints[1]
