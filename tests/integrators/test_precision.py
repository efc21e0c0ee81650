"""Single precision: the same steps to five digits, and no array of double precision behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.schedules import TICKS
from tests.integrators.controlled import controlled
from tests.integrators.problems import GAUSSIANS, made, relative_error, started, whole

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("points", [(48, 50), (250,), (243,)])
@pytest.mark.ranks(1, 2)
def test_steps_agree_with_double_precision(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Ten of them to 1e-5, but not to much more; the mass too."""
    fields = []
    for dtype in (np.complex64, np.complex128):
        integrator, state = started(made(comm, points, dtype=dtype), scheme)
        for _ in range(10):
            integrator.advance(state, 0.02)
        assert integrator.physical(state).dtype == state.field.dtype == dtype
        fields.append(whole(integrator, state))
    assert 1e-8 <= relative_error(*fields) <= 1e-5
    assert np.linalg.norm(fields[0]) == pytest.approx(np.linalg.norm(fields[1]), rel=1e-5)


@pytest.mark.ranks(1, 2)
def test_step_control_in_single_precision(comm: Intracomm) -> None:
    """A tolerance above its rounding is kept, with at most twice the steps of double precision."""
    fields, steps = [], []
    for dtype in (np.complex64, np.complex128):
        run = controlled(made(comm, (48, 50), dtype=dtype), "blanes-moan-rkn4", 1e-4, 0.5)
        while run.state.ticks < TICKS:
            assert run.advance() is None
        fields.append(whole(run.integrator, run.state))
        steps.append(run.state.steps)
    assert relative_error(*fields) <= 1e-5
    assert steps[0] <= 2 * steps[1]


def arrays_behind(thing: Any, seen: dict[int, Any]) -> list[np.ndarray]:
    """All complex arrays that an object of the package holds, however deep."""
    if id(thing) in seen:
        return []
    seen[id(thing)] = thing
    if isinstance(thing, np.ndarray):
        return [thing] if np.iscomplexobj(thing) else []
    parts: list[Any] = []
    if isinstance(thing, dict):
        parts = list(thing.values())
    elif isinstance(thing, list | tuple | set):
        parts = list(thing)
    elif type(thing).__module__.startswith(("parallel_nls", "tests")):
        parts = [getattr(thing, name) for name in getattr(thing, "__slots__", ())] + list(vars(thing).values())
    return [array for part in parts for array in arrays_behind(part, seen)]


@pytest.mark.parametrize("points", [(64, 60), (3600,)])
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-prk4"])
@pytest.mark.ranks(1, 2)
def test_all_large_arrays_are_single(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Shares and scratch blocks, those of samples and of step control included."""
    for dtype in (np.complex64, np.complex128):
        run = controlled(made(comm, points, dtype=dtype), scheme, 1e-4, 0.1)
        sampler = Sampler.of_field(run.integrator, GAUSSIANS[len(points)])
        assert run.advance() is None
        sampler.measure(run.state, 0.0)
        arrays = arrays_behind([run.control, run.state, sampler], {})
        large = [array for array in arrays if array.size >= 8 * max(run.integrator.domain.shape)]
        assert {array.dtype for array in large} == {np.dtype(dtype)}
        share = run.state.field.size
        # The state, the second buffer, two of step control, one more if a step begins with the linear flow.
        assert sum(array.size >= share for array in large) >= 4 + SCHEMES[scheme].drift_first
