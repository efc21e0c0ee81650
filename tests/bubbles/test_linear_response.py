"""The law by which remainders decay, and its fit to rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.linear_response import response_integrals, response_size
from parallel_nls.bubbles.responses import leading_responses
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, UserError
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.decay_fit import fit_decay, fit_with_doubts
from parallel_nls.results.decay_rate import DecayRate, decay_rate_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run
from parallel_nls.studies.decay_rate import describe_decay
from tests.stored_runs import store_run
from tests.support import small_remainder

# n₀ and n₁ of ‖z‖², ‖z‖²_{H¹} and ‖∇R‖²/s², x = ±2, by another computation to 13 digits and more.
LAWS = {
    1.0: ((25.316635513753376, -6.630842441245589 - 5.139597133613275j),
          (108.62608985630897, -26.20445552396705 - 18.55239485356719j),
          (121.7018477617114, -11.9367454525948 - 16.618997516000015j)),
    1.2: ((11.1037211590437, -3.1812883552072506 - 0.685501445004259j),
          (44.672367479422746, -12.016239661640945 - 2.511365509682826j),
          (52.87716208410505, -6.6028491005213485 - 4.446471275033875j)),
}  # fmt: skip


@pytest.mark.parametrize("frequency", LAWS)
def test_constants_of_the_law(frequency: float) -> None:
    """All of the linear response, to 1e-12."""
    bubbles = [Bubble((-2.0,)), Bubble((2.0,), frequency)]
    responses = leading_responses(bubbles)
    assert [response.rate for response in responses] == pytest.approx([4.0 / frequency] * len(responses))
    found = [response_integrals(bubbles, response) for response in responses]
    for place, (constant, amplitude) in enumerate(LAWS[frequency]):
        assert sum(law[place].constant for law in found) == pytest.approx(constant, rel=1e-12)
        assert sum(law[place].amplitude for law in found) == pytest.approx(amplitude, rel=1e-12)


@pytest.mark.parametrize(
    ("frequency", "constant", "amplitude"),
    [(1.0, 24.163090409, -1.6171981084 - 0.1450631937j), (1.2, 20.7985245499, -1.117391146 + 0.6925779452j)],
)
def test_constants_of_the_plane(frequency: float, constant: float, amplitude: complex) -> None:
    """Of the bubble of ω = 1, 4 from the other one in a direction aslant, by another computation to 8 digits."""
    bubbles = [Bubble((-1.2, -1.6)), Bubble((1.2, 1.6), frequency)]
    law = response_size(bubbles, leading_responses(bubbles)[0])
    assert law.constant == pytest.approx(constant, rel=1e-9)
    assert law.amplitude == pytest.approx(amplitude, rel=2e-8)


def test_who_responds_to_whom() -> None:
    """The narrower one to the wider one; of three bubbles the nearest pair; phases turn the amplitude."""
    (response,) = leading_responses([Bubble((0.0,), 1.5), Bubble((3.0,), 1.0)])
    assert (response.responding, response.tail, response.rate) == (1, 0, 2.0)
    assert response.frequency == pytest.approx(9 / 4 - (1 / 1.5**2 - 1))
    three = [Bubble((0.0, 0.0)), Bubble((5.0, 0.0)), Bubble((5.0, 2.0))]
    assert {(r.responding, r.tail) for r in leading_responses(three)} == {(1, 2), (2, 1)}
    with pytest.raises(ValueError, match="line alone"):
        response_integrals(three, leading_responses(three)[0])


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_fit_knows_nothing_of_the_rate(dimension: int) -> None:
    """Made rows give back δ and the constants, from a start that is 1% off."""
    s = np.linspace(5.0, 9.0, 60)
    correction = 1 + 0.4 / s if dimension == 2 else np.ones_like(s)
    square = np.exp(-8 * s) * (25 + np.real((-6 - 5j) * np.exp(-8j * s))) * correction / s ** (dimension - 1)
    rate, law, residual = fit_decay(s, np.sqrt(square), 4.04, 4.0, dimension)
    assert rate == pytest.approx(4.0, rel=1e-9)
    assert law.constant == pytest.approx(25.0, rel=1e-7)
    assert law.amplitude == pytest.approx(-6 - 5j, rel=1e-7)
    assert residual < 1e-9


def test_a_run_decays_by_its_law(tmp_path: Path) -> None:
    """Between s = 3 and 6 at a step of 1/50: δ to 1e-5, n₀ and n₁ to 1e-3; a run that is too short has none."""
    box = ("grid.points=480", "grid.length=64.0", "diagnostics.every=0.1")
    config = small_remainder(9.0, 3.0, 0.02, *box)
    assert run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    found = decay_rate_of(open_run(tmp_path / "run"))
    assert found.rate == pytest.approx(4.0, rel=2e-5)
    assert abs(found.rate - 4.0) < found.rate_doubt
    assert found.constant == pytest.approx(found.constant_by_law, rel=2e-3)
    assert found.amplitude == pytest.approx(found.amplitude_by_law, rel=2e-3)
    text, numbers = describe_decay(tmp_path / "run")
    assert "by the law 4\n" in text
    assert f"n₀     {with_doubt(found.constant, found.constant_doubt)}, by the law 25.31664" in text
    assert 2 * found.last * found.rate_doubt <= found.constant_doubt / found.constant < 1e-3
    assert abs(found.constant - found.constant_by_law) < found.constant_doubt
    assert abs(complex(*found.amplitude) - complex(*found.amplitude_by_law)) < found.amplitude_doubt
    assert numbers["constant_by_law"] == pytest.approx(LAWS[1.0][0][0], rel=1e-12)
    short = small_remainder(9.0, 8.5, 0.05, *box)
    assert run(short, MPI.COMM_SELF, tmp_path / "short", quiet=True).exit_code == DONE
    with pytest.raises(UserError, match="where the law holds; a rate takes 12 rows"):
        decay_rate_of(open_run(tmp_path / "short"))


def _made_run(root: Path, first: float, last: float) -> DecayRate:
    """What is found in rows of the law, to which nonlinear terms at the first and what z(s_n) = 0 leaves add a part."""
    law, rate, frequency = LAWS[1.0][0], 4.0, 4.0
    s = np.arange(12.0, 3.0 - 0.01, -0.05)
    known = law[0] + np.real(law[1] * np.exp(-2j * frequency * s))
    nonlinear = first * np.exp(-rate * (s - 3.0))
    forgotten = last * np.exp(-rate * (7.5 - s)) * ((12.0 - s) / 4.5) ** 3
    size = np.exp(-rate * s) * np.sqrt(known * (1 + nonlinear + forgotten))
    columns = {"time": s, "step": np.arange(len(s)), "z_l2": size}
    times = ("time.start=12.0", "time.stop=3.0", "time.step=0.01", "diagnostics.every=0.05")
    store_run(root, columns, *times, "initial.bubbles.1.frequency=1.0", example="remainder_1d")
    return decay_rate_of(open_run(root))


@pytest.mark.parametrize("first", [-1e-5, -3e-6, 0.0, 3e-6, 1e-5])
@pytest.mark.parametrize("last", [-1e-5, 3e-6, 1e-5])
def test_doubts_hold_whichever_end_of_the_rows_is_off(tmp_path: Path, first: float, last: float) -> None:
    """δ, n₀ and n₁ are within their doubts of the law, which stay small."""
    found = _made_run(tmp_path / "run", first, last)
    assert abs(found.rate - 4.0) <= found.rate_doubt < 1e-5
    assert abs(found.constant - found.constant_by_law) <= found.constant_doubt
    assert abs(complex(*found.amplitude) - complex(*found.amplitude_by_law)) <= found.amplitude_doubt
    assert found.constant_doubt < 20 * 2 * found.last * 1e-6 * found.constant


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("every", [0.02, 0.05, 0.1])
def test_doubts_hold_of_any_rows(dimension: int, every: float) -> None:
    """Of made rows with noise or none, whose ends are off in any phase; in the plane with powers of 1/s."""
    chance, constant, amplitude = np.random.default_rng(3), 25.3, -6.6 - 5.1j
    (leading, *_) = leading_responses([Bubble((-2.0,)), Bubble((2.0,))])
    rate, ratios = leading.rate, list[float]()
    for span, noise in [(span, noise) for span in (1.5, 2.5, 4.5) for noise in (0, 1e-9, 1e-7, 1e-5)] * 12:
        s = np.arange(3.0, 3.0 + span, every)
        turning = np.exp(-2j * leading.frequency * s)
        phases, ends = chance.uniform(0, 2 * np.pi, 2), chance.uniform(0, 1e-5, 2)
        turns = np.exp(1j * leading.frequency * np.multiply.outer(chance.integers(0, 4, 2), s))
        nonlinear, forgotten = ends[:, None] * np.real(np.exp(1j * phases)[:, None] * turns)
        nonlinear *= np.exp(-rate * (s - s[0]))
        forgotten *= np.exp(-rate * (s[-1] - s)) * ((s[-1] + 4.5 - s) / 4.5) ** 3
        powers = [np.ones_like(s)] * 2
        if dimension == 2:
            first = chance.choice([-1, 1]) * chance.uniform(0.1, 0.3, 2)
            second = chance.uniform(-2.6, 2.6) * first / rate
            powers = [(1 + c / s + d / s**2) / s for c, d in zip(first[:1].repeat(2) * [1, 1.2], second, strict=True)]
        square = constant * powers[0] + np.real(amplitude * turning) * powers[1]
        off = 1 + nonlinear + forgotten + noise * chance.standard_normal(len(s))
        found = fit_with_doubts(s, np.exp(-rate * s) * np.sqrt(square * off), leading, dimension, np.zeros_like(s), 0.0)
        ratios.append(abs(found.rate - rate) / found.rate_doubt)
    assert len(ratios) == 144
    assert max(ratios) <= 1.0
    assert np.median(ratios) > 0.03  # and mean something


def test_steps_are_in_the_doubt_where_faster_responses_are_taken_away(tmp_path: Path) -> None:
    """By their law, which knows of no steps: at a step of 1/25 δ was off by 1.4 times its doubt."""
    box = ("grid.points=768", "grid.length=68.0", "diagnostics.every=0.08", "initial.bubbles.1.frequency=0.9")
    config = load_configuration("remainder_1d", [*box, "time.start=9.0", "time.stop=3.0", "time.step=0.04"])
    assert run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    found = decay_rate_of(open_run(tmp_path / "run"))
    assert found.faster == 1
    assert 2e-6 < abs(found.rate - found.rate_by_law) <= found.rate_doubt < 5e-5


@pytest.mark.parametrize(("step", "more"), [(0.01, 1e-6), (0.025, 3.90625e-5)])
def test_steps_are_in_the_doubt_of_the_prefactor(tmp_path: Path, step: float, more: float) -> None:
    """Of rows without an error n₀ may be wrong by what the steps change, as their fourth power."""
    _made_run(tmp_path / "run", 0.0, 0.0)
    path = tmp_path / "run" / "config.toml"
    path.write_text(path.read_text().replace("step = 0.01\n", f"step = {step}\n"))
    found = decay_rate_of(open_run(tmp_path / "run"))
    assert found.rate_doubt < 1e-12
    assert found.constant_doubt == pytest.approx(more * found.constant, rel=1e-3)
