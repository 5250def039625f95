"""One session of a pair, over a provider without a network: what is sent when, and what is told of it."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from parrot import Parrot, ParrotSession

from harness.audio.chunking import ChunkPlan, Stream
from harness.errors import ProviderError, ThrottledError
from harness.providers.base import SessionSpec
from harness.providers.wire import Connection, SentFrame
from harness.replay import session as module
from harness.replay.jobs import SessionJob
from harness.replay.session import SessionReplay, SideSettings, resolves
from harness.timeline.events import AudioFormat, Closed, Connected, ConnectStarted, ErrorRaised, FinishSent

HOUR_NS = 3_600_000_000_000
PLAN = ChunkPlan("pcm_s16le", 16000, 5.0, 80, 4, 300)
SPEC = SessionSpec(
    {"loud": True}, "parrot://127.0.0.1:1", {"PARROT_API_KEY": "s3cret-4-parrots", "PARROT_OTHER_API_KEY": ""}
)


class Willing(Parrot):
    """A parrot whose sessions are made by `make`."""

    def __init__(self, make=lambda spec: ParrotSession(spec, "")) -> None:
        super().__init__()
        self.make = make

    def session(self, spec):
        return self.make(spec)


def replay(make=lambda spec: ParrotSession(spec, ""), plan=PLAN, spec=SPEC) -> SessionReplay:
    """A session of four chunks of 5 ms, each of another byte."""
    payload = b"".join(bytes([index]) * plan.chunk_bytes for index in range(plan.chunks))
    job = SessionJob("candidate", ("clip", "other"))
    return SessionReplay(SideSettings("candidate", Willing(make), spec), job, Stream(plan, payload), threading.Event())


def opened(make=lambda spec: ParrotSession(spec, ""), **changes) -> SessionReplay:
    """The same, dialled."""
    own = replay(make, **changes)
    assert own.open() is True
    return own


def kinds(own: SessionReplay) -> list[str]:
    """Types of its errors."""
    return [kind for _, kind, _ in own.session.errors]


@pytest.mark.parametrize(
    ("rate_hz", "samples", "expected"),
    [(16000, 1600, (100_000_000, 300_000_000)), (11025, 1103, (100_045_351, 300_136_054))],
)
def test_a_chunk_is_due_once_its_last_sample_was_spoken(rate_hz, samples, expected):
    """The first after one chunk's duration, the third after three, in whole nanoseconds."""
    own = replay(plan=ChunkPlan("pcm_s16le", rate_hz, 100.0, samples, 5, 5 * samples))

    assert expected == (own.due_ns(0), own.due_ns(2))


def test_chunks_leave_in_order_and_none_before_it_is_due():
    """On the schedule that T0 sets; each is told once."""
    own = opened()
    t0_ns = time.monotonic_ns()
    own.send_all(t0_ns)
    told = own.audio_rows(t0_ns)

    assert [(0, 5_000_000), (1, 10_000_000), (2, 15_000_000), (3, 20_000_000)] == [row[:2] for row in told]
    assert all(sent_ns >= due_ns for _, due_ns, sent_ns in told)
    assert (own.stream.sha256, [], []) == (own.session.wire.audio_sha256, own.audio_rows(t0_ns), kinds(own))


def test_what_is_overdue_leaves_at_once_and_its_due_instant_stays():
    """All of it, an hour late."""
    own = opened()
    t0_ns = time.monotonic_ns() - HOUR_NS
    own.send_all(t0_ns)

    assert [True] * 4 == [HOUR_NS - 1_000_000_000 < sent_ns - due_ns for _, due_ns, sent_ns in own.audio_rows(t0_ns)]


def test_nothing_leaves_once_the_run_is_stopped_or_the_session_cut_off():
    """Nor is a stop command sent then."""
    stopped, overdue = opened(), opened()
    stopped.stop.set()
    overdue.cut_off()
    for own in (stopped, overdue):
        own.send_all(time.monotonic_ns() - HOUR_NS)
        own.close()

    assert [([], []), ([], [])] == [(own.audio_rows(0), own.session.wire.finish_sent_ns) for own in (stopped, overdue)]
    assert ([], ["deadline"]) == (kinds(stopped), kinds(overdue))
    assert ["the session did not end in time and was cut off"] == [text for _, _, text in overdue.session.errors]


def test_a_service_that_takes_no_more_is_sent_no_more():
    """Which chunk it refused is told."""

    class Full(ParrotSession):
        def accepting(self) -> bool:
            return len(self.wire.sent_audio) < 2

    own = opened(lambda spec: Full(spec, ""))
    own.send_all(time.monotonic_ns() - HOUR_NS)

    assert [0, 1] == [index for index, _, _ in own.audio_rows(0)]
    assert [("dropped", "the service stopped accepting audio at chunk 2")] == [row[1:] for row in own.session.errors]


def test_a_session_ends_with_the_stop_command():
    """A clean end is no error; one that does not come in ten seconds is, and all is let go of."""

    class Deaf(ParrotSession):
        waited_s: float
        aborted = False

        def finish(self) -> None:
            """Say nothing."""

        def wait_closed(self, timeout_s: float) -> bool:
            self.waited_s = timeout_s
            return False

        def abort(self) -> None:
            self.aborted = True

    clean, deaf = opened(), opened(lambda spec: Deaf(spec, ""))
    clean.close()
    deaf.close()

    assert (1, []) == (len(clean.session.wire.finish_sent_ns), kinds(clean))
    assert (10.0, True) == (deaf.session.waited_s, deaf.session.aborted)
    assert [("close_timeout", "no clean close within 10 s of the stop")] == [row[1:] for row in deaf.session.errors]


@pytest.mark.parametrize(("error", "throttled"), [(ProviderError("bad key"), False), (ThrottledError("full"), True)])
def test_a_service_that_refuses_is_no_failure_of_the_harness(error, throttled, monkeypatch: pytest.MonkeyPatch):
    """Its words are kept; whether it was for a quota, too. No stop is sent, and a host that is known here is not in doubt."""

    class Refusing(ParrotSession):
        def open(self) -> None:
            raise error

    monkeypatch.setattr(module, "resolves", lambda host: host == SPEC.host)
    own = replay(lambda spec: Refusing(spec, ""))

    assert (False, throttled, str(error)) == (own.open(), own.throttled, own.failure)
    own.close()
    assert ([("not_ready", str(error))], []) == (
        [row[1:] for row in own.session.errors],
        own.session.wire.finish_sent_ns,
    )
    assert not own.header(1, 0, paired=False).t0_reached


@pytest.mark.parametrize(
    ("host", "expected"), [("ws://nowhere.example", "ws://nowhere.example"), (None, "parrot://parrot.example")]
)
def test_a_host_that_is_not_known_here_is_told(host, expected, monkeypatch: pytest.MonkeyPatch):
    """No service was asked then; a stopped run doesn't look."""

    class Refusing(ParrotSession):
        def open(self) -> None:
            raise ProviderError("no address")

    monkeypatch.setattr(module, "resolves", lambda _host: False)
    own, stopped = (replay(lambda spec: Refusing(spec, ""), spec=replace(SPEC, host=host)) for _ in range(2))
    stopped.stop.set()
    for each in (own, stopped):
        each.open()
        each.close()

    assert [("unresolved_host", f"{expected}: no address is known here")] == [row[1:] for row in own.session.errors[1:]]
    assert ["not_ready"] == kinds(stopped)


def test_an_address_is_looked_up_by_name(monkeypatch: pytest.MonkeyPatch):
    """With or without a scheme; behind a proxy that is the proxy's task."""
    asked = []

    def getaddrinfo(name, _port):
        asked.append(name)
        if name != "known.example":
            raise OSError(name)

    monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(module, "getproxies", dict)

    assert [True, True, False, True] == [
        resolves(host) for host in ("wss://known.example:443/v3", "known.example:443", "http://unknown.example", "")
    ]
    assert ["known.example", "known.example", "unknown.example"] == asked
    monkeypatch.setattr(module, "getproxies", lambda: {"https": "http://proxy.example"})
    assert resolves("http://unknown.example")


def test_a_chunk_left_with_the_first_write_that_carried_its_last_byte():
    """Writes need not be chunks: half of one, the rest with the next, and a piece sent again by an SDK that came back."""
    own = opened()
    size = PLAN.chunk_bytes
    own.session.wire.sent_audio.extend(
        SentFrame(sent_ns, end_byte)
        for sent_ns, end_byte in ((1000, size // 2), (1010, size), (1020, size), (1030, 3 * size - 1), (1040, 3 * size))
    )

    assert [(0, 5_000_000, 10), (1, 10_000_000, 30), (2, 15_000_000, 40)] == own.audio_rows(1000)
    own.session.wire.sent_audio.extend([SentFrame(1050, 4 * size), SentFrame(1060, 9 * size)])
    assert [(3, 20_000_000, 50)] == own.audio_rows(1000)


def test_messages_are_told_by_their_instants_from_t0():
    """What the SDK still works on waits for the next time or the end; keys and broken letters do not get through."""
    own = opened()
    wire = own.session.wire
    for at_ns, data in ((1005, b"one s3cret-4-parrots"), (1007, b"two \xff"), (1009, b"three")):
        wire.frame_arrived(at_ns, data)
    wire.frame_taken()
    wire.handler_called().handler_ns = 1006
    wire.frame_taken()

    assert [(5, 6, "one [key]", 0)] == own.frame_rows(1000)
    assert [(7, None, "two \ufffd", 1), (9, None, "three", 2)] == own.frame_rows(1000, all_of_them=True)


def test_a_reader_that_dies_of_a_message_is_told():
    """Only the thread that reads this session's messages; nobody, if it was none."""
    own = opened()
    own.session.wire.reader = threading.current_thread()

    assert (False, False) == (own.crashed(None, ValueError()), own.crashed(threading.Thread(), ValueError()))
    assert own.crashed(threading.current_thread(), ValueError("line\n  two"))
    assert [("sdk_crashed", "the SDK can't read a message: ValueError: line two")] == [
        row[1:] for row in own.session.errors
    ]
    own.session.wire.reader = None
    assert not own.crashed(None, ValueError())


def test_a_session_tells_of_its_sockets():
    """Dialled, ready, ready again after a lost socket, and the end, from T0 and in order; a socket that never opened is none."""
    own = replay()
    session = own.session
    session.connect_started_ns, session.ready_ns, session.http_post_ms = 400, 900, 12.5
    session.wire.connections.extend(
        [
            Connection(
                dial_ns=500, open_ns=2_000_500, closed_ns=5_000, close_code=1006, close_reason="for s3cret-4-parrots"
            ),
            Connection(dial_ns=6_000),
            Connection(dial_ns=7_000, open_ns=507_000, closed_ns=900_000, close_code=1000),
        ]
    )
    session.wire.finish_sent_ns.append(800_000)
    session.errors.append((5_500, "lost", "of s3cret-4-parrots"))

    assert (ConnectStarted(-600), Connected(-100, 12.5, 2.0), Connected(506_000, None, 0.5)) == own.early(1000)
    assert (
        Closed(4_000, 1006, "for [key]"),
        ErrorRaised(4_500, "lost", "of [key]"),
        FinishSent(799_000),
        Closed(899_000, 1000, ""),
    ) == own.late(1000)
    session.ready_ns = session.connect_started_ns = None
    assert () == own.early(1000)


@pytest.mark.parametrize(("encoding", "channels", "sample_bytes"), [("pcm_s16le", 1, 2), ("pcm_mulaw", 2, 1)])
def test_a_header_says_what_the_session_was(encoding, channels, sample_bytes):
    """Audio, hashes, stamps, the parameters as sent; channels have hashes of their own."""
    plan = replace(PLAN, encoding=encoding, channels=channels)
    own = opened(plan=plan)
    own.settings.provider.send_stamp = "handoff"
    own.session.wire.extra = {"id": "of s3cret-4-parrots", "attempts": 2}
    own.send_all(time.monotonic_ns() - HOUR_NS)
    wire, header = own.session.wire, own.header(3, 1000, paired=True)
    channel_hashes = {"channel_sha256": wire.channel_sha256} if channels > 1 else {}

    assert (channels, sample_bytes) == (wire.channels, wire.sample_bytes)
    assert AudioFormat(encoding, 16000, 5.0, 80, 4, 300, channels) == header.audio
    assert ("clip", "candidate", "parrot", 3, True, True) == (
        header.clip_id, header.side, header.provider, header.pass_number, header.t0_reached, header.paired,
    )  # fmt: skip
    assert ("handoff", "wire", own.stream.sha256, {"loud": True}, "parrot 1.0") == (
        header.send_stamp, header.recv_stamp, header.audio_sha256, header.params, header.sdk,
    )  # fmt: skip
    stamps = {"kernel": 0, "process": 4}
    assert {
        "t0_monotonic_ns": 1000,
        "stamps": stamps,
        "id": "of [key]",
        "attempts": 2,
        **channel_hashes,
    } == header.extra


def test_t0_is_told_in_the_time_of_the_wall():
    """To the millisecond: an hour before now, if it was that on the monotonic clock."""
    before = datetime.now(UTC)
    told = datetime.fromisoformat(replay().header(1, time.monotonic_ns() - HOUR_NS, paired=True).wall_anchor)
    after = datetime.now(UTC)

    margin = timedelta(minutes=1)  # the two clocks are read one after the other, and the wall's may be adjusted
    assert before - margin < told + timedelta(hours=1) < after + margin
