"""Runs from the command line: what they leave, how they end, and what they print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls import __version__
from parallel_nls.config import example_names, example_text, load_configuration
from parallel_nls.errors import STORAGE
from parallel_nls.running.run import run
from tests.cli.in_children import End, run_each
from tests.conftest import ROOT
from tests.support import PLAIN

Launch = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
SMALL = ["--set", "grid.points=[48,48]", "--set", "limits.spectral_tail=off", "--set", "output.fields_every=off"]
WITH_BUBBLES = [*SMALL, "--set", "time.step=0.0025", "--set", "diagnostics.every={steps=1}"]
INDEX = ("fields/fields.jsonl", "fields/fields.xmf", "fields/grid_48x48.hdf", "run.json")
TEN_STEPS = ["--set", "time.stop=-0.475"]
SHORT = [*WITH_BUBBLES, *TEN_STEPS, "--set", PLAIN]


def alone(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command in one process, without mpirun; its last line tells whether it started MPI."""
    command = [sys.executable, "-m", "tests.cli.mpi_state", *arguments]
    environment = os.environ | ENVIRONMENT | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of ten steps, made without mpirun, and without the libraries that draw and read results."""
    root = tmp_path_factory.mktemp("finished") / "two bubbles"
    result = alone("run", "two_bubbles", *WITH_BUBBLES, *TEN_STEPS, "--output", str(root))
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("libraries for results: none\nMPI started: True\n")
    return root


def test_a_run_leaves_what_it_promises(finished: Path) -> None:
    """Configuration, series, fields, checkpoints, summary, log."""
    names = {str(path.relative_to(finished)) for path in finished.rglob("*") if path.is_file()}
    ends = {
        f"{kind}_000000{steps}{ending}"
        for steps in ("00", "10")
        for kind, ending in (("fields/field", ".h5"), ("checkpoints/state", ".h5"), ("checkpoints/state", ".json"))
    }
    assert names == {"config.toml", "series.h5", "summary.json", "log.txt", *INDEX} | ends
    summary = json.loads((finished / "summary.json").read_text())
    assert (summary["exit_code"], summary["steps"], summary["pairs"]) == (0, 10, 60)
    assert summary["end_time"] == pytest.approx(-0.475, abs=1e-15)
    assert summary["end_reason"] == "stop time reached"
    assert len(summary["peak_memory_bytes"]) == summary["provenance"]["ranks"] == 1
    assert abs(summary["drift"]["mass"]) <= 1e-15 * 60
    with h5py.File(finished / "series.h5") as series:
        np.testing.assert_array_equal(series["step"][:], np.arange(11))
        np.testing.assert_allclose(series["time"][:], -0.5 + 0.0025 * np.arange(11), rtol=1e-15)
        columns = [dataset for dataset in series.values() if "DIMENSION_LIST" in dataset.attrs]
        assert all(np.isfinite(dataset[:]).all() and len(dataset) == 11 for dataset in columns)


def test_the_written_configuration_gives_the_same_run(finished: Path, tmp_path: Path) -> None:
    """config.toml is complete: a run of it has the same series, fields and checkpoints."""
    text = (finished / "config.toml").read_text(encoding="utf-8")
    assert load_configuration(str(finished / "config.toml")).complete_toml() == text
    config = load_configuration(str(finished / "config.toml"))
    assert run(config, MPI.COMM_SELF, tmp_path / "again", quiet=True).exit_code == 0
    for path in finished.rglob("*.h5"):
        assert (tmp_path / "again" / path.relative_to(finished)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("ranks", "limit", "reason"),
    [
        (2, "limits.spectral_tail=1e-3", "no longer resolved: spectral tail"),
        (0, "limits.sup_norm=3.0", "limit reached: sup|u| = 3."),
    ],
    ids=["tail on two ranks", "peak in this process"],
)
def test_a_run_stops_honestly(
    mpirun: Launch, tmp_path: Path, capfd: pytest.CaptureFixture[str], ranks: int, limit: str, reason: str
) -> None:
    """Exit code 3; the summary says why; the last row, field and state are those of the stop."""
    settings = ["grid.points=[64,64]", "time.step=0.005", "diagnostics.every={steps=5}", "output.fields_every=off"]
    settings += ["limits.spectral_tail=off", 'diagnostics.families=["conserved","resolution"]', limit]
    if ranks:
        options = [part for setting in settings for part in ("--set", setting)]
        command = [*COMMAND, "run", "gaussian_collapse", *options, "--output", "stopped"]
        result = mpirun(ranks, *command, cwd=tmp_path, env=ENVIRONMENT)
        code, output, messages = result.returncode, result.stdout, result.stderr
    else:
        code = run(load_configuration("gaussian_collapse", settings), MPI.COMM_SELF, tmp_path / "stopped").exit_code
        output, messages = capfd.readouterr()
    assert code == 3, output + messages
    assert "Traceback" not in messages
    assert reason in output
    summary = json.loads((tmp_path / "stopped" / "summary.json").read_text())
    assert summary["exit_code"] == 3
    assert summary["end_reason"].startswith(reason)
    assert 0 < summary["steps"] < 100
    assert summary["end_time"] == pytest.approx(0.005 * summary["steps"], abs=1e-14)
    with h5py.File(tmp_path / "stopped" / "series.h5") as series:
        assert series["step"][-1] == summary["steps"]
        tail, peak = np.max(series["spectral_tail"][:], axis=1), series["sup_norm"][:]
    over = tail > 1e-3 if "tail" in limit else peak > 3.0
    assert over[-1]
    assert not over[:-1].any()
    for kind in ("fields/field", "checkpoints/state"):
        assert (tmp_path / "stopped" / f"{kind}_{summary['steps']:08d}.h5").is_file()


def test_a_field_that_blows_up_in_rounding_is_never_kept(tmp_path: Path) -> None:
    """A phase beyond 2^30 gives NaN: exit code 3, no checkpoint of it."""
    settings = [
        "grid.points=[16,16]",
        "initial.amplitude=1e9",
        "limits.spectral_tail=off",
        "diagnostics.every={steps=1}",
    ]
    outcome = run(load_configuration("gaussian_collapse", settings), MPI.COMM_SELF, tmp_path / "wild", quiet=True)
    assert outcome.exit_code == 3
    summary = json.loads((tmp_path / "wild" / "summary.json").read_text(), parse_constant=pytest.fail)
    assert summary["exit_code"] == 3
    assert summary["end_reason"].startswith("the field is no longer finite")
    assert [path.name for path in (tmp_path / "wild" / "checkpoints").glob("*.h5")] == ["state_00000000.h5"]


def test_ranks_beyond_the_lines_are_idle(mpirun: Launch, tmp_path: Path) -> None:
    """Five ranks share four lines: the fifth takes part in nothing but the end, and the files are those of one rank.

    The default directory is runs/<name>; nobody watches, so neither the output nor the log has control characters.
    """
    families = 'diagnostics.families=["conserved", "modulation"]'
    narrow = [*WITH_BUBBLES, "--set", families, "--set", "grid.points=[4,48]", "--set", "time.stop=-0.4975"]
    # First: what compiles does so once, not five times.
    assert run(load_configuration("two_bubbles", narrow[1::2]), MPI.COMM_SELF, tmp_path / "one").exit_code == 0
    result = mpirun(5, *COMMAND, "run", "two_bubbles", *narrow, cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    root = tmp_path / "runs" / "two_bubbles"
    summary = json.loads((root / "summary.json").read_text())
    assert len(summary["peak_memory_bytes"]) == summary["provenance"]["ranks"] == 5
    files = list((tmp_path / "one").rglob("*.h5"))
    assert len(files) == 5
    for path in files:
        assert (root / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()
    for text in (result.stdout, (root / "log.txt").read_text(encoding="utf-8")):
        assert not [character for character in text if character < " " and character != "\n"]
        assert "4 × 48 points on 5 ranks, 1 step" in text
        assert "done at t = -0.4975 after 1 step" in text


def test_a_defect_on_one_rank_ends_the_job(mpirun: Launch, tmp_path: Path) -> None:
    """Promptly, with that rank's traceback and exit code 1, although the others wait in a message."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "tests.cli.failing_run", "run", "two_bubbles", *SHORT, "--output", "broken"]
    result = mpirun(2, *command, cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert time.monotonic() - begin < 30
    assert result.returncode == 1
    assert "ArithmeticError: the defect that was put in" in result.stderr
    assert "fail_on_one_rank" in result.stderr
    assert result.stderr.count("Traceback") == 1
    assert not (tmp_path / "broken" / "summary.json").exists()


@pytest.mark.parametrize(("ranks", "said"), [("1", "parallel-nls: rank 1 on "), ("01", "parallel-nls: a library")])
def test_a_library_that_one_rank_cannot_load_ends_the_job(
    mpirun: Launch, tmp_path: Path, ranks: str, said: str
) -> None:
    """With one message of that rank, although the others wait for it; of rank 0 alone where none can load it."""
    command = [sys.executable, "-m", "tests.cli.without_library", ranks, "run", "two_bubbles", *SHORT]
    result = mpirun(2, *command, cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert result.returncode == STORAGE, result.stderr
    assert result.stderr.count("parallel-nls: ") == 1
    assert said in result.stderr
    assert "a library cannot be loaded (libodd.so: cannot open shared object file); see that" in result.stderr
    assert "Traceback" not in result.stderr


PRINTED = example_names()[:: len(example_names()) // 4]
LOOKS = {
    " ".join(arguments): arguments
    for arguments in (
        ["--help"],
        ["run", "--help"],
        ["--version"],
        ["examples"],
        ["study"],
        *(["examples", name] for name in PRINTED),
        ["run", "two_bubbles", "--dry-run", "--ranks", "64"],
        ["run", "two_bubbles", "--dry-run", "--set", "time.step=0"],
        ["run", "two_bubbles", "--ranks", "4"],
        ["scaling", "two_bubbles", "--ranks", "1", "4096", "--figure", "FIGURE"],
        ["info", "RUN"],
        ["plot", "RUN"],
        ["export", "RUN", "--format", "csv", "--only", "sup_norm", "--times", "-0.5", "-0.49"],
    )
}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, End]:
    """How each of them ended; RUN is a run of few figures."""
    root = tmp_path_factory.mktemp("looked at") / "run"
    few = load_configuration("two_bubbles", [*SHORT[1::2], "diagnostics.families=['resolution']"])
    assert run(few, MPI.COMM_SELF, root, quiet=True).exit_code == 0
    names = {"RUN": str(root), "FIGURE": str(root.parent / "scaling.png")}
    return run_each({name: [names.get(part, part) for part in look] for name, look in LOOKS.items()})


@pytest.mark.parametrize("look", LOOKS)
def test_looking_does_not_start_mpi(ends: dict[str, End], look: str) -> None:
    """So they work on the login node of a cluster."""
    end = ends[look]
    assert not end.mpi_started
    assert end.code == (2 if "time.step=0" in look or look.endswith("--ranks 4") else 0), end.messages
    assert not end.left


def test_looking_in_a_process_of_its_own() -> None:
    """As those above, which share what they have loaded."""
    result = alone("run", "two_bubbles", "--dry-run", "--ranks", "64")
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("MPI started: False\n")


SPOKEN = {
    "help": (["--help"], "usage: parallel-nls"),
    "version": (["--version"], f"parallel-nls {__version__}"),
    "examples": (["examples"], "one_bubble"),
    "dry run": (["run", "two_bubbles", "--dry-run"], "(3 field shares, 2 ranks)"),
    "dry run, other ranks": (["run", "two_bubbles", "--dry-run", "--ranks", "3"], "(3 field shares, 3 ranks)"),
}
SPEAK = """
import json, sys
from parallel_nls.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        if end.code:
            raise
"""


def test_only_rank_0_speaks(mpirun: Launch, tmp_path: Path) -> None:
    """Under mpirun a text comes once, of each command that needs no MPI."""
    commands = json.dumps([arguments for arguments, _ in SPOKEN.values()])
    result = mpirun(2, sys.executable, "-c", SPEAK, commands, cwd=tmp_path, env=ENVIRONMENT, timeout=30)
    assert result.returncode == 0, result.stderr
    assert {name: result.stdout.count(text) for name, (_, text) in SPOKEN.items()} == dict.fromkeys(SPOKEN, 1)


def test_examples_are_listed_and_printed(ends: dict[str, End]) -> None:
    """Each as it is stored, so that a user can begin from it."""
    assert ends["examples"].output.splitlines() == list(example_names())
    for name in PRINTED:
        assert ends[f"examples {name}"].output == example_text(name)
    assert "stop time reached" in ends["info RUN"].output
    assert "resolution.png" in ends["plot RUN"].output
    assert "ranks at most have work" in ends["scaling two_bubbles --ranks 1 4096 --figure FIGURE"].output
    (exported,) = (end.output for name, end in ends.items() if name.startswith("export"))
    lines = Path(exported.strip()).read_text(encoding="utf-8").splitlines()
    assert Path(exported.strip()).name == "series.csv"
    assert [line.split(",")[0] for line in lines if line[0] != "#"] == [
        "time",
        "-0.5",
        "-0.4975",
        "-0.495",
        "-0.4925",
        "-0.49",
    ]


def test_a_reader_that_leaves_does_not_end_the_run(tmp_path: Path) -> None:
    """As with `parallel-nls run … | head -1`: the run goes on to its end and says so by its exit code."""
    run = tmp_path / "run"
    with subprocess.Popen(
        [*COMMAND, "run", "two_bubbles", *SHORT, "--output", str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        messages = process.stderr.read()
        assert process.wait(60) == 0, messages
    assert (run / "summary.json").exists()


def test_ranks_without_a_dry_run_are_refused(ends: dict[str, End]) -> None:
    """They would be ignored; the message says how ranks are started."""
    end = ends["run two_bubbles --ranks 4"]
    assert end.code == 2
    assert "start a run by mpirun -n 4" in end.messages
    assert not end.left
