"""Run a command, and print last how many processes it has begun, which libraries for results, and whether MPI."""

from __future__ import annotations

import sys

import psutil

from parallel_nls import cli


def main() -> None:
    """Leave with the exit code of the command."""
    try:
        cli.main(sys.argv[1:])
    finally:
        sys.stdout.write(f"processes of its own: {len(psutil.Process().children())}\n")
        loaded = {"matplotlib", "pandas", "xarray"} & set(sys.modules)
        sys.stdout.write(f"libraries for results: {', '.join(sorted(loaded)) or 'none'}\n")
        module = sys.modules.get("mpi4py.MPI")
        started = module is not None and module.Is_initialized()
        sys.stdout.write(f"MPI started: {started}\n")


if __name__ == "__main__":
    main()
