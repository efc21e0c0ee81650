"""Noise and normalisation of initial data: values, spectrum, bits on any ranks, a resume, and what is refused."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import minimize

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.numerics.random_numbers import key_of, two_words
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import digest, gather_field, small_bubbles_on_line, small_line, small_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration
    from tests.one_rank import OneRank

PLAIN = "diagnostics.families=['conserved']"
ZERO = "def u0(*x):\n    return 0.0\n"
NOISE = "initial.noise=[{amplitude=0.3, bandwidth=3.0, seed=5}]"
TWO = "initial.noise=[{amplitude=0.3, bandwidth=3.0, seed=5}, {amplitude=0.01, bandwidth=5.5, seed=6}]"
SMALL: dict[str, Callable[..., Configuration]] = {"line": small_line, "plane": small_run}


def silence(comm: Intracomm, folder: Path) -> str:
    """An override: nothing but what is added."""
    if comm.rank == 0:
        (folder / "zero.py").write_text(ZERO)
    comm.Barrier()
    return f"initial={{kind='python', file='{folder}/zero.py'}}"


def by_points(simulation: Simulation) -> np.ndarray:
    """The whole field by its points."""
    domain = simulation.domain
    whole = gather_field(domain.layouts[0], simulation.field())
    return np.asarray(whole.transpose(domain.natural_order).reshape(domain.points))


def peak_of(values: np.ndarray) -> float:
    """The largest modulus of the trigonometric polynomial through all points, near the largest of them."""
    coefficients = np.fft.fftn(values) / values.size
    waves = [np.fft.fftfreq(n, 1 / n) for n in values.shape]

    def below(place: np.ndarray) -> float:
        """−|u| at a place in cells."""
        found = coefficients
        for n, k, cells in zip(values.shape, waves, place, strict=True):
            found = np.tensordot(np.exp(2j * pi * k * cells / n), found, axes=(0, 0))
        return -abs(complex(found))

    start = np.unravel_index(np.argmax(abs(values)), values.shape)
    return -float(minimize(below, np.array(start, dtype=float), method="Nelder-Mead", tol=1e-12).fun)


def box_of(simulation: Simulation) -> list[np.ndarray]:
    """Coordinates of all points along each axis."""
    domain = simulation.domain
    return [-L / 2 + L / n * np.arange(n) for n, L in zip(domain.points, domain.length, strict=True)]


def gaussian_of(seed: int, first: int, second: int) -> complex:
    """A complex normal number from the words of numpy."""
    counter = np.array([0, first % 2**64, second % 2**64, 0], dtype=np.uint64)
    a, b = np.random.Philox(key=np.random.Philox(seed).state["state"]["key"], counter=counter).random_raw(2)
    v, w = ((int(a) >> 11) + 0.5) / 2**53, (int(b) >> 11) / 2**53
    return complex(sqrt(-np.log(v)) * np.exp(2j * pi * w))


def noise_by_formula(
    axes: Sequence[np.ndarray], length: Sequence[float], amplitude: float, bandwidth: float, seed: int
) -> np.ndarray:
    """The sum over wavenumbers, as docs/configuration.md has it."""
    reach = [int(bandwidth * L / (2 * pi)) + 1 for L in length]
    modes = [(m, 0) for m in range(-reach[0], reach[0] + 1)]
    if len(length) == 2:
        modes = [(m, n) for m, _ in modes for n in range(-reach[1], reach[1] + 1)]
    held = [m for m in modes if sum((2 * pi * j / L) ** 2 for j, L in zip(m, length, strict=False)) <= bandwidth**2]
    found = np.zeros([x.size for x in axes], dtype=complex)
    for m in held:
        waves = [np.exp(2j * pi * j / L * x) for j, L, x in zip(m, length, axes, strict=False)]
        found += gaussian_of(seed, *m) * (waves[0] if len(waves) == 1 else np.multiply.outer(*waves))
    return found * amplitude / sqrt(len(held))


def test_words_are_those_of_numpy() -> None:
    """For keys, and for integers of any sign."""
    for seed in (0, 1, 2**63 - 1):
        key = key_of(seed)
        np.testing.assert_array_equal(key, np.random.Philox(seed).state["state"]["key"])
        for first, second in ((0, 0), (1, 0), (-1, 7), (3, -(2**40)), (2**62, -5)):
            counter = np.array([0, first % 2**64, second % 2**64, 0], dtype=np.uint64)
            words = np.random.Philox(key=key, counter=counter).random_raw(2)
            assert [int(word) for word in two_words(key, first, second)] == [int(word) for word in words]


@pytest.mark.mpi
@pytest.mark.parametrize("name", SMALL)
def test_noise_is_what_the_formula_says(comm: Intracomm, shared_path: Path, name: str) -> None:
    """The sum of two, against their sums over wavenumbers with random numbers of numpy."""
    noises = TWO.replace("3.0", "0.9").replace("5.5", "1.5") if name == "line" else TWO
    simulation = Simulation(SMALL[name](silence(comm, shared_path), noises, PLAIN), comm)
    axes, length = box_of(simulation), simulation.domain.length
    first, second = simulation.config.initial.noise
    expected = sum(
        noise_by_formula(axes, length, each.amplitude, each.bandwidth, each.seed) for each in (first, second)
    )
    np.testing.assert_allclose(by_points(simulation), expected, rtol=0, atol=3e-15)


@pytest.mark.mpi
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", SMALL)
def test_noise_stays_below_its_bandwidth(comm: Intracomm, shared_path: Path, name: str, precision: str) -> None:
    """Above it the spectrum is zero but for rounding; the root mean square is what so many modes allow."""
    tolerance = ("time.tolerance=1e-4",) if name == "line" else ()
    single = f"grid.precision={precision}"
    simulation = Simulation(SMALL[name](silence(comm, shared_path), NOISE, single, PLAIN, *tolerance), comm)
    values, rounding = by_points(simulation), float(np.finfo(simulation.domain.dtype).eps)
    spectrum = np.fft.fftn(values) / values.size
    domain = simulation.domain
    k = [2 * pi / L * n * np.fft.fftfreq(n) for n, L in zip(domain.points, domain.length, strict=True)]
    squares = sum(a**2 for a in np.meshgrid(*k, indexing="ij"))
    within = squares <= 9.0
    assert np.abs(spectrum[~within]).max() <= rounding * np.abs(spectrum).max()
    assert np.abs(spectrum[within]).min() > 0
    modes = np.count_nonzero(within)
    assert modes > 70
    mean_square = np.mean(np.abs(values) ** 2)
    assert abs(mean_square / 0.09 - 1) < 3.5 / sqrt(modes)
    # Independent of each other, and not a real function.
    parts = spectrum[within].real, spectrum[within].imag
    assert abs(np.mean(parts[0] * parts[1])) < 3.5 * 0.09 / (2 * modes * sqrt(modes))
    assert np.mean(parts[0] ** 2) == pytest.approx(np.mean(parts[1] ** 2), rel=5 / sqrt(modes))


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_the_mean_over_seeds(comm: Intracomm, shared_path: Path) -> None:
    """Of the mean square a², with the standard deviation a²/√M; different seeds are independent."""
    nothing = silence(comm, shared_path)
    found, fields = list[float](), list[np.ndarray]()
    for seed in range(40):
        noise = f"initial.noise=[{{amplitude=2.0, bandwidth=0.4, seed={seed}}}]"
        simulation = Simulation(small_line(nothing, noise, PLAIN, "grid.points=60", "time.tolerance=1e-3"), comm)
        found.append(float(simulation.measure()["mass"]) / 80.0 / 4.0)
        fields.append(by_points(simulation))
        simulation.close()
    modes = 2 * int(0.4 * 80 / (2 * pi)) + 1
    assert abs(np.mean(found) - 1) < 3.5 / sqrt(40 * modes)
    assert np.std(found) == pytest.approx(1 / sqrt(modes), rel=0.4)
    overlaps = [abs(np.vdot(fields[0], other)) / 60 / 4 for other in fields[1:]]
    assert np.mean(overlaps) < 2 / sqrt(modes)


@pytest.mark.mpi
def test_a_finer_grid_has_the_same_noise(comm: Intracomm, shared_path: Path) -> None:
    """At the points that they share, on the line and in the plane, with another number of points on each axis."""
    nothing = silence(comm, shared_path)
    for name, coarse, fine, every in (("line", "600", "1800", (3,)), ("plane", "[64, 60]", "[128, 180]", (2, 3))):
        few, many = (
            by_points(Simulation(SMALL[name](nothing, NOISE, PLAIN, f"grid.points={points}"), comm))
            for points in (coarse, fine)
        )
        np.testing.assert_allclose(many[tuple(slice(None, None, n) for n in every)], few, rtol=0, atol=3e-15)


@pytest.mark.mpi
def test_a_wider_noise_has_the_same_numbers(comm: Intracomm, shared_path: Path) -> None:
    """Its coefficients below the narrower bandwidth are the same up to the factor of the number of modes."""
    nothing = silence(comm, shared_path)
    wide = NOISE.replace("3.0", "6.0")
    narrow, other = (
        np.fft.fft2(by_points(Simulation(small_run(nothing, noise, PLAIN), comm))) for noise in (NOISE, wide)
    )
    held = np.abs(narrow) > 1e-9 * np.abs(narrow).max()
    factors = other[held] / narrow[held]
    np.testing.assert_allclose(factors, factors[0], rtol=1e-11)
    assert abs(factors[0].imag) < 1e-12


FUNCTION = "import numpy as np\ndef wave(x):\n    return np.exp(-x**2 + 0.5j * x)\n"
KINDS = {
    "solitons": (small_line, ()),
    "bubbles on the line": (small_bubbles_on_line, ()),
    "bubbles": (small_run, ()),
    "gaussian": (small_run, ("initial={kind='gaussian', amplitude=0.7, width=1.0, chirp=0.3}",)),
    "python": (small_line, ("initial={{kind='python', file='{}/start.py', function='wave'}}",)),
    "file": (small_line, ("initial={{kind='file', file='{}/start.npy'}}",)),
}
SCALINGS = ("mass = 1.75", "peak = 0.6")


def of_kind(name: str, comm: Intracomm, folder: Path, *overrides: str) -> Configuration:
    """A small run of each kind of initial data."""
    if comm.rank == 0:
        (folder / "start.py").write_text(FUNCTION)
        np.save(folder / "start.npy", np.cos(np.linspace(0, 2, 3000)) + 0.1j)
    comm.Barrier()
    small, own = KINDS[name]
    return small(*(text.format(folder) if "{}" in text else text for text in own), PLAIN, *overrides)


@pytest.mark.mpi
@pytest.mark.parametrize("name", KINDS)
def test_mass_and_peak_are_as_asked(comm: Intracomm, shared_path: Path, name: str) -> None:
    """With noise, the peak between the points; the field is that without scaling times one factor."""
    plain = by_points(Simulation(of_kind(name, comm, shared_path, NOISE), comm))
    for scaling in SCALINGS:
        simulation = Simulation(of_kind(name, comm, shared_path, NOISE, f"initial.normalise={{{scaling}}}"), comm)
        kind, value = scaling.split(" = ")
        found = by_points(simulation)
        if kind == "mass":
            assert simulation.measure()["mass"] == pytest.approx(float(value), rel=1e-14)
        elif name != "file":  # whose ends do not fit together
            bound = 1e-5 if name == "bubbles" else 1e-7  # as far as the grid resolves them
            assert peak_of(found) == pytest.approx(float(value), rel=bound)
            assert 0.97 < simulation.measure()["sup_norm"] / float(value) < 1 + bound
        factor = np.vdot(plain, found) / np.vdot(plain, plain)
        np.testing.assert_allclose(found, factor * plain, rtol=0, atol=1e-14)
        assert abs(factor.imag) < 1e-14 * factor.real


@pytest.mark.mpi
@pytest.mark.parametrize("even", ["[]", '["x"]', '["x", "y"]'])
def test_a_peak_is_that_of_the_function_wherever_its_points_are(comm: Intracomm, shared_path: Path, even: str) -> None:
    """e^{−x²/2} of the peak 2 has the mass 4π in the plane; on a line at any place, also across the end of the box."""
    free = "limits.spectral_tail=off"
    plane = ("grid.points=[48,48]", f"grid.even={even}", "initial.normalise={peak=2.0}", free)
    found = Simulation(load_configuration("gaussian_collapse", plane), comm).measure()
    assert found["mass"] == pytest.approx(4 * pi, rel=1e-12)
    assert found["energy"] == pytest.approx(0.0, abs=1e-11)
    if comm.rank == 0:
        text = "import numpy as np\ndef u{0}(x):\n    return np.exp(6 * np.cos(np.pi / 8 * (x - {0} / 100)))\n"
        (shared_path / "waves.py").write_text("".join(text.format(center) for center in (0, 35, 799)))
    comm.Barrier()
    for center in (0, 35, 799):
        start = (
            f"initial={{kind='python', file='{shared_path}/waves.py', function='u{center}', normalise={{peak=1.5}}}}"
        )
        line = ("grid={points=64,length=16.0}", start, free)
        found = Simulation(load_configuration("gaussian_collapse_1d", line), comm).measure()
        assert found["mass"] == pytest.approx(2.25 * 16 * np.i0(12) * np.exp(-12), rel=1e-9)


@pytest.mark.mpi
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.ranks(2, 3, 4)
def test_the_same_bits_on_any_ranks(comm: Intracomm, shared_path: Path, one_rank: OneRank, name: str) -> None:
    """Of the field and of what is measured."""
    configs = [of_kind(name, comm, shared_path, TWO, f"initial.normalise={{{scaling}}}") for scaling in SCALINGS]

    def bits(comm: Intracomm) -> list[str]:
        """Of each scaling."""
        simulations = [Simulation(config, comm) for config in configs]
        return [digest(by_points(one), np.array(one.measure()["mass"])) for one in simulations]

    assert one_rank.agrees(bits)


@pytest.mark.mpi
def test_ranks_without_rows(comm: Intracomm, shared_path: Path) -> None:
    """A line of four points has two rows: other ranks hold nothing."""
    overrides = ("grid.points=4", "initial.noise=[{amplitude=1, bandwidth=0.1, seed=1}]", "initial.normalise={mass=2}")
    config = small_line(silence(comm, shared_path), PLAIN, *overrides)
    assert Simulation(config, comm).measure()["mass"] == pytest.approx(2.0, rel=1e-15)


@pytest.mark.mpi
def test_a_run_with_noise_goes_on(comm: Intracomm, shared_path: Path, one_rank: OneRank) -> None:
    """On other ranks, with the same bits; its directory tells of noise and scaling; other noise is refused."""
    config = small_run(PLAIN, TWO, "initial.normalise={mass=2.5}", "time.stop=-0.48")
    whole = one_rank.runs(config)
    with leaving_after(3):
        assert run(config, comm, shared_path / "left").exit_code == RESUMABLE
    comm.Barrier()
    stored = shared_path / "left" / "config.toml"
    text = stored.read_text(encoding="utf-8")
    assert "[initial.normalise]\nmass = 2.5\n" in text
    assert "[[initial.noise]]\namplitude = 0.3\nbandwidth = 3.0\nseed = 5\n" in text
    comm.Barrier()
    if comm.rank == 0:
        stored.write_text(text.replace("seed = 5", "seed = 7"), encoding="utf-8")
    comm.Barrier()
    with pytest.raises(UserError, match=r"initial\.noise\.0\.seed = 7 instead of 5"):
        resume(comm, shared_path / "left")
    comm.Barrier()
    if comm.rank == 0:
        stored.write_text(text, encoding="utf-8")
    comm.Barrier()
    assert resume(comm, shared_path / "left").exit_code == DONE
    comm.Barrier()
    assert differences(whole, shared_path / "left") == []
    shown = describe_run(shared_path / "left")
    assert "noise of root mean square 0.3 in |k| ≤ 3, seed 5" in shown
    assert "scaled to mass 2.5" in shown


@pytest.mark.mpi
def test_a_distance_is_to_the_wave_without_noise(comm: Intracomm) -> None:
    """At the start it is the norm of the noise."""
    simulation = Simulation(small_bubbles_on_line("initial.noise=[{amplitude=1e-3, bandwidth=2.0, seed=3}]"), comm)
    domain = simulation.domain
    noise = noise_by_formula(box_of(simulation), domain.length, 1e-3, 2.0, 3)
    expected = sqrt(domain.cell * float(np.sum(np.abs(noise) ** 2)))
    assert simulation.measure()["distance_l2"] == pytest.approx(expected, rel=1e-11)


@pytest.mark.mpi
def test_zero_is_not_scaled(comm: Intracomm, shared_path: Path) -> None:
    """One message on all ranks, before anything is written."""
    config = small_line(silence(comm, shared_path), PLAIN, "initial.normalise={mass=1}")
    with pytest.raises(UserError, match=r"initial\.normalise: the initial data are zero on the grid; give others"):
        run(config, comm, shared_path / "run")
    assert not (shared_path / "run").exists()


NORMALISED = """import numpy as np
def u0(*x):
    u = np.exp(-sum(a**2 for a in x))
    return {}
"""
OF_MORE = (
    "u / abs(u).max()", "np.cumsum(u, axis=-1)", "u + 1e-6 * np.random.random(u.shape)", "np.gradient(u, axis=0)",
    "u * u.shape[0]",
)  # fmt: skip


@pytest.mark.mpi
@pytest.mark.parametrize("body", OF_MORE)
@pytest.mark.parametrize("name", SMALL)
def test_a_function_of_more_than_a_point_is_refused(comm: Intracomm, shared_path: Path, name: str, body: str) -> None:
    """The same message on all ranks, with file, line and remedy; nothing is written."""
    if comm.rank == 0:
        (shared_path / "start.py").write_text(NORMALISED.format(body))
    comm.Barrier()
    config = SMALL[name](f"initial={{kind='python', file='{shared_path}/start.py'}}", PLAIN)
    with pytest.raises(UserError) as caught:
        run(config, comm, shared_path / "run")
    text = str(caught.value)
    assert len(set(comm.allgather(text))) == 1
    assert f"{shared_path}/start.py, line 2: u0 is not elementwise: it gives " in text
    assert "normalise = {mass = 1.0}" in text
    assert not (shared_path / "run").exists()
