"""The packaged collision of two solitons of the cubic line: the exact two-soliton solution, and its shift."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.results.reader import Run, open_run
from parallel_nls.running.run import run
from tests.integrators.problems import Field, relative_error, two_solitons

SPEED, START, STOP = 2.0, 12.0, 12.0
SHIFT = np.log(1 + 4 / SPEED**2)
TURN = 2 * np.arctan(2 / SPEED)


@pytest.fixture(scope="module")
def collision(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The example as it is packaged."""
    root = tmp_path_factory.mktemp("collision") / "run"
    assert run(load_configuration("soliton_collision_1d"), MPI.COMM_SELF, root, quiet=True).exit_code == DONE
    return open_run(root)


def exact(x: Field, time: float) -> Field:
    """The solution that comes in as the sum of the two waves of the example, of the equation on the whole line."""
    k = np.array([1 + 0.5j * SPEED, 1 - 0.5j * SPEED])
    alone = np.log(2) + START * k * np.array([1, -1])
    # Where the first has passed, the second is multiplied by (k1 - k2)²/(k1* + k2)²: that is taken off.
    passed = np.log((k[0] - k[1]) ** 2 / (k[1] + k[0].conj()) ** 2)
    return two_solitons(x.real, time, k.tolist(), [complex(alone[0]), complex(alone[1] - passed)])


@pytest.mark.parametrize("entry", [0, 24, 25, 26, 50])
def test_the_run_is_the_exact_solution(collision: Run, entry: int) -> None:
    """Before, while and after they meet; the tolerance adds 1e-10, the overlap of the tails at the start e^{-24}."""
    field = collision.field(entry)
    assert relative_error(field.values, exact(field.x.values, 0.24 * entry)) <= 2e-9


def test_nothing_but_a_shift_remains(collision: Run) -> None:
    """Each wave has its mass and its height, and is ln(1 + 4/v²) ahead; for v = 2 a quarter turn, too."""
    field = collision.field(-1)
    x, u = field.x.values, field.values
    density = np.where(x > 0, np.abs(u) ** 2, 0.0)
    assert density.sum() * (x[1] - x[0]) == pytest.approx(4.0, abs=1e-9)
    place = (x * density).sum() / density.sum()
    assert place - (SPEED * STOP - START) == pytest.approx(SHIFT, abs=2e-9)
    alone = np.sqrt(2) / np.cosh(x - place) * np.exp(1j * (SPEED * (x + START) / 2 + (1 - SPEED**2 / 4) * STOP))
    # Against the wave without a shift, at the same points.
    turn = np.angle((u * alone.conj())[x > 0].sum())
    assert turn == pytest.approx(TURN, abs=1e-8)
    assert collision.columns["energy"].values[[0, -1]] == pytest.approx([8 / 3, 8 / 3], abs=1e-8)
    log = (collision.paths.root / "log.txt").read_text(encoding="utf-8")
    assert "warning" not in log
    assert "edge" not in log
