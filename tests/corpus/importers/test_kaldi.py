import pytest
from foreign import audio, edited, fixture, imported, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

FILES = {"audio/sw02001.sph": (4.0, 2), "audio/sw02005.wav": (2.0, 1)}


@pytest.fixture
def source(tmp_path):
    return fixture("kaldi", tmp_path, **FILES)


def test_sides_of_a_call_are_channels_of_one_recording(source):
    """The call is named by `reco2file_and_channel`; speakers by `utt2spk`; -1 is the end of the audio."""
    call, alone = imported(source, language="en")
    assert {
        "id": "sw02001",
        "audio_filepath": "audio/sw02001.sph",
        "call_id": "sw02001",
        "language": "en",
        "segments": [
            {"start": 0.5, "end": 1.5, "channel": 0, "text": "good morning", "speaker": "2001-A"},
            {"start": 1.6, "end": 3.0, "channel": 1, "text": "i would like to book a room", "speaker": "2001-B"},
        ],
        "source": "wav.scp:1",
    } == call
    assert [{"start": 0.25, "end": 2.0, "text": "thank you", "speaker": "2005"}] == alone["segments"]


def test_sides_in_files_of_their_own_share_the_call(source):
    """A mono file has no channels; both recordings are one cluster."""
    edited(source / "wav.scp", "audio/sw02001.sph", "audio/a.wav")
    edited(source / "wav.scp", "audio/sw02001.sph", "audio/b.wav")
    audio(source / "audio" / "a.wav", 4.0)
    audio(source / "audio" / "b.wav", 4.0)
    found = {one["id"]: one for one in imported(source)}
    assert ["sw02001", "sw02001"] == [found[name]["call_id"] for name in ("sw02001-A", "sw02001-B")]
    assert "channel" not in found["sw02001-B"]["segments"][0]


def test_without_texts_segments_are_spans_of_speech(source):
    """As for a corpus of which only the turns are known."""
    (source / "text").unlink()
    assert {"start": 0.5, "end": 1.5, "channel": 0, "speaker": "2001-A"} == imported(source)[0]["segments"][0]


def test_without_segments_each_recording_is_an_utterance(source):
    """`text`, `utt2spk` and `utt2lang` name the recordings themselves."""
    (source / "segments").unlink()
    (source / "reco2file_and_channel").unlink()
    (source / "wav.scp").write_text("u1 audio/sw02005.wav\n")
    (source / "text").write_text("u1 thank you\n")
    (source / "utt2spk").write_text("u1 ann\n")
    (source / "utt2lang").write_text("u1 English\n")
    [found] = imported(source)
    assert ("u1", "thank you", "ann", "en") == (found["id"], found["text"], found["speaker"], found["language"])


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("wav.scp", "audio/sw02005.wav", "sph2pipe -f wav a.sph |", "wav.scp:3: path: of sw02005 is made by a command"),
        ("wav.scp", "audio/sw02005.wav", "wav.ark:1234", "wav.scp:3: path: of sw02005 points into the archive wav.ark"),
        ("wav.scp", " audio/sw02005.wav", "", "wav.scp:3: path: of sw02005 is missing. Add it behind the name and a"),
        ("wav.scp", "audio/sw02005.wav", "a.wav", "wav.scp:3: path: is 'a.wav', but there is no file"),
        ("wav.scp", "sw02001-B", "sw02001-A", "wav.scp:2: key: is 'sw02001-A', as in line 1; each may stand once"),
        ("segments", " 1.60 3.00", " 3.00 1.60", "segments:2: end: is 1.6 s, before the start at 3 s"),
        (
            "segments",
            " 1.60 3.00",
            " 1.60",
            "segments:2: the line: has 3 fields; it needs utterance, recording, start, end",
        ),
        ("segments", "sw02005 0.25", "sw9 0.25", "segments:3: recording: is 'sw9', which is not in wav.scp"),
        ("segments", "0.50 1.50", "0.50 9.50", "segments:1: end: is 9.5 s, but the audio ends at 4.000 s"),
        ("segments", "0.50 1.50", "a 1.50", "segments:1: start: is 'a'; allowed is a number of seconds from 0"),
        ("text", "sw02005_000000-000100 thank you\n", "", "segments:3: utterance: 'sw02005_000000-000100' has no line"),
        (
            "reco2file_and_channel",
            " B",
            "",
            "reco2file_and_channel:2: the line: has 2 fields; it needs recording, file, channel. Correct it",
        ),
        (
            "reco2file_and_channel",
            " B",
            " Z",
            "reco2file_and_channel:2: channel: is 'Z'; allowed are 1, 2, ... or A, B",
        ),
    ],
)
def test_a_wrong_line_is_named(source, file, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / file, old, new)
    assert refusal(source).startswith(message)


def test_a_directory_that_lhotse_wrote_has_pipes(tmp_path):
    """They are refused, with what to do."""
    assert refusal(fixture("kaldi-lhotse", tmp_path)) == (
        "wav.scp:1: path: of call1_0 is made by a command ('ffmpeg -threads 1 -i audio/call1.wav -ar 8000 -map_channel ...), "
        "and commands are not run here. Write its output to a file and name that; SPHERE is read as it is"
    )


def test_what_lhotse_wrote_is_read_once_the_pipes_are_files(tmp_path):
    """Segments, text, speakers and languages by Lhotse's names for them."""
    source = fixture("kaldi-lhotse", tmp_path, **{"call.wav": (4.0, 1), "caller.wav": (4.0, 1), "utt2.wav": (1.5, 1)})
    (source / "wav.scp").write_text("call1_0 call.wav\ncall1_1 caller.wav\nutt2_0 utt2.wav\n")
    found = imported(source)
    assert ["en"] * 3 == [one["language"] for one in found]
    assert [{"start": 1.5, "end": 2.5, "text": "i would like to book a room", "speaker": "caller"}] == found[1][
        "segments"
    ]
    assert ("thank you", "caller") == (found[2]["text"], found[2]["speaker"])


word = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
spans = st.tuples(st.integers(0, 1500), st.integers(0, 500))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(spans, st.lists(word, min_size=1, max_size=4).map(" ".join), word), min_size=2, max_size=6))
def test_what_is_written_is_imported(tmp_path_factory, utterances):
    """Texts, times to a hundredth of a second, and speakers come back."""
    folder = tmp_path_factory.mktemp("kaldi") / "source"
    audio(folder / "a.wav", 20.0)
    (folder / "wav.scp").write_text("rec a.wav\n")
    lines = {"segments": "", "text": "", "utt2spk": ""}
    for number, ((start, length), text, speaker) in enumerate(utterances):
        lines["segments"] += f"u{number} rec {start / 100:.2f} {(start + length) / 100:.2f}\n"
        lines["text"] += f"u{number} {text}\n"
        lines["utt2spk"] += f"u{number} {speaker}\n"
    for name, content in lines.items():
        (folder / name).write_text(content, encoding="utf-8")
    expected = sorted((start / 100, (start + length) / 100, text, who) for (start, length), text, who in utterances)
    [found] = imported(folder)
    assert expected == sorted((s["start"], s["end"], s["text"], s["speaker"]) for s in found["segments"])
