"""What lies below a folder at one moment: kept while a job goes on, put back as if the job had been killed then."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

FOLDER, FILE, LINK = "folder", "file", "link"


class States:
    """Keeps states of a folder, the same one and the same file only once.

    A SIGKILL leaves what the system has been given, and loses what is still in the memory of the process; so does a
    look at the files, which is what is kept here.

    Parameters
    ----------
    store : Path
        Where they are kept; made when it is first needed.
    """

    def __init__(self, store: Path) -> None:
        self.store = store

    def keep(self, folder: str) -> str:
        """Keep what is below a folder now; the name of this state, which only names, kinds, modes and bytes decide."""
        found = list(self._below(folder, ""))
        name = sha256(json.dumps([entry[:-1] for entry in found]).encode()).hexdigest()[:16]
        path = self.store / f"{name}.json"
        if not path.exists():
            self.store.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found), encoding="utf-8")
        return name

    def _below(self, folder: str, prefix: str) -> Iterator[tuple[str, str, int, str, int]]:
        """Name, kind, mode, content and time of all entries, those of folders after these."""
        if not os.path.isdir(folder):  # noqa: PTH112  (pathlib is slow, and this is done a thousand times)
            return
        if not prefix:
            yield "", FOLDER, 0, "", 0
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            status, name = entry.stat(follow_symlinks=False), prefix + entry.name
            if entry.is_symlink():
                yield name, LINK, 0, os.readlink(entry.path), 0  # noqa: PTH115
            elif entry.is_dir():
                yield name, FOLDER, status.st_mode & 0o7777, "", 0
                yield from self._below(entry.path, name + "/")
            else:
                yield name, FILE, status.st_mode & 0o7777, self._kept(entry.path), status.st_mtime_ns

    def _kept(self, path: str) -> str:
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
        digest = sha256(content).hexdigest()
        target = self.store / digest
        if not target.exists():
            self.store.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return digest

    def entries(self, name: str) -> dict[str, tuple[str, int, str, int]]:
        """What a state has: kind, mode, checksum or target, and time, by relative names; none where nothing was."""
        found = json.loads((self.store / f"{name}.json").read_text(encoding="utf-8"))
        return {entry[0]: tuple(entry[1:]) for entry in found}

    def put_back(self, name: str, folder: Path) -> None:
        """Make a folder what it was, times of its files included."""
        shutil.rmtree(folder, ignore_errors=True)
        for relative, (kind, mode, content, changed) in self.entries(name).items():
            path = folder / relative
            if kind == FOLDER:
                path.mkdir(parents=True)
            elif kind == LINK:
                path.symlink_to(content)
                continue
            else:
                shutil.copyfile(self.store / content, path)
                os.utime(path, ns=(changed, changed))
            if relative:
                path.chmod(mode)
