"""Which ranks are on one node: they can share memory, and wait for the same of it.

MPI's own answer (`COMM_TYPE_SHARED`) is what its launcher believes: where two of its daemons run under one host name,
as in containers, or on emulated nodes, Open MPI tells the ranks of one node different sets of them. Here all follows
from one list that all have.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import cast

from mpi4py import MPI

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


def node_identity() -> str:
    """What the processes have in common that see each other: host name, boot of its kernel, and their name space.

    Notes
    -----
    *Communication*: local.
    """
    found = [MPI.Get_processor_name()]
    with contextlib.suppress(OSError):  # without Linux, or where it hides them, the name has to do
        found += [_BOOT.read_text(encoding="ascii").strip(), str(_PROCESSES.stat().st_ino)]
    return " ".join(found)


def split_by_node(comm: MPI.Intracomm) -> MPI.Intracomm:
    """The ranks of a communicator that are on one node, in their order. *Communication*: collective, two messages."""
    known = comm.allgather(node_identity())
    return cast(MPI.Intracomm, comm.Split(known.index(known[comm.rank]), comm.rank))


def ranks_on_node(comm: MPI.Intracomm) -> int:
    """Largest number of ranks of ``comm`` on one node. *Communication*: collective, one message."""
    known = comm.allgather(node_identity())
    return max(known.count(one) for one in set(known))
