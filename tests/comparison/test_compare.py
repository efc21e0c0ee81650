"""Runs beside each other: what tells them apart, what they differ by, and what is said of bad input."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import parallel_nls
from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.looks import house_style
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import new_record_text
from parallel_nls.results.labels import varied_keys
from parallel_nls.user_code.source import digest_of
from tests.stored_runs import end_run, rows, store_run

TIMES = np.linspace(-2.0, -1.5, 6)


@pytest.fixture(autouse=True)
def _few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the figures."""
    monkeypatch.setitem(house_style(), "savefig.dpi", 40)


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    """Two runs of other steps; the second has twice the rows, and other numbers."""
    finer = np.linspace(-2.0, -1.5, 11)
    first = rows(TIMES, mass=np.full(6, 2.0), momentum=np.zeros((6, 2)), sup_norm=-1 / TIMES)
    second = rows(
        finer, mass=np.full(11, 2.0) + 1e-9 * (finer + 2), momentum=np.full((11, 2), 1e-9), sup_norm=-1 / finer
    )
    store_run(tmp_path / "coarse", first)
    store_run(tmp_path / "fine", second, "time.step=0.025")
    end_run(tmp_path / "coarse")
    return [tmp_path / "coarse", tmp_path / "fine"]


def test_differences_are_those_of_the_numbers_at_shared_times(pair: list[Path]) -> None:
    """By the public name; the label is what the configurations differ in."""
    found = parallel_nls.compare(pair)
    assert found.labels == ("time.step = 0.05", "time.step = 0.025")
    assert found.varied["time.step"] == [0.05, 0.025]
    assert set(found.quantities) == {"mass", "momentum", "sup_norm"}
    assert [entry.name for entry in found.entries] == ["mass", "momentum x", "momentum y", "sup_norm"]
    mass = found.difference(found.entries[0], 1)
    np.testing.assert_array_equal(mass.times, TIMES)
    np.testing.assert_allclose(mass.values, 1e-9 * (TIMES + 2), atol=3e-16)
    assert mass.text(mass.last) == "5.00e-10"
    assert not mass.between


def test_how_grids_are_refined_tells_runs_apart() -> None:
    """Keys that may change between jobs, on which data depend all the same; limits only where nothing else does."""
    refined = ["grid.refine=auto", "grid.max_points=2048"]
    runs = [
        load_configuration("gaussian_collapse", overrides)
        for overrides in (["limits.spectral_tail=1e-4"], refined, [*refined, "grid.refine_tail=1e-9"])
    ]
    assert varied_keys(runs) == {
        "grid.refine": [None, "auto", "auto"],
        "grid.max_points": [None, [2048], [2048]],
        "grid.refine_tail": [None, None, 1e-9],
    }
    assert varied_keys([runs[0], load_configuration("gaussian_collapse")]) == {"limits.spectral_tail": [1e-4, 1e-5]}


def test_files_that_hold_something_else_tell_runs_apart(pair: list[Path], tmp_path: Path) -> None:
    """Whose paths are the same: the label has their checksums; runs that do not keep them say so."""
    (tmp_path / "wave.py").write_text("")
    named = f"initial={{kind='python',file='{tmp_path / 'wave.py'}'}}"
    paths = [
        store_run(tmp_path / name, rows(TIMES, mass=np.ones(6)), named, "diagnostics.families=['conserved']")
        for name in "abc"
    ]
    texts = ["old", "new", "new"]
    for path, text in zip(paths[:2], texts, strict=False):
        RunPaths(path).record.write_text(new_record_text({"initial_data.py": text}), encoding="utf-8")
    found = parallel_nls.compare(paths[:2])
    sums = [digest_of(text)[:8] for text in texts[:2]]
    assert found.varied == {"SHA-256 of initial_data.py": sums}
    assert found.labels == tuple(f'SHA-256 of initial_data.py = "{one}"' for one in sums)
    assert f'     SHA-256 of initial_data.py: "{sums[0]}", "{sums[1]}"' in found.text().splitlines()
    text = parallel_nls.compare(paths[1:]).text()
    assert f"files that it names were not compared: no run.json tells their checksums in {paths[2]}" in text
    assert "not compared" not in parallel_nls.compare(pair).text()
    RunPaths(paths[2]).record.write_text(new_record_text({"initial_data.py": "new"}), encoding="utf-8")
    assert "their configurations are the same" in parallel_nls.compare(paths[1:]).text()


def test_the_table_says_what_is_compared_where(pair: list[Path]) -> None:
    """How both stand, last values, differences, at how many times."""
    text = parallel_nls.compare(pair, ["mass", "momentum", "sup_norm"]).text()
    assert "1  time.step = 0.05: done at t = -1.5: stop time reached, in " in text
    assert "2  time.step = 0.025: ended without a word" in text
    table = {line.split("  ")[0]: line.split() for line in text.splitlines()}
    assert table["mass"][1:] == ["1", "2", "-1.5"]
    lines = text.splitlines()
    second = lines[next(i for i, line in enumerate(lines) if line.startswith("mass ")) + 1].split()
    assert second == ["2", "2.000000001", "-1.5", "5.00e-10", "2.50e-10", "-1.5", "5.00e-10", "-1.5"]
    assert "run 2 and run 1: at 6 times that both have, t = -2 to -1.5" in text
    assert "-inf" not in text


def test_files_have_all_digits_and_a_figure_of_each_quantity(pair: list[Path], tmp_path: Path) -> None:
    """Two CSV files and two PNG; what is there is replaced."""
    found = parallel_nls.compare(pair, ["mass", "momentum"])
    (tmp_path / "out" / "here").mkdir(parents=True)
    (tmp_path / "out" / "here" / "runs.csv").write_text("old")
    files = found.save(tmp_path / "out" / "here")
    assert files[0].read_text(encoding="utf-8").startswith("run,label,")
    assert [path.name for path in files] == ["runs.csv", "differences.csv", "mass.png", "momentum.png"]
    with (tmp_path / "out" / "here" / "differences.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["quantity"], line["component"], line["run"]) for line in lines][1:4] == [
        ("mass", "", "2"), ("momentum", "x", "1"), ("momentum", "x", "2"),
    ]  # fmt: skip
    mass = found.difference(found.entries[0], 1)
    assert float(lines[1]["last_difference"]) == mass.values[-1]
    assert float(lines[1]["largest_doubt"]) == mass.doubts[mass.largest]
    assert lines[1]["interpolated"] == "false"
    with Image.open(files[-1]) as image:
        assert image.width > 200


def test_a_sweep_stands_for_its_runs_in_their_order(pair: list[Path], tmp_path: Path) -> None:
    """Runs that are not begun are left out; a sweep of none is refused."""
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "sweep.toml").write_text("")
    with pytest.raises(UserError, match="has no run yet; begin it by: parallel-nls sweep"):
        parallel_nls.compare([tmp_path / "scan"])
    for number, path in enumerate(reversed(pair)):
        path.rename(tmp_path / "scan" / f"member_{9 + 9991 * number:04d}")
        if number == 0:
            with pytest.raises(
                UserError, match=r"1 run \(.*member_0009, the only one of its sweep\) cannot be compared"
            ):
                parallel_nls.compare([tmp_path / "scan"])
    (tmp_path / "scan" / "member_0011").mkdir()
    found = parallel_nls.compare([tmp_path / "scan"])
    assert [run.paths.root.name for run in found.runs] == ["member_0009", "member_10000"]
    assert found.labels == ("time.step = 0.025", "time.step = 0.05")


def test_times_that_never_meet_are_interpolated_between(tmp_path: Path) -> None:
    """The table marks it, and says how; digits that interpolation may change are not there."""
    others = np.linspace(-1.99, -1.51, 25)
    many = np.linspace(-2.0, -1.5, 26)
    store_run(tmp_path / "a", rows(many, sup_norm=-1 / many))
    store_run(tmp_path / "b", rows(others, sup_norm=-1 / others), "grid.points=[64,48]")
    found = parallel_nls.compare([tmp_path / "a", tmp_path / "b"])
    apart = found.difference(found.entries[0], 1)
    assert apart.between
    assert (np.abs(apart.values) <= apart.doubts).all()
    text = found.text()
    assert "≤" in text.splitlines()[-4]
    assert "* interpolated at 24 times of run 1, t = -1.98 to -1.52" in text
    assert "beyond rounding and interpolation" in text


def test_what_cancels_has_no_digits(tmp_path: Path) -> None:
    """Momenta of symmetric waves are rounding beside a field of 1; small numbers that runs agree on have some."""
    noise, small = np.array([3.1e-14, 0, -2e-14, 1e-14, 2e-14, 1.2e-14]), np.full(6, 3e-14)
    for name, sign in (("a", 1.0), ("b", -1.8)):
        momentum = np.stack([sign * noise, small * (1 + 1e-3 * sign)], axis=1)
        store_run(tmp_path / name, rows(TIMES, momentum=momentum, sup_norm=-1 / TIMES))
    found = parallel_nls.compare([tmp_path / "a", tmp_path / "b"])
    cancels, agrees, _ = (found.difference(entry, 1) for entry in found.entries)
    assert cancels.text(cancels.last) == "≤ 6e-14"
    assert cancels.text(cancels.largest) == "≤ 2e-13"
    assert agrees.text(agrees.last) == "-8.40e-17"
    text = found.text()
    assert "≤: no digit is beyond rounding" in text
    lines = text.splitlines()
    top = next(place for place, line in enumerate(lines) if line.startswith("momentum x"))
    assert lines[top].split()[2:5] == ["1", "≤", "4e-14"]
    assert lines[top + 1].split()[:3] == ["2", "≤", "6e-14"]
    assert [line.split()[place] for line, place in zip(lines[top + 2 : top + 4], (3, 1), strict=True)] == [
        "3.003e-14",
        "2.9946e-14",
    ]


@pytest.mark.parametrize(("size", "shown"), [(1e-17, "≤ 1e-17"), (1e-14, "1e-14")])
def test_sums_are_no_better_than_the_rounding_of_the_field(tmp_path: Path, size: float, shown: str) -> None:
    """A momentum that both runs have to the bit; what is not conserved may be as small as it likes."""
    for name in "ab":
        momentum = np.full((6, 2), [size, 0.0])
        store_run(tmp_path / name, rows(TIMES, momentum=momentum, edge=np.full(6, size), sup_norm=-1 / TIMES))
    table = parallel_nls.compare([tmp_path / "a", tmp_path / "b"], ["momentum", "edge"]).text()
    last = {line[:10]: re.split(r"\s{2,}", line)[2] for line in table.splitlines() if line.startswith(("mom", "edge"))}
    assert last["momentum x"] == shown
    assert last["momentum y"] == "0"
    assert last["edge      "] == f"{size:g}"


def test_parts_of_an_energy_that_cancel(tmp_path: Path) -> None:
    """Rounding of them is seen where they are far larger than the field."""
    for name, noise in (("a", 3e-9), ("b", -2e-9)):
        energy = noise * np.cos(9 * TIMES)
        store_run(tmp_path / name, rows(TIMES, energy=energy, sup_norm=-1 / TIMES))
        end_run(tmp_path / name, scales={"energy": 4e4})
    table = parallel_nls.compare([tmp_path / "a", tmp_path / "b"], ["energy"]).text()
    assert "energy    1    ≤ 3e-09 " in table


@pytest.mark.filterwarnings("error")
def test_times_that_never_come_have_no_difference(tmp_path: Path) -> None:
    """A dash, and no warning of infinity less infinity."""
    for name in "ab":
        store_run(tmp_path / name, rows(TIMES, virial_time=np.full((6, 1), np.inf), mass=np.ones(6)))
    found = parallel_nls.compare([tmp_path / "a", tmp_path / "b"], ["virial_time"])
    assert found.text().splitlines()[-4].split()[-5:] == ["inf", "-1.5", "–", "–", "–"]


@pytest.mark.parametrize("overrides", [("title='other'",), ("time.stop=-1.0",), ()])
def test_labels_of_runs_that_hardly_differ(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    """By title or stop where the data agree; by their directories where all does."""
    store_run(tmp_path / "a", rows(TIMES, mass=np.ones(6)))
    store_run(tmp_path / "b", rows(TIMES, mass=np.ones(6)), *overrides)
    labels = parallel_nls.compare([tmp_path / "a", tmp_path / "b"]).labels
    if overrides:
        assert labels[1] == {"title='other'": 'title = "other"'}.get(overrides[0], "time.stop = -1.0")
    else:
        assert labels == (str(tmp_path / "a"), str(tmp_path / "b"))


def test_members_of_a_sweep_without_a_row_are_named(pair: list[Path], tmp_path: Path) -> None:
    """Whether they are begun or not: what is there is compared; a run that is given by itself must have a row."""
    scan = tmp_path / "scan"
    scan.mkdir()
    (scan / "sweep.toml").write_text("")
    (scan / "members.csv").write_text("member,initial\n" + "".join(f"{n},x\n" for n in range(9)))
    for number, path in enumerate(pair):
        path.rename(scan / f"member_{number:04d}")
    store_run(scan / "member_0002", None)
    store_run(scan / "member_0003", rows([], mass=[]))
    (scan / "member_0003" / ".lock").write_text("process 1 on elsewhere\n")
    found = parallel_nls.compare([scan])
    assert [run.paths.root.name for run in found.runs] == ["member_0000", "member_0001"]
    assert list(found.missing) == [str(scan / f"member_{n:04d}") for n in (*range(4, 9), 2, 3)]
    told = found.text()
    assert f"left out, not begun: {scan}/member_0004, " in told
    assert f"{scan}/member_0007 and 1 more\n" in told
    assert (
        f"left out, no row yet, ended without a word: it was killed, or its machine failed: {scan}/member_0002\n"
        in told
    )
    assert (
        f"left out, no row yet, taken by process 1 on elsewhere, of which nothing can be told from here: {scan}" in told
    )
    (scan / "member_0001" / "series.h5").unlink()
    with pytest.raises(UserError, match=r"^1 run \(.*0000, the only one of its sweep\) .*; left out, .*member_0001, "):
        parallel_nls.compare([scan])
    with pytest.raises(UserError, match="has no row yet"):
        parallel_nls.compare([scan / "member_0000", scan / "member_0003"])


@pytest.mark.parametrize("damaged", ["config.toml", "summary.json", "series.h5"])
def test_a_damaged_member_of_a_sweep_is_named(pair: list[Path], tmp_path: Path, damaged: str) -> None:
    """And the others are compared; given by itself a damaged run is refused, as what has ended and lost its series."""
    scan = tmp_path / "scan"
    scan.mkdir()
    (scan / "sweep.toml").write_text("")
    for number, path in enumerate(pair):
        path.rename(scan / f"member_{number:04d}")
    bad = scan / "member_0002"
    store_run(bad, rows(TIMES, mass=np.ones(6)))
    end_run(bad)
    (bad / damaged).write_text("{")
    told = parallel_nls.compare([scan]).text()
    assert f"\n     left out, {damaged} is missing or damaged: {bad}\n" in told
    with pytest.raises(UserError, match=damaged):
        parallel_nls.compare([scan / "member_0000", bad]).text()
    (bad / "series.h5").unlink()
    assert f": {bad}\n" in parallel_nls.compare([scan]).text()


def test_labels_are_short_and_no_two_are_alike(tmp_path: Path) -> None:
    """Three keys at most, of the solution rather than of measuring; else with the directory."""
    sizes = ("grid.points=[40,24]", "grid.length=[41,30]", "time.step=0.1", "initial.blowup_time=0.5")
    for name, overrides in (("a", ()), ("b", sizes), ("c", sizes)):
        store_run(tmp_path / name, rows(TIMES, mass=np.ones(6)), *overrides)
    first, second, third = parallel_nls.compare([tmp_path / name for name in "abc"]).labels
    assert first.startswith("grid.points = [32, 24], grid.length = [40.0, 30.0], ")
    assert first.endswith(" and 1 more")
    assert second.endswith(f" and 1 more ({tmp_path / 'b'})")
    assert second != third


def test_more_runs_than_colours_are_drawn(tmp_path: Path) -> None:
    """From one scale of colours, with a legend of some; dollar signs of a title are no formulas."""
    paths = [
        store_run(tmp_path / f"{n}", rows(TIMES, mass=np.ones(6) * n), f"title='price $x_{n} ${{'")
        for n in range(1, 18)
    ]
    (figure,) = [path for path in parallel_nls.compare(paths).save(tmp_path / "out") if path.suffix == ".png"]
    with Image.open(figure) as image:
        assert image.height > 200


def test_bad_input_is_named(pair: list[Path], tmp_path: Path) -> None:
    """One message each, before anything is drawn."""
    store_run(tmp_path / "empty", rows([], mass=[]))
    store_run(tmp_path / "none", None)
    (tmp_path / "file").write_text("")
    cases = {
        (pair[0],): "1 run cannot be compared; give two or more run directories",
        (pair[0], pair[0]): "a run is given twice",
        (pair[0], tmp_path / "absent"): "there is no run directory",
        (pair[0], tmp_path / "empty"): "has no row yet",
        (pair[0], tmp_path / "none"): "has no row yet",
    }
    for paths, words in cases.items():
        with pytest.raises(UserError, match=words):
            parallel_nls.compare(paths)
    with pytest.raises(UserError, match=r"quantity 'masss': not in the series of all runs.*there are: mass, momentum"):
        parallel_nls.compare(pair, ["masss"])
    with pytest.raises(UserError, match="cannot be written"):
        parallel_nls.compare(pair, ["mass"]).save(tmp_path / "file")
