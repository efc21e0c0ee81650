"""The identities (3.14), (3.15) and 16E on runs of two bubbles: differences of the series against its right-hand sides.

What is left is the error of the differences: with a row each 0.001 about 1e-9 of the right-hand sides on a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.config import Configuration
from parallel_nls.errors import DONE
from parallel_nls.running.run import run
from tests.running.asymmetric_bubbles import Floats, columns_of, line_run, plane_run

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

CENTRAL = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60


def rate(times: Floats, values: Floats) -> Floats:
    """d/dt of order 6 from seven equidistant rows, without the first and last three."""
    h = (times[-1] - times[0]) / (len(times) - 1)
    np.testing.assert_allclose(np.diff(times), h, rtol=1e-9)
    slopes: Floats = sum(w * values[i : len(values) - 6 + i] for i, w in enumerate(CENTRAL)) / h
    return slopes


@dataclass(frozen=True)
class Balance:
    """Both sides of the local identities at all rows but the first and last three.

    Attributes
    ----------
    mass, current : float
        Largest error of (3.14) and (3.15), relative to the largest |2J_k|, and |q| + p/(p+2)·|s| + ½|b|.
    coefficient : float
        c of the least squares of dJ_k/dt = q - c·s - ½b.
    """

    mass: float
    current: float
    coefficient: float

    @classmethod
    def of(cls, series: dict[str, Floats], power: float, every: int = 1) -> Balance:
        """That of a series, of every so many rows."""
        rows = {name: column[::every] for name, column in series.items()}
        q, s, b = np.moveaxis(rows["local_terms"], -1, 0)
        current, acceleration = rows["local_current"], rows["local_acceleration"]
        size = np.max(np.abs(q) + power / (power + 2) * np.abs(s) + 0.5 * np.abs(b))
        inner = slice(3, -3)
        change = rate(rows["time"], current)
        of_power = (q - 0.5 * b)[inner] - change
        return cls(
            np.max(np.abs(rate(rows["time"], rows["local_mass"]) - 2 * current[inner])) / np.max(np.abs(2 * current)),
            np.max(np.abs(change - acceleration[inner])) / size,
            float(np.sum(of_power * s[inner]) / np.sum(s[inner] ** 2)),
        )


def series_of(config: Configuration, comm: Intracomm, root: Path) -> dict[str, Floats]:
    """What a whole run has measured."""
    assert run(config, comm, root).exit_code == DONE
    comm.Barrier()
    return columns_of(root)


def check_series(series: dict[str, Floats], mass: float, current: float, virial: float) -> None:
    """The residuals that the series tells itself, and 16E."""
    assert np.max(np.abs(series["mass_identity"][3:-3])) < mass
    assert np.max(np.abs(series["current_identity"][3:-3])) < current
    acceleration = rate(series["time"], series["variance_rate"])
    np.testing.assert_allclose(acceleration, 16 * series["energy"][3:-3], rtol=virial)


@pytest.mark.ranks(1, 2)
def test_on_a_line(comm: Intracomm, shared_path: Path) -> None:
    """To 1e-8 of the right-hand sides; so is the coefficient 2/3; and what is left falls with the sixth order."""
    series = series_of(line_run(), comm, shared_path / "run")
    found = Balance.of(series, 4)
    assert found.mass < 2e-9
    assert found.current < 1e-8
    assert found.coefficient == pytest.approx(2 / 3, abs=1e-7)
    check_series(series, mass=1e-9, current=5e-9, virial=1e-8)
    wide, wider = Balance.of(series, 4, 2), Balance.of(series, 4, 4)
    assert wider.mass > 25 * wide.mass > 25**2 * found.mass
    assert wider.current > 25 * wide.current > 25**2 * found.current


@pytest.mark.ranks(1, 2)
def test_in_a_plane(comm: Intracomm, shared_path: Path) -> None:
    """To 1e-6 of the right-hand sides, as the grid allows; the coefficient 1/2, and 16E."""
    series = series_of(plane_run("time.start=-0.44", "time.stop=-0.4"), comm, shared_path / "run")
    found = Balance.of(series, 2)
    assert found.mass < 1e-8
    assert found.current < 1e-6
    assert found.coefficient == pytest.approx(1 / 2, abs=2e-6)
    check_series(series, mass=1e-8, current=2e-7, virial=1e-6)


@pytest.mark.parametrize("direction", ["[1.0,0.0]", "[0.0,1.0]", "[1.0,-0.3]"])
@pytest.mark.ranks(1, 2)
def test_three_bubbles_in_a_plane(comm: Intracomm, shared_path: Path, direction: str) -> None:
    """Out of order and with different gaps, told apart along either axis and an oblique direction."""
    bubbles = "[{center=[-2.5,-1.0]}, {center=[2.5,0.5], frequency=1.2, phase=0.4}, {center=[0.5,3.0], phase=1.0}]"
    config = plane_run(
        f"initial.bubbles={bubbles}", f"modulation.direction={direction}", "grid.points=[288,288]",
        "grid.length=[20.0,20.0]", "time.stop=-0.46",
    )  # fmt: skip
    found = Balance.of(series_of(config, comm, shared_path / "run"), 2)
    assert found.mass < 3e-8
    assert found.current < 5e-7
    assert found.coefficient == pytest.approx(1 / 2, abs=1e-7)


@pytest.mark.parametrize("power", [2.0, 3.0, 4.0, 5.0])
@pytest.mark.ranks(1, 2)
def test_other_powers(comm: Intracomm, shared_path: Path, power: float) -> None:
    """For any solution and power the coefficient is p/(p+2)."""
    config = line_run(
        "initial={kind='gaussian', amplitude=1.0, width=1.5, center=[-0.4]}", f"equation.power={power}",
        "modulation.bubbles=[{center=-2.0}, {center=1.0}]", "grid.points=[512]",
        "time.start=0.0", "time.stop=0.05", "time.step=1e-3",
    )  # fmt: skip
    found = Balance.of(series_of(config, comm, shared_path / "run"), power)
    assert found.mass < 1e-9
    assert found.current < 1e-10
    assert found.coefficient == pytest.approx(power / (power + 2), abs=1e-10)
