"""How a run stands: it ended, it can be resumed, a job works on it, or it was killed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from parallel_nls.errors import DONE, RESUMABLE, UserError, as_typed
from parallel_nls.output.run_lock import holder_of
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.files import read_summary
from parallel_nls.results.run_log import read_log, refusal_in
from parallel_nls.schedules import shown_time

__all__ = ["RunState", "state_of_paths"]


@dataclass(frozen=True)
class RunState:
    """How a run stands.

    Attributes
    ----------
    kind : str
        "done", "stopped" early, "stored" to be resumed, "running", "killed", also by a disk that refused a file, or
        "unknown": a job on another machine has taken the run, and whether it still lives cannot be told from here.
    text : str
        The same in words, with where and why; without a dot.
    remedy : str
        What to type in order to go on; "" where there is nothing to.
    by_disk : bool
        Whether a killed one ended since the disk refused a file.
    """

    kind: Literal["done", "stopped", "stored", "running", "killed", "unknown"]
    text: str
    remedy: str = ""
    by_disk: bool = False

    @property
    def may_go_on(self) -> bool:
        """Whether a job may be working on it."""
        return self.kind in ("running", "unknown")

    @property
    def unended(self) -> str:
        """Of a run without a summary: whether it is still running or was killed, as far as that can be told."""
        return self.text if self.kind in ("running", "killed") else "still running, or killed"


def state_of_paths(paths: RunPaths, symbol: str = "t") -> RunState:
    """How a run stands, by its summary, its lock, which is looked at and not touched, and the end of its log.

    Parameters
    ----------
    paths : RunPaths
        The run directory.
    symbol : str
        What time is called.

    Raises
    ------
    UserError
        If the summary is damaged.

    Notes
    -----
    *Communication*: local.
    """
    resume = f"parallel-nls resume {as_typed(paths.root)}"
    held, holder = holder_of(paths.lock)
    if paths.summary.exists():
        try:
            summary = read_summary(paths)
        except UserError:
            if paths.summary.exists():
                raise
        else:
            code = int(summary["exit_code"])
            where = f"at {symbol} = {shown_time(summary['end_time'])}: {summary['end_reason']}"
            if code == RESUMABLE:
                return RunState("stored", f"stored {where}", resume)
            if code == DONE:
                return RunState("done", f"done {where}")
            return RunState("stopped", f"stopped early (exit code {code}) {where}")
    if held:
        return RunState("running", f"a job is working on it: {holder}")
    if held is None:
        return RunState("unknown", f"taken by {holder or 'a job'}, of which nothing can be told from here", resume)
    refused = refusal_in(read_log(paths))
    if refused is not None:
        return RunState("killed", f"ended by the disk: {refused}", resume, by_disk=True)
    return RunState("killed", "ended without a word: it was killed, or its machine failed", resume)
