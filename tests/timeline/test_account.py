import json

import pytest
from builders import frame, timeline, transcript, turn

from harness.timeline.account import account
from harness.timeline.events import Audio, Closed, Connected, ErrorRaised, FinishSent, Timeline
from harness.timeline.fold import fold

ACK = {"type": "audio_chunk", "acknowledged": True, "error": None, "data": {"byte_range": [0, 3200]}}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("provider", "messages"),
    [
        ("assemblyai", [{"type": "Error", "error_code": 3007, "error": "too fast"}]),
        ("gladia", [ACK, {"type": "error", "message": "no"}]),
        ("gladia", [ACK, ACK | {"acknowledged": False, "error": {"message": "not audio"}}]),
        ("gladia", [ACK, ACK]),
    ],
)
def test_what_a_service_complained_of_is_found_without_reading_all_it_said(provider, messages, indent):
    """The errors are those that a full reading finds, however the service writes its JSON."""
    frames = [frame(float(at), message) for at, message in enumerate(messages)]
    frames = [
        type(each)(each.t_ns, each.wire_ns, each.handler_ns, json.dumps(m, indent=indent))
        for each, m in zip(frames, messages, strict=True)
    ]
    told = timeline(frames, provider=provider)

    assert account(told.header, told.events).errors == fold(told).errors


def test_an_account_agrees_with_the_fold_on_who_was_there_and_when():
    """Ready, lost, back again, chunks in their order: the same values from one pass without the words."""
    events = [
        Connected(-200),
        Audio(100, 0, 3200, 90, 100),
        turn(0.0000002, "hi", final=True),
        Closed(300, 1011, "gone"),
        Connected(400),
        Audio(500, 1, 3200, 490, 500),
        ErrorRaised(600, "odd", "thing"),
        FinishSent(700),
        Closed(800, 1000, ""),
    ]
    told = Timeline(timeline([]).header, tuple(events))
    found, folded = account(told.header, told.events), fold(told)

    assert (found.ready_ns, found.dropped_ns, found.reconnects) == (-200, 300, 1)
    for name in ("ready_ns", "dropped_ns", "reconnects", "errors", "sent_ns", "due_ns"):
        assert getattr(found, name) == getattr(folded, name)


def test_words_that_mention_errors_are_no_errors():
    """A speaker who says error has not failed."""
    told = timeline([transcript(1.0, 'type error "error"', final=True)], provider="gladia")

    assert account(told.header, told.events).errors == ()
