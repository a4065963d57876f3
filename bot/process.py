"""How a process is named in leases, and whether the one of a name still runs on this machine."""

import os
import socket
from pathlib import Path

_STATE, _STARTED = 0, 19
"""Where they stand in /proc/<id>/stat behind the program's name."""


def this_process() -> str:
    """This process, as leases name it: machine, id, and when it started, since ids come back."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def runs_elsewhere(worker: str) -> bool:
    """Whether another process of this machine has this name and still runs."""
    if worker == this_process():
        return False
    host, _, rest = worker.rpartition(":")[0].rpartition(":")
    pid, started = (rest, worker.rpartition(":")[2]) if host else ("", "")
    if host != socket.gethostname() or not pid.isdigit() or os.name != "posix":
        return False
    return _is_there(int(pid)) and _started(int(pid)) == started


def has_ended(worker: str) -> bool:
    """Whether the process of this name was one of this machine and is no more."""
    return (
        worker.startswith(f"{socket.gethostname()}:")
        and worker != this_process()
        and not runs_elsewhere(worker)
    )


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[_STATE : _STATE + 1] != ["Z"]


def _started(pid: int) -> str:
    """When it started, in ticks since the machine did; empty where that cannot be told."""
    return "".join(_stat(pid)[_STARTED : _STARTED + 1])


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []
