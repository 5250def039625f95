"""Lines of manifests; the audio, 2 s of noise in one or two channels, only gives their length."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.read import AudioInfo
from harness.corpus.recording import Recording
from harness.corpus.redact.lines import Line
from harness.corpus.redact.reference import redacted_line
from harness.corpus.redact.spans import Span
from harness.corpus.redact.texts import fold
from harness.errors import CorpusError


def timed(text: str, start: float = 0.0, **more: int) -> list[dict]:
    """A word every 0.1 s."""
    places = [round(start + index / 10, 3) for index in range(len(text.split()) + 1)]
    return [
        {"word": word, "start": a, "end": b} | more
        for word, a, b in zip(text.split(), places, places[1:], strict=False)
    ]


def line(channels: int = 1, **raw) -> Line:
    raw = {"id": "a", "audio_filepath": "a.wav"} | raw
    info = AudioInfo(8000, channels, 16000, "PCM_16", "WAV")
    return Line(1, raw, Recording.model_validate_json(json.dumps(raw)), info, "a.wav")


def span(start_s: float, end_s: float, **more) -> Span:
    return Span("spans.csv:2", "a.wav", start_s, end_s, **more)


def left(of: Line, *spans: Span) -> dict:
    found = redacted_line(of, spans, "beep")
    assert found is not None
    return {key: value for key, value in found.raw.items() if key not in {"id", "audio_filepath", "redaction", "tags"}}


def test_words_that_a_span_touches_go_from_words_segments_and_text():
    """A word that is only touched goes too; what stays keeps its times."""
    words = timed("my name is john smith and") + timed("hello john", 1.0)
    segments = [
        {"start": 0.0, "end": 0.6, "text": "My name is John Smith, and", "turn_id": "t"},
        {"start": 1.0, "end": 1.2, "text": "Hello John!"},
    ]
    whole = "My name is John Smith, and hello John!"
    found = left(line(text=whole, segments=segments, words=words), span(0.35, 0.5), span(1.1, 1.15))

    assert "My name is and hello" == found["text"]
    assert ["My name is and", "Hello"] == [segment["text"] for segment in found["segments"]]
    assert [words[i] for i in (0, 1, 2, 5, 6)] == found["words"]
    assert [(0.0, 0.6), (1.0, 1.2)] == [(one["start"], one["end"]) for one in found["segments"]]


def test_a_segment_whose_words_are_all_gone_goes_and_the_mentions_follow():
    """Entities of segments behind it count one less; those that lost a part go."""
    segments = [{"start": 0.0, "end": 0.1, "text": "John."}, {"start": 0.5, "end": 0.9, "text": "Call Ann Lee now"}]
    entities = [
        {"segment": 0, "char_start": 0, "char_end": 4, "class": "name"},
        {"segment": 1, "char_start": 5, "char_end": 12, "class": "name"},
    ]
    words = timed("john") + timed("call ann lee now", 0.5)
    found = left(line(segments=segments, words=words, entities=entities), span(0.0, 0.2), span(0.5, 0.55))
    assert [{"segment": 0, "char_start": 0, "char_end": 7, "class": "name"}] == found["entities"]
    assert ["Ann Lee now"] == [segment["text"] for segment in found["segments"]]
    assert "entities" not in left(line(segments=segments, words=words, entities=entities), span(0.0, 0.65))


def test_without_word_times_a_covered_segment_goes_as_a_whole():
    """Nobody needs to know its words; the recording's text loses it, and what lies in silence costs nothing."""
    segments = [{"start": 0.0, "end": 0.5, "text": "John Smith."}, {"start": 0.6, "end": 1.0, "text": "Thanks!"}]
    found = left(line(text="John Smith. Thanks!", segments=segments), span(0.0, 0.5), span(1.2, 1.4))
    assert ("Thanks!", ["Thanks!"]) == (found["text"], [one["text"] for one in found["segments"]])


def test_a_recording_that_lost_everything_says_that_nobody_speaks():
    """Else speech would be looked for in the tone."""
    segments = [{"start": 0.0, "end": 0.5, "text": "John"}]
    assert {"text": ""} == left(line(segments=segments), span(0.0, 0.5))
    assert {"text": ""} == left(line(words=timed("john")), span(0.0, 0.5))
    assert {"text": ""} == left(line(text="John"), span(0.0, 2.0))
    assert {} == left(line(), span(0.0, 2.0))


def test_an_untimed_text_that_is_cut_needs_its_rest():
    """It is refused without, and taken as given with it, where only one is given."""
    segments = [{"start": 0.0, "end": 1.0, "text": "I am John Smith."}, {"start": 1.0, "end": 2.0, "text": "Hi."}]
    for of in (line(segments=segments), line(text="I am John Smith.")):
        with pytest.raises(
            CorpusError, match=r"manifest.jsonl:1: (segments\[0\].)?text: is cut by a span \(spans.csv:2\)"
        ):
            left(of, span(0.5, 0.9))
        with pytest.raises(CorpusError, match="several texts are given"):
            left(of, span(0.5, 0.7, text="I am."), span(0.8, 0.9, text="I"))
    found = left(line(text="I am John Smith. Hi.", segments=segments), span(0.5, 1.0, text="I am."))
    assert ("I am. Hi.", ["I am.", "Hi."]) == (found["text"], [one["text"] for one in found["segments"]])
    assert (0.0, 0.5) == (found["segments"][0]["start"], found["segments"][0]["end"])
    assert "I am." == left(line(text="I am John Smith."), span(0.5, 1.0, text="I am."))["text"]


def test_words_that_do_not_spell_the_text_are_no_guess():
    """The text is refused, not kept."""
    with pytest.raises(CorpusError, match="or they don't spell it"):
        left(line(text="Press 5 now", words=timed("press five now")), span(0.1, 0.2))


def test_only_the_named_channel_loses_words():
    """A recording of another channel of the file is as it was."""
    segments = [
        {"start": 0.0, "end": 0.2, "text": f"hello {name}", "channel": c} for c, name in enumerate(("ann", "bob"))
    ]
    words = [word for c, name in enumerate(("ann", "bob")) for word in timed(f"hello {name}", channel=c)]
    both = line(2, text="hello ann hello bob", segments=segments, words=words)
    assert "hello ann hello" == left(both, span(0.1, 0.2, channel=1))["text"]
    assert ["hello ann", "hello"] == [one["text"] for one in left(both, span(0.1, 0.2, channel=1))["segments"]]
    assert "hello hello" == left(both, span(0.1, 0.2))["text"]
    assert redacted_line(line(2, channel=0, text="hi"), [span(0.0, 2.0, channel=1)], "beep") is None


def test_the_line_tells_what_was_done_and_forgets_notes():
    """Spans with margin, in order, and nothing that could repeat what was said; done twice, both are told."""
    of = line(
        text="call john", words=timed("call john"), source="ask john", licence="CC0", tags=["x"], raw_text="call john"
    )
    found = redacted_line(of, [span(0.1, 0.2, label="name", margin_s=0.05), span(1.99, 2.0, channel=0)], "silence")
    assert found is not None
    assert {
        "id": "a",
        "audio_filepath": "a.wav",
        "text": "call",
        "words": timed("call"),
        "licence": "CC0",
        "tags": ["x", "redacted"],
        "redaction": [
            {"start": 0.05, "end": 0.25, "with": "silence", "label": "name"},
            {"start": 1.99, "end": 2.0, "with": "silence", "channel": 0},
        ],
    } == found.raw
    assert (1, ("source", "raw_text"), {"john"}) == (found.words, found.left_out, found.secrets)
    again = redacted_line(line(**found.raw), [span(1.0, 1.1)], "beep")
    assert again is not None
    assert ["silence", "silence", "beep"] == [one["with"] for one in again.raw["redaction"]]
    assert ["x", "redacted"] == again.raw["tags"]


NAMES = st.sampled_from(["ann", "bob", "cy", "dee"])


@settings(max_examples=60)
@given(
    st.lists(st.lists(NAMES, min_size=1, max_size=4), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), min_size=1, max_size=3),
)
def test_what_stays_is_what_no_span_touches(turns: list[list[str]], cuts: list[tuple[int, int]]):
    """In words, segments and text alike, and the line is one that the loader takes."""
    words = [word for turn, said in enumerate(turns) for word in timed(" ".join(said), turn / 2)]
    segments = [
        {"start": turn / 2, "end": turn / 2 + 0.4, "text": " ".join(said).title() + "."}
        for turn, said in enumerate(turns)
    ]
    spans = [span(start / 100, (start + length) / 100) for start, length in cuts]
    found = left(line(text=" ".join(one["text"] for one in segments), segments=segments, words=words), *spans)
    stays = [
        word["word"]
        for word in words
        if not any(word["start"] < one.end_s and word["end"] > one.start_s for one in spans)
    ]
    assert stays == [word["word"] for word in found.get("words", [])]
    assert "".join(stays) == fold(found["text"])
    assert "".join(stays) == fold("".join(segment["text"] for segment in found.get("segments", [])))
    Recording.model_validate_json(json.dumps({"id": "a", "audio_filepath": "a.wav"} | found))
