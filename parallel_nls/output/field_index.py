"""The index of all stored fields, XDMF for ParaView: whole at every moment, and not written whole for every field.

While a run goes on the file has room for further entries, in an instruction that readers of XML pass over:

    … </Grid> <?room  >                              ?> </Grid></Domain></Xdmf>

An entry is written into the room, with the beginning of what is left of it, where nobody reads it yet. Then one byte
ends the instruction before the entry: `<?room ?>`. So a job that is killed at any moment leaves an index of all fields
or of all but the last. When the room is used up the file is put anew, with twice as much; at the end without any.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from parallel_nls.output.durable_files import replace_file, require_own
from parallel_nls.output.fields import U
from parallel_nls.output.paraview_grids import Snapshot, add_grid, write_points

_END = b"\n    </Grid>\n  </Domain>\n</Xdmf>"
_OPEN, _SWITCH, _CLOSE = b"\n      <?room  >", -2, b"?>"
_LEAST = 2**14  # bytes of room


class FieldIndex:
    """The index of a run; of rank 0.

    Parameters
    ----------
    path : Path
        The file.
    dtype : dtype
        Of the run's fields.
    meshes : sequence of str
        Their complex meshes.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, path: Path, dtype: DTypeLike, meshes: Sequence[str] = U) -> None:
        self.path, self.dtype, self.meshes = path, np.dtype(dtype), tuple(meshes)
        self._place = self._end = 0  # of the room: none

    def write(self, snapshots: Sequence[Snapshot]) -> None:
        """Put the index of these fields in its final form. OSError if the file system refuses."""
        self._place = self._end = 0
        write_points(self.path.parent, snapshots)
        replace_file(self.path, self._text(snapshots))

    def append(self, snapshots: Sequence[Snapshot]) -> None:
        """Add the last of these fields to an index of the others. OSError if the file system refuses."""
        write_points(self.path.parent, snapshots[-1:])
        entry = b"\n      " + self._entry(snapshots[-1]) + _OPEN
        if self._place + len(entry) > self._end:
            self._make_room(snapshots)
            return
        require_own()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.pwrite(descriptor, entry, self._place)
            os.fsync(descriptor)
            os.pwrite(descriptor, _CLOSE[:1], self._place + _SWITCH)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._place += len(entry)

    def _make_room(self, snapshots: Sequence[Snapshot]) -> None:
        """Put the index of these fields, and as much room."""
        text = self._text(snapshots).removesuffix(_END)
        room = max(len(text), _LEAST)
        replace_file(self.path, text + _OPEN + b" " * room + _CLOSE + _END)
        self._place = len(text) + len(_OPEN)
        self._end = self._place + room

    def _text(self, snapshots: Sequence[Snapshot]) -> bytes:
        """The final form."""
        root = ET.Element("Xdmf", Version="3.0")
        collection = ET.SubElement(
            ET.SubElement(root, "Domain"),
            "Grid",
            Name="fields",
            GridType="Collection",
            CollectionType="Temporal",
        )
        for snapshot in snapshots:
            add_grid(collection, self.dtype, snapshot, self.meshes)
        ET.indent(root)
        text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return text

    def _entry(self, snapshot: Snapshot) -> bytes:
        """What the final form has of one field."""
        collection = ET.Element("Grid")
        add_grid(collection, self.dtype, snapshot, self.meshes)
        ET.indent(collection[0], level=3)
        text: bytes = ET.tostring(collection[0], encoding="utf-8").strip()
        return text
