"""The study of multi-solitons on exact norms, what it refuses, and one of its kind from begin to end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.errors import DONE, UserError
from parallel_nls.parallel.consensus import from_root
from parallel_nls.results.digits import with_doubt
from parallel_nls.studies.frame import Request, conduct
from parallel_nls.studies.multi_bubbles.multi_solitons import MultiSolitons, Norms, gradient_integral, tell

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

RATE, FREQUENCY = 10 / 3, 4.3
S = np.linspace(1.5, 12.0, 1051)
TINY = (
    "grid.points=480", "grid.length=90.0", "limits.spectral_tail=off", "time.step=0.01", "time.start=12.0",
    "time.stop=3.0",
)  # fmt: skip
REFUSED = {
    "sizes": ((-1.0,), (), "--sizes -1: must be positive"),
    "decreasing": ((1e-2, 1e-3), (), "must increase"),
    "at rest": ((1e-2,), ("initial.bubbles.0.center=0.0",), "initial.bubbles.0.center = [0.0]: a wave at rest"),
    "short": ((1e-2,), ("time.start=6.0",), "a rate takes s_n > 7.2 here"),
    "forward": ((1e-2,), ("time.start=8.0", "time.stop=9.0"), "a stop before it"),
    "data": ((1e-2,), ("initial.remainder={kind='gaussian', amplitude=1.0, width=1.0}",), "the study sets it"),
}


def norms(size: float, rate: float) -> Norms:
    """Norms that fall at a rate, and oscillate, with ‖∇z‖² of which the integral is known."""
    square = size**2 * np.exp(-2 * rate * S) * (1 + 0.3 * np.cos(2 * FREQUENCY * S))
    h1, sigma = np.sqrt(3 * square), 8 * S * np.sqrt(square)
    return Norms(S, np.sqrt(square), h1, sigma, 2 * square)


def test_the_integral() -> None:
    """Of e^{−as}, to the order of Simpson's rule, with an odd and an even number of rows."""
    for s in (S, S[1:]):
        places, found = gradient_integral(s, np.exp(-2 * RATE * s))
        exact = (np.exp(-2 * RATE * places) - np.exp(-24 * RATE)) / (2 * RATE)
        assert found[:-1] == pytest.approx(exact[:-1], rel=2e-7)
        assert len(places) == (len(s) + 1) // 2


def test_exact_norms() -> None:
    """Rates to what the cut of J at s_n leaves, and the bound."""
    found = tell([norms(1.0, RATE), norms(1.0, 0.0)], (1.0,), RATE, FREQUENCY, 1)
    assert found.verdict.holds
    for name in ("h1", "sigma", "j"):
        assert found.numbers[f"rate_{name}"][0] == pytest.approx(RATE, rel=1e-5)
    assert found.numbers["error_of_j"] < 1e-5


@pytest.mark.parametrize("end", [9.5, 12.0])
@pytest.mark.parametrize("frequency", [FREQUENCY, None])
def test_rates_are_within_their_errors_of_the_law(end: float, frequency: float | None) -> None:
    """Beside a response that falls faster, and the next power of 1/s, of many rows and of few."""
    right = norms(1.0, RATE)
    beside = 1 + 0.5 * np.exp(-1.3 * S) * np.cos(3.7 * S) + 0.3 * np.exp(-1.3 * S)
    many = right._replace(h1=right.h1 * beside, sigma=right.sigma * (1 + 2 / S**2), gradient=right.gradient * beside**2)
    rows = Norms(*(values[end >= S] for values in many))
    finding = tell([rows], (), RATE, frequency, 1)
    found, told = finding.numbers, finding.verdict.text
    for name in ("h1", "sigma", "j"):
        rate, doubt = found[f"rate_{name}"]
        assert abs(rate - RATE) < doubt < 0.6, name
        assert with_doubt(rate, doubt) in told, name  # no digit beyond


@pytest.mark.parametrize(("end", "turning", "turn"), [(10.0, 2.9, 2.3), (10.5, 0.7, 0.0), (12.0, 2 * FREQUENCY, 0.2)])
def test_what_the_last_rows_have_counts_in_the_doubt(end: float, turning: float, turn: float) -> None:
    """What z(s_n) = 0 leaves is largest there: without the first third alone the rate may not change for it."""
    rows = Norms(*(values[end >= S] for values in norms(1.0, RATE)))
    ahead = rows.s.max() - rows.s
    beside = 1 + 20 * np.exp(-RATE * ahead) * (1 + ahead) * np.cos(turning * rows.s + turn)
    rate, doubt = tell([rows._replace(h1=rows.h1 * beside)], (), RATE, FREQUENCY, 1).numbers["rate_h1"]
    assert abs(rate - RATE) < doubt


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("frequency", [FREQUENCY, None])
def test_rates_of_hostile_norms_are_within_their_errors(frequency: float | None, dimension: int) -> None:
    """With faster responses, powers of 1/s, and what z(s_n) = 0 leaves, all of the size of the norms themselves."""
    generator = np.random.default_rng(3)
    for _ in range(30):
        s = np.arange(1.5, generator.uniform(8.0, 16.0), 0.01)
        ahead = s.max() - s
        first, second, faster, phase, turn, last = generator.uniform(-1, 1, 6)
        wave = 1 + 0.8 * np.cos(2 * FREQUENCY * s + 3 * phase)
        bent = 1 + 2 * first / s + 4 * second / s**2 if dimension == 2 else np.ones_like(s)
        start = 1 + faster * np.exp(-1.3 * s) * np.cos(3.7 * s + 3 * turn)
        end = 1 + 10 ** (1 + last) * np.exp(-RATE * ahead) * (1 + ahead) ** 2 * np.cos(2.9 * s)
        square = np.exp(-2 * RATE * s) * np.abs(wave * bent * start * end) / s ** (dimension - 1)
        sigma = s * np.sqrt(square) * (1 + 2 * second / s + 3 * turn / s**2)
        found = tell([Norms(s, 0.5 * np.sqrt(square), np.sqrt(square), sigma, square)], (), RATE, frequency, dimension)
        for name in ("h1", "sigma"):
            rate, doubt = found.numbers[f"rate_{name}"]
            assert abs(rate - RATE) < doubt, name


def test_what_would_refute() -> None:
    """Another rate; an integral that no norm bounds."""
    right, grown = norms(1.0, RATE), norms(1.0, 0.0)
    slow = tell([norms(1.0, RATE / 2)], (), RATE, FREQUENCY, 1)
    large = tell([right, grown._replace(sigma=0.01 * grown.sigma)], (1.0,), RATE, FREQUENCY, 1)
    assert slow.numbers["rate_h1"][0] == pytest.approx(RATE / 2, rel=1e-4)
    assert (slow.verdict.holds, large.verdict.holds) == (False, False)
    coarse = tell(
        [right._replace(gradient=right.gradient * (1 + 0.05 * (-1) ** np.arange(len(S))))], (), RATE, FREQUENCY, 1
    )
    assert coarse.verdict.holds is None


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    """One message, before anything runs."""
    sizes, overrides, text = REFUSED[case]
    with pytest.raises(UserError) as refused:
        MultiSolitons().plan(Request("remainder_1d", sizes, overrides))
    assert text in str(refused.value)


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_study_from_begin_to_end(comm: Intracomm, shared_path: Path) -> None:
    """On two ranks, a run each; and again, after one was removed, to the same numbers."""
    root = shared_path / "study"
    request = Request("remainder_1d", (1e-3,), TINY, output=str(root))
    code, found = conduct(MultiSolitons(), request, comm)
    assert code == DONE
    assert found is not None
    assert found.verdict.holds, found.text()
    before = from_root(comm, (root / "study.json").read_bytes)
    from_root(comm, lambda: shutil.rmtree(root / "member_0001"))
    code, again = conduct(MultiSolitons(), request, comm)
    assert code == DONE
    assert again is not None
    assert again.document() == found.document()
    assert from_root(comm, (root / "study.json").read_bytes) == before
    assert from_root(comm, (root / "multi-solitons.png").exists)
