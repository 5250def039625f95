import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import InvalidRunError
from harness.providers.base import SessionSpec
from harness.providers.command import Command
from harness.replay import crew
from harness.replay.session import SideSettings

SIDES = {"baseline": SideSettings("baseline", Command(Path()), SessionSpec({}, "", {}))}


def test_workers_share_two_heaps_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch):
    """The allocator of a worker is not to keep the most that each of a dozen threads needed; who sets it has his way."""
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert "2" == crew._environment()["MALLOC_ARENA_MAX"]

    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    assert "4" == crew._environment()["MALLOC_ARENA_MAX"]


def test_a_worker_that_hangs_is_replaced():
    """Past the deadline of a job and its grace it is killed; the job is told to be lost, and another worker is there."""
    with crew.Crew(1, SIDES) as ours:
        [hung] = ours.hands
        os.kill(hung.pid, signal.SIGSTOP)
        hung.tickets = {7: time.monotonic() + 60, 8: time.monotonic() - 1}
        told = list(ours.listen(0))

        assert [(hung, crew.Lost((7, 8)))] == told
        assert [hung.pid] != [hand.pid for hand in ours.hands]
        assert 1 == len(ours.hands)
        assert [] == list(ours.listen(0))


class Ended(subprocess.Popen):
    """A process that is over before anybody says a word to it."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.wait()


@pytest.mark.parametrize("process", [Ended, subprocess.Popen])
def test_a_worker_that_does_not_start_ends_the_run(process: type, monkeypatch: pytest.MonkeyPatch):
    """An interpreter that ends at once, before it is told anything or after: the message says where to look."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(crew.subprocess, "Popen", process)

    with pytest.raises(InvalidRunError, match=r"A recording process did not start .* What it said, if anything"):
        crew.Crew(1, SIDES).__enter__()
