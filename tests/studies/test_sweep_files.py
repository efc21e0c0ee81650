"""Sweep files: their members in order, what they will take, and every mistake in one message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallel_nls.config import example_text, load_configuration
from parallel_nls.errors import UserError
from parallel_nls.studies.sweep.plan import SweepPlan, load_sweep
from parallel_nls.studies.sweep.resources import check_sweep_memory, describe_sweep
from tests.cli.test_command_line import alone
from tests.studies.sweeps import FOUR, sweep_text

# name: (sweep file, fragments of the message)
MISTAKES: dict[str, tuple[str, list[str]]] = {
    "empty": ("", ["is empty", "docs/sweeps.md"]),
    "no TOML": ("vary", ["not valid TOML"]),
    "no configuration": (
        "[vary]\ntime.step = [1e-3]",
        ["configuration: missing; give a TOML file or the name of an ex"],
    ),
    "nothing varies": ('configuration = "two_bubbles"', ["vary: missing; give a table of keys and lists"]),
    "nothing in it": (sweep_text({}), ["vary = {}: needs at least 1 entry"]),
    "unknown key": ("rank = 2\n" + sweep_text(FOUR), ['rank = 2: unknown key; did you mean "ranks"?']),
    "no ranks": (sweep_text(FOUR, ranks=0), ["ranks = 0: must be at least 1; give the ranks of a member"]),
    "text for a table": ('configuration = "two_bubbles"\nvary = "all"', ['vary = "all": must be a table']),
    "number for a list": (
        sweep_text({"time.step": 1e-3}),
        ["vary.time.step = 0.001: must be a list of the values; for one value write time.step under [set]"],
    ),
    "of a run": (
        example_text("trap"),
        ["scan.toml': is the configuration of a run; type parallel-nls run, or a sweep file that names it"],
    ),
    "empty list": (sweep_text({"time.step": []}), ["vary.time.step = []: needs at least 1 entry"]),
    "no key": (sweep_text({"time.": [1]}), ['"time.": not a key; write for instance time.step']),
    "key without effect": (
        sweep_text({"checkpoint.every": ["1 min", "2 min"]}),
        ['vary.checkpoint.every = ["1 min", "2 min"]: results do not depend on it; write one value under [set]'],
    ),
    "twice": (
        'configuration = "two_bubbles"\n[set]\ntime.step = 1e-3\n[vary]\n"time.step" = [1e-3]',
        ["time.step: is given twice; remove one"],
    ),
    "undone": (
        sweep_text({"grid": [{"points": [16, 16], "length": [8, 8]}]}),
        ["grid: replaces grid.points, which is given before it; remove one"],
    ),
    "huge": (
        sweep_text({"time.step": [0.001] * 101, "time.stop": [-0.4] * 100}),
        ["vary: 10100 members, more than 10000; give fewer values, or several sweeps"],
    ),
    "not side by side": (
        "together = true\n" + sweep_text({"time.step": [1e-3, 5e-4], "time.stop": [-0.4]}),
        ["together = true: lists of different lengths, 2 of time.step, 1 of time.stop; give as many values of each"],
    ),
    "together with what": ("together = 1\n" + sweep_text(FOUR), ["together = 1"]),
    "no such configuration": (sweep_text(FOUR, configuration="two_bubles"), ["two_bubles'", '"two_bubbles"']),
    "of one member": (
        sweep_text({"time.step": [1e-3, -1e-3]}),
        ["scan.toml': member_0001 (time.step = -0.001): time.step = -0.001: must be greater than 0"],
    ),
    "of some members": (
        sweep_text({"time.step": [1e-3, 0.0], "initial.bubbles.0.frequency": [1.0, 2.0, -1.0]}),
        [
            "2 mistakes",
            "member_0002 (time.step = 0.001, initial.bubbles.0.frequency = -1.0) and 1 more: initial.bubbles.0.freq",
            "member_0003 (time.step = 0.0, initial.bubbles.0.frequency = 1.0) and 2 more: time.step = 0.0: must be",
        ],
    ),
    "of all members": (
        sweep_text(FOUR, time__stpe=1.0),
        ['all members: time.stpe = 1.0: unknown key; did you mean "step"?'],
    ),
    "beyond a list": (
        sweep_text({"grid.points.2": [16, 32]}),
        ["all members: grid.points.2: the list has 2 entries, counted from 0; there is no entry '2'"],
    ),
    "the same twice": (
        sweep_text({"time.stop": [-0.4, -0.3, -0.4]}),
        ["member_0002 (time.stop = -0.4): the same as member_0000 (time.stop = -0.4); give each value once"],
    ),
    "many": (
        sweep_text({"time.step": [-1.0 - k for k in range(30)]}),
        ["30 mistakes", "time.step = -20.0: must be", "… and 10 more"],
    ),
}


def plan_in(folder: Path, text: str, output: str | None = None) -> SweepPlan:
    """The sweep of a text."""
    (folder / "scan.toml").write_text(text, encoding="utf-8")
    return load_sweep(str(folder / "scan.toml"), output)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_bad_sweep_is_refused_with_one_message(tmp_path: Path, name: str) -> None:
    """It names key, value, remedy and members."""
    text, fragments = MISTAKES[name]
    with pytest.raises(UserError) as caught:
        plan_in(tmp_path, text)
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_a_missing_sweep_is_refused(tmp_path: Path) -> None:
    """And is no example."""
    for path in (str(tmp_path / "none.toml"), "two_bubbles"):
        with pytest.raises(UserError, match="no such file; give the path of a TOML file"):
            load_sweep(path)


def test_members_are_all_combinations_the_last_key_fastest(tmp_path: Path) -> None:
    """Each is the configuration with these overrides; keys may be dotted or in tables, values of any kind."""
    text = """
        configuration = "one_bubble"
        [set]
        grid.points = [32, 32]
        diagnostics.every = {steps = 2}
        [vary]
        diagnostics.every = [0.01, {steps = 5}]
        time.step = [1e-3, 5e-4]
        limits.sup_norm = ["off", 10.0]
    """
    text = text.replace("diagnostics.every = {steps = 2}", "")
    plan = plan_in(tmp_path, text)
    assert [tuple(member.values()) for member in plan.members[:3]] == [
        (0.01, 1e-3, "off"),
        (0.01, 1e-3, 10.0),
        (0.01, 5e-4, "off"),
    ]
    overrides = ["grid.points=[32, 32]", "diagnostics.every={steps=5}", "time.step=5e-4", "limits.sup_norm=off"]
    assert plan.configuration(6) == load_configuration("one_bubble", overrides)
    assert plan.label(1) == "member_0001 (diagnostics.every = 0.01, time.step = 0.001, limits.sup_norm = 10.0)"


def test_lists_go_side_by_side(tmp_path: Path) -> None:
    """A member for each place in them; what none of them changes is in no label; the sweep is written as it was."""
    vary: dict[str, Any] = {"time.step": [1e-3, 5e-4], "limits.sup_norm": [5.0, 5.0], "time.scheme": ["strang"] * 2}
    plan = plan_in(tmp_path, "together = true\n" + sweep_text(vary))
    assert [tuple(member.values()) for member in plan.members] == [(1e-3, 5.0, "strang"), (5e-4, 5.0, "strang")]
    assert plan.label(1) == "member_0001 (time.step = 0.0005)"
    again = plan_in(tmp_path, plan.sweep.text())
    assert again.members == plan.members
    assert again.sweep.text() == plan.sweep.text()


def test_keys_that_belong_together_vary_as_a_table(tmp_path: Path) -> None:
    """Box and points of the same spacing."""
    grids: list[Any] = [{"points": [n, n], "length": [n / 2, n / 2]} for n in (32, 48)]
    plan = plan_in(tmp_path, sweep_text({"grid": grids}, grid__points=None))
    assert [plan.configuration(n).grid.spacing for n in (0, 1)] == [(0.5, 0.5)] * 2


def test_parameters_of_an_equation_of_ones_own_vary(tmp_path: Path) -> None:
    """Dotted or in tables, one called steps too, or the table as a whole."""
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    text = load_configuration("gaussian_collapse", [f"equation={{file='{tmp_path}/mine.py'}}"]).complete_toml()
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    head = 'configuration = "mine.toml"\n'
    for vary in (
        '[vary]\n"equation.parameters.strength" = [1, 2]\n"equation.parameters.steps" = [0.5]\n',
        "[vary.equation.parameters]\nstrength = [1, 2]\nsteps = [0.5]\n",
        "[set.equation.parameters]\nsteps = 0.5\n[vary.equation.parameters]\nstrength = [1, 2]\n",
        '[vary]\n"equation.parameters" = [{strength = 1, steps = 0.5}, {strength = 2, steps = 0.5}]\n',
    ):
        plan = plan_in(tmp_path, head + vary)
        found = [plan.configuration(number).equation.parameters() for number in (0, 1)]
        assert found == [{"strength": strength, "steps": 0.5} for strength in (1, 2)]
        assert plan_in(tmp_path, plan.sweep.text()).members == plan.members
    with pytest.raises(
        UserError, match=r"equation\.parameters\.strength = \[\[1\]\]: must be a number of at most 1e100"
    ):
        plan_in(tmp_path, head + '[vary]\n"equation.parameters.strength" = [[[1]]]\n')


def test_a_sweep_reads_back_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder, with the same members in the same order; a configuration lies beside the sweep."""
    (tmp_path / "mine.toml").write_text(load_configuration("one_bubble").complete_toml(), encoding="utf-8")
    vary = {"diagnostics.every": [{"steps": 2}, {"steps": 3}], "time.step": [1e-3, 5e-4]}
    monkeypatch.chdir(tmp_path)
    plan = plan_in(Path(), sweep_text(vary, configuration="mine.toml"))
    assert plan.sweep.output == "runs/scan"
    text = plan.sweep.text()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = plan_in(Path(), text)
    assert again.sweep.output == str(tmp_path / "runs" / "scan")
    assert again.sweep.configuration == plan.sweep.configuration
    assert again.document == plan.document
    assert again.members == plan.members
    assert again.sweep.text() == text


def test_a_dry_run_says_what_it_will_take(tmp_path: Path) -> None:
    """Members, groups, and the largest member; without MPI, and without a trace."""
    (tmp_path / "scan.toml").write_text(
        sweep_text({"time.step": [1e-3, 5e-4], "grid.points": [[16, 16], [64, 32]]}, ranks=2), encoding="utf-8"
    )
    result = alone("sweep", "scan.toml", "--dry-run", "--ranks", "5", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for line in (
        "members    4: 2 values of time.step × 2 values of grid.points",
        "ranks      2 groups of 2 ranks, 1 rank idle",
        "largest    member_0001 (time.step = 0.001, grid.points = [64, 32])",
        "grid       64 × 32 = 2048 points",
        "all        about ",
        "MPI started: False",
    ):
        assert line in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["scan.toml"]
    with pytest.raises(UserError, match="ranks = 2: a member needs more ranks than the 1"):
        describe_sweep(load_sweep(str(tmp_path / "scan.toml")), 1)


def test_members_that_do_not_fit_a_node_together_are_refused(tmp_path: Path) -> None:
    """Those that may run there at once count, the largest of them."""
    plan = plan_in(tmp_path, sweep_text({"grid.points": [[16, 16], [64, 64], [32, 32]]}))
    _, large, middle = plan.rank_bytes
    check_sweep_memory(plan, 2, large + middle)
    check_sweep_memory(plan, 8, sum(plan.rank_bytes))
    with pytest.raises(UserError, match="the 2 members that a node holds at once need up to"):
        check_sweep_memory(plan, 2, large + middle - 1)
