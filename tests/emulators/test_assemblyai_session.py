import json

import pytest

from harness.emulators.assemblyai_parameters import parse_query
from harness.emulators.assemblyai_session import AssemblyAISession, Configure, Feed, Finish, Force
from harness.emulators.connection import Close, Send
from harness.emulators.options import AssemblyAIOptions
from harness.emulators.recognition import Final, Hypothesis, SpeechStart, TimedWord

CHUNK = bytes(3200)  # 100 ms at 16 kHz


def session(options=None, **query):
    return AssemblyAISession("id", parse_query({"sample_rate": "16000", **query}), options or AssemblyAIOptions())


def words(text):
    return tuple(TimedWord(word, index * 100, index * 100 + 100, 0.9) for index, word in enumerate(text.split()))


def partial(text, **kwargs):
    return Hypothesis(0, 0, words(text), 1000, **kwargs)


def final(text):
    return Final(0, 0, words(text), 0, 1000, "semantic", 1400)


def turns(outputs):
    return [output.message for output in outputs if isinstance(output, Send) and output.message["type"] == "Turn"]


def shown(message):
    return [(word["text"], word["word_is_final"]) for word in message["words"]]


def test_only_the_last_word_of_a_partial_may_change():
    """A word becomes final when two hypotheses agree on it; the transcript is the final words."""
    current = session()
    first, second, third = (
        turns(current.recognised(partial(text)))[0] for text in ("And so?", "And so my tha.", "And so my fellow man")
    )
    assert shown(first) == [("and", False)]
    assert shown(second) == [("and", True), ("so", True), ("my", False)]
    assert shown(third) == [("and", True), ("so", True), ("my", True), ("fellow", False)]
    assert [message["transcript"] for message in (first, second, third)] == ["", "and so", "and so my"]


def test_final_words_stay_in_the_unformatted_final():
    """What was told as final is kept even if the last decode thinks otherwise; the formatted text is that decode."""
    current = session(format_turns="true")
    for text in ("Ask watt you", "Ask watt you can"):
        current.recognised(partial(text))
    unformatted, formatted = turns(current.recognised(final("Ask what you can do.")))
    assert unformatted["transcript"] == "ask watt you can do"
    assert formatted["transcript"] == "Ask what you can do."


def test_two_step_turns_have_two_finals_of_one_order():
    """Unformatted first, then formatted, then the next turn."""
    current = session(format_turns="true")
    ends = turns(current.recognised(final("Yes, please."))) + turns(current.recognised(final("No.")))
    assert [(end["turn_order"], end["turn_is_formatted"]) for end in ends] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert [end["end_of_turn"] for end in ends] == [True] * 4


def test_unformatted_and_built_in_turns_have_one_final():
    """The profile decides on the form of the only final."""
    assert [end["transcript"] for end in turns(session().recognised(final("Yes, please.")))] == ["yes please"]
    u3 = turns(session(speech_model="u3-rt-pro").recognised(final("Yes, please.")))
    assert [
        (end["transcript"], end["turn_is_formatted"], end["end_of_turn_confidence"], end["utterance"]) for end in u3
    ] == [("Yes, please.", True, 1.0, "Yes, please.")]


def test_u3_partials_are_whole_and_not_final():
    """All words so far, none of them final, confidence 0."""
    message = turns(session(speech_model="u3-rt-pro").recognised(partial("Yes, pl")))[0]
    assert shown(message) == [("Yes,", False), ("pl", False)]
    assert (message["transcript"], message["end_of_turn_confidence"], message["turn_is_formatted"]) == (
        "Yes, pl",
        0.0,
        False,
    )


def test_speech_started_is_for_u3_only():
    """An integer time and a confidence, before the first turn."""
    start = SpeechStart(0, 0, 352, 448, 0.87)
    expected = {"type": "SpeechStarted", "timestamp": 352, "confidence": 0.87}
    assert [expected] == [output.message for output in session(speech_model="u3-rt-pro").recognised(start)]
    assert session().recognised(start) == []


@pytest.mark.parametrize(("size", "passes"), [(1568, False), (1600, True), (32000, True), (32032, False)])
def test_audio_messages_last_50_to_1000_ms(size, passes):
    """Shorter and longer ones end the session with their duration in the reason."""
    outputs = session().audio(bytes(size), 1.0)
    if passes:
        assert [Feed(bytes(size))] == outputs
    else:
        reason = f"Input duration violation: {size / 32:g} ms. Expected between 50 and 1000 ms"
        assert [{"type": "Error", "error_code": 3007, "error": reason}] == [outputs[0].message]
        assert Close(3007, reason) == outputs[1]


def test_a_short_tail_can_be_allowed():
    """Without `strict_tail` a short message passes if it is the last."""
    options = AssemblyAIOptions(strict_tail=False)
    assert [Feed(bytes(320))] == session(options).audio(bytes(320), 1.0)
    current = session(options)
    current.audio(bytes(320), 1.0)
    assert (
        Close(3007, "Input duration violation: 10 ms. Expected between 50 and 1000 ms") == current.audio(CHUNK, 1.1)[-1]
    )


def test_audio_far_ahead_of_the_clock_is_refused():
    """Beyond the tolerance the rate is exceeded; at real time it never is."""
    current = session(AssemblyAIOptions(rate_tolerance_s=1.0))
    codes = [
        output.code for index in range(20) for output in current.audio(CHUNK, index * 0.01) if isinstance(output, Close)
    ]
    assert codes == [3007]
    steady = session(AssemblyAIOptions(rate_tolerance_s=0.2))
    assert [
        output for index in range(600) for output in steady.audio(CHUNK, index * 0.1) if isinstance(output, Close)
    ] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON: {"),
        ("[]", "Invalid Message: expected a JSON object"),
        ('{"type": "Hello"}', "Invalid Message Type: Hello"),
    ],
)
def test_messages_that_make_no_sense_end_the_session(text, reason):
    """Each kind of nonsense has its reason."""
    assert Close(3006, reason) == session().text(text, 1.0)[-1]


def test_commands_reach_the_engine():
    """Force, update and terminate are passed on in order."""
    current = session()
    assert [Force()] == current.text('{"type": "ForceEndpoint"}', 1.0)
    (configured,) = current.text(json.dumps({"type": "UpdateConfiguration", "max_turn_silence": 5000}), 1.0)
    assert isinstance(configured, Configure)
    assert configured.rules.max_silence_ms == 5000
    assert [Finish()] == current.text('{"type": "Terminate"}', 1.0)


def test_termination_counts_audio_and_wall_time_in_whole_seconds():
    """Nothing follows it but the close, and audio after `Terminate` is ignored."""
    current = session()
    for index in range(30):
        current.audio(CHUNK, index / 10)
    current.text('{"type": "Terminate"}', 9.0)
    assert current.audio(CHUNK, 9.1) == []
    send, close = current.finished(10.2)
    assert send.message == {"type": "Termination", "audio_duration_seconds": 3, "session_duration_seconds": 10}
    assert Close(1000) == close


def test_inactivity_ends_a_session_and_is_put_off_by_audio_and_keep_alive():
    """Only if asked for."""
    current = session(inactivity_timeout="5")
    current.audio(CHUNK, 3.0)
    assert current.tick(7.9) == []
    current.text('{"type": "KeepAlive"}', 7.9)
    assert current.tick(12.8) == []
    assert Close(3005, "Session Cancelled: inactivity timeout") == current.tick(12.9)[-1]
    assert session().tick(3600.0) == []


def test_the_session_limit_ends_it():
    """3008 after the longest session."""
    assert session(AssemblyAIOptions(session_limit_s=60)).tick(60.0)[-1].code == 3008


def test_abnormal_closes_may_come_unannounced():
    """Without `error_frame_before_close` there is the close only."""
    assert [Close(3006, "Invalid JSON: {")] == session(AssemblyAIOptions(error_frame_before_close=False)).text("{", 1.0)


def test_language_is_told_on_turns_that_say_something():
    """With detection on, the two fields are on finals and not on mere partials."""
    current = session(language_detection="true")
    assert "language_code" not in turns(current.recognised(partial("Yes")))[0]
    assert turns(current.recognised(final("Yes.")))[0]["language_code"] == "en"
