"""What people, programs and disks put into a run: wrong documents, forged checkpoints, things that are no files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.output.manifest import PIECE, sealed_text
from scripts.faults.checkpoints import complete, manifest_of, state_of

CONFIG, SUMMARY, RECORD, SUMS = "config.toml", "summary.json", "run.json", "fields/fields.jsonl"
MANIFEST, STATE, SERIES, FIELD, INDEX = "manifest", "state", "series.h5", "field", "fields/fields.xmf"
DOCUMENTS = (MANIFEST, CONFIG, SUMMARY, RECORD, SUMS)
HDF5 = (STATE, SERIES, FIELD)

DEEP = 100_000
TEXTS: dict[str, bytes] = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x00{",
    "UTF-16": '{"steps": 1}'.encode("utf-16"),
    "binary": bytes(range(256)),
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "no object": b'"text"',
    "lists in lists": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a huge number": b'{"format_version": "1.4", "steps": ' + b"9" * 5000 + b"}",
    "keys twice": b'{"format_version": "1.4", "steps": 1, "steps": 2}',
    "NaN": b'{"format_version": "1.4", "end_time": NaN, "steps": Infinity}',
    "an object without keys": b"{}",
}
ENTRIES: dict[str, dict[str, Any]] = {
    "negative ticks": {"ticks": -1},
    "other ticks": {"ticks": 1},
    "text for a number": {"steps": "1", "exit_code": "0"},
    "lists for numbers": {"steps": [1], "end_time": [0.5]},
    "no numbers": {"bytes": None, "pairs": None, "wall_seconds": None},
    "another format": {"format_version": "1.x"},
    "a later format": {"format_version": "9.0"},
    "no format": {"format_version": 14},
    "no checksums": {"pieces_sha256": []},
    "another run": {"run": "0" * 32},
    "other texts": {"sources": {"initial_data.py": "0" * 64}},
}
PLACES = ("a folder", "a pipe", "a link to itself", "a link to nothing", "missing", "cut off", "a byte order mark")


@dataclass(frozen=True)
class Forgery:
    """One thing that is done to one file of a run: what, and by which way."""

    file: str
    way: str
    what: str

    def __str__(self) -> str:
        """The story of it."""
        return f"{self.file}: {self.way}, {self.what}"


def path_of(run: Path, file: str) -> Path:
    """Where a file of a run is: of checkpoints the newest, of fields the second."""
    if file == MANIFEST:
        return manifest_of(run, complete(run)[-1])
    if file == STATE:
        return state_of(run, complete(run)[-1])
    if file == FIELD:
        return sorted((run / "fields").glob("field_*.h5"))[1]
    return run / file


def all_forgeries() -> list[Forgery]:
    """Every one, in a fixed order."""
    found = [Forgery(file, "text", what) for file in DOCUMENTS for what in TEXTS]
    found += [Forgery(file, "entries", what) for file in (MANIFEST, SUMMARY, RECORD) for what in ENTRIES]
    found += [Forgery(file, "place", what) for file in (*DOCUMENTS, *HDF5, INDEX) for what in PLACES]
    return found + [Forgery(file, "values", what) for file in HDF5 for what in VALUES]


def seal_again(state: Path, **entries: Any) -> None:
    """Give a checkpoint a manifest whose checksums are right, as anybody can."""
    manifest, content = state.with_suffix(".json"), state.read_bytes()
    document = json.loads(manifest.read_text())
    pieces = [hashlib.sha256(content[at : at + PIECE]).hexdigest() for at in range(0, len(content), PIECE)]
    whole = {**document, "bytes": len(content), "pieces_sha256": pieces, **entries}
    manifest.write_text(sealed_text({key: value for key, value in whole.items() if key != "sha256"}))


def forge(run: Path, forgery: Forgery) -> None:
    """Do it."""
    path = path_of(run, forgery.file)
    if forgery.way == "text":
        path.write_bytes(TEXTS[forgery.what])
    elif forgery.way == "entries":
        document = json.loads(path.read_text())
        whole = {key: value for key, value in {**document, **ENTRIES[forgery.what]}.items() if key != "sha256"}
        path.write_text(sealed_text(whole) if "sha256" in document else json.dumps(whole))
    elif forgery.way == "values":
        _put_values(path, forgery)
    else:
        _put_in_place(path, forgery.what)


def _put_in_place(path: Path, what: str) -> None:
    content = path.read_bytes()
    if what == "cut off":
        path.write_bytes(content[: len(content) // 2])
        return
    if what == "a byte order mark":
        path.write_bytes(b"\xef\xbb\xbf" + content)
        return
    path.unlink()
    make: dict[str, Callable[[], object]] = {
        "a folder": path.mkdir,
        "a pipe": lambda: os.mkfifo(path),
        "a link to itself": lambda: path.symlink_to(path),
        "a link to nothing": lambda: path.symlink_to(path.with_name("nothing")),
        "missing": lambda: None,
    }
    make[what]()


def _compound(shape: tuple[int, ...]) -> Any:
    return np.zeros(shape, [("r", "f8"), ("i", "S8")])


VALUES: dict[str, Callable[[tuple[int, ...]], Any]] = {
    "compound": _compound,
    "text": lambda _: "text",
    "texts": lambda shape: np.full(shape, b"x"),
    "a single number": lambda _: 1.0,
    "another shape": lambda shape: np.zeros((*shape, 2)),
    "fewer": lambda shape: np.zeros(tuple(max(1, n - 1) for n in shape)),
    "none": lambda _: np.zeros(0),
    "not finite": lambda shape: np.full(shape, np.nan),
    "a soft link": lambda _: _link("SoftLink", "/nowhere"),
    "an external link": lambda _: _link("ExternalLink", "/etc/hostname", "x"),
    "times that are texts": lambda _: b"@late",
    "times that are not finite": lambda _: b"@nan",
    "declared only": lambda _: None,
}


def _link(kind: str, *arguments: str) -> Any:
    import h5py

    return getattr(h5py, kind)(*arguments)


def _put_values(path: Path, forgery: Forgery) -> None:
    """Put something else into the place of the numbers, with right checksums where there are any."""
    import h5py

    with h5py.File(path, "r+", locking=False) as file:
        name, base = _numbers_of(file, forgery.file)
        shape = file[name].shape
        values = VALUES[forgery.what](shape)
        if isinstance(values, bytes) and values.startswith(b"@"):
            for attribute in ("time", "pending", "ticks"):
                if attribute in base.attrs:
                    base.attrs[attribute] = np.nan if values == b"@nan" else values
        else:
            del file[name]
            if values is None:
                file.create_dataset(name, shape=(2**20, 2**20), dtype="f8", chunks=(1024, 1024))
            else:
                file[name] = values
    if forgery.file == STATE:
        seal_again(path)


def _numbers_of(file: Any, kind: str) -> tuple[str, Any]:
    """A dataset of numbers, and what has the attributes."""
    if kind == SERIES:
        return "mass" if "mass" in file else "sup_norm", file
    if kind == STATE:
        names = [name for name in file if hasattr(file[name], "shape") and name != "settings"]
        return names[0], file
    (iteration,) = file["data"]
    base = file[f"data/{iteration}"]
    return f"data/{iteration}/meshes/density", base
