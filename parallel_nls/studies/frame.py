"""What all studies of several runs share: a sweep is planned, run or gone on with, and told in table and figure."""

from __future__ import annotations

import csv
import io
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from mpi4py import MPI
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table as ShownTable

from parallel_nls.config import Configuration, configuration_name, load_configuration
from parallel_nls.config.overrides import read_overrides
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.figures.panels import Panel, plot_panels
from parallel_nls.output.durable_files import refused_as_error, replace_file
from parallel_nls.parallel.consensus import from_root
from parallel_nls.results.digits import rounded_up, with_doubt
from parallel_nls.results.reader import Run, open_run
from parallel_nls.running.plain_output import PlainOutput
from parallel_nls.studies.sweep.folder import SweepPaths
from parallel_nls.studies.sweep.plan import SweepPlan, make_plan
from parallel_nls.studies.sweep.run_sweep import run_sweep, say
from parallel_nls.studies.sweep.sweep_file import Sweep, apart, locate

__all__ = ["Finding", "Request", "Study", "Verdict", "conduct"]

_EXACT = 9  # digits of what needs no run
_PLAIN_WIDTH = 10_000  # where no terminal limits it

Cell = float | int | str


@dataclass(frozen=True)
class Request:
    """What a user asks of a study.

    Attributes
    ----------
    path : str
        Of a configuration, or the name of an example.
    values : tuple of float
        What the runs differ in.
    overrides : tuple of str
        KEY=VALUE, which win over what the study itself sets.
    ranks : int
        Of each run.
    output : str or None
        Directory; by default runs/<name>_<study>.
    """

    path: str
    values: tuple[float, ...]
    overrides: tuple[str, ...] = ()
    ranks: int = 1
    output: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What a study says of a theorem: whether the numbers are as it says (None: they do not tell), and why."""

    holds: bool | None
    text: str

    def line(self) -> str:
        """Return it as a line of text. *Communication*: local."""
        word = {True: "as theory says", False: "NOT as theory says", None: "not to be told"}[self.holds]
        return f"verdict: {word}: {self.text}"


@dataclass(frozen=True)
class Finding:
    """What a study found.

    Attributes
    ----------
    columns : tuple of str
        Headings of the table. One that begins with ± is that of the doubt of the column before it.
    rows : tuple of tuple
        Numbers and texts, as many in each row as there are columns.
    lines : tuple of str
        What was fitted, with uncertainties.
    verdict : Verdict
        At the end.
    panels : tuple of Panel
        The figure.
    numbers : mapping
        All that a program may want to read besides the table.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[str, ...]
    verdict: Verdict
    panels: tuple[Panel, ...]
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return all of it as plain values, None for what is not known (NaN). *Communication*: local."""
        table = [dict(zip(self.columns, (_known(cell) for cell in row), strict=True)) for row in self.rows]
        verdict = {"holds": self.verdict.holds, "text": self.verdict.text}
        return {"verdict": verdict, **self.numbers, "table": table}

    def text(self) -> str:
        """Return the table, the lines and the verdict. *Communication*: local."""
        shown = ShownTable(*self.columns, box=SIMPLE)
        for row in self.rows:
            shown.add_row(*_cells(self.columns, row))
        file = io.StringIO()
        Console(file=file, width=_PLAIN_WIDTH).print(shown, highlight=False, markup=False)
        table = "\n".join(line.rstrip() for line in file.getvalue().splitlines() if line.strip())
        return "\n".join([table, *self.lines, self.verdict.line()])

    def csv(self) -> str:
        """Return the table with all digits. *Communication*: local."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_known(cell) for cell in row] for row in self.rows)
        return file.getvalue()


def _cells(columns: Sequence[str], row: Sequence[Cell]) -> Iterator[str]:
    """The cells of a row as the table shows them: a number in the digits that the doubt in the next column leaves."""
    for name, value, beside, doubt in zip(columns, row, (*columns[1:], ""), (*row[1:], ""), strict=True):
        if isinstance(value, str) or _known(value) is None:
            yield value if isinstance(value, str) else "–"
        elif name.startswith("±"):
            yield rounded_up(value)
        elif beside.startswith("±") and isinstance(doubt, float):
            yield with_doubt(value, doubt).partition(" ")[0]
        else:
            yield format(value, f".{_EXACT if name.endswith('by the law') else 6}g")


def _known(cell: Cell) -> Cell | None:
    """A cell as documents have it, which know no NaN."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell


class Study(ABC):
    """One study: which runs it takes, and what it makes of them.

    Attributes
    ----------
    name : str
        As in `offers.OFFERS`.

    Notes
    -----
    *Communication*: local, all of it.
    """

    name: ClassVar[str]

    @abstractmethod
    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse a configuration, or values, that the study can make nothing of.

        Raises
        ------
        UserError
            One line that names the value and the remedy.
        """

    @abstractmethod
    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """Return what all runs set, and what they vary, by key.

        Of what they set, --set wins, but over a grid: that of ``config``, which has it, is what a study enlarges.
        """

    @abstractmethod
    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """Return what the runs, all at their stop, come to, in the order of the sweep.

        Raises
        ------
        UserError
            If they tell nothing.
        """

    def plan(self, request: Request) -> SweepPlan:
        """Return the runs as a sweep, each of them valid.

        Raises
        ------
        UserError
            One message that names every mistake.
        """
        heading = f"study {self.name} {quoted_argument(request.path)}:"
        config = load_configuration(request.path, request.overrides)
        try:
            self.check(config, request.values)
        except UserError as error:
            raise UserError(f"{heading} {error}") from None
        given = read_overrides(request.overrides)
        settings, vary = self.members(config, request.values)
        clash = [key for key in given if any(f"{key}.".startswith(f"{name}.") for name in vary)]
        if clash:
            raise UserError(f"{heading} --set {clash[0]}=…: the runs of the study differ in it; remove it")
        chosen = {key: value for key, value in settings.items() if key not in given or key.startswith("grid.")}
        shared, tables = apart(given | chosen, vary)
        sweep = Sweep(
            configuration=locate(request.path, Path()),
            ranks=request.ranks,
            output=request.output or str(Path("runs") / f"{configuration_name(request.path)}_{self.name}"),
            set=shared,
            vary={key: [value] for key, value in tables.items()} | vary,
        )
        return make_plan(sweep, heading)


def conduct(study: Study, request: Request, comm: MPI.Intracomm) -> tuple[int, Finding | None]:
    """Run what is left of a study's runs, and tell what they come to.

    Returns
    -------
    (int, Finding or None)
        The exit code of the sweep, and the finding where all runs came to their stop; the same on every rank.

    Raises
    ------
    UserError, StorageError
        On every rank, before anything is begun, or when the files cannot be written.

    Notes
    -----
    *Communication*: collective.
    """
    plan = from_root(comm, lambda: study.plan(request))
    code = run_sweep(plan, comm)
    if code == DONE:
        return code, from_root(comm, lambda: _tell(study, plan, request))
    if code == STOPPED and comm.rank == 0:
        say("some runs ended early, and the others are not told of: give a finer grid, and another --output")
    return code, None


def _tell(study: Study, plan: SweepPlan, request: Request) -> Finding:
    """Evaluate, and write table, numbers and figure into the directory of the study."""
    paths = SweepPaths(Path(plan.sweep.output))
    runs = [open_run(paths.member(number).root) for number in range(len(plan.members))]
    found = study.evaluate(runs, request.values)
    figure = paths.root / f"{study.name}.png"
    with refused_as_error(paths.root):
        replace_file(paths.root / "study.csv", found.csv().encode())
        text = json.dumps(found.document(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        replace_file(paths.root / "study.json", text.encode())
        title = runs[0].config.title
        plot_panels(found.panels, f"{study.name}: {title}" if title else study.name, figure)
    PlainOutput().say(found.text())
    say(f"figure in {figure}")
    return found
