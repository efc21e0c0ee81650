"""Runs of even data on half or a quarter of the points: the runs on all of them, in series, files and figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls import Simulation, open_run
from parallel_nls.config import Configuration, load_configuration
from parallel_nls.decompose.command import measure
from parallel_nls.decompose.request import Request
from parallel_nls.decompose.setting import prepare
from parallel_nls.errors import DONE, UserError
from parallel_nls.output.even_meshes import EVEN
from parallel_nls.output.initial_file import find_initial_field
from parallel_nls.parallel.consensus import from_root
from parallel_nls.planning.memory import share_bytes
from parallel_nls.planning.resources import compute_resources, describe_resources
from parallel_nls.results.fields import StoredField, read_stored_field
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import run
from tests.config.refusal import message_of

WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]
mpi = pytest.mark.mpi
AXES = [["x"], ["y"], ["x", "y"]]
BOTH = "grid.even=['x','y']"


def gaussian(*overrides: str) -> Configuration:
    """A Gaussian that focuses and spreads, resolved to rounding, 40 steps, with overrides as after --set."""
    common = (
        "grid={points=[128, 144], length=[16.0, 18.0]}", "initial={kind='gaussian', amplitude=1.5, width=1.0}",
        "time={start=0.0, stop=0.4, step=0.01}", "diagnostics.every={steps=10}", "output.fields_every={steps=20}",
        "diagnostics.families=['conserved','virial','resolution']", "limits.spectral_tail=off",
    )  # fmt: skip
    return load_configuration("gaussian_collapse", [*common, *overrides])


def between(u: NDArray[np.complexfloating], even: list[str]) -> NDArray[np.complexfloating]:
    """A whole field half a spacing further along axes, by its trigonometric polynomial."""
    for name in even:
        axis = "xy".index(name)
        n = u.shape[axis]
        m = np.fft.fftfreq(n, 1 / n).reshape([-1 if a == axis else 1 for a in range(2)])
        u = np.fft.ifft(np.fft.fft(u, axis=axis) * np.exp(1j * np.pi * m / n), axis=axis)
    return u


@mpi
@pytest.mark.parametrize("even", AXES)
@pytest.mark.ranks(1, 2)
def test_it_is_the_run_of_the_whole_field(whole_run: WholeRun, even: list[str]) -> None:
    """Rows and stored fields, to the rounding of both; fields are read whole, any part of them."""
    (_, whole), (outcome, root) = whole_run(gaussian()), whole_run(gaussian(f"grid.even={even}"))
    assert outcome.exit_code == DONE
    one, other = open_run(root), open_run(whole)
    for name in ("mass", "energy", "variance", "variance_rate", "sup_norm", "sup_position"):
        found, expected = (run.columns[name].values for run in (one, other))
        np.testing.assert_allclose(found, expected, rtol=3e-13, atol=1e-11, err_msg=name)
    for stored, reference in zip(one.fields, other.fields, strict=True):
        u = stored.values()
        assert np.abs(u - between(reference.values(), even)).max() <= 1e-13
        np.testing.assert_array_equal(stored.density(), np.abs(u.real) ** 2 + u.imag**2)
        _check_parts(stored, u)


def _check_parts(stored: StoredField, u: NDArray[np.complexfloating]) -> None:
    """Any ranges, on one side of the origin or over it, with gaps; and empty ones."""
    assert u.shape == tuple(axis.points for axis in stored.axes()) == (128, 144)
    x = stored.coordinates()[0]
    np.testing.assert_allclose(x, (np.arange(128) - 64 + (0.5 if 0 in stored.even() else 0.0)) / 8, atol=1e-14)
    for ranges in (
        (slice(3, 9),), (slice(60, 70), slice(0, 144, 7)), (slice(70, 128), slice(10, 40)),
        (slice(5, 5), slice(None)), (slice(None), slice(71, 72)),
    ):  # fmt: skip
        np.testing.assert_array_equal(stored.values(*ranges), u[ranges])
        np.testing.assert_array_equal(stored.part("u_imag", *ranges), u[ranges].imag)


OWN = """
from parallel_nls import Monitor

def lopsided(u, gradient, x, y):
    flux = (u.conjugate() * gradient[1]).imag
    return (1 + x + x * y + y**2) * abs(u)**2 + y * flux + abs(gradient[0] + 2 * gradient[1])**2

class Whole(Monitor):
    def __init__(self, passes):
        pass
"""


@mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("even", AXES)
def test_own_densities_need_not_be_even(comm: MPI.Intracomm, shared_path: Path, even: list[str]) -> None:
    """Their integrals are those of the run on all points; a monitor of its own would see half of them."""
    if comm.rank == 0:
        (shared_path / "own.py").write_text(OWN)
    comm.Barrier()
    own = f"diagnostics.own=[{{name='own', file='{shared_path / 'own.py'}', function='lopsided'}}]"
    found = []
    for name, more in (("whole", []), ("even", [f"grid.even={even}"])):
        run(gaussian(own, "time.stop=0.1", *more), comm, shared_path / name)
        comm.Barrier()
        found.append(open_run(shared_path / name).columns["own"].values)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
    with pytest.raises(UserError, match="class Whole would see half of the points"):
        run(gaussian(own.replace("lopsided", "Whole"), f"grid.even={even}"), comm, shared_path / "refused")


@mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("even", AXES)
def test_functions_that_are_not_even_are_integrated_over_the_whole_plane(comm: MPI.Intracomm, even: list[str]) -> None:
    """By Python as in a run: at the mirror images too, of which this field has none in its rows."""
    names: dict[str, Any] = {}
    exec(OWN, names)  # noqa: S102
    found = [Simulation(gaussian(*more), comm).integrate(names["lopsided"]) for more in ([], [f"grid.even={even}"])]
    assert found[1] == pytest.approx(found[0], rel=1e-12)


@pytest.mark.parametrize("points", [4, 8, 16, 18, 20])
def test_few_points_have_a_spectral_tail(points: int) -> None:
    """That of the last cosine held, where the outer tenth has none; without one they would pass for resolved."""
    few = [f"grid={{points=[{points}, 24], length=[6.0, 9.0], even=['x', 'y']}}"]
    simulation = Simulation(gaussian(*few), MPI.COMM_SELF)
    u, n = simulation.field(), points // 2
    across, along = (np.cos(np.pi * np.arange(k)[:, None] * (np.arange(k) + 0.5) / k) for k in (n, 12))
    whole = np.abs(across @ u @ along.T).max(axis=1)
    expected = whole[min(int(np.ceil(0.9 * n)), n - 1) :].max() / whole.max()
    assert np.asarray(simulation.measure()["spectral_tail"])[0] == pytest.approx(expected, rel=1e-10)


GOING_ON = {
    "on all points": [],
    "on the same points": ["grid.even=['x']"],
    "on more points": ["grid.even=['x']", "grid.points=[192, 216]", "initial.interpolate=true"],
    "on more of all points": ["grid.points=[192, 216]", "initial.interpolate=true"],
}


@mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("name", GOING_ON)
def test_a_stored_field_starts_another_run(
    comm: MPI.Intracomm, shared_path: Path, whole_run: WholeRun, name: str
) -> None:
    """On all points, and on half of as many or more: each ends as the run on all points does."""
    (_, whole), (_, half) = whole_run(gaussian()), whole_run(gaussian("grid.even=['x']"))
    start = f"initial={{kind='file', file='{open_run(half).fields[1].path}'}}"
    run(gaussian(start, "time.start=0.2", *GOING_ON[name]), comm, shared_path / "run")
    comm.Barrier()
    found, expected = (open_run(root) for root in (shared_path / "run", whole))
    for quantity in ("mass", "energy", "variance", "sup_norm"):
        values = [one.columns[quantity].values[-1] for one in (found, expected)]
        np.testing.assert_allclose(values[0], values[1], rtol=1e-11, err_msg=quantity)
    if name == "on all points":
        assert np.abs(found.fields[-1].values() - expected.fields[-1].values()).max() <= 1e-12


@mpi
@pytest.mark.ranks(1, 2)
def test_a_whole_field_starts_no_even_run(comm: MPI.Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """It would have to be even; nor does a field that is even in another axis."""
    for config in (gaussian(), gaussian("grid.even=['x']")):
        _, root = whole_run(config)
        start = f"initial={{kind='file', file='{open_run(root).fields[1].path}'}}"
        with pytest.raises(UserError, match=r"holds no field that is even by grid\.even; give one of a run with the"):
            run(gaussian(start, "time.start=0.2", "grid.even=['y']"), comm, shared_path / "run")


@pytest.mark.parametrize("value", [1, [2], [-1], [0.5], [np.nan], "xy", [[0]]])
def test_a_forged_field_is_refused(tmp_path: Path, value: object) -> None:
    """What names axes that are none is damaged, whoever reads it."""
    run(gaussian(BOTH, "time.stop=0.2"), MPI.COMM_SELF, tmp_path / "run", quiet=True)
    path = open_run(tmp_path / "run").fields[0].path
    with h5py.File(path, "r+") as file:
        meshes = file["data/0/meshes"]
        for name in ("u", "density"):
            del meshes[name].attrs[EVEN]
            meshes[name].attrs[EVEN] = value
    for read in (read_stored_field, find_initial_field):
        with pytest.raises(UserError, match="damaged"):
            read(path)


@mpi
@pytest.mark.ranks(1, 2)
def test_stored_fields_are_decomposed(comm: MPI.Intracomm, whole_run: WholeRun) -> None:
    """To the parameters that a run on all points finds, for both of two bubbles that are mirror images."""
    common = [
        "diagnostics.families=['conserved']", "time.stop=-0.45", "grid={points=[192,192], length=[20.48,20.48]}",
        "time.step=0.005", "output.fields_every=0.05", "limits.spectral_tail=off",
    ]  # fmt: skip
    found = []
    for more in ([], [BOTH]):
        _, root = whole_run(load_configuration("two_bubbles", [*common, *more]))
        request = Request(open_run(root).fields[-1].path)
        found.append(measure(comm, from_root(comm, partial(prepare, request))).values)
    for name in ("scale", "center", "chirp", "phase", "remainder_l2"):
        # The box cuts bubbles off at 2e-9 of their height.
        np.testing.assert_allclose(found[1][name], found[0][name], rtol=2e-8, atol=5e-8, err_msg=name)


@mpi
@pytest.mark.ranks(1, 3)
def test_bubbles_stay_what_they_are(whole_run: WholeRun) -> None:
    """One bubble keeps to its formula as it does on all points; two are put there with what lies beyond the axes."""
    common = ["diagnostics.families=['conserved','distance']", "time.stop=-0.45", "time.step=0.0025"]
    off = []
    for more in ([], [BOTH]):
        config = load_configuration("one_bubble", [*common, "grid={points=[256,256], length=[20.0,20.0]}", *more])
        off.append(open_run(whole_run(config)[1]).columns["distance_l2"].values[-1])
    assert off[0] < 1e-8
    assert abs(off[1] - off[0]) < 1e-10


@mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize(
    ("overrides", "axis"), [(["initial.center=[0.1,0.0]"], "x"), (["initial.center=[0.0,1e-6]"], "y")]
)
def test_data_that_are_not_even_are_refused(
    comm: MPI.Intracomm, shared_path: Path, overrides: list[str], axis: str
) -> None:
    """On every rank, naming the axis; nothing is left."""
    with pytest.raises(UserError, match=rf"not even about {axis} = 0, off by .*remove \"{axis}\", or center them"):
        run(gaussian(BOTH, *overrides), comm, shared_path / "run")
    comm.Barrier()
    assert not (shared_path / "run").exists()


def test_a_quarter_of_the_memory_and_of_the_disk() -> None:
    """Counted beforehand."""
    whole, quarter = gaussian(), gaussian(BOTH)
    assert 4 * share_bytes(quarter.grid, 1) == share_bytes(whole.grid, 1)
    resources = [compute_resources(config, 1) for config in (whole, quarter)]
    assert resources[0].field_bytes == 4 * resources[1].field_bytes
    assert resources[0].points == 4 * resources[1].points
    assert "64 × 72 = 4608 points of 128 × 144, even in x and y, Δx = 0.125" in describe_resources(quarter, 1)


def test_it_is_written_only_where_it_is_asked_for() -> None:
    """Files and states of other runs are what they were; it is said of those that are even."""
    assert "even" not in gaussian().complete_toml()
    assert gaussian("grid.even=[]") == gaussian()
    assert "even" not in gaussian().grid.identity()
    config = gaussian(BOTH)
    assert 'even = ["x", "y"]' in config.complete_toml()
    assert config.grid.identity()["even"] == (0, 1)
    assert config.grid.describe() == "128 × 144 points in a periodic box 16 × 18, even in x and y"
    assert type(config).model_validate({**config.model_dump(), "grid": config.grid.finer()}).grid.even_axes == (0, 1)


MISTAKES = {
    "no axis": (["grid.even=['z']"], 'grid.even.0 = "z": unknown axis'),
    "a line": (
        ["equation.dimension=1", "grid={points=64, length=20.0, even=['x']}", "diagnostics.families=['resolution']",
         "initial={kind='gaussian', amplitude=1.0, width=1.0}"],
        "is for the plane; remove it",
    ),
    "odd points": ([BOTH, "grid.points=[81, 96]"], "grid.points.0 = 81: of an even axis half is held; give an even"),
    "noise": (
        [BOTH, "initial.noise=[{amplitude=1e-3, bandwidth=3.0, seed=1}]"], "noise is not even; remove initial.noise"
    ),
    "a family": (
        [BOTH, "diagnostics.families=['modulation']", "initial={kind='bubbles', bubbles=[{center=[0.0,0.0]}]}",
         "time={start=-0.5, stop=-0.4, step=0.01}"],
        'diagnostics.families: "modulation" is not measured of half the points; remove it, or grid.even',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    """With what to write instead."""
    overrides, said = MISTAKES[name]
    assert said in _message(overrides)


def _message(overrides: list[str]) -> str:
    common = [
        "grid={points=[80, 96], length=[12.0, 13.0]}", "time={start=0.0, stop=0.4, step=0.01}",
        "initial={kind='gaussian', amplitude=1.5, width=1.0}", "diagnostics.families=['resolution']",
        "diagnostics.every={steps=1}", "output.fields_every=off",
    ]  # fmt: skip
    return message_of("gaussian_collapse", [*common, *overrides])


@pytest.mark.parametrize("example", ["remainder_2d", "hartree_plane_2d"])
def test_other_systems_have_whole_fields(example: str) -> None:
    """The message says so."""
    assert "is not known with equation.name = " in message_of(example, [BOTH])
