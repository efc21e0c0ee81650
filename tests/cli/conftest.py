"""Commands in the process of the tests, where a process of their own would show no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parallel_nls.cli import process
from parallel_nls.running.signals import catching_signals


@pytest.fixture
def in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[Callable[[], None]], str]:
    """A function: call the main function of a module in a temporary folder, as one rank, and return its output."""

    def call(main: Callable[[], None]) -> str:
        """Call it; how commands end and what they do with signals is put right again."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(process, "finish", process.finish)
        with catching_signals():
            main()
        return capsys.readouterr().out

    return call
