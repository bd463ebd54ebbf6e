"""Starting servers that are gone when the check is, however it ends, and listen on 127.0.0.1 only."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def server(command, *, env, log, cwd=None, ready=None, ready_s=30):
    """Runs `command` in a process group of its own until the block ends. `ready` is an URL that answers once it is up."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=_die_with_parent)
    try:
        if ready:
            wait_until_answers(ready, ready_s, process, log)
            if outside := {address for address, _ in listening_addresses(process.pid)} - {"127.0.0.1"}:
                raise RuntimeError(f"{process.args[0]} listens on {sorted(outside)}, not on 127.0.0.1 only")
        yield process
    finally:
        stop(process)


def stop(process, patience_s=10):
    """Ends a process and everything that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until_answers(url, ready_s, process, log):
    deadline = time.monotonic() + ready_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # it answers, which is all that is asked
        except OSError:
            pass
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{process.args[0]} did not answer within {ready_s} s:\n{tail(log)}")
        time.sleep(0.05)


def tail(path, lines=25):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:])


def listening_addresses(group):
    """Addresses on which the processes of a group listen, as (address, port)."""
    found = set()
    inodes = {}
    for table, width in (("tcp", 8), ("tcp6", 32)):
        with open(f"/proc/net/{table}", encoding="ascii") as file:
            for row in list(file)[1:]:
                cells = row.split()
                if cells[3] == "0A":  # LISTEN
                    address, port = cells[1].split(":")
                    inodes[cells[9]] = (_address(address, width), int(port, 16))
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.getpgid(int(pid)) != group:
                continue
            for number in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{number}")
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    found.add(inodes[target[8:-1]])
    return found


def _address(text, width):
    if width == 8:
        return socket.inet_ntop(socket.AF_INET, int(text, 16).to_bytes(4, "little"))
    words = [int(text[index:index + 8], 16).to_bytes(4, "little") for index in range(0, 32, 8)]
    return socket.inet_ntop(socket.AF_INET6, b"".join(words))
