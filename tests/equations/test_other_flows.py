"""Phase flows of the other equations, and flows made of functions, against extended precision; linear ones as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.equations import DefocusingNLS, GrossPitaevskii
from parallel_nls.equations.elementwise import Dispersion
from parallel_nls.equations.flows import free_schroedinger
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.equations.own_equations import HalfWave, Trap
from tests.support import digest, random_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nls.contracts import Domain, Equation

DOMAINS: dict[str, Domain] = {
    "line": LineDomain(MPI.COMM_SELF, (243,), (9.0,)),
    "plane": FourierDomain(MPI.COMM_SELF, (40, 27), (9.0, 8.0)),
}
# Made of a domain; the rate of the phase from |u|² and |x|².
EQUATIONS: dict[str, tuple[Callable[[Domain], Equation], Callable[..., Any]]] = {
    "defocusing": (lambda domain: DefocusingNLS(domain, 3.0), lambda square, _: -(square**1.5)),
    "trapped": (lambda domain: GrossPitaevskii(domain, 3.0, 1.7), lambda square, r: square**1.5 - 1.7**2 * r),
    "trap of functions": (lambda domain: Trap(domain, 1.7), lambda square, r: square - 1.7**2 * r),
    "half-wave": (HalfWave, lambda square, _: square),
}


@pytest.mark.parametrize("tau", [0.3, -0.7])
@pytest.mark.parametrize("where", DOMAINS)
@pytest.mark.parametrize("name", EQUATIONS)
def test_the_phase_flow_is_exact(name: str, where: str, tau: float) -> None:
    """u·e^{iτΦ}, to the rounding of the angle; peak[0] is the largest |u|²."""
    make, rate = EQUATIONS[name]
    domain = DOMAINS[where]
    equation = make(domain)
    # The kernel of the trap adds x of a line up from two parts, which it rounds otherwise.
    rounding = 2e-15 if (name, where) == ("trapped", "line") else 6e-16
    (rows,) = domain.sweeps[0]
    for lines in rows.blocks:
        field = random_field((32, domain.shape[1]), seed=1)
        field /= np.maximum(1.0, np.abs(field))
        field[lines.count :] = 0
        block, peak = field.copy(), np.zeros(1)
        equation.kick.kernel(tau, 0.125, peak)(block, lines)
        kept = np.s_[: lines.count]
        wide = field[kept].astype(np.clongdouble)
        square = wide.real**2 + wide.imag**2
        radii = sum(
            np.broadcast_to(x, square.shape).astype(np.longdouble) ** 2 for x in domain.block_coordinates(lines)
        )
        angles = np.longdouble(tau) * rate(square, radii)
        expected = 0.125 * wide * np.exp(1j * angles)
        size = 0.125 * np.abs(field[kept]) * (1 + np.abs(angles))
        assert (np.abs(block[kept] - expected) <= rounding * size).all()
        assert peak[0] == pytest.approx(float(square.max()), rel=1e-15)


@pytest.mark.parametrize("where", DOMAINS)
def test_a_symbol_by_its_function_is_that_of_the_free_flow(where: str) -> None:
    """|k|² in numpy and in the package's own kernels, for times without many turns."""
    domain = DOMAINS[where]
    own = Dispersion(domain, lambda *k: sum(q * q for q in k))
    (columns,) = domain.sweeps[-1]
    for lines in columns.blocks:
        first, second = (np.ones((32, domain.shape[0]), dtype=complex) for _ in range(2))
        own.kernel(1e-3, 0.5)(first, lines)
        free_schroedinger(domain).kernel(1e-3, 0.5)(second, lines)
        assert np.abs(first - second)[: lines.count].max() <= 1e-13


@pytest.mark.parametrize("name", ["trap of functions", "half-wave"])
def test_functions_have_the_same_bits_wherever_a_row_is(name: str) -> None:
    """In numpy, too: a row alone, and the same among others."""
    make, _ = EQUATIONS[name]
    domain = DOMAINS["plane"]
    equation = make(domain)
    (rows,) = domain.sweeps[0]
    lines = rows.blocks[0]
    field = random_field((32, domain.shape[1]), seed=3) * 1e-2
    whole, alone = field.copy(), np.zeros_like(field)
    alone[0] = field[5]
    equation.kick.kernel(0.4, 0.3)(whole, lines)
    block = type(lines)(5, 1, lines.numbers[5:6], slice(5, 6))
    equation.kick.kernel(0.4, 0.3)(alone, block)
    assert digest(alone[0]) == digest(whole[5])
