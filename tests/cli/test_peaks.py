"""Where bubbles are looked for in a stored field: every peak once, and nothing but peaks."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.decompose import peaks
from parallel_nls.decompose.known_bubbles import find_bubbles
from parallel_nls.decompose.peaks import Peaks, find_peaks
from parallel_nls.decompose.request import Request
from parallel_nls.output.fields import write_field
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.fields import StoredField, read_stored_field
from tests.cli.stored_bubbles import line_domain, store_bubbles

POINTS = {1: (960,), 2: (240, 216)}


@pytest.fixture(params=[1, 2])
def near(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two bubbles, twelve scales from each other, with a fringe between them."""
    ends = [(x, 0.0)[: request.param] for x in (-3.0, 3.0)]
    path = tmp_path / "near.h5"
    store_bubbles(path, line_domain(MPI.COMM_SELF, *POINTS[request.param]), [Bubble(end) for end in ends], 0.0, -0.5)
    return path


def test_fringes_are_no_bubbles(near: Path) -> None:
    """One is a local maximum above the threshold, and lower than the tails allow."""
    found = find_peaks(read_stored_field(near))
    assert len(found.heights) == 3
    chosen = found.separate(9)
    assert chosen == [0, 1]
    assert sorted(found.places[chosen, 0].tolist()) == pytest.approx([-3.0, 3.0], abs=0.05)
    np.testing.assert_allclose(found.scales[chosen], 0.5, rtol=0.02)


@pytest.fixture(params=[((300,), 3), ((300,), -3), ((40, 30), 3), ((40, 30), -3)])
def rough(request: pytest.FixtureRequest, tmp_path: Path) -> StoredField:
    """Random numbers, large ones at the edges or in the middle, and small ones: some maxima are faint."""
    points, decades = request.param
    domain = line_domain(MPI.COMM_SELF, *points)
    field = np.random.default_rng(1).standard_normal(domain.shape) + 0j
    along = np.arange(domain.shape[1]) if len(points) == 1 else np.arange(points[0])[:, None]
    field *= 10.0 ** (decades * np.cos(2 * np.pi * along / along.size))
    write_field(tmp_path / "rough.h5", domain, field, 0, 0.0, 0.0)
    return read_stored_field(tmp_path / "rough.h5")


def test_peaks_are_all_local_maxima(rough: StoredField, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the whole array, around the box; in whatever bands it is read."""
    density = rough.density()
    expected = np.ones(density.shape, dtype=bool)
    for shift in product((-1, 0, 1), repeat=density.ndim):
        expected &= density >= np.roll(density, shift, tuple(range(density.ndim)))
    assert density.ndim == 1 or (expected[0].any() and expected[-1].any())
    bright = expected & (density >= 1e-6 * density.max())
    assert 3 < bright.sum() < expected.sum() - 3
    order = [tuple(index) for index in np.argwhere(bright)]
    for band in (2**22, 70, 1):
        monkeypatch.setattr(peaks, "_BAND", band)
        found = find_peaks(rough)
        assert sorted(map(tuple, found.indices.tolist())) == order
        assert np.all(np.diff(found.heights) <= 0)
        np.testing.assert_array_equal(found.heights, np.sqrt(density[tuple(found.indices.T)]))
        for axis, places in zip(rough.axes(), found.places.T, strict=True):
            assert np.all((places >= axis.low) & (places < -axis.low))


def test_only_the_highest_are_kept(rough: StoredField, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, memory is bounded."""
    every = find_peaks(rough)
    monkeypatch.setattr(peaks, "_MOST", 2)
    monkeypatch.setattr(peaks, "_BAND", 70)
    np.testing.assert_array_equal(find_peaks(rough).heights, every.heights[:2])


def test_around_the_box_there_is_one_place() -> None:
    """Distances go around it; a lower bubble counts where the tail of a higher one is lower still, and not too near."""
    places = np.array([[-11.98], [11.98], [-11.4], [-8.0], [3.0]])
    heights = np.array([2.0, 1.9, 1.5, 0.2, 1e-2]) * ground_state(1).peak
    found = Peaks(np.zeros((5, 1), dtype=np.intp), places, heights, (24.0,))
    np.testing.assert_allclose(found.scales[:2], [0.25, 1 / 1.9**2])
    assert found.separate(5) == [0, 3]
    assert found.separate(1) == [0]
    assert found.nearest_to([(-12.0,), (11.0,), (4.0,)]) == [0, 1, 4]
    assert found.nearest_to([(4.0,), (100.0,)]) == [0, 0]


@pytest.mark.parametrize("blowup_time", [0.25, None])
def test_a_peak_becomes_an_exact_bubble(tmp_path: Path, blowup_time: float | None) -> None:
    """With T its ω and phase are those of the field; without, it is as high, of the same phase, and nearly flat."""
    exact = Bubble((1.2,), 0.9, 0.7)
    store_bubbles(tmp_path / "one.h5", line_domain(MPI.COMM_SELF), [exact], 0.25, -0.15)
    stored = read_stored_field(tmp_path / "one.h5")
    known = find_bubbles(Request(stored.path, count=1, blowup_time=blowup_time), None, stored)
    (bubble,) = known.bubbles
    assert (known.blowup_time, known.of_run) == (blowup_time, False)
    remaining = known.assumed_time - stored.time
    assert bubble.center == pytest.approx(exact.center, abs=1e-12)
    assert bubble.frequency * remaining == pytest.approx(0.36, rel=1e-6)
    phase = bubble.phase + 1 / (bubble.frequency**2 * remaining) - (0.7 + 1 / (0.81 * 0.4))
    assert np.exp(1j * phase) == pytest.approx(1, abs=1e-6)
    chirp = bubble.frequency**2 * remaining
    assert chirp == pytest.approx(0.01 if blowup_time is None else 0.324, rel=1e-6)
