import os
import resource
from pathlib import Path

import pytest

from harness import realtime
from harness.realtime import punctual_process


def test_priority_is_as_before_when_the_block_ends():
    """A process that recorded is an ordinary one again."""
    before = os.getpriority(os.PRIO_PROCESS, 0)

    with punctual_process(before + 1) as granted:
        inside = os.getpriority(os.PRIO_PROCESS, 0)

    assert granted.niceness == inside
    assert os.getpriority(os.PRIO_PROCESS, 0) in {before, inside}  # without rights, lowered is lowered


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own account")
def test_locked_memory_is_said_to_be_locked_and_let_go():
    """What is reported is what the kernel says."""

    def locked_kb() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmLck")))

    with punctual_process(os.getpriority(os.PRIO_PROCESS, 0)) as granted:
        assert (locked_kb() > 0) is granted.memory_locked
    assert locked_kb() == 0


@pytest.mark.parametrize(("system", "limit"), [("Linux", 65536), ("Darwin", resource.RLIM_INFINITY)])
def test_memory_stays_unlocked_where_locking_could_fail_later(system: str, limit: int, monkeypatch: pytest.MonkeyPatch):
    """A user with a limit, or another system: that is said, and the process is an ordinary one all the same."""
    uname = os.uname()
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((system, *uname[1:])))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    monkeypatch.setattr(realtime, "_libc", lambda: pytest.fail("asked the system to lock memory"))

    with punctual_process(os.getpriority(os.PRIO_PROCESS, 0)) as granted:
        assert granted.memory_locked is False
