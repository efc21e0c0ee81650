"""Every named code block of the documentation is a file that works as printed: style, types, and what comes out."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import run

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("adding_an_equation", "own_diagnostics")
BLOCK = re.compile(r"<!-- (?P<name>[^>]+) -->\n```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
LIVE = re.compile(r"^```(python|toml)$", re.MULTILINE)


def blocks(page: str) -> dict[str, str]:
    """The named blocks of a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return {found["name"]: found["text"] for found in BLOCK.finditer(text)}


def call(folder: Path, *command: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of all pages, and the configurations run there."""
    folder = tmp_path_factory.mktemp("pages")
    for page in PAGES:
        for name, text in blocks(page).items():
            if re.fullmatch(r"\w+\.(py|toml)", name):
                (folder / name).write_text(text, encoding="utf-8")
    appended = blocks("own_diagnostics")["appended to waves.toml as motion.toml"]
    (folder / "motion.toml").write_text((folder / "waves.toml").read_text() + "\n" + appended)
    return folder


def test_every_block_of_code_is_named() -> None:
    """So that none escapes."""
    for page in PAGES:
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        named = [found for found in BLOCK.finditer(text) if found["language"] in ("python", "toml")]
        assert len(LIVE.findall(text)) == len(named) > 3


def test_code_passes_style_and_types(folder: Path) -> None:
    """As printed: the project's own rules, and mypy's strict ones."""
    files = sorted(path.name for path in folder.glob("*.py"))
    settings = str(ROOT / "pyproject.toml")
    # A script may print, and it lies in no package.
    call(folder, "ruff", "check", "--no-cache", "--config", settings, "--ignore=T20,INP001", *files)
    call(folder, "ruff", "format", "--check", "--no-cache", "--config", settings, *files)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache")]
    call(folder, *mypy, "--config-file", settings, *files)


def run_in(folder: Path, name: str, *overrides: str) -> str:
    """Run a configuration of the folder in this process; returns what is said of the run."""
    root = folder / "runs" / f"{name} {len(overrides)}"
    assert run(load_configuration(str(folder / name), overrides), MPI.COMM_SELF, root, quiet=True).exit_code == DONE
    return describe_run(root)


@pytest.mark.parametrize(("name", "page"), [("trap.toml", "adding_an_equation"), ("waves.toml", "own_diagnostics")])
def test_configurations_run_and_say_what_is_printed(folder: Path, name: str, page: str) -> None:
    """The lines of the page are in the output, up to the digits of what is rounding."""
    said = run_in(folder, name)
    (printed,) = (text for block, text in blocks(page).items() if block.startswith("output of info"))
    for line in printed.splitlines():
        assert masked(line) in masked(said), said


def masked(text: str) -> str:
    """A text without the digits of tiny numbers and the width of its columns."""
    return re.sub(r" +", " ", re.sub(r"-?(\d(\.\d+)?e-1\d|0\.0e\+00)", "rounding", text))


@pytest.mark.parametrize(
    ("script", "page"), [("run_trap", "adding_an_equation"), ("measure_quartic", "own_diagnostics")]
)
def test_scripts_print_what_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str, page: str
) -> None:
    """Digit for digit; run in this process, which has imported and compiled most of what they need."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    runpy.run_path(f"{script}.py", run_name="__main__")
    sys.modules.pop("trap", None)
    assert capsys.readouterr().out == blocks(page)[f"output of {script}.py"]


@pytest.mark.parametrize(
    ("file", "scheme"), [("half_wave.py", "kahan-li6"), ("competing.py", "blanes-moan-rkn6"), ("trap.py", "strang")]
)
def test_the_other_equations_run(folder: Path, file: str, scheme: str) -> None:
    """Instead of the trap, without its parameters."""
    text = (folder / "trap.toml").read_text().replace("trap.py", file).replace("strength = 1.0\n", "")
    (folder / f"{file}.toml").write_text(text.replace("[equation.parameters]\n", ""))
    run_in(folder, f"{file}.toml", f"time.scheme={scheme}", "time.stop=0.05")


def test_the_monitor_measures(folder: Path) -> None:
    """Beside the densities."""
    said = run_in(folder, "motion.toml", "time.stop=0.05")
    assert "velocity" in said
    assert "spread" in said
