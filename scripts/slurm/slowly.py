"""parallel-nls as it is, but that each step waits: a small run lasts as long as a test needs, on any machine."""

from __future__ import annotations

import time

from parallel_nls import cli
from parallel_nls.running import signals

SECONDS = 0.09

_received_signal = signals.received_signal


def received_signal_slowly() -> int:
    """What each rank asks after each step."""
    time.sleep(SECONDS)
    return _received_signal()


if __name__ == "__main__":
    vars(signals)["received_signal"] = received_signal_slowly
    cli.main()
