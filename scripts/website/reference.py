"""The pages of the public names: what stands where, each name once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """One page: a title, a sentence, and names; what lies deeper than the package is told by its module."""

    file: str
    title: str
    about: str
    names: tuple[str, ...]


CONTRACTS = "parallel_nls.contracts."
INHERITED = ("Run", "Simulation")
"""What most users call of these stands in their bases."""
VALIDATORS = {"Configuration": ("take_stored_time", "fill_in_defaults", "check_together", "model_config")}
"""What only pydantic calls."""

GROUPS = (
    Group(
        "runs",
        "Runs",
        "A configuration, a run from it into a directory, or in memory.",
        ("load_configuration", "Configuration", "run", "Simulation", "open_simulation", "UserError"),
    ),
    Group(
        "results",
        "Results",
        "What a run directory holds, runs beside each other, and the table of a sweep.",
        ("open_run", "Run", "compare", "Comparison", "sweep_table"),
    ),
    Group(
        "profiles",
        "Exact solutions and profiles",
        "Functions of time and space, and the symmetries that map solutions to solutions.",
        (
            "Bubble", "BubbleSum", "Soliton", "SolitonSum", "Gaussian", "PseudoConformal", "InversePseudoConformal",
            "Symmetry", "Transformed", "ground_state", "profiles.ground_state.GroundState", CONTRACTS + "Profile",
        ),
    ),
    Group(
        "extending",
        "Own equations and diagnostics",
        "What a class of yours derives from, what it is given, and what it must keep.",
        (
            "SplitEquation", "Equation", CONTRACTS + "Flow", CONTRACTS + "Kick", CONTRACTS + "Coupling", "Monitor",
            "Quantity", "Sample", "Passes", "Integrals", CONTRACTS + "Density", "Domain", "FourierDomain", "LineDomain",
            CONTRACTS + "State", CONTRACTS + "Completed",
        ),
    ),
)  # fmt: skip


def qualified(name: str) -> str:
    """The whole name."""
    return name if name.startswith("parallel_nls.") else f"parallel_nls.{name}"


def directive(name: str) -> str:
    """What makes autodoc write one name: members of classes that have a docstring."""
    last = name.rpartition(".")[2]
    if last[0].islower():
        return f".. autofunction:: {qualified(name)}\n"
    if name == CONTRACTS + "Kick":
        return f".. autodata:: {qualified(name)}\n   :no-value:\n"
    hidden = ", ".join(("__new__", "__init__", *VALIDATORS.get(name, ())))
    lines = [f".. autoclass:: {qualified(name)}", "   :members:", f"   :exclude-members: {hidden}"]
    return "\n".join(lines + ["   :inherited-members:"] * (last in INHERITED)) + "\n"


def page(group: Group) -> str:
    """One page, in reStructuredText."""
    parts = [f"{group.title}\n{'=' * len(group.title)}\n", f"{group.about}\n", *map(directive, group.names)]
    return "\n".join(parts)


def index() -> str:
    """The first page of the reference."""
    title = "Python reference"
    rows = "\n".join(f"   {group.file}" for group in GROUPS)
    text = (
        "All names are those of ``parallel_nls``, where nothing else is said: ``from parallel_nls import open_run``. "
        "*Communication* says who must call: *collective* all ranks of the communicator together, *local* any one. "
        "All quantities are dimensionless."
    )
    return f"{title}\n{'=' * len(title)}\n\n{text}\n\n.. toctree::\n   :maxdepth: 2\n\n{rows}\n"
