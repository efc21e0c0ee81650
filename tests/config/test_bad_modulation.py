"""Bad input about the bubbles that a solution is decomposed into ends in one UserError with key, value and remedy."""

from __future__ import annotations

import pytest

from tests.config.refusal import message_of

ALL = 'diagnostics.families=["modulation", "functionals", "localized"]'
LOCAL = 'diagnostics.families=["localized"]'
ONE = "modulation.bubbles=[{center=[0, 0]}]"

# (overrides of the packaged two_bubbles, fragments of the message)
OF_BUBBLES: dict[str, tuple[list[str], list[str]]] = {
    "unknown key": (["modulation.cutof=1"], ['modulation.cutof = 1: unknown key; did you mean "cutoff"?']),
    "key outside the section": (["cutoff=1"], ["cutoff = 1: unknown key; it belongs in [modulation]"]),
    "zero cutoff": (
        [ALL, "modulation.cutoff=0"],
        ["modulation.cutoff = 0: must be greater than 0; give A > 0 of χ_A", "cutoff = 3.0"],
    ),
    "negative cutoff": (["modulation.cutoff=-3"], ["modulation.cutoff = -3: must be greater than 0"]),
    "blow-up time as text": (["modulation.blowup_time=soon"], ['modulation.blowup_time = "soon": must be a number']),
    "no bubbles": (
        [ALL, "modulation.bubbles=[]"],
        ["modulation.bubbles = []: needs at least 1 entry; give one table [[modulation.bubbles]] with a center"],
    ),
    "bubble without a place": (
        ["modulation.bubbles=[{}]"],
        ["'modulation.bubbles=[{}]': modulation.bubbles.0.center: missing; give the blow-up point"],
    ),
    "zero frequency": (
        ["modulation.bubbles=[{center=[0, 0], frequency=0}]"],
        ["modulation.bubbles.0.frequency = 0: must be greater than 0"],
    ),
    "center of another dimension": (
        ["modulation.bubbles=[{center=0.5}]"],
        ["modulation.bubbles.0.center = [0.5]: 1 number, and equation.dimension = 2; give one number for each axis"],
    ),
    "center outside the box": (
        ["modulation.bubbles=[{center=[0, 10.24]}]"],
        ["modulation.bubbles.0.center = [0.0, 10.24]: outside the box [-10.24, 10.24) ×", "; move the center"],
    ),
    "centers at one place": (
        ["modulation.bubbles=[{center=[1, 0]}, {center=[0, 0]}, {center=[1, 1e-9]}]"],
        ["modulation.bubbles.2.center = [1.0, 1e-09]: at the same place as modulation.bubbles.0.center; move"],
    ),
    "centers of one place that no direction tells apart": (
        ["modulation.bubbles=[{center=[1, 0]}, {center=[1, 0]}]", "modulation.direction=[1, 0]"],
        ["direction=[1, 0]': modulation.bubbles.1.center = [1.0, 0.0]: at the same place"],
    ),
    "direction of another dimension": (
        ["modulation.direction=1"],
        ["modulation.direction = [1.0]: 1 number, and equation.dimension = 2"],
    ),
    "no direction in a list": (["modulation.direction=[]"], ["modulation.direction = []: needs at least 1 entry"]),
    "zero direction": (
        [ALL, "modulation.direction=[0, 0]"],
        ["modulation.direction = [0.0, 0.0]: has no length; leave direction out, or give a vector other than zero"],
    ),
    "vanishing direction": (["modulation.direction=[1e-300, 0]"], ["[1e-300, 0.0]: has no length"]),
    "direction across the bubbles": (
        [ALL, "modulation.direction=[1e41, 1e50]"],
        [
            (
                "modulation.direction = [1e+41, 1e+50]: initial.bubbles.0.center and initial.bubbles.1.center have "
                "the same place along it; leave direction out, or choose another"
            )
        ],
    ),
    "direction across bubbles of its own": (
        ["modulation.direction=[-3, 3]", "modulation.bubbles=[{center=[1, 0]}, {center=[4, 0]}, {center=[4, 3]}]"],
        ["modulation.direction = [-3.0, 3.0]: modulation.bubbles.0.center and modulation.bubbles.2.center have"],
    ),
    "blow-up before the stop": (
        [ALL, "modulation.blowup_time=-0.3"],
        ["time.stop = -0.125: not before the blow-up time modulation.blowup_time = -0.3; choose a stop less than -0.3"],
    ),
    "stop past the common T": (
        [ALL, "time.stop=0.125", "modulation.blowup_time=0"],
        ["time.stop = 0.125: not before the blow-up time initial.blowup_time = 0.0; choose a stop less than 0.0"],
    ),
    "limit without an identity": (
        ["limits.identity=0.1", 'diagnostics.families=["conserved", "modulation"]'],
        [
            (
                'limits.identity = 0.1: only the families "virial" and "localized" have identities; '
                'add one to diagnostics.families, or set the limit to "off"'
            )
        ],
    ),
    "limit of an identity of one bubble": (
        [
            "limits.identity=0.1",
            'diagnostics.families=["conserved", "localized"]',
            "modulation={bubbles=[{center=[1.0, 0.0]}]}",
        ],
        [
            (
                'limits.identity = 0.1: of one bubble alone both identities of the family "localized" are 0 = 0; add '
                '"virial" to diagnostics.families, or set the limit to "off"'
            )
        ],
    ),
    "zero limit": (["limits.identity=0"], ['limits.identity = 0: must be greater than 0, or "off"']),
}

# (overrides of the packaged gaussian_collapse, fragments of the message)
OF_A_GAUSSIAN: dict[str, tuple[list[str], list[str]]] = {
    "all families": (
        [ALL],
        [
            (
                'diagnostics.families = ["modulation", "functionals", "localized"]: "modulation", "functionals", '
                '"localized" are measured on bubbles, and initial.kind = "gaussian" has none; '
                "give [[modulation.bubbles]] and modulation.blowup_time, or remove them"
            )
        ],
    ),
    "one family": (
        ['diagnostics.families=["virial", "localized"]'],
        ['"localized" is measured on bubbles, and', "has none; give [[modulation.bubbles]], or remove it"],
    ),
    "time without bubbles": (
        [ALL, "modulation.blowup_time=9"],
        ["are measured on bubbles", "has none; give [[modulation.bubbles]], or remove them"],
    ),
    "bubbles without a time": (
        [ALL, ONE],
        [
            (
                '"modulation", "functionals" are measured up to a blow-up time, and initial.kind = "gaussian" has '
                "none; give modulation.blowup_time, or remove them"
            )
        ],
    ),
    "another power": (
        ['diagnostics.families=["modulation"]', ONE, "modulation.blowup_time=9", "equation.power=3"],
        [
            (
                'equation.power = 3.0: "modulation" is measured with the critical power 4/dimension = 2.0 alone; '
                "remove power, or remove it from diagnostics.families"
            )
        ],
    ),
    "blow-up before the start": (
        ["modulation.blowup_time=-1"],
        [
            "time.start = 0.0: not before the blow-up time modulation.blowup_time = -1.0; choose a start less than",
            "time.stop = 0.5: not before the blow-up time modulation.blowup_time = -1.0",
        ],
    ),
}
CASES = [("two_bubbles", *case) for case in OF_BUBBLES.values()]
CASES += [("gaussian_collapse", *case) for case in OF_A_GAUSSIAN.values()]


@pytest.mark.parametrize(("name", "overrides", "fragments"), CASES, ids=[*OF_BUBBLES, *OF_A_GAUSSIAN])
def test_mistake_is_named(name: str, overrides: list[str], fragments: list[str]) -> None:
    """The message names key, value and remedy; one mistake takes one line."""
    message = message_of(name, overrides)
    assert "\n" not in message or message.count("\n") == len(fragments) > 1
    for fragment in fragments:
        assert fragment in message


def test_mistakes_about_the_grid_are_not_told_twice() -> None:
    """Where the grid has not the number of axes, nothing is said of places in it."""
    message = message_of("two_bubbles", ["grid.length=[20]", "modulation.bubbles=[{center=[30, 0]}]"])
    assert "grid.length = [20.0]: 1 number, and equation.dimension = 2" in message
    assert "modulation" not in message.split(": ", 2)[-1]
