"""Guards of identities on real runs: which one trips for which mistake, on coarse grids, and not on good runs.

The guards look at rows, on rank 0, and rows have the same bits on any number of ranks: one case of each kind runs on
one and on three, the others once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.bubbles.analysis import BubbleMonitor
from parallel_nls.config import Configuration
from parallel_nls.equations.flows import FreeSchroedingerLine, PowerPhase
from parallel_nls.equations.nls import NLS
from parallel_nls.errors import DONE, STOPPED
from parallel_nls.running.run import run
from tests.running.asymmetric_bubbles import line_run, plane_run

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet
    from mpi4py.MPI import Intracomm

    from parallel_nls.contracts import Integrals
    from parallel_nls.spectral.sweeps import BlockKernel

Values = dict[str, NDArray[np.float64]]
Mistake = Callable[[], AbstractContextManager[object]]

LEVEL = 1e-5
LIMIT = f"limits.identity={LEVEL}"
LOCAL_ALONE = "diagnostics.families=['localized']"


def first_on_ranks(cases: Iterable[str]) -> list[ParameterSet]:
    """The names of cases, the first one as a test on several ranks."""
    first, *others = cases
    return [pytest.param(first, marks=[pytest.mark.mpi, pytest.mark.ranks(1, 3)]), *map(pytest.param, others)]


def summary_of(root: Path) -> dict[str, Any]:
    """How a run has ended."""
    document: dict[str, Any] = json.loads((root / "summary.json").read_text(encoding="utf-8"))
    return document


def faster(flow: type[PowerPhase | FreeSchroedingerLine]) -> Mistake:
    """A flow of an equation whose term is 1 percent too large."""
    kernel: Callable[..., BlockKernel] = flow.kernel

    def wrong(self: object, tau: float, *others: object) -> BlockKernel:
        """The flow for a longer time."""
        return kernel(self, 1.01 * tau, *others)

    return lambda: mock.patch.object(flow, "kernel", wrong)


def measured(change: Callable[[Values], Values]) -> Mistake:
    """Local quantities, some of which are replaced."""
    measure = BubbleMonitor._local

    def wrong(self: BubbleMonitor, integrals: NDArray[np.float64]) -> Values:
        """What is measured, with the mistake."""
        values = {name: np.asarray(value) for name, value in measure(self, integrals).items()}
        return values | change(values)

    return lambda: mock.patch.object(BubbleMonitor, "_local", wrong)


def term(number: int, share: float) -> Mistake:
    """A term of the local acceleration with a wrong coefficient."""
    return measured(
        lambda values: {"local_acceleration": values["local_acceleration"] + share * values["local_terms"][:, number]}
    )


def _wrong_acceleration(_: NLS, integrals: Integrals) -> float:
    return 8 * integrals.gradient - 2.7 * integrals.potential


VIRIAL, MASS, CURRENT = "16E", "(3.14)", "(3.15)"
MISTAKES: dict[str, tuple[Mistake, set[str]]] = {
    "focusing too strong": (faster(PowerPhase), {VIRIAL, CURRENT}),
    "dispersion too strong": (faster(FreeSchroedingerLine), {VIRIAL, MASS, CURRENT}),
    "current": (measured(lambda values: {"local_current": 1.01 * values["local_current"]}), {MASS, CURRENT}),
    "mass": (measured(lambda values: {"local_mass": 1.01 * values["local_mass"]}), {MASS}),
    "hessian": (term(0, 0.01), {CURRENT}),
    "coefficient of the power": (term(1, 0.01), {CURRENT}),
    "bilaplacian": (term(2, 0.01), {CURRENT}),
    "sign of the bilaplacian": (term(2, 1.0), {CURRENT}),
    "16E": (lambda: mock.patch.object(NLS, "variance_acceleration", _wrong_acceleration), {VIRIAL}),
}


def in_the_band(*overrides: str) -> Configuration:
    """A bubble where Φ_1 passes into Φ_2, so that every term of the identities is as large as the others."""
    return line_run(
        "initial={kind='bubbles', bubbles=[{center=0.3}]}", "modulation.bubbles=[{center=-2.0}, {center=2.0}]",
        "grid.points=[640]", "time.stop=-0.48", "time.step=1e-3", "diagnostics.every={steps=1}", *overrides,
    )  # fmt: skip


def broken(root: Path) -> set[str]:
    """The identities that a run has found violated beyond the level."""
    identities = summary_of(root)["identities"]
    assert all(largest is not None for largest in identities.values())
    return {name.split(" ")[0] for name, largest in identities.items() if largest > LEVEL}


@pytest.mark.parametrize("name", first_on_ranks(MISTAKES))
def test_each_mistake_breaks_its_identities(comm: Intracomm, shared_path: Path, name: str) -> None:
    """And no other ones."""
    mistake, expected = MISTAKES[name]
    with mistake():
        assert run(in_the_band(), comm, shared_path / "run").exit_code == DONE
    comm.Barrier()
    assert broken(shared_path / "run") == expected


NAMED = {
    "16E": ("16E", (), "16E"),
    "focusing": ("focusing too strong", (LOCAL_ALONE,), "(3.15) of bubble 1"),
    "dispersion": ("dispersion too strong", (LOCAL_ALONE,), "(3.14) of bubble 1"),
    "coefficient": ("coefficient of the power", (), "(3.15) of bubble 1"),
}


@pytest.mark.parametrize("name", first_on_ranks(NAMED))
def test_with_a_limit_a_mistake_stops_the_run(comm: Intracomm, shared_path: Path, name: str) -> None:
    """As soon as there are seven rows; the reason names the identity."""
    mistake, overrides, expected = NAMED[name]
    with MISTAKES[mistake][0]():
        outcome = run(in_the_band(LIMIT, *overrides), comm, shared_path / "run")
    comm.Barrier()
    assert outcome.exit_code == STOPPED
    assert f" of the identity {expected} at t = -0.497 exceeds limits.identity = 1e-05; " in outcome.reason
    summary = summary_of(shared_path / "run")
    assert (summary["exit_code"], summary["end_reason"], summary["steps"]) == (STOPPED, outcome.reason, 6)


FEW_POINTS = ("grid.points=[256]", "grid.length=[24.0]")
TOO_FAR = ("grid.points=[768]", "grid.length=[24.0]", "time.start=-0.25", "time.stop=-0.02")
COARSE = {
    "coarse": (line_run, (*FEW_POINTS, "time.start=-0.48"), "16E", (-0.46, -0.43)),
    "coarse, local": (line_run, (*FEW_POINTS, LOCAL_ALONE, "time.start=-0.42"), CURRENT, (-0.37, -0.34)),
    "too far": (line_run, TOO_FAR, "16E", (-0.16, -0.14)),
    "too far, local": (line_run, (*TOO_FAR, LOCAL_ALONE), CURRENT, (-0.16, -0.13)),
    "plane": (plane_run, ("grid.points=[160,160]", "grid.length=[20.0,20.0]"), CURRENT, (-0.5, -0.47)),
    "plane, local": (
        plane_run, ("grid.points=[128,128]", "grid.length=[20.0,20.0]", LOCAL_ALONE), MASS, (-0.5, -0.48),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", first_on_ranks(COARSE))
def test_a_run_that_is_not_resolved_stops(comm: Intracomm, shared_path: Path, name: str) -> None:
    """With no limit of the spectral tail; the reason names the identity that fails first, of the first bubble."""
    make, overrides, expected, (earliest, latest) = COARSE[name]
    outcome = run(make(*overrides, LIMIT), comm, shared_path / "run")
    comm.Barrier()
    summary = summary_of(shared_path / "run")
    assert (outcome.exit_code, summary["exit_code"], summary["end_reason"]) == (STOPPED, STOPPED, outcome.reason)
    assert f"of the identity {expected}" in outcome.reason
    assert earliest < summary["end_time"] < latest


GOOD = {
    "line": line_run("time.start=-0.4", "time.stop=-0.3", LIMIT),
    "plane": plane_run("grid.points=[256,192]", "grid.length=[20.0,15.0]", "time.stop=-0.4", LIMIT),
    "diagonal": plane_run(
        "initial={kind='bubbles', bubbles=[{center=[-1.5,-1.5]}, {center=[1.5,1.5], frequency=1.2, phase=0.4}]}",
        "grid.points=[320,320]",
        "grid.length=[20.0,20.0]",
        "time.stop=-0.44",
        LIMIT,
    ),
    "band": in_the_band(LIMIT),
    "rows too far apart for the differences": line_run("time.start=-0.35", "diagnostics.every={steps=20}", LIMIT),
}


@pytest.mark.parametrize("name", first_on_ranks(GOOD))
def test_a_good_run_goes_on_to_its_end(comm: Intracomm, shared_path: Path, name: str) -> None:
    """With the limit in force, and all identities looked at."""
    outcome = run(GOOD[name], comm, shared_path / "run")
    comm.Barrier()
    assert (outcome.exit_code, outcome.reason) == (DONE, "stop time reached")
    assert broken(shared_path / "run") == set()
    assert "the identity " not in (shared_path / "run" / "log.txt").read_text(encoding="utf-8")
