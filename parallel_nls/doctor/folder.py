"""The folder for output: whether it takes files, is the same on all nodes, grants locks, and has room."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from parallel_nls.doctor.checks import Check, Failure, Seen, Situation, attempt
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.errors import UserError
from parallel_nls.planning.memory import format_bytes

LEAST_BYTES = 64_000_000
"""Room below which not even a small run can be stored."""
FEW_BYTES = 1_000_000_000
"""Room that a few runs of the size of the examples take."""
_ELSEWHERE = "name another folder: parallel-nls doctor FOLDER"
_HDF5_VARIABLE = "HDF5_USE_FILE_LOCKING"


@dataclass(frozen=True)
class Place:
    """What one rank sees of the folder: why nothing can be written there, rank 0's file, the kind of file system."""

    trouble: str
    visible: bool
    kind: str


@dataclass(frozen=True)
class Room:
    """Bytes and files that still have room in a folder (None: any number of files), and bytes of it in all."""

    free: int
    files: int | None
    total: int


def look_at_folder(situation: Situation) -> Place:
    """Write a file on rank 0 and read it on every rank. *Communication*: collective."""
    trouble = situation.shared(_trouble(situation) if situation.rank == 0 else "")
    if trouble or situation.scratch is None:
        return Place(trouble, visible=False, kind="")
    text = attempt((situation.scratch / "token").read_text)
    kind = attempt(lambda: _file_system(situation.folder))
    return Place("", text == situation.scratch.name, "" if isinstance(kind, Failure) else kind)


def _trouble(situation: Situation) -> str:
    """Why the folder takes no file; empty if it took one for the others to read."""
    folder = situation.folder
    if not folder.is_dir():
        return "is not a folder" if folder.exists() else "does not exist"
    try:
        with tempfile.TemporaryDirectory(dir=folder):
            pass
        if situation.scratch is not None:
            (situation.scratch / "token").write_text(situation.scratch.name)
    except OSError as error:
        return f"cannot be written ({error.strerror})"
    return ""


def _file_system(folder: Path) -> str:
    """The kind of the file system that holds a folder."""
    mounted = [part for part in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(part.mountpoint)]
    return str(max(mounted, key=lambda part: len(part.mountpoint)).fstype)


def judge_folder(situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """It is there, takes files, and all nodes see them. *Communication*: local."""
    here: Place = everyone[0].fact
    blind = sorted({seen.host for seen in everyone if not seen.fact.visible})
    if here.trouble:
        missing = f"mkdir -p {situation.folder}; or " if not situation.folder.exists() else ""
        yield problem(f"{situation.folder} {here.trouble}", missing + _ELSEWHERE)
    elif blind:
        found = f"{situation.folder} is another one on {', '.join(blind)} than on {everyone[0].host}"
        yield problem(found, f"all nodes must share it; {_ELSEWHERE}, on the parallel file system")
    else:
        kind = f" ({here.kind})" if here.kind else ""
        yield ok(f"{situation.folder.resolve()}{kind} takes files" + " that all ranks see" * (len(everyone) > 1))


def look_at_locks(situation: Situation) -> str:
    """Hold on rank 0 the lock that a run holds, and try to take it a second time on every rank.

    Returns
    -------
    str
        "refused", as it should be; "granted"; "none" where the file system has no locks; empty without a folder.

    Notes
    -----
    *Communication*: collective.
    """
    from parallel_nls.output.run_lock import RunLock

    if situation.scratch is None or situation.has_problem(["folder"]):
        return ""
    first, second = (RunLock(situation.scratch / "lock") for _ in range(2))
    held = situation.shared(attempt(first.take) if situation.rank == 0 else None)
    try:
        answer = "granted" if held is True and second.take() else "none"
    except UserError:
        answer = "refused"
    if situation.comm is not None:
        situation.comm.Barrier()
    for lock in (second, first):
        lock.release()
    return answer


def judge_locks(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """A second job on a run is kept away, from any node; HDF5 opens its files. *Communication*: local."""
    setting = os.environ.get(_HDF5_VARIABLE, "")
    others = sorted({seen.host for seen in everyone if seen.fact == "granted"})
    if not everyone[0].fact:
        return
    if any(seen.fact == "none" for seen in everyone):
        found = "this file system has no locks: nothing keeps a second job away from a run"
        careful = "start one job a run"
        remedy = careful if setting.upper() == "FALSE" else f"export {_HDF5_VARIABLE}=FALSE for HDF5, and {careful}"
        yield warning(found, remedy)
    elif everyone[0].host in others:
        yield warning("this file system grants one lock twice: it keeps no second job away", "start one job a run")
    elif others:
        found = f"locks of {everyone[0].host} are not seen on {', '.join(others)}"
        yield warning(found, "start one job a run; ask for a mount with locks across nodes (of Lustre: -o flock)")
    else:
        yield ok("a second job on a run is refused" + f"; {_HDF5_VARIABLE} = {setting}" * bool(setting))


def look_at_space(situation: Situation) -> Room | None:
    """Room in the folder; None where there is no folder. *Communication*: local."""
    if not situation.folder.is_dir():
        return None
    system = os.statvfs(situation.folder)
    files = system.f_favail if system.f_files else None
    return Room(system.f_bavail * system.f_frsize, files, system.f_blocks * system.f_frsize)


def judge_space(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Room for more than nothing. *Communication*: local."""
    room: Room | None = everyone[0].fact
    if room is None:
        return
    found = f"{format_bytes(room.free)} free of {format_bytes(room.total)}"
    remedy = f"remove what is no longer needed, or {_ELSEWHERE}"
    if room.files == 0:
        yield problem(f"{found}, but room for no more files", remedy)
    elif room.free < LEAST_BYTES:
        yield problem(f"{found}: too little for any run", remedy)
    elif room.free < FEW_BYTES:
        yield warning(f"{found}: enough for small runs only; run --dry-run says what a run takes", remedy)
    else:
        yield ok(found)


def look_at_limit(_situation: Situation) -> int | None:
    """Bytes that a file of this process may have; None: any. *Communication*: local."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def judge_limit(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Files may grow. *Communication*: local."""
    limits = [seen.fact for seen in everyone if seen.fact is not None]
    if not limits:
        yield ok("none")
        return
    found, remedy = f"no file may exceed {format_bytes(min(limits))}", "ulimit -f unlimited, in the job script"
    yield problem(found, remedy) if min(limits) < LEAST_BYTES else warning(found, remedy)


CHECKS = (
    Check("folder", look_at_folder, judge_folder),
    Check("locks", look_at_locks, judge_locks),
    Check("free space", look_at_space, judge_space),
    Check("file size limit", look_at_limit, judge_limit),
)
