"""The worker processes: started together, given jobs, listened to, and replaced when one dies."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from harness.audio.prepare import PreparedAudio
from harness.errors import InvalidRunError
from harness.keys import environment_without_keys
from harness.proxies import around_loopback
from harness.realtime import FIRST
from harness.replay.channel import Channel
from harness.replay.clock import LagHistogram
from harness.replay.jobs import PairJob
from harness.replay.messages import Crashed, Lags, Play, Played, Ready, Rows, Setup, Stop
from harness.replay.session import SideSettings
from harness.timeline.events import Side

_READY_S = 60.0
_END_S = 3.0
_GRACE_S = 30.0  # beyond a job's deadline, until the worker itself is taken to hang


@dataclass(slots=True)
class Hand:
    """One worker process as the coordinator sees it.

    Attributes:
        channel: To it.
        pid: 0 until it is ready.
        tickets: Jobs that it plays, with the instant on `time.monotonic()` at which they have to be over.
        lags: How late its probe woke up, by job.
        cpu_s: That it has used.
        granted: Its `Ready`.
    """

    channel: Channel
    pid: int = 0
    tickets: dict[int, float] = field(default_factory=dict)
    lags: dict[int, LagHistogram] = field(default_factory=dict)
    cpu_s: float = 0.0
    granted: Ready | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker died, was killed or hung, and with it the jobs it played."""

    tickets: tuple[int, ...]


Told = tuple[Hand, Rows | Played | Lost]


class Crew:
    """Some workers. Use it as a context: at its end, none is left."""

    def __init__(self, workers: int, sides: Mapping[Side, SideSettings]) -> None:
        self._size = workers
        self._setup = Setup(sides, FIRST)
        self._modules = ",".join(sorted({type(side.provider).__module__ for side in sides.values()}))
        self._selector = selectors.DefaultSelector()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.hands: list[Hand] = []
        self._cpu_of_the_gone_s = 0.0

    @property
    def cpu_s(self) -> float:
        """CPU seconds that all workers have used."""
        return self._cpu_of_the_gone_s + sum(hand.cpu_s for hand in self.hands)

    @property
    def granted(self) -> Ready:
        """What the system granted the first worker."""
        return next(hand.granted for hand in self.hands if hand.granted)

    def __enter__(self) -> Self:
        try:
            self._start(self._size)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        for hand in self.hands:
            hand.channel.close()
        deadline = time.monotonic() + _END_S
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._selector.close()

    def play(self, ticket: int, job: PairJob, audio: tuple[PreparedAudio, ...], deadline_s: float) -> None:
        """Give a job to the worker that has the fewest. `deadline_s` after now it is cut off, and soon after that given up."""
        hand = min(self.hands, key=lambda each: len(each.tickets))
        hand.tickets[ticket] = time.monotonic() + deadline_s + _GRACE_S
        hand.lags[ticket] = LagHistogram()
        order = Play(ticket, job, tuple(each.plan for each in audio), deadline_s)
        with suppress(OSError):  # it is gone: `listen` will say so, and name the job
            hand.channel.send(order, [each.file.fileno() for each in audio])

    def stop(self) -> None:
        """Have all workers drop what is in flight."""
        for hand in self.hands:
            with suppress(OSError):
                hand.channel.send(Stop())

    def listen(self, timeout_s: float) -> Iterator[Told]:
        """What the workers say, within `timeout_s` at the latest. A worker that died or hung is replaced.

        Raises:
            InvalidRunError: A worker met a defect of this program.
        """
        for key, _ in self._selector.select(timeout_s):
            hand: Hand = key.data
            values = hand.channel.receive()
            if values is None:
                yield hand, self._replaced(hand)
                continue
            for value in values:
                yield from self._told(hand, value)
        now = time.monotonic()
        for hand in list(self.hands):
            if any(now > deadline for deadline in hand.tickets.values()):
                yield hand, self._replaced(hand)

    def _told(self, hand: Hand, value: Any) -> Iterator[Told]:
        match value:
            case Lags():
                hand.cpu_s = value.cpu_s
                latest = LagHistogram()
                latest.add(lag_ns for _, lag_ns in value.samples)
                for histogram in hand.lags.values():
                    histogram.merge(latest)
            case Rows():
                yield hand, value
            case Played():
                del hand.tickets[value.ticket]
                yield hand, value
            case Crashed():
                raise InvalidRunError(f"A defect of this program ended a session:\n{value.traceback}")

    def _start(self, count: int) -> None:
        """Start workers and wait until they are ready: one process that forks, or where forking is not safe one each."""
        pairs = [socket.socketpair() for _ in range(count)]
        forks = sys.platform == "linux"
        for batch in [pairs] if forks else [[pair] for pair in pairs]:
            theirs = [other.fileno() for _, other in batch]
            self._processes.append(
                subprocess.Popen(  # noqa: S603 - this interpreter, this package
                    [sys.executable, "-m", "harness.replay.worker", self._modules, *map(str, theirs)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=theirs,
                    env=_environment(),
                    start_new_session=True,
                )
            )
        new = []
        for ours, other in pairs:
            other.close()
            hand = Hand(Channel(ours))
            with suppress(OSError):  # it is gone already: `_await_ready` says so
                hand.channel.send(self._setup)
            new.append(hand)
            self.hands.append(hand)
        for hand in new:
            self._await_ready(hand)
            self._selector.register(hand.channel, selectors.EVENT_READ, hand)

    def _await_ready(self, hand: Hand) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(hand.channel, selectors.EVENT_READ)
            values = hand.channel.receive() if selector.select(_READY_S) else None
        ready = next(values, None) if values is not None else None
        if not isinstance(ready, Ready):
            raise InvalidRunError(
                f"A recording process did not start within {_READY_S:.0f} s. What it said, if anything, stands above; try again."
            )
        hand.pid, hand.granted = ready.pid, ready

    def _replaced(self, hand: Hand) -> Lost:
        """Take leave of a worker, and start another."""
        with suppress(ProcessLookupError):
            os.kill(hand.pid, signal.SIGKILL)
        self._selector.unregister(hand.channel)
        hand.channel.close()
        self.hands.remove(hand)
        self._cpu_of_the_gone_s += hand.cpu_s
        self._start(1)
        return Lost(tuple(hand.tickets))


def _environment() -> dict[str, str]:
    """This environment without the API keys, which go through the socket; this very package importable from everywhere.

    Workers start a dozen threads a session, which glibc spreads over eight heaps a processor. Each would grow to the most that any
    session ever needed of it, and none would shrink, since memory is locked. The interpreter's lock lets one thread allocate at a time.
    """
    kept = environment_without_keys()
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"MALLOC_ARENA_MAX": "2", **around_loopback(kept), "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
