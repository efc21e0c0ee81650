"""The figures of runs by name, and drawing them as files: what `parallel-nls plot` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_nls.arguments import listed, numbers, path_of
from parallel_nls.config.spelling import suggest
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
from parallel_nls.figures.formats import check_format, writing_into
from parallel_nls.figures.functionals import plot_functionals
from parallel_nls.figures.half_wave import plot_bubble, plot_law, plot_profile_parameters
from parallel_nls.figures.hierarchy import plot_kinetic, plot_virial
from parallel_nls.figures.identities import plot_identities
from parallel_nls.figures.looks import Style, settings_of
from parallel_nls.figures.modulation import plot_modulation, plot_parameters
from parallel_nls.figures.own import plot_own
from parallel_nls.figures.peak import plot_collapse, plot_peak
from parallel_nls.figures.remainder import plot_remainder
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.spacetime import plot_spacetime
from parallel_nls.output.durable_files import refuse_link
from parallel_nls.results.reader import Run, open_run

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

MOVING = "gif"


@dataclass(frozen=True)
class RunFigure:
    """A figure that runs can have.

    Attributes
    ----------
    draw : function
        Draws it for a run on a sheet; None where the run has no data for it.
    shows, needs : str
        What is seen, and what a run must have, each in some words.
    moves : bool
        Whether it is an animation.
    """

    draw: Callable[[Run, Sheet], Figure | None]
    shows: str
    needs: str
    moves: bool = False


def missing_data(run: Run, figures: Mapping[str, RunFigure], drawn: Sequence[str] = ()) -> str:
    """What is said where there is no data for some figures; ``drawn`` names the others. *Communication*: local."""
    what = ", and for ".join(f"the figure {name}, which needs {figure.needs}" for name, figure in figures.items())
    rest = f"; drawn: {', '.join(drawn)}" if drawn else ""
    return f"run {str(run.paths.root)!r} has no data for {what}{rest}"


_CONSERVATION = RunFigure(
    plot_conservation, "how well mass, energy and momentum are conserved", "the family conserved or virial"
)
_RESOLUTION = RunFigure(plot_resolution, "the spectral tail on each axis, and |u| at the edge", "the family resolution")
_COLLAPSE = RunFigure(
    plot_collapse, "what grows, and when a straight line says that it is infinite", "general data that may collapse"
)
FIGURES = {
    "density": RunFigure(plot_density, "|u|² at some times, and a window on the highest peak", "stored fields"),
    "spacetime": RunFigure(plot_spacetime, "|u|² over t and x", "a line, and eight stored fields"),
    "blowup_law": RunFigure(plot_blowup_law, "sup|u| beside the law of a bubble", "bubbles, and the family resolution"),
    "collapse": _COLLAPSE,
    "peak": RunFigure(plot_peak, "sup|u|", "solitary waves, or an equation in which nothing collapses"),
    "distance": RunFigure(plot_distance, "norms of u minus the exact waves", "the family distance"),
    "parameters": RunFigure(plot_parameters, "where the bubbles are, how large and how fast", "the family modulation"),
    "modulation": RunFigure(
        plot_modulation, "Mod_k, M_k, and the remainder beside the bubbles", "the family modulation"
    ),
    "functionals": RunFigure(plot_functionals, "the functionals of the uniqueness proof", "the family functionals"),
    "own": RunFigure(plot_own, "the user's own quantities", "quantities of one's own"),
    "conservation": _CONSERVATION,
    "identities": RunFigure(plot_identities, "how well the exact identities hold", "the family localized"),
    "resolution": _RESOLUTION,
    "steps": RunFigure(plot_steps, "step sizes, and the sum of their error estimates", "time.tolerance"),
    "animation": RunFigure(
        plot_animation,
        "|u|² and the fitted bubbles, moving",
        "the family modulation, and three stored fields",
        moves=True,
    ),
}
HALF_WAVE_FIGURES = {
    "bubble": RunFigure(plot_bubble, "|u|, and in its own scale over Q", "stored fields, and the family half-wave"),
    "profile": RunFigure(plot_profile_parameters, "λ, b, and what remains", "the family half-wave"),
    "law": RunFigure(plot_law, "λ, b and γ beside the law of blow-up", "minimal mass"),
    "collapse": _COLLAPSE,
    "conservation": _CONSERVATION,
    "resolution": _RESOLUTION,
}
REMAINDER_FIGURES = {
    "remainder": RunFigure(plot_remainder, "norms of the remainder beside e^{−δs}", "the family remainder"),
    "modulation": FIGURES["modulation"],
    "resolution": _RESOLUTION,
}
HIERARCHY_FIGURES = {
    "density_matrix": RunFigure(plot_density_matrix, "|γ⁽¹⁾(r, r')|² at the first and the last time", "stored fields"),
    "density": RunFigure(plot_radial_density, "γ⁽¹⁾(r, r) at some times", "stored fields"),
    "virial": RunFigure(plot_virial, "the variance, and until when there can be a solution", "the family virial"),
    "collapse": _COLLAPSE,
    "kinetic": RunFigure(plot_kinetic, "the kinetic energy below its bound", "a bounded potential"),
    "closure": RunFigure(plot_closure, "how far the closure is from the exact mixture", "a closure"),
    "occupations": RunFigure(plot_occupations, "eigenvalues of γ⁽¹⁾", "more than one wave"),
    "conservation": _CONSERVATION,
    "resolution": _RESOLUTION,
}
PLANE_FIGURES = {
    "density": RunFigure(plot_density, "the density at some times", "stored fields"),
    **{name: HIERARCHY_FIGURES[name] for name in ("virial", "kinetic", "occupations", "conservation", "resolution")},
}
_OF_SYSTEMS = {
    "radius": HIERARCHY_FIGURES,
    "plane": PLANE_FIGURES,
    "line": HALF_WAVE_FIGURES,
    "periodic-line": HALF_WAVE_FIGURES,
}


def figures_of(run: Run) -> dict[str, RunFigure]:
    """The figures that runs of this kind can have, by name. *Communication*: local."""
    usual = REMAINDER_FIGURES if run.config.equation.is_remainder else FIGURES
    return _OF_SYSTEMS.get(run.config.system, usual)


def plot_run(
    run: str | Path | Run,
    *,
    only: Sequence[str] = (),
    times: float | Iterable[float] = (),
    cmap: str | Colormap | None = None,
    style: Style | Iterable[Style] = (),
    file_format: str = "png",
    title: str | None = None,
    to: str | Path | None = None,
    tell: Callable[[Path], None] = lambda path: None,  # noqa: ARG005
) -> list[Path]:
    """Draw figures of a run as files; old ones are replaced.

    Parameters
    ----------
    run : str, Path or Run
        The run directory, of a run that has ended, was killed, or still goes on; or the run, opened.
    only : sequence of str, optional
        Names of `figures_of`; by default all for which there is data.
    times : float or several, optional
        t at which fields are shown, where a figure shows some: the stored fields nearest to them.
    cmap : str or Colormap, optional
        Colours of images.
    style : str, Path, mapping, or several of them
        Styles of matplotlib by name, files .mplstyle, or settings, on top of that of the package.
    file_format : str
        png, pdf or svg; an animation is a gif in any case.
    title : str, optional
        Instead of the title of the run; "" for none.
    to : str or Path, optional
        The folder, which is made; by default RUN/figures.
    tell : function, optional
        Called with each file as soon as it is drawn.

    Returns
    -------
    list of Path
        The files, named like the figures, in the order of `figures_of`.

    Raises
    ------
    UserError
        If there is no run, it has no row yet, a file is damaged, or the figures cannot be written; if there is no such
        figure, style, colour map, format or time. If there is no data for a figure that is asked for, after all others
        are drawn.

    Notes
    -----
    *Communication*: local; uses no display. Fields are read in bands, only windows of them in full.
    """
    run = run if isinstance(run, Run) else open_run(run)
    figures = figures_of(run)
    for name in listed("only", only, str, '["density"]'):
        if name not in figures:
            raise UserError(f"--only {name}: no figure of this run; {suggest(name, list(figures))}")
    check_format(file_format)
    settings, times = settings_of(style, cmap), numbers("times", times)
    has_rows(run)
    folder = run.paths.figures if to is None else path_of("to", to, "a folder")
    if to is None:
        refuse_link(folder)
    drawn: list[Path] = []
    missing: dict[str, RunFigure] = {}
    with writing_into(folder):
        folder.mkdir(parents=to is not None, exist_ok=True)
        for name, figure in figures.items():
            if only and name not in only:
                continue
            path = folder / f"{name}.{MOVING if figure.moves else file_format}"
            if path.is_symlink():
                path.unlink()  # else what it leads to would be drawn over
            if figure.draw(run, Sheet(path, times, settings, title)) is not None:
                drawn.append(path)
                tell(path)
            elif only:
                missing[name] = figure
    if missing:
        raise UserError(missing_data(run, missing, [path.stem for path in drawn]))
    return drawn


def has_rows(run: Run) -> None:
    """Refuse a run that has no row yet. *Communication*: local."""
    if not len(run.columns["time"].values):
        raise UserError(f"run {str(run.paths.root)!r} has no row yet; there is nothing to draw")
