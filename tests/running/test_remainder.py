"""Runs in remainder form: reference values, relative accuracy at any size, invariants, frames, files, and resume."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.comparison.comparison import compare
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, UserError
from parallel_nls.figures.remainder import plot_remainder
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.stored_field import draw_field
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.reports.page import write_report
from parallel_nls.results.decay_rate import decay_rate_of
from parallel_nls.results.export.selection import select
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.remainder_simulation import RemainderSimulation
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from parallel_nls.studies.sweep.table import ending
from tests.support import DECOMPOSED, remainder_at

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.numerics.arrays import ComplexArray, RealArray

NAMES = ("z_l2", "z_h1", "remainder_h1", "remainder_sigma")
UNEQUAL = "initial.bubbles.1.frequency=1.2"
# x = ±2, z(14) = 0: ‖z‖₂, ‖z‖_{H¹}, ‖R‖_{H¹}, ‖R‖_Σ, to 2e-9.
EQUAL_BUBBLES = {
    9.0: (1.279438533e-15, 2.637158955e-15, 2.402020504e-14, 2.663561846e-14),
    8.0: (5.371417216e-14, 1.141806377e-13, 1.035964819e-12, 1.147318873e-12),
    7.0: (3.268078569e-12, 6.772722546e-12, 5.381763257e-11, 6.048705689e-11),
    6.0: (2.185338333e-10, 4.461271332e-10, 2.752091505e-09, 3.199209039e-09),
    5.0: (1.049153819e-08, 2.184037166e-08, 1.144599737e-07, 1.364693737e-07),
    4.0: (4.633240343e-07, 9.845084402e-07, 4.689589554e-06, 5.677624284e-06),
    3.0: (3.202042066e-05, 6.569337823e-05, 0.0002201834764, 0.0002869682799),
    2.5: (0.0001921731307, 0.0004085680588, 0.001206535498, 0.00163779217),
    2.0: (0.001929593802, 0.003952450714, 0.00850133572, 0.01270361352),
    1.5: (0.01186016993, 0.02459563086, 0.04522823129, 0.07157134285),
    1.0: (0.08573272063, 0.1794213347, 0.2273942849, 0.4529030692),
}
# Once decomposed: M_k of both bubbles, D, ‖R‖₂.
EQUAL_MASSES = {
    7.0: (2.87645e-13, 9.285587e-12, 3.464886e-12),
    6.0: (3.996707e-11, 5.338945e-10, 1.934055e-10),
    5.0: (-3.710125e-09, 2.612031e-08, 7.73232e-09),
    4.0: (1.456723e-07, 1.406723e-06, 4.567837e-07),
    3.0: (6.700052e-07, 8.681935e-05, 3.263855e-05),
    2.0: (-0.0004664561, 0.004571766, 0.00145835),
}
UNEQUAL_BUBBLES = {
    4.0: (6.110817989e-06, 1.217563196e-05, 5.173581264e-05, 6.465890852e-05),
    3.0: (0.0001315453036, 0.0002667565965, 0.0009695000943, 0.001265533807),
    2.5: (0.0008978779919, 0.001790672611, 0.004903964111, 0.006882490252),
    2.0: (0.004474059284, 0.008947945849, 0.02127895048, 0.03120046068),
}
DEEP = 4.0467628515e-59  # ‖z(34)‖₂, z(40) = 0, ω = 1


def advance_to(simulation: RemainderSimulation, time: float) -> RemainderSimulation:
    """The same at another time."""
    frames = simulation.frames
    simulation.advance(round((time - simulation.time) / frames.frame))
    return simulation


def norms(simulation: RemainderSimulation) -> list[float]:
    """What the tables have."""
    measured = simulation.measure()
    assert measured["remainder_l2"] == measured["z_l2"]
    return [float(measured[name]) for name in NAMES]


def on_line(simulation: RemainderSimulation) -> tuple[RealArray, ComplexArray]:
    """Points, and the field at them, of a simulation on one rank."""
    (n,), (length,) = simulation.domain.points, simulation.domain.length
    x: RealArray = length / n * np.arange(float(n)) - length / 2
    return x, simulation.field().T.reshape(-1).copy()


def test_all_rows_of_equal_bubbles() -> None:
    """From 1e-15 to 0.1 at a step of 1/50, to what order 4 leaves: 1.2e-5."""
    simulation = remainder_at(14.0, 1.0, 0.02, "grid.points=540", "grid.length=100.0", DECOMPOSED)
    for s, expected in EQUAL_BUBBLES.items():
        assert norms(advance_to(simulation, s)) == pytest.approx(expected, rel=3e-5)
        if s in EQUAL_MASSES:
            measured, (mass, size, l2) = simulation.measure(), EQUAL_MASSES[s]
            assert measured["localized_mass"] == pytest.approx(np.array([mass, mass]), rel=1e-4)
            assert (measured["remainder_size"], measured["decomposed_l2"]) == pytest.approx((size, l2), rel=3e-5)


def test_unequal_bubbles_and_their_invariants() -> None:
    """The rows to 1e-8, and E(v) = ΣE(S_k), M(v) = 2‖Q‖² to 1e-11, where ΣS_k itself has 5.6e-3 and 7.1e-4 more."""
    simulation = remainder_at(10.0, 2.0, 1 / 280, UNEQUAL, "grid.points=480", "grid.length=64.0")
    for s, expected in UNEQUAL_BUBBLES.items():
        # What z(10) = 0 instead of z(14) = 0 leaves falls as e^{−δ(10−s)}.
        assert norms(advance_to(simulation, s)) == pytest.approx(expected, rel=3e-7 if s == 4 else 2e-8)
    x, z = on_line(simulation)
    w = sum(values(SolitonSum([Soliton((c,), (), o)]), 2.0, (x[None, :],))[0] for c, o in ((-2.0, 1.0), (2.0, 1.2)))
    cell, state = x[1] - x[0], ground_state(1)
    k = 2 * np.pi * np.fft.fftfreq(len(x), cell)

    def mass_and_energy(u: ComplexArray) -> tuple[float, float]:
        """‖v‖² and E(v) of v = P_T u at s = 2, less those of S_1 and S_2."""
        s, slope = 2.0, np.fft.ifft(1j * k * np.fft.fft(u))
        dilation = float(np.sum(x * (u.conj() * slope).imag))
        gradient = s**2 * float(np.sum(abs(slope) ** 2)) - s * dilation + 0.25 * float(np.sum(abs(x * u) ** 2))
        energy = cell * (gradient / 2 - s**2 * float(np.sum(abs(u) ** 6)) / 6)
        return cell * float(np.sum(abs(u) ** 2)) - 2 * state.mass, energy - (1 + 1.2**2) / 8 * state.second_moment

    mass, energy = mass_and_energy(w + z)
    assert abs(mass) < 1e-11
    assert abs(energy) < 1e-11
    mass, energy = mass_and_energy(w)
    assert mass == pytest.approx(7.1e-4, rel=0.02)
    assert energy == pytest.approx(-5.56e-3, rel=1e-3)


def test_relative_accuracy_at_1e_59() -> None:
    """Half the step: 16 times nearer to the value that is known to 8 digits, 1e-6 of it and less."""
    box = ("grid.points=900", "grid.length=180.0")
    errors = []
    for step in (0.02, 0.01):
        simulation = advance_to(remainder_at(40.0, 34.0, step, *box), 34.0)
        errors.append(norms(simulation)[0] / DEEP - 1)
    assert abs(errors[1]) < 1e-6
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)


def test_norms_of_what_has_no_square() -> None:
    """After one short step z = −ihH: 1e-175, whose square is no number."""
    simulation = advance_to(remainder_at(100.0, 99.999, 0.001, "grid.points=1500", "grid.length=440.0"), 99.999)
    measured = simulation.measure()
    assert 0 < float(measured["z_l2"]) < 1e-170
    assert float(measured["z_l2"]) == pytest.approx(0.001 * float(measured["source_l2"]), rel=5e-3)
    assert float(measured["edge"]) < 1e-3 < float(measured["sup_norm"]) / float(measured["z_l2"])


def test_small_data_beside_the_waves(tmp_path: Path) -> None:
    """A Gaussian, a function, and a stored array are z at the start: of any size."""
    box = ("grid.points=400", "grid.length=60.0")
    (tmp_path / "start.py").write_text("import numpy as np\n\ndef u0(x):\n    return 1e-40 * np.exp(-x**2 / 2)\n")
    found = []
    for small in ("kind='gaussian', amplitude=1e-40, width=1.0", f"kind='python', file='{tmp_path / 'start.py'}'"):
        simulation = remainder_at(6.0, 5.5, 0.1, *box, f"initial.remainder={{{small}}}")
        found.append(norms(simulation))
        np.save(tmp_path / "start.npy", on_line(simulation)[1])
    stored = f"initial.remainder={{kind='file', file='{tmp_path / 'start.npy'}'}}"
    found.append(norms(remainder_at(6.0, 5.5, 0.1, *box, stored)))
    assert found[0][0] == pytest.approx(1e-40 * np.pi**0.25, rel=1e-14)
    assert found[1] == pytest.approx(found[0], rel=1e-14)
    assert found[2] == pytest.approx(found[1], rel=1e-14)


def test_the_plane() -> None:
    """One row of x = (±2, 0), ω = 1, decomposed too, to what a large step and an early start leave."""
    plane = (
        "equation.dimension=2", "grid.points=[160,72]", "grid.length=[48.0,22.0]",
        "initial.bubbles.0.center=[-2.0,0.0]", "initial.bubbles.1.center=[2.0,0.0]", DECOMPOSED,
    )  # fmt: skip
    simulation = advance_to(remainder_at(5.0, 2.5, 0.05, *plane), 2.5)
    expected = (0.000189228791, 0.000434931985, 0.00126347165, 0.00166688901)
    assert norms(simulation) == pytest.approx(expected, rel=1e-3)
    measured = simulation.measure()
    assert measured["localized_mass"] == pytest.approx(np.full(2, 0.000117273), rel=1e-3)
    assert measured["remainder_size"] == pytest.approx(0.000564193, rel=1e-3)
    assert measured["decomposed_l2"] == pytest.approx(0.000161765, rel=1e-3)


def test_both_frames_have_one_solution() -> None:
    """R in the blow-up frame, and P_T z, point by point to 1e-8."""
    soliton = remainder_at(4.0, 3.5, 1 / 400, UNEQUAL, "grid.points=640", "grid.length=80.0")
    advance_to(soliton, 3.5)
    box = ("grid.points=1280", f"grid.length={80 / 3.5!r}", "equation.frame=blow-up", UNEQUAL)
    blow_up = remainder_at(-1 / 4, -1 / 3.5, (1 / 3.5 - 1 / 4) / 300, *box)
    blow_up.advance(300)
    y, z = on_line(soliton)
    r = on_line(blow_up)[1][::2]
    expected = 3.5**0.5 * z * np.exp(-1j * y**2 / (4 * 3.5))
    assert np.linalg.norm(r - expected) < 1e-8 * np.linalg.norm(r)
    assert norms(soliton) == pytest.approx(norms(blow_up), rel=1e-8)


def test_forward_is_the_way_back() -> None:
    """From z(6) to z(5) and back; the source is part of both."""
    simulation = advance_to(remainder_at(6.0, 5.0, 0.01, "grid.points=400", "grid.length=60.0"), 5.0)
    there = simulation.state
    back = remainder_at(5.0, 6.0, 0.01, "grid.points=400", "grid.length=60.0")
    back.state.field[...] = there.field
    assert norms(advance_to(back, 6.0))[0] < 1e-5 * norms(simulation)[0]


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_run_has_its_files(comm: Intracomm, shared_path: Path) -> None:
    """Series, summary with the rate of decay, fields of z, and figures."""
    overrides = (
        "time.start=6.0",
        "time.stop=5.5",
        "grid.points=600",
        "grid.length=60.0",
        "output.fields_every=0.25",
        DECOMPOSED,
    )
    config = load_configuration("remainder_1d", [*overrides, "time.step=0.01"])
    assert run(config, comm, shared_path / "run", quiet=True).exit_code == DONE
    if comm.rank > 0:
        return
    stored = open_run(shared_path / "run")
    assert stored.summary["decay_rate"] == pytest.approx(4 / 1.2)
    assert [len(stored.columns[name].values) for name in (*NAMES, "source_l2", "edge")] == [6] * 6
    assert stored.columns["z_l2"].values[0] == 0.0
    x, z = stored.fields[-1].coordinates()[0], stored.fields[-1].values()
    size = (x[1] - x[0]) * np.sum(np.abs(z) ** 2)
    assert np.sqrt(size) == pytest.approx(stored.columns["z_l2"].values[-1], rel=1e-12)
    assert "remainder of nls in 1 dimension, soliton frame" in describe_run(shared_path / "run")
    assert stored.columns["localized_mass"].values.shape == (6, 2)
    drawn = [path.name for path in plot_run(shared_path / "run")]
    assert drawn == ["remainder.png", "modulation.png", "resolution.png"]
    _is_told_over_s(shared_path / "run")
    _says_what_it_holds(shared_path / "run")


def _says_what_it_holds(root: Path) -> None:
    """That it is z at s, in its own files and in exports; no other equation starts from its fields."""
    stored, time = open_run(root), {"long_name": "1/(T - t), the time of the soliton frame", "formula": "s"}
    assert stored.columns["time"].attributes == {**time, "source": "dimensionless"}
    assert stored.field(-1).attrs == {"time": 5.5, "steps": 50, "unknown": "z", "timeSymbol": "s"}
    with h5py.File(stored.fields[-1].path) as file:
        assert (file["data/50"].attrs["unknown"], file["data/50"].attrs["timeSymbol"]) == (b"z", b"s")
    assert {panel.get_ylabel() for panel in draw_field(stored.fields[-1], Sheet()).axes} == {"$|z|$"}
    comment = "u stands for z = u - ΣW_k, time for s, 1/(T - t), the time of the soliton frame"
    for kind in ("netcdf", "csv", "vtk"):
        stored.export(kind)
    with h5py.File(root / "export" / "fields.nc") as file:
        assert file["u_real"].attrs["long_name"] == "real part of z = u - ΣW_k"
        assert file["density"].attrs["long_name"] == "|z|^2 of z = u - ΣW_k"
        assert {key: file["time"].attrs[key] for key in time} == time
        assert file.attrs["comment"].endswith(comment)
    lines = (root / "export" / "series.csv").read_text(encoding="utf-8").splitlines()
    assert f"# all quantities are dimensionless; {comment}" in lines
    assert "# time: 1/(T - t), the time of the soliton frame, s" in lines
    codes = " ".join(map(str, (*comment.encode(), 0)))
    assert codes.encode() in (root / "export" / "field_00000050.vti").read_bytes()
    begins = f"initial={{kind='file', file='{stored.fields[-1].path}'}}"
    box = ("equation.dimension=1", "grid.points=600", "grid.length=[60.0]", "time={start=5.5, stop=5.6, step=0.01}")
    with pytest.raises(UserError, match=r"holds z of a run in remainder form, and this run solves for u; start a rem"):
        Simulation(load_configuration("gaussian_collapse", [*box, begins]), MPI.COMM_SELF)
    _says_it_by_its_run_alone(root, stored.fields[-1].path, box)
    own = ("grid.points=600", "grid.length=60.0", begins.replace("initial", "initial.remainder", 1))
    assert norms(remainder_at(5.5, 5.0, 0.1, *own))[0] == pytest.approx(stored.columns["z_l2"].values[-1], rel=1e-12)


def _says_it_by_its_run_alone(root: Path, path: Path, box: tuple[str, ...]) -> None:
    """A file of before it had a mark is known by the configuration of its run, and by nothing without that."""
    older = root.with_name("older")
    (older / "fields").mkdir(parents=True)
    for name in ("config.toml", f"fields/{path.name}"):
        shutil.copyfile(root / name, older / name)
    with h5py.File(older / "fields" / path.name, "r+") as file:
        for mark in ("unknown", "timeSymbol"):
            del file["data/50"].attrs[mark]
    begins = f"initial={{kind='file', file='{older / 'fields' / path.name}'}}"
    with pytest.raises(UserError, match=r"holds z of a run in remainder form, and this run solves for u; start a rem"):
        Simulation(load_configuration("gaussian_collapse", [*box, begins]), MPI.COMM_SELF)
    (older / "config.toml").unlink()
    Simulation(load_configuration("gaussian_collapse", [*box, begins]), MPI.COMM_SELF).close()
    whole = load_configuration("gaussian_collapse", [*box, "initial.center=[0.0]", "time.stop=5.51"])
    assert run(whole, MPI.COMM_SELF, root.with_name("whole"), quiet=True).exit_code == DONE
    begins = f"initial.remainder={{kind='file', file='{open_run(root.with_name('whole')).fields[-1].path}'}}"
    with pytest.raises(UserError, match=r"holds u of a run that is in no remainder form, where z begins; give z as an"):
        remainder_at(5.5, 5.0, 0.1, "grid.points=600", "grid.length=60.0", begins)


def _is_told_over_s(root: Path) -> None:
    """All that tells a time of the run calls it s."""
    stored = open_run(root)
    shutil.copytree(root, root.with_name("again"))
    with pytest.raises(UserError, match=r"nothing from s = 1 to 2 that was asked for; its rows go from s = 6 to 5\.5"):
        select(stored, "csv", (), (1.0, 2.0))
    told = {
        "info": describe_run(root),
        "log": (root / "log.txt").read_text(encoding="utf-8"),
        "reader": stored._repr_html_(),
        "sweep": ending(stored.paths),
        "compare": compare([root, root.with_name("again")]).text(),
        "report": Path(write_report(root)).read_text(encoding="utf-8"),
    }
    for who, text in told.items():
        assert re.search(r"(at|to) s = 5\.5\b", text), who
        assert not re.search(r"\bt = -?\d", text), who
        assert "at t " not in text, who


def test_beside_one_bubble(tmp_path: Path) -> None:
    """A run, its figure, and no δ: neither in the summary nor by the study of rates."""
    small = ("grid.points=300", "grid.length=30.0", "time.stop=2.2", "time.step=0.02", "limits.spectral_tail=off")
    assert (
        run(load_configuration("solitary_wave_1d", small), MPI.COMM_SELF, tmp_path / "one", quiet=True).exit_code
        == DONE
    )
    found = open_run(tmp_path / "one")
    assert "decay_rate" not in found.summary
    assert found.columns["source_l2"].values.max() == 0.0
    assert plot_remainder(found, Sheet(tmp_path / "one.png")) is not None
    with pytest.raises(UserError, match="there is one bubble, beside which no δ is known"):
        decay_rate_of(found)
