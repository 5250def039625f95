import pytest
from foreign import audio, edited, fixture, imported, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.importers import stm

FILES = {"sph/meeting.sph": (4.0, 2)}


@pytest.fixture
def source(tmp_path):
    return fixture("stm", tmp_path, **FILES)


def test_segments_turns_and_words_come_together(source):
    """STM has the references, RTTM the turns, CTM the words; of alternatives the first, on the channel they are on."""
    [meeting] = imported(source)
    assert [
        {
            "start": 0.5, "end": 1.5, "channel": 0, "text": "good morning %hesitation everybody", "speaker": "ann",
            "turn_id": "turn-1",
        },
        {"start": 1.75, "end": 2.5, "channel": 1, "text": "thank you", "speaker": "bob", "turn_id": "turn-2"},
    ] == meeting["segments"]  # fmt: skip
    assert [
        ("good", 0.5, 0.75, 0), ("morning", 0.75, 1.05, 0), ("everybody", 1.1, 1.5, 0), ("thank", 1.75, 2.05, 1),
        ("you", 2.1, 2.5, 1),
    ] == [(one["word"], one["start"], one["end"], one["channel"]) for one in meeting["words"]]  # fmt: skip


def test_what_is_not_to_be_scored_is_left_out_and_that_is_said(source):
    """It has no reference."""
    assert ("1 stretches that STM files mark as not to be scored have no reference here",) == stm.read(source).notes


def test_turns_and_words_of_other_recordings_are_left_out(source):
    """Files beside an STM file may be about more than it."""
    (source / "all.rttm").write_text("SPEAKER lecture 1 0.0 1.0 <NA> <NA> eve <NA> <NA>\n")
    (source / "all.ctm").write_text("lecture 1 0.0 0.5 hello\n")
    assert ["meeting"] == [one["id"] for one in imported(source / "meeting.stm")]


def test_real_rttm_and_ctm_are_read_without_stm(tmp_path):
    """Turns without text, with the words of the CTM inside them."""
    source = fixture("pyannote", tmp_path, **{"filename1.wav": (1.0, 1), "filename2.wav": (1.6, 1)})
    first, second = imported(source)
    assert [{"start": 0.2, "end": 0.9, "speaker": "speaker_A"}] == first["segments"]
    assert ["how", "are", "you"] == [word["word"] for word in second["words"]]


def test_what_meeteval_wrote_itself_is_read(tmp_path):
    """STM without labels, RTTM, and CTM without confidences."""
    [meeting] = imported(fixture("meeteval", tmp_path, **{"meeting.wav": (3.0, 1)}))
    assert [
        {"start": 0.5, "end": 1.5, "text": "good morning everybody", "speaker": "ann", "turn_id": "turn-1"},
        {"start": 1.75, "end": 2.5, "text": "thank you", "speaker": "bob", "turn_id": "turn-2"},
    ] == meeting["segments"]
    assert {"word": "everybody", "start": 1.1, "end": 1.5} == meeting["words"][2]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("meeting.stm", "bob 1.75 2.50", "bob 2.50 1.75", "meeting.stm:5: end: is 1.75 s, before the start at 2.5 s"),
        (
            "meeting.stm",
            "meeting 2 bob 1.75 2.50 <O,M> thank you",
            "meeting 2 bob",
            "meeting.stm:5: the line: has 3 fields",
        ),
        ("meeting.stm", "/ mornin'}", "/ mornin'", "meeting.stm:3: transcript: has a brace that isn't closed"),
        ("meeting.stm", "meeting 2 bob", "meeting 3 bob", "meeting.stm:5: channel: is the 3., but the audio has 2"),
        (
            "meeting.stm",
            "meeting 2 bob",
            "lecture 2 bob",
            "meeting.stm:5: waveform: is 'lecture', but there is no audio",
        ),
        ("meeting.rttm", "0.40 1.20", "x 1.20", "meeting.rttm:2: start: is 'x'; allowed is a number of seconds"),
        (
            "meeting.rttm",
            " <NA> <NA> bob <NA>",
            "",
            "meeting.rttm:3: the line: has 5 fields; a SPEAKER line of an RTTM",
        ),
        (
            "meeting.ctm",
            "meeting B 1.75 0.30 thank 0.99",
            "meeting B 1.75",
            "meeting.ctm:9: the line: has 3 fields; a CTM",
        ),
        ("meeting.ctm", "meeting B", "meeting ?", "meeting.ctm:9: channel: is '?'; allowed are 1, 2, ... or A, B, ..."),
    ],
)
def test_a_wrong_line_is_named(source, file, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / file, old, new)
    assert refusal(source).startswith(message)


word = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
name = st.text("abcXYZ019_-", min_size=1, max_size=8).filter(lambda one: not one.startswith("-"))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 15000),
            st.integers(1, 4000),
            name,
            st.lists(word, min_size=1, max_size=4),
            st.sampled_from("12"),
        ),
        min_size=2,
        max_size=6,
    )
)
def test_what_is_written_is_imported(tmp_path_factory, lines):
    """STM and CTM: texts, times to the millisecond, speakers and channels come back."""
    folder = tmp_path_factory.mktemp("stm") / "source"
    audio(folder / "a.wav", 20.0, channels=2)
    (folder / "a.stm").write_text(
        "".join(
            f"a {channel} {who} {start / 1000:.3f} {(start + length) / 1000:.3f} <o> {' '.join(words)}\n"
            for start, length, who, words, channel in lines
        ),
        encoding="utf-8",
    )
    (folder / "a.ctm").write_text(
        "".join(
            f"a {channel} {start / 1000:.3f} {length / 1000:.3f} {words[0]} 0.5\n"
            for start, length, _, words, channel in lines
        ),
        encoding="utf-8",
    )
    [found] = imported(folder)
    expected = sorted(
        (start / 1000, (start + length) / 1000, int(channel) - 1, who, " ".join(words))
        for start, length, who, words, channel in lines
    )
    assert expected == sorted((s["start"], s["end"], s["channel"], s["speaker"], s["text"]) for s in found["segments"])
    timed = sorted((one["start"], one["end"], one["channel"], one["word"]) for one in found["words"])
    assert timed == sorted(
        (start / 1000, (start + length) / 1000, int(channel) - 1, words[0])
        for start, length, _, words, channel in lines
    )
