"""Monitors of a user that give no numbers, or quantities that no series holds: one message, nothing left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nls.errors import DONE, UserError
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run
from tests.user_code.files import configured, packaged_trap
from tests.user_code.test_bad_user_code import OWN, refused

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

# What a monitor gives, and fragments of the message.
VALUES = {
    "complex": ("{'own': 1 + 2j}", "has complex128 for 'own'; give real numbers"),
    "a text": ("{'own': '3.5'}", "has <U3 for 'own'; give real numbers"),
    "nothing": ("{'own': None}", "has object for 'own'; give real numbers"),
    "a vector": ("{'own': np.ones(3)}", "has shape (3,) for 'own', whose Quantity says shape=()"),
    "no dictionary": ("1.0", "returns float; return a dictionary of numbers by name"),
    "too few": ("{}", "lacks 'own', which is among its quantities"),
    "the mass": ("{'own': 1.0, 'mass': 7.0}", "has 'mass', which is what another quantity is called; choose another"),
    "whether u is finite": ("{'own': 1.0, 'finite': 0.0}", "has 'finite', which is what another quantity is called"),
}
MONITOR = """
import numpy as np
from parallel_nls import Monitor, Quantity

class own(Monitor):
    name = "mine"

    def __init__(self, passes):
        self.quantities = (Quantity("own", "own", (), "own", "own", "here"),)

    def values(self, tables, sample):
        return {}
"""


@pytest.mark.parametrize("name", VALUES)
def test_bad_values_of_a_monitor_are_refused(comm: Intracomm, shared_path: Path, name: str) -> None:
    """Before anything is written; numbers of the package are not overwritten."""
    values, fragment = VALUES[name]
    if comm.rank == 0:
        (shared_path / "own.py").write_text(MONITOR.replace("{}", values))
    comm.Barrier()
    text = refused(comm, shared_path, packaged_trap(1), OWN)
    assert f"own.py, line 11: values of mine {fragment}" in text


QUANTITIES = {
    "a text": ("'own',", "own.py: quantities has 'own'; give a tuple of parallel_nls.Quantity"),
    "a path": ("Quantity('a/b', 'own', (), 'own', 'own', 'here'),", "Quantity('a/b', 'own', 'own', 'here'): give"),
    "no name": ("Quantity('', 'own', (), 'own', 'own', 'here'),", "give texts, the name without /"),
    "a number": ("Quantity(3, 'own', (), 'own', 'own', 'here'),", "give texts, the name without /"),
    "how it is kept": (
        "Quantity('own', 'own', (), 'own', 'own', 'here', 'relativ'),", "own has conserved = 'relativ'; give"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", QUANTITIES)
def test_bad_quantities_of_a_monitor_are_refused(comm: Intracomm, shared_path: Path, name: str) -> None:
    """Before anything is written that could not be read."""
    quantities, fragment = QUANTITIES[name]
    if comm.rank == 0:
        known = 'Quantity("own", "own", (), "own", "own", "here"),'
        assert known in MONITOR
        (shared_path / "own.py").write_text(MONITOR.replace(known, quantities))
    comm.Barrier()
    assert fragment in refused(comm, shared_path, packaged_trap(1), OWN)


# What a monitor gives on rank r of R, and fragments of the message.
APART = {
    "a number": ("{'own': float(self.comm.rank)}", "own is 0 on rank 0 and 1 on rank 1; let it follow"),
    "a last bit": (
        "{'own': 1 + 2**-52 * (self.comm.rank == 1)}",
        "own is 1 on rank 0 and 1.0000000000000002 on rank 1",
    ),
    "no number": ("{'own': float('nan') if self.comm.rank else 1}", "own is 1 on rank 0 and nan on rank 1"),
    "a value too many": (
        "{'own': 1.0, **{'b': 2.0 for _ in range(self.comm.rank)}}",
        "b is missing on rank 0 and 2 on",
    ),
    "an element": ("{'own': 1.0, 'b': [0, self.comm.rank]}", "b[1] is 0 on rank 0 and 1 on rank 1"),
    "a shape": ("{'own': 1.0, 'b': [0] * (1 + self.comm.rank)}", "b is of shape (1,) on rank 0 and of shape (2,) on"),
    "whether it failed": (
        "{'own': 1.0} if setattr(self, 'failure', 'lost' if self.comm.rank else None) is None else {}",
        "failure is None on rank 0 and lost on rank 1",
    ),
}


@pytest.mark.parametrize("name", APART)
def test_values_that_differ_between_ranks_are_refused(comm: Intracomm, shared_path: Path, name: str) -> None:
    """No rank's is stored in silence; every rank raises the same. On one rank there is nothing to differ."""
    if comm.size == 1:
        pytest.skip("takes two ranks")
    values, fragment = APART[name]
    if comm.rank == 0:
        (shared_path / "own.py").write_text(COMMUNICATING.replace("return {}", f"return {values}"))
    comm.Barrier()
    text = refused(comm, shared_path, packaged_trap(1), OWN)
    assert f"own.py, line 12: values of mine: {fragment}" in text


COMMUNICATING = MONITOR.replace(
    '        self.quantities = (', '        self.comm = passes.equation.domain.comm\n        self.quantities = ('
)  # fmt: skip


def test_values_that_come_to_differ_end_the_run(comm: Intracomm, shared_path: Path) -> None:
    """In the middle of it, on all ranks, with what was stored before; those that agree in no number do."""
    if comm.size == 1:
        pytest.skip("takes two ranks")
    if comm.rank == 0:
        late = "return {'own': float(comm.rank) if sample.time > 0.1 else float('nan')}"
        (shared_path / "own.py").write_text(COMMUNICATING.replace("return {}", late.replace("comm", "self.comm")))
    comm.Barrier()
    config = configured(shared_path, comm, packaged_trap(1), extra=OWN)
    with pytest.raises(UserError, match=r"line 12: values of mine: own is 0 on rank 0 and 1 on rank 1"):
        run(config, comm, shared_path / "run")
    if comm.rank == 0:
        assert len(open_run(shared_path / "run").series.time) == 6


def test_values_may_be_lists(comm: Intracomm, shared_path: Path) -> None:
    """Of the shape that the quantity has; they are stored, in checkpoints too, as an array is."""
    if comm.rank == 0:
        text = MONITOR.replace('"own", (), "own"', '"own", ("pair",), "own"').replace('"here")', '"here", shape=(2,))')
        (shared_path / "own.py").write_text(text.replace("return {}", "return {'own': [1, 2], 'more': [], 'n': 3}"))
    comm.Barrier()
    assert run(configured(shared_path, comm, packaged_trap(1), extra=OWN), comm, shared_path / "run").exit_code == DONE
    if comm.rank == 0:
        assert (open_run(shared_path / "run").series["own"].values == [1.0, 2.0]).all()


# What a monitor brings as tables of rows, and fragments of the message.
TABLES = {
    "no list": ("np.zeros((1, 3))", "returns ndarray; return a list of one array for each of its 1 lines"),
    "too many": ("[n, n]", "returns 2 tables; return a list of one array for each of its 1 lines"),
    "no array": ("[[0.0]]", "has list for table 0; give an array of real numbers, (results, local lines)"),
    "complex": ("[1j * n]", "has complex128 for table 0; give an array of real numbers"),
    "a vector": ("[n[0]]", "for table 0; give (results, "),
    "too few lines": ("[n[:, 1:]]", "its last axis the local lines"),
    "more results on one rank": (
        "[np.repeat(n, 1 + r, axis=0)]",
        "the number of results is (1,) on rank 0 and (2,) on",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_fit_no_lines_are_refused(comm: Intracomm, shared_path: Path, name: str) -> None:
    """The one message of a sample would not fit together: of some ranks it would be cut, or waited for."""
    given, fragment = TABLES[name]
    if comm.rank == 0:
        tables = "    def tables(self, sample):\n        n, r = np.zeros((1, len(sample.spare))), self.comm.rank\n"
        text = COMMUNICATING.replace("    def values", f"{tables}        return {given}\n\n    def values")
        text = text.replace("        self.quantities", "        self.lines = passes.lines[:1]\n        self.quantities")
        (shared_path / "own.py").write_text(text.replace("return {}", "return {'own': 1.0}"))
    comm.Barrier()
    if comm.size == 1 and name == "more results on one rank":
        pytest.skip("takes two ranks")
    assert fragment in refused(comm, shared_path, packaged_trap(1), OWN)


RIDING = """
    def prepare(self, sample):
        self.table = np.zeros((1, len(sample.spare)))
        sample.beside.append(self.look)

    def look(self, block, lines):
        self.table[0, lines.lines] = (np.abs(block[: lines.count]) ** 2).sum(axis=1)

    def tables(self, sample):
        return [self.table]

    def values"""


def riding(path: Path, comm: Intracomm, look: str = "") -> None:
    """Write a monitor whose kernel rides on the pass that sums over the field, with a line ahead of what it does."""
    if comm.rank == 0:
        text = COMMUNICATING.replace(
            "        self.quantities", "        self.lines = passes.lines[:1]\n        self.quantities"
        )
        text = text.replace("\n    def values", RIDING.replace("        self.table[0", f"{look}        self.table[0"))
        text = text.replace("return {}", "return {'own': float(tables[0].sum()) * self.cell}")
        text = text.replace("self.comm =", "self.cell, self.comm = passes.equation.domain.cell,")
        (path / "own.py").write_text(text)
    comm.Barrier()


def test_kernels_of_a_monitor_ride_on_the_pass_over_the_field(comm: Intracomm, shared_path: Path) -> None:
    """What it asks for ahead of that pass is done, at every sample."""
    riding(shared_path, comm)
    assert run(configured(shared_path, comm, packaged_trap(1), extra=OWN), comm, shared_path / "run").exit_code == DONE
    if comm.rank == 0:
        series = open_run(shared_path / "run").series
        assert series["own"].values == pytest.approx(series["mass"].values, rel=1e-13)


def test_a_kernel_that_raises_on_one_rank_is_an_error_of_all(comm: Intracomm, shared_path: Path) -> None:
    """Amid a pass in which all of them take part."""
    riding(shared_path, comm, "        1 / (self.comm.rank - self.comm.size + 1)\n")
    text = refused(comm, shared_path, packaged_trap(1), OWN)
    assert "own.py, line 18: a kernel of mine raises ZeroDivisionError: division by zero; correct the file" in text
