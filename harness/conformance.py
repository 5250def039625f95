"""Whether a provider keeps what `Provider`, `Session` and `Reader` promise: one check a promise, with or without a test runner.

    kit = Conformance(Subject(Acme(), host="ws://127.0.0.1:8765", unreachable="ws://127.0.0.1:9", breaking=faults, audio=speech))

    @pytest.mark.parametrize("name", CHECKS)
    def test_acme_conforms(name):
        kit.check(name)

A check that fails raises an `AssertionError` that says what was promised and what was found.
"""

import hashlib
import json
import pickle
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

from harness.errors import ConfigError, ProviderError
from harness.keys import SUFFIX
from harness.providers.base import EmulatorName, Provider, RecvStamp, SendStamp, Session, SessionSpec
from harness.providers.billing import BilledBy
from harness.providers.wire import ReceivedFrame
from harness.timeline.events import Frame
from harness.timeline.readers import find_reader

KEY = "a-key-that-must-be-seen-nowhere"
UNKNOWN = "no_such_parameter"
AT_ONCE_S = 5.0
"""Within which what must not wait returns, on however busy a machine."""

_NORMAL_CLOSURE = 1000
_HOSTILE = (
    "",
    "no JSON",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"type": null}',
    '{"type": ["x"]}',
    "[" * 5000,
    '{"id": 1e999}',
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked, and what it takes to check it.

    Attributes:
        provider: As its entry point makes it.
        host: Where something answers its sessions: an emulator, a stub.
        unreachable: A host like that where nobody answers.
        breaking: Makes a context in which the service breaks every session in its midst, by a fault of an emulator, say.
        audio: Raw samples with speech, a second or two, followed by silence: at least one final has to come of it.
        params: Of the session, as a user would write them.
        encoding: Of the audio.
        sample_rate_hz: Of the audio.
        pieces: In which it is sent.
        piece_s: Between two pieces; less than they last, if the service lets audio come faster.
        patience_s: Until the end of a session.
    """

    provider: Provider
    host: str
    unreachable: str
    breaking: Callable[[], AbstractContextManager[object]]
    audio: bytes
    params: dict[str, Any] = field(default_factory=dict)
    encoding: str = "pcm_s16le"
    sample_rate_hz: int = 16000
    pieces: int = 15
    piece_s: float = 0.1
    patience_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Played:
    """A session from open to abort.

    Attributes:
        session: When it was over.
        began_ns: Before it was opened.
        ready_ns: Its own, when `open` returned.
        accepted: Whether it took audio then.
        sending_s: What each `send` took.
        closed: What `wait_closed` returned.
        frames: All it received.
        ended_ns: When it was over.
    """

    session: Session
    began_ns: int
    ready_ns: int | None
    accepted: bool
    sending_s: tuple[float, ...]
    closed: bool
    frames: tuple[ReceivedFrame, ...]
    ended_ns: int


class Conformance:
    """The checks of one subject. The session that most of them look at is played once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def check(self, name: str) -> None:
        """Run one of `CHECKS`.

        Raises:
            AssertionError: The promise is not kept.
        """
        CHECKS[name](self)

    def failures(self) -> dict[str, str]:
        """Run all; by name, what was found of those that fail."""
        found = {}
        for name in CHECKS:
            try:
                self.check(name)
            except Exception as error:  # noqa: BLE001 - whatever a foreign provider raises is a finding
                found[name] = f"{type(error).__name__}: {error}"
        return found

    def effective(self, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The parameters as they are sent."""
        subject = self.subject
        given = dict(subject.params if params is None else params)
        return subject.provider.effective_params(given, subject.encoding, subject.sample_rate_hz)

    def session(self, host: str | None = None, connect_timeout_s: float = 10.0) -> Session:
        """A session, not opened yet."""
        params = self.effective()
        keys = dict.fromkeys(self.subject.provider.key_variables(params), KEY)
        return self.subject.provider.session(SessionSpec(params, host or self.subject.host, keys, connect_timeout_s))

    @cached_property
    def played(self) -> Played:
        """One session, played to its end."""
        subject = self.subject
        session = self.session()
        began_ns = time.monotonic_ns()
        sending_s = []
        try:
            session.open()
            ready_ns, accepted = session.ready_ns, session.accepting()
            size = -(-len(subject.audio) // subject.pieces)
            for start in range(0, len(subject.audio), size):
                before_s = time.monotonic()
                session.send(subject.audio[start : start + size])
                sending_s.append(time.monotonic() - before_s)
                time.sleep(subject.piece_s)
            session.finish()
            closed = session.wait_closed(subject.patience_s)
        finally:
            session.abort()
        frames = tuple(session.wire.settled_frames(all_of_them=True))
        return Played(
            session, began_ns, ready_ns, accepted, tuple(sending_s), closed, frames, ended_ns=time.monotonic_ns()
        )


def _promise(kept: object, words: str) -> None:
    """Raise if a promise is not kept; unlike `assert`, whatever options Python runs with."""
    if not kept:
        raise AssertionError(words)


def _check_description(kit: Conformance) -> None:
    """It says of itself what plans, quotas and reports need."""
    provider, params = kit.subject.provider, kit.effective()
    _promise(provider.name, "name must be a text")
    _promise(provider.sdk, "sdk must name the client and its version")
    _promise(provider.schemes, "schemes must say what a host may begin with")
    _promise(provider.most_channels >= 1, f"most_channels is {provider.most_channels}; one session takes at least one")
    for name, kind in (("billed_by", BilledBy), ("send_stamp", SendStamp), ("recv_stamp", RecvStamp)):
        value = getattr(provider, name)
        _promise(value in get_args(kind), f"{name} is {value!r}; it must be one of {get_args(kind)}")
    variables = provider.key_variables(params)
    wrong = [name for name in variables if not name.endswith(SUFFIX)]
    _promise(not wrong, f"key_variables has {wrong}; names must end in {SUFFIX}, or the keys reach every process")
    _promise(
        provider.emulator(params) in {None, *get_args(EmulatorName)}, "emulator must name an embedded one, or None"
    )
    _promise(provider.turn_silence_s(params) >= 0, "turn_silence_s must be 0 or more seconds")


def _check_travels(kit: Conformance) -> None:
    """It reaches the recording processes: it can be pickled, and is the same there."""
    provider = kit.subject.provider
    try:
        copy: Provider = pickle.loads(pickle.dumps(provider))  # noqa: S301 - made a moment ago
    except Exception as error:
        raise AssertionError(f"the provider must be picklable, to reach the recording processes: {error}") from error
    subject = kit.subject
    there = copy.effective_params(dict(subject.params), subject.encoding, subject.sample_rate_hz)
    _promise((copy.name, there) == (provider.name, kit.effective()), "an unpickled provider must be the same")


def _check_parameters(kit: Conformance) -> None:
    """`effective_params` is complete, plain JSON, the same each time, has the audio format, and leaves what it is given alone."""
    given = json.loads(json.dumps(kit.subject.params))
    found = kit.effective(given)
    _promise(given == kit.subject.params, "effective_params must not change what it is given")
    _promise(json.loads(json.dumps(found, allow_nan=False)) == found, "effective_params must return plain JSON values")
    _promise(found == kit.effective(), "effective_params must return the same each time")
    lost = [name for name in given if name not in found]
    _promise(not lost, f"effective_params has dropped {lost}")
    other = kit.subject.provider.effective_params(given, kit.subject.encoding, 8000)
    _promise(other != found, "effective_params must contain the audio format: it is the same for another sample rate")


def _check_refuses_parameters(kit: Conformance) -> None:
    """An unknown parameter is refused by name, and a value that is no JSON; nothing is dropped in silence."""
    for params, said in (({UNKNOWN: 1}, UNKNOWN), ({UNKNOWN: float("nan")}, "")):
        why = None
        try:
            kit.effective({**kit.subject.params, **params})
        except ConfigError as error:
            why = str(error)
        if why is None:
            raise AssertionError(f"effective_params must refuse {params} with a ConfigError")
        _promise(said in why, f"the message must name the parameter {said!r}: {why}")


def _check_keys_are_secret(kit: Conformance) -> None:
    """No key in what is printed or kept."""
    session = kit.played.session
    spec = SessionSpec({}, None, {"A_API_KEY": KEY})
    shown = {
        "repr of the session": repr(session),
        "repr of the provider": repr(kit.subject.provider),
        "repr of the specification": repr(spec),
        "effective_params": repr(kit.effective()),
        "errors": repr(session.errors),
        "wire.extra": repr(session.wire.extra),
    }
    leaks = [where for where, text in shown.items() if KEY in text]
    _promise(not leaks, f"the key stands in the {' and the '.join(leaks)}")


def _check_opens(kit: Conformance) -> None:
    """`open` returns when the service takes audio, and says when that was."""
    played = kit.played
    started_ns, ready_ns = played.session.connect_started_ns, played.ready_ns
    if ready_ns is None or started_ns is None:
        raise AssertionError("ready_ns and connect_started_ns must be set when open returns")
    _promise(
        played.began_ns <= started_ns <= ready_ns, "connect_started_ns must lie between the call of open and ready_ns"
    )
    _promise(played.accepted, "accepting must be true when open has returned")
    post_ms = played.session.http_post_ms
    _promise(post_ms is None or 0 <= post_ms <= (ready_ns - started_ns) / 1e6, f"http_post_ms is {post_ms}")


def _check_sends(kit: Conformance) -> None:
    """`send` returns at once; every byte is stamped where it is in the stream, in order, and hashed."""
    played, audio = kit.played, kit.subject.audio
    _promise(max(played.sending_s) < AT_ONCE_S, f"send must return at once; it took {max(played.sending_s):.1f} s")
    wire = played.session.wire
    sent = list(wire.sent_audio)
    reached = sent[-1].end_byte if sent else 0
    _promise(reached == len(audio), f"wire.sent_audio must reach byte {len(audio)}, the last that was sent")
    ends = [(each.end_byte, each.sent_ns) for each in sent]
    _promise(ends == sorted(ends), "wire.sent_audio must be in the order of the stream and of time")
    _promise(wire.audio_sha256 == hashlib.sha256(audio).hexdigest(), "wire must hash the audio as it was sent")
    _promise(played.began_ns <= sent[0].sent_ns <= played.ended_ns, "audio must be stamped on time.monotonic_ns()")


def _check_stamps_messages(kit: Conformance) -> None:
    """Every message is kept as it came, with the instant of its arrival and, later, that of its handler."""
    played = kit.played
    _promise(played.frames, "wire must keep the messages received")
    instants = [frame.wire_ns for frame in played.frames]
    _promise(instants == sorted(instants), "messages must be kept in the order of their arrival")
    _promise(played.began_ns <= instants[0], "wire_ns must be on time.monotonic_ns()")
    _promise(instants[-1] <= played.ended_ns, "wire_ns must be on time.monotonic_ns()")
    early = [frame for frame in played.frames if frame.handler_ns is not None and frame.handler_ns < frame.wire_ns]
    _promise(not early, "a handler can't have a message before it arrived")
    handled = any(frame.handler_ns is not None for frame in played.frames)
    _promise(
        handled or kit.subject.provider.recv_stamp == "handler", "wire.handler_called must be called in the handlers"
    )


def _check_stops(kit: Conformance) -> None:
    """`finish` stops behind all audio, which is noted, and `wait_closed` sees the clean end."""
    played = kit.played
    wire = played.session.wire
    _promise(wire.finish_sent_ns, "wire.finish_sent_ns must hold the instant of the stop command (see stop_words)")
    _promise(wire.sent_audio, "audio must be noted")
    _promise(wire.finish_sent_ns[0] >= wire.sent_audio[-1].sent_ns, "the stop command must come behind all audio")
    _promise(played.closed, f"wait_closed must return True within {kit.subject.patience_s:g} s at a clean end")
    _promise(not played.session.errors, f"a session that goes well has no errors, not {played.session.errors}")
    ends = [connection for connection in wire.connections if connection.open_ns and connection.closed_ns]
    _promise(ends, "wire.connections must say when the connection was open, and when it closed")


def _check_reader(kit: Conformance) -> None:
    """Its reader finds a final and a clean end, and raises at nothing."""
    played = kit.played
    reader = find_reader(kit.subject.provider.name)
    frames = [Frame(each.wire_ns, each.wire_ns, each.handler_ns, each.data.decode()) for each in played.frames]
    reading = reader.read(frames, None)
    finals = [text.update.text for text in reading.texts if text.update.kind != "partial"]
    _promise(any(finals), "the reader must find a final with a text among the messages")
    _promise(not reading.errors, f"the reader must find no error in a session that goes well: {reading.errors}")
    codes = [connection.close_code for connection in played.session.wire.connections]
    _promise(
        reading.ended_ns is not None or codes[-1] == _NORMAL_CLOSURE,
        "there must be a goodbye (ended_ns) or a close with 1000",
    )
    for raw in (*_HOSTILE, *(frame.raw[: len(frame.raw) // 2] for frame in frames)):
        try:
            reader.read([Frame(1, 1, None, raw)], None)
        except Exception as error:
            raise AssertionError(f"the reader must not raise at the message {raw[:80]!r}: {error!r}") from error
    longest_ms = reader.longest_segment_ms(kit.effective())
    _promise(longest_ms is None or longest_ms > 0, f"longest_segment_ms is {longest_ms}")


def _check_unreachable(kit: Conformance) -> None:
    """Where nobody answers, `open` raises `ProviderError` in time, and says why."""
    session = kit.session(kit.subject.unreachable, connect_timeout_s=2.0)
    before_s = time.monotonic()
    why = ""
    try:
        session.open()
    except ProviderError as error:
        why = str(error)
    except Exception as error:
        raise AssertionError(f"open must raise ProviderError where nobody answers, not {error!r}") from error
    else:
        raise AssertionError("open must raise ProviderError where nobody answers")
    finally:
        with suppress(Exception):  # what abort promises is another check's
            session.abort()
    took_s = time.monotonic() - before_s
    _promise(why, "the error must say why")
    _promise(
        took_s < 2.0 + kit.subject.patience_s, f"open must give up after connect_timeout_s; it took {took_s:.1f} s"
    )
    _promise(session.ready_ns is None, "a session that was not opened has no ready_ns")


def _check_breaks(kit: Conformance) -> None:
    """A session that the service breaks takes no more audio and says so; what is called afterwards neither raises nor hangs."""
    subject, session = kit.subject, kit.session()
    size = -(-len(subject.audio) // subject.pieces)
    deadline_s = time.monotonic() + subject.patience_s
    try:
        with subject.breaking():
            session.open()
            while session.accepting() and time.monotonic() < deadline_s:
                _calmly("send", lambda: session.send(bytes(size)))
                time.sleep(max(subject.piece_s, 0.001))
        noticed = not session.accepting()
        _calmly("finish", session.finish)
        session.wait_closed(1.0)
    finally:
        session.abort()
    _promise(noticed, "accepting must become false when the service breaks the session")
    early = any(connection.closed_ns is not None for connection in session.wire.connections)
    _promise(session.errors or early, "errors, or a connection that closed, must tell that the session broke")


def _calmly(name: str, call: Callable[[], None]) -> None:
    try:
        call()
    except Exception as error:
        raise AssertionError(
            f"{name} must not raise when the service has broken the session, even before accepting says so; put it into errors: {error!r}"
        ) from error


def _check_abort(kit: Conformance) -> None:
    """`abort` never raises and never blocks: before `open`, in a session, after it, and twice."""
    unopened, running = kit.session(), kit.session()
    running.open()
    running.send(kit.subject.audio[: len(kit.subject.audio) // kit.subject.pieces])
    for state, session in (("before open", unopened), ("in a session", running), ("a second time", running)):
        before_s = time.monotonic()
        try:
            session.abort()
        except Exception as error:
            raise AssertionError(f"abort must not raise {state}: {error!r}") from error
        took_s = time.monotonic() - before_s
        _promise(took_s < AT_ONCE_S, f"abort must return at once {state}; it took {took_s:.1f} s")
    _promise(running.wire.closed.wait(kit.subject.patience_s), "abort must close the connection (wire.closed)")


CHECKS: dict[str, Callable[[Conformance], None]] = {
    "description": _check_description,
    "travels": _check_travels,
    "parameters": _check_parameters,
    "refuses_parameters": _check_refuses_parameters,
    "keys_are_secret": _check_keys_are_secret,
    "opens": _check_opens,
    "sends": _check_sends,
    "stamps_messages": _check_stamps_messages,
    "stops": _check_stops,
    "reader": _check_reader,
    "unreachable": _check_unreachable,
    "breaks": _check_breaks,
    "abort": _check_abort,
}
