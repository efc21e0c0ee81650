"""The constants of a machine: read from a TOML file, what it leaves out from those that come with the package.

All times are in seconds, sizes in bytes; the units stand in the descriptions, in default_machine.toml, and in
docs/scaling.md, which has the formulas.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from parallel_nls.config.loading import list_mistakes
from parallel_nls.config.messages import describe_mistakes
from parallel_nls.config.reading import read_toml
from parallel_nls.config.sections.values import Count, Number, Section, Text, fail
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import UserError

__all__ = ["SETTING", "Machine", "default_document", "default_machine", "load_machine", "machine_from"]

SETTING = "PARALLEL_NLS_MACHINE"
"""The environment variable that names the file of this machine."""
_FOLDER, _FILE = "parallel_nls.planning.performance", "default_machine.toml"
_LONGEST = 1e6  # s
_SHORTEST_LINE = 4
_BY_LENGTH = ("transform", "columns")

Seconds = Annotated[Number, Field(ge=0, le=_LONGEST)]
Rate = Annotated[Number, Field(gt=0)]
Whole = Annotated[Count, Field(ge=1, le=2**20)]


def _by_length(table: dict[str, float]) -> dict[str, float]:
    """Return a table of seconds by length of a line, when its keys are lengths and it has one at least."""
    if not table:
        raise fail("must have one line at least, as 1024 = 2.2e-9")
    return _lengths_of(table)


def _lengths_of(table: dict[str, float]) -> dict[str, float]:
    """Return such a table, which may be empty."""
    for key, seconds in table.items():
        if not (key.isdecimal() and int(key) >= _SHORTEST_LINE):
            raise fail(f"{key!r} is no number of points of a line; write as 1024 = 2.2e-9")
        if not seconds > 0:
            raise fail(f"{key} = {seconds!r}: must be greater than 0")
    return table


class Node(Section):
    """One node: its cores, and what they share."""

    cores: Whole = Field(description="the number of cores of a node, as cores = 64")
    ranks: Whole | None = Field(default=None, description="the ranks of a node, if not one a core, as ranks = 32")
    crowding: Annotated[Number, Field(ge=1)] = Field(
        description="the time of the same work when all cores work over that of one core alone, as crowding = 1.2"
    )
    cache: Rate = Field(description="bytes of fields of which half come from the cache of a node, as cache = 32e6")
    core_bandwidth: Rate = Field(description="bytes/s between memory and one core alone, as core_bandwidth = 1.2e10")
    bandwidth: Rate = Field(description="bytes/s between memory and all cores together, as bandwidth = 1.5e11")


class Arithmetic(Section):
    """What one core alone takes in its cache, in double precision."""

    transform: Annotated[dict[str, Seconds], AfterValidator(_by_length)] = Field(
        description="a table of s a point of one transform by points of a line, as 1024 = 2.2e-9"
    )
    columns: Annotated[dict[str, Seconds], AfterValidator(_lengths_of)] = Field(
        description="a table of s a point of columns that are multiplied where they lie, by their points"
    )
    kick: Seconds = Field(description="s a point of the nonlinear flow")
    drift: Seconds = Field(description="s a point of the linear flow in the plane")
    line_drift: Seconds = Field(description="s a point of the linear flow on a line")
    move: Seconds = Field(description="s a point moved into a block of lines and back")
    twiddle: Seconds = Field(description="s a point of a turn of the columns of a line")
    root: Seconds = Field(description="s a root of unity, of which such a turn takes 2√n a column of n points")
    sums: Seconds = Field(description="s a point of the sums of a sample")
    sample: Seconds = Field(description="s a sample, whatever its size")
    sum: Seconds = Field(description="s a number of a line that is summed")
    wave: Seconds = Field(description="s a point of one bubble or solitary wave")
    bubble: Seconds = Field(description="s a bubble of a sample that is measured on them, whatever its size")
    source: Seconds = Field(description="s a point and wave of what drives a remainder")
    half_wave: Seconds = Field(description="s a point of a sample of half waves")
    matrix: Seconds = Field(description="s a number of a density matrix of two particles, of the interaction")
    operator: Seconds = Field(description="s a number of such a matrix, of a sample")
    product: Seconds = Field(description="s a multiplication of two matrices in a fixed order")
    block: Seconds = Field(description="s a block of 32 lines")
    sweep: Seconds = Field(description="s a sweep")
    step: Seconds = Field(description="s a step")
    single: Rate = Field(description="time in single precision over that in double, as single = 0.6")


class Look(Section):
    """What `quick_look` finds on this machine."""

    transform: Rate = Field(description="s in which NumPy transforms 32 lines of 1024 points")
    memory: Rate = Field(description="s in which NumPy copies 32 MB")


class Messages(Section):
    """Between the ranks of one node."""

    latency: Seconds = Field(description="s a message")
    bandwidth: Rate = Field(description="bytes/s that a rank sends")
    barrier: Seconds = Field(description="s a barrier of two ranks")


class Network(Section):
    """Between nodes."""

    latency: Seconds = Field(description="s that a message is under way, as latency = 2e-6")
    message: Seconds = Field(description="s that a rank is busy with a message, as message = 5e-7")
    bandwidth: Rate = Field(description="bytes/s into and out of a node, as bandwidth = 2.5e10")


class Storage(Section):
    """The file system."""

    fields: Rate = Field(description="bytes/s of a stored field")
    checkpoints: Rate = Field(description="bytes/s of a checkpoint")
    field: Seconds = Field(description="s a stored field, whatever its size")
    checkpoint: Seconds = Field(description="s a checkpoint, whatever its size")
    row: Seconds = Field(description="s a row of the series")


class Start(Section):
    """Before the first step, and behind the last one."""

    warm: Seconds = Field(description="s from launch to the first step, with compiled functions kept")
    cold: Seconds = Field(description="s more where functions are compiled first")
    end: Seconds = Field(description="s from the last step to the end of the process")


class Machine(Section):
    """All constants. *Communication*: local; it pickles."""

    name: Text = Field(default="", description="what the machine is called")
    node: Node = Field(description="the table [node]")
    arithmetic: Arithmetic = Field(description="the table [arithmetic]")
    look: Look = Field(description="the table [look]")
    messages: Messages = Field(description="the table [messages]")
    network: Network = Field(description="the table [network]")
    storage: Storage = Field(description="the table [storage]")
    start: Start = Field(description="the table [start]")

    @property
    def ranks_per_node(self) -> int:
        """The ranks of a full node. *Communication*: local."""
        return self.node.ranks or self.node.cores

    def faster(self, arithmetic: float, memory: float) -> Machine:
        """Return a machine of which a core takes these factors of the time: of its arithmetic, and of its memory."""
        own, node = self.arithmetic, self.node
        times = {name: value * arithmetic for name, value in own if name not in (*_BY_LENGTH, "single")}
        for name in _BY_LENGTH:
            times[name] = {key: value * arithmetic for key, value in getattr(own, name).items()}
        rates = {name: getattr(node, name) / memory for name in ("core_bandwidth", "bandwidth")}
        start = {name: value * arithmetic for name, value in self.start}
        return self.model_copy(
            update={
                "arithmetic": own.model_copy(update=times),
                "node": node.model_copy(update=rates),
                "start": self.start.model_copy(update=start),
            }
        )


@cache
def default_document() -> dict[str, Any]:
    """Return the constants that come with the package, as a document."""
    return tomllib.loads(files(_FOLDER).joinpath(_FILE).read_text(encoding="utf-8"))


@cache
def default_machine() -> Machine:
    """Return the machine on which the constants of the package were measured. *Communication*: local."""
    return Machine.model_validate(default_document())


def machine_from(document: dict[str, Any], shown: str) -> Machine:
    """Return a machine from a document; what it leaves out is that of `default_machine`.

    Parameters
    ----------
    document : dict
        As tomllib reads it.
    shown : str
        How messages name it.

    Raises
    ------
    UserError
        One message with every mistake.

    Notes
    -----
    A table of transforms replaces that of the package as a whole, and leaves none of columns unless there is one too.
    *Communication*: local.
    """
    merged, arithmetic = _merged(default_document(), document), document.get("arithmetic")
    if isinstance(arithmetic, dict) and "transform" in arithmetic and "columns" not in arithmetic:
        merged["arithmetic"]["columns"] = {}
    try:
        return Machine.model_validate(merged)
    except ValidationError as error:
        raise UserError(list_mistakes(f"{shown}:", describe_mistakes(error, Machine))) from None


def _merged(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a document with the values of another one, table by table."""
    merged = dict(own)
    for key, value in other.items():
        tables = isinstance(value, dict) and isinstance(merged.get(key), dict) and key not in _BY_LENGTH
        merged[key] = _merged(merged[key], value) if tables else value
    return merged


def load_machine(path: str | None = None) -> Machine | None:
    """Return the machine of a file, or of the file that the environment names; None where neither is given.

    Parameters
    ----------
    path : str, optional
        Of a TOML file; "default" stands for the constants that come with the package.

    Raises
    ------
    UserError
        The file cannot be read, or has mistakes.

    Notes
    -----
    *Communication*: local.
    """
    named = path or os.environ.get(SETTING)
    if not named:
        return None
    if named == "default" and not Path(named).is_file():
        return default_machine()
    shown = f"machine {quoted_argument(named)}" + ("" if path else f" ({SETTING})")
    try:
        document = read_toml(named, shown, "measure one: parallel-nls calibrate --to FILE")
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file; measure one: parallel-nls calibrate --to {named}") from None
    return machine_from(document, shown)
