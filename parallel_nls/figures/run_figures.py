"""Draws the figures of a run directory: what `parallel-nls plot` does."""

from __future__ import annotations

from pathlib import Path

from parallel_nls.errors import UserError
from parallel_nls.figures.accuracy import plot_conservation, plot_resolution, plot_steps
from parallel_nls.figures.animation import plot_animation
from parallel_nls.figures.density import plot_density
from parallel_nls.figures.density_matrices import (
    plot_closure,
    plot_density_matrix,
    plot_occupations,
    plot_radial_density,
)
from parallel_nls.figures.exact_waves import plot_blowup_law, plot_distance
from parallel_nls.figures.functionals import plot_functionals
from parallel_nls.figures.half_wave import plot_bubble, plot_law, plot_profile_parameters
from parallel_nls.figures.hierarchy import plot_kinetic, plot_virial
from parallel_nls.figures.identities import plot_identities
from parallel_nls.figures.modulation import plot_modulation, plot_parameters
from parallel_nls.figures.own import plot_own
from parallel_nls.figures.peak import plot_collapse, plot_peak
from parallel_nls.figures.remainder import plot_remainder
from parallel_nls.figures.spacetime import plot_spacetime
from parallel_nls.results.reader import open_run

FIGURES = {
    "density.png": plot_density,
    "spacetime.png": plot_spacetime,
    "blowup_law.png": plot_blowup_law,
    "collapse.png": plot_collapse,
    "peak.png": plot_peak,
    "distance.png": plot_distance,
    "parameters.png": plot_parameters,
    "modulation.png": plot_modulation,
    "functionals.png": plot_functionals,
    "own.png": plot_own,
    "conservation.png": plot_conservation,
    "identities.png": plot_identities,
    "resolution.png": plot_resolution,
    "steps.png": plot_steps,
    "animation.gif": plot_animation,
}
HALF_WAVE_FIGURES = {
    "bubble.png": plot_bubble,
    "profile.png": plot_profile_parameters,
    "law.png": plot_law,
    "collapse.png": plot_collapse,
    "conservation.png": plot_conservation,
    "resolution.png": plot_resolution,
}
REMAINDER_FIGURES = {
    "remainder.png": plot_remainder,
    "modulation.png": plot_modulation,
    "resolution.png": plot_resolution,
}
HIERARCHY_FIGURES = {
    "density_matrix.png": plot_density_matrix,
    "density.png": plot_radial_density,
    "virial.png": plot_virial,
    "collapse.png": plot_collapse,
    "kinetic.png": plot_kinetic,
    "closure.png": plot_closure,
    "occupations.png": plot_occupations,
    "conservation.png": plot_conservation,
    "resolution.png": plot_resolution,
}
PLANE_FIGURES = {
    "density.png": plot_density,
    "virial.png": plot_virial,
    "kinetic.png": plot_kinetic,
    "occupations.png": plot_occupations,
    "conservation.png": plot_conservation,
    "resolution.png": plot_resolution,
}


def plot_run(path: str | Path) -> list[Path]:
    """Draw all figures for which a run has data, as files in RUN/figures; old ones are replaced.

    Parameters
    ----------
    path : str or Path
        The run directory, of a run that has ended, was killed, or still goes on.

    Returns
    -------
    list of Path
        PNG files: density, spacetime (on a line), blowup_law (bubbles), peak (solitary waves) or collapse (other data),
        distance, conservation, resolution, steps (with a tolerance); of the families modulation, functionals and
        localized: parameters, modulation, functionals, identities, and animation as a GIF; own: the user's quantities.
        Of density matrices density_matrix, density, virial, collapse or kinetic, closure, occupations, two of these; of
        a mixture in the plane density, virial, kinetic, occupations, two of these. Of half waves bubble, profile,
        law, collapse and two of these; of a remainder remainder, modulation (of that family) and resolution.

    Raises
    ------
    UserError
        If there is no run, it has no row yet, a file is damaged, or the figures cannot be written.

    Notes
    -----
    *Communication*: local; uses no display. Fields are read in bands, only windows of them in full.
    """
    run = open_run(path)
    if not len(run.columns["time"].values):
        raise UserError(f"run {str(run.paths.root)!r} has no row yet; there is nothing to draw")
    folder = run.paths.figures
    if folder.is_symlink():
        raise UserError(f"{folder} is a link to elsewhere; remove it, or make the whole run directory a link")
    try:
        folder.mkdir(exist_ok=True)
        others = {"radius": HIERARCHY_FIGURES, "plane": PLANE_FIGURES}
        others |= dict.fromkeys(("line", "periodic-line"), HALF_WAVE_FIGURES)
        usual = REMAINDER_FIGURES if run.config.equation.is_remainder else FIGURES
        figures = others.get(run.config.system, usual)
        for name in figures:
            if (folder / name).is_symlink():  # else what it leads to would be drawn over
                (folder / name).unlink()
        drawn = [draw(run, folder / name) for name, draw in figures.items()]
    except OSError as error:
        raise UserError(f"figures cannot be written into {str(folder)!r} ({error.strerror})") from None
    return [figure for figure in drawn if figure is not None]
