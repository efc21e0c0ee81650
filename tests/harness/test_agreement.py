"""The verdict of a test is the same on all ranks, whatever happens on one of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.conftest import numbers_of_ranks

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

TESTS = Path(__file__).resolve().parents[1]
Launch = Callable[..., subprocess.CompletedProcess[str]]

HEADER = """
import pytest
from mpi4py import MPI
COMM = MPI.COMM_WORLD
pytestmark = pytest.mark.mpi
"""


@pytest.fixture
def run_on_ranks(tmp_path: Path, mpirun: Launch) -> Launch:
    """A function: run test source under pytest on some ranks, with this project's conftest."""
    shutil.copy(TESTS / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")

    def run(source: str, ranks: int = 2, grace: str = "20", timeout: str = "60") -> subprocess.CompletedProcess[str]:
        """Write the source to a test file and run it."""
        (tmp_path / "test_sample.py").write_text(HEADER + source)
        limits = ["--timeout-method=thread", "--timeout", timeout]
        command = [sys.executable, "-m", "pytest", "-v", "--with-mpi", "--color=no", *limits]
        environment = {"PARALLEL_NLS_TEST_GRACE": grace, "PYTHONDONTWRITEBYTECODE": "1"}
        return mpirun(ranks, *command, cwd=tmp_path, env=environment)

    return run


def counts(output: str) -> dict[str, int]:
    """Numbers in pytest's last line, which only rank 0 may print."""
    (line,) = re.findall(r"^=+ (.*) in [0-9.]+s.* =+$", output, flags=re.MULTILINE)
    return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|deselected|errors?)", line)}


def verdicts(output: str) -> dict[str, str]:
    """What pytest says of each test."""
    return dict(re.findall(r"^test_sample\.py::test_(\w+) ([A-Z]+) ", output, flags=re.MULTILINE))


def test_a_test_fails_on_all_ranks_or_on_none_and_the_next_tests_run(run_on_ranks: Launch) -> None:
    """Where one rank fails, in the test or in a fixture, or skips it; the others wait for the verdict.

    They see the traceback of that rank, none enters a test whose fixture failed elsewhere, and the next test starts in
    step. What has no place on three ranks is left out.
    """
    result = run_on_ranks(
        """
def test_before():
    assert COMM.allreduce(1) == COMM.size

def test_bad():
    assert COMM.rank != 1, "only here"

def test_after_the_bad():
    assert COMM.allreduce(COMM.rank) == 3

@pytest.fixture
def resource():
    if COMM.rank == 2:
        raise OSError("disk of rank 2")

def test_without_resource(resource):
    COMM.Barrier()

def test_after_the_fixture():
    COMM.Barrier()

def test_mixed():
    if COMM.rank == 0:
        pytest.skip("not here")

def test_after_the_mixed():
    COMM.Barrier()

@pytest.mark.ranks(1, 3)
def test_here():
    COMM.Barrier()

@pytest.mark.ranks(1, 2, 4)
def test_elsewhere():
    raise AssertionError
""",
        ranks=3,
    )
    assert result.returncode != 0
    found = verdicts(result.stdout)
    wrong = {"bad": "FAILED", "without_resource": "ERROR", "mixed": "FAILED"}
    good = ("before", "after_the_bad", "after_the_fixture", "after_the_mixed", "here")
    assert found == dict.fromkeys(good, "PASSED") | wrong
    assert counts(result.stdout) == {"passed": 5, "failed": 2, "error": 1, "deselected": 1}
    assert "rank 0 passed, rank 1 failed, rank 2 passed" in result.stdout
    assert "only here" in result.stdout
    assert "disk of rank 2" in result.stdout
    assert "rank 0 skipped, rank 1 passed, rank 2 passed" in result.stdout


def test_a_rank_that_fails_while_others_wait_for_its_message_ends_the_job(run_on_ranks: Launch) -> None:
    """The failed rank tells its traceback and aborts long before the time-out."""
    start = time.monotonic()
    result = run_on_ranks(
        """
def test_hang():
    if COMM.rank == 1:
        raise ValueError("never came to the barrier")
    COMM.Barrier()
""",
        grace="0.3",
    )
    assert result.returncode != 0
    assert "never came to the barrier" in result.stderr
    assert time.monotonic() - start < 50


def test_a_hang_on_all_ranks_ends_at_the_time_limit(run_on_ranks: Launch) -> None:
    """The stack of the waiting thread is shown."""
    result = run_on_ranks(
        """
def test_hang():
    COMM.recv(source=COMM.rank)
""",
        timeout="1",
    )
    assert result.returncode != 0
    assert "COMM.recv(source=COMM.rank)" in result.stdout + result.stderr


def test_a_collection_error_on_one_rank_stops_all(run_on_ranks: Launch) -> None:
    """No test starts, and the error of the other rank is shown."""
    result = run_on_ranks("""
if COMM.rank == 1:
    raise ImportError("missing on rank 1")

def test_fine():
    COMM.Barrier()
""")
    assert result.returncode != 0
    assert "missing on rank 1" in result.stdout + result.stderr
    assert "1 passed" not in result.stdout


def test_mpirun_without_the_option_is_refused(mpirun: Launch) -> None:
    """Without --with-mpi the ranks would run apart from each other."""
    result = mpirun(2, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "nothing")
    assert result.returncode != 0
    assert "--with-mpi" in result.stderr


class MarkedItem:
    """Stands in for a test with marks."""

    nodeid = "test_sample.py::test_marked"

    def __init__(self, *marks: pytest.MarkDecorator) -> None:
        self.marks = {decorator.mark.name: decorator.mark for decorator in marks}

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        """As of a test."""
        return self.marks.get(name)


def test_numbers_of_ranks_are_one_and_a_larger_one() -> None:
    """Any without the mark, all but 1 where 1 proves nothing; other numbers, and what is not of MPI, are refused."""

    def numbers(*marks: pytest.MarkDecorator) -> tuple[int, ...] | None:
        """Those of a test with these marks."""
        return numbers_of_ranks(cast(pytest.Item, MarkedItem(*marks)))

    mark = pytest.mark
    assert numbers(mark.mpi) is None
    assert numbers(mark.mpi, mark.ranks(1, 3)) == (1, 3)
    assert numbers(mark.mpi, mark.ranks(2, 3, 4)) == (2, 3, 4)
    for wrong in (
        [mark.mpi, mark.ranks(2, 3)],
        [mark.mpi, mark.ranks(1)],
        [mark.mpi, mark.ranks()],
        [mark.ranks(1, 3)],
    ):
        with pytest.raises(pytest.UsageError, match=r"test_marked: .* must name 1 and a larger number"):
            numbers(*wrong)


@pytest.mark.mpi
def test_communicators_of_the_first_ranks(comm: Intracomm, first_ranks: Callable[[int], Intracomm | None]) -> None:
    """``first_ranks`` gives the first ranks a communicator of that size and the others None."""
    size, rank = comm.size, comm.rank
    for count in range(1, size + 1):
        part = first_ranks(count)
        assert (part is None) == (rank >= count)
        assert part is None or part.size == count


@pytest.mark.mpi
def test_the_shared_path_is_one_directory(comm: Intracomm, shared_path: Path) -> None:
    """What one rank writes the others read."""
    (shared_path / f"rank{comm.rank}").touch()
    comm.Barrier()
    assert len(list(shared_path.iterdir())) == comm.size
