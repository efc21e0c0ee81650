"""The ground state of |ξ|^s Q + ωQ = k(x)Q^{p+1} + V(x)Q in a periodic box, Q > 0, and the operators linearized there.

u = e^{iωt}Q is the standing wave of i u_t = |ξ|^s u − V(x)u − k(x)|u|^p u. Petviashvili's iteration comes near,
Newton's method ends it, in the form Q − (|ξ|^s + c)⁻¹(…) = 0, in which rounding is not multiplied by |ξ|^s. Where
neither k nor V depends on x_j, L₊ has the kernel ∂_jQ, and no system is solved along it.

    L₊ = |ξ|^s + ω − (p+1)kQ^p − V,      L₋ = |ξ|^s + ω − kQ^p − V,      L₋Q = 0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from parallel_nls.contracts import Domain
from parallel_nls.elliptic.fields import PointFunction, RealFields, power_of
from parallel_nls.elliptic.linearized import Preconditioner, SchroedingerOperator
from parallel_nls.elliptic.petsc import Iterations, NewtonLimits, Solver
from parallel_nls.elliptic.start import good_places
from parallel_nls.errors import UserError
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import RealArray

FORCING = 1e-13  # of the linear systems of `LinearSolution`
_ROUGH = 1e-3  # relative change at which Petviashvili's iteration ends, and residual of its systems
_MOST_ROUGH = 400
_POSITIVE = 1e-3  # of the peak, by which a ground state may come below 0 where a coarse grid makes it
_UNRESOLVED = 1e-3
_OUTER = 0.9
_FLAT = 0.5
_SPREAD = 0.125
"""Of V, by which c of the preconditioner exceeds ω: in traps it takes a third to a half of the steps."""
_CONSTANT = 1e-9
_ON_THE_POINT = 0.75  # spacings


@dataclass(frozen=True)
class Problem:
    """Which standing wave, in which box.

    Attributes
    ----------
    domain : Domain
        A line or a plane in double precision.
    order, power, frequency : float
        s > 0, p > 0 and ω.
    coefficient, potential : callable, optional
        k(x) > 0, by default 1, and V(x), by default 0; in the plane of x and y.
    """

    domain: Domain
    order: float = 2.0
    power: float = 2.0
    frequency: float = 1.0
    coefficient: PointFunction | None = None
    potential: PointFunction | None = None


@dataclass(frozen=True)
class Numbers:
    """Q(0) or the largest Q, ‖Q‖², (Q, |ξ|^s Q), ∫Q^{p+2} and ∫Q (dimensionless)."""

    peak: float
    mass: float
    quadratic_form: float
    power_integral: float
    integral: float


@dataclass(frozen=True)
class LinearSolution:
    """f of A f = g, freed of kernels.

    Attributes
    ----------
    values : ndarray
        f, orthogonal to the kernel.
    defects : tuple of float
        (v, g − Af) for each normalised function v of the kernel: 0 where g is in the range.
    steps : int
        Of the Krylov method.
    """

    values: RealArray
    defects: tuple[float, ...]
    steps: int


@dataclass(frozen=True)
class _Terms:
    """k and V at this rank's points, the axes on which neither depends, and M⁻¹."""

    problem: Problem
    fields: RealFields
    k: RealArray
    V: RealArray
    invariant: tuple[int, ...]
    preconditioner: Preconditioner

    @classmethod
    def of(cls, problem: Problem) -> _Terms:
        """Sample the functions. Collective."""
        fields = RealFields(problem.domain, problem.order)
        given = (problem.coefficient, 1.0), (problem.potential, 0.0)
        k, V = (np.full(fields.shape, other) if f is None else fields.sampled(f) for f, other in given)
        axes = range(problem.domain.dimension)
        invariant = tuple(axis for axis in axes if all(_constant(fields, values, axis) for values in (k, V)))
        least, largest = fields.extremes(V)
        shift = (problem.frequency if problem.frequency > 0 else 1.0) + _SPREAD * (largest - least)
        return cls(problem, fields, k, V, invariant, Preconditioner.of(fields, shift))

    def power(self, q: RealArray) -> RealArray:
        """k|q|^p."""
        return self.k * power_of(q, self.problem.power)

    def operator(self, q: RealArray, factor: float, kernel: list[RealArray]) -> SchroedingerOperator:
        """|ξ|^s + ω − factor·k|q|^p − V. Collective."""
        weight = factor * self.power(q) + self.V
        return SchroedingerOperator(self.preconditioner, self.problem.frequency, weight, kernel)

    def plus(self, q: RealArray) -> SchroedingerOperator:
        """L₊ at q. Collective."""
        kernel = [self.fields.derivative(q, axis) for axis in self.invariant]
        return self.operator(q, self.problem.power + 1, kernel)


def _constant(fields: RealFields, values: RealArray, axis: int) -> bool:
    least, largest = fields.extremes(values)
    if least == largest:
        return True
    changes = fields.extremes(fields.derivative(values, axis))
    return max(map(abs, changes)) * fields.domain.length[axis] <= _CONSTANT * (largest - least)


@dataclass(frozen=True, eq=False, repr=False)
class StandingWave(Shown):
    """A ground state in a box.

    Attributes
    ----------
    problem : Problem
    values : ndarray
        Q at this rank's points, in physical layout.
    numbers : Numbers
        The same on every rank.
    action : float
        ½(Q, (|ξ|^s + ω − V)Q) − ∫kQ^{p+2}/(p+2), which of all standing waves that of a ground state is the least.
    residual : float
        ‖(|ξ|^s + c)⁻¹(|ξ|^s Q + ωQ − kQ^{p+1} − VQ)‖/‖Q‖.
    iterations : Iterations
        Of Newton's method.

    Notes
    -----
    *Communication*: all collective.
    """

    problem: Problem
    values: RealArray
    numbers: Numbers
    action: float
    residual: float
    iterations: Iterations
    terms: _Terms
    solver: Solver

    def _shown_heading(self) -> str:
        problem = self.problem
        points = " × ".join(map(str, problem.domain.points))
        return (
            f"Standing wave, s = {problem.order:g}, p = {problem.power:g}, ω = {problem.frequency:g}, {points} points"
        )

    def _shown_rows(self) -> dict[str, object]:
        numbers = self.numbers
        return {"peak": f"{numbers.peak:.12g}", "‖Q‖²": f"{numbers.mass:.12g}", "residual": f"{self.residual:.1e}"}

    @property
    def fields(self) -> RealFields:
        """Operations on functions like Q. *Communication*: local."""
        return self.terms.fields

    @cached_property
    def plus(self) -> SchroedingerOperator:
        """L₊, with its kernel."""
        return self.terms.plus(self.values)

    @cached_property
    def minus(self) -> SchroedingerOperator:
        """L₋, with its kernel Q."""
        return self.terms.operator(self.values, 1.0, [self.values])

    def solve_plus(self, source: RealArray, tolerance: float = FORCING) -> LinearSolution:
        """F with L₊f = source but for what its kernel, the derivatives of Q, leaves out.

        Raises
        ------
        UserError
            L₊ is nearly singular beside that.
        """
        return self._solve(self.plus, source, tolerance)

    def solve_minus(self, source: RealArray, tolerance: float = FORCING) -> LinearSolution:
        """F ⟂ Q with L₋f = source but for its part along Q; raises as `solve_plus` does."""
        return self._solve(self.minus, source, tolerance)

    def _solve(self, operator: SchroedingerOperator, source: RealArray, tolerance: float) -> LinearSolution:
        g = operator.preconditioned_source(source)
        found, steps = self.solver.linear(operator.preconditioned, g, tolerance)
        return LinearSolution(found, operator.defects(found, source), steps)


def ground_state(problem: Problem) -> StandingWave:
    """Solve for Q: of the waves from the origin, and from the places that k and V favour, that of the least action.

    With several maxima of k or V it is a positive standing wave, of which it is not proven that none has less action:
    the least of those that are found from at most `start.MOST` local maxima, and from the origin.

    Raises
    ------
    UserError
        On every rank: PETSc is not there; there is no positive solution, or none that the grid resolves, or that knows
        of the box by more than its images.

    Notes
    -----
    *Communication*: collective.
    """
    _check(problem)
    terms = _Terms.of(problem)
    solver = Solver(problem.domain.comm, terms.fields.shape, terms.fields.inner)
    if not terms.fields.extremes(terms.k)[1] > 0:
        raise UserError("k(x) is nowhere positive: there is no ground state; give another coefficient")
    size = abs(problem.frequency) or 1.0
    found, refused = list[StandingWave](), list[UserError]()
    origin = (0.0,) * problem.domain.dimension
    good = good_places(terms.fields, terms.k, terms.V, problem.power, size, terms.invariant)
    for place in (origin, *(place for place in good if not _is_origin(problem.domain, place))):
        try:
            found.append(_solve_near(terms, solver, place))
        except UserError as error:
            refused.append(error)
    for wave in sorted(found, key=lambda wave: wave.action):
        # A wave of less action that the grid does not resolve is not passed over for one that it does.
        _check_resolved(terms, wave.values)
        try:
            _examine(terms, wave.values)
        except UserError as error:
            refused.append(error)
        else:
            return wave
    raise refused[0]


def _is_origin(domain: Domain, place: tuple[float, ...]) -> bool:
    return all(abs(x) <= _ON_THE_POINT * h for x, h in zip(place, domain.spacing, strict=True))


def _solve_near(terms: _Terms, solver: Solver, place: tuple[float, ...]) -> StandingWave:
    """The standing wave that is found from a place; raises as `ground_state` does. Collective."""
    problem, start = terms.problem, _near(terms, solver, place)
    shift, frequency = terms.preconditioner.shift, problem.frequency

    def function(q: RealArray) -> RealArray:
        """Return Q − M⁻¹(kQ^{p+1} + VQ + (c − ω)Q)."""
        return q - terms.preconditioner((terms.power(q) + terms.V + (shift - frequency)) * q)

    def derivative(q: RealArray) -> Callable[[RealArray], RealArray]:
        """Return M⁻¹L₊."""
        return terms.plus(q).preconditioned

    values, iterations = solver.newton(function, derivative, start, NewtonLimits())
    numbers = _measured(terms.fields, values, problem.power)
    # At a solution (Q, HQ) = ∫kQ^{p+2}, H = |ξ|^s + ω − V.
    (integral,) = terms.fields.inner([(terms.power(values) * values, values)])
    action = (0.5 - 1 / (problem.power + 2)) * integral
    return StandingWave(problem, values, numbers, action, iterations.newton[-1], iterations, terms, solver)


def _measured(fields: RealFields, q: RealArray, power: float) -> Numbers:
    pairs = [(q, q), (q, fields.apply(fields.symbol, q)), (power_of(q, power) * q, q), (q, np.ones(q.shape))]
    return Numbers(fields.extremes(q)[1], *fields.inner(pairs))


def _check(problem: Problem) -> None:
    for name, value in (("order", problem.order), ("power", problem.power)):
        if not 0 < value < np.inf:
            raise UserError(f"{name} = {value!r} of a standing wave must be greater than 0")
    if not np.isfinite(problem.frequency):
        raise UserError(f"frequency = {problem.frequency!r} of a standing wave must be a number")
    if problem.potential is None and problem.frequency <= 0:
        raise UserError(
            f"frequency = {problem.frequency!r} of a standing wave must be greater than 0 where there is no potential"
        )


def _near(terms: _Terms, solver: Solver, place: tuple[float, ...]) -> RealArray:
    """Petviashvili's iteration from a Gaussian at a place, with its periodic image.

    Q ← γ^{(p+1)/p}(|ξ|^s + ω − V)⁻¹kQ^{p+1}, γ = (Q, HQ)/(Q, kQ^{p+1}).
    """
    problem, fields, p = terms.problem, terms.fields, terms.problem.power
    width = (abs(problem.frequency) or 1.0) ** (-1 / problem.order)

    def gaussian(*points: RealArray) -> RealArray:
        """Return its values."""
        ways = [x - c for x, c in zip(points, place, strict=True)]
        nearest = [way - side * np.round(way / side) for way, side in zip(ways, problem.domain.length, strict=True)]
        return np.asarray(np.exp(-0.5 * sum(x * x for x in nearest) / width**2))

    q = fields.sampled(gaussian)
    rough = terms.operator(q, 0.0, [])
    for _ in range(_MOST_ROUGH):
        g = terms.power(q) * q
        w = terms.preconditioner(g)
        if problem.potential is not None:
            w = solver.linear(rough.preconditioned, w, _ROUGH)[0]
        form, integral = fields.inner([(w, g), (terms.power(w) * w, w)])
        if not (form > 0 and integral > 0):
            raise UserError(
                f"frequency = {problem.frequency!r}: not above minus the lowest energy of |ξ|^s − V(x), where no "
                "ground state is; give a greater one"
            )
        new = (form / integral) ** (1 / p) * w
        difference = new - q
        change, whole = fields.inner([(difference, difference), (new, new)])
        q = new
        if change <= _ROUGH**2 * whole:
            break
    return q


def _check_resolved(terms: _Terms, q: RealArray) -> None:
    fields, domain = terms.fields, terms.problem.domain
    outer = (_OUTER * np.pi / max(domain.spacing)) ** fields.order
    high = fields.apply(fields.multiplier(lambda symbol: (symbol > outer).astype(float)), q)
    outside, whole = fields.inner([(high, high), (q, q)])
    if not outside <= _UNRESOLVED**2 * whole:
        points = " × ".join(map(str, domain.points))
        raise UserError(f"grid.points = {points}: they do not resolve the ground state; take more, or a smaller box")


def _examine(terms: _Terms, q: RealArray) -> None:
    """Refuse what is no ground state."""
    problem, domain = terms.problem, terms.problem.domain
    least, largest = terms.fields.extremes(q)
    if not (largest > 0 and least >= -_POSITIVE * largest):
        raise UserError(
            f"frequency = {problem.frequency!r}: the standing wave found is not positive (from {least:.3g} to "
            f"{largest:.3g}), no ground state; give another frequency"
        )
    if least > _FLAT * largest and len(terms.invariant) == domain.dimension:
        length = " × ".join(f"{extent:g}" for extent in domain.length)
        raise UserError(f"grid.length = {length}: too small for a ground state that decays; take a larger box")
