"""Following a run: what is seen, when it ends, and that nothing of the run is touched."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from parallel_nls.errors import StorageError, UserError
from parallel_nls.output.run_lock import RunLock, holder_of
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.run_log import notices, progress_of, read_log
from parallel_nls.running.progress import Reporter
from parallel_nls.watching import observation
from parallel_nls.watching.braille import curve
from parallel_nls.watching.following import watch
from parallel_nls.watching.observation import Checkpoint, Observer
from parallel_nls.watching.picture import draw
from tests.conftest import ROOT
from tests.stored_runs import end_run, rows, store_run, write_series

TIMES = np.linspace(-2.0, -1.5, 11)
NOW = datetime(2026, 1, 2, 3, 4, 12)
LOG = (
    "2026-01-02 03:04:05  One bubble: 32 × 24 points on 1 rank, 10 steps from t = -2 to -1.5, into run\n"
    "2026-01-02 03:04:06  warning: the nodes have different processors\n"
    "2026-01-02 03:04:10  step 7 of 10  t = -1.65  sup|u| = 0.5  elapsed 0:00:05  left 0:01:07\n"
)


def columns(count: int) -> dict[str, ArrayLike]:
    """So many rows."""
    times = TIMES[:count]
    return rows(times, mass=2 + 1e-12 * (times + 2), sup_norm=-1 / times)


@pytest.fixture
def going_on(tmp_path: Path) -> Iterator[Path]:
    """A run whose job is this process."""
    root = store_run(
        tmp_path / "run", columns(6), "title='One \x1b[31mbubble'".replace("\x1b", "\\u001b").replace("'", '"')
    )
    RunPaths(root).log.write_text(LOG, encoding="utf-8")
    lock = RunLock(RunPaths(root).lock)
    lock.take()
    yield root
    lock.release()


def contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """All files of a run with their times and bytes."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_picture_tells_how_far_a_run_is(going_on: Path) -> None:
    """Bar, time left as of now, step by the log where it is newer than the rows, notices; no line is too long."""
    before = contents(going_on)
    look = Observer(RunPaths(going_on)).look()
    lines = [line.text for line in draw(look, None, NOW, (60, 30))]
    assert lines[0] == "One \\x1b[31mbubble"
    assert lines[1].startswith("a job is working on it: process")
    assert lines[2] == "█" * 21 + "░" * 9 + " 70.0%  left 0:01:05"
    assert lines[3] == "t = -1.75 of -2 to -1.5, step 7 of 10, 6 rows"
    assert lines[4] == "no checkpoint yet"
    assert [line.split()[0] for line in lines[5:-1:2]] == ["sup_norm", "drift"]
    assert lines[-1] == "03:04:06  warning: the nodes have different processors"
    assert max(map(len, lines)) <= 60
    assert contents(going_on) == before
    short = draw(look, None, NOW, (30, 8))
    assert len(short) == 8
    assert max(len(line.text) for line in short) <= 30


def test_the_time_of_a_remainder_is_s_throughout(tmp_path: Path) -> None:
    """Of its last row, and of its checkpoint."""
    root = store_run(tmp_path / "run", rows([12.0, 11.5], sup_norm=[1e-9, 2e-9]), example="remainder_1d")
    look = replace(Observer(RunPaths(root)).look(), checkpoint=Checkpoint(100, 11.5, NOW))
    told = [line.text for line in draw(look, None, NOW, (80, 30))]
    assert any(line.startswith("s = 11.5 of 12 to 1.5") for line in told)
    assert "checkpoint at s = 11.5, step 100, 0:00:00 ago" in told


def test_what_the_job_writes_of_its_progress_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of the reporter itself, of fixed steps and of a tolerance, and its begin and end among notices."""
    paths = RunPaths(store_run(tmp_path / "run", None))
    clock = iter(np.arange(0.0, 10000.0, 61.0).tolist())
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with Reporter(paths.log, 10, active=True, quiet=True) as reporter:
        reporter.say("noticed\nin two lines")
        for step in range(1, 6):
            reporter.step(step, step, -2 + step / 20, {"sup_norm": 1.0})
        fixed = progress_of(read_log(paths))
        for step in range(1, 6):
            reporter.step(3 * step, step / 2, -2 + step / 40, {"sup_norm": 1.0}, 1 / step)
    adaptive = progress_of(read_log(paths))
    assert fixed is not None
    assert adaptive is not None
    assert (fixed.step, fixed.share, fixed.time, fixed.at_least) == (5, 0.5, -1.75, False)
    assert fixed.seconds_left is not None
    assert fixed.seconds_left > 0
    assert (adaptive.step, adaptive.share) == (15, 0.25)
    with Reporter(paths.log, 10, active=True, quiet=True, symbol="s") as reporter:
        for step in range(1, 4):
            reporter.step(step, step, 12 - step, {"sup_norm": 1.0})
    of_a_remainder = progress_of(read_log(paths))
    assert of_a_remainder is not None
    assert of_a_remainder.time == 9.0
    assert [line.text for line in notices(read_log(paths))] == ["noticed\nin two lines"]


def test_the_lock_tells_who_holds_it_and_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that lives, one that does not, one of the same number that is younger, another machine, no lock.

    Nobody holds the copy of a lock; and a clock that was set forward since makes no holder younger than it is.
    """
    path = tmp_path / ".lock"
    assert holder_of(path) == (False, "")
    lock = RunLock(path)
    lock.take()
    held, said = holder_of(path)
    assert held
    assert said.startswith(f"process {os.getpid()} on ")
    (tmp_path / "copy").write_text(said)
    assert holder_of(tmp_path / "copy") == (False, said)
    os.utime(path, (1.0, 1.0))
    assert holder_of(path)[0] is True
    with monkeypatch.context() as unseen:  # the files of another user's process
        unseen.setattr("parallel_nls.output.run_lock._has_open", lambda *_: None)
        assert holder_of(path)[0] is False
        os.utime(path)
        assert holder_of(path)[0] is True
    lock.release()
    path.write_text(said.replace(str(os.getpid()), "999999999"))
    assert holder_of(path)[0] is False
    path.write_text("process 1 on another\n")
    assert holder_of(path) == (None, "process 1 on another")


def test_curves_are_drawn_dot_by_dot() -> None:
    """Through all values of a column, and from one to the next; decades are logarithmic; nothing is drawn of NaN."""
    places = np.linspace(0.0, 1.0, 8)
    assert curve(places, places, 4, 1) == (["⣀⠤⠒⠉"], False)
    assert curve(places, 10.0 ** (5 * places), 4, 1) == (["⣀⠤⠒⠉"], True)
    assert curve(places, -places, 4, 1) == (["⠉⠒⠤⣀"], False)
    assert curve(places[[0, -1]], places[[0, -1]], 4, 1) == (["⣀⠤⠒⠉"], False)
    assert curve(places, np.full(8, np.nan), 3, 1) == (["⠀⠀⠀"], False)
    assert curve(places, np.ones(8), 4, 1)[0] == ["⠒⠒⠒⠒"]
    assert curve(np.zeros(2), np.array([0.0, 1.0]), 1, 1)[0][0] != "⠀"


def test_a_series_that_is_just_being_replaced_is_read_again(going_on: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken file for a moment: read once more; for longer: the rows before stand, and the picture says so."""
    paths = RunPaths(going_on)
    observer = Observer(paths)
    assert observer.look().rows == 6
    whole = paths.series.read_bytes()
    paths.series.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(time, "sleep", lambda _: write_series(paths, columns(8)))
    assert observer.look().rows == 8
    paths.series.write_bytes(whole[:100])
    monkeypatch.setattr(time, "sleep", lambda _: None)
    look = observer.look()
    assert look.rows == 8
    assert "cannot be read" in look.stale
    assert any("shown are the rows read before" in line.text for line in draw(look, None, NOW, (80, 30)))


def test_a_damaged_series_is_not_said_to_be_written(going_on: Path) -> None:
    """Where no job works on the run any more; nor does a damaged line of the log end the look."""
    paths = RunPaths(going_on)
    end_run(going_on)
    paths.series.write_bytes(paths.series.read_bytes()[:100])
    paths.log.write_text(f"{LOG}2026-99-99 03:04:10  damaged\n", encoding="utf-8")
    texts = [line.text for line in draw(Observer(paths).look(), None, NOW, (300, 30))]
    assert any(f"{paths.series} cannot be read" in text for text in texts)
    assert not any("is being written:" in text for text in texts)


def test_reading_while_rows_are_added_never_fails(going_on: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the writer of a run in another process; a reader never sees fewer rows than before."""
    program = (
        "import sys; from pathlib import Path; from parallel_nls.diagnostics.quantity import Quantity;"
        "from parallel_nls.output.series import SeriesWriter;"
        "q = [Quantity(n, 'own', (), n, n, n) for n in 'abcdef']; w = SeriesWriter(Path(sys.argv[1]), q);"
        "[w.append(float(i), i, dict.fromkeys('abcdef', float(i))) for i in range(300)]; w.close()"
    )
    paths = RunPaths(going_on)
    paths.series.unlink()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    monkeypatch.setattr(observation, "_PAUSE", 0.002)
    with subprocess.Popen([sys.executable, "-c", program, str(paths.series)], env=environment) as writer:
        observer, seen = Observer(paths), [0]
        while writer.poll() is None:
            look = observer.look()
            seen.append(look.rows)
            if look.rows:
                assert np.array_equal(look.columns["time"].values, np.arange(float(look.rows)))
    assert writer.returncode == 0
    assert observer.look().rows == 300
    assert seen == sorted(seen)


def follow(root: Path, monkeypatch: pytest.MonkeyPatch, changes: list[Callable[[], None]]) -> str:
    """What is written while a run is followed without a terminal; before each look but the first a change is made."""
    output, pending = io.StringIO(), iter(changes)
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(time, "sleep", lambda _: next(pending)())
    assert watch(root) == 0
    return output.getvalue()


def test_lines_for_who_is_no_terminal(going_on: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and rows as they come, each once, and the end; then it ends itself."""
    paths = RunPaths(going_on)

    def say() -> None:
        """One more message, and two rows."""
        with paths.log.open("a", encoding="utf-8") as log:
            log.write("2026-01-02 03:05:00  noticed\n2026-01-02 03:05:01  step 8 of 10  t = 1  x  elapsed 0:00:09\n")
        write_series(paths, columns(8))

    def end() -> None:
        """The end of a run."""
        write_series(paths, columns(11))
        with paths.log.open("a", encoding="utf-8") as log:
            log.write("2026-01-02 03:06:00  done at t = -1.5 after 10 steps in 0.5 s: stop time reached\n")
        end_run(going_on)

    lines = follow(going_on, monkeypatch, [say, lambda: None, end]).splitlines()
    assert lines[0].startswith("One \\x1b[31mbubble: a job is working on it: process ")
    assert [line[:7] for line in lines[1:]] == [
        "One bub",
        "warning",
        "t = -1.",
        "noticed",
        "t = -1.",
        "done at",
        "t = -1.",
    ]
    assert lines[5].startswith("t = -1.65  step 7  sup_norm = 0.606061  drift of mass = 1.7e-13")


def test_a_run_that_is_killed_ends_the_watch_at_the_second_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that is just beginning has a lock by then."""
    root = store_run(tmp_path / "run", columns(3))
    said = follow(root, monkeypatch, [lambda: None])
    assert said.count("ended without a word") == 2


@pytest.mark.parametrize(("known", "told", "between"), [(3, "1e-06", "1e-06…3e-06"), (0, "nan", "not known yet")])
def test_derivatives_are_told_as_far_as_they_are_known(tmp_path: Path, known: int, told: str, between: str) -> None:
    """Those of the newest rows are not, while a run goes on; of the first ones none is."""
    values = np.where(np.arange(6) < known, [3e-6, 2e-6, 1e-6, 0, 0, 0], np.nan)
    root = store_run(tmp_path / "run", rows(TIMES[:6], mass=np.ones(6), virial_residual=values))
    look = Observer(RunPaths(root)).look()
    drawn = [line.text for line in draw(look, ["virial_residual"], NOW, (80, 30))]
    place = next(k for k, line in enumerate(drawn) if line.startswith("virial_residual"))
    assert drawn[place].split()[1] == told
    assert drawn[place + 1].strip().startswith(between)


def test_what_is_infinite_is_known(tmp_path: Path) -> None:
    """As times of collapse where no theorem applies."""
    root = store_run(tmp_path / "run", rows(TIMES[:6], virial_time=np.full((6, 2), np.inf)))
    drawn = [line.text for line in draw(Observer(RunPaths(root)).look(), ["virial_time"], NOW, (80, 30))]
    place = next(k for k, line in enumerate(drawn) if line.startswith("virial_time"))
    assert drawn[place].split()[1] == "inf"
    assert drawn[place + 1].split()[0] == "infinite"


def test_quantities_are_chosen_and_named_wrongly(going_on: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only these are drawn; one that is not there is refused with those that are."""
    assert watch(going_on, ["mass"], once=True) == 0
    assert "drift" not in capsys.readouterr().out
    with pytest.raises(UserError, match=r"quantity 'masss': not in the series.*there are: mass, sup_norm"):
        watch(going_on, ["masss"], once=True)
    with pytest.raises(UserError, match="there is no run directory"):
        watch(going_on / "absent")


def test_a_reader_that_leaves_ends_it(going_on: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As head does: exit code 0, and nothing is said of it; a full disk is told."""

    class Ended(io.StringIO):
        """An output that takes no more."""

        def flush(self) -> None:
            """Refuse."""
            raise refusal

    monkeypatch.setattr(sys, "stdout", Ended())
    monkeypatch.setattr("parallel_nls.watching.following.let_go_of_output", lambda: None)
    refusal: OSError = BrokenPipeError()
    assert watch(going_on) == 0
    refusal = OSError(28, "No space left on device")
    with pytest.raises(StorageError, match="No space left"):
        watch(going_on)


def test_a_terminal_shows_a_picture_until_ctrl_c(going_on: Path) -> None:
    """In a process of its own on a pseudo-terminal; interrupted, it leaves quietly with the picture."""
    leader, follower = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "from parallel_nls.cli import main; main()",
        "watch",
        str(going_on),
        "--every",
        "0.2",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=follower, env=environment) as process:
        os.close(follower)
        seen, until = b"", time.monotonic() + 60
        while b"sup_norm" not in seen and time.monotonic() < until:
            seen += os.read(leader, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    text = seen.decode()
    assert "70.0%" in text
    assert "Traceback" not in text
    os.close(leader)


def test_the_time_left_runs_down(going_on: Path) -> None:
    """From when the job said it, to 0; none of a run that has ended."""
    look = Observer(RunPaths(going_on)).look()
    assert look.seconds_left(NOW + timedelta(seconds=30)) == (35.0, False)
    assert look.seconds_left(NOW + timedelta(hours=1)) == (0.0, False)
    end_run(going_on)
    assert Observer(RunPaths(going_on)).look().seconds_left(NOW) is None
    assert re.search("done at t = -1.5", Observer(RunPaths(going_on)).look().state.text)
