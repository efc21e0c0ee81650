"""Monitors of a user that give no numbers, or quantities that no series holds: one message, nothing left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.user_code.files import packaged_trap
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
