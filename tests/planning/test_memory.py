"""Memory and resources by arithmetic: what a run takes, and what a node grants."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from parallel_nls.config import (
    Configuration,
    load_configuration,
)
from parallel_nls.config.sections.grid import FourierGrid
from parallel_nls.errors import UserError
from parallel_nls.parallel.sharing import SETTING
from parallel_nls.planning.memory import check_memory, format_bytes, required_bytes, share_bytes
from parallel_nls.planning.node import _cgroup_limits, node_memory
from parallel_nls.planning.resources import compute_resources, describe_resources
from tests.support import PLAIN

GIB = 2**30


@pytest.mark.parametrize(
    ("points", "ranks", "share"),
    [
        ((64, 64), 1, 16 * 64 * 64),
        ((64, 64), 2, 16 * 32 * 64),
        ((243, 128), 2, 16 * 122 * 128),  # 122 lines of 128 beat 64 of 243
        ((128, 243), 3, 16 * 43 * 243),
        ((5, 7), 8, 16 * 2 * 5),  # only 5 ranks compute; two of the 7 lines of 5 lie on one of them
        ((4096,), 3, 16 * 22 * 64),  # the line is an array of 64 × 64
        ((250,), 12, 16 * 3 * 10),  # of 10 × 25: only 10 ranks compute; three of the 25 columns lie on one of them
    ],
)
def test_share(points: tuple[int, ...], ranks: int, share: int) -> None:
    """The fullest rank's share is that of the larger of both layouts."""
    length = (1.0,) * len(points)
    assert share_bytes(FourierGrid(points=points, length=length), ranks) == share
    assert share_bytes(FourierGrid(points=points, length=length, precision="single"), ranks) == share // 2


def test_required_bytes_are_three_shares() -> None:
    """Two ranks of the main job hold half the field each, three times, and blocks of 32 lines."""
    blocks = 16 * 32 * (3 + 2 + 2) * 1024
    assert required_bytes(load_configuration("two_bubbles", [PLAIN]), 2) == 3 * 16 * 1024 * 1024 // 2 + blocks


def test_a_tolerance_needs_five_shares() -> None:
    """A step that may be refused is saved, and its estimate takes another share."""
    configuration = load_configuration("three_bubbles", ["grid.precision=single", "time.tolerance=1e-5"])
    assert required_bytes(configuration, 2) == 5 * 8 * 800 * 800 // 2 + 8 * 32 * (3 + 2) * 800


def line(points: int, *overrides: str) -> Configuration:
    """Return the example on the line with as many points, and other overrides."""
    return load_configuration("two_solitons_1d", [f"grid.points={points}", *overrides])


@pytest.mark.parametrize(
    ("overrides", "shares", "fitting"),
    [
        ((), "5 field shares", 426844057),
        (("time.tolerance=off", "time.step=0.001"), "3 field shares", 710120362),
        (("grid.precision=single", "time.tolerance=1e-5"), "5 field shares", 855242035),
        (("time.scheme=blanes-moan-prk4",), "6 field shares", 355896021),
    ],
)
def test_memory_message_on_the_line(overrides: tuple[str, ...], shares: str, fitting: int) -> None:
    """A line that does not fit is told how long one may be; one just shorter fits, one just longer does not."""
    with pytest.raises(UserError) as caught:
        check_memory(line(2**36, *overrides), 2, 4, available=16 * GIB)
    assert f"grid.points = [68719476736] on 4 ranks: {shares} × 2 on a node need" in str(caught.value)
    assert f"use at most about {fitting} points" in str(caught.value)
    check_memory(line(fitting // 2**22 * 2**22, *overrides), 2, 4, available=16 * GIB)
    with pytest.raises(UserError):
        check_memory(line((fitting // 2**22 + 1) * 2**22, *overrides), 2, 4, available=16 * GIB)


@pytest.mark.parametrize("name", ["two_bubbles", "three_bubbles", "two_solitons_1d"])
def test_memory_at_the_limit(name: str) -> None:
    """Exactly as much memory as needed is enough; one byte less is not."""
    configuration = load_configuration(name)
    needed = 2 * required_bytes(configuration, 4)
    check_memory(configuration, 2, 4, available=needed)
    with pytest.raises(UserError, match=r"^grid\.points"):
        check_memory(configuration, 2, 4, available=needed - 1)


def test_memory_message() -> None:
    """The message says what is needed, what is there and what would fit."""
    configuration = load_configuration("two_bubbles", [PLAIN, "grid.points=[65536, 65536]"])
    with pytest.raises(UserError) as caught:
        check_memory(configuration, 2, 2, available=16 * GIB)
    assert str(caught.value) == (
        "grid.points = [65536, 65536] on 2 ranks: 3 field shares × 2 on a node "
        "need 207 GB, the node has 17.2 GB; use at most about 18843 × 18843 points, "
        "or spread the ranks over at least 12 such nodes"
    )
    check_memory(load_configuration("two_bubbles", [PLAIN, "grid.points=[18842, 18842]"]), 2, 2, available=16 * GIB)


def test_astronomic_grid_is_refused_without_allocating() -> None:
    """The largest grid that can be written is refused by arithmetic, against this very machine."""
    configuration = load_configuration("two_bubbles", ["grid.points=[1073741824, 1073741824]"])
    with pytest.raises(UserError, match=r"55\.3 EB"):
        check_memory(configuration, 1, 1)


def test_node_memory() -> None:
    """The node grants something, and no more than it has."""
    assert 0 < node_memory() <= psutil.virtual_memory().total


def make_group(root: Path, folder: str, name: str, limit: str) -> None:
    """Write the memory limit of a control group below ``root``."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / folder / name).write_text(limit + "\n")


def test_control_groups_of_version_2(tmp_path: Path) -> None:
    """The limits of a group and of those around it count; "max" is none."""
    root, membership = tmp_path / "cgroup", tmp_path / "membership"
    make_group(root, "", "memory.max", "max")
    make_group(root, "job_7", "memory.max", str(4 * GIB))
    make_group(root, "job_7/step_0", "memory.max", "max")
    membership.write_text("0::/job_7/step_0\n")
    assert _cgroup_limits(root, membership) == [4 * GIB]


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    """The memory controller of version 1 has a tree of its own."""
    root, membership = tmp_path / "cgroup", tmp_path / "membership"
    make_group(root, "memory/slurm/job_7", "memory.limit_in_bytes", str(3 * GIB))
    make_group(root, "memory/slurm", "memory.limit_in_bytes", str(5 * GIB))
    membership.write_text("5:cpu:/slurm\n4:memory:/slurm/job_7\n")
    assert sorted(_cgroup_limits(root, membership)) == [3 * GIB, 5 * GIB]


def test_no_control_groups(tmp_path: Path) -> None:
    """Where there are no control groups there are no limits."""
    assert _cgroup_limits(tmp_path / "cgroup", tmp_path / "membership") == []


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (16_777_216, "16.8 MB"),
        (999_600, "1 MB"),
        (10**22, "1.00e+04 EB"),
    ],
)
def test_format_bytes(count: int, text: str) -> None:
    """Three digits and a unit."""
    assert format_bytes(count) == text


def test_resources() -> None:
    """The numbers of a dry run of the main job on 2 ranks."""
    taken = compute_resources(load_configuration("two_bubbles", [PLAIN]), 2)
    assert (taken.points, taken.steps, taken.pairs) == (1024**2, 600, 3600)
    assert (taken.samples, taken.fields) == (101, 4)
    assert taken.scales == {"λ at start": 0.5, "λ at stop": 0.125}
    assert taken.spacing == 20.48 / 1024
    assert taken.rank_bytes == 3 * 8 * 1024**2 + 16 * 32 * 7 * 1024
    assert taken.checkpoint_bytes == 16 * 1024**2
    assert taken.field_bytes == 24 * 1024**2


def test_resources_of_the_line() -> None:
    """Steps and pairs are the tolerance's to choose; a point of single precision takes 8 bytes."""
    taken = compute_resources(
        load_configuration("two_solitons_1d", ["grid.precision=single", "time.tolerance=1e-5"]), 3
    )
    assert (taken.points, taken.frames, taken.steps, taken.pairs) == (4096, 100, None, None)
    assert (taken.samples, taken.fields) == (101, 51)
    assert taken.scales == {"smallest ω": 1.0}
    assert taken.spacing == 80 / 4096
    assert taken.rank_bytes == 5 * 8 * 22 * 64 + 8 * 32 * 5 * 64
    assert taken.checkpoint_bytes == 8 * 4096
    assert taken.field_bytes == 12 * 4096


def test_description() -> None:
    """A dry run tells resolution, work, memory and disk."""
    text = describe_resources(load_configuration("two_bubbles", [PLAIN, "initial.bubbles.1.frequency=0.5"]), 2)
    for fragment in (
        "1024 × 1024 = 1048576 points",
        "-0.5 to -0.125: 600 steps of 0.000625 (blanes-moan-rkn4)",
        "3600 pairs of transforms",
        "λ at start 0.25 = 12.5 Δx, largest wavenumber 39.27/λ",
        "λ at stop  0.0625 = 3.125 Δx, largest wavenumber 9.817/λ",
        "28.8 MB a rank (3 field shares, 2 ranks)",
        "101 rows, 4 fields",
    ):
        assert fragment in text


def test_how_ranks_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run says whether they share memory; one rank, and a ball, exchange nothing in that way."""
    monkeypatch.delenv(SETTING, raising=False)
    box = load_configuration("two_bubbles", [PLAIN])
    assert "through shared memory between ranks of a node" in describe_resources(box, 2)
    assert "exchange" not in describe_resources(box, 1)
    assert "exchange" not in describe_resources(load_configuration("softened_no_collapse"), 2)
    monkeypatch.setenv(SETTING, "off")
    assert f"by messages: {SETTING} = off" in describe_resources(box, 2)
    monkeypatch.setenv(SETTING, "no")
    with pytest.raises(UserError, match=SETTING):
        describe_resources(box, 2)


def test_description_of_the_line() -> None:
    """A dry run under a tolerance says what it leaves open; the line, how it is cut."""
    text = describe_resources(load_configuration("two_solitons_1d", ["initial.solitons.1.frequency=0.5"]), 2)
    for fragment in (
        "4096 points, cut into 64 × 64, Δx = 0.01953, double precision",
        "0.0 to 2.0: 100 frames of 0.02, each in one step or more (blanes-moan-rkn6)",
        "the tolerance 1e-09 chooses the steps; at least 1100 pairs of transforms",
        "smallest ω 0.5 = 25.6 Δx, largest wavenumber 80.42/ω",
        "at rest is 1e-6 at 16/ω and 1e-8 at 22/ω; a velocity v adds |v|/2",
        "328 kB a rank (5 field shares, 2 ranks)",
        "101 rows, 51 fields of 98.3 kB, 2 checkpoints of 65.5 kB and one in the making: 5.21 MB in all",
    ):
        assert fragment in text


def test_description_of_a_run_from_a_file(tmp_path: Path) -> None:
    """What a file holds is not known to a dry run: it names no scale."""
    (tmp_path / "start.py").write_text("")
    override = f'initial={{kind="python", file="{tmp_path}/start.py"}}'
    text = describe_resources(load_configuration("gaussian_collapse", [override]), 1)
    assert [line.split()[0] for line in text.splitlines()] == ["grid", "time", "work", "resonance", "memory", "output"]


def test_description_of_a_gaussian() -> None:
    """A Gaussian's width is its scale at the start; what it becomes is not known before the run."""
    text = describe_resources(load_configuration("gaussian_collapse"), 1)
    assert "width      1 = 32 Δx" in text
    assert "λ" not in text
    assert "1 rank)" in text
    assert "warning" not in text


def test_description_warns_of_a_grid_too_large_for_this_machine() -> None:
    """It is no mistake, for the run may be meant for a larger one."""
    text = describe_resources(load_configuration("gaussian_collapse", ["grid.points=[1000000,1000000]"]), 4)
    assert "the ranks need 48 TB, this machine has" in text
