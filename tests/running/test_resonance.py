"""Runs that meet a step-size resonance say so before, while and when it matters, and never ask for more points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mpi4py.MPI import COMM_SELF, Intracomm

from parallel_nls import open_run
from parallel_nls.config import FIELD_SYSTEMS, Configuration, counted, example_names, load_configuration, whole_number
from parallel_nls.equations.flows import PowerPhase
from parallel_nls.errors import DONE, STOPPED
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.resonance import strength
from parallel_nls.output.checkpoint import Values
from parallel_nls.planning.resources import describe_resources
from parallel_nls.running.limits import forecast
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import parts_of, small_run

START = """
import numpy as np

def fine(x, y):
    small = sum(np.cos(2 * np.pi * m * x / 8 + 1.7 * m * m) for m in range(1, 16))
    return 1 + 1e-9 * small + 0 * y

def along(x):
    return np.sqrt(2) / np.cosh(x)
"""


@pytest.fixture
def plane_wave(comm: Intracomm, shared_path: Path) -> Callable[..., Configuration]:
    """A function: a stable plane wave with small waves on top, in steps that meet resonances of theirs."""
    if comm.rank == 0:
        (shared_path / "start.py").write_text(START, encoding="utf-8")
    comm.Barrier()

    def make(*overrides: str) -> Configuration:
        """With overrides as after --set."""
        return small_run(
            'equation={name="defocusing-nls"}', "grid.points=[32,4]", "grid.length=[8.0,1.0]",
            f"initial={{kind='python', file='{shared_path / 'start.py'}', function='fine'}}",
            "time.scheme=strang", "time.start=0.0", "time.stop=30.0", "time.step=0.1", "limits.spectral_tail=1e-5",
            "diagnostics.every={steps=5}", "diagnostics.families=['conserved','resolution']",
            "output.fields_every=off", *overrides,
        )  # fmt: skip

    return make


def log_of(root: Path) -> str:
    """What a run has said."""
    return (root / "log.txt").read_text(encoding="utf-8")


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_run_that_resonates_stops(
    comm: Intracomm, shared_path: Path, plane_wave: Callable[..., Configuration]
) -> None:
    """It warns at the start, accumulates the gain, and names step and shell at the end."""
    outcome = run(plane_wave(), comm, shared_path / "run")
    comm.Barrier()
    assert outcome.exit_code == STOPPED
    assert outcome.reason.startswith("waves grow by resonance with the step 0.1: where ω(k)·step is near ")
    assert "more points do not help" in outcome.reason
    assert "take more points" not in outcome.reason
    number = int(outcome.reason.split("near ")[1].split("π")[0])
    assert 1 <= number <= (16 * 2 * np.pi / 8) ** 2 * 0.1 / np.pi + 1
    assert "warning: resonance with the step 0.1, where ω(k)·step = " in log_of(shared_path / "run")
    series = open_run(shared_path / "run").columns
    times, gains = series["time"].values, series["resonance_gain"].values
    # Of a plane wave of height 1 with Strang steps: the rate is 1.
    np.testing.assert_allclose(np.log(gains), times, rtol=1e-6)
    assert 1e-5 < outcome.values["resonance_content"] < 1e-3


@pytest.mark.mpi
def test_a_step_below_all_resonances_does_not(
    comm: Intracomm, shared_path: Path, plane_wave: Callable[..., Configuration]
) -> None:
    """And says nothing; the gain stays 1."""
    safe = np.pi / ((16 * 2 * np.pi / 8) ** 2 + (2 * 2 * np.pi) ** 2 + 5)
    config = plane_wave(f"time.step={safe!r}", f"time.stop={100 * safe!r}")
    assert run(config, comm, shared_path / "run").exit_code == DONE
    comm.Barrier()
    assert "resonance" not in log_of(shared_path / "run")
    assert set(open_run(shared_path / "run").columns["resonance_gain"].values) == {1.0}


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_the_gain_and_the_shells_have_the_same_bits(
    comm: Intracomm, shared_path: Path, plane_wave: Callable[..., Configuration]
) -> None:
    """On any number of ranks, and of a run that was left twice, also where the shells are looked at."""
    config = plane_wave("limits.spectral_tail=off", "limits.energy_drift=off", "time.stop=18.0")
    whole, left = shared_path / "whole", shared_path / "left"
    assert run(config, comm, whole).exit_code == DONE
    with leaving_after(33):
        run(config, comm, left)
    with parts_of(comm, {1}) as parts:
        for part in parts.values():
            with leaving_after(60):
                resume(part, left)
    comm.Barrier()
    outcome: RunOutcome = resume(comm, left)
    comm.Barrier()
    assert outcome.exit_code == DONE
    assert outcome.values["resonance_content"] > 0
    assert differences(whole, left) == []


@pytest.mark.mpi
def test_a_tail_that_resonance_may_have_made_asks_for_no_points(
    comm: Intracomm, shared_path: Path, plane_wave: Callable[..., Configuration], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the shells do not stand out, either."""
    monkeypatch.setattr("parallel_nls.diagnostics.shells._STANDS_OUT", 1e300)
    outcome = run(plane_wave("time.step=0.09", "time.stop=27.0"), comm, shared_path / "run")
    assert outcome.exit_code == STOPPED
    assert "resonance with the step may have amplified rounding by up to 3e+04 so far; " in outcome.reason
    assert "take a smaller step" in outcome.reason
    assert "points" not in outcome.reason


@pytest.mark.mpi
@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.ranks(1, 2)
def test_a_drift_of_the_energy_stops_a_run(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, adaptive: bool
) -> None:
    """Here of a flow whose nonlinearity is two percent too strong; at another level, or off, it goes on."""
    kernel = PowerPhase.kernel
    monkeypatch.setattr(PowerPhase, "kernel", lambda self, tau, *others: kernel(self, 1.1 * tau, *others))
    steps = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.01") if adaptive else ()
    outcome = run(small_run(*steps), comm, shared_path / "run")
    assert outcome.exit_code == STOPPED
    assert "limit reached: the energy has changed by " in outcome.reason
    remedy = "tolerance" if adaptive else "step"
    assert outcome.reason.endswith(f"more than limits.energy_drift = 0.01; take a smaller {remedy}")
    assert run(small_run(*steps, "limits.energy_drift=off"), comm, shared_path / "off").exit_code == DONE


def test_what_a_dry_run_says() -> None:
    """How many resonances the grid holds, from where on, the strongest one, and the gain it allows."""
    config = small_run("time.step=0.0025")
    largest = (np.pi * 64 / 16) ** 2 + (np.pi * 60 / 15) ** 2
    assert largest * 0.0025 < np.pi
    assert f"resonance  none: the step is below {np.pi / largest:.3g}" in describe_resources(config, 1)
    config = small_run("time.step=0.05", "time.stop=-0.1")
    numbers = np.arange(1, int(largest * 0.05 / np.pi) + 1)
    found = strength(composition(config.time.scheme), numbers)
    text = describe_resources(config, 1)
    assert f"m up to {numbers[-1]}, from |k| = {(np.pi / 0.05) ** 0.5:.4g} on" in text
    assert f"strongest c_{1 + int(np.argmax(found))} = {found.max():.3g}" in text
    assert f"exp({0.4 * found.max():.3g}·B)" in text
    assert "resonance" not in describe_resources(load_configuration("two_solitons_1d"), 1)


@pytest.mark.parametrize("name", example_names())
def test_no_example_is_warned_of(name: str) -> None:
    """At the start of none is a resonance foreseen that could matter, and rounding may be amplified little."""
    config = load_configuration(name)
    if config.system not in FIELD_SYSTEMS or config.equation.is_remainder:
        return
    plain = ["diagnostics.families=['conserved','virial','resolution']"]
    config = load_configuration(name, plain)
    if config.equation.dimension == 2:
        config = load_configuration(name, [*plain, "grid.points=[256,256]"])
    if config.adaptive:
        return
    simulation = Simulation(config, COMM_SELF)
    first = simulation.measure()
    simulation.close()
    assert first["resonance_gain"] == 1.0
    assert forecast(config, 2.2e-16, first) is None


def test_long_numbers_are_told_shortly() -> None:
    """Of a step that no wave of the grid suits: four digits of m, and a gain beyond any use as more than that."""
    overrides = ["initial={kind='gaussian',amplitude=1.0,width=1.0}", "grid.points=[32,32]", "time.start=0"]
    config = load_configuration(
        "one_bubble", [*overrides, "time.step=1e96", "time.stop=1e98", "diagnostics.families=['conserved']"]
    )
    first: Values = {"resonance_rate": 1.0, "resonance_number": 1.6726574158747535e97, "resonance_safe_step": 0.0622}
    told = forecast(config, 2.2e-16, first)
    assert told is not None
    assert "where ω(k)·step = 1.673e+97π, may amplify rounding by more than 1e1000000 until the stop" in told
    assert max(map(len, told.split())) < 20
    text = describe_resources(config, 1)
    assert "k²·step = mπ for m up to 1.608e+97, from |k| = 1.772e-48 on" in text
    assert whole_number(10**15 - 1) == "999999999999999"
    assert counted(10**400, "step") == "1.000e+400 steps"
