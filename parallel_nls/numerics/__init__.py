"""One implementation, the same bits: compiled kernels, sines and cosines, array types."""
