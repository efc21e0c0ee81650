"""Series of solutions that are decomposed into bubbles: tables in rows, several derived columns, and reading them."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.catalogue import QUANTITIES as ALL
from parallel_nls.catalogue import selected
from parallel_nls.output.series import SeriesWriter
from parallel_nls.output.series_table import SeriesTable
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.reader import describe_run, open_run

FAMILIES = ("virial", "modulation", "functionals", "localized")
QUANTITIES = selected(FAMILIES, 2, bubbles=2)
BUBBLES = (Bubble((-2.0, 0.5), 1.0, 0.3), Bubble((2.0, 0.0), 1.2, 0.0))
ROWS, FAILED = 24, 12
DERIVED_HERE = ("virial_residual", "mass_identity", "current_identity", "modulation_parts", "modulation_defect")

Values = dict[str, float | NDArray[np.float64]]


def time_of(row: int) -> float:
    """Rows in uneven steps, towards the blow-up at 0."""
    return -0.8 + 0.015 * row + 0.002 * float(np.sin(row))


def values_of(row: int) -> Values:
    """A sample: exact bubbles a little off, and other numbers; the fit fails in one row."""
    time = time_of(row)
    path = Parameters.of_bubbles(BUBBLES, -time)
    wave = 1e-3 * np.sin(7 * time + np.arange(2))
    values: Values = {
        "scale": path.scale + wave,
        "center": path.center + wave[:, None],
        "boost": path.boost - wave[:, None],
        "chirp": path.chirp + 2 * wave,
        "phase": path.phase - wave,
        "fit_passes": 5.0,
        "energy_expansion": np.arange(4.0),
        "local_mass": 10 + np.cos(time + np.arange(2)),
        "local_current": -0.5 * np.sin(time + np.arange(2)),
        "local_acceleration": -0.5 * np.cos(time + np.arange(2)),
        "local_flux": 1 + 0.2 * np.sin(20 * time + np.arange(2)),
        "local_scale": 1 + 0.2 * np.sin(30 * time + np.arange(2)),
        "variance_rate": time**3,
        "variance_acceleration": 3 * time**2 + 1e-3,
        "mass": 23.0,
    }
    if row == FAILED:
        values |= {name: np.full_like(values[name], np.nan) for name in ("scale", "center", "boost", "chirp", "phase")}
        values["fit_passes"] = -30.0
    return values


def whole_table() -> SeriesTable:
    """All rows, derived from all rows."""
    table = SeriesTable(QUANTITIES)
    for row in range(ROWS):
        table.append(time_of(row), row, values_of(row))
    for row in range(ROWS):
        table.derive(row)
    return table


def test_what_is_derived_and_what_is_kept() -> None:
    """Checkpoints carry what derived columns need besides the quantities, and only that."""
    table = SeriesTable(QUANTITIES)
    assert table.derived == DERIVED_HERE
    assert set(DERIVED_HERE) == {quantity.name for quantity in ALL if quantity.derivation is not None}
    assert set(table.names) == {"time", "step", *(quantity.name for quantity in QUANTITIES)}
    hidden = {
        "variance_acceleration": (),
        "mass": (),
        "energy_scale": (),
        "local_flux": (2,),
        "local_scale": (2,),
        "edge": (2,),
    }
    assert set(table.measured()) - set(table.names) == set(hidden)
    assert set(table.names) - set(table.measured()) == set(DERIVED_HERE)
    for name, shape in hidden.items():
        assert table.column(name).shape == (0, *shape)
    assert set(SeriesTable(selected(("conserved",), 2)).measured()) == {"time", "step", "mass", "energy", "momentum"}


def test_rows_on_disk(tmp_path: Path) -> None:
    """In their shapes, NaN for what is missing; derived ones three behind, those of the first rows with the seventh."""
    path = tmp_path / "series.h5"
    writer = SeriesWriter(path, QUANTITIES)
    for row in range(10):
        writer.append(time_of(row), row, values_of(row))
        with h5py.File(path, "r", locking=False) as file:
            for name in DERIVED_HERE:
                known = np.isfinite(file[name][()].reshape(row + 1, -1)).all(axis=1)
                assert known.tolist() == [row >= 6 and place <= row - 3 for place in range(row + 1)], name
    writer.close()
    with h5py.File(path, "r") as file:
        for quantity in QUANTITIES:
            assert file[quantity.name].shape == (10, *quantity.shape)
        np.testing.assert_array_equal(file["center"][4], values_of(4)["center"])
        np.testing.assert_array_equal(file["energy_expansion"][9], np.arange(4.0))
        assert np.isnan(file["local_terms"][()]).all()
        assert all(np.isfinite(file[name][()]).all() for name in DERIVED_HERE)
        assert "local_scale" not in file


def test_a_row_does_not_depend_on_when_it_was_derived(tmp_path: Path) -> None:
    """While rows came, from a checkpoint of any of them, or from all rows at once: the same bits."""
    expected = whole_table()
    path = tmp_path / "whole.h5"
    writer, checkpoints = SeriesWriter(path, QUANTITIES), {}
    for row in range(ROWS):
        if row in (1, 5, 6, 7, 8, 18):
            checkpoints[row] = {name: column.copy() for name, column in writer.table.measured().items()}
        writer.append(time_of(row), row, values_of(row))
    writer.close()
    for name in DERIVED_HERE:
        np.testing.assert_array_equal(writer.table.column(name), expected.column(name), err_msg=name)
        missing = np.isnan(expected.rows()[name].reshape(ROWS, -1)).any(axis=1)
        lost = set(range(FAILED - 3, FAILED + 4)) if name.startswith("modulation") else set()
        assert set(np.flatnonzero(missing).tolist()) == lost, name
    for first, columns in checkpoints.items():
        again = SeriesWriter(tmp_path / "again.h5", QUANTITIES, columns)
        for row in range(first, ROWS):
            again.append(time_of(row), row, values_of(row))
        again.close()
        assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()


def test_rows_of_earlier_versions(tmp_path: Path) -> None:
    """Their checkpoints have no masses beside the variances: the run goes on, with the same residuals."""
    quantities = selected(("virial",), 2)
    writer = SeriesWriter(tmp_path / "series.h5", quantities)
    for row in range(12):
        writer.append(time_of(row), row, values_of(row))
    measured = {name: column for name, column in writer.table.measured().items() if name != "mass"}
    again = SeriesTable(quantities, measured)
    assert np.isnan(again.column("mass")).all()
    np.testing.assert_array_equal(again.column("virial_residual"), writer.table.column("virial_residual"))
    writer.close()


CONFIG = """
[equation]
name = "nls"
[grid]
points = [32, 24]
length = [16.0, 12.0]
[initial]
kind = "bubbles"
[[initial.bubbles]]
center = [-2.0, 0.5]
frequency = 1.0
phase = 0.3
[[initial.bubbles]]
center = [2.0, 0.0]
frequency = 1.2
[time]
start = -0.8
stop = -0.2
step = 0.001
[diagnostics]
every = {steps = 10}
families = ["virial", "modulation", "functionals", "localized"]
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with such a series, whose run has not ended; only to be read."""
    root = tmp_path_factory.mktemp("stored") / "run"
    (root / "fields").mkdir(parents=True)
    (root / "config.toml").write_text(CONFIG)
    writer = SeriesWriter(root / "series.h5", QUANTITIES)
    for row in range(ROWS):
        writer.append(time_of(row), row, values_of(row))
    writer.close()
    return root


def test_the_series_has_named_dimensions(stored: Path, tmp_path: Path) -> None:
    """Bubbles count from 1; axes, parts and terms have names."""
    root = Path(shutil.copytree(stored, tmp_path / "run"))
    with h5py.File(root / "series.h5", "r+") as file:
        file["unknown"] = np.zeros((ROWS, 3))
    series = open_run(root).series
    for name, dimensions in {
        "mass_identity": ("bubble",),
        "center": ("bubble", "axis"),
        "modulation_parts": ("bubble", "part"),
        "energy_expansion": ("energy_term",),
        "local_terms": ("bubble", "local_term"),
        "fit_passes": (),
        "unknown": ("unknown_1",),
    }.items():
        assert series[name].dims == ("time", *dimensions)
    assert series.bubble.values.tolist() == [1, 2]
    assert series.axis.values.tolist() == ["x", "y"]
    assert series.part.values.tolist() == ["scale", "chirp", "center", "boost", "phase"]
    assert series.energy_term.values.tolist() == ["E0", "E1", "E2", "mass"]
    assert series.local_term.values.tolist() == ["hessian", "power", "bilaplacian"]
    assert float(series.center.sel(bubble=2, axis="x")[4]) == np.asarray(values_of(4)["center"])[1, 0]
    defects = series.modulation_parts.sum("part", skipna=False)
    np.testing.assert_allclose(defects.values, series.modulation_defect.values, rtol=1e-15)


def test_the_description_stays_readable(stored: Path) -> None:
    """A table has one line for each bubble, under its name and formula; nothing is too wide."""
    lines = describe_run(stored).splitlines()
    assert max(map(len, lines)) < 170
    place = next(number for number, line in enumerate(lines) if "modulation_parts" in line)
    assert lines[place].split(maxsplit=1)[1].startswith("|λλ'+γ|")
    with h5py.File(stored / "series.h5", "r") as file:
        last = file["modulation_parts"][-1]
    for bubble in (1, 2):
        head, numbers = lines[place + bubble].split(f"bubble {bubble}")
        assert not head.strip()
        assert [float(text) for text in numbers.split()] == pytest.approx(last[bubble - 1].tolist(), rel=1e-3)
    assert "modulation_defect" in lines[place + 3]
    place = next(number for number, line in enumerate(lines) if "energy_expansion" in line)
    assert lines[place].split()[1:4] == ["0", "1", "2"]
    assert lines[place + 1].split() == ["3"]
