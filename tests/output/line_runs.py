"""Run directories of lines that were never computed: exact waves, sampled and stored as a run does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.catalogue import selected
from parallel_nls.config import Configuration, load_configuration
from parallel_nls.output.fields import write_field
from parallel_nls.output.run_paths import FORMAT_VERSION, RunPaths
from parallel_nls.output.series import SeriesWriter
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.spectral.line import LineDomain

Wave = Callable[[float, NDArray[np.float64]], NDArray[np.complex128]]

HEAD = """
title = "{title}"
[equation]
name = "nls"
dimension = 1
power = {power}
[grid]
points = {points}
length = {length}
precision = "{precision}"
[limits]
spectral_tail = {limit}
[diagnostics]
families = ["conserved", "virial", "resolution"{distance}]
"""
DEFAULTS = {"title": "", "power": 4.0, "points": 600, "length": 30.0, "precision": "double", "limit": '"off"'}


def bubble(center: float, frequency: float = 1.0) -> Wave:
    """The modulus of a bubble that blows up at T = 0, as a real wave."""

    def wave(time: float, x: NDArray[np.float64]) -> NDArray[np.complex128]:
        """λ^(-1/2) Q((x - center)/λ), λ = -ω·time."""
        scale = -frequency * time
        values: NDArray[np.complex128] = ground_state(1).value(np.abs(x - center) / scale) / np.sqrt(scale) + 0j
        return values

    return wave


def soliton(center: float, velocity: float, frequency: float = 1.0) -> Wave:
    """A solitary wave, without its constant phase."""

    def wave(time: float, x: NDArray[np.float64]) -> NDArray[np.complex128]:
        """W(time, x)."""
        size = ground_state(1).value(np.abs(x - center - velocity * time) / frequency) / np.sqrt(frequency)
        phase = velocity * (x - center) / 2 - velocity**2 * time / 4 + time / frequency**2
        values: NDArray[np.complex128] = size * np.exp(1j * phase)
        return values

    return wave


def line_config(sections: str, **settings: object) -> str:
    """TOML of a run on a line: the common sections and others."""
    distance = ', "distance"' if settings.pop("distance", False) else ""
    return HEAD.format(**(DEFAULTS | settings), distance=distance) + sections


def measure(u: NDArray[np.complex128], x: NDArray[np.float64], power: float) -> dict[str, float | NDArray[np.float64]]:
    """Quantities of a field, by sums and transforms of numpy."""
    spacing = x[1] - x[0]
    k = 2 * np.pi * np.fft.fftfreq(len(x), spacing)
    slope = np.fft.ifft(1j * k * np.fft.fft(u))
    spectrum = np.abs(np.fft.fft(u))
    gradient = np.sum(np.abs(slope) ** 2) * spacing
    potential = np.sum(np.abs(u) ** (power + 2)) * spacing
    place = int(np.argmax(np.abs(u)))
    return {
        "mass": np.sum(np.abs(u) ** 2) * spacing,
        "energy": gradient / 2 - potential / (power + 2),
        "momentum": np.array([np.sum(np.imag(u.conj() * slope)) * spacing]),
        "variance": np.sum(np.abs(x * u) ** 2) * spacing,
        "variance_rate": 4 * np.sum(np.imag(u.conj() * x * slope)) * spacing,
        "variance_acceleration": 8 * gradient - 4 * power / (power + 2) * potential,
        "sup_norm": np.abs(u[place]),
        "sup_position": x[[place]],
        "spectral_tail": np.array([spectrum[np.abs(k) >= 0.9 * np.abs(k).max()].max() / spectrum.max()]),
        "distance_l2": 1e-9 * (1 + place),
        "distance_h1": 2e-9 * (1 + place),
        "distance_sigma": 3e-9 * (1 + place),
    }


def write_line_run(
    root: Path, config_text: str, wave: Wave, times: Sequence[float], fields: Sequence[int] = (), finished: bool = True
) -> Configuration:
    """Write a run directory as if a wave had been computed.

    Parameters
    ----------
    root : Path
        New directory.
    config_text : str
        From `line_config`.
    wave : callable
        u(time, x).
    times : sequence of float
        Rows of the series, a step each.
    fields : sequence of int
        Rows at which the field is stored.
    finished : bool
        Whether there is a summary.
    """
    paths = RunPaths(root)
    paths.fields.mkdir(parents=True)
    paths.config.write_text(config_text)
    config = load_configuration(str(paths.config))
    dtype = np.complex64 if config.grid.precision == "single" else np.complex128
    domain = LineDomain(MPI.COMM_SELF, config.grid.points, config.grid.length, dtype)
    x = (np.arange(float(domain.points[0])) - domain.points[0] / 2) * domain.spacing[0]
    adaptive = config.time.tolerance is not None
    writer = SeriesWriter(paths.series, selected(config.diagnostics.families, 1, adaptive))
    steps, estimate = np.diff(times, prepend=times[0]), 0.0
    for row, time in enumerate(times):
        u = wave(time, x)
        estimate += 1e-9 * abs(steps[row])
        values: dict[str, float | NDArray[np.float64]] = measure(u, x, config.equation.parameters()["power"])
        writer.append(time, row, values | {"step_size": steps[row], "error_estimate": estimate})
        if row in fields:
            folded: NDArray[Any] = u.reshape(domain.shape[1], domain.shape[0]).T.astype(dtype)
            write_field(paths.field(row), domain, folded, row, time, float(steps[row]))
    writer.close()
    if finished:
        write_summary(paths, times[-1], len(times) - 1, {"error_estimate": estimate if adaptive else None})
    return config


def write_summary(paths: RunPaths, end: float, steps: int, more: Mapping[str, object]) -> None:
    """A summary of a run that came to its end."""
    document: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "end_time": end,
        "end_reason": "stop time reached",
        "exit_code": 0,
    }
    document |= {
        **more,
        "steps": steps,
        "pairs": 6 * steps,
        "wall_seconds": 1.5,
        "peak_memory_bytes": [10**8, 2 * 10**8],
    }
    paths.summary.write_text(json.dumps(document))
