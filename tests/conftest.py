"""How the tests run: one verdict on all MPI ranks, output from rank 0 only, communicators to test with."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration
    from parallel_nls.running.loop import RunOutcome
    from tests.one_rank import OneRank

ROOT = Path(__file__).resolve().parents[1]
# What --quick leaves out: whole runs, figures, and orders and errors at given work.
LONG = (
    "tests/bubbles/test_deviations.py", "tests/bubbles/test_kernel_flow.py", "tests/bubbles/test_linear_response.py",
    "tests/clients/", "tests/comparison/", "tests/config/test_mutations.py",
    "tests/docs/", "tests/elliptic/", "tests/equations/test_symmetries.py", "tests/figures/",
    "tests/half_wave/test_evolution.py", "tests/half_wave/test_line.py",
    "tests/hartree/test_angular_average.py", "tests/hartree/test_closures.py",
    "tests/hartree/test_evolutions.py", "tests/hartree/test_plane_waves.py", "tests/integrators/test_accuracy.py",
    "tests/integrators/test_collapse.py", "tests/integrators/test_exponential.py",
    "tests/integrators/test_own_symbol.py",
    "tests/integrators/test_precision.py", "tests/integrators/test_resonance.py",
    "tests/integrators/test_rounding.py", "tests/reports/", "tests/results/test_old_formats.py",
    "tests/running/test_edge.py",
    "tests/running/test_half_waves.py", "tests/running/test_hierarchies.py", "tests/running/test_identity_limit.py",
    "tests/running/test_local_identities.py", "tests/running/test_plane_mixtures.py",
    "tests/running/test_refinement.py", "tests/running/test_remainder.py",
    "tests/running/test_resonance.py", "tests/running/test_resume.py",
    "tests/running/test_same_bits.py", "tests/running/test_tripping_guards.py",
    "tests/spectral/test_own_processes.py", "tests/spectral/test_trigonometry.py", "tests/studies/",
    "tests/user_code/test_elementwise.py", "tests/user_code/test_user_equations.py", "tests/watching/",
)  # fmt: skip
# Seconds that a failed rank waits for the others, which may hang in a message that it never sent.
GRACE = float(os.environ.get("PARALLEL_NLS_TEST_GRACE", "20"))
SEVERAL = (2, 3, 4)
SELDOM = (20_000, 20, 20)
"""How many new objects, and how many younger generations, are waited for before garbage is looked for."""
OUTCOMES = ("passed", "skipped", "failed")
RANK_VARIABLES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
# Names a folder that the jobs of a suite share: there lies what one rank finds. It begins empty.
ONE_RANK_VARIABLE = "PARALLEL_NLS_TEST_ONE_RANK"

# A job that ends with another code than 0 is over; mpirun would look a second later whether its ranks are gone.
os.environ.setdefault("OMPI_MCA_odls_base_sigkill_timeout", "0")
# Every rank must draw the same examples, and a loaded machine must not fail a test by its clock.
hypothesis.settings.register_profile("same_on_all_ranks", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same_on_all_ranks")


class MutedReporter:
    """Stands in for the terminal reporter on ranks above 0; a time-out finds the writer in it."""

    def __init__(self, reporter: Any) -> None:
        self._tw = reporter._tw


class RankAgreement:
    """Makes all ranks see the same verdict on each phase of each test.

    Without it a rank that fails goes on to the next test alone, and its messages meet those of another test.

    Parameters
    ----------
    comm : Intracomm
        A communicator that nothing else uses.
    """

    def __init__(self, comm: Intracomm) -> None:
        self.comm = comm
        self.collection_errors: list[str] = []

    def exchange(self, value: int, seconds: float | None) -> list[int] | None:
        """Numbers of all ranks, or None if some rank does not come within ``seconds``."""
        from mpi4py import MPI
        from numpy import array, zeros

        mine, everyone = array([value], dtype="i8"), zeros(self.comm.size, dtype="i8")
        request = self.comm.Iallgather([mine, MPI.INT64_T], [everyone, MPI.INT64_T])
        start = time.monotonic()
        while not request.Test():
            if seconds is not None and time.monotonic() - start > seconds:
                return None
            time.sleep(0.0005)
        return [int(number) for number in everyone]

    def abort(self, reason: str) -> None:
        """End the job on all ranks with a message from this one."""
        sys.stderr.write(f"\n[rank {self.comm.rank} of {self.comm.size}] {reason}\n")
        sys.stderr.flush()
        self.comm.Abort(1)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Replace the report of this rank by the verdict of all."""
        report = yield
        failed = report.outcome == "failed"
        verdicts = self.exchange(OUTCOMES.index(report.outcome), GRACE if failed else None)
        if verdicts is None:
            self.abort(f"failed in {item.nodeid}; the others did not end it in {GRACE:g} s:\n{report.longreprtext}")
        elif len(set(verdicts)) > 1:
            self.disagree(report, verdicts)
        return report

    def disagree(self, report: pytest.TestReport, verdicts: list[int]) -> None:
        """Mark the report as failed and say in it what each rank saw."""
        summary = ", ".join(f"rank {rank} {OUTCOMES[verdict]}" for rank, verdict in enumerate(verdicts))
        texts = self.comm.allgather(report.longreprtext if report.outcome == "failed" else "")
        details = [f"[rank {rank}]\n{text}" for rank, text in enumerate(texts) if text]
        report.outcome = "failed"
        report.longrepr = "\n\n".join([f"The ranks disagree: {summary}", *details])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember an error of the collection on this rank."""
        if report.failed:
            self.collection_errors.append(report.longreprtext)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Refuse to start unless all ranks collected the same tests in the same order."""
        if self.exchange(len(self.collection_errors), GRACE) is None:
            self.abort("the other ranks did not collect their tests\n" + "\n".join(self.collection_errors))
        names = self.comm.allgather([item.nodeid for item in session.items])
        errors = self.comm.allgather(self.collection_errors)
        session.testsfailed = max(session.testsfailed, *(len(texts) for texts in errors))
        if self.comm.rank == 0 and not errors[0]:
            sys.stderr.writelines(f"\n{text}\n" for texts in errors for text in texts)
        if not any(errors) and any(other != names[0] for other in names):
            pytest.exit("the ranks collected different tests", returncode=pytest.ExitCode.INTERNAL_ERROR)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What daily work leaves out."""
    parser.addoption("--quick", action="store_true", help="leave out what takes long")


def numbers_of_ranks(item: pytest.Item) -> tuple[int, ...] | None:
    """Numbers of ranks on which a test runs, None for any.

    One of them is 1, since serial errors are found there, or they are all others: 1 would be compared with itself.

    Raises
    ------
    pytest.UsageError
        If they are others, or the test is none of MPI.
    """
    mark = item.get_closest_marker("ranks")
    if mark is None:
        return None
    known = mark.args == SEVERAL or (1 in mark.args and len(set(mark.args)) > 1)
    if not known or item.get_closest_marker("mpi") is None:
        raise pytest.UsageError(
            f"{item.nodeid}: ranks{mark.args} must name 1 and a larger number, or be {SEVERAL}, beside the mark mpi"
        )
    return mark.args


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has no place on so many ranks, and with --quick the files that take long."""
    numbers = {item: numbers_of_ranks(item) for item in items}
    kept = items[:]
    if config.getoption("--with-mpi"):
        from mpi4py.MPI import COMM_WORLD

        kept = [item for item in kept if COMM_WORLD.size in (numbers[item] or (COMM_WORLD.size,))]
    if config.getoption("--quick"):
        kept = [item for item in kept if not item.nodeid.split("::")[0].startswith(LONG)]
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


def pytest_sessionstart() -> None:
    """Look for no garbage while tests are collected: what they are made of stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave all that is there alone, and look at the rest less often: it took a fifth of the time of the tests."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Install the agreement of the ranks and silence the ranks above 0."""
    if not config.getoption("--with-mpi"):
        if any(int(os.environ.get(name, "1")) > 1 for name in RANK_VARIABLES):
            raise pytest.UsageError("under mpirun, pytest needs --with-mpi")
        return
    from mpi4py import MPI

    comm = MPI.COMM_WORLD.Dup()
    # Ranks that tidy up the same folder of temporary folders get into each other's way.
    folder = tempfile.mkdtemp(prefix="pytest-rank-")
    os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.pluginmanager.register(RankAgreement(comm), "rank-agreement")
    if comm.rank > 0:
        reporter = config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(MutedReporter(reporter), "terminalreporter")


@pytest.fixture
def comm() -> Iterator[Intracomm]:
    """All ranks, as a communicator of the test's own."""
    from mpi4py import MPI

    duplicate = MPI.COMM_WORLD.Dup()
    yield duplicate
    duplicate.Free()


@pytest.fixture
def first_ranks(comm: Intracomm) -> Iterator[Callable[[int], Intracomm | None]]:
    """A function: the communicator of the first ``count`` ranks, None on the others (collective)."""
    made: list[Intracomm] = []

    def split(count: int) -> Intracomm | None:
        """Split off the first ``count`` ranks."""
        from mpi4py import MPI

        part = comm.Split(0 if comm.rank < count else MPI.UNDEFINED, comm.rank)
        if not isinstance(part, MPI.Intracomm) or part == MPI.COMM_NULL:
            return None
        made.append(part)
        return part

    yield split
    for part in made:
        part.Free()


@pytest.fixture
def shared_path(comm: Intracomm, tmp_path: Path) -> Path:
    """A temporary directory that is the same on all ranks."""
    return Path(comm.bcast(str(tmp_path)))


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Configuration], tuple[RunOutcome, Path]]]:
    """A function (collective): outcome and directory of a run on all ranks, made once a session; only to be read."""
    from mpi4py import MPI

    from parallel_nls.running.run import run

    everyone = MPI.COMM_WORLD.Dup()
    folder = Path(everyone.bcast(str(tmp_path_factory.mktemp("whole"))))
    made: dict[str, tuple[RunOutcome, Path]] = {}

    def make(config: Configuration) -> tuple[RunOutcome, Path]:
        """Run it unless it was run before."""
        text = config.complete_toml()
        if text not in made:
            root = folder / str(len(made))
            made[text] = run(config, everyone, root), root
            everyone.Barrier()
        return made[text]

    yield make
    everyone.Free()


@pytest.fixture(scope="session")
def one_rank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what one rank finds: that of the suite, or a temporary one of these tests."""
    from mpi4py.MPI import COMM_WORLD

    return Path(COMM_WORLD.bcast(os.environ.get(ONE_RANK_VARIABLE) or str(tmp_path_factory.mktemp("one rank"))))


@pytest.fixture
def one_rank(request: pytest.FixtureRequest, comm: Intracomm, one_rank_folder: Path) -> OneRank:
    """What one rank finds, against which this job is held."""
    from tests.one_rank import OneRank

    return OneRank(comm, one_rank_folder, request.node.nodeid)


@pytest.fixture
def mpirun() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function: run a command on ``ranks`` ranks and return its exit code and output."""

    def launch(
        ranks: int, *command: str, timeout: float = 100.0, cwd: Path = ROOT, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` under mpirun, as a job of its own that ends within ``timeout`` seconds."""
        # A process in which MPI was initialised hands down its own job's variables; mpirun must not see them.
        foreign = ("OMPI_COMM", "PMIX", "PRTE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        inherited["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
        script = '. "$0" && exec timeout -k 5 "$1" mpirun $(mpirun_options "$2") "${@:3}"'
        arguments = ["bash", "-c", script, str(ROOT / "scripts/mpi-env"), str(timeout), str(ranks), *command]
        return subprocess.run(
            arguments, cwd=cwd, env=inherited | (env or {}), capture_output=True, text=True, check=False
        )

    return launch
