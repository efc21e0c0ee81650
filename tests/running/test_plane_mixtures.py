"""Runs of mixtures in the plane: the same bits on any ranks and over a resume, what they start from and leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.figures.run_figures import PLANE_FIGURES
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.stored_field import plot_field
from parallel_nls.planning.memory import check_memory, required_bytes
from parallel_nls.planning.resources import describe_resources
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.run import resume, run
from parallel_nls.studies.hypotheses import check_hypotheses, describe
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from tests.one_rank import OneRank

SMALL = (
    "grid.points=[33,30]",
    "grid.length=[14.0,13.0]",
    "time.step=0.05",
    "time.stop=0.3",
    "limits.spectral_tail=off",
    "diagnostics.every={steps=2}",
    "output.fields_every={steps=3}",
)
TOLERANCE = ("time.step=off", "time.tolerance=1e-4", "time.frame=0.1")
DRIFT_FIRST = ("time.scheme=blanes-moan-prk4",)
SINGULAR = ('equation.potential={kind="inverse-power",strength=4.0,power=1.0}',)
ONE = ("initial={kind='mixture',components=[{weight=1.0,width=0.9,center=[0.5,0.2],boost=[0.3,0.0]}]}",)
SYSTEMS = {"two waves, tolerance": TOLERANCE, "one wave, singular, drift first": SINGULAR + ONE + DRIFT_FIRST}


def small(*overrides: str) -> Configuration:
    """The example on few points."""
    texts = [text.replace("'", '"') for text in (*SMALL, *overrides)]
    return load_configuration("hartree_plane_2d", texts)


@pytest.mark.mpi
@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.ranks(2, 3, 4)
def test_the_same_bits_on_any_ranks_and_over_a_resume(
    comm: Intracomm, shared_path: Path, one_rank: OneRank, name: str
) -> None:
    """Series, fields and checkpoints of a run on one rank; left on all after three steps, gone on with on fewer."""
    config = small(*SYSTEMS[name])
    alone = one_rank.runs(config)
    with leaving_after(3):
        assert run(config, comm, shared_path / "left").exit_code == RESUMABLE
    comm.Barrier()
    with parts_of(comm, {max(1, comm.size - 1)}) as parts:
        for part in parts.values():
            assert resume(part, shared_path / "left").exit_code == DONE
    comm.Barrier()
    assert differences(alone, shared_path / "left") == []


def test_what_a_run_leaves(comm: Intracomm, tmp_path: Path) -> None:
    """Waves and their density, a series with all levels, identities that hold, texts and figures."""
    root = tmp_path / "run"
    config = small("grid.points=[80,75]", "grid.length=[18.0,17.0]", "time.step=0.02", "diagnostics.every={steps=1}")
    assert run(config, comm, root).exit_code == DONE
    opened, summary = open_run(root), json.loads((root / "summary.json").read_text())
    columns = {name: column.values for name, column in opened.columns.items()}
    assert np.abs(columns["trace"] - 1).max() <= 1e-13
    assert columns["trace"].shape == (16, 3)
    assert opened.series["wave_energy"].dims == ("time", "wave")
    assert abs(summary["drift"]["energy"]) <= 1e-8
    assert summary["drift"]["momentum"] <= 1e-12
    assert summary["identities"]["virial"] <= 1e-7
    last = opened.fields[-1]
    with pytest.raises(UserError, match="holds no wave u but the waves of a mixture; plot the run"):
        plot_field(last.path)
    assert last.waves() == ("wave1", "wave2")
    waves = [last.values(mesh=name) for name in last.waves()]
    density = 0.5 * abs(waves[0]) ** 2 + 0.5 * abs(waves[1]) ** 2
    assert last.density() == pytest.approx(density, rel=1e-14)
    assert density.max() == pytest.approx(columns["sup_norm"][-1] ** 2, rel=1e-14)
    assert opened.field().dims == ("wave", "x", "y")
    with pytest.raises(UserError, match="holds no field u, but wave1, wave2, the waves of a mixture"):
        last.values()
    assert "wave2/imag" in (root / "fields" / "fields.xmf").read_text()
    told = describe_run(root)
    assert "weight 0.5, width 0.75, chirp 0, center [2.5, -0.4], boost [-0.6, 0.0]" in told
    assert "certificate: none: the theorems do not apply to this potential (vacuous)" in told
    for name in ("density", "virial"):
        assert PLANE_FIGURES[name].draw(opened, Sheet(tmp_path / f"{name}.png")) is not None


def test_a_tolerance_is_kept(comm: Intracomm, tmp_path: Path) -> None:
    """The run ends within it of one with much smaller steps, times the error that it allows."""
    ends = []
    for name, tolerance in (("loose", 1e-5), ("tight", 1e-9)):
        overrides = ("time.step=off", f"time.tolerance={tolerance}", "time.frame=0.3", "diagnostics.every=0.3")
        assert run(small(*overrides, "grid.points=[48,45]"), comm, tmp_path / name).exit_code == DONE
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        assert 0 < summary["error_estimate"] <= 100 * tolerance
        ends.append(open_run(tmp_path / name).fields[-1].values(mesh="wave2"))
    apart = np.linalg.norm(ends[0] - ends[1]) / np.linalg.norm(ends[1])
    assert 1e-9 < apart < 1e-4


def test_waves_from_files(comm: Intracomm, tmp_path: Path) -> None:
    """A function, an array and a stored field of one wave give the run of what they stand for, scaled to norm 1."""
    assert run(small(*ONE), comm, tmp_path / "gaussian").exit_code == DONE
    start = open_run(tmp_path / "gaussian").fields[0]
    np.save(tmp_path / "wave.npy", 3 * start.values())
    source = "import numpy as np\ndef u0(x, y):\n"
    source += "    return 2 * np.exp(-((x - 0.5)**2 + (y - 0.2)**2) / 1.62 + 0.3j * (x - 0.5))\n"
    (tmp_path / "wave.py").write_text(source)
    expected = open_run(tmp_path / "gaussian").fields[-1].values()
    for kind, path in (("file", tmp_path / "wave.npy"), ("file", start.path), ("python", tmp_path / "wave.py")):
        root = tmp_path / f"from {path.suffix}"
        assert run(small(f"initial={{kind='{kind}',file='{path}'}}"), comm, root).exit_code == DONE
        found = open_run(root).fields[-1].values()
        assert np.abs(found - expected).max() <= 1e-13


def test_what_is_planned(comm: Intracomm, tmp_path: Path) -> None:
    """Memory by shares and waves, work by waves, sizes of files as they are."""
    config = small()
    told = describe_resources(config, 2)
    assert "72 pairs of transforms, each with a convolution that takes as long as two" in told
    assert "(9 field shares, 2 ranks)" in told
    assert required_bytes(small(*TOLERANCE), 2) > required_bytes(config, 2) > required_bytes(small(*ONE), 2)
    with pytest.raises(UserError, match="9 field shares"):
        check_memory(config, 1, 1, 1000)
    assert run(config, comm, tmp_path / "run").exit_code == DONE
    with h5py.File(open_run(tmp_path / "run").fields[0].path) as file:
        assert sum(file[f"data/0/meshes/{name}"].nbytes for name in ("density", "wave1/real", "wave2/imag")) == 23760


def test_the_check_of_hypotheses() -> None:
    """The energy of Gaussians in closed form, and no certificate in the plane."""
    found = check_hypotheses(load_configuration("hartree_plane_2d"))
    assert found.energy == pytest.approx(-7.818813954439503, rel=1e-12)
    assert "none: the theorems do not apply" in describe(found)
    singular = check_hypotheses(load_configuration("hartree_plane_2d", SINGULAR))
    assert not singular.holds


RADIAL = "grid={points=31,radius=6.0}"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (("equation.dimension=3",), "equation.dimension = 3: equation.name = \"hartree\" is solved in the plane"),
        (("grid.precision=single",), "takes double precision; remove it"),
        (("grid.points=[16,64]",), "takes 24 on every side"),
        (("grid.points=[64]", "grid.length=[9.0]"), "give one number for each axis"),
        (("equation.potential={kind='inverse-power',strength=1.0,power=2.0}",), "take a power below 2"),
        (("initial.components.0.center=[1.0]",), "give one number for each axis"),
        (("initial.components.0.center=[9.5,0.0]",), "outside the box"),
        (("initial.components.0.boost=[99.0,0.0]",), "not less than the grid's largest wavenumber"),
        (("initial.components.0.weight=0.6",), "must sum to 1"),
        (("initial={kind='thermal',width=1.0,temperature=1.0,modes=2}",), "starts from a kind \"mixture\""),
        (("initial={kind='gaussian',amplitude=1.0,width=1.0}",), "starts from a kind \"mixture\""),
        (("virial={radius=2.0}",), "virial.radius = 2.0: belongs to radial Hartree equations"),
        (("virial={certificate=true}",), "belongs to radial Hartree equations"),
        (("diagnostics={families=['distance']}",), "\"distance\" is not measured"),
        (("initial.normalise={mass=1.0}",), "initial.normalise: scales one field in a periodic box"),
        ((RADIAL,), "waves on a radial axis are centered and at rest"),
        (("equation.name='hartree-hierarchy'",), "is solved on a radial axis"),
        (("equation={name='nls'}",), "starts from a kind as"),
    ],
)  # fmt: skip
def test_bad_input(comm: Intracomm, tmp_path: Path, overrides: tuple[str, ...], told: str) -> None:
    """A message that names value and remedy, and nothing is left."""
    texts = [text.replace("'", '"') for text in overrides]
    with pytest.raises(UserError) as error:
        run(load_configuration("hartree_plane_2d", texts), comm, tmp_path / "run")
    assert told in str(error.value)
    assert not (tmp_path / "run").exists()
