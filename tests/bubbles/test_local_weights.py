"""Φ_k on grids: integrals of two bubbles to tabulated digits, exact for trigonometric polynomials, bits on ranks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.weights import ORDERS, LocalWeights
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.spectral.box import FourierDomain, box_coordinates
from parallel_nls.spectral.line import LineDomain
from tests.profiles.periodic_box import PeriodicBox
from tests.spectral.folding import unfolded
from tests.support import digest, gather_field, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.contracts import Domain

Floats = NDArray[np.float64]

# Of S_1 + S_2 at T - t = 0.5, x = ∓2, ω = (1, 1.2), ϑ = (0, 0.4), with Φ_1: m = ∫|v|²Φ, J = Im∫v̄∇v·∇Φ,
# q = 2Re∫∇²Φ(∇v,∇v̄), p = ∫ΔΦ|v|^{2+4/d}, b = ∫Δ²Φ|v|². To the digits written.
LINE = (2.72330696653, -0.00842967227716, 0.125765206251, 3.10268171e-05, 0.125525075529)
PLANE = (11.7091792603, -0.0295077656537, 0.550604336, 0.00452690322, 0.605053707)
SCRAMBLED = [[3.0], [-4.0], [0.5], [7.0]]


def whole_table(weights: LocalWeights, domain: Domain) -> Floats:
    """At all points of the domain, (4, K, points), on every rank of it."""
    local = np.empty((len(ORDERS), weights.localization.count, *domain.layouts[0].local_shape))
    for block in domain.sweeps[0][0].blocks:
        table, offsets, stride = weights.of_block(block)
        local[:, :, block.lines] = table[:, :, offsets[:, None] + stride * np.arange(domain.shape[1])]
    gathered = np.array([[gather_field(domain.layouts[0], part) for part in parts] for parts in local])
    if not isinstance(domain, LineDomain):
        return gathered
    return np.array([[unfolded(part) for part in parts] for parts in gathered])


def box_of(domain: Domain) -> PeriodicBox:
    """The same box."""
    return PeriodicBox(domain.dimension, domain.points[0], domain.length[0])


def on_line(n: int, length: float) -> LineDomain:
    """On this rank alone."""
    return LineDomain(MPI.COMM_SELF, (n,), (length,))


def on_plane(n: int, length: float) -> FourierDomain:
    """On this rank alone."""
    return FourierDomain(MPI.COMM_SELF, (n, n), (length, length))


def values(localization: Localization, domain: LineDomain) -> Floats:
    """Φ_k and its derivatives at all points of a line."""
    s = localization.direction[0] * box_coordinates(np.arange(domain.points[0]), domain.points[0], domain.spacing[0])
    return np.array([localization.values(s, order) for order in ORDERS])


def two_bubbles(domain: Domain, axis: tuple[float, ...], direction: tuple[float, ...] | None = None) -> Floats:
    """The five integrals with the weights, for centers at ∓2 times a unit vector."""
    first, second = (tuple(sign * x for x in axis) for sign in (-2, 2))
    v = box_of(domain).of(BubbleSum([Bubble(first), Bubble(second, 1.2, 0.4)], 0.5), 0.0)
    localization = Localization.of([first, second], direction)
    gradient = box_of(domain).gradient(v)
    slope = sum((c * part for c, part in zip(localization.direction, gradient, strict=True)), start=np.zeros(1))
    phi = whole_table(LocalWeights(localization, domain), domain)[:, 0]
    density = np.abs(v) ** 2
    integrands = [
        phi[0] * density,
        phi[1] * (v.conj() * slope).imag,
        2 * phi[2] * np.abs(slope) ** 2,
        phi[2] * density ** (1 + 2 / domain.dimension),
        phi[3] * density,
    ]
    return domain.cell * np.array([integrand.sum() for integrand in integrands])


@pytest.mark.parametrize("n", [1000, 1250, 2000])
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_two_bubbles_on_a_line(n: int, direction: float) -> None:
    """All digits of the table, with 33 points in the band: ten times fewer than values of Φ_k would need."""
    found = two_bubbles(on_line(n, 40.0), (1.0,), (direction,))
    assert (np.abs(found / LINE - 1) <= [2e-12, 2e-12, 5e-12, 1e-8, 1e-11]).all()


@pytest.mark.parametrize(
    ("axis", "n"),
    [
        ((1.0, 0.0), 432),
        ((0.0, -1.0), 432),
        ((math.cos(0.5), math.sin(0.5)), 384),
        ((math.sqrt(0.5), -math.sqrt(0.5)), 320),
        ((-math.cos(1.1), math.sin(1.1)), 384),
    ],
)
def test_two_bubbles_in_the_plane(axis: tuple[float, float], n: int) -> None:
    """All digits of the table along both axes, and after a rotation of the bubbles, which makes v₁ oblique.

    With the values of Φ_k, diagonal rows of points would leave 10 percent of the last integral.
    """
    found = two_bubbles(on_plane(n, 22.0), axis)
    np.testing.assert_allclose(found, PLANE, rtol=2e-9)


def exact_integrals(localization: Localization, length: float, m: int, phase: float) -> Floats:
    """∫Φ_k^{(n)} cos(2πm(x/L + ½) + phase) dx over the box of the line, n = 1, 2, 4, by a fine trapezoidal rule."""
    x = (np.arange(2**16) / 2**16 - 0.5) * length
    wave = np.cos(2 * np.pi * m * (x / length + 0.5) + phase)
    s = localization.direction[0] * x
    return np.array([(localization.values(s, n) * wave).mean(axis=1) * length for n in ORDERS[1:]])


@pytest.mark.parametrize("n", [32, 45, 125])
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_exact_for_trigonometric_polynomials(n: int, direction: float) -> None:
    """Derivatives of Φ_k, up to the lone highest wavenumber, on grids with a point in a band or fewer."""
    length = 20.0
    localization, domain = Localization.of(SCRAMBLED, [direction]), on_line(n, length)
    table = whole_table(LocalWeights(localization, domain), domain)
    turns = np.arange(n) / n
    for m in [0, 1, n // 5, (n - 1) // 2, n // 2]:
        for phase in (0.0, 1.0) if 2 * m < n else (0.0,):
            found = domain.cell * (table[1:] * np.cos(2 * np.pi * m * turns + phase)).sum(axis=-1)
            exact = exact_integrals(localization, length, m, phase)
            # Relative to the highest power of the wavenumber, and to the rounding of the reference.
            scale = np.array([1.0, 1.0 + m, 1000.0 + m**3])
            assert np.abs((found - exact) / scale[:, None]).max() <= 5e-14


@pytest.mark.parametrize("n", [64, 75])
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_exact_for_functions_that_vanish_at_the_ends(n: int, direction: float) -> None:
    """Φ_k itself, times cos(πx/L)^{48}: a polynomial of degree 24 with a zero of order 48 where Φ_k jumps."""
    length = 20.0
    localization, domain = Localization.of(SCRAMBLED, [direction]), on_line(n, length)
    table = whole_table(LocalWeights(localization, domain), domain)
    fine, x = ((np.arange(count) / count - 0.5) * length for count in (2**16, n))
    for shift in (0.0, 3.0):
        bells = [
            np.cos(np.pi * points / length) ** 48 * np.cos(2 * np.pi / length * shift * points) for points in (x, fine)
        ]
        found = (table[0] * bells[0]).mean(axis=-1) * length
        exact = (localization.values(direction * fine) * bells[1]).mean(axis=-1) * length
        np.testing.assert_allclose(found, exact, atol=1e-14)


@pytest.mark.parametrize("centers", [SCRAMBLED[:1], SCRAMBLED[:2], SCRAMBLED[:3], SCRAMBLED])
@pytest.mark.parametrize("direction", [None, [-1.0]])
def test_converges_to_the_localization(centers: list[list[float]], direction: list[float] | None) -> None:
    """With 125 points in a band the weights are its values, in the order of the centers, with their sum."""
    localization, domain = Localization.of(centers, direction), on_line(3000, 20.0)
    table, exact = whole_table(LocalWeights(localization, domain), domain), values(localization, domain)
    sizes = np.abs(exact).max(axis=(1, 2)) + 1e-9
    assert (np.abs(table - exact).max(axis=(1, 2)) <= np.array([1e-9, 1e-8, 1e-7, 1e-5]) * sizes).all()
    np.testing.assert_allclose(table.sum(axis=1), np.array([1.0, 0, 0, 0])[:, None] * np.ones(3000), atol=1e-12)


def test_fine_bands_on_a_line() -> None:
    """From 512 points in a band on the values of Φ_k themselves, and no jump where the method changes."""
    length = 8.0
    localization = Localization.of([[-1.0], [1.0]])
    for n in (6000, 6250):
        domain = on_line(n, length)
        table, exact = whole_table(LocalWeights(localization, domain), domain), values(localization, domain)
        if localization.width * n / length >= 512:
            np.testing.assert_array_equal(table, exact)
        else:
            assert (table != exact).any()
            assert (np.abs(table - exact).max(axis=(1, 2)) <= np.array([1e-14, 1e-12, 1e-9, 1e-3])).all()
            smooth = np.exp(-((np.arange(n) - n / 2) ** 2) * (length / n) ** 2)
            found, expected = ((part * smooth).mean(axis=-1) for part in (table, exact))
            np.testing.assert_allclose(found, expected, atol=1e-13)


def test_plane_has_the_values_of_its_axis() -> None:
    """Constant across v₁, on a plane that is no square."""
    domain = FourierDomain(MPI.COMM_SELF, (48, 80), (12.0, 16.0))
    centers = np.array([[-2.0, -1.0], [2.0, 3.0], [0.5, 1.5]])
    for axis in (0, 1):
        for sign in (1.0, -1.0):
            direction = sign * np.eye(2)[axis]
            table = whole_table(LocalWeights(Localization.of(centers, direction), domain), domain)
            line = on_line(domain.points[axis], domain.length[axis])
            exact = whole_table(LocalWeights(Localization.of(centers[:, [axis]], [sign]), line), line)
            np.testing.assert_array_equal(table, np.broadcast_to(np.expand_dims(exact, 3 - axis), table.shape))


@pytest.mark.parametrize("direction", [[-0.8, -0.6], [1.0, -0.3], [-0.2, 1.0]])
@pytest.mark.parametrize("points", [(16, 20), (48, 80), (300, 160)])
def test_oblique_weights_are_a_fourier_series(points: tuple[int, int], direction: list[float]) -> None:
    """Of period P, of κ that fade about the least π/(h_i|v₁,i|), summed here term by term, on grids coarse and fine."""
    domain = FourierDomain(MPI.COMM_SELF, points, (12.0, 16.0))
    localization = Localization.of([[-2.0, -1.0], [2.0, 3.0], [0.5, 1.5]], direction)
    lowest, rows = localization.order[0], np.arange(0, points[0], 5)
    table = whole_table(LocalWeights(localization, domain), domain)
    sizes, middles = np.abs(localization.direction), localization.bands + localization.width / 2
    period = sizes @ domain.length + 2 * np.abs(middles).max()
    highest = (np.pi / (sizes * domain.spacing)).min()
    kappa = 2 * np.pi * np.arange(1, math.ceil(1.3 * highest * period / (2 * np.pi))) / period
    place = (kappa / highest - 0.7) / 0.6
    inside = np.clip(place, 1e-3, 1 - 1e-3)
    fading = np.where(place > 1e-3, 1 / (1 + np.exp(np.clip(1 / (1 - inside) - 1 / inside, -700, 700))), 1.0)
    fine = (np.arange(2**13) + 0.5) / 2**13 * localization.width
    slopes = localization.values(localization.bands[0] + fine, 1)[lowest]
    transform = np.cos(np.outer(kappa, fine - localization.width / 2)) @ slopes * (fine[1] - fine[0])
    first, second = localization.direction[0] * domain.coordinates(0)[rows], domain.coordinates(1)
    u = first[:, None] + localization.direction[1] * second - middles[0]
    waves = np.exp(1j * u[..., None] * kappa)
    for order, found in zip(ORDERS, table[:, lowest, rows], strict=True):
        expected = 2 / period * (waves @ (fading * transform * (1j * kappa) ** (order - 1))).real
        expected += {0: 0.5 - u / period, 1: -1 / period}.get(order, 0.0)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())
    np.testing.assert_allclose(table[0].sum(axis=0), 1.0, rtol=0, atol=1e-14)
    largest = np.abs(table[1:]).max(axis=(1, 2, 3))
    assert (np.abs(table[1:].sum(axis=1)).max(axis=(1, 2)) <= 1e-15 * largest).all()


def test_oblique_sums_over_few_points() -> None:
    """A grid on which |u|² has wavenumbers up to the last: what is cut off sharply leaves 5e-5 of the acceleration."""
    bubbles = [Bubble((-1.5, -1.8)), Bubble((1.6, 1.5), 0.8, 1.0)]
    localization = Localization.of([bubble.center for bubble in bubbles], [1.0, 0.3])
    found = []
    for n in (162, 486):
        domain = FourierDomain(MPI.COMM_SELF, (n, n), (11.5, 11.5))
        v = box_of(domain).of(BubbleSum(bubbles, 0.35), 0.0)
        slope = np.tensordot(localization.direction, np.array(box_of(domain).gradient(v)), 1)
        phi = whole_table(LocalWeights(localization, domain), domain)[:, 0]
        density = np.abs(v) ** 2
        terms = 2 * phi[2] * np.abs(slope) ** 2, -phi[2] * density**2 / 2, -phi[3] * density / 2
        found.append(domain.cell * np.array([np.sum(phi[1] * (v.conj() * slope).imag), *np.sum(terms, axis=(1, 2))]))
    few, many = found
    assert abs(few[0] - many[0]) < 3e-10
    assert abs(many[1:].sum()) > 0.03
    assert abs(few[1:].sum() - many[1:].sum()) < 5e-6


@pytest.mark.parametrize("unit", [2.0**120, 2.0**-110])
def test_oblique_weights_in_any_unit_of_length(unit: float) -> None:
    """Where derivatives of the highest orders are no numbers those of Φ_k are still the same, bit for bit."""
    centers, sides, points = np.array([[-2.0, 0.5], [2.0, -0.5]]), (12.0, 16.0), (48, 60)
    tables = []
    for size in (1.0, unit):
        domain = FourierDomain(MPI.COMM_SELF, points, (size * sides[0], size * sides[1]))
        localization = Localization.of(size * centers, [3.0, 1.0])
        tables.append(whole_table(LocalWeights(localization, domain), domain))
    for one, other, order in zip(*tables, ORDERS, strict=True):
        np.testing.assert_array_equal(unit**order * other, one)


def test_one_center_in_an_oblique_direction() -> None:
    """Φ_1 = 1."""
    domain = FourierDomain(MPI.COMM_SELF, (16, 12), (6.0, 5.0))
    table = whole_table(LocalWeights(Localization.of([[0.5, 1.0]], [0.6, 0.8]), domain), domain)
    np.testing.assert_array_equal(table, np.array([1.0, 0, 0, 0])[:, None, None, None] * np.ones((4, 1, 16, 12)))


DOMAINS = [
    ((45,), (20.0,), [1.0]),
    ((3000,), (20.0,), [-1.0]),
    ((3000,), (6.0,), None),
    ((70, 40), (16.0, 16.0), [1.0, 0.0]),
    ((70, 40), (16.0, 16.0), [0.0, -1.0]),
    ((70, 40), (16.0, 16.0), [0.6, 0.8]),
]


@pytest.mark.mpi
@pytest.mark.parametrize(("points", "length", "direction"), DOMAINS)
def test_the_bits_do_not_depend_on_the_ranks(
    comm: Intracomm, points: tuple[int, ...], length: tuple[float, ...], direction: list[float] | None
) -> None:
    """All numbers of ranks give the weights of one rank, bit for bit."""
    centers = [[-2.0, 1.0], [2.0, 3.0]] if len(points) == 2 else [[-2.0], [2.0]]
    localization = Localization.of(centers, direction)
    digests = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in [*parts.values(), MPI.COMM_SELF]:
            domain: Domain = (
                FourierDomain(part, points, length) if len(points) == 2 else LineDomain(part, points, length)
            )
            digests.append(digest(whole_table(LocalWeights(localization, domain), domain)))
    assert len(set(comm.allreduce(digests))) == 1
