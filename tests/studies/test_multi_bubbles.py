"""Studies of multi-bubbles: what runs come to, files, going on, and what is refused before anything runs."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, UserError
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.digits import with_doubt
from parallel_nls.studies.frame import Request, conduct
from parallel_nls.studies.multi_bubbles.deep_runs import deep_settings
from parallel_nls.studies.multi_bubbles.invariants import excess, waves_at
from parallel_nls.studies.multi_bubbles.rates import CaseOne, CaseTwo
from parallel_nls.studies.multi_bubbles.registry import STUDIES
from parallel_nls.studies.multi_bubbles.remainders import distance, fit_rate
from parallel_nls.studies.offers import OFFERS

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nls.numerics.arrays import ComplexArray
    from parallel_nls.studies.frame import Finding

STEP = "time.step=0.02"
COARSE = (STEP, "grid.points=540", "grid.length=64.0", "time.stop=2.0")
EQUAL = "initial.bubbles.1.frequency=1.0"
ONE = "initial.bubbles=[{center=[0.0]}]"
BLOW_UP = ("equation.frame=blow-up", "initial.blowup_time=0.0", "time.start=-0.1", "time.stop=-0.5")


def conducted(name: str, values: tuple[float, ...], output: Path, *overrides: str) -> Finding:
    """A study on one rank that comes to its end."""
    code, found = conduct(STUDIES[name], Request("remainder_1d", values, overrides, 1, str(output)), MPI.COMM_SELF)
    assert code == DONE
    assert found is not None
    return found


def test_every_offer_is_a_study() -> None:
    """The command line and the registry name the same ones."""
    assert [offer.name for offer in OFFERS] == list(STUDIES)


def test_the_rate_of_exponentials() -> None:
    """Exact values have no doubt, others that of their scatter."""
    places = np.linspace(3.0, 9.0, 13)
    found = fit_rate(places, 7 * np.exp(-3.3 * places))
    assert found.value == pytest.approx(3.3, rel=1e-13)
    assert found.doubt < 1e-13
    waving = fit_rate(places, np.exp(-3.3 * places + 0.5 * np.cos(8 * places)))
    assert abs(waving.value - 3.3) < 2 * waving.doubt < 0.4


def test_distances_of_what_has_no_square() -> None:
    """‖z − z'‖/‖z‖ at 1e-200 as at 1."""
    one: ComplexArray = np.array([3.0, 4.0j])
    other: ComplexArray = np.array([3.0, 3.0j])
    assert distance(*(1e-200 * z for z in (one, other, one))) == pytest.approx(0.2, rel=1e-14)


def test_construction_goes_on_where_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Differences fall at the rate of the law; a run that is missing is run again, and all files are the same."""
    starts = (3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0)
    found = conducted("construction", starts, tmp_path / "s", *COARSE)
    assert found.verdict.holds
    assert found.numbers["rate_by_law"] == pytest.approx(4 / 1.2)
    differences = [float(row[1]) for row in found.rows]
    assert max(differences[:2]) < 0.1
    assert max(differences[-2:]) < 1e-4
    assert "verdict: as theory says" in capfd.readouterr().out
    document = (tmp_path / "s/study.json").read_bytes()
    assert json.loads(document)["verdict"]["holds"] is True
    assert (tmp_path / "s/study.csv").read_text().splitlines()[0] == "s_n,at s = 2,at s = 2.5,at s = 3"
    picture = (tmp_path / "s/construction.png").read_bytes()
    shutil.rmtree(tmp_path / "s/member_0003")
    conducted("construction", starts, tmp_path / "s", *COARSE)
    assert "8 members, 7 finished before" in capfd.readouterr().out
    assert (tmp_path / "s/study.json").read_bytes() == document
    assert (tmp_path / "s/construction.png").read_bytes() == picture


def test_rates_have_six_digits_and_their_prefactor(tmp_path: Path) -> None:
    """δ to 1e-6 with ω = 1, 1 and 1, 1.2; n₀ and n₁ to 2e-5 at a step of 1/50, which leaves 5e-6."""
    found = conducted("decay-rate", (1.0, 1.2), tmp_path / "s", STEP, "grid.points=672", "grid.length=84.0")
    assert found.verdict.holds
    for one, law in zip(found.numbers["rates"], (4.0, 4 / 1.2), strict=True):
        assert one["rate"] == pytest.approx(law, rel=1e-6)
        assert one["constant"] == pytest.approx(one["constant_by_law"], rel=2e-5)
        assert one["amplitude"] == pytest.approx(one["amplitude_by_law"], rel=1e-4)
    assert [one["faster"] for one in found.numbers["rates"]] == [0, 1]
    for row, one in zip(found.document()["table"], found.numbers["rates"], strict=True):
        assert row["± of n₀"] == one["constant_doubt"] > abs(one["constant"] - one["constant_by_law"])
        assert row["±"] == one["rate_doubt"] > abs(one["rate"] - one["rate_by_law"])
    lines = found.text().splitlines()
    shown = dict(zip(found.columns, lines[2].split(), strict=True))
    first = found.numbers["rates"][0]
    assert f"{shown['n₀']} ± {shown['± of n₀']}" == with_doubt(first["constant"], first["constant_doubt"])
    assert f"{shown['δ']} ± {shown['±']}" == with_doubt(first["rate"], first["rate_doubt"])
    assert shown["n₀ by the law"] == "25.3166355"


def test_case_one_has_bubbles_near_each_other() -> None:
    """Of ω from 1 to 1 + ε, and also half as far apart."""
    case = CaseOne()
    (near, bubbles), (far, _) = case.alternatives(load_configuration("remainder_1d", []), [0.1])
    assert (near, far) == ((2.0, 0.1), (4.0, 0.1))
    assert bubbles == [Bubble((-1.0,), 1.0, 0.0), Bubble((1.0,), 1.1, 0.0)]


def test_case_two_has_bubbles_far_from_each_other() -> None:
    """Of ω = 1, 2, …, at the distances that are given."""
    ((mark, bubbles),) = CaseTwo().alternatives(load_configuration("remainder_1d", []), [6.0])
    assert mark == (6.0,)
    assert bubbles == [Bubble((-3.0,), 1.0, 0.0), Bubble((3.0,), 2.0, 0.0)]


def test_mass_and_energy_are_those_of_the_bubbles(tmp_path: Path) -> None:
    """From z = 0 at s_n on v keeps what ΣS_k has there, less and less; ΣS_k at s = 2 has 5.56e-3."""
    box = ("grid.points=480", "grid.length=64.0", "time.step=0.005", "time.stop=2.0")
    found = conducted("energy-quantization", (4.0, 6.0), tmp_path / "s", *box)
    assert found.verdict.holds is None
    assert "it falls, and s_n is too early" in found.verdict.text
    for row in found.rows:
        assert row[1:3] == pytest.approx(row[3:], abs=1e-10)
    assert found.numbers["sum_energy"] == pytest.approx(-5.56e-3, rel=1e-3)


@pytest.mark.parametrize("dimension", [1, 2])
def test_one_bubble_has_no_excess(dimension: int) -> None:
    """M = ‖Q‖² and E = ω²‖yQ‖²/8 by quadrature of its soliton at s = 1.5."""
    x = np.arange(-28.0, 28.0, 0.2)
    bubbles = [Bubble((2.0, -1.0)[:dimension], 1.3, 0.4)]
    coordinates = [x] * dimension
    mass, energy = excess(bubbles, 1.5, coordinates, waves_at(bubbles, 1.5, coordinates))
    assert abs(mass) < 2e-12 * ground_state(dimension).mass
    assert abs(energy) < 1e-10


def test_deep_runs_keep_points_and_margins() -> None:
    """δ = 10/3: rows from δs = 20 on; at s_n the waves are as far from the edge as before, points as near."""
    config = load_configuration("remainder_1d", [])
    found = deep_settings(config, [[Bubble((-2.0,)), Bubble((2.0,), 1.2)]])
    assert found["time.stop"] == 6.0
    assert found["time.start"] == 13.0  # two periods of π/ν, and 18/δ
    assert found["grid.length"] == [2 * 2 * 13 + 2 * 24.0]
    assert found["grid.length"][0] / found["grid.points"][0] <= 96 / 1536
    plane = deep_settings(load_configuration("remainder_1d", ["equation.dimension=2", "grid.points=[400,200]",
        "grid.length=[72.0,36.0]", "initial.bubbles.0.center=[-2.0,0.0]", "initial.bubbles.1.center=[2.0,0.0]",
        "time.start=10.0"]), [[Bubble((-2.0, 0.0)), Bubble((2.0, 0.0))]])  # fmt: skip
    assert plane["grid.length"][1] == 36.0
    assert plane["grid.length"][0] == 2 * 2 * plane["time.start"] + 32.0


@pytest.mark.parametrize(
    ("name", "values", "overrides", "message"),
    [
        ("construction", (3.0, 4.0, 5.0, 6.0, 7.0), ("time.stop=3.0",), "must be beyond time.stop = 3"),
        ("construction", (4.0, 5.0), (), "--starts 4,5: give at least 5"),
        ("construction", (4.0, 5.0, 5.0, 6.0, 7.0), (), "must increase"),
        ("construction", (4.0, 5.0, 6.5, 7.0, 8.0), (), "give them at equal distances"),
        ("construction", (4.0, 5.0, 6.0, 7.0, 8.0), (ONE,), "there is one"),
        ("construction", (4.0, 5.0, 6.0, 7.0, 8.0), BLOW_UP, 'frame = "soliton"'),
        ("construction", (4.0, 5.0, 6.0, 7.0, 8.0), ("time.start=9.0",), "the runs of the study differ in it"),
        ("energy-quantization", (4.0, 5.0), ("initial.remainder={kind='gaussian', amplitude=1, width=1}",), "z = 0"),
        ("decay-rate", (1.0, 60.0), (), "rows would begin at s = 572"),
        ("case-two", (0.0, 4.0), (), "--distances 0,4: must be greater than 0"),
    ],
)  # fmt: skip
def test_bad_input(
    tmp_path: Path, name: str, values: tuple[float, ...], overrides: tuple[str, ...], message: str
) -> None:
    """One message that names the value, and nothing is made."""
    request = Request("remainder_1d", values, overrides, 1, str(tmp_path / "s"))
    with pytest.raises(UserError, match=message):
        conduct(STUDIES[name], request, MPI.COMM_SELF)
    assert not (tmp_path / "s").exists()


def test_another_equation_is_refused(tmp_path: Path) -> None:
    """A study of remainders needs one."""
    request = Request("two_bubbles", (1.0,), (), 1, str(tmp_path / "s"))
    with pytest.raises(UserError, match=r"it takes form = .remainder. and frame"):
        conduct(STUDIES["decay-rate"], request, MPI.COMM_SELF)
