"""Local sums that ride on the pass over a field: against those of a pass of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles import row_integrals
from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.localization.local_beside import LocalBeside
from parallel_nls.bubbles.localization.local_sums import FLUX_SIZE
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.weights import LocalWeights
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.row_integrals import SILENT, RowIntegrals
from parallel_nls.diagnostics.narrow_plane import WHOLE
from parallel_nls.diagnostics.passes import Keep
from parallel_nls.diagnostics.plane_passes import PlanePasses
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.spectral.box import FourierDomain
from tests.bubbles.fields import domain_of, measured
from tests.parallel.nodes import NODES, put_on_nodes
from tests.support import local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.numerics.arrays import RealArray

LENGTH = (13.0, 9.0)
CENTERS = np.array([[-3.0, 0.5], [1.5, 0.0], [3.6, -1.0]])


def random_waves(shape: tuple[int, int]) -> Any:
    """In every coefficient."""
    real, imaginary = np.random.default_rng(8).standard_normal((2, *shape))
    return real + 1j * imaginary


def both(
    comm: Intracomm, points: tuple[int, int], power: float, sign: float = 1.0
) -> tuple[RealArray, RealArray, RealArray]:
    """Integrals that rode, those of a pass of their own, and of moduli alone."""
    domain = FourierDomain(comm, points, LENGTH)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = local_part(domain.layouts[0], random_waves(points))
    completed = integrator.completed(integrator.start())
    passes, localization = PlanePasses(integrator.equation), Localization.of(CENTERS, (sign, 0.0))
    integrals = RowIntegrals(domain, passes, localization, 3.0, power, full=False, local=True)
    riding = integrals.riding
    assert riding is not None
    looks = (riding.add_rows,), (riding.add_columns,)
    passes.tables(completed, integrator.spare, None, Keep.SLOPES, *looks)

    def visit(kernel: Any, **options: Any) -> None:
        """Rows beside their gradient."""
        passes.visit_gradient(completed, integrator.spare, kernel, **options)

    found = riding.integrals(), integrals.local(visit), integrals.sizes(visit, WHOLE)
    domain.close()
    return found


@pytest.mark.mpi
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("power", [2.0, 4.0, 2.7])
@pytest.mark.parametrize("points", [(50, 36), (41, 64), (30, 27)])
def test_they_are_those_of_all_points(comm: Intracomm, points: tuple[int, int], power: float, sign: float) -> None:
    """To rounding of the moduli that are summed, of a field that is rough; moduli themselves to the last bit."""
    rode, own, sizes = both(comm, points, power, sign)
    # Of Φ'''' the terms are far larger than their sum.
    scale = np.abs(own[:, :FLUX_SIZE]).max(axis=0)
    assert (np.abs(rode - own)[:, :FLUX_SIZE] <= 1e-12 * scale).all()
    assert np.array_equal(rode[:, FLUX_SIZE:], np.zeros_like(sizes))
    np.testing.assert_array_equal(sizes, own[:, FLUX_SIZE:])


@pytest.mark.mpi
@pytest.mark.parametrize("nodes", NODES)
def test_they_have_the_same_bits_on_any_ranks(comm: Intracomm, monkeypatch: pytest.MonkeyPatch, nodes: str) -> None:
    """By messages, where a pass sees a part of the columns at a time, and through shared memory."""
    alone = both(MPI.COMM_SELF, (50, 36), 2.0)
    put_on_nodes(monkeypatch, nodes)
    together = both(comm, (50, 36), 2.0)
    assert [part.tobytes() for part in together] == [part.tobytes() for part in alone]


@pytest.mark.parametrize(
    ("points", "even", "direction", "serves"),
    [
        ((24, 20), (), (1.0, 0.0), True),
        ((24, 20), (), (0.0, 1.0), False),
        ((24, 20), (), (0.8, 0.6), False),
        ((24, 20), (1,), (1.0, 0.0), False),
    ],
)
def test_where_they_ride(
    points: tuple[int, int], even: tuple[int, ...], direction: tuple[float, float], serves: bool
) -> None:
    """Along the first axis of a plane of waves."""
    domain = FourierDomain(MPI.COMM_SELF, points, LENGTH, even=even)
    weights = LocalWeights(Localization.of(CENTERS, direction), domain)
    assert LocalBeside.serves(domain, weights) is serves
    domain.close()


def disturb(x: RealArray, y: RealArray) -> Any:
    """A small smooth disturbance of two bubbles at (∓2, 0), not symmetric."""
    return 0.05 * np.exp(-((x + 1.2) ** 2 + (y - 0.1) ** 2) / 0.9 + 1j * (2 * x - y))


@pytest.mark.mpi
def test_a_sample_whose_local_sums_rode_is_like_one_whose_did_not(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a field whose upper half is silent, whether that was known ahead or not; on all ranks with the same bits."""
    bubbles, results = (Bubble((-2.4, 0.0)), Bubble((2.4, 0.0), 1.0, 0.4)), list[list[Any]]()
    true = Parameters.of_bubbles(bubbles, 0.35)
    for ranks in (comm, MPI.COMM_SELF):
        field = measured(domain_of(ranks, 2, 800, 18.0), Analysis(bubbles, 0.0), true, disturb, remaining=0.35)
        results.append([])
        for silent in (0.0, SILENT, SILENT):
            monkeypatch.setattr(row_integrals, "SILENT", silent)
            # At another time: a second look at one leaves what is known ahead of the next.
            values = field.sampler.measure(field.state, field.time + 1e-9 * len(results[-1]))
            assert (field.monitor.views.riding is not None) is bool(silent)
            assert field.monitor.tracker.share == (8 if silent else WHOLE)
            results[-1].append(values)
        field.close()
    (first, second, third), alone = results
    for name in ("local_mass", "local_current", "local_terms", "local_acceleration"):
        size = np.abs(first["local_scale"]).max() if name != "local_mass" else 1.0
        np.testing.assert_allclose(second[name], first[name], rtol=1e-12, atol=1e-13 * size, err_msg=name)
    for name in ("local_flux", "local_scale"):  # moduli, of fewer points
        np.testing.assert_allclose(second[name], first[name], rtol=1e-2, err_msg=name)
    assert all(np.array_equal(second[name], third[name]) for name in second if name.startswith("local_"))
    for values, expected in zip(results[0], alone, strict=True):
        assert all(
            np.asarray(value).tobytes() == np.asarray(expected[name]).tobytes() for name, value in values.items()
        )
