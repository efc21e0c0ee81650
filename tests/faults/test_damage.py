"""Damage hits where it says it does, and always changes something."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from scripts.faults.checkpoints import complete, intact, manifest_of, state_of, unfinished
from scripts.faults.damage import Damage, contiguous, draw_damage, places_outside
from scripts.faults.flips import ALL, BOTH, DATA, FAULTS, MANIFEST, METADATA, SERIES, draw_damages, fault_of
from tests.faults.made_runs import make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with two checkpoints."""
    return make_run(tmp_path / "RUN")


def _changed(before: bytes, after: bytes) -> list[int]:
    return [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]


def test_the_data_are_where_they_are_said_to_be(run: Path) -> None:
    """The bytes of that range are those of the dataset; everything else is metadata."""
    path = state_of(run, 9)
    place = contiguous(path)["field"]
    with h5py.File(path) as file:
        stored = file["field"][:]
    content = path.read_bytes()
    np.testing.assert_array_equal(np.frombuffer(content[place.start : place.stop], "<c16").reshape(10, 12), stored)
    outside = places_outside(path)
    assert len(outside) == len(content) - len(place)
    assert not set(outside) & set(place)
    assert outside[0] == 0


def test_a_flip_changes_one_bit(run: Path) -> None:
    """That bit of that byte."""
    path = state_of(run, 9)
    before = path.read_bytes()
    Damage(path, "flip", 100, bit=3).apply()
    assert _changed(before, path.read_bytes()) == [100]
    assert before[100] ^ path.read_bytes()[100] == 8


def test_a_stretch_is_zeroed_and_an_end_is_cut_off(run: Path) -> None:
    """Nothing beyond it changes."""
    path = run / "config.toml"
    before = path.read_bytes()
    Damage(path, "zero", 5, length=7).apply()
    assert path.read_bytes() == before[:5] + bytes(7) + before[12:]
    Damage(path, "truncate", 9).apply()
    assert path.read_bytes() == before[:5] + bytes(4)


def test_damage_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    """A campaign that does no harm would prove nothing."""
    path = tmp_path / "zeros"
    path.write_bytes(bytes(10))
    with pytest.raises(ValueError, match="changes nothing"):
        Damage(path, "zero", 2, length=3).apply()


@pytest.mark.parametrize("number", range(40))
def test_drawn_damage_changes_the_file_at_a_drawn_place(tmp_path: Path, number: int) -> None:
    """In a file of zeros as well; and the same generator draws the same."""
    path = tmp_path / "file"
    path.write_bytes(bytes(500) if number % 2 else bytes(range(250)) * 2)
    places = range(100, 120)
    damage = draw_damage(np.random.default_rng(number), path, places)
    assert damage == draw_damage(np.random.default_rng(number), path, places)
    assert damage.start in places
    before = path.read_bytes()
    damage.apply()
    after = path.read_bytes()
    assert after != before
    assert after[:100] == before[:100]


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        (DATA, ["state_00000009.h5"]),
        (METADATA, ["state_00000009.h5"]),
        (MANIFEST, ["state_00000009.json"]),
        (SERIES, ["series.h5"]),
        (BOTH, ["state_00000009.h5", "series.h5"]),
    ],
)
def test_each_fault_hits_its_files(run: Path, fault: str, names: list[str]) -> None:
    """And data or metadata within them."""
    field = contiguous(state_of(run, 9))["field"]
    for number in range(20):
        damages = draw_damages(np.random.default_rng(number), run, fault)
        assert [damage.path.name for damage in damages] == names
        if fault in (DATA, BOTH, METADATA):
            assert (damages[0].start in field) == (fault != METADATA)


def test_all_checkpoints_are_hit(run: Path) -> None:
    """Each in its state or its manifest."""
    for number in range(10):
        damages = draw_damages(np.random.default_rng(number), run, ALL)
        assert [damage.path.stem for damage in damages] == ["state_00000006", "state_00000009"]


def test_fifty_cases_hit_what_they_should() -> None:
    """Half of them data, ten metadata, five manifests, each other fault a few times."""
    faults = [fault_of(number) for number in range(50)]
    assert faults.count(DATA) == 25
    assert faults.count(METADATA) == 10
    assert faults.count(MANIFEST) == 5
    assert min(faults.count(fault) for fault in (SERIES, BOTH, ALL)) >= 2
    assert set(FAULTS) < set(faults)


def test_checkpoints_are_complete_with_their_manifests(run: Path) -> None:
    """A state without one is unfinished."""
    assert complete(run) == [6, 9]
    assert unfinished(run) == []
    manifest_of(run, 9).unlink()
    assert complete(run) == [6]
    assert unfinished(run) == [9]
    assert complete(run / "nowhere") == unfinished(run / "nowhere") == []


@pytest.mark.parametrize("damage", [None, ("flip", 1500), ("truncate", 1500), ("zero", 0)])
def test_a_damaged_checkpoint_is_not_intact(run: Path, damage: tuple[str, int] | None) -> None:
    """By length and checksums."""
    if damage is not None:
        Damage(state_of(run, 9), damage[0], damage[1], length=20).apply()
    assert intact(run, 9) == (damage is None)
    assert intact(run, 6)
