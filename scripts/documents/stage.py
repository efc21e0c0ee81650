"""The folders in which the commands of the pages are run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from parallel_nls.config import example_names
from parallel_nls.errors import DONE, STOPPED
from scripts.benchmarks.launching import ROOT
from scripts.faults.warm import WarmStarter

SECONDS = 1800
_EXAMPLE = re.compile(r"(mpirun -n \d+ )?parallel-nls run (?P<name>\w+)")
_PLAIN = re.compile(r"(parallel-nls|python (?=\w)) ?[^|&;<>$]*")


def surroundings() -> dict[str, str]:
    """The environment of a command: this tree, and nothing of an MPI job that this process belongs to."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OMPI_COMM", "PMIX", "PRTE"))}
    ahead = {"PYTHONPATH": ROOT, "PATH": Path(sys.executable).parent}
    return own | {name: os.pathsep.join([str(path), *filter(None, [own.get(name)])]) for name, path in ahead.items()}


class CommandError(Exception):
    """A command of a page that failed."""


@dataclass
class Stage:
    """Runs commands of a page in a folder.

    Attributes
    ----------
    folder : Path
        With the files of the page.
    shared : Path
        Folder for runs of packaged examples as they are, which several pages look at.
    starter : WarmStarter
        For commands on one rank: a process that has loaded what they need.
    """

    folder: Path
    shared: Path
    starter: WarmStarter

    def __post_init__(self) -> None:
        self._done: list[str] = []

    def output_of(self, commands: str) -> str:
        """What the last of some commands joined by && prints; one that has been run for another output is not again.

        Raises
        ------
        CommandError
            If one ends in another way than done, or stopped early at a limit.
        """
        *before, last = commands.split(" && ")
        for command in before:
            example = _EXAMPLE.fullmatch(command)
            if example is not None and example["name"] in example_names():
                self._share(command, f"runs/{example['name']}")
            elif command not in self._done:
                self._run(command, self.folder)
        return self._run(last, self.folder)

    def _share(self, command: str, run: str) -> None:
        """Let this page see the run of an example, which is done for the first page that wants it."""
        if not (self.shared / run).exists():
            self._run(command, self.shared)
        (self.folder / "runs").mkdir(exist_ok=True)
        if not (self.folder / run).exists():
            (self.folder / run).symlink_to(self.shared / run)

    def _run(self, command: str, folder: Path) -> str:
        self._done.append(command)
        if _PLAIN.fullmatch(command):
            code = self.starter.call(shlex.split(command), folder, SECONDS)
            output, said = ((folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        else:
            launched = re.sub(r"mpirun -n (\d+)( --oversubscribe)?", r"mpirun $(mpirun_options \1)", command)
            script = f". {shlex.quote(str(ROOT / 'scripts' / 'mpi-env'))}; {launched}"
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=folder, env=surroundings(), capture_output=True, text=True, check=False, timeout=SECONDS,
            )  # fmt: skip
            code, output, said = done.returncode, done.stdout, done.stderr
        if code not in (DONE, STOPPED):
            raise CommandError(f"{command} ended with exit code {code}: {said or output}")
        return output
