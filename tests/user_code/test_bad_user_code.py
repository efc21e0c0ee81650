"""Bad input in a user's equation or diagnostic: one message with file and line, the same on all ranks, nothing left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.user_code.files import TRAP, configured, packaged_trap, trap

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration

pytestmark = pytest.mark.mpi

RATE = "        return square - self.strength**2 * sum(x * x for x in places)\n"
POTENTIAL = "        return 0.5 * square * (self.strength**2 * sum(x * x for x in places) - 0.5 * square)\n"
FAR = "        if min(x.min() for x in places) < -9.5:\n            raise ValueError('far left')\n"
VIRIAL = "    def variance_acc"
ENERGY = "    def energy(self, integrals):\n        return {}\n\n"
SYMBOL = "    def symbol(self, *k):\n        return 1j * sum(q * q for q in k)\n\n"
KICK = """    @property
    def kick(self):
        return self

    def kernel(self, tau, scale, peak=None):
        def act(block, lines):
            block *= {}
        return act

"""
METHOD = "    def phase_rate"
COUPLING = """    @property
    def coupling(self):
        return self

    def fill(self, block, lines, sums):
        sums[...] = np.abs(block).sum()

"""
OTHER = "class Other(SplitEquation):\n    pass\n\n\n"
# What is replaced in the trap, by what, and fragments of the message; n stands for the length of a row.
EQUATIONS = {
    "no method": ("def phase_rate", "def other_rate", ("line 6: class Trap lacks phase_rate", "SplitEquation")),
    "not derived": ("(SplitEquation)", "", ("raises TypeError",)),
    "no class": ("class Trap", "class _Trap", ("defines no class",)),
    "two classes": ("class Trap", OTHER + "class Trap", ("several equations: Other, Trap",)),
    "syntax": ("def potential", "de potential", ("line 14", "invalid syntax")),
    "raises at import": ("import numpy as np", "import numpy as np\n1 / 0", ("line 3", "ZeroDivisionError")),
    "wrong shape": (
        RATE,
        "        return square[0]\n",
        ("line 11: phase_rate returns shape (n,)",),
    ),
    "complex rate": (RATE, "        return 1j * square\n", ("line 11: phase_rate returns complex128", "real numbers")),
    "complex density": (POTENTIAL, "        return square + 0j\n", ("line 14: potential returns complex128",)),
    "not elementwise": (RATE, "        return square / square.max()\n", ("line 11: phase_rate is not elementwise",)),
    "random": (RATE, "        return np.random.random(square.shape)\n", ("phase_rate is not elementwise",)),
    "a gradient": (POTENTIAL, "        return np.gradient(square, axis=-1)\n", ("potential is not elementwise",)),
    "not finite": (RATE, "        return square + np.inf\n", ("the kick changes |u|",)),
    "raises": (RATE, "        raise ValueError('no rate')\n", ("line 12: kick raises ValueError: no rate",)),
    "raises on one rank": (RATE, FAR + RATE, ("line 13: kick raises ValueError: far left",)),
    "energy raises": (VIRIAL, ENERGY.format("nothing") + VIRIAL, ("line 18: energy of trap raises NameError",)),
    "energy is no number": (VIRIAL, ENERGY.format("'much'") + VIRIAL, ("energy of trap raises ValueError",)),
    "energy by chance": (
        VIRIAL,
        ENERGY.format("np.random.uniform()") + VIRIAL,
        ("energy of trap is 0.", "at one call and 0.", "leave nothing to chance"),
    ),
    "kick that grows": (METHOD, KICK.format("2") + METHOD, ("the kick changes |u|",)),
    "kick across rows": (
        METHOD,
        KICK.format("np.exp(1j * np.abs(block).sum())") + METHOD,
        ("the kick gives other values for a line alone",),
    ),
    "coupling across rows": (METHOD, COUPLING + METHOD, ("the coupling gives other sums for a row alone",)),
    "chance": (
        "self.strength = strength",
        "self.strength = np.random.uniform()",
        ("line 11: phase_rate is not elementwise", "nothing kept from one call to the next"),
    ),
    "kick by chance": (
        METHOD,
        "    chance = np.random.uniform()\n\n" + KICK.format("np.exp(1j * self.chance)") + METHOD,
        ("the kick gives other values for a line alone, or when the file is run again",),
    ),
    "sums of the shape": (
        RATE,
        "        return square / square.shape[1]\n",
        ("line 11: phase_rate is not elementwise",),
    ),
    "symbol of the maximum": (
        "    def potential",
        "    def symbol(self, *k):\n        return k[0] / k[0].max() + sum(q * q for q in k)\n\n    def potential",
        ("symbol is not elementwise",),
    ),
    "symbol that raises": (
        "    def potential",
        "    def symbol(self, *k):\n        return nothing\n\n    def potential",
        ("line 15: symbol of trap raises NameError",),
    ),
    "a rate and another energy": (
        POTENTIAL,
        POTENTIAL.replace("- 0.5", "+ 0.5"),
        ("potential and phase_rate of trap do not belong together", 'leave "energy" out of conserved'),
    ),
    "a factor": (POTENTIAL, POTENTIAL.replace("- 0.5", "- 1.0"), ("potential and phase_rate of trap do not belong",)),
    "no energy": (POTENTIAL, "        return 0 * square\n", ("∂potential/∂|u|² is 0 at a point where phase_rate is ",)),
    "conserved is a text": (
        METHOD,
        "    conserved = ('mass')\n\n" + METHOD,
        ("trap.py: conserved = 'mass'; give a tuple of some of \"mass\"",),
    ),
    "conserved misspelt": (
        METHOD,
        "    conserved = ('masss',)\n\n" + METHOD,
        ("conserved = ('masss',); give a tuple",),
    ),
    "formulas are a list": (METHOD, "    formulas = ['E']\n\n" + METHOD, ("line 6: formulas of Trap are ['E']; give",)),
    "energy is nan": (VIRIAL, ENERGY.format("np.nan") + VIRIAL, ("energy of trap is nan of the initial data",)),
    "no domain": ("super().__init__(domain)", "pass", ("line 6: Trap has no domain; let its __init__ call super()",)),
    "masked": (
        RATE,
        "        return np.ma.masked_less(square, 0.1)\n",
        ("line 11: phase_rate returns a masked array", ".filled(0.0)"),
    ),
    "complex symbol": ("    def potential", SYMBOL + "    def potential", ("symbol returns complex128",)),
}
FAR_LEFT = "if x.min() < -9.5: raise ValueError('far left')\n    return abs(u)"
IN_PLANE = ("wrong shape", "not elementwise", "raises on one rank", "kick across rows", "complex symbol")
# A density, and fragments of the message.
DENSITIES = {
    "complex": ("return u**2", ("line 4: own returns complex128", "real numbers")),
    "wrong shape": ("return abs(u[0])", ("line 4: own returns shape (n,)",)),
    "not elementwise": ("return abs(u) / abs(u).max()", ("line 4: own is not elementwise",)),
    "cumulative": ("return np.cumsum(abs(u), axis=-1)", ("own is not elementwise",)),
    "gradient": ("return np.gradient(abs(u), axis=0)", ("own is not elementwise",)),
    "random": ("return abs(u) * np.random.random(u.shape)", ("own is not elementwise",)),
    "chance": ("return abs(u) * CHANCE\n\nCHANCE = np.random.uniform()", ("line 4: own is not elementwise",)),
    "raises": ("return abs(u) + nothing", ("line 5: own(u, gradient, x) raises NameError",)),
    "raises on one rank": (FAR_LEFT, ("line 5", "ValueError: far left")),
    "no array": ("return 'much'", ("own returns <U4",)),
}  # fmt: skip
OWN = '[[diagnostics.own]]\nname = "own"\nfile = "own.py"\n'


def refused(comm: Intracomm, folder: Path, equation: str, extra: str = "") -> str:
    """The message of a run that is refused, the same on every rank; nothing of it is left."""
    config = configured(folder, comm, equation, extra=extra)
    return message(comm, folder, config)


def message(comm: Intracomm, folder: Path, config: Configuration) -> str:
    """What is said when a configuration is run; the run directory is not there afterwards."""
    with pytest.raises(UserError) as caught:
        run(config, comm, folder / "run")
    texts: list[str] = comm.allgather(str(caught.value))
    assert len(set(texts)) == 1
    comm.Barrier()
    assert not (folder / "run").exists()
    assert "\n" not in texts[0]
    return texts[0]


@pytest.mark.parametrize(("name", "dimension"), [*((name, 1) for name in EQUATIONS), *((name, 2) for name in IN_PLANE)])
def test_a_bad_equation_is_refused(comm: Intracomm, shared_path: Path, name: str, dimension: int) -> None:
    """Before anything is written."""
    old, new, fragments = EQUATIONS[name]
    config = configured(shared_path, comm, trap(dimension))
    if comm.rank == 0:
        assert old in TRAP
        (shared_path / "trap.py").write_text(TRAP.replace(old, new, 1), encoding="utf-8")
    comm.Barrier()
    text = message(comm, shared_path, config)
    assert "trap.py" in text
    for fragment in fragments:
        assert fragment.replace("(n,)", "(20,)" if dimension == 1 else "(54,)") in text, text


@pytest.mark.parametrize("name", DENSITIES)
def test_a_bad_density_is_refused(comm: Intracomm, shared_path: Path, name: str) -> None:
    """Before anything is written."""
    body, fragments = DENSITIES[name]
    config_text = packaged_trap(1)
    if comm.rank == 0:
        (shared_path / "own.py").write_text(f'"""Own."""\nimport numpy as np\n\ndef own(u, gradient, x):\n    {body}\n')
    comm.Barrier()
    text = refused(comm, shared_path, config_text, OWN)
    assert "own.py" in text
    for fragment in fragments:
        assert fragment.replace("(n,)", "(20,)") in text, text


@pytest.mark.parametrize(
    ("parameters", "fragments"),
    [
        ("depth = 2.0", ("equation.parameters.depth", "Trap", "takes strength")),
        ('strength = "much"', ("trap.py", "raises")),
    ],
)
def test_bad_parameters_are_refused(
    comm: Intracomm, shared_path: Path, parameters: str, fragments: tuple[str, ...]
) -> None:
    """With the class, and what it takes."""
    section = f'[equation]\nfile = "trap.py"\ndimension = 1\n[equation.parameters]\n{parameters}\n'
    text = refused(comm, shared_path, section)
    for fragment in fragments:
        assert fragment in text, text


def test_names_that_are_missing_or_taken(comm: Intracomm, shared_path: Path) -> None:
    """With what there is."""
    if comm.rank == 0:
        text = "class Thing:\n    def __init__(self, passes):\n        pass\n\ndef f(u):\n    pass\n"
        (shared_path / "own.py").write_text(text)
    comm.Barrier()
    missing = '[[diagnostics.own]]\nname = "own"\nfile = "own.py"\n'
    assert "has no function 'own': it defines Thing, f" in refused(comm, shared_path, packaged_trap(1), missing)
    comm.Barrier()
    thing = '[[diagnostics.own]]\nname = "own"\nfile = "own.py"\nfunction = "Thing"\n'
    assert "class Thing is no monitor" in refused(comm, shared_path, packaged_trap(1), thing)
    comm.Barrier()
    taken = '[[diagnostics.own]]\nname = "mass"\nfile = "own.py"\nfunction = "f"\n'
    assert "measures 'mass', which is what another quantity is called" in refused(
        comm, shared_path, packaged_trap(1), taken
    )
    comm.Barrier()
    many = '[[diagnostics.own]]\nname = "own"\nfile = "own.py"\nfunction = "f"\n'
    assert "takes 1 positional argument but 3 were given" in refused(comm, shared_path, packaged_trap(1), many)


@pytest.mark.parametrize("tolerance", [False, True])
def test_an_error_on_one_rank_in_the_middle_of_a_run_is_everybodys(
    comm: Intracomm, shared_path: Path, tolerance: bool
) -> None:
    """The rank whose part fails notes it; all ranks raise it at the next sample, none waits for ever."""
    overrides = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.02") if tolerance else ()
    config = configured(shared_path, comm, trap(1, 0.5), *overrides)
    source = TRAP.replace("class Trap", "CALLS = []\n\n\nclass Trap").replace(
        RATE,
        "        CALLS.append(1)\n        if len(CALLS) > 60 and min(x.min() for x in places) < -9.9:\n"
        "            raise ValueError('too late')\n" + RATE,
    )
    if comm.rank == 0:
        (shared_path / "trap.py").write_text(source, encoding="utf-8")
    comm.Barrier()
    with pytest.raises(UserError, match=r"trap\.py, line 17: kick raises ValueError: too late"):
        run(config, comm, shared_path / "run")
    comm.Barrier()
    assert (shared_path / "run" / "config.toml").exists()


def test_an_error_while_a_script_advances_is_everybodys(comm: Intracomm, shared_path: Path) -> None:
    """Not only once something is measured: the field is no number any more."""
    config = configured(shared_path, comm, trap(1, 0.5))
    late = RATE.replace("        return", "        CALLS.append(1)\n        1 / (len(CALLS) < 40)\n        return")
    if comm.rank == 0:
        source = TRAP.replace("class Trap", "CALLS = []\n\n\nclass Trap").replace(RATE, late)
        (shared_path / "trap.py").write_text(source, encoding="utf-8")
    comm.Barrier()
    simulation = Simulation(config, comm)
    for act in (lambda: simulation.advance(20), lambda: simulation.integrate(lambda u, *_: np.abs(u) ** 2)):
        with pytest.raises(UserError, match=r"trap\.py, line 16: kick raises ZeroDivisionError"):
            act()


def test_integrate_refuses_what_is_no_density(comm: Intracomm, shared_path: Path) -> None:
    """Complex values, and another shape."""
    simulation = Simulation(configured(shared_path, comm, packaged_trap(1)), comm)
    with pytest.raises(ValueError, match="complex"):
        simulation.integrate(simulation.field())
    with pytest.raises(ValueError, match="shape"):
        simulation.integrate(abs(simulation.field())[:, :3])


@pytest.mark.parametrize("dimension", [1, 2])
def test_integrate_refuses_what_is_not_elementwise(comm: Intracomm, shared_path: Path, dimension: int) -> None:
    """On all ranks, though some may see nothing of it; a density of a point alone is integrated."""
    simulation = Simulation(configured(shared_path, comm, packaged_trap(dimension)), comm)

    def share(u: np.ndarray, *_others: np.ndarray) -> np.ndarray:
        """|u| relative to the largest."""
        return np.asarray(np.abs(u) / np.abs(u).max())

    with pytest.raises(UserError, match="share is not elementwise"):
        simulation.integrate(share)
    mass = simulation.integrate(lambda u, *_: np.abs(u) ** 2)
    assert mass == pytest.approx(simulation.measure()["mass"], rel=1e-13)


ON_ONE_RANK = {
    "values of another shape": (None, ValueError, "the density has shape"),
    "a function that raises": (ValueError("far left"), UserError, "density raises ValueError: far left"),
    "a function of another shape": (np.ones(3), UserError, r"density returns shape \(3,\) at points of shape"),
    "a masked function": (
        np.ma.masked_less(np.ones(3), 2),
        UserError,
        "density returns a masked array; return a number",
    ),
}


@pytest.mark.parametrize("case", ON_ONE_RANK)
def test_what_one_rank_cannot_integrate_all_ranks_refuse(comm: Intracomm, shared_path: Path, case: str) -> None:
    """None waits for it; the simulation goes on."""
    simulation = Simulation(configured(shared_path, comm, packaged_trap(1)), comm)
    given, kind, message = ON_ONE_RANK[case]
    last = simulation.comm.rank == simulation.comm.size - 1

    def density(u: np.ndarray, *_others: np.ndarray) -> np.ndarray:
        """|u|², on the last rank something else."""
        if last and isinstance(given, Exception):
            raise given
        return np.asanyarray(given) if last else np.abs(u) ** 2

    with pytest.raises(kind, match=message):
        simulation.integrate(abs(simulation.field())[:, : 3 if last else None] if given is None else density)
    assert simulation.integrate(lambda _u, _gradient, x: (x == x).astype(int)) == pytest.approx(20.0, rel=1e-15)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("np.random.uniform()", "trap.py: log_rate of trap is 0."),
        ("np.nan", "trap.py: log_rate of trap is nan for a peak of |u|² = 0.6"),
        ("-1e9", "give the binary logarithm of a rate"),
    ],
)
def test_a_bad_rate_of_a_peak_is_refused(comm: Intracomm, shared_path: Path, rate: str, said: str) -> None:
    """One by chance, by which the ranks would choose other steps, and one that is no number."""
    tolerance = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.02")
    config = configured(shared_path, comm, trap(1), *tolerance)
    if comm.rank == 0:
        method = f"    def log_rate(self, peak):\n        return {rate}\n\n"
        (shared_path / "trap.py").write_text(TRAP.replace(VIRIAL, method + VIRIAL), encoding="utf-8")
    comm.Barrier()
    assert said in message(comm, shared_path, config)
