"""Manifests: checksums of a whole checkpoint, by which it is known to be good before the HDF5 library opens it.

A flipped bit in the metadata of an HDF5 file can crash the library, so the bytes are looked at first. The checksums are
SHA-256 of pieces of 1 MiB, each rank some of them. The manifest carries a checksum of itself. It appears only when
its checkpoint has been flushed and read back, so a checkpoint with a manifest was good when it was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Annotated, Any, Literal, Self

from mpi4py import MPI
from pydantic import Field, model_validator

from parallel_nls.config.stored_json import Count, DamagedError, Digest, Finite, Seconds, StoredDocument, read_json
from parallel_nls.output.durable_files import replace_file
from parallel_nls.output.refusals import Refusals, stored_by_root
from parallel_nls.output.run_paths import FORMAT_VERSION
from parallel_nls.parallel.layout import share

PIECE = 2**20
RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class SealedDocument(StoredDocument):
    """A document that carries a checksum of itself.

    Attributes
    ----------
    format_version : str
        Of the run's files.
    sha256 : str
        SHA-256 of all other entries.

    Notes
    -----
    *Communication*: local.
    """

    format_version: str
    sha256: Digest

    @model_validator(mode="before")
    @classmethod
    def check_seal(cls, document: object) -> object:
        """Refuse a document of which anything was changed."""
        if not isinstance(document, dict) or document.get("sha256") != _own_checksum(document):
            raise ValueError("its checksum is another")
        return document


class FieldsSeal(StoredDocument):
    """What a manifest says of the list of checksums of the stored fields: its length and SHA-256 at that moment."""

    bytes: Count
    sha256: Digest


class Manifest(SealedDocument):
    """What is known of a checkpoint.

    Attributes
    ----------
    bytes, piece, pieces_sha256
        Length of the file; SHA-256 of each piece of so many bytes.
    steps, ticks, time
        Where the run is.
    write_seconds, wall_seconds, compiling_seconds, jobs, provenance
        What it took, and by which programs.
    run : str or None
        Of which run it is; None of runs that were begun before there were such names.
    sources : dict or None
        SHA-256 of the user's texts by their names in the run directory.
    fields : FieldsSeal or None
        Of the fields so far.

    Notes
    -----
    *Communication*: local.
    """

    bytes: Count
    piece: Literal[1048576]
    pieces_sha256: list[Digest]
    steps: Count
    ticks: Count
    time: Finite
    write_seconds: Seconds = 0.0
    wall_seconds: Seconds = 0.0
    compiling_seconds: Seconds = 0.0
    jobs: Count = 0
    provenance: dict[str, Any] = Field(default_factory=dict)
    run: RunId | None = None
    sources: dict[str, Digest] | None = None
    fields: FieldsSeal | None = None

    @model_validator(mode="after")
    def check_pieces(self) -> Self:
        """Refuse another number of checksums than the length asks for."""
        if len(self.pieces_sha256) != -(-self.bytes // self.piece):
            raise ValueError(f"{len(self.pieces_sha256)} checksums of {self.bytes} bytes")
        return self


def manifest_of(path: Path) -> Path:
    """The manifest's file of a checkpoint. *Communication*: local."""
    return path.with_suffix(".json")


def _own_checksum(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def sealed_text(document: Mapping[str, Any]) -> str:
    """A document with its format and its own checksum, as JSON. *Communication*: local."""
    whole = {"format_version": FORMAT_VERSION, **document}
    return json.dumps({**whole, "sha256": _own_checksum(whole)}, indent=1, allow_nan=False) + "\n"


def piece_sums(file: IO[bytes], first: int, count: int) -> list[str]:
    """Checksums of so many pieces of a file from the given one on. *Communication*: local."""
    file.seek(first * PIECE)
    return [hashlib.sha256(file.read(PIECE)).hexdigest() for _ in range(count)]


def sum_of(pieces: Sequence[str]) -> str:
    """The checksum of a whole file by those of its pieces: the SHA-256 of these, one after the other, as bytes.

    *Communication*: local.
    """
    return hashlib.sha256(b"".join(map(bytes.fromhex, pieces))).hexdigest()


def checksums(comm: MPI.Intracomm, path: Path) -> tuple[int, list[str]]:
    """Size of a file and checksums of its pieces, the same on every rank."""
    refusals, found, size = Refusals(comm, path), [], 0
    with refusals.noted(), path.open("rb") as file:
        size = path.stat().st_size
        found = piece_sums(file, *share(-(-size // PIECE), comm.size, comm.rank))
    refusals.settle()
    parts = comm.allgather((size, found))
    return max(size for size, _ in parts), [text for _, texts in parts for text in texts]


def seal(comm: MPI.Intracomm, path: Path, facts: Mapping[str, object]) -> None:
    """Give a checkpoint its manifest: from now on it counts.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    path : Path
        The checkpoint, flushed and read back.
    facts : mapping
        What else the manifest says, of rank 0: plain values by name.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective, three messages.
    """
    size, found = checksums(comm, path)
    manifest = manifest_of(path)
    text = sealed_text({"bytes": size, "piece": PIECE, **facts, "pieces_sha256": found})
    stored_by_root(comm, manifest, lambda: replace_file(manifest, text.encode()))


def read_manifest(path: Path) -> Manifest | str:
    """The manifest of a checkpoint, or what is wrong with it. *Communication*: local.

    Raises
    ------
    OSError
        If the file system does not give it out.
    """
    try:
        return read_json(manifest_of(path), Manifest)
    except FileNotFoundError:
        return "it has no manifest: its writing was not completed"
    except DamagedError as error:
        return f"its manifest is damaged: it {error}"


def check_sealed(comm: MPI.Intracomm, path: Path) -> Manifest | str:
    """Compare a checkpoint with its manifest.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    path : Path
        The checkpoint.

    Returns
    -------
    Manifest or str
        The manifest of a good checkpoint; otherwise what is wrong. The same on every rank.

    Raises
    ------
    StorageError
        On every rank: a file is there, but the file system does not give it out. It may be good.
        An UnreadableError: its disk has lost it.

    Notes
    -----
    *Communication*: collective, two or four messages.
    """

    def look() -> Manifest | str:
        """The manifest, where there is a file besides."""
        if not path.is_file():
            return "it is no file" if path.exists() else "it is missing"
        return read_manifest(path)

    manifest = stored_by_root(comm, path, look)
    if isinstance(manifest, str):
        return manifest
    size, found = checksums(comm, path)
    if size != manifest.bytes:
        return f"it has {size} bytes instead of {manifest.bytes}"
    damaged = sum(one != other for one, other in zip(found, manifest.pieces_sha256, strict=True))
    return f"{damaged} of its {len(found)} MiB are damaged" if damaged else manifest
