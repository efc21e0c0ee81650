"""A process that has loaded what runs need, and forks for every command of the documents, which starts MPI."""

from __future__ import annotations

import os
import runpy
import sys
import traceback

import mpi4py
import numpy as np

from scripts.faults.warm import serve


def obey(arguments: list[str]) -> None:
    """``parallel-nls …``, or ``python FILE``."""
    if arguments[0] == "parallel-nls":
        from parallel_nls.cli import main

        main(arguments[1:])
    from mpi4py import MPI

    code = 0
    MPI.Init_thread()
    try:
        sys.path.insert(0, "")
        runpy.run_path(arguments[1], run_name="__main__")
    except Exception:  # noqa: BLE001  (as the interpreter would)
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def load_what_most_commands_use() -> None:
    """What draws, SciPy's solvers, and what numba loads with its first kernel: once instead of once a command."""
    import matplotlib.backends.backend_agg  # noqa: F401
    import scipy.optimize  # noqa: F401

    import parallel_nls.figures.run_figures  # noqa: F401
    from parallel_nls.spectral.separable import multiply_separable

    one = np.ones(1, dtype=complex)
    multiply_separable(np.ones((1, 1), dtype=complex), np.ones((2, 1)), one, np.zeros(1, dtype=np.intp))


def main() -> None:
    """Load all, but start no MPI, which would not survive a fork."""
    mpi4py.rc.initialize = False
    mpi4py.rc.finalize = False
    import parallel_nls.cli
    import parallel_nls.running.run  # noqa: F401

    load_what_most_commands_use()
    serve(obey)


if __name__ == "__main__":
    main()
