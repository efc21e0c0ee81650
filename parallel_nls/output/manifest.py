"""Manifests: checksums of a whole checkpoint, by which it is known to be good before the HDF5 library opens it.

A flipped bit in the metadata of an HDF5 file can crash the library, so the bytes are looked at first. The checksums are
SHA-256 of pieces of 1 MiB, each rank some of them. The manifest carries a checksum of itself. It appears only when
its checkpoint has been flushed and read back, so a checkpoint with a manifest was good when it was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI

from parallel_nls.output.durable_files import Refusals, replace_file, stored_by_root
from parallel_nls.output.run_paths import FORMAT_VERSION
from parallel_nls.parallel.layout import share

PIECE = 2**20


def manifest_of(path: Path) -> Path:
    """The manifest's file of a checkpoint. *Communication*: local."""
    return path.with_suffix(".json")


def _own_checksum(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _checksums(comm: MPI.Intracomm, path: Path) -> tuple[int, list[str]]:
    """Size of a file and checksums of its pieces, the same on every rank."""
    refusals, found, size = Refusals(comm, path), [], 0
    with refusals.noted(), path.open("rb") as file:
        size = path.stat().st_size
        first, count = share(-(-size // PIECE), comm.size, comm.rank)
        file.seek(first * PIECE)
        found = [hashlib.sha256(file.read(PIECE)).hexdigest() for _ in range(count)]
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
    size, checksums = _checksums(comm, path)
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "bytes": size, "piece": PIECE, **facts}
    document["pieces_sha256"] = checksums
    document["sha256"] = _own_checksum(document)
    manifest, text = manifest_of(path), json.dumps(document, indent=1) + "\n"
    stored_by_root(comm, manifest, lambda: replace_file(manifest, text.encode()))


def read_manifest(path: Path) -> dict[str, Any] | str:
    """The manifest of a checkpoint, or what is wrong with it. *Communication*: local.

    Raises
    ------
    OSError
        If the file system does not give it out.
    """
    try:
        document = json.loads(manifest_of(path).read_bytes())
    except FileNotFoundError:
        return "it has no manifest: its writing was not completed"
    except ValueError:
        return "its manifest is damaged"
    if not isinstance(document, dict) or document.get("sha256") != _own_checksum(document):
        return "its manifest is damaged"
    return document


def check_sealed(comm: MPI.Intracomm, path: Path) -> dict[str, Any] | str:
    """Compare a checkpoint with its manifest.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    path : Path
        The checkpoint.

    Returns
    -------
    dict or str
        The manifest of a good checkpoint; otherwise what is wrong. The same on every rank.

    Raises
    ------
    StorageError
        On every rank: a file is there, but the file system does not give it out. It may be good.

    Notes
    -----
    *Communication*: collective, two or four messages.
    """
    manifest = stored_by_root(comm, path, lambda: read_manifest(path) if path.exists() else "it is missing")
    if isinstance(manifest, str):
        return manifest
    size, checksums = _checksums(comm, path)
    if size != manifest["bytes"]:
        return f"it has {size} bytes instead of {manifest['bytes']}"
    damaged = sum(one != other for one, other in zip(checksums, manifest["pieces_sha256"], strict=True))
    return f"{damaged} of its {len(checksums)} MiB are damaged" if damaged else manifest
