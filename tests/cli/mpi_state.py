"""Run a command and print, as the last lines, which libraries for results it has loaded, and whether it started MPI."""

from __future__ import annotations

import sys

from parallel_nls import cli


def main() -> None:
    """Leave with the exit code of the command."""
    try:
        cli.main(sys.argv[1:])
    finally:
        loaded = {"matplotlib", "pandas", "xarray"} & set(sys.modules)
        sys.stdout.write(f"libraries for results: {', '.join(sorted(loaded)) or 'none'}\n")
        module = sys.modules.get("mpi4py.MPI")
        started = module is not None and module.Is_initialized()
        sys.stdout.write(f"MPI started: {started}\n")


if __name__ == "__main__":
    main()
