"""What [equation] with form = "remainder" asks of the other sections: one clear message for each mistake."""

from __future__ import annotations

import math

import pytest

from parallel_nls.config import Configuration, decay_rate, load_configuration
from parallel_nls.config.loading import validate_document
from parallel_nls.config.reading import read_document
from parallel_nls.errors import UserError
from parallel_nls.planning.memory import count_shares
from parallel_nls.planning.resources import describe_resources
from tests.support import DECOMPOSED

NAME = "remainder_1d"
ONE = "initial={kind='bubbles', bubbles=[{center=1.0}]}"
BLOW_UP = ("equation.frame=blow-up", "time={start=-0.25, stop=-0.5, step=0.001}")
GAUSSIAN = "kind='gaussian', amplitude=1e-40, width=1.0"
DIRECTION = "kind='perturbation', amplitude=1e-3"
MISTAKES = {
    ("equation.form=other",): 'equation.form = "other": unknown form; known: "remainder"',
    ("equation.frame=moving",): 'equation.frame = "moving": unknown frame; known: "soliton", "blow-up"',
    ("equation.name=defocusing-nls",): 'equation.form = "remainder": unknown key; it belongs in [equation] of name nls '
    "with a form",
    ("equation.power=2.0",): "equation.power = 2.0: unknown key",
    (ONE,): 'initial.bubbles: there is one, an exact solution, whose remainder with equation.form = "remainder" is 0; '
    "give two",
    (
        "initial={kind='gaussian', amplitude=1.0, width=1.0}",
    ): 'initial.kind = "gaussian": equation.form = "remainder" is solved beside bubbles; give kind = "bubbles"',
    ("time.step=off", "time.tolerance=1e-6"): 'time.tolerance = 1e-06: equation.form = "remainder" is solved in fixed '
    "steps; give time.step, as step = 0.005",
    (
        "time.scheme=suzuki4",
    ): 'time.scheme = "suzuki4": no scheme of equation.name = "nls" in remainder form; choose one '
    "of etdrk4, if-rk4, strang, yoshida4",
    ("time.stop=12.0",): "time.stop = 12.0: equal to time.start",
    ("time.stop=-1.0",): "time.stop = -1.0: s = 1/(T - t) is positive; give more than 0",
    ("time.start=30.0",): "initial.bubbles.0.center = [-2.0]: at s = 30.0 the wave is at s times that, outside the box",
    ("time.stop=30.0",): "initial.bubbles.0.center = [-2.0]: at s = 30.0 the wave is at s times that, outside the box",
    (*BLOW_UP, "time.stop=0.5"): "time.stop = 0.5: not before the blow-up time initial.blowup_time = 0.0",
    ("grid.precision=single",): 'grid.precision = "single": numbers of equation.form = "remainder" may be 1e-60; give '
    "double",
    ("diagnostics.families=['conserved']",): 'diagnostics.families: "conserved" is not measured with',
    ("modulation.blowup_time=0.0",): 'modulation.blowup_time: with equation.form = "remainder" the bubbles are those '
    "of [initial]; remove it",
    (DECOMPOSED, "modulation.bubbles=[{center=1.0}]"): "modulation.bubbles: with",
    (DECOMPOSED, "modulation.direction=[1.0, 0.0]"): "modulation.direction = [1.0, 0.0]: 2 numbers",
    ("diagnostics.families=['functionals']",): 'diagnostics.families: "functionals" is not measured with',
    (f"initial.remainder={{{GAUSSIAN}, center=[1.0, 2.0]}}",): "initial.remainder.center = [1.0, 2.0]: 2 numbers",
    (f"initial.remainder={{{GAUSSIAN}, center=60.0}}",): "initial.remainder.center = [60.0]: outside the box",
    ("initial.remainder={kind='bubbles'}",): 'initial.remainder.kind = "bubbles": unknown kind; known: "gaussian", '
    '"file", "python", "perturbation"',
    (f"initial.remainder={{{DIRECTION}, bubble=3}}",): "initial.remainder.bubble = 3: there are 2 bubbles; give 1 to 2",
    (f"initial.remainder={{{DIRECTION}, direction='turn'}}",): 'direction = "turn": unknown direction',
}


def message(*overrides: str, name: str = NAME) -> str:
    """What is said of a configuration."""
    with pytest.raises(UserError) as refused:
        load_configuration(name, overrides)
    return str(refused.value)


@pytest.mark.parametrize("overrides", MISTAKES)
def test_mistakes_are_named(overrides: tuple[str, ...]) -> None:
    """Key, value and remedy."""
    assert MISTAKES[overrides] in message(*overrides)


def test_other_forms_have_their_own() -> None:
    """A scheme, a family, and small data belong to a remainder alone."""
    assert 'time.scheme = "etdrk4": no scheme of equation.name = "nls"; choose' in message(
        "time.scheme=etdrk4", name="two_bubbles"
    )
    assert '"remainder" is not measured with' in message("diagnostics.families=['remainder']", name="two_bubbles")
    assert 'initial.remainder: belongs to equation.form = "remainder"; remove it' in message(
        f"initial.remainder={{{GAUSSIAN}}}", name="two_bubbles"
    )


def test_defaults_are_those_of_the_form() -> None:
    """Scheme, families and frame; and the file that a run stores reads back to the same."""
    document, folder = read_document(NAME)
    for section, key in (("time", "scheme"), ("equation", "frame")):
        del document[section][key]
    config = validate_document(document, folder)
    assert (config.time.scheme, config.diagnostics.families) == ("etdrk4", ("remainder", "resolution"))
    assert config == load_configuration(NAME)
    assert decay_rate(config.initial.known_bubbles() or ()) == pytest.approx(4 / 1.2)
    modulation = (DECOMPOSED, "modulation.direction=[-1.0]")
    for overrides in ((), BLOW_UP, (f"initial.remainder={{{GAUSSIAN}}}",), modulation, (*BLOW_UP, *modulation)):
        stored = load_configuration(NAME, overrides)
        assert Configuration.model_validate(stored.model_dump()).complete() == stored


def test_one_bubble_needs_data_beside_it() -> None:
    """With them it is a run, without δ."""
    config = load_configuration("solitary_wave_1d")
    assert decay_rate(config.initial.known_bubbles() or ()) == math.inf
    assert Configuration.model_validate(config.model_dump()).complete() == config


def test_a_dry_run_knows_the_waves() -> None:
    """Their scale in the soliton frame, where they travel; six shares; pairs of the scheme; no resonance."""
    config = load_configuration(NAME)
    text = describe_resources(config, 2)
    assert count_shares(config) == 6
    assert "smallest ω 1 = 16 Δx" in text
    assert "8400 pairs of transforms" in text
    assert "no periodic images" in text
    assert "resonance" not in text
    assert "λ at start 0.25" in describe_resources(load_configuration(NAME, BLOW_UP), 2)
