"""Numbers that a command writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parallel_nls.errors import UserError, unwritable

JSON = "--json"

__all__ = ["refuse_existing", "write_document", "write_text"]


def write_document(numbers: Mapping[str, Any], path: Path) -> None:
    """Write numbers into a new file.

    Raises
    ------
    UserError
        If the file is there, or can be none.
    StorageError
        If the file system refuses it.

    Notes
    -----
    *Communication*: local.
    """
    write_text(json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_text(text: str, path: Path, option: str = JSON) -> None:
    """Write a text into the new file that an option of the command line names; errors as of `write_document`.

    Notes
    -----
    *Communication*: local.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise _is_there(path, option) from None
    except OSError as error:
        raise unwritable(f"{option} {path}", error, "give another file") from None


def refuse_existing(path: str | None, option: str = JSON) -> None:
    """Refuse a file that is there already, or has no folder, before what would be written into it is computed.

    Raises
    ------
    UserError
        If it is there, or its folder is not.

    Notes
    -----
    *Communication*: local.
    """
    if path is None:
        return
    if Path(path).exists():
        raise _is_there(Path(path), option)
    if Path(path).parent.is_file():
        raise UserError(f"{option} {path}: {str(Path(path).parent)!r} is a file, no folder; give another file")
    if not Path(path).absolute().parent.is_dir():
        raise UserError(
            f"{option} {path}: there is no folder {str(Path(path).parent)!r}; make it, or give another file"
        )


def _is_there(path: Path, option: str) -> UserError:
    return UserError(f"{option} {path}: is there already; give another file, or remove it")
