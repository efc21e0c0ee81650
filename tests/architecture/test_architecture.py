"""The package keeps to its architecture, and each rule that says so catches a small offender."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parallel_nls.catalogue import DIFFERENCED, TERMS
from tests.architecture import rules
from tests.architecture.rules import Module

ROOT = Path(__file__).resolve().parents[2]
Rule = Callable[[list[Module]], list[str]]

PACKAGE_RULES: tuple[Rule, ...] = (
    rules.upward_imports,
    rules.import_cycles,
    rules.misplaced_libraries,
    rules.forbidden_words,
    rules.isinstance_on_classes,
    rules.lists_of_quantities,
    rules.names_of_equations,
    rules.oversized,
    rules.oversized_median,
    rules.undocumented,
)
RULES_EVERYWHERE: tuple[Rule, ...] = (rules.oversized, rules.undocumented)

LONG_FUNCTION = "def f() -> None:\n    '''Do it.'''\n" + "    x = 1\n" * 51
OFFENDERS: tuple[tuple[Rule, str, str, str], ...] = (
    (rules.upward_imports, "parallel.layout", "from parallel_nls.spectral import box", "upward"),
    (rules.upward_imports, "parallel.layout", "import parallel_nls.running.simulation", "upward"),
    (rules.upward_imports, "parallel.layout", "from parallel_nls import running", "upward"),
    (rules.upward_imports, "parallel.layout", "from parallel_nls import Simulation", "upward"),
    (rules.upward_imports, "parallel.layout", "from ..output.series import Series", "upward"),
    (rules.upward_imports, "parallel.layout", "def f():\n    from ..cli import main", "upward"),
    (rules.upward_imports, "equations.nls", "from parallel_nls.integrators import compositions", "upward"),
    (rules.upward_imports, "schedules", "from parallel_nls.config import Configuration", "upward"),
    (rules.upward_imports, "errors", "from . import cli", "upward"),
    (rules.upward_imports, "helpers", "x = 1", "no layer"),
    (rules.upward_imports, "cli", "from parallel_nls.helpers import x", "no layer"),
    (rules.upward_imports, "half_wave.modulation", "from parallel_nls.bubbles import analysis", "upward"),
    (rules.upward_imports, "diagnostics.sampling", "from parallel_nls.bubbles import analysis", "upward"),
    (rules.upward_imports, "diagnostics.guards", "from parallel_nls.catalogue import IDENTITIES", "upward"),
    (rules.lists_of_quantities, "running.summary", "x = ('mass', 'energy', 'momentum')", "mass, energy, momentum"),
    (rules.lists_of_quantities, "results.description", "x = {'mass': 1, 'energy': 2, 'sup_norm': 3}", "sup_norm"),
    (rules.names_of_equations, "planning.memory", "x = config.equation.name == 'nls'", "nls"),
    (rules.misplaced_libraries, "spectral.sweeps", "import numba", "numba"),
    (rules.misplaced_libraries, "spectral.sweeps", "def f():\n    from numba import njit", "numba"),
    (rules.misplaced_libraries, "running.simulation", "import h5py", "h5py"),
    (rules.misplaced_libraries, "elliptic.newton", "from petsc4py import PETSc", "petsc4py"),
    (rules.misplaced_libraries, "running.simulation", "def f():\n    import matplotlib.pyplot", "matplotlib"),
    (rules.misplaced_libraries, "figures.peak", "import matplotlib.pyplot as plt", "when the module"),
    (rules.misplaced_libraries, "results.reader", "import xarray", "when the module"),
    (rules.forbidden_words, "running.simulation", "from mpi4py import MPI\nx = MPI.COMM_WORLD", "COMM_WORLD"),
    (rules.forbidden_words, "running.simulation", "from mpi4py.MPI import COMM_WORLD as w", "COMM_WORLD"),
    (rules.forbidden_words, "running.simulation", "w = getattr(MPI, 'COMM_WORLD')", "COMM_WORLD"),
    (rules.forbidden_words, "cli", "assert True", "assert"),
    (rules.forbidden_words, "cli", "def f():\n    print('x')", "print"),
    (rules.isinstance_on_classes, "diagnostics.sampling", "x = isinstance(d, LineDomain)", "LineDomain"),
    (rules.isinstance_on_classes, "bubbles.fit.passes", "x = isinstance(d, box.FourierDomain)", "FourierDomain"),
    (
        rules.isinstance_on_classes,
        "figures.peak",
        "def f():\n    return isinstance(i, A | BubblesInitial)",
        "BubblesInitial",
    ),
    (rules.isinstance_on_classes, "config.checks", "x = isinstance(i, (int, config.FileInitial))", "FileInitial"),
    (rules.isinstance_on_classes, "running.run", "x = issubclass(d, LineDomain)", "LineDomain"),
    (rules.isinstance_on_classes, "running.assembly_line", "x = isinstance(d, LineDomain)", "LineDomain"),
    (
        rules.isinstance_on_classes,
        "planning.memory",
        "match i:\n    case BubblesInitial():\n        pass",
        "BubblesInitial",
    ),
    (rules.oversized, "cli", "x = 1\n" * 401, "401 lines"),
    (rules.oversized, "cli", LONG_FUNCTION, "51 lines"),
    (rules.oversized_median, "cli", "x = 1\n" * 151, "151 lines"),
    (rules.undocumented, "cli", "def f() -> None:\n    pass", "no docstring"),
    (rules.undocumented, "cli", "def f():\n    '''Do it.'''", "no return hint"),
    (rules.undocumented, "cli", "def _f():\n    def g() -> None:\n        pass", "no docstring"),
    (rules.undocumented, "cli", "class C:\n    pass", "no docstring"),
    (rules.undocumented, "cli", "class _C:\n    def g(self):\n        '''Do it.'''", "no return hint"),
)
INNOCENTS: tuple[tuple[Rule, str, str], ...] = (
    (rules.upward_imports, "output.fields", "from parallel_nls.parallel.layout import Layout\nimport numpy"),
    (rules.upward_imports, "output.fields", "from .series import Series\nfrom .. import errors"),
    (rules.upward_imports, "running.provenance", "from parallel_nls import __version__"),
    (rules.upward_imports, "config.checks.time", "from parallel_nls.schedules import Frames"),
    (rules.lists_of_quantities, "catalogue", "x = ('mass', 'energy', 'momentum')"),
    (rules.lists_of_quantities, "running.summary", "x = values['mass'], values['energy'], ('mass', 'energy')"),
    (rules.names_of_equations, "config.sections.equation_named", "x = 'nls'"),
    (rules.misplaced_libraries, "numerics.compiled", "import numba"),
    (rules.misplaced_libraries, "output.series", "import h5py"),
    (rules.misplaced_libraries, "figures.peak", "def f():\n    import matplotlib"),
    (
        rules.misplaced_libraries,
        "results.reader",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import xarray",
    ),
    (rules.forbidden_words, "cli", "from mpi4py import MPI\nx = MPI.COMM_WORLD"),
    (rules.forbidden_words, "running.simulation", "'''Says print, assert and COMM_WORLD.'''\nx.print()"),
    (rules.isinstance_on_classes, "running.assembly", "x = isinstance(i, BubblesInitial)"),
    (rules.isinstance_on_classes, "spectral.column_sweep", "x = isinstance(d, LineDomain)"),
    (rules.isinstance_on_classes, "cli", "x = isinstance(LineDomain, Failure) or isinstance(x, InitialState)"),
    (rules.isinstance_on_classes, "doctor", "d = LineDomain(comm)\nx: BubblesInitial = kind.of(FileInitial)"),
    (rules.oversized, "cli", "x = 1\n" * 400),
    (rules.oversized, "cli", "def f() -> None:\n    '''Do it.\n" + "\n" * 60 + "    '''\n    return None\n"),
    (rules.oversized_median, "cli", "x = 1\n" * 150),
    (rules.undocumented, "cli", "def _f():\n    pass\nclass _C:\n    def __init__(self): pass"),
)


@pytest.fixture(scope="module")
def package() -> list[Module]:
    """All modules of the package."""
    modules = rules.read_modules(ROOT / rules.PACKAGE)
    assert len(modules) > 20
    return modules


@pytest.mark.parametrize("rule", PACKAGE_RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Rule, package: list[Module]) -> None:
    """No violation in the package."""
    assert rule(package) == []


@pytest.mark.parametrize("folder", ["tests", "scripts"])
@pytest.mark.parametrize("rule", RULES_EVERYWHERE, ids=lambda rule: rule.__name__)
def test_tests_and_scripts_keep_the_rules_of_size_and_documentation(rule: Rule, folder: str) -> None:
    """No violation beside the package."""
    modules = rules.read_modules(ROOT / folder)
    assert modules
    assert rule(modules) == []


@pytest.mark.parametrize(("rule", "name", "source", "complaint"), OFFENDERS)
def test_the_rule_catches_an_offender(rule: Rule, name: str, source: str, complaint: str) -> None:
    """One violation, named with its module."""
    modules = [Module(name, source), Module("running" if name != "running" else "cli", "")]
    (violation,) = rule([modules[0]] if rule is rules.oversized_median else modules)
    assert complaint in violation
    assert name in violation or rule is rules.oversized_median


@pytest.mark.parametrize(("rule", "name", "source"), INNOCENTS)
def test_the_rule_lets_the_innocent_pass(rule: Rule, name: str, source: str) -> None:
    """No false alarm."""
    assert rule([Module(name, source), Module("errors", "")]) == []


def test_a_cycle_is_found_through_functions_and_packages() -> None:
    """Three modules of one layer that import each other in a ring."""
    ring = [
        Module("output", "from .series import Series", is_package=True),
        Module("output.series", "from parallel_nls.output import fields"),
        Module("output.fields", "def f():\n    from . import Series"),
    ]
    (violation,) = rules.import_cycles(ring)
    assert "output.series" in violation
    assert "output.fields" in violation
    assert rules.import_cycles([*ring[:2], Module("output.fields", "import numpy")]) == []


def test_modules_are_read_with_their_names(tmp_path: Path) -> None:
    """Packages carry the name of their folder, the package itself the empty one."""
    (tmp_path / "output").mkdir()
    for name in ("__init__.py", "cli.py", "output/__init__.py", "output/series.py"):
        (tmp_path / name).write_text(f"# {name}\n")
    modules = {module.name: module for module in rules.read_modules(tmp_path)}
    assert set(modules) == {"", "cli", "output", "output.series"}
    assert modules["output"].is_package
    assert not modules["output.series"].is_package
    assert modules["cli"].source == "# cli.py\n"


def test_what_is_known_of_a_quantity_stands_with_it(package: list[Module]) -> None:
    """The catalogue collects it from the quantities: no dictionary of it begins with a name."""
    (catalogue,) = (module for module in package if module.name == "catalogue")
    keys = [key for node, _ in catalogue.nodes if isinstance(node, ast.Dict) for key in node.keys]
    assert [key.value for key in keys if isinstance(key, ast.Constant)] == []
    assert DIFFERENCED == {"modulation_parts": "chirp", "modulation_defect": "phase"}
    assert TERMS == {"local_terms": "local_acceleration"}


def test_importing_the_package_starts_no_mpi_and_loads_no_plots() -> None:
    """``import parallel_nls`` has no side effects: no MPI_Init, no matplotlib, xarray or pandas."""
    code = """
import sys
import parallel_nls
loaded = {"matplotlib", "xarray", "pandas"} & set(sys.modules)
started = "mpi4py.MPI" in sys.modules and sys.modules["mpi4py.MPI"].Is_initialized()
sys.exit(f"{loaded} {started}" if loaded or started else 0)
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
