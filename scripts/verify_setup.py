"""Check that the installed libraries fit together: run by scripts/setup, alone and under mpirun.

mpirun -n 2 python scripts/verify_setup.py 2 [serial-hdf5] [petsc]
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from mpi4py import MPI
from mpi4py_fft import fftw


def loaded_mpi_libraries() -> set[Path]:
    """Files of the MPI libraries that this process has loaded, of mpi4py, h5py and PETSc."""
    mapped = {Path(line.split()[-1]) for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    return {path.resolve() for path in mapped if re.match(r"libmpi(ch|_cray|_intel|_gnu\w*)?\.so", path.name)}


def check_file(comm: MPI.Intracomm) -> None:
    """Write one number a rank into one file, collectively, and read all of them back."""
    with tempfile.TemporaryDirectory() as folder:
        path = comm.bcast(str(Path(folder) / "check.h5"))
        with h5py.File(path, "w", driver="mpio", comm=comm) as file:
            data = file.create_dataset("rank", (comm.size,), "i8")
            with data.collective:
                data[comm.rank] = comm.rank
        with h5py.File(path, "r", driver="mpio", comm=comm) as file:
            if list(file["rank"][:]) != list(range(comm.size)):
                sys.exit("parallel HDF5 wrote wrong data")
        comm.Barrier()


def check_transform(dtype: str) -> None:
    """Compare a short transform of FFTW with the sum that defines it."""
    data = fftw.aligned((8,), dtype=dtype)
    plan = fftw.fftn(data, flags=(fftw.FFTW_ESTIMATE,))
    data[:] = np.arange(8)
    if abs(plan()[1] - np.exp(-2j * np.pi * np.arange(8) / 8) @ np.arange(8)) > 1e-5:
        sys.exit(f"FFTW gives wrong results for {dtype}")


def check_petsc(comm: MPI.Intracomm) -> None:
    """Add one number of each rank by PETSc."""
    import petsc4py

    petsc4py.init(["verify_setup"], comm=comm)
    from petsc4py import PETSc

    numbers = PETSc.Vec().createMPI((1, None), comm=comm)
    numbers.set(1.0)
    if numbers.sum() != comm.size:
        sys.exit("PETSc gives a wrong sum: it was built with another MPI")


def main() -> None:
    """Run all checks on the expected number of ranks."""
    expected = int(sys.argv[1])
    comm = MPI.COMM_WORLD
    if comm.size != expected:
        sys.exit(f"mpirun started {expected} ranks, mpi4py sees {comm.size}: mpirun and mpi4py's MPI differ")
    serial = "serial-hdf5" in sys.argv[2:]
    if h5py.get_config().mpi is serial:
        sys.exit("h5py was built with MPI, not the serial one of pip" if serial else "h5py was built without MPI")
    if "petsc" in sys.argv[2:]:
        check_petsc(comm)
    libraries = loaded_mpi_libraries()
    if len(libraries) > 1:
        sys.exit(f"mpi4py, h5py and PETSc use different MPI libraries: {sorted(map(str, libraries))}")
    if not serial:
        check_file(comm)
    for dtype in ("D", "F"):
        check_transform(dtype)
    if comm.rank == 0:
        print(MPI.Get_library_version().splitlines()[0])
        print(f"HDF5 {h5py.version.hdf5_version}; {', '.join(map(str, libraries))}")


if __name__ == "__main__":
    main()
