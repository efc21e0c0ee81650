"""New files that appear whole: what is to be written where, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from parallel_nls.errors import UserError, unwritable
from parallel_nls.output.durable_files import refused_as_error, whole_file

__all__ = ["Task", "carry_out"]

Tell = Callable[[], None]


@dataclass(frozen=True)
class Task:
    """A file to be made.

    Attributes
    ----------
    path : Path
        Where.
    parts : int
        Of the work, for progress.
    write : callable
        Called with a path, and with what is to be called after each part.
    """

    path: Path
    parts: int
    write: Callable[[Path, Tell], None]

    def at(self, path: Path) -> Task:
        """The same at another place. *Communication*: local."""
        return replace(self, path=path)


def carry_out(tasks: Sequence[Task], tell: Callable[[int, int], None]) -> list[Path]:
    """Make all files.

    Raises
    ------
    UserError
        If one of them is there, or their folder cannot be made; before the first is written.
    StorageError
        The file system refuses; of the file in question nothing is left.

    Notes
    -----
    *Communication*: local.
    """
    for task in tasks:
        if task.path.exists():
            raise UserError(f"{task.path} is there already; give another place (--to), or remove it")
    for folder in {task.path.parent for task in tasks}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(f"folder {str(folder)!r}", error, "give another (--to)") from None
    done, total = 0, sum(task.parts for task in tasks)

    def advance() -> None:
        """Count a part."""
        nonlocal done
        done += 1
        tell(done, total)

    for task in tasks:
        with refused_as_error(task.path), whole_file(task.path) as fresh:
            task.write(fresh, advance)
    return [task.path for task in tasks]
