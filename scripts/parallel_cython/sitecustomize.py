"""Let Cython translate several modules at once while scripts/setup builds h5py.

h5py's build gives no such option and would spend most of its time on one core. With this directory in
PYTHONPATH, Python imports this module at its start.
"""

from __future__ import annotations

import functools
import os

import Cython.Build

Cython.Build.cythonize = functools.partial(Cython.Build.cythonize, nthreads=os.cpu_count() or 1)
