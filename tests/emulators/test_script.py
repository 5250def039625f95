import asyncio
from time import monotonic_ns

from harness.emulators.recognition import (
    EndpointRules,
    Final,
    Hypothesis,
    SpeechEnd,
    SpeechStart,
    StreamRequest,
    WireFormat,
)
from harness.emulators.scenario import Scenario, ScriptedPartial, ScriptedSegment, SessionScript
from harness.emulators.script import ScriptEngine, plan

SCRIPT = SessionScript(
    partial_delay_ms=5,
    final_delay_ms=20,
    segment=(
        ScriptedSegment("Call me back.", 0.5, 1.7),
        ScriptedSegment("Now.", 2.5, 3.0, partials=(ScriptedPartial(2.8, "No"),)),
    ),
)
REQUEST = StreamRequest("assemblyai", 1, WireFormat("PCM_16", 16000), EndpointRules(0.4, 400, 1280))
CHUNK = bytes(3200)


def played(script, chunks, *, force=False):
    """Events, with the milliseconds from the arrival of their audio instant, of so many chunks of 100 ms pushed at once."""
    events = []

    async def run():
        start_ns = monotonic_ns()
        emit = lambda event: events.append((event, (monotonic_ns() - start_ns) / 1e6))  # noqa: E731 - one expression
        stream = ScriptEngine(Scenario(1, (script,))).open(REQUEST, emit)
        for _ in range(chunks):
            stream.push(CHUNK, monotonic_ns())
        if force:
            stream.force_endpoint()
            stream.force_endpoint()
        await stream.finish()
        stream.close()

    asyncio.run(run())
    return events


def test_words_appear_one_by_one_and_then_the_final():
    """Without partials of its own a segment grows by a word at each word's end."""
    events = [event for event, _ in played(SCRIPT, 20)]
    assert [SpeechStart, Hypothesis, Hypothesis, SpeechEnd, Final] == [type(event) for event in events]
    assert [event.text for event in events if isinstance(event, Hypothesis)] == ["Call", "Call me"]
    assert (events[-1].text, events[-1].start_ms, events[-1].end_ms) == ("Call me back.", 500, 1700)


def test_a_delay_counts_from_the_audio_instant():
    """An instant in the middle of a message happened before the message came; the delay is counted from there."""
    script = SessionScript(final_delay_ms=60_000, segment=(ScriptedSegment("Yes.", 0.0, 0.07),))

    async def run():
        stream = ScriptEngine(Scenario(1, (script,))).open(REQUEST, lambda event: None)
        arrival_ns = monotonic_ns()
        stream.push(CHUNK, arrival_ns)
        due = [(type(cue.event), due_ns - arrival_ns) for due_ns, cue in stream._due]
        stream.close()
        return due

    assert asyncio.run(run()) == [(SpeechEnd, 59_970_000_000), (Final, 59_970_000_000)]


def test_jitter_never_reorders():
    """However the delays fall, a segment is told in its order."""
    script = SessionScript(jitter_ms=60, segment=(ScriptedSegment("one two three four five six seven", 0.0, 0.09),))
    events = [event for event, _ in played(script, 1)]
    assert events == [cue.event for cue in plan(script, "1/assemblyai/1")]


def test_the_end_flushes_what_has_begun_and_nothing_else():
    """A segment cut off by the end is final with all its words, within the audio received."""
    events = [event for event, _ in played(SCRIPT, 27)]
    finals = [event for event in events if isinstance(event, Final)]
    assert [(e.text, e.closed_by, e.end_ms) for e in finals] == [
        ("Call me back.", "semantic", 1700),
        ("Now.", "flush", 2700),
    ]
    assert max(word.end_ms for word in finals[-1].words) <= 2700


def test_forcing_ends_the_open_segment_once():
    """Its own final does not come again."""
    finals = [event for event, _ in played(SCRIPT, 10, force=True) if isinstance(event, Final)]
    assert [(event.text, event.closed_by) for event in finals] == [("Call me back.", "forced")]


def test_the_same_seed_plans_the_same_jitter():
    """Another seed plans another one."""
    script = SessionScript(jitter_ms=50, segment=SCRIPT.segment)
    assert plan(script, "1") == plan(script, "1")
    assert plan(script, "1") != plan(script, "2")


PAUSED = SessionScript(
    final_delay_ms=20,
    endpointing=True,
    segment=(
        ScriptedSegment("Call me", 0.5, 0.9),
        ScriptedSegment("back now.", 1.2, 1.6),
        ScriptedSegment("Bye.", 2.6, 2.9, partials=(ScriptedPartial(2.8, "By"),)),
        ScriptedSegment("Hello.", 0.6, 1.0, channel=1),
    ),
)


def finals_of(silence_ms):
    """Text, audio instant and delay of every final."""
    return [
        (cue.event.text, cue.at_ms, cue.delay_ms)
        for cue in plan(PAUSED, "seed", silence_ms)
        if isinstance(cue.event, Final)
    ]


def test_silence_ends_what_is_said_where_the_script_says_so():
    """Stretches nearer than the client's silence are one; every final comes that silence later. Channels are apart."""
    assert [
        ("Call me", 900, 320),
        ("Hello.", 1000, 320),
        ("back now.", 1600, 320),
        ("Bye.", 2900, 320),
    ] == finals_of(300)
    assert [("Hello.", 1000, 321), ("Call me back now.", 1600, 321), ("Bye.", 2900, 321)] == finals_of(301)
    assert [("Hello.", 1000, 1021), ("Call me back now. Bye.", 2900, 1021)] == finals_of(1001)


def test_a_joined_segment_is_shown_as_a_whole():
    """Its partials go on where the earlier ones ended."""
    shown = [
        (cue.at_ms, cue.event.text)
        for cue in plan(PAUSED, "seed", 1001)
        if isinstance(cue.event, Hypothesis) and not cue.event.channel
    ]

    assert [
        (700, "Call"),
        (900, "Call me"),
        (1400, "Call me back"),
        (1600, "Call me back now."),
        (2800, "Call me back now. By"),
    ] == shown


def test_the_silence_is_that_of_the_session():
    """As the service takes it from its client's parameters."""
    events = played(PAUSED, 40)

    assert ["Hello.", "Call me back now.", "Bye."] == [event.text for event, _ in events if isinstance(event, Final)]


def test_a_session_without_speech_says_nothing():
    """Whatever silence ends."""
    assert [] == plan(SessionScript(endpointing=True), "seed", 300)
