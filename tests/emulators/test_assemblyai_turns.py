"""AssemblyAI's turns, as a client sees them, for each family of models. Checklist A16-A32, A52-A54."""

import json

import pytest
from assemblyai_clients import CHUNK, chunks, plain, said, sdk
from loopback import ToneEngine, loopback, pause, spoken

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # the SDK calls connect() as websockets 17 deprecates

FLAVOURS = pytest.mark.parametrize("flavour", ["sync", "async"])
SCRIPT = """
seed = 7
[[session]]
partial_delay_ms = 2
final_delay_ms = 5
[[session.segment]]
text = "Call me back tomorrow, please, at about three o'clock in the afternoon."
start_s = 0.2
end_s = 5.0
[[session.segment]]
text = "Thank you!"
start_s = 5.5
end_s = 6.1
partials = [{at_s = 5.7, text = "Tank"}, {at_s = 5.8, text = "Thank you", pause = true}]
[[session.segment]]
text = "Is that all of it for today?"
start_s = 6.4
end_s = 8.0
"""
SCRIPTED = CHUNK * 90
TONES = spoken("yes", "please", "no") + pause(500) + spoken("please?") + pause(500) + spoken("no", "yes") + pause(1500)
PROFILES = {
    "unformatted": {},
    "two_step": {"format_turns": True},
    "multilingual": {"speech_model": "universal-streaming-multilingual"},
    "u3": {"speech_model": "u3-rt-pro"},
    "u3_quiet": {"speech_model": "universal-3-6-pro", "continuous_partials": False},
}
UNIVERSAL = ("unformatted", "two_step", "multilingual")
U3 = ("u3", "u3_quiet")
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
def scripted():
    with loopback(SCRIPT) as running:
        yield running


@pytest.fixture(scope="module")
def tones():
    with loopback(engine=ToneEngine()) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(scripted, tones):
    """By profile and engine: a session's client and the server's account of it."""
    sessions = {}
    for profile, query in PROFILES.items():
        for engine, emulators, audio in (("script", scripted, SCRIPTED), ("tones", tones, TONES)):
            client = said(emulators, audio, acknowledge_silence=True, **query)
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


def test_a17_whole_numbers_have_no_fraction(recorded):
    """In the text itself: not 7.0, not 7.4."""
    seen = set()

    def look(pairs):
        for name, value in pairs:
            if name in INTEGERS:
                seen.add(name)
                assert value.__class__ is int, (name, value)
        return dict(pairs)

    for client, _ in recorded.values():
        for text in client.raw:
            json.loads(text, object_pairs_hook=look)
    assert {"expires_at", "turn_order", "start", "end", "timestamp", "start_ms", "audio_duration_seconds"} <= seen


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


def in_step(emulators, audio, **query):
    """A session whose audio is sent a second at a time, each when the server has heard the one before."""
    with plain(emulators, **query) as client:
        client.next()
        for start in range(0, len(audio), len(CHUNK) * 10):
            client.audio(audio[start : start + len(CHUNK) * 10])
            client.socket.ping().wait(10)
        return client.terminate()


def shown_at(emulators, client):
    """The audio positions that its partials are about."""
    entries = zip(client.messages, emulators.settled(client.id)["messages"], strict=True)
    return [entry["audio_ms"] for message, entry in entries if message["type"] == "Turn" and not message["end_of_turn"]]


LONG = spoken(*["yes", "no"] * 12) + pause(64) + spoken("please.") + pause(320)  # 24 words are 7.7 s


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [768, 3776, 6784]),
        ({"continuous_partials": True}, [768, 3776, 6784]),
        ({"continuous_partials": False}, [768]),
        ({"speaker_labels": True}, [768]),
        ({"speaker_labels": True, "continuous_partials": True}, [768, 3776, 6784]),
        ({"interruption_delay": 0, "continuous_partials": False}, [256]),
        ({"interruption_delay": 1000, "continuous_partials": False}, [1280]),
    ],
)
def test_a26_u3_shows_an_early_partial_and_one_every_three_seconds_if_wanted(tones, query, expected):
    """At 500 + 256 ms by default, in the frame of 32 ms in which that is reached; more only with `continuous_partials`."""
    client = in_step(tones, LONG, speech_model="u3-rt-pro", **query)
    shown = shown_at(tones, client)
    assert len(expected) == len(shown)
    assert [0 <= at_ms - about_ms <= 64 for at_ms, about_ms in zip(shown, expected, strict=True)] == [True] * len(
        shown
    ), shown


def test_a26_u3_shows_one_partial_per_pause(tones):
    """At `min_turn_silence` of an incomplete sentence, once, however long the pause goes on."""
    audio = spoken("yes") + pause(960) + spoken("no") + pause(960) + spoken("please.") + pause(320)
    client = said(tones, audio, speech_model="u3-rt-pro", continuous_partials=False)
    shown = [(turn["end_of_turn"], turn["transcript"]) for turn in client.turns]
    assert shown == [(False, "yes"), (False, "yes no"), (True, "yes no please.")]


@FLAVOURS
def test_a26_a_script_is_shown_in_the_cadence_of_u3(scripted, flavour):
    """A script that has a partial for every word shows U3 clients the early one, one after three seconds, and the pauses."""
    events, _ = sdk(flavour, scripted, chunks(SCRIPTED), speech_model="u3-rt-pro")
    shown = {}
    for event in (event for event in events if event.type == "Turn" and not event.end_of_turn):
        shown.setdefault(event.turn_order, []).append(len(event.words))
    assert shown == {0: [2, 10], 1: [2], 2: [4]}


@FLAVOURS
def test_a27_two_steps_are_two_finals_of_one_turn(scripted, flavour):
    """Unformatted first, then formatted, under the same order."""
    events, _ = sdk(flavour, scripted, chunks(SCRIPTED), format_turns=True)
    ends = [
        (event.turn_order, event.turn_is_formatted) for event in events if event.type == "Turn" and event.end_of_turn
    ]
    assert [(order, formatted) for order in range(3) for formatted in (False, True)] == ends
    texts = [event.transcript for event in events if event.type == "Turn" and event.end_of_turn]
    assert texts[2:4] == ["thank you", "Thank you!"]


@FLAVOURS
def test_a28_other_turns_have_one_final(scripted, flavour):
    """Unformatted without `format_turns`; formatted where that is built in."""
    for query, formatted in (({}, False), (PROFILES["multilingual"], True), (PROFILES["u3"], True)):
        events, _ = sdk(flavour, scripted, chunks(SCRIPTED), **query)
        ends = [event for event in events if event.type == "Turn" and event.end_of_turn]
        assert [(order, formatted) for order in range(3)] == [(end.turn_order, end.turn_is_formatted) for end in ends]
        assert ("Thank you!" if formatted else "thank you") == ends[1].transcript


def test_a28_formatting_can_be_built_into_universal_english():
    """By switch, as one of the vendor's pages shows it: every message is formatted and no second final follows."""
    with loopback(SCRIPT, format_turns_as="built_in") as emulators:
        turns = said(emulators, SCRIPTED, format_turns=True).turns
    assert {True} == {turn["turn_is_formatted"] for turn in turns}
    assert [turn["turn_order"] for turn in turns if turn["end_of_turn"]] == [0, 1, 2]


@pytest.mark.parametrize("profile", UNIVERSAL)
def test_a29_universal_tells_the_utterance_at_a_pause_and_then_not_again(tones, profile):
    """Filled on the partial of a pause; empty on the final of that turn, filled on that of others."""
    paused = spoken("yes", "no") + pause(480) + spoken("please.") + pause(480)
    client = said(tones, paused + spoken("no!") + pause(480), **PROFILES[profile])
    told = [(turn["turn_order"], turn["end_of_turn"], turn["utterance"].lower()) for turn in client.turns]
    assert [(order, text) for order, end, text in told if not end and text] in ([], [(0, "yes no")])
    early = {order for order, end, text in told if not end and text}
    firsts = {}
    for order, end, text in told:
        if end:
            firsts.setdefault(order, text)
    assert {order: bool(text) for order, text in firsts.items()} == {order: order not in early for order in (0, 1)}


def test_a29_a_scripted_pause_fills_the_utterance(scripted):
    """The script's pause comes after both words were agreed on or not; the final is empty exactly then."""
    script = SCRIPT.replace(
        '{at_s = 5.7, text = "Tank"}', '{at_s = 5.7, text = "Thank you"}, {at_s = 5.75, text = "Thank you so"}'
    )
    with loopback(script.replace("Thank you!", "Thank you so much!")) as emulators:
        turns = [turn for turn in said(emulators, SCRIPTED).turns if turn["turn_order"] == 1]
    assert [turn["utterance"] for turn in turns][-2:] == ["thank you", ""]


def test_a29_u3_tells_the_utterance_on_the_final_only(recorded):
    """And there it is the transcript."""
    for messages in turns_of(recorded, *U3):
        for turn in messages:
            assert turn["utterance"] == (turn["transcript"] if turn["end_of_turn"] else "")


def turns_around(emulators, before, pause_ms, **query):
    """How many turns there are if a word, a pause and another word are said."""
    client = said(emulators, before + pause(pause_ms) + spoken("no!"), **query)
    return len({turn["turn_order"] for turn in client.turns if turn["end_of_turn"]})


@pytest.mark.parametrize(
    ("word", "pause_ms", "query", "turns"),
    [
        ("yes.", 416, {}, 2),  # complete, and silent for 400 ms
        ("yes.", 384, {}, 1),  # not silent for long enough
        ("yes", 416, {}, 1),  # not complete
        ("yes.", 416, {"min_turn_silence": 1000}, 1),
        ("yes.", 1024, {"min_turn_silence": 1000}, 2),
        ("yes.", 160, {"min_turn_silence": 160}, 2),
        ("yes.", 416, {"end_of_turn_confidence_threshold": 0.79}, 2),
        ("yes.", 416, {"end_of_turn_confidence_threshold": 0.8}, 1),  # above, not at the threshold
    ],
)
def test_a30_a_semantic_end_needs_confidence_and_the_short_silence(tones, word, pause_ms, query, turns):
    """Either alone isn't enough."""
    assert turns == turns_around(tones, spoken(word), pause_ms, **query)


def test_a30_a_semantic_end_needs_80_ms_of_speech_and_a_final_word(tones):
    """64 ms of sound are no turn; 96 ms are one, and its last word is final."""
    blip = said(tones, pause(320) + spoken("yes.")[: 32 * 64] + pause(480))
    assert blip.turns == []
    short = said(tones, pause(320) + spoken("yes.")[: 32 * 96] + pause(480))
    assert [(turn["end_of_turn"], finality(turn)) for turn in short.turns] == [(True, [True])]


@pytest.mark.parametrize(
    ("word", "pause_ms", "query", "turns"),
    [
        ("yes", 1280, {}, 2),
        ("yes", 1248, {}, 1),
        ("yes", 640, {"max_turn_silence": 600}, 2),
        ("yes.", 1248, {"end_of_turn_confidence_threshold": 1}, 1),  # silence alone counts
        ("yes.", 1280, {"end_of_turn_confidence_threshold": 1}, 2),
        ("yes", 416, {"end_of_turn_confidence_threshold": 0}, 2),  # the short silence suffices
        ("yes", 384, {"end_of_turn_confidence_threshold": 0}, 1),
    ],
)
def test_a31_an_acoustic_end_comes_at_the_long_silence(tones, word, pause_ms, query, turns):
    """Threshold 1 makes it the only rule, threshold 0 ends at `min_turn_silence`."""
    assert turns == turns_around(tones, spoken(word), pause_ms, **query)


@pytest.mark.parametrize(
    ("word", "pause_ms", "query", "turns"),
    [
        ("yes.", 128, {}, 2),
        ("please?", 128, {}, 2),
        ("no!", 128, {}, 2),
        ("yes.", 96, {}, 1),
        ("yes", 992, {}, 1),
        ("yes", 1024, {}, 2),
        ("yes", 512, {"max_turn_silence": 500}, 2),
        ("yes.", 416, {"min_turn_silence": 480}, 1),
        ("yes.", 128, {"end_of_turn_confidence_threshold": 1}, 2),  # ignored
    ],
)
def test_a32_punctuation_ends_a_u3_turn_at_the_short_silence(tones, word, pause_ms, query, turns):
    """Anything else waits for the long one; the threshold is ignored."""
    assert turns == turns_around(tones, spoken(word), pause_ms, speech_model="u3-rt-pro", **query)


@pytest.mark.parametrize("profile", PROFILES)
def test_a52_the_language_is_told_with_an_utterance_or_an_end(profile):
    """Both fields or none; never without `language_detection`."""
    with loopback(SCRIPT.replace("end_s = 5.0", 'end_s = 5.0\nlanguage = "es"')) as emulators:
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


SPEAKERS = SCRIPT.replace("end_s = 6.1", 'end_s = 6.1\nspeaker = "B"').replace(
    "end_s = 8.0", 'end_s = 8.0\nspeaker = "B"'
)


@FLAVOURS
def test_a53_speakers_are_labelled_and_short_turns_later(flavour):
    """A turn under a second is UNKNOWN until a revision, which is about earlier turns only and keeps their words."""
    with loopback(SPEAKERS) as emulators:
        events, _ = sdk(flavour, emulators, chunks(SCRIPTED), speech_model="u3-rt-pro", speaker_labels=True)
    ends = [event for event in events if event.type == "Turn" and event.end_of_turn]
    assert [end.speaker_label for end in ends] == ["A", "UNKNOWN", "B"]
    assert [{word.speaker for word in end.words} for end in ends] == [{"A"}, {"UNKNOWN"}, {"B"}]
    assert [event.type for event in events][-2:] == ["SpeakerRevision", "Termination"]
    (revision,) = events[-2].revisions
    assert (revision.turn_order, revision.speaker_label) == (1, "B")
    plainly = [(word.text, word.start, word.end) for word in ends[1].words]
    assert plainly == [(word.text, word.start, word.end) for word in revision.words]
    assert {"B"} == {word.speaker for word in revision.words}


def test_a53_revisions_come_at_their_interval_and_refer_back():
    """At the least every two minutes of audio, each of turns that have ended; without labels there are none."""
    segments = "".join(
        f'[[session.segment]]\ntext = "Yes."\nstart_s = {start}\nend_s = {start + 0.5}\n'
        for start in (1, 100, 130, 239.8)
    )
    second, options = CHUNK * 10, {"speech_model": "u3-rt-pro", "speaker_labels_revision_interval_ms": 1}
    with loopback(f"seed = 7\n[[session]]\n{segments}", rate_tolerance_s=None) as emulators:
        labelled, not_labelled = (
            said_in_seconds(emulators, second, 245, speaker_labels=labels, **options) for labels in (True, False)
        )
    assert [message for message in not_labelled.messages if message["type"] == "SpeakerRevision"] == []
    revised, ended = [], set()
    for message in labelled.messages:
        if message["type"] == "Turn" and message["end_of_turn"]:
            ended.add(message["turn_order"])
        if message["type"] == "SpeakerRevision":
            revised.append([revision["turn_order"] for revision in message["revisions"]])
            assert set(revised[-1]) <= ended
    assert revised == [[0, 1], [2], [3]]


def said_in_seconds(emulators, second, count, **query):
    """A long session in messages of a second, the largest there are."""
    with plain(emulators, **query) as client:
        for _ in range(count):
            client.socket.send(second)
        return client.terminate()


def test_a53_the_last_revision_may_come_before_the_last_turns():
    """Its place is a switch: then a turn that was still open at `Terminate` is never revised by it."""
    with (
        loopback(SPEAKERS, speaker_revision="before_last_turns") as emulators,
        plain(emulators, speaker_labels=True) as client,
    ):
        client.audio(CHUNK * 67)
        client.until("Turn", turn_order=1, end_of_turn=True)
        client.terminate()
    assert [message["type"] for message in client.messages][-3:] == ["SpeakerRevision", "Turn", "Termination"]


def test_a54_the_same_seed_gives_the_same_bytes():
    """Of every message but for the times of day; another seed gives other ids."""
    script = SCRIPT.replace("final_delay_ms = 5", "final_delay_ms = 5\njitter_ms = 15")
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
