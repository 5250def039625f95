"""A pair: all sessions of a job at the same time, under one T0, independent of each other once they run."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from harness.replay.session import SessionReplay

LEAD_NS = 200_000_000  # from the moment all are ready to T0


class Rendezvous:
    """Where the sessions of a pair agree on T0: the latest of their ready instants plus 200 ms.

    A session whose partner failed to become ready runs alone, 200 ms after that was known: a service may take its ten seconds not to
    answer, and audio that was due meanwhile would leave late. None runs if one was only to wait for its provider's quota.
    """

    def __init__(self, sessions: int) -> None:
        self._waiting = sessions
        self._ready_ns: list[int] = []
        self._failed_ns: list[int] = []
        self._changed = threading.Condition()
        self.called_off = False

    def report(self, ready_ns: int | None, *, call_off: bool = False) -> None:
        """Say that a session became ready, or (None) that it never will."""
        with self._changed:
            self._waiting -= 1
            self.called_off = self.called_off or call_off
            if ready_ns is not None:
                self._ready_ns.append(ready_ns)
            else:
                self._failed_ns.append(time.monotonic_ns())
            self._changed.notify_all()

    def wait(self, stop: threading.Event) -> int | None:
        """Block until every session has reported; None if it is called off, the run was stopped, or none is ready."""
        with self._changed:
            while self._waiting and not (stop.is_set() or self.called_off):
                self._changed.wait(0.25)
            if self._waiting or self.called_off:
                return None
            return self.t0_ns

    @property
    def t0_ns(self) -> int | None:
        """The instant, once every session has reported; None before, or if no session is ready."""
        return max(self._ready_ns + self._failed_ns) + LEAD_NS if self._ready_ns and not self._waiting else None

    @property
    def paired(self) -> bool:
        """Whether sessions run under this T0 together."""
        return len(self._ready_ns) > 1


@dataclass(slots=True)
class PairReplay:
    """The sessions of a job, in the order in which they dial. `run` blocks until all are over."""

    sessions: Sequence[SessionReplay]
    stop: threading.Event
    rendezvous: Rendezvous = field(init=False)

    def __post_init__(self) -> None:
        self.rendezvous = Rendezvous(len(self.sessions))

    @property
    def throttled(self) -> tuple[str, ...]:
        """The providers that had no room for one more session."""
        return tuple(replay.settings.provider.name for replay in self.sessions if replay.throttled)

    def run(self) -> None:
        """Open all, stream to all, close all."""
        with ThreadPoolExecutor(len(self.sessions), thread_name_prefix="session") as pool:
            for over in [pool.submit(self._run, replay) for replay in self.sessions]:
                over.result()

    def _run(self, replay: SessionReplay) -> None:
        """Run one session from dial to close."""
        try:
            ready = replay.open()
        except BaseException:
            self.rendezvous.report(None)  # never leave the others waiting
            raise
        self.rendezvous.report(replay.session.ready_ns if ready else None, call_off=replay.throttled)
        t0_ns = self.rendezvous.wait(self.stop) if ready else None
        try:
            if t0_ns is not None:
                replay.send_all(t0_ns)
        finally:
            if self.rendezvous.called_off:
                replay.session.abort()
            else:
                replay.close()
