"""The [initial] section: what the run starts from, by its kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from parallel_nls.config.sections.initial_files import FileInitial, PythonInitial
from parallel_nls.config.sections.initial_waves import (
    BubbleParameters,
    BubblesInitial,
    GaussianInitial,
    SolitonParameters,
    SolitonsInitial,
)

__all__ = [
    "AnyInitial",
    "BubbleParameters",
    "BubblesInitial",
    "FileInitial",
    "GaussianInitial",
    "InitialSection",
    "PythonInitial",
    "SolitonParameters",
    "SolitonsInitial",
    "in_dimension",
]

AnyInitial = BubblesInitial | SolitonsInitial | GaussianInitial | FileInitial | PythonInitial


def _kind(value: object) -> str | None:
    """Return the tag of the union member that a table's ``kind`` names."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if isinstance(kind, str) else None


InitialSection = Annotated[
    Annotated[BubblesInitial, Tag(BubblesInitial.tag)]
    | Annotated[SolitonsInitial, Tag(SolitonsInitial.tag)]
    | Annotated[GaussianInitial, Tag(GaussianInitial.tag)]
    | Annotated[FileInitial, Tag(FileInitial.tag)]
    | Annotated[PythonInitial, Tag(PythonInitial.tag)],
    Discriminator(_kind),
]


def in_dimension(initial: AnyInitial, dimension: int) -> AnyInitial:
    """Return the initial data with zeros for the vectors that were not given."""
    return initial.in_dimension(dimension) if isinstance(initial, (SolitonsInitial, GaussianInitial)) else initial
