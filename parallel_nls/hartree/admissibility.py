"""Whether the blow-up theorems for E < 0 say anything about a potential (Bulut 2018, Theorems 1.1 and 1.2).

They ask for V + ½x·∇V ≤ 0, that is, for an r²V that does not increase. A V that is bounded near 0 has r²V → 0 there: if
it attracts it violates this, and if it satisfies this it repels, so that E ≥ 0; the theorems, which are stated for
bounded V, say nothing about any. The hierarchy of a bounded V does not blow up: Tr(−Δγ⁽¹⁾) ≤ 2E + ½ sup V for all
times. The proofs do hold for V that is singular, as r^{−a} with 2 ≤ a < min(d, 4), which needs d ≥ 3.

    admissible-singular   V ≥ 0, r²V does not increase, 2 ≤ a < min(d, 4): data with E < 0 blow up
    regularised           bounded; a softened form of a potential that is admissible
    vacuous               there is no blow-up to look for: V attracts and is bounded, or V satisfies (1.6) and repels
    fails                 all others
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from parallel_nls.errors import UserError
from parallel_nls.hartree.inequality import Inequality, examine_inequality
from parallel_nls.hartree.kernels import RadialPotential

SINGULAR, REGULARISED, VACUOUS, FAILS = "admissible-singular", "regularised", "vacuous", "fails"
CRITICAL_POWER = 2.0
ENERGY_CRITICAL_POWER = 4.0
JUMP = 1e-9
"""Relative size of a jump of V that is told."""


@dataclass(frozen=True)
class Admissibility:
    """What the theory says of one potential.

    Attributes
    ----------
    verdict : str
        admissible-singular, regularised, vacuous or fails.
    reasons : tuple of str
        Sentences, the decisive one first.
    numbers : dict
        Ready for JSON; infinite numbers are the strings "inf" and "-inf". All concern −μV, which attracts where it is
        positive:

        dimension, coupling
            d and μ.
        sign
            zero, nonnegative, nonpositive or both.
        r2V_at_zero, r2V_at_infinity
            Limits of r²V.
        r2V_nonincreasing, r2V_constant
            Whether (1.6) holds, and with equality.
        violations, excess
            Intervals of r where V + ½x·∇V > 0, and its supremum there, 0 if there are none.
        bounded, singular_power, greatest_power, form_bounded
            Whether V is bounded near 0; a; min(d, 4); whether a is below that.
        gradient_at_infinity_power
            p of sup_{|x|≥R} |x||∇V| ~ R^p, which (1.7) wants negative; "-inf" if it falls faster than all powers.
        gradient_norm_power
            p of ‖|x||∇V|‖_{L¹(|x|≤√R)}/R^{(d−1)/2} ~ R^p, which (1.8) wants negative; "inf" if it is infinite.
        sup_V, kinetic_offset
            sup V and ½ sup V₊, "inf" for singular V that attracts: Tr(−Δγ⁽¹⁾) ≤ 2E + kinetic_offset.
    """

    verdict: str
    reasons: tuple[str, ...]
    numbers: dict[str, Any]

    @property
    def certifies_blow_up(self) -> bool:
        """Whether E < 0 implies that the solution ends in finite time."""
        return self.verdict == SINGULAR

    def kinetic_bound(self, energy: float) -> float:
        """Upper bound 2E + ½ sup V₊ of Tr(−Δγ⁽¹⁾) at all times; infinite if V is singular. *Communication*: local."""
        return 2 * energy + float(self.numbers["kinetic_offset"])


def check_admissibility(potential: RadialPotential, dimension: int = 3, coupling: float = -1.0) -> Admissibility:
    """Check the hypotheses of the blow-up theorems for i φ_t + Δφ = μ(V*|φ|²)φ.

    Parameters
    ----------
    potential : RadialPotential
        V.
    dimension : int
        d ≥ 2.
    coupling : float
        μ. The theorems are stated for −1; for others they are read with −μV in the place of V.

    Raises
    ------
    UserError
        The dimension is below 2.

    Notes
    -----
    *Communication*: local.
    """
    if dimension < 2:
        raise UserError(f"the blow-up theorems are for dimensions from 2 on, not {dimension!r}")
    found = examine_inequality(potential, -coupling)
    numbers = _numbers(potential, dimension, coupling, found)
    verdict, reasons = _judge(potential, dimension, coupling, found)
    return Admissibility(verdict, (*reasons, *_remarks(potential, dimension, coupling, found)), numbers)


def _judge(
    potential: RadialPotential, dimension: int, coupling: float, found: Inequality
) -> tuple[str, tuple[str, ...]]:
    """The verdict, and the sentences that decide it."""
    if found.sign == "zero":
        return VACUOUS, ("V vanishes: the equation is linear.",)
    if found.sign == "nonpositive" and found.holds:
        return VACUOUS, (
            "V + ½x·∇V ≤ 0 (1.6) holds, but V ≤ 0 repels: the energy is never negative, and the theorem says nothing.",
        )
    if found.sign != "nonnegative":
        repels = "V ≤ 0 repels" if found.sign == "nonpositive" else "V changes its sign"
        return FAILS, (f"{repels}, and {_violation(found)}",)
    if potential.is_bounded:
        return _judge_bounded(potential, dimension, coupling, found)
    return _judge_singular(potential, dimension, found)


def _judge_bounded(
    potential: RadialPotential, dimension: int, coupling: float, found: Inequality
) -> tuple[str, tuple[str, ...]]:
    """For V ≥ 0 that is bounded."""
    no_blow_up = (
        "V is bounded, so r²V starts from 0 and must increase somewhere: with V ≥ 0 only V = 0 satisfies (1.6).",
        f"There is no blow-up: Tr(−Δγ⁽¹⁾) ≤ 2E + ½ sup V = 2E + {found.greatest / 2:.6g} at all times.",
        f"Here {_violation(found)}",
    )
    sharp = potential.unsoftened()
    if sharp is not None and check_admissibility(sharp, dimension, coupling).verdict == SINGULAR:
        text = (
            "Its singular form without softening is admissible; this one only regularises it, and the theorem does not "
            "apply: V₁'' = 16E + 4∫(V + ½x·∇V)γ⁽²⁾ with a last term that is to be watched."
        )
        return REGULARISED, (text, *no_blow_up)
    return VACUOUS, no_blow_up


def _judge_singular(potential: RadialPotential, dimension: int, found: Inequality) -> tuple[str, tuple[str, ...]]:
    """For V ≥ 0 that is singular."""
    power, greatest = potential.singular_power, min(float(dimension), ENERGY_CRITICAL_POWER)
    kind = f"V is singular as r^-{power:g}"
    if not found.holds:
        tame = (
            ["Below the power 2 the kinetic energy controls V, and nothing blows up."] if power < CRITICAL_POWER else []
        )
        return FAILS, (f"{kind}, but {_violation(found)}", *tame)
    if power >= greatest:
        bound = "not integrable at 0" if power >= dimension else "not bounded by the kinetic energy"
        return FAILS, (f"{kind}, which is {bound}: powers below min(d, 4) = {greatest:g} are.",)
    text = f"V ≥ 0, r²V does not increase, and {kind} with 2 ≤ {power:g} < min(d, 4) = {greatest:g}"
    return SINGULAR, (f"{text}: data with E < 0 blow up, if they are radial or have V₁ < ∞.",)


def _violation(found: Inequality) -> str:
    """The sentence on (1.6), where it is violated."""
    where = ", ".join(_range(lower, upper) for lower, upper in found.violations)
    size = f"by {found.excess:.6g} at most" if math.isfinite(found.excess) else "without bound"
    return f"V + ½x·∇V ≤ 0 (1.6) is violated for {where}, {size}."


def _range(lower: float, upper: float) -> str:
    if math.isinf(upper):
        return f"r > {lower:.6g}" if lower > 0 else "all r"
    return f"{lower:.6g} < r < {upper:.6g}"


def _remarks(potential: RadialPotential, dimension: int, coupling: float, found: Inequality) -> tuple[str, ...]:
    """What else an analyst will ask."""
    remarks = [] if coupling == -1 else [f"All this is said of −μV in the place of V, with μ = {coupling:g}."]
    if found.is_equality:
        remarks.append("r²V is constant: V + ½x·∇V = 0, and V₁'' = 16E exactly.")
    if potential.breaks.size:
        last = float(potential.breaks[-1])
        jump = float(potential.value(last)) - float(potential.value(last * (1 + 1e-9)))
        if abs(jump) > JUMP * max(found.greatest, -found.least):
            text = f"V jumps by {-jump:.6g} at r = {last:.6g}, where a table ends: x·∇V is without that jump"
            remarks.append(f"{text}; let the table go on until V is 0.")
    if dimension == 2:
        remarks.append("In dimension 2 no V ≥ 0 is admissible: r^-2 is not integrable there.")
    if potential.is_bounded and math.isfinite(found.excess) and found.sign == "nonnegative":
        text = "No virial bound with V + ½x·∇V estimated from above can show blow-up"
        remarks.append(f"{text}: 16E + 4 sup(V + ½x·∇V)₊ ≥ 0 for all data.")
    return tuple(remarks)


def _numbers(potential: RadialPotential, dimension: int, coupling: float, found: Inequality) -> dict[str, Any]:
    power, tail, greatest = potential.singular_power, potential.tail_power, min(float(dimension), ENERGY_CRITICAL_POWER)
    limits = [-coupling * limit if coupling else 0.0 for limit in potential.limits]
    # ∫_{|x| ≤ √R} |x||∇V| grows as R^{(d−a)/2} for a tail r^{−a}, a < d; else not at all, but for a logarithm at a = d.
    norm_power = (1 - min(tail, dimension)) / 2 if power < dimension else math.inf
    return {
        "dimension": dimension,
        "coupling": coupling,
        "sign": found.sign,
        "r2V_at_zero": _json(limits[0]),
        "r2V_at_infinity": _json(limits[1]),
        "r2V_nonincreasing": found.holds,
        "r2V_constant": found.is_equality,
        "violations": [[_json(end) for end in interval] for interval in found.violations],
        "excess": _json(found.excess),
        "bounded": potential.is_bounded,
        "singular_power": power,
        "greatest_power": greatest,
        "form_bounded": power < greatest,
        "gradient_at_infinity_power": _json(-tail),
        "gradient_norm_power": _json(norm_power),
        "sup_V": _json(found.greatest),
        "kinetic_offset": _json(max(found.greatest, 0.0) / 2),
    }


def _json(number: float) -> float | str:
    return number + 0.0 if math.isfinite(number) else str(number)
