import pytest
from foreign import audio, fixture, imported, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.importers import audacity


def labelled(tmp_path, text: str, name: str = "call.txt", *, channels: int = 1):
    audio(tmp_path / "source" / "call.wav", 4.0, channels=channels)
    (tmp_path / "source" / name).write_text(text)
    return tmp_path / "source"


def test_a_real_label_track_becomes_segments(tmp_path):
    """One of Audacity's own export, of another kind of talk."""
    name = "405_marron1_June_14_2016_69640887"
    [found] = imported(fixture("audacity", tmp_path, **{f"{name}.wav": (30.0, 1)}))
    assert 61 == len(found["segments"])
    assert {"start": 0.769818, "end": 1.131274, "text": "call"} == found["segments"][1]


def test_channels_have_tracks_of_their_own(tmp_path):
    """`call.ch0.txt` and `call.ch1.txt` are about the channels of `call.wav`; commas in numbers are points."""
    source = labelled(tmp_path, "0,5\t1,25\thello\n", "call.ch0.txt", channels=2)
    (source / "call.ch1.txt").write_text("2.0\t2.5\tyes\n\\\t100.0\t200.0\n3.0\t3.0\tdoor\n")
    [found] = imported(source)
    assert [
        {"start": 0.5, "end": 1.25, "channel": 0, "text": "hello"},
        {"start": 2.0, "end": 2.5, "channel": 1, "text": "yes"},
    ] == found["segments"]
    assert ("call.ch1.txt: 1 labels at a point of time, without length, were left out",) == audacity.read(source).notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5\t1.0\thi\n2.0\t1.0\tho\n", "call.txt:2: end: is 1 s, before the start at 2 s. Correct one of them"),
        ("0.5\t1.0\thi\nhello\n", "call.txt:2: the line: has no tab; a label has start, end and text between tabs."),
        ("0.5\t1.0\thi\nx\t1.0\tho\n", "call.txt:2: start: is 'x'; allowed is a number of seconds from 0."),
        ("0.5\t9.0\thi\n", "call.txt:1: end: is 9 s, but the audio ends at 4.000 s."),
    ],
)
def test_a_wrong_label_is_named(tmp_path, text, message):
    """File, line, field, what was found and what to do."""
    assert refusal(labelled(tmp_path, text)).startswith(message)


labels = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 900_000), labels), min_size=2, max_size=6))
def test_what_is_written_is_imported(tmp_path_factory, spans):
    """Texts and times to the microsecond, as Audacity writes them, come back."""
    folder = tmp_path_factory.mktemp("audacity")
    text = "".join(f"{start / 1e6:.6f}\t{(start + length) / 1e6:.6f}\t{label}\n" for start, length, label in spans)
    [found] = imported(labelled(folder, text))
    expected = sorted((start / 1e6, (start + length) / 1e6, label) for start, length, label in spans)
    assert expected == sorted((s["start"], s["end"], s["text"]) for s in found["segments"])
