from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import frame, ns, timeline, turn

from harness.metrics.validity import harness_fault, provider_failure
from harness.timeline.events import Closed, Connected, ErrorRaised, FinishSent, Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession


def session(**changes: object) -> FoldedSession:
    """A session that went well, with changes."""
    frames = [turn(5.0, "hello", final=True, formatted=True)]
    return replace(fold(timeline(frames, duration_s=10.0)), **changes)


def late(lateness_ms: Sequence[float]) -> FoldedSession:
    """A session whose chunks were late by these."""
    due_ns = tuple(ns(0.1 * (index + 1)) for index in range(len(lateness_ms)))
    sent_ns = tuple(due + round(late_ms * 1e6) for due, late_ms in zip(due_ns, lateness_ms, strict=True))
    return session(due_ns=due_ns, sent_ns=sent_ns)


def fault_of(one: FoldedSession | None, other: FoldedSession | None) -> str:
    """The fault of a pair, empty if none."""
    return harness_fault({"baseline": one, "candidate": other}) or ""


def test_pair_without_faults_is_valid():
    """Nothing late, nothing lost: nothing to report."""
    assert fault_of(session(), session()) == ""


@pytest.mark.parametrize(
    ("lateness_ms", "expected"),
    [
        ([2] * 98 + [30] * 2, "candidate: p99 of send lateness is 30.0 ms, limit 20 ms"),
        ([2] * 99 + [30], ""),
        ([2] * 99 + [101], "candidate: send lateness reached 101.0 ms, limit 100 ms"),
    ],
)
def test_limits_of_lateness(lateness_ms: list[float], expected: str):
    """Two of a hundred chunks 30 ms late break the p99, one doesn't; none may be over 100 ms late (example 8.1)."""
    assert fault_of(session(), late(lateness_ms)) == expected


@pytest.mark.parametrize(
    ("lag", "is_valid"), [({"p99": 20.0, "max": 100.0}, True), ({"p99": 20.1}, False), ({"max": 101}, False)]
)
def test_limits_of_the_probe(lag: dict, is_valid: bool):
    """A process that stalls spoils what it measured."""
    one = session()
    stalled = replace(one, header=replace(one.header, loop_lag_ms=lag))
    assert (fault_of(stalled, session()) == "") == is_valid


def test_unsent_chunk_is_the_harness_fault_while_the_service_listens():
    """A planned chunk that was not sent is a fault of the harness unless the service had stopped listening."""
    one = session()
    short = {"sent_ns": one.sent_ns[:50], "due_ns": one.due_ns[:50]}
    assert "50 of 100 chunks" in fault_of(session(**short), session())
    assert fault_of(session(**short, errors=(("Error 3008", "expired"),)), session()) == ""
    assert fault_of(session(**short, closed_ns=ns(5), dropped_ns=ns(5), finish_ns=None), session()) == ""
    assert fault_of(session(sent_ns=(), due_ns=(), ready_ns=None), session()) == ""


def test_joint_disconnect_is_the_local_network():
    """Two sockets lost within 2 s of each other are no coincidence; further apart they are two faults of two services."""
    lost = {"finish_ns": None, "close_code": 1006, "errors": (("socket", "lost"),)}
    one = session(closed_ns=ns(5), dropped_ns=ns(5), **lost)
    assert "local network" in fault_of(one, session(closed_ns=ns(7), dropped_ns=ns(7), **lost))
    assert fault_of(one, session(closed_ns=ns(7.1), dropped_ns=ns(7.1), **lost)) == ""
    assert "neither" in fault_of(session(ready_ns=None), session(ready_ns=None))


def test_pair_needs_both_sides_and_the_same_audio():
    """A side that was not recorded, or heard something else, can't be compared."""
    one = session()
    other_audio = replace(one, header=replace(one.header, audio_sha256="1" * 64))
    assert fault_of(one, None) == "candidate: no session was recorded"
    assert "different audio" in fault_of(one, other_audio)


def test_success():
    """A session that became ready, took all audio, delivered and closed in order succeeded."""
    assert provider_failure(session(), expects_text=True) is None
    last = session().finish_ns + ns(10)
    assert provider_failure(session(closed_ns=last), expects_text=True) is None  # the last instant to close
    assert provider_failure(session(closed_ns=last + 1), expects_text=True) is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"errors": (("Error 3005", "cancelled"),)}, "Error 3005: cancelled"),
        ({"ready_ns": None}, "never became ready"),
        ({"reconnects": 1}, "reconnected 1 times"),
        ({"sent_ns": ()}, "0 of 100 chunks were accepted"),
        ({"finish_ns": None}, "the stop command was never sent"),
        ({"close_code": 1011}, "closed with code 1011"),
        ({"close_code": None}, "closed abnormally"),
        ({"closed_ns": ns(21)}, "closed more than 10 s after the stop command"),
        ({"segments": ()}, "no final was delivered"),
    ],
)
def test_failures(changes: dict, expected: str):
    """Each condition of success fails on its own, with its reason."""
    assert provider_failure(session(**changes), expects_text=True) == expected


def test_silence_needs_no_final():
    """Where nothing was said, a session without a final succeeded."""
    assert provider_failure(session(segments=()), expects_text=False) is None


def test_goodbye_of_the_service_is_a_clean_close():
    """`Termination` within 10 s is a clean end whatever the close code."""
    recorded = timeline([turn(5.0, "hello", final=True), frame(10.5, {"type": "Termination"})], duration_s=10.0)
    events = [event for event in recorded.events if not isinstance(event, Closed)]
    assert provider_failure(fold(Timeline(recorded.header, tuple(events))), expects_text=True) is None


def test_events_alone_decide():
    """The same holds for a timeline as recorded: an error event fails the session, a lost socket too."""
    recorded = timeline([turn(5.0, "hello", final=True)], duration_s=10.0)
    with_error = Timeline(recorded.header, (*recorded.events, ErrorRaised(ns(11), "timeout", "no close")))
    assert provider_failure(fold(with_error), expects_text=True) == "timeout: no close"
    unready = tuple(event for event in recorded.events if not isinstance(event, Connected | FinishSent))
    assert provider_failure(fold(Timeline(recorded.header, unready)), expects_text=True) == "never became ready"
