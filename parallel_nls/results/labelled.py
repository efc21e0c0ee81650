"""The series of a run as an `xarray.Dataset` whose messages name the nearest quantity.

Imported only where a series is asked for, since xarray takes long to load.
"""

from __future__ import annotations

from typing import Any

import xarray

from parallel_nls.config.named import unknown_name
from parallel_nls.config.spelling import nearest

__all__ = ["Series"]


class Series(xarray.Dataset):  # type: ignore[no-untyped-call]
    """A Dataset in every way; a name that there is not is told with the nearest one. *Communication*: local."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        names = [key] if isinstance(key, str) else key if isinstance(key, list | tuple) else []
        for name in names:
            # What xarray knows besides its variables, as parts of dates, it is asked for itself.
            if isinstance(name, str) and name not in self.variables and name not in self.sizes and "." not in name:
                raise unknown_name(name, [str(known) for known in self.variables], "quantity")
        return super().__getitem__(key)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError as error:
            near = None if name.startswith("_") else nearest(name, [str(known) for known in self.variables])
            if near is None:
                raise
            raise AttributeError(f"{error}; did you mean {near!r}?", name=name, obj=self) from None
