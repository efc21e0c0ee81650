"""The texts that a configuration names: read once, on rank 0, and kept in the run directory as they ran."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import Configuration
from parallel_nls.output.manifest import checksums, sum_of
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import from_root
from parallel_nls.user_code.reading import read_source

Sources = Mapping[str, str]
"""Texts by the names under which a run directory keeps them: initial_data.py, equation.py, diagnostic_NAME.py,
potential_NUMBER.txt or .py."""


def text_files(config: Configuration) -> dict[str, str]:
    """The files that a configuration names, by their names in a run directory. *Communication*: local."""
    files = {RunPaths.DIAGNOSTIC.format(own.name): own.file for own in config.diagnostics.own}
    for number, term in enumerate(config.equation.term_files, start=1):
        if term is not None:
            files[RunPaths.POTENTIAL.format(number) + Path(term).suffix] = term
    given = {RunPaths.INITIAL_DATA: config.initial.source_file, RunPaths.EQUATION: config.equation.source_file}
    return {**{name: path for name, path in given.items() if path is not None}, **files}


def local_sources(config: Configuration) -> Sources:
    """All texts that a configuration names; UserError if one cannot be read. *Communication*: local."""
    return {name: read_source(Path(path)) for name, path in text_files(config).items()}


def read_sources(config: Configuration, comm: MPI.Intracomm, given: Sources, initial: bool = True) -> Sources:
    """All texts that a configuration needs.

    Parameters
    ----------
    config : Configuration
        Names the files.
    comm : MPI.Comm
        All ranks.
    given : mapping
        Texts that are known already.
    initial : bool, optional
        Whether the initial data are needed.

    Raises
    ------
    UserError
        On every rank, if a file cannot be read.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    wanted = {name: path for name, path in text_files(config).items() if initial or name != RunPaths.INITIAL_DATA}
    missing = {name: path for name, path in wanted.items() if name not in given}
    if not missing:
        return dict(given)
    found = from_root(comm, lambda: {name: read_source(Path(path)) for name, path in missing.items()})
    return {**given, **found}


def initial_sums(config: Configuration, comm: MPI.Intracomm) -> dict[str, str]:
    """The checksum of the file of numbers from which a run starts, by its name in run.json; nothing without one.

    Raises
    ------
    StorageError
        On every rank: the file system does not give it out.

    Notes
    -----
    *Communication*: collective, four messages where there is one; each rank reads a part.
    """
    path = config.initial.data_file
    if path is None or not from_root(comm, Path(path).is_file):
        return {}
    _, pieces = checksums(comm, Path(path))
    return {RunPaths.INITIAL_FILE: sum_of(pieces)}


def stored_sources(paths: RunPaths, config: Configuration) -> Sources:
    """The texts that a run directory holds. *Communication*: local; of rank 0."""
    stored = {name: paths.root / name for name in (*text_files(config), RunPaths.WEIGHTS)}
    return {name: read_source(path) for name, path in stored.items() if path.exists()}
