import pytest
from foreign import audio, edited, fixture, imported, refusal

from harness.corpus.importers import label_studio

FILES = {"call1.wav": (4.0, 2), "calls/short one.wav": (1.0, 1), "open.wav": (1.0, 1)}


@pytest.fixture
def source(tmp_path):
    return fixture("label-studio", tmp_path, **FILES)


def test_regions_become_segments_and_labels_speakers(source):
    """Uploaded files are found without the prefix of the upload, those of local storage by their path."""
    call, short, open_ = imported(source)
    assert [
        {"start": 0.5, "end": 1.5, "channel": 0, "text": "good morning", "speaker": "Agent"},
        {"start": 1.6, "end": 3.0, "channel": 1, "text": "i would like to book a room", "speaker": "Caller"},
    ] == call["segments"]
    assert ("short_one", "thank you") == (short["id"], short["text"])
    assert {"id", "audio_filepath", "source"} == set(open_)


def test_what_was_chosen_or_left_out_is_said(source):
    """Regions without text, one annotation of several, tasks without any."""
    assert (
        "task 1: 1 regions without a transcript were left out",
        "task 2: of 2 annotations the ground truth was taken",
        "task 3: not annotated, so it has no reference",
    ) == label_studio.read(source).notes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"end": 1.5', '"end": 0.1', "export.json: task 1: end: is 0.1 s, before the start at 0.5 s"),
        ('"start": 0.5', '"start": "x"', "export.json: task 1: start: is 'x'; allowed is a number of seconds"),
        ('1f2e3d4c-call1.wav"}', '1f2e3d4c-call9.wav"}', "export.json: task 1: data: is '/data/upload/1/1f2e3d4c-call9.wav'"),
        ('"audio": "s3://bucket/open.wav"', '"image": "a.png"', "export.json: task 3: data: names no audio file"),
        ('"annotations": [{"id": 7', '"label": [{"id": 7', "export.json: task 3: annotations: are missing; export the project"),
        ('[{"id": 1, ', '{"id": 1, ', "export.json:1: the file: is no JSON"),
    ],
)  # fmt: skip
def test_a_wrong_export_is_named(source, old, new, message):
    """File, task, field, what was found and what to do."""
    edited(source / "export.json", old, new)
    assert refusal(source, format_name="label-studio").startswith(message)


def test_stereo_that_was_not_split_is_refused(source):
    """Label Studio then calls the only waveform channel 0: nobody knows whose a region is; and what to do is said."""
    edited(source / "export.json", '"channel": 1', '"channel": 0')
    edited(source / "export.json", '"channel": 1', '"channel": 0')
    assert refusal(source).startswith(
        "export.json: task 1: channel: is 0 in every region of the export, but call1.wav has 2 channels: they were not split when "
        'they were annotated, so nobody knows who spoke on which. Set splitchannels="true" in the <Audio> tag and annotate again; '
    )
    audio(source / "call1.wav", 4.0)
    assert ["Agent", "Caller"] == [segment["speaker"] for segment in imported(source)[0]["segments"]]
