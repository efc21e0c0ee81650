"""The real programs and libraries of others read what runs leave and what is exported.

They are in the extra ``clients``; where one of them is not installed, its tests are skipped, and say so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from parallel_nls.output.field_index import FieldIndex
from parallel_nls.output.fields import write_field
from parallel_nls.output.paraview_grids import Snapshot
from parallel_nls.results.fields import read_stored_field
from parallel_nls.results.reader import Run, open_run
from tests.output.bubble_runs import Recipe, grid_of, write_run
from tests.output.stored_fields import line_at_nodes

FEW = ("virial", "modulation")
PLANE = Recipe(dimension=2, count=3, families=FEW)
LINE = Recipe(dimension=1, count=2, families=FEW)
# netCDF4 was compiled against an older numpy than it meets.
pytestmark = pytest.mark.filterwarnings("ignore:numpy.ndarray size changed:RuntimeWarning")


def client(name: str) -> ModuleType:
    """A library of the extra."""
    how = 'pip install -c constraints.txt -e ".[clients]"'
    module: ModuleType = pytest.importorskip(
        name, reason=f"NOT TESTED: what {name} reads; it is not installed, or lacks it: {how}", exc_type=ImportError
    )
    return module


@pytest.fixture(scope="module", params=[PLANE, LINE], ids=["plane", "line"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run directory with bubbles off the middle, and the index of its fields."""
    root = write_run(tmp_path_factory.mktemp("clients") / "run", request.param)
    opened, domain = open_run(root), grid_of(request.param)
    snapshots = [Snapshot.of(domain, one.steps, one.time, one.path.name) for one in opened.fields]
    FieldIndex(opened.paths.index, domain.dtype).write(snapshots)
    return opened


@pytest.fixture(scope="module")
def exported(run: Run) -> Path:
    """The folder with all that is exported of it."""
    for kind in ("netcdf", "vtk", "csv"):
        run.export(kind)
    return run.paths.root / "export"


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_opens_a_series(run: Run, exported: Path, engine: Any) -> None:
    """That of the run itself, and the exported one: as `run.series` has it, with all texts."""
    client({"netcdf4": "netCDF4"}.get(engine, engine))
    for path in (run.paths.series, exported / "series.nc"):
        with xr.open_dataset(path, engine=engine) as found:
            found.load().attrs = run.series.attrs
            assert found.identical(run.series)


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_opens_fields(run: Run, exported: Path, engine: Any) -> None:
    """Along time and space, with coordinates."""
    client({"netcdf4": "netCDF4"}.get(engine, engine))
    with xr.open_dataset(exported / "fields.nc", engine=engine) as found:
        for place, stored in enumerate(run.fields):
            u, one = run.field(place), found.isel(time=place)
            assert (float(one.time), int(one.step)) == (stored.time, stored.steps)
            xr.testing.assert_equal((one.u_real + 1j * one.u_imag).drop_vars("time"), u)
            np.testing.assert_array_equal(one.density, stored.density())


def test_pandas_reads_the_table(run: Run, exported: Path) -> None:
    """Every number to the last bit."""
    table = client("pandas").read_csv(exported / "series.csv", comment="#")
    series, last = run.series, int(run.series.bubble[-1])
    for name, expected in {
        "time": series.time,
        "step": series.step,
        "variance": series.variance,
        "scale_2": series["scale"].sel(bubble=2),
        "center_1_x": series.center.sel(bubble=1, axis="x"),
        f"modulation_parts_{last}_phase": series.modulation_parts.sel(bubble=last, part="phase"),
    }.items():
        np.testing.assert_array_equal(table[name], expected)


def check_vtk(output: Any, run: Run, place: int) -> None:
    """Find all numbers, x horizontal, y vertical, and the highest point where it is."""
    numpy_support = client("vtkmodules.util.numpy_support")
    data, stored = output.GetPointData(), run.fields[place]
    names = [data.GetArrayName(k) for k in range(data.GetNumberOfArrays())]
    assert sorted(names) == ["density", "u_imag", "u_real"]
    arrays = {name: numpy_support.vtk_to_numpy(data.GetArray(name)) for name in names}
    u = arrays["u_real"] + 1j * arrays["u_imag"]
    axes = [*stored.coordinates(), np.zeros(1), np.zeros(1)][:3]
    points = [output.GetPoint(k) for k in range(len(u))]
    indices = np.array([[np.abs(axis - x).argmin() for axis, x in zip(axes, point, strict=True)] for point in points])
    np.testing.assert_allclose(
        points, np.stack([axis[i] for axis, i in zip(axes, indices.T, strict=True)], 1), atol=1e-13
    )
    np.testing.assert_array_equal(u, stored.values()[tuple(indices.T[: len(stored.axes())])])
    assert points[int(arrays["density"].argmax())][:2] == pytest.approx(highest(stored.density(), axes), abs=1e-13)


def highest(density: NDArray[np.float64], axes: list[NDArray[np.float64]]) -> list[float]:
    """Coordinates of the largest density."""
    place = [int(k) for k in np.unravel_index(int(density.argmax()), density.shape)] + [0]
    return [float(axis[k]) for axis, k in zip(axes, place[:2], strict=False)]


def test_vtk_reads_exported_fields(run: Run, exported: Path) -> None:
    """An image for each, with its time."""
    reader = client("vtkmodules.vtkIOXML").vtkXMLImageDataReader()
    for place, stored in enumerate(run.fields):
        reader.SetFileName(str(exported / f"{stored.path.stem}.vti"))
        reader.Update()
        check_vtk(reader.GetOutput(), run, place)
        assert reader.GetOutput().GetFieldData().GetArray("TimeValue").GetValue(0) == stored.time


@pytest.mark.parametrize(("module", "name"), [("vtkIOXdmf2", "vtkXdmfReader"), ("vtkIOXdmf3", "vtkXdmf3Reader")])
def test_vtk_reads_the_index(run: Run, module: str, name: str) -> None:
    """Of the fields in the run directory, by both readers of ParaView, of which wheels of VTK have the first."""
    reader = getattr(client(f"vtkmodules.{module}"), name)()
    reader.SetFileName(str(run.paths.index))
    reader.UpdateInformation()
    for place, stored in enumerate(run.fields):
        reader.UpdateTimeStep(stored.time)
        output = reader.GetOutputDataObject(0)
        check_vtk(output.GetBlock(0) if output.IsA("vtkMultiBlockDataSet") else output, run, place)


@pytest.mark.parametrize("run", [PLANE], indirect=True, ids=["plane"])
def test_openpmd_viewer_shows_u(run: Run) -> None:
    """Its parts as scalar fields, over all iterations."""
    series = client("openpmd_viewer").OpenPMDTimeSeries(str(run.paths.fields))
    assert {"density", "u_real", "u_imag"} < set(series.avail_fields)
    assert series.iterations.tolist() == [stored.steps for stored in run.fields]
    for place, stored in enumerate(run.fields):
        parts = [series.get_field(name, iteration=stored.steps)[0] for name in ("u_real", "u_imag")]
        np.testing.assert_array_equal(parts[0] + 1j * parts[1], run.field(place))
        assert series.t[place] == stored.time


def test_openpmd_viewer_numbers_nodes(tmp_path: Path) -> None:
    """It has no word for points at uneven distances: it shows their numbers, at which it has the right values."""
    viewer, places = client("openpmd_viewer"), line_at_nodes(12)
    values = np.arange(12.0) ** 2
    write_field(tmp_path / "field_00000007.h5", places, values + 0j, 7, 0.5, 0.1)
    series = viewer.OpenPMDTimeSeries(str(tmp_path))
    u_real, info = series.get_field("u_real", iteration=7)
    assert info.axes == {0: "index of x"}
    np.testing.assert_array_equal(getattr(info, "index of x"), np.arange(12.0))
    np.testing.assert_array_equal(u_real, values)
    np.testing.assert_array_equal(read_stored_field(tmp_path / "field_00000007.h5").nodes(), places.nodes)


@pytest.mark.parametrize("run", [PLANE], indirect=True, ids=["plane"])
def test_fields_keep_the_standard(run: Run) -> None:
    """No error by the validator of openPMD; of what it recommends the author and the date are missing."""
    client("openpmd_validator")
    command = [sys.executable, "-m", "openpmd_validator.check_h5", "-i", str(run.fields[-1].path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )
    assert "Result: 0 Errors and 2 Warnings." in done.stdout, done.stdout + done.stderr
