"""From names in a configuration to the objects of the half-wave equation."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.catalogue import fitting
from parallel_nls.config import (
    Configuration,
    FileInitial,
    GaussianInitial,
    HalfWaveEquation,
    ProfileInitial,
    PythonInitial,
    RationalGrid,
    SechInitial,
)
from parallel_nls.errors import UserError
from parallel_nls.half_wave import running
from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.inhomogeneity import (
    Homogeneous,
    Inhomogeneity,
    check_inhomogeneity,
)
from parallel_nls.half_wave.initial import profile_data
from parallel_nls.half_wave.live_energy import LiveEnergy
from parallel_nls.half_wave.modulation import Decomposer
from parallel_nls.half_wave.profile import BlowUpProfile, blow_up_profile
from parallel_nls.half_wave.quantities import HALF_WAVE_QUANTITIES
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.integrators.compositions import composition
from parallel_nls.output.checkpoint_reading import stored_shape
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.planning.memory import check_ranks
from parallel_nls.results.fields import stored_field_of
from parallel_nls.running.assembly.inhomogeneity import checked_inhomogeneity
from parallel_nls.running.assembly.user_files import read_array, values_of_function
from parallel_nls.running.sources import Sources
from parallel_nls.spectral.rational import RationalAxis

__all__ = [
    "law_numbers",
    "law_remarks",
    "make_decomposer",
    "make_half_wave",
    "make_half_wave_sampler",
    "profile_parameters",
]

ROUGH_VARIATION = 0.4
"""λ²|k''(0)|, from which on the times of the refined law are off by 5 % and more; measured."""


def make_half_wave(
    config: Configuration, comm: MPI.Intracomm, sources: Sources, stored: Path | None
) -> tuple[running.HalfWaveIntegrator, FrameState | None]:
    """What advances solutions, and the initial data of a run that begins: none with the ``stored`` state of another.

    Raises
    ------
    UserError
        If there are several ranks, or the initial data ask for more of k than it has.

    Notes
    -----
    *Communication*: local.
    """
    section, grid = config.equation, config.grid
    if not (isinstance(section, HalfWaveEquation) and isinstance(grid, RationalGrid)):
        raise ValueError(f"{section.name} is no half-wave equation on the line")
    check_ranks(config, comm.size)
    axis = RationalAxis(grid.points[0], grid.scale)
    k = checked_inhomogeneity(section, sources, for_profile=isinstance(config.initial, ProfileInitial))
    run = HalfWave(axis, composition(config.time.scheme), k)
    start: FrameState | None = None
    if stored is None:
        start = _start(config, run, sources)
        rows = len(start.field)
    else:
        # It tells of itself whether it is even: files of initial data may be gone.
        rows = stored_shape(stored, "field")[0]
        if rows not in (1, 2):
            raise UserError(f"{stored} holds {rows} parts of a field on the line, where there are 1 or 2")
    return running.HalfWaveIntegrator(comm, run, running.HalfWaveEquation(section.parameters()), rows), start


def profile_parameters(config: Configuration) -> tuple[float, float] | None:
    """(b, λ) of initial data that are the blow-up profile. *Communication*: local."""
    initial = config.initial
    return (initial.b, initial.scale) if isinstance(initial, ProfileInitial) else None


def _start(config: Configuration, run: HalfWave, sources: Sources) -> FrameState:
    """The initial data, in a frame of their own scale."""
    initial, axis = config.initial, run.axis
    if isinstance(initial, ProfileInitial):
        start = profile_data(axis, initial.b, initial.scale, run.k, normalise=bool(initial.normalise))
        mass = axis.inner(start, start)
        if not mass + initial.excess > 0:
            raise UserError(f"initial.excess = {initial.excess!r}: no mass is left of {mass:.6g}; give less")
        return run.start(start * math.sqrt(1 + initial.excess / mass), scale=initial.scale)
    if isinstance(initial, SechInitial):
        return _of_values(run, initial.amplitude / np.cosh(np.minimum(np.abs(axis.whole) / initial.width, 700.0)))
    if isinstance(initial, GaussianInitial):
        (center,) = initial.in_dimension(1).center
        squares = (axis.whole - center) ** 2
        return _of_values(run, initial.amplitude * np.exp((-0.5 / initial.width**2 + 1j * initial.chirp) * squares))
    if isinstance(initial, FileInitial):
        return _read(run, Path(initial.file), initial.dataset)
    if isinstance(initial, PythonInitial):
        return _of_values(run, values_of_function(initial, sources[RunPaths.INITIAL_DATA], axis.whole, "x"))
    raise ValueError(f"no function on the line is of kind {initial.kind}")


def _read(run: HalfWave, path: Path, dataset: str | None) -> FrameState:
    """Values at all points of the frame of scale 1; of a stored field in its own frame."""
    whole = run.axis.whole
    stored = stored_field_of(path, dataset)
    if stored is not None:
        nodes = stored.coordinates()[0]
        if nodes.shape != whole.shape or not np.allclose(nodes / nodes[-1], whole / whole[-1], rtol=1e-12, atol=0):
            raise UserError(f"{path} is of another basis: give grid.points and grid.scale of its run")
        scale = float(nodes[-1] / whole[-1])
        return _of_values(run, math.sqrt(scale) * stored.values(), scale)
    return _of_values(run, read_array(path, {whole.shape: ""}, dataset))


def _of_values(run: HalfWave, values: NDArray[np.number], scale: float = 1.0) -> FrameState:
    """From values of v at all points, with an odd part only if there is one."""
    even, odd = run.axis.split(values.astype(np.complex128))
    size = float(np.linalg.norm(even) + np.linalg.norm(odd))
    if not 0 < size < math.inf:
        raise UserError(f"the initial data have the norm {size:g}; give others")
    return run.start(even, odd if np.linalg.norm(odd) > 1e-14 * size else None, scale)


def _profile_of(k: Inhomogeneity) -> BlowUpProfile | None:
    """The profile; None where k allows none."""
    try:
        check_inhomogeneity(k)
    except UserError:
        return None
    return blow_up_profile(k.curvature)


def make_decomposer(k: Inhomogeneity) -> Decomposer | None:
    """What finds the profile in even solutions; None where k allows none. *Communication*: local."""
    profile = _profile_of(k)
    return None if profile is None else Decomposer(profile)


def law_numbers(k: Inhomogeneity) -> dict[str, object]:
    """The constants of the refined law, for a summary; nothing where k allows none. *Communication*: local."""
    profile = _profile_of(k)
    return {} if profile is None else {"law": RefinedLaw.of(profile).numbers()}


def law_remarks(config: Configuration, k: Inhomogeneity) -> list[str]:
    """Where the law of the profile that a run starts from is rough, for its log. *Communication*: local."""
    initial, profile = config.initial, _profile_of(k)
    if profile is None or not isinstance(initial, ProfileInitial):
        return []
    variation = profile.variation(initial.scale)
    if variation <= ROUGH_VARIATION:
        return []
    said = (
        f"λ²|k''(0)| = {variation:.2g} of the profile at the start: k varies within it, and the refined law, of which "
        "law_time is, is rough: along runs from 0.4 law_time changed by 5 % of the time that was left, from 0.8 on by "
        "10 to 20 %; where the scale has fallen it is better"
    )
    return [said]


def make_half_wave_sampler(config: Configuration, integrator: running.HalfWaveIntegrator) -> running.HalfWaveSampler:
    """What measures them. *Communication*: local."""
    families = config.diagnostics.families
    k, near_profile = integrator.run.k, {"half-wave", "functionals"} & set(families)
    wanted = [quantity for quantity in fitting(HALF_WAVE_QUANTITIES, 1) if quantity.family in families]
    if not isinstance(k, Homogeneous):
        # The momentum: where k varies it is not conserved.
        wanted = [replace(q, conserved=None) if q.conserved == "absolute" else q for q in wanted]
    decomposer = make_decomposer(k) if near_profile else None
    if "functionals" in families and (decomposer is None or not integrator.even):
        raise UserError(
            'diagnostics.families: "functionals" are of even solutions near the blow-up profile, which needs even '
            "initial data and k with its maximum at x = 0; remove it"
        )
    energy = None
    if "functionals" in families and decomposer is not None:
        energy = LiveEnergy(decomposer.profile, k, config.modulation.cutoff)
    return running.HalfWaveSampler(integrator, wanted, decomposer, energy)
