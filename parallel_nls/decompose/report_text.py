"""The values of one field as a table for a terminal, with no more digits than are known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from parallel_nls.decompose.findings import REMAINING, Findings
from parallel_nls.decompose.request import place
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import AXES
from parallel_nls.planning.edge import LEVEL
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.schedules import shown_time

# Name, symbol, key, and the power of a length as which the quantity scales.
_OF_BUBBLES = (
    ("scale", "λ", "scale", 1),
    ("center", "α", "center", 1),
    ("boost", "β", "boost", 0),
    ("chirp", "γ", "chirp", 0),
    ("phase, mod 2π", "θ", "phase", 0),
    ("localized mass", "M", "localized_mass", 0),
    ("T - t ≈", "λ²/γ", REMAINING, 2),
    ("local mass", "m", "local_mass", 0),
    ("local current", "J", "local_current", -2),
)
_OF_FIELD = (
    ("remainder", "‖R‖₂", "remainder_l2", 0),
    ("  its gradient", "‖∇R‖₂", "remainder_gradient", -1),
    ("  its size", "D", "remainder_size", 0),
    ("localized virial", "(3.56)", "localized_virial", -1),
    ("  modified", "(3.103)", "modified_localized_virial", -2),
    ("generalized energy", "(4.14)", "generalized_energy", -2),
    ("energy", "E", "energy", -2),
    ("  its defect", "E - ΣE(S_k)", "energy_defect", -2),
)
# Of a run in remainder form: Δ is from S_k.
_NEAR_EXACT = (
    ("scale", "Δλ/λ", "scale_deviation", 0),
    ("center", "Δα/λ", "center_deviation", 0),
    ("boost", "β", "boost", 0),
    ("chirp", "Δγ", "chirp_deviation", 0),
    ("phase", "Δθ", "phase_deviation", 0),
    ("localized mass", "M", "localized_mass", 0),
)
_OF_REMAINDER = (
    ("decomposed", "‖v - ΣS_k‖₂", "remainder_l2", 0),
    ("remainder", "‖R‖₂", "decomposed_l2", 0),
    ("  its gradient", "‖∇R‖₂", "decomposed_gradient", 0),
    ("  its size", "D", "remainder_size", 0),
)
_UNFITTED = ("local_mass", "local_current")
"""What no fit has a part in: their length is that on which Φ_k falls, not λ_k."""
_MASS, _NORMS = "localized_mass", "remainder_"
_WITHOUT_EDGE, _OF_PARAMETERS = "energy", "E₀"
"""What the edge of the box changes otherwise than functionals of R: M_k, norms of R (as their keys begin), nothing,
the parameters."""
_KNOWN = 2.0**-40
"""Of what a decomposed remainder is: what its numbers are known to."""
_EXPANSION = ("  its expansion", "", "", "")
_TERMS = (_OF_PARAMETERS, "E₁", "E₂", "-ΣM/(2λ²)")
_ROUNDING = {"double": 2.0**-52, "single": 2.0**-23}
_MARGIN, _LOST = 4.0, 50.0
"""Of what twice the points change, which show aliases alone; and of the square of the tail: waves that are lost."""
_TINY = 1e-250  # of γ²: where it is less, λ²/γ has no digit
_ABREAST = 4  # bubbles beside each other
_DIGITS = 10
_NAME, _SYMBOL, _NUMBER = 20, 15, 20


def describe(findings: Findings) -> str:
    """Lines of text: what was analysed, a table of the bubbles, and what belongs to all of them together.

    Notes
    -----
    *Communication*: local.
    """
    lines = [*_heading(findings), "", *_table(findings), *_fit_lines(findings)]
    if findings.failure is None:
        lines += ["", *_functionals(findings)]
    return "\n".join(line.rstrip() for line in [*lines, "", *_localization(findings)])


def _heading(findings: Findings) -> Iterator[str]:
    setting = findings.setting
    grid, equation, stored = setting.config.grid, setting.config.equation, setting.stored
    yield _line("field", f"{stored.path}")
    known, time = "T is not known", setting.known.blowup_time
    if equation.time_symbol == "s":
        known = f"T - t = {1 / stored.time:.{_DIGITS}g}"
    elif time is not None:
        known = f"T = {time:.{_DIGITS}g}, T - t = {time - stored.time:.{_DIGITS}g}"
    yield _line(
        "time", f"{equation.time_symbol} = {shown_time(stored.time, _DIGITS)} after {stored.steps} steps, {known}"
    )
    points, box = " × ".join(map(str, grid.points)), " × ".join(f"{side:g}" for side in grid.length)
    yield _line("grid", f"{points} points in a periodic box {box}, {grid.precision} precision")
    yield _line("equation", equation.statement())
    yield _line("bubbles", f"{len(findings.localization.centers)}, {setting.known.origin}")
    yield _line("resolution", f"spectral tail {np.max(findings.values['spectral_tail']):.2g}")
    if findings.unrefined is not None:
        yield _line("", f"digits are not compared with those on twice the points: {findings.unrefined}")


def _line(name: str, text: str) -> str:
    return f"{name:<{_NAME}}{text}"


class _Doubt:
    """Sizes below which numbers mean nothing, of quantities that scale as powers of a length."""

    def __init__(self, findings: Findings) -> None:
        self.rounding = _ROUNDING[findings.setting.config.grid.precision]
        self.dimension = len(findings.setting.config.grid.points)
        self.relative = max(float(findings.values["orthogonality"]), self.rounding)
        if findings.setting.config.equation.is_remainder:
            self.relative = _KNOWN * float(findings.values["remainder_l2"])
        self.scales = findings.values.get("scale", np.ones(len(findings.localization.centers)))
        self.chirps = findings.values.get("chirp", np.ones(len(self.scales)))
        self.edge = findings.edge
        self.changes = findings.changes or {}
        # Where no waves are lost there is nothing of it, and of a remainder the tail is relative to what is small.
        self.lost = 0.0 if findings.changes is None else _LOST * float(np.max(findings.values["spectral_tail"])) ** 2
        width = findings.localization.width
        self.falls = width if math.isfinite(width) else 1.0  # of one bubble Φ = 1 and J = 0

    def of_bubble(self, bubble: int, power: int, key: str) -> float:
        """Of what scales as a power of one bubble's λ, or of the length on which Φ_k falls."""
        if key in _UNFITTED:
            size = max(self.rounding, self.lost * ground_state(self.dimension).mass)
            return max(size * self.falls**power, _MARGIN * self._largest(key))
        relative = max(self.relative, self.lost, _MARGIN * self._largest(key, self.scales**power))
        if self.edge is not None:
            relative = max(relative, self.edge.beyond if key == _MASS else float(self.edge.changes[bubble]))
        size = float(relative * self.scales[bubble] ** power)
        return size / max(float(self.chirps[bubble]) ** 2, _TINY) if key == REMAINING else size

    def _largest(self, key: str, units: RealArray | float = 1.0) -> float:
        """The largest that the grid leaves open of a quantity of all bubbles: of one it may vanish by chance; local."""
        if key == REMAINING:  # dλ²/γ is λ²/γ² times what is open of γ, and of λ
            return max(self._largest("chirp"), self._largest("scale", self.scales))
        if key not in self.changes:
            return 0.0
        change = self.changes[key]
        by_bubble = change.reshape(len(change), -1).max(axis=1) / units
        return float(np.max(by_bubble, initial=0.0))

    def of_field(self, power: int, value: float, key: str = "", change: float = 0.0) -> float:
        """Of what all bubbles have a part in; the grid leaves ``change`` open."""
        units = self.scales**power
        relative = np.full(len(units), self.relative)
        if self.edge is not None and key != _WITHOUT_EDGE:
            relative = np.maximum(relative, self.edge.changes)
            if key.startswith(_NORMS):
                relative = np.maximum(relative, [self.edge.of_norm(abs(value) / unit) for unit in units.tolist()])
            elif key != _OF_PARAMETERS:
                relative = np.maximum(relative, self.edge.beyond)
        return max(float(np.max(relative * units)), _MARGIN * change)


def _number(value: float, doubt: float) -> str:
    """Up to ten digits, those beyond doubt."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    known = math.floor(math.log10(abs(value))) - math.floor(math.log10(doubt))
    digits = max(1, min(_DIGITS, known))
    return f"{value:{'#' if digits > 1 else ''}.{digits}g}"


def _table(findings: Findings) -> Iterator[str]:
    """Yield the quantities of each bubble, a few bubbles abreast."""
    doubt, count = _Doubt(findings), len(findings.localization.centers)
    for first in range(0, count, _ABREAST):
        bubbles = range(first, min(first + _ABREAST, count))
        if first:
            yield ""
        yield _row("bubble", "", [str(k + 1) for k in bubbles])
        for name, symbol, numbers in _quantities(findings, doubt):
            yield _row(name, symbol, [numbers[k] for k in bubbles])
        if findings.edge is not None:
            yield _row("at the edge", "|U|/max|U|", [f"{findings.edge.heights[k]:.2g}" for k in bubbles])


def _quantities(findings: Findings, doubt: _Doubt) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name and symbol of every quantity of a bubble, or of its component, and its numbers."""
    for name, symbol, key, power in _NEAR_EXACT if findings.setting.config.equation.is_remainder else _OF_BUBBLES:
        if key not in findings.values:
            continue
        values = findings.values[key]
        columns = [(symbol, values)] if values.ndim == 1 else _components(symbol, values)
        for part, numbers in columns:
            yield name, part, [_number(float(x), doubt.of_bubble(k, power, key)) for k, x in enumerate(numbers)]


def _components(symbol: str, values: RealArray) -> list[tuple[str, RealArray]]:
    axes = AXES[: values.shape[1]]
    return [(symbol if len(axes) == 1 else f"{symbol}_{axis}", values[:, a]) for a, axis in enumerate(axes)]


def _row(name: str, symbol: str, numbers: Sequence[str]) -> str:
    return f"{name:<{_NAME}}{symbol:<{_SYMBOL}}" + "".join(f"{number:<{_NUMBER}}" for number in numbers)


def _fit_lines(findings: Findings) -> Iterator[str]:
    """Yield how well the conditions hold, and at what cost."""
    values, failed = findings.values, findings.failure is not None
    yield ""
    verdict = ", so this is no decomposition" if failed else ""
    passes = f"after {values['fit_passes']:g} passes over the field"
    yield _line("orthogonality", f"largest condition {float(values['orthogonality']):.1e} {passes}{verdict}")
    yield from _edge_lines(findings)


def _edge_lines(findings: Findings) -> Iterator[str]:
    """Yield what is wrong with bubbles that reach beyond the box, from the size on at which runs tell of it."""
    edge = findings.edge
    if edge is None or not edge.heights.max() > LEVEL:
        return
    numbers = [str(k + 1) for k in np.flatnonzero(edge.heights > LEVEL)]
    which = "bubble {} reaches" if len(numbers) == 1 else "bubbles {} reach"
    yield _line("warning", f"{which.format(', '.join(numbers))} beyond the periodic box, and U has no images: up to")
    yield _line(
        "", f"{edge.beyond:.1g} of mass wraps around and counts in R, M and the functionals, and parameters change by"
    )
    yield _line("", f"up to {edge.changes.max():.1g}; take a larger box, or bubbles farther inside")


def _functionals(findings: Findings) -> Iterator[str]:
    """Yield what belongs to all bubbles together; left out is what is not known."""
    doubt, values = _Doubt(findings), findings.values
    for name, symbol, key, power in _OF_REMAINDER if findings.setting.config.equation.is_remainder else _OF_FIELD:
        if key in values:
            value = float(values[key])
            change = float(doubt.changes.get(key, 0.0))
            yield _row(name, symbol, [_number(value, doubt.of_field(power, value, key, change))])
    if "energy_expansion" not in values:
        return
    terms = values["energy_expansion"].tolist()
    changes = doubt.changes.get("energy_expansion", np.zeros(len(terms))).tolist()
    for name, symbol, term, change in zip(_EXPANSION, _TERMS, terms, changes, strict=True):
        yield _row(name, symbol, [_number(term, doubt.of_field(-2, term, symbol, change))])
    rest, change = float(values["energy_remainder"]), float(doubt.changes.get("energy_remainder", 0.0))
    yield _row("  its remainder", "E - their sum", [_number(rest, doubt.of_field(-2, rest, change=change))])


def _localization(findings: Findings) -> Iterator[str]:
    """Yield how the field is cut between the bubbles."""
    found = findings.localization
    centers = ", ".join(place(center) for center in found.centers)
    yield _line("localization", f"about {centers}")
    if found.count > 1:
        along = "" if len(found.direction) == 1 else f"along v₁ = {place(found.direction.tolist())}, "
        yield _line("", f"{along}σ = {found.sigma:.{_DIGITS}g}")
    if findings.setting.config.equation.is_remainder:
        return
    yield _line("cutoff", f"A = {findings.setting.config.modulation.cutoff:g}")
