"""Which ranks are on one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mpi4py import MPI

from parallel_nls.parallel import nodes
from tests.parallel.nodes import NODES

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm


@pytest.mark.mpi
def test_all_ranks_of_a_machine_are_on_one_node(comm: Intracomm) -> None:
    """By what they find out themselves."""
    node = nodes.split_by_node(comm)
    assert (node.size, node.rank) == (comm.size, comm.rank)
    assert nodes.ranks_on_node(comm) == comm.size
    node.Free()


@pytest.mark.mpi
@pytest.mark.parametrize("name", NODES)
def test_ranks_of_a_node_know_the_same_ones(comm: Intracomm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Those with the same identity, in their order."""
    places = NODES[name][: comm.size]
    monkeypatch.setattr(nodes, "node_identity", lambda: f"node {places[comm.rank]}")
    node = nodes.split_by_node(comm)
    expected = [rank for rank, place in enumerate(places) if place == places[comm.rank]]
    assert MPI.Group.Translate_ranks(node.group, list(range(node.size)), comm.group) == expected
    assert nodes.ranks_on_node(comm) == max(map(places.count, places))
    node.Free()


def test_where_the_system_tells_nothing_the_name_has_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of the processor, as MPI has it; else more is known."""
    name = MPI.Get_processor_name()
    assert nodes.node_identity() != name
    assert nodes.node_identity().startswith(name)
    monkeypatch.setattr(nodes, "_BOOT", tmp_path / "nothing")
    assert nodes.node_identity() == name
