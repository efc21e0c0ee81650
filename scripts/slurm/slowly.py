"""parallel-nls as it is, but that each step waits: a small run lasts as long as a test needs, on any machine."""

from __future__ import annotations

import time

from parallel_nls import cli, interruption

SECONDS = 0.09

_received_signal = interruption.received_signal


def received_signal_slowly() -> int:
    """What each rank asks after each step."""
    time.sleep(SECONDS)
    return _received_signal()


if __name__ == "__main__":
    vars(interruption)["received_signal"] = received_signal_slowly
    cli.main()
