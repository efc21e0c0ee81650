"""Runs of the half-wave equation: blow-up by its law, a bounce, files, resume, and what is refused."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.decompose.command import decompose
from parallel_nls.decompose.request import Request
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.initial import profile_data
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.minimal_mass import fit_rate, minimal_mass_rate
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.half_wave_simulation import HalfWaveSimulation
from parallel_nls.running.run import resume, run
from parallel_nls.spectral.rational import RationalAxis
from parallel_nls.studies.collapse import describe_collapse
from parallel_nls.studies.minimal_mass_rate import describe_rate
from scripts.faults.comparison import differences
from tests.running.half_waves import columns_of, short
from tests.running.leaving import leaving_after

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm


def test_blow_up_follows_its_law(tmp_path: Path) -> None:
    """The refined law says 9.9634 to 9.9638 at all rows, and λ‖D^½u‖² is the mass of Q once the profile is one."""
    found = columns_of(tmp_path / "run", load_configuration("half_wave_blowup", ["time.stop=7.5"]))
    assert found["law_time"] == pytest.approx(9.9636, abs=3e-4)
    late = found["scale"] < 0.4
    ratio = found["scale"][late] * found["half_derivative"][late] / ground_state().mass
    assert late.sum() > 30
    assert ratio == pytest.approx(1.0, abs=4e-5)
    assert abs(found["mass"][-1] / found["mass"][0] - 1) < 1e-7
    assert found["phase"][-1] > 30  # continuous
    assert np.isfinite(found["modulation_defect"]).all()
    rate = minimal_mass_rate(open_run(tmp_path / "run"))
    assert rate.blow_up_time == pytest.approx(9.964, abs=5e-4)
    assert rate.rate == pytest.approx(rate.rate_by_law, rel=3e-4)
    assert rate.correction == pytest.approx(rate.correction_by_law, abs=2 * rate.correction_doubt)
    # By the T of the rows alone: with that of the law it would be the law, to five digits at any row.
    left = rate.blow_up_time - found["time"][-1]
    assert rate.speed == pytest.approx(np.sqrt(found["half_derivative"][-1]) * left, rel=1e-12)
    assert abs(rate.speed - rate.speed_by_law) < rate.speed_doubt < 0.1
    assert "by the law" in describe_rate(tmp_path / "run")[0]
    stored = open_run(tmp_path / "run").fields[-1]
    with pytest.raises(UserError, match="holds no field in a box; fields of nls alone are decomposed into bubbles"):
        decompose(MPI.COMM_SELF, Request(stored.path))
    x, u = stored.coordinates()[0], stored.values()
    assert x.shape == u.shape == (512,)
    axis = RationalAxis(256, x[256] / RationalAxis(256, 1.0).x[0])
    assert abs(axis.at_zero(axis.coefficients(u[256:]))) == pytest.approx(found["sup_norm"][-1], rel=1e-12)
    assert "half-wave equation on the line, k(x) = 1" in describe_run(tmp_path / "run")


def test_too_little_mass_bounces(tmp_path: Path) -> None:
    """At λ = |δM|/(2E), and goes out again."""
    overrides = ("initial.excess=-4e-3", "time.stop=2.4", "diagnostics.every=0.025")
    found = columns_of(tmp_path / "run", load_configuration("half_wave_bounce", overrides))
    turn = int(np.argmin(found["scale"]))
    assert found["scale"][turn] == pytest.approx(4e-3 / (2 * found["energy"][0]), rel=2e-3)
    assert 0 < turn < len(found["scale"]) - 1
    assert found["b"][0] > 0 > found["b"][-1]


# Where the tolerance chooses the steps, and where the highest waves of a small frame do.
LEFT = {"error": ([], 7), "frame": (["time.tolerance=1e-3", "time.stop=1.0", "time.frame=0.5"], 40)}


@pytest.mark.parametrize(("overrides", "steps"), LEFT.values(), ids=LEFT.keys())
def test_the_same_bits_over_a_resume(tmp_path: Path, overrides: list[str], steps: int) -> None:
    """In series, fields and checkpoints."""
    config = short("diagnostics.every=0.5", *overrides) if overrides else short()
    for name in ("whole", "left"):
        with leaving_after(steps if name == "left" else 10**9):
            assert run(config, MPI.COMM_SELF, tmp_path / name).exit_code == (RESUMABLE if name == "left" else DONE)
    assert resume(MPI.COMM_SELF, tmp_path / "left").exit_code == DONE
    assert differences(tmp_path / "whole", tmp_path / "left") == []


LOCALIZED = (
    "diagnostics={every=0.005,families=['half-wave','functionals']}",
    "time.stop=0.1",
    "time.tolerance=1e-9",
    "modulation.cutoff=5.0",
    "grid.points=256",
    "limits.identity=1e-3",
)


def test_the_localized_energy_moves_as_its_terms_say(tmp_path: Path) -> None:
    """(4.9) along a run where k varies, against differences, with frames that change and waves that are absorbed."""
    for name in ("whole", "left"):
        with leaving_after(30 if name == "left" else 10**9):
            outcome = run(short(*LOCALIZED), MPI.COMM_SELF, tmp_path / name, quiet=True)
        assert outcome.exit_code == (RESUMABLE if name == "left" else DONE)
    assert resume(MPI.COMM_SELF, tmp_path / "left", quiet=True).exit_code == DONE
    assert differences(tmp_path / "whole", tmp_path / "left") == []
    opened = open_run(tmp_path / "whole")
    residual = np.abs(opened.columns["energy_identity"].values)
    assert residual[4:-4].max() < 1e-6
    terms = opened.columns["generalized_energy_terms"].values
    assert terms.shape == (21, 10)
    assert np.abs(terms[10, :9]).min() > 0  # none is left out
    assert opened.columns["generalized_energy_rate"].values == pytest.approx(terms.sum(axis=1), rel=1e-12)
    assert json.loads((tmp_path / "whole" / "summary.json").read_text())["identities"]["(4.9)"] < 1e-5


def test_a_table_and_a_function_are_coefficients(tmp_path: Path) -> None:
    """The run of 1/2 + 1/(2(1 + x²))."""
    exact = columns_of(tmp_path / "exact", short())
    (tmp_path / "k.py").write_text("def k(x):\n    return 0.5 + 0.5 / (1 + x * x)\n")
    x = np.sinh(np.linspace(0, 12, 2001))
    np.savetxt(tmp_path / "k.txt", np.column_stack([x, 0.5 + 0.5 / (1 + x**2)]))
    for kind, accuracy in (("python", 1e-9), ("table", 1e-6)):
        file = tmp_path / ("k.py" if kind == "python" else "k.txt")
        found = columns_of(tmp_path / kind, short(f"equation.inhomogeneity={{kind='{kind}',file='{file}'}}"))
        for name in ("energy", "scale", "b"):
            assert found[name] == pytest.approx(exact[name], rel=accuracy), (kind, name)


FOUND_WRONG = {
    "nan.py": ("def k(x):\n    return x * float('nan')\n", "k(x) gives nan at x = 1e-06; give finite numbers"),
    "text.py": ("def k(x):\n    return ['a'] * len(x)\n", "k(x) gives values of type <U1; give real numbers"),
    "max.py": ("def k(x):\n    k = 1 / (1 + x**2)\n    return k / k.max()\n", "k(x) is not elementwise: it gives "),
    "odd.py": ("def k(x):\n    return 1 / (1 + (x - 1) ** 2)\n", "k must be even, but k("),
    "short.txt": ("0 1\n1 0.5\n", "2 values of k at 2 points x; give one at each of at least 6"),
    "negative.txt": ("".join(f"{x} {1 - x}\n" for x in range(6)), "k must be positive, but k(5) = -4; give k > 0"),
}


@pytest.mark.parametrize("file", FOUND_WRONG)
@pytest.mark.parametrize("grid", [(), ("grid={points=64,length=20.0}",)], ids=["line", "box"])
def test_a_file_that_gives_no_coefficient_is_named_with_its_key(
    tmp_path: Path, file: str, grid: tuple[str, ...]
) -> None:
    """Key, file, what is wrong and the remedy, before anything is made."""
    text, told = FOUND_WRONG[file]
    (tmp_path / file).write_text(text)
    kind = "python" if file.endswith(".py") else "table"
    config = short(f"equation.inhomogeneity={{kind='{kind}',file='{tmp_path}/{file}'}}", *grid)
    with pytest.raises(UserError) as caught:
        run(config, MPI.COMM_SELF, tmp_path / "run")
    start, message = "equation.inhomogeneity.file = ", str(caught.value)
    assert message.startswith(start)
    assert f'{file}": {told}' in message
    assert not (tmp_path / "run").exists()


def test_a_table_of_three_columns_is_named_once(tmp_path: Path) -> None:
    """The path stands in the message already."""
    (tmp_path / "k.txt").write_text("0 1 1\n1 0.5 1\n")
    with pytest.raises(
        UserError, match=r"^equation\.inhomogeneity\.file: [^ ]*k\.txt has 3 columns; give two, x and k$"
    ):
        run(short(f"equation.inhomogeneity={{kind='table',file='{tmp_path}/k.txt'}}"), MPI.COMM_SELF, tmp_path / "run")


def test_other_initial_data(tmp_path: Path) -> None:
    """Masses and energies of sech and Gaussians in closed form; a function without parity has its momentum."""
    sech = columns_of(tmp_path / "sech", short("initial={kind='sech',amplitude=1.2,width=0.5}", "grid.points=256"))
    assert sech["mass"][0] == pytest.approx(2 * 1.2**2 * 0.5, rel=1e-9)
    gaussian = "initial={kind='gaussian',amplitude=1.1,width=0.7}"
    plain = columns_of(tmp_path / "gaussian", short(gaussian, "grid.points=256", name="half_wave_blowup"))
    assert plain["mass"][0] == pytest.approx(1.1**2 * 0.7 * np.pi**0.5, rel=1e-9)
    energy = 0.5 * 1.1**2 - 0.25 * 1.1**4 * 0.7 * (np.pi / 2) ** 0.5
    assert plain["energy"][0] == pytest.approx(energy, rel=1e-8)
    (tmp_path / "u.py").write_text("def u0(x):\n    return 1 / (1 - 1j * x) ** 2\n")
    moving = columns_of(tmp_path / "moving", short(f"initial={{kind='python',file='{tmp_path}/u.py'}}"))
    assert moving["momentum"][0, 0] == pytest.approx(0.75 * np.pi, rel=1e-9)
    assert np.isnan(moving["scale"]).all()
    assert moving["excess_mass"][0] == pytest.approx(0.5 * np.pi - ground_state().mass, rel=1e-9)
    drift = json.loads((tmp_path / "moving" / "summary.json").read_text())["drift"]
    assert set(drift) == {"mass", "energy"}  # the momentum is not conserved where k varies


def test_what_a_rate_may_be_wrong_by_is_told(tmp_path: Path) -> None:
    """Where k varies fast the fit is off the law by 0.0025; without the first third of the rows it moves by 0.0004."""
    k = "equation.inhomogeneity={kind='rational',base=0.2,height=0.8,curvature=3.0}"
    cadence = ("diagnostics.every=0.05", "time.frame=0.025")
    config = load_configuration("half_wave_inhomogeneous", [k, "initial.b=0.15", "time.stop=1.2", *cadence])
    assert run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    rate = minimal_mass_rate(open_run(tmp_path / "run"))
    assert 1e-3 < abs(rate.blow_up_time - rate.blow_up_time_by_law) <= 1.1 * rate.blow_up_time_doubt < 5e-3
    assert abs(rate.rate - rate.rate_by_law) <= 2 * rate.rate_doubt


@pytest.mark.parametrize("example", ["half_wave_inhomogeneous", "half_wave_box"])
def test_a_profile_within_which_k_varies_is_refused(tmp_path: Path, example: str) -> None:
    """λ = 0.2 where k''(0) = −100: on the whole line and in a box, before anything is written."""
    narrow = "equation.inhomogeneity={kind='rational',base=0.5,height=0.5,curvature=100.0}"
    config = load_configuration(example, [narrow, "initial.scale=0.2"])
    with pytest.raises(
        UserError, match=r"scale = 0\.2 of the blow-up profile must be below 0\.1309, 1\.31/√\|k''\(0\)\|"
    ):
        run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


def test_the_fit_of_a_rate() -> None:
    """Exact for √λ = aτ(1 + cτ² + dτ⁴), from a T that is wrong by a hundredth."""
    times = np.linspace(0, 9.4, 60)
    tau = 9.96 - times
    scale = (0.1 * tau * (1 - 2e-5 * tau**2 + 3e-9 * tau**4)) ** 2
    assert fit_rate(times, scale, 10.06) == pytest.approx((9.96, 0.1, -2e-5), rel=1e-8)


def test_a_wave_that_spreads_has_no_rate(tmp_path: Path) -> None:
    """The blow-up profile backward in time: near the profile in every row, with b < 0; that is what is told."""
    axis = RationalAxis(128, 3.0)
    np.save(tmp_path / "q.npy", axis.evaluate(profile_data(axis, 0.1, 1.0).conj(), axis.whole))
    found = columns_of(tmp_path / "run", short(f"initial={{kind='file',file='{tmp_path}/q.npy'}}", "grid.points=128"))
    assert (found["b"] < -0.05).all()
    with pytest.raises(UserError, match="b is positive in no row, and λ does not fall; there is no rate"):
        minimal_mass_rate(open_run(tmp_path / "run"))


def test_rows_far_apart_are_decomposed(tmp_path: Path) -> None:
    """Through a bounce, where the lack of mass turns the law: the numbers of rows close together, and no turn less."""
    every = ("grid.points=128", "time.stop=2.4", "time.frame=0.2", "time.tolerance=1e-4", "output.fields_every=off")
    close = columns_of(tmp_path / "close", load_configuration("half_wave_bounce", [*every, "diagnostics.every=0.2"]))
    far = columns_of(tmp_path / "far", load_configuration("half_wave_bounce", [*every, "diagnostics.every=1.2"]))
    assert len(far["time"]) == 3
    for name in ("scale", "b", "phase", "remainder_l2"):
        np.testing.assert_allclose(far[name], close[name][::6], rtol=1e-9, atol=1e-12, err_msg=name)
    assert far["phase"][2] - far["phase"][1] > 12 * np.pi
    assert np.isnan(far["law_time"]).all()
    with pytest.raises(
        UserError, match=r"does not collapse: .*2\.468936, .* the ground state, 2\.469336, .* is global"
    ):
        describe_collapse([tmp_path / "close"])
    with pytest.raises(UserError, match=r"the mass is below critical by 0\.0004, and the solution turns at λ = 0\.009"):
        minimal_mass_rate(open_run(tmp_path / "close"))


@pytest.mark.parametrize("wrong", [(0.2, 0.9, 5.0), (0.2, -0.9, 5.0)], ids=["blown up", "spread"])
def test_where_the_law_does_not_lead_the_solution_tells(wrong: tuple[float, float, float]) -> None:
    """From a last row from which the law has blown up, or leads far away: the same, but for turns of γ."""
    simulation = HalfWaveSimulation(short("grid.points=128"), MPI.COMM_SELF)
    right = simulation.measure()
    last = dict(zip(("scale", "b", "phase"), wrong, strict=True))
    simulation.recall({"time": simulation.time - 2.0, "excess_mass": right["excess_mass"], **last})
    found = simulation.measure()
    simulation.close()
    for name in ("scale", "b", "remainder_l2"):
        assert found[name] == pytest.approx(right[name], rel=1e-9, abs=1e-12), name
    turns = (float(found["phase"]) - float(right["phase"])) / (2 * np.pi)
    assert turns == pytest.approx(round(turns), abs=1e-9)


def test_above_critical_mass(tmp_path: Path) -> None:
    """The law with the excess tells from the start when it collapses, the height does at the end; not at that rate."""
    above = ("initial.excess=1e-3", "time.stop=7.2", "grid.points=128")
    found = columns_of(tmp_path / "above", load_configuration("half_wave_blowup", above))
    assert found["law_time"] == pytest.approx(7.395, abs=2e-3)
    config = open_run(tmp_path / "above").config
    collapse = collapse_of(config, open_run(tmp_path / "above").columns)
    assert collapse is not None
    assert collapse.time == pytest.approx(7.3945, abs=0.02)
    with pytest.raises(UserError, match=r"above critical by 0\.0009998, which leads below λ = 0\.1"):
        minimal_mass_rate(open_run(tmp_path / "above"))


def test_runs_without_a_rate(tmp_path: Path) -> None:
    """What has not fallen enough, and what is of another equation."""
    columns_of(tmp_path / "short", short())
    with pytest.raises(UserError, match=r"λ falls from 0\.2 to .* in 11 rows near the profile; a rate takes 12 rows"):
        minimal_mass_rate(open_run(tmp_path / "short"))
    columns_of(tmp_path / "other", short("diagnostics.families=['conserved']"))
    with pytest.raises(UserError, match='no run of half waves that has ended, with the family "half-wave"'):
        minimal_mass_rate(open_run(tmp_path / "other"))


def test_a_stored_field_and_an_array_go_on(tmp_path: Path) -> None:
    """From the last field of a run, in its frame, as that run would have; from an array in the frame of scale 1."""
    columns_of(tmp_path / "first", short())
    last = max((tmp_path / "first" / "fields").glob("*.h5"))
    on = ("time.start=0.5", "time.stop=0.6")
    found = columns_of(tmp_path / "second", short(*on, f"initial={{kind='file',file='{last}'}}"))
    whole = columns_of(tmp_path / "whole", short("time.stop=0.6"))
    shutil.copyfile(last, tmp_path / "copy.hdf5")
    steps = int(last.stem.rpartition("_")[2])
    for number, named in enumerate(
        (f"{last}',dataset='u", f"{last}',dataset='/data/{steps}/meshes/u", f"{tmp_path}/copy.hdf5")
    ):
        again = columns_of(tmp_path / f"named{number}", short(*on, f"initial={{kind='file',file='{named}'}}"))
        assert again["energy"].tolist() == found["energy"].tolist()
    for part in ("u_real", "density", f"data/{steps}/meshes/u/real", f"data/{steps}/nodes"):
        initial = f"initial={{kind='file',file='{last}',dataset='{part}'}}"
        with pytest.raises(
            UserError, match=f"{part} is a part of a stored field, whose points and factors are its own"
        ):
            run(short(*on, initial), MPI.COMM_SELF, tmp_path / "run")
    for name in ("energy", "scale", "b", "mass"):
        assert found[name][-1] == pytest.approx(whole[name][-1], rel=1e-6), name
    axis = ground_state(128, 3.0).axis
    np.save(tmp_path / "q.npy", axis.evaluate(ground_state(128, 3.0).coefficients, axis.whole))
    overrides = f"initial={{kind='file',file='{tmp_path}/q.npy'}}"
    standing = columns_of(tmp_path / "standing", short(overrides, name="half_wave_blowup"))
    assert standing["excess_mass"] == pytest.approx(0, abs=1e-9)
    assert standing["scale"] == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(UserError, match=r"holds float64 of shape \(256,\); give numbers of shape \(128,\)"):
        run(short(overrides, "grid.points=64"), MPI.COMM_SELF, tmp_path / "run")
    with pytest.raises(UserError, match="of another basis"):
        run(short("grid.points=64", f"initial={{kind='file',file='{last}'}}"), MPI.COMM_SELF, tmp_path / "run")
    (tmp_path / "q.npy").unlink()  # what is stored holds all that a run needs to go on
    assert resume(MPI.COMM_SELF, tmp_path / "standing", until=0.6, quiet=True).exit_code == DONE


@pytest.mark.mpi
def test_one_rank_alone(comm: Intracomm, shared_path: Path) -> None:
    """More are refused, on all of them, before anything is made."""
    if comm.size == 1:
        return
    with pytest.raises(UserError, match=r'grid\.basis = "rational" on \d ranks: it runs on one'):
        run(short(), comm, shared_path / "run")
    assert not (shared_path / "run").exists()


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (("time.scheme=blanes-moan-rkn6",), "falls to order 4 with |ξ|; choose one of"),
        (("initial.b=-0.1",), "must be greater than 0"),
        (("initial.b=0.3",), "initial.b = 0.3: must be less than 0.3; give b"),
        (("grid.points=[16, 16]",), "grid.points = [16, 16]: has more than 1 entry; give the number of even"),
        (("initial.scale=0",), "must be greater than 0"),
        (
            ("equation.inhomogeneity.height=0.7",),
            'height = 0.7, curvature = 1.0, kind = "rational"}: base + height = 1.2 is k(0), which must be 1; divide',
        ),
        (
            ("equation.inhomogeneity={kind='rational',base=1.5,height=-0.5}",),
            'curvature = 1.0, kind = "rational"}: k must have its maximum 1 at x = 0, but k(1e+06) = 1.5; give one',
        ),
        (("grid={points=63,radius=20.0}",), 'give grid.basis = "rational"'),
        (("grid={points=64,length=20.0}", "time.scheme=blanes-moan-rkn6"), "falls to order 4 with |ξ|; choose one of"),
        (
            ("grid={points=64,length=20.0}", "initial={kind='bubbles',blowup_time=2.0,bubbles=[{center=[0.0]}]}"),
            'starts from a kind "profile"',
        ),
        (("grid={points=64,length=20.0}", "initial.excess=-3"), "no mass is left"),
        (("initial={kind='solitons',solitons=[{}]}",), 'starts from a kind "profile"'),
        (("diagnostics.families=['virial']",), '"virial" is not measured'),
        (
            ("diagnostics.families=['functionals']", "initial={kind='gaussian',amplitude=1.0,width=1.0,center=[1.0]}"),
            "of even solutions near",
        ),
        (("diagnostics.families=['functionals']", "grid={points=64,length=20.0}"), '"half-wave" in a periodic box'),
        (("limits.identity=1e-3",), 'only the family "functionals" has identities'),
        (("equation.dimension=2",), "must be 1, the line"),
    ],
)
def test_bad_input(tmp_path: Path, overrides: tuple[str, ...], told: str) -> None:
    """One message that names value and remedy, and nothing is left."""
    with pytest.raises(UserError) as error:
        run(short(*overrides), MPI.COMM_SELF, tmp_path / "run")
    assert told in str(error.value)
    assert str(error.value).count("\n") == 0
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("scale", "said"), [(0.2, 0), (0.7, 1)])
def test_a_rough_law_is_told_of(scale: float, said: int, tmp_path: Path) -> None:
    """Once, where k varies within the profile that the run starts from; info tells of how much the law changed."""
    overrides = [f"initial.scale={scale}", "time.stop=1.0", "time.tolerance=1e-6", "output.fields_every=off"]
    run(load_configuration("half_wave_inhomogeneous", overrides), MPI.COMM_SELF, tmp_path / "run")
    assert (tmp_path / "run" / "log.txt").read_text().count("λ²|k''(0)| = 0.49 of the profile at the start") == said
    assert describe_run(tmp_path / "run").count("law_time went from") == said
