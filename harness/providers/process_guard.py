"""A process beside this one that ends the programs we started, should this one be killed before it could.

It waits at a pipe. The pipe's end, however this process went, is its sign to kill every process group that was not taken back.
"""

import atexit
import os
import subprocess
import sys
import threading

_SOURCE = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


class _Guard:
    """Started with the first program; a forked process has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def tell(self, sign: str, group: int) -> None:
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                self._process, self._owner = self._start(), os.getpid()
            assert self._process.stdin is not None  # noqa: S101 - it was asked for
            self._process.stdin.write(f"{sign}{group}\n".encode())
            self._process.stdin.flush()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(  # noqa: S603 - this interpreter, the lines above
            [sys.executable, "-I", "-S", "-c", _SOURCE],
            stdin=subprocess.PIPE,
            start_new_session=True,  # it outlives whatever kills this process's group
        )
        atexit.register(process.communicate)
        return process


_guard = _Guard()


def guard(group: int) -> None:
    """See to it that this process group does not outlive this process."""
    _guard.tell("+", group)


def release(group: int) -> None:
    """The group is gone, and its number may soon be somebody else's."""
    _guard.tell("-", group)
