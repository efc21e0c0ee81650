"""The interface of Python: no communicator need be named, objects say what they are, mistakes get one message."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

import parallel_nls
from parallel_nls import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.half_wave.ground_state import ground_state as half_wave_state
from parallel_nls.integrators.interrupts import interrupted_between_steps
from parallel_nls.running import communicator
from parallel_nls.running.opening import open_simulation
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.support import small_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpi4py.MPI import Intracomm

SMALL = ["grid.points=[16,16]", "limits.spectral_tail=off", "diagnostics.families=['conserved']", "title='A <b>'"]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """On this process, at its start."""
    return Simulation(load_configuration("one_bubble", SMALL))


@pytest.mark.mpi
def test_all_ranks_take_part_where_no_communicator_is_named(comm: Intracomm) -> None:
    """Those of the job, and this process where it is alone; with the bits of a named one."""
    simulation = Simulation(small_run())
    assert (simulation.comm == MPI.COMM_WORLD) == (comm.size > 1)
    assert simulation.comm.size == comm.size
    named = Simulation(small_run(), comm)
    for one in (simulation, named):
        one.advance(1)
    np.testing.assert_equal(simulation.measure(), named.measure())
    np.testing.assert_array_equal(simulation.field(), named.field())


@pytest.mark.parametrize("example", ["one_bubble", "soliton_collision_1d", "half_wave_bounce", "radial_2d"])
def test_a_field_stays_as_it_was(example: str) -> None:
    """Of every system: what later calls compute is not written into what was given."""
    simulation = open_simulation(load_configuration(example))
    before = simulation.field()
    kept = before.copy()
    simulation.advance(1)
    after = simulation.field()
    simulation.measure()
    np.testing.assert_array_equal(before, kept)
    assert np.abs(after - before).max() > 0
    simulation.close()


def test_processes_that_do_not_know_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a run of its own."""
    monkeypatch.setattr(communicator, "processes_started", lambda: 3)
    with pytest.raises(UserError, match="3 processes were started, and each of them is alone"):
        Simulation(load_configuration("one_bubble", SMALL))


def test_what_objects_say_of_themselves(simulation: Simulation) -> None:
    """Short, and in notebooks a table in which a title is only text."""
    assert repr(simulation) == (
        "<Simulation of nls “A <b>”: points = 16 × 16, ranks = 1, time = -0.5 (from -0.5 to -0.2), steps = 0 of 600>"
    )
    assert "<caption>Simulation of nls “A &lt;b&gt;”</caption>" in simulation._repr_html_()
    bubbles = parallel_nls.BubbleSum([parallel_nls.Bubble((-2.0, 0.0)), parallel_nls.Bubble((2.0, 0.0), 0.5)], 0.0)
    assert repr(bubbles) == ("<Sum of 2 bubbles, T = 0: S1 = at (-2, 0), ω = 1, ϑ = 0, S2 = at (2, 0), ω = 0.5, ϑ = 0>")
    waves = parallel_nls.SolitonSum([parallel_nls.Soliton((1.0,))], power=2.0, length=(20.0,))
    assert repr(waves).startswith("<Sum of 1 solitary wave of power 2, in a box of 20: W1 = from (0), v = (1), ω = 1")
    for shown in (parallel_nls.ground_state(2), half_wave_state(), simulation.domain, waves, bubbles.bubbles[0]):
        assert len(repr(shown)) < 160
        assert vars(type(shown)).get("_repr_html_", type(shown)._repr_html_)(shown).startswith("<table>")  # type: ignore[union-attr]
    assert "Q(0) = 2.20620086465, ‖Q‖² = 11.70089652" in repr(parallel_nls.ground_state(2))


def config() -> Any:
    """A configuration."""
    return load_configuration("one_bubble", SMALL)


ONE = parallel_nls.BubbleSum([parallel_nls.Bubble((0.0,))], 0.0)
MISTAKES: dict[str, tuple[Callable[[Any], object], str]] = {
    "a name for a configuration": (
        lambda _: Simulation("one_bubble"),  # type: ignore[arg-type]
        r"config = 'one_bubble': is no configuration; give load_configuration\('one_bubble'\)",
    ),
    "no communicator": (lambda _: Simulation(config(), "world"), "comm = 'world': is no communicator"),  # type: ignore[arg-type]
    "another system": (
        lambda _: Simulation(load_configuration("half_wave_blowup")),
        r"half-wave on the whole line, no field in a box; open_simulation\(config\)",
    ),
    "a directory in place of ranks": (lambda _: run(config(), "runs/x"), "comm = 'runs/x': is no communicator"),  # type: ignore[arg-type]
    "no directory": (lambda _: run(config()), r"root = '': is no run directory; give one, as run\(config, root="),
    "overrides as a text": (
        lambda _: load_configuration("one_bubble", "time.stop=-0.1"), r'give a list, as \["time.stop=-0.1"\]'
    ),
    "overrides that are no texts": (
        lambda _: load_configuration("one_bubble", [3]), r'overrides = \[3\]: give a list'  # type: ignore[list-item]
    ),
    "a run to compare": (lambda _: parallel_nls.compare("runs/one"), r"paths = 'runs/one': give a list, as "),
    "a number for a path": (lambda _: load_configuration(3), "3: is no path"),  # type: ignore[arg-type]
    "half a frame": (lambda s: s.advance(1.5), "frames = 1.5: is not a whole number"),
    "backward": (lambda s: s.advance(-1), "-1 frames cannot be taken: 600 are left"),
    "an unknown quantity": (lambda s: s.measure()["enery"], "there is no quantity 'enery'; did you mean \"energy\""),
    "words as a density": (lambda s: s.integrate("x"), "density = 'x': is no array of"),
    "a density of u alone": (
        lambda s: s.integrate(lambda u: abs(u) ** 2), r"called as f\(u, gradient, x, y\): too many positional arguments"
    ),
    "another shape": (lambda s: s.integrate(np.ones(3)), r"has shape \(3,\); give one .* each point, \(16, 16\)"),
    "a bubble in space": (lambda _: parallel_nls.Bubble((0, 0, 0)), r"center = \(0, 0, 0\): has 3 numbers"),
    "no scale": (lambda _: parallel_nls.Bubble(1.0, frequency=0), "frequency = 0: must be greater than 0"),  # type: ignore[arg-type]
    "no phase": (lambda _: parallel_nls.Bubble((1.0,), phase=np.nan), "phase = nan: is not a finite number"),
    "no bubbles": (lambda _: parallel_nls.BubbleSum([], 0.0), r"bubbles = \[\]: give one or more"),
    "two dimensions": (
        lambda _: parallel_nls.SolitonSum([parallel_nls.Soliton((1.0,)), parallel_nls.Soliton((1.0, 0.0))]),
        "with as many axes each",
    ),
    "a center of another dimension": (
        lambda _: parallel_nls.Soliton((1.0,), (0.0, 0.0)), r"center = \(0.0, 0.0\): has 2 numbers; give .*, 1 in all"
    ),
    "no width": (lambda _: parallel_nls.Gaussian(1.0, -1.0), "width = -1.0: must be greater than 0"),
    "no dilation": (lambda _: parallel_nls.Symmetry(scale=0.0), "scale = 0.0: must be greater than 0"),
    "a box without a side": (
        lambda _: parallel_nls.FourierDomain(MPI.COMM_SELF, (8, 8), (1.0,)), "give one of both for each axis"
    ),
    "points below 0": (lambda _: parallel_nls.LineDomain(MPI.COMM_SELF, (-8,), (1.0,)), r"points\[0\] = -8: must be"),
    "a block that is too small": (
        lambda _: ONE.add_to(np.zeros((1, 4), complex), -1.0, (np.zeros((1, 5)),)),
        r"block has shape \(1, 4\) of complex128; give a complex array of shape \(1, 5\)",
    ),
    "a block with too few rows": (
        lambda _: parallel_nls.Gaussian(1.0, 1.0).add_to(np.zeros((1, 4), complex), 0.0, (np.zeros((2, 4)),)),
        r"block has shape \(1, 4\) of complex128; give a complex array of shape \(2, 4\)",
    ),
    "a real block": (
        lambda _: parallel_nls.PseudoConformal(ONE, 0.0).add_to(np.zeros((1, 4)), -1.0, (np.zeros((1, 4)),)),
        r"block has shape \(1, 4\) of float64; give a complex array",
    ),
    "points in a row": (
        lambda _: ONE.add_to(np.zeros(4, complex), -1.0, (np.zeros(4),)),
        r"coordinates have the shapes \(4,\); give arrays of two axes each, as x\[None, :\]",
    ),
    "a line through the plane": (
        lambda _: parallel_nls.SolitonSum([parallel_nls.Soliton((0.0, 1.0))]).add_to(
            np.zeros((1, 4), complex), 0.0, (np.zeros((1, 4)),)
        ),
        "coordinates has 1 arrays; give one for each axis, 2 in all",
    ),
    "no power": (
        lambda _: parallel_nls.Transformed(ONE, parallel_nls.Symmetry(), power=-4.0), "power = -4.0: must be greater"
    ),
    "no path": (lambda _: parallel_nls.Run(3), "path = 3: is no path"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_get_one_message(simulation: Simulation, case: str) -> None:
    """It names the argument and its value, and what to give."""
    call, message = MISTAKES[case]
    with pytest.raises(UserError, match=message):
        call(simulation)


OTHERS = {
    "half_wave_bounce": "half-wave on the whole line",
    "localized_virial": "hartree of density matrices on a radial axis",
    "hartree_plane_2d": "hartree of the waves of a density matrix",
    "remainder_1d": "nls in remainder form",
}


@pytest.mark.parametrize("example", OTHERS)
def test_what_is_of_a_field_in_a_box_is_refused_elsewhere(example: str) -> None:
    """With the system, and what there is in its place."""
    box = ["grid.points=[32,32]"] if example == "hartree_plane_2d" else []
    simulation = open_simulation(load_configuration(example, [*box, "limits.spectral_tail=off"]))
    for name, call in (
        ("coordinates", simulation.coordinates),
        ("gradient", simulation.gradient),
        ("integrate", lambda: simulation.integrate(abs(simulation.field()))),
    ):
        told = f"{name}() is of a field in a periodic box, and this is {OTHERS[example]}; take the numbers of measure()"
        with pytest.raises(ValueError, match=re.escape(told)):
            call()
    simulation.close()
    with pytest.raises(UserError, match=f"config is of {OTHERS[example]}, no field in a box; open_simulation"):
        Simulation(simulation.config)


def test_paths_may_be_texts_and_one_name_is_no_list(tmp_path: Path) -> None:
    """A checkpoint to start from, and what is exported, which Python would take letter by letter."""
    simulation = Simulation(config())
    simulation.advance(1)
    simulation.save_state(str(tmp_path / "state.h5"))
    again = Simulation(config(), state=str(tmp_path / "state.h5"))
    assert again.time == simulation.time
    np.testing.assert_array_equal(again.field(), simulation.field())
    outcome = run(load_configuration("one_bubble", [*SMALL, "time.stop=-0.4995"]), root=tmp_path / "run", quiet=True)
    assert outcome.exit_code == 0
    with pytest.raises(UserError, match="only = 'energy': give a list, as "):
        parallel_nls.open_run(tmp_path / "run").export("csv", only="energy")


def test_a_run_is_found_by_the_nearest_name(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the path, and in runs/; its series names the nearest quantity, and is a dictionary in all else."""
    del simulation
    monkeypatch.chdir(tmp_path)
    run(load_configuration("one_bubble", [*SMALL, "time.stop=-0.4995"]), MPI.COMM_SELF, "runs/mine", quiet=True)
    for given in ("runs/mime", "mine", "Mine"):
        with pytest.raises(UserError, match=f"there is no run directory '{given}'; did you mean 'runs/mine'"):
            parallel_nls.Run(given)
    opened = parallel_nls.Run("runs/mine")
    assert repr(opened) == "Run('runs/mine')"
    html = opened._repr_html_()
    assert "<th>ended</th><td>at t = -0.4995 after 1 steps: stop time reached</td>" in html
    assert "<td>mass, energy, momentum</td>" in html
    series = opened.series
    for wanted in (lambda: series["enery"], lambda: series[["mass", "enery"]], lambda: opened.columns["enery"]):
        with pytest.raises(UserError, match="there is no quantity 'enery'; did you mean \"energy\""):
            wanted()
    assert series.get("enery") is None
    assert "enery" not in series
    assert float(series.isel(time=-1)["mass"]) == float(series[["mass"]].mass[-1])
    with pytest.raises(UserError, match="did you mean"):
        series.isel(time=-1)["enery"]
    (Path("runs") / "mine" / "series.h5").write_bytes(b"")
    assert "<th>trouble</th>" in parallel_nls.Run("runs/mine")._repr_html_()


def interrupting_after(simulation: Simulation, steps: int, times: int = 1) -> None:
    """Let SIGINT come within a step, before which so many were taken."""
    advance, taken = simulation.integrator.advance, 0

    def advancing(*arguments: Any, **named: Any) -> None:
        """Half of it is before the signal, as far as the field is concerned."""
        nonlocal taken
        taken += 1
        for _ in range(times if taken == steps + 1 else 0):
            os.kill(os.getpid(), signal.SIGINT)
        advance(*arguments, **named)

    simulation.integrator.advance = advancing  # type: ignore[method-assign]


def test_one_of_several_ranks_does_not_wait() -> None:
    """They would be interrupted after different steps, and wait for each other for ever."""
    with interrupted_between_steps(alone=True):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with interrupted_between_steps(alone=False):
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_waits_for_the_step() -> None:
    """As that of a notebook: the field is that of the time that is told, and goes on with the same bits."""
    whole, left = (Simulation(load_configuration("one_bubble", SMALL)) for _ in range(2))
    whole.advance(6)
    interrupting_after(left, 3)
    with pytest.raises(KeyboardInterrupt):
        left.advance(6)
    assert left.state.steps == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    left.advance(2)
    assert left.time == whole.time
    np.testing.assert_array_equal(left.field(), whole.field())


def test_what_is_left_within_a_step_does_not_go_on(tmp_path: Path) -> None:
    """Two interrupts do not wait, nor does anything else that goes wrong: no number of such a field is told."""
    broken = Simulation(load_configuration("one_bubble", SMALL))
    broken.advance(1)
    interrupting_after(broken, 0, times=2)
    with pytest.raises(KeyboardInterrupt):
        broken.advance(2)
    for call in (
        broken.advance,
        broken.step,
        broken.measure,
        broken.field,
        lambda: broken.save_state(tmp_path / "x.h5"),
    ):
        with pytest.raises(UserError, match=r"interrupted within a step, .* make another one, from the last file of"):
            call()
    broken.close()


@pytest.mark.parametrize(
    "overrides",
    [(), ("equation.hierarchy={level=1}",), ("equation={name='hartree',potential={kind='gaussian',width=1}}",)],
)
def test_what_is_made_of_a_field_leaves_the_simulation_alone(overrides: tuple[str, ...]) -> None:
    """A density matrix that is scaled in place, of both levels and of waves."""
    small = ["grid.points=9", "limits.spectral_tail=off", "equation.potential.strength=2.0"]
    simulation = open_simulation(load_configuration("mean_field_limit", [*overrides, *small]))
    before = simulation.measure()
    found = simulation.field()
    found *= 2
    np.testing.assert_equal(simulation.measure(), before)
