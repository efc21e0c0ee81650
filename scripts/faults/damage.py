"""Damage to files: single bits, stretches of zeros, lost ends; and where in an HDF5 file what lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LONGEST_STRETCH = 4096
FORMS = ("flip", "zero", "truncate")
FORM_WEIGHTS = (0.6, 0.2, 0.2)


def contiguous(path: Path) -> dict[str, range]:
    """Where in an HDF5 file the numbers of each dataset lie that is stored in one piece, by its name."""
    import h5py

    found: dict[str, range] = {}

    def note(name: str, item: Any) -> None:
        """Keep the place of a dataset."""
        if isinstance(item, h5py.Dataset) and (offset := item.id.get_offset()) is not None:
            found[name] = range(offset, offset + item.id.get_storage_size())

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def places_outside(path: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """All places of an HDF5 file that belong to no dataset stored in one piece: metadata, the superblock included."""
    outside = np.ones(path.stat().st_size, dtype=bool)
    for stretch in contiguous(path).values():
        outside[stretch.start : stretch.stop] = False
    return np.flatnonzero(outside)


@dataclass(frozen=True)
class Damage:
    """What is done to a file.

    Attributes
    ----------
    path : Path
        The file.
    form : str
        "flip" one bit, "zero" a stretch, "truncate".
    start : int
        The first byte.
    length : int
        Bytes that are zeroed.
    bit : int
        Which bit of the first byte is flipped.
    """

    path: Path
    form: str
    start: int
    length: int = 1
    bit: int = 0

    def __str__(self) -> str:
        """The story of it."""
        how = {"flip": f"bit {self.bit} flipped", "zero": f"{self.length} bytes zeroed", "truncate": "cut off"}
        return f"{self.path.name}: {how[self.form]} from byte {self.start}"

    def apply(self) -> None:
        """Do it.

        Raises
        ------
        ValueError
            If it leaves the file as it was.
        """
        before = self.path.read_bytes()
        after = bytearray(before)
        if self.form == "flip":
            after[self.start] ^= 1 << self.bit
        elif self.form == "zero":
            after[self.start : self.start + self.length] = bytes(self.length)
        else:
            del after[self.start :]
        if after == before:
            raise ValueError(f"{self} changes nothing")
        self.path.write_bytes(after)


def draw_damage(generator: np.random.Generator, path: Path, places: Any) -> Damage:
    """Draw a damage that begins at one of these places of a file, and changes it.

    Parameters
    ----------
    generator : numpy.random.Generator
    path : Path
    places : sequence of int
        Where it may begin; a stretch of zeros may reach beyond them.
    """
    content = path.read_bytes()
    form = str(generator.choice(FORMS, p=FORM_WEIGHTS))
    start = int(places[int(generator.integers(len(places)))])
    length = min(int(generator.integers(1, LONGEST_STRETCH)), len(content) - start)
    if form == "zero" and not any(content[start : start + length]):
        form = "flip"
    return Damage(path, form, start, length if form == "zero" else 1, int(generator.integers(8)))
