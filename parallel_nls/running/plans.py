"""By which plans the transforms of a run are made: those of the package, those stored with the run, or by estimate."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mpi4py import MPI

from parallel_nls.output.checkpoint_reading import read_wisdom
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.wisdom import NO_WISDOM, Wisdom, is_accepted, shipped

REFUSED = (
    "warning: this FFTW refuses the plans of the {}: it has another version or other instructions than the one that "
    "found them; FFTW_ESTIMATE plans instead, and long lines take longer"
)


class Plans(NamedTuple):
    """What plans the transforms of a run, the same on every rank.

    Attributes
    ----------
    wisdom : Wisdom
        Empty: all plans are made by estimate.
    remarks : tuple of str
        That others were wanted, which FFTW refuses.

    Notes
    -----
    *Communication*: local.
    """

    wisdom: Wisdom
    remarks: tuple[str, ...] = ()


def choose_plans(comm: MPI.Intracomm, state: Path | None) -> Plans:
    """What plans a new run, or one that goes on from a stored state with the same bits.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks: if one refuses, none takes them.
    state : Path or None
        That of a run, which tells; one from before there was wisdom was planned by estimate. None: a new run.

    Raises
    ------
    UserError
        On every rank: the state cannot be read.

    Notes
    -----
    *Communication*: collective, one message, and a broadcast of a state's.
    """
    wanted = shipped() if state is None else from_root(comm, lambda: read_wisdom(state))
    if comm.allreduce(is_accepted(wanted), MPI.LAND):
        return Plans(wanted)
    return Plans(NO_WISDOM, (REFUSED.format("package" if state is None else "run"),))
