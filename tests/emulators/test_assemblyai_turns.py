"""AssemblyAI's turns, as a client sees them, for each family of models. Checklist A16-A25, A29, A52, A54."""

import json

import pytest
from assemblyai_clients import closed, in_step, plain, said
from assemblyai_material import PROFILES, SCRIPTED, SDK_WARNINGS, THREE_TURNS, TONES, U3, UNIVERSAL
from loopback import loopback

pytestmark = SDK_WARNINGS


WORD_FIELDS = {"text": str, "start": int, "end": int, "confidence": float, "word_is_final": bool}


TURN_FIELDS = {
    "turn_order": int,
    "turn_is_formatted": bool,
    "end_of_turn": bool,
    "transcript": str,
    "end_of_turn_confidence": float,
    "words": list,
    "utterance": str,
}


INTEGERS = {
    "expires_at", "turn_order", "start", "end", "timestamp", "start_ms", "end_ms", "error_code",
    "total_audio_received_ms", "total_duration_ms", "audio_duration_seconds", "session_duration_seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded(three_turns, tones):
    """By profile and engine: a session's client and the server's account of it."""
    sessions = {}
    for profile, query in PROFILES.items():
        for engine, emulators, audio in (("script", three_turns, SCRIPTED), ("tones", tones, TONES)):
            client = in_step(emulators, audio, acknowledge_silence=True, **query)
            sessions[profile, engine] = client, emulators.settled(client.id)
    return sessions


def turns_of(recorded, *profiles):
    """All turns of these profiles with either engine, each a list of messages."""
    found = []
    for (profile, _), (client, _) in recorded.items():
        orders = sorted({turn["turn_order"] for turn in client.turns}) if profile in profiles else []
        found += [[turn for turn in client.turns if turn["turn_order"] == order] for order in orders]
    assert found
    return found


def finality(turn):
    return [word["word_is_final"] for word in turn["words"]]


def test_a16_every_frame_is_a_text_with_a_json_object_that_has_a_type(recorded):
    """Never binary, never a list."""
    for client, _ in recorded.values():
        assert {str} == {type(text) for text in client.raw}
        assert {str} == {type(message["type"]) for message in client.messages}


def test_a17_whole_numbers_have_no_fraction(recorded, three_turns):
    """In the text itself: not 7.0, not 7.4; in every field that is one."""
    seen = set()

    def look(pairs):
        for name, value in pairs:
            if name in INTEGERS:
                seen.add(name)
                assert value.__class__ is int, (name, value)
        return dict(pairs)

    with plain(three_turns, session_heartbeat=True) as beating:
        beating.until("Heartbeat")
    for client in (*(client for client, _ in recorded.values()), beating, closed(three_turns, b"too short")):
        for text in client.raw:
            json.loads(text, object_pairs_hook=look)
    assert seen == INTEGERS


def test_a18_every_turn_has_all_its_fields(recorded):
    """With their types, `utterance` among them, and so has every word."""
    for messages in turns_of(recorded, *PROFILES):
        for turn in messages:
            assert TURN_FIELDS == {name: type(turn[name]) for name in TURN_FIELDS}
            for word in turn["words"]:
                assert WORD_FIELDS == {name: type(word[name]) for name in WORD_FIELDS}


def test_a19_turns_are_counted_from_zero_one_by_one(recorded):
    """The order stays within a turn, and the next is one more."""
    for client, _ in recorded.values():
        orders = [turn["turn_order"] for turn in client.turns]
        assert sorted(orders) == orders
        assert list(range(orders[-1] + 1)) == sorted(set(orders))


def test_a20_words_have_times_in_order_within_the_audio_received(recorded):
    """By the server's own stamps: no word ends after what had arrived when the message was sent."""
    for client, account in recorded.values():
        frames, heard_bytes = iter(account["frames"]), 0
        frame = next(frames)
        assert len(client.raw) == len(account["messages"])
        for message, entry in zip(client.messages, account["messages"], strict=True):
            while frame is not None and frame["received_ns"] <= entry["sent_ns"]:
                heard_bytes += frame["bytes"]
                frame = next(frames, None)
            words = message.get("words", [])
            starts = [word["start"] for word in words]
            assert sorted(starts) == starts
            assert all(word["start"] <= word["end"] <= heard_bytes / 32 for word in words)


def test_a21_only_the_last_word_of_a_universal_partial_may_change(recorded):
    """A word that was final stays, text and times, through the unformatted final."""
    for messages in turns_of(recorded, *UNIVERSAL):
        told = []
        for turn in (message for message in messages if not (message["end_of_turn"] and message["turn_is_formatted"])):
            assert all(finality(turn)[:-1])
            final = [(word["text"], word["start"], word["end"]) for word in turn["words"] if word["word_is_final"]]
            assert told == final[: len(told)]
            told = final


def test_a22_a_universal_partial_says_its_final_words(recorded):
    """Joined by spaces; the word that may still change isn't part of it."""
    partials = 0
    for messages in turns_of(recorded, *UNIVERSAL):
        for turn in messages:
            partials += not turn["end_of_turn"]
            assert " ".join(word["text"] for word in turn["words"] if word["word_is_final"]) == turn["transcript"]
    assert partials > 20


def test_a23_u3_words_are_final_at_the_end_only(recorded):
    """None in a partial, all in the final."""
    for messages in turns_of(recorded, *U3):
        for turn in messages:
            assert {turn["end_of_turn"]} == set(finality(turn))


def test_a24_u3_formatting_and_confidence_mean_the_end(recorded):
    """Both flags are the same, and the confidence is 1 or 0."""
    for messages in turns_of(recorded, *U3):
        for turn in messages:
            assert turn["turn_is_formatted"] == turn["end_of_turn"]
            assert turn["end_of_turn_confidence"] == (1.0 if turn["end_of_turn"] else 0.0)


def test_a25_speech_started_precedes_each_u3_turn(recorded):
    """With a whole and a fractional number; Universal models don't send it."""
    for (profile, _), (client, _) in recorded.items():
        kinds = [message for message in client.messages if message["type"] in {"SpeechStarted", "Turn"}]
        starts = [message for message in kinds if message["type"] == "SpeechStarted"]
        if profile in UNIVERSAL:
            assert starts == []
            continue
        assert {(int, float)} == {(type(start["timestamp"]), type(start["confidence"])) for start in starts}
        for index, message in enumerate(kinds):
            new = message["type"] == "Turn" and message["turn_order"] not in {
                earlier.get("turn_order") for earlier in kinds[:index]
            }
            if new:
                assert kinds[index - 1]["type"] == "SpeechStarted"
                assert kinds[index - 1]["timestamp"] <= message["words"][0]["start"]


def test_a29_u3_tells_the_utterance_on_the_final_only(recorded):
    """And there it is the transcript."""
    for messages in turns_of(recorded, *U3):
        for turn in messages:
            assert turn["utterance"] == (turn["transcript"] if turn["end_of_turn"] else "")


@pytest.mark.parametrize("profile", PROFILES)
def test_a52_the_language_is_told_with_an_utterance_or_an_end(profile):
    """Both fields or none; never without `language_detection`."""
    with loopback(THREE_TURNS.replace("end_s = 5.0", 'end_s = 5.0\nlanguage = "es"')) as emulators:
        turns = said(emulators, SCRIPTED, language_detection=True, **PROFILES[profile]).turns
        silent = said(emulators, SCRIPTED, **PROFILES[profile]).turns
    fields = {"language_code", "language_confidence"}
    for turn in turns:
        assert turn.keys() & fields == (fields if turn["utterance"] or turn["end_of_turn"] else set())
    assert {(turn["turn_order"], turn["language_code"]) for turn in turns if turn["end_of_turn"]} == {
        (0, "es"),
        (1, "en"),
        (2, "en"),
    }
    assert not any(turn.keys() & fields for turn in silent)


def test_a54_the_same_seed_gives_the_same_bytes():
    """Of every message but for the times of day; another seed gives other ids."""
    script = THREE_TURNS.replace("[[session]]", "[[session]]\njitter_ms = 15")
    runs = []
    for seed in (7, 7, 8):
        with loopback(script.replace("seed = 7", f"seed = {seed}")) as emulators:
            client = said(emulators, SCRIPTED, format_turns=True, speaker_labels=True)
            runs.append([text for text in client.raw if '"Termination"' not in text])
    same, again, other = [[text.split('"expires_at"')[0] for text in run] for run in runs]
    assert same == again
    assert len(same) > 15
    assert same[0] != other[0]
    assert same[1:] == other[1:]
