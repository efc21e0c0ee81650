"""Where bubbles are looked for in a stored field: every peak once, and nothing but peaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.decompose import peaks
from parallel_nls.decompose.peaks import Peaks, find_peaks
from parallel_nls.output.reader_fields import read_stored_field
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
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


def test_peaks_are_all_local_maxima(near: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the whole array, around the box; in whatever bands it is read."""
    stored = read_stored_field(near)
    density = stored.density()
    expected = density >= 1e-6 * density.max()
    for axis in range(density.ndim):
        for shift in (-1, 1):
            rolled = np.roll(density, shift, axis)
            around = [rolled, *(np.roll(rolled, by, 1 - axis) for by in (-1, 1) if density.ndim > 1)]
            expected &= np.all([density >= other for other in around], axis=0)
    order = [tuple(index) for index in np.argwhere(expected)]
    for band in (2**22, 700, 1):
        monkeypatch.setattr(peaks, "_BAND", band)
        found = find_peaks(stored)
        assert sorted(map(tuple, found.indices.tolist())) == order
        assert np.all(np.diff(found.heights) <= 0)
        np.testing.assert_array_equal(found.heights, np.sqrt(density[tuple(found.indices.T)]))


def test_only_the_highest_are_kept(near: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, memory is bounded."""
    every = find_peaks(read_stored_field(near))
    monkeypatch.setattr(peaks, "_MOST", 2)
    monkeypatch.setattr(peaks, "_BAND", 700)
    np.testing.assert_array_equal(find_peaks(read_stored_field(near)).heights, every.heights[:2])


def test_a_plane_across_the_edge_is_one_place() -> None:
    """Distances go around the box; a lower bubble counts where the tail of a higher one is lower still."""
    places = np.array([[-11.98], [11.98], [-8.0], [3.0]])
    heights = np.array([2.0, 1.9, 0.2, 1e-2]) * ground_state(1).peak
    found = Peaks(np.zeros((4, 1), dtype=np.intp), places, heights, (24.0,))
    np.testing.assert_allclose(found.scales[:2], [0.25, 1 / 1.9**2])
    assert found.separate(4) == [0, 2]
    assert found.separate(1) == [0]
    assert found.nearest_to([(-12.0,), (11.0,), (4.0,)]) == [0, 1, 3]
    assert found.nearest_to([(4.0,), (100.0,)]) == [0, 0]
