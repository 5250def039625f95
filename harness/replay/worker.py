"""A worker process: replays the jobs it is given, several at once, and sends home what happened every two seconds.

Nothing else runs here. What is not part of a session (preparing audio, judging, writing files) is done by the coordinator, in
another process, so that it can delay no chunk.

    python -m harness.replay.worker MODULES DESCRIPTOR…

Each descriptor is the socket of one worker. MODULES, separated by commas, are those of the providers: they are imported once, then
a process is forked for each worker, so that a further one costs some milliseconds and little memory.
"""

import gc
import importlib
import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, replace
from typing import cast

from harness.audio.prepare import mapped_stream
from harness.realtime import punctual_process
from harness.redaction import RedactedText, redacted
from harness.replay.channel import Channel
from harness.replay.clock import LagProbe
from harness.replay.jobs import PairJob
from harness.replay.messages import Crashed, Lags, Play, Played, Ready, Rows, SessionEnd, Setup, Stop
from harness.replay.pair import PairReplay
from harness.replay.session import SessionReplay, SideSettings
from harness.timeline.events import Side

# The interpreter's default of 5 ms lets one long parse delay a sender of another session by as much.
_SWITCH_INTERVAL_S = 0.0005
_REPORT_S = 2.0
_GC_THRESHOLDS = 700, 10, 1  # the last is 10 by default


@dataclass(slots=True)
class _Playing:
    """A job under way."""

    ticket: int
    job: PairJob
    pair: PairReplay
    deadline_ns: int
    cut_off: bool = False


class Worker:
    """One worker process, from its setup to the end of its socket."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._sides: dict[Side, SideSettings] = {}
        self._keys: frozenset[str] = frozenset()
        self._playing: dict[int, _Playing] = {}
        self._cpu_at_start_s = 0.0
        self._probe = LagProbe()
        self._over = threading.Event()
        self._stop = threading.Event()

    def serve(self) -> None:
        """Do what the coordinator says until it hangs up."""
        setup = self._first()
        if setup is None:
            return
        self._sides = dict(setup.sides)
        self._keys = frozenset(key for side in self._sides.values() for key in side.spec.api_keys.values())
        threading.excepthook = self._thread_died
        told = RedactedText(sys.stderr, self._keys)  # what a client logs, and of what its threads die
        with redirect_stderr(told), punctual_process(setup.niceness) as granted, self._probe:
            self._cpu_at_start_s = time.process_time()
            self._channel.send(Ready(os.getpid(), granted.memory_locked, granted.niceness))
            threading.Thread(target=self._report, name="report", daemon=True).start()
            while (orders := self._channel.receive()) is not None:
                for order in orders:
                    self._take(order)
        self._over.set()

    def _thread_died(self, args: threading.ExceptHookArgs) -> None:
        """An SDK that meets a message it can't read loses its thread without a word to us: the session fails of that."""
        sessions = [session for playing in list(self._playing.values()) for session in playing.pair.sessions]
        error = args.exc_value or args.exc_type()
        if not any(session.crashed(args.thread, error) for session in sessions):
            threading.__excepthook__(args)

    def _first(self) -> Setup | None:
        while (orders := self._channel.receive()) is not None:
            for setup in orders:  # none while there is only a part of it
                return cast("Setup", setup)
        return None

    def _take(self, order: Play | Stop) -> None:
        if isinstance(order, Stop):
            self._stop.set()
            return
        descriptors = [self._channel.descriptors.pop(0) for _ in order.plans]
        threading.Thread(
            target=self._play, args=(order, descriptors), name=f"pair-{order.job.name}", daemon=True
        ).start()

    def _play(self, order: Play, descriptors: list[int]) -> None:
        try:
            replays = []
            for job, plan, descriptor in zip(order.job.sessions, order.plans, descriptors, strict=True):
                settings = self._sides[job.side]
                params = settings.spec.params if job.params is None else dict(job.params)
                if plan.channels > 1:
                    params = {**params, "channels": plan.channels}
                settings = replace(settings, spec=replace(settings.spec, params=params))
                replays.append(SessionReplay(settings, job, mapped_stream(plan, descriptor), self._stop))
                os.close(descriptor)
            deadline_ns = time.monotonic_ns() + int(order.deadline_s * 1e9)
            playing = _Playing(order.ticket, order.job, PairReplay(replays, self._stop), deadline_ns)
            self._playing[order.ticket] = playing
            try:
                playing.pair.run()
            finally:
                del self._playing[order.ticket]
            self._tell(playing)
        except Exception:  # noqa: BLE001 - the coordinator reports it and ends the run
            self._channel.send(Crashed(order.ticket, redacted(traceback.format_exc(), self._keys)))

    def _tell(self, playing: _Playing) -> None:
        pair = playing.pair
        # Without a common start, instants are counted from the moment at which it was given up.
        t0_ns = pair.rendezvous.t0_ns or time.monotonic_ns()
        ends = []
        for number, session in enumerate(pair.sessions):
            self._send_rows(playing, number, t0_ns, over=True)
            header = session.header(playing.job.pass_number, t0_ns, paired=pair.rendezvous.paired)
            ends.append(SessionEnd(header, session.early(t0_ns), session.late(t0_ns)))
        self._send_lags()
        self._channel.send(Played(playing.ticket, tuple(ends), pair.throttled, playing.cut_off))

    def _report(self) -> None:
        """Every two seconds: what has settled goes home; what is overdue is cut off."""
        with suppress(BrokenPipeError, ConnectionResetError):  # the coordinator is gone, and so is this process then
            self._report_until_over()

    def _report_until_over(self) -> None:
        while not self._over.wait(_REPORT_S):
            for playing in list(self._playing.values()):
                t0_ns = playing.pair.rendezvous.t0_ns
                if t0_ns is not None:
                    for number in range(len(playing.pair.sessions)):
                        self._send_rows(playing, number, t0_ns)
                if time.monotonic_ns() > playing.deadline_ns and not playing.cut_off:
                    playing.cut_off = True
                    for session in playing.pair.sessions:
                        session.cut_off()
            self._send_lags()

    def _send_lags(self) -> None:
        self._channel.send(Lags(self._probe.take(), time.process_time() - self._cpu_at_start_s))

    def _send_rows(self, playing: _Playing, number: int, t0_ns: int, *, over: bool = False) -> None:
        session = playing.pair.sessions[number]
        with session.taking:
            audio, frames = session.audio_rows(t0_ns), session.frame_rows(t0_ns, all_of_them=over)
            if audio or frames:
                self._channel.send(Rows(playing.ticket, number, pickle.dumps(audio), pickle.dumps(frames)))


def main(arguments: list[str]) -> int:
    """Serve one worker a descriptor, each in a process of its own."""
    modules, *descriptors = arguments
    for module in modules.split(","):
        importlib.import_module(module)
    channels = [Channel(socket.socket(fileno=int(descriptor))) for descriptor in descriptors]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the coordinator decides; a terminal's Ctrl-C reaches us all
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    _collect_soon()
    children = []
    for channel in channels[1:]:
        child = os.fork()
        if child == 0:
            return _serve(channel, others=[other for other in channels if other is not channel])
        children.append(child)
        channel.close()
    status = _serve(channels[0])
    for child in children:
        os.waitpid(child, 0)
    return status


def _collect_soon() -> None:
    """Have garbage found soon: the SDKs' sessions end as cycles, each with an HTTP client of 0.8 MB that the collector can't see.

    It looks at all only once a quarter of what it found the last time has been added; of all imports, that takes hundreds of sessions.
    """
    gc.collect()
    gc.freeze()  # nothing that is here now needs to be looked at again
    gc.collect()  # it finds nothing, a quarter of which is soon added
    gc.set_threshold(*_GC_THRESHOLDS)


def _serve(channel: Channel, others: Sequence[Channel] = ()) -> int:
    for other in others:
        other.close()
    try:
        Worker(channel).serve()
    except (BrokenPipeError, ConnectionResetError):
        return 1  # the coordinator is gone, and nobody is left to tell
    return 0


if __name__ == "__main__":
    # The SDKs' threads are no daemons: the process ends when its socket does, whatever they wait for.
    os._exit(main(sys.argv[1:]))
