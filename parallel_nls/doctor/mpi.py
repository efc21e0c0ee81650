"""MPI: which library mpi4py has loaded, whether it is the only one, and whether mpirun and mpicc belong to it."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, Verdict, ok, problem, warning

OPEN_MPI = "Open MPI"
# What `mpirun --version` of each MPI says. Those besides Open MPI share one interface: each starts programs of all.
_LAUNCHERS = {
    OPEN_MPI: r"\(Open MPI\) ([\d.]+)",
    "MPICH": r"HYDRA build details:\s+Version:\s+([\d.]+)",
    "Intel MPI": r"Intel\(R\) MPI Library.*Version ([\d.]+)",
}
_LONGEST_TEXT = 1000  # bytes
_LIBRARY = r"libmpi(ch|_cray|_intel|_gnu\w*)?\.so"


@dataclass(frozen=True)
class Library:
    """The MPI library of this process: name, version, version of the standard, and files that are loaded."""

    vendor: str
    version: str
    standard: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Tools:
    """What PATH offers; None for what it does not.

    Attributes
    ----------
    mpirun, mpicc, srun : str or None
        Paths.
    mpirun_text : str
        What `mpirun --version` says.
    mpicc_library : str
        The library file with which mpicc links; empty if it cannot be told.
    """

    mpirun: str | None
    mpicc: str | None
    srun: str | None
    mpirun_text: str = ""
    mpicc_library: str = ""


def loaded_files(name: str) -> tuple[str, ...]:
    """Files that this process has loaded whose name begins with a pattern. *Communication*: local."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    paths = {Path(fields[5].removesuffix(" (deleted)")) for line in lines if len(fields := line.split(maxsplit=5)) > 5}
    return tuple(sorted({str(path.resolve()) for path in paths if re.match(name, path.name)}))


def look_at_library(situation: Situation) -> Library | None:
    """The library after everything that uses MPI is loaded; None where it does not start. *Communication*: local."""
    if situation.comm is None:
        return None
    for user in ("h5py", "mpi4py_fft"):
        with contextlib.suppress(Exception):  # they have checks of their own
            importlib.import_module(user)
    return _library()


def _library() -> Library:
    from mpi4py import MPI

    vendor, version = MPI.get_vendor()
    return Library(vendor, _dotted(version), _dotted(MPI.Get_version()), loaded_files(_LIBRARY))


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))


def judge_library(situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """It starts, is loaded once, and is the same on all nodes. *Communication*: local."""
    here: Library | None = everyone[0].fact
    others = sorted({seen.host for seen in everyone if seen.fact != here})
    if here is None:
        yield problem(f"MPI does not start ({situation.trouble}); what needs it was not looked at", _how_to_start())
    elif len(here.files) > 1:
        found = f"mpi4py's {here.vendor} {here.version} is not the only MPI that is loaded: {', '.join(here.files)}"
        yield problem(found, "compile h5py with the mpicc of mpi4py's MPI: remove .venv, then scripts/setup")
    elif others:
        found = f"{everyone[0].host} and {', '.join(others)} have different MPI libraries"
        yield problem(found, "load the same modules on all nodes")
    else:
        yield ok(f"{here.vendor} {here.version}, MPI {here.standard}, {''.join(here.files) or 'of an unknown file'}")


def _how_to_start() -> str:
    if "SLURM_STEP_ID" in os.environ:
        return "srun --mpi=pmix parallel-nls …, or mpirun; srun --mpi=list names what this Slurm offers"
    return "load the module of the MPI that scripts/setup used, or point mpi4py to it: MPI4PY_LIBMPI=…/libmpi.so"


def look_at_tools(_situation: Situation) -> Tools:
    """Programs on PATH, which are asked who they are. *Communication*: local."""
    mpirun, mpicc, srun = (shutil.which(name) for name in ("mpirun", "mpicc", "srun"))
    text = "" if mpirun is None else _says(mpirun, "--version")
    return Tools(mpirun, mpicc, srun, text, "" if mpicc is None else _linked_library(_says(mpicc, "-show")))


def _says(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20, check=False)
    return result.stdout + result.stderr


def _linked_library(shown: str) -> str:
    """The library of MPI that a compiler's command line asks for, in the folders that it names.

    A folder of the system may hold those of several: beside MPICH's libmpich.so there is Open MPI's libmpi.so.
    """
    options = shlex.split(shown.partition("\n")[0])
    folders = [Path(option[2:]) for option in options if option.startswith("-L")]
    asked = [f"lib{option[2:]}.so" for option in options if option.startswith("-l")]
    files = [folder / name for name in asked if re.match(_LIBRARY, name) for folder in folders]
    files += [Path(option) for option in options if re.match(_LIBRARY, Path(option).name)]
    return next((str(_meant_by(file).resolve()) for file in files if file.exists()), "")


def _meant_by(file: Path) -> Path:
    """The library, where a text for the linker stands in its place, as in the MPICH of pip, which knows no links."""
    with file.open("rb") as content:
        found = re.match(rb"\s*(?:INPUT|GROUP)\s*\(\s*([^\s)]+)", content.read(_LONGEST_TEXT))
    return file if found is None else file.parent / os.fsdecode(found[1])


def judge_tools(situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """The mpirun and the mpicc on PATH are those of mpi4py's library. *Communication*: local."""
    library = None if situation.comm is None else _library()
    yield from _judge_mpirun(everyone[0].fact, library, situation.size)
    yield _judge_mpicc(everyone[0].fact, library)


def _judge_mpirun(tools: Tools, library: Library | None, ranks: int) -> Iterator[Finding]:
    if tools.mpirun is None and tools.srun is None:
        yield warning(
            "neither mpirun nor srun is on PATH: only single processes can be started", "load a module of MPI"
        )
        return
    if tools.mpirun is None:
        yield ok(f"none on PATH; {tools.srun} starts programs")
        return
    kind, version = _kind(tools.mpirun_text)
    name = f"{kind} {version}, {tools.mpirun}" if kind else f"of an unknown kind, {tools.mpirun}"
    if library is None or not kind:
        yield ok(name)
    elif (kind == OPEN_MPI) != (library.vendor == OPEN_MPI):
        # With several ranks, the launcher that was used is a right one, whatever else lies on PATH.
        outcome = Verdict.PROBLEM if ranks == 1 else Verdict.WARNING
        found = f"{name}, but mpi4py's library is {library.vendor} {library.version}: each process would be alone"
        remedy = f"put the mpirun of {library.vendor} first on PATH; or, for {kind}: remove .venv, then scripts/setup"
        yield Finding(outcome, found, remedy)
    elif kind == library.vendor and version.split(".")[:2] != library.version.split(".")[:2]:
        found = f"{name}, but mpi4py's library is {library.vendor} {library.version}"
        yield warning(found, "load one module of MPI only; its mpirun and its library have one version")
    else:
        yield ok(name)


def _kind(text: str) -> tuple[str, str]:
    """Name and version of an MPI by what its mpirun says; empty if unknown."""
    for name, pattern in _LAUNCHERS.items():
        if found := re.search(pattern, text):
            return name, found.group(1)
    return "", ""


def _judge_mpicc(tools: Tools, library: Library | None) -> Finding:
    if tools.mpicc is None:
        return ok("none on PATH; only scripts/setup needs it", title="mpicc")
    if not tools.mpicc_library or library is None or len(library.files) != 1:
        return ok(tools.mpicc, title="mpicc")
    if tools.mpicc_library in library.files:
        return ok(f"{tools.mpicc}, of the same MPI", title="mpicc")
    found = f"{tools.mpicc} links with {tools.mpicc_library}, which is not mpi4py's library"
    return warning(found, "load the module of mpi4py's MPI before you compile anything or call scripts/setup", "mpicc")


CHECKS = (
    Check("MPI", look_at_library, judge_library),
    Check("mpirun", look_at_tools, judge_tools, before_mpi=True),
)
