"""A run and its refinements: the digits that are told are right, and which refinement limits them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI
from PIL import Image

from parallel_nls.cli.parser import make_parser
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.figures import confirm
from parallel_nls.parallel.consensus import from_root
from parallel_nls.results.digits import confirmed_digits, in_digits, with_doubt
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run
from parallel_nls.running.signals import catching_signals
from parallel_nls.studies.confirmation import result as result_module
from parallel_nls.studies.confirmation.digits import agree
from parallel_nls.studies.confirmation.plan import Confirmation, plan_confirmation
from parallel_nls.studies.confirmation.report import describe
from parallel_nls.studies.confirmation.result import compare
from parallel_nls.studies.sweep.run_sweep import run_sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mpi4py.MPI import Intracomm

SOLITON = """\
[equation]
name = "nls"
dimension = 1
power = 2.0
[grid]
points = 192
length = 40.0
[initial]
kind = "solitons"
[[initial.solitons]]
center = -3.0
velocity = 2.0
[time]
start = 0.0
stop = 0.8
step = 0.005
[diagnostics]
every = 0.2
families = ["conserved", "virial", "resolution"]
[limits]
spectral_tail = "off"
"""
# Of W = √2 sech(x − c − vt) e^{iv(x − c)/2 + …}: M = 4, and the integrals of sech.
COARSE = ("time.scheme=strang", "time.step=0.04", "grid.points=120", "grid.length=20.0")
PLACE = -3.0 + 2.0 * 0.8
EXACT = {
    "mass": 4.0,
    "energy": 2.0 / 3 - 4.0 / 3 + 2.0,
    "momentum": 4.0,
    "variance": 4 * PLACE**2 + np.pi**2 / 3,
    "variance_rate": 2 * 4 * 2 * PLACE,
}


def study_of(folder: Path, *overrides: str, comm: Intracomm = MPI.COMM_SELF, output: str = "study") -> Confirmation:
    """A study of the soliton that has been run."""

    def plan() -> Confirmation:
        """Write the configuration, and read it."""
        (folder / "soliton.toml").write_text(SOLITON, encoding="utf-8")
        return plan_confirmation(str(folder / "soliton.toml"), overrides, comm.size, None, str(folder / output))

    study = from_root(comm, plan)
    assert run_sweep(study.plan, comm) == DONE
    return study


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Confirmation:
    """In coarse steps of order 2, and a small box."""
    return study_of(tmp_path_factory.mktemp("coarse"), *COARSE)


def test_the_digits_that_are_told_are_right(coarse: Confirmation) -> None:
    """Where the steps are coarse, and the tails of the soliton meet their images."""
    result = compare(coarse)
    found = {one.name: one for one in result.quantities}
    for quantity, exact in EXACT.items():
        one = found[quantity]
        assert one.text == in_digits(exact, one.digits), quantity  # correctly rounded, not one digit too many
        assert one.digits >= min(-np.log10(abs(one.values["base"] / exact - 1)), 14) - 2.5, quantity
    told = {name: (found[name].text, found[name].limited_by) for name in ("energy", "variance", "momentum")}
    assert told == {"energy": ("1.333", "step"), "variance": ("11.1", "step"), "momentum": ("4.00000", "box")}


def test_the_digits_of_a_run_that_refines_its_grid_are_right(tmp_path: Path) -> None:
    """Members that changed to the same grid at the same time would share what the coarse ones left out."""
    shared = ("time.stop=0.25", "diagnostics.every=0.025", "time.frame=0.0125", "time.tolerance=1e-9")
    points = ("grid.points=128", "grid.refine=auto", "grid.max_points=1024", "grid.refine_tail=1e-5")
    limit = "limits.spectral_tail=1e-2"
    study = plan_confirmation("gaussian_collapse_1d", (*shared, *points, limit), 1, None, str(tmp_path / "study"))
    assert run_sweep(study.plan, MPI.COMM_SELF) == DONE
    fine = load_configuration("gaussian_collapse_1d", [*shared, "grid.points=2048"])
    assert run(fine, MPI.COMM_SELF, tmp_path / "fine", quiet=True).exit_code == DONE
    exact = {name: float(column.values[-1]) for name, column in open_run(tmp_path / "fine").columns.items()
             if name in ("energy", "variance", "variance_rate", "sup_norm")}  # fmt: skip
    found = {one.name: one for one in compare(study).quantities}
    for name, value in exact.items():
        assert found[name].text == in_digits(value, found[name].digits), name
    assert found["sup_norm"].limited_by == "grid"


def test_a_peak_between_the_points_of_all_grids(tmp_path: Path) -> None:
    """Of which every run has the same part: its digits are those of a run that has it on a point."""
    shared = (
        "time.stop=0.06",
        "diagnostics.every=0.02",
        "time.frame=0.02",
        "grid.points=128",
        "output.fields_every=off",
    )
    study = plan_confirmation(
        "gaussian_collapse_1d", (*shared, "initial.center=0.04"), 1, None, str(tmp_path / "study")
    )
    assert run_sweep(study.plan, MPI.COMM_SELF) == DONE
    centered = load_configuration("gaussian_collapse_1d", [*shared, "grid.points=256"])
    assert run(centered, MPI.COMM_SELF, tmp_path / "centered", quiet=True).exit_code == DONE
    exact = float(open_run(tmp_path / "centered").columns["sup_norm"].values[-1])
    result = compare(study)
    found = {one.name: one for one in result.quantities}["sup_norm"]
    assert found.text == in_digits(exact, found.digits)
    assert found.limited_by == "points"
    assert found.values["points"] == pytest.approx(exact, rel=1e-6)
    assert "worst: sup_norm; the peak lies between the points; for more of it take more grid.points" in describe(result)


def test_a_study_goes_on_where_it_was(coarse: Confirmation, capsys: pytest.CaptureFixture[str]) -> None:
    """What a kill left of one member is gone on with, what it took away runs again; then comes what came before."""
    root = Path(coarse.plan.sweep.output)
    result, series = compare(coarse), (root / "member_0002" / "series.h5").read_bytes()
    (root / "member_0001" / "summary.json").unlink()  # killed after its last checkpoint
    shutil.rmtree(root / "member_0002")
    line = ["study", "confirm", coarse.plan.sweep.configuration, "--output", str(root), "--json", str(root / "again")]
    arguments = make_parser().parse_args([*line, *(word for key in COARSE for word in ("--set", key))])
    capsys.readouterr()
    with catching_signals():
        assert arguments.function(arguments) == DONE
    told = capsys.readouterr().out
    assert "4 members, 2 finished before" in told
    assert (root / "member_0002" / "series.h5").read_bytes() == series
    files = [root / f"confirm.{ending}" for ending in ("json", "csv", "png")]
    assert told.endswith(f"{describe(result)}\nin {', '.join(map(str, files))}\n")
    assert json.loads(files[0].read_text()) == json.loads((root / "again").read_text()) == result.document()
    rows = list(csv.DictReader(files[1].read_text().splitlines()))
    assert [(row["quantity"], row["value"]) for row in rows] == [(one.name, one.text) for one in result.quantities]
    with Image.open(files[2]) as picture:
        assert picture.width > picture.height > 0


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_any_ranks_say_the_same(comm: Intracomm, shared_path: Path) -> None:
    """Runs that share the ranks, beside runs on one; from an array, which no other grid has."""
    if comm.rank == 0:
        np.save(shared_path / "start.npy", np.exp(-(np.linspace(-6, 6, 64, endpoint=False) ** 2) + 0j))
    overrides = (f'initial={{kind = "file", file = "{shared_path / "start.npy"}"}}', "grid.points=64", "time.stop=0.4")
    together = study_of(shared_path, *overrides, comm=comm, output="together")

    def differing() -> list[str]:
        """On rank 0 alone."""
        results = [compare(study) for study in (study_of(shared_path, *overrides, output="alone"), together)]
        assert list(results[0].runs) == ["base", "step"]
        told = describe(results[0])
        assert "box   left out: the initial data are known at the points of one grid alone" in told
        assert "no digit is confirmed without grid and box; as far as step can tell" in told
        texts = [json.dumps(result.document()) for result in results]
        return [] if texts[0] == texts[1] else texts

    assert from_root(comm, differing) == []


@pytest.mark.parametrize(
    ("name", "overrides", "quantity"),
    [
        ("remainder_1d", ("grid.points=512", "grid.length=64", "time.start=6", "time.stop=5.8"), "z_l2"),
        ("radial_2d", ("grid.points=15", "time.step=0.05", "time.stop=0.1"), "occupations[2]"),
        ("half_wave_blowup", ("grid.points=128", "time.stop=0.1"), "law_time"),
    ],
)
def test_other_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, overrides: tuple[str, ...], quantity: str
) -> None:
    """On a radius, on the whole line and in remainder form: rows at the same times, and digits of what they measure."""
    study = plan_confirmation(name, (*overrides, "limits.spectral_tail=off"), 1, None, str(tmp_path / "study"))
    assert run_sweep(study.plan, MPI.COMM_SELF) == DONE
    result = compare(study)
    assert list(result.runs) == ["base", "step", "grid", "box"]
    assert len(result.times) > 1
    assert result.is_confirmed
    found = {one.name: one for one in result.quantities}
    assert found[quantity].digits > 0
    symbol = "s" if name == "remainder_1d" else "t"
    assert f"value at {symbol} = " in describe(result)
    figures: list[Figure] = []
    monkeypatch.setattr(confirm, "save", lambda figure, _: figures.append(figure))
    confirm.plot_confirmation(result.document(), tmp_path / "confirm.png")
    assert f"at ${symbol}=" in figures[0].axes[0].get_xlabel()
    assert not {"step", "spectral_tail", "edge", "error_estimate", "virial_residual"} & found.keys()


def test_a_run_that_ends_early_is_compared_so_far(tmp_path: Path) -> None:
    """In the plane, where all but the finer grid stop at once; of what is not there nothing is said."""
    overrides = ("grid.points=[32, 32]", "time.step=0.05", "time.stop=0.1")
    study = plan_confirmation("hartree_plane_2d", overrides, 1, None, str(tmp_path / "study"))
    assert run_sweep(study.plan, MPI.COMM_SELF) == STOPPED
    result = compare(study)
    assert [run["end_time"] for run in result.runs.values()] == [0.0, 0.0, 0.1, 0.0]
    assert list(result.times) == [0.0]
    text = describe(result)
    assert "not all came to their stop: compared at the start" in text
    assert "base  time.step = 0.05, grid = {points = [32, 32], length = [18.0, 18.0]}: to t = 0 in 0 steps: not" in text
    assert {one.name for one in result.quantities} >= {"wave_energy[1]", "momentum[x]", "occupations[6]"}


def test_what_says_little_is_told(coarse: Confirmation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tolerance that takes no more steps than the base, and a base that cannot start."""
    assert "warning" not in describe(compare(coarse))
    monkeypatch.setattr(result_module, "_FINER", 2.5)  # more than half the step gives
    result = compare(coarse)
    assert (list(result.runs), result.document()["verdict"]["confirmed"]) == (["base", "grid", "box"], False)
    text = describe(result)
    assert "step  left out: it took 40 steps in place of 20; take a fixed time.step, or a larger time.tol" in text
    assert "warning: no digit is confirmed without step; as far as grid and box can tell:\n" in text
    failing = plan_confirmation("half_wave_blowup", ["grid.points=32", "time.stop=0.1"], 1, None, str(tmp_path / "s"))
    assert run_sweep(failing.plan, MPI.COMM_SELF) == STOPPED
    with pytest.raises(UserError, match=r"nothing to compare in .*; base: failed: 32 points of scale 3 do not resolve"):
        compare(failing)


def test_what_each_system_refines(tmp_path: Path) -> None:
    """Half the step, or a tolerance that makes each step half as long; points on which those of the base lie."""

    def changes(name: str, *overrides: str) -> dict[str, dict[str, Any]]:
        """Of each refinement."""
        study = plan_confirmation(name, overrides, 8, None, str(tmp_path / "study"))
        assert all(
            study.plan.configuration(n).sample_schedule.total == study.plan.configuration(0).sample_schedule.total
            for n in range(len(study.runs))
        )
        return {run: study.settings(run) for run in study.runs[1:]} | {run: {} for run in study.left_out}

    assert changes("mean_field_limit") == {
        "step": {"time.step": 0.025},
        "grid": {"grid": {"points": 63, "radius": 11.0}},
        "box": {"grid": {"points": 63, "radius": 22.0}},
    }
    assert changes("half_wave_box")["step"] == {"time.tolerance": 1e-6 / 2**4}
    line = changes("half_wave_blowup")
    assert line["step"] == {"time.tolerance": 1e-7 / 2**6}
    assert line["box"] == {"grid": {"basis": "rational", "points": 512, "scale": 6.0}}
    single = changes("two_bubbles", "grid.precision=single")
    assert single["box"] == {"grid": {"points": [2048] * 2, "length": [40.96] * 2, "precision": "single"}}
    noise = changes("trap", "initial.noise=[{amplitude = 1e-3, bandwidth = 2.0, seed = 1}]")
    assert noise["box"] == {}
    np.save(tmp_path / "start.npy", np.ones(512, dtype=complex))
    whole = f'initial={{kind = "file", file = "{tmp_path / "start.npy"}"}}'
    assert changes("trap", whole, "diagnostics.every={steps = 10}").keys() == {"step", "grid", "box"}
    assert changes("trap", whole)["grid"] == {}


def test_digits_that_all_numbers_have() -> None:
    """Rounded, not cut off; next to a power of ten, and next to 0."""
    cases = [
        (1.2345, 1e-6, 6), (1.23449999, 1e-7, 7), (9.99999, 2e-5, 5), (-2.0, 1e-3, 3), (0.5, 0.4, 0), (1e-20, 1e-19, 0),
        (0.0, 0.0, 15), (0.0, 1e-9, 0), (1 / 3, 0.0, 15),
    ]  # fmt: skip
    for value, error, digits in cases:
        assert confirmed_digits(value, error) == digits, value
        ends = {f"{end:.{max(digits, 1) - 1}e}" for end in (value - error, value, value + error)}
        assert digits == 0 or len(ends) == 1
    texts = {(1.2345, 5): "1.2345", (1234.5, 2): "1.2e+03", (-0.00012, 1): "-0.0001", (9.996, 3): "10.0"}
    assert {case: in_digits(*case) for case in texts} == texts


def test_changes_that_pass_through_nothing() -> None:
    """At the end, by chance; numbers that are 0 but for rounding; and those of which one run has none."""
    times = np.arange(4.0)
    base = np.array([1.0, 2.0, 3.0, 4.0])
    chance = agree("q", times, {"base": base, "step": base + np.array([0, 1e-3, 5e-4, 0]), "grid": base})
    assert chance is not None
    assert (chance.digits, chance.limited_by, chance.worst_limited_by) == (3, "step", "step")
    assert chance.worst_changes == {"step": pytest.approx(1e-3 / 4), "grid": 0.0}
    tiny = agree("q", times, {"base": base * 0, "step": base * 1e-17})
    assert tiny is not None
    assert (tiny.is_zero, tiny.text) == (True, "|·| ≤ 4e-17")
    assert tiny.document()["changes"] == {"step": None}
    for change, size, is_zero in ((1.7, 1.0, True), (0.07, 1.0, False), (1.7, 1e-11, False)):
        small = agree(
            "q", times, {"base": 1e-12 * base, "step": (1 + change) * 1e-12 * base, "grid": 1e-12 * base}, size
        )
        assert small is not None
        assert (small.digits, small.is_zero) == (0, is_zero)
    lost = agree("q", times, {"base": base, "step": np.where(times > 2, np.nan, base)})
    assert lost is not None
    assert (lost.digits, lost.time, lost.worst_digits) == (0, 2.0, 0)
    assert agree("q", times, {"base": base * np.nan, "step": base * np.nan}) is None


def test_studies_that_cannot_be(tmp_path: Path) -> None:
    """One message each, before anything runs."""
    for overrides, ranks, told in (
        (["time.stp=1"], None, r'time\.stp = 1: unknown key; did you mean "stop"'),
        ([], 3, "--ranks-per-run 3: more than the 2 that there are; give fewer"),
        (["time.step=off", "time.tolerance=1e-13"], None, r"time\.tolerance = 6\.25e-15: must be at least 1e-14"),
        (["grid.points=10007"], None, "out of proportion"),
    ):
        with pytest.raises(UserError, match=told):
            plan_confirmation("trap", overrides, 2, ranks, str(tmp_path / "study"))
    with pytest.raises(UserError, match="--ranks-per-run 2: a run on the whole line takes one"):
        plan_confirmation("half_wave_blowup", [], 2, 2, None)
    large = plan_confirmation("two_bubbles", ["grid.points=[100000, 100000]"], 1, None, str(tmp_path / "study"))
    with pytest.raises(UserError, match="the node has"):
        run_sweep(large.plan, MPI.COMM_SELF)
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("value", "doubt", "text"),
    [
        (16.45718, 7.195, "16 ± 8"),
        (11.1037747, 5.31e-5, "11.10377 ± 6e-05"),
        (-0.6854995, 4.5e-5, "-0.68550 ± 5e-05"),
        (0.4338, 0.46, "0.4 ± 0.5"),
        (1234.5, 120.0, "1.2e+03 ± 200"),
        (0.01, 3.0, "0.01 ± 3"),
        (0.25, 0.0, "0.250000000000000 ± 0"),
        (9.96, 4.0, "10 ± 4"),
        (-0.0996, 0.0035, "-0.100 ± 0.004"),
        (0.0, 0.1, "0 ± 0.1"),
    ],
)
def test_a_number_with_its_doubt(value: float, doubt: float, text: str) -> None:
    """To the digit that the doubt leaves, and one at least."""
    assert with_doubt(value, doubt) == text
