"""The memory and the cores that a node has, and how busy these are."""

from __future__ import annotations

import resource
from pathlib import Path

import psutil

__all__ = ["busy_seconds", "node_cores", "node_memory", "process_memory"]

_CGROUPS = Path("/sys/fs/cgroup")


def node_memory() -> int:
    """Return the bytes of memory that this node grants: all, or a control group's limit if less."""
    return min([int(psutil.virtual_memory().total), *_cgroup_limits(_CGROUPS, Path("/proc/self/cgroup"))])


def node_cores() -> int:
    """Return the cores of this node, not its threads. *Communication*: local."""
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def busy_seconds() -> float:
    """Return the seconds that all cores have worked, or were taken away by a host. *Communication*: local."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def process_memory() -> int | None:
    """Return the bytes that this process may still take by its own limit (``ulimit -v``); None without one."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    return max(0, limit - int(psutil.Process().memory_info().vms))


def _cgroup_limits(root: Path, membership: Path) -> list[int]:
    """Return the memory limits of this process's control groups and of all that enclose them."""
    limits = []
    for folder, name in _cgroup_folders(root, membership):
        for enclosing in (folder, *folder.parents):
            if enclosing.is_relative_to(root):
                text = _read(enclosing / name).strip()
                limits += [int(text)] if text.isdecimal() else []  # version 2 writes "max" for none
    return limits


def _cgroup_folders(root: Path, membership: Path) -> list[tuple[Path, str]]:
    """Return folder and file name of the limits, for control groups of version 2 and of version 1."""
    folders = [(root, "memory.max"), (root / "memory", "memory.limit_in_bytes")]
    for line in _read(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            folders.append((root / path.lstrip("/"), "memory.max"))
        elif "memory" in controllers.split(","):
            folders.append((root / "memory" / path.lstrip("/"), "memory.limit_in_bytes"))
    return folders


def _read(path: Path) -> str:
    """Return a small file's text; empty where there is none, as outside Linux or in a container."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
