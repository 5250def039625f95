import gzip
import json

import pytest
from foreign import edited, fixture, imported, refusal

from harness.corpus.importers import lhotse

FILES = {"audio/call1.wav": (4.0, 2), "audio/utt2.flac": (1.5, 1)}
CALL = {
    "id": "call1",
    "audio_filepath": "audio/call1.wav",
    "language": "en",
    "segments": [
        {"start": 0.5, "end": 1.25, "channel": 0, "text": "good morning", "speaker": "agent"},
        {"start": 1.5, "end": 2.5, "channel": 1, "text": "i would like to book a room", "speaker": "caller"},
    ],
    "words": [
        {"word": "good", "start": 0.5, "end": 0.75, "channel": 0},
        {"word": "morning", "start": 0.75, "end": 1.15, "channel": 0},
    ],
}


@pytest.fixture
def source(tmp_path):
    return fixture("lhotse", tmp_path, **FILES)


def test_supervisions_become_segments_and_alignments_words(source):
    """A supervision as long as its recording says nothing about times: it becomes the text."""
    utterance = {
        "id": "utt2",
        "audio_filepath": "audio/utt2.flac",
        "text": "thank you",
        "speaker": "caller",
        "language": "en",
    }
    assert [CALL | {"source": "recordings.jsonl:1"}, utterance | {"source": "recordings.jsonl:2"}] == imported(source)


def test_packed_manifests_are_read(source):
    """`.jsonl.gz`, as Lhotse writes by default."""
    for name in ("recordings.jsonl", "supervisions.jsonl"):
        (source / f"{name}.gz").write_bytes(gzip.compress((source / name).read_bytes()))
        (source / name).unlink()
    assert CALL["segments"] == imported(source)[0]["segments"]


def test_cuts_are_put_back_into_their_recordings(tmp_path):
    """Times in a cut count from its start, but for alignments; overlapping cuts bring a supervision once."""
    source = fixture("lhotse-cuts", tmp_path, **FILES)
    lines = (source / "cuts.jsonl").read_text().splitlines()
    cut = json.loads(lines[0]) | {"start": 0.25}
    for supervision in cut["supervisions"]:
        supervision["start"] -= 0.25
    (source / "cuts.jsonl").write_text("\n".join([json.dumps(cut), *lines]))
    assert CALL | {"source": "cuts.jsonl:1"} == imported(source)[0]


def test_channels_in_files_of_their_own_share_the_call(source):
    """Each file is a recording, with what is said on its channels."""
    edited(
        source / "recordings.jsonl",
        '[{"type": "file", "channels": [0, 1], "source": "audio/call1.wav"}]',
        '[{"type": "file", "channels": [0], "source": "audio/utt2.flac"}, '
        '{"type": "file", "channels": [1], "source": "audio/utt2.flac"}]',
    )
    edited(source / "supervisions.jsonl", '"start": 1.5, "duration": 1.0', '"start": 0.2, "duration": 1.0')
    first, second, _ = imported(source)
    assert ("call1.0", "call1.1", "call1") == (first["id"], second["id"], second["call_id"])
    assert ["caller"] == [segment["speaker"] for segment in second["segments"]]


def test_cuts_beside_recordings_are_left_out_and_that_is_said(source, tmp_path):
    """They would say the same again."""
    (source / "cuts.jsonl").write_text((fixture("lhotse-cuts", tmp_path) / "cuts.jsonl").read_text())
    assert ("cuts.jsonl: left out, because there are recordings",) == lhotse.read(source).notes


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("supervisions", '"recording_id": "utt2"', '"recording_id": "utt9"', "supervisions.jsonl:3: recording_id: is 'utt9'"),
        ("supervisions", '"start": 1.5', '"start": null', "supervisions.jsonl:2: start: is missing"),
        ("supervisions", '"duration": 1.0', '"duration": "x"', "supervisions.jsonl:2: duration: is 'x'; allowed is a number"),
        ("supervisions", '"channel": 1', '"channel": [0, 1]', "supervisions.jsonl:2: channel: is [0, 1]; allowed is one number"),
        ("supervisions", '"channel": 1', '"channel": 2', "supervisions.jsonl:2: channel: is 2; call1 has 0, 1."),
        ("supervisions", '["good", 0.5, 0.25, 0.9]', '["good"]', "supervisions.jsonl:1: alignment.word: holds ['good']"),
        ("recordings", '"type": "file"', '"type": "command"', "recordings.jsonl:1: sources: of call1 has the type command"),
        ("recordings", '"id": "utt2", "sources"', '"id": "utt2", "at"', "recordings.jsonl:2: sources: of utt2 are missing. Add where"),
        ("recordings", '[{"type": "file", "channels": [0, 1], "source": "audio/call1.wav"}]', "7",
         "recordings.jsonl:1: sources: is 7; allowed is a list of JSON objects. Export it again"),
        ("recordings", '"channels": [0, 1]', '"channels": 0', "recordings.jsonl:1: sources: has the channels 0; allowed is a"),
        ("recordings", "audio/utt2.flac", "utt2.flac", "recordings.jsonl:2: sources: is 'utt2.flac', but there is no file"),
        ("recordings", '"id": "utt2"', '"id": "call1"', "recordings.jsonl:2: id: is 'call1', as in recordings.jsonl:1"),
        ("recordings", '"duration": 4.0', '"transforms": [{"name": "Speed"}]', "recordings.jsonl:1: transforms: of call1"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(source, file, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / f"{file}.jsonl", old, new)
    assert refusal(source).startswith(message)


def test_cuts_that_only_lhotse_can_make_are_refused(tmp_path):
    """Mixed and padded audio exists nowhere."""
    source = fixture("lhotse-cuts", tmp_path, **FILES)
    edited(source / "cuts.jsonl", "MultiCut", "MixedCut")
    assert "cuts.jsonl:1: type: is MixedCut; allowed are MonoCut and MultiCut. Save it as audio of its own" == refusal(
        source
    )


def test_silence_in_an_alignment_and_manifests_of_other_things_say_nothing(source):
    """Aligners mark silence with an empty word; features lie beside recordings."""
    before = imported(source)
    edited(source / "supervisions.jsonl", '["morning",', '["", 0.7, 0.05, 1.0], ["morning",')
    (source / "features.jsonl").write_text('{"type": "fbank", "num_frames": 150, "recording_id": "utt2"}\n')
    assert before == imported(source)
