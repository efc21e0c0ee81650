"""A real Slurm of three emulated nodes on this machine: daemons, ports, keys and files of its own, in one folder."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

# The first node has the name of the host, so that mpirun starts its ranks there itself, as it does on real nodes.
NODES = (socket.gethostname().split(".")[0], "n1", "n2")
PREEMPTIBLE_NODE = NODES[2]
START_SECONDS = 30.0
STOP_SECONDS = 20.0

CONFIGURATION = """\
ClusterName=parallel-nls
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for cred_expire seconds.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
TmpFS={folder}/%n/tmp
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,sched_min_interval=0
MpiDefault=none
ReturnToService=2
KillWait=30
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=DEFAULT CPUs=16 RealMemory=1000000
NodeName={nodes[0]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} Weight=1
NodeName={nodes[1]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} Weight=2
NodeName={nodes[2]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[3]}
PartitionName=main Nodes={nodes[0]},{nodes[1]} Default=YES PreemptMode=OFF
PartitionName=low Nodes={nodes[2]} PriorityTier=1 GraceTime=40 PreemptMode=REQUEUE
PartitionName=urgent Nodes={nodes[2]} PriorityTier=10 PreemptMode=OFF
"""


class ClusterError(Exception):
    """The cluster did not start."""


class Cluster:
    """Context in which the daemons run and SLURM_CONF names their configuration.

    Attributes
    ----------
    folder : Path
        All files of the daemons; removed at the end.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nls-slurm-"))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start munged, slurmctld and a slurmd for each node, and wait until all nodes are idle.

        Raises
        ------
        ClusterError
            With the end of the logs, if they are not after half a minute.
        """
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._prepare()
            self._start("munged", "--foreground", *self._munge_options())
            self._wait_for((self.folder / "munge.socket").exists)
            self._start("slurmctld", "-D")
            for node in NODES:
                self._start("slurmd", "-D", "-N", node)
            self._wait_for(lambda: output_of("sinfo", "-h", "-p", "main,low", "-N", "-o", "%T").split() == ["idle"] * 3)
        except BaseException:
            self._stack.close()
            raise
        self._stack.callback(_end_all_jobs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all jobs, then the daemons, then remove the folder."""
        self._stack.close()

    def _prepare(self) -> None:
        """Write the key and the configuration."""
        self.folder.chmod(0o755)  # munged wants a socket that every user can reach
        for name in ("state", *NODES, *(f"{node}/tmp" for node in NODES)):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        configuration = self.folder / "slurm.conf"
        configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname(),
                user=getpass.getuser(),
                folder=self.folder,
                nodes=NODES,
                ports=_free_ports(1 + len(NODES)),
            )
        )
        os.environ["SLURM_CONF"] = str(configuration)

    def _munge_options(self) -> list[str]:
        files = {"socket": "munge.socket", "key-file": "munge.key", "seed-file": "munge.seed", "pid-file": "munge.pid"}
        return [f"--{option}={self.folder / name}" for option, name in files.items()]

    def _start(self, *command: str) -> None:
        """Start a daemon in the foreground, to be ended with the cluster, or with this process if that is killed."""
        path = self.folder / f"{len(list(self.folder.glob('*.log')))}-{command[0]}.log"
        log = self._stack.enter_context(path.open("w"))
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._stack.callback(_end, process)

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        """Wait until something has started."""
        end = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > end:
                raise ClusterError(f"Slurm does not start; its logs end so:\n{self._logs()}")
            time.sleep(0.2)

    def _logs(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{tail(log.read_text(errors='replace'), 5)}" for log in logs)


def output_of(*command: str) -> str:
    """What a command of Slurm prints; empty if it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def tail(text: str, lines: int) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-lines:])


def _end_all_jobs() -> None:
    """Cancel all jobs, by force, so that no process of theirs outlives the daemons."""
    user = getpass.getuser()
    end = time.monotonic() + STOP_SECONDS
    while output_of("squeue", "-h") and time.monotonic() < end:
        output_of("scancel", "--signal=KILL", "--full", "--user", user)
        output_of("scancel", "--user", user)
        time.sleep(1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon, by force if it does not hear."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(number: int) -> list[int]:
    """Ports on which nobody listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
