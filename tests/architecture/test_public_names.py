"""The public names of the package: one list of them, which type checkers and completion see as well."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import parallel_nls
from tests.conftest import ROOT

SCRIPT = """\
from pathlib import Path

from mpi4py import MPI

import parallel_nls
from parallel_nls import Bubble, BubbleSum, Simulation, Soliton, ground_state, load_configuration, open_run, run

config = load_configuration("two_bubbles", ["time.stop=-0.4"])
simulation = Simulation(config, MPI.COMM_WORLD)
simulation.advance(2)
outcome = run(config, MPI.COMM_WORLD, Path("runs/two_bubbles"))
results = open_run("runs/two_bubbles")

reveal_type(config)
reveal_type(config.equation.is_critical)
reveal_type(config.initial.blowup_time)
reveal_type(simulation)
reveal_type(outcome.exit_code)
reveal_type(results.series)
reveal_type(results.columns["mass"].attributes)
reveal_type(Bubble((0.0, 0.0), frequency=1.5).frequency)
reveal_type(BubbleSum([Bubble((-2.0, 0.0)), Bubble((2.0, 0.0))], 0.0))
reveal_type(Soliton((1.0,), (0.0,)))
reveal_type(ground_state(2).peak)
reveal_type(parallel_nls.__version__)
"""
TYPES = [
    "parallel_nls.config.configuration.Configuration",
    "bool",
    "float | None",
    "parallel_nls.running.simulation.Simulation",
    "int",
    "xarray.core.dataset.Dataset",
    "dict[str, str]",
    "float",
    "parallel_nls.profiles.bubbles.BubbleSum",
    "parallel_nls.profiles.solitons.Soliton",
    "float",
    "str",
]


def imported_for_type_checkers() -> dict[str, str]:
    """Public names, and the modules that they come from where a type checker looks."""
    tree = ast.parse(Path(parallel_nls.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    found = [item for block in blocks for item in block.body if isinstance(item, ast.ImportFrom)]
    return {alias.name: str(item.module) for item in found for alias in item.names}


def test_there_is_one_list() -> None:
    """What is loaded when it is used, what is told to type checkers, and what is exported."""
    table: dict[str, str] = vars(parallel_nls)["_NAMES"]
    assert imported_for_type_checkers() == table
    assert sorted(parallel_nls.__all__) == sorted([*table, "__version__"])
    for name, module in table.items():
        assert getattr(parallel_nls, name) is vars(import_module(module))[name]
    with pytest.raises(AttributeError, match="no attribute 'Simulaton'"):
        getattr(parallel_nls, "Simulaton")  # noqa: B009


def test_completion_knows_all_names() -> None:
    """In a fresh interpreter, where none is loaded; listing them loads nothing."""
    code = (
        "import sys, parallel_nls; names = dir(parallel_nls);"
        "assert set(parallel_nls.__all__) == set(names), names;"
        "sys.exit(sorted({'mpi4py', 'numba', 'h5py', 'numpy'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_types_are_shipped() -> None:
    """Without the marker type checkers would not look at an installed package."""
    assert (Path(parallel_nls.__file__).parent / "py.typed").is_file()
    assert '"py.typed"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.timeout(400)  # the first time; later it takes seconds
def test_a_user_gets_types(tmp_path: Path) -> None:
    """``mypy --strict`` on a script of a user; a cache of its own, as the package may be checked at the same time."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy_cache/user_script", str(script)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r'Revealed type is "(.*)"', done.stdout) == TYPES
