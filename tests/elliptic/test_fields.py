"""Multipliers, derivatives and integrals of real functions on a distributed box, against numpy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.elliptic.fields import RealFields
from parallel_nls.elliptic.gmres import gmres
from parallel_nls.elliptic.linearized import Preconditioner, SchroedingerOperator
from tests.elliptic.waves import box, gradient, places, symbol, whole
from tests.support import digest, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi
# Odd and even, a prime line of one row, fewer rows than ranks.
BOXES = [((45,), (7.0,)), ((250,), (9.0,)), ((101,), (5.0,)), ((12, 15), (4.0, 5.0)), ((2, 40), (4.0, 5.0))]


@pytest.mark.parametrize(("points", "length"), BOXES)
def test_multipliers_and_derivatives(comm: Intracomm, points: tuple[int, ...], length: tuple[float, ...]) -> None:
    """|ξ|^s for any s, (|ξ|^s + c)⁻¹, ∂ and differences of neighbours on each axis, all to rounding."""
    with box(comm, points, length) as domain:
        for order in (2.0, 1.0, 1.3):
            fields = RealFields(domain, order)
            f = fields.sampled(lambda *x: np.exp(np.sin(sum(x))) + x[0])
            here, s = whole(domain, f), symbol(domain, order)
            expected = np.fft.ifftn(s * np.fft.fftn(here)).real
            assert np.abs(whole(domain, fields.apply(fields.symbol, f)) - expected).max() < 1e-14 * s.max() * 10
            inverse = Preconditioner.of(fields, 0.7)
            expected = np.fft.ifftn(np.fft.fftn(here) / (s + 0.7)).real
            assert np.abs(whole(domain, inverse(f)) - expected).max() < 1e-14
        for axis in range(len(points)):
            expected = gradient(domain, here, axis)
            size = np.pi / domain.spacing[axis]
            assert np.abs(whole(domain, fields.derivative(f, axis)) - expected).max() < 1e-14 * size * 10
            after, before = np.roll(here, -1, axis), np.roll(here, 1, axis)
            assert np.abs(whole(domain, fields.slope(f, axis)) - (after - before) / 2).max() < 3e-14
            assert np.abs(whole(domain, fields.bend(f, axis)) - (after - 2 * here + before)).max() < 3e-14


@pytest.mark.parametrize(("points", "length"), BOXES)
def test_integrals_and_extremes(comm: Intracomm, points: tuple[int, ...], length: tuple[float, ...]) -> None:
    """∫fg, the least and the largest value."""
    with box(comm, points, length) as domain:
        fields = RealFields(domain, 2.0)
        f, g = (fields.sampled(lambda *x, a=a: np.cos(a * x[0]) + x[-1]) for a in (1.0, 2.0))
        x = places(domain)
        here, there = (np.cos(a * x[0]) + x[-1] for a in (1.0, 2.0))
        (found,) = fields.inner([(f, g)])
        assert found == pytest.approx(domain.cell * math.fsum((here * there).ravel()), rel=1e-13, abs=1e-13)
        assert fields.extremes(f) == pytest.approx((here.min(), here.max()), abs=1e-15)


def test_the_same_bits(comm: Intracomm) -> None:
    """Of a multiplier, a derivative, differences and an integral, on 1 rank and on more."""
    found = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            for points, length in BOXES:
                with box(part, points, length) as domain:
                    fields = RealFields(domain, 1.3)
                    f = fields.sampled(lambda *x: np.exp(np.sin(sum(x))))
                    parts_found = [
                        fields.apply(fields.symbol, f),
                        fields.derivative(f, 0),
                        fields.slope(f, 0),
                        fields.bend(f, 0),
                    ]
                    sums = np.array(fields.inner([(f, f), (parts_found[0], f)]))
                    found.append(digest(sums, *(whole(domain, values) for values in parts_found)))
    assert len(set(found)) == len(BOXES)


def test_a_bordered_system(comm: Intracomm) -> None:
    """(PAP + vvᵀ) has no kernel; the defect is what the source has along v."""
    with box(comm, (64,), (2 * np.pi,)) as domain:
        fields = RealFields(domain, 2.0)
        one, wave = fields.sampled(np.ones_like), fields.sampled(np.cos)
        # −∂² − 1 takes cos and sin to 0, and 1 to −1.
        kernel = [wave, fields.sampled(np.sin) + 0.3 * wave]
        operator = SchroedingerOperator(Preconditioner.of(fields, 2.0), -1.0, fields.zeros(), kernel)
        source = 0.5 * one + 0.25 * wave
        assert whole(domain, operator.apply(one)) == pytest.approx(-np.ones(64), abs=1e-13)
        through = operator.preconditioned(-0.5 * one)
        assert whole(domain, through) == pytest.approx(whole(domain, operator.preconditioned_source(source)), abs=1e-14)
        defects = operator.defects(-0.5 * one, source)
        assert defects == pytest.approx((0.25 * np.sqrt(np.pi), 0.0), abs=1e-13)


def test_a_bordered_system_of_no_kernel(comm: Intracomm) -> None:
    """A f + Σμv = g with (v, f) = 0 for any v."""
    with box(comm, (60,), (2 * np.pi,)) as domain:
        fields = RealFields(domain, 1.0)
        weight, source = fields.sampled(lambda x: 0.3 * np.cos(x)), fields.sampled(lambda x: np.exp(np.cos(x + 1)))
        borders = [fields.sampled(lambda x: np.exp(np.sin(x))), fields.sampled(np.cos)]
        operator = SchroedingerOperator(Preconditioner.of(fields, 1.5), 1.0, weight, borders)
        f = gmres(operator.preconditioned, operator.preconditioned_source(source), fields.inner, 1e-14).values
        terms = zip(operator.defects(f, source), operator.kernel, strict=True)
        total = operator.apply(f) + sum(defect * v for defect, v in terms)
        assert whole(domain, total) == pytest.approx(whole(domain, source), abs=1e-12)
        assert fields.inner([(v, f) for v in borders]) == pytest.approx((0, 0), abs=1e-13)
