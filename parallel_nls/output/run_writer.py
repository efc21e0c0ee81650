"""Writes a run directory: every method is called by all ranks, rank 0 writes what is small."""

from __future__ import annotations

import contextlib
import json
import resource
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, State
from parallel_nls.diagnostics.quantities import Quantity
from parallel_nls.errors import UserError
from parallel_nls.output.checkpoint import Identity, write_state
from parallel_nls.output.fields import Snapshot, write_field, write_xdmf
from parallel_nls.output.layout_of_run import FORMAT_VERSION, RunPaths
from parallel_nls.output.parallel_hdf5 import check_parallel_hdf5
from parallel_nls.output.series import SeriesWriter
from parallel_nls.parallel.consensus import from_root


def create_run(
    comm: MPI.Intracomm, root: Path, config_text: str, extra_files: Mapping[str, str] | None = None
) -> RunPaths:
    """Create an empty run directory with its config.toml.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    root : Path
        The directory; it may exist if it is empty.
    config_text : str
        The complete configuration.
    extra_files : mapping of str to str, optional
        Texts to write beside it by file name, for instance the source of the function of the initial data.

    Raises
    ------
    UserError
        If the directory is not empty or cannot be written; nothing is left behind then.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    return from_root(comm, lambda: _create(RunPaths(root), {"config.toml": config_text, **(extra_files or {})}))


def refuse_used(comm: MPI.Intracomm, root: Path) -> None:
    """Refuse a run directory that is not empty, before any work is done for it.

    Raises
    ------
    UserError
        The same on every rank.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    from_root(comm, lambda: _refuse_used(root))


def _refuse_used(root: Path) -> None:
    try:
        used = root.exists() and any(root.iterdir())
    except OSError as error:
        raise _unusable(root, error) from None
    if used:
        raise UserError(f"run directory {str(root)!r} is not empty; give another with --output, or remove it first")


def _unusable(root: Path, error: OSError) -> UserError:
    return UserError(f"run directory {str(root)!r} cannot be written ({error.strerror}); give another with --output")


def _create(paths: RunPaths, texts: Mapping[str, str]) -> RunPaths:
    check_parallel_hdf5()
    _refuse_used(paths.root)
    wanted = (*reversed(paths.root.parents), paths.root, paths.fields, paths.checkpoints)
    missing: list[Path] = []
    try:
        missing += [folder for folder in wanted if not folder.exists()]
        for folder in (paths.root, paths.fields, paths.checkpoints):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (paths.root / name).write_text(text, encoding="utf-8")
    except OSError as error:
        for folder in missing:
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            for name in texts:
                (paths.root / name).unlink(missing_ok=True)
        raise _unusable(paths.root, error) from None
    return paths


class RunWriter:
    """Writes series, fields, checkpoints and the summary of one run.

    Parameters
    ----------
    paths : RunPaths
        An empty run directory of `create_run`.
    domain : FourierDomain or LineDomain
        The grid.
    quantities : sequence of Quantity
        Columns of the series.
    identity : mapping
        What the states belong to.

    Notes
    -----
    *Communication*: collective over all ranks unless said otherwise.
    """

    def __init__(self, paths: RunPaths, domain: Domain, quantities: Sequence[Quantity], identity: Identity) -> None:
        self.paths, self.domain, self.identity = paths, domain, identity
        self.root = domain.comm.rank == 0
        self.series = SeriesWriter(paths.series, quantities) if self.root else None
        self.snapshots: list[Snapshot] = []

    def write_row(self, time: float, step: int, values: Mapping[str, float | NDArray[np.float64]]) -> None:
        """Append one row to the series. *Communication*: local."""
        if self.series is not None:
            self.series.append(time, step, values)

    def write_field(self, field: NDArray[np.complexfloating], steps: int, time: float, step_size: float) -> None:
        """Store the field after so many steps, the last of ``step_size``, unless it is there, and renew the index."""
        if self.snapshots and self.snapshots[-1].steps == steps:
            return
        path = self.paths.field(steps)
        write_field(path, self.domain, field, steps, time, step_size)
        self.snapshots.append(Snapshot(steps, time, path.name))
        if self.root:
            write_xdmf(self.paths.fields / "fields.xmf", self.domain, self.snapshots)

    def write_state(self, state: State) -> None:
        """Store the resting state; never one that is not finite: the caller looks first."""
        write_state(self.paths.checkpoint(state.steps), self.domain, state, self.identity)

    def finish(self, summary: Mapping[str, object]) -> None:
        """Complete the series and write summary.json, with the peak memory of every rank."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        peaks = self.domain.comm.gather(peak)
        if self.series is not None:
            self.series.close()
            document = {"format_version": FORMAT_VERSION, **summary, "peak_memory_bytes": peaks}
            self.paths.summary.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
