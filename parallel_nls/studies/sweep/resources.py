"""How a sweep shares the ranks of a job, and what it will take there, by arithmetic alone."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.config.toml_text import counted
from parallel_nls.errors import UserError
from parallel_nls.planning.memory import format_bytes
from parallel_nls.planning.performance.estimate import estimate_run, format_seconds
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.resources import describe_resources
from parallel_nls.studies.sweep.plan import SweepPlan

__all__ = ["Shares", "check_sweep_memory", "describe_sweep", "share_out"]


@dataclass(frozen=True)
class Shares:
    """How the ranks of a job are shared out: so many groups of so many ranks, the rest idle."""

    groups: int
    ranks: int
    idle: int

    @property
    def text(self) -> str:
        """In words."""
        idle = f", {counted(self.idle, 'rank')} idle" if self.idle else ""
        return f"{counted(self.groups, 'group')} of {counted(self.ranks, 'rank')}{idle}"


def share_out(members: int, ranks: int, available: int) -> Shares:
    """Share the ranks of a job out to groups, each of which takes one member after the other.

    Parameters
    ----------
    members, ranks : int
        Of the sweep: how many members, and on how many ranks each of them runs.
    available : int
        All ranks of the job.

    Returns
    -------
    Shares
        No more groups than members.

    Raises
    ------
    UserError
        If there are too few ranks for a single member.

    Notes
    -----
    *Communication*: local.
    """
    if ranks > available:
        raise UserError(
            f"ranks = {ranks}: a member needs more ranks than the {available} that there are; "
            f"start at least {ranks}, as mpirun -n {ranks} parallel-nls sweep, or give a smaller number"
        )
    groups = min(available // ranks, members)
    return Shares(groups, ranks, available - groups * ranks)


def check_sweep_memory(plan: SweepPlan, ranks_on_node: int, available: int) -> None:
    """Refuse a sweep whose largest members do not fit a node together.

    Parameters
    ----------
    plan : SweepPlan
        The sweep.
    ranks_on_node : int
        Ranks of the whole job on this node.
    available : int
        Bytes of memory of the node.

    Raises
    ------
    UserError
        Names what is needed, what there is, and the remedy.

    Notes
    -----
    *Communication*: local; nodes may differ, so the caller makes the verdict common to all ranks.
    """
    ranks = min(plan.sweep.ranks, ranks_on_node)
    together = sorted(plan.rank_bytes, reverse=True)[: max(ranks_on_node // ranks, 1)]
    needed = ranks * sum(together)
    if needed > available:
        raise UserError(
            f"ranks = {plan.sweep.ranks}: the {counted(len(together), 'member')} that a node holds at once need up to "
            f"{format_bytes(needed)}, the node has {format_bytes(available)}; give a member more ranks, "
            "or start fewer ranks a node"
        )


def describe_sweep(plan: SweepPlan, ranks: int, machine: Machine | None = None) -> str:
    """Return what a sweep will take on so many ranks, for a dry run.

    Parameters
    ----------
    plan : SweepPlan
        The sweep.
    ranks : int
        All ranks of the job.
    machine : Machine, optional
        Whose time is told; without it none is.

    Returns
    -------
    str
        Lines of a label and a value; the last ones are of the member that needs the most memory.

    Notes
    -----
    *Communication*: local.
    """
    grid = (" with " if plan.sweep.together else " × ").join(
        f"{counted(len(values), 'value')} of {key}" for key, values in plan.sweep.vary.items()
    )
    largest = max(range(len(plan.members)), key=plan.rank_bytes.__getitem__)
    lines = {
        "members": f"{len(plan.members)}: {grid}",
        "ranks": share_out(len(plan.members), plan.sweep.ranks, ranks).text,
        **({} if machine is None else _describe_all(plan, ranks, machine)),
        "largest": plan.label(largest),
    }
    described = "\n".join(f"{label:<11}{value}" for label, value in lines.items())
    return f"{described}\n{describe_resources(plan.configuration(largest), plan.sweep.ranks, machine)}"


def _describe_all(plan: SweepPlan, ranks: int, machine: Machine) -> dict[str, str]:
    """Return how long all members take, one group after another of which each is as long as the mean."""
    found = [estimate_run(plan.configuration(k), machine, plan.sweep.ranks) for k in range(len(plan.members))]
    groups = share_out(len(plan.members), plan.sweep.ranks, ranks).groups
    rounds = -(-len(plan.members) // groups)
    # All but the first member of a process are there at once.
    each = [estimate.seconds - machine.start.warm for estimate in found]
    least = "about" if all(estimate.is_known for estimate in found) else "at least"
    seconds = machine.start.warm + max(*each, rounds * sum(each) / len(each))
    return {"all": f"{least} {format_seconds(seconds)}"}
