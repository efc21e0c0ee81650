"""What initial data of each kind answer, so that nobody need know which kind they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.sections.initial import BubbleParameters
from parallel_nls.profiles.ground_state import ground_state

BUBBLES = "bubbles=[{center=[1, 2], frequency=1.5}, {center=[-3.5, 0], frequency=0.5, phase=0.25}]"
SOLITONS = "solitons=[{velocity=[4, -1], center=[6, 0], frequency=0.75}, {}]"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that initial data come from."""
    monkeypatch.chdir(tmp_path)
    for name in ("start.py", "start.h5"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def starting_from(initial: str) -> Configuration:
    """A run from 0 to 0.5 in a box of sides 16, from other initial data."""
    return load_configuration("gaussian_collapse", [f"initial={{{initial}}}"])


def test_bubbles() -> None:
    """Exact up to T, with fixed places and scales that shrink."""
    initial = starting_from(f'kind="bubbles", blowup_time=2, {BUBBLES}').initial
    assert (initial.is_exact, initial.symbol, initial.blowup_time) == (True, "S", 2.0)
    assert initial.smallest_scale(1.0) == 0.5
    assert initial.peaks(0.0, (16.0, 16.0)) == (((1.0, 2.0), 3.0), ((-3.5, 0.0), 1.0))
    expected = BubbleParameters(center=(-3.5, 0.0), frequency=0.5, phase=0.25)
    bubbles = initial.known_bubbles()
    assert bubbles is not None
    assert bubbles[1] == expected
    assert [key for key, _ in initial.vectors()] == ["initial.bubbles.0.center", "initial.bubbles.1.center"]
    assert initial.scales(0.0, 0.5) == {"λ at start": 1.0, "λ at stop": 0.75}
    assert initial.spectrum.format(coarse=1, fine=2) == "a bubble's spectral tail is 1e-6 at 1/λ and 1e-8 at 2/λ"
    assert (initial.moving_waves(0.0), initial.source_file) == ((), None)
    assert initial.describe(2) == [
        "2 bubbles, blow-up time T = 2",
        "center (1, 2), frequency 1.5, phase 0",
        "center (-3.5, 0), frequency 0.5, phase 0.25",
    ]


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_tail_at_the_edge(dimension: int) -> None:
    """That of the ground state to a hundredth, on the line exactly, of the tallest of two; and of a Gaussian."""
    state, sides = ground_state(dimension), (16.0, 20.0)[:dimension]
    center = [3.0, 0.0][:dimension]
    waves = f"solitons=[{{center={center}, frequency=0.5}}, {{frequency=1.25}}]"
    initial = load_configuration("two_solitons_1d" if dimension == 1 else "soliton_collision_2d", [
        f"grid.length={list(sides)}", f"initial={{kind='solitons', {waves}}}",
    ]).initial  # fmt: skip
    tails = [float(state.value(room / scale)) / scale ** (dimension / 2) for room, scale in ((5.0, 0.5), (8.0, 1.25))]
    expected = max(tails) * 0.5 ** (dimension / 2) / state.peak
    assert initial.edge(0.0, sides) == pytest.approx(expected, rel=1e-14 if dimension == 1 else 0.03)
    gaussian = starting_from('kind="gaussian", amplitude=2, width=0.8, center=[3, -1]').initial
    assert gaussian.edge(0.0, (16.0, 16.0)) == pytest.approx(np.exp(-(25.0) / (2 * 0.64)))
    assert starting_from('kind="python", file="start.py"').initial.edge(0.0, (16.0, 16.0)) is None


def test_solitons() -> None:
    """Exact at any time, with places that go around the box and scales that stay."""
    initial = starting_from(f'kind="solitons", {SOLITONS}').initial
    assert (initial.is_exact, initial.symbol, initial.blowup_time) == (True, "W", None)
    assert initial.smallest_scale(7.0) == 0.75
    assert initial.peaks(1.0, (16.0, 16.0)) == (((-6.0, -1.0), 0.75), ((0.0, 0.0), 1.0))
    assert initial.known_bubbles() is None
    assert [key.removeprefix("initial.solitons.") for key, _ in initial.vectors()] == [
        "0.velocity", "0.center", "1.velocity", "1.center",
    ]  # fmt: skip
    first = initial.moving_waves(0.5)[0]
    assert first == ("initial.solitons.0", (4.0, -1.0), (6.0, 0.0), (8.0, -0.5))
    assert initial.scales(0.0, 0.5) == {"smallest ω": 0.75}
    tail = "the spectral tail of a wave at rest is 1e-6 at 1/ω and 1e-8 at 2/ω; a velocity v adds |v|/2"
    assert initial.spectrum.format(coarse=1, fine=2) == tail
    assert initial.describe(2) == [
        "2 solitary waves",
        "velocity (4, -1), center (6, 0) at t = 0, frequency 0.75, phase 0",
        "velocity (0, 0), center (0, 0) at t = 0, frequency 1, phase 0",
    ]


# [initial], scales, source file, text in two dimensions
GENERAL = {
    "gaussian": (
        'kind="gaussian", amplitude=2, width=0.5, center=[1, 0.25]', {"width": 0.5}, None,
        "Gaussian at (1, 0.25), amplitude 2, width 0.5, chirp 0",
    ),
    "file": ('kind="file", file="start.h5"', {}, None, "the field in {folder}/start.h5"),
    "python": ('kind="python", file="start.py"', {}, "{folder}/start.py", "u0(x, y) of {folder}/start.py"),
}  # fmt: skip


@pytest.mark.parametrize("kind", GENERAL)
def test_general_data(files: Path, kind: str) -> None:
    """Of them nothing is known later."""
    text, scales, source, description = GENERAL[kind]
    initial = starting_from(text).initial
    assert initial.kind == kind
    assert (initial.is_exact, initial.symbol, initial.spectrum, initial.blowup_time) == (False, "", "", None)
    assert (initial.smallest_scale(0.0), initial.known_bubbles()) == (None, None)
    assert (initial.peaks(0.0, (16.0, 16.0)), initial.moving_waves(0.0)) == ((), ())
    assert initial.scales(0.0, 0.5) == scales
    assert initial.source_file == (None if source is None else source.format(folder=files))
    assert initial.describe(2) == [description.format(folder=files)]


def test_texts_of_the_line(files: Path) -> None:
    """Places are numbers, and functions have one argument."""
    line = ["equation.dimension=1", "grid.points=64", "grid.length=8.0"]
    for text, expected in {
        'kind="gaussian", amplitude=2, width=0.5': "Gaussian at 0, amplitude 2, width 0.5, chirp 0",
        'kind="python", file="start.py", function="f"': f"f(x) of {files}/start.py",
    }.items():
        initial = load_configuration("gaussian_collapse", [f"initial={{{text}}}", *line]).initial
        assert initial.describe(1) == [expected]
