"""The monomials of the remainder equation, and its source, to relative accuracy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.remainder_norms import frame_norms, source_norm
from parallel_nls.diagnostics.passes import FieldSums
from parallel_nls.equations.remainder import RemainderEquation, cubic_coupling, quintic_coupling
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.pseudo_conformal import PseudoConformal
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain

Exact = tuple[Fraction, Fraction]
# |H|_2 of x = ±2, ω = (1, 1.2), ϑ = (0, 0.4), to 9 digits and more.
SOURCES = {
    1: {2.0: 0.015275203533523941, 4.0: 2.4679996197504583e-05, 8.0: 4.223243160971572e-11,
        12.0: 6.836581502492728e-17, 20.0: 1.8853269236057619e-28, 40.0: 1.5725241815356486e-57},
    2: {2.0: 0.01719045825736567, 4.0: 1.669543303824317e-05, 8.0: 1.7751613604822018e-11,
        12.0: 2.5657496433682593e-17, 20.0: 5.287529258445444e-29, 40.0: 3.567272994809124e-58},
}  # fmt: skip


def f(u: Exact, dimension: int) -> Exact:
    """|u|^{4/d}u, exactly."""
    factor = (u[0] ** 2 + u[1] ** 2) ** (2 // dimension)
    return u[0] * factor, u[1] * factor


def exact(u: complex) -> Exact:
    """A number as it is."""
    return Fraction(u.real), Fraction(u.imag)


@pytest.mark.parametrize("dimension", [1, 2])
def test_coupling_is_accurate_where_a_difference_cancels(dimension: int) -> None:
    """c(A, B) against exact arithmetic to 2e-15 of its largest term, with |B|/|A| from 1 down to 1e-40."""
    coupling = quintic_coupling if dimension == 1 else cubic_coupling
    generator = np.random.default_rng(5)
    for size in 10.0 ** -np.arange(0, 41, 4):
        a, b = generator.standard_normal((2, 2)) @ np.array([1, 1j]) * np.array([1.0, size])
        whole = f((exact(a)[0] + exact(b)[0], exact(a)[1] + exact(b)[1]), dimension)
        first, second = f(exact(a), dimension), f(exact(b), dimension)
        expected = complex(*(float(w - p - q) for w, p, q in zip(whole, first, second, strict=True)))
        largest = 5 * abs(a) ** (4 // dimension) * abs(b)
        assert abs(coupling(a, b) - expected) < 2e-15 * largest * (1 + size) ** 4


def waves() -> list[SolitonSum]:
    """The two waves of the table, in one dimension."""
    return [SolitonSum([Soliton((-2.0,))]), SolitonSum([Soliton((2.0,), (), 1.2, 0.4)])]


def norm_on_line(s: float) -> float:
    """‖H‖₂."""
    domain = LineDomain(MPI.COMM_SELF, (1024,), (4 * s + 40.0,))
    equation = RemainderEquation(domain, waves(), {})
    tables = [equation.source_table(s, lines) for lines in domain.sweeps[0][0].blocks]
    return source_norm(np.hstack(tables), domain.cell)


def test_source_has_its_digits_at_any_size() -> None:
    """On the line to 14 digits from 1e-2 to 1e-57, where f(ΣW) − Σf(W_k) as it stands has none from s = 10 on."""
    for s, expected in SOURCES[1].items():
        assert norm_on_line(s) == pytest.approx(expected, rel=1e-13)
    domain = LineDomain(MPI.COMM_SELF, (1024,), (80.0,))
    x = (domain.spacing[0] * np.arange(1024.0)[None, :] - 40.0,)
    first, second = (values(wave, 12.0, x) for wave in waves())
    naive = abs(first + second) ** 4 * (first + second) - abs(first) ** 4 * first - abs(second) ** 4 * second
    size = float(np.linalg.norm(naive)) * domain.cell**0.5
    assert abs(size / SOURCES[1][12.0] - 1) > 0.9


def test_source_in_the_plane() -> None:
    """As on the line, to the 9 digits that are known."""
    for s in (2.0, 12.0):
        domain = FourierDomain(MPI.COMM_SELF, (int(4 * s + 40) * 5, 144), (4 * s + 40.0, 24.0))
        pair = [SolitonSum([Soliton((-2.0, 0.0))]), SolitonSum([Soliton((2.0, 0.0), (), 1.2, 0.4)])]
        equation = RemainderEquation(domain, pair, {})
        tables = [equation.source_table(s, lines) for lines in domain.sweeps[0][0].blocks]
        assert source_norm(np.hstack(tables), domain.cell) == pytest.approx(SOURCES[2][s], rel=1e-9)


def test_norms_in_both_frames() -> None:
    """Of a soliton and its bubble, each from the integrals of the other, against those of its own derivative."""
    s, soliton = 3.0, SolitonSum([Soliton((0.7,), (), 1.1)])

    def sums(profile: object, time: float, length: float) -> FieldSums:
        """Integrals of a profile on the line."""
        n = 2048
        x = length / n * np.arange(n) - length / 2
        u = values(profile, time, (x[None, :],))[0]  # type: ignore[arg-type]
        k = 2 * np.pi * np.fft.fftfreq(n, length / n)
        slope = np.fft.ifft(1j * k * np.fft.fft(u))
        flux, cell, zero = (u.conj() * slope).imag, length / n, np.zeros(1)
        mass, variance, gradient = (
            cell * float(np.sum(number)) for number in (abs(u) ** 2, x**2 * abs(u) ** 2, abs(slope) ** 2)
        )
        dilation = cell * float(np.sum(x * flux))
        return FieldSums(mass, 0.0, variance, gradient, gradient, zero, dilation, 1.0, 0.0, zero, zero)

    z = sums(soliton, s, 80.0)
    r = sums(PseudoConformal(soliton, 0.0), -1 / s, 80.0 / s)
    for ours, theirs in zip(frame_norms(z, s, True), frame_norms(r, s, False), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)
    assert frame_norms(z, s, True).gradient == pytest.approx(np.sqrt(r.gradient), rel=1e-12)
