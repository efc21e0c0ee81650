"""Reference values of a decomposition, computed independently to twelve digits on the line and eight in the plane.

v = S_1 + S_2 + perturbation at T - t = 0.2, x = ∓2 on the first axis, ω = (1, 1.2), ϑ = (0, 0.4), A = 3; see `fields`.
"""

from __future__ import annotations

from dataclasses import dataclass

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Reference:
    """Parameters λ, α, β, γ, θ of each bubble, and other values by their names in a sample."""

    parameters: tuple[Numbers, ...]
    values: dict[str, float | Numbers]


LINE = Reference(
    parameters=(
        (0.197069901479547, -2.00437341707635, 0.0138066283455604, 0.207004497305791, 5.03032946207813),
        (0.243810426846245, 2.0031164948053, -0.00990245195807991, 0.308640490031392, 3.87525328146363),
    ),
    values={
        "localized_mass": (-0.0251336600121786, 0.0819867987843985),
        "morawetz": (0.00143823133809558, -0.00135397262957435),
        "localized_virial": -0.971804907616455,
        "modified_localized_virial": -0.567748452072129,
        "generalized_energy": -0.0395020138325183,
        "remainder_l2": 0.0342472083140855,
        "remainder_gradient": 0.23859322825766,
        "energy": 0.171127387530866,
        "mass": 5.4982510688087,
        "localized_remainder": (0.000308668511677588, 0.000864202765630777),
        "remainder_size": 0.0819658539656174,
    },
)
PLANE = Reference(
    parameters=(
        (
            0.199040970126144,
            -2.00231021399641,
            0.000310356717716442,
            0.00742853854570167,
            0.00800326076079263,
            0.199916582887388,
            5.01465831444045,
        ),
        (
            0.242091298871794,
            2.00183553002352,
            -0.000960268243350191,
            -0.00548544282285924,
            0.000874299316703128,
            0.295570821359085,
            3.87265662984637,
        ),
    ),
    values={
        "localized_mass": (-0.0523306084902099, 0.203376732328672),
        "morawetz": (0.00113538842578495, -0.00227518243878611),
        "localized_virial": -7.73064817963364,
        "modified_localized_virial": -4.34197322996812,
        "generalized_energy": -0.0260726911763787,
        "remainder_l2": 0.0476257043249835,
        "remainder_gradient": 0.375165321935697,
        "energy": 3.26201261139443,
        "mass": 23.5528391047925,
        "localized_remainder": (0.000775023140124499, 0.00149318457232625),
        "remainder_size": 0.122658768712123,
    },
)
REFERENCES = {1: LINE, 2: PLANE}
