"""Which run a directory holds: a name drawn once when it is begun, and the checksums of the user's texts.

Every manifest repeats both. So checkpoints of another run, also of an earlier one of the same configuration, and texts
that were changed since are told apart from those of the run. Data files hold nothing of it: runs of one configuration
have the same bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from parallel_nls.config.stored_json import DamagedError, Digest, parse_json, read_json
from parallel_nls.errors import UserError
from parallel_nls.output.manifest import Manifest, RunId, SealedDocument, sealed_text
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.user_code.source import digest_of

_SHORT = 8  # digits of a name that a message shows


class RunRecord(SealedDocument):
    """run.json.

    Attributes
    ----------
    run : str
        Name of the run: 32 hexadecimal digits, drawn at random.
    sources : dict
        SHA-256 of the user's texts by their names in the run directory; by ``RunPaths.INITIAL_FILE`` the checksum of
        the file of initial data, as `manifest.sum_of` has it.

    Notes
    -----
    *Communication*: local.
    """

    run: RunId
    sources: dict[str, Digest]

    def facts(self) -> dict[str, Any]:
        """What manifests repeat. *Communication*: local."""
        return {"run": self.run, "sources": self.sources}


def record_text(run: str, sources: Mapping[str, str]) -> str:
    """What run.json holds; ``sources`` are checksums by name. *Communication*: local."""
    return sealed_text({"run": run, "sources": dict(sorted(sources.items()))})


def new_record_text(texts: Mapping[str, str], sums: Mapping[str, str] | None = None) -> str:
    """What run.json of a new run holds, with these texts by name, and checksums. *Communication*: local; of rank 0."""
    return record_text(
        secrets.token_hex(16), {name: digest_of(text) for name, text in texts.items()} | dict(sums or {})
    )


def read_record(paths: RunPaths) -> RunRecord | str | None:
    """Which run a directory holds; a text: what is wrong with the file; None: there is none.

    Raises
    ------
    OSError
        If the file system does not give it out.

    Notes
    -----
    *Communication*: local.
    """
    try:
        return read_json(paths.record, RunRecord)
    except FileNotFoundError:
        return None
    except DamagedError as error:
        return f"{paths.record} {error}"


def recovered(paths: RunPaths, manifests: Iterable[Manifest]) -> RunRecord | None:
    """Which run a directory holds by its manifests alone, where run.json does not tell; None: one without a name.

    Raises
    ------
    UserError
        If they are those of several runs.

    Notes
    -----
    *Communication*: local.
    """
    found = {manifest.run: manifest for manifest in manifests}
    if len(found) > 1:
        raise UserError(
            f"{paths.checkpoints} holds checkpoints of several runs, and no {paths.record.name} tells whose directory "
            "it is; take away those of the others"
        )
    if not found or None in found:
        return None
    ((run, manifest),) = found.items()
    return parse_json(record_text(str(run), manifest.sources or {}).encode(), RunRecord)


def refuse_foreign(path: Path, manifest: Manifest, record: RunRecord | None) -> None:
    """Refuse a checkpoint of another run.

    Raises
    ------
    UserError
        If it is one.

    Notes
    -----
    *Communication*: local.
    """
    own = None if record is None else record.run
    if manifest.run != own:
        there, here = (f"run {name[:_SHORT]}…" if name else "a run without a name" for name in (manifest.run, own))
        raise UserError(
            f"{path} belongs to another run ({there}; the directory is that of {here}); "
            f"take it and {path.with_suffix('.json').name} away, then resume"
        )
    if record is not None and (manifest.sources or {}) != record.sources:
        raise UserError(f"{path} was computed by other texts than those of the run; take it away, then resume")


def refuse_changed(paths: RunPaths, record: RunRecord, texts: Mapping[str, str], *, begins_anew: bool) -> None:
    """Refuse texts of the user that are not those by which the run was computed.

    Parameters
    ----------
    paths : RunPaths
        The run directory.
    record : RunRecord
        Of the run.
    texts : mapping of str to str
        What is there, by name.
    begins_anew : bool
        Whether there is no checkpoint to go on from: then the initial data must be there too.

    Raises
    ------
    UserError
        If a text is missing, or another.

    Notes
    -----
    *Communication*: local.
    """
    unneeded = (paths.INITIAL_FILE, *(() if begins_anew else (paths.INITIAL_DATA,)))
    for name, digest in record.sources.items():
        if name not in texts and name not in unneeded:
            raise UserError(f"{paths.root / name}, with which the run was computed, is missing; put it back")
        if name in texts and digest_of(texts[name]) != digest:
            raise UserError(
                f"{paths.root / name} is not the text with which the run was computed; "
                "undo the change, or start a new run with it"
            )


def refuse_other_file(record: RunRecord | None, path: str | None, sums: Mapping[str, str]) -> None:
    """Refuse to begin a run anew with another file of initial data.

    Parameters
    ----------
    record : RunRecord or None
        Of the run; one without the checksum refuses nothing.
    path : str or None
        The file.
    sums : mapping of str to str
        Its checksum now, by ``RunPaths.INITIAL_FILE``; nothing where it is missing, as reading it will say.

    Raises
    ------
    UserError
        If it is another.

    Notes
    -----
    *Communication*: local.
    """
    known = {} if record is None else record.sources
    if any(known.get(name, digest) != digest for name, digest in sums.items()):
        raise UserError(
            f"{path} is not the file with which the run was begun; put that back, or start a new run with this one"
        )
