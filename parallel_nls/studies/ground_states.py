"""`parallel-nls ground-state`: the ground state of an equation, its numbers, and a stored field of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration
from parallel_nls.elliptic import petsc
from parallel_nls.elliptic.standing_wave import ground_state
from parallel_nls.errors import UserError
from parallel_nls.output.fields import write_field
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.assembly.standing_waves import check_standing_waves, make_problem
from parallel_nls.running.signals import noting_signals
from parallel_nls.running.sources import read_sources
from parallel_nls.studies.half_wave_states import ground_state_numbers, write_line_state

__all__ = ["compute_ground_state"]


def compute_ground_state(
    config: Configuration,
    comm: MPI.Intracomm,
    frequency: float = 1.0,
    field: Path | None = None,
    document: Path | None = None,
) -> dict[str, Any]:
    """The numbers of Q, and Q itself as a file from which a run of the same grid can start.

    Parameters
    ----------
    config : Configuration
        Its equation, and its grid.
    comm : MPI.Comm
        All ranks.
    frequency : float, optional
        ω of u = e^{iωt}Q; on the whole line 1.
    field : Path, optional
        A new file.
    document : Path, optional
        Where the numbers are going to be written: looked at before anything is computed.

    Returns
    -------
    dict
        ``peak``, ``mass``, ``quadratic_form`` (Q, |ξ|^s Q), ``power_integral`` ∫Q^{p+2}, ``integral`` ∫Q, and more of
        the computation; the same on every rank.

    Raises
    ------
    UserError
        On every rank: no ground state of this equation is known, or there is none; the file is there; PETSc is not.
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective.
    """
    check_standing_waves(config)
    from_root(comm, lambda: _check_files(field, document))
    if config.grid.space == "line":
        if frequency != 1:
            raise UserError(f"--frequency {frequency!r}: on the whole line it is 1; others follow by scaling")
        numbers = ground_state_numbers(config)
        if field is not None:
            with noting_signals():  # whole, or not at all
                from_root(comm, lambda: write_line_state(config, field))
    else:
        petsc.require(comm)
        numbers = _in_a_box(config, comm, frequency, field)
    return numbers if field is None else {**numbers, "field": str(field)}


def _check_files(field: Path | None, document: Path | None) -> None:
    if field is not None and field.suffix != ".h5":
        raise UserError(f"--field {field}: a stored field is an HDF5 file; give a name that ends with .h5")
    for option, path in (("--json", document), ("--field", field)):
        if path is None:
            continue
        if path.exists():
            raise UserError(f"{option} {path}: is there already; give another file, or remove it")
        if not path.parent.is_dir():
            raise UserError(f"{option} {path}: there is no folder {str(path.parent)!r}; make it, or give another file")
    if field is not None and field == document:
        raise UserError(f"--json {document}: is the name of the field, too; give another, such as {field.stem}.json")


def _in_a_box(config: Configuration, comm: MPI.Intracomm, frequency: float, field: Path | None) -> dict[str, Any]:
    problem = make_problem(config, comm, read_sources(config, comm, {}, initial=False), frequency)
    domain = problem.domain
    with closing(domain):
        wave = ground_state(problem)
        if field is not None:
            values = domain.allocate(domain.layouts[0])
            values[...] = wave.values
            with noting_signals():
                write_field(field, domain, values, 0, config.time.start, 0.0)
    return {
        **asdict(wave.numbers),
        "order": problem.order,
        "power": problem.power,
        "frequency": problem.frequency,
        "residual": wave.residual,
        "newton_steps": len(wave.iterations.krylov),
        "most_krylov_steps": int(np.max(wave.iterations.krylov, initial=0)),
    }
