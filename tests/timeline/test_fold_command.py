"""What a user's program says, folded as a service's messages are."""

import json

import pytest
from builders import frame, timeline

from harness.errors import RunError
from harness.timeline import fold_command
from harness.timeline.fold import fold
from harness.timeline.readers import find_reader
from harness.timeline.segments import SpeechEvent


def said(*messages: tuple[float, dict]):
    return fold(timeline([frame(at_s, message) for at_s, message in messages], provider="command"))


def test_partials_and_finals_of_an_id_are_one_segment():
    """Text, words and instants, in the order of the segments' own times; what is silent makes no update."""
    session = said(
        (-0.3, {"type": "hello", "protocol": 1}),
        (-0.2, {"type": "ready"}),
        (2.0, {"type": "partial", "id": "b", "text": " how are", "start_ms": 1500}),
        (
            2.1,
            {
                "type": "final",
                "id": "a",
                "text": "Hello.",
                "words": [{"text": "Hello.", "start_ms": 200, "end_ms": 600}],
            },
        ),
        (
            2.2,
            {"type": "final", "id": "b", "text": "how are you", "formatted": False, "start_ms": 1500, "end_ms": 2000},
        ),
        (2.3, {"type": "final", "id": "b", "text": "How are you?", "start_ms": 1500, "end_ms": 2000}),
        (2.3, {"type": "endpoint", "id": "b", "end_ms": 2000}),
        (6.4, {"type": "closed"}),
    )

    assert ["0/a", "0/b"] == [segment.key for segment in session.segments]
    assert [(200, 600), (1500, 2000)] == [(segment.start_ms, segment.end_ms) for segment in session.segments]
    assert ["partial", "final_unformatted", "final_formatted"] == [each.kind for each in session.segments[1].updates]
    assert ["how are", "how are you", "How are you?"] == [each.text for each in session.segments[1].updates]
    assert (SpeechEvent("speech_end", 2_300_000_000, 2000),) == session.speech_events
    assert (6_400_000_000, ()) == (session.ended_ns, session.violations)


@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        {"type": "progress"},
        {"type": "final", "text": "no id"},
        {"type": "partial", "id": 1, "text": ["no", "text"]},
    ],
)
def test_what_the_protocol_does_not_know_is_a_breach(message: dict | str):
    """Counted, never fatal to what else was said."""
    session = said((1.0, message), (2.0, {"type": "final", "id": 0, "text": "kept"}))

    assert (["unknown_event"], 1) == ([breach.kind for breach in session.violations], len(session.segments))


def test_an_error_is_the_sessions():
    """In the words of the program."""
    assert (("error", "no credit"),) == said((1.0, {"type": "error", "message": "no credit"})).errors


def test_a_channels_messages_are_told_apart():
    """A message without a channel is about the session."""
    frames = [
        frame(1.0, {"type": "final", "id": 0, "text": "left", "channel": 0}),
        frame(1.0, {"type": "final", "id": 0, "text": "right", "channel": 1}),
        frame(2.0, {"type": "closed"}),
    ]
    reading = fold_command.read(frames, 1)

    assert (["right"], 2_000_000_000) == ([text.update.text for text in reading.texts], reading.ended_ns)
    assert ["0/0", "1/0"] == [text.update.key for text in fold_command.read(frames).texts]


def test_without_a_reader_a_run_says_what_to_install():
    """The run may have been recorded with a provider from a package that is not here."""
    with pytest.raises(RunError, match=r"no reader is installed for the provider 'acme'.*Install the package"):
        find_reader("acme")
    with pytest.raises(RunError, match=r"clip 'clip', side 'baseline': no reader"):
        fold(timeline([frame(1.0, json.dumps({}))], provider="acme"))
