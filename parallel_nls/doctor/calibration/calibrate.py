"""The command that measures the constants of the machine on which it runs, on all ranks of a job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.config.sections.values import Section
from parallel_nls.config.toml_text import counted, toml_value
from parallel_nls.doctor.calibration import arithmetic, memory, messages, storage
from parallel_nls.doctor.calibration.timing import LARGEST_LOAD, Neighbours, alone
from parallel_nls.doctor.machine import processor_model
from parallel_nls.errors import unwritable
from parallel_nls.parallel.consensus import from_root
from parallel_nls.parallel.nodes import split_by_node
from parallel_nls.planning.node import node_cores
from parallel_nls.planning.performance.machine import Machine, default_machine, machine_from
from parallel_nls.running.signals import removing

__all__ = ["Calibration", "calibrate", "machine_text"]

_NUMBERS = 3  # digits
_PREFIX = ".calibrate-"
_TABLES = {
    "transform": "one transform, by points of a line",
    "columns": "columns that are multiplied where they lie, by their points",
}


@dataclass(frozen=True)
class Calibration:
    """What was measured.

    Attributes
    ----------
    machine : Machine
        All constants; those that were not measured are of the package, for arithmetic scaled as transforms are.
    remarks : tuple of str
        What they lack: other programs, one rank, one node.
    """

    machine: Machine
    remarks: tuple[str, ...]


def calibrate(comm: MPI.Intracomm, where: Path) -> Calibration:
    """Measure the constants of this machine.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks; as many on a node as a run will have.
    where : Path
        A folder on the file system of output; a small one is made in it and removed again.

    Raises
    ------
    UserError
        On every rank, before anything is measured: the folder cannot be written.
    StorageError
        On every rank: the file system refuses a file.

    Notes
    -----
    *Communication*: collective. The first node speaks for all.
    """
    from_root(comm, lambda: _refuse_folder(where))
    node = split_by_node(comm)
    others = Neighbours(node)
    default = default_machine()
    table = alone(node, arithmetic.transform_table)
    columns = alone(node, lambda: arithmetic.columns_table(arithmetic.LENGTHS))
    ratio = median(table[key] / value for key, value in default.arithmetic.transform.items() if key in table)
    scaled = default.faster(ratio, 1.0)
    cores, most = node_cores(), memory.cache_of_node(default.node.cache)
    of_core = alone(node, lambda: _arithmetic(scaled, table))
    known = scaled.model_copy(
        update={"arithmetic": scaled.arithmetic.model_copy(update={**of_core, "transform": table, "columns": columns})}
    )
    found: dict[str, Any] = {
        "node": {"cores": cores, **memory.memory_constants(node, most, known)},
        "arithmetic": {**of_core, "transform": table, "columns": columns},
        "messages": messages.node_constants(node),
        "network": messages.network_constants(comm, node),
        "storage": _storage(comm, where),
    }
    if node.size > 1 and node.size != cores:
        found["node"]["ranks"] = node.size
    busy = others.cores()
    remarks = _remarks(busy, node.size, bool(found["network"]))
    node.Free()
    document = {"name": f"{processor_model()}, {counted(cores, 'core')}", **found}
    found_here = Calibration(machine_from(_over(scaled, document), "what was measured"), remarks)
    return from_root(comm, lambda: found_here)


def _arithmetic(scaled: Machine, table: Mapping[str, float]) -> dict[str, float]:
    """Return the constants of a core, by transforms that are known."""
    parts = (
        arithmetic.kernel_constants,
        arithmetic.turn_constants,
        arithmetic.call_constants,
        arithmetic.matrix_constants,
    )
    known = {name: value for part in parts for name, value in part().items()}
    own = scaled.arithmetic.model_copy(update={**known, "transform": dict(table)})
    single = arithmetic.transform_seconds(1024, np.complex64) / table["1024"]
    return {**known, **arithmetic.sample_constants(scaled.model_copy(update={"arithmetic": own})), "single": single}


def _over(machine: Machine, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a machine as a document, with what a document says in its place, rounded."""
    whole = machine.model_dump(exclude_none=True)
    for name, table in document.items():
        whole[name] = {**whole[name], **table} if isinstance(table, Mapping) else table
    return {name: _rounded(value) for name, value in whole.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return float(f"{value:.{_NUMBERS}g}") if isinstance(value, float) else value


def _refuse_folder(where: Path) -> None:
    """Refuse a folder that takes no files, before what takes long."""
    try:
        with TemporaryDirectory(prefix=_PREFIX, dir=where):
            pass
    except OSError as error:
        measured = f"folder {str(where.absolute())!r} for the times of files"
        remedy = "name a file in another one, on the file system of your runs: --to FILE"
        raise unwritable(measured, error, remedy) from None


def _storage(comm: MPI.Intracomm, where: Path) -> dict[str, float]:
    """Return the constants of the file system, in a folder that is gone afterwards."""
    folder = from_root(comm, lambda: Path(mkdtemp(prefix=_PREFIX, dir=where)))
    with removing(folder) if comm.rank == 0 else nullcontext():
        try:
            return storage.storage_constants(comm, folder)
        finally:
            comm.Barrier()


def _remarks(busy: float, ranks: int, network: bool) -> tuple[str, ...]:
    """Return what the constants lack."""
    found = []
    if busy > LARGEST_LOAD:
        found.append(
            f"warning: other programs kept {busy:.2g} cores busy meanwhile: times are too long; calibrate again on an "
            "idle machine"
        )
    if ranks == 1:
        found.append(
            "one rank: crowding, bandwidth and [messages] are not of this machine; mpirun -n CORES measures them"
        )
    if not network:
        found.append("one node: [network] is not of this machine; a job on two nodes measures it")
    return tuple(found)


def machine_text(machine: Machine) -> str:
    """Return a machine as TOML, each constant with what it is. *Communication*: local."""
    lines = [f"name = {toml_value(machine.name)}"]
    for name, section in machine:
        if isinstance(section, Section):
            lines += ["", f"[{name}]", *_lines(section)]
    for name, what in _TABLES.items():
        lines += ["", f"[arithmetic.{name}]  # s a point of {what}"]
        lines += [f"{length} = {seconds!r}" for length, seconds in getattr(machine.arithmetic, name).items()]
    return "\n".join(lines) + "\n"


def _lines(section: Section) -> list[str]:
    """Return a table without its own tables."""
    plain = {name: value for name, value in section if isinstance(value, (int, float))}
    texts = {name: f"{name} = {value!r}" for name, value in plain.items()}
    width = max(map(len, texts.values()))
    described = type(section).model_fields
    return [
        f"{text:<{width}}  # {(described[name].description or '').partition(', as ')[0]}"
        for name, text in texts.items()
    ]
