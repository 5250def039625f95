import pytest
from builders import frame

from harness.timeline.events import Audio, AudioFormat, Closed, Connected, ErrorRaised, FinishSent, Header, Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession
from harness.timeline.validity import harness_faults, lateness_ms

MS = 1_000_000


def session(late_ms: list[float], *, side="baseline", sha="aa", chunks=None, lag=None, tail=()) -> FoldedSession:
    chunks = len(late_ms) if chunks is None else chunks
    header = Header(
        "clip",
        side,
        "assemblyai",
        1,
        AudioFormat("pcm_s16le", 16000, 100.0, 1600, chunks, 1600),
        audio_sha256=sha,
        loop_lag_ms=lag or {},
    )
    audio = [
        Audio(t, index, 3200, due, t)
        for index, late in enumerate(late_ms)
        for due in [(index + 1) * 100 * MS]
        for t in [due + round(late * MS)]
    ]
    return fold(Timeline(header, (Connected(-200 * MS), *audio, *tail)))


def test_lateness_is_sent_minus_due():
    """Early and late are signed, in milliseconds, ascending."""
    assert lateness_ms(session([2.0, -1.0])) == [-1.0, 2.0]


def test_one_late_chunk_in_a_hundred_is_within_the_limit():
    """99 chunks 2 ms late and one 30 ms late: p99 is 2.28 ms."""
    assert harness_faults({"baseline": session([2.0] * 99 + [30.0])}) == ()


def test_two_late_chunks_in_a_hundred_are_not():
    """98 chunks 2 ms late and two 30 ms late: p99 is 30 ms, over the limit of 20 ms."""
    assert harness_faults({"baseline": session([2.0] * 98 + [30.0] * 2)}) == (
        "baseline: p99 of send lateness is 30.0 ms, limit 20 ms",
    )


def test_a_single_long_stall_is_a_fault():
    """No chunk may be more than 100 ms late."""
    assert harness_faults({"baseline": session([0.0] * 999 + [100.1])}) == (
        "baseline: send lateness reached 100.1 ms, limit 100 ms",
    )


@pytest.mark.parametrize(("lag", "faults"), [({"p99": 20.0, "max": 100.0}, 0), ({"p99": 20.1, "max": 100.1}, 2)])
def test_the_probe_has_the_same_limits(lag: dict, faults: int):
    """The process's own lag counts even if no chunk was due at that moment."""
    assert len(harness_faults({"baseline": session([0.0], lag=lag)})) == faults


def test_a_chunk_lost_in_the_harness_is_a_fault():
    """A planned chunk that was not sent although the service took audio is the harness's doing."""
    assert harness_faults({"baseline": session([0.0], chunks=2)}) == (
        "baseline: 1 of 2 chunks were sent although the service still accepted audio",
    )


@pytest.mark.parametrize("end", [ErrorRaised(5, "dropped", ""), Closed(5, 1011, "")])
def test_a_chunk_refused_by_the_service_is_not(end: ErrorRaised | Closed):
    """What a service does not take is the service's result."""
    assert harness_faults({"baseline": session([0.0], chunks=2, tail=(end,))}) == ()


def test_a_host_that_was_not_found_is_a_fault():
    """No service was asked, so none failed."""
    lost = session([], chunks=1, tail=(ErrorRaised(5, "unresolved_host", "wss://a.example: no address is known here"),))

    assert harness_faults({"baseline": lost}) == (
        "baseline: the name of the service's host could not be resolved (wss://a.example): the local network, or a wrong name",
    )


def test_different_audio_on_the_two_sides_is_a_fault():
    """Both sides must be sent the same bytes."""
    pair = {"baseline": session([0.0]), "candidate": session([0.0], side="candidate", sha="bb")}

    assert harness_faults(pair) == ("the two sides were sent different audio",)


@pytest.mark.parametrize(("apart_s", "faults"), [(1.9, 1), (2.1, 0)])
def test_both_sides_dropping_together_is_the_network(apart_s: float, faults: int):
    """Two services do not drop a call within two seconds of each other."""
    first = session([0.0], tail=(Closed(10**9, 1006, ""),))
    second = session([0.0], side="candidate", tail=(Closed(10**9 + round(apart_s * 10**9), 1006, ""),))

    assert len(harness_faults({"baseline": first, "candidate": second})) == faults


def test_closing_after_the_stop_is_no_drop():
    """The clean end of both sessions comes at about the same time, of course."""
    end = (FinishSent(10**9), Closed(10**9 + 1, 1000, ""))
    pair = {"baseline": session([0.0], tail=end), "candidate": session([0.0], side="candidate", tail=end)}

    assert harness_faults(pair) == ()


def test_losing_both_sockets_behind_the_stop_is_the_network_too():
    """A service that ends a session says goodbye; two that vanish at once, before they did, were cut off from here."""
    lost = (FinishSent(10**9), Closed(10**9 + 1, None, ""))
    one, other = session([0.0], tail=lost), session([0.0], side="candidate", tail=lost)
    cut = (FinishSent(10**9), ErrorRaised(2 * 10**9, "close_timeout", ""), Closed(2 * 10**9 + 1, None, ""))
    given_up = session([0.0], side="candidate", tail=cut)
    said_goodbye = session([0.0], side="candidate", tail=(lost[0], frame(1.0, {"type": "Termination"}), lost[1]))

    assert ("both sessions disconnected within 0.0 s of each other: the local network",) == harness_faults(
        {"baseline": one, "candidate": other}
    )
    assert () == harness_faults({"baseline": one, "candidate": given_up})
    assert () == harness_faults({"baseline": one, "candidate": said_goodbye})


def test_two_services_that_fall_silent_are_the_network():
    """What is swallowed on its way resets nothing: nobody answers the stop, on either side."""
    silent = (FinishSent(10**9), ErrorRaised(2 * 10**9, "close_timeout", ""), Closed(2 * 10**9 + 1, None, ""))
    pair = {"baseline": session([0.0], tail=silent), "candidate": session([0.0], side="candidate", tail=silent)}

    assert ("neither session answered the stop command: the local network",) == harness_faults(pair)

    crashed = (FinishSent(10**9), ErrorRaised(10**9, "sdk_crashed", ""), *silent[1:])
    assert () == harness_faults({**pair, "candidate": session([0.0], side="candidate", tail=crashed)})
