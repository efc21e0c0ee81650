"""Stored fields decomposed from the command line: the numbers of the run, wherever the bubbles are known from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.decompose.command import DecompositionOutcome, decompose
from parallel_nls.decompose.request import Request
from parallel_nls.errors import DONE, UserError
from parallel_nls.planning.edge import LEVEL
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run
from tests.cli import bad_decompositions
from tests.cli.bad_decompositions import CASES
from tests.cli.stored_bubbles import line_domain, store_bubbles, two_bubbles
from tests.cli.test_bad_input import InProcess, complaints_of_all, seen_here
from tests.conftest import ROOT
from tests.support import DECOMPOSED, besides_compiling

Launch = Callable[..., subprocess.CompletedProcess[str]]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
CONFIG = """
[equation]
name = "nls"
dimension = {dimension}
[grid]
points = {points}
length = {length}
[initial]
kind = "bubbles"
[[initial.bubbles]]
center = {left}
frequency = 0.9
[[initial.bubbles]]
center = {right}
frequency = 1.1
phase = 0.4
[modulation]
cutoff = 2.5
[time]
start = -0.8
stop = -0.7
step = 0.0025
[limits]
spectral_tail = "off"
[diagnostics]
every = {{steps = 20}}
families = ["conserved", "resolution", "modulation", "functionals", "localized"]
"""
CONFIG_WITHOUT_TIME = """
[equation]
name = "nls"
[grid]
points = [96, 90]
length = [20.0, 18.0]
[initial]
kind = "gaussian"
amplitude = 1.0
width = 1.0
[time]
start = -1.5
stop = -1.0
step = 0.1
[diagnostics]
families = ["localized"]
[modulation]
cutoff = 2.0
direction = [4.0, 3.0]
[[modulation.bubbles]]
center = [-3.0, 0.0]
frequency = 0.9
[[modulation.bubbles]]
center = [3.0, 0.0]
frequency = 1.1
"""
LINE = {"dimension": 1, "points": 960, "length": 24.0, "left": -2.0, "right": 2.0}
PLANE = {"dimension": 2, "points": [128, 96], "length": [20.0, 18.0], "left": [-3.0, 0.5], "right": [3.0, -0.5]}
DERIVED = {"modulation_parts", "modulation_defect", "mass_identity", "current_identity"}
OF_THE_FIT = {"scale", "center", "boost", "chirp", "phase", "orthogonality", "remainder_l2", "remaining_time"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run directories of two bubbles that were followed for 40 steps, on the line and in the plane."""
    folder, roots = tmp_path_factory.mktemp("runs"), {}
    for name, values in (("line", LINE), ("plane", PLANE)):
        (folder / f"{name}.toml").write_text(CONFIG.format(**values))
        roots[name] = folder / name
        run(load_configuration(str(folder / f"{name}.toml")), MPI.COMM_SELF, roots[name], quiet=True)
    return roots


@pytest.fixture(params=["line", "plane"])
def stored(request: pytest.FixtureRequest, runs: dict[str, Path]) -> Path:
    """One of them."""
    return runs[request.param]


def last_field(root: Path) -> Path:
    """The field at the end of such a run."""
    return root / "fields" / "field_00000040.h5"


def values_of(path: Path, target: Path, **options: Any) -> tuple[dict[str, Any], DecompositionOutcome]:
    """What a decomposition on one rank writes and says."""
    outcome = decompose(MPI.COMM_SELF, Request(path, json=target, **options))
    document: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    return document, outcome


def assert_same(found: Any, expected: Any, name: str) -> None:
    """Numbers that agree to rounding, of which derivatives have more; phases but for whole turns."""
    difference = np.asarray(found, dtype=float) - np.asarray(expected, dtype=float)
    if name == "phase":
        difference = np.remainder(difference + np.pi, 2 * np.pi) - np.pi
    np.testing.assert_allclose(difference, 0, atol=2e-11, err_msg=name)


def test_the_numbers_are_those_of_the_run(stored: Path, tmp_path: Path) -> None:
    """Every quantity of the last row that is measured on one field, with nothing given but the file."""
    document, outcome = values_of(last_field(stored), tmp_path / "values.json")
    columns = open_run(stored).columns
    names = set(columns) - {"time", "step", "fit_passes", "resonance_gain"} - DERIVED
    assert len(names) == 29
    for name in names:
        assert_same(document[name], columns[name].values[-1], name)
    assert outcome.exit_code == 0
    assert (document["steps"], document["blowup_time"], document["cutoff"]) == (40, 0.0, 2.5)
    assert document["time"] == pytest.approx(-0.7, abs=1e-14)
    assert document["fit_passes"] > 0
    np.testing.assert_allclose(document["remaining_time"], 0.7, rtol=5e-2)
    assert -np.pi < min(document["phase"]) <= max(document["phase"]) <= np.pi


def test_the_table_shows_up_to_ten_digits(stored: Path, tmp_path: Path) -> None:
    """Those of the file of values that the edge leaves; D, the defect of the energy, and where the field is cut."""
    document, outcome = values_of(last_field(stored), tmp_path / "values.json")
    lines = {line[:35].strip(): line[35:].split() for line in outcome.text.splitlines() if line}
    rows = {re.sub(r" +", " ", name): numbers for name, numbers in lines.items()}
    changes = np.array(document["edge_changes"])
    assert changes.max() < 1e-4
    apart = np.abs(np.array(rows["scale λ"], dtype=float) / document["scale"] - 1)
    assert (apart < 10 * changes).all()
    assert [float(text) for text in rows["T - t ≈ λ²/γ"]] == pytest.approx(document["remaining_time"], rel=1e-4)
    assert float(rows["its size D"][0]) == pytest.approx(document["remainder_size"], rel=1e-2)
    assert float(rows["its defect E - ΣE(S_k)"][0]) == pytest.approx(document["energy_defect"], rel=1e-2)
    assert float(rows["-ΣM/(2λ²)"][0]) == pytest.approx(document["energy_expansion"][3], rel=5e-2)
    open_energy = 40 * document["grid_changes"]["energy"] + 1e-9 * document["energy"]
    assert float(rows["energy E"][0]) == pytest.approx(document["energy"], abs=open_energy)
    assert all(7 <= len(text.replace(".", "").lstrip("0")) <= 10 for text in rows["local mass m"])
    assert ("warning" in outcome.text) == (max(document["edge_heights"]) > LEVEL)
    assert "T = 0, T - t = 0.7" in outcome.text
    assert f"σ = {document['sigma']:.10g}" in outcome.text
    assert "cutoff              A = 2.5" in outcome.text
    assert f"largest condition {document['orthogonality']:.1e} after {document['fit_passes']:g} passes" in outcome.text


def test_a_time_that_no_chirp_tells_has_no_digits(stored: Path, tmp_path: Path) -> None:
    """|u| in the place of u: γ is rounding, and so is λ²/γ, though it is a number."""
    copy = tmp_path / "standing.h5"
    copy.write_bytes(last_field(stored).read_bytes())
    with h5py.File(copy, "r+") as file:
        (step,) = file["data"].values()
        real, imag = (step["meshes/u"][part] for part in ("real", "imag"))
        real[...], imag[...] = np.hypot(real[...], imag[...]), 0.0
    document, outcome = values_of(copy, tmp_path / "values.json", count=2)
    assert np.abs(document["chirp"]).max() < 1e-9
    line = next(line for line in outcome.text.splitlines() if "λ²/γ" in line)
    assert all(len(text.partition("e")[0].lstrip("-")) <= 3 for text in line[35:].split())


def test_a_field_alone(stored: Path, tmp_path: Path) -> None:
    """Outside of its run, by peaks and by centers: the same bubbles; what takes T or ω is left out."""
    known, _ = values_of(last_field(stored), tmp_path / "known.json")
    (tmp_path / "field.h5").write_bytes(last_field(stored).read_bytes())
    centers = tuple(map(tuple, known["expected_centers"]))
    choices: list[dict[str, Any]] = [{"count": 2}, {"centers": centers}, {"count": 2, "blowup_time": 0.0}]
    for number, options in enumerate(choices):
        document, outcome = values_of(tmp_path / "field.h5", tmp_path / f"{number}.json", **options)
        for name in OF_THE_FIT:
            assert_same(document[name], known[name], name)
        assert "energy_defect" not in document
        assert "E - ΣE(S_k)" not in outcome.text
        timed = "blowup_time" in options
        assert (("remainder_size" in document), ("T is not known" in outcome.text)) == (timed, not timed)
        assert ("its size" in outcome.text) == timed
        assert document["cutoff"] == 3.0
    assert_same(document["remainder_size"], known["remainder_size"], "remainder_size")


def test_centers_choose_and_number_the_bubbles(stored: Path, tmp_path: Path) -> None:
    """In a run directory, too, with its T and its cutoff; about where they are is enough."""
    known, _ = values_of(last_field(stored), tmp_path / "known.json")
    centers = tuple(tuple(x + 0.2 for x in center) for center in reversed(known["expected_centers"]))
    document, _ = values_of(last_field(stored), tmp_path / "values.json", centers=centers, cutoff=4.0)
    assert_same(document["scale"], known["scale"][::-1], "scale")
    assert_same(document["center"], known["center"][::-1], "center")
    assert_same(document["remainder_size"], known["remainder_size"], "remainder_size")
    assert document["expected_centers"] == [list(center) for center in centers]
    assert document["cutoff"] == 4.0


def test_a_run_that_knows_no_time(tmp_path: Path) -> None:
    """Its bubbles and their ω are known, its cutoff and direction as well, T is not."""
    (tmp_path / "fields").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG_WITHOUT_TIME)
    path = tmp_path / "fields" / "field_00000007.h5"
    store_bubbles(path, line_domain(MPI.COMM_SELF, 96, 90), two_bubbles(2), 0.25, -1.0)
    document, outcome = values_of(path, tmp_path / "values.json")
    assert document["blowup_time"] is None
    assert "2, of the run's configuration" in outcome.text
    np.testing.assert_allclose(document["scale"], [0.9 * 1.25, 1.1 * 1.25], rtol=1e-4)
    exact = (0.9**2 + 1.1**2) * ground_state(2).second_moment / 8
    assert document["energy_defect"] == pytest.approx(document["energy"] - exact, abs=1e-12)
    assert "remainder_size" not in document
    assert document["cutoff"] == 2.0
    assert document["direction"] == pytest.approx([0.8, 0.6])
    chosen, _ = values_of(path, tmp_path / "chosen.json", centers=((-3.0, 0.0), (3.0, 0.0)))
    assert (chosen["cutoff"], chosen["direction"]) == (2.0, [1.0, 0.0])


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("dimension", [1, 2])
def test_as_many_as_there_are(tmp_path: Path, dimension: int, count: int) -> None:
    """Exact bubbles of different heights, found as peaks, the highest first: their parameters are known."""
    left, middle, right = ((-7.0,), (0.2,), (6.5,)) if dimension == 1 else ((-6.0, -5.0), (6.0, -4.0), (0.3, 5.0))
    bubbles = [Bubble(left, 1.0, 0.3), Bubble(middle, 0.8, -1.0), Bubble(right, 1.3, 2.0)][:count]
    domain = line_domain(MPI.COMM_SELF, *((1500,) if dimension == 1 else (200, 180)))
    store_bubbles(tmp_path / "bubbles.h5", domain, bubbles, 0.25, -0.15)
    document, _ = values_of(tmp_path / "bubbles.h5", tmp_path / "values.json", count=count)
    expected = sorted(bubbles, key=lambda bubble: bubble.frequency)
    frequencies = np.array([bubble.frequency for bubble in expected])
    phases = 1 / (frequencies**2 * 0.4) + [bubble.phase for bubble in expected]
    exact: dict[str, Any] = {
        "scale": 0.4 * frequencies,
        "center": [bubble.center for bubble in expected],
        "boost": np.zeros((count, dimension)),
        "chirp": 0.4 * frequencies**2,
    }
    for name, value in exact.items():
        np.testing.assert_allclose(document[name], value, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(np.exp(1j * (phases - document["phase"])), 1, atol=1e-9)
    np.testing.assert_allclose(document["remaining_time"], 0.4, atol=1e-9)
    np.testing.assert_allclose(document["local_mass"], ground_state(dimension).mass, rtol=1e-4)


def test_single_precision_shows_fewer_digits(tmp_path: Path) -> None:
    """The grid is that of the file; digits that its numbers do not have are not shown."""
    for dtype, name in ((np.complex128, "double"), (np.complex64, "single")):
        store_bubbles(tmp_path / f"{name}.h5", line_domain(MPI.COMM_SELF, dtype=dtype), two_bubbles(1), 0.0, -0.4)
    double, _ = values_of(tmp_path / "double.h5", tmp_path / "double.json", count=2)
    single, outcome = values_of(tmp_path / "single.h5", tmp_path / "single.json", count=2)
    assert (double["precision"], single["precision"]) == ("double", "single")
    np.testing.assert_allclose(single["scale"], double["scale"], rtol=1e-5)
    line = next(line for line in outcome.text.splitlines() if line.startswith("scale"))
    assert all(re.fullmatch(r"0\.\d{4,7}", text) for text in line.split()[2:])


def test_what_the_edge_does_is_told(tmp_path: Path) -> None:
    """Of two exact bubbles with their images, on either side of an edge, no digit is shown that is wrong."""
    places, side, left = (10.0, -10.5), 24.0, 0.4
    near = [Bubble((x + shift,), 1.0, 0.3) for x in places for shift in (0.0, side, -side)]
    store_bubbles(tmp_path / "edge.h5", line_domain(MPI.COMM_SELF), near, 0.0, -left)
    document, outcome = values_of(tmp_path / "edge.h5", tmp_path / "edge.json", centers=tuple((x,) for x in places))
    rooms = np.array([2.0, 1.5]) / left
    state = ground_state(1)
    np.testing.assert_allclose(document["edge_heights"], state.value(rooms) / state.peak, rtol=0.05)
    off = np.abs(np.array(document["scale"]) / left - 1)
    assert off.max() > 1e-3, "there is nothing to be told"
    assert (off < document["edge_changes"]).all()
    rows = {line[:35].split()[0]: line[35:].split() for line in outcome.text.splitlines() if line[:1].isalpha()}
    assert all(len(text) <= len("0.42") for text in rows["scale"])
    assert rows["at"] == [f"{height:.2g}" for height in document["edge_heights"]]
    assert re.search(r"warning +bubbles 1, 2 reach beyond the periodic box, and U has no images: up to", outcome.text)


@pytest.mark.parametrize(
    "waves",
    [((6.0, 2.0), (-9.0, 0.5)), ((10.5, 2.0), (3.0, 1.2), (-4.0, 1.5)), ((11.0, 1.0), (-10.0, 2.0), (-3.0, 1.5))],
)
def test_the_edge_is_told_of_bubbles_of_several_scales(tmp_path: Path, waves: tuple[tuple[float, float], ...]) -> None:
    """A wide one reaches a narrow one by its image, and by what its own images make of it."""
    side, left = 24.0, 0.4
    near = [Bubble((x + shift,), width, 0.3) for x, width in waves for shift in (0.0, side, -side)]
    store_bubbles(tmp_path / "edge.h5", line_domain(MPI.COMM_SELF), near, 0.0, -left)
    document, _ = values_of(tmp_path / "edge.h5", tmp_path / "edge.json", centers=tuple((x,) for x, _ in waves))
    widths = np.array([width for _, width in waves])
    off = np.abs(np.array(document["scale"]) / (widths * left) - 1)
    off = np.maximum(off, np.abs(np.array(document["chirp"]) - widths**2 * left))
    assert off.max() > 1e-9, "there is nothing to be told"
    assert (off < document["edge_changes"]).all()


def test_bad_input_on_one_rank(in_process: InProcess) -> None:
    """One message, exit code 2."""
    assert not complaints_of_all(CASES, seen_here(bad_decompositions, in_process))


def test_every_number_of_ranks_says_the_same(mpirun: Launch, runs: dict[str, Path], tmp_path: Path) -> None:
    """Output and file of values, character by character, in one job on two ranks, after all cases of bad input.

    It is ended by a field that has one bubble less: exit code 3 and the reason; residual and passes, the local masses,
    and no bubble. Nothing else stands on the standard error.
    """
    commands, texts = [], []
    for name, direction in (("line", "-1"), ("plane", "-1,0.5")):
        known = {"count": 2, "blowup_time": -0.01, "direction": tuple(map(float, direction.split(",")))}
        _, alone = values_of(last_field(runs[name]), tmp_path / f"{name}.json", **known)
        assert "T = -0.01, T - t = 0.69" in alone.text
        options = ["--bubbles", "2", "--blowup-time", "-1e-2", "--direction", direction, "--json", f"{name}_2.json"]
        commands.append(["decompose", str(last_field(runs[name])), *options])
        texts.append(alone.text)
    centers = ["--center", "-2", "--center", "2", "--center", "9.5"]
    commands.append(["decompose", "two.h5", *centers, "--json", "nothing.json"])
    job = [sys.executable, "-m", bad_decompositions.__name__, json.dumps(commands)]
    (tmp_path / "job").mkdir()
    result = mpirun(2, *job, cwd=tmp_path / "job", env=ENVIRONMENT)
    seen, _, output = result.stdout.partition("\n")
    assert not complaints_of_all(CASES, json.loads(seen))
    for name, text in zip(runs, texts, strict=True):
        assert output.startswith(text + "\n")
        output = output.removeprefix(text + "\n")
        assert (tmp_path / "job" / f"{name}_2.json").read_bytes() == (tmp_path / f"{name}.json").read_bytes()
    assert result.returncode == 3
    told = besides_compiling(result.stderr)
    assert told.startswith("parallel-nls: no decomposition was found: the field has no bubble 3: ")
    assert told.count("parallel-nls: ") == 1
    assert re.search(r"largest condition \S+ after \d+ passes over the field, so this is no decomposition", output)
    assert all(symbol not in output for symbol in ("λ", "γ", "‖R‖₂"))
    document = json.loads((tmp_path / "job" / "nothing.json").read_text(), parse_constant=pytest.fail)
    assert document["failure"] in result.stderr
    assert set(document).isdisjoint({"scale", "remainder_l2", "generalized_energy", "remaining_time"})
    assert document["local_mass"][2] < 1e-3


@pytest.mark.parametrize("frame", ["soliton", "blow-up"])
def test_what_a_run_in_remainder_form_has_stored(tmp_path: Path, frame: str) -> None:
    """Its last field gives the last row of its series, however small, to rounding; nothing else may be asked."""
    times = ("time.start=8.0", "time.stop=7.5") if frame == "soliton" else ("time.start=-0.125", "time.stop=-0.13")
    box = ("grid.points=800", f"grid.length={80.0 if frame == 'soliton' else 10.0}", f"equation.frame={frame}")
    step = f"time.step={0.05 if frame == 'soliton' else 5e-4}"
    config = load_configuration("remainder_1d", [*times, *box, step, DECOMPOSED, "modulation.direction=[-1.0]"])
    run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True)
    path = tmp_path / "run" / "fields" / "field_00000010.h5"
    document, outcome = values_of(path, tmp_path / "found.json")
    columns = open_run(tmp_path / "run").columns
    # What is left out is derived, or rounding.
    names = set(columns) - {"step", "modulation_parts", "modulation_defect", "orthogonality", "edge", "spectral_tail"}
    for name in names:
        found, expected = np.array(document[name]), columns[name].values[-1]
        size = float(np.max(np.abs(expected)))
        assert size > 0
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * size, err_msg=name)
    assert document["direction"] == [-1.0]
    assert outcome.exit_code == DONE
    symbol = "s = 7.5 after 10 steps, T - t = 0.1333333333" if frame == "soliton" else "t = -0.13 after 10 steps, T = 0"
    assert symbol in outcome.text
    assert f"‖v - ΣS_k‖₂    {document['z_l2']:#.10g}" in outcome.text
    for options in ({"count": 2}, {"centers": ((1.0,),)}, {"blowup_time": 1.0}, {"cutoff": 2.0}):
        with pytest.raises(UserError, match="decomposed about the bubbles of the run, without functionals; leave"):
            decompose(MPI.COMM_SELF, Request(path, **options))


def test_numbers_have_their_digits_in_any_units(tmp_path: Path) -> None:
    """Of J, which falls as the square of lengths, one digit was left where these are 2²⁰ times as large."""
    told = []
    for name, unit in (("small", 1.0), ("large", 2.0**20)):
        text = CONFIG.format(dimension=1, points=512, length=24.0 * unit, left=-2.0 * unit, right=2.0 * unit)
        (tmp_path / f"{name}.toml").write_text(text)
        scaled = [f"initial.bubbles.{k}.frequency={w / unit!r}" for k, w in enumerate((0.9, 1.1))]
        scaled += [
            f"time.{key}={time * unit**2!r}" for key, time in (("start", -0.8), ("stop", -0.7), ("step", 0.0025))
        ]
        run(load_configuration(tmp_path / f"{name}.toml", scaled), MPI.COMM_SELF, tmp_path / name, quiet=True)
        field = tmp_path / name / "fields" / "field_00000040.h5"
        text = decompose(MPI.COMM_SELF, Request(field)).text
        (line,) = (line for line in text.splitlines() if line.startswith("local current"))
        told.append(
            [len(number.lstrip("-").partition("e")[0].replace(".", "").lstrip("0")) for number in line.split()[3:]]
        )
    assert told[0] == told[1]
    assert min(told[0]) >= 8
