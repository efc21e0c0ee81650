"""How long half waves on the whole line take, by the model."""

from __future__ import annotations

import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.planning.performance.machine import default_machine
from parallel_nls.planning.performance.scaling import scale_run
from parallel_nls.planning.performance.systems import work_of


@pytest.mark.parametrize(
    ("name", "points", "step", "sample"),
    [
        ("half_wave_blowup", 256, 2.74e-4, 2.11e-3),
        ("half_wave_inhomogeneous", 384, 5.05e-4, 2.84e-3),
        ("half_wave_bounce", 512, 8.14e-4, 3.08e-3),
        ("half_wave_bounce", 768, 2.06e-3, 4.53e-3),
    ],
)
def test_half_waves_on_the_whole_line(name: str, points: int, step: float, sample: float) -> None:
    """As measured, in seconds; a field that is not known to be even takes twice as long."""
    work = [
        work_of(load_configuration(name, [f"grid.points={points}", *changes]), default_machine(), 1)
        for changes in ([], ["initial={kind='gaussian', amplitude=1.0, width=1.0, center=[0.5]}"])
    ]
    assert work[0].step.seconds == pytest.approx(step, rel=0.2)
    assert work[0].sample.seconds == pytest.approx(sample, rel=0.2)
    assert work[1].step.arithmetic > 1.7 * work[0].step.arithmetic


def test_the_whole_line_does_not_scale() -> None:
    """It is of one rank, which is said."""
    with pytest.raises(UserError, match="run on one rank"):
        scale_run(load_configuration("half_wave_blowup"), default_machine(), [1, 2])
