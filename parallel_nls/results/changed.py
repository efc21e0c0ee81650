"""Whether the configuration in a run directory is still the one with which the run was computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parallel_nls.config import Configuration
from parallel_nls.config.differences import changed_settings
from parallel_nls.config.stored_json import DamagedError
from parallel_nls.errors import StorageError, UserError
from parallel_nls.output.checkpoint_reading import read_settings
from parallel_nls.output.checkpoint_store import stored_checkpoints
from parallel_nls.output.manifest import PIECE, Manifest, piece_sums, read_manifest
from parallel_nls.output.run_paths import RunPaths

__all__ = ["changed_since"]

_LOOKED_AT = 2**28  # bytes of a checkpoint that are compared with its manifest; a larger one is left to resume


def changed_since(paths: RunPaths, config: Configuration) -> str | None:
    """What a configuration has that the run was not computed with, as a sentence; None if nothing, or if nothing tells.

    Parameters
    ----------
    paths : RunPaths
        The run directory.
    config : Configuration
        What its config.toml says. Titles, stops, limits and the like, which may be changed, do not count.

    Notes
    -----
    *Communication*: local.
    """
    settings = _settings(paths)
    changed = [] if settings is None else changed_settings(config, settings)
    if not changed:
        return None
    return f"{paths.config} is not the one with which the run was computed: {'; '.join(changed)}; undo the change"


def _settings(paths: RunPaths) -> Mapping[str, Any] | None:
    """Those in the newest good checkpoint, whose bytes are looked at before the HDF5 library opens it."""
    try:
        for path in stored_checkpoints(paths):
            manifest = read_manifest(path)
            if not isinstance(manifest, Manifest) or manifest.bytes > _LOOKED_AT:
                continue
            with path.open("rb") as file:
                if piece_sums(file, 0, -(-manifest.bytes // PIECE)) == manifest.pieces_sha256:
                    return read_settings(path)
    except (OSError, UserError, StorageError, DamagedError, ValueError):
        return None  # damaged, or replaced by a job at work; `resume` tells what is wrong
    return None
