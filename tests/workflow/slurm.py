"""A Slurm of one node with two GPUs that are none, in a folder of its own, as long as a test."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMANDS = ("slurmctld", "slurmd", "sbatch", "srun", "scontrol", "scancel", "squeue", "sinfo")

# No cgroups, no accounts, nothing but loopback; `squeue` remembers what has ended.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SchedulerParameters=bf_interval=2,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MinJobAge=3600
KillWait=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:fake:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=500
"""
CGROUP = "CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\nConstrainDevices=no\n"


@dataclass(frozen=True)
class Cluster:
    """What is needed to speak with it."""

    settings: dict[str, str]

    def jobs(self) -> list[dict[str, str]]:
        """Return what is known of each job so far, in the order of their submission."""
        told = self.run("scontrol", "show", "jobs", "--oneliner").splitlines()
        jobs = [dict(w.partition("=")[::2] for w in line.split() if "=" in w) for line in told]
        return sorted((j for j in jobs if "JobId" in j), key=lambda job: int(job["JobId"]))

    def run(self, *command: str) -> str:
        """Return what a command of Slurm's says."""
        environment = os.environ | self.settings
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout


def missing() -> str | None:
    """Return why there can be no cluster, or None."""
    needed = ("munged", *COMMANDS, "setpriv")
    lacking = [program for program in needed if not shutil.which(program, path=_path())]
    if lacking:
        return f"no Slurm without {', '.join(lacking)}"
    if os.getuid():
        return "only root can give Slurm the files of its GPUs"
    if not socket.gethostbyname(_host()).startswith("127."):
        return f"{_host()} has to be 127.0.0.1, where Slurm's daemons listen"
    return None


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start the daemons, and stop them by their numbers at the end, with the jobs that are left."""
    with ExitStack() as stack:
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir(parents=True)
        _configure(folder)
        settings = {"PATH": os.pathsep.join([str(folder / "bin"), _path()])}
        for name, command in _daemons(folder).items():
            with (folder / f"{name}.out").open("w") as output:
                ends = ["setpriv", "--pdeathsig", "TERM"]  # with us, were we killed
                daemon = subprocess.Popen(
                    [*ends, *command], env=os.environ | settings, stdout=output, stderr=output
                )
            stack.callback(_stop, daemon)
            if name == "munged":
                _wait_for((folder / "munge.socket").exists)
        found = Cluster(settings)
        stack.callback(found.run, "scancel", "--user", getpass.getuser(), "--full")
        _wait_for(lambda: "State=IDLE" in found.run("scontrol", "show", "node", _host()))
        yield found


def _configure(folder: Path) -> None:
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    for name in COMMANDS:  # jobs lose the variables of Slurm's that tell its commands where to ask
        command = folder / "bin" / name
        program = shutil.which(name, path=_path())
        command.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {program} "$@"\n')
        command.chmod(0o700)
    gpus = [folder / f"nvidia{number}" for number in range(2)]
    for gpu in gpus:  # else Slurm would give none of them a number
        os.mknod(gpu, 0o666 | 0o020000, os.makedev(1, 3))  # as /dev/null
    lines = [f"NodeName={_host()} Name=gpu Type=fake File={gpu}\n" for gpu in gpus]
    (folder / "gres.conf").write_text("".join(lines))
    (folder / "cgroup.conf").write_text(CGROUP)
    said = {"host": _host(), "user": getpass.getuser(), "folder": folder, "ports": _free_ports(2)}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    said |= {"cpus": os.cpu_count(), "memory": memory * 9 // 10}
    (folder / "slurm.conf").write_text(CONFIGURATION.format(**said))


def _daemons(folder: Path) -> dict[str, list[str]]:
    names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    names["seed-file"] = "seed"
    own = [f"--{option}={folder}/munge.{name}" for option, name in names.items()]
    return {
        # force: the folder of a test is for its user alone
        "munged": ["munged", "--force", "--foreground", *own],
        "slurmctld": ["slurmctld", "-c", "-D"],
        "slurmd": ["slurmd", "-c", "-D", "-N", _host()],
    }


def _stop(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except subprocess.CalledProcessError:
            pass  # nobody answers yet
        if time.monotonic() > end:
            raise TimeoutError("Slurm did not start")
        time.sleep(0.2)


def _path() -> str:
    return os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])


def _host() -> str:
    return socket.gethostname().partition(".")[0]


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
