"""By what the transforms of a run are made: as the package has it, as stored with the run, or by estimate."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mpi4py import MPI

from parallel_nls.output.checkpoint_reading import read_wisdom
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.fast_fourier.registers import has_wide_registers
from parallel_nls.spectral.wisdom import KERNELS, Wisdom, is_accepted, shipped, without_fftw, without_kernels

REFUSED = (
    "warning: this FFTW refuses the plans of the {}: it has another version or other instructions than the one that "
    "found them; FFTW_ESTIMATE plans instead, and long lines take longer"
)
UNKNOWN = (
    "warning: this version of the package has no kernels {!r}, with which the run began; FFTW transforms the lines "
    "that they did, from here on with other bits, and slower; to keep the bits, go on with the version that wrote the "
    "checkpoint, which provenance in summary.json names"
)


class Plans(NamedTuple):
    """What plans the transforms of a run, the same on every rank.

    Attributes
    ----------
    wisdom : Wisdom
        Our kernels, plans of FFTW; empty: all plans are made by estimate.
    remarks : tuple of str
        That others were wanted, which are refused here.

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
        All ranks: if one refuses, none takes them; a new run has our kernels if they are fast on all.
    state : Path or None
        That of a run, which tells; one from before there was wisdom was planned by estimate. None: a new run.

    Raises
    ------
    UserError
        On every rank: the state cannot be read.

    Notes
    -----
    *Communication*: collective, three messages at most.
    """
    if state is None:
        wanted = shipped(comm.allreduce(has_wide_registers(), MPI.LAND))
    else:
        wanted = from_root(comm, lambda: read_wisdom(state))
    if comm.allreduce(is_accepted(wanted), MPI.LAND):
        return Plans(wanted)
    remarks = []
    if wanted.kernels not in (None, KERNELS):
        remarks.append(UNKNOWN.format(wanted.kernels))
        wanted = without_kernels(wanted)
        if comm.allreduce(is_accepted(wanted), MPI.LAND):  # then lines that no kernels transformed keep their bits
            return Plans(wanted, tuple(remarks))
    return Plans(without_fftw(wanted), (*remarks, REFUSED.format("package" if state is None else "run")))
