"""A signal is answered at any moment: by the main thread, or where that hears nothing by another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parallel_nls.running.signals import promised, promising
from tests.conftest import ROOT

HEAD = """
import os, signal, sys, time
from parallel_nls.errors import Interrupted
from parallel_nls.running import signals

def end(number):
    os.write(1, f"ended by the thread on {number}\\n".encode())
    os._exit(5)

signals.PATIENCE = 0.1
signals.answer_signals(end)
"""
READY = "os.write(1, b'ready\\n')\n"
CASES = {
    "raises where Python runs": (
        "try:\n    time.sleep(60)\nexcept Interrupted as e:\n    print('raised', e.number, flush=True); os._exit(6)",
        signal.SIGTERM, 6, "raised 15",
    ),
    "is known where a library makes another error of it": (
        ("try:\n    try:\n        time.sleep(60)\n    except Interrupted:\n        raise ValueError('odd')\n"
        "except ValueError:\n    print('behind', signals.interrupting_signal(), flush=True); os._exit(6)"),
        signal.SIGUSR1, 6, "behind 10",
    ),
    "ends where a system call waits": ("open(sys.argv[1])", signal.SIGINT, 5, "ended by the thread on 2"),
    "ends where the code goes on after it": (
        "while True:\n    try:\n        time.sleep(60)\n    except BaseException: pass",
        signal.SIGUSR1, 5, "ended by the thread on 10",
    ),
    "says at once that it is noted": (
        ("with signals.noting_signals(lambda name: print(name, 'is told', flush=True)):\n"
        "    end = time.monotonic() + 0.4\n    while time.monotonic() < end: pass\n"
        "print(signals.received_signal(), flush=True); os._exit(7)"),
        signal.SIGUSR2, 7, "SIGUSR2 is told\n12",
    ),
    "raises where what goes on can be had again": (
        ("try:\n    with signals.noting_signals(), signals.answering_at_once():\n        time.sleep(60)\n"
        "except Interrupted as e:\n    print('raised', e.number, flush=True); os._exit(6)"),
        signal.SIGTERM, 6, "raised 15",
    ),
    "raises there what came before": (
        ("try:\n    with signals.noting_signals():\n        end = time.monotonic() + 0.4\n"
        "        while time.monotonic() < end: pass\n        with signals.answering_at_once():\n"
        "            print('not reached', flush=True)\n"
        "except Interrupted as e:\n    print('raised', e.number, flush=True); os._exit(6)"),
        signal.SIGINT, 6, "raised 2",
    ),
    "means nothing to what was a child": (
        ("child = os.fork()\nif child == 0:\n    os.kill(os.getpid(), 15); os._exit(1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)\nsignal.pause()"),
        signal.SIGINT, 1, "-15",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_signal(name: str, tmp_path: Path) -> None:
    """What a program does about it that answers signals."""
    body, number, code, said = CASES[name]
    os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-c", HEAD + READY + body, str(tmp_path / "pipe")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, output.strip()) == (code, said)


def test_a_run_of_a_sweep_goes_on_with_the_sweep() -> None:
    """To go on with it alone would leave the others, and the table."""
    assert promised() is None
    with promising("go on by the same command"), promising("go on with: parallel-nls resume scan/member_0000"):
        assert promised() == "go on by the same command"
    assert promised() is None
