"""The command line where ranks, those in the first argument, cannot load the file of a library."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

from parallel_nls import cli

LIBRARY = "numba"


class Broken(MetaPathFinder):
    """Finds the library, whose file does not load."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuse as the loader of libraries does."""
        del path, target
        if fullname != LIBRARY:
            return
        raise ImportError("libodd.so: cannot open shared object file", name=fullname, path="/nowhere/libodd.so")


if __name__ == "__main__":
    if os.environ["OMPI_COMM_WORLD_RANK"] in sys.argv[1]:
        sys.meta_path.insert(0, Broken())
    cli.main(sys.argv[2:])
