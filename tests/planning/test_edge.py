"""What is said of the edge of the box: before a run, at its start, and when the field comes to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parallel_nls.config import Configuration, example_names, load_configuration
from parallel_nls.config.sections.potential import SoftenedPowerTerm
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.potentials import Gaussian, SoftenedPower
from parallel_nls.planning.edge import LEVEL, describe_edge, edge_at_start, edge_reached
from parallel_nls.planning.narrow_potentials import narrow_potential
from parallel_nls.spectral.radial import PlaneRadius, SpaceRadius

SOLITON = "initial={kind='solitons', solitons=[{center=12.0, velocity=4.0, frequency=0.5}]}"


def line(*overrides: str) -> Configuration:
    """A line [-20, 20), from 0 to 4."""
    return load_configuration("two_solitons_1d", ["grid.length=40.0", "time.stop=4.0", *overrides])


@pytest.mark.parametrize("name", example_names())
def test_no_example_is_warned_of(name: str) -> None:
    """All of them have decayed at the edge when they begin, but for half waves, which do so nowhere."""
    config = load_configuration(name)
    if config.grid.space == "line":
        return  # which has no edge
    edge = config.exact_waves.edge(config.time.start, config.grid.length)
    assert edge is not None
    told = edge_at_start(config, edge)
    assert told is None or (config.equation.has_algebraic_tails and "numbers by the order L^-2" in told)
    assert ("box-limit" in describe_edge(config).get("edge", "")) == config.equation.has_algebraic_tails


def test_dry_run_names_tail_and_crossing() -> None:
    """The tail at the start, and when a wave first crosses."""
    text = describe_edge(line(SOLITON))["edge"]
    assert text == (
        "|u| there is 1.6e-07 of its largest at the start; initial.solitons.0 crosses it at t = 2, and comes back on "
        "the other side"
    )
    assert "crosses" not in describe_edge(line(SOLITON, "time.stop=1.9"))["edge"]
    assert "crosses it at t = -0.125" in describe_edge(line(SOLITON.replace("4.0", "-64.0"), "time.stop=-1.0"))["edge"]


def test_dry_run_of_bubbles() -> None:
    """Without images: cut off where the tail is not small."""
    assert describe_edge(load_configuration("one_bubble"))["edge"].endswith("at the start; no periodic images")
    small = load_configuration("one_bubble", ["grid.length=[8.0,8.0]"])
    assert describe_edge(small)["edge"].endswith("which is cut off: enlarge grid.length")


def test_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind in its own words, from the level on; given numbers that do not decay are periodic data."""
    monkeypatch.chdir(tmp_path)
    Path("start.py").write_text("", encoding="utf-8")
    user = line("initial={kind='python', file='start.py', function='wave'}", "diagnostics.families=['conserved']")
    cases = {
        line(): "the initial data go on into their periodic images",
        load_configuration("one_bubble"): "bubbles have no periodic images",
        user: "cuts the initial data off, unless they are periodic",
    }
    for config, said in cases.items():
        assert edge_at_start(config, LEVEL) is None
        text = edge_at_start(config, 0.0123) or ""
        assert text.startswith("warning: ")
        assert said in text
        assert "0.012 of its largest" in text
        assert config.grid.describe_box() in text
        assert "enlarge grid.length" in text
    assert edge_at_start(user, 0.9) is None
    assert edge_at_start(line(), float("nan")) is None


def test_what_feels_the_edge() -> None:
    """Distances to bubbles do, those to solitary waves are to the periodic ones."""
    assert "and variance and the virial identity feel the edge" in edge_reached(line(), 1.3e-5, 0.5)
    bubbles = edge_reached(load_configuration("two_bubbles"), 1.3e-5, -0.25)
    assert "1.3e-05 of its largest at t = -0.25" in bubbles
    assert "variance, the virial identity, distances and the decomposition feel the edge" in bubbles


def test_potentials_narrower_than_the_points_are_apart() -> None:
    """They are told with the points that do: of a Gaussian of an eighth of the spacing V*ρ is 4.4 times too large."""
    small = ["grid={points=127,radius=10.0}", "equation.coupling=-1.0"]
    for potential, told in (
        ("kind='gaussian',strength=1e4,width=0.01", "grid.points = 1000 or more"),
        ("kind='softened-power',strength=6.0,power=2.0,softening=0.02", "grid.points = 300 or more"),
        ("kind='softened-power',strength=6.0,power=2.0,softening=0.05", None),
        ("kind='softened-power',strength=6.0,power=6.0,softening=0.1", "grid.points = 164 or more"),
        ("kind='gaussian',strength=1.0,width=0.08", None),
        ("kind='inverse-power',strength=4.0,power=2.0", None),
    ):
        config = load_configuration("softened_no_collapse", [f"equation.potential={{{potential}}}", *small])
        line = narrow_potential(config)
        assert (line is None) == (told is None)
        assert told is None or (line is not None and line.endswith(told) and "0.078 apart" in line)
    assert all(narrow_potential(load_configuration(name)) is None for name in example_names())
    # What is told is what happens: the mean of V in a Gaussian, known in closed form.
    axis, errors = SpaceRadius(127, 10.0), []
    rho = (axis.amplitude * np.pi**-0.75 * np.exp(-(axis.r**2) / 2)) ** 2
    for width in (0.01, 10 / 128):
        potential_of = Gaussian(1.0, width)
        mean = rho @ PairInteraction.of(potential_of, axis, -1.0).average @ rho
        errors.append(abs(mean / potential_of.gaussian_mean(1.0, 3) - 1))
    assert errors[0] > 3
    assert errors[1] < 2e-4


@pytest.mark.parametrize("axis", [SpaceRadius, PlaneRadius])
@pytest.mark.parametrize("power", [1.0, 2.0, 6.0])
def test_softened_powers_are_seen_by_the_points_that_are_asked_for(
    axis: type[SpaceRadius | PlaneRadius], power: float
) -> None:
    """To some 10⁻³ just beside what is told, in both dimensions: half the spacing left up to 57 % of V out."""
    coarse, fine = axis(47, 5.0), axis(511, 5.0)
    unit = SoftenedPowerTerm(kind="softened-power", strength=1.0, power=power, softening=1.0)
    softening = 5 / 48 / unit.narrowest(coarse.dimension)
    means = []
    for one in (coarse, fine):
        weights = (one.amplitude * np.exp(-(one.r**2) / 2)) ** 2
        average = PairInteraction.of(SoftenedPower(1.0, power, softening), one, -1.0).average
        means.append(weights @ average @ weights / weights.sum() ** 2)
    assert means[0] == pytest.approx(means[1], rel=3e-3)
