"""JSON that a run directory holds: the one reader of all of it, strict, since anybody may have touched the file.

A document is a regular file in UTF-8 whose objects have no key twice, whose numbers are finite, and that a model
accepts without converting anything. Everything else is one `DamagedError`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["Count", "DamagedError", "Digest", "Finite", "Seconds", "StoredDocument", "parse_json", "read_json"]

_LARGEST = 2**28  # bytes: manifests of checkpoints of some TiB
_DEEPEST = 32
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{}\]]', re.DOTALL)  # texts, and brackets
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_SHOWN = 80  # characters of what is wrong

Count = Annotated[int, Field(ge=0, lt=2**62)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DamagedError(ValueError):
    """What a stored document says cannot be taken; the text says why, as the predicate of a sentence about it."""


class StoredDocument(BaseModel):
    """What all documents of a run share: nothing is converted, and entries of later versions are kept.

    Notes
    -----
    *Communication*: local.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def read_json(path: Path, model: type[Model]) -> Model:
    """Read a document.

    Parameters
    ----------
    path : Path
        The file.
    model : type
        What it must be.

    Raises
    ------
    OSError
        If it is missing, or the file system does not give it out.
    DamagedError
        If it holds anything else than the model says, or is no file.

    Notes
    -----
    *Communication*: local.
    """
    try:
        # Without waiting, as a pipe in the place of the file would have it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            raise DamagedError(f"is no file ({error.strerror})") from None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise DamagedError("is no file")
    with open(descriptor, "rb") as file:  # noqa: PTH123  (a descriptor has no path)
        if status.st_size > _LARGEST:
            raise DamagedError(f"is larger than {_LARGEST} bytes")
        content = file.read(status.st_size)  # which takes as much memory as it is told to read at most
    return parse_json(content, model)


def parse_json(content: bytes, model: type[Model], *, constants: bool = False) -> Model:
    """A document from its bytes.

    Parameters
    ----------
    content : bytes
        JSON in UTF-8.
    model : type
        What it must be.
    constants : bool, optional
        Whether NaN and infinities may be among its numbers.

    Raises
    ------
    DamagedError
        If it is anything else.

    Notes
    -----
    *Communication*: local.
    """
    refuse = None if constants else _refuse_constant
    try:
        text = content.decode("utf-8")
        _refuse_depth(text)
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=refuse)
        return model.model_validate(document)
    except DamagedError:
        raise
    except UnicodeDecodeError:
        raise DamagedError("is no text in UTF-8") from None
    except ValidationError as error:
        raise DamagedError(_described(error)) from None
    except ValueError as error:  # no JSON, or an integer of thousands of digits
        raise DamagedError(f"is no JSON ({_short(str(error))})") from None


def _described(error: ValidationError) -> str:
    """The first mistake that a model finds."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"is wrong: {_short(where)}: {_short(first['msg'])}" if where else f"is wrong: {_short(first['msg'])}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, refused with a key twice: readers differ in which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DamagedError("has a key twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise DamagedError(f"holds {text}, which is no number of JSON")


def _refuse_depth(text: str) -> None:
    """Ahead of the parser, whose own limit is that of the interpreter, which anybody may have raised."""
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += _STEPS.get(token[0], 0)
        if depth > _DEEPEST:
            raise DamagedError("is nested too deeply")
