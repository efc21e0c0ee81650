"""The nodes: processors, memory, room for messages between ranks, and a place for compiled code."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from parallel_nls.config import counted
from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.doctor.launching import by_node
from parallel_nls.planning.memory import format_bytes
from parallel_nls.planning.node import node_memory

PROGRAM_BYTES = 200_000_000
"""What a rank takes before it holds any field."""
MESSAGE_BYTES = 8_000_000
"""Room that an MPI may claim for each rank in shared memory, or in a file that stands for it."""
_SHARED_MEMORY = Path("/dev/shm")
_CODE_BYTES = 2**20  # of some kernels


@dataclass(frozen=True)
class Processor:
    """Name of the processor, and the hash of what it can do."""

    model: str
    features: str


@dataclass(frozen=True)
class Room:
    """Bytes that are left in shared memory (None without it) and in the folder for temporary files, named as well."""

    shared: int | None
    temporary: int
    folder: str
    writable: bool


@dataclass(frozen=True)
class CodeFolder:
    """The folder for compiled kernels, empty if none can be written, and why it takes no file, empty if it does."""

    folder: str
    trouble: str = ""


def look_at_processor(_situation: Situation) -> Processor:
    """The processor of this node. *Communication*: local."""
    from parallel_nls.running.provenance import cpu_features

    return Processor(processor_model(), cpu_features())


def processor_model() -> str:
    """What the processor is called. *Communication*: local."""
    text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def judge_processor(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """All nodes alike. *Communication*: local."""
    kinds: dict[Processor, str] = {}
    for seen in everyone:
        kinds.setdefault(seen.fact, seen.host)
    if len({kind.features for kind in kinds}) > 1:
        found = "the nodes differ: " + ", ".join(f"{kind.model} ({host})" for kind, host in kinds.items())
        yield warning(found, "ask for nodes of one kind (sbatch --constraint): the bits of a run may depend on them")
    else:
        yield ok(everyone[0].fact.model)


def look_at_memory(_situation: Situation) -> tuple[int, int]:
    """Bytes that this node grants and has. *Communication*: local."""
    return node_memory(), int(psutil.virtual_memory().total)


def judge_memory(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Enough for the programs of all ranks of a node; the scarcest node speaks. *Communication*: local."""
    ranks = min(by_node(everyone).values(), key=lambda ranks: ranks[0].fact[0] / len(ranks))
    host, (granted, there) = ranks[0].host, ranks[0].fact
    limit = f" of {format_bytes(there)}, by a control group" if granted < there else ""
    found = f"{host} grants {format_bytes(granted)}{limit}, {format_bytes(granted // len(ranks))} a rank"
    if granted < len(ranks) * PROGRAM_BYTES:
        remedy = f"ask for more (sbatch --mem): a rank takes {format_bytes(PROGRAM_BYTES)} before it holds any field"
        yield warning(found, remedy)
    else:
        yield ok(found)


def look_at_room(_situation: Situation) -> Room:
    """What is left where MPI puts messages between the ranks of a node. *Communication*: local."""
    shared = shutil.disk_usage(_SHARED_MEMORY).free if _SHARED_MEMORY.is_dir() else None
    folder = os.environ.get("TMPDIR") or tempfile.gettempdir()
    writable = os.access(folder, os.W_OK)
    return Room(shared, shutil.disk_usage(folder).free if writable else 0, folder, writable)


def judge_room(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Room for all ranks of a node; the first node that lacks it speaks. *Communication*: local."""
    for host, ranks in by_node(everyone).items():
        room, needed = ranks[0].fact, len(ranks) * MESSAGE_BYTES
        wanted = f"{counted(len(ranks), 'rank')} may need {format_bytes(needed)}"
        if not room.writable:
            found = f"{room.folder} of {host}, for temporary files, is missing or cannot be written"
            yield problem(found, "export TMPDIR=…, a folder that every node has on its own disk")
            return
        if room.shared is not None and room.shared < needed:
            found = f"{_SHARED_MEMORY} of {host} has {format_bytes(room.shared)} left, {wanted}"
            yield warning(found, "remove old files there, or enlarge it; in a container by --shm-size=1g")
            return
        if room.temporary < needed:
            found = f"{room.folder} of {host} has {format_bytes(room.temporary)} left, {wanted}"
            yield warning(found, "remove old files there, or export TMPDIR=… with more room")
            return
    room = everyone[0].fact
    shared = "no shared memory" if room.shared is None else f"{_SHARED_MEMORY} has {format_bytes(room.shared)} left"
    yield ok(f"{shared}, {room.folder} {format_bytes(room.temporary)}")


def look_at_compiled_code(_situation: Situation) -> CodeFolder:
    """The folder for compiled kernels; a trial file is in it for a moment. *Communication*: local."""
    from parallel_nls.numerics.trigonometry import sine_cosine

    dispatcher: Any = sine_cosine  # of numba, which has no types
    folder = str(dispatcher.stats.cache_path or "")
    if not folder:
        return CodeFolder("")
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_CODE_BYTES))
            file.flush()
            os.fsync(file.fileno())  # a quota may be told no earlier
    except OSError as error:
        return CodeFolder(folder, error.strerror or str(error))
    return CodeFolder(folder)


def judge_compiled_code(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """It can be kept. *Communication*: local."""
    remedy = "export NUMBA_CACHE_DIR=…, a folder that can be written"
    homeless = [seen.host for seen in everyone if not seen.fact.folder]
    if homeless:
        found = f"{homeless[0]} has no folder in which compiled kernels can be kept: they are compiled at every start"
        yield warning(found, remedy)
        return
    refused = [seen for seen in everyone if seen.fact.trouble]
    if refused:
        where = f"{refused[0].fact.folder} of {refused[0].host}"
        found = f"{where} takes no file ({refused[0].fact.trouble}): kernels are compiled at every start"
        yield warning(found, remedy)
        return
    yield ok(f"kept in {everyone[0].fact.folder}")


CHECKS = (
    Check("processor", look_at_processor, judge_processor, needs_mpi=True),
    Check("memory", look_at_memory, judge_memory),
    Check("messages", look_at_room, judge_room),
    Check("compiled code", look_at_compiled_code, judge_compiled_code),
)
