"""Time in frames: exact in the user's decimal digits, forward and backward."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.errors import UserError
from parallel_nls.schedules import TICKS, Frames, Schedule, default_frame, default_sampling, is_longer


@pytest.mark.parametrize(
    ("start", "stop", "step", "frame", "count"),
    [
        (-0.5, -0.1, 0.001, 0.001, 400),
        (-0.1, -0.5, 0.001, -0.001, 400),
        (0.0, 0.3, 0.1, 0.1, 3),  # 0.3/0.1 is not 3 in binary
        (0.0, 1.0, 1 / 3, 1 / 3, 3),  # nor is a third a decimal
        (0.0, 1000.0, 1e-7, 1e-7, 10**10),
        (-0.5, -0.1, 0.4, 0.4, 1),
        (1e6, 1e6 + 1.0, 0.125, 0.125, 8),
    ],
)
def test_frames_of_a_fixed_step(start: float, stop: float, step: float, frame: float, count: int) -> None:
    """A frame is exactly a step, in the direction of the stop."""
    frames = Frames.from_step(start, stop, step)
    assert (frames.start, frames.frame, frames.count) == (start, frame, count)
    assert frames.time(0) == start
    assert frames.stop == pytest.approx(stop, rel=1e-15)


def test_a_time_is_one_product() -> None:
    """Times are not accumulated: ten million tenths make a million to the last bit."""
    assert Frames(0.0, 0.1, 10**7).time(10**7) == 1e6


@given(
    start=st.integers(-1000, 1000),
    frame=st.integers(1, 1000),
    digits=st.integers(0, 9),
    ticks=st.integers(0, 2**40),
)
def test_ticks_are_rounded_once(start: int, frame: int, digits: int, ticks: int) -> None:
    """The time of a tick is that of exact fractions, and of a whole frame's ticks the frame's, both ways."""
    scale = 10**digits
    for sign in (1, -1):
        frames = Frames(start / scale, sign * frame / scale, 1)
        exact = Fraction(start, scale) + sign * Fraction(frame, scale) * Fraction(ticks, 2**20)
        assert frames.time_of_tick(ticks) == float(exact)
        assert frames.time_of_tick(ticks * TICKS) == frames.time(ticks)


@given(
    start=st.integers(-1000, 1000),
    count=st.integers(1, 10**6),
    step=st.integers(1, 10**6),
    digits=st.integers(0, 9),
)
def test_decimal_runs_are_whole(start: int, count: int, step: int, digits: int) -> None:
    """Every run that is whole in decimal digits is accepted with the right count, both ways."""
    scale = 10**digits
    first, last = start / scale, (start + count * step) / scale
    assert Frames.from_step(first, last, step / scale).count == count
    assert Frames.from_step(last, first, step / scale).count == count


@pytest.mark.parametrize(
    ("start", "stop", "step", "message"),
    [
        (0.0, 0.0, 0.1, r"time\.stop = 0\.0: equal to time\.start"),
        (0.0, 1.0, 0.0, r"time\.step = 0\.0: must be greater than 0"),
        (0.0, 1.0, -0.1, r"time\.step = -0\.1: must be greater than 0"),
        (0.0, 1.0, 1e-13, r"time\.step = 1e-13: too small .* give at least 9\.1e-13"),
        (1e9, 1e9 + 1, 1e-4, r"time\.step = 0\.0001: too small .* give at least 9\.1e-04"),
        (
            0.0,
            1.0,
            0.3,
            r"3\.3333\d* steps .* stop = 0\.9 or stop = 1\.2, or step = 0\.33333\d* or step = 0\.25$",
        ),
        (
            0.0,
            -1.0,
            0.3,
            r"3\.3333\d* steps .* stop = -0\.9 or stop = -1\.2, or step = 0\.33333\d* or step = 0\.25$",
        ),
        (0.0, 1.0, 4.0, r"0\.25 steps .* the nearest: stop = 4\.0, or step = 1\.0$"),
        (0.0, 1.0, 0.10000001, r"9\.9999990\d* steps"),
    ],
)
def test_refused_runs(start: float, stop: float, step: float, message: str) -> None:
    """A run that is not a whole number of steps names the nearest that are."""
    with pytest.raises(UserError, match=message):
        Frames.from_step(start, stop, step)


@pytest.mark.parametrize(
    ("start", "stop", "frame", "message"),
    [
        (0.0, 0.0, 0.1, r"time\.stop = 0\.0: equal to time\.start"),
        (0.0, 1.0, 0.0, r"time\.frame = 0\.0: must be greater than 0"),
        (0.0, 1.0, 1e-10, r"time\.frame = 1e-10: too small .* give at least 2\.3e-10"),
        (0.0, 1e-101, 1e-101, r"time\.frame = 1e-101: too small .* give at least 1\.0e-100"),
        (
            0.0,
            -1.0,
            0.3,
            r"3\.3333\d* frames of time\.frame = 0\.3 .* stop = -0\.9 .* frame = 0\.33\d* or frame = 0\.25$",
        ),
    ],
)
def test_refused_frames(start: float, stop: float, frame: float, message: str) -> None:
    """Messages about a run under a tolerance speak of its frame."""
    with pytest.raises(UserError, match=message):
        Frames.from_frame(start, stop, frame)


def test_frames_of_a_tolerance() -> None:
    """A frame has its size in the direction of the run; what lies between two is told as such."""
    frames = Frames.from_frame(-0.1, -0.5, 0.01)
    assert frames == Frames(-0.1, -0.01, 40, "frame")
    assert frames.time_of_tick(TICKS // 4) == -0.1025
    with pytest.raises(UserError, match=r"every = 0\.015: not a whole number of frames of 0\.01;"):
        frames.whole(0.015, "every")
    with pytest.raises(UserError, match=r"--until = -0\.255: between two frames of 0\.01;"):
        frames.index(-0.255, "--until")
    with pytest.raises(UserError, match=r"nearest: stop = -0\.2, or frame"):
        Frames.from_frame(-0.5, -0.125, 0.3, before=0.0)


@pytest.mark.parametrize(
    ("intervals", "frame"),
    [([], 0.004), ([0.1], 0.1), ([0.1, 0.05, 0.2], 0.05), ([0.4], 0.4), ([0.5], 0.004), ([0.5, 0.2], 0.2)],
)
def test_default_frame(intervals: list[float], frame: float) -> None:
    """The shortest interval that ends within the run, else 1/100 of it; both directions."""
    assert default_frame(-0.5, -0.1, intervals) == frame
    assert default_frame(-0.1, -0.5, intervals) == frame


def test_longer_than_the_run() -> None:
    """An interval as long as the run, in decimal digits, ends within it."""
    assert not is_longer(0.4, -0.5, -0.1)  # in binary -0.1 + 0.5 is less than 0.4
    assert is_longer(0.4000000001, -0.1, -0.5)


def test_offered_values_are_accepted() -> None:
    """Each of the values that a message offers makes a run."""
    with pytest.raises(UserError) as caught:
        Frames.from_step(-0.5, -0.1234, 0.000625)
    offers = str(caught.value).split("nearest: ")[1].replace(", or", " or").split(" or ")
    assert len(offers) == 4
    for offer in offers:
        key, value = offer.split(" = ")
        arguments = {"start": -0.5, "stop": -0.1234, "step": 0.000625, key: float(value)}
        assert Frames.from_step(**arguments).count in (602, 603)


def test_no_stop_is_offered_past_the_blowup() -> None:
    """The stops that a message offers lie before the blow-up time."""
    with pytest.raises(UserError, match=r"nearest: stop = -0\.2, or step"):
        Frames.from_step(-0.5, -0.125, 0.3, before=0.0)


@pytest.mark.parametrize(("interval", "frames"), [(0.01, 10), (0.001, 1), (0.3, 300), (7.0, 7000), (1e300, 10**303)])
def test_whole_intervals(interval: float, frames: int) -> None:
    """Intervals count in frames, longer than the run or not, whatever its direction."""
    assert Frames.from_step(-0.5, -0.1, 0.001).whole(interval, "every") == frames
    assert Frames.from_step(-0.1, -0.5, 0.001).whole(interval, "every") == frames


@pytest.mark.parametrize(
    ("interval", "offers"),
    [
        (0.0015, r"every = 0\.001 or every = 0\.002$"),
        (0.0004, r"the nearest: every = 0\.001$"),
        (1e-12, r"the nearest: every = 0\.001$"),
        (0.00100001, r"every = 0\.001 or every = 0\.002$"),
    ],
)
def test_refused_intervals(interval: float, offers: str) -> None:
    """An interval between two frames names its neighbours."""
    with pytest.raises(UserError, match=offers):
        Frames.from_step(-0.5, -0.1, 0.001).whole(interval, "every")


def test_index_inverts_time() -> None:
    """The frame of a frame's time is that frame, in both directions and beyond the stop."""
    for frames in (Frames.from_step(-0.5, -0.1, 0.001), Frames.from_step(-0.1, -0.5, 0.001)):
        assert [frames.index(frames.time(n), "--until") for n in range(450)] == list(range(450))


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (-0.6, r"--until = -0\.6: before the start -0\.5"),
        (-0.2501, r"between two steps of 0\.001; the nearest: --until = -0\.251 or --until = -0\.25$"),
        (nan, "not a simulated time"),
        (inf, "not a simulated time"),
    ],
)
def test_refused_times(time: float, message: str) -> None:
    """A time before the start, or between two frames, is refused."""
    with pytest.raises(UserError, match=message):
        Frames.from_step(-0.5, -0.1, 0.001).index(time, "--until")


@given(every=st.one_of(st.none(), st.integers(1, 40)), last=st.integers(1, 60))
def test_schedule_agrees_with_itself(every: int | None, last: int) -> None:
    """``total`` follows from ``due``; the ends are always due."""
    schedule = Schedule(every, last)
    due = [n for n in range(last + 1) if schedule.due(n)]
    assert due == sorted({0, last, *range(0, last + 1, every or last)})
    assert schedule.total == len(due)


@pytest.mark.parametrize(("count", "every"), [(1, 1), (99, 1), (199, 1), (200, 2), (600, 6), (1000, 10)])
def test_default_sampling(count: int, every: int) -> None:
    """A run is sampled at least a hundred times, or at every frame."""
    assert default_sampling(count) == every
