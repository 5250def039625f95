import synthetic
from builders import frame, timeline, transcript, turn

from harness.contract.diff import contract_diff
from harness.metrics.conduct_totals import ConductTotals
from harness.metrics.scores import FindingScore
from harness.timeline.fold import fold


def diff(a, b, providers=("assemblyai", "gladia"), findings=(), **changes):
    """The contract of one session a side, made of these frames."""
    totals, sessions = ConductTotals(), []
    for side, provider, frames in zip(synthetic.SIDES, providers, (a, b), strict=True):
        session = synthetic.session("call", side, provider=provider, **changes.get(side, {}))
        sessions.append(session)
        if frames:
            totals.add([session], {side: fold(timeline(frames, provider=provider, side=side)).conduct})
    return contract_diff(totals.rows(), sessions, findings)


def row(document, name):
    return next((found for found in document["rows"] if found["name"] == name), None)


A = [
    frame(-0.2, {"type": "Begin", "id": "x", "expires_at": 1}),
    turn(2.0, "hi there", final=True),
    turn(2.1, "Hi there.", final=True, formatted=True),
    frame(6.2, {"type": "Termination", "audio_duration_seconds": 6, "session_duration_seconds": 7}),
]
B = [
    frame(0.4, {"type": "speech_start", "data": {"time": 0.3, "channel": 0}}),
    transcript(2.0, "Hi there.", final=True),
    frame(6.1, {"type": "end_recording", "data": {"recording_duration": 6.0}}),
]


def test_each_guarantee_says_what_both_did_and_what_to_do():
    """A field in another unit breaks, one under another name does not, one that never comes does; all with counts."""
    document = diff(A, B)
    start, text, duration = (row(document, name) for name in ("word_start", "text", "session_duration"))

    assert ("breaks", "ms", "s") == (start["status"], start["baseline"]["unit"], start["candidate"]["unit"])
    assert [{"way": "integer", "count": 2, "clip_id": "call", "pass": 1}] == start["baseline"]["shown"]
    assert start["advice"].startswith("Multiply by 1,000")
    assert ("renamed", None) == (text["status"], text["advice"])
    assert ("breaks", None, []) == (duration["status"], duration["candidate"]["field"], duration["candidate"]["shown"])
    assert "end_recording.data.recording_duration" == row(document, "audio_duration")["candidate"]["field"]
    assert ["end_recording", "speech_start"] == [
        way["way"] for way in row(document, "new messages")["candidate"]["shown"]
    ]
    assert "breaks" == row(document, "finals of a segment")["status"]
    assert sum(document["counts"].values()) == len(document["rows"])


def test_a_side_that_does_less_than_before_breaks_nothing():
    """What the candidate never does needs no code; only what the baseline never did is new to a handler."""
    overlapping = [("a", 0, 200, True), ("b", 100, 300, True)]
    less = row(
        diff([turn(1.0, "a b", final=True, words=overlapping), turn(2.0, "c", order=1, final=True)], B), "word times"
    )
    more = row(
        diff([turn(1.0, "a b", final=True)], [turn(1.0, "a b", final=True, words=overlapping)], ("assemblyai",) * 2),
        "word times",
    )

    assert [("differs", None), ("breaks", None)] == [(found["status"], found["advice"]) for found in (less, more)]


def test_what_asks_nothing_of_a_handler_breaks_none():
    """A second utterance that begins in order is new where there was one turn, and what every handler expects."""
    one = [turn(1.0, "a b", final=True)]
    two = [transcript(1.0, "a", final=True), transcript(2.0, "b", key="1", final=True)]
    order = row(diff(one, two), "order of segments")
    mixed = row(
        diff(one, [transcript(0.5, "a"), transcript(0.7, "b", key="1"), transcript(1.0, "a", final=True)]),
        "order of segments",
    )

    assert ("differs", None) == (order["status"], order["advice"])
    assert ("breaks", True) == (mixed["status"], mixed["advice"].startswith("Keep one buffer"))


def test_the_same_service_holds_its_own_contract():
    """Two runs of one service differ in nothing, whatever the service; and advice for another move is not given."""
    document = diff(A, A, ("assemblyai", "assemblyai"))
    back = diff(B, A, ("gladia", "assemblyai"))

    assert {"same"} == {found["status"] for found in document["rows"]}
    assert ("breaks", None) == (row(back, "word_start")["status"], row(back, "word_start")["advice"])


def test_of_a_service_that_nobody_wrote_down_only_conduct_is_compared():
    """Its fields may be anywhere: that they are missing is not claimed."""
    totals, sessions = ConductTotals(), []
    for side, provider in (("baseline", "assemblyai"), ("candidate", "mine")):
        sessions.append(synthetic.session("call", side, provider=provider))
        conduct = fold(timeline(A, side=side)).conduct
        known = {key: count for key, count in conduct.items() if provider == "assemblyai" or key[0] == "close code"}
        totals.add(sessions[-1:], {side: known})
    rows = contract_diff(totals.rows(), sessions, ())["rows"]

    assert {"word_start", "new messages", "lost messages"}.isdisjoint(found["name"] for found in rows)
    assert "close code" in {found["name"] for found in rows}


def test_the_messages_of_a_program_are_held_against_no_service_s():
    """They are the harness's own; what it does with finals is compared, and it is told how to say them."""
    program = [
        frame(-0.2, {"type": "ready"}),
        frame(2.0, {"type": "final", "id": 1, "text": "hi there"}),
        frame(2.1, {"type": "final", "id": 1, "text": "Hi there."}),
        frame(6.2, {"type": "closed"}),
    ]
    twice = FindingScore("call", "candidate", "command", 1, "duplicate_final", "0", 1.0, "")
    document = diff(A, program, ("assemblyai", "command"), [twice])
    names = {found["name"] for found in document["rows"]}

    assert {"ready", "goodbye", "new messages", "lost messages"}.isdisjoint(names)
    assert "breaks" == row(document, "finals of a segment")["status"]
    assert '"formatted": false' in row(document, "duplicate_final")["advice"]
    assert row(diff(program, program, ("command", "command")), "goodbye") is not None


def test_breaches_and_figures_are_lines_too():
    """A kind that only the candidate breaks, and figures with what they are of; little differences of time are none."""
    finding = FindingScore("call", "candidate", "gladia", 1, "empty_final", "0", 1.0, "")
    document = diff(
        A, B, findings=[finding],
        baseline={"segments": 4, "turns": 4, "partials": 40, "session_init_ms": 100.0},
        candidate={"segments": 8, "turns": 4, "partials": 80, "session_init_ms": 140.0, "http_post_ms": 90.0},
    )  # fmt: skip
    segments, start = row(document, "segments per turn"), row(document, "session_init_ms")

    assert ("breaks", 0, 1) == tuple(
        (found := row(document, "empty_final"))[key] if key == "status" else found[key]["value"]
        for key in ("status", *synthetic.SIDES)
    )
    assert ("differs", 2.0, 8, 4) == (
        segments["status"],
        *(segments["candidate"][key] for key in ("value", "segments", "turns")),
    )
    assert ("same", 90.0) == (start["status"], start["candidate"]["parts"]["http_post_ms"])
    assert "same" == row(document, "partials per segment")["status"]


def test_one_side_alone_is_no_contract():
    """A run of one side says so instead of listing what the other never did."""
    document = diff(A, ())

    assert ("one side has no session", []) == (document["reason"], document["rows"])
