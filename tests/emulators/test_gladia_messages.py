"""Statements G25-G37: the messages of Gladia's emulator."""

import re

import pytest
from gladia_clients import (
    BOTH,
    CHUNK,
    EVERYTHING,
    SDK_WARNINGS,
    TWO_UTTERANCES,
    create,
    of_type,
    talk,
)
from loopback import loopback, pause, spoken

pytestmark = SDK_WARNINGS
LANGUAGES = """
[[session]]
segment = [
  {text = "Buenos dias.", start_s = 0.1, end_s = 0.4, language = "es"},
  {text = "Good morning.", start_s = 0.5, end_s = 0.8, language = "en"},
  {text = "Bonjour.", start_s = 1.0, end_s = 1.3, language = "fr"},
]
"""


@pytest.fixture(scope="module")
def polyglot():
    with loopback(LANGUAGES) as running:
        yield running


def told(gladia, wishes=None, **body):
    """All messages of the scripted session."""
    return talk(
        create(gladia, {"messages_config": EVERYTHING if wishes is None else wishes, **body})["url"], *[CHUNK] * 20
    )


def heard(tones, audio, **body):
    """The transcripts' utterances when the audio is understood."""
    messages = talk(create(tones, body)["url"], *(audio[n : n + 3200] for n in range(0, len(audio), 3200)))
    return [m["data"]["utterance"] for m in of_type(messages, "transcript")]


def test_g25_every_message_says_what_and_whose_and_when(gladia):
    """`type`, `session_id`, and `created_at` in ISO-8601 with milliseconds."""
    messages = told(gladia)
    assert len({m["session_id"] for m in messages}) == 1
    assert [m for m in messages if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", m["created_at"])] == []
    assert {m["type"] for m in messages} == {
        "start_recording",
        "audio_chunk",
        "speech_start",
        "transcript",
        "speech_end",
        "stop_recording",
        "end_recording",
        "post_transcript",
        "post_final_transcript",
        "end_session",
    }


def test_g26_utterances_and_words_have_all_their_fields(gladia):
    """Times in seconds."""
    transcripts = of_type(told(gladia), "transcript")
    utterances = [m["data"]["utterance"] for m in transcripts]
    fields = {"start", "end", "confidence", "channel", "words", "text", "language"}
    assert [set(utterance) for utterance in utterances] == [fields] * len(utterances)
    words = [word for utterance in utterances for word in utterance["words"]]
    assert {frozenset(word) for word in words} == {frozenset({"word", "start", "end", "confidence"})}
    assert (utterances[-1]["start"], utterances[-1]["end"]) == (1.0, 1.4)


def test_g27_a_final_begins_with_a_space(gladia):
    """By default; a switch takes it away. Partials have none."""
    assert [m["data"]["utterance"]["text"] for m in of_type(told(gladia), "transcript")] == [
        "Call",
        "Call me",
        " Call me back.",
        "Thank",
        " Thank you!",
    ]
    with loopback(TWO_UTTERANCES + "[gladia]\nleading_space = false") as plain:
        finals = of_type(told(plain, {}), "transcript")
    assert [m["data"]["utterance"]["text"] for m in finals] == ["Call me back.", "Thank you!"]


@BOTH
def test_g28_partials_share_their_finals_id(gladia, sdk):
    """And no other utterance has it."""
    transcripts = sdk(gladia, {"messages_config": EVERYTHING}).of("transcript")
    assert [(m.data.id, m.data.is_final) for m in transcripts] == [
        ("00-00000000", False),
        ("00-00000000", False),
        ("00-00000000", True),
        ("00-00000001", False),
        ("00-00000001", True),
    ]


@BOTH
def test_g29_partials_and_finals_come_as_wished(gladia, sdk):
    """Partials only if asked for, finals unless refused."""
    kinds = lambda **wishes: {m.data.is_final for m in sdk(gladia, {"messages_config": wishes}).of("transcript")}  # noqa: E731 - one expression
    assert kinds() == {True}
    assert kinds(receive_partial_transcripts=True, receive_final_transcripts=False) == {False}


def test_g30_there_is_one_final_and_nothing_after_it():
    """However the delays of partials and finals fall."""
    jittery = TWO_UTTERANCES.replace("[[session]]", "[[session]]\npartial_delay_ms = 60\njitter_ms = 60")
    with loopback(jittery) as late:
        transcripts = of_type(told(late), "transcript")
    for key in ("00-00000000", "00-00000001"):
        finality = [m["data"]["is_final"] for m in transcripts if m["data"]["id"] == key]
        assert (finality[-1], finality.count(True)) == (True, 1)


def test_g31_speech_events_embrace_the_transcripts(gladia):
    """`speech_start` first, `speech_end` after the last partial and before the final."""
    events = of_type(told(gladia), "speech_start", "speech_end", "transcript")
    assert [m["type"] for m in events] == [
        *["speech_start", "transcript", "transcript", "speech_end", "transcript"],
        *["speech_start", "transcript", "speech_end", "transcript"],
    ]
    times = [m["data"]["time"] for m in of_type(events, "speech_start", "speech_end")]
    assert times == [0.2, 0.8, 1.0, 1.4]


def test_g31_speech_events_can_be_refused_or_end_after_the_final(gladia):
    """None with `receive_speech_events: false`; the unconfirmed order is a switch."""
    assert of_type(told(gladia, {"receive_speech_events": False}), "speech_start", "speech_end") == []
    with loopback(TWO_UTTERANCES + "[gladia]\nspeech_end_first = false") as other:
        events = of_type(told(other, {}), "speech_start", "speech_end", "transcript")
    assert [m["type"] for m in events] == ["speech_start", "transcript", "speech_end"] * 2


@pytest.mark.parametrize(("pause_ms", "count"), [(320, 1), (512, 1), (608, 2)])
def test_g32_a_pause_longer_than_endpointing_ends_the_utterance(tones, pause_ms, count):
    """And a shorter one doesn't; the tolerance is an analysis frame of 32 ms on either side of 550."""
    audio = spoken("yes", "please") + pause(pause_ms) + spoken("no") + pause(960)
    utterances = heard(tones, audio, endpointing=0.55, maximum_duration_without_endpointing=30)
    assert len(utterances) == count
    assert "".join(utterance["text"] for utterance in utterances) == " yes please no"


def test_g33_long_speech_is_split_and_nothing_is_lost(tones):
    """At the cap; the parts concatenate to the whole."""
    words = ["yes", "please", "no", "yes.", "please?", "no!"]
    utterances = heard(tones, spoken(*words) + pause(960), endpointing=0.5, maximum_duration_without_endpointing=0.96)
    assert [utterance["text"] for utterance in utterances] == [" yes please no", " yes. please? no!"]
    assert [utterance["end"] - utterance["start"] for utterance in utterances] == pytest.approx([0.96, 0.96], abs=0.07)
    whole = heard(tones, spoken(*words) + pause(960), endpointing=0.5, maximum_duration_without_endpointing=30)
    assert [utterance["text"] for utterance in whole] == [" yes please no yes. please? no!"]


def test_g34_channels_are_heard_apart(tones):
    """Independent utterances from interleaved samples."""
    left = spoken("yes", "please") + pause(960)
    right = pause(320) + spoken("no!") + pause(960)
    audio = b"".join(left[n : n + 2] + right[n : n + 2] for n in range(0, len(left), 2))
    utterances = heard(tones, audio, channels=2, endpointing=0.5)
    assert {(utterance["channel"], utterance["text"]) for utterance in utterances} == {(0, " yes please"), (1, " no!")}


@pytest.mark.parametrize(
    ("config", "languages"),
    [
        ({"languages": ["de"]}, ["de", "de", "de"]),
        ({"languages": ["de"], "code_switching": True}, ["de", "de", "de"]),
        ({}, ["es", "es", "es"]),
        ({"code_switching": True}, ["es", "en", "fr"]),
        ({"languages": ["en", "es"], "code_switching": True}, ["es", "en", "en"]),
        ({"languages": ["en", "fr"]}, ["en", "en", "en"]),
    ],
)
@BOTH
def test_g35_languages_are_fixed_locked_or_switched(polyglot, sdk, config, languages):
    """One language is a fact; else the first detected one stays, unless code switching is on."""
    played = sdk(polyglot, {"language_config": config})
    assert [m.data.utterance.language for m in played.of("transcript")] == languages
    (post,) = played.of("post_transcript")
    assert set(post.data.languages) == set(languages)


ADDONS = {
    "custom_vocabulary": True,
    "custom_vocabulary_config": {"vocabulary": ["BACK", {"value": "Gladia", "pronunciations": ["thank you"]}]},
    "custom_spelling": True,
    "custom_spelling_config": {"spelling_dictionary": {"Ring": ["call"]}},
    "translation": True,
    "translation_config": {"target_languages": ["fr", "es"]},
    "named_entity_recognition": True,
    "sentiment_analysis": True,
}


@BOTH
def test_g36_addons_tell_about_each_final(gladia, sdk):
    """Spellings change the text; each add-on has its message, and its part of the result."""
    played = sdk(gladia, {"realtime_processing": ADDONS})
    assert [m.data.utterance.text for m in played.of("transcript")] == [" Ring me BACK.", " Gladia!"]
    told = [m.type for m in played.messages if m.type not in {"audio_chunk", "speech_start", "speech_end"}]
    about = ["transcript", "translation", "translation", "named_entity_recognition", "sentiment_analysis"]
    assert told[:10] == about * 2
    translations = played.of("translation")
    assert [(m.data.target_language, m.data.translated_utterance.text) for m in translations[:2]] == [
        ("fr", " [fr] Ring me BACK."),
        ("es", " [es] Ring me BACK."),
    ]
    assert {m.data.utterance_id for m in translations} == {m.data.id for m in played.of("transcript")}
    assert [m.error for m in played.messages if hasattr(m, "error") and not hasattr(m, "acknowledged")] == [None] * 8
    (post,) = played.of("post_final_transcript")
    assert [result.languages for result in post.data.translation.results] == [["fr"], ["es"]]
    assert [entity.text for entity in post.data.named_entity_recognition.results] == ["BACK"]
    assert '"sentiment": "neutral"' in post.data.sentiment_analysis.results


def test_g36_what_is_disabled_sends_nothing(gladia):
    """Neither without the flags, whatever the configurations say, nor with real-time events refused."""
    silent = {name: value for name, value in ADDONS.items() if not isinstance(value, bool)}
    kinds = ("translation", "named_entity_recognition", "sentiment_analysis")
    off = told(gladia, realtime_processing=silent)
    assert of_type(off, *kinds) == []
    assert [m["data"]["utterance"]["text"] for m in of_type(off, "transcript")][-1] == " Thank you!"
    assert of_type(off, "post_final_transcript")[0]["data"].keys() == {"metadata", "transcription"}
    assert (
        of_type(told(gladia, {"receive_realtime_processing_events": False}, realtime_processing=ADDONS), *kinds) == []
    )


@BOTH
def test_g37_lifecycle_messages_come_only_if_wished(gladia, sdk):
    """And the server never sends `start_session`, which the SDK makes up itself."""
    kinds = ("start_session", "start_recording", "end_recording", "end_session")
    assert sdk(gladia).of(*kinds) == []
    raw = [m["type"] for m in of_type(told(gladia), *kinds)]
    assert raw == ["start_recording", "end_recording", "end_session"]
    wished = [m.type for m in sdk(gladia, {"messages_config": EVERYTHING}).of(*kinds)]
    assert wished == ["start_session", *raw]
