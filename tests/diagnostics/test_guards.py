"""Guards of identities: what they say, when they end a run, and what they put down to the differences themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.catalogue import selected
from parallel_nls.diagnostics import identities
from parallel_nls.diagnostics.guards import LEVEL, Doubt, Guards, Notice
from parallel_nls.output.series_table import SeriesTable

Floats = NDArray[np.float64]
QUANTITIES = selected(("virial", "localized"), 2, bubbles=2)
NAMES = ["16E", "(3.14) of bubble 1", "(3.14) of bubble 2", "(3.15) of bubble 1", "(3.15) of bubble 2"]


def exact_rows(times: Floats, rate: float = 1.0) -> dict[str, Floats]:
    """All identities hold: masses of two bubbles that oscillate, and a variance that does."""
    phases = rate * times[:, None] + np.array([0.2, 1.3])
    return {
        "time": times,
        "mass": np.full_like(times, 20.0),
        "variance_rate": 30 + np.sin(rate * times),
        "variance_acceleration": rate * np.cos(rate * times),
        "local_mass": 10 - 2 * np.cos(phases) / rate,
        "local_current": np.sin(phases),
        "local_acceleration": rate * np.cos(phases),
        "local_scale": np.abs(rate * np.cos(phases)) + rate,
        "local_flux": np.abs(np.sin(phases)) + 0.1,
    }


def watch(guards: Guards, rows: dict[str, Floats], first: int = 0, steps: int = 1) -> list[Notice]:
    """The notices of all rows from one on, so many steps apart, of which the guards see the others as restored."""
    measured = {"step": np.arange(len(rows["time"]))[:first]} | {name: column[:first] for name, column in rows.items()}
    blank = {name: np.full(len(measured["step"]), np.nan) for name in ("variance",)}
    blank["local_terms"] = np.full((first, 2, 3), np.nan)
    table = SeriesTable(QUANTITIES, measured | blank if first else None)
    notices = [guards.restore(table.rows())] if first else []
    for row in range(first, len(rows["time"])):
        values = {name: column[row] for name, column in rows.items() if name != "time"}
        table.append(rows["time"][row], steps * row, values)
        for known in range(max(0, row - 6), row - 2):
            table.derive(known)
        notices.append(guards.look(table.rows()))
    return notices


def violated(rows: dict[str, Floats], name: str, begin: float, size: float, bubble: int | None = None) -> None:
    """Change the right-hand side of an identity from a time on."""
    change = np.where(rows["time"] >= begin, size, 0.0)
    if bubble is None:
        rows[name] = rows[name] + change
    else:
        rows[name][:, bubble - 1] += change


TIMES = np.linspace(0.0, 1.0, 21)


def test_nothing_is_said_where_all_hold() -> None:
    """Without lines and verdicts, with a limit far below the accuracy of the differences too."""
    guards = Guards(QUANTITIES, 1e-14)
    assert watch(guards, exact_rows(TIMES)) == [Notice()] * 21
    assert guards.largest == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize(
    ("name", "size", "bubble", "said"),
    [
        ("variance_acceleration", 1e-3, None, "16E: d²/dt²∫|x|²|u|²"),
        ("local_current", 1e-3, 2, "(3.14) of bubble 2"),
        ("local_acceleration", -1e-3, 1, "(3.15) of bubble 1"),
    ],
)
def test_a_violation_is_said_once(name: str, size: float, bubble: int | None, said: str) -> None:
    """With the identity, the bubble, the first time and the residual; three rows later."""
    rows = exact_rows(TIMES)
    violated(rows, name, 0.5, size, bubble)
    if name == "local_current":  # f of the other identity
        rows["local_scale"] = np.full_like(rows["local_scale"], np.nan)
    guards = Guards(QUANTITIES)
    notices = watch(guards, rows)
    found = [(row, line) for row, notice in enumerate(notices) for line in notice.lines]
    assert [row for row, _ in found] == [13]
    assert found[0][1].startswith(f"the identity {said} is off by ")
    assert found[0][1].endswith("; take a smaller step or tolerance, more points, or rows closer together")
    assert all(notice.verdict is None for notice in notices)
    assert 2e-4 < float(guards.largest.pop(said.split(":", maxsplit=1)[0]) or 0) < 2e-3
    assert set(guards.largest.values()) <= {0.0, None}


def test_what_a_user_declares_may_be_wrong() -> None:
    """It is said of the virial identity of an equation of theirs, which names the file; not of the package's own."""
    for name, declared in (
        ("variance_acceleration", "trap.py"),
        ("variance_acceleration", None),
        ("local_current", "a.py"),
    ):
        rows = exact_rows(TIMES)
        violated(rows, name, 0.0, 0.3, None if name == "variance_acceleration" else 2)
        guards = Guards(QUANTITIES, critical=False, declared=declared)
        lines = [line for notice in watch(guards, rows) for line in notice.lines]
        told = "; where none of these changes it, correct variance_acceleration in trap.py, which declares the identity"
        assert lines
        assert all("take a smaller step" in line for line in lines)
        assert [line.endswith(told) for line in lines] == [declared == "trap.py"] * len(lines)


def test_the_box_is_named_where_it_is_the_cause() -> None:
    """By |u| at the edge in the rows from which the residual is made; not where it is too small to matter."""
    for edge, named in ((0.02, True), (1e-4, False), (math.nan, False)):
        rows = exact_rows(TIMES) | {"edge": np.where(TIMES > 0.6, edge, 0.0)}
        violated(rows, "variance_acceleration", 0.5, 1e-3)
        lines = [line for notice in watch(Guards(QUANTITIES), rows) for line in notice.lines]
        assert len(lines) == 1
        assert lines[0].endswith("is 0.02 of its largest there: take a larger box (grid.length)") == named
        assert ("take a smaller step" in lines[0]) != named


def test_no_larger_box_for_what_fills_it() -> None:
    """Periodic data are at the edge from the start; a wave that came to it later is told of the box."""
    for begin, said in ((0.9, "has no identity of the whole space"), (0.4, "take a larger box (grid.length)")):
        rows = exact_rows(TIMES) | {"edge": np.where(TIMES[0] < TIMES, 0.9, begin)}
        violated(rows, "variance_acceleration", 0.5, 1e-3)
        lines = [line for notice in watch(Guards(QUANTITIES), rows) for line in notice.lines]
        assert len(lines) == 1
        assert said in lines[0]


def test_terms_that_cancel_raise_no_alarm() -> None:
    """Of a solitary wave 16E is rounding, and so is what it is violated by: relative to a thousandth of its parts."""
    for size, said in ((1e-9, 0), (2e-7, 1)):
        rows = exact_rows(TIMES) | {"energy_scale": np.full_like(TIMES, 1 / 16)}
        # The rate stands still; the right-hand side is what rounding makes of 0.
        rows["variance_rate"] = np.zeros_like(TIMES)
        rows["variance_acceleration"] = np.full_like(TIMES, size)
        guards = Guards(QUANTITIES)
        lines = [line for notice in watch(guards, rows) for line in notice.lines]
        assert len(lines) == said
        assert guards.largest["16E"] == pytest.approx(1000 * size)
        # The rounding of a mass of 20, by weights of a derivative, relative to the same thousandth.
        assert 1e-13 < guards.doubts["16E"].largest * 1e-3 < 1e-11


def test_small_violations_are_only_remembered() -> None:
    """Below the level."""
    rows, guards = exact_rows(TIMES), Guards(QUANTITIES)
    violated(rows, "local_acceleration", 0.5, 3e-6, 2)
    assert watch(guards, rows) == [Notice()] * 21
    largest = guards.largest["(3.15) of bubble 2"]
    assert largest is not None
    assert 1e-7 < largest < LEVEL


def test_rows_too_far_apart_violate_nothing() -> None:
    """The differences are wrong by far more than the level, which those from five rows tell."""
    rows = exact_rows(TIMES, 25.0)
    table = SeriesTable(QUANTITIES)
    for row in range(21):
        table.append(TIMES[row], row, {name: column[row] for name, column in rows.items() if name != "time"})
    table.derive(10)
    assert np.abs(table.rows()["mass_identity"][10]).max() > 100 * LEVEL
    guards = Guards(QUANTITIES, 0.0)
    assert watch(guards, rows) == [Notice()] * 21
    for doubt in guards.doubts.values():
        assert (doubt.rows, doubt.told_rows, doubt.told) == (15, 0, 0.0)
        assert doubt.largest > doubt.within > 10 * LEVEL


def test_how_far_rows_tell() -> None:
    """Where they are far apart an identity that is wrong by 30 % is not violated, and they say that they cannot tell.

    Where they are close at first, those tell; of what is violated the doubts are those of all rows too.
    """
    far = exact_rows(np.linspace(0.0, 30.0, 21))
    far["variance_acceleration"] = 1.3 * far["variance_acceleration"]
    guards = Guards(QUANTITIES)
    assert watch(guards, far) == [Notice()] * 21
    assert guards.largest["16E"] == 0.0
    assert guards.doubts["16E"].told_rows == 0
    assert guards.doubts["16E"].largest > guards.doubts["16E"].within > 0.1
    for size in (0.0, 5e-5):
        rows = exact_rows(np.concatenate([np.linspace(0.0, 1.0, 16), 1.0 + 8.0 * np.arange(1, 6)]))
        violated(rows, "variance_acceleration", 0.2, size)
        guards = Guards(QUANTITIES)
        watch(guards, rows)
        doubt = guards.doubts["16E"]
        assert (doubt.rows, doubt.told_rows) == (15, 11)  # a single row far away has next to no weight
        assert 0 < doubt.told < LEVEL
        assert doubt.largest > doubt.within > 1e-3
        assert guards.largest["16E"] == pytest.approx(size, rel=0.9)


@pytest.mark.parametrize("epsilon", [2**-52, 2**-23])
def test_rounding_violates_nothing(epsilon: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of masses next to tiny currents, and of currents in the noise of the field, in either precision."""
    monkeypatch.setattr(identities, "_SAFETY", 0)  # the differences from fewer rows would tell of noise as well
    generator, rows, small = np.random.default_rng(5), exact_rows(TIMES), 1e-10
    for name in ("local_current", "local_acceleration", "local_scale", "local_flux"):
        rows[name] = small * rows[name]
    noise = epsilon * generator.uniform(-1, 1, (3, 21, 2))
    rows["local_mass"] = (10 + small * (rows["local_mass"] - 10)) * (1 + noise[0])
    rows["local_current"] += noise[1] * np.sqrt(10 * small)
    rows["variance_rate"] = 20 * noise[2][:, 0]
    rows["variance_acceleration"] = np.full(21, 1e-15)
    assert watch(Guards(QUANTITIES, 0.0, epsilon), rows) == [Notice()] * 21
    assert any(notice.lines for notice in watch(Guards(QUANTITIES, epsilon=epsilon * 1e-6), rows))


def test_the_rounding_of_each_step_violates_nothing() -> None:
    """Masses that lose two units in the last place with each of 1000 steps from row to row."""
    rows = exact_rows(TIMES)
    for name in ("local_current", "local_scale", "local_flux"):
        rows[name] = np.full_like(rows[name], 1e-12)
    rows["local_acceleration"] *= 0
    rows["local_mass"] = 10 * (1 - 2 * 2**-52 * 1000 * np.arange(21)[:, None] * np.ones(2))
    assert watch(Guards(QUANTITIES, 1.0), rows, steps=1000) == [Notice()] * 21
    assert any(notice.verdict for notice in watch(Guards(QUANTITIES, 1.0), rows))


def test_beyond_the_limit_the_run_ends() -> None:
    """At the first row beyond it, with what exceeds it; a restored run learns the same, and says nothing twice."""
    rows = exact_rows(TIMES)
    violated(rows, "local_acceleration", 0.3, -0.02, 2)
    violated(rows, "local_acceleration", 0.5, -0.2, 2)
    guards = Guards(QUANTITIES, 0.05)
    notices = watch(guards, rows)
    assert [bool(notice.lines) for notice in notices] == [row == 9 for row in range(21)]
    assert [notice.verdict is not None for notice in notices] == [row >= 13 for row in range(21)]
    verdict = notices[13].verdict
    assert verdict is not None
    assert verdict.startswith("limit reached: the relative residual 0.1")
    assert "of the identity (3.15) of bubble 2 at t = 0.5 exceeds limits.identity = 0.05" in verdict
    again = Guards(QUANTITIES, 0.05)
    resumed = watch(again, rows, 14)
    assert resumed[0] == Notice((), verdict)
    assert resumed[1:] == notices[14:]
    assert again.largest == guards.largest
    assert again.doubts == guards.doubts
    assert guards.doubts["16E"].rows == guards.doubts["16E"].told_rows == 15
    assert watch(Guards(QUANTITIES, 0.05), rows, 12)[0].verdict is None
    most = float(guards.largest["(3.15) of bubble 2"] or 0)
    for limit, ends in ((0.99 * most, True), (1.01 * most, False)):
        assert any(notice.verdict for notice in watch(Guards(QUANTITIES, limit), rows)) == ends


def test_names() -> None:
    """Those of the identities of the series; 16E is the acceleration for the critical power alone."""
    assert list(Guards(QUANTITIES).largest) == NAMES
    assert list(Guards(selected(("virial",), 1), critical=False).largest) == ["virial"]
    assert Guards(selected(("conserved",), 1)).largest == {}


def test_what_is_not_known_violates_nothing() -> None:
    """One bubble has no currents, a row may be lost; that nothing could be looked at is told."""
    rows = {name: 0 * column for name, column in exact_rows(TIMES).items()} | {"time": TIMES}
    guards = Guards(QUANTITIES, 0.0)
    assert watch(guards, rows) == [Notice()] * 21
    assert guards.largest == dict.fromkeys(NAMES)
    assert guards.doubts == {name: Doubt() for name in NAMES}
    rows = exact_rows(TIMES)
    rows["variance_rate"][10] = math.nan
    assert watch(Guards(QUANTITIES, 0.0), rows) == [Notice()] * 21
