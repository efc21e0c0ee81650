"""What tests of interrupted runs share: runs that leave after so many steps, and flipped bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from parallel_nls.running import run
from parallel_nls.running.stop_requests import Requests, StopRequests


@contextmanager
def leaving_after(steps: int) -> Iterator[None]:
    """Within this context a job is asked to leave after so many steps of its own."""
    looks = 0

    class Impatient(StopRequests):
        """Sees a reason to leave at the last of these steps."""

        def look(self, write_seconds: float) -> Requests:
            """Count the steps."""
            nonlocal looks
            looks += 1
            requests = super().look(write_seconds)
            return Requests("the test asked for it", requests.checkpoint_due) if looks == steps else requests

    with mock.patch.object(run, "StopRequests", Impatient):
        yield


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Flip one bit of a file; negative places count from its end."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(bytes(content))
