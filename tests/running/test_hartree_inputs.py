"""What a hierarchy is given in files: potentials, waves and density matrices, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import resume, run
from parallel_nls.spectral.radial import SpaceRadius
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after

AXIS = SpaceRadius(31, 8.0)
SMALL = (
    "grid={points=31,radius=8.0}",
    "time={start=0.0,stop=0.1,step=0.02,scheme='blanes-moan-rkn6'}",
    "limits.spectral_tail=off",
    "diagnostics={}",
    "output={}",
)
GAUSSIAN = "equation.potential={kind='gaussian',strength=8.0,width=1.5}"
WAVE = "initial={kind='mixture',components=[{weight=1.0,width=1.2}]}"


def small(*overrides: str) -> Configuration:
    """The exact mixture on 31 points, 5 steps."""
    return load_configuration("softened_no_collapse", [*SMALL, *overrides])


def last_row(root: Path, *overrides: str) -> dict[str, np.ndarray]:
    """The last row of a run."""
    assert run(small(*overrides), MPI.COMM_SELF, root).exit_code == DONE
    return {name: column.values[-1] for name, column in open_run(root).columns.items()}


def alike(one: dict[str, np.ndarray], other: dict[str, np.ndarray], accuracy: float) -> None:
    """Compare the numbers that matter."""
    for name in ("energy", "kinetic", "variance", "variance_rate", "variance_acceleration", "purity"):
        assert one[name] == pytest.approx(other[name], abs=accuracy), name


def test_a_table_and_a_function_are_potentials(tmp_path: Path) -> None:
    """Those of a Gaussian: the function to quadrature, the table to its spline; each goes into the run directory."""
    r = np.linspace(0, 16, 1601)
    np.savetxt(tmp_path / "v.csv", np.column_stack([r, 4 * np.exp(-(r**2) / 2.25)]), delimiter=",", header="r, V")
    (tmp_path / "v.py").write_text("import numpy as np\n\ndef V(r):\n    return np.exp(-r**2 / 2.25)\n")
    exact = last_row(tmp_path / "exact", GAUSSIAN, WAVE)
    terms = (
        f"{{kind='table',file='{tmp_path}/v.csv',strength=1.0}}, {{kind='python',file='{tmp_path}/v.py',strength=4.0}}"
    )
    alike(last_row(tmp_path / "both", f"equation.potential=[{terms}]", WAVE), exact, 1e-9)
    kept = {path.name for path in (tmp_path / "both").glob("potential_*")}
    assert kept == {"potential_1.csv", "potential_2.py"}


def test_a_run_goes_on_without_its_files(tmp_path: Path) -> None:
    """Potential, waves and weights are in the run directory: the same bits after a resume."""
    (tmp_path / "v.py").write_text("import numpy as np\n\ndef V(r):\n    return 8 * np.exp(-r**2 / 2.25)\n")
    gamma = matrix_of([(0.3, 0.9), (0.7, 1.5)])
    np.save(tmp_path / "gamma.npy", gamma)
    overrides = (
        f"equation.potential={{kind='python',file='{tmp_path}/v.py'}}",
        f"initial={{kind='file',file='{tmp_path}/gamma.npy'}}",
    )
    assert run(small(*overrides), MPI.COMM_SELF, tmp_path / "whole").exit_code == DONE
    with leaving_after(2):
        assert run(small(*overrides), MPI.COMM_SELF, tmp_path / "left").exit_code == RESUMABLE
    for name in ("v.py", "gamma.npy"):
        (tmp_path / name).unlink()
    assert resume(MPI.COMM_SELF, tmp_path / "left").exit_code == DONE
    assert differences(tmp_path / "whole", tmp_path / "left") == []


def matrix_of(waves: list[tuple[float, float]]) -> np.ndarray:
    """γ⁽¹⁾(r, r') of a mixture of Gaussians by weight and width."""
    values = [weight * (np.pi * width**2) ** -1.5 for weight, width in waves]
    squares = AXIS.r[:, None] ** 2 + AXIS.r[None, :] ** 2
    terms = [value * np.exp(-squares / (2 * width**2)) for value, (_, width) in zip(values, waves, strict=True)]
    return np.asarray(sum(terms))


def test_waves_and_density_matrices_from_files(tmp_path: Path) -> None:
    """A wave, a function, a matrix γ⁽¹⁾ and a stored field start the same run as the mixture that they are."""
    exact = last_row(tmp_path / "exact", GAUSSIAN, WAVE)
    wave = np.exp(-(AXIS.r**2) / (2 * 1.2**2))
    np.save(tmp_path / "wave.npy", 3 * wave)
    np.save(tmp_path / "gamma.npy", matrix_of([(1.0, 1.2)]))
    (tmp_path / "u.py").write_text("import numpy as np\n\ndef u0(r):\n    return 2 * np.exp(-r**2 / 2.88)\n")
    stored = next((tmp_path / "exact" / "fields").glob("field_00000000.h5"))
    for name in ("wave.npy", "gamma.npy", stored):
        path = tmp_path / name
        alike(last_row(tmp_path / f"of {path.name}", GAUSSIAN, f"initial={{kind='file',file='{path}'}}"), exact, 1e-13)
    named = f"initial={{kind='file',file='{stored}',dataset='u'}}"
    alike(last_row(tmp_path / "named", GAUSSIAN, named), exact, 1e-13)
    alike(last_row(tmp_path / "u", GAUSSIAN, f"initial={{kind='python',file='{tmp_path}/u.py'}}"), exact, 1e-13)


def test_a_thermal_start(tmp_path: Path) -> None:
    """Its eigenvalues are Boltzmann's, and V₁ is that of the oscillator."""
    last_row(tmp_path / "run", GAUSSIAN, "initial={kind='thermal',width=1.0,temperature=3.0,modes=4}")
    found = {name: column.values[0] for name, column in open_run(tmp_path / "run").columns.items()}
    weights = np.exp(-4 * np.arange(4) / 3.0)
    assert found["occupations"][:4] == pytest.approx(weights / weights.sum(), abs=1e-13)
    assert found["virial_time"].shape == (4,)
    assert found["variance"] == pytest.approx(float(weights @ (2 * np.arange(4) + 1.5)) / weights.sum(), abs=1e-9)


def test_the_exact_mixture_is_what_a_hierarchy_carries_along(tmp_path: Path) -> None:
    """The same numbers as γ⁽¹⁾ under mean field, which is exact for one wave."""
    exact = last_row(tmp_path / "exact", WAVE)
    level = "equation={name='hartree-hierarchy',hierarchy={level=1},potential={kind='softened-power',strength=6.0,"
    closed = last_row(tmp_path / "closed", WAVE, level + "power=2.0,softening=0.2}}")
    alike(closed, exact, 1e-11)
    assert "closure_error" not in exact
    assert closed["closure_error"] <= 1e-12


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("v.csv", "0 1\n1 x\n", "holds no table of numbers"),
        ("v.csv", "0 1 2\n1 1 1\n", "has 3 columns; give two, r and V"),
        ("v.csv", "", "has 0 columns; give two, r and V"),
        ("v.csv", "0 1\n1 1\n0.5 1\n2 1\n", "r must not be negative, and must increase"),
        ("v.py", "def V(r):\n    return r / 0\n", "line 2: V(r) raises"),
        ("v.py", "def V(r):\n    return 1.0\n", "it must return a number for each r > 0"),
        ("v.py", "def W(r):\n    return r\n", "has no function 'V': it defines W"),
        ("v.py", "def V(r):\n    return (4 + 1j) / (1 + r**2)\n", "line 1: V returns complex128; return real numbers"),
        ("v.py", "def V(r):\n    return (4 / (1 + r**2)).astype(str)\n", "line 1: V returns <U32; return real numbers"),
        ("v.py", "def V(r):\n    return 4 / (1 + r**2) / r.max()\n", "v.py: V(r) is not elementwise: it gives "),
    ],
)
def test_bad_potentials(tmp_path: Path, name: str, content: str, told: str) -> None:
    """One message with the file and the remedy, before anything is made."""
    (tmp_path / name).write_text(content)
    kind = "table" if name == "v.csv" else "python"
    with pytest.raises(UserError) as error:
        run(small(f"equation.potential={{kind='{kind}',file='{tmp_path}/{name}'}}"), MPI.COMM_SELF, tmp_path / "run")
    assert told in str(error.value)
    assert name in str(error.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.ones(30), "of shape (30,); give numbers of shape (31,), a wave"),
        (np.zeros(31), "has the norm 0 on the axis"),
        (np.full(31, np.nan), "has the norm nan on the axis"),
        (np.triu(np.ones((31, 31))), "not Hermitian"),
        (-np.eye(31), "with the eigenvalue -1.9e+02; give a density matrix"),
        (np.array(["a"] * 31), "holds <U1, not numbers"),
    ],
)
def test_bad_waves(tmp_path: Path, array: np.ndarray, told: str) -> None:
    """One message with the file and the remedy."""
    np.save(tmp_path / "start.npy", array)
    with pytest.raises(UserError) as error:
        run(small(f"initial={{kind='file',file='{tmp_path}/start.npy'}}"), MPI.COMM_SELF, tmp_path / "run")
    assert told in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_potential_that_is_no_number_somewhere(tmp_path: Path) -> None:
    """Within the largest distance of two points of the axis; what it is beyond does not matter."""
    potential = f"equation.potential={{kind='python',file='{tmp_path}/v.py'}}"
    text = "import numpy as np\n\ndef V(r):\n    return np.where(r > 3.0, np.nan, 4 / (1 + r**2))\n"
    (tmp_path / "v.py").write_text(text)
    with pytest.raises(
        UserError, match=r"equation\.potential is nan at r = 3\.0.*; give .* finite numbers up to r = 16,"
    ):
        run(small(potential), MPI.COMM_SELF, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    (tmp_path / "v.py").write_text(text.replace("3.0", "16.0"))
    assert run(small(potential), MPI.COMM_SELF, tmp_path / "run").exit_code == DONE


def test_a_certificate_that_is_asked_for(tmp_path: Path) -> None:
    """A run is refused where there is none, and goes where there is one."""
    with pytest.raises(UserError, match=r"virial\.certificate = true: there is none: the theorems do not apply"):
        run(small("virial.certificate=true"), MPI.COMM_SELF, tmp_path / "run")
    inverse = "equation.potential={kind='inverse-power',strength=4.0,power=2.0}"
    assert run(small("virial.certificate=true", inverse), MPI.COMM_SELF, tmp_path / "run").exit_code == DONE
