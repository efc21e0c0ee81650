"""What a run starts from, and the exact waves that it is compared with."""

from __future__ import annotations

from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    FileInitial,
    GaussianInitial,
    PythonInitial,
    SolitonsInitial,
)
from parallel_nls.contracts import Domain, Profile
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.output.initial_file import read_initial_field
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import on_all_ranks
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.running.sources import Sources


def reference_profile(config: Configuration) -> Profile | None:
    """What distances are taken to, at any time: bubbles, or solitary waves with their periodic images; local."""
    initial = config.initial
    if isinstance(initial, BubblesInitial):
        bubbles = [Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles]
        return BubbleSum(bubbles, initial.blowup_time)
    if isinstance(initial, SolitonsInitial):
        solitons = [Soliton(w.velocity, w.center, w.frequency, w.phase) for w in initial.solitons]
        return SolitonSum(solitons, config.grid.length)
    return None


def _profile(config: Configuration, source: str) -> Profile:
    """What [initial] describes, other than a file."""
    initial = config.initial
    if isinstance(initial, PythonInitial):
        return PythonProfile(source, initial.file, initial.function)
    if isinstance(initial, GaussianInitial):
        return Gaussian(initial.amplitude, initial.width, initial.center, initial.chirp, config.grid.length)
    profile = reference_profile(config)
    if profile is None:
        raise ValueError(f"initial data of kind {initial.kind} are no profile")
    return profile


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
    initial = config.initial

    def fill() -> None:
        """Fill this rank's share: the user's function may fail at its points alone, a file be missing on its node."""
        if isinstance(initial, FileInitial):
            read_initial_field(initial.file, domain, field)
        else:
            place(_profile(config, sources.get(RunPaths.INITIAL_DATA, "")), domain, config.time.start, field)

    on_all_ranks(domain.comm, fill)
