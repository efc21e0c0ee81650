"""PETSc by petsc4py: Newton and Krylov iterations (SNES, KSP) for functions on this rank's points, without a matrix.

The only module that imports petsc4py, and only when something is solved. PETSc starts once a process, without options
of the command line, the environment or a file, without its signal handlers, and says nothing.

PETSc's own sums differ by rounding from one number of ranks to another, and numbers of steps with them. So the Krylov
method that a KSP calls is `gmres`, whose sums have a fixed order, SNES takes whole Newton steps, and no norm of PETSc
decides: solutions have the same bits on any number of ranks.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.elliptic.gmres import MOST_STEPS, Action, InnerProducts, gmres
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.consensus import common_verdict

MOST_NEWTON = 30
_QUIET = ("parallel-nls", "-skip_petscrc", "-no_signal_handler")
_PREFIX = "parallel_nls_"
_CONVERGED, _DIVERGED_STEPS, _DIVERGED_NAN = 2, -3, -9  # of PETSc's lists of reasons, KSP and SNES
_MISSING = (
    "standing waves in a box are computed by PETSc, and petsc4py is not installed here; scripts/setup installs it (as "
    "root on Debian or Ubuntu; elsewhere with PETSC_DIR at a PETSc with real scalars)"
)


@dataclass
class Iterations:
    """What a solution took.

    Attributes
    ----------
    krylov : list of int
        Steps of the Krylov method, for each linear system.
    newton : list of float
        ‖F‖/‖u‖ at each step of Newton's method, the first and the last included.
    """

    krylov: list[int] = field(default_factory=list)
    newton: list[float] = field(default_factory=list)


def is_installed() -> bool:
    """Whether petsc4py is there; nothing is started. *Communication*: local."""
    return importlib.util.find_spec("petsc4py") is not None


def require(comm: MPI.Intracomm) -> None:
    """Raise a UserError on every rank where petsc4py is missing on one, before anything is computed; collective."""
    common_verdict(comm, None if is_installed() else _MISSING)


def start(comm: MPI.Intracomm) -> Any:
    """The module petsc4py.PETSc, PETSc being started on these ranks.

    Raises
    ------
    UserError
        On every rank: it is not there, does not start, or is none of double precision.

    Notes
    -----
    *Communication*: collective.
    """
    require(comm)
    found: list[Any] = []
    common_verdict(comm, _trouble(comm, found))
    return found[0]


def _trouble(comm: MPI.Intracomm, found: list[Any]) -> str | None:
    """Start PETSc where it is not started; what is wrong with it."""
    started = comm.allgather(_Started.done)
    # Ranks of which some have started cannot start together.
    together = comm.Dup() if not any(started) else MPI.COMM_SELF
    try:
        found.append(_Started.module(together))
        precision = np.dtype(found[0].RealType)
    except (ImportError, OSError, RuntimeError) as error:
        return f"petsc4py does not start ({error}); scripts/setup builds it against the PETSc of this machine"
    return None if precision == np.float64 else f"PETSc computes in {precision}; give one of double precision"


class _Started:
    """PETSc in this process."""

    done = False

    @classmethod
    def module(cls, comm: MPI.Intracomm) -> Any:
        """Start it, once, and see that it ends ahead of MPI."""
        import petsc4py

        if not cls.done:
            with _without_variable("PETSC_OPTIONS"):
                petsc4py.init(list(_QUIET), comm=comm)
        from petsc4py import PETSc

        if not cls.done:
            cls.done = True
            # MPI_Finalize gives the attributes of COMM_SELF back before anything else.
            MPI.COMM_SELF.Set_attr(MPI.Comm.Create_keyval(delete_fn=lambda *_: PETSc._finalize()), None)
        return PETSc


@contextmanager
def _without_variable(name: str) -> Iterator[None]:
    before = os.environ.pop(name, None)
    try:
        yield
    finally:
        if before is not None:
            os.environ[name] = before


@dataclass(frozen=True)
class NewtonLimits:
    """When Newton's method ends, and how well its systems are solved.

    Attributes
    ----------
    settled, enough : float
        ‖F‖/‖u‖ at which it ends, and below which it may end where it comes no further.
    forcing : float
        Relative residual of the linear systems.
    """

    settled: float = 5e-15
    enough: float = 1e-12
    forcing: float = 1e-10

    def verdict(self, norms: Sequence[float]) -> int:
        """What the norms so far say: > 0 to end, 0 to go on, < 0 to give up. *Communication*: local."""
        last = norms[-1]
        if not math.isfinite(last):
            return _DIVERGED_NAN
        stalled = len(norms) > 1 and last <= self.enough and last > 0.1 * norms[-2]
        if last <= self.settled or stalled:
            return _CONVERGED
        return _DIVERGED_STEPS if len(norms) > MOST_NEWTON else 0


class _Shell:
    """An operator as PETSc's matrices call it; the action may be changed."""

    def __init__(self, shape: tuple[int, ...], action: Action) -> None:
        self.shape, self.action = shape, action

    def mult(self, _matrix: Any, source: Any, target: Any) -> None:
        """Write A·source into target."""
        _put(target, self.action(_taken(source, self.shape)))


class _OrderedGMRES:
    """`gmres` as a method of PETSc's KSP."""

    def __init__(self, shell: _Shell, inner: InnerProducts) -> None:
        self._shell, self._inner = shell, inner

    def solve(self, krylov: Any, source: Any, target: Any) -> None:
        """Solve for target."""
        tolerance, _, _, most = krylov.getTolerances()
        solved = gmres(self._shell.action, _taken(source, self._shell.shape), self._inner, tolerance, most)
        _put(target, solved.values)
        krylov.setIterationNumber(solved.steps)
        krylov.setConvergedReason(_CONVERGED if solved.converged else _DIVERGED_STEPS)


def _taken(vector: Any, shape: tuple[int, ...]) -> RealArray:
    return np.array(vector.getArray(readonly=True).real, dtype=np.float64).reshape(shape)


def _put(vector: Any, values: RealArray) -> None:
    vector.getArray()[...] = values.reshape(-1)


class Solver:
    """Solves for functions with one value for each of this rank's points.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks, idle ones included.
    shape : tuple of int
        Of this rank's share.
    inner : callable
        Inner products, the same bits on any number of ranks.

    Raises
    ------
    UserError
        As of `start`.

    Notes
    -----
    *Communication*: all collective.
    """

    def __init__(self, comm: MPI.Intracomm, shape: tuple[int, ...], inner: InnerProducts) -> None:
        self._petsc, self._comm, self._shape, self._inner = start(comm), comm, shape, inner

    def _vector(self) -> Any:
        return self._petsc.Vec().createMPI((math.prod(self._shape), None), comm=self._comm)

    def _matrix(self, shell: _Shell) -> Any:
        size = (math.prod(self._shape), None)
        matrix = self._petsc.Mat().createPython((size, size), shell, comm=self._comm)
        matrix.setUp()
        return matrix

    def _adjust(self, krylov: Any, shell: _Shell, tolerance: float) -> None:
        krylov.setType("python")
        krylov.setPythonContext(_OrderedGMRES(shell, self._inner))
        krylov.setTolerances(rtol=tolerance, max_it=MOST_STEPS)
        krylov.getPC().setType("none")

    def linear(self, action: Action, source: RealArray, tolerance: float) -> tuple[RealArray, int]:
        """Solve A f = source by GMRES.

        Parameters
        ----------
        action : callable
            A, preconditioned.
        source : ndarray
            Preconditioned in the same way.
        tolerance : float
            Of the residual, relative to the source.

        Returns
        -------
        f : ndarray
        steps : int

        Raises
        ------
        UserError
            It does not converge.
        """
        shell = _Shell(self._shape, action)
        vectors = source_vector, found = self._vector(), self._vector()
        matrix, krylov = self._matrix(shell), self._petsc.KSP().create(self._comm)
        try:
            _put(source_vector, source)
            krylov.setOperators(matrix)
            self._adjust(krylov, shell, tolerance)
            krylov.solve(source_vector, found)
            steps = int(krylov.getIterationNumber())
            if krylov.getConvergedReason() <= 0:
                raise UserError(
                    f"a linear system was not solved to {tolerance:g} in {steps} Krylov steps: it is nearly singular; "
                    "remove its kernel, or change frequency or grid"
                )
            return _taken(found, self._shape), steps
        finally:
            for thing in (*vectors, krylov, matrix):
                thing.destroy()

    def newton(
        self, function: Action, derivative: Callable[[RealArray], Action], start: RealArray, limits: NewtonLimits
    ) -> tuple[RealArray, Iterations]:
        """Solve F(u) = 0 by Newton's method (SNES), its systems by GMRES.

        Parameters
        ----------
        function : callable
            F.
        derivative : callable
            From u to F'(u).
        start : ndarray
            The first u.
        limits : NewtonLimits

        Raises
        ------
        UserError
            It does not converge.
        """
        u, image, shell = self._vector(), self._vector(), _Shell(self._shape, lambda f: f)
        matrix, newton = self._matrix(shell), self._petsc.SNES().create(self._comm)
        record = Iterations()
        try:
            _put(u, start)
            newton.setOptionsPrefix(_PREFIX)
            self._petsc.Options(_PREFIX)["snes_linesearch_type"] = "basic"
            newton.setFromOptions()
            newton.setFunction(_evaluating(function, self._shape), image)
            newton.setJacobian(_linearizing(derivative, shell), matrix)
            newton.setConvergenceTest(self._judging(limits, record))
            self._adjust(newton.getKSP(), shell, limits.forcing)
            newton.solve(None, u)
            if newton.getConvergedReason() <= 0:
                raise UserError(
                    f"Newton's method came to a residual of {record.newton[-1]:.2g} in {len(record.newton) - 1} steps "
                    "and no further: no standing wave is near the start; change frequency, power or grid"
                )
            return _taken(u, self._shape), record
        finally:
            for thing in (newton, matrix, u, image):
                thing.destroy()

    def _judging(self, limits: NewtonLimits, record: Iterations) -> Callable[..., int]:
        def judge(newton: Any, step: int, _norms: Sequence[float]) -> int:
            """Say whether to stop, by norms of the same bits on any number of ranks."""
            if step > 0:
                record.krylov.append(int(newton.getKSP().getIterationNumber()))
            record.newton.append(self._relative(newton.getFunction()[0], newton.getSolution()))
            return limits.verdict(record.newton)

        return judge

    def _relative(self, one: Any, other: Any) -> float:
        """‖one‖/‖other‖."""
        f, g = (_taken(vector, self._shape) for vector in (one, other))
        small, large = self._inner([(f, f), (g, g)])
        return math.sqrt(small / large) if large > 0 else math.nan


def _evaluating(function: Action, shape: tuple[int, ...]) -> Callable[..., None]:
    def evaluate(_newton: Any, place: Any, target: Any) -> None:
        """Write F."""
        _put(target, function(_taken(place, shape)))

    return evaluate


def _linearizing(derivative: Callable[[RealArray], Action], shell: _Shell) -> Callable[..., None]:
    def linearize(_newton: Any, place: Any, matrix: Any, *_others: Any) -> None:
        """Change to the derivative at a place."""
        shell.action = derivative(_taken(place, shell.shape))
        matrix.assemble()

    return linearize
