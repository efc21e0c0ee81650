"""Print a hash of transforms and steps, if asked after FFTW_MEASURE plans of the same problems, in a fresh process."""

from __future__ import annotations

import sys

from mpi4py_fft import fftw

LENGTHS = (16, 60, 64, 128, 243, 250, 512, 1024)
# Folded into 60 × 64 and 243 × 250.
LINES = (3840, 60750)
# Lines in a block of the engine, which cannot be imported before the plans are made.
WIDTH = 32


def plan_with_measure() -> None:
    """Make FFTW gather wisdom about the very problems that the engine plans."""
    for length in LENGTHS:
        for factory in (fftw.fftn, fftw.ifftn):
            source, target = (fftw.aligned((WIDTH, length), n=64, dtype=complex) for _ in range(2))
            for flags in ((fftw.FFTW_MEASURE,), (fftw.FFTW_MEASURE, fftw.FFTW_PRESERVE_INPUT)):
                factory(source, axes=(1,), flags=flags, output_array=target)


def found() -> str:
    """Transform random fields whose axes or folds have these lengths, take two steps, and hash what comes out."""
    from mpi4py import MPI

    from parallel_nls.running.simulation import Simulation
    from parallel_nls.spectral import transforms
    from parallel_nls.spectral.box import FourierDomain
    from parallel_nls.spectral.line import LineDomain
    from tests.support import digest, random_field, small_run

    if transforms.WIDTH != WIDTH:
        sys.exit(f"the engine plans blocks of {transforms.WIDTH} transforms, not {WIDTH}")
    results = []
    for first, second in zip(LENGTHS, reversed(LENGTHS), strict=True):
        domain = FourierDomain(MPI.COMM_SELF, (first, second), (1.0, 1.0))
        coefficients = domain.forward(random_field((first, second)))
        results += [coefficients, domain.backward(coefficients)]
    for length in LINES:
        line = LineDomain(MPI.COMM_SELF, (length,), (1.0,))
        coefficients = line.forward(random_field(line.shape))
        results += [coefficients, line.backward(coefficients)]
    simulation = Simulation(small_run("grid.points=[64,60]"), MPI.COMM_SELF)
    simulation.advance(2)
    results += [simulation.state.field, simulation.field()]
    return digest(*results)


def main() -> None:
    """Make the plans first, if that is asked for."""
    if "measure" in sys.argv[1:]:
        plan_with_measure()
    sys.stdout.write(found() + "\n")


if __name__ == "__main__":
    main()
