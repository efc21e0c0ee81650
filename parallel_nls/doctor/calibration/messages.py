"""Messages: barriers and all-to-alls between the ranks of a node, and between nodes where there are several."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.doctor.calibration.timing import together
from parallel_nls.parallel.shared_rows import publish
from parallel_nls.spectral.box import FourierDomain

_SMALL, _LARGE = 64, 1024
_TIMES, _BARRIERS = 15, 200
_MANY, _BYTES = 64, 2**22


def node_constants(node: MPI.Intracomm) -> dict[str, float]:
    """Return latency, bandwidth and barrier of the ranks of a node; nothing of one rank.

    *Communication*: collective.
    """
    if node.size == 1:
        return {}
    small, large = _transposed(node, _SMALL), _transposed(node, _LARGE)
    others = node.size - 1
    share = 16 * _LARGE**2 / node.size

    def wait() -> None:
        """Many barriers, as sweeps take them."""
        for _ in range(_BARRIERS):
            publish()
            node.Barrier()

    barrier = together(node, wait, 5) / _BARRIERS
    return {
        "latency": small / others,
        "bandwidth": share * others / node.size / max(large - small, 0.05 * large),
        "barrier": barrier / log2(node.size),
    }


def _transposed(comm: MPI.Intracomm, side: int) -> float:
    """Seconds of the transpose of a plane by messages."""
    domain = FourierDomain(comm, (side, side), (1.0, 1.0))
    one, other = (domain.allocate(layout) for layout in domain.layouts)
    seconds = together(comm, lambda: domain.transposes[0].forward(one, other), _TIMES)
    domain.close()
    return seconds


def network_constants(comm: MPI.Intracomm, node: MPI.Intracomm) -> dict[str, float]:
    """Return latency, message and bandwidth between the first two nodes; nothing on one node.

    Notes
    -----
    As many ranks of one node as of the other send to each other at once. *Communication*: collective.
    """
    firsts = comm.allgather(comm.rank if node.rank == 0 else -1)
    heads = [rank for rank in firsts if rank >= 0]
    if len(heads) == 1:
        return {}
    mine = node.bcast(comm.rank)
    sizes = comm.allgather((mine, node.rank, comm.rank))
    ranks = {(head, number): rank for head, number, rank in sizes}
    pairs = min(sum(head == first for head, _, _ in sizes) for first in heads[:2])
    partner = MPI.PROC_NULL
    if mine in heads[:2] and node.rank < pairs:
        partner = ranks[heads[1] if mine == heads[0] else heads[0], node.rank]
    first_only = partner if node.rank == 0 else MPI.PROC_NULL
    small, large = np.zeros(1), np.zeros(_BYTES // 8)
    return {
        "latency": _swapped(comm, small, first_only, 1),
        "message": _swapped(comm, small, first_only, _MANY) / _MANY,
        "bandwidth": pairs * _BYTES / _swapped(comm, large, partner, 1),
    }


def _swapped(comm: MPI.Intracomm, sent: Any, partner: int, count: int) -> float:
    """Seconds in which partners have sent each other so many messages."""
    received = np.empty((count, sent.size))

    def swap() -> None:
        """All of them at once."""
        requests = [comm.Irecv(row, partner) for row in received]
        requests += [comm.Isend(sent, partner) for _ in range(count)]
        MPI.Request.Waitall(requests)

    return together(comm, swap, _TIMES)
