"""Wrong arguments of public classes get one message; a second `close` does nothing, and nothing goes on after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

import parallel_nls
from parallel_nls import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.running.opening import open_simulation
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

SMALL = ["grid.points=[16,16]", "limits.spectral_tail=off", "diagnostics.families=['conserved']"]
BOX, LINE, SELF = parallel_nls.FourierDomain, parallel_nls.LineDomain, MPI.COMM_SELF
ONE = parallel_nls.BubbleSum([parallel_nls.Bubble((0.0,))], 0.0)
WAVE = parallel_nls.Soliton((1.0,))
ROW = (np.zeros((1, 4)),)


def box(*others: Any, **named: Any) -> Any:
    """A box of 8 × 8 points on this process, with other arguments; their types are what is wrong."""
    arguments = dict(zip(("comm", "points", "length"), (SELF, (8, 8), (1.0, 1.0)), strict=True))
    arguments |= dict(zip(arguments, others, strict=False))
    return BOX(**arguments | named)  # type: ignore[arg-type]


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "no communicator": (lambda: box(None), "comm = None: is no communicator; give one of mpi4py"),
    "a communicator that is gone": (lambda: box(MPI.COMM_NULL), "is no communicator; give one of mpi4py"),
    "no communicator of a line": (
        lambda: LINE("world", (8,), (1.0,)), "comm = 'world': is no communicator"  # type: ignore[arg-type]
    ),
    "a number of points": (lambda: box(SELF, 8), r"points = 8: give a list, as \(64, 64\)"),
    "points as text": (lambda: box(SELF, "88"), "points = '88': give a list"),
    "one side": (lambda: box(SELF, (8, 8), 1.0), "length = 1.0: give a list"),
    "no axes": (lambda: box(even=0), "even = 0: give a list"),
    "a real array": (lambda: box(dtype=float), "dtype = <class 'float'>: must be complex128 or complex64"),
    "no type": (lambda: box(dtype="compl"), "dtype = 'compl': must be complex128 or complex64"),
    "a line of text": (lambda: LINE(SELF, (8,), (1.0,), "text"), "dtype = 'text': must be complex128 or complex64"),
    "too many ranks": (lambda: box(dims=(3,)), r"a process grid of \(3,\) does not fit on 1 ranks; give whole numbers"),
    "half a rank": (lambda: box(dims=(0.5,)), r"dims = \(0.5,\): give a list"),
    "slots for all axes": (lambda: box(dims=(1, 1)), r"dims = \(1, 1\), axes = \(0, 1\): give one axis for each slot"),
    "an axis that there is not": (lambda: box(axes=(5,)), r"axes = \(5,\): give one axis for each slot"),
    "an axis from behind": (lambda: box(axes=(-1,)), r"axes = \(-1,\): give one axis for each slot"),
    "more axes than slots": (lambda: box(dims=(1,), axes=(0, 1)), r"axes = \(0, 1\): give one axis for each slot"),
    "a number for a checkpoint": (
        lambda: Simulation(load_configuration("one_bubble", SMALL), state=3), "state = 3: is no path"  # type: ignore[arg-type]
    ),
    "texts that are none": (
        lambda: Simulation(load_configuration("one_bubble", SMALL), sources=3),  # type: ignore[arg-type]
        "sources = 3: give a mapping of texts by name",
    ),
    "a number for a directory": (
        lambda: run(load_configuration("one_bubble", SMALL), SELF, 3), "root = 3: is no path"  # type: ignore[arg-type]
    ),
    "no sweep": (lambda: parallel_nls.sweep_table(3), "folder = 3: is no path"),  # type: ignore[arg-type]
    "one bubble alone": (
        lambda: parallel_nls.BubbleSum(ONE.bubbles[0], 0.0), "bubbles = Bubble.*: give a list"
    ),
    "waves for bubbles": (
        lambda: parallel_nls.BubbleSum([WAVE], 0.0), "bubbles = .*: give a list, as .Bubble"  # type: ignore[list-item]
    ),
    "bubbles for waves": (
        lambda: parallel_nls.SolitonSum(ONE.bubbles), "solitons = .*: give a list, as .Soliton"
    ),
    "a box of a plane": (
        lambda: parallel_nls.SolitonSum([WAVE], (20.0, 20.0)), r"length = \(20.0, 20.0\): has 2 numbers"
    ),
    "a box turned round": (lambda: parallel_nls.SolitonSum([WAVE], (-20.0,)), r"length\[0\] = -20.0: must be greater"),
    "no profile": (lambda: parallel_nls.PseudoConformal(None, 0.0), "profile = None: is no profile"),  # type: ignore[arg-type]
    "no profile back": (
        lambda: parallel_nls.InversePseudoConformal(None, 0.0), "profile = None: is no profile"  # type: ignore[arg-type]
    ),
    "no blow-up time": (
        lambda: parallel_nls.PseudoConformal(ONE, "0"), "blowup_time = '0': is not a finite"  # type: ignore[arg-type]
    ),
    "no symmetry": (lambda: parallel_nls.Transformed(ONE, None), "symmetry = None: is no Symmetry"),  # type: ignore[arg-type]
    "no time": (
        lambda: ONE.add_to(np.zeros((1, 4), complex), None, ROW), "time = None: is not a finite number"  # type: ignore[arg-type]
    ),
    "no coordinates": (
        lambda: ONE.add_to(np.zeros((1, 4), complex), -1.0, None),  # type: ignore[arg-type]
        "coordinates = None: give a tuple of 1 arrays",
    ),
    "no block": (lambda: ONE.add_to(None, -1.0, ROW), "block = None: is no array"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_wrong_arguments_get_one_message(case: str) -> None:
    """It names the argument and its value, and what to give."""
    call, message = MISTAKES[case]
    with pytest.raises(UserError, match=message):
        call()


def test_runs_that_are_not_compared_are_told(tmp_path: Path) -> None:
    """By the numbers that there are."""
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        run(load_configuration("one_bubble", [*SMALL, "time.stop=-0.4995"]), SELF, path, quiet=True)
    found = parallel_nls.compare(paths, ["mass"])
    assert found.difference(found.entries[0], 1).last >= 0
    wrong: tuple[tuple[Any, Any, str], ...] = (
        (found.entries[0], 9, "run = 9: there are 2 runs; give 0 to 1"),
        (found.entries[0], 0.5, "run = 0.5: is not a whole number"),
        ("mass", 1, "entry = 'mass': is not compared; give one of entries: mass"),
    )
    for entry, place, message in wrong:
        with pytest.raises(UserError, match=message):
            found.difference(entry, place)
    with pytest.raises(UserError, match="folder = 3: is no path"):
        found.save(3)  # type: ignore[arg-type]


@pytest.mark.mpi
def test_domains_are_closed_once(comm: Intracomm) -> None:
    """A second time does nothing, on every rank."""
    for domain in (BOX(comm, (8, 8), (1.0, 1.0)), LINE(comm, (64,), (1.0,)), BOX(comm, (4, 4, 4), (1.0,) * 3, (1, 1))):
        domain.close()
        domain.close()


@pytest.mark.mpi
@pytest.mark.parametrize(
    "example",
    ["one_bubble", "two_solitons_1d", "half_wave_bounce", "localized_virial", "hartree_plane_2d", "remainder_1d"],
)
def test_a_simulation_is_closed_once(comm: Intracomm, shared_path: Path, example: str) -> None:
    """A second time does nothing; what takes ranks is refused then, on all of them, by one message."""
    plane = {"one_bubble": SMALL, "hartree_plane_2d": ["grid.points=[32,32]"]}.get(example, [])
    ranks = SELF if example == "half_wave_bounce" else comm
    simulation: Any = open_simulation(load_configuration(example, [*plane, "limits.spectral_tail=off"]), ranks)
    simulation.close()
    simulation.close()
    assert simulation.closed
    assert simulation.config.title in repr(simulation)
    calls = [
        simulation.advance,
        simulation.measure,
        simulation.field,
        lambda: simulation.save_state(shared_path / "s.h5"),
    ]
    if isinstance(simulation, Simulation):
        calls += [simulation.gradient, lambda: simulation.integrate(lambda u, *_: abs(u)), simulation.refine]
    for call in calls:
        with pytest.raises(UserError, match="this simulation is closed: it has no ranks left"):
            call()
