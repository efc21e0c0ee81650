"""The model of the duration of a run: times that were measured, what it says of whole runs, and files of machines."""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import UserError
from parallel_nls.parallel.sharing import SETTING
from parallel_nls.planning.node import node_cores
from parallel_nls.planning.performance import quick_look
from parallel_nls.planning.performance.estimate import describe_duration, estimate_run, format_seconds
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import (
    SETTING as MACHINE,
)
from parallel_nls.planning.performance.machine import default_machine, load_machine
from parallel_nls.planning.performance.quick_look import looked_at
from parallel_nls.planning.performance.scaling import describe_scaling, scale_run
from parallel_nls.planning.performance.steps import count_steps
from parallel_nls.planning.performance.systems import work_of
from parallel_nls.planning.performance.tensors import PairTensor
from parallel_nls.spectral.folding import line_factors
from tests.planning.machines import made_up
from tests.support import PLAIN

WITHIN = 1.2
UNKNOWN = ("half_wave_box", "half_wave_blowup", "softened_no_collapse")  # steps of a tolerance
# Milliseconds of a step of one pair on an idle machine, that of the constants, on 1 and 2 ranks; by points.
PLANES = {
    512: (0.856, 0.463),
    1024: (4.98, 2.40),
    2048: (21.8, 11.4),
    4096: (87.9, 48.4),
}
SMALL = {128: 0.101, 256: 0.230}  # the same of one rank
LINES = {2**20: (10.5, 5.25), 2**22: (42.9, 22.0), 2**24: (174.5, 92.9)}


def step_of(shape: tuple[int, int], folded: bool, ranks: int) -> float:
    """Milliseconds of a step by the model, with the constants of the package."""
    array = FieldArray.of(shape, 16, folded, default_machine(), ranks)
    return 1e3 * (array.pair() + array.job.compute(default_machine().arithmetic.step)).seconds


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("points", PLANES)
def test_steps_in_the_plane(points: int, ranks: int) -> None:
    """Within 20 % of what was measured."""
    measured = PLANES[points][ranks - 1]
    assert measured / WITHIN < step_of((points, points), False, ranks) < measured * WITHIN


@pytest.mark.parametrize("points", SMALL)
def test_small_planes(points: int) -> None:
    """Within 20 % of what was measured."""
    assert SMALL[points] / WITHIN < step_of((points, points), False, 1) < SMALL[points] * WITHIN


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("points", LINES)
def test_steps_on_the_line(points: int, ranks: int) -> None:
    """Within 20 % of what was measured."""
    measured = LINES[points][ranks - 1]
    assert measured / WITHIN < step_of(line_factors(points), True, ranks) < measured * WITHIN


BASIC = 'diagnostics.families=["conserved","virial","resolution"]'
DISTANCE = 'diagnostics.families=["conserved","virial","resolution","distance"]'
FITTED = 'diagnostics.families=["conserved","virial","resolution","modulation"]'
WIDE, HALF = "grid.points=[1008,1024]", ("grid.points=1048576", "time.tolerance=off", "time.step=1e-4")
OTHERS = {
    "sample": ("two_bubbles", (BASIC,), "sample", (10.4, 5.94)),
    "sample with distances": ("two_bubbles", (DISTANCE,), "sample", (44.9, 23.9)),
    "sample with decomposition": ("two_bubbles", (FITTED,), "sample", (22.4, 13.0)),
    "sample of a line": ("two_solitons_1d", (BASIC,), "sample", (0.216, 0.161)),
    "sample of a line with distances": ("two_solitons_1d", (DISTANCE,), "sample", (0.623, 0.455)),
    "remainder": ("remainder_2d", (WIDE,), "step", (274.5, 142.0)),
    "remainder, if-rk4": ("remainder_2d", (WIDE, "time.scheme=if-rk4"), "step", (225.6, 113.0)),
    "half waves": ("half_wave_box", (*HALF, "time.scheme=suzuki4"), "step", (51.7, 25.4)),
}


@pytest.mark.parametrize("case", OTHERS)
def test_samples_and_other_systems(case: str) -> None:
    """Within a quarter of the milliseconds that were measured, on 1 and 2 ranks."""
    name, changes, part, times = OTHERS[case]
    for ranks, measured in enumerate(times, 1):
        work = work_of(load_configuration(name, changes), default_machine(), ranks)
        found = 1e3 * (work.sample if part == "sample" else work.step).seconds
        assert measured / 1.25 < found < measured * 1.25


@pytest.mark.parametrize(("ranks", "kinetic", "steps"), [(1, 481.0, 1.21), (2, 269.1, 1.23)])
def test_flows_of_a_density_matrix(ranks: int, kinetic: float, steps: float) -> None:
    """On 63⁴ numbers: the kinetic flow, and a Strang step in units of it."""
    tensor = PairTensor.of(63, default_machine(), ranks)
    found = tensor.kinetic().seconds
    assert kinetic / WITHIN < 1e3 * found < kinetic * WITHIN
    assert 1 + 2 * tensor.interaction().seconds / found == pytest.approx(steps, rel=0.1)


def test_ideal_scaling() -> None:
    """Without messages, crowding and memory twice the ranks take half the time, until blocks are no longer full."""
    machine = made_up(node={"cores": 64}, arithmetic={"transform": {"64": 1e-9}, "kick": 1e-9})
    config = load_configuration("two_bubbles", [PLAIN])
    found = scale_run(config, machine, [1, 64])
    ideal = [found.efficiency(row) for row in found.rows]
    assert ideal[:6] == pytest.approx([1.0] * 6, rel=1e-12)
    assert ideal[6] < 0.7
    weak = scale_run(config, machine, [1, 4], weak=True)
    assert [row.points for row in weak.rows] == [(1024, 1024), (1024, 2048), (2048, 2048)]


def test_a_large_plane_is_limited_by_the_network() -> None:
    """65536² on 4096 ranks of 64 nodes: 16.8 MB a rank cross the network four times a pair, 1.07 GB of a node."""
    machine = made_up(node={"cores": 64}, network={"bandwidth": 2.5e10})
    config = load_configuration("two_bubbles", [PLAIN, "grid.points=[65536,65536]"])
    work = work_of(config, machine, 4096)
    assert work.step.messages == pytest.approx(6 * 2 * 2**32 * 16 / 64 * 63 / 64 / 2.5e10)
    assert work.step.largest == "messages"


def test_a_density_matrix_on_256_ranks() -> None:
    """255⁴ numbers on 16 × 16 ranks of 4 nodes: all-to-alls of columns stay on a node."""
    tensor = PairTensor.of(255, made_up(node={"cores": 64}, network={"bandwidth": 1e9}), 256)
    assert (tensor.grid, tensor.numbers) == ((16, 16), 255**2 * 16**2)
    # Of a column of the grid four ranks are on a node; 12 of 16 parts leave it.
    assert tensor.kinetic().messages == pytest.approx(2 * 64 * tensor.share * 12 / 16 / 1e9)


@pytest.mark.parametrize(
    ("scheme", "tolerance", "steps"),
    [
        ("blanes-moan-rkn4", 1e-6, 863),
        ("blanes-moan-rkn4", 1e-8, 2186),
        ("blanes-moan-rkn4", 1e-10, 7059),
        ("blanes-moan-rkn6", 1e-8, 998),
        ("kahan-li8", 1e-8, 1312),
        ("strang", 1e-6, 93479),
    ],
)
def test_steps_of_a_bubble(scheme: str, tolerance: float, steps: int) -> None:
    """Within 30 % of those that the table of docs/methods.md has."""
    changes = [f"time.scheme={scheme}", f"time.tolerance={tolerance}", "time.step=off", "diagnostics.every=0.01"]
    config = load_configuration("two_bubbles_1d", [*changes, PLAIN, "initial.bubbles.1.frequency=1.0"])
    found = count_steps(config)
    assert found.about is not None
    assert not found.exact
    assert steps / 1.3 < found.about < steps * 1.3


def test_steps_that_are_not_known() -> None:
    """Of a Gaussian there is a step a frame at least."""
    found = count_steps(load_configuration("gaussian_collapse_1d"))
    assert (found.least, found.about, found.expected) == (400, None, 400)
    fixed = count_steps(load_configuration("two_bubbles"))
    assert (fixed.least, fixed.about, fixed.exact) == (600, 600, True)


def bubbles(count: int) -> Configuration:
    """So many small bubbles on a line of a wide plane."""
    base = load_configuration("two_bubbles", ["time.stop=-0.49"])
    one = base.initial.known_bubbles()
    assert one is not None
    centers = [(-10.0 + 20.0 * k / count, 0.0) for k in range(count)]
    many = tuple(one[0].model_copy(update={"center": center, "frequency": 0.02}) for center in centers)
    return base.model_copy(update={"initial": base.initial.model_copy(update={"bubbles": many})})


def test_samples_of_many_bubbles() -> None:
    """Linear in their number."""
    seconds = []
    for count in (50, 100, 200):
        work = work_of(bubbles(count), default_machine(), 1)
        seconds.append(work.sample.seconds)
    assert seconds[2] - seconds[1] == pytest.approx(2 * (seconds[1] - seconds[0]), rel=0.05)
    assert seconds[2] > 0.05


@pytest.mark.parametrize(
    "name",
    ["two_bubbles", "two_solitons_1d", "remainder_2d", "hartree_plane_2d", "mean_field_limit", "radial_2d",
     "half_wave_box", "half_wave_blowup", "softened_no_collapse", "gaussian_collapse"],
)  # fmt: skip
def test_every_system_has_an_estimate(name: str) -> None:
    """Whose parts add up, are in words, and on more ranks are less arithmetic."""
    config, machine = load_configuration(name), default_machine()
    one, two = (estimate_run(config, machine, ranks) for ranks in (1, 2))
    assert one.seconds == one.start + one.stepping + one.measuring + one.output
    # Waves on a radial axis are few, and not shared out; the whole line is of one rank.
    alone = name in ("radial_2d", "half_wave_blowup")
    assert two.work.step.arithmetic < one.work.step.arithmetic * (1.1 if alone else 1.0)
    said = describe_duration(config, machine, 2)
    assert "on 2 ranks: steps" in said["duration"]
    assert said["duration"].startswith("at least" if name in UNKNOWN else "about")


def test_sharing_that_is_off_takes_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one node."""
    config = load_configuration("two_bubbles", [PLAIN])
    works = [work_of(config, default_machine(), 2)]
    monkeypatch.setenv(SETTING, "off")
    works.append(work_of(config, default_machine(), 2))
    assert [work.step.messages > 0 for work in works] == [False, True]


def test_more_ranks_than_lines_idle() -> None:
    """And are said to."""
    found = scale_run(load_configuration("two_bubbles", [PLAIN]), default_machine(), [512, 4096])
    assert "1024 ranks at most have work" in describe_scaling(found, default_machine())


def test_more_ranks_are_not_advised_where_they_gain_nothing() -> None:
    """From 32 rows a rank on blocks are no longer full; on few ranks they are."""
    config = load_configuration("two_bubbles", [PLAIN, "grid.points=[128, 128]"])
    machine = made_up(node={"cores": 64}, arithmetic={"transform": {"64": 1e-9}})
    told = [describe_scaling(scale_run(config, machine, ranks), machine) for ranks in ([4, 64], [64], [1, 2], [1])]
    assert "on 64 ranks a step is no shorter than on 4: take fewer" in told[0]
    assert "on 64 ranks a step is mostly arithmetic, of blocks of 32 lines that are not full" in told[1]
    assert "on 2 ranks a step is mostly arithmetic: more ranks make it shorter" in told[2]
    assert "on 1 rank a step is mostly arithmetic" in told[3]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3e-5, "30 µs"),
        (0.0714, "71.4 ms"),
        (1.5, "1.5 s"),
        (99.0, "99 s"),
        (600.0, "10 min"),
        (7200.0, "2 h"),
        (4e5, "4.63 d"),
    ],
)
def test_seconds_in_words(seconds: float, text: str) -> None:
    """Three digits and a unit."""
    assert format_seconds(seconds) == text


def test_a_file_changes_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is of the package; the environment names a file too, and the command line comes first."""
    path = tmp_path / "m.toml"
    path.write_text("[node]\ncores = 64\n[arithmetic.transform]\n1024 = 1e-9\n", encoding="utf-8")
    machine = load_machine(str(path))
    assert machine is not None
    assert (machine.node.cores, machine.node.cache) == (64, default_machine().node.cache)
    assert machine.arithmetic.transform == {"1024": 1e-9}
    assert load_machine() is None
    monkeypatch.setenv(MACHINE, str(path))
    assert load_machine() == machine
    assert load_machine("default") == default_machine()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[node]\ncores = 0\n", "node.cores = 0: must be at least 1"),
        ("[node]\ncrowding = 0.5\n", "node.crowding = 0.5: must be at least 1"),
        ("[network]\nbandwith = 1e9\n", "network.bandwith"),
        ("[arithmetic.transform]\nx = 1e-9\n", "'x' is no number of points"),
        ("[arithmetic.transform]\n64 = 0.0\n", "64 = 0.0: must be greater than 0"),
        ("[storage]\nfields = -1.0\n", "storage.fields = -1.0: must be greater than 0"),
        ("", "is empty; measure one: parallel-nls calibrate"),
        ("node = 1\n", "node = 1: must be a table"),
    ],
)
def test_mistakes_in_a_file(text: str, message: str, tmp_path: Path) -> None:
    """Each is named with its key."""
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_machine(str(path))
    assert message in str(caught.value)
    assert "m.toml" in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """With how to make one."""
    with pytest.raises(UserError, match="no such file; measure one: parallel-nls calibrate --to"):
        load_machine(str(tmp_path / "none.toml"))


def test_a_quick_look_that_is_disturbed_takes_the_shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other programs take all of its seconds it goes on: the first time is that of memory which is new."""
    took = iter([1.0, 9.0, 0.25, 0.5, 9.0, 0.1])
    clock = [0.0]

    def work() -> None:
        """Take the processor for a while."""
        clock[0] += next(took)

    monkeypatch.setattr(quick_look, "thread_time", lambda: clock[0])
    monkeypatch.setattr(quick_look, "perf_counter", lambda: 10 * clock[0])
    assert quick_look._shortest(work) == 0.25


def test_a_quick_look_scales_the_constants() -> None:
    """A core of half the speed takes twice the time, memory of half the speed has half the bandwidth."""
    default = default_machine()
    slow = looked_at((2 * default.look.transform, 2 * default.look.memory), wide=True)
    assert slow.arithmetic.kick == 2 * default.arithmetic.kick
    assert slow.arithmetic.transform["1024"] == 2 * default.arithmetic.transform["1024"]
    assert slow.arithmetic.single == default.arithmetic.single
    assert slow.node.core_bandwidth == default.node.core_bandwidth / 2
    assert slow.node.cores == node_cores()
    assert "2.00 and 2.00 of the time" in slow.name
    assert default.look.transform < inf


@pytest.mark.parametrize(
    ("told", "wide"),
    [
        ({"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4"]}, True),
        ({"baseline": ["SSE", "AVX512F"], "not found": ["AVX512_SPR"]}, True),
        ({"baseline": ["X86_V2"], "not found": ["X86_V3", "X86_V4"]}, False),
        ({"baseline": ["NEON", "ASIMD"]}, False),
        (None, False),
    ],
)
def test_processors_of_any_kind(monkeypatch: pytest.MonkeyPatch, told: dict[str, list[str]] | None, wide: bool) -> None:
    """NumPy names no list that is empty; where registers hold fewer than eight doubles, FFTW transforms."""
    told_by = {} if told is None else {"SIMD Extensions": told}
    monkeypatch.setattr(np, "show_config", lambda **_: told_by)
    default = default_machine()
    found = looked_at((default.look.transform, default.look.memory)).arithmetic
    assert bool(found.columns) == wide
    assert found.transform["1024"] == (1 if wide else quick_look._NARROW) * default.arithmetic.transform["1024"]
