"""How long a sample takes that is measured on bubbles, in pairs of transforms: an estimate for a dry run."""

from __future__ import annotations

from math import pi, prod

from parallel_nls.config.configuration import Configuration

__all__ = ["LOOKS", "sample_pairs"]

LOOKS = 2.0
"""Pairs that the default families take, which every sample has."""

_REACH = 34.0  # scales up to which a bubble is summed
_SILENT = 40.0  # largest wavenumber times scale from which on a plane is analysed on every second point
_GRADIENT = 0.85  # what all rows take for fields beside their gradient
_LOOKS, _BUBBLE = 0.9, 2.1  # what all rows take for a fit that was foreseen, and each point that a bubble reaches
_FUNCTIONALS, _LOCALIZED = 0.8, 0.55  # each point
_APART = 1.3  # where the rest is on every second point: a pass of its own over all of them, and one between
_RIDING = 0.4  # there, with a direction along the first axis, in place of both
_OBLIQUE = 1.2  # each bubble at all points, with a direction that is along no axis


def sample_pairs(configuration: Configuration, scale: float) -> float | None:
    """Return about how many pairs of transforms last as long as one sample.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.
    scale : float
        λ of the bubbles at the time of the sample.

    Returns
    -------
    float or None
        None where nothing is measured on bubbles. The numbers are those of one processor: right to a factor of 2.
    """
    families, reference = configuration.diagnostics.modulated_families, configuration.modulated
    if reference is None or not families:
        return None
    grid, centers = configuration.grid, [bubble.center for bubble in reference.bubbles]
    plane = len(grid.points) == 2
    area = pi * (_REACH * scale) ** 2 if plane else 2 * _REACH * scale
    share = min(1.0, area / prod(n * h for n, h in zip(grid.points, grid.spacing, strict=True)))
    silent = plane and pi / max(grid.spacing) * scale >= _SILENT
    total, points = LOOKS + _GRADIENT / (2 if silent else 1), 0.25 if silent else 1.0
    if tuple(families) != ("localized",):
        total += _LOOKS / (2 if silent else 1) + len(centers) * _BUBBLE * share * points
    if "functionals" in families:
        total += _FUNCTIONALS * points
    direction = configuration.modulation.direction
    along = (
        [list(direction)]
        if direction is not None
        else [[x - y for x, y in zip(c, centers[0], strict=True)] for c in centers]
    )
    oblique = plane and len(centers) > 1 and all(any(way[axis] != 0 for way in along) for axis in (0, 1))
    if "localized" in families and silent and all(way[-1] == 0 for way in along):
        total += _RIDING
    elif "localized" in families:
        total += _LOCALIZED + _OBLIQUE * len(centers) * oblique + _APART * silent
    return total
