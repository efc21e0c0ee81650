"""What a run starts from, and the exact waves that it is compared with."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    FileInitial,
    GaussianInitial,
    ProfileInitial,
    PythonInitial,
    SechInitial,
    SolitonsInitial,
    load_configuration,
)
from parallel_nls.contracts import Domain, Profile, State
from parallel_nls.diagnostics.integration import mass_of
from parallel_nls.diagnostics.peaks import peak_between_points
from parallel_nls.equations.rotations import largest_density
from parallel_nls.errors import UserError
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.output.field_places import check_places
from parallel_nls.output.initial_file import FoundField, find_initial_field, read_initial_field
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import from_root, on_all_ranks
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.noise import Noise, add_noise
from parallel_nls.profiles.placing import place, unevenness
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.profiles.sech import Sech
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.running.assembly.solving import make_domain
from parallel_nls.running.sources import Sources
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.refinement import spectrum_of
from parallel_nls.spectral.shifting import shift_back

_TRIED = 5
_FIELD = "field_*.h5"
_EVEN = 1e-10  # relative, by which values of an even function may differ at mirrored points


def reference_profile(config: Configuration) -> Profile | None:
    """What distances are taken to, at any time: bubbles, or solitary waves with their periodic images; local."""
    initial = config.initial
    if isinstance(initial, BubblesInitial):
        bubbles = [Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles]
        return BubbleSum(bubbles, initial.blowup_time)
    if isinstance(initial, SolitonsInitial):
        solitons = [Soliton(w.velocity, w.center, w.frequency, w.phase) for w in initial.solitons]
        return SolitonSum(solitons, config.grid.length, config.equation.focusing_power)
    return None


def _profile(config: Configuration, sources: Sources) -> Profile:
    """What [initial] describes by a formula."""
    initial = config.initial
    if isinstance(initial, GaussianInitial):
        return Gaussian(initial.amplitude, initial.width, initial.center, initial.chirp)
    if isinstance(initial, SechInitial):
        return Sech(initial.amplitude, initial.width)
    if isinstance(initial, ProfileInitial):
        from parallel_nls.running.assembly.half_wave_line import blow_up_wave  # only then: it takes SciPy

        return blow_up_wave(config, sources)
    profile = reference_profile(config)
    if profile is None:
        raise ValueError(f"initial data of kind {initial.kind} are no profile")
    return profile


def start_state(config: Configuration, integrator: SplitStep, sources: Sources) -> State:
    """The state at the start; raises as `place_initial` and `change_initial` do. *Communication*: collective."""
    place_initial(config, integrator.domain, integrator.spare, sources)
    state = integrator.start()
    change_initial(config, integrator, state)
    return state


def place_initial(config: Configuration, domain: Domain, field: ComplexArray, sources: Sources) -> None:
    """Overwrite ``field`` by the initial data.

    Parameters
    ----------
    config : Configuration
        Its section [initial].
    domain : Domain
        The line or the plane.
    field : ndarray
        Local share in physical layout.
    sources : Sources
        With the text of the user's function, if there is one.

    Raises
    ------
    UserError
        If the file or the user's function does not give values on the grid; the same text on every rank.

    Notes
    -----
    *Communication*: collective.
    """
    initial, time = config.initial, config.time.start
    made: list[Profile] = []
    if isinstance(initial, FileInitial):
        _place_file(config, initial, domain, field)
        return

    def fill() -> None:
        """Fill this rank's share: the user's function may fail at its points alone, a file be missing on its node."""
        if isinstance(initial, PythonInitial):
            made.append(PythonProfile(sources[RunPaths.INITIAL_DATA], initial.file, initial.function))
        else:
            made.append(_profile(config, sources))
        place(made[0], domain, time, field)

    doing = "" if initial.source_file is None else f"the initial data in {initial.source_file}"
    on_all_ranks(domain.comm, fill, doing)
    (profile,) = made
    if isinstance(profile, PythonProfile):
        _check_function(profile, domain, field)
    if domain.even:
        _check_even(profile, domain, time, doing)


def _check_even(profile: Profile, domain: Domain, time: float, doing: str) -> None:
    """Refuse initial data that are not even about the origin of an axis. *Communication*: collective."""
    found: list[tuple[list[float], float]] = []
    on_all_ranks(domain.comm, lambda: found.append(unevenness(profile, domain, time)), doing)
    everyone = domain.comm.allgather(found[0])
    largest = max(size for _, size in everyone)
    for k, axis in enumerate(domain.even):
        apart, label = max(own[k] for own, _ in everyone), domain.labels[axis]
        if apart > _EVEN * largest:
            raise UserError(
                f"grid.even: the initial data are not even about {label} = 0, off by {apart / largest:.2g} of the "
                f'largest |u|; remove "{label}", or center them'
            )


def _place_file(config: Configuration, initial: FileInitial, domain: Domain, field: ComplexArray) -> None:
    """Overwrite ``field`` by what a file holds, of another grid by its trigonometric polynomial. Collective."""
    comm, path = domain.comm, initial.file

    def look() -> FoundField:
        """See whether it is to be taken to the grid, and can be."""
        found = find_initial_field(path, initial.dataset)
        _check_unknown(config, path, found)
        if initial.interpolate and len(found.points) == len(domain.points):
            check_places(path, found.places, domain.length)
            mistakes = config.grid.model_copy(update={"points": found.points}).find_points_mistakes()
            if mistakes:
                raise UserError(f"{path} holds {_by_points(found.points)} points: {mistakes[0]}")
        return found

    def read(where: Domain, values: ComplexArray) -> None:
        """Read it to a grid of its points."""
        read_initial_field(path, where, values, initial.dataset)
        if found.even != where.even:
            shift_back(as_box(where), values, found.even)

    found, points = from_root(comm, look), config.grid.points
    if not initial.interpolate or found.points == points or len(found.points) != len(points):
        read(domain, field)
        return
    source = make_domain(config.on_grid(config.grid.model_copy(update={"points": found.points})), comm)
    with closing(source):
        values = source.allocate(source.layouts[0])
        read(source, values)
        source.sweeps[0][0](values, values, None, None, "forward")
        spectrum = spectrum_of(source, source.points, values, source.even)
        left_out = spectrum.left_out(domain.points)
    if left_out > config.grid.rounding:
        raise UserError(
            f"{path} holds {_by_points(found.points)} points, the run has {_by_points(points)}: waves that "
            f"these do not hold have up to {left_out:.2g} of the largest, more than rounding, "
            f"{config.grid.rounding:g}; give more grid.points"
        )
    taken = spectrum.on(domain, domain.points)
    domain.sweeps[0][0].to_values(taken)
    field[...] = taken


def _check_unknown(config: Configuration, path: str, found: FoundField) -> None:
    """Refuse what another equation is solved for, as far as its file tells: z is no u."""
    wanted, unknown = config.equation.unknown, found.unknown or _unknown_by_run(Path(path))
    if not unknown or unknown == wanted:
        return
    remedy = f"give {wanted} as an array of numpy (.npy)"
    if unknown == Meaning().unknown:
        raise UserError(
            f"{path} holds {unknown} of a run that is in no remainder form, where {wanted} begins; {remedy}"
        )
    raise UserError(
        f"{path} holds {unknown} of a run in remainder form, and this run solves for {wanted}; start a "
        f"remainder of the same frame from it, by [initial.remainder], or {remedy}"
    )


def _unknown_by_run(path: Path) -> str:
    """What the run solved for in whose folder of fields a file lies; empty where there is none that tells.

    Files that were written before they told it themselves are known by nothing else.
    """
    paths = RunPaths(path.resolve().parent.parent)
    if path.resolve().parent != paths.fields.resolve() or not path.match(_FIELD) or not paths.config.is_file():
        return ""
    try:
        return load_configuration(paths.config, with_files=False).equation.unknown
    except UserError:
        return ""


def _by_points(points: tuple[int, ...]) -> str:
    return " × ".join(map(str, points))


def _check_function(profile: PythonProfile, domain: Domain, field: ComplexArray) -> None:
    """Refuse a function whose values follow from more than their own points. *Communication*: collective."""
    blocks = domain.sweeps[0][0].blocks
    peaks = [float(largest_density(field[lines.lines], 0.0)) for lines in blocks]
    size = math.sqrt(domain.comm.allreduce(max(peaks, default=0.0), MPI.MAX))
    # Some blocks, that of the largest value among them: each takes three calls, and a call may take long.
    tried = {round(k * (len(blocks) - 1) / (_TRIED - 1)) for k in range(_TRIED)} if blocks else set()
    tried |= {peaks.index(max(peaks))} if blocks else set()

    def check() -> None:
        """Call it with some points of a block alone."""
        for lines in (blocks[k] for k in sorted(tried)):
            profile.check(field[lines.lines], domain.block_coordinates(lines), size)

    on_all_ranks(domain.comm, check, f"the initial data in {profile.path}")


def change_initial(config: Configuration, integrator: SplitStep, state: State) -> None:
    """Add the noise of the initial data to them, and scale them to the mass or the peak that is asked for.

    Parameters
    ----------
    config : Configuration
        Its section [initial].
    integrator : SplitStep
        Of the state; its spare buffer is overwritten.
    state : State
        The initial data, at rest; its field is changed.

    Raises
    ------
    UserError
        On every rank: a field that is zero cannot be scaled.

    Notes
    -----
    *Communication*: collective; none where nothing is asked for.
    """
    initial = config.initial
    if initial.noise:
        noises = tuple(Noise(noise.amplitude, noise.bandwidth, noise.seed) for noise in initial.noise)
        add_noise(noises, integrator.domain, integrator.columns, state.field)
    if initial.normalise is None:
        return
    wanted, found = _normalised(config, integrator, state)
    if found == 0.0:
        raise UserError("initial.normalise: the initial data are zero on the grid; give others, or remove it")
    # A field that is not finite is left to those who say so.
    if wanted is not None and math.isfinite(found):
        field = state.field
        field *= math.sqrt(wanted / found)


def _normalised(config: Configuration, integrator: SplitStep, state: State) -> tuple[float | None, float]:
    """The mass, or the largest |u|², to which initial data are scaled, and the one that they have. Collective."""
    normalise = config.initial.normalise
    if normalise is None or isinstance(normalise, bool):
        from parallel_nls.running.assembly.half_wave_line import critical_mass

        mass = mass_of(integrator, state)
        return critical_mass(config, mass), mass
    if normalise.peak is not None:
        return normalise.peak**2, peak_between_points(integrator, state)
    return normalise.mass, mass_of(integrator, state)
