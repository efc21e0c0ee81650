"""On which grid a stored state lies: that of the configuration, or a finer one to which the run has come."""

from __future__ import annotations

from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import Configuration, quoted
from parallel_nls.errors import UserError
from parallel_nls.output.checkpoint_reading import stored_points
from parallel_nls.parallel.consensus import from_root


def on_grid_of(config: Configuration, comm: MPI.Intracomm, state: Path | None) -> Configuration:
    """The configuration on the grid of a stored state; as it is without one, and where the grid is not of this run.

    Parameters
    ----------
    config : Configuration
        Of the run, on its first grid.
    comm : MPI.Comm
        All ranks.
    state : Path or None
        A checkpoint.

    Raises
    ------
    UserError
        On every rank: the file cannot be read, or a run that has refined its grid is no longer to do so, or not as far.

    Notes
    -----
    *Communication*: collective, one broadcast with a state.
    """
    if state is None:
        return config
    points = from_root(comm, lambda: stored_points(state))
    finer = config.grid.doubled_to(points)
    if finer is None:
        return config
    own = quoted(points)
    if not config.grid.refines:
        first = quoted(config.grid.points)
        raise UserError(
            f"{state} lies on grid.points = {own}, to which a run has refined its first {first}; to go on from there "
            f'give grid.refine = "auto" and grid.max_points = {own}, or more'
        )
    if finer.points not in [grid.points for grid in config.grid.refinements]:
        raise UserError(
            f"grid.max_points = {quoted(config.finest.grid.points)}: {state} lies on grid.points = {own}, to which the "
            f"run has come already; give max_points = {own}, with which it goes on there and is refined no further, or "
            "more"
        )
    return config.on_grid(finer)
