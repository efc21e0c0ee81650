"""`parallel-nls collapse`: when runs collapse, how well that is known, and which runs tell of one problem."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.cli.parser import make_parser
from parallel_nls.errors import DONE, UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import new_record_text
from parallel_nls.results.collapse import Collapse, collapse_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import open_run
from parallel_nls.studies import collapse as study
from parallel_nls.studies.collapse import describe_collapse
from tests.stored_runs import rows, store_run

TRUTH = 1.0
ROWS = 400
TIMES = np.linspace(0.0, 0.9975, ROWS)
EXAMPLES = {1: "gaussian_collapse_1d", 2: "gaussian_collapse"}


def follow(
    root: Path, law: Callable[[RealArray], RealArray], *overrides: str, rows_of: int = ROWS, dimension: int = 1
) -> Path:
    """A run whose 1/height^p is a function of T − t."""
    heights = law(TRUTH - TIMES) ** (-dimension / 4)
    columns = rows(TIMES[:rows_of], sup_norm=heights[:rows_of], mass=np.full(rows_of, 20.0))
    return store_run(root, columns, *overrides, example=EXAMPLES[dimension])


def on_a_line(left: RealArray) -> RealArray:
    """As of the law itself, and something that falls faster."""
    return left + left**2


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize(
    "law",
    [
        on_a_line,
        lambda left: left * (1 - 0.3 * left),
        lambda left: left + left**1.5,
        lambda left: left * (1 - 0.5 * np.sqrt(left)),
        lambda left: left * (1 + 0.1 * np.cos(9 * left)),  # whose error changes its sign
        lambda left: left * (1 + 0.25 * np.cos(6 * left + 1)),
        lambda left: left**2 * (1 + left),  # pseudo-conformal
        lambda left: left / np.log(np.log(30 / left)),
    ],
)
def test_the_doubt_covers_the_collapse_wherever_a_run_ends(
    law: Callable[[RealArray], RealArray], dimension: int, tmp_path: Path
) -> None:
    """Of laws that are lines in the end, from where the height has doubled to near the collapse; and not by far."""
    root = follow(tmp_path / "run", law, dimension=dimension)
    run, found = open_run(root), []
    for end in range(160, ROWS + 1, 4):
        columns = {name: type(one)(one.values[:end], one.attributes) for name, one in run.columns.items()}
        one = collapse_of(run.config, columns)
        if one is not None:
            assert abs(one.time - TRUTH) <= one.doubt, end
            found.append(one)
    assert len(found) > (3 if dimension == 1 else 15)
    assert found[-1].is_near
    assert found[-1].doubt < 12 * (TRUTH - found[-1].last)


def pseudo_conformal(left: RealArray) -> RealArray:
    """Nearly: its power is steeper."""
    return left**2.5


def swinging(left: RealArray) -> RealArray:
    """A line, and what swings about it."""
    return left * (1 + 0.2 * np.cos(9 * left))


def logarithmic(left: RealArray) -> RealArray:
    """A line but for a logarithm."""
    return left * np.log(30 / left)


@pytest.mark.parametrize("law", [pseudo_conformal, swinging, logarithmic])
def test_the_doubt_covers_the_collapse_of_noisy_rows(law: Callable[[RealArray], RealArray], tmp_path: Path) -> None:
    """Of few rows that come nearer by equal factors, each off by a hundredth."""
    generator = np.random.default_rng(5)
    for n in range(40):
        left = np.geomspace(1.0, 10.0 ** generator.uniform(-4, -0.5), 40)
        heights = (law(left) * (1 + 0.01 * generator.standard_normal(40))) ** -0.25
        columns = rows(TRUTH - left, sup_norm=heights, mass=np.full(40, 20.0))
        run = open_run(store_run(tmp_path / str(n), columns, example=EXAMPLES[1]))
        one = collapse_of(run.config, run.columns)
        assert one is None or abs(one.time - TRUTH) <= one.doubt, n


@pytest.mark.parametrize("rate", [5.0, 20.0])
def test_of_a_height_that_grows_like_an_exponential_no_time_is_told(rate: float, tmp_path: Path) -> None:
    """The line through its last rows foretells a time that recedes."""
    run = open_run(follow(tmp_path / "run", lambda left: np.exp(rate * left)))
    assert collapse_of(run.config, run.columns) is None
    with pytest.raises(UserError, match=r"tells no time of collapse: sup_norm went from .* about as an exponential"):
        describe_collapse([run.paths.root])


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    """A wave that collapses, on two grids."""
    finer = follow(tmp_path / "fine", lambda left: 1.001 * on_a_line(left), "grid.points=8192")
    return [follow(tmp_path / "coarse", lambda left: on_a_line(left + 1e-4), "grid.points=4096"), finer]


def test_the_numbers_of_the_text_go_into_a_file(pair: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, to the last digit, of each run and of both together."""
    target = pair[0].parent / "collapse.json"
    arguments = make_parser().parse_args(["collapse", *map(str, pair), "--json", str(target)])
    assert arguments.function(arguments) == DONE
    text, numbers = describe_collapse(pair)
    assert capsys.readouterr().out == f"{text}\n"
    assert json.loads(target.read_text(encoding="utf-8")) == numbers
    assert set(numbers) == {"time", "uncertainty", "extrapolation", "distance", "runs"}
    first, last = numbers["runs"]
    keys = {"run", "first_points", "last_points", "time", "doubt", "last", "height", "growth", "is_near"}
    assert set(first) == set(last) == keys
    assert numbers["distance"] == pytest.approx(1e-4, rel=0.5)
    assert numbers["distance"] == abs(first["time"] - last["time"])
    assert numbers["extrapolation"] == last["doubt"] > abs(last["time"] - TRUTH)
    assert numbers["uncertainty"] == numbers["extrapolation"] + numbers["distance"]
    assert (
        f"points to t = 0.9975, height {last['height']:.4g}: T = {with_doubt(last['time'], last['doubt'])}  (" in text
    )
    # The digits that ± leaves, and none more.
    assert f"collapse at T = {with_doubt(numbers['time'], numbers['uncertainty'])}: " in text
    assert f"{last['time']:.7g}" not in text
    assert "as far as the rows of the last tell" in text


def test_one_run_tells_as_far_as_its_rows(pair: list[Path]) -> None:
    """JSON has null for what takes two; a growth alone is told as one."""
    text, numbers = describe_collapse(pair[1:])
    assert "as far as its rows tell; a run with more points" in text
    assert numbers["distance"] is None
    assert numbers["uncertainty"] == numbers["extrapolation"] > 0
    text, numbers = describe_collapse([follow(pair[0].parent / "early", on_a_line, rows_of=300, dimension=2)])
    assert "2.5-fold only: T is where it would be if the line went on" in text
    assert numbers["uncertainty"] >= numbers["time"] - TIMES[299]


def test_a_height_that_is_no_number_is_null(pair: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the last row of a run that broke down: JSON has no NaN."""
    monkeypatch.setattr(study, "collapse_of", lambda *_: Collapse(1.5, 0.1, 1.0, np.nan, 8.0, is_near=True))
    assert describe_collapse(pair[:1])[1]["runs"][0]["height"] is None


def test_runs_must_tell_of_one_problem_the_coarsest_first(pair: list[Path]) -> None:
    """Copies, other data, other starts and another order are refused; other limits, rows and titles are not."""
    coarse, fine = pair
    others = {
        "initial.amplitude=1.6": r"of other problems: initial.amplitude is 1.5, 1.6; give runs that differ in grid or",
        "time.start=0.1": "time.start is 0.0, 0.1",
        'equation={name="nls",dimension=1,power=5.0}': "equation.power is 4.0, 5.0",
    }
    for number, (override, message) in enumerate(others.items()):
        other = follow(coarse.parent / str(number), on_a_line, "grid.points=4096", override)
        with pytest.raises(UserError, match=message):
            describe_collapse([coarse, other])
    for path, text in zip(pair, ("old", "new"), strict=True):
        RunPaths(path).record.write_text(new_record_text({"equation.py": text}), encoding="utf-8")
    with pytest.raises(UserError, match=r'other problems: SHA-256 of equation\.py is "\w{8}", "\w{8}"; give'):
        describe_collapse(pair)
    for path in pair:
        RunPaths(path).record.unlink()
    with pytest.raises(UserError, match=r"coarser than .*coarse', by its steps; give the coarsest first"):
        describe_collapse(
            [coarse, follow(coarse.parent / "long", on_a_line, "grid.points=4096", "time.tolerance=1e-6")]
        )
    with pytest.raises(UserError, match=r"coarser than .*fine', by its points; give the coarsest first"):
        describe_collapse([fine, coarse])
    with pytest.raises(UserError, match="a run is given twice"):
        describe_collapse([coarse, coarse.parent / "fine" / ".." / "coarse"])
    shutil.copytree(coarse, coarse.parent / "copy")
    with pytest.raises(UserError, match=r"copy' has the rows of .*coarse', and tells nothing new; give one with more"):
        describe_collapse([coarse, coarse.parent / "copy"])
    follow(coarse.parent / "shorter", on_a_line, "limits.sup_norm=9", "title='x'", "grid.points=8192", rows_of=392)
    describe_collapse([coarse, coarse.parent / "shorter"])


def test_what_theory_forbids_has_no_collapse(tmp_path: Path) -> None:
    """Whatever the rows look like; and why."""
    heights = on_a_line(TRUTH - TIMES) ** -0.25
    known = {
        "gaussian_collapse_1d": (
            1.77,
            (),
            "its mass, 1.77, is below that of the ground state, 2.720699, and so the solu",
        ),
        "trap": (2.0, ("equation.power=4.0",), "its mass, 2, is below that of the ground state, 2.720699"),
        "gaussian_collapse": (
            20.0,
            ("equation.power=1.5",),
            "where the power is below 4/d, 1.5 < 2, the solution is global",
        ),
        "defocusing": (20.0, (), "no law is known by which peaks of its equation, defocusing-nls, would collapse"),
        "remainder_1d": (
            20.0,
            (),
            "it solves for z = u - ΣW_k, and no law is known by which peaks of it would",
        ),
        "two_bubbles_1d": (20.0, (), "its exact waves blow up where initial.blowup_time says, at 0"),
    }
    for example, (mass, overrides, message) in known.items():
        columns = rows(TIMES, sup_norm=heights, mass=np.full(ROWS, mass))
        root = store_run(tmp_path / example, columns, *overrides, example=example)
        said = "does not collapse" if "global" in message or "ground" in message else "tells no time of"
        with pytest.raises(UserError, match=f"' {said}.*: .*{message}"):
            describe_collapse([root])
    with pytest.raises(
        UserError,
        match=r"tells no time of collapse: sup_norm went .* until its last row, at t = .*, where it has not doubled",
    ):
        describe_collapse([follow(tmp_path / "early", on_a_line, rows_of=80, dimension=2)])
    turned = np.interp(TIMES, [TIMES[0], TIMES[ROWS // 2], TIMES[-1]], [1.0, 4.0, 3.0])
    root = store_run(
        tmp_path / "turned", rows(TIMES, sup_norm=turned, mass=np.full(ROWS, 20.0)), example="gaussian_collapse"
    )
    with pytest.raises(
        UserError, match=r"tells no time of collapse: sup_norm went from 1 to 3, but no longer grows at"
    ):
        describe_collapse([root])
