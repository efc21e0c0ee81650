"""Memory and resources by arithmetic: what a run takes, and what a node grants."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from parallel_nls.config import (
    check_memory,
    compute_resources,
    describe_resources,
    load_configuration,
    node_memory,
    required_bytes,
)
from parallel_nls.config.memory import _cgroup_limits, format_bytes, share_bytes
from parallel_nls.errors import UserError

GIB = 2**30


@pytest.mark.parametrize(
    ("points", "ranks", "share"),
    [
        ((64, 64), 1, 16 * 64 * 64),
        ((64, 64), 2, 16 * 32 * 64),
        ((243, 128), 2, 16 * 122 * 128),  # 122 lines of 128 beat 64 of 243
        ((128, 243), 3, 16 * 43 * 243),
        ((5, 7), 8, 16 * 2 * 5),  # only 5 ranks compute; two of the 7 lines of 5 lie on one of them
    ],
)
def test_share(points: tuple[int, ...], ranks: int, share: int) -> None:
    """The fullest rank's share is that of the larger of both layouts."""
    assert share_bytes(points, ranks) == share


def test_required_bytes_are_three_shares() -> None:
    """Two ranks of the main job hold half the field each, three times."""
    assert required_bytes(load_configuration("two_bubbles"), 2) == 3 * 16 * 1024 * 1024 // 2


def test_memory_at_the_limit() -> None:
    """Exactly as much memory as needed is enough; one byte less is not."""
    configuration = load_configuration("two_bubbles")
    needed = 2 * required_bytes(configuration, 4)
    check_memory(configuration, 2, 4, available=needed)
    with pytest.raises(UserError, match=r"^grid\.points"):
        check_memory(configuration, 2, 4, available=needed - 1)


def test_memory_message() -> None:
    """The message says what is needed, what is there and what would fit."""
    configuration = load_configuration("two_bubbles", ["grid.points=[65536, 65536]"])
    with pytest.raises(UserError) as caught:
        check_memory(configuration, 2, 2, available=16 * GIB)
    assert str(caught.value) == (
        "grid.points = [65536, 65536] on 2 ranks: 3 field shares × 2 on a node "
        "need 206 GB, the node has 17.2 GB; use at most about 18918 × 18918 points, "
        "or spread the ranks over at least 12 such nodes"
    )
    check_memory(load_configuration("two_bubbles", ["grid.points=[18918, 18918]"]), 2, 2, available=16 * GIB)


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
    taken = compute_resources(load_configuration("two_bubbles"), 2)
    assert (taken.points, taken.steps, taken.pairs) == (1024**2, 600, 3600)
    assert (taken.samples, taken.fields) == (101, 4)
    assert taken.scales == (0.5, 0.125)
    assert taken.spacing == 20.48 / 1024
    assert taken.rank_bytes == 3 * 8 * 1024**2
    assert taken.checkpoint_bytes == 16 * 1024**2


def test_description() -> None:
    """A dry run tells resolution, work, memory and disk."""
    text = describe_resources(load_configuration("two_bubbles", ["initial.bubbles.1.frequency=0.5"]), 2)
    for fragment in (
        "1024 × 1024 = 1048576 points",
        "-0.5 to -0.125: 600 steps of 0.000625 (blanes-moan-rkn4)",
        "3600 pairs of transforms",
        "λ at start 0.25 = 12.5 Δx, largest wavenumber 39.27/λ",
        "λ at stop  0.0625 = 3.125 Δx, largest wavenumber 9.817/λ",
        "25.2 MB a rank (3 field shares, 2 ranks)",
        "101 rows, 4 fields",
    ):
        assert fragment in text


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
