"""The series: which quantities, how wide, and what the virial residual is measured against."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from parallel_nls.catalogue import QUANTITIES, selected
from parallel_nls.output import durable_files
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.series import SeriesWriter
from parallel_nls.output.series_columns import CHUNK
from parallel_nls.results.files import read_series

VALUES = {"variance_rate": 1.0, "variance_acceleration": 2.0}
FAMILIES = ("conserved", "virial", "resolution", "distance")


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("adaptive", [False, True])
def test_selected_quantities(dimension: int, adaptive: bool) -> None:
    """Vectors are as wide as space; step size and error estimate come with error control alone."""
    chosen = {quantity.name: quantity for quantity in selected(FAMILIES, dimension, adaptive)}
    families = (*FAMILIES, "steps")
    expected = {quantity.name for quantity in QUANTITIES if quantity.family in families}
    assert set(chosen) | {"step_size", "error_estimate"} == expected
    assert ("step_size" in chosen) == ("error_estimate" in chosen) == adaptive
    vectors = {name for name, quantity in chosen.items() if quantity.shape == (dimension,)}
    assert vectors == {"momentum", "sup_position", "spectral_tail"}
    assert {quantity.shape for quantity in chosen.values()} == {(), (dimension,)}


def test_families_are_chosen() -> None:
    """In the order of the files, whatever the order of the families."""
    names = [quantity.name for quantity in selected(("virial", "conserved"), 1)]
    assert names == ["mass", "energy", "momentum", "variance", "variance_rate", "virial_residual"]
    assert [quantity.name for quantity in selected((), 2, adaptive=True)] == ["step_size", "error_estimate"]


def test_rows(tmp_path: Path) -> None:
    """One component an axis, NaN for what is missing, and the virial residual against the acceleration of the row."""
    times = 0.1 * np.arange(9) ** 1.5
    writer = SeriesWriter(tmp_path / "series.h5", selected(FAMILIES, 1, adaptive=True))
    for row, time in enumerate(times):
        # The rate of t² + t³ is known; the acceleration in the row is 3/4 of its derivative.
        values: dict[str, float | np.ndarray] = {
            "momentum": np.array([2.0 * row]),
            "energy": 17.0,
            "variance_rate": time**2 + time**3,
            "variance_acceleration": 0.75 * (2 * time + 3 * time**2) if row else -1.0,
            "step_size": 0.125,
        }
        writer.append(time, 3 * row, values)
    writer.close()
    with h5py.File(tmp_path / "series.h5", "r") as file:
        assert "variance_acceleration" not in file
        np.testing.assert_array_equal(file["time"][()], times)
        np.testing.assert_array_equal(file["step"][()], 3 * np.arange(9), strict=True)
        np.testing.assert_array_equal(file["momentum"][()], 2.0 * np.arange(9)[:, None], strict=True)
        np.testing.assert_array_equal(file["step_size"][()], np.full(9, 0.125))
        assert np.isnan(file["mass"][()]).all()
        np.testing.assert_allclose(file["virial_residual"][()], [1.0, *[1 / 3] * 8], rtol=1e-12)


def test_rows_beyond_a_chunk_and_from_a_checkpoint(tmp_path: Path) -> None:
    """Rows are on disk at once; rebuilt from the measured columns, the file ends with the same bytes."""
    whole, rebuilt = (tmp_path / name for name in ("whole.h5", "rebuilt.h5"))
    writer = SeriesWriter(whole, selected(FAMILIES, 2))
    for row in range(CHUNK + 30):
        if row == CHUNK - 2:
            measured = {name: column.copy() for name, column in writer.table.measured().items()}
        writer.append(0.1 * row, row, VALUES | {"variance_rate": 0.5 * row**2, "mass": float(row)})
        with h5py.File(whole, "r", locking=False) as file:
            assert file["mass"][-1] == row == len(file["time"]) - 1
    writer.close()
    again = SeriesWriter(rebuilt, selected(FAMILIES, 2), measured)
    with h5py.File(rebuilt, "r", locking=False) as file:
        np.testing.assert_array_equal(file["mass"][()], np.arange(CHUNK - 2.0))
        assert np.isfinite(file["virial_residual"][:-3]).all()
        assert np.isnan(file["virial_residual"][-3:]).all()
    for row in range(CHUNK - 2, CHUNK + 30):
        again.append(0.1 * row, row, VALUES | {"variance_rate": 0.5 * row**2, "mass": float(row)})
    again.close()
    assert rebuilt.read_bytes() == whole.read_bytes()


def test_a_row_on_its_way_is_no_row(tmp_path: Path) -> None:
    """Told of a row whose chunk is not there yet, who reads finds no zeros: neither in a quantity nor as a time."""
    paths = RunPaths(tmp_path)
    writer = SeriesWriter(paths.series, selected(FAMILIES, 2))
    for rows in range(CHUNK):
        writer.append(0.1 * rows, rows, VALUES)
    writer.abandon()
    with h5py.File(paths.series, "r+", locking=False) as file:
        for name in read_series(paths):
            file[name].resize(CHUNK + 1, axis=0)
        assert np.isnan(file["time"][-1])
        assert np.isnan(file["mass"][-1])
        assert file["step"][-1] < 0
    found = read_series(paths)
    assert {name: len(column.values) for name, column in found.items()} == dict.fromkeys(found, CHUNK)


def test_a_full_disk_is_met_before_the_library_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file grows, and at the end; what was there stays readable."""
    path = tmp_path / "series.h5"
    writer = SeriesWriter(path, selected(FAMILIES, 2))
    for row in range(CHUNK):
        writer.append(0.1 * row, row, VALUES)

    def full(*_: object) -> None:
        """No room at all."""
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(durable_files, "allocate", full)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        writer.append(99.0, CHUNK, VALUES)
    with pytest.raises(OSError, match="full"):
        writer.close()
    with h5py.File(path, "r") as file:
        assert len(file["time"]) == CHUNK
    assert [found.name for found in tmp_path.iterdir()] == ["series.h5"]
