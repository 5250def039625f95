import json

import pytest

from harness.calibration.material import material_of
from harness.calibration.settings import Settings
from harness.calibration.timings import Samples, samples_of, sent_latencies_ms, source_delays_ms, spread
from harness.timeline.events import Audio, AudioFormat, Frame, Header, Timeline

T0_NS = 5_000_000_000
FORMAT = AudioFormat("pcm_s16le", 16000, 100.0, 1600, 10, 16000)
MS = 1_000_000


def timeline(*events) -> Timeline:
    header = Header("clip-000", "candidate", "gladia", 1, FORMAT, extra={"t0_monotonic_ns": T0_NS})
    return Timeline(header, events)


def frame(wire_ms: float, handler_ms: float | None, **message) -> Frame:
    wire_ns = round(wire_ms * MS)
    return Frame(wire_ns, wire_ns, None if handler_ms is None else round(handler_ms * MS), json.dumps(message))


def test_stamps_are_held_against_the_services_send_times():
    """Sent 100 ms after T0, on the wire 0.5 ms later, in the handler 3 ms later."""
    found = samples_of(timeline(frame(100.5, 103.0, type="transcript", _sent_ns=T0_NS + 100 * MS)))

    assert ([0.5], [3.0], [2.5]) == (found.wire_error, found.handler_error, found.sdk_overhead)


def test_lateness_is_sent_minus_due():
    """Of every chunk."""
    assert [1.5] == samples_of(timeline(Audio(0, 0, 3200, 100 * MS, round(101.5 * MS)))).lateness


def test_only_messages_with_text_have_an_overhead():
    """An acknowledgement is parsed too, but it is no text that waits."""
    found = samples_of(timeline(frame(100.5, 103.0, type="audio_chunk", _sent_ns=T0_NS + 100 * MS)))

    assert ([3.0], []) == (found.handler_error, found.sdk_overhead)


def test_what_has_no_stamp_or_no_handler_has_no_error():
    """A message that was replaced on purpose carries no stamp; one that the SDK never handed over has no handler."""
    found = samples_of(timeline(frame(1.0, 2.0, type="transcript"), frame(3.0, None, type="x", _sent_ns=T0_NS)))

    assert ([3.0], [], [1.0]) == (found.wire_error, found.handler_error, found.sdk_overhead)


def test_a_session_without_the_scripted_segments_says_nothing_of_send_times():
    """What went wrong is told by the metrics."""
    assert {} == sent_latencies_ms(timeline(), material_of(Settings(1)), "candidate")


def test_delays_at_the_source_are_those_of_first_partials_and_finals():
    """Endpoints are the same messages."""
    sent = {"first_partial_ms": (101.0,), "final_ms": (202.0,), "endpoint_ms": (202.0,)}
    scripted = {"first_partial_ms": (100.0,), "final_ms": (200.0,), "endpoint_ms": (200.0,)}

    assert [1.0, 2.0] == source_delays_ms(sent, scripted)


def test_a_spread_is_quantiles_and_their_number():
    """As docs/methodology.md says they are interpolated."""
    assert {"p50": 2.5, "p90": 3.7, "p99": 3.97, "max": 4.0, "n": 4} == spread([4.0, 1.0, 3.0, 2.0])


def test_the_spread_of_nothing_is_none_not_zero():
    """A value that does not exist is no perfect one."""
    assert {"p50": None, "p90": None, "p99": None, "max": None, "n": 0} == spread([])


@pytest.mark.parametrize("name", Samples.__dataclass_fields__)
def test_pooling_keeps_every_sample(name: str):
    """Samples are pooled, never quantiles."""
    one, other = Samples(**{name: [1.0]}), Samples(**{name: [2.0]})
    one.extend(other)

    assert [1.0, 2.0] == getattr(one, name)
