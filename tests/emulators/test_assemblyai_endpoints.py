"""When AssemblyAI's partials and ends of turns come, by the real segmentation of audio that is easy to understand. Checklist A26-A32."""

import pytest
from assemblyai_clients import chunks, in_step, said, sdk
from assemblyai_material import FLAVOURS, PROFILES, SCRIPTED, SDK_WARNINGS, THREE_TURNS, UNIVERSAL
from loopback import loopback, pause, spoken

pytestmark = SDK_WARNINGS


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


def test_a26_an_early_partial_without_words_is_tried_again(tones):
    """After as long again, as often as it takes; then no more without `continuous_partials`."""
    client = in_step(tones, spoken("uh", "uh", "uh") + LONG, speech_model="u3-rt-pro", continuous_partials=False)
    assert [1512 <= at_ms <= 1600 for at_ms in shown_at(tones, client)] == [True]


def test_a26_u3_shows_one_partial_per_pause(tones):
    """At `min_turn_silence` of an incomplete sentence, once, however long the pause goes on."""
    audio = spoken("yes") + pause(960) + spoken("no") + pause(960) + spoken("please.") + pause(320)
    client = said(tones, audio, speech_model="u3-rt-pro", continuous_partials=False)
    shown = [(turn["end_of_turn"], turn["transcript"]) for turn in client.turns]
    assert shown == [(False, "yes"), (False, "yes no"), (True, "yes no please.")]


@FLAVOURS
def test_a26_a_script_is_shown_in_the_cadence_of_u3(three_turns, flavour):
    """A script that has a partial for every word shows U3 clients the early one, one after three seconds, and the pauses."""
    events, _ = sdk(flavour, three_turns, chunks(SCRIPTED), speech_model="u3-rt-pro")
    shown = {}
    for event in (event for event in events if event.type == "Turn" and not event.end_of_turn):
        shown.setdefault(event.turn_order, []).append(len(event.words))
    assert shown == {0: [2, 10], 1: [2], 2: [4]}


@FLAVOURS
def test_a27_two_steps_are_two_finals_of_one_turn(three_turns, flavour):
    """Unformatted first, then formatted, under the same order."""
    events, _ = sdk(flavour, three_turns, chunks(SCRIPTED), format_turns=True)
    ends = [
        (event.turn_order, event.turn_is_formatted) for event in events if event.type == "Turn" and event.end_of_turn
    ]
    assert [(order, formatted) for order in range(3) for formatted in (False, True)] == ends
    texts = [event.transcript for event in events if event.type == "Turn" and event.end_of_turn]
    assert texts[2:4] == ["thank you", "Thank you!"]


@FLAVOURS
def test_a28_other_turns_have_one_final(three_turns, flavour):
    """Unformatted without `format_turns`; formatted where that is built in."""
    for query, formatted in (({}, False), (PROFILES["multilingual"], True), (PROFILES["u3"], True)):
        events, _ = sdk(flavour, three_turns, chunks(SCRIPTED), **query)
        ends = [event for event in events if event.type == "Turn" and event.end_of_turn]
        assert [(order, formatted) for order in range(3)] == [(end.turn_order, end.turn_is_formatted) for end in ends]
        assert ("Thank you!" if formatted else "thank you") == ends[1].transcript


def test_a28_formatting_can_be_built_into_universal_english():
    """By switch, as one of the vendor's pages shows it: every message is formatted and no second final follows."""
    with loopback(THREE_TURNS, format_turns_as="built_in") as emulators:
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


def test_a29_a_scripted_pause_fills_the_utterance(three_turns):
    """The script's pause comes after both words were agreed on or not; the final is empty exactly then."""
    script = THREE_TURNS.replace(
        '{at_s = 5.7, text = "Tank"}', '{at_s = 5.7, text = "Thank you"}, {at_s = 5.75, text = "Thank you so"}'
    )
    with loopback(script.replace("Thank you!", "Thank you so much!")) as emulators:
        turns = [turn for turn in said(emulators, SCRIPTED).turns if turn["turn_order"] == 1]
    assert [turn["utterance"] for turn in turns][-2:] == ["thank you", ""]


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
    assert [(turn["end_of_turn"], [word["word_is_final"] for word in turn["words"]]) for turn in short.turns] == [
        (True, [True])
    ]


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
