"""Names of the files in a run directory, and the version of their format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

FORMAT_VERSION = "1.4"
# In the directory of a sweep, beside those of its runs.
SWEEP_FILE = "sweep.toml"
# Names of the coordinates, in the order of the axes of a stored field.
AXES = ("x", "y")


@dataclass(frozen=True)
class RunPaths:
    """Where everything of a run is.

    Attributes
    ----------
    root : Path
        The run directory.

    Notes
    -----
    *Communication*: local.
    """

    root: Path

    INITIAL_DATA: ClassVar[str] = "initial_data.py"
    """What the Python files of a run are called here, that of the equation, and those of own diagnostics by name."""
    INITIAL_FILE: ClassVar[str] = "initial_file"
    """What the checksum of a file of numbers is called in run.json; the file itself stays where it is."""
    EQUATION: ClassVar[str] = "equation.py"
    DIAGNOSTIC: ClassVar[str] = "diagnostic_{}.py"
    POTENTIAL: ClassVar[str] = "potential_{}"
    """The same of the table or the Python file of one term of a potential, without its ending."""

    WEIGHTS: ClassVar[str] = "weights.txt"
    """Weights of the mixture of waves that a hierarchy started from, one a line."""

    @property
    def config(self) -> Path:
        """The validated configuration, defaults written out."""
        return self.root / "config.toml"

    @property
    def record(self) -> Path:
        """Which run this is, and by which texts it was begun."""
        return self.root / "run.json"

    @property
    def series(self) -> Path:
        """Time series of all quantities."""
        return self.root / "series.h5"

    @property
    def fields(self) -> Path:
        """Folder of the stored fields."""
        return self.root / "fields"

    @property
    def index(self) -> Path:
        """Index of the stored fields for ParaView."""
        return self.fields / "fields.xmf"

    @property
    def sums(self) -> Path:
        """Checksums of the stored fields."""
        return self.fields / "fields.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Folder of the resting states."""
        return self.root / "checkpoints"

    @property
    def summary(self) -> Path:
        """How the run ended."""
        return self.root / "summary.json"

    @property
    def source(self) -> Path:
        """The Python file that the initial data came from, as it ran."""
        return self.root / self.INITIAL_DATA

    @property
    def sources(self) -> tuple[Path, ...]:
        """All texts of the user that a run may have, as they ran, and what was made of them."""
        names = self.DIAGNOSTIC.format("*"), self.POTENTIAL.format("*.*")
        own = [path for name in names for path in self.root.glob(name)] if self.root.is_dir() else ()
        return (self.source, self.root / self.EQUATION, self.root / self.WEIGHTS, *own)

    @property
    def stop(self) -> Path:
        """A file that a user makes to end a run at its next step; what is in it does not matter."""
        return self.root / "stop"

    @property
    def lock(self) -> Path:
        """Held by the job that writes here."""
        return self.root / ".lock"

    @property
    def log(self) -> Path:
        """Messages of rank 0."""
        return self.root / "log.txt"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.root / "figures"

    def field(self, steps: int) -> Path:
        """File of the field after so many steps."""
        return self.fields / f"field_{steps:08d}.h5"

    def checkpoint(self, steps: int) -> Path:
        """File of the resting state after so many steps."""
        return self.checkpoints / f"state_{steps:08d}.h5"


def settled(root: Path) -> Path:
    """A directory by a path that leads there before it is made: one with .. in it may not. *Communication*: local."""
    return Path(os.path.realpath(root)) if ".." in root.parts else root
