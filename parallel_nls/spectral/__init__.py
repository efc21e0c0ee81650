"""Fourier axes, fused block sweeps and the distributed domain."""
