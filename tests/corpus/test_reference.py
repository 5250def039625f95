import json

import pytest

from harness.audio.read import AudioInfo
from harness.corpus.model import Entity, ReferenceWord, Utterance
from harness.corpus.recording import Recording
from harness.corpus.reference import clips_of, mismatches, needs_activity, with_activity

MONO = AudioInfo(16000, 1, 160000, "PCM_16", "WAV")
STEREO = AudioInfo(16000, 2, 160000, "PCM_16", "WAV")
WORDS = [
    {"word": "hello", "start": 1.0, "end": 1.5},
    {"word": "there", "start": 1.5, "end": 2.0},
    {"word": "bye", "start": 4.0, "end": 4.5},
]


def recording(**fields: object) -> Recording:
    return Recording.model_validate_json(json.dumps({"id": "r", "audio_filepath": "r.wav"} | fields))


def word(text: str, start_s: float, end_s: float) -> ReferenceWord:
    return ReferenceWord(text, start_s, end_s)


def test_segments_take_their_times_from_the_words_inside():
    """Segment edges are rough; the onset of the first word and the end of the last are the reference."""
    segments = [
        {"start": 0.0, "end": 2.5, "text": "Hello there.", "turn_id": "t1", "speaker": "s"},
        {"start": 2.5, "end": 10.0, "text": "Bye.", "turn_id": "t2"},
    ]
    [clip] = clips_of(recording(text="Hello there. Bye.", segments=segments, words=WORDS), MONO)
    expected = (
        Utterance("Hello there.", 1.0, 2.0, "t1", "s", (word("hello", 1.0, 1.5), word("there", 1.5, 2.0))),
        Utterance("Bye.", 4.0, 4.5, "t2", None, (word("bye", 4.0, 4.5),)),
    )
    assert (expected, "words") == (clip.utterances, clip.time_source)


def test_a_word_between_segments_goes_to_the_nearest():
    """No word is lost because an edge was drawn too tightly."""
    segments = [{"start": 1.1, "end": 1.4, "text": "hello"}, {"start": 1.9, "end": 4.1, "text": "there bye"}]
    [clip] = clips_of(recording(segments=segments, words=WORDS), MONO)
    assert [["hello"], ["there", "bye"]] == [[each.text for each in one.words] for one in clip.utterances]


def test_segments_without_words_keep_their_own_times():
    """The source is named accordingly."""
    segments = [{"start": 1.0, "end": 2.0, "text": "a"}, {"start": 3.0, "end": 4.0, "text": "b"}]
    [clip] = clips_of(recording(segments=segments), MONO)
    assert (Utterance("a", 1.0, 2.0), Utterance("b", 3.0, 4.0)) == clip.utterances
    assert ("a b", "segments") == (clip.text, clip.time_source)


def test_one_segment_without_words_makes_the_source_segments():
    """The weaker source is reported, not the better one."""
    segments = [{"start": 1.0, "end": 5.0, "text": "hello there bye"}, {"start": 8.0, "end": 9.0, "text": "so"}]
    [clip] = clips_of(recording(segments=segments, words=WORDS), MONO)
    assert "segments" == clip.time_source


def test_words_alone_are_one_utterance():
    """From the first word to the last, with the whole text."""
    [clip] = clips_of(recording(text="Hello there. Bye.", words=WORDS), MONO)
    assert [("Hello there. Bye.", 1.0, 4.5, 3)] == [
        (one.text, one.start_s, one.end_s, len(one.words)) for one in clip.utterances
    ]
    assert "words" == clip.time_source


def test_the_words_are_the_text_where_there_is_no_other():
    """Aligned words are a transcript."""
    [clip] = clips_of(recording(words=WORDS), MONO)
    assert ("hello there bye", "hello there bye") == (clip.text, clip.utterances[0].text)


def test_a_text_without_times_gets_those_of_the_speech_found():
    """One utterance from the first onset to the last end: where the sentences are is not known."""
    [clip] = clips_of(recording(text="hello"), MONO)
    assert needs_activity(clip)
    found = with_activity(clip, [(1.0, 2.0), (3.0, 4.0)])
    assert ((Utterance("hello", 1.0, 4.0),), "vad") == (found.utterances, found.time_source)


def test_without_a_text_each_stretch_of_speech_is_an_utterance():
    """Reference-free clips still have onsets and ends."""
    [clip] = clips_of(recording(), MONO)
    found = with_activity(clip, [(1.0, 2.0), (3.0, 4.0)])
    assert (Utterance(None, 1.0, 2.0), Utterance(None, 3.0, 4.0)) == found.utterances
    assert (None, "vad") == (found.text, found.time_source)


@pytest.mark.parametrize(("text", "expected"), [("hello", (Utterance("hello", 0.0, 10.0),)), (None, ())])
def test_no_speech_found_is_said(text, expected):
    """The text is still scored, over the whole clip, and the times are known to be none."""
    [clip] = clips_of(recording(text=text), MONO)
    found = with_activity(clip, [])
    assert (expected, "none") == (found.utterances, found.time_source)


def test_an_empty_text_says_that_nobody_speaks():
    """Silence is a reference too: no detector is asked."""
    [clip] = clips_of(recording(text=""), MONO)
    assert ("", (), False) == (clip.text, clip.utterances, needs_activity(clip))


def test_segments_without_text_are_spans_of_speech():
    """A human's marks serve where a detector's would."""
    segments = [{"start": 1.0, "end": 2.0}, {"start": 3.0, "end": 4.0}]
    [clip] = clips_of(recording(segments=segments), MONO)
    assert ([None, None], "segments") == ([one.text for one in clip.utterances], clip.time_source)


def test_a_text_that_cannot_be_divided_stays_whole():
    """Segments without text and a text without words: one utterance over all of them."""
    segments = [{"start": 1.0, "end": 2.0}, {"start": 3.0, "end": 4.0}]
    [clip] = clips_of(recording(text="a b", segments=segments), MONO)
    assert (Utterance("a b", 1.0, 4.0),) == clip.utterances


def test_channels_become_clips():
    """Each channel has its own segments, text, speaker and id; one on which nobody speaks is silent, not unknown."""
    segments = [
        {"start": 1.0, "end": 2.0, "text": "hi", "channel": 0, "speaker": "ann"},
        {"start": 3.0, "end": 4.0, "text": "hello", "channel": 0, "speaker": "ann"},
    ]
    first, second = clips_of(recording(text="hi hello", segments=segments), STEREO)
    assert ("r.ch0", 0, "ann", "hi hello", 2) == (
        first.clip_id,
        first.channel,
        first.speaker,
        first.text,
        len(first.utterances),
    )
    assert ("r.ch1", 1, "", False) == (second.clip_id, second.channel, second.text, needs_activity(second))
    assert ("r", "r") == (first.call_id, second.call_id)


def test_a_recording_may_be_one_channel_of_its_file():
    """Its line names it, so its id stays as it is."""
    [clip] = clips_of(recording(channel=1, text="hi"), STEREO)
    assert ("r", 1, 2, "hi") == (clip.clip_id, clip.channel, clip.channels, clip.text)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"text": "whose?"}, "text"),
        ({"segments": [{"start": 0, "end": 1, "text": "a"}]}, "segments"),
        ({"words": [{"word": "a", "start": 0, "end": 1}]}, "words"),
        ({"channel": 0, "segments": [{"start": 0, "end": 1, "channel": 1}]}, "segments[0].channel"),
        ({"channel": 2}, "channel"),
    ],
)
def test_references_of_several_channels_must_say_whose_they_are(fields, where):
    """Guessing would score one speaker with the other's words."""
    assert [where] == [field for field, _ in mismatches(recording(**fields), STEREO)]


def test_times_may_exceed_the_audio_by_rounding_only():
    """50 ms are forgiven, more is another file."""
    within = recording(words=[{"word": "a", "start": 9.0, "end": 10.05}], duration=10.4)
    beyond = recording(words=[{"word": "a", "start": 9.0, "end": 10.06}], duration=10.6)
    assert [[], ["duration", "words[0].end"]] == [
        [field for field, _ in mismatches(one, MONO)] for one in (within, beyond)
    ]


def test_tags_are_kept_once():
    """A tag written twice counts once."""
    [clip] = clips_of(recording(tags=["a", "b=c", "a"]), MONO)
    assert ("a", "b=c") == clip.tags


def test_entities_find_the_utterance_of_their_segment():
    """Words may put utterances in another order than segments, and channels have segments of their own."""
    early, late = {"word": "ann", "start": 0.6, "end": 2.0}, {"word": "bob", "start": 0.8, "end": 1.0}
    segments = [
        {"start": 0.0, "end": 1.1, "text": "bob", "channel": 0},
        {"start": 1.2, "end": 2.0, "text": "ann", "channel": 0},
        {"start": 0.0, "end": 1.0, "text": "code 7", "channel": 1},
    ]
    entities = [
        {"segment": 0, "char_start": 0, "char_end": 3, "class": "name"},
        {"segment": 2, "char_start": 5, "char_end": 6, "class": "code"},
    ]
    words = [each | {"channel": 0} for each in (early, late)]
    first, second = clips_of(recording(segments=segments, entities=entities, words=words), STEREO)
    assert ((Entity(1, 0, 3, "name"),), (Entity(0, 5, 6, "code"),)) == (first.entities, second.entities)
    assert ("bob", "code 7") == (first.utterances[1].text, second.utterances[0].text)


def test_entities_of_a_text_without_times_belong_to_its_only_utterance():
    """They stay with the clip until speech has been looked for."""
    [clip] = clips_of(recording(text="ann", entities=[{"char_start": 0, "char_end": 3, "class": "name"}]), MONO)
    found = with_activity(clip, [(1.0, 2.0), (3.0, 4.0)])
    assert ((Entity(0, 0, 3, "name"),), 1) == (found.entities, len(found.utterances))
