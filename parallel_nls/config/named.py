"""Values by name, which tell the nearest name where they are asked for one that there is not."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from parallel_nls.config.spelling import suggest
from parallel_nls.errors import UnknownNameError

__all__ = ["Named", "unknown_name"]

Value = TypeVar("Value")


def unknown_name(name: object, names: list[str], what: str) -> UnknownNameError:
    """Return the error of a name that there is not: it names the nearest one, and all."""
    shown = suggest(str(name), names) if names else "there are none"
    return UnknownNameError(f"there is no {what} {name!r}; {shown}")


class Named(dict[str, Value]):
    """A dictionary of quantities. *Communication*: local."""

    def __missing__(self, name: str) -> NoReturn:
        raise unknown_name(name, list(self), "quantity") from None
