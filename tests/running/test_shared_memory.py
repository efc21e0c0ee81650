"""Runs whose ranks share memory: the bits of messages, over a resume as well; what is said where it is refused."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import pytest

from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.parallel.sharing import SETTING
from parallel_nls.running.opening import open_simulation
from parallel_nls.running.run import resume, run
from tests.parallel.nodes import put_on_nodes
from tests.running.leaving import leaving_after
from tests.running.test_plane_mixtures import small as small_mixture
from tests.support import digest, small_run

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

SHORT = "time.stop=-0.48"
CONFIGURATIONS = {
    "drift first, tolerance": small_run(
        SHORT, "grid.points=[30,32]", "time.scheme=blanes-moan-prk4", "time.step=off", "time.tolerance=1e-6",
        "time.frame=0.0025",
    ),
    "mixture": small_mixture("time.stop=0.1"),
}  # fmt: skip


@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_run_has_the_bits_of_messages(comm: Intracomm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """All fields and numbers at the end, with rows shared by some ranks, and by none."""
    found = {}
    for nodes in ("off", "one node", "in turns"):
        with monkeypatch.context() as patches:
            if nodes == "off":
                patches.setenv(SETTING, "off")
            else:
                put_on_nodes(patches, nodes)
            simulation = open_simulation(CONFIGURATIONS[name], comm)
            simulation.advance(simulation.frames.count)
            measured = repr(simulation.measure())
            expected = "messages" if nodes == "off" or (nodes, comm.size) == ("in turns", 2) else "shared memory"
            assert simulation.exchange.startswith(expected) or not simulation.domain.grid.active
            found[nodes] = digest(*simulation.state.fields.values()), measured
            simulation.close()
    assert found["one node"] == found["in turns"] == found["off"]


@pytest.mark.ranks(1, 3)
def test_a_run_goes_on_with_or_without(comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left and resumed with the other, both ways with the same bits."""
    config, files = small_run(SHORT, "grid.points=[31,22]"), []
    for first, second in (("on", "off"), ("off", "on")):
        root = shared_path / f"{first} {second}"
        monkeypatch.setenv(SETTING, first)
        with leaving_after(3):
            assert run(config, comm, root, quiet=True).exit_code == RESUMABLE
        monkeypatch.setenv(SETTING, second)
        assert resume(comm, root, quiet=True).exit_code == DONE
        files.append((root / "series.h5").read_bytes())
        exchange = json.loads((root / "summary.json").read_text())["provenance"]["exchange"]
        expected = {"on": "shared memory", "off": "messages"}[second]
        assert exchange == ("none" if comm.size == 1 else expected)
    assert files[0] == files[1]


@pytest.mark.ranks(1, 3)
def test_what_is_not_to_be_had_is_said_once(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line of the log, whichever rank was refused; a rank alone asks for nothing."""

    def refuse(*_: object) -> None:
        """As a system without room."""
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    if comm.rank == comm.size - 1:
        monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert run(small_run(SHORT, "grid.points=[31,22]"), comm, shared_path / "run", quiet=True).exit_code == DONE
    log = (shared_path / "run" / "log.txt").read_text()
    line = "warning: ranks of a node share no memory (Cannot allocate memory): they exchange by messages"
    assert log.count(line) == log.count("share no memory") == int(comm.size > 1)


@pytest.mark.ranks(1, 2)
def test_a_bad_setting_is_refused_on_all_ranks(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one node alone has it."""
    if comm.rank == comm.size - 1:
        monkeypatch.setenv(SETTING, "no")
    with pytest.raises(UserError, match=f'{SETTING} = "no"'):
        open_simulation(small_run(), comm)
