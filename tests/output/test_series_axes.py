"""Dimensions of a series: names, labels, and what becomes of those that clash."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from parallel_nls.output.series_axes import SeriesAxis, axes_of, labels_of
from parallel_nls.output.series_columns import write_columns


def test_names_and_labels() -> None:
    """As the catalogue has them; of what it does not know, after the dataset."""
    found = axes_of({"mass": (), "center": (3, 2), "modulation_parts": (3, 5), "virial_time": (4,), "mine": (7,)})
    assert found["mass"] == ()
    assert found["center"] == (SeriesAxis("bubble", 3, (1, 2, 3)), SeriesAxis("axis", 2, ("x", "y")))
    assert found["modulation_parts"][1] == SeriesAxis("part", 5, ("scale", "chirp", "center", "boost", "phase"))
    assert found["virial_time"] == (SeriesAxis("wave", 4),)
    assert found["mine"] == (SeriesAxis("mine_1", 7),)
    assert labels_of(found["center"])[:3] == [("1", "x"), ("1", "y"), ("2", "x")]
    assert labels_of(found["virial_time"]) == [("1",), ("2",), ("3",), ("4",)]
    assert labels_of(()) == [()]


def test_names_that_clash() -> None:
    """A quantity that is called as a dimension, and one dimension of two lengths: those of the dataset's own name."""
    found = axes_of({"axis": (), "momentum": (2,), "scale": (2,), "chirp": (3,)})
    assert found["momentum"] == (SeriesAxis("momentum_1", 2),)
    assert found["scale"] == (SeriesAxis("bubble", 2, (1, 2)),)
    assert found["chirp"] == (SeriesAxis("chirp_1", 3),)


def test_scales_of_hdf5(tmp_path: Path) -> None:
    """The library itself finds them: names, labels, and which of them have no values; rows can be appended."""
    columns = {"time": np.arange(3.0), "center": np.ones((3, 2, 1)), "virial_time": np.ones((3, 4))}
    texts = {name: {"long_name": name} for name in columns}
    with h5py.File(tmp_path / "series.h5", "w") as file:
        write_columns(file, columns, texts)
    with h5py.File(tmp_path / "series.h5", "r+") as file:
        assert {name for name in file if file[name].is_scale} == {"time", "bubble", "axis", "wave"}
        assert [dimension[0].name for dimension in file["center"].dims] == ["/time", "/bubble", "/axis"]
        assert file["bubble"][()].tolist() == [1, 2]
        assert file["axis"].asstr()[()].tolist() == ["x"]
        assert file["wave"].attrs["NAME"].startswith(b"This is a netCDF dimension but not a netCDF variable")
        for name in columns:
            file[name].resize(200, axis=0)
        assert file["center"].dims[0][0].shape == (200,)
