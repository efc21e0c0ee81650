"""One implementation, the same bits: compiled kernels, sines and cosines, array types."""

import os

# Numba reads these when it is imported, which modules of this package do first.
# Intel's short-vector library would replace exp, sin, cos by versions whose bits depend on the vector width.
os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"
# Uncompiled, kernels would round otherwise, and those with instructions of their own would not run at all.
os.environ["NUMBA_DISABLE_JIT"] = "0"
