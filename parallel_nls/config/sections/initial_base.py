"""What initial data of every kind answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from parallel_nls.config.sections.initial_changes import NoiseParameters, Normalisation
from parallel_nls.config.sections.values import Number, Positive, Section, Vector

__all__ = ["BubbleParameters", "InitialSection", "LastingInitial", "MovingWave", "Peak", "without_changes"]


class BubbleParameters(Section):
    """One pseudo-conformal bubble S_k: center x_k, frequency ω_k, phase ϑ_k (docs/equations.md)."""

    center: Vector = Field(description="the blow-up point, one number for each axis, as center = [-2.0, 0.0]")
    frequency: Positive = Field(default=1.0, description="ω: the bubble's scale is ω(T - t)")
    phase: Number = Field(default=0.0, description="the constant phase of the bubble")


class Peak(NamedTuple):
    """Where a peak of the exact solution is at some time, and its scale λ."""

    place: Vector
    scale: float


class MovingWave(NamedTuple):
    """A wave that moves: its key, its velocity, its center at time 0, and its place at the start."""

    key: str
    velocity: Vector
    center: Vector
    place: Vector


def without_changes(document: dict[str, Any]) -> dict[str, Any]:
    """Return a section as plain values with its changes last, and without those that there are not."""
    noise, normalise = document.pop("noise", ()), document.pop("normalise", None)
    document |= {} if normalise is None else {"normalise": normalise}
    return document | ({"noise": noise} if noise else {})


class InitialSection(Section):
    """What a run starts from. Nobody asks for its kind but who makes the field; it is asked what it is like.

    Attributes
    ----------
    is_exact : bool
        Whether the solution of the critical equation is known at any time, so that a distance can be measured.
    takes_box, takes_radius, takes_line, takes_plane : bool
        Whether it is known in a periodic box, on a radial axis, on the whole line, as a mixture of waves in the plane.
    may_coincide : bool
        Whether several parts of it may have the same center.
    takes_any_power : bool
        Whether it is known on the line also where the power of the equation is not the critical one.
    has_images : bool
        Whether it is put on the grid together with its periodic images, and compared with them.
    symbol : str
        What a term of the exact solution is called in formulas.
    spectrum : str
        What a dry run says of the wavenumbers, in units of 1/λ, ``coarse`` and ``fine`` at which the spectrum of the
        ground state has fallen to 1e-6 and 1e-8.
    """

    is_exact: ClassVar[bool] = False
    takes_box: ClassVar[bool] = True
    takes_radius: ClassVar[bool] = False
    takes_line: ClassVar[bool] = False
    takes_plane: ClassVar[bool] = False
    may_coincide: ClassVar[bool] = False
    takes_any_power: ClassVar[bool] = False
    has_images: ClassVar[bool] = False
    symbol: ClassVar[str] = ""
    spectrum: ClassVar[str] = ""

    noise: tuple[NoiseParameters, ...] = Field(
        default=(), description="one table [[initial.noise]] with amplitude, bandwidth and seed for each noise"
    )
    normalise: Normalisation | None = Field(
        default=None, description="the mass or the peak to scale to, as normalise = {mass = 1.0}"
    )

    if TYPE_CHECKING:  # keys, or properties, of every member

        @property
        def kind(self) -> str:
            """The kind, in files and messages."""

        @property
        def blowup_time(self) -> float | None:
            """T, the time at which the solution blows up; None where it is not known."""

    @property
    def is_even(self) -> bool:
        """Whether it is known to be even: u₀(−x) = u₀(x)."""
        return False

    @property
    def is_on_one_grid(self) -> bool:
        """Whether its values are known at the points of one grid alone."""
        return False

    @property
    def is_interpolated(self) -> bool:
        """Whether its values are taken to the grid from those at other points of the same box."""
        return False

    @property
    def source_file(self) -> str | None:
        """The Python file whose text the run stores; None: there is none."""
        return None

    @property
    def data_file(self) -> str | None:
        """The file of numbers that is read, of which a run keeps the checksum; None: there is none."""
        return None

    def smallest_scale(
        self,
        time: float,  # noqa: ARG002  (what is not known does not change)
    ) -> float | None:
        """Return the smallest scale of the exact solution at a time; None where none is known."""
        return None

    def peaks(
        self,
        time: float,  # noqa: ARG002
        lengths: Sequence[float],  # noqa: ARG002
    ) -> tuple[Peak, ...]:
        """Return the peaks of the exact solution, in the order of the configuration.

        Parameters
        ----------
        time : float
            Simulated time.
        lengths : sequence of float
            Sides of the periodic box, in which the places are.

        Returns
        -------
        tuple of Peak
            Empty where nothing is known.
        """
        return ()

    def edge(
        self,
        time: float,  # noqa: ARG002
        lengths: Sequence[float],  # noqa: ARG002
    ) -> float | None:
        """Return about the largest |u| at the edge of the box, relative to its largest; None where it is not known.

        Parameters
        ----------
        time : float
            Simulated time.
        lengths : sequence of float
            Sides of the periodic box.
        """
        return None

    @property
    def small_data(self) -> InitialSection | None:
        """What a remainder is at the start; None: 0, or this is none."""
        return None

    @property
    def changed_bubble(self) -> int | None:
        """The number, from 1 on, of the bubble that it perturbs; None: it perturbs none."""
        return None

    def known_bubbles(self) -> tuple[BubbleParameters, ...] | None:
        """Return the bubbles that it is made of; None where it is made of something else."""
        return None

    def moving_waves(
        self,
        start: float,  # noqa: ARG002
    ) -> tuple[MovingWave, ...]:
        """Return the waves that may move, where they are at the start; none where nothing moves."""
        return ()

    def vectors(self) -> Iterator[tuple[str, Vector]]:
        """Yield the key and the value of every vector that was given; those of places end in "center"."""
        yield from ()

    def count_waves(self) -> int:
        """Return the number of waves of the mixture that it is."""
        return 1

    def in_dimension(
        self,
        dimension: int,  # noqa: ARG002  (nothing to fill in)
    ) -> Self:
        """Return the same with zeros for the vectors that were not given."""
        return self

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the scales that the grid must resolve, by name, of a run between two times."""
        return {}

    @abstractmethod
    def describe(self, dimension: int) -> list[str]:
        """Return the lines in which `info` tells of its kind."""

    def describe_changes(self) -> list[str]:
        """Return the lines in which `info` tells of noise and normalisation; none where there are none."""
        scaling = [] if self.normalise is None else [self.normalise.describe()]
        return [*(noise.describe() for noise in self.noise), *scaling]

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, changes last, and none where there are none: as before there were any."""
        return without_changes(dump(self))


class LastingInitial(InitialSection):
    """Initial data of which no blow-up time is known."""

    @property
    def blowup_time(self) -> None:
        """Not known."""
        return
