"""Made-up nodes for the tests: which rank of a job is on which."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from parallel_nls.parallel import shared_rows

if TYPE_CHECKING:
    import pytest
    from mpi4py.MPI import Intracomm

# The nodes of up to four ranks.
NODES = {
    "one node": (0, 0, 0, 0),
    "two nodes": (0, 0, 1, 1),
    "the first alone": (0, 1, 1, 1),
    "in turns": (0, 1, 0, 1),
    "all alone": (0, 1, 2, 3),
}


def put_on_nodes(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make the ranks of all communicators believe that they are on these nodes, by their ranks."""

    def split(comm: Intracomm) -> Intracomm:
        """Those of the node of this rank."""
        return cast("Intracomm", comm.Split(NODES[name][comm.rank], comm.rank))

    monkeypatch.setattr(shared_rows, "split_by_node", split)
