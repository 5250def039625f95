"""Keeping a process punctual: its memory in place and its turn on the processor early, where the system permits it.

A page that was taken away comes back from disk in tens of milliseconds, and a sender that waits for its turn is late. Both land
in every latency. What could be had is recorded with the run; what could not is no error.
"""

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4  # <bits/mman.h>, Linux
FIRST = -10  # niceness of what keeps time: senders, receivers, the emulators' servers


@dataclass(frozen=True, slots=True)
class Punctuality:
    """What the system granted: whether memory is locked, and the niceness the process runs at."""

    memory_locked: bool
    niceness: int


@contextmanager
def punctual_process(niceness: int = FIRST) -> Iterator[Punctuality]:
    """Lock this process's memory and set its priority as far as permitted, until the block ends.

    Threads and child processes started inside the block inherit the priority.
    """
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    locked = _lock_memory()
    try:
        yield Punctuality(locked, os.getpriority(os.PRIO_PROCESS, 0))
    finally:
        if locked:
            _libc().munlockall()
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, before)


def _lock_memory() -> bool:
    """Lock all memory, present and future; False where that is not permitted without a limit.

    Under a limit, an allocation beyond it would fail later on, which is worse than a late page.
    """
    if not hasattr(os, "geteuid") or os.uname().sysname != "Linux":
        return False
    if os.geteuid() != 0 and resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY:
        return False
    libc = _libc()
    # Fetch what is mapped now; what comes later is locked when it is first touched (a thread's stack is mostly air).
    return bool(libc.mlockall(_MCL_CURRENT) == 0 and libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
