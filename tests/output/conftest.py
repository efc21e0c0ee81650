"""What tests of stored arrays share."""

from __future__ import annotations

import pytest

from parallel_nls.output import pieces


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small arrays too are written and read in as many pieces as large ones."""
    monkeypatch.setattr(pieces, "SMALLEST", 1)
