"""The study of uniqueness on made-up distances, and what it refuses."""

from __future__ import annotations

import math

import pytest

from parallel_nls.bubbles.kernel_flow import kernel_part
from parallel_nls.errors import UserError
from parallel_nls.studies.frame import Request
from parallel_nls.studies.multi_bubbles.uniqueness import Uniqueness, tell

STARTS = (4.0, 5.5, 7.0, 8.5, 10.0)
RATE, STOP = 10 / 3, 1.5
GROWTH = {s: kernel_part(1, "gaussian").after(STOP - s).norm() for s in STARTS}
LAWS = {
    "exponential": {s: math.exp(-RATE * s) * GROWTH[s] for s in STARTS},
    "power": {s: 0.1 * s**-5 * GROWTH[s] for s in STARTS},
    "fixed": {s: 1e-5 * GROWTH[s] for s in STARTS},
}
ZERO = {s: math.exp(-RATE * s) * (s - STOP) ** 2 for s in STARTS[:-1]}
REFUSED: dict[str, tuple[tuple[float, ...], tuple[str, ...], str]] = {
    "few": ((4.0, 5.0, 6.0), (), "--starts 4,5,6: give at least 5"),
    "early": ((1.0, 2.0, 3.0, 4.0, 5.0), (), "must be beyond time.stop = 1.5"),
    "uneven": ((4.0, 5.0, 6.0, 7.0, 9.5), (), "give them at equal distances"),
    "frame": (STARTS, ("equation.frame=blow-up", "time={start=-0.25, stop=-0.5, step=0.001}"), 'frame = "soliton"'),
    "one": (
        STARTS, ("initial={kind='bubbles', bubbles=[{center=1.0}], remainder={kind='perturbation', amplitude=1.0}}",),
        "there is one, and nothing beside it; give two",
    ),
    "gaussian": (
        STARTS, ("initial.remainder={kind='gaussian', amplitude=1.0, width=1.0}",),
        'initial.remainder.kind = "gaussian": the study sets the size',
    ),
}  # fmt: skip


def test_exact_distances() -> None:
    """Rates of the laws, to rounding; as theory says."""
    found = tell({"zero": ZERO, **LAWS}, LAWS, LAWS, RATE, STOP)
    assert found.verdict.holds
    for way in LAWS:
        assert found.numbers[f"deviation_{way}"] == pytest.approx([0, 0], abs=1e-12)
    low, high = found.numbers["rate_zero"]
    assert low < RATE < high
    assert math.isnan(float(found.rows[-1][1]))


@pytest.mark.parametrize("way", ["zero", "exponential", "power", "fixed"])
def test_what_would_refute(way: str) -> None:
    """Distances that come to rest where starts fall fast enough; that fall where they do not."""
    changed = dict(LAWS["power"]) if way == "fixed" else {s: 1e-3 + ZERO.get(s, 1e-9) for s in STARTS}
    found = {"zero": ZERO, **LAWS, way: changed}
    beside = {other: found[other] for other in LAWS}
    assert tell(found, beside, LAWS, RATE, STOP).verdict.holds is False


def test_what_is_too_rough_to_tell() -> None:
    """A rate that s_n near the stop leaves wide open, whatever the law; powers and rates that scatter."""
    early = {s: ZERO[4.0] * math.exp(-RATE * (s - 4)) * ((s - STOP) / 2.5) ** 2 for s in (2.5, 3.0, 3.5, 4.0)}
    for rate in (0.7 * RATE, 0.9 * RATE, RATE):
        assert tell({"zero": early, **LAWS}, LAWS, LAWS, rate, STOP).verdict.holds is None
    found = tell({"zero": early, **LAWS}, LAWS, LAWS, RATE, STOP)
    assert "come to one solution at rates that are open (give larger --starts), within" in found.verdict.text
    for way, size in (("exponential", 10.0), ("power", 1.5), ("fixed", 1.5)):
        rough = {s: value * size ** (-1) ** place for place, (s, value) in enumerate(LAWS[way].items())}
        beside = {**LAWS, way: rough}
        assert tell({"zero": ZERO, **LAWS}, beside, LAWS, RATE, STOP).verdict.holds is None
    still = {**LAWS, "fixed": {s: value * s**-5 for s, value in LAWS["fixed"].items()}}
    assert tell({"zero": early, **LAWS}, still, LAWS, RATE, STOP).verdict.holds is False


def test_too_few_above_rounding() -> None:
    """One message."""
    with pytest.raises(UserError, match="zero: 2 distances are above rounding"):
        tell({"zero": dict(list(ZERO.items())[:2]), **LAWS}, LAWS, LAWS, RATE, STOP)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    """One message, before anything runs."""
    values, overrides, text = REFUSED[case]
    with pytest.raises(UserError) as refused:
        Uniqueness().plan(Request("remainder_1d", values, overrides))
    assert text in str(refused.value)


def test_the_runs() -> None:
    """Four ways at all starts; direction and bubble are those of the configuration."""
    own = "initial.remainder={kind='perturbation', amplitude=1.0, direction='rho', bubble=2}"
    request = Request("remainder_1d", STARTS, (own,))
    with pytest.raises(UserError, match="the runs of the study differ in it"):
        Uniqueness().plan(request)
    plan = Uniqueness().plan(Request("remainder_1d", STARTS))
    assert len(plan.members) == 4 * len(STARTS)
    config = plan.configuration(len(STARTS))
    assert "perturbed in the direction gaussian by 1 e^(-3.33333 s)" in config.initial.describe(1)[-1]
