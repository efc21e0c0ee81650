"""Runs of density matrices: the same bits on any ranks and over a resume, what they leave, how they stop."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE, STOPPED, UserError
from parallel_nls.hartree.mixtures import spectrum_of
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.assembly.hierarchy import certificate_by
from parallel_nls.running.run import resume, run
from parallel_nls.running.sources import local_sources
from parallel_nls.studies.documents import write_document
from parallel_nls.studies.hypotheses import check_hypotheses, describe
from parallel_nls.studies.sweep.table import last_values
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from tests.one_rank import OneRank

SMALL = (
    "grid={points=7,radius=4.6}",
    "time.stop=0.5",
    "limits.spectral_tail=off",
    "time.scheme=kahan-li6",
    "output={}",
)
LEVEL_1 = ("equation.hierarchy={level=1}",)
EXACT = ("equation={name='hartree',potential={kind='softened-power',strength=6.0,power=2.0,softening=0.5}}",)
TOLERANCE = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.125")


def small(*overrides: str) -> Configuration:
    """The mixture of the closure tables, on 7 points."""
    widths = "initial.components=[{weight=0.3,width=0.9},{weight=0.7,width=1.5}]"
    return load_configuration("mean_field_limit", [*SMALL, widths, *overrides])


@pytest.mark.mpi
@pytest.mark.parametrize("overrides", [LEVEL_1, EXACT, TOLERANCE], ids=["level 1", "exact", "level 2, tolerance"])
@pytest.mark.ranks(2, 3, 4)
def test_the_same_bits_on_any_ranks_and_over_a_resume(
    comm: Intracomm, shared_path: Path, one_rank: OneRank, overrides: tuple[str, ...]
) -> None:
    """Series, fields and checkpoints of a run on one rank; left on all after three steps, and gone on with."""
    alone = one_rank.runs(small(*overrides))
    with leaving_after(3):
        assert run(small(*overrides), comm, shared_path / "left").exit_code == RESUMABLE
    assert resume(comm, shared_path / "left").exit_code == DONE
    comm.Barrier()
    assert differences(alone, shared_path / "left") == []


def test_what_a_run_leaves(comm: Intracomm, tmp_path: Path) -> None:
    """The numbers of the closure table, conserved quantities, identities that hold, text and fields."""
    root = tmp_path / "run"
    assert run(small("time.step=0.025"), comm, root).exit_code == DONE
    opened, summary = open_run(root), json.loads((root / "summary.json").read_text())
    columns = {name: column.values for name, column in opened.columns.items()}
    assert columns["closure_error"][-1, 0] == pytest.approx(0.009579, rel=1e-3)
    assert columns["admissibility"].max() <= 1e-13
    assert columns["hermiticity"].max() <= 1e-13
    assert np.abs(columns["trace"] - 1).max() <= 1e-13
    # Nothing of a bounded potential collapses.
    assert columns["virial_time"].tolist() == [[math.inf] * 2] * 21
    assert summary["certificate"]["virial_times"] == ["inf"] * 2
    assert columns["min_eigenvalue"].shape == columns["trace"].shape == (21, 2)
    assert abs(summary["drift"]["energy"]) <= 1e-6
    assert {"virial", "localized virial"} <= set(summary["identities"])
    assert opened.series["closure_error"].dims == ("time", "level")
    assert opened.fields[-1].values().shape == (7, 7)
    told = last_values(RunPaths(root))
    assert told["closure_error_1"] == columns["closure_error"][-1, 0]
    assert told["kinetic"] == columns["kinetic"][-1]
    assert "Hartree hierarchy in 3 dimensions" in describe_run(root)


@pytest.mark.parametrize("overrides", [(), LEVEL_1, EXACT], ids=["level 2", "level 1", "exact"])
def test_the_peak_at_the_origin_is_measured(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    """ρ(0) = Σ p_j (πw_j²)^{-3/2}, though no point lies there: that at the first point is a percent less."""
    config = small(*overrides, "grid={points=24,radius=9.0}", "time.stop=0.05", "time.step=0.05")
    assert run(config, MPI.COMM_SELF, tmp_path / "run").exit_code == DONE
    density = sum(weight * (np.pi * width**2) ** -1.5 for weight, width in ((0.3, 0.9), (0.7, 1.5)))
    assert open_run(tmp_path / "run").columns["sup_norm"].values[0] == pytest.approx(math.sqrt(density), rel=1e-8)


def test_a_field_that_is_no_longer_finite_ends_the_run(tmp_path: Path) -> None:
    """With the exit code of a limit and what it measured, though LAPACK has no eigenvalues of NaN."""
    outcome = run(
        small("equation.potential={kind='gaussian',strength=1e100,width=1.0}"), MPI.COMM_SELF, tmp_path / "run"
    )
    assert (outcome.exit_code, outcome.reason) == (STOPPED, "the field is no longer finite; take a smaller step")
    last = {name: column.values[-1] for name, column in open_run(tmp_path / "run").columns.items()}
    for name in ("occupations", "purity", "min_eigenvalue", "admissibility"):
        assert np.isnan(last[name]).all(), name


def test_waves_that_are_not_finite_have_no_spectrum() -> None:
    """Purity and all eigenvalues are NaN."""
    purity, largest = spectrum_of(np.full((2, 2), np.nan + 0j), 3)
    assert math.isnan(purity)
    assert np.isnan(largest).tolist() == [True] * 3


def test_nothing_collapses_where_the_theorems_do_not_apply(tmp_path: Path) -> None:
    """In the plane by radius, going back: −inf, though the parabola of E < 0 ends; also after rows that were finite."""
    config = load_configuration(
        "radial_2d", ["grid={points=15,radius=6.0}", "time.stop=-0.02", "limits.spectral_tail=off"]
    )
    assert run(config, MPI.COMM_SELF, tmp_path / "run").exit_code == DONE
    found = open_run(tmp_path / "run")
    assert (found.columns["virial_time"].values == -math.inf).all()
    older = certificate_by(config, local_sources(config), -1.0, np.array([-0.5]))
    assert (older["holds"], older["virial_times"]) == (False, ["-inf"])


@pytest.mark.parametrize("system", [LEVEL_1, EXACT, ()], ids=["level 1", "exact", "level 2"])
def test_a_tolerance_is_kept(comm: Intracomm, tmp_path: Path, system: tuple[str, ...]) -> None:
    """The run ends within it of one with much smaller steps, times the error that it allows."""
    ends = []
    for name, tolerance in (("loose", 1e-5), ("tight", 1e-9)):
        overrides = ("time.step=off", f"time.tolerance={tolerance}", "time.frame=0.5", *system)
        assert run(small(*overrides), comm, tmp_path / name).exit_code == DONE
        columns, summary = open_run(tmp_path / name).columns, json.loads((tmp_path / name / "summary.json").read_text())
        assert 0 < summary["error_estimate"] <= 10 * tolerance
        assert (columns["step_size"].values[1:] > 0).all()
        ends.append(open_run(tmp_path / name).fields[-1].values())
    apart = np.linalg.norm(ends[0] - ends[1]) / np.linalg.norm(ends[1])
    assert 1e-9 < apart < 1e-4


def test_a_collapse_stops_before_the_virial_time(comm: Intracomm, tmp_path: Path) -> None:
    """Where the grid no longer resolves it; V₁ = 1.5 − 2t² until then."""
    coarse = ("grid={points=63,radius=8.0}",)
    outcome = run(load_configuration("inverse_square_collapse", coarse), comm, tmp_path / "run")
    assert outcome.exit_code == STOPPED
    assert "no longer resolved: spectral tail" in outcome.reason
    columns = open_run(tmp_path / "run").columns
    times = columns["time"].values
    assert 0.4 < times[-1] < 0.63
    early = times < 0.3
    assert columns["variance"].values[early] == pytest.approx(1.5 - 2 * times[early] ** 2, abs=1e-8)
    certificate = open_run(tmp_path / "run").summary["certificate"]
    assert certificate["holds"]
    assert certificate["virial_time"] == pytest.approx(0.75**0.5, abs=1e-8)
    told = describe_run(tmp_path / "run")
    assert "certificate: collapse before T* = 0.86602540" in told
    assert "by the last rows at T = 0." in told
    collapse = collapse_of(load_configuration("inverse_square_collapse", coarse), columns)
    assert collapse is not None
    assert abs(collapse.time - 0.63025) < collapse.doubt < 0.3
    assert f"T = {with_doubt(collapse.time, collapse.doubt)} on this grid" in told


def test_a_run_to_earlier_times_has_its_certificate_there(tmp_path: Path) -> None:
    """Of a real wave it is the mirror of the one forward; in the series, the summary and what `info` says."""
    back = ("grid={points=31,radius=8.0}", "time.stop=-0.1", "limits.spectral_tail=off")
    assert run(load_configuration("inverse_square_collapse", back), MPI.COMM_SELF, tmp_path / "run").exit_code == DONE
    found = open_run(tmp_path / "run")
    assert found.summary["certificate"]["virial_time"] == pytest.approx(-math.sqrt(0.75), abs=1e-6)
    assert found.columns["virial_time"].values == pytest.approx(-math.sqrt(0.75), abs=1e-4)
    assert "certificate: collapse after T* = -0.866025" in describe_run(tmp_path / "run")
    assert "going back" in describe(check_hypotheses(load_configuration("inverse_square_collapse", back)))


def test_when_the_inverse_square_collapses(comm: Intracomm, tmp_path: Path) -> None:
    """Tr(−Δγ⁽¹⁾) to the digits of an independent code, and T = 0.630 ± 0.001 by two grids that agree to 10⁻³."""
    times, doubts = [], []
    for points in (255, 511):
        config = load_configuration("inverse_square_collapse", [f"grid.points={points}"])
        assert run(config, comm, tmp_path / f"{points}").exit_code == STOPPED
        columns = open_run(tmp_path / f"{points}").columns
        found = dict(zip(columns["time"].values.round(6), columns["kinetic"].values, strict=True))
        assert found[0.55] == pytest.approx(11.65884067, rel=1e-8)
        assert found[0.6] == pytest.approx(31.83398, rel=2e-7)
        collapse = collapse_of(config, columns)
        assert collapse is not None
        times.append(collapse.time)
        doubts.append(collapse.doubt)
    assert times[1] == pytest.approx(0.630, abs=1e-3)
    assert abs(times[1] - times[0]) < 1e-3
    assert abs(times[1] - times[0]) < doubts[0] < 0.03
    assert doubts[1] < 0.003


def test_the_check_of_hypotheses(tmp_path: Path) -> None:
    """Verdict, certificate, and all numbers as JSON."""
    found = check_hypotheses(load_configuration("inverse_square_collapse"))
    assert "admissible-singular" in describe(found)
    assert "collapse before T* = 0.8660254038" in describe(found)
    write_document(found.document(), tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text())
    assert (document["verdict"], document["virial_time"]) == ("admissible-singular", pytest.approx(0.75**0.5))
    assert document["energy"] == pytest.approx(-0.25, abs=1e-14)
    with pytest.raises(UserError, match="is there already"):
        write_document(found.document(), tmp_path / "out.json")
    assert "certificate        none: " in describe(check_hypotheses(load_configuration("mean_field_limit")))
    with pytest.raises(UserError, match="hypotheses of Hartree equations alone"):
        check_hypotheses(load_configuration("two_bubbles"))


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (("initial.components=[{weight=0.3,width=1.0}]",), "sum to 0.3; they must sum to 1"),
        (("equation.hierarchy={level=3}",), "must be 1 or 2"),
        (("equation.hierarchy={level=2,closure='gaussian'}",), "unknown closure"),
        (("equation.hierarchy={level=1,closure='cumulant'}",), "belongs to another level"),
        (("equation.potential={kind='inverse-power',strength=1.0,power=3.5}",), "power must be below 3"),
        (("time.scheme=blanes-moan-rkn6",), "of Nyström type"),
        (("grid={points=18,length=6.0}",), "give grid.points = 127 and grid.radius = 12.0"),
        (("grid={points=2,radius=6.0}",), "must be at least 4"),
        (("grid={points=1023,radius=6.0}",), "take fewer points"),
        (("diagnostics={families=['modulation']}",), '"modulation" is not measured'),
        (("initial.normalise={mass=1.0}",), "scales one field in a periodic box, and equation.name"),
    ],
)
def test_bad_input(comm: Intracomm, tmp_path: Path, overrides: tuple[str, ...], told: str) -> None:
    """One message that names value and remedy, and nothing is left."""
    with pytest.raises(UserError, match=told.replace("(", "\\(")) as error:
        run(load_configuration("mean_field_limit", overrides), comm, tmp_path / "run")
    assert str(error.value).count("\n") == 0
    assert not (tmp_path / "run").exists()
