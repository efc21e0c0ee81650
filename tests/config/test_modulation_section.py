"""The bubbles on which modulation, functionals and local quantities are measured: defaults, files, memory, dry runs."""

from __future__ import annotations

import re
import tomllib
from math import inf
from pathlib import Path

import pytest

from parallel_nls.config import (
    BubbleParameters,
    BubblesInitial,
    Configuration,
    ModulationSection,
    ReferenceBubbles,
    example_names,
    load_configuration,
)
from parallel_nls.diagnostics.narrow_plane import LADDER
from parallel_nls.errors import UserError
from parallel_nls.planning.memory import check_memory, required_bytes
from parallel_nls.planning.resources import describe_resources
from tests.config.mutations import MODULATED

ALL = 'diagnostics.families=["modulation", "functionals", "localized"]'
FEW = 'diagnostics.families=["conserved", "virial"]'
LOCAL = 'diagnostics.families=["localized"]'
ONE = "modulation.bubbles=[{center=[0, 0.5]}]"


def reloaded(configuration: Configuration, folder: Path) -> Configuration:
    """Return what the complete file is read back to."""
    path = folder / "config.toml"
    path.write_text(configuration.complete_toml(), encoding="utf-8")
    return load_configuration(str(path))


def test_bubbles_are_those_of_the_initial_data(tmp_path: Path) -> None:
    """Where a family needs them they are filled in, written out and read back; the direction stays open."""
    configuration = load_configuration("two_bubbles", [ALL, "initial.bubbles.1.phase=0.5", "initial.blowup_time=1"])
    initial = configuration.initial
    assert isinstance(initial, BubblesInitial)
    assert configuration.modulated == ReferenceBubbles(initial.bubbles, 1.0)
    assert configuration.modulation == ModulationSection(cutoff=3.0, blowup_time=1.0, bubbles=initial.bubbles)
    text = configuration.complete_toml()
    assert "[modulation]\ncutoff = 3.0\nblowup_time = 1.0\n\n[[modulation.bubbles]]\ncenter = [-2.0, 0.0]\n" in text
    assert "direction" not in text
    assert reloaded(configuration, tmp_path) == configuration
    assert configuration.settings()["modulation"]["blowup_time"] == 1.0


@pytest.mark.parametrize(
    ("override", "bubbles", "time"),
    [
        ("modulation.blowup_time=0.5", None, 0.5),
        (ONE, (BubbleParameters(center=(0.0, 0.5)),), 0.0),
        ("modulation={blowup_time=2, bubbles=[{center=[1, 1]}]}", (BubbleParameters(center=(1.0, 1.0)),), 2.0),
    ],
)
def test_each_of_both_may_be_given(
    override: str, bubbles: tuple[BubbleParameters, ...] | None, time: float, tmp_path: Path
) -> None:
    """Bubbles or blow-up time, the other is that of the initial data."""
    configuration = load_configuration("two_bubbles", [ALL, override])
    assert isinstance(configuration.initial, BubblesInitial)
    assert configuration.modulated == ReferenceBubbles(bubbles or configuration.initial.bubbles, time)
    assert reloaded(configuration, tmp_path) == configuration


def test_everything_given(tmp_path: Path) -> None:
    """Data of another kind take their bubbles from the section."""
    path = tmp_path / "run.toml"
    path.write_text(MODULATED)
    configuration = load_configuration(str(path))
    expected = BubbleParameters(center=(-1.0, 0.0), frequency=2.0), BubbleParameters(center=(1.0, 0.0), phase=1.5)
    assert configuration.modulated == ReferenceBubbles(expected, 0.25)
    assert (configuration.modulation.cutoff, configuration.modulation.direction) == (2.0, (1.0, 0.5))
    assert configuration.limits.identity == 0.1
    document = tomllib.loads(configuration.complete_toml())
    assert list(document["modulation"]) == ["cutoff", "direction", "blowup_time", "bubbles"]
    assert reloaded(configuration, tmp_path) == configuration


def test_local_quantities_need_no_blowup_time(tmp_path: Path) -> None:
    """They need to know where the bubbles are, in an equation of any power."""
    configuration = load_configuration("gaussian_collapse", [LOCAL, ONE, "equation.power=3"])
    assert configuration.modulated == ReferenceBubbles((BubbleParameters(center=(0.0, 0.5)),), inf)
    assert "blowup_time" not in configuration.complete_toml()
    assert reloaded(configuration, tmp_path) == configuration


def test_a_number_will_do_on_the_line(tmp_path: Path) -> None:
    """On the line centers and direction may be written as numbers."""
    overrides = [LOCAL, "modulation={direction=-1, bubbles=[{center=-8}, {center=8}]}"]
    configuration = load_configuration("two_solitons_1d", overrides)
    assert configuration.modulated is not None
    assert [bubble.center for bubble in configuration.modulated.bubbles] == [(-8.0,), (8.0,)]
    assert configuration.modulation.direction == (-1.0,)
    assert reloaded(configuration, tmp_path) == configuration


@pytest.mark.parametrize("name", example_names())
def test_runs_without_the_families_are_what_they_were(name: str) -> None:
    """Neither their file nor what binds their checkpoints speaks of modulation."""
    known = load_configuration(name).equation.families
    few = FEW if "virial" in known else f'diagnostics.families=["{known[0]}"]'
    configuration = load_configuration(name, [few])
    assert "modulation" not in configuration.complete_toml()
    virial = ["virial"] if configuration.virial.radius is not None else []
    wanted = ["equation", "grid", "initial", "time", "diagnostics", *virial, "output"]
    assert list(configuration.settings()) == wanted
    assert load_configuration(name, [few, "modulation={}"]) == configuration


def test_a_section_that_nothing_asks_for(tmp_path: Path) -> None:
    """It is kept as it was given, and binds nothing."""
    configuration = load_configuration("two_bubbles", [FEW, "modulation.cutoff=2", "modulation.direction=[1, 1]"])
    assert configuration.modulation == ModulationSection(cutoff=2.0, direction=(1.0, 1.0))
    assert "modulation" not in configuration.settings()
    assert reloaded(configuration, tmp_path) == configuration


@pytest.mark.parametrize("direction", ["[1e-50, 0]", "[1e60, -1e60]", "[-1e-6, 1]"])
def test_direction_of_any_length(direction: str) -> None:
    """Whether bubbles are told apart does not depend on it."""
    assert load_configuration("two_bubbles", [ALL, f"modulation.direction={direction}"]).modulation.direction


def test_limit_of_identities() -> None:
    """It is off by default, and no part of what binds checkpoints."""
    configuration = load_configuration("two_bubbles", ["limits.identity=1e-3"])
    assert 'identity = "off"' in load_configuration("two_bubbles").complete_toml().splitlines()
    assert "identity = 0.001" in configuration.complete_toml().splitlines()
    assert configuration.settings() == load_configuration("two_bubbles").settings()
    assert load_configuration("two_bubbles", ["limits.identity=off"]).limits.identity == inf


@pytest.mark.parametrize(("override", "bubbles"), [(ALL, 2), (LOCAL, 2), (FEW, 0)])
def test_memory(override: str, bubbles: int) -> None:
    """Eight blocks of 32 rows, ten of rows of narrow fields, and 300 rows of real numbers a bubble."""
    plain, configuration = load_configuration("two_bubbles", [FEW]), load_configuration("two_bubbles", [override])
    more = ((8 + 10) * 32 * 16 + 300 * 8 * bubbles) * 1024 if bubbles else 0
    assert required_bytes(configuration, 3) == required_bytes(plain, 3) + more


def test_memory_of_narrow_fields() -> None:
    """Three blocks of lines of each share, of rows and of columns where these are not as long; none of a line."""
    shape, bubble = (1024, 1536), (8 * 32 * 16 + 300 * 8 * 2) * 1536
    plain, configuration = (
        load_configuration("two_bubbles", [families, f"grid.points={list(shape)}"]) for families in (FEW, ALL)
    )
    narrow = 3 * 32 * 16 * sum(LADDER) / 16 * sum(shape)
    assert narrow <= required_bytes(configuration, 3) - required_bytes(plain, 3) - bubble <= 1.1 * narrow


def test_memory_message() -> None:
    """A grid of about the size that it offers fits, and a larger one does not."""
    available = 2**28
    with pytest.raises(UserError) as caught:
        check_memory(load_configuration("two_bubbles", [ALL, "grid.points=[8192, 8192]"]), 1, 1, available)
    found = re.search(r"at most about (\d+) × \1 points", str(caught.value))
    assert found is not None
    side = int(found[1])
    check_memory(load_configuration("two_bubbles", [ALL, f"grid.points=[{side - 2}, {side - 2}]"]), 1, 1, available)
    larger = load_configuration("two_bubbles", [ALL, f"grid.points=[{side + side // 50}, {side + side // 50}]"])
    with pytest.raises(UserError):
        check_memory(larger, 1, 1, available)


def test_dry_run() -> None:
    """It says what is measured, on how many bubbles, and when they blow up."""
    lines = describe_resources(load_configuration("two_bubbles", [ALL]), 2).splitlines()
    assert "modulation modulation, functionals, localized of 2 bubbles, T = 0.0" in lines
    lines = describe_resources(load_configuration("gaussian_collapse", [LOCAL, ONE]), 2).splitlines()
    assert "modulation localized of 1 bubble" in lines
    assert "modulation" not in describe_resources(load_configuration("two_bubbles", [FEW]), 2)
