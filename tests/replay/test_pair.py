"""When the sessions of a pair start."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from parrot import Parrot, ParrotSession
from patient import LIMIT_S

from harness.audio.chunking import ChunkPlan, Stream
from harness.errors import ProviderError, ThrottledError
from harness.providers.base import SessionSpec
from harness.replay.jobs import SessionJob
from harness.replay.pair import LEAD_NS, PairReplay, Rendezvous
from harness.replay.session import SessionReplay, SideSettings


def test_both_start_a_moment_after_the_later_of_them_was_ready():
    """However long ago the reports were made."""
    rendezvous = Rendezvous(2)
    rendezvous.report(1_000)
    assert None is rendezvous.t0_ns
    rendezvous.report(5_000)

    assert (5_000 + LEAD_NS, True) == (rendezvous.t0_ns, rendezvous.paired)


def test_who_waited_for_one_that_never_came_starts_after_it_gave_up():
    """A service that doesn't answer takes its ten seconds: no chunk of the other may be due in the meantime."""
    rendezvous = Rendezvous(2)
    rendezvous.report(time.monotonic_ns() - 10_000_000_000)
    before_ns = time.monotonic_ns()
    rendezvous.report(None)

    assert before_ns + LEAD_NS <= rendezvous.wait(threading.Event()) <= time.monotonic_ns() + LEAD_NS
    assert not rendezvous.paired


def test_none_starts_if_none_is_ready():
    """There is nobody to send to."""
    rendezvous = Rendezvous(2)
    rendezvous.report(None)
    rendezvous.report(None)

    assert None is rendezvous.t0_ns


def test_no_session_starts_without_the_others_report():
    """Nor if the run is stopped meanwhile, or one was only to wait for its provider's quota."""
    stop = threading.Event()
    waiting, called_off = Rendezvous(2), Rendezvous(2)
    waiting.report(1_000)
    stop.set()
    called_off.report(1_000)
    called_off.report(None, call_off=True)

    assert (None, None) == (waiting.wait(stop), called_off.wait(threading.Event()))
    assert (False, True) == (waiting.called_off, called_off.called_off)


def test_who_waits_notices_that_the_run_was_stopped():
    """Nobody reports any more then, and nobody wakes it."""
    stop, rendezvous = threading.Event(), Rendezvous(2)
    rendezvous.report(1_000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(rendezvous.wait, stop)
        while not rendezvous._changed._waiters:
            assert not waiting.done()
        stop.set()
        try:
            assert None is waiting.result(LIMIT_S)
        finally:
            rendezvous.report(None)  # whatever it waits for


class Opening(Parrot):
    """A parrot that refuses with an error, if told one."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        super().__init__()
        self.name, self.error = name, error

    def session(self, spec: SessionSpec) -> ParrotSession:
        class Own(ParrotSession):
            aborted = False

            def open(own) -> None:  # noqa: N805 - `self` is the parrot
                if self.error is not None:
                    raise self.error
                super().open()

            def abort(own) -> None:  # noqa: N805
                own.aborted = True
                super().abort()

        return Own(spec, "")


def pair(*errors: Exception | None) -> PairReplay:
    """A session for each error, of three chunks of a millisecond."""
    stop, plan = threading.Event(), ChunkPlan("pcm_s16le", 16000, 1.0, 16, 3, 48)
    spec = SessionSpec({}, "parrot://127.0.0.1:1", {})
    return PairReplay(
        [
            SessionReplay(
                SideSettings("baseline", Opening(f"parrot {number}", error), spec),
                SessionJob("baseline", ("clip",)),
                Stream(plan, bytes(plan.chunk_bytes * plan.chunks)),
                stop,
            )
            for number, error in enumerate(errors)
        ],
        stop,
    )


def chunks_sent(played: PairReplay) -> list[int]:
    """How many each session sent."""
    return [len(session.audio_rows(0)) for session in played.sessions]


def test_a_pair_is_played_whole():
    """Both under one T0, which lies behind the instants at which both were ready; both say goodbye and let go."""
    played = pair(None, None)
    played.run()

    assert ([3, 3], ()) == (chunks_sent(played), played.throttled)
    assert [1, 1] == [len(session.session.wire.finish_sent_ns) for session in played.sessions]
    assert played.rendezvous.t0_ns == max(session.session.ready_ns for session in played.sessions) + LEAD_NS
    assert all(session.session.aborted for session in played.sessions)


def test_a_session_whose_partner_fails_runs_alone():
    """The service that refused gets no audio."""
    played = pair(ProviderError("bad key"), None)
    played.run()

    assert ([0, 3], (), False) == (chunks_sent(played), played.throttled, played.rendezvous.paired)


def test_a_pair_of_which_one_has_no_room_is_called_off():
    """The other is let go of without a word, to be dialled again with it."""
    played = pair(None, ThrottledError("full"))
    played.run()

    assert ([0, 0], ("parrot 1",)) == (chunks_sent(played), played.throttled)
    assert ([True, True], []) == (
        [session.session.aborted for session in played.sessions],
        played.sessions[0].session.wire.finish_sent_ns,
    )


def test_a_defect_in_one_session_does_not_leave_the_other_waiting():
    """It is raised once the other has played."""
    played = pair(RuntimeError("a defect"), None)
    with pytest.raises(RuntimeError, match="a defect"):
        played.run()

    assert [0, 3] == chunks_sent(played)
