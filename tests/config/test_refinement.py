"""How far a grid may be refined: which numbers of points make sense, for whom, and what settings do not hold."""

from __future__ import annotations

import pytest

from parallel_nls.config import load_configuration
from tests.config.refusal import message_of

AUTO = "grid.refine=auto"
ON_THE_LINE = (
    "equation.dimension=1", "initial={kind='gaussian', amplitude=1.0, width=1.0}",
    "diagnostics.families=['resolution']",
)  # fmt: skip


@pytest.mark.parametrize(
    ("points", "most", "found"),
    [
        ("[64, 96]", "[256, 384]", [(128, 192), (256, 384)]),
        ("[64, 64]", "256", [(128, 128), (256, 256)]),
        ("[63, 60]", "[126, 120]", [(126, 120)]),
    ],
)
def test_points_are_doubled(points: str, most: str, found: list[tuple[int, ...]]) -> None:
    """On every axis as often; one number holds for all axes. The file says it again, settings of checkpoints do not."""
    overrides = [f"grid.points={points}", AUTO, f"grid.max_points={most}"]
    config = load_configuration("gaussian_collapse", overrides)
    assert [grid.points for grid in config.grid.refinements] == found
    assert config.finest.grid.points == found[-1]
    assert config.finest.grid.refinements == ()
    assert config.settings() == load_configuration("gaussian_collapse", overrides[:1]).settings()
    assert 'refine = "auto"\nmax_points = ' in config.complete_toml()
    again = {**config.model_dump(), "grid": config.grid.finer()}
    assert type(config).model_validate(again).finest.grid.points == tuple(2 * n for n in found[-1])


@pytest.mark.parametrize(
    ("overrides", "tail"),
    [
        ([], 1e-7), (["limits.spectral_tail=1e-3"], 1e-5), (["limits.spectral_tail=1e-14"], 1e-14),
        (["grid.precision=single"], 1e-6), (["grid.refine_tail=1e-9"], 1e-9),
    ],
)  # fmt: skip
def test_a_grid_is_refined_early(overrides: list[str], tail: float) -> None:
    """At a hundredth of what ends the run, unless that is rounding or another tail is given."""
    config = load_configuration("gaussian_collapse", [AUTO, "grid.max_points=1024", *overrides])
    assert config.grid.tail_to_refine(config.limits.spectral_tail) == pytest.approx(tail, rel=1e-14)


@pytest.mark.parametrize(
    ("overrides", "tail"),
    [
        ([], 1e-9), (["grid.refine_tail=1e-6"], 1e-8), (["grid.refine_tail=1e-12"], 1e-13),
        (["grid.refine_tail=1e-14"], 1e-14), (["grid.precision=single"], 1e-6),
    ],
)  # fmt: skip
def test_a_grid_that_is_finer_throughout_is_refined_earlier(overrides: list[str], tail: float) -> None:
    """On twice the points, at a hundredth of the tail, which rounding does not reach."""
    config = load_configuration("gaussian_collapse", [AUTO, "grid.max_points=1024", *overrides])
    finer = config.grid.finer_from(config.limits.spectral_tail)
    assert finer["refine_tail"] == pytest.approx(tail, rel=1e-14)
    assert (finer["points"], finer["max_points"]) == ([1024, 1024], [2048])
    plain = load_configuration("gaussian_collapse")
    assert plain.grid.finer_from(plain.limits.spectral_tail) == plain.grid.finer()


def test_without_it_nothing_is_written() -> None:
    """Files of other runs are what they were."""
    config = load_configuration("gaussian_collapse", ["grid.refine=off"])
    assert config == load_configuration("gaussian_collapse")
    assert "refine" not in config.complete_toml()
    assert (config.grid.refinements, config.finest) == ((), config)


MISTAKES = {
    "no limit": ("gaussian_collapse", [AUTO], 'grid.refine = "auto": goes on up to grid.max_points; give them'),
    "no refinement": ("gaussian_collapse", ["grid.max_points=1024"], 'is for grid.refine = "auto"; give that too'),
    "another way": ("gaussian_collapse", ["grid.refine=on"], 'unknown way to refine the grid; known: "off", "auto"'),
    "not doubled": (
        "gaussian_collapse", [AUTO, "grid.max_points=3000"],
        "doubled once or several times, as often on each axis; write [2048, 2048] or [4096, 4096]",
    ),
    "not as often": ("gaussian_collapse", [AUTO, "grid.max_points=[1024, 2048]"], "as often on each axis"),
    "no more": ("gaussian_collapse", [AUTO, "grid.max_points=512"], "write max_points = [1024, 1024]"),
    "three axes": ("gaussian_collapse", [AUTO, "grid.max_points=[1024, 1024, 1024]"], "or one for each axis, as [1024"),
    "a tail without": ("gaussian_collapse", ["grid.refine_tail=1e-7"], 'is for grid.refine = "auto"; remove it'),
    "a tail above": (
        "gaussian_collapse", [AUTO, "grid.max_points=1024", "grid.refine_tail=1e-4"],
        "grid.refine_tail = 0.0001: is above limits.spectral_tail = 1e-05, which ends the run; give less",
    ),
    "a line that cannot be cut": (
        "gaussian_collapse", [*ON_THE_LINE, "grid={points=9973, length=20.0, refine='auto', max_points=19946}"],
        "grid.max_points comes to grid.points = 19946: a line is cut into a plane",
    ),
    "no tail": (
        "gaussian_collapse", [AUTO, "grid.max_points=1024", "limits.spectral_tail=off"],
        'the grid is refined at limits.spectral_tail, which is "off"',
    ),
    "radius": ("radial_2d", [AUTO], 'grid.refine = "auto": unknown key; it belongs in [grid] of basis fourier'),
    "rational": ("half_wave_blowup", [AUTO], "unknown key; it belongs in [grid] of basis fourier"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    """With what to write instead."""
    example, overrides, said = MISTAKES[name]
    assert said in message_of(example, overrides)


@pytest.mark.parametrize(("example", "said"), [("remainder_1d", "remainder"), ("hartree_plane_2d", "in the plane")])
def test_systems_that_stay_on_their_grid(example: str, said: str) -> None:
    """Nothing refines them; the message says so."""
    points = load_configuration(example).grid.points
    message = message_of(example, [AUTO, f"grid.max_points={[2 * n for n in points]}"])
    assert 'grid.refine = "auto": equation.name = ' in message
    assert "stays on its grid" in message
    assert said in message
