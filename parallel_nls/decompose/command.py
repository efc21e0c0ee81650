"""The analysis of one stored field: a simulation that begins with it, measured once and never advanced."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from mpi4py import MPI

from parallel_nls.bubbles.analysis import BubbleMonitor
from parallel_nls.bubbles.deviations.monitor import DeviationMonitor
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.config import Configuration
from parallel_nls.decompose.findings import Findings
from parallel_nls.decompose.report_text import describe
from parallel_nls.decompose.request import Request
from parallel_nls.decompose.setting import Setting, prepare
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.durable_files import replace_file
from parallel_nls.output.refusals import stored_by_root
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.assembly import series_quantities
from parallel_nls.running.opening import open_simulation


@dataclass(frozen=True)
class DecompositionOutcome:
    """What a decomposition has to say.

    Attributes
    ----------
    text : str
        Lines for a terminal.
    failure : str or None
        Why there is no decomposition.
    """

    text: str
    failure: str | None

    @property
    def exit_code(self) -> int:
        """0, or 3 without a decomposition."""
        return DONE if self.failure is None else STOPPED


def decompose(comm: MPI.Intracomm, request: Request) -> DecompositionOutcome:
    """Decompose a stored field into bubbles, and evaluate all functionals on it.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that take part.
    request : Request
        The same on every rank.

    Returns
    -------
    DecompositionOutcome
        The same on every rank.

    Raises
    ------
    UserError
        On every rank: the file, or what is asked of it, makes no sense.
    StorageError
        On every rank: the file system refuses the file of values.

    Notes
    -----
    *Communication*: collective. Rank 0 looks for the bubbles; every rank reads its share of the field.
    """
    setting = from_root(comm, lambda: prepare(request))
    findings = measure(comm, setting)
    target = request.json
    if target is not None:
        text = json.dumps(findings.document(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        stored_by_root(comm, target, lambda: replace_file(target, text.encode()))
    return DecompositionOutcome(describe(findings), findings.failure)


def measure(comm: MPI.Intracomm, setting: Setting) -> Findings:
    """All quantities of a field, and by how much they change on twice the points.

    Raises
    ------
    UserError
        On every rank: the grid does not fit the memory, or the field is not finite.

    Notes
    -----
    *Communication*: collective.
    """
    measured = _measured(comm, setting.config)
    if not measured.finite:
        raise UserError(f"{setting.stored.path} holds numbers that are not finite; it cannot be decomposed")
    finer = None
    if measured.failure is None:
        finer = _on_more_points(comm, setting.finer) if isinstance(setting.finer, Configuration) else setting.finer
    return Findings.of(setting, measured.values, measured.localization, measured.failure, finer)


class _Measured(NamedTuple):
    """What one simulation that was never advanced has told."""

    finite: bool
    values: dict[str, float | RealArray]
    localization: Localization
    failure: str | None


def _measured(comm: MPI.Intracomm, config: Configuration) -> _Measured:
    """All quantities of the field on one grid; collective."""
    simulation = open_simulation(config, comm)
    values = simulation.measure()
    monitors = simulation.sampler.monitors
    (monitor,) = (each for each in monitors if isinstance(each, BubbleMonitor | DeviationMonitor))
    names = [quantity.name for quantity in series_quantities(config, simulation.sampler)]
    simulation.close()
    known = {name: values[name] for name in names if name in values}
    return _Measured(bool(values["finite"]), known, monitor.localization, monitor.failure)


def _on_more_points(comm: MPI.Intracomm, finer: Configuration) -> dict[str, float | RealArray] | str:
    """The quantities of the same trigonometric polynomial on twice the points, or why there are none; collective."""
    try:
        found = _measured(comm, finer)
    except UserError as error:  # the same on every rank
        return str(error)
    return found.values if found.failure is None else f"there the decomposition fails: {found.failure}"
