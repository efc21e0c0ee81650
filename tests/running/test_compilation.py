"""A run says once that code is compiled, on the terminal and in the log, and only if it is."""

from __future__ import annotations

import errno
import importlib.util
import itertools
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest
from mpi4py import MPI
from numba.core.caching import CacheImpl, IndexDataCacheFile, _CacheLocator
from numba.core.dispatcher import Dispatcher

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.numerics.code_cache import REMEDY, on_first_compilation
from parallel_nls.running.compilation import TEXT
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.support import small_run

SOURCE = """
from parallel_nls.numerics.compiled import kernel

@kernel
def twice(x):
    return 2.0 * x

@kernel
def thrice(x):
    return 3.0 * x
"""
NEVER_KEPT = "__source_is_not_in_its_file__ = True\n"
PARTS = {
    "parts_low": """
from llvmlite import ir
import numba
from numba.extending import intrinsic

def emitted(builder, x):
    return builder.fadd(x, ir.Constant(ir.DoubleType(), 1.0))

@intrinsic
def raised(_context, x):
    return numba.float64(numba.float64), lambda _context, builder, _signature, given: emitted(builder, given[0])
""",
    "parts_middle": """
import parts_low
from parallel_nls.numerics.compiled import kernel

raised = parts_low.raised

@kernel
def middle(x):
    return 10.0 * raised(x)
""",
    "parts_plain": "TENS = 1.0\n",
    "parts_high": """
from parallel_nls.numerics.compiled import kernel
from parts_middle import middle
from parts_plain import TENS

@kernel
def high(x):
    return TENS * middle(x)
""",
}
NUMBERS = itertools.count()


def loaded(folder: Path, text: str = SOURCE, name: str = "kernels") -> Any:
    """The module anew: its kernels know nothing but what is on the disk."""
    path = folder / f"{name}.py"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"{name}_{next(NUMBERS)}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def times_said(work: Callable[[], object]) -> int:
    """How often it is said while something is done."""
    said: list[int] = []
    with on_first_compilation(lambda: said.append(1)):
        work()
    return len(said)


def test_it_is_said_once_and_only_if_it_is_so(tmp_path: Path) -> None:
    """Two kernels that are new; then they are in the cache; then one is called with another type."""
    module = loaded(tmp_path)
    assert times_said(lambda: (module.twice(1.0), module.thrice(1.0))) == 1
    assert times_said(lambda: module.twice(2.0)) == 0
    again = loaded(tmp_path)
    assert times_said(lambda: (again.twice(1.0), again.thrice(1.0))) == 0
    assert times_said(lambda: again.twice(1)) == 1


@pytest.mark.parametrize("where", ["full", "nowhere", "gone"])
def test_what_the_disk_does_not_take_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whatever refuses it, as a quota or folders that cannot be written: it is compiled every time, and said once."""
    refused, said = list[str](), list[str]()
    monkeypatch.setattr("parallel_nls.numerics.code_cache._REFUSED", refused)
    if where == "full":
        monkeypatch.setattr(IndexDataCacheFile, "_open_for_write", full)
    elif where == "nowhere":
        monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    for _ in range(2):
        module = loaded(tmp_path)
        if where == "gone":  # since the kernels were loaded
            monkeypatch.setattr(_CacheLocator, "ensure_cache_path", full)
        with on_first_compilation(lambda: None, said.append):
            assert (module.twice(1.0), module.thrice(1.0)) == (2.0, 3.0)
    assert len(said) == 2
    assert said[0].startswith("compiled code cannot be kept (")
    assert ("no folder is left" if where == "nowhere" else "No space left on device") in said[0]
    assert said[0].endswith(REMEDY)


def full(*_: Any) -> None:
    """A file on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_never_kept_is_not_spoken_of(tmp_path: Path) -> None:
    """A user's kernels, whose source is not in the file of its name, are compiled in every run."""
    module = loaded(tmp_path, NEVER_KEPT + SOURCE, "passing")
    assert times_said(lambda: module.twice(1.0)) == 0


def test_a_run_says_it_behind_its_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the initial data are placed there is no log yet: both lines come there when it is begun."""

    def compiling(*arguments: Any) -> Any:
        """A simulation whose kernels are not there yet."""
        loaded(tmp_path, name=f"kernels{next(NUMBERS)}").twice(1.0)
        return Simulation(*arguments)

    monkeypatch.setattr("parallel_nls.running.opening.Simulation", compiling)
    overrides = ["grid.points=256", "grid.length=40.0", "time.tolerance=1e-5", "time.stop=0.02"]
    config = load_configuration("two_solitons_1d", overrides)
    for quiet in (False, True):
        root = tmp_path / f"quiet {quiet}"
        assert run(config, MPI.COMM_SELF, root, quiet=quiet).exit_code == DONE
        log = [line[21:] for line in (root / "log.txt").read_text(encoding="utf-8").splitlines()]
        assert log[0].startswith("Two solitons on the line: 256 points")
        assert log[1] == TEXT
        assert log.count(TEXT) == 1
        assert capsys.readouterr().out.splitlines()[:2] == ([] if quiet else log[:2])


def signatures() -> dict[str, int]:
    """How many types of arguments each kernel of the package has met."""
    return {
        f"{module.__name__}.{name}": len(value.signatures)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith("parallel_nls")
        for name, value in vars(module).items()
        if isinstance(value, Dispatcher)
    }


def test_few_lines_are_of_the_same_types_as_many() -> None:
    """A share of one block of lines, as on many ranks, takes the kernels of a share of several, as on one."""
    families, counts = "diagnostics.families=['conserved','virial','modulation','functionals','localized']", []
    for points in (64, 32, 21):
        tolerance = ("time.step=off", "time.tolerance=1e-3", "time.frame=0.0025")
        config = small_run(families, f"grid.points=[{points},{points}]", *tolerance)
        simulation = Simulation(config, MPI.COMM_SELF)
        simulation.measure()
        simulation.step()
        simulation.measure()
        counts.append(signatures())
        simulation.close()
    assert sum(counts[0].values()) > 10
    assert counts[1] == counts[0]
    assert counts[2] == counts[0]


def test_a_folder_of_the_cache_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many kernels are in it; and again where it is gone."""
    made: list[str] = []
    plain = tempfile.TemporaryFile

    def counting(*arguments: Any, **options: Any) -> Any:
        """Count the files that are made to try a folder."""
        made.append(options["dir"])
        return plain(*arguments, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", counting)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # bytecode would bring the folder back
    module = loaded(tmp_path)
    assert module.twice(1.0) == 2.0
    assert module.thrice(1.0) == 3.0
    assert len(made) == 1
    shutil.rmtree(made[0])
    assert loaded(tmp_path).twice(1.0) == 2.0
    assert len(made) == 2


def test_code_is_made_anew_when_what_it_is_made_of_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A kernel whose own file is the same: of instructions, kernels and constants of others; else it is kept."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    texts = dict(PARTS)

    def forgotten() -> None:
        """No module is loaded."""
        for name in texts:
            sys.modules.pop(name, None)

    def high() -> tuple[float, int]:
        """The kernel of a process that loads the files as they are, at 0; how often it has compiled."""
        forgotten()
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        function = importlib.import_module("parts_high").high
        value = float(function(0.0))
        return value, sum(function.stats.cache_misses.values())

    request.addfinalizer(forgotten)
    assert high() == (10.0, 1)
    assert high() == (10.0, 0)
    texts["parts_low"] = texts["parts_low"].replace("1.0", "2.0")
    assert high() == (20.0, 1)
    texts["parts_middle"] = texts["parts_middle"].replace("10.0", "30.0")
    assert high() == (60.0, 1)
    texts["parts_plain"] = "TENS = 7.0\n"
    assert high() == (420.0, 1)
    assert high() == (420.0, 0)


@pytest.mark.parametrize("damage", ["index", "code", "names"])
def test_what_cannot_be_read_of_a_cache_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """Files that are cut short, and an index with a type that is no longer here: then all is kept again."""
    monkeypatch.setattr("sys.pycache_prefix", None)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    kept = loaded(tmp_path).twice
    assert kept(1.0) == 2.0
    (index,), (code,) = tmp_path.rglob("*twice*.nbi"), tmp_path.rglob("*twice*.nbc")
    if damage == "names":
        version = pickle.dumps(numba.__version__, protocol=-1)
        index.write_bytes(version + b"cparallel_nls.numerics.lanes\n_NoSuchType\n.")
    else:
        path = index if damage == "index" else code
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    calls = list[int]()
    for compiled in (True, False):
        with on_first_compilation(lambda: calls.append(1)):
            assert loaded(tmp_path).twice(1.0) == 2.0
        assert bool(calls) == compiled
        calls.clear()
