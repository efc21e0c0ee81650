"""From [initial] to the mixture of waves from which a hierarchy starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parallel_nls.config import Configuration, FileInitial, MixtureInitial, PythonInitial, ThermalInitial
from parallel_nls.errors import UserError
from parallel_nls.hartree.oscillator import thermal_mixture
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.fields import stored_field_of
from parallel_nls.running.assembly.user_files import read_array, values_of_function
from parallel_nls.running.sources import Sources
from parallel_nls.spectral.radial import RadialAxis

__all__ = ["Waves", "starting_waves", "stored_mixture"]

Waves = tuple[RealArray, ComplexArray]
"""Weights (J,) of sum 1, and values (J, n) of norm 1 on the axis."""
_HERMITIAN = 1e-10  # relative, by which a matrix may miss it, and its eigenvalues may be negative
_KEPT = 1e-14  # the least eigenvalue that counts


def starting_waves(config: Configuration, axis: RadialAxis, sources: Sources) -> Waves:
    """The mixture of the initial data.

    Parameters
    ----------
    config : Configuration
        Its section [initial].
    axis : RadialAxis
        Where.
    sources : Sources
        With the text of the user's function, if there is one.

    Raises
    ------
    UserError
        If a file or a function gives no wave on this axis.

    Notes
    -----
    *Communication*: local; of rank 0, which tells the others.
    """
    initial = config.initial
    if isinstance(initial, MixtureInitial):
        exponents = np.array([-0.5 / wave.width**2 + 1j * wave.chirp for wave in initial.components])
        waves = axis.amplitude * np.exp(exponents[:, None] * axis.r**2)
        return np.array([wave.weight for wave in initial.components]), _normalised(waves, "the wave")
    if isinstance(initial, ThermalInitial):
        return thermal_mixture(axis, initial.width, initial.temperature, initial.modes)
    if isinstance(initial, PythonInitial):
        values = values_of_function(initial, sources[RunPaths.INITIAL_DATA], axis.r, "r")
        return np.ones(1), _normalised(axis.amplitude * values, f"{initial.file}: {initial.function}")
    if isinstance(initial, FileInitial):
        return _read(Path(initial.file), initial.dataset, axis)
    raise ValueError(f"no mixture of waves is of kind {initial.kind}")


def stored_mixture(axis: RadialAxis, sources: Sources) -> Waves | None:
    """The weights that a run stored, and waves 0 that its checkpoint replaces; None without. *Communication*: local."""
    text = sources.get(RunPaths.WEIGHTS)
    if text is None:
        return None
    weights = np.array([float(line) for line in text.split()])
    return weights, np.zeros((len(weights), len(axis.r)), np.complex128)


def _normalised(waves: NDArray[np.number], what: str) -> ComplexArray:
    """Waves of norm 1; refuses what is not finite, or 0."""
    values = np.atleast_2d(waves).astype(np.complex128)
    norms = np.linalg.norm(values, axis=1)
    if not (np.isfinite(norms).all() and (norms > 0).all()):
        raise UserError(
            f"{what} has the norm {norms[~(norms > 0) | ~np.isfinite(norms)][0]:g} on the axis; give another"
        )
    return np.asarray(values / norms[:, None])


def _read(path: Path, dataset: str | None, axis: RadialAxis) -> Waves:
    """One wave φ(r_j), or the natural orbitals of γ⁽¹⁾(r_i, r_j); of a stored field γ⁽¹⁾ as it rests."""
    points, weight = len(axis.r), axis.amplitude
    stored = stored_field_of(path, dataset)
    if stored is not None:
        nodes = stored.coordinates()[0]
        if nodes.shape != axis.r.shape or not np.allclose(nodes, axis.r, rtol=1e-12, atol=0):
            raise UserError(f"{path} is of another axis: give grid.points and grid.radius of its run")
        return _orbitals(stored.values(), path)
    array = read_array(path, {(points,): ", a wave φ(r)", (points, points): ", a matrix γ⁽¹⁾(r, r')"}, dataset)
    if array.ndim == 1:
        return np.ones(1), _normalised(weight * array, str(path))
    return _orbitals(weight[:, None] * array * weight, path)


def _orbitals(matrix: NDArray[np.number], path: Path) -> Waves:
    """Eigenvalues and eigenvectors of a density matrix, the largest first; its trace becomes 1."""
    size = float(np.linalg.norm(matrix)) if np.isfinite(matrix).all() else np.nan
    apart = float(np.linalg.norm(matrix - matrix.conj().T))
    if not apart <= _HERMITIAN * size:
        raise UserError(f"{path} holds a matrix that is not Hermitian (off by {apart:.2g}); give a density matrix")
    values, vectors = np.linalg.eigh((matrix + matrix.conj().T) / 2)
    if not values[0] >= -_HERMITIAN * values[-1]:
        raise UserError(f"{path} holds a matrix with the eigenvalue {values[0]:.2g}; give a density matrix, γ⁽¹⁾ ≥ 0")
    kept = np.flatnonzero(values > _KEPT * values[-1])[::-1]
    return values[kept] / values[kept].sum(), np.ascontiguousarray(vectors.T[kept]).astype(np.complex128)
