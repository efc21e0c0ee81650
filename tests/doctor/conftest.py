"""Settings of mpi4py that an examination without MPI changes for its process."""

from __future__ import annotations

import mpi4py
import pytest


@pytest.fixture(autouse=True)
def _mpi_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put them back behind each test."""
    for name in ("initialize", "finalize"):
        monkeypatch.setattr(mpi4py.rc, name, getattr(mpi4py.rc, name))
